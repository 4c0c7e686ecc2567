-- A file of decisions against the plan: difference(file, run) → the first cell that tells something else of an effect
-- than the plan, as one sentence; nil where there is none.
--
-- file: {name, separator, names, next_line}, a line being {line, cells, columns}; run: {id, request, portal,
-- next_effect}, with the effects that wait for approval. The key says which effect a line is; every other cell that
-- tells what that is was read by the person who decided, and has to be what the plan says of the key. Columns that are
-- not in the file were not read; columns that are not ours, and what may have changed since, are not compared.

local effect_cells = require "report.effect_cells"
local model_of = require "report.model"
local names = require "render.names"
local spreadsheet = require "render.spreadsheet"
local text = require "render.text"

local MOST = 60   -- characters of a cell in a message
local BEFORE = 20 -- of these, what both have in common

-- Where our columns are in the file, whose names may be in any case. {{cell, at}}, and where the key is.
local function find_columns(file)
  local at, columns = {}, {}
  for i = #file.names, 1, -1 do at[file.names[i]:lower()] = i end
  for _, cell in ipairs(effect_cells.list) do
    if cell.fixed and at[cell.name] then columns[#columns + 1] = {cell = cell, at = at[cell.name]} end
  end
  table.sort(columns, function(a, b) return a.at < b.at end)
  return columns, at.key
end

local function planned_effects(run)
  local effects = {}
  for row in run.next_effect do
    local effect = model_of.complete(row, run.portal)
    effects[effect.key] = effect
  end
  return effects
end

local function find_difference(line, effect, columns, separator)
  for _, column in ipairs(columns) do
    local value = column.cell.of(effect)
    if not spreadsheet.says(line.cells[column.at], value, separator) then return column, value end
  end
  return nil
end

local function codes_of(value)
  local codes = {}
  for _, code in utf8.codes(value) do codes[#codes + 1] = code end
  return codes
end

-- A text from where two begin to differ, a little before that; in quotes.
local function excerpt(value, other)
  local codes, others = codes_of(value), codes_of(other)
  local first = 1
  while codes[first] and codes[first] == others[first] do first = first + 1 end
  local from = math.max(#codes > MOST and first - BEFORE or 1, 1)
  local to = math.min(from + MOST - 1, #codes)
  local before, behind = from > 1 and "…" or "", to < #codes and "…" or ""
  return "'" .. before .. utf8.char(table.unpack(codes, from, to)) .. behind .. "'"
end

local function or_nothing(value, other) return value == "" and "nothing" or excerpt(value, other) end

local function more_lines(count)
  return count == 0 and "" or ("; %s of the file %s, too"):format(text.counted(count, "more line"),
                                                                 count == 1 and "does" or "do")
end

-- found: {line, column, effect, value}; others: how many more lines differ.
local function sentence(file, run, found, others)
  local said, planned = text.plain(found.line.cells[found.column.at]), text.plain(found.value or "")
  return ("%s:%d:%d: %s is %s here, and %s in the plan of run %s for this key, %.12s (%s)%s: a column was sorted " ..
    "apart from the others, or a cell was changed; nothing is approved. Take the file anew with `tenure report %s " ..
    "--effects --format csv`, write the decisions there, and sort whole lines only; a column that the spreadsheet " ..
    "spoils may be taken out"
  ):format(file.name, found.line.line, found.line.columns[found.column.at], found.column.cell.name,
           or_nothing(said, planned), or_nothing(planned, said), run.id, found.effect.key,
           excerpt(text.plain(names.customer(found.effect) or ""), ""), more_lines(others), run.id)
end

return function(file, run)
  local columns, key_at = find_columns(file)
  local effects, first, others = planned_effects(run), nil, 0
  for line in file.next_line do
    local effect = effects[line.cells[key_at]:match("^%s*(.-)%s*$")]
    local column, value
    if effect then column, value = find_difference(line, effect, columns, file.separator) end
    if column and first then
      others = others + 1
    elseif column then
      first = {line = line, column = column, effect = effect, value = value}
    end
  end
  return first and sentence(file, run, first, others)
end
