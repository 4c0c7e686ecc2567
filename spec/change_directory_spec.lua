-- Orders move to another directory: item by item, at most once, and found again where nobody knows what became of it.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, currency: PLN, reservations: [{id: a, order: o, name: web, sku: Standard_D2s_v5, quantity: 2}]}
  - {id: smith, currency: PLN}
  - {id: closed, rights: missing}
]]

local function start()
  local simulator = testing.simulator {world = world, settle = 100}
  local env = support.env(simulator.env)
  local ids = {}
  for _, one in ipairs(simulator:world().customers) do
    ids[one.name] = one.id
  end
  return simulator, env, ids
end

local function call(env, customer, ...)
  return testing.run {"call", "--customer", customer, "-o", "json", env = env, ...}
end

local function orders_of(env, customer)
  return support.json(call(env, customer, "orders.list"))
end

local function move(env, order, destination)
  return call(env, "kowalski", "orders.change_directory", order, "--destination", destination, "--yes")
end

describe("orders.change_directory", function()
  it("moves an order once, whatever became of the answer", function()
    for fault, attempts in pairs {none = 1, drop = 1, lose = 2, error = 2} do
      local simulator <close>, env, ids = start()
      local order = orders_of(env, "kowalski")[1].order
      if fault ~= "none" then
        simulator:faults {[fault] = {next = 1, on = "orders.change_directory"}}
      end
      local result = move(env, order, ids.smith)
      assert.equal(0, result.code, fault .. ": " .. result.stderr)
      local run = support.json(result)
      assert.equal(1, run.effects.succeeded)
      assert.equal(1, #simulator:effects(), fault)
      assert.same({}, orders_of(env, "kowalski"))
      assert.equal(order, orders_of(env, "smith")[1].order)
      local effect = support.json(testing.run {"show", run.run, "-o", "jsonl", env = env})
      assert.equal(attempts, effect.attempt, fault)
    end
  end)

  it("has failed when nothing of it moved, though the answer was a good one", function()
    local simulator <close>, env, ids = start()
    local order = orders_of(env, "kowalski")[1].order
    local result = move(env, order, ids.closed)
    assert.equal(3, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.failed)
    assert.equal(1, #orders_of(env, "kowalski"))
    assert.equal("failed", simulator:effects()[1].state)
  end)

  it("is partial when some of it moved, and says what did not", function()
    local simulator <close>, _, ids = start()
    local moved = ('{"reservationOrder": {"id": "o", "isSucceeded": true}, "reservations": [%s, %s]}'):format(
      '{"id": "a", "isSucceeded": true}', '{"id": "b", "isSucceeded": false, "error": "it is locked"}')
    local server <close> = support.between(simulator, function(request, _, pass)
      return request.path:find("/changeDirectory", 1, true) and {status = 200, body = moved} or pass()
    end)
    local folder = support.folder {["move.lua"] = ([[
local orders = require "tenure.orders"
return function(ctx)
  local outcome = orders.change_directory(orders.list()[1], {destination = %q})
  for _, line in ipairs(outcome.state ~= "planned" and outcome.lines or {}) do
    ctx.log(line.kind .. " " .. line.state, {message = line.message})
  end
end
]]):format(ids.smith)}
    local result = testing.run {
      "exec", folder .. "/move.lua", "--customer", "kowalski", "--yes", "-v", "-o", "json", env = server.env,
    }
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.partial)
    local said = support.said(result)
    assert.equal("reservation Failed", said[3].text)
    assert.equal("it is locked", said[3].fields.message)
  end)

  it("takes a tenant's id", function()
    local simulator <close>, env = start()
    local order = orders_of(env, "kowalski")[1].order
    local result = move(env, order, "smith.example")
    assert.equal(2, result.code)
    support.contains(result.stderr, "destination is 'smith.example', but takes a tenant's id")
    assert.equal(0, #simulator:effects())
  end)
end)
