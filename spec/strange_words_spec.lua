-- Words of a state that nobody here knows: they are waited for as before, and a person is told of what.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, name: one, sku: Standard_D2s_v5, quantity: 2}, {id: r2, name: two, sku: Standard_D2s_v5}]
]]

local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  return simulator, simulator:world().customers[1].id
end

-- How often a text says something.
local function count(text, what)
  local found = 0
  for _ in text:gmatch("%f[%w]" .. what .. "%f[%W]") do
    found = found + 1
  end
  return found
end

local function call(server, ...)
  return testing.run {"call", "--customer", "kowalski", "--yes", env = server.env, ...}
end

describe("a state that is not known here", function()
  it("of an effect is said once, with customer, operation and word, and waited for", function()
    local simulator <close>, customer = start()
    local strange = 0
    local server <close> = support.between(simulator, function(request, _, pass)
      local answer = pass()
      if simulator:effects()[1] and request.path:find("/reservationOrders/[^/]+%?") and strange < 2 then
        strange = strange + 1
        answer.json.properties.provisioningState = "Ruminating"
        return {status = 200, body = testing.json.encode(answer.json)}
      end
      return answer
    end)
    local id = support.json(call(server, "reservations.list", "-o", "json"))[1].id
    local result = call(server, "reservations.refund", id, "--cap", "PLN=100000")
    assert.equal(0, result.code, result.stdout .. result.stderr)
    assert.equal(2, strange)
    assert.equal(1, count(result.stderr, "Ruminating"), result.stderr)
    support.contains(result.stderr, customer .. ": reservations.refund is in a state that is not known here")
  end)

  it("of a quote is said once, and waited for", function()
    local simulator <close>, customer = start()
    local asked, server = 0, nil
    server = support.between(simulator, function(request, _, pass)
      if request.path:find("/operationResults/", 1, true) then
        asked = asked + 1
        if asked <= 2 then
          return {status = 200, body = '{"status": "Ruminating\\u001b[2J"}'}
        end
        return pass()
      end
      local answer = pass()
      if answer.status == 202 then
        local location = answer.headers.location:gsub("^https?://[^/]+", server.url)
        return {status = 202, body = answer.body, location = location}
      end
      return answer
    end)
    local _ <close> = server
    local folder = support.folder {["quote.lua"] = [[
local reservations = require "tenure.reservations"
return function()
  local one = reservations.list()[1]
  return reservations.quote_exchange(one, {purchase = one:like{quantity = 50}}).allowed
end
]]}
    local result = testing.run {
      "exec", folder .. "/quote.lua", "--customer", "kowalski", "-o", "json", env = server.env,
    }
    assert.equal(0, result.code, result.stdout .. result.stderr)
    assert.is_true(support.json(result).result)
    assert.equal(3, asked)
    assert.equal(1, count(result.stderr, "Ruminating"), result.stderr)
    support.contains(result.stderr, customer .. ": reservations.quote_exchange is in a state")
    assert.is_nil(result.stderr:find("\27", 1, true))
  end)

  it("is none where the word is documented", function()
    local simulator <close> = start()
    local direct = {env = support.env(simulator.env)}
    local id = support.json(call(direct, "reservations.list", "-o", "json"))[1].id
    local result = call(direct, "reservations.refund", id, "--cap", "PLN=100000")
    assert.equal(0, result.code, result.stderr)
    assert.is_nil(result.stderr:find("not known here", 1, true))
  end)
end)
