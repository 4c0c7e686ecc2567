-- Text that stays text in a spreadsheet: never a formula. The mark is the apostrophe that spreadsheets themselves use.
-- And what a spreadsheet gives back: whether a cell still says what was written there.

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

-- ---- what comes back ------------------------------------------------------------------------------------------------

local between_thousands = {",", ".", " ", "\xc2\xa0", "\xe2\x80\xaf", "'", "\xe2\x80\x99"}

-- "1,204,567" → "1204567"; nil unless the mark stands before every three digits.
local function ungrouped(whole, mark)
  local digits, rest = whole:match("^(%d%d?%d?)(.*)$")
  while digits and rest ~= "" do
    local three = rest:sub(1, #mark) == mark and rest:match("^%d%d%d", #mark + 1)
    digits = three and digits .. three
    rest = rest:sub(#mark + 4)
  end
  return digits
end

local function read_grouped(cell)
  for _, decimal in ipairs {".", ","} do
    local sign, whole, places = cell:match("^(%-?)([^%" .. decimal .. "]*)%" .. decimal .. "(%d+)$")
    if not whole then sign, whole = cell:match("^(%-?)(.*)$") end
    for _, mark in ipairs(between_thousands) do
      local digits = mark ~= decimal and ungrouped(whole, mark)
      if digits then return sign .. digits .. (places and "." .. places or "") end
    end
  end
  return nil
end

-- The decimal that a cell shows, written as ours are; nil where it shows none, or more digits than a double has. A
-- comma alone divides thousands only where it can, in a file in which it also divides cells.
local function read_decimal(cell, separator)
  local found = cell:match("^%-?%d+%.?%d*$")
  local thousands = separator == "," and cell:find("^%-?%d%d?%d?,%d%d%d$")
  if not found and not thousands and cell:find("^%-?%d+,%d+$") then found = cell:gsub(",", ".") end
  found = found or read_grouped(cell)
  return found and #found:gsub("%D", ""):gsub("^0+", "") <= 15 and found or nil
end

local function places_of(decimal) return #(decimal:match("%.(%d*)$") or "") end

-- Spreadsheets show some ten digits of a number and save what they show.
local function same_number(shown, written)
  local difference, places = math.abs(tonumber(shown) - tonumber(written)), places_of(shown)
  if difference == 0 then return true end
  return #shown:gsub("%D", "") >= 10 and places < places_of(written) and difference <= 0.5000001 * 10 ^ -places
end

local months = {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december", "sept"}
for i = 1, 12 do months[#months + 1] = months[i]:sub(1, 3) end
for _, month in ipairs(months) do months[month] = true end

-- What a spreadsheet may take for a day or a time, "1-2" for instance, and writes again in its own way.
local function may_be_day(written)
  local digits = written:lower():gsub("%a+", function(word) return months[word] and "" end)
  return digits:find("^[%d%s%-/.:,]+$") and digits:find("%d") and not digits:find("%d%d%d%d%d")
end

-- Without blanks around it, and without our mark, which is gone where somebody edited the cell.
local function bare(cell)
  cell = cell:match("^%s*(.-)%s*$")
  if cell:sub(1, 1) == "'" and begins_formula(cell:sub(2)) then cell = cell:sub(2):match("^%s*(.*)$") end
  return (cell:gsub("(;%s*)'([=+%-@])", "%1%2"):gsub("(;%s*)'(\xef\xbc[\x9d\x8b\x8d\xa0])", "%1%2"))
end

-- Whether a cell that comes back says what was written, if that was value (a text or a number, nil: nothing).
-- separator: what divides the cells of its file. Blanks around, another decimal mark and marks between thousands do no
-- harm; a day is not compared with another day.
function spreadsheet.says(cell, value, separator)
  local shown, written = bare(cell), bare(text.plain(value or ""))
  if shown == written then return true end
  local written_number = written:find("^%-?%d+%.?%d*$") and read_decimal(written, "")
  if written_number then
    local shown_number = read_decimal(shown, separator)
    return shown_number and same_number(shown_number, written_number)
  end
  return may_be_day(written) and shown:find("%d")
end

return spreadsheet
