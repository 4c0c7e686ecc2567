-- Buying from the simulator as any ARM client would: price, order, what becomes of it, and what is refused.
local support = require "support"
local testing = require "tenure.testing"

local VERSION = "?api-version=2022-11-01"
local PRICE = "/providers/Microsoft.Capacity/calculatePrice" .. VERSION
local world = [[
customers:
  - {id: kowalski, country: PL, currency: PLN, reservations: [{id: r1, sku: Standard_D2s_v5}]}
  - {id: smith, currency: USD, reservations: [{id: r2, sku: P1v3}]}
]]

local simulator, arm, smith, scope

local function order_path(id, rest)
  return "/providers/Microsoft.Capacity/reservationOrders/" .. id .. (rest or "") .. VERSION
end

-- A PurchaseRequest; properties replaces or, by false, leaves out members of its properties.
local function request(properties, others)
  local body = {
    sku = {name = "Standard_D2s_v5"}, location = "westeurope",
    properties = {
      reservedResourceType = "VirtualMachines", billingScopeId = scope, term = "P1Y", billingPlan = "Upfront",
      quantity = 2, displayName = "shop", appliedScopeType = "Shared",
    },
  }
  for name, value in pairs(properties or {}) do
    body.properties[name] = value or nil
  end
  for name, value in pairs(others or {}) do
    body[name] = value or nil
  end
  return body
end

local function priced(properties, others)
  local answer = arm("POST", PRICE, request(properties, others))
  assert.equal(200, answer.status, answer.body)
  return answer.json.properties
end

local function refused(answer, status, code)
  assert.same({status, code}, {answer.status, answer.json and answer.json.error.code}, answer.body)
  return answer.json.error.message
end

local function settled(id)
  return support.eventually(function()
    local order = arm("GET", order_path(id)).json
    local state = order.properties.provisioningState
    return (state == "Succeeded" or state == "Failed") and order
  end)
end

