-- Partner Center as the simulator plays it: who may ask, customers, subscriptions, what is sold.
local partner_center = require "partner_center"
local support = require "support"
local testing = require "tenure.testing"

local MARK = partner_center.MARK
local all = partner_center.all
local availability_of = partner_center.availability_of
local azure_of = partner_center.azure_of
local by_user = partner_center.by_user
local effects = support.effects
local follow = partner_center.follow
local items_of = partner_center.items_of
local refused = partner_center.refused
local register = partner_center.register
local registered = partner_center.registered
local registration = partner_center.registration
local sku_of = partner_center.sku_of

local function filter(field, value, operator)
  return support.escape(testing.json.encode {Field = field, Value = value, Operator = operator or "starts_with"})
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
  it("gives a user's token for the refresh token, with the next one", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 0}
    local app = support.token(simulator, simulator.tenant)
    local user = support.token(simulator, simulator.tenant, by_user(simulator))
    assert.equal(200, app.status, app.body)
    assert.equal(200, user.status, user.body)
    assert.is_nil(app.json.refresh_token)
    assert.equal(simulator.env.TENURE_REFRESH_TOKEN, user.json.refresh_token)
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
