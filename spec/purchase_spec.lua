-- Purchases: priced, planned, approved, bought once; what nobody knows the outcome of is found by its order's id.
local kills = require "kills"
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, name: old, sku: Standard_D2s_v5, quantity: 2, term: P3Y}]
]]

local BUY = [[
local orders = require "tenure.orders"
return function(ctx)
  local quote = orders.quote_purchase{
    sku = "Standard_D4s_v5", type = "VirtualMachines", region = "westeurope", term = "P1Y", billing_plan = "Upfront",
    billing_scope = ctx.item.billing_scope, quantity = 2, name = "new", scope = "Shared",
  }
  local outcome = orders.purchase(quote, {once = "rebuy " .. ctx.item.id})
  ctx.log("bought", {state = outcome.state, pay = tostring(outcome.pay), quoted = tostring(quote.pay)})
  return {state = outcome.state, pay = outcome.pay}
end
]]

local GUARD = "{count: 10, pay: {PLN: 1000000}}"

local function folder(guard, more, script)
  return support.folder {
    ["buy.yaml"] = ([[
tenure: 1
name: buy
permissions: [reservations:list, orders:quote_purchase, orders:purchase]
customers: {from: partner-center}
guards: {purchase: %s}
%s
steps:
  - id: buy
    each: reservations.list{}
    when: item.name == "old"
    run: buy.lua
]]):format(guard or GUARD, more or ""),
    ["buy.lua"] = script or BUY,
  } .. "/buy.yaml"
end

local function start(settle)
  local simulator = testing.simulator {world = world, settle = settle or 100}
  return simulator, support.env(simulator.env)
end

