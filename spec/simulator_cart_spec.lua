-- Partner Center as the simulator plays it: carts, their checkout, orders.
local partner_center = require "partner_center"
local support = require "support"
local testing = require "tenure.testing"

local MARK = partner_center.MARK
local availability_of = partner_center.availability_of
local azure_of = partner_center.azure_of
local effects = support.effects
local follow = partner_center.follow
local items_of = partner_center.items_of
local refused = partner_center.refused
local registered = partner_center.registered
local sku_of = partner_center.sku_of

describe("a cart", function()
  local WORLD = [[
customers:
  - {id: kowalski, country: PL}
  - {id: schmidt, country: DE, azure: plan}
  - {id: smith, country: GB, relationship: advisor}
]]
  local simulator, partner, kowalski, schmidt, subscription

  before_each(function()
    simulator = testing.simulator {world = WORLD, settle = 100}
    partner = support.partner(simulator)
    local customers = simulator:world().customers
    kowalski, schmidt = customers[1].id, customers[2].id
    subscription = registered(partner, kowalski)
  end)
  after_each(function() simulator:stop() end)

  -- A line of a cart for a SKU that is to be had; options are parts of it.
  local function line(options)
    local sku = sku_of(partner, options.title or "Standard_D2s_v5", options.region or "polandcentral",
      options.duration or "1Year")
    return {
      catalogItemId = options.catalogItemId or availability_of(partner, sku, "PL", options.query).catalogItemId,
      quantity = options.quantity or 1, billingCycle = options.cycle or "one_time", termDuration = options.term,
      friendlyName = options.name, orderGroup = options.group,
      provisioningContext = {subscriptionId = options.subscription or subscription, scope = options.scope or "shared"},
    }
  end

  local function carts(customer)
    return "/v1/customers/" .. customer .. "/carts"
  end

  local function create(lines, headers, customer)
    return partner("POST", carts(customer or kowalski), {lineItems = lines}, headers)
  end

  local function checkout(cart, headers)
    return partner("POST", carts(kowalski) .. "/" .. cart.id .. "/checkout", nil, headers)
  end

  local function order_of(id)
    return partner("GET", "/v1/customers/" .. kowalski .. "/orders/" .. id)
  end

  -- Waits until an order has its final status.
  local function settled(id)
    return support.eventually(function()
      local order = order_of(id).json
      return order.status ~= "pending" and order
    end)
  end

  -- A line of catalogue that is sold out.
  local function sold_out()
    local context = {customerId = kowalski, azureSubscriptionId = subscription}
    for number = 1, 20 do
      local target = {ProductId = ("DZSIM%07d"):format(number)}
      local answer = partner("POST", "/v1/extensions/product/checkInventory?country=PL",
        {TargetItems = {target}, InventoryContext = context})
      for _, item in ipairs(answer.json) do
        if item.isRestricted then
          local sku = {productId = item.productId, id = item.skuId}
          return line {catalogItemId = availability_of(partner, sku, "PL").catalogItemId}
        end
      end
    end
  end

  it("is put together, read, and changed until it is bought; each change is in the books once", function()
    local answer = create({line {quantity = 2, name = "erp"}, line {cycle = "monthly", duration = "3Years"}},
      {["MS-CorrelationId"] = "night shift"})
    assert.equal(201, answer.status, answer.body)
    local cart = answer.json
    assert.equal("Active", cart.status)
    assert.equal("Cart", cart.attributes.objectType)
    assert.is_true(cart.expirationTimestamp > cart.creationTimestamp)
    assert.same({0, 1}, {cart.lineItems[1].id, cart.lineItems[2].id})
    assert.same({"0", "1"}, {cart.lineItems[1].orderGroup, cart.lineItems[2].orderGroup})
    assert.equal("erp", cart.lineItems[1].friendlyName)
    assert.equal("PLN", cart.lineItems[1].currencyCode)
    assert.is_nil(cart.lineItems[1].error)
    assert.same(cart, partner("GET", (follow(cart.links.self))).json)
    local changed = partner("PUT", (follow(cart.links.self)), {lineItems = {line {quantity = 5}}})
    assert.equal(200, changed.status)
    assert.equal(cart.id, changed.json.id)
    assert.equal(1, #changed.json.lineItems)
    assert.same(changed.json, partner("GET", (follow(cart.links.self))).json)
    local created, updated = effects(simulator, "create_cart"), effects(simulator, "update_cart")
    assert.equal(1, #created)
    assert.equal(3, created[1].quantity)
    assert.equal("succeeded", created[1].state)
    assert.equal("night shift", created[1].correlation_id)
    assert.equal(kowalski, created[1].customer)
    assert.is_nil(created[1].amount)
    assert.same({1, 5}, {#updated, updated[1].quantity})
  end)

  it("says of each line what stands against buying it", function()
    local lines = {
      line {catalogItemId = "DZSIM0000001:0001:D00000000000"},
      line {catalogItemId = "nonsense"},
      line {query = "&reservationScope=AzurePlan"},
      line {term = "P3Y"},
      line {cycle = "annual"},
      line {title = "Red Hat", cycle = "monthly"},
      line {subscription = kowalski},
      line {quantity = 1001},
      sold_out(),
      line {},
    }
    local codes = {}
    for i, one in ipairs(create(lines).json.lineItems) do
      codes[i] = one.error and one.error.errorCode or "none"
    end
    assert.same({
      "800020", "800020", "800020", "800020", "800020", "800020", "800011", "800017", "800010", "none",
    }, codes)
  end)

  it("for a subscription that is not registered says so, and may be bought once it is", function()
    local sku = sku_of(partner, "Standard_D2s_v5", "polandcentral", "1Year")
    local plan = availability_of(partner, sku, "DE", "&reservationScope=AzurePlan").catalogItemId
    local own = azure_of(partner, schmidt).entitlementId
    local cart = create({line {catalogItemId = plan, subscription = own}}, nil, schmidt).json
    assert.equal("800030", cart.lineItems[1].error.errorCode)
    local path = carts(schmidt) .. "/" .. cart.id .. "/checkout"
    refused(partner("POST", path), 400, 800009)
    registered(partner, schmidt)
    assert.equal(201, partner("POST", path).status)
  end)

  it("is refused without lines, with half a line, for nobody, and for a customer of another kind", function()
    refused(create {}, 400, 800002)
    refused(partner("POST", carts(kowalski)), 400, 800002)
    for _, part in ipairs {"catalogItemId", "billingCycle", "quantity"} do
      local half = line {}
      half[part] = nil
      refused(create {half}, 400, 800002)
    end
    refused(create {line {quantity = 0}}, 400, 800002)
    refused(create {line {cycle = "weekly"}}, 400, 800002)
    refused(create({line {}}, nil, simulator:world().customers[3].id), 403, 20002)
    refused(create({line {}}, nil, simulator.tenant), 403, 20002)
    local cart = create({line {}}).json
    refused(partner("GET", carts(schmidt) .. "/" .. cart.id), 404, 800008)
    refused(partner("POST", carts(kowalski) .. "/" .. kowalski .. "/checkout"), 404, 800008)
    assert.equal(1, #effects(simulator, "create_cart"))
  end)

  it("expires, and then is not found", function()
    local cart, other = create({line {}}).json, create({line {}}).json
    simulator:faults {expire_session = {next = 1, on = "partner.checkout"}}
    refused(checkout(cart), 404, 800008)
    refused(partner("GET", (follow(cart.links.self))), 404, 800008)
    assert.equal(201, checkout(other).status)
    simulator:faults {session_ms = 0}
    refused(checkout(create({line {}}).json), 404, 800008)
    assert.equal(1, #effects(simulator, "checkout"))
  end)

  it("when bought becomes an order and a reservation in the customer's Azure", function()
    local cart = create({line {quantity = 3, duration = "3Years", name = "erp", scope = "single"}}).json
    local answer = checkout(cart)
    assert.equal(201, answer.status, answer.body)
    assert.same({}, answer.json.orderErrors)
    local order = answer.json.orders[1]
    assert.equal("pending", order.status)
    assert.equal(kowalski, order.referenceCustomerId)
    assert.equal(cart.lineItems[1].catalogItemId, order.lineItems[1].offerId)
    assert.same({}, items_of(partner, kowalski, "orders"))
    local effect = effects(simulator, "checkout")[1]
    assert.same({"pending", 3, "PLN"}, {effect.state, effect.quantity, effect.currency})
    assert.equal("completed", settled(order.id).status)
    assert.equal("succeeded", effects(simulator, "checkout")[1].state)
    assert.equal("Ordered", partner("GET", (follow(cart.links.self))).json.status)
    local provisioning = partner("GET", (follow(order.links.provisioningStatus))).json.items
    assert.equal("Fulfilled", provisioning[1].status)
    local listed = items_of(partner, kowalski, "orders")
    assert.same({order.id, 1}, {listed[1].id, #listed})
    assert.same({}, items_of(partner, kowalski, "orders?billingType=usage"))

    local arm = support.arm(simulator, kowalski)
    local reservation = arm("GET", "/providers/Microsoft.Capacity/reservations").json.value[1]
    assert.equal(effect.reservation, reservation.name:match("/(.*)$"))
    assert.equal("erp", reservation.properties.displayName)
    assert.equal("Succeeded", reservation.properties.provisioningState)
    assert.same({3, "P3Y", "Upfront", "Single", "Standard_D2s_v5", "polandcentral"}, {
      reservation.properties.quantity, reservation.properties.term, reservation.properties.billingPlan,
      reservation.properties.appliedScopeType, reservation.sku.name, reservation.location,
    })
    local arm_order = arm("GET", reservation.id:match("^(.*)/reservations/"), nil).json
    assert.equal("Succeeded", arm_order.properties.provisioningState)
  end)

  it("costs what its reservations cost: what was paid, and what is to be paid", function()
    checkout(create({line {quantity = 2}, line {quantity = 1, duration = "3Years", cycle = "monthly"}}).json)
    support.eventually(function() return effects(simulator, "checkout")[1].state == "succeeded" end)
    local arm, cents = support.arm(simulator, kowalski), 0
    for _, reservation in ipairs(arm("GET", "/providers/Microsoft.Capacity/reservations").json.value) do
      local quote = arm("POST", reservation.id:match("^(.*)/reservations/") .. "/calculateRefund", {
        properties = {
          scope = "Reservation",
          reservationToReturn = {reservationId = reservation.id, quantity = reservation.properties.quantity},
        },
      }).json.properties.billingInformation
      for _, amount in ipairs {quote.billingCurrencyTotalPaidAmount, quote.billingCurrencyRemainingCommitmentAmount} do
        cents = cents + math.floor(amount.amount * 100 + 0.5)
      end
    end
    local effect = effects(simulator, "checkout")[1]
    assert.is_nil(effect.reservation)
    assert.equal(3, effect.quantity)
    assert.equal(cents, support.cents(effect.amount))
  end)

  it("is bought once for one request id, and a second attempt is told so", function()
    local cart, once = create({line {}}).json, {["MS-RequestId"] = "11111111-2222-4333-8444-555555555555"}
    local first, again = checkout(cart, once), checkout(cart, once)
    assert.equal(201, again.status)
    assert.equal(first.body, again.body)
    refused(checkout(cart), 409, 800060)
    settled(first.json.orders[1].id)
    assert.equal(first.body, checkout(cart, once).body)
    refused(checkout(cart), 400, 800065)
    refused(partner("PUT", (follow(cart.links.self)), {lineItems = {line {}}}), 400, 800065)
    assert.equal(1, #effects(simulator, "checkout"))
    assert.equal(1, #items_of(partner, kowalski, "orders"))
  end)

  it("is made once for one request id, be it refused", function()
    local once = {["MS-RequestId"] = "11111111-2222-4333-8444-555555555555"}
    local lines = {line {}}
    assert.equal(create(lines, once).json.id, create(lines, once).json.id)
    assert.equal(1, #effects(simulator, "create_cart"))
    local other = {["MS-RequestId"] = "99999999-2222-4333-8444-555555555555"}
    refused(create({}, other), 400, 800002)
    refused(create(lines, other), 400, 800002)
  end)

  it("is bought once when the answer is lost, or comes too late", function()
    local faults = {
      {drop = {next = 1, on = "checkout"}},
      {late = {next = 1, on = "checkout", after_ms = 50}},
      {truncate = {next = 1, on = "checkout"}},
    }
    for number, fault in ipairs(faults) do
      local cart = create({line {}}).json
      local once = {["MS-RequestId"] = ("%08d-2222-4333-8444-555555555555"):format(number)}
      simulator:faults(fault)
      pcall(checkout, cart, once)
      support.eventually(function() return #effects(simulator, "checkout") == number end)
      local answer = checkout(cart, once)
      assert.equal(201, answer.status, answer.body)
      assert.equal("completed", settled(answer.json.orders[1].id).status)
      assert.equal(number, #effects(simulator, "checkout"))
    end
    assert.equal(3, #items_of(partner, kowalski, "orders"))
    local cart = create({line {}}).json
    simulator:faults {lose = {next = 1, on = "checkout"}}
    assert.is_false((pcall(checkout, cart)))
    assert.equal(3, #effects(simulator, "checkout"))
  end)

  it("is bought in part where a group has a line in error", function()
    local bad = line {group = "b", subscription = kowalski}
    local lines = {line {group = "a", quantity = 2}, line {group = "b"}, bad, line {group = "a"}}
    local result = checkout(create(lines).json).json
    assert.equal(1, #result.orders)
    assert.equal(1, #result.orderErrors)
    assert.same({0, 1}, {result.orders[1].lineItems[1].lineItemNumber, result.orders[1].lineItems[2].lineItemNumber})
    assert.same({"b", 800011}, {result.orderErrors[1].orderGroupId, result.orderErrors[1].code})
    assert.equal(3, effects(simulator, "checkout")[1].quantity)
    local order = settled(result.orders[1].id)
    assert.equal(2, #order.lineItems)
    assert.equal(1, #items_of(partner, kowalski, "orders"))
    local arm = support.arm(simulator, kowalski)
    assert.equal(2, #arm("GET", "/providers/Microsoft.Capacity/reservationOrders").json.value)
    refused(checkout(create({bad}).json), 400, 800009)
  end)

  it("whose order fails says so, in Azure too", function()
    simulator:faults {fail_operation = {next = 1, on = "partner.checkout"}}
    local order = settled(checkout(create({line {}}).json).json.orders[1].id)
    assert.equal("cancelled", order.status)
    assert.equal("failed", effects(simulator, "checkout")[1].state)
    assert.equal("Unfulfilled", partner("GET", (follow(order.links.provisioningStatus))).json.items[1].status)
    local arm = support.arm(simulator, kowalski)
    local value = arm("GET", "/providers/Microsoft.Capacity/reservationOrders").json.value
    assert.equal("Failed", value[1].properties.provisioningState)
  end)

  it("leaves orders that are read a moment late not yet there", function()
    local order = checkout(create({line {}}).json).json.orders[1]
    settled(order.id)
    simulator:faults {stale = {on = "partner.order", for_ms = 3600000}}
    refused(order_of(order.id), 404, 20000)
    simulator:faults {}
    assert.equal(MARK, order_of(order.id).body:sub(1, 3))
    refused(order_of("nonsense"), 404, 20000)
  end)
end)

describe("the orders of reservations that were there from the beginning", function()
  it("are completed, whatever became of the reservations", function()
    local simulator <close> = testing.simulator {customers = 3, reservations = 8}
    local partner = support.partner(simulator)
    for _, customer in ipairs(simulator:world().customers) do
      local reserved, listed = {}, items_of(partner, customer.id, "orders")
      for _, reservation in ipairs(customer.reservations) do
        reserved[reservation.order] = true
      end
      for _, order in ipairs(listed) do
        reserved[next(reserved)] = nil
        assert.equal("completed", order.status)
        assert.equal(1, #order.lineItems)
        assert.same(order, partner("GET", (follow(order.links.self))).json)
      end
      assert.same({}, reserved)
    end
  end)
end)
