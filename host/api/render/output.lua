-- A page of an output: rows that scripts wrote, in the format that was asked for. page(data, format, options) -> text.
--
-- data: {first, columns[{name, type}], rows}. A page that is not the first has no head; of JSON it is what stands
-- between the brackets.

local describe = require "render.describe"
local json = require "render.json"
local rows_as = require "render.rows"

local head_lines = {csv = 1, tsv = 1, md = 2}

-- "2026-02-01" for a day, "2026-02-01T10:00:00Z" for any other moment.
local function date_text(seconds)
  return os.date(seconds % 86400 == 0 and "!%Y-%m-%d" or "!%Y-%m-%dT%H:%M:%SZ", seconds)
end

-- What a value of a type is to a reader: cells are written as a table takes them as an input, data keeps its numbers.
local function value_of(kind, value, as_data)
  if math.type(value) == "integer" and kind == "date" then return date_text(value) end
  if as_data or type(value) ~= "number" then return value end
  if kind == "percent" or kind == "duration" then return describe.value_text {type = kind, default = value} end
  return value
end

return function(data, format, options)
  local names, as_data = {}, format == "json" or format == "jsonl"
  for i, column in ipairs(data.columns) do
    names[i] = column.name
    for _, row in ipairs(data.rows) do row[column.name] = value_of(column.type, row[column.name], as_data) end
  end
  if format ~= "json" then
    local text = rows_as[format](names, data.rows, options)
    for _ = 1, data.first and 0 or head_lines[format] or 0 do text = text:gsub("^[^\n]*\n", "") end
    return text
  end
  local parts = {}
  for i, row in ipairs(data.rows) do parts[i] = json.encode(row) end
  return table.concat(parts, ",")
end
