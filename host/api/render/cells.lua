-- One value as one cell, for each kind of reader.

local json = require "render.json"
local spreadsheet = require "render.spreadsheet"
local text = require "render.text"
local times = require "render.times"

local cells = {}

-- Names in the order of the numbers that they are, or of the alphabet.
local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local x, y = tonumber(a), tonumber(b)
    if x and y then return x < y end
    return tostring(a) < tostring(b)
  end)
  return keys
end

-- "RefundLimitExceeded: the limit …": one of the reasons why something is refused; nil for anything else.
local function refusal(value)
  local is_one = type(value.code) == "string" and type(value.message) == "string"
  return is_one and text.plain(value.code .. ": " .. value.message) or nil
end

local plain_parts

-- One value within a list or a table, which may be a table of plain values itself; nil for what lies deeper.
local function plain_part(part, deeper)
  if text.is_money(part) then return text.money(part) end
  if type(part) == "table" then return refusal(part) or not deeper and plain_parts(part, true) or nil end
  return text.plain(part)
end

-- "7=96.4 30=95.1", and lists as words; what is called by nothing but one name is its value.
function plain_parts(value, deeper)
  local parts, keys, list = {}, sorted_keys(value), #value > 0
  for i, key in ipairs(keys) do
    local part = plain_part(value[key], deeper)
    if not part then return nil end
    parts[i] = (list or deeper and #keys == 1) and part or text.plain(key) .. "=" .. part
  end
  return table.concat(parts, list and ", " or " ")
end

-- A time of day, as people see it; nil for anything else.
local function shown_time(value) return type(value) == "string" and times.here(value) or nil end

function cells.is_time(value) return shown_time(value) ~= nil end

-- For people. Midnight UTC is a day, of a reservation's end for instance.
function cells.shown(value)
  if value == nil then return "" end
  if text.is_money(value) then return text.money(value) end
  if type(value) == "table" then return plain_parts(value) or text.plain(json.encode(value)) end
  if type(value) == "string" then
    return value:match("^(%d+%-%d+%-%d+)T00:00:00Z$") or shown_time(value) or text.plain(value)
  end
  return text.plain(value)
end

-- For people, beside many others: a reservation's full id takes a whole line, and its last part is as good wherever one
-- is asked for.
function cells.short(value)
  local guid = type(value) == "string"
    and value:lower():match("^/providers/microsoft%.capacity/.*/reservations/([^/]+)$")
  return cells.shown(guid or value)
end

function cells.markdown(value)
  return (cells.shown(value):gsub("[|\\`*_<>%[%]]", "\\%0"))
end

-- For programs and spreadsheets: between tabs.
function cells.tsv(value)
  if value == nil then return "" end
  if text.is_money(value) then return value.amount .. " " .. value.currency end
  if type(value) == "table" then return text.plain(json.encode(value)) end
  return type(value) == "string" and spreadsheet.cell(value) or text.plain(value)
end

function cells.csv(value)
  return type(value) == "string" and spreadsheet.csv(value) or spreadsheet.quoted(cells.tsv(value))
end

return cells
