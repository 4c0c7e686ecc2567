-- An effect leaves at most once, whatever the HTTP library would repeat when a connection that was used before dies;
-- and under a name that it was given one is made, over all runs.
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

describe("a name given with once", function()
  -- Nothing is bought for more than most PLN.
  local function buy(most)
    return support.folder {
      ["buy.yaml"] = ([[
tenure: 1
name: buy
permissions: [reservations:list, orders:quote_purchase, orders:purchase]
customers: {from: partner-center}
guards: {purchase: {count: 10, pay: {PLN: %d}}}
steps:
  - id: buy
    each: reservations.list{}
    when: item.name == "old"
    run: buy.lua
]]):format(most),
      ["buy.lua"] = [[
local orders = require "tenure.orders"
return function(ctx)
  local quote = orders.quote_purchase(ctx.item:like{name = "new", region = "westeurope"})
  return orders.purchase(quote, {once = "rebuy " .. ctx.item.id}).state
end
]],
    } .. "/buy.yaml"
  end

  local function start(faults)
    local simulator = testing.simulator {settle = 50, world = [[
customers:
  - {id: kowalski, currency: PLN, reservations: [{id: r1, name: old, sku: Standard_D2s_v5, quantity: 2}]}
]]}
    if faults then
      simulator:faults(faults)
    end
    return simulator, support.env(simulator.env)
  end

  local function plan(env, file)
    return support.json(testing.run {"plan", file, "-o", "json", env = env})
  end

  local function apply(env, run, ...)
    local result = testing.run {"apply", run, "--yes", "-o", "json", env = env, ...}
    return support.json(result), result
  end

  it("may be planned by several runs; the one that is applied uses it up", function()
    local simulator <close>, env = start()
    local file = buy(1000000)
    local first, second = plan(env, file), plan(env, file)
    assert.same({1, 1}, {first.effects.planned, second.effects.planned})
    assert.equal(1, apply(env, second.run).effects.succeeded)
    for _, late in ipairs {(apply(env, first.run)), plan(env, file)} do
      assert.equal(1, late.effects.refused)
      assert.equal("duplicate", late.refused[1].code)
      support.contains(late.refused[1].example, "run " .. second.run)
    end
    assert.equal(1, support.books(simulator, "purchase").count)
  end)

  it("is not used up by what came to nothing", function()
    local simulator <close>, env = start {fail_operation = {next = 1, on = "purchase"}}
    local file = buy(1000000)
    assert.equal(1, plan(env, buy(1)).effects.refused) -- by its guard
    assert.equal(1, apply(env, plan(env, file).run).effects.failed)
    assert.equal(1, apply(env, plan(env, file).run).effects.succeeded)
    local states = {}
    for i, effect in ipairs(simulator:effects()) do
      states[i] = effect.state
    end
    assert.same({"failed", "succeeded"}, states)
  end)

  it("is used up by what may have been sent", function()
    local simulator <close>, env = start {lose = {next = 1, on = "purchase"}}
    local file = buy(1000000)
    local first, second = plan(env, file), plan(env, file)
    local _, parked = apply(env, first.run, "--no-wait")
    assert.equal(6, parked.code, parked.stderr)
    local late = apply(env, second.run)
    assert.equal("duplicate", late.refused[1].code)
    support.contains(late.refused[1].example, "(unknown)")
    assert.equal(1, apply(env, first.run).effects.succeeded)
    assert.equal(1, support.books(simulator, "purchase").count)
  end)
end)
