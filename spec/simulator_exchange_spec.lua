-- Exchanges in the simulator as any ARM client would make them: calculation, commit, how it goes, what is refused.
local support = require "support"
local testing = require "tenure.testing"

local VERSION = "?api-version=2022-11-01"
local CAPACITY = "/providers/Microsoft.Capacity/"
local world = [[
customers:
  - id: kowalski
    country: PL
    currency: PLN
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v5, quantity: 3, billing_plan: Monthly}
      - {id: r2, sku: Standard_E2s_v5}
      - {id: r3, sku: Premium_P1}
      - {id: r4, sku: P30}
      - {id: r5, order: o1, sku: Standard_D2s_v5}
      - {id: r6, sku: Standard_D2s_v5, state: Cancelled}
  - {id: smith, currency: USD, reservations: [{id: s1, sku: Standard_D2s_v5}]}
]]

local simulator, arm, smith, scope, mine

-- The customer's reservations by the world file's order of them, as the list writes them.
local function reservations(send)
  return send("GET", CAPACITY .. "reservations" .. VERSION).json.value
end

local function get(id)
  return arm("GET", id .. VERSION).json
end

local function back(reservation, quantity)
  return {reservationId = reservation.id, quantity = quantity or 1}
end

local function purchase(sku, quantity, properties)
  local body = {
    sku = {name = sku}, location = "westeurope",
    properties = {
      reservedResourceType = "VirtualMachines", billingScopeId = scope, term = "P3Y", billingPlan = "Upfront",
      quantity = quantity or 1, displayName = "new", appliedScopeType = "Shared",
    },
  }
  for name, value in pairs(properties or {}) do
    body.properties[name] = value
  end
  return body
end

local function plan(amount, properties)
  local body = {
    sku = {name = "Compute_Savings_Plan"},
    properties = {
      displayName = "plan", billingScopeId = scope, term = "P1Y", appliedScopeType = "Shared",
      commitment = {currencyCode = "PLN", amount = amount, grain = "Hourly"},
    },
  }
  for name, value in pairs(properties or {}) do
    body.properties[name] = value
  end
  return body
end

local function calculate(returned, bought, plans)
  return arm("POST", CAPACITY .. "calculateExchange" .. VERSION, {
    properties = {reservationsToExchange = returned, reservationsToPurchase = bought, savingsPlansToPurchase = plans},
  })
end

local function refused(answer, status, code)
  assert.same({status, code}, {answer.status, answer.json and answer.json.error.code}, answer.body)
  return answer.json.error.message
end

-- Where an accepted operation says how it goes; its id.
local function operation(answer)
  assert.equal(202, answer.status, answer.body)
  assert.equal("", answer.body)
  assert.equal(answer.headers.location, answer.headers["azure-asyncoperation"])
  local id = answer.headers.location:match("/operationResults/([%x-]+)%?api%-version=2022%-11%-01$")
  assert.equal(simulator.url .. CAPACITY .. "operationResults/" .. id .. VERSION, answer.headers.location)
  return id
end

local function result(id)
  return arm("GET", CAPACITY .. "operationResults/" .. id .. VERSION)
end

local running = {Pending = true, PendingRefunds = true, PendingPurchases = true}

