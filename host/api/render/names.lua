-- What the things of a run are called, the same on every page. Nothing here is escaped.

local names = {}

-- Where the portal of a cloud is. A simulator's links lead to the public one, as those of scripts do.
local portals = {AzureUSGovernment = "https://portal.azure.us", AzureChinaCloud = "https://portal.azure.cn"}
local PUBLIC_PORTAL = "https://portal.azure.com"

-- A link for a person, made of an id that is one: names and blanks do not get into it.
function names.portal(id, cloud)
  if not id or not id:find("^/[%w%-%._/]+$") then return nil end
  return (portals[cloud] or PUBLIC_PORTAL) .. "/#resource" .. id .. "/overview"
end

-- The last part of a long id, which is what portals search by; anything else as it is.
function names.short_id(id)
  id = tostring(id or "")
  return id:match("^/.*/([^/]+)$") or id
end

-- Anybody's text, so that it cannot look like ours.
function names.quoted(value) return '"' .. tostring(value):gsub('[\\"]', "\\%0") .. '"' end

-- The id of what an effect acts on, where Azure gave it one; nil for a name that a script gave.
function names.thing(effect)
  return effect.subject and effect.subject:find("^/") and names.short_id(effect.subject) or nil
end

-- The GUID of the order whose reservation, or which itself, an effect acts on; Azure spells the word in several cases.
function names.order(effect)
  return effect.subject and effect.subject:match("^/.*/[Rr]eservation[Oo]rders/([^/]+)") or nil
end

-- "4 x Standard_D4s_v5, eastus, 7d208750-…": what an effect acts on, with the id to look it up by; where it moves no
-- money also what people call it, 'Standard_D4s_v5, eastus, "build agents", 7d208750-…'.
function names.subject(effect)
  local parts = {}
  if effect.subject_name and effect.subject_name ~= "" then
    parts[1] = (effect.quantity and effect.quantity .. " x " or "") .. effect.subject_name
  end
  if effect.called and not effect.planned then parts[#parts + 1] = names.quoted(effect.called) end
  local named = effect.subject and effect.subject ~= "" and names.quoted(effect.subject)
  parts[#parts + 1] = names.thing(effect) or named or "the customer as a whole"
  return table.concat(parts, ", ")
end

-- "worth", "per customer: count"
function names.guard_kind(guard)
  local kind = tostring(guard.kind)
  return guard.per_customer and "per customer: " .. kind or kind
end

return names
