-- What an effect asks for, as one line of text: 'renew false → true', 'role "Reservations Reader", principal d3aa…'.
-- asks(effect, most) -> text; "" where it asks for nothing but what its name says. most: characters of one value, what
-- is longer is cut and says by how much; nil: nothing is cut. Nothing here is escaped, but a value cannot look like
-- another one.

local json = require "render.json"
local names = require "render.names"
local text = require "render.text"

local function cut(value, most)
  local length = utf8.len(value)
  if not most or not length or length <= most then return value, "" end
  return value:sub(1, utf8.offset(value, most + 1) - 1), ("… (+%s)"):format(text.grouped(length - most))
end

-- One word is shown as it is; anything else in quotes, in which a quote is marked.
local function shown_text(value, most)
  if most then value = value:match("^/providers/[Mm]icrosoft%.[Cc]apacity/.*/([^/]+)$") or value end
  local shown, more = cut(value, most)
  return (shown:find("^[%w/][%w%._@:/+-]*$") and shown or names.quoted(shown)) .. more
end

local function shown(value, most)
  if type(value) == "string" then return shown_text(value, most) end
  if type(value) ~= "table" then return tostring(value) end
  if text.is_money(value) then return text.money(value) end
  if #value == 0 then return json.encode(value) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = shown(element, most) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function one(ask, most)
  local before, value = ask.before, ask.value
  local said = before ~= nil and shown(before, most)
  local called = ask.called and " " .. names.quoted(ask.called) or ""
  if value == nil then return ("%s was %s"):format(ask.name, said) end
  if said and json.encode(before) == json.encode(value) then return ("%s %s (as it is)"):format(ask.name, said) end
  return ask.name .. " " .. (said and said .. " → " or "") .. shown(value, most) .. called
end

return function(effect, most)
  local parts = {}
  for i, ask in ipairs(effect.asks or {}) do parts[i] = one(ask, most) end
  return table.concat(parts, ", ")
end
