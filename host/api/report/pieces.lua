-- Pieces of HTML. Nothing gets into a page but through one of these: what is filled in is escaped.

local plain = require "render.text".plain

local pieces = {}

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}

local Markup = {}

local function as_html(value)
  if getmetatable(value) == Markup then return value.html end
  return (plain(value):gsub("[&<>\"']", entities))
end

-- markup("<p>{name}</p>", {name = …}): a piece of HTML; what is filled in is escaped unless it is such a piece itself.
function pieces.markup(template, values)
  local html = template:gsub("{([%w_]+)}", function(name)
    local value = values[name]
    if value == nil then error("markup without its " .. name, 2) end
    return as_html(value)
  end)
  return setmetatable({html = html}, Markup)
end

-- Pieces one after the other.
function pieces.joined(list, separator)
  local htmls = {}
  for i, piece in ipairs(list) do htmls[i] = as_html(piece) end
  return setmetatable({html = table.concat(htmls, separator or "\n")}, Markup)
end

-- Our own text, as it is.
function pieces.trusted(html) return setmetatable({html = html}, Markup) end

pieces.nothing = setmetatable({html = ""}, Markup)

function pieces.is_nothing(piece) return getmetatable(piece) == Markup and piece.html == "" end

local sixties = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

function pieces.base64(bytes)
  local encoded = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for i = 1, 4 do
      local place = word >> 6 * (4 - i) & 63
      encoded[#encoded + 1] = (i == 3 and not b or i == 4 and not c) and "=" or sixties:sub(place + 1, place + 1)
    end
  end
  return table.concat(encoded)
end

return pieces
