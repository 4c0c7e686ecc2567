-- The stock workflow rebuy: refunds and what is bought instead, planned together, the purchase only after its refund.
local kills = require "kills"
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, name: one, sku: Standard_D2s_v3, quantity: 2, worth: 250 USD, back: 900 PLN}
      - {id: r2, name: two, sku: Standard_D2s_v3, quantity: 2, worth: 220 USD, back: 800 PLN}
      - {id: r3, name: three, sku: Standard_D2s_v3, refuses: SelfServiceRefundNotSupported}
      - {id: r4, name: four, sku: Standard_D2s_v3}
  - {id: smith, name: Smith, currency: EUR, reservations: [{id: r5, name: five, worth: 100 USD, back: 90 EUR}]}
]]

local HEAD = "customer,reservation,sku,quantity,type,region,term,billing_plan\n"

local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  return simulator, support.env(simulator.env)
end

-- The change list: rows name reservations by their names in the world.
local function list(simulator, rows, head)
  local ids = {}
  for _, customer in ipairs(simulator:world().customers) do
    for _, reservation in ipairs(customer.reservations) do
      ids[reservation.name] = customer.id .. "," .. reservation.id
    end
  end
  return support.folder {["list.csv"] = (head or HEAD) .. rows:gsub("^%l+", ids):gsub("\n(%l+)", function(name)
    return "\n" .. ids[name]
  end)} .. "/list.csv"
end

local function plan(simulator, env, rows, workflow, head)
  local result = testing.run {
    "plan", workflow or support.root .. "/workflows/rebuy.yaml", "--input", "changes=@" .. list(simulator, rows, head),
    "-o", "json", env = env,
  }
  return result.stdout ~= "" and support.json(result), result
end

local function apply(env, run)
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env}
  return support.json(result), result
end

-- What the simulator did is what the run says that it did. Returns how many refunds and purchases that were.
local function compare_books(simulator, applied)
  local refunds, purchases = support.books(simulator, "refund"), support.books(simulator, "purchase")
  assert.same(refunds.cents, support.total_cents(applied.totals.refund))
  assert.same(purchases.cents, support.total_cents(applied.totals.purchase))
  return refunds.count, purchases.count
end

-- What the run wrote of each: "NAME STATE".
local function rebought(env, run)
  local rows = {}
  for i, row in ipairs(support.json(testing.run {"output", run, "rebought", "-o", "json", env = env})) do
    rows[i] = row.name .. " " .. row.state
  end
  table.sort(rows)
  return rows
end

local function live(env, customer)
  local found = {}
  local asked = {"call", "reservations.list", "--state", "Succeeded", "--customer", customer, "-o", "json", env = env}
  for _, one in ipairs(support.json(testing.run(asked))) do
    found[one.name] = ("%d x %s %s %s"):format(one.quantity, one.sku, one.term, one.billing_plan)
  end
  return found
end

-- A copy of the workflow with another guard of purchases.
local function guarded(guard)
  local text = testing.read(support.root .. "/workflows/rebuy.yaml")
  local folder = support.folder {
    ["rebuy.yaml"] = text:gsub("  purchase: {[^}]*}", "  purchase: " .. guard),
    ["scripts/rebuy.lua"] = testing.read(support.root .. "/scripts/rebuy.lua"),
  }
  return folder .. "/rebuy.yaml"
end

