-- Exchanges: several reservations for several others or for savings plans, quoted, planned, made once; what nobody
-- knows the outcome of is found by its session's result; what was given back and not bought is said, to be bought then.
local kills = require "kills"
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, name: one, sku: Standard_D2s_v5, quantity: 3, billing_plan: Monthly}
      - {id: r2, order: o2, name: two, sku: Standard_E2s_v5}
      - {id: r3, order: o3, name: cache, sku: Premium_P1}
      - {id: r4, order: o1, name: four, sku: Standard_D2s_v5}
]]

local EXCHANGE = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local of = {}
  for _, one in ipairs(ctx.item.all) do of[one.name] = one end
  local quote = reservations.quote_exchange{
    exchange = {{reservation = of.one, quantity = 2}, of.two},
    purchase = {
      of.two:like{sku = "Standard_D8s_v5", quantity = 1, term = "P3Y", name = "new one"},
      of.two:like{sku = "Standard_D4s_v5", quantity = 2, term = "P3Y", name = "new two"},
    },
  }
  local outcome = reservations.exchange(quote)
  local said = {
    state = outcome.state, back = tostring(outcome.back), pay = tostring(outcome.pay),
    returned = tostring(quote.returned), purchased = tostring(quote.purchased),
    cancelled = tostring(quote.cancelled_commitment), code = outcome.code,
  }
  for i, line in ipairs(outcome.lines) do
    said["line " .. i] = line.kind .. " " .. tostring(line.quantity) .. " " .. tostring(line.state)
  end
  ctx.log("exchanged", said)
  REST
  return outcome
end
]]

local GUARD = "{count: 10, back: {PLN: 1000000}, pay: {PLN: 1000000}}"

