-- The simulator's reads of orders and reservations: pages, filters, orders, what is shown where.
local support = require "support"
local testing = require "tenure.testing"

local CAPACITY = "/providers/Microsoft.Capacity"

-- Those of a list of reservations, by one of their properties.
local function column(answer, name)
  local values = {}
  for i, one in ipairs(answer.json.value) do
    values[i] = one.properties[name]
  end
  return values
end

-- The path of a world's reservation, and of its order.
local function paths(simulator, number)
  local one = simulator:world().customers[1].reservations[number or 1]
  local order = CAPACITY .. "/reservationOrders/" .. one.order
  return order .. "/reservations/" .. one.id, order
end

describe("the simulator's list of orders", function()
  it("has fifty on a page, and each once", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 130, seed = 3}
    local arm = support.arm(simulator, simulator:world().customers[1].id)
    local seen, sizes, count = {}, {}, 0
    local next_link = CAPACITY .. "/reservationOrders"
    while next_link do
      local page = arm("GET", next_link)
      assert.equal(200, page.status)
      for _, order in ipairs(page.json.value) do
        assert.is_nil(seen[order.name])
        seen[order.name] = true
        count = count + 1
      end
      sizes[#sizes + 1] = #page.json.value
      next_link = page.json.nextLink
    end
    local orders = {}
    for _, one in ipairs(simulator:world().customers[1].reservations) do
      orders[one.order] = true
    end
    for order in pairs(orders) do
      assert.is_true(seen[order])
    end
    assert.equal(50, sizes[1])
    assert.equal(50, sizes[2])
    assert.equal(3, #sizes)
    assert.is_true(count > 100)
  end)

  it("refuses a page that is none", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 1}
    local arm = support.arm(simulator, simulator:world().customers[1].id)
    local answer = arm("GET", CAPACITY .. "/reservationOrders?%24skiptoken=x")
    assert.equal(400, answer.status)
    assert.equal("BadRequest", answer.json.error.code)
  end)
end)

