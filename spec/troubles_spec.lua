-- Effects that failed, or of which only a part was done: the page of their run says which, and in whose words why.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: a, order: o, name: web, sku: Standard_D2s_v5, quantity: 2}, {id: b, order: o, name: shop}]
]]

local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  return simulator, support.env(simulator.env)
end

local function call(env, ...)
  return testing.run {"call", "--customer", "kowalski", "--yes", env = env, ...}
end

local function customer_id(simulator, name)
  for _, customer in ipairs(simulator:world().customers) do
    if customer.name == name then
      return customer.id
    end
  end
end

-- The page of a run from its heading on, with blanks and breaks as one blank.
local function told_below(result, heading)
  local text = result.stdout:gsub("%s+", " ")
  local at = text:find(heading, 1, true)
  assert.is_truthy(at, result.stdout)
  return text:sub(at)
end

describe("an effect that failed", function()
  it("is on the page of its run, with the words of who refused it", function()
    local simulator <close>, env = start()
    local id = support.json(call(env, "reservations.list", "-o", "json"))[1].id:match("[^/]+$")
    local result = call(env, "reservations.archive", id)
    assert.equal(3, result.code, result.stderr)
    assert.equal(0, #simulator:effects())
    local told = told_below(result, "Failed: 1 effect")
    support.contains(told, "archive " .. customer_id(simulator, "kowalski") .. " " .. id)
    support.contains(told, "only what is cancelled, expired or failed can be archived")
    local failed = support.json(call(env, "reservations.archive", id, "-o", "json")).failed_effects
    assert.equal(1, #failed)
    assert.equal("OperationCannotBePerformedInCurrentState", failed[1].code)
  end)
end)

describe("an effect of which a part was done", function()
  it("is on the page of its run, and what was not is told with the service's words", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local moved = ('{"reservationOrder": {"id": "o", "isSucceeded": true}, "reservations": [%s, %s]}'):format(
      '{"id": "a", "isSucceeded": true}', '{"id": "b", "isSucceeded": false, "error": "it is locked"}')
    local server <close> = support.between(simulator, function(request, _, pass)
      return request.path:find("/changeDirectory", 1, true) and {status = 200, body = moved} or pass()
    end)
    local order = support.json(call(server.env, "orders.list", "-o", "json"))[1].order
    local result = call(server.env, "orders.change_directory", order, "--destination", order)
    assert.equal(6, result.code, result.stdout .. result.stderr)
    support.contains(told_below(result, "Done in part: 1 effect"), "change_directory")
    support.contains(told_below(result, "One by one"), "reservation Failed b it is locked")
  end)
end)

describe("a call that changes something", function()
  it("tells what was answered, by the fields that scripts see", function()
    local simulator <close>, env = start()
    local id = support.json(call(env, "reservations.list", "-o", "json"))[1].id
    local result = call(env, "reservations.update", id, "--name", "renamed")
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, #simulator:effects())
    support.contains(told_below(result, "Answer"), "name renamed")
    local told = support.json(call(env, "reservations.update", id, "--name", "again", "-o", "json")).result
    assert.equal("succeeded", told.state)
    assert.equal("again", told.answer.name)
    assert.is_nil(told.answer.raw)
  end)

  it("and was made already under its name says so, and in which run", function()
    local simulator <close>, env = start()
    local reservation = support.json(call(env, "reservations.list", "-o", "json"))[1]
    local function buy()
      return call(env, "orders.purchase", reservation.sku, "--type", reservation.type, "--region", reservation.region,
        "--term", "P1Y", "--quantity", "1", "--scope", "Shared", "--billing-scope", reservation.billing_scope,
        "--once", "more web", "--cap", "PLN=100000")
    end
    local first = buy()
    assert.equal(0, first.code, first.stderr)
    local second = buy()
    assert.equal(1, #simulator:effects())
    local run = first.stdout:match("r%-%d+%-%x+")
    support.contains(told_below(second, "Refused"), run)
  end)
end)
