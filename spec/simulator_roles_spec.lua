-- Microsoft.Authorization in the simulator: rights on all reservations, on an order, on one reservation.
local support = require "support"
local testing = require "tenure.testing"

local VERSION = "?api-version=2022-04-01"
local ALL = "/providers/Microsoft.Capacity"
local ROLES = "/providers/Microsoft.Authorization/roleDefinitions/"
local ADMINISTRATOR, READER = "a8889054-8d42-49c9-bc1c-52486c10e7cd", "582fc458-8989-419f-a480-75249bc5db7e"
local NAME = "11111111-aaaa-4000-8000-00000000000%d"
local PRINCIPAL, OTHER = "22222222-bbbb-4000-8000-000000000001", "22222222-bbbb-4000-8000-000000000002"

local world = [[
customers:
  - id: smith
    reservations:
      - {id: first, order: pair}
      - {id: second, order: pair}
  - {id: jones, reservations: [{id: theirs}]}
]]

local function body(role, principal, more)
  local properties = {roleDefinitionId = ROLES .. role, principalId = principal or PRINCIPAL, principalType = "Group"}
  for name, value in pairs(more or {}) do
    properties[name] = value
  end
  return {properties = properties}
end

describe("the simulator's role assignments", function()
  local simulator, arm, order, first, second, customer

  before_each(function()
    simulator = testing.simulator {world = world}
    arm = support.arm(simulator, "smith")
    customer = simulator:world().customers[1]
    order = ALL .. "/reservationOrders/" .. customer.reservations[1].order
    first = order .. "/reservations/" .. customer.reservations[1].id
    second = order .. "/reservations/" .. customer.reservations[2].id
  end)

  after_each(function()
    simulator:stop()
  end)

  local function path(scope, number)
    return scope .. "/providers/Microsoft.Authorization/roleAssignments/" .. NAME:format(number) .. VERSION
  end

  local function put(scope, number, content)
    return arm("PUT", path(scope, number), content)
  end

  -- The names that are listed at a scope, but for the owner that each order has.
  local function listed(scope, filter)
    local query = filter and "&$filter=" .. support.escape(filter) or ""
    local answer = arm("GET", scope .. "/providers/Microsoft.Authorization/roleAssignments" .. VERSION .. query)
    assert.equal(200, answer.status, answer.body)
    local names = {}
    for _, one in ipairs(answer.json.value) do
      if not one.properties.roleDefinitionId:find("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", 1, true) then
        names[#names + 1] = tonumber(one.name:sub(-1))
      end
    end
    table.sort(names)
    return names
  end

  local function refused(answer, status, code)
    assert.equal(status, answer.status, answer.body)
    assert.equal(code, answer.json.error.code)
  end

  it("are made with the caller's name, read back, and there once", function()
    local made = put(order, 1, body(ADMINISTRATOR, PRINCIPAL, {description = "night shift"}))
    local again = put(order, 1, body(ADMINISTRATOR, PRINCIPAL, {description = "night shift"}))
    assert.equal(201, made.status)
    assert.equal(200, again.status)
    assert.equal(order .. "/providers/Microsoft.Authorization/roleAssignments/" .. NAME:format(1), made.json.id)
    assert.equal(NAME:format(1), made.json.name)
    assert.equal("Microsoft.Authorization/roleAssignments", made.json.type)
    local p = made.json.properties
    assert.same({ROLES .. ADMINISTRATOR, PRINCIPAL, "Group", order, "night shift"}, {p.roleDefinitionId, p.principalId,
      p.principalType, p.scope, p.description})
    assert.same(made.json, arm("GET", path(order, 1)).json)
    assert.same(made.json, arm("GET", path(order:upper(), 1)).json)
    local effects = simulator:effects()
    assert.equal(1, #effects)
    assert.same({"grant", customer.id, "succeeded"}, {effects[1].kind, effects[1].customer, effects[1].state})
    assert.is_nil(effects[1].reservation)
  end)

  it("reach downwards only: what is on a reservation is listed there and nowhere else", function()
    put(ALL, 1, body(READER))
    put(order, 2, body(ADMINISTRATOR))
    put(first, 3, body(READER))
    assert.same({1}, listed(ALL))
    assert.same({1, 2}, listed(order))
    assert.same({1, 2, 3}, listed(first))
    assert.same({1, 2}, listed(second))
    assert.same({1, 2, 3}, listed(first, "atScope()"))
    assert.equal(404, arm("GET", path(order, 3)).status)
    assert.equal(404, arm("GET", path(first, 2)).status)
    local effects = simulator:effects()
    assert.equal(customer.reservations[1].id, effects[3].reservation)
  end)

  it("are listed for one principal", function()
    put(order, 1, body(READER, PRINCIPAL))
    put(order, 2, body(READER, OTHER))
    assert.same({1}, listed(order, "principalId eq '" .. PRINCIPAL:upper() .. "'"))
    assert.same({2}, listed(order, "assignedTo('" .. OTHER .. "')"))
    assert.same({2}, listed(order, "atScope() and principalId eq " .. OTHER))
    local scope = order .. "/providers/Microsoft.Authorization/roleAssignments" .. VERSION
    refused(arm("GET", scope .. "&$filter=" .. support.escape("roleName eq 'x'")), 400, "InvalidFilter")
  end)

  it("have the order's buyer as owner from the beginning, who may be revoked", function()
    local scope = order .. "/providers/Microsoft.Authorization/roleAssignments"
    local owner = arm("GET", scope .. VERSION).json.value
    assert.equal(1, #owner)
    assert.equal("User", owner[1].properties.principalType)
    assert.equal(200, arm("DELETE", owner[1].id .. VERSION).status)
    assert.same({}, arm("GET", scope .. VERSION).json.value)
  end)

  it("stay behind when their order moves to another directory, which owns it then", function()
    put(order, 1, body(READER))
    local there = simulator:world().customers[2].id
    local moved = arm("POST", order .. "/changeDirectory?api-version=2022-11-01", {destinationTenantId = there})
    assert.equal(200, moved.status, moved.body)
    local jones = support.arm(simulator, "jones")
    local found = jones("GET", order .. "/providers/Microsoft.Authorization/roleAssignments" .. VERSION).json.value
    assert.equal(1, #found)
    assert.equal("User", found[1].properties.principalType)
  end)

  it("are revoked once, then there is nothing to revoke", function()
    local made = put(first, 1, body(READER))
    local gone, again = arm("DELETE", path(first, 1)), arm("DELETE", path(first, 1))
    assert.same({200, made.json}, {gone.status, gone.json})
    assert.same({204, ""}, {again.status, again.body})
    assert.same({}, listed(first))
    local kinds = {}
    for _, effect in ipairs(simulator:effects()) do
      kinds[#kinds + 1] = effect.kind
    end
    assert.same({"grant", "revoke"}, kinds)
    assert.equal(201, put(first, 1, body(READER)).status)
  end)

  it("exist once for scope, role and principal, whatever their name", function()
    put(order, 1, body(READER))
    refused(put(order, 2, body(READER)), 409, "RoleAssignmentExists")
    assert.equal(201, put(first, 2, body(READER)).status)
    assert.equal(201, put(order, 3, body(ADMINISTRATOR)).status)
    assert.equal(201, put(order, 4, body(READER, OTHER)).status)
  end)

  it("may get another description, but neither another role nor another principal", function()
    put(order, 1, body(READER))
    assert.equal("new", put(order, 1, body(READER, PRINCIPAL, {description = "new"})).json.properties.description)
    refused(put(order, 1, body(ADMINISTRATOR)), 400, "RoleAssignmentUpdateNotPermitted")
    refused(put(order, 1, body(READER, OTHER)), 400, "RoleAssignmentUpdateNotPermitted")
    assert.equal(2, #simulator:effects())
  end)

  it("are refused for what is not there or not well formed, and not booked", function()
    local unknown = "99999999-0000-4000-8000-000000000000"
    refused(put(order, 1, body(unknown)), 400, "RoleDefinitionDoesNotExist")
    refused(put(order, 1, body(READER, simulator.env.AZURE_CLIENT_ID)), 400, "PrincipalNotFound")
    refused(put(order, 1, body(READER, "Ada")), 400, "InvalidPrincipalId")
    refused(put(order, 1, body(READER, PRINCIPAL, {principalType = "Robot"})), 400, "InvalidPrincipalType")
    refused(put(order, 1, body(READER, PRINCIPAL, {conditionVersion = "1.0"})), 400, "InvalidConditionVersion")
    refused(put(order, 1, {properties = {principalId = PRINCIPAL}}), 400, "BadRequestFormat")
    refused(put(order, 1, "[1]"), 400, "InvalidRequestContent")
    refused(arm("PUT", order .. "/providers/Microsoft.Authorization/roleAssignments/mine" .. VERSION, body(READER)),
      400, "InvalidRoleAssignmentId")
    refused(put(order:gsub("%x%x%x%x$", "ffff"), 1, body(READER)), 404, "ReservationOrderNotFound")
    local theirs = ALL .. "/reservationOrders/" .. simulator:world().customers[2].reservations[1].order
    refused(put(theirs, 1, body(READER)), 401, "InvalidAuthenticationTokenTenant")
    assert.same({}, simulator:effects())
  end)

  it("are made after the answer when that is late, once", function()
    simulator:faults {late = {next = 1, on = "roles.grant"}}
    assert.equal(504, put(order, 1, body(READER)).status)
    support.eventually(function() return #listed(order) == 1 end)
    assert.equal(200, put(order, 1, body(READER)).status)
    assert.equal(1, #simulator:effects())
  end)
end)

describe("the simulator's role definitions", function()
  it("are found by their names, and by their ids", function()
    local simulator <close> = testing.simulator {world = world}
    local arm = support.arm(simulator, "smith")
    local path = ALL .. "/providers/Microsoft.Authorization/roleDefinitions"
    local filter = "&$filter=" .. support.escape("roleName eq 'Reservations Administrator'")
    local found = arm("GET", path .. VERSION .. filter).json.value
    assert.equal(1, #found)
    assert.same({ADMINISTRATOR, ROLES .. ADMINISTRATOR}, {found[1].name, found[1].id})
    assert.same({"Reservations Administrator", "BuiltInRole"}, {found[1].properties.roleName, found[1].properties.type})
    assert.same({ALL}, found[1].properties.assignableScopes)
    assert.same(found[1], arm("GET", found[1].id .. VERSION).json)
    assert.equal(7, #arm("GET", path .. VERSION).json.value)
    assert.same({}, arm("GET", path .. VERSION .. "&$filter=" .. support.escape("roleName eq 'King'")).json.value)
    local unknown = arm("GET", path .. "/99999999-0000-4000-8000-000000000000" .. VERSION)
    assert.same({404, "RoleDefinitionDoesNotExist"}, {unknown.status, unknown.json.error.code})
  end)
end)
