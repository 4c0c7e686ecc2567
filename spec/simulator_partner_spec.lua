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
