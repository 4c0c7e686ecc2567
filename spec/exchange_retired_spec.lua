-- The stock workflow exchange-retired: what a list says is exchanged, for as few as the service accepts, and what an
-- exchange leaves out is bought.
local kills = require "kills"
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, name: one, sku: Standard_D2s_v3, quantity: 5, purchased: TODAY}
      - {id: r2, name: two, sku: Standard_D4s_v3, quantity: 3, purchased: TODAY, billing_plan: Monthly}
      - {id: r3, name: three, sku: Standard_E2s_v5}
      - {id: r4, name: four, sku: Standard_D2s_v3, exchangeable: false}
      - {id: r5, name: cache, sku: Premium_P1}
  - id: smith
    name: Smith
    currency: EUR
    reservations: [{id: r6, name: six, sku: Standard_B2s, quantity: 3, purchased: TODAY}]
]]

local SERIES = [[
from,to
Standard_D*s_v3,Standard_D*s_v5
standard_b2s,Standard_D2s_v5
Standard_D2s_v3,Standard_L8s_v3
]]

local function start()
  local simulator = testing.simulator {world = world:gsub("TODAY", os.date("!%Y-%m-%d")), settle = 50}
  return simulator, support.env(simulator.env)
end

local function plan(env, ...)
  local list = support.folder {["series.csv"] = SERIES} .. "/series.csv"
  local result = testing.run {
    "plan", support.root .. "/workflows/exchange-retired.yaml", "--input", "series=@" .. list, "-o", "json",
    env = env, ...,
  }
  return result.stdout ~= "" and support.json(result), result
end

local function apply(env, run)
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env}
  return support.json(result), result
end

-- What had to be paid for exchanges, as the simulator's books have it, is what the run says.
local function compare_books(simulator, applied)
  local paid = {}
  for _, row in ipairs(applied.by_currency) do
    if row.operation == "exchange" then
      paid[row.currency] = support.cents(row.pay.amount)
    end
  end
  assert.same(support.books(simulator, "exchange").cents, paid)
  assert.same(support.books(simulator, "purchase").cents, support.total_cents(applied.totals.purchase))
end

-- What a customer has of each SKU: "QUANTITY x SKU TERM PLAN", sorted.
local function live(env, customer)
  local found = {}
  local asked = {"call", "reservations.list", "--state", "Succeeded", "--customer", customer, "-o", "json", env = env}
  for i, one in ipairs(support.json(testing.run(asked))) do
    found[i] = ("%d x %s %s %s"):format(one.quantity, one.sku, one.term, one.billing_plan)
  end
  table.sort(found)
  return found
end

describe("exchange-retired", function()
  it("exchanges what the list says, for as few as the service accepts, and nothing else", function()
    local simulator <close>, env = start()
    local planned, result = plan(env)
    assert.equal(0, result.code, result.stdout .. result.stderr)
    assert.equal(3, planned.effects.planned)
    assert.equal(0, #simulator:effects())
    local page = testing.run({"show", planned.run, env = env}).stdout
    assert.truthy(page:find("5 x %x+%-[%x%-]+ for %d+ x Standard_D2s_v5 %w+ P1Y"), page)
    local applied, done = apply(env, planned.run)
    assert.equal(0, done.code, done.stderr)
    assert.equal(3, applied.effects.succeeded)
    compare_books(simulator, applied)
    local made = support.effects(simulator, "exchange")
    assert.equal(3, #made)
    for _, effect in ipairs(made) do
      local bought = effect.lines[2]
      -- With one less it would be worth less than what is given back.
      assert.is_true(support.cents(effect.amount) < support.cents(bought.amount) / bought.quantity)
    end
    assert.same({
      "1 x Premium_P1 P1Y Upfront", "1 x Standard_D2s_v3 P1Y Upfront", "1 x Standard_E2s_v5 P1Y Upfront",
      "4 x Standard_D4s_v5 P1Y Monthly", "6 x Standard_D2s_v5 P1Y Upfront",
    }, live(env, "kowalski"))
    assert.same({"2 x Standard_D2s_v5 P1Y Upfront"}, live(env, "smith"))
    assert.equal(0, plan(env).effects.planned)
  end)

  it("asks for no more than the limit, and for another term where one is given", function()
    local simulator <close>, env = start()
    local planned, result = plan(env, "--only", "Smith", "--input", "most=1")
    assert.equal(0, result.code, result.stderr)
    assert.equal(0, planned.effects.planned)
    local skipped = {}
    for _, row in ipairs(planned.skipped) do
      skipped[row.code] = row.count
    end
    assert.equal(1, skipped["not-accepted"])
    local requests = simulator:state().requests["reservations.quote_exchange"]
    planned = plan(env, "--only", "Smith", "--input", "term=P3Y")
    assert.equal(1, planned.effects.planned)
    assert.is_true(simulator:state().requests["reservations.quote_exchange"] > requests)
    apply(env, planned.run)
    assert.same({"1 x Standard_D2s_v5 P3Y Upfront"}, live(env, "smith"))
  end)

  it("buys what an exchange gave back for, but did not buy, once", function()
    for _, point in ipairs {false, "K4:2", "K9:2"} do
      local simulator <close>, env = start()
      local planned = plan(env, "--only", "Smith")
      assert.equal(1, planned.may_follow)
      simulator:faults {fail_operation = {next = 1, on = "reservations.exchange"}}
      if point then
        env.TENURE_KILL = point
        assert.equal(9, testing.run({"apply", planned.run, "--yes", env = env}).signal, point)
        env.TENURE_KILL = nil
      end
      local applied, result = apply(env, planned.run)
      assert.equal(6, result.code, result.stderr) -- a person looks at the exchange
      assert.same({1, 1}, {applied.effects.partial, applied.effects.succeeded})
      local actual = applied.partial[1].actual
      assert.equal("0.00", actual.pay.amount) -- what was planned to be paid was never bought
      assert.equal(applied.partial[1].planned.back.amount, actual.back.amount)
      compare_books(simulator, applied)
      assert.equal(1, #support.effects(simulator, "purchase"), point)
      assert.same({"2 x Standard_D2s_v5 P1Y Upfront"}, live(env, "smith"))
    end
  end)

  it("makes each exchange once, wherever the process dies", function()
    local points = {
      {"K2:1"}, {"K4:1"}, {"K9:1"}, {"K10:1"}, {"K11:1"}, {"K12:1", "drop"}, {"K13:1", "lose"},
    }
    kills.survived(points, "reservations.exchange", function()
      local simulator, env = start()
      local planned = plan(env, "--only", "Smith")
      return simulator, env, planned.run
    end, function(case, summary)
      assert.equal(1, summary.effects.succeeded, case.name)
      assert.equal(1, #support.effects(case.simulator, "exchange"), case.name)
      assert.same({"2 x Standard_D2s_v5 P1Y Upfront"}, live(case.env, "smith"), case.name)
    end)
  end)
end)