local function purchases(simulator)
  local found = {}
  for _, effect in ipairs(simulator:effects()) do
    found[#found + 1] = effect.kind == "purchase" and effect or nil
  end
  return found
end

local function orders_of(env)
  return support.json(testing.run {"call", "orders.list", "--customer", "kowalski", "-o", "json", env = env})
end

describe("a purchase", function()
  it("is planned with its price, and buys once what was planned", function()
    local simulator <close>, env = start()
    local file = folder()
    local planned = support.json(testing.run {"plan", file, "-o", "json", env = env})
    assert.equal(1, planned.effects.planned)
    assert.equal(0, #simulator:effects())
    local result = testing.run {"apply", planned.run, "--yes", "-v", "-o", "json", env = env}
    assert.equal(0, result.code, result.stderr)
    local applied, bought = support.json(result), purchases(simulator)
    assert.equal(1, applied.effects.succeeded)
    assert.equal(1, #bought)
    assert.equal("succeeded", bought[1].state)
    assert.equal(2, bought[1].quantity)
    assert.same({PLN = bought[1].amount}, applied.totals.purchase)
    assert.same({purchase = {PLN = bought[1].amount}}, applied.pay)
    assert.same({}, applied.back)
    assert.same(planned.totals, applied.totals)
    local said = support.said(result)[1].fields
    assert.same({state = "succeeded", pay = bought[1].amount .. " PLN", quoted = bought[1].amount .. " PLN"}, said)
    assert.equal(2, #orders_of(env))
    -- The name is used up: in this run and in all others.
    local again = testing.run {"run", file, "--yes", "-v", "-o", "json", env = env}
    assert.equal(0, support.json(again).effects.succeeded)
    assert.equal("refused", support.said(again)[1].fields.state)
    assert.equal(1, #purchases(simulator))
  end)

  it("counts against its guards, and money that none covers is refused", function()
    local rows = {
      {"{count: 10, pay: {PLN: 1}}", "guard", "guard purchase.pay would be crossed"},
      {"{count: 10, pay: {EUR: 1000000}}", "no-cap", "give purchase.worth or purchase.pay a cap"},
      {"{count: 0, pay: {PLN: 1000000}}", "guard", "guard purchase.count would be crossed"},
    }
    for _, row in ipairs(rows) do
      local simulator <close>, env = start()
      local plan = support.json(testing.run {"plan", folder(row[1]), "-o", "json", env = env})
      assert.equal(row[2], plan.refused[1].code)
      support.contains(plan.refused[1].example, row[3])
      assert.equal(0, #simulator:effects())
    end
    local simulator <close>, env = start()
    local plan = support.json(testing.run {"plan", folder "{count: 1, worth: 100000 USD}", "-o", "json", env = env})
    assert.equal(1, plan.effects.planned)
    assert.equal(0, #simulator:effects())
  end)

  it("that would cost more than the tolerance allows is refused; one that got cheaper is not", function()
    for factor, wanted in pairs {[1.05] = "drift", [1.005] = "succeeded", [0.8] = "succeeded"} do
      local simulator <close>, env = start()
      local planned = support.json(testing.run {"plan", folder(), "-o", "json", env = env})
      simulator:change {prices = factor}
      local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
      local applied = support.json(result)
      if wanted == "drift" then
        assert.equal(4, result.code)
        assert.equal("drift", applied.refused[1].code)
        support.contains(applied.refused[1].example, "PLN would have to be paid now, ")
        assert.equal(0, #simulator:effects())
      else
        assert.equal(0, result.code, result.stderr)
        assert.same({PLN = purchases(simulator)[1].amount}, applied.totals.purchase)
      end
    end
  end)

  it("whose outcome nobody knows is found by its order's id, and made again only when it is not there", function()
    for fault, attempts in pairs {drop = 1, lose = 2, error = 2, late = 1, truncate = 1} do
      local simulator <close>, env = start()
      local planned = support.json(testing.run {"plan", folder(), "-o", "json", env = env})
      simulator:faults {[fault] = {next = 1, on = "orders.purchase"}}
      local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
      assert.equal(0, result.code, fault .. ": " .. result.stderr)
      assert.equal(1, #purchases(simulator), fault)
      local why = support.json(testing.run {"why", planned.run, "kowalski", "-o", "json", env = env})
      local effect = why.effects[1].effect
      assert.equal("succeeded", effect.state)
      assert.equal(attempts, effect.attempt, fault)
      assert.equal(2, #orders_of(env))
    end
  end)

  it("that is accepted and then fails gives its money back to the guard", function()
    local simulator <close>, env = start()
    local planned = support.json(testing.run {"plan", folder(), "-o", "json", env = env})
    simulator:faults {fail_operation = {next = 1, on = "orders.purchase"}}
    local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
    assert.equal(3, result.code, result.stderr)
    local applied = support.json(result)
    assert.equal(1, applied.effects.failed)
    assert.same({}, applied.totals.purchase or {})
    for _, guard in ipairs(applied.guards) do
      assert.equal(guard.kind == "count" and 0 or "0.00", guard.kind == "count" and guard.used or guard.used.amount)
    end
  end)

  it("survives being killed at each point on its way", function()
    local points = {
      {"K2:1"}, {"K3:1"}, {"K4:1"}, {"K5:1"}, {"K6:1"}, {"K7:1"}, {"K8:1"}, {"K9:1"}, {"K10:1"}, {"K10:2"}, {"K11:1"},
      {"K12:1", "drop"}, {"K12:1", "lose"}, {"K13:1", "drop"}, {"K13:1", "lose"},
    }
    kills.survived(points, "orders.purchase", function()
      local simulator, env = start()
      local planned = support.json(testing.run {"plan", folder(), "-o", "json", env = env})
      return simulator, env, planned.run
    end, function(case, summary)
      assert.equal(1, summary.effects.succeeded, case.name)
      assert.equal(1, #purchases(case.simulator), case.name)
    end)
  end)

  it("can be called from the shell under a cap, and prices can be asked for", function()
    local simulator <close>, env = start()
    local reservation = support.json(testing.run {
      "call", "reservations.list", "--customer", "kowalski", "-o", "json", env = env})[1]
    local what = {
      "Standard_D4s_v5", "--type", "VirtualMachines", "--region", "westeurope", "--term", "P1Y", "--quantity", "1",
      "--billing-scope", reservation.billing_scope, "--scope", "Shared", "--customer", "kowalski", "-o", "json",
    }
    local function call(operation, ...)
      local words = {"call", operation, env = env, table.unpack(what)}
      for _, word in ipairs {...} do
        words[#words + 1] = word
      end
      return testing.run(words)
    end
    local price = support.json(call "orders.quote_purchase")
    assert.equal("PLN", price.pay.currency)
    assert.equal("USD", price.worth.currency)
    support.contains(price.title, "westeurope")
    local refused = call("orders.purchase", "--yes", "--cap", "PLN=100000")
    assert.equal(2, refused.code)
    support.contains(refused.stderr, "--once")
    refused = call("orders.purchase", "--yes", "--once", "first", "--cap", "PLN=1")
    assert.equal(1, support.json(refused).effects.refused)
    local done = call("orders.purchase", "--yes", "--once", "second", "--cap", "PLN=100000")
    assert.equal(0, done.code, done.stderr)
    assert.equal(1, #purchases(simulator))
    what[5] = "nowhere"
    local wrong = call "orders.quote_purchase"
    support.contains(wrong.stderr, "InvalidLocationId")
    what[5], what[7] = "westeurope", "P2Y"
    support.contains(call("orders.quote_purchase").stderr, "term is 'P2Y', but takes one of P1Y, P3Y, P5Y")
  end)
end)