local function folder(parts)
  parts = parts or {}
  return support.folder {
    ["exchange.yaml"] = ([[
tenure: 1
name: exchange
permissions: [reservations:list, reservations:quote_exchange, reservations:exchange, orders:quote_purchase,
  orders:purchase, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards: {exchange: %s, purchase: {count: 10, pay: {PLN: 1000000}}, refund: {count: 10, back: {PLN: 1000000}}}
%s
steps:
  - id: exchange
    each: "{{all = reservations.list{state = 'Succeeded'}}}"
    run: exchange.lua
]]):format(parts.guard or GUARD, parts.more or ""),
    ["exchange.lua"] = parts.script or EXCHANGE:gsub("REST", parts.rest or ""),
  } .. "/exchange.yaml"
end

local function start(settle)
  local simulator = testing.simulator {world = world, settle = settle or 100}
  return simulator, support.env(simulator.env)
end

local function plan(env, file)
  local result = testing.run {"plan", file or folder(), "-v", "-o", "json", env = env}
  assert.equal(0, result.code, result.stdout .. result.stderr)
  return support.json(result), result
end

local function apply(env, run)
  local result = testing.run {"apply", run, "--yes", "-v", "-o", "json", env = env}
  return support.json(result), result
end

local function exchanges(simulator)
  local found = {}
  for _, effect in ipairs(simulator:effects()) do
    found[#found + 1] = effect.kind == "exchange" and effect or nil
  end
  return found
end

local function call(env, ...)
  return testing.run {"call", "--customer", "kowalski", "-o", "json", env = env, ...}
end

local function live(env)
  local found = {}
  for _, one in ipairs(support.json(call(env, "reservations.list", "--state", "Succeeded"))) do
    found[one.name] = one
  end
  return found
end

local function effect_of(env, run)
  return support.json(testing.run {"why", run, "kowalski", "-o", "json", env = env}).effects[1].effect
end

describe("an exchange", function()
  it("tells what comes back apart from what has to be paid, in the plan and in every report", function()
    local _ <close>, env = start()
    local planned = plan(env)
    local effect = planned.largest[1]
    local back, pay = effect.planned.back, effect.planned.pay
    assert.is_true(support.cents(pay.amount) > support.cents(back.amount) and support.cents(back.amount) > 0)
    assert.same({exchange = {PLN = back.amount}}, planned.totals)
    assert.same({exchange = {PLN = back.amount}}, planned.back)
    assert.same({exchange = {PLN = pay.amount}}, planned.pay)
    local function shown(money)
      local whole, part = money.amount:match("^(%d+)(%.%d+)$")
      return whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "") .. part .. " " .. money.currency
    end
    local text = testing.run({"show", planned.run, env = env}).stdout
    assert.matches("The largest\n +back +pay +customer\n", text)
    support.contains(text:match("The largest\n(.*)"), shown(back) .. "  " .. shown(pay) .. "  ")
    local function report(format, ...)
      return testing.run({"report", planned.run, "--format", format, env = env, ...}).stdout
    end
    support.contains(report("md"):match("## The largest\n(.*)"), shown(back) .. " | " .. shown(pay) .. " |")
    support.contains(report("html"):match("<h2>The largest(.*)"),
      ('%s</td><td class="number">%s</td>'):format(shown(back), shown(pay)))
    support.contains(report("csv", "--effects"), ",pay,pay_currency,")
    support.contains(report("csv", "--effects"), (",%s,PLN,%s,PLN,"):format(back.amount, pay.amount))
  end)

  it("of several for several is planned with its sums, locks the orders it takes from, and is made once", function()
    local simulator <close>, env = start()
    local planned, result = plan(env)
    assert.equal(1, planned.effects.planned)
    local said = support.said(result)[1].fields
    assert.equal("planned", said.state)
    assert.equal("return 2 nil", said["line 1"])
    assert.equal("purchase 2 nil", said["line 4"])
    local function cents(text) return support.cents((text:match "^(%S+) PLN$")) end
    assert.equal(cents(said.pay), cents(said.purchased) - cents(said.returned) - cents(said.cancelled))
    assert.equal(said.returned, said.back)
    assert.is_true(cents(said.cancelled) > 0)
    assert.equal(0, #simulator:effects())
    local applied, done = apply(env, planned.run)
    assert.equal(0, done.code, done.stderr)
    assert.equal(1, applied.effects.succeeded)
    local made = exchanges(simulator)
    assert.equal(1, #made)
    assert.equal(said.pay, made[1].amount .. " PLN")
    local after = support.said(done)[1].fields
    assert.equal("succeeded", after.state)
    assert.equal("return 2 Succeeded", after["line 1"])
    assert.equal("purchase 1 Succeeded", after["line 3"])
    local now = live(env)
    assert.is_nil(now.two)
    assert.truthy(now["new one"])
    assert.equal(2, now["new two"].quantity)
    assert.equal(1, now.one.quantity)
    local effect = effect_of(env, planned.run)
    assert.equal(3, effect.quantity)
    support.contains(effect.subject_name, "and 1 more")
    local orders = support.json(testing.run {"why", planned.run, "kowalski", "-o", "json", env = env}).effects[1].orders
    table.sort(orders)
    local touched = {made[1].lines[1].order, made[1].lines[2].order}
    table.sort(touched)
    assert.same(touched, orders)
    for _, guard in ipairs(applied.guards) do
      if guard.operation == "exchange" and guard.kind == "pay" then
        assert.equal(cents(said.pay), support.cents(guard.used.amount))
      end
    end
  end)

  it("is found by its session's result when nobody knows its outcome, and else made again", function()
    for fault, attempts in pairs {drop = 1, lose = 2, error = 2, late = 1} do
      local simulator <close>, env = start()
      local planned = plan(env)
      simulator:faults {[fault] = {next = 1, on = "reservations.exchange"}}
      local applied, result = apply(env, planned.run)
      assert.equal(0, result.code, fault .. ": " .. result.stdout .. result.stderr)
      assert.equal(1, applied.effects.succeeded, fault)
      assert.equal(1, #exchanges(simulator), fault)
      assert.equal(attempts, effect_of(env, planned.run).attempt, fault)
    end
  end)

  it("that nobody knows the outcome of is not made again when an order has changed meanwhile", function()
    local simulator <close>, env = start()
    local planned = plan(env)
    simulator:faults {lose = {next = 1, on = "reservations.exchange"}}
    local unknown = testing.run {"apply", planned.run, "--yes", "--no-wait", "-o", "json", env = env}
    assert.equal(6, unknown.code, unknown.stderr)
    local four = live(env).four -- in the order of what is given back, but not given back itself
    local refund = testing.run {
      "call", "reservations.refund", four.id, "--customer", "kowalski", "--yes", "--cap", "PLN=1000000",
      "--ledger", support.folder {} .. "/another.db", env = env,
    }
    assert.equal(0, refund.code, refund.stderr)
    local applied, result = apply(env, planned.run)
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, applied.effects.unknown)
    support.contains(effect_of(env, planned.run).evidence, "orders have changed since it was sent")
    assert.equal(0, #exchanges(simulator))
  end)

  it("whose purchase fails is partial, says what is missing, and lets a script buy it", function()
    local rest = [[
  local orders = require "tenure.orders"
  for i, line in ipairs(outcome.lines) do
    if line.kind == "purchase" and line.state == "Failed" then
      local missing = orders.purchase(orders.quote_purchase(line.request), {once = "missing half"})
      ctx.log("bought", {state = missing.state, order = missing.lines and missing.lines[1].order})
    end
  end]]
    local simulator <close>, env = start()
    local planned = plan(env, folder {rest = rest})
    simulator:faults {fail_operation = {next = 1, on = "reservations.exchange"}}
    local applied, result = apply(env, planned.run)
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, applied.effects.partial)
    local said = support.said(result)
    assert.same({}, applied.failed_items)
    assert.equal("partial", said[1].fields.state)
    assert.equal("PurchaseError", said[1].fields.code)
    assert.equal("purchase 1 Failed", said[1].fields["line 3"])
    assert.equal("purchase 2 Succeeded", said[1].fields["line 4"])
    assert.equal("refused", said[2].fields.state) -- it was not in the plan
    assert.is_nil(live(env)["new one"])
    assert.truthy(live(env)["new two"])
    -- A person sees it line by line, and finds the way there.
    local key = effect_of(env, planned.run).key
    support.contains(testing.run({"show", planned.run, env = env}).stdout,
      ("line by line: tenure why %s %s"):format(planned.run, key:sub(1, 12)))
    local told = testing.run({"why", planned.run, key:sub(1, 12), env = env}).stdout:gsub("%s+", " ")
    support.contains(told, "One by one return Succeeded")
    assert.is_truthy(told:find("purchase Failed [%x-]+ 1 13,653.08 PLN Standard_D8s_v5"), told)
    assert.is_truthy(told:find("purchase Succeeded [%x-]+ 2 13,659.96 PLN"), told)
    assert.is_nil(support.json(testing.run {"why", planned.run, key, "-o", "json", env = env}).lines)
    -- The next run buys it: what the first one left is in its steps' value, too.
    local value = support.json(testing.run {"why", planned.run, "kowalski", "-o", "json", env = env})
    local lines = value.items[#value.items].value.lines
    local missing = lines[3].raw.request
    assert.equal("Standard_D8s_v5", missing.sku)
    local bought = call(env, "orders.purchase", missing.sku, "--type", missing.type, "--region", missing.region,
      "--term", missing.term, "--billing-plan", missing.billing_plan, "--billing-scope", missing.billing_scope,
      "--quantity", "1", "--scope", missing.scope, "--once", "missing half", "--cap", "PLN=1000000", "--yes")
    assert.equal(0, bought.code, bought.stderr)
    -- A person accepts what is.
    local settled = testing.run {
      "settle", planned.run, "--effect", effect_of(env, planned.run).key, "--as", "succeeded", "--reason",
      "the missing half was bought by hand", env = env,
    }
    assert.equal(0, settled.code, settled.stderr)
    assert.equal("succeeded", effect_of(env, planned.run).state)
  end)

  it("survives being killed at each point on its way", function()
    local points = {
      {"K2:1"}, {"K3:1"}, {"K4:1"}, {"K5:1"}, {"K6:1"}, {"K7:1"}, {"K9:1"}, {"K10:1"}, {"K10:2"}, {"K11:1"},
      {"K12:1", "drop"}, {"K12:1", "lose"}, {"K13:1", "drop"}, {"K13:1", "lose"},
    }
    kills.survived(points, "reservations.exchange", function()
      local simulator, env = start()
      local planned = plan(env)
      return simulator, env, planned.run
    end, function(case, summary)
      assert.equal(1, summary.effects.succeeded, case.name)
      assert.equal(1, #exchanges(case.simulator), case.name)
    end)
  end)
end)

describe("quote_exchange", function()
  it("says why not, and nothing is sent then", function()
    local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local of = {}
  for _, one in ipairs(reservations.list{}) do of[one.name] = one end
  local quote = reservations.quote_exchange(of.cache, {purchase = of.two:like{sku = "Standard_D8s_v5", quantity = 5}})
  ctx.log("quoted", {allowed = quote.allowed, code = quote.refusals[1] and quote.refusals[1].code})
  return reservations.exchange(quote)
end
]]
    local simulator <close>, env = start()
    local planned, result = plan(env, folder {script = script})
    assert.equal(1, planned.effects.refused)
    assert.equal("ExchangeProductTypeMismatch", planned.refused[1].code)
    assert.is_false(support.said(result)[1].fields.allowed)
    assert.equal(0, #simulator:effects())
  end)

  it("can be asked for savings plans, by ids, from the shell", function()
    local simulator <close>, env = start()
    local two = live(env).two
    local plans = ([=[[{"commitment": {"amount": "2.50", "currency": "PLN"}, "term": "P1Y", "scope": "Shared",
      "billing_scope": "%s"}]]=]):format(two.billing_scope)
    for _, id in ipairs {two.id, two.id:match "[^/]+$"} do
      local quote = support.json(call(env, "reservations.quote_exchange", id, "--savings-plans", plans))
      assert.is_true(quote.allowed)
      assert.equal("PLN", quote.pay.currency)
      assert.equal("21900.00", quote.purchased.amount)
    end
    local done = call(env, "reservations.exchange", two.id, "--savings-plans", plans, "--cap", "PLN=1000000", "--yes")
    assert.equal(0, done.code, done.stderr)
    assert.equal(1, #exchanges(simulator))
    assert.equal("savings_plan", exchanges(simulator)[1].lines[2].kind)
    local page = testing.run({"show", support.json(done).run, env = env}).stdout
    support.contains(page, two.id:match "[^/]+$" .. " for a savings plan of 2.50 PLN an hour for P1Y")
  end)

  it("is strict on what it is given", function()
    local simulator <close>, env = start()
    local id = live(env).two.id
    local rows = {
      {{id}, "say what to buy instead"},
      {{id, "--purchase", "[]"}, "purchase is empty"},
      {{id, "--purchase", "D8s"}, "purchase is no JSON"},
      {{id, "--purchase", '{"skew": "x"}'}, "there is no option 'skew' (did you mean 'sku'?)"},
      {{id, "--purchase", '{"sku": "x"}'}, "purchase, number 1: reservations.quote_exchange: type is missing"},
      {{('[%q, {"reservation": %q}]'):format(id, id), "--purchase", "[]"}, "names " .. id:match "[^/]+$" .. " twice"},
    }
    for _, row in ipairs(rows) do
      local result = call(env, "reservations.quote_exchange", table.unpack(row[1]))
      assert.equal(2, result.code, row[2])
      support.contains(result.stderr, row[2])
    end
    assert.equal(0, #simulator:effects())
  end)
end)

describe("reservation:like", function()
  it("gives a plain table that buys the like of it, changed", function()
    local script = [[
local reservations, orders, tenure = require "tenure.reservations", require "tenure.orders", require "tenure"
return function(ctx)
  local of = {}
  for _, one in ipairs(reservations.list{}) do of[one.name] = one end
  local like = of.one:like{quantity = 5, name = tenure.null}
  local names = {}
  for name in pairs(like) do names[#names + 1] = name end
  table.sort(names)
  ctx.log("like", {
    names = table.concat(names, " "), quantity = like.quantity, sku = like.sku, plan = like.billing_plan,
    same = of.one:like().quantity, pay = tostring(orders.quote_purchase(of.one:like{term = "P1Y"}).pay.currency),
  })
  local ok, problem = pcall(function() return of.one:like{quantty = 5} end)
  ctx.log(tostring(problem))
end
]]
    local simulator <close>, env = start()
    local _, result = plan(env, folder {script = script})
    local said = support.said(result)
    assert.same({
      names = "billing_plan billing_scope flexible quantity region renew scope sku term type", quantity = 5,
      sku = "Standard_D2s_v5", plan = "Monthly", same = 3, pay = "PLN",
    }, said[1].fields)
    support.contains(said[2].text, "reservation:like: there is no 'quantty' (did you mean 'quantity'?)")
    assert.equal(0, #simulator:effects())
  end)
end)