-- What the book says of purchases.
local function purchases()
  local found = {}
  for _, effect in ipairs(simulator:effects()) do
    found[#found + 1] = effect.kind == "purchase" and effect or nil
  end
  return found
end

local function cents(amount)
  return math.floor(amount.amount * 100 + 0.5)
end

before_each(function()
  simulator = testing.simulator {world = world, settle = 50}
  arm = support.arm(simulator, "kowalski.onmicrosoft.com")
  smith = support.arm(simulator, "smith.onmicrosoft.com")
  local list = arm("GET", "/providers/Microsoft.Capacity/reservations" .. VERSION).json
  scope = list.value[1].properties.billingScopeId
end)

after_each(function() simulator:stop() end)

describe("calculatePrice", function()
  it("says what the whole term costs in both currencies, and under which id it may be bought", function()
    local one, two = priced {quantity = 1}, priced()
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", two.reservationOrderId)
    assert.not_equal(one.reservationOrderId, two.reservationOrderId)
    assert.equal("PLN", two.billingCurrencyTotal.currencyCode)
    assert.equal("USD", two.pricingCurrencyTotal.currencyCode)
    assert.is_true(cents(one.pricingCurrencyTotal) > 0)
    assert.equal(2 * cents(one.billingCurrencyTotal), cents(two.billingCurrencyTotal))
    assert.equal(2 * cents(one.pricingCurrencyTotal), cents(two.pricingCurrencyTotal))
    assert.is_true(two.isBillingPartnerManaged)
    assert.matches("Standard_D2s_v5, westeurope, 1 Year$", two.skuTitle)
    assert.equal("Standard_D2s_v5", two.skuDescription)
    assert.is_nil(two.paymentSchedule)
  end)

  it("lays a monthly plan out: twelve payments a year that make up the total", function()
    local price = priced {billingPlan = "Monthly", term = "P3Y"}
    local sum = 0
    for number, payment in ipairs(price.paymentSchedule) do
      sum = sum + cents(payment.pricingCurrencyTotal)
      assert.equal("Scheduled", payment.status)
      assert.equal(number == 1, payment.billingCurrencyTotal ~= nil)
      assert.matches("^%d%d%d%d%-%d%d%-%d%d$", payment.dueDate)
    end
    assert.equal(36, #price.paymentSchedule)
    assert.equal(cents(price.pricingCurrencyTotal), sum)
  end)

  it("is no change: nothing is in the book and no order is there", function()
    local price = priced()
    refused(arm("GET", order_path(price.reservationOrderId)), 404, "ReservationOrderNotFound")
    assert.same({}, simulator:effects())
  end)

  it("takes SKU, location and a bare subscription in any spelling, and moves with the prices", function()
    local usual = priced()
    local other = priced({billingScopeId = scope:match("[^/]+$"):upper()},
      {sku = {name = "standard_d2S_v5"}, location = "WestEurope"})
    assert.same(usual.billingCurrencyTotal, other.billingCurrencyTotal)
    simulator:change {prices = 0.5}
    assert.equal(cents(usual.billingCurrencyTotal) // 2, cents(priced().billingCurrencyTotal))
  end)

  it("refuses what is not for sale", function()
    local rows = {
      {"CalculatePriceFailed", {}, {sku = {name = "Standard_Z9"}}},
      {"CalculatePriceFailed", {reservedResourceType = "SqlDatabases"}},
      {"InvalidRequestContent", {reservedResourceType = false}},
      {"InvalidRequestContent", {}, {sku = false}},
      {"InvalidLocationId", {}, {location = "atlantis"}},
      {"InvalidLocationId", {}, {location = false}},
      {"UnsupportedReservationTerm", {term = "P5Y"}},
      {"InvalidRequestContent", {term = false}},
      {"BillingCustomerInputError", {billingPlan = "Weekly"}},
      {"BillingCustomerInputError", {billingPlan = "Monthly", reservedResourceType = "SuseLinux"},
        {sku = {name = "sles_1_2_vcpu"}}},
      {"InvalidRequestContent", {quantity = 0}},
      {"InvalidRequestContent", {quantity = 1.5}},
      {"InvalidRequestContent", {quantity = false}},
      {"InvalidSubscriptionId", {billingScopeId = "/subscriptions/0b7d0000-0000-4000-8000-00000000000a"}},
      {"InvalidRequestContent", {billingScopeId = false}},
      {"InvalidRequestContent", {appliedScopeType = false}},
      {"InvalidRequestContent", {appliedScopeType = "Galactic"}},
      {"MissingAppliedScopesForSingle", {appliedScopeType = "Single"}},
      {"InvalidSingleAppliedScopesCount", {appliedScopeType = "Single", appliedScopes = {scope, scope}}},
      {"AppliedScopesNotAssociatedWithCommerceAccount",
        {appliedScopeType = "Single", appliedScopes = {"/subscriptions/0b7d0000-0000-4000-8000-00000000000a"}}},
      {"BadRequest", {displayName = ("x"):rep(65)}},
    }
    for _, row in ipairs(rows) do
      refused(arm("POST", PRICE, request(row[2], row[3])), 400, row[1])
    end
    refused(arm("POST", PRICE, {"no object"}), 400, "InvalidRequestContent")
  end)

  it("refuses old series of virtual machines since 1 July 2026, some for one year only", function()
    local message = refused(arm("POST", PRICE, request({}, {sku = {name = "Standard_D2s_v3"}})), 400,
      "CalculatePriceFailed")
    support.contains(message, "1 July 2026")
    refused(arm("POST", PRICE, request({}, {sku = {name = "Standard_F2s_v2"}})), 400, "CalculatePriceFailed")
    priced({term = "P3Y"}, {sku = {name = "Standard_F2s_v2"}})
  end)

  it("sells software for everywhere", function()
    local price = priced({reservedResourceType = "SuseLinux"}, {sku = {name = "sles_1_2_vcpu"}, location = false})
    assert.is_true(cents(price.billingCurrencyTotal) > 0)
  end)
end)

describe("a purchase", function()
  it("is accepted with its order and reservation, which go through the states on record", function()
    local price = priced {billingPlan = "Monthly"}
    local id = price.reservationOrderId
    local answer = arm("PUT", order_path(id), request {billingPlan = "Monthly"})
    assert.equal(202, answer.status)
    assert.equal(simulator.url .. order_path(id), answer.headers.location)
    local order = answer.json
    assert.equal("Creating", order.properties.provisioningState)
    assert.equal(id, order.name)
    assert.is_nil(order.properties.expiryDateTime)
    assert.equal(2, order.properties.originalQuantity)
    local path = order.properties.reservations[1].id
    order = settled(id)
    assert.equal("Succeeded", order.properties.provisioningState)
    assert.equal("shop", order.properties.displayName)
    assert.truthy(order.properties.expiryDateTime)
    local revisions = arm("GET", path .. "/revisions" .. VERSION).json.value
    local states = {}
    for i, revision in ipairs(revisions) do
      states[i] = revision.name .. " " .. revision.properties.provisioningState
    end
    assert.same({
      "8 Succeeded", "7 ConfirmedBilling", "6 PendingBilling", "5 ConfirmedCapacity", "4 PendingCapacity",
      "3 Creating", "2 Creating", "1 Creating",
    }, states)
    assert.equal("Pending", revisions[2].properties.extendedStatusInfo.statusCode)
    assert.is_nil(revisions[4].properties.extendedStatusInfo)
    assert.equal("Processing", revisions[5].properties.displayProvisioningState)
  end)

  it("leaves a reservation that says what was asked for, in all lists", function()
    local body = request {
      renew = true, appliedScopeType = "Single", appliedScopes = {scope .. "/resourceGroups/web"},
      reservedResourceProperties = {instanceFlexibility = "Off"},
    }
    body.properties.term = "P3Y"
    local id = arm("POST", PRICE, body).json.properties.reservationOrderId
    arm("PUT", order_path(id), body)
    settled(id)
    local bought = arm("GET", order_path(id, "/reservations")).json.value[1]
    assert.equal("Standard_D2s_v5", bought.sku.name)
    assert.equal("westeurope", bought.location)
    local properties = bought.properties
    assert.same({"VirtualMachines", "P3Y", "Upfront", 2, "Single", true, "shop"}, {
      properties.reservedResourceType, properties.term, properties.billingPlan, properties.quantity,
      properties.appliedScopeType, properties.renew, properties.displayName,
    })
    assert.equal("ResourceGroup", properties.userFriendlyAppliedScopeType)
    assert.same({scope .. "/resourceGroups/web"}, properties.appliedScopes)
    assert.equal("Off", properties.instanceFlexibility)
    assert.same({}, properties.utilization.aggregates)
    local listed = arm("GET", "/providers/Microsoft.Capacity/reservations" .. VERSION).json.value
    assert.equal(2, #listed)
    assert.equal("ApiReturnEnabled, ApiExchangeEnabled", listed[2].properties.capabilities)
  end)

  it("is in the book once, with what is to be paid, pending and then succeeded", function()
    simulator:stop()
    simulator = testing.simulator {world = world, settle = 600000}
    arm = support.arm(simulator, "kowalski.onmicrosoft.com")
    local price = priced()
    local order = arm("PUT", order_path(price.reservationOrderId), request()).json
    local book = purchases()
    assert.equal(1, #book)
    assert.equal("pending", book[1].state)
    assert.equal(cents(price.billingCurrencyTotal), support.cents(book[1].amount))
    assert.equal("PLN", book[1].currency)
    assert.equal(2, book[1].quantity)
    assert.equal(book[1].reservation, order.properties.reservations[1].id:match("[^/]+$"))
    assert.equal(1, simulator:state().purchase)
    assert.equal(1, simulator:state().pending)
  end)

  it("that is sent again is the same order and enters the book once", function()
    local id = priced().reservationOrderId
    local first = arm("PUT", order_path(id), request())
    local second = arm("PUT", order_path(id:upper()), request {displayName = "another name"})
    assert.equal(first.json.id, second.json.id)
    assert.same(first.json.properties.reservations, second.json.properties.reservations)
    settled(id)
    local third = arm("PUT", order_path(id), request())
    assert.equal(200, third.status)
    assert.equal("Succeeded", third.json.properties.provisioningState)
    assert.is_nil(third.headers.location)
    assert.equal(1, #purchases())
    assert.equal("succeeded", purchases()[1].state)
  end)

  it("of something else under the id of an order that is there is refused", function()
    local id = priced().reservationOrderId
    refused(arm("PUT", order_path(id), request {quantity = 3}), 400, "BadRequest")
    arm("PUT", order_path(id), request())
    refused(arm("PUT", order_path(id), request {quantity = 3}), 409, "ReservationOrderIdAlreadyExists")
    local old = arm("GET", "/providers/Microsoft.Capacity/reservationOrders" .. VERSION).json.value[1].name
    refused(arm("PUT", order_path(old), request()), 409, "ReservationOrderIdAlreadyExists")
    refused(smith("PUT", order_path(id), request()), 400, "InvalidSubscriptionId")
    assert.equal(1, #purchases())
  end)

  it("under an id that calculatePrice never gave, gave somebody else or long ago is refused alike", function()
    local made_up = "0b7d0000-0000-4000-8000-00000000000a"
    local message = refused(arm("PUT", order_path(made_up), request()), 400, "BadRequest")
    support.contains(message, "Session timed out")
    refused(arm("PUT", order_path("word"), request()), 400, "InvalidReservationOrderId")
    local id = priced().reservationOrderId
    local theirs = smith("GET", "/providers/Microsoft.Capacity/reservations" .. VERSION).json.value[1].properties
    local body = request {billingScopeId = theirs.billingScopeId}
    assert.equal(message, refused(smith("PUT", order_path(id), body), 400, "BadRequest"))
    simulator:faults {expire_session = {next = 1, on = "purchase"}}
    assert.equal(message, refused(arm("PUT", order_path(id), request()), 400, "BadRequest"))
    assert.equal(message, refused(arm("PUT", order_path(id), request()), 400, "BadRequest"))
    simulator:faults {session_ms = 0}
    id = priced().reservationOrderId
    assert.equal(message, refused(arm("PUT", order_path(id), request()), 400, "BadRequest"))
    assert.same({}, simulator:effects())
  end)

  it("can fail: order and reservation say so, and the book", function()
    simulator:faults {fail_operation = {next = 1, on = "orders.purchase"}}
    local id = priced().reservationOrderId
    arm("PUT", order_path(id), request())
    local order = settled(id)
    assert.equal("Failed", order.properties.provisioningState)
    local bought = arm("GET", order.properties.reservations[1].id .. VERSION).json
    assert.equal("Failed", bought.properties.provisioningState)
    assert.equal("PurchaseError", bought.properties.extendedStatusInfo.statusCode)
    assert.equal("failed", purchases()[1].state)
  end)

  it("that is answered late or not at all is done once", function()
    simulator:faults {
      late = {next = 1, on = "purchase", after_ms = 20}, drop = {next = 1, on = "purchase"},
    }
    local id = priced().reservationOrderId
    assert.equal(504, arm("PUT", order_path(id), request()).status)
    support.eventually(function() return arm("GET", order_path(id)).status == 200 end)
    local other = priced().reservationOrderId
    assert.has_error(function() arm("PUT", order_path(other), request()) end)
    assert.equal(200, arm("GET", order_path(other)).status)
    settled(id)
    assert.equal(2, #purchases())
  end)

  it("is not there yet for a read that lags behind", function()
    local id = priced().reservationOrderId
    arm("PUT", order_path(id), request())
    simulator:faults {stale = {for_ms = 3600000}}
    refused(arm("GET", order_path(id)), 404, "ReservationOrderNotFound")
    assert.equal(1, #arm("GET", "/providers/Microsoft.Capacity/reservationOrders" .. VERSION).json.value)
    assert.equal(1, #arm("GET", "/providers/Microsoft.Capacity/reservations" .. VERSION).json.value)
  end)

  it("can be given back at once for what was paid, and is paid in the parts that were priced", function()
    local price = priced {billingPlan = "Monthly"}
    arm("PUT", order_path(price.reservationOrderId), request {billingPlan = "Monthly"})
    local order = settled(price.reservationOrderId)
    local quote = arm("POST", order_path(price.reservationOrderId, "/calculateRefund"), {
      id = order.id,
      properties = {
        scope = "Reservation",
        reservationToReturn = {reservationId = order.properties.reservations[1].id, quantity = 2},
      },
    }).json.properties
    local first = price.paymentSchedule[1].billingCurrencyTotal
    assert.same(first, quote.billingRefundAmount)
    assert.equal(cents(price.billingCurrencyTotal) - cents(first),
      cents(quote.billingInformation.billingCurrencyRemainingCommitmentAmount))
    local plan = arm("GET", order_path(price.reservationOrderId) .. "&$expand=schedule").json.properties
    assert.same(price.pricingCurrencyTotal, plan.planInformation.pricingCurrencyTotal)
    assert.equal(12, #plan.planInformation.transactions)
    assert.same(first, plan.planInformation.transactions[1].billingCurrencyTotal)
    assert.equal(price.paymentSchedule[2].dueDate, plan.planInformation.nextPaymentDueDate)
  end)

  it("needs a token and rights like everything else", function()
    local answer = testing.http {url = simulator.url .. PRICE, json = request()}
    refused(answer, 401, "InvalidAuthenticationToken")
  end)
end)
