-- Text for each kind of reader. Names come from customers and are hostile everywhere: nothing gets into a report but
-- through one of these.

local text = {}

-- Control characters and those that turn the direction of text, as what they are.
function text.plain(value)
  local shown = tostring(value):gsub("[%z\1-\31\127]", function(c) return ("\\x%02x"):format(c:byte()) end)
  shown = shown:gsub("\xc2[\x80-\x9f]", function(c) return ("\\u00%02x"):format(c:byte(2)) end)
  shown = shown:gsub("\xe2\x80[\x8e\x8f\xa8-\xae]", "?"):gsub("\xe2\x81[\xa6-\xa9]", "?")
  return (shown:gsub("\xd8\x9c", "?"))
end

function text.is_money(value)
  return type(value) == "table" and value.amount ~= nil and value.currency ~= nil
end

-- 1204.50 → 1,204.50
function text.grouped(amount)
  local sign, whole, rest = tostring(amount):match("^(%-?)(%d+)(.*)$")
  if not whole then return tostring(amount) end
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. whole .. rest
end

-- "1,204.50 EUR"; "" where there is none.
function text.money(value)
  return value and (text.grouped(value.amount) .. " " .. value.currency) or ""
end

-- "3 customers", "1 customer"
function text.counted(count, noun)
  return ("%s %s%s"):format(text.grouped(count), noun, count == 1 and "" or "s")
end

-- The last part of a long id, which is what portals search by; anything else as it is.
function text.short_id(id)
  id = tostring(id or "")
  return id:match("^/.*/([^/]+)$") or id
end

-- ---- times ----------------------------------------------------------------------------------------------------------

-- "2026-02-01T10:00:00Z" as seconds since 1970; nil for anything else.
function text.seconds(time)
  local year, month, day, hour, min, sec = tostring(time):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$")
  if not year then return nil end
  year, month = math.tointeger(year), math.tointeger(month)
  if month <= 2 then year, month = year - 1, month + 12 end -- a year that begins in March ends with the leap day
  local days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
  return math.tointeger(days * 86400 + hour * 3600 + min * 60 + sec)
end

-- The same for people: local time, saying which, since reports travel. From seconds since 1970, too; to the second
-- where that matters.
function text.time(time, to_the_second)
  local seconds = math.type(time) == "integer" and time or text.seconds(time)
  if not seconds then return nil end
  local sign, hours, minutes = os.date("%z", seconds):match("^([+-])(%d%d)(%d%d)$")
  local zone = "UTC"
  if sign and hours .. minutes ~= "0000" then
    zone = ("UTC%s%d%s"):format(sign == "-" and "−" or "+", hours, minutes == "00" and "" or ":" .. minutes)
  end
  return os.date(to_the_second and "%Y-%m-%d %H:%M:%S " or "%Y-%m-%d %H:%M ", seconds) .. zone
end

-- 75 → "1 min 15 s"
function text.duration(seconds)
  if seconds < 60 then return seconds .. " s" end
  if seconds < 3600 then return ("%d min %d s"):format(seconds // 60, seconds % 60) end
  return ("%d h %d min"):format(seconds // 3600, seconds % 3600 // 60)
end

-- ---- HTML -----------------------------------------------------------------------------------------------------------

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}

local Markup = {}

local function as_html(value)
  if getmetatable(value) == Markup then return value.html end
  return (text.plain(value):gsub("[&<>\"']", entities))
end

-- markup("<p>{name}</p>", {name = …}): a piece of HTML; what is filled in is escaped unless it is such a piece itself.
function text.markup(template, values)
  local html = template:gsub("{([%w_]+)}", function(name)
    local value = values[name]
    if value == nil then error("markup without its " .. name, 2) end
    return as_html(value)
  end)
  return setmetatable({html = html}, Markup)
end

-- Pieces one after the other.
function text.joined(pieces, separator)
  local htmls = {}
  for i, piece in ipairs(pieces) do htmls[i] = as_html(piece) end
  return setmetatable({html = table.concat(htmls, separator or "\n")}, Markup)
end

-- Our own text, as it is.
function text.trusted(html) return setmetatable({html = html}, Markup) end

text.nothing = setmetatable({html = ""}, Markup)

function text.is_nothing(piece) return getmetatable(piece) == Markup and piece.html == "" end

local sixties = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

function text.base64(bytes)
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

-- ---- CSV ------------------------------------------------------------------------------------------------------------

-- What a spreadsheet takes for the beginning of a formula; some take the wide forms of East Asian scripts, too.
local formula_starts = {"^%s*[=+%-@]", "^%s*\xef\xbc[\x9d\x8b\x8d\xa0]"}

local function begins_formula(value)
  for _, start in ipairs(formula_starts) do
    if value:find(start) then return true end
  end
  return false
end

-- Text as one cell: never a formula, neither as it stands nor after a semicolon, where spreadsheets of some countries
-- begin a new cell. The mark is the apostrophe that spreadsheets themselves use for text.
function text.csv(value)
  local cell = text.plain(value)
  if type(value) == "string" then
    if begins_formula(value) then cell = "'" .. cell end
    cell = cell:gsub("(;%s*)([=+%-@])", "%1'%2"):gsub("(;%s*)(\xef\xbc[\x9d\x8b\x8d\xa0])", "%1'%2")
  end
  return cell:find('[",;]') and '"' .. cell:gsub('"', '""') .. '"' or cell
end

-- ---- Markdown -------------------------------------------------------------------------------------------------------

-- Text that stays text in a ticket, also in a cell of a table: in a code span, where there are no links, mentions,
-- pictures or tags. The fence is longer than any in the text.
function text.code(value)
  local shown = text.plain(value)
  if shown:find("^%s*$") then return "" end
  local longest = 0
  for fence in shown:gmatch("`+") do longest = math.max(longest, #fence) end
  local fence, space = ("`"):rep(longest + 1), shown:find("^[` ]") or shown:find("[` ]$")
  shown = shown:gsub("|", "\\|")
  return fence .. (space and " " or "") .. shown .. (space and " " or "") .. fence
end

return text
