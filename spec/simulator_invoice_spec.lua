-- Partner Center as the simulator plays it: invoices and their lines, which a refund is checked against.
local partner_center = require "partner_center"
local support = require "support"
local testing = require "tenure.testing"

local MARK = partner_center.MARK
local all = partner_center.all
local refused = partner_center.refused

local QUERY = "/lineitems?provider=onetime&invoicelineitemtype=billinglineitems"

local function cents(amount)
  return math.floor(amount * 100 + 0.5)
end

-- Every line of every invoice, by what the test asks of it.
local function lines_where(partner, wanted)
  local found = {}
  for _, invoice in ipairs(all(partner, "/v1/invoices")) do
    for _, line in ipairs((all(partner, "/v1/invoices/" .. invoice.id .. QUERY))) do
      if wanted(line) then
        found[#found + 1] = line
      end
    end
  end
  return found
end

local function credits_of(partner, order)
  return lines_where(partner, function(line)
    return line.reservationOrderId == order and line.chargeType == "Cancel"
  end)
end

-- Gives units of a reservation back; what came back in cents, once that has settled.
local function give_back(simulator, customer, reservation, quantity)
  local arm = support.arm(simulator, customer.id)
  local order = "/providers/Microsoft.Capacity/reservationOrders/" .. reservation.order
  local wanted = {
    scope = "Reservation",
    reservationToReturn = {reservationId = order .. "/reservations/" .. reservation.id, quantity = quantity},
  }
  local quote = arm("POST", order .. "/calculateRefund", {properties = wanted}).json.properties
  wanted.sessionId = quote.sessionId
  assert.equal(202, arm("POST", order .. "/return", {properties = wanted}).status)
  support.eventually(function()
    for _, effect in ipairs(simulator:effects()) do
      if effect.reservation == reservation.id then
        return effect.state ~= "pending"
      end
    end
  end)
  return cents(quote.billingRefundAmount.amount)
end

describe("the partner's invoices", function()
  it("are one for each month and currency, newest first, and add up to their lines", function()
    local simulator <close> = testing.simulator {customers = 12, reservations = 6}
    local partner = support.partner(simulator)
    local invoices, seen, last = all(partner, "/v1/invoices"), {}, nil
    assert.is_true(#invoices > 12)
    for _, invoice in ipairs(invoices) do
      local sum, month = 0, invoice.billingPeriodStartDate
      assert.is_nil(seen[month .. invoice.currencyCode])
      seen[month .. invoice.currencyCode] = true
      assert.is_true(not last or month <= last)
      last = month
      local lines = all(partner, "/v1/invoices/" .. invoice.id .. QUERY)
      assert.is_true(#lines > 0)
      for _, line in ipairs(lines) do
        assert.same({invoice.id, invoice.currencyCode}, {line.invoiceNumber, line.currency})
        assert.equal(month:sub(1, 7), line.chargeStartDate:sub(1, 7))
        sum = sum + cents(line.subtotal)
      end
      assert.equal(cents(invoice.totalCharges), sum)
      assert.same(invoice, partner("GET", "/v1/invoices/" .. invoice.id).json)
    end
    local page = partner("GET", "/v1/invoices?size=2&offset=1").json
    assert.equal(#invoices, page.totalCount)
    assert.same({invoices[2], invoices[3]}, page.items)
    assert.same(invoices, (all(partner, "/v1/invoices?size=3")))
  end)

  it("charge a purchase at once or month by month, and say for whom and which order", function()
    local simulator <close> = testing.simulator {world = [[
customers:
  - id: kowalski
    currency: PLN
    name: Kowalski Transport
    reservations:
      - {id: r1, order: o1, quantity: 2, sku: Standard_D2s_v5, region: westeurope, name: erp, billing_plan: Upfront}
      - {id: r2, order: o2, sku: Standard_D2s_v5, region: westeurope, billing_plan: Monthly}
]]}
    local partner, customer = support.partner(simulator), simulator:world().customers[1]
    local function of(reservation)
      return lines_where(partner, function(line) return line.reservationOrderId == reservation.order end)
    end
    local upfront, monthly = of(customer.reservations[1]), of(customer.reservations[2])
    assert.equal(1, #upfront)
    assert.is_true(#monthly > 1)
    local line = upfront[1]
    assert.same({"New", 2, customer.id, "Kowalski Transport", "PLN", "Standard_D2s_v5"}, {
      line.chargeType, line.quantity, line.customerId, line.customerName, line.currency, line.skuName,
    })
    assert.equal(cents(line.subtotal), 2 * cents(line.unitPrice))
    assert.equal(cents(line.subtotal), cents(line.totalForCustomer))
    assert.equal("Monthly", monthly[1].billingFrequency)
    assert.is_true(math.abs(cents(monthly[1].subtotal) - cents(line.unitPrice) // 12) <= 12)
    assert.equal(simulator.tenant, line.partnerId)
    assert.equal(200, partner("GET", "/v1/customers/" .. customer.id .. "/orders/" .. line.orderId).status)
    assert.equal(partner_center.azure_of(partner, customer.id).id, line.subscriptionId)
  end)

  it("have lines in pages, each with the token of the one before, and links without the version", function()
    local simulator <close> = testing.simulator {customers = 10, reservations = 10}
    local partner = support.partner(simulator)
    local longest, whole = nil, {}
    for _, invoice in ipairs(all(partner, "/v1/invoices")) do
      local lines = all(partner, "/v1/invoices/" .. invoice.id .. QUERY)
      if #lines > #whole then
        longest, whole = invoice, lines
      end
    end
    local path = "/v1/invoices/" .. longest.id .. QUERY
    local parts, pages = all(partner, path .. "&size=2")
    assert.equal((#whole + 1) // 2, pages)
    assert.is_true(pages > 1)
    assert.same(whole, parts)
    local answer = partner("GET", path .. "&size=2")
    assert.equal(MARK, answer.body:sub(1, 3))
    assert.matches("^/invoices/", answer.json.links.next.uri)
    refused(partner("GET", "/v1" .. answer.json.links.next.uri), 400, 800002)
  end)

  it("take what was bought through a cart", function()
    local simulator <close> = testing.simulator {world = "customers:\n  - {id: kowalski, country: PL}\n", settle = 20}
    local partner, customer = support.partner(simulator), simulator:world().customers[1].id
    local subscription = partner_center.registered(partner, customer)
    local sku = partner_center.sku_of(partner, "Standard_D2s_v5", "polandcentral", "1Year")
    local cart = partner("POST", "/v1/customers/" .. customer .. "/carts", {lineItems = {{
      catalogItemId = partner_center.availability_of(partner, sku, "PL").catalogItemId, quantity = 2,
      billingCycle = "one_time", provisioningContext = {subscriptionId = subscription},
    }}}).json
    local order = partner("POST", "/v1/customers/" .. customer .. "/carts/" .. cart.id .. "/checkout").json.orders[1]
    local effect = support.eventually(function()
      local one = support.effects(simulator, "checkout")[1]
      return one.state == "succeeded" and one
    end)
    local bought = lines_where(partner, function(line) return line.orderId == order.id end)
    assert.equal(1, #bought)
    assert.same({sku.productId, sku.id, 2}, {bought[1].productId, bought[1].skuId, bought[1].quantity})
    assert.equal(support.cents(effect.amount), cents(bought[1].subtotal))
  end)

  it("are refused by ids that are none, in the future, or without saying of what", function()
    local simulator <close> = testing.simulator {customers = 2, reservations = 2}
    local partner = support.partner(simulator)
    local invoice = all(partner, "/v1/invoices")[1].id
    for _, id in ipairs {"nothing", "G999901000", "G202613000", "G202601099", invoice .. "0"} do
      refused(partner("GET", "/v1/invoices/" .. id), 404, 20000)
      refused(partner("GET", "/v1/invoices/" .. id .. QUERY), 404, 20000)
    end
    refused(partner("GET", "/v1/invoices/" .. invoice .. "/lineitems"), 400, 800002)
    refused(partner("GET", "/v1/invoices?offset=some"), 400, 800002)
    local usage = "/lineitems?provider=onetime&invoicelineitemtype=usagelineitems"
    assert.same({}, all(partner, "/v1/invoices/" .. invoice .. usage))
    assert.same({}, all(partner, "/v1/invoices/" .. invoice .. QUERY:gsub("onetime", "office")))
    assert.same({}, all(partner, "/v1/invoices/" .. invoice .. QUERY .. "&currencycode=XXX"))
  end)
end)

describe("a refund", function()
  local WORLD = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, quantity: 3}
      - {id: r2, order: o2}
      - {id: r3, order: o3}
      - {id: r4, order: o4, state: Cancelled}
]]
  local simulator, partner, customer

  before_each(function()
    simulator = testing.simulator {world = WORLD, settle = 20}
    partner = support.partner(simulator)
    customer = simulator:world().customers[1]
  end)
  after_each(function() simulator:stop() end)

  it("is credited on the current invoice, and among what is not billed yet", function()
    local whole, part = customer.reservations[2], customer.reservations[1]
    assert.same({}, credits_of(partner, whole.order))
    local back = give_back(simulator, customer, whole, 1)
    local lines = credits_of(partner, whole.order)
    assert.equal(1, #lines)
    assert.same({-back, 1, customer.id}, {cents(lines[1].subtotal), lines[1].quantity, lines[1].customerId})
    back = give_back(simulator, customer, part, 2)
    lines = credits_of(partner, part.order)
    assert.same({1, -back, 2}, {#lines, cents(lines[1].subtotal), lines[1].quantity})
    local credited = 0
    for _, period in ipairs {"current", "previous"} do -- the month may end while this runs
      local query = QUERY .. "&currencycode=pln&period=" .. period
      for _, line in ipairs((all(partner, "/v1/invoices/unbilled" .. query))) do
        local ours = line.reservationOrderId == whole.order or line.reservationOrderId == part.order
        credited = credited + (ours and line.chargeType == "Cancel" and 1 or 0)
        assert.is_nil(line.invoiceNumber)
      end
    end
    assert.equal(2, credited)
    assert.same({}, all(partner, "/v1/invoices/unbilled" .. QUERY .. "&currencycode=EUR&period=current"))
  end)

  it("that failed is not credited, nor is one that the world withholds", function()
    simulator:faults {fail_operation = {next = 1, on = "refund"}}
    give_back(simulator, customer, customer.reservations[2], 1)
    assert.same({}, credits_of(partner, customer.reservations[2].order))
    simulator:change {withhold_credits = {"r3"}}
    give_back(simulator, customer, customer.reservations[3], 1)
    assert.same({}, credits_of(partner, customer.reservations[3].order))
    assert.has_error(function() simulator:change {withhold_credits = {"nothing"}} end)
  end)

  it("from before the world began is credited too, with what it cost", function()
    local order = customer.reservations[4].order
    local both = lines_where(partner, function(line) return line.reservationOrderId == order end)
    assert.equal(2, #both)
    assert.equal(0, cents(both[1].subtotal) + cents(both[2].subtotal))
  end)

  it("is not credited yet where reads are stale", function()
    give_back(simulator, customer, customer.reservations[2], 1)
    simulator:faults {stale = {on = "invoice_lines", for_ms = 3600000}}
    assert.same({}, credits_of(partner, customer.reservations[2].order))
  end)
end)
