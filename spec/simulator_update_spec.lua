-- The simulator's changes of reservations that cost nothing: settings, scopes, archiving.
local support = require "support"
local testing = require "tenure.testing"

local CAPACITY = "/providers/Microsoft.Capacity"

local WORLD = [[
customers:
  - id: kowalski
    reservations:
      - {id: live, sku: Standard_D2s_v5, quantity: 3, name: web}
      - {id: over, sku: Standard_D2s_v5, state: Cancelled}
      - {id: database, sku: SQLDB_GP_Compute_Gen5}
  - id: smith
]]

describe("the simulator", function()
  local simulator, arm, path, billed, spare

  local function reservation(number)
    local one = simulator:world().customers[1].reservations[number]
    return ("%s/reservationOrders/%s/reservations/%s"):format(CAPACITY, one.order, one.id), one.id
  end

  local function patch(properties, of)
    return arm("PATCH", of or path, {properties = properties})
  end

  local function properties(of)
    return arm("GET", of or path).json.properties
  end

  local function refused(answer, status, code)
    assert.equal(status, answer.status, answer.body)
    assert.equal(code, answer.json.error.code)
    assert.is_string(answer.json.error.message)
  end

  before_each(function()
    simulator = testing.simulator {world = WORLD, settle = 50}
    arm = support.arm(simulator, "kowalski")
    path = reservation(1)
    local world = simulator:world().customers[1]
    billed, spare = world.subscriptions[1], world.subscriptions[2]
  end)

  after_each(function()
    simulator:stop()
  end)

  it("changes what a patch names and nothing else, in two revisions", function()
    local before = arm("GET", path).json
    local answer = patch {name = "shop"}
    assert.equal(200, answer.status)
    assert.is_nil(answer.headers["azure-asyncoperation"])
    assert.equal("shop", answer.json.properties.displayName)
    assert.equal(before.etag + 2, answer.json.etag)
    before.properties.displayName = "shop"
    before.etag = before.etag + 2
    before.properties.effectiveDateTime = answer.json.properties.effectiveDateTime
    before.properties.lastUpdatedDateTime = answer.json.properties.lastUpdatedDateTime
    assert.same(before, arm("GET", path).json)
    local history = arm("GET", path .. "/revisions").json.value
    assert.equal("shop", history[1].properties.displayName)
    assert.equal("Pending", history[2].properties.extendedStatusInfo.statusCode)
    assert.equal("web", history[2].properties.displayName)
    assert.equal("web", history[3].properties.displayName)
    assert.equal("shop", simulator:world().customers[1].reservations[1].name)
  end)

  it("enters an accepted patch into the book once", function()
    local _, id = reservation(1)
    patch {name = "shop"}
    patch {name = "shop"}
    local effects = simulator:effects()
    assert.equal(1, #effects)
    assert.same({"update", id, 3, "succeeded"}, {
      effects[1].kind, effects[1].reservation, effects[1].quantity, effects[1].state,
    })
    assert.is_nil(effects[1].amount)
  end)

  it("switches flexibility and renewal, and keeps what to buy then and when to look at it", function()
    local request = {sku = {name = "Standard_D4s_v5"}, location = "westeurope", properties = {quantity = 7}}
    patch {
      instanceFlexibility = "Off", renew = true, reviewDateTime = "2099-05-06T07:08:09Z",
      renewProperties = {purchaseProperties = request},
    }
    local now = properties()
    assert.equal("Off", now.instanceFlexibility)
    assert.is_true(now.renew)
    assert.equal("On", now.userFriendlyRenewState)
    assert.matches("^2099%-05%-06T07:08:09", now.reviewDateTime)
    assert.same(request, properties(path .. "?expand=renewProperties").renewProperties.purchaseProperties)
    patch {renew = false}
    assert.equal("Off", properties().userFriendlyRenewState)
    assert.equal("Off", properties().instanceFlexibility)
  end)

  it("moves the scope to a subscription, a resource group, a management group, and back", function()
    patch {appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. spare}}
    local now = properties()
    assert.same({"Single", "Single"}, {now.appliedScopeType, now.userFriendlyAppliedScopeType})
    assert.same({"/subscriptions/" .. spare}, now.appliedScopes)
    assert.equal("/subscriptions/" .. billed, now.billingScopeId)

    local group = "/subscriptions/" .. billed .. "/resourceGroups/shop"
    patch {appliedScopeType = "Single", appliedScopeProperties = {resourceGroupId = group}}
    now = properties()
    assert.same({"Single", "ResourceGroup"}, {now.appliedScopeType, now.userFriendlyAppliedScopeType})
    assert.equal(group, now.appliedScopeProperties.resourceGroupId)

    local tenant = simulator:world().customers[1].id
    local top = "/providers/Microsoft.Management/managementGroups/top"
    patch {appliedScopeType = "ManagementGroup", appliedScopeProperties = {managementGroupId = top, tenantId = tenant}}
    now = properties()
    assert.same({"ManagementGroup", "ManagementGroup"}, {now.appliedScopeType, now.userFriendlyAppliedScopeType})
    assert.equal(top, now.appliedScopeProperties.managementGroupId)
    assert.equal(tenant, now.appliedScopeProperties.tenantId)
    assert.is_nil(now.appliedScopes)

    patch {appliedScopeType = "Shared"}
    now = properties()
    assert.same({"Shared", "Shared"}, {now.appliedScopeType, now.userFriendlyAppliedScopeType})
    assert.is_nil(now.appliedScopeProperties)
    local filter = support.escape "properties/userFriendlyAppliedScopeType eq 'ManagementGroup'"
    assert.equal(0, #arm("GET", CAPACITY .. "/reservations?%24filter=" .. filter).json.value)
  end)

  it("says which scopes would do", function()
    local other = simulator:world().customers[2].subscriptions[1]
    local group = "/subscriptions/" .. spare:upper() .. "/resourcegroups/shop"
    local answer = arm("POST", path .. "/availableScopes", {properties = {
      scopes = {"/subscriptions/" .. billed, group, "/subscriptions/" .. other, "nonsense"},
    }})
    assert.equal(200, answer.status)
    assert.same({
      {scope = "/subscriptions/" .. billed, valid = true}, {scope = group, valid = true},
      {scope = "/subscriptions/" .. other, valid = false}, {scope = "nonsense", valid = false},
    }, answer.json.properties.scopes)
    refused(arm("POST", path .. "/availableScopes", {properties = {}}), 400, "InvalidRequestContent")
    assert.same({}, simulator:effects())
  end)

  it("refuses a patch that changes nothing", function()
    refused(patch {name = "web", renew = false}, 400, "PatchValuesSameAsExisting")
    refused(patch {unknown = 1}, 400, "PatchValuesSameAsExisting")
    refused(patch {appliedScopeType = "Shared"}, 400, "AppliedScopesSameAsExisting")
    patch {appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. spare}}
    refused(patch {appliedScopes = {"/SUBSCRIPTIONS/" .. spare:upper()}}, 400, "AppliedScopesSameAsExisting")
    assert.equal(1, #simulator:effects())
  end)

  it("refuses scopes that are missing, too many, or somebody else's", function()
    local other = "/subscriptions/" .. simulator:world().customers[2].subscriptions[1]
    refused(patch {appliedScopeType = "Single"}, 400, "MissingAppliedScopesForSingle")
    refused(patch {appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. billed, other}}, 400,
      "InvalidSingleAppliedScopesCount")
    refused(patch {appliedScopeType = "Single", appliedScopes = {other}}, 400,
      "AppliedScopesNotAssociatedWithCommerceAccount")
    refused(patch {appliedScopeType = "Single", appliedScopes = {billed}}, 400,
      "AppliedScopesNotAssociatedWithCommerceAccount")
    refused(patch {appliedScopeType = "ManagementGroup"}, 400, "BadRequest")
    refused(patch {appliedScopeType = "ManagementGroup", appliedScopeProperties = {
      tenantId = simulator:world().customers[2].id,
      managementGroupId = "/providers/Microsoft.Management/managementGroups/top",
    }}, 400, "AppliedScopesNotAssociatedWithCommerceAccount")
    refused(patch {appliedScopeType = "Shared", appliedScopes = {"/subscriptions/" .. billed}}, 400, "BadRequest")
    refused(patch {appliedScopeType = "ResourceGroup", appliedScopes = {"/subscriptions/" .. billed}}, 400,
      "InvalidRequestContent")
    assert.equal("Shared", properties().appliedScopeType)
    assert.same({}, simulator:effects())
  end)

  it("refuses values that a setting cannot have", function()
    for _, values in ipairs {
      {name = ""}, {name = 1}, {renew = "yes"}, {instanceFlexibility = "Maybe"}, {reviewDateTime = "soon"},
      {renewProperties = {purchaseProperties = "same"}},
    } do
      refused(patch(values), 400, "InvalidRequestContent")
    end
    refused(patch {billingScopeId = "/subscriptions/" .. spare}, 400, "BillingScopeIdCannotBeChanged")
    refused(patch({instanceFlexibility = "Off"}, (reservation(3))), 400, "BadRequest")
    refused(arm("PATCH", path, {name = "not under properties"}), 400, "InvalidRequestContent")
  end)

  it("refuses to change what is over, and what is not there", function()
    local _, id = reservation(1)
    refused(patch({name = "new"}, (reservation(2))), 409, "OperationCannotBePerformedInCurrentState")
    refused(patch({name = "new"}, (path:gsub("%x+$", "000000000000"))), 404, "ReservationIdNotInReservationOrder")
    refused(support.arm(simulator, "smith")("PATCH", path, {properties = {name = "mine"}}), 401,
      "InvalidAuthenticationTokenTenant")
    local upper = path:sub(1, #path - #id) .. id:upper()
    assert.equal("shop", patch({name = "shop"}, upper).json.properties.displayName)
  end)

  it("archives what is over, once, and takes it out again", function()
    local over = reservation(2)
    refused(arm("POST", path .. "/archive"), 409, "OperationCannotBePerformedInCurrentState")
    for _ = 1, 2 do
      local answer = arm("POST", over .. "/archive")
      assert.same({200, ""}, {answer.status, answer.body})
    end
    assert.is_true(properties(over).archived)
    assert.equal("Cancelled", properties(over).provisioningState)
    for _ = 1, 2 do
      assert.equal(200, arm("POST", over .. "/unarchive").status)
    end
    assert.is_false(properties(over).archived)
    local kinds = {}
    for i, effect in ipairs(simulator:effects()) do
      kinds[i] = effect.kind
    end
    assert.same({"archive", "unarchive"}, kinds)
  end)

  it("answers 202 where updates are asynchronous, and tells at another URL when it is done", function()
    simulator:faults {updates = "async"}
    local answer = patch {name = "shop"}
    assert.same({202, ""}, {answer.status, answer.body})
    assert.is_truthy(tonumber(answer.headers["retry-after"]))
    support.contains(answer.headers.location, path)
    local operation = answer.headers["azure-asyncoperation"]
    support.eventually(function() return arm("GET", operation).json.status == "Succeeded" end)
    assert.equal("shop", arm("GET", answer.headers.location).json.properties.displayName)
    assert.equal("succeeded", simulator:effects()[1].state)

    simulator:faults {updates = "async", fail_operation = {next = 1, on = "reservations.update"}}
    operation = patch({name = "never"}).headers["azure-asyncoperation"]
    support.eventually(function() return arm("GET", operation).json.status == "Failed" end)
    assert.equal("CapacityUpdateScopesFailed", arm("GET", operation).json.error.code)
    assert.same({"shop", "Succeeded"}, {properties().displayName, properties().provisioningState})
    assert.equal("failed", simulator:effects()[2].state)
    assert.equal(404, arm("GET", (operation:gsub("operationresults/%d+", "operationresults/1"))).status)
  end)

  it("keeps a reservation whose update goes on from other changes", function()
    simulator:stop()
    simulator = testing.simulator {world = WORLD, settle = 600000, faults = {updates = "async"}}
    arm = support.arm(simulator, "kowalski")
    local operation = patch({name = "shop"}).headers["azure-asyncoperation"]
    assert.same({"Pending", "web"}, {properties().provisioningState, properties().displayName})
    assert.equal("Pending", arm("GET", operation).json.status)
    refused(patch {name = "other"}, 409, "OperationCannotBePerformedInCurrentState")
    assert.equal("pending", simulator:effects()[1].state)
  end)

  it("shows stale readers the settings of before", function()
    patch {name = "shop"}
    simulator:faults {stale = {next = 1, on = "reservations.get", for_ms = 3600000}}
    assert.equal("web", properties().displayName)
    assert.equal("shop", properties().displayName)
  end)

  it("does what was answered too late or not at all", function()
    simulator:faults {late = {next = 1, on = "reservations.update", after_ms = 20}}
    assert.equal(504, patch({name = "late"}).status)
    support.eventually(function() return properties().displayName == "late" end)
    simulator:faults {drop = {next = 1, on = "update"}}
    assert.is_false(pcall(patch, {name = "dropped"}))
    assert.equal("dropped", properties().displayName)
    simulator:faults {lose = {next = 1, on = "update"}}
    assert.is_false(pcall(patch, {name = "lost"}))
    assert.equal("dropped", properties().displayName)
    assert.equal(2, #simulator:effects())
  end)
end)