describe("the simulator's orders", function()
  local world = [[
customers:
  - id: kowalski
    reservations:
      - {id: monthly, sku: Standard_D2s_v5, term: P3Y, billing_plan: Monthly, quantity: 2}
      - {id: upfront, sku: Standard_D2s_v5}
]]

  it("show their payments to whoever asks for them", function()
    local simulator <close> = testing.simulator {world = world}
    local arm = support.arm(simulator, "kowalski")
    local _, monthly = paths(simulator, 1)
    local _, upfront = paths(simulator, 2)
    assert.is_nil(arm("GET", monthly).json.properties.planInformation)
    for _, word in ipairs {"schedule", "planInformation"} do
      local plan = arm("GET", monthly .. "?%24expand=" .. word).json.properties.planInformation
      assert.equal(36, #plan.transactions)
      assert.equal("Succeeded", plan.transactions[1].status)
      assert.equal("Scheduled", plan.transactions[36].status)
      assert.is_nil(plan.transactions[36].billingCurrencyTotal)
      assert.is_string(plan.nextPaymentDueDate)
    end
    local plan = arm("GET", upfront .. "?%24expand=schedule").json.properties.planInformation
    assert.equal(1, #plan.transactions)
    assert.equal("Succeeded", plan.transactions[1].status)
    assert.is_nil(plan.nextPaymentDueDate)
    assert.same(plan.pricingCurrencyTotal, plan.transactions[1].pricingCurrencyTotal)
  end)
end)

describe("the simulator's list of all reservations", function()
  local world = [[
customers:
  - id: kowalski
    reservations:
      - {id: a, sku: Standard_D2s_v5, name: beta, quantity: 10, expires: 2099-01-01}
      - {id: b, sku: Standard_D4s_v5, name: Alpha, quantity: 9, renew: true, expires: 2098-01-01}
      - {id: c, sku: Standard_D2s_v5, name: gamma, quantity: 1, state: Cancelled, expires: 2097-01-01}
]]
  local simulator, arm

  setup(function()
    simulator = testing.simulator {world = world}
    arm = support.arm(simulator, "kowalski")
  end)

  teardown(function()
    simulator:stop()
  end)

  local function names(query)
    local answer = arm("GET", CAPACITY .. "/reservations?" .. query)
    assert.equal(200, answer.status, answer.body)
    return column(answer, "displayName"), answer
  end

  it("is ordered by any property, numbers as numbers, names whatever their case", function()
    assert.same({"gamma", "Alpha", "beta"}, (names "%24orderby=properties/quantity"))
    assert.same({"beta", "Alpha", "gamma"}, (names "%24orderby=properties/quantity%20desc"))
    assert.same({"Alpha", "beta", "gamma"}, (names "%24orderby=properties/displayName%20asc"))
    assert.same({"gamma", "Alpha", "beta"}, (names "%24orderby=properties/expiryDateTime"))
    assert.same({"Alpha", "beta", "gamma"}, (names "%24orderby=properties/userFriendlyRenewState%20desc"))
  end)

  it("goes on in its order on the next page", function()
    local first, answer = names "%24orderby=properties/quantity%20desc&take=2"
    assert.same({"beta", "Alpha"}, first)
    local rest = arm("GET", answer.json.nextLink)
    assert.same({"gamma"}, column(rest, "displayName"))
    assert.is_nil(rest.json.nextLink)
  end)

  it("is filtered by what the customer set and by dates, in brackets or not", function()
    assert.same({"Alpha"}, (names("%24filter=" .. support.escape "properties/userFriendlyRenewState eq 'On'")))
    assert.same({"beta"}, (names("%24filter=" .. support.escape "(properties/expiryDate eq '2099-01-01')")))
    assert.same({"beta", "Alpha", "gamma"}, (names("%24filter=" .. support.escape "(properties/archived eq false)")))
    assert.same({"beta", "gamma"}, (names("%24filter=" .. support.escape
      "(properties/displayName eq 'beta') or (properties/displayName eq 'gamma')")))
  end)

  it("counts all of them when its summary is asked for, not only those selected", function()
    local selected, answer = names "selectedState=Cancelled&refreshSummary=true"
    assert.same({"gamma"}, selected)
    assert.equal(2, answer.json.summary.succeededCount)
    assert.equal(1, answer.json.summary.cancelledCount)
    assert.equal(0, answer.json.summary.expiringCount)
    assert.is_nil(select(2, names "take=1").json.summary)
  end)

  it("refuses orders and filters that it does not understand", function()
    for _, query in ipairs {
      "%24orderby=properties/colour", "%24orderby=properties/quantity%20upwards",
      "%24filter=properties/quantity%20gt%201",
      "%24filter=" .. support.escape "(sku/name eq 'a' or sku/name eq 'b') and properties/quantity eq 1", "take=0",
    } do
      local answer = arm("GET", CAPACITY .. "/reservations?" .. query)
      assert.equal(400, answer.status, query)
      assert.equal("BadRequest", answer.json.error.code)
    end
  end)

  it("is one operation with the list of an order, for faults and counts", function()
    local _, order = paths(simulator)
    simulator:faults {error = {next = 2, on = "reservations.list", status = 503}}
    assert.equal(503, arm("GET", CAPACITY .. "/reservations").status)
    assert.equal(503, arm("GET", order .. "/reservations").status)
    assert.equal(200, arm("GET", order .. "/reservations").status)
    simulator:faults {error = {next = 1, on = "reservations.history", status = 503}}
    assert.equal(503, arm("GET", paths(simulator) .. "/revisions").status)
    simulator:faults {}
  end)

  it("shows what a reservation will be renewed by, when it will be and that is asked for", function()
    local renewed, kept = paths(simulator, 2), paths(simulator, 1)
    for _, name in ipairs {"%24expand", "expand"} do
      local properties = arm("GET", renewed .. "?" .. name .. "=renewProperties").json.properties.renewProperties
      assert.equal("Standard_D4s_v5", properties.purchaseProperties.sku.name)
      assert.equal(9, properties.purchaseProperties.properties.quantity)
      assert.equal("USD", properties.pricingCurrencyTotal.currencyCode)
    end
    assert.is_nil(arm("GET", renewed).json.properties.renewProperties)
    assert.is_nil(arm("GET", kept .. "?expand=renewProperties").json.properties.renewProperties)
  end)
end)
