-- Microsoft.Consumption in the simulator: how reservations were used, what to buy, what was paid.
local support = require "support"
local testing = require "tenure.testing"

local VERSION = "api-version=2023-05-01"
local DAY = 86400

local world = [[
customers:
  - id: smith
    currency: EUR
    reservations:
      - {id: idle, order: pair, sku: Standard_D2s_v3, quantity: 4, utilization: {1: 100%, 7: 40%, 30: 12.5%}}
      - {id: busy, order: pair, sku: Standard_D2s_v3, utilization: 90%}
      - {id: silent, utilization: none}
      - {id: cancelled, state: Cancelled}
  - {id: jones, reservations: [{id: theirs, utilization: 50%}]}
  - {id: empty}
]]

local function date(days_ago)
  return os.date("!%Y-%m-%d", os.time() - days_ago * DAY)
end

local function between(first, last)
  return "$filter=" .. support.escape(("properties/usageDate ge %s AND properties/usageDate le %s"):format(first, last))
end

-- All pages of a list, and how many there were.
local function pages(arm, path)
  local rows, count = {}, 0
  repeat
    local answer = arm("GET", path)
    assert.equal(200, answer.status, answer.body)
    table.move(answer.json.value, 1, #answer.json.value, #rows + 1, rows)
    path, count = answer.json.nextLink, count + 1
  until not path
  return rows, count
end

-- A reservation of the world by its name there: its path, itself, and its order's path.
local function path_of(simulator, customer, name)
  for _, one in ipairs(simulator:world().customers) do
    for _, reservation in ipairs(one.name == customer and one.reservations or {}) do
      local order = "/providers/Microsoft.Capacity/reservationorders/" .. reservation.order
      if reservation.name == name then
        return order .. "/reservations/" .. reservation.id, reservation, order
      end
    end
  end
end

local function refused(answer, status, code)
  assert.equal(status, answer.status, answer.body)
  assert.equal(code, answer.json.error.code)
  return answer.json.error.message
end

describe("the simulator's reservation summaries", function()
  local simulator, arm, idle, pair, reservation
  local summaries = "/providers/Microsoft.Consumption/reservationSummaries?" .. VERSION

  before_each(function()
    simulator = testing.simulator {world = (world:gsub("{id: (%l+)", "{id: %1, name: %1"))}
    arm = support.arm(simulator, "smith")
    idle, reservation, pair = path_of(simulator, "smith", "idle")
  end)

  after_each(function()
    simulator:stop()
  end)

  local function mean(days)
    local rows = pages(arm, idle .. summaries .. "&grain=daily&" .. between(date(days), date(1)))
    local sum = 0
    assert.equal(days, #rows)
    for _, row in ipairs(rows) do
      sum = sum + row.properties.avgUtilizationPercentage
    end
    return sum / days
  end

  it("add up to the utilization that the reservation reports", function()
    local reported = arm("GET", idle .. "?api-version=2022-11-01").json.properties.utilization.aggregates
    for _, aggregate in ipairs(reported) do
      assert.near(aggregate.value, mean(aggregate.grain), 1e-9)
    end
    assert.equal(3, #reported)
  end)

  it("are what the examples of Azure show, oddities included", function()
    local day = date(1)
    local row = pages(arm, idle .. summaries .. "&grain=Daily&" .. between(day, day))[1]
    local stamp = day:gsub("-", "")
    local p = row.properties
    assert.equal(("providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s/providers/%s/%s"):format(
      reservation.order, reservation.id, "Microsoft.Consumption/reservationSummaries", stamp), row.id)
    assert.equal(("%s_%s_%s"):format(reservation.order, reservation.id, stamp), row.name)
    assert.equal("Microsoft.Consumption/reservationSummaries", row.type)
    assert.same({"Reservation", reservation.id, reservation.order, "Standard_D2s_v3", day .. "T00:00:00Z"},
      {p.kind, p.reservationId, p.reservationOrderId, p.skuName, p.usageDate})
    assert.same({96, 96, 100, 100, 100}, {p.reservedHours, p.usedHours, p.minUtilizationPercentage,
      p.avgUtilizationPercentage, p.maxUtilizationPercentage})
    assert.same({4, 4, 4, 0, 100}, {p.purchasedQuantity, p.totalReservedQuantity, p.usedQuantity, p.remainingQuantity,
      p.utilizedPercentage})
  end)

  it("of an order have all its reservations, a page at a time", function()
    local rows, count = pages(arm, pair .. summaries .. "&grain=daily&" .. between(date(60), date(0)))
    local seen, per = {}, {}
    for _, row in ipairs(rows) do
      seen[row.name] = true
      per[row.properties.reservationId] = (per[row.properties.reservationId] or 0) + 1
    end
    local distinct = 0
    for _ in pairs(seen) do
      distinct = distinct + 1
    end
    assert.equal(120, #rows)
    assert.equal(120, distinct)
    assert.equal(2, count)
    assert.equal(60, per[reservation.id])
  end)

  it("of a month begin with its first day and need no filter", function()
    local rows = pages(arm, idle .. summaries .. "&grain=monthly")
    local days = pages(arm, idle .. summaries .. "&grain=daily&" .. between("2000-01-01", date(0)))
    local hours, all = 0, 0
    for _, row in ipairs(rows) do
      assert.matches("^%d+%-%d%d%-01T00:00:00Z$", row.properties.usageDate)
      hours = hours + row.properties.usedHours
    end
    for _, row in ipairs(days) do
      all = all + row.properties.usedHours
    end
    assert.is_true(#rows >= 2)
    assert.near(all, hours, 1e-6)
  end)

  it("are none where Azure reports nothing, and none after a cancellation", function()
    for _, name in ipairs {"silent", "cancelled"} do
      local path = path_of(simulator, "smith", name)
      assert.same({}, pages(arm, path .. summaries .. "&grain=daily&" .. between(date(20), date(0))))
    end
  end)

  it("of a billing account are the tenant's own, those of the partner's everybody's", function()
    local scope = "/providers/Microsoft.Billing/billingAccounts/123456"
    local own = pages(arm, scope .. summaries .. "&grain=daily&" .. between(date(1), date(1)))
    local partner = support.arm(simulator, simulator.tenant)
    local all = pages(partner, scope .. summaries .. "&grain=daily&" .. between(date(1), date(1)))
    local narrowed = pages(partner, scope .. summaries .. "&grain=monthly&reservationOrderId=" .. reservation.order ..
      "&reservationId=" .. reservation.id)
    assert.equal(2, #own)
    assert.equal(3, #all)
    assert.equal("/providers/Microsoft.Billing/billingAccounts/123456/providers/Microsoft.Consumption/" ..
      "reservationSummaries/reservationSummaries_Id1", own[1].id)
    assert.matches("T00:00:00%-07:00$", own[1].properties.usageDate)
    assert.is_nil(own[1].properties.purchasedQuantity)
    assert.equal(reservation.id, narrowed[1].properties.reservationId)
  end)

  it("of a billing profile take startDate and endDate instead of a filter", function()
    local path = "/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31/billingProfiles/AAAA-BBBB-CCC-DDD" ..
      summaries .. "&grain=daily"
    assert.equal(6, #pages(arm, path .. "&startDate=" .. date(3) .. "&endDate=" .. date(1)))
    refused(arm("GET", path .. "&" .. between(date(3), date(1))), 400, "BadRequest")
    refused(arm("GET", path), 400, "BadRequest")
  end)

  it("refuse what is not asked as the specification says", function()
    local account = "/providers/Microsoft.Billing/billingAccounts/123456" .. summaries
    local filter = between(date(3), date(1))
    support.contains(refused(arm("GET", idle .. summaries .. "&" .. filter), 400, "BadRequest"), "grain")
    support.contains(refused(arm("GET", idle .. summaries .. "&grain=daily"), 400, "BadRequest"), "$filter")
    local function with_filter(text)
      return arm("GET", idle .. summaries .. "&grain=daily&$filter=" .. support.escape(text))
    end
    refused(with_filter "properties/usageDate eq 2026-01-01", 400, "BadRequest")
    refused(with_filter "properties/usageDate ge 2026-01-01", 400, "BadRequest")
    refused(with_filter "properties/usageDate ge yesterday AND properties/usageDate le 2026-01-01", 400, "BadRequest")
    refused(arm("GET", idle .. summaries .. "&grain=daily&startDate=2026-01-01&endDate=2026-01-02"), 400, "BadRequest")
    refused(arm("GET", account .. "&grain=monthly&reservationId=" .. reservation.id), 400, "BadRequest")
    local _, theirs = path_of(simulator, "jones", "theirs")
    refused(arm("GET", account .. "&grain=monthly&reservationOrderId=" .. theirs.order), 404, "ResourceNotFound")
    refused(arm("GET", "/providers/Microsoft.Capacity/reservationOrders/" .. theirs.order .. summaries), 401,
      "InvalidAuthenticationTokenTenant")
  end)

  it("take the old spelling of the filter with times", function()
    local text = ("properties/UsageDate ge %sT00:00:00.0000000+00:00 and properties/UsageDate le %sT00:00:00Z"):format(
      date(2), date(1))
    assert.equal(2, #pages(arm, idle .. summaries .. "&grain=daily&$filter=" .. support.escape(text)))
  end)
end)

describe("the simulator's reservation details", function()
  local details = "/providers/Microsoft.Consumption/reservationDetails?" .. VERSION
  local simulator, arm, idle, reservation

  before_each(function()
    simulator = testing.simulator {world = (world:gsub("{id: (%l+)", "{id: %1, name: %1"))}
    arm = support.arm(simulator, "smith")
    idle, reservation = path_of(simulator, "smith", "idle")
  end)

  after_each(function()
    simulator:stop()
  end)

  it("share the used hours of each day out to resources", function()
    local rows = pages(arm, idle .. details .. "&" .. between(date(7), date(1)))
    local used, most = 0, 0
    for _, row in ipairs(rows) do
      used = used + row.properties.usedHours
      most = math.max(most, row.properties.usedHours)
    end
    assert.near(0.4 * 7 * 96, used, 1e-6)
    assert.is_true(most <= 24)
  end)

  it("are rows of resources, whose ids lack slashes and change their case", function()
    local rows = pages(arm, idle .. details .. "&" .. between(date(2), date(1)))
    local p = rows[#rows].properties
    support.contains(rows[1].id, reservation.id .. "providers/Microsoft.Consumption/reservationDetails/")
    assert.same({"DSv3 Series", "1", "Reservation", 4, 96}, {p.instanceFlexibilityGroup, p.instanceFlexibilityRatio,
      p.kind, p.totalReservedQuantity, p.reservedHours})
    support.contains(p.instanceId:lower(), "/providers/microsoft.compute/virtualmachines/node-")
    assert.not_equal(rows[1].properties.instanceId, rows[#rows].properties.instanceId)
    assert.equal("Microsoft.Consumption/reservationDetails", rows[1].type)
  end)

  it("need a filter, for billing scopes dates will do", function()
    local account = "/providers/Microsoft.Billing/billingAccounts/123456" .. details
    refused(arm("GET", idle .. details), 400, "BadRequest")
    refused(arm("GET", account), 400, "BadRequest")
    refused(arm("GET", account .. "&startDate=2026-01-01"), 400, "BadRequest")
    assert.equal(5, #pages(arm, account .. "&startDate=" .. date(1) .. "&endDate=" .. date(1)))
  end)
end)

describe("the simulator's reservation recommendations", function()
  local simulator, arm, subscription
  local recommendations = "/providers/Microsoft.Consumption/reservationRecommendations?" .. VERSION

  before_each(function()
    simulator = testing.simulator {world = world}
    arm = support.arm(simulator, "smith")
    local order = "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01"
    subscription = arm("GET", order).json.value[1].properties.billingScopeId
  end)

  after_each(function()
    simulator:stop()
  end)

  it("for a subscription are legacy ones of both terms, the same each time", function()
    local rows = pages(arm, subscription .. recommendations)
    local one, three = rows[1], rows[2]
    local p = one.properties
    assert.equal("legacy", one.kind)
    assert.equal("Standard_D2s_v3", one.sku)
    assert.equal(subscription:sub(2) .. "/providers/Microsoft.Consumption/reservationRecommendations/" .. one.name,
      one.id)
    assert.same({"P1Y", "P3Y"}, {p.term, three.properties.term})
    assert.same({"Single", "Last7Days", "VirtualMachines"}, {p.scope, p.lookBackPeriod, p.resourceType})
    assert.near(p.costWithNoReservedInstances - p.totalCostWithReservedInstances, p.netSavings, 0.001)
    assert.is_true(three.properties.netSavings > p.netSavings)
    assert.same(rows, (pages(arm, subscription .. recommendations)))
  end)

  it("for a billing profile are modern ones, which carry currencies and days", function()
    local scope = "/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31/billingProfiles/AAAA-BBBB-CCC-DDD"
    local filter = "properties/lookBackPeriod eq 'Last60Days' and properties/scope eq 'Shared'"
    local row = pages(arm, scope .. recommendations .. "&$filter=" .. support.escape(filter))[1]
    assert.equal("modern", row.kind)
    assert.is_nil(row.sku)
    assert.equal("/" .. scope:sub(2) .. "/providers/Microsoft.Consumption/reservationRecommendations/" .. row.name,
      row.id)
    assert.same({60, "Shared", "Standard_D2s_v3"}, {row.properties.lookBackPeriod, row.properties.scope,
      row.properties.skuName})
    assert.equal("EUR", row.properties.netSavings.currency)
    assert.is_true(row.properties.netSavings.value > 0)
  end)

  it("for an enrollment are everybody's, with a link to the next page that ends oddly", function()
    local many <close> = testing.simulator {customers = 30, reservations = 4, seed = 3}
    local partner = support.arm(many, many.tenant)
    local path = "/providers/Microsoft.Billing/billingAccounts/123456" .. recommendations
    local first = partner("GET", path)
    local rows = pages(partner, path)
    local names = {}
    for _, row in ipairs(rows) do
      assert.equal("legacy", row.kind)
      assert.is_nil(names[row.name])
      names[row.name] = true
    end
    assert.matches("skiptoken=20&$", first.json.nextLink)
    assert.is_true(#rows > 40)
  end)

  it("are 204 without a body where there is nothing to recommend", function()
    local filter = "&$filter=" .. support.escape("properties/resourceType eq 'NoSuchThing'")
    local nothing = support.arm(simulator, "empty")
    for _, answer in ipairs {
      arm("GET", subscription .. recommendations .. filter),
      nothing("GET", "/providers/Microsoft.Billing/billingAccounts/123456" .. recommendations),
    } do
      assert.equal(204, answer.status)
      assert.equal("", answer.body)
    end
  end)

  it("differ by resource group, some of which have none", function()
    local seen = {}
    for i = 1, 20 do
      local answer = arm("GET", subscription .. "/resourceGroups/group" .. i .. recommendations)
      seen[answer.status == 204 and 0 or #answer.json.value] = true
    end
    assert.is_true(seen[0] and (seen[2] or seen[4] or seen[6]))
  end)

  it("refuse filters that are none, and other people's subscriptions", function()
    for _, filter in ipairs {"properties/scope eq 'All'", "properties/lookBackPeriod eq 'Last9Days'", "nonsense"} do
      refused(arm("GET", subscription .. recommendations .. "&$filter=" .. support.escape(filter)), 400, "BadRequest")
    end
    local other = support.arm(simulator, "jones")
    refused(other("GET", subscription .. recommendations), 404, "SubscriptionNotFound")
    refused(other("GET", "/subscriptions/mine" .. recommendations), 400, "InvalidSubscriptionId")
  end)
end)

describe("the simulator's reservation transactions", function()
  local transactions = "/providers/Microsoft.Consumption/reservationTransactions?" .. VERSION
  local account = "/providers/Microsoft.Billing/billingAccounts/123456"
  local profile = "/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31/billingProfiles/AAAA-BBBB-CCC-DDD"
  local bought = [[
customers:
  - id: smith
    currency: EUR
    reservations:
      - {id: upfront, sku: Standard_D2s_v5, purchased: 2021-03-20, expires: 2036-03-20, quantity: 2, worth: 100 USD}
      - {id: monthly, purchased: 2021-05-03, expires: 2036-05-03, billing_plan: Monthly}
  - {id: jones, reservations: [{id: theirs, purchased: 2021-03-02, expires: 2036-03-02}]}
]]

  local function filter(first, last)
    local text = ("properties/eventDate ge %s AND properties/eventDate le %s"):format(first, last)
    return "&$filter=" .. support.escape(text)
  end

  it("cover the whole billing months of the range", function()
    local simulator <close> = testing.simulator {world = bought}
    local arm = support.arm(simulator, "smith")
    local rows = pages(arm, account .. transactions .. filter("2021-03-25", "2021-03-26"))
    local p = rows[1].properties
    assert.equal(1, #rows)
    assert.same({"2021-03-20T00:00:00Z", "Purchase", 2, "EUR", "OneTime", 20210301, "123456"}, {p.eventDate,
      p.eventType, p.quantity, p.currency, p.billingFrequency, p.billingMonth, p.purchasingEnrollment})
    assert.is_true(p.amount > 0)
    assert.equal("/billingAccounts/123456/providers/Microsoft.Consumption/reservationtransactions/202103200000",
      rows[1].id)
    assert.same({}, (pages(arm, account .. transactions .. filter("2021-02-01", "2021-02-28"))))
  end)

  it("of a profile name it and its invoices", function()
    local simulator <close> = testing.simulator {world = bought}
    local row = pages(support.arm(simulator, "smith"), profile .. transactions .. filter("2021-03-20", "2021-03-20"))[1]
    assert.equal(row.properties.reservationOrderId, row.name)
    assert.equal(profile .. "/providers/Microsoft.Consumption/reservationTransactions", row.id)
    assert.equal(profile, row.properties.billingProfileId)
    assert.equal(profile .. "/invoices/" .. row.properties.invoice, row.properties.invoiceId)
    assert.is_nil(row.properties.purchasingEnrollment)
  end)

  it("have each payment of a monthly plan, and everybody's for the partner", function()
    local simulator <close> = testing.simulator {world = bought}
    local frequencies, orders = {}, {}
    for _, row in ipairs((pages(support.arm(simulator, simulator.tenant), account .. transactions))) do
      local p = row.properties
      frequencies[p.billingFrequency] = (frequencies[p.billingFrequency] or 0) + 1
      orders[p.reservationOrderId] = true
    end
    local distinct = 0
    for _ in pairs(orders) do
      distinct = distinct + 1
    end
    assert.equal(3, distinct)
    assert.equal(2, frequencies.OneTime)
    assert.is_true(frequencies.Recurring >= 1)
  end)

  it("have a refund under the month of its purchase, with its own date and less than nothing", function()
    local simulator <close> = testing.simulator {world = bought, settle = 10}
    local arm = support.arm(simulator, "smith")
    local path, _, order = path_of(simulator, "smith", simulator:world().customers[1].reservations[1].name)
    local body = {properties = {scope = "Reservation", reservationToReturn = {reservationId = path, quantity = 2}}}
    local quote = arm("POST", order .. "/calculateRefund?api-version=2022-11-01", body)
    body.properties.sessionId = quote.json.properties.sessionId
    assert.equal(202, arm("POST", order .. "/return?api-version=2022-11-01", body).status)
    local back = support.eventually(function()
      for _, row in ipairs((pages(arm, account .. transactions .. filter("2021-03-01", "2021-03-01")))) do
        if row.properties.eventType == "Refund" then
          return row.properties
        end
      end
    end)
    assert.equal(-quote.json.properties.billingRefundAmount.amount, back.amount)
    assert.same({2, "EUR"}, {back.quantity, back.currency})
    assert.is_true(back.eventDate > "2025")
  end)

  it("have both sides of an exchange", function()
    local simulator <close> = testing.simulator {world = bought, settle = 10}
    local arm = support.arm(simulator, "smith")
    local reservations = simulator:world().customers[1].reservations
    local path = path_of(simulator, "smith", reservations[1].name)
    local found = arm("GET", path .. "?api-version=2022-11-01").json
    local p = found.properties
    local wanted = {sku = {name = "Standard_E2s_v5"}, location = found.location, properties = {
      reservedResourceType = "VirtualMachines", billingScopeId = p.billingScopeId, term = "P3Y", quantity = 4,
      billingPlan = "Upfront", displayName = "new", appliedScopeType = "Shared",
    }}
    local capacity = "/providers/Microsoft.Capacity/"
    local quote = arm("POST", capacity .. "calculateExchange?api-version=2022-11-01", {properties = {
      reservationsToExchange = {{reservationId = path, quantity = 2}}, reservationsToPurchase = {wanted},
    }})
    local calculated = support.eventually(function()
      local status = arm("GET", quote.headers.location).json
      return status and status.status == "Succeeded" and status
    end)
    local session = {properties = {sessionId = calculated.properties.sessionId}}
    assert.equal(202, arm("POST", capacity .. "exchange?api-version=2022-11-01", session).status)
    local sides = support.eventually(function()
      local sides, count = {}, 0
      for _, row in ipairs((pages(arm, account .. transactions))) do
        local r = row.properties
        local mine = r.reservationOrderId == reservations[1].order and r.eventType == "Refund" or
          r.armSkuName == "Standard_E2s_v5"
        sides[r.eventType] = mine and r or sides[r.eventType]
        count = count + (mine and 1 or 0)
      end
      return count == 2 and sides
    end)
    assert.same({2, 4}, {sides.Refund.quantity, sides.Purchase.quantity})
    assert.is_true(sides.Refund.amount < 0 and sides.Purchase.amount > -sides.Refund.amount)
  end)

  it("refuse a filter that is none", function()
    local simulator <close> = testing.simulator {world = bought}
    local arm = support.arm(simulator, "smith")
    refused(arm("GET", account .. transactions .. "&$filter=" .. support.escape("eventDate eq 5")), 400, "BadRequest")
  end)
end)

it("the simulator's made-up utilizations leave no day above 100 or below 0 percent", function()
  local simulator <close> = testing.simulator {customers = 20, reservations = 20, seed = 5}
  local partner, checked = support.arm(simulator, simulator.tenant), 0
  local path = "/providers/Microsoft.Billing/billingAccounts/1/providers/Microsoft.Consumption/reservationSummaries?" ..
    VERSION .. "&grain=daily&" .. between(date(30), date(1))
  local sums, days, said = {}, {}, {}
  for _, row in ipairs((pages(partner, path))) do
    local p = row.properties
    sums[p.reservationId] = (sums[p.reservationId] or 0) + p.avgUtilizationPercentage
    days[p.reservationId] = (days[p.reservationId] or 0) + 1
  end
  for _, customer in ipairs(simulator:world().customers) do
    for _, one in ipairs(customer.reservations) do
      said[one.id] = one.utilization
    end
  end
  for id, sum in pairs(sums) do
    if days[id] == 30 then
      assert.near(said[id], sum / 30, 1e-6)
      checked = checked + 1
    end
  end
  assert.is_true(checked > 200)
end)
