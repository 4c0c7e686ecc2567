-- Rows of named values in each of the formats: rows_as.FORMAT(columns, rows, options) -> text.

local cells = require "render.cells"
local json = require "render.json"
local layout = require "render.layout"
local text = require "render.text"

local rows_as = {}

function rows_as.table(columns, rows, options)
  if #rows == 0 then return "nothing\n" end
  local lines, right, whole = { {} }, {}, {}
  for i, column in ipairs(columns) do lines[1][i] = column:upper() end
  for r, row in ipairs(rows) do
    lines[r + 1] = {}
    for i, column in ipairs(columns) do
      local value = row[column]
      right[i] = right[i] or type(value) == "number" or text.is_money(value)
      whole[i] = whole[i] or right[i] or cells.is_time(value)
      lines[r + 1][i] = cells.short(value)
    end
  end
  return table.concat(layout.align(lines, right, options.width, whole), "\n") .. "\n"
end

local function separated(columns, rows, separator, write)
  local lines, head = {}, {}
  for i, column in ipairs(columns) do head[i] = write(column) end
  lines[1] = table.concat(head, separator)
  for r, row in ipairs(rows) do
    local written = {}
    for i, column in ipairs(columns) do written[i] = write(row[column]) end
    lines[r + 1] = table.concat(written, separator)
  end
  return table.concat(lines, "\n") .. "\n"
end

function rows_as.csv(columns, rows) return separated(columns, rows, ",", cells.csv) end
function rows_as.tsv(columns, rows) return separated(columns, rows, "\t", cells.tsv) end

function rows_as.md(columns, rows)
  local lines = {"| " .. table.concat(columns, " | ") .. " |", "|" .. (" --- |"):rep(#columns)}
  for r, row in ipairs(rows) do
    local written = {}
    for i, column in ipairs(columns) do written[i] = cells.markdown(row[column]) end
    lines[r + 2] = "| " .. table.concat(written, " | ") .. " |"
  end
  return table.concat(lines, "\n") .. "\n"
end

function rows_as.jsonl(_, rows)
  local lines = {}
  for i, row in ipairs(rows) do lines[i] = json.encode(row) .. "\n" end
  return table.concat(lines)
end

return rows_as
