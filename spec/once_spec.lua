-- An effect leaves at most once, whatever the HTTP library would repeat when a connection that was used before dies.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, worth: 200 USD}]}
]]

-- A server before a simulator that closes the connection instead of answering wherever close(request, nth) says so,
-- with nth the number of the request on its connection. It remembers every request it read, as {path, nth}.
local function closing(simulator, close)
  local seen = {}
  local server = support.between(simulator, function(request, nth, pass)
    seen[#seen + 1] = {path = request.path, nth = nth}
    return not close(request, nth) and pass() or nil
  end)
  return server, server.env, seen
end

local function matching(seen, part)
  local found = {}
  for _, request in ipairs(seen) do
    if request.path:find(part, 1, true) then
      found[#found + 1] = request
    end
  end
  return found
end

describe("a server that closes a connection it was asked on before", function()
  it("sees an effect once, on a connection of its own, and no money moves twice", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local server <close>, env, seen = closing(simulator, function(request)
      return request.path:find("/return", 1, true)
    end)
    local file = support.workflow() .. "/refund.yaml"
    local result = testing.run {"run", file, "--yes", "--no-wait", "-o", "json", env = env}
    assert.equal(6, result.code, result.stderr)
    local summary = support.json(result)
    assert.is_true(server.port > 0)
    local returns = matching(seen, "/return")
    assert.equal(1, #returns)
    assert.equal(1, returns[1].nth)
    assert.equal(1, summary.effects.unknown)
    assert.equal(0, #simulator:effects())
  end)

  it("sees a read again, because reads may be repeated", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local closed = false
    local server <close>, env, seen = closing(simulator, function(request, nth)
      local now = not closed and nth > 1 and request.path:find("calculateRefund", 1, true)
      closed = closed or now
      return now
    end)
    local file = support.workflow() .. "/refund.yaml"
    local result = testing.run {"run", file, "--yes", "-o", "json", env = env}
    assert.is_true(server.port > 0)
    assert.equal(0, result.code, result.stderr)
    assert.is_truthy(closed)
    assert.is_true(#matching(seen, "calculateRefund") >= 3) -- one for the plan, one for the apply, and one again
    assert.equal(1, support.books(simulator, "refund").count)
  end)
end)
