-- Partner Center as the simulator plays it: customers, subscriptions, carts, orders, entitlements, policies, invoices.
local support = require "support"
local testing = require "tenure.testing"

local MARK = "\xef\xbb\xbf"

-- What a link says to send: its path below /v1, and its headers by name.
local function follow(link)
  local headers = {}
  for _, header in ipairs(link.headers) do
    headers[header.key] = header.value
  end
  return "/v1" .. link.uri:gsub("^/v1/", "/"), headers
end

-- All items of a list, page after page, and how many pages that were.
local function all(partner, path)
  local items, pages, headers = {}, 0, nil
  repeat
    local answer = partner("GET", path, nil, headers)
    assert.equal(200, answer.status, answer.body)
    table.move(answer.json.items, 1, #answer.json.items, #items + 1, items)
    pages = pages + 1
    local following = answer.json.links and answer.json.links.next
    path, headers = nil, nil
    if following then
      path, headers = follow(following)
    end
  until not path
  return items, pages
end

local function filter(field, value, operator)
  return support.escape(testing.json.encode {Field = field, Value = value, Operator = operator or "starts_with"})
end

-- Fails unless the answer is a refusal in Partner Center's words.
local function refused(answer, status, code)
  assert.equal(status, answer.status, answer.body)
  assert.equal(code, answer.json.code, answer.body)
  assert.is_string(answer.json.description)
  assert.same({}, answer.json.data)
  assert.is_string(answer.json.source)
end

describe("the partner's customers", function()
  local WORLD = [[
customers:
  - {id: kowalski, name: Kowalski Transport, domain: kowalski.example, country: PL}
  - {id: smith, name: Smith Optics, domain: smith.example, country: GB, rights: missing}
  - {id: kovar, name: KOVAR Foods, domain: kovar.example, country: CZ}
]]

  it("come in pages, and each page needs the token of the one before", function()
    local simulator <close> = testing.simulator {customers = 7, reservations = 0}
    local partner = support.partner(simulator)
    local customers, pages = all(partner, "/v1/customers?size=3")
    assert.equal(3, pages)
    assert.equal(7, #customers)
    for i, customer in ipairs(simulator:world().customers) do
      assert.equal(customer.id, customers[i].id)
      assert.equal(customer.name, customers[i].companyProfile.companyName)
      assert.is_nil(customers[i].allowDelegatedAccess)
    end
    local first = partner("GET", "/v1/customers?size=3").json
    assert.equal(3, first.totalCount)
    assert.equal("Collection", first.attributes.objectType)
    assert.matches("^/v1/customers%?", first.links.next.uri)
    assert.equal(first.continuationToken, first.links.next.headers[1].value)
    local following = follow(first.links.next)
    refused(partner("GET", following), 400, 800002)
    refused(partner("GET", following, nil, {["MS-ContinuationToken"] = "7"}), 400, 800002)
    refused(partner("GET", "/v1/customers?size=many"), 400, 800002)
  end)

  it("are filtered by how their name or domain begins, in any case, on every page", function()
    local simulator <close> = testing.simulator {world = WORLD}
    local partner = support.partner(simulator)
    local by_name, pages = all(partner, "/v1/customers?size=1&filter=" .. filter("CompanyName", "KO"))
    local by_domain = all(partner, "/v1/customers?size=0&filter=" .. filter("Domain", "smi"))
    assert.equal(2, pages)
    assert.equal("Kowalski Transport", by_name[1].companyProfile.companyName)
    assert.equal("KOVAR Foods", by_name[2].companyProfile.companyName)
    assert.equal(1, #by_domain)
    assert.equal("smith.example", by_domain[1].companyProfile.domain)
    assert.same({}, all(partner, "/v1/customers?filter=" .. filter("CompanyName", "Transport")))
    refused(partner("GET", "/v1/customers?filter=" .. filter("CompanyName", "K", "equals")), 400, 800002)
    refused(partner("GET", "/v1/customers?filter=" .. filter("Colour", "K")), 400, 800002)
    refused(partner("GET", "/v1/customers?filter=K"), 400, 800002)
  end)

  it("are read one by one with details, in any case of the id, and a byte order mark in front", function()
    local simulator <close> = testing.simulator {world = WORLD}
    local partner = support.partner(simulator)
    local kowalski, smith = table.unpack(simulator:world().customers)
    local answer = partner("GET", "/v1/customers/" .. kowalski.id:upper())
    assert.equal(200, answer.status)
    assert.equal(MARK, answer.body:sub(1, 3))
    assert.equal(kowalski.id, answer.json.id)
    assert.equal("PL", answer.json.billingProfile.defaultAddress.country)
    assert.is_true(answer.json.allowDelegatedAccess)
    assert.is_false(partner("GET", "/v1/customers/" .. smith.id).json.allowDelegatedAccess)
    refused(partner("GET", "/v1/customers/" .. simulator.tenant), 403, 20002)
    refused(partner("GET", "/v1/customers/nobody"), 400, 800002)
  end)

  it("are shown to the partner's own token only", function()
    local simulator <close> = testing.simulator {world = WORLD}
    local customer = support.arm(simulator, simulator:world().customers[1].id)
    refused(customer("GET", "/v1/customers"), 401, 800001)
    refused(testing.http {url = simulator.url .. "/v1/customers"}, 401, 800001)
  end)
end)

describe("the login service", function()
  local function by_user(simulator, fields)
    local form = {grant_type = "refresh_token", refresh_token = simulator.refresh_token}
    for name, value in pairs(fields or {}) do
      form[name] = value
    end
    return form
  end

  it("gives a user's token for the refresh token, with the next one", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0}
    local app = support.token(simulator, simulator.tenant)
    local user = support.token(simulator, simulator.tenant, by_user(simulator))
    assert.equal(200, app.status, app.body)
    assert.equal(200, user.status, user.body)
    assert.is_nil(app.json.refresh_token)
    assert.equal(simulator.refresh_token, user.json.refresh_token)
    assert.equal("user_impersonation", user.json.scope)
  end)

  it("takes a user's scopes: a permission beside other words, in a customer's tenant too", function()
    local simulator <close> = testing.simulator {world = "customers:\n  - {id: kowalski}\n"}
    local customer = simulator:world().customers[1].id
    local scope = "offline_access https://management.azure.com/user_impersonation openid"
    local user = support.token(simulator, customer, by_user(simulator, {scope = scope}))
    local app = support.token(simulator, customer, {scope = scope})
    assert.equal(200, user.status, user.body)
    assert.equal("invalid_scope", app.json.error)
  end)

  it("refuses another refresh token, and none", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0}
    local wrong = support.token(simulator, simulator.tenant, by_user(simulator, {refresh_token = "1.other"}))
    local none = support.token(simulator, simulator.tenant, {grant_type = "refresh_token"})
    assert.equal(400, wrong.status)
    assert.equal("invalid_grant", wrong.json.error)
    assert.equal(400, none.status)
    assert.equal("invalid_request", none.json.error)
  end)
end)

-- The items of a customer's list, and the one Azure subscription among its subscriptions.
local function items_of(partner, customer, what)
  local answer = partner("GET", "/v1/customers/" .. customer .. "/" .. what)
  assert.equal(200, answer.status, answer.body)
  assert.equal(#answer.json.items, answer.json.totalCount)
  return answer.json.items
end

local function azure_of(partner, customer)
  for _, subscription in ipairs(items_of(partner, customer, "subscriptions")) do
    if subscription.entitlementId then
      return subscription
    end
  end
end

local function registration(partner, customer, subscription)
  local path = "/v1/customers/" .. customer .. "/subscriptions/" .. subscription .. "/registrationstatus"
  return partner("GET", path).json.status
end

local function register(partner, customer, subscription, headers)
  return partner("POST", "/v1/customers/" .. customer .. "/subscriptions/" .. subscription .. "/registrations", nil,
    headers)
end

-- Registers and waits until that has settled; the Azure subscription's id.
local function registered(partner, customer)
  local azure = azure_of(partner, customer)
  assert.equal(202, register(partner, customer, azure.id).status)
  support.eventually(function() return registration(partner, customer, azure.id) == "Registered" end)
  return azure.entitlementId
end

-- The effects of a kind in the books.
local function effects(simulator, kind)
  local found = {}
  for _, effect in ipairs(simulator:effects()) do
    if effect.kind == kind then
      found[#found + 1] = effect
    end
  end
  return found
end

describe("a customer's subscriptions", function()
  it("are one of Azure, with the id behind it, and for some of them licenses that are none", function()
    local simulator <close> = testing.simulator {customers = 20, reservations = 1}
    local partner = support.partner(simulator)
    local licenses = 0
    for _, customer in ipairs(simulator:world().customers) do
      local azure = azure_of(partner, customer.id)
      assert.equal("MS-AZR-0145P", azure.offerId)
      assert.equal("active", azure.status)
      assert.is_string(azure.attributes.etag)
      assert.are_not.equal(azure.id, azure.entitlementId)
      assert.same(azure, partner("GET", (follow(azure.links.self))).json)
      for _, other in ipairs(items_of(partner, customer.id, "subscriptions")) do
        if not other.entitlementId then
          licenses = licenses + 1
          assert.equal("Licenses", other.unitType)
          refused(register(partner, customer.id, other.id), 400, 800011)
          assert.equal("NotRegistered", registration(partner, customer.id, other.id))
        end
      end
    end
    assert.is_true(licenses > 0 and licenses < 20)
  end)

  it("of an Azure plan say so", function()
    local simulator <close> = testing.simulator {world = "customers:\n  - {id: kowalski, azure: plan}\n"}
    local azure = azure_of(support.partner(simulator), simulator:world().customers[1].id)
    assert.equal("Azure plan", azure.offerName)
  end)

  it("are registered in steps, once however often they are asked for, and that is in the books", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0, settle = 300}
    local partner, customer = support.partner(simulator), simulator:world().customers[1].id
    local azure = azure_of(partner, customer)
    assert.equal("NotRegistered", registration(partner, customer, azure.id))
    local answer = register(partner, customer, azure.id:upper(), {["MS-CorrelationId"] = "night shift"})
    assert.equal(202, answer.status)
    assert.equal("", answer.body)
    assert.matches("^/customers/.+/registrationstatus$", answer.headers.location)
    assert.equal("Registering", registration(partner, customer, azure.id))
    assert.equal(202, register(partner, customer, azure.id).status)
    assert.equal("pending", effects(simulator, "register")[1].state)
    support.eventually(function() return registration(partner, customer, azure.id) == "Registered" end)
    assert.equal(202, register(partner, customer, azure.id).status)
    local books = effects(simulator, "register")
    assert.equal(1, #books)
    assert.equal("succeeded", books[1].state)
    assert.equal(customer, books[1].customer)
    assert.equal("night shift", books[1].correlation_id)
    assert.is_nil(books[1].amount)
    assert.is_nil(books[1].reservation)
  end)

  it("are not registered when that fails, and may be registered again", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0, settle = 20}
    local partner, customer = support.partner(simulator), simulator:world().customers[1].id
    local azure = azure_of(partner, customer)
    simulator:faults {fail_operation = {next = 1, on = "partner.register"}}
    register(partner, customer, azure.id)
    support.eventually(function() return effects(simulator, "register")[1].state == "failed" end)
    assert.equal("NotRegistered", registration(partner, customer, azure.id))
    registered(partner, customer)
    assert.equal(2, #effects(simulator, "register"))
  end)

  it("answer a request that is sent again with its id as they did the first time", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0, settle = 20}
    local partner, customer = support.partner(simulator), simulator:world().customers[1].id
    local azure = azure_of(partner, customer)
    simulator:faults {fail_operation = {next = 1, on = "partner.register"}}
    local once = {["MS-RequestId"] = "11111111-2222-4333-8444-555555555555"}
    local first = register(partner, customer, azure.id, once)
    support.eventually(function() return effects(simulator, "register")[1].state == "failed" end)
    local again = register(partner, customer, azure.id, once)
    assert.equal(202, again.status)
    assert.equal(first.headers.location, again.headers.location)
    assert.equal(1, #effects(simulator, "register"))
    assert.equal("NotRegistered", registration(partner, customer, azure.id))
  end)

  it("count as registered where the world began with reservations", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 1}
    local partner, customer = support.partner(simulator), simulator:world().customers[1].id
    assert.equal("Registered", registration(partner, customer, azure_of(partner, customer).id))
    refused(register(partner, customer, customer), 404, 20003)
    refused(partner("GET", "/v1/customers/" .. customer .. "/subscriptions/" .. customer), 404, 20003)
  end)
end)

-- The SKU of a product by what it is in Azure; which country and kind of subscription it is for comes with the query.
local function product_of(partner, title)
  for _, product in ipairs(partner("GET", "/v1/products?country=PL&targetView=AzureReservations").json.items) do
    if product.title:find(title, 1, true) then
      return product
    end
  end
end

local function sku_of(partner, title, region, duration)
  for _, sku in ipairs(partner("GET", (follow(product_of(partner, title).links.skus))).json.items) do
    if sku.dynamicAttributes.armRegionName == region and sku.dynamicAttributes.duration == duration then
      return sku
    end
  end
end

local function availability_of(partner, sku, country, query)
  local path = ("/v1/products/%s/skus/%s/availabilities?country="):format(sku.productId, sku.id)
  local items = partner("GET", path .. country .. (query or "")).json.items
  assert.equal(1, #items)
  return items[1]
end

describe("what Partner Center sells", function()
  local simulator, partner

  before_each(function()
    simulator = testing.simulator {world = "customers:\n  - {id: kowalski, country: PL}\n"}
    partner = support.partner(simulator)
  end)
  after_each(function() simulator:stop() end)

  local function products(query)
    return partner("GET", "/v1/products?" .. query)
  end

  it("is shown by views: reservations of all kinds, or of one", function()
    local everything = products("country=PL&targetView=AzureReservations").json.items
    local machines = products("country=PL&targetView=azurereservationsvm&targetSegment=commercial").json.items
    assert.is_true(#machines > 5 and #machines < #everything)
    for _, product in ipairs(machines) do
      assert.matches("^Reserved VM Instance", product.title)
    end
    assert.same({}, products("country=PL&targetView=OnlineServices").json.items)
    local one = everything[1]
    assert.same(one, partner("GET", (follow(one.links.self))).json)
  end)

  it("is refused for an unknown view, another segment, or no country", function()
    refused(products("country=PL&targetView=Horses"), 403, 400036)
    refused(products("country=PL&targetView=AzureReservations&targetSegment=education"), 403, 400030)
    refused(products("targetView=AzureReservations"), 400, 800002)
    refused(products("country=PL"), 400, 800002)
    refused(partner("GET", "/v1/products/DZ/skus?country=PL"), 404, 400013)
    refused(partner("GET", "/v1/products/DZSIM0000001/skus/9999/availabilities?country=PL"), 404, 400013)
    refused(partner("GET", "/v1/products/DZSIM0000001/skus"), 400, 800002)
  end)

  it("has SKUs by region and term, which say what buying takes", function()
    local sku = sku_of(partner, "Standard_D2s_v5", "polandcentral", "3Years")
    assert.equal("Standard_D2s_v5", sku.dynamicAttributes.armSkuName)
    assert.same({"one_time", "monthly"}, sku.supportedBillingCycles)
    assert.same({"InventoryCheck", "AzureSubscriptionRegistration"}, sku.purchasePrerequisites)
    assert.same({"one_time"}, sku_of(partner, "Red Hat", "polandcentral", "1Year").supportedBillingCycles)
    assert.same(sku, partner("GET", (follow(sku.links.self))).json)
  end)

  it("has availabilities by country and kind of subscription, and others after prices moved", function()
    local sku = sku_of(partner, "Standard_D2s_v5", "polandcentral", "3Years")
    local here = availability_of(partner, sku, "PL")
    assert.equal(("%s:%s:%s"):format(sku.productId, sku.id, here.id), here.catalogItemId)
    assert.equal("PLN", here.defaultCurrency.code)
    assert.same({{duration = "P3Y"}}, here.terms)
    assert.is_true(here.isPurchasable)
    assert.same(here.catalogItemId, availability_of(partner, sku, "PL").catalogItemId)
    assert.are_not.equal(here.id, availability_of(partner, sku, "DE").id)
    assert.are_not.equal(here.id, availability_of(partner, sku, "PL", "&reservationScope=AzurePlan").id)
    simulator:change {prices = 0.9}
    assert.are_not.equal(here.id, availability_of(partner, sku, "PL").id)
  end)

  it("may be sold out in a region, which checking the inventory tells", function()
    local customer = simulator:world().customers[1].id
    local context = {customerId = customer, azureSubscriptionId = azure_of(partner, customer).entitlementId}
    local function check(product, sku)
      return partner("POST", "/v1/extensions/product/checkInventory?country=PL",
        {TargetItems = {{ProductId = product, SkuId = sku}}, InventoryContext = context})
    end
    local free, out = 0, 0
    for _, product in ipairs(products("country=PL&targetView=AzureReservations").json.items) do
      for _, item in ipairs(check(product.id).json) do
        assert.equal(product.id, item.productId)
        assert.equal(item.isRestricted and 1 or 0, #item.restrictions)
        free, out = free + (item.isRestricted and 0 or 1), out + (item.isRestricted and 1 or 0)
      end
    end
    assert.is_true(out > 5 and free > 10 * out, free .. " free, " .. out .. " sold out")
    local sku = sku_of(partner, "Standard_D2s_v5", "polandcentral", "3Years")
    local answer = check(sku.productId, sku.id)
    assert.equal(MARK, answer.body:sub(1, 3))
    assert.equal(1, #answer.json)
    refused(check("DZ"), 404, 400013)
    context.azureSubscriptionId = customer
    refused(check(sku.productId), 400, 800011)
    context.customerId = simulator.tenant
    refused(check(sku.productId), 403, 20002)
    refused(partner("POST", "/v1/extensions/product/checkInventory", {TargetItems = {}}), 400, 800002)
  end)
end)

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