describe("rebuy", function()
  it("plans refunds with what is bought instead, and makes both, of other types too", function()
    local simulator <close>, env = start()
    local planned, result = plan(simulator, env, "one,SQLDB_GP_Compute_Gen5,1,SqlDatabases,,P3Y,\n"
      .. "two,Standard_D4s_v5,1,,westeurope,,\nfive,Standard_D4s_v5,2,,,,Monthly\n")
    assert.equal(0, result.code, result.stdout .. result.stderr)
    assert.equal(6, planned.effects.planned)
    assert.equal("1700.00", planned.totals.refund.PLN)
    assert.equal(0, #simulator:effects())
    local applied, done = apply(env, planned.run)
    assert.equal(0, done.code, done.stderr)
    assert.same({3, 3}, {compare_books(simulator, applied)})
    assert.same(planned.totals, applied.totals)
    assert.same({"five succeeded", "one succeeded", "two succeeded"}, rebought(env, planned.run))
    local kowalski = live(env, "kowalski")
    assert.equal("1 x SQLDB_GP_Compute_Gen5 P3Y Upfront", kowalski.one)
    assert.equal("1 x Standard_D4s_v5 P1Y Upfront", kowalski.two)
    assert.equal("1 x Standard_D2s_v3 P1Y Upfront", kowalski.four) -- the list does not name it
    assert.equal("2 x Standard_D4s_v5 P1Y Monthly", live(env, "smith").five)
  end)

  it("buys nothing for what is not refunded, and refunds nothing for what cannot be bought", function()
    local simulator <close>, env = start()
    local planned, result = plan(simulator, env,
      "three,Standard_D4s_v5,1,,,,\none,NoSuchThing,1,,,,\n")
    assert.equal(3, result.code, result.stderr)
    assert.equal(0, planned.effects.planned)
    assert.equal("SelfServiceRefundNotSupported", planned.refused[1].code)
    assert.equal(1, #planned.failed_items)
    assert.equal("CalculatePriceFailed", planned.failed_items[1].code)
    assert.equal(0, #simulator:effects())
  end)

  it("takes a list without the columns in which nothing differs, but not one that leaves open what to buy", function()
    local simulator <close>, env = start()
    local head = "customer,reservation,sku,quantity\n"
    local planned, result = plan(simulator, env, "two,Standard_D4s_v5,1\n", nil, head)
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, planned.effects.planned)
    result = select(2, plan(simulator, env, "two,Standard_D4s_v5,\nfour,,3\n", nil, head))
    assert.equal(2, result.code)
    support.contains(result.stderr, "column 'quantity' is empty: it takes a whole number such as 5")
    support.contains(result.stderr, "column 'sku' is empty: it takes text")
    assert.equal(0, #simulator:effects())
  end)

  it("plans no refund whose purchase a guard stops", function()
    local simulator <close>, env = start()
    local rows = "one,Standard_D4s_v5,1,,,,\ntwo,Standard_D4s_v5,1,,,,\n"
    local planned = plan(simulator, env, rows, guarded "{count: 1, pay: {PLN: 100000}}")
    assert.same({2, 1, 1}, {planned.effects.planned, planned.effects.refused, planned.effects.withdrawn})
    assert.equal("not-bought-again", planned.failed_items[1].code)
    local applied = apply(env, planned.run)
    assert.same({1, 1}, {compare_books(simulator, applied)})
    -- The rest is planned anew, as if it had not been asked for before.
    local rest, result = plan(simulator, env, "two,Standard_D4s_v5,1,,,,\n")
    assert.equal(2, rest.effects.planned, result.stdout)
    applied = apply(env, rest.run)
    assert.equal(2, applied.effects.succeeded)
    assert.same({2, 2}, {support.books(simulator, "refund").count, support.books(simulator, "purchase").count})
  end)

  it("does not buy when the refund fails after all, and says so when the purchase does", function()
    local simulator <close>, env = start()
    local planned = plan(simulator, env, "one,Standard_D4s_v5,1,,,,\n")
    simulator:faults {fail_operation = {next = 1, on = "reservations.refund"}}
    local applied, result = apply(env, planned.run)
    assert.equal(3, result.code, result.stdout)
    assert.same({1, 1}, {applied.effects.failed, applied.effects.withdrawn})
    assert.equal(0, support.books(simulator, "purchase").count)
    planned = plan(simulator, env, "two,Standard_D4s_v5,1,,,,\n")
    simulator:change {prices = 1.05}
    applied, result = apply(env, planned.run)
    assert.equal(3, result.code, result.stdout)
    assert.equal("not-bought-again", applied.failed_items[1].code)
    support.contains(applied.failed_items[1].detail, "would have to be paid now")
    assert.same({"two refused"}, rebought(env, planned.run))
    assert.equal(0, support.books(simulator, "purchase").count)
  end)

  it("is bought once for each refund, wherever the process dies between the two", function()
    -- Both rows buy the very same: a quote of the one is none for the other.
    local rows = "one,Standard_D4s_v5,1,,westeurope,,\ntwo,Standard_D4s_v5,1,,westeurope,,\n"
    local points = {
      {"K4:1"}, {"K9:1"}, {"K10:1"}, {"K11:1"}, {"K2:2"}, {"K4:2"}, {"K9:2"}, {"K10:2"}, {"K11:2"}, {"K2:3"}, {"K4:4"},
      {"K9:4"}, {"K12:1", "drop"}, {"K13:1", "lose"},
    }
    kills.survived(points, "orders.purchase", function()
      local simulator, env = start()
      local planned = plan(simulator, env, rows)
      return simulator, env, planned.run
    end, function(case, summary)
      assert.equal(4, summary.effects.succeeded, case.name)
      assert.same({2, 2}, {compare_books(case.simulator, summary)}, case.name)
      assert.same({"one succeeded", "two succeeded"}, rebought(case.env, case.run), case.name)
    end)
  end)
end)
