-- What a partner sees at Partner Center, as scripts and `tenure call` see it.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    country: PL
    currency: PLN
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3}
  - id: smith
    currency: USD
    reservations: []
]]

describe("partner", function()
  local simulator, env

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

  -- A server that gives the body of everything but tokens, for what the simulator never says.
  local function answering(body_of)
    return support.between(simulator, function(request, _, pass)
      return request.path:find("/oauth2/") and pass() or {status = 200, body = body_of(request)}
    end)
  end

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
  end)

  teardown(function()
    simulator:stop()
  end)

  it("finds customers by how their name begins", function()
    assert.equal(2, #call("customers.list"))
    local found = call("customers.list", "KOWAL")
    assert.equal(1, #found)
    assert.equal("kowalski", found[1].name)
    assert.same({}, call("customers.list", "--name", "owalski"))
    assert.same({}, call("customers.list", 'k"}')) -- a quote in a name stays in it
  end)

  it("lists a customer's subscriptions, and whether they can buy", function()
    local azure = of_kowalski("partner.subscriptions", "--query", "subscription ~= nil")
    assert.equal(1, #azure)
    assert.equal("active", azure[1].status)
    local reservation = of_kowalski("reservations.list")[1]
    assert.equal(reservation.billing_scope, "/subscriptions/" .. azure[1].subscription)
    local registration = of_kowalski("partner.registration", azure[1].id)
    assert.equal("registered", registration.status:lower())
    assert.equal(azure[1].id, registration.subscription)
  end)

  it("goes from products to what a cart takes", function()
    local products = call("partner.products", "PL", "--view", "AzureReservationsVM")
    assert.is_true(#products > 0 and #products < #call("partner.products", "PL"))
    local product = call("partner.products", "PL", "--query", 'title:find("Standard_D2s_v5", 1, true) ~= nil')[1]
    local skus = call("partner.skus", product.id, "--country", "PL")
    local sku
    for _, each in ipairs(skus) do
      sku = sku or each.region == "westeurope" and each.duration == "1Year" and each
    end
    assert.equal("Standard_D2s_v5", sku.arm_sku)
    assert.same({"InventoryCheck", "AzureSubscriptionRegistration"}, sku.prerequisites)
    local plan = call("partner.availabilities", product.id, "--sku", sku.id, "--country", "PL", "--azure-plan", "true")
    local old = call("partner.availabilities", product.id, "--sku", sku.id, "--country", "PL")
    assert.matches("^" .. product.id .. ":" .. sku.id .. ":", plan[1].item)
    assert.not_equal(old[1].item, plan[1].item)
    assert.same({{duration = "P1Y"}}, plan[1].terms)
    assert.equal("PLN", plan[1].currency)

    local subscription = of_kowalski("partner.subscriptions", "--query", "subscription")[1]
    local free = of_kowalski("partner.inventory", product.id, "--sku", sku.id, "--subscription", subscription,
      "--region", "westeurope", "--country", "PL")
    assert.equal(1, #free)
    assert.equal(sku.id, free[1].sku)
    assert.is_boolean(free[1].restricted)
    assert.same({}, simulator:effects())
  end)

  it("has orders, and knows when there is none", function()
    local orders = of_kowalski("partner.orders")
    assert.equal(1, #orders)
    assert.equal(3, orders[1].lines[1].quantity)
    assert.same(orders[1], of_kowalski("partner.order", orders[1].id))
    assert.same({}, call("partner.orders", "--customer", "smith"))
    local result = run("partner.order", "nothing", "--customer", "kowalski")
    assert.not_equal(0, result.code)
    support.contains(result.stderr, "20000")
  end)

  it("reads orders with their lines", function()
    local order = [[{"id":"A1","alternateId":"a1","referenceCustomerId":"%s","billingCycle":"one_time",
      "currencyCode":"EUR","status":"completed","creationDate":"2026-03-01T10:00:00.1234567Z",
      "lineItems":[{"lineItemNumber":0,"offerId":"P:S:V","termDuration":"P1Y","friendlyName":"ours","quantity":2}]}]]
    local server <close> = answering(function(request)
      return request.path:find("/orders/A1$") and order or ('{"items":[%s]}'):format(order)
    end)
    local customer = "00000000-0000-4000-8000-00000000000c"
    local listed = testing.run {"call", "partner.orders", customer, "-o", "json", env = server.env}
    local one = testing.run {"call", "partner.order", "A1", "--customer", customer, "-o", "json", env = server.env}
    assert.same({support.json(one)}, support.json(listed))
    local got = support.json(one)
    assert.equal("2026-03-01T10:00:00Z", got.created)
    assert.same({{line = 0, item = "P:S:V", term = "P1Y", name = "ours", quantity = 2}}, got.lines)
  end)

  it("has invoices with a line for each purchase", function()
    local invoices = call("partner.invoices")
    assert.is_true(#invoices > 0)
    local lines = {}
    for _, invoice in ipairs(invoices) do
      assert.matches("^%d+%.%d%d$", invoice.total.amount)
      for _, line in ipairs(call("partner.invoice_lines", invoice.id)) do
        lines[#lines + 1] = line
      end
    end
    local order = of_kowalski("orders.list")[1]
    local found
    for _, line in ipairs(lines) do
      found = line.reservation_order == order.order and line or found
    end
    assert.equal("kowalski", found.customer_name)
    assert.equal("New", found.charge)
    assert.equal("PLN", found.total.currency)
    assert.same({}, call("partner.invoice_lines", "unbilled", "--currency", "CHF", "--period", "current"))
  end)

  it("reads entitlements and policies", function()
    local server <close> = answering(function(request)
      if request.path:find("/entitlements?entitlementType=reservedInstance&showExpiry=true", 1, true) then
        return [[{"items":[{"referenceOrder":{"id":"A1","lineItemId":"0"},"productId":"P","skuId":"S","quantity":2,
          "quantityDetails":[{"quantity":2,"status":"Active"}],"entitlementType":"reservedinstance",
          "expiryDate":"2027-03-01T00:00:00Z","entitledArtifacts":[{"artifactType":"reservedinstance",
          "resourceId":"00000000-0000-4000-8000-00000000000a"}]}]}]]
      end
      assert(request.path:find("/SelfServePolicy?entity_id=", 1, true), request.path)
      return [[{"items":[{"id":"p_c","selfServeEntity":{"selfServeEntityType":"customer","tenantID":"c"},
        "grantor":{"grantorType":"billToPartner","tenantID":"p"},"attributes":{"etag":"\"e\""},
        "permissions":[{"resource":"AzureReservedInstances","action":"Purchase"}]}]}]]
    end)
    local customer = "00000000-0000-4000-8000-00000000000c"
    local entitlements = testing.run {"call", "partner.entitlements", customer, "-o", "json", env = server.env}
    local policies = testing.run {"call", "partner.policies", customer, "-o", "json", env = server.env}
    assert.same({{
      reservation_order = "00000000-0000-4000-8000-00000000000a", order = "A1", line = "0", product = "P", sku = "S",
      quantity = 2, portions = {{quantity = 2, status = "Active"}}, type = "reservedinstance",
      expires = "2027-03-01T00:00:00Z",
    }}, support.json(entitlements))
    assert.same({{
      id = "p_c", customer = "c", partner = "p", etag = '"e"',
      permissions = {{resource = "AzureReservedInstances", action = "Purchase"}},
    }}, support.json(policies))
  end)

  it("means the run's customer in scripts, and takes records for ids", function()
    local folder = support.folder {
      ["look.yaml"] = [[
tenure: 1
name: look
permissions: [partner:subscriptions, partner:registration]
customers: {from: partner-center, where: 'customer.name == "kowalski"'}
steps:
  - {id: look, run: look.lua}
]],
      ["look.lua"] = [[
local partner = require "tenure.partner"
return function(ctx)
  for _, subscription in ipairs(partner.subscriptions()) do
    if subscription.subscription then
      ctx.log("seen", {status = partner.registration(subscription).status})
    end
  end
end
]],
    }
    local result = testing.run {"run", folder .. "/look.yaml", "-v", env = env}
    assert.equal(0, result.code, result.stderr)
    assert.equal("registered", support.said(result)[1].fields.status:lower())
  end)
end)
