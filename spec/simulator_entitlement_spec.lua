-- Partner Center as the simulator plays it: what it tells users only, entitlements and self-serve policies.
local partner_center = require "partner_center"
local support = require "support"
local testing = require "tenure.testing"

local effects = support.effects
local follow = partner_center.follow
local items_of = partner_center.items_of
local refused = partner_center.refused

describe("entitlements", function()
  local WORLD = [[
customers:
  - id: kowalski
    reservations:
      - {id: r1, order: o1, quantity: 3, sku: Standard_D2s_v5, region: westeurope, term: P3Y, name: erp}
      - {id: r2, order: o1, quantity: 2}
      - {id: r3, order: o3, state: Cancelled}
      - {id: r4, order: o4, sku: Standard_Unheard_of}
      - {id: r5, order: o5, state: Failed}
  - {id: smith}
]]
  local simulator, user, kowalski, smith

  before_each(function()
    simulator = testing.simulator {world = WORLD, settle = 20}
    user = partner_center.user(simulator)
    kowalski, smith = table.unpack(simulator:world().customers)
  end)
  after_each(function() simulator:stop() end)

  local function entitlements(query)
    return items_of(user, kowalski.id, "entitlements" .. (query or ""))
  end

  it("are told to a user, not to an application alone", function()
    local app = support.partner(simulator)
    refused(app("GET", "/v1/customers/" .. kowalski.id .. "/entitlements"), 403, 2032)
    refused(app("GET", "/v1/SelfServePolicy?entity_id=" .. kowalski.id), 403, 2032)
    assert.same({}, items_of(user, smith.id, "entitlements"))
    refused(user("GET", "/v1/customers/" .. simulator.tenant .. "/entitlements"), 403, 20002)
  end)

  it("are the reservations that the customer has, by order, and lead to them", function()
    local listed = entitlements "?entitlementType=reservedInstance&showExpiry=true"
    assert.equal(2, #listed)
    local first, artifact = listed[1], listed[1].entitledArtifacts[1]
    assert.equal(5, first.quantity)
    assert.same({{quantity = 5, status = "Fulfilled"}}, first.quantityDetails)
    assert.equal(kowalski.reservations[1].order, artifact.resourceId)
    assert.equal("reservedinstance", artifact.artifactType)
    assert.equal("VirtualMachines", artifact.dynamicAttributes.reservationType)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT", first.expiryDate)
    assert.is_nil(entitlements()[1].expiryDate)
    assert.is_string(first.productId)
    assert.is_nil(listed[2].productId)
    local order = user("GET", "/v1/customers/" .. kowalski.id .. "/orders/" .. first.referenceOrder.id).json
    assert.equal(first.referenceOrder.alternateId, order.alternateId)
    assert.matches("^/v1/", artifact.link.uri)
    local held = user("GET", (follow(artifact.link))).json
    assert.equal("reservedinstance", held.type)
    assert.equal(kowalski.reservations[1].id, held.reservations[1].reservationId)
    assert.same({"erp", "Shared", 3}, {
      held.reservations[1].displayName, held.reservations[1].scopeType, held.reservations[1].quantity,
    })
    assert.equal(2, #held.reservations)
    assert.same({}, entitlements "?entitlementType=software")
  end)

  it("lead nowhere for others, and for what was given back", function()
    local path = "/v1/customers/%s/artifacts/reservedinstances/%s"
    local order, cancelled = kowalski.reservations[1].order, kowalski.reservations[3].order
    refused(user("GET", path:format(smith.id, order)), 404, 20000)
    refused(user("GET", path:format(kowalski.id, cancelled)), 404, 20000)
    refused(user("GET", path:format(kowalski.id, "nothing")), 404, 20000)
    refused(support.partner(simulator)("GET", path:format(kowalski.id, order)), 403, 2032)
  end)

  it("are those of a moment ago where reads are stale", function()
    local arm = support.arm(simulator, kowalski.id)
    local order = "/providers/Microsoft.Capacity/reservationOrders/" .. kowalski.reservations[4].order
    local wanted = {
      scope = "Reservation",
      reservationToReturn = {reservationId = order .. "/reservations/" .. kowalski.reservations[4].id, quantity = 1},
    }
    wanted.sessionId = arm("POST", order .. "/calculateRefund", {properties = wanted}).json.properties.sessionId
    assert.equal(202, arm("POST", order .. "/return", {properties = wanted}).status)
    support.eventually(function() return #entitlements() == 1 end)
    simulator:faults {stale = {on = "entitlements", for_ms = 3600000}}
    assert.equal(2, #entitlements())
  end)
end)

describe("a self-serve policy", function()
  local simulator, user, customer

  before_each(function()
    simulator = testing.simulator {world = "customers:\n  - {id: kowalski}\n  - {id: smith}\n"}
    user = partner_center.user(simulator)
    customer = simulator:world().customers[1].id
  end)
  after_each(function() simulator:stop() end)

  local function body(parts)
    local whole = {
      selfServeEntity = {selfServeEntityType = "customer", tenantID = customer},
      grantor = {grantorType = "billToPartner", tenantID = simulator.tenant},
      permissions = {{resource = "AzureReservedInstances", action = "Purchase"}},
    }
    for name, value in pairs(parts or {}) do
      whole[name] = value
    end
    return whole
  end

  local function policies(whose)
    local answer = user("GET", "/v1/SelfServePolicy?entity_id=" .. (whose or customer))
    assert.equal(200, answer.status, answer.body)
    assert.equal(#answer.json.items, answer.json.totalCount)
    return answer.json.items
  end

  it("is granted once, read, and revoked; each change is in the books", function()
    assert.same({}, policies())
    local answer = user("POST", "/v1/SelfServePolicy", body(), {["MS-CorrelationId"] = "night shift"})
    assert.equal(201, answer.status, answer.body)
    assert.equal(simulator.tenant .. "_" .. customer, answer.json.id)
    assert.same(body().permissions, answer.json.permissions)
    assert.same(body().selfServeEntity, answer.json.selfServeEntity)
    assert.same(body().grantor, answer.json.grantor)
    assert.matches('^".+"$', answer.json.attributes.etag)
    assert.same({answer.json}, policies())
    assert.same({}, policies(simulator:world().customers[2].id))
    refused(user("POST", "/v1/SelfServePolicy", body()), 409, 600041)
    assert.equal(204, user("DELETE", "/v1/SelfServePolicy/" .. answer.json.id:upper()).status)
    assert.same({}, policies())
    refused(user("DELETE", "/v1/SelfServePolicy/" .. answer.json.id), 404, 600040)
    local granted, revoked = effects(simulator, "grant_policy"), effects(simulator, "revoke_policy")
    assert.same({1, 1}, {#granted, #revoked})
    assert.same({customer, "succeeded", "night shift"}, {
      granted[1].customer, granted[1].state, granted[1].correlation_id,
    })
    assert.is_nil(granted[1].amount)
    local again = user("POST", "/v1/SelfServePolicy", body()).json
    assert.are_not.equal(answer.json.attributes.etag, again.attributes.etag)
  end)

  it("may cover savings plans too", function()
    local permissions = {
      {resource = "AzureReservedInstances", action = "Purchase"}, {resource = "AzureSavingsPlan", action = "Purchase"},
    }
    assert.same(permissions, user("POST", "/v1/SelfServePolicy", body {permissions = permissions}).json.permissions)
  end)

  it("is granted and revoked once for one request id", function()
    local grant = {["MS-RequestId"] = "11111111-2222-4333-8444-555555555555"}
    local revoke = {["MS-RequestId"] = "99999999-2222-4333-8444-555555555555"}
    simulator:faults {drop = {next = 1, on = "grant_policy"}}
    assert.is_false((pcall(user, "POST", "/v1/SelfServePolicy", body(), grant)))
    local id = user("POST", "/v1/SelfServePolicy", body(), grant).json.id
    for _ = 1, 2 do
      assert.equal(204, user("DELETE", "/v1/SelfServePolicy/" .. id, nil, revoke).status)
    end
    assert.same({1, 1}, {#effects(simulator, "grant_policy"), #effects(simulator, "revoke_policy")})
  end)

  it("is refused to an application alone, for nobody, and in other words", function()
    local app = support.partner(simulator)
    local function grant(parts)
      return user("POST", "/v1/SelfServePolicy", body(parts))
    end
    refused(app("POST", "/v1/SelfServePolicy", body()), 403, 2032)
    refused(app("DELETE", "/v1/SelfServePolicy/" .. simulator.tenant .. "_" .. customer), 403, 2032)
    refused(grant {selfServeEntity = {selfServeEntityType = "customer", tenantID = simulator.tenant}}, 403, 20002)
    refused(grant {selfServeEntity = {selfServeEntityType = "user", tenantID = customer}}, 400, 800002)
    refused(grant {grantor = {grantorType = "billToPartner", tenantID = customer}}, 400, 800002)
    refused(grant {permissions = {{resource = "Everything", action = "Purchase"}}}, 400, 800002)
    refused(grant {permissions = {{resource = "AzureReservedInstances", action = "Refund"}}}, 400, 800002)
    refused(grant {permissions = {}}, 400, 800002)
    refused(user("POST", "/v1/SelfServePolicy"), 400, 800002)
    refused(user("GET", "/v1/SelfServePolicy"), 400, 800002)
    refused(user("DELETE", "/v1/SelfServePolicy/" .. customer), 404, 600040)
    assert.same({}, simulator:effects())
  end)
end)
