-- Change the scope of the reservation of one row, as the step before found it, and write the row that puts it back.
local reservations = require "tenure.reservations"

local SUBSCRIPTION = "/subscriptions/"
local MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/"

local takes = {
  Shared = "Shared leaves subscription, resource_group and management_group empty",
  Single = "Single takes subscription, its GUID or full id, and nothing else",
  ResourceGroup = "ResourceGroup takes resource_group, its full id, or its name and its subscription, and nothing else",
  ManagementGroup = "ManagementGroup takes management_group, its name or full id, and nothing else",
}

-- The column and the scope of an id.
local function kind(id)
  local folded = id:lower()
  if folded:find "^/subscriptions/%x+%-%x+%-%x+%-%x+%-%x+$" then
    return "subscription", "Single"
  elseif folded:find "^/subscriptions/%x+%-%x+%-%x+%-%x+%-%x+/resourcegroups/[^/]+$" then
    return "resource_group", "ResourceGroup"
  elseif folded:find "^/providers/microsoft%.management/managementgroups/[^/]+$" then
    return "management_group", "ManagementGroup"
  end
end

local function whole(text, head)
  return text:sub(1, 1) == "/" and text or head .. text
end

-- What a row asks for, as reservations.update takes it; nil where its cells do not go together.
local function wanted(row)
  local subscription, group, management = row.subscription, row.resource_group, row.management_group
  local id
  if row.scope == "Shared" then
    return not (subscription or group or management) and "Shared" or nil
  elseif row.scope == "Single" and not (group or management) then
    id = subscription and whole(subscription, SUBSCRIPTION)
  elseif row.scope == "ResourceGroup" and group and not management then
    id = subscription and whole(subscription, SUBSCRIPTION) .. "/resourceGroups/" .. group or group
  elseif row.scope == "ManagementGroup" and not (subscription or group) then
    id = management and whole(management, MANAGEMENT_GROUP)
  end
  return id and select(2, kind(id)) == row.scope and id or nil
end

-- The same of a reservation as it is. A management group stands nowhere but among the properties.
local function now(reservation)
  if reservation.scope == "Shared" then
    return "Shared"
  end
  local properties = reservation.raw.properties.appliedScopeProperties
  local group = type(properties) == "table" and properties.managementGroupId
  local id = reservation.scopes and reservation.scopes[1] or group
  return type(id) == "string" and kind(id) and id or nil
end

-- The cells that say so in a row. Full ids, for a name such as -shop would not come back from a CSV file as it was.
local function cells(scope)
  if scope == "Shared" then
    return {scope = scope}
  end
  local column, word = kind(scope)
  return {scope = word, [column] = scope}
end

local function guid(id)
  return id:match("[^/]+$"):lower()
end

local function check_row(ctx, row)
  if not wanted(row) then
    ctx.fail("row-unclear", takes[row.scope])
  end
  local times = 0
  for _, other in ipairs(ctx.rows) do
    times = times + (guid(other.reservation) == guid(row.reservation) and 1 or 0)
  end
  if times > 1 then
    ctx.fail("named-twice", ("%d rows are about reservation %s: which is meant?"):format(times, guid(row.reservation)))
  end
end

-- Fails what Azure would refuse, so that it is told in the plan. Of a resource group its subscription decides; of a
-- management group Azure is not known to say anything.
local function check_available(ctx, reservation, scope)
  local subscription = scope:match "^/[^/]+/[^/]+"
  if scope == "Shared" or kind(subscription) ~= "subscription" then
    return
  end
  for _, answer in ipairs(reservations.available_scopes(reservation, {scopes = {subscription}})) do
    if answer.valid == false then
      ctx.fail("scope-not-available", "Azure does not let this reservation apply to " .. subscription)
    end
  end
end

local function check_reservation(ctx, reservation, before)
  if not reservation then
    ctx.fail("not-there", "the customer has no reservation " .. ctx.item.item.reservation)
  elseif reservation.state == "Cancelled" or reservation.state == "Expired" then
    ctx.fail("not-in-effect", "it is " .. reservation.state)
  elseif not before then
    ctx.fail("scope-unknown", "Azure does not say what its scope is now: nobody could put it back")
  end
end

return function(ctx)
  local row, reservation = ctx.item.item, ctx.item.value
  check_row(ctx, row)
  local scope, before = wanted(row), reservation and now(reservation)
  check_reservation(ctx, reservation, before)
  if before:lower() == scope:lower() then
    ctx.skip("already-so", before)
  end
  check_available(ctx, reservation, scope)
  local outcome = reservations.update(reservation, {scope = scope})
  if outcome.state == "succeeded" then -- not in a plan: a part of it may never be approved
    local undo = cells(before)
    undo.customer, undo.reservation = ctx.customer, reservation
    ctx.output("undo", undo)
  end
  return outcome
end
