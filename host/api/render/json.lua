-- Values as JSON that a terminal shows and does not obey.

local text = require "render.text"

local json = {}

local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t"}

local function escape(c) return escapes[c] or ("\\u%04x"):format(utf8.codepoint(c)) end

-- JSON whose strings, the only place for such characters, have them as escapes.
function json.harmless(encoded)
  encoded = encoded:gsub("\127", escape):gsub("\xc2[\x80-\x9f]", escape)
  for _, pattern in ipairs(text.deceptive) do encoded = encoded:gsub(pattern, escape) end
  return encoded
end

local function string(value)
  local quoted = value:gsub('[%c"\\]', escape)
  return '"' .. json.harmless(quoted) .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return tostring(value) end
  local short = ("%.15g"):format(value)
  return (tonumber(short) == value and short or ("%.17g"):format(value))
end

-- The names that an object has, in their order.
function json.names(object)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Lists are marked by whoever decoded them, so that an empty one is none of names.
function json.is_list(value) return #value > 0 or getmetatable(value) ~= nil end

function json.encode(value)
  if type(value) == "string" then return string(value) end
  if type(value) == "number" then return number(value) end
  if type(value) == "boolean" then return tostring(value) end
  if type(value) ~= "table" then return "null" end
  local parts = {}
  if json.is_list(value) then
    for i, element in ipairs(value) do parts[i] = json.encode(element) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(json.names(value)) do parts[i] = string(key) .. ":" .. json.encode(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- The same in lines, for what people read and keep: an object's members each in one, lists of words in one.
function json.pretty(value, indent)
  if type(value) ~= "table" or next(value) == nil then return json.encode(value) end
  local list, inner, parts = json.is_list(value), (indent or "") .. "  ", {}
  if list and type(value[1]) ~= "table" then return json.encode(value) end
  for i, key in ipairs(list and value or json.names(value)) do
    parts[i] = inner .. (list and json.pretty(key, inner) or string(key) .. ": " .. json.pretty(value[key], inner))
  end
  local opens, closes = list and "[" or "{", list and "]" or "}"
  return opens .. "\n" .. table.concat(parts, ",\n") .. "\n" .. (indent or "") .. closes
end

return json
