-- What the things of a run are called, the same on every page. Nothing here is escaped.

local text = require "render.text"

local names = {}

-- A link for a person into the portal at that origin, made of an id that is one: names and blanks do not get into it.
function names.portal(id, portal)
  if not id or not portal or not id:find("^/[%w%-%._/]+$") then return nil end
  return portal .. "/#resource" .. id .. "/overview"
end

-- The last part of a long id, which is what portals search by; anything else as it is.
function names.short_id(id)
  id = tostring(id or "")
  return id:match("^/.*/([^/]+)$") or id
end

-- Whose an effect or an item is: by name where it has one; nil of what is the run's own.
function names.customer(row)
  for _, name in ipairs {row.customer_name or "", row.customer or ""} do
    if name ~= "" then return name end
  end
  return nil
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

local function asked(effect, name)
  for _, ask in ipairs(effect.asks or {}) do
    if ask.name == name and type(ask.value) == "table" then return ask.value end
  end
  return {}
end

-- One word as it is, anything else in quotes.
local function word(value) return tostring(value):find("^[%w_.-]+$") and value or names.quoted(value) end

local function each(list, describe)
  local parts = {}
  for i, element in ipairs(list) do parts[i] = describe(element) end
  return parts
end

local function described_return(given)
  local id, quantity = given, nil
  if type(given) == "table" then id, quantity = given.reservation, given.quantity end
  return (quantity and quantity .. " x " or "") .. names.short_id(id)
end

local function described_purchase(bought)
  return ("%s x %s"):format(tostring(bought.quantity or 1),
                            table.concat(each({bought.sku, bought.region, bought.term}, word), " "))
end

local function described_plan(plan)
  local hourly = text.is_money(plan.commitment) and text.money(plan.commitment) or word(plan.commitment)
  return ("a savings plan of %s an hour for %s"):format(hourly, word(plan.term))
end

-- "1 x 55b0c813-… for 2 x Standard_D4s_v5 eastus P3Y": what an exchange gives back, and what it buys; nil for anything
-- else.
function names.exchanged(effect)
  if effect.operation ~= "exchange" then return nil end
  local given = each(asked(effect, "exchange"), described_return)
  local bought = each(asked(effect, "purchase"), described_purchase)
  local plans = each(asked(effect, "savings_plans"), described_plan)
  table.move(plans, 1, #plans, #bought + 1, bought)
  if #bought == 0 or #given == 0 then return nil end
  return table.concat(given, " + ") .. " for " .. table.concat(bought, " + ")
end

-- "4 x Standard_D4s_v5, eastus, 7d208750-…": what an effect acts on, with the id to look it up by; where it moves no
-- money also what people call it, 'Standard_D4s_v5, eastus, "build agents", 7d208750-…'.
function names.subject(effect)
  local exchange = names.exchanged(effect)
  if exchange then return exchange end
  local parts = {}
  if effect.subject_name and effect.subject_name ~= "" then
    parts[1] = (effect.quantity and effect.quantity .. " x " or "") .. effect.subject_name
  end
  if effect.called and not effect.planned then parts[#parts + 1] = names.quoted(effect.called) end
  local named = effect.subject and effect.subject ~= "" and names.quoted(effect.subject)
  parts[#parts + 1] = names.thing(effect) or named or "the customer as a whole"
  return table.concat(parts, ", ")
end

-- The command that tells everything about an effect.
function names.why(effect) return ("tenure why %s %s"):format(effect.run, effect.key:sub(1, 12)) end

-- "worth", "per customer: count"
function names.guard_kind(guard)
  local kind = tostring(guard.kind)
  return guard.per_customer and "per customer: " .. kind or kind
end

return names