-- Every answer until the operation has ended, the last one last.
local function watch(id)
  local seen = {}
  support.eventually(function()
    local answer = result(id)
    assert.equal(200, answer.status, answer.body)
    seen[#seen + 1] = answer
    return not running[answer.json.status]
  end)
  return seen
end

local function ended(id)
  local seen = watch(id)
  return seen[#seen].json
end

local function quoted(...)
  local quote = ended(operation(calculate(...)))
  assert.equal("Succeeded", quote.status)
  return quote.properties
end

local function exchange(session)
  return arm("POST", CAPACITY .. "exchange" .. VERSION, {properties = {sessionId = session}})
end

local function cents(amount)
  return math.floor(amount.amount * 100 + 0.5)
end

local function errors(quote)
  local codes = {}
  for i, one in ipairs(quote.policyResult.policyErrors or {}) do
    codes[i] = one.code
    assert.truthy(one.message)
  end
  return codes
end

local function start(options)
  options = options or {}
  simulator = testing.simulator {world = world, settle = options.settle or 50}
  arm = support.arm(simulator, "kowalski.onmicrosoft.com")
  smith = support.arm(simulator, "smith.onmicrosoft.com")
  mine = reservations(arm)
  scope = mine[1].properties.billingScopeId
end

after_each(function() simulator:stop() end)

describe("calculateExchange", function()
  before_each(function() start() end)

  it("is accepted with nothing but where to ask, and is pending first", function()
    simulator:stop()
    start {settle = 600000}
    local id = operation(calculate({back(mine[1], 2)}, {purchase("Standard_D4s_v5", 2)}))
    local answer = result(id)
    assert.same({id = CAPACITY .. "operationResults/" .. id, name = id, status = "Pending"}, answer.json)
    assert.equal(id, operation {status = 202, body = "", headers = answer.headers})
    assert.is_nil(answer.headers["retry-after"])
  end)

  it("ends with the sums, and changes nothing", function()
    local id = operation(calculate({back(mine[1], 2), back(mine[2])}, {purchase("Standard_D4s_v5", 2)}))
    local seen = watch(id)
    local last = seen[#seen]
    assert.is_nil(last.headers["azure-asyncoperation"])
    assert.is_nil(last.headers.location)
    local properties = last.json.properties
    assert.not_equal(id, properties.sessionId)
    assert.same({}, errors(properties))
    assert.equal(2, #properties.reservationsToExchange)
    local refunds = 0
    for i, item in ipairs(properties.reservationsToExchange) do
      local billing = item.billingInformation
      refunds = refunds + cents(item.billingRefundAmount) + cents(billing.billingCurrencyRemainingCommitmentAmount)
      assert.equal(cents(item.billingRefundAmount),
        cents(billing.billingCurrencyTotalPaidAmount) - cents(billing.billingCurrencyProratedAmount))
      assert.equal(mine[i].id:lower(), item.reservationId:lower())
      assert.is_nil(item.status)
    end
    assert.is_true(cents(properties.reservationsToExchange[1].billingInformation
      .billingCurrencyRemainingCommitmentAmount) > 0) -- it is paid monthly
    assert.equal(refunds, cents(properties.refundsTotal))
    assert.equal(cents(properties.reservationsToPurchase[1].billingCurrencyTotal), cents(properties.purchasesTotal))
    assert.equal(cents(properties.purchasesTotal) - refunds, cents(properties.netPayable))
    assert.equal("PLN", properties.netPayable.currencyCode)
    assert.same(purchase("Standard_D4s_v5", 2), properties.reservationsToPurchase[1].properties)
    assert.same({}, properties.savingsPlansToPurchase)
    assert.same({}, simulator:effects())
    assert.equal("Succeeded", get(mine[1].id).properties.provisioningState)
  end)

  it("costs what a purchase costs, and gives back what a return does", function()
    local price = arm("POST", CAPACITY .. "calculatePrice" .. VERSION, purchase("Standard_D4s_v5")).json.properties
    local order = mine[2].id:match("^(.*)/reservations/")
    local refund = arm("POST", order .. "/calculateRefund" .. VERSION, {
      id = order, properties = {scope = "Reservation", reservationToReturn = back(mine[2])},
    }).json.properties
    local quote = quoted({back(mine[2])}, {purchase("Standard_D4s_v5")})
    assert.same(price.billingCurrencyTotal, quote.purchasesTotal)
    assert.same(refund.billingRefundAmount, quote.reservationsToExchange[1].billingRefundAmount)
  end)

  it("prices a savings plan by the hours of its term", function()
    local quote = quoted({back(mine[2])}, nil, {plan(2.5), plan(1, {term = "P3Y", billingPlan = "P1M"})})
    assert.equal(250 * 8760, cents(quote.savingsPlansToPurchase[1].billingCurrencyTotal))
    assert.equal(100 * 8760 * 3, cents(quote.savingsPlansToPurchase[2].billingCurrencyTotal))
    assert.same({}, quote.reservationsToPurchase)
    assert.same({}, errors(quote))
    local dollars = quoted({back(mine[2])}, nil,
      {plan(1, {commitment = {currencyCode = "USD", amount = 1, grain = "Hourly"}})})
    assert.equal("PLN", dollars.purchasesTotal.currencyCode)
    assert.is_true(cents(dollars.purchasesTotal) > 100 * 8760)
  end)

  it("says what stands against it, and such a session is good for nothing", function()
    local redis = purchase("Premium_P1", 1, {reservedResourceType = "RedisCache"})
    local rows = {
      {{"InvalidRefundQuantity"}, {back(mine[2], 2)}, {purchase("Standard_D8s_v5", 5)}},
      {{"SelfServiceExchangeNotSupported", "ExchangeProductTypeMismatch"}, {back(mine[4])},
        {purchase("Standard_D8s_v5", 5)}},
      {{"ExchangeProductTypeMismatch"}, {back(mine[2])}, {redis}},
      {{"ExchangeProductTypeMismatch"}, {back(mine[3])}, nil, {plan(100)}},
      {{"ExchangePurchaseBelowRefund"}, {back(mine[1], 3)}, {purchase("Standard_D2s_v5", 1, {term = "P1Y"})}},
      {{"ExchangePurchaseBelowRefund"}, {back(mine[2])}, nil, {plan(0.01)}},
    }
    for _, row in ipairs(rows) do
      local quote = quoted(row[2], row[3], row[4])
      assert.same(row[1], errors(quote))
      refused(exchange(quote.sessionId), 400, row[1][1])
    end
    assert.is_true(quoted(rows[6][2], nil, rows[6][4]).netPayable.amount < 0)
    assert.same({}, simulator:effects())
  end)

  it("allows one type for another within compute", function()
    local app = purchase("P2v3", 1, {reservedResourceType = "AppService"})
    assert.same({}, errors(quoted({back(mine[2])}, {app, purchase("Standard_D4s_v5")})))
  end)

  it("refuses what it cannot read at once", function()
    local one, good = back(mine[2]), purchase("Standard_D4s_v5")
    local theirs = reservations(smith)[1]
    local order = mine[1].id:match("^(.*/)reservations/")
    local rows = {
      {400, "InvalidRequestContent", {}, {good}},
      {400, "InvalidRequestContent", {one}},
      {400, "InvalidRequestContent", nil, {good}},
      {400, "InvalidReservationId", {{reservationId = "r2", quantity = 1}}, {good}},
      {400, "InvalidReservationId", {{quantity = 1}}, {good}},
      {400, "ReservationIdNotInReservationOrder", {back(theirs)}, {good}},
      {400, "ReservationIdNotInReservationOrder", {back {id = order .. mine[2].id:match("reservations/.*")}}, {good}},
      {400, "InvalidRefundQuantity", {{reservationId = mine[2].id, quantity = 0}}, {good}},
      {400, "InvalidRefundQuantity", {{reservationId = mine[2].id}}, {good}},
      {400, "BadRequest", {one, one}, {good}},
      {409, "OperationCannotBePerformedInCurrentState", {back(mine[6])}, {good}},
      {400, "CalculatePriceFailed", {one}, {purchase("Standard_Z1")}},
      {400, "CalculatePriceFailed", {one}, {purchase("Standard_D2s_v3")}},
      {400, "CalculatePriceFailed", {one}, nil, {{sku = {name = "Other_Plan"}, properties = {}}}},
      {400, "UnsupportedReservationTerm", {one}, nil, {plan(1, {term = "P2Y"})}},
      {400, "BillingCustomerInputError", {one}, nil, {plan(1, {billingPlan = "Monthly"})}},
      {400, "InvalidSubscriptionId", {one}, nil, {plan(1, {billingScopeId = theirs.properties.billingScopeId})}},
      {400, "MissingAppliedScopesForSingle", {one}, nil, {plan(1, {appliedScopeType = "Single"})}},
      {400, "InvalidRequestContent", {one}, nil, {plan(0)}},
      {400, "InvalidRequestContent", {one}, nil,
        {plan(1, {commitment = {currencyCode = "PLN", amount = 1, grain = "Daily"}})}},
      {400, "BillingCustomerInputError", {one}, nil,
        {plan(1, {commitment = {currencyCode = "CHF", amount = 1, grain = "Hourly"}})}},
    }
    for _, row in ipairs(rows) do
      refused(calculate(row[3], row[4], row[5]), row[1], row[2])
    end
    refused(arm("POST", CAPACITY .. "calculateExchange" .. VERSION, {"list"}), 400, "InvalidRequestContent")
    local many = {}
    for i = 1, 101 do
      many[i] = good
    end
    refused(calculate({one}, many), 400, "InvalidRequestContent")
  end)

  it("can fail", function()
    simulator:faults {fail_operation = {next = 1, on = "quote_exchange"}}
    local quote = ended(operation(calculate({back(mine[2])}, {purchase("Standard_D4s_v5")})))
    assert.equal("Failed", quote.status)
    assert.equal("OperationFailed", quote.error.code)
    assert.is_nil(quote.properties)
  end)
end)

-- What a status of an exchange is when its items are as they are.
local function check_items(answer)
  local properties, counts = answer.properties, {}
  if not properties then
    assert.equal("PendingRefunds", answer.status)
    return
  end
  for _, list in ipairs {"reservationsToExchange", "reservationsToPurchase", "savingsPlansToPurchase"} do
    for _, item in ipairs(properties[list]) do
      local kind = list == "reservationsToExchange" and "back" or "bought"
      local key = kind .. " " .. item.status
      counts[key] = (counts[key] or 0) + 1
      assert.truthy(kind == "back" or item.reservationOrderId or item.savingsPlanOrderId)
    end
  end
  if answer.status == "PendingRefunds" then
    assert.truthy(counts["back Pending"])
    assert.is_nil(counts["bought Succeeded"])
  elseif answer.status == "PendingPurchases" then
    assert.is_nil(counts["back Pending"])
    assert.truthy(counts["bought Pending"])
  else
    assert.is_nil(counts["back Pending"] or counts["bought Pending"])
  end
end

describe("an exchange", function()
  before_each(function() start() end)

  it("is accepted under the id of its session, with the reservations pending", function()
    simulator:stop()
    start {settle = 60000}
    local quote = quoted({back(mine[1], 2), back(mine[2])}, {purchase("Standard_D4s_v5", 2)})
    local id = operation(exchange(quote.sessionId))
    assert.equal(quote.sessionId, id)
    local answer = result(id)
    assert.same({id = CAPACITY .. "operationResults/" .. id, name = id, status = "PendingRefunds"}, answer.json)
    assert.equal(id, operation {status = 202, body = "", headers = answer.headers})
    assert.equal("Pending", get(mine[1].id).properties.provisioningState)
    assert.equal("Pending", get(mine[2].id).properties.provisioningState)
    assert.equal("Pending", get(mine[2].id:match("^(.*)/reservations/")).properties.provisioningState)
    assert.equal("pending", simulator:effects()[1].state)
    assert.equal(1, simulator:state().pending)
  end)

  it("goes from refunds to purchases, and leaves the world changed", function()
    simulator:stop()
    start {settle = 300}
    local quote = quoted({back(mine[1], 2), back(mine[2])},
      {purchase("Standard_D4s_v5", 2), purchase("Standard_E4s_v5", 1, {billingPlan = "Monthly"})}, {plan(1)})
    local seen = watch(operation(exchange(quote.sessionId)))
    for _, answer in ipairs(seen) do
      check_items(answer.json)
    end
    local done = seen[#seen]
    assert.equal("Succeeded", done.json.status)
    assert.is_nil(done.headers.location)
    local properties = done.json.properties
    assert.same(quote.netPayable, properties.netPayable)
    assert.equal("Cancelled", get(mine[1].id).properties.provisioningState)
    assert.equal("Cancelled", get(mine[2].id).properties.provisioningState)
    local order = get(mine[2].id:match("^(.*)/reservations/"))
    assert.equal("Cancelled", order.properties.provisioningState)
    for i, sku in ipairs {"Standard_D4s_v5", "Standard_E4s_v5"} do
      local item = properties.reservationsToPurchase[i]
      assert.equal("Succeeded", get(item.reservationOrderId).properties.provisioningState)
      local bought = get(item.reservationId)
      assert.equal("Succeeded", bought.properties.provisioningState)
      assert.equal(sku, bought.sku.name)
      assert.equal(i == 1 and "Upfront" or "Monthly", bought.properties.billingPlan)
      assert.equal(8, #arm("GET", item.reservationId .. "/revisions" .. VERSION).json.value)
    end
    assert.truthy(properties.savingsPlansToPurchase[1].savingsPlanId)
    -- Of three, one is left; it is a new reservation of the old order.
    local rest = get(mine[1].id:match("^(.*)/reservations/") .. "/reservations").value
    assert.equal(3, #rest)
    assert.equal(1, rest[3].properties.quantity)
    assert.equal("Succeeded", rest[3].properties.provisioningState)
    assert.equal("Succeeded", get(mine[1].id:match("^(.*)/reservations/")).properties.provisioningState)
  end)

  it("is in the book once, with what is to be paid and its parts", function()
    local quote = quoted({back(mine[1], 2), back(mine[2])}, {purchase("Standard_D4s_v5", 2)}, {plan(1)})
    local answer = exchange(quote.sessionId)
    local done = ended(operation(answer)).properties
    local book = simulator:effects()
    assert.equal(1, #book)
    local entry = book[1]
    assert.same({"exchange", "succeeded", "PLN", 3}, {entry.kind, entry.state, entry.currency, entry.quantity})
    assert.is_nil(entry.reservation)
    assert.equal(cents(quote.netPayable), support.cents(entry.amount))
    local sum, kinds = 0, {}
    for i, line in ipairs(entry.lines) do
      kinds[i] = line.kind .. " " .. line.quantity .. " " .. line.state
      sum = sum + (line.kind == "return" and -1 or 1) * support.cents(line.amount)
    end
    assert.same({
      "return 2 succeeded", "return 1 succeeded", "purchase 2 succeeded", "savings_plan 1 succeeded",
    }, kinds)
    assert.equal(support.cents(entry.amount), sum)
    support.contains(mine[1].id, entry.lines[1].reservation)
    support.contains(done.reservationsToPurchase[1].reservationId, entry.lines[3].reservation)
    support.contains(done.savingsPlansToPurchase[1].savingsPlanOrderId, entry.lines[4].order)
    assert.is_nil(entry.lines[4].reservation)
  end)

  it("of one reservation names it in the book, and does not touch the refund limit", function()
    local before = simulator:world().customers[1].refunded
    ended(operation(exchange(quoted({back(mine[2])}, {purchase("Standard_D4s_v5")}).sessionId)))
    support.contains(mine[2].id, simulator:effects()[1].reservation)
    assert.same(before, simulator:world().customers[1].refunded)
  end)

  it("of two reservations of one order ends with that order cancelled", function()
    ended(operation(exchange(quoted({back(mine[1], 3), back(mine[5])}, {purchase("Standard_D8s_v5", 3)}).sessionId)))
    local order = get(mine[1].id:match("^(.*)/reservations/"))
    assert.equal("Cancelled", order.properties.provisioningState)
    assert.equal(8 + 3, order.etag) -- twice it became pending, and once cancelled
    assert.equal("Cancelled", get(mine[5].id).properties.provisioningState)
  end)

  it("can fail half-way: all is given back and one purchase is missing", function()
    local quote = quoted({back(mine[2])}, {purchase("Standard_D2s_v5"), purchase("Standard_D4s_v5")})
    simulator:faults {fail_operation = {next = 1, on = "exchange"}}
    local failed = ended(operation(exchange(quote.sessionId)))
    assert.equal("Failed", failed.status)
    assert.equal("PurchaseError", failed.error.code)
    local properties = failed.properties
    assert.equal("Succeeded", properties.reservationsToExchange[1].status)
    assert.equal("Failed", properties.reservationsToPurchase[1].status)
    assert.equal("Succeeded", properties.reservationsToPurchase[2].status)
    assert.equal("Cancelled", get(mine[2].id).properties.provisioningState)
    assert.equal("Failed", get(properties.reservationsToPurchase[1].reservationOrderId).properties.provisioningState)
    assert.equal("Succeeded", get(properties.reservationsToPurchase[2].reservationId).properties.provisioningState)
    local entry = simulator:effects()[1]
    assert.same({"failed", "succeeded", "failed", "succeeded"},
      {entry.state, entry.lines[1].state, entry.lines[2].state, entry.lines[3].state})
  end)

  it("has its purchases under ids that are no orders yet while refunds go on", function()
    simulator:stop()
    start {settle = 3000}
    local quote = quoted({back(mine[1]), back(mine[2]), back(mine[5])}, {purchase("Standard_D8s_v5", 3)})
    local id = operation(exchange(quote.sessionId))
    local answer = support.eventually(function()
      local now = result(id).json
      return now.properties and now
    end)
    assert.equal("PendingRefunds", answer.status)
    local item = answer.properties.reservationsToPurchase[1]
    assert.is_nil(item.reservationId)
    refused(arm("GET", item.reservationOrderId .. VERSION), 404, "ReservationOrderNotFound")
  end)

  it("takes a session once, unless repeated sessions are accepted", function()
    local quote = quoted({back(mine[2])}, {purchase("Standard_D4s_v5")})
    local id = operation(exchange(quote.sessionId))
    refused(exchange(quote.sessionId), 400, "BadRequest")
    ended(id)
    refused(exchange(quote.sessionId), 400, "BadRequest")
    assert.equal(1, #simulator:effects())
    simulator:faults {repeated_session = "accept"}
    assert.equal(id, operation(exchange(quote.sessionId:upper())))
    assert.equal(2, #simulator:effects())
    assert.same(simulator:effects()[1].amount, simulator:effects()[2].amount)
  end)

  it("refuses sessions that are unknown, somebody else's, a calculation's, or too old", function()
    local id = operation(calculate({back(mine[2])}, {purchase("Standard_D4s_v5")}))
    local quote = ended(id).properties
    refused(exchange(id), 400, "BadRequest")
    refused(exchange("0b7d0000-0000-4000-8000-00000000000a"), 400, "BadRequest")
    refused(exchange(nil), 400, "BadRequest")
    local body = {properties = {sessionId = quote.sessionId}}
    refused(smith("POST", CAPACITY .. "exchange" .. VERSION, body), 400, "BadRequest")
    simulator:faults {expire_session = {next = 1, on = "exchange"}}
    support.contains(refused(exchange(quote.sessionId), 400, "BadRequest"), "Session timed out")
    support.contains(refused(exchange(quote.sessionId), 400, "BadRequest"), "Session timed out")
    assert.same({}, simulator:effects())
  end)

  it("is refused when its reservations have changed since", function()
    local first = quoted({back(mine[2])}, {purchase("Standard_D4s_v5")})
    local second = quoted({back(mine[2])}, {purchase("Standard_D4s_v5")})
    local id = operation(exchange(first.sessionId))
    refused(exchange(second.sessionId), 409, "OperationCannotBePerformedInCurrentState")
    ended(id)
    refused(exchange(second.sessionId), 409, "OperationCannotBePerformedInCurrentState")
    assert.equal(1, #simulator:effects())
  end)

  it("is refused when one of its orders has gone to another tenant since", function()
    local quote = quoted({back(mine[1]), back(mine[2])}, {purchase("Standard_D4s_v5")})
    local order = mine[2].id:match("^(.*)/reservations/")
    local moved = arm("POST", order .. "/changeDirectory" .. VERSION,
      {destinationTenantId = simulator:world().customers[2].id})
    assert.equal(200, moved.status, moved.body)
    refused(exchange(quote.sessionId), 404, "ReservationOrderNotFound")
    refused(calculate({back(mine[2])}, {purchase("Standard_D4s_v5")}), 400, "ReservationIdNotInReservationOrder")
    assert.equal("Succeeded", get(mine[1].id).properties.provisioningState)
  end)

  it("that is answered late or not at all is done once, and found under its session", function()
    simulator:faults {late = {next = 1, on = "exchange", after_ms = 20}}
    local quote = quoted({back(mine[2])}, {purchase("Standard_D4s_v5")})
    assert.equal(504, exchange(quote.sessionId).status)
    support.eventually(function() return result(quote.sessionId).status == 200 end)
    assert.equal("Succeeded", ended(quote.sessionId).status)
    quote = quoted({back(mine[1])}, {purchase("Standard_D4s_v5")})
    simulator:faults {drop = {next = 1, on = "exchange"}}
    assert.has_error(function() exchange(quote.sessionId) end)
    assert.equal("Succeeded", ended(quote.sessionId).status)
    assert.equal(2, #simulator:effects())
  end)
end)

-- How an operation that has ended was answered at some moment: looks back, and further back if need be.
local function past(id, was)
  for most = 3000, 30000, 9000 do
    for for_ms = most, 0, -25 do
      simulator:faults {stale = {for_ms = for_ms, on = "operations.result"}}
      local answer = result(id)
      if answer.status == 200 and answer.json.properties and was(answer.json) then
        return answer.json
      end
    end
  end
  error("it was never so", 2)
end

describe("operationResults", function()
  before_each(function() start() end)

  it("has nothing under ids that are unknown, somebody else's, or sessions that were not used", function()
    local id = operation(calculate({back(mine[2])}, {purchase("Standard_D4s_v5")}))
    local session = ended(id).properties.sessionId
    refused(result(session), 404, "ResourceNotFound")
    refused(result("0b7d0000-0000-4000-8000-00000000000a"), 404, "ResourceNotFound")
    refused(smith("GET", CAPACITY .. "operationResults/" .. id .. VERSION), 404, "ResourceNotFound")
    assert.equal(200, result(id:upper()).status)
  end)

  it("lags behind where reads do", function()
    simulator:stop()
    start {settle = 10}
    local id = operation(calculate({back(mine[2])}, {purchase("Standard_D4s_v5")}))
    local session = ended(id).properties.sessionId
    operation(exchange(session))
    ended(session)
    simulator:faults {stale = {for_ms = 3600000, on = "operations.result"}}
    refused(result(session), 404, "ResourceNotFound")
    refused(result(id), 404, "ResourceNotFound")
  end)

  it("shows each item as it was, the purchases from the last to the first", function()
    simulator:stop()
    start {settle = 1000}
    local quote = quoted({back(mine[1]), back(mine[2])}, {purchase("Standard_D4s_v5"), purchase("Standard_D8s_v5")})
    local id = operation(exchange(quote.sessionId))
    ended(id)
    local half = past(id, function(was)
      local items = was.properties.reservationsToPurchase
      return items[1].status ~= items[2].status
    end)
    assert.equal("PendingPurchases", half.status)
    assert.equal("Pending", half.properties.reservationsToPurchase[1].status)
    assert.equal("Succeeded", half.properties.reservationsToPurchase[2].status)
    half = past(id, function(was)
      local items = was.properties.reservationsToExchange
      return items[1].status ~= items[2].status
    end)
    assert.equal("PendingRefunds", half.status)
    assert.equal("Succeeded", half.properties.reservationsToExchange[1].status)
    assert.is_nil(half.properties.reservationsToPurchase[1].reservationId)
  end)
end)
