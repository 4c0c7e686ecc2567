-- How reservations were used, what to buy, what was paid, as scripts and `tenure call` see it.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3, utilization: 50%, purchased: 2026-01-15}
      - {id: r2, order: o1, sku: Standard_D2s_v3, quantity: 1, utilization: 100%, purchased: 2026-01-15}
  - id: smith
    reservations: [{id: r3, order: o2, sku: Standard_E4s_v5, quantity: 1, purchased: 2026-02-15}]
]]

describe("usage", function()
  local simulator, env, reservation

  local function run(...)
    return testing.run {"call", "-o", "json", env = env, ...}
  end

  local function call(...)
    local result = run(...)
    assert.equal(0, result.code, result.stderr)
    return support.json(result)
  end

  local function of_kowalski(...)
    return call("--customer", "kowalski", ...)
  end

  local function fails(part, ...)
    local result = run(...)
    assert.equal(2, result.code, result.stderr)
    support.contains(result.stderr, part)
  end

  -- Days of the last weeks, as the shell takes them.
  local function day(ago)
    return os.date("!%Y-%m-%d", os.time() - ago * 86400)
  end

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
    reservation = of_kowalski("reservations.list", "--query", "it.quantity == 3")[1]
  end)

  teardown(function()
    simulator:stop()
  end)

  it("sums up by the day or the month, for a reservation or an order", function()
    local days = of_kowalski("usage.summaries", reservation.id, "--grain", "daily", "--from", day(4), "--through",
      day(2))
    assert.equal(3, #days)
    for i, row in ipairs(days) do
      assert.equal(day(5 - i) .. "T00:00:00Z", row.day)
      assert.equal(50, row.utilization)
      assert.equal(72, row.reserved_hours)
      assert.equal(36, row.used_hours)
      assert.equal(reservation.order, row.order)
      assert.equal(reservation.sku, row.sku)
      support.contains(reservation.id, row.reservation)
    end
    local months = of_kowalski("usage.summaries", "--order", reservation.order, "--grain", "monthly")
    local seen = {}
    for _, row in ipairs(months) do
      assert.matches("^%d+%-%d+%-01T00:00:00Z$", row.day)
      seen[row.reservation] = row.utilization
    end
    local utilizations = {}
    for _, utilization in pairs(seen) do
      utilizations[#utilizations + 1] = utilization
    end
    table.sort(utilizations)
    assert.same({50, 100}, utilizations)
  end)

  it("sums up over what an account or a profile pays for, asked as the partner", function()
    local by_account = call("usage.summaries", "--billing-account", "a:b_2019-05-31", "--grain", "monthly")
    local by_profile = call("usage.summaries", "--billing-account", "a:b_2019-05-31", "--billing-profile", "p",
      "--grain", "monthly", "--from", day(60), "--through", day(0))
    assert.is_true(#by_account > 0 and #by_profile > 0)
  end)

  it("tells which resources used it", function()
    local rows = of_kowalski("usage.details", "--order", reservation.order, "--from", day(3), "--through", day(2))
    assert.is_true(#rows > 0)
    for _, row in ipairs(rows) do
      assert.matches("^/subscriptions/.+/virtualmachines/", row.resource:lower()) -- their case varies
      assert.is_number(row.used_hours)
      assert.equal(1, row.flexibility_ratio)
    end
  end)

  it("recommends in both shapes, and nothing where there is nothing", function()
    local subscription = reservation.billing_scope
    local legacy = of_kowalski("usage.recommendations", subscription, "--look-back", "Last60Days")
    local modern = call("usage.recommendations", "--billing-account", "a", "--billing-profile", "p", "--look-back",
      "Last60Days")
    assert.is_true(#legacy > 0 and #modern > 0)
    for _, list in ipairs {legacy, modern} do
      for _, row in ipairs(list) do
        assert.is_string(row.sku)
        assert.is_string(row.region)
        assert.equal(60, row.look_back)
        assert.is_number(row.saves)
        assert.is_true(math.abs(row.cost_without - row.cost_with - row.saves) < 0.011)
      end
    end
    assert.equal("legacy", legacy[1].kind)
    assert.is_nil(legacy[1].currency)
    assert.equal("modern", modern[1].kind)
    assert.equal("PLN", modern[1].currency)
    local none = call("usage.recommendations", subscription, "--customer", "kowalski", "--type", "NothingLikeIt")
    assert.same({}, none)
  end)

  it("lists what was paid, as money", function()
    local rows = call("usage.transactions", "--billing-account", "a", "--billing-profile", "p", "--from", "2026-01-01",
      "--through", "2026-01-31")
    assert.equal(1, #rows)
    assert.equal("Purchase", rows[1].event)
    assert.equal(reservation.order, rows[1].order)
    assert.equal("PLN", rows[1].amount.currency)
    assert.matches("^%d+%.%d%d$", rows[1].amount.amount)
  end)

  it("says what is missing, and what does not go together", function()
    fails("name one of reservation, order, billing_profile or billing_account", "usage.details", "--from", "2026-01-01",
      "--through", "2026-01-02")
    fails("it needs from and through", "usage.summaries", reservation.id, "--grain", "daily")
    fails("order does not go with what else is named", "usage.summaries", reservation.id, "--order", reservation.order,
      "--grain", "monthly")
    fails("billing_account is missing", "usage.transactions", "--billing-profile", "p", "--from", "2026-01-01",
      "--through", "2026-01-02")
    fails("daily, monthly", "usage.summaries", reservation.id, "--grain", "weekly")
  end)

  it("is asked for in a run: at the customer, and billing as the partner", function()
    local folder = support.folder {
      ["usage.yaml"] = [[
tenure: 1
name: usage
permissions: [reservations:list, usage:summaries, usage:transactions]
customers: {from: partner-center, where: 'customer.name == "kowalski"'}
steps:
  - id: look
    each: reservations.list()
    run: look.lua
]],
      ["look.lua"] = [[
local usage = require "tenure.usage"
return function(ctx)
  local months = usage.summaries(ctx.item, {grain = "monthly"})
  local paid = usage.transactions {
    billing_account = "a", billing_profile = "p", from = ctx.item.purchased, through = ctx.now,
  }
  local orders = {}
  for _, transaction in ipairs(paid) do
    orders[transaction.order] = tostring(transaction.amount)
  end
  ctx.log("seen", {months = #months, utilization = months[1].utilization, orders = orders})
end
]],
    }
    local result = testing.run {"run", folder .. "/usage.yaml", "-v", env = env}
    assert.equal(0, result.code, result.stderr)
    local said = support.said(result)
    assert.equal(2, #said)
    assert.equal(50, said[1].fields.utilization)
    assert.matches("PLN", said[1].fields.orders[reservation.order])
    local orders = 0
    for _ in pairs(said[1].fields.orders) do
      orders = orders + 1
    end
    assert.equal(2, orders) -- of all customers: the billing account is the partner's
  end)
end)
