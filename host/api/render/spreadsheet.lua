-- Text that stays text in a spreadsheet: never a formula. The mark is the apostrophe that spreadsheets themselves use.

local text = require "render.text"

local spreadsheet = {}

-- What one takes for the beginning of a formula; some take the wide forms of East Asian scripts, too.
local formula_starts = {"^%s*[=+%-@]", "^%s*\xef\xbc[\x9d\x8b\x8d\xa0]"}

local function begins_formula(value)
  for _, start in ipairs(formula_starts) do
    if value:find(start) then return true end
  end
  return false
end

-- A cell of its own, e.g. between tabs.
function spreadsheet.cell(value)
  local cell = text.plain(value)
  return begins_formula(value) and "'" .. cell or cell
end

-- One of CSV, as it is: quoted where it has to be.
function spreadsheet.quoted(cell)
  return cell:find('[",;]') and '"' .. cell:gsub('"', '""') .. '"' or cell
end

-- Text as a cell of CSV. Spreadsheets of some countries begin a new cell after a semicolon.
function spreadsheet.csv(value)
  local cell = spreadsheet.cell(value)
  return spreadsheet.quoted((cell:gsub("(;%s*)([=+%-@])", "%1'%2"):gsub("(;%s*)(\xef\xbc[\x9d\x8b\x8d\xa0])", "%1'%2")))
end

return spreadsheet
