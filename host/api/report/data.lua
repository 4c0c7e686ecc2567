-- Reports for programs: CSV and JSON.

local effect_cells = require "report.effect_cells"
local json = require "render.json"
local spreadsheet = require "render.spreadsheet"

local data = {}

-- ---- CSV ------------------------------------------------------------------------------------------------------------

-- Amounts and counts are numbers and stay so; an amount is never quoted as text, a negative one is no formula.
local function number(value)
  return value and tostring(value) or ""
end

local function amount(money) return money and money.amount or "" end
local function currency(money) return money and money.currency or "" end

local function as_text(value) return value and spreadsheet.csv(value) or "" end

local function lines(columns, rows)
  local titles, written = {}, {}
  for c, column in ipairs(columns) do titles[c] = column[1] end
  written[1] = table.concat(titles, ",") .. "\n"
  for r, row in ipairs(rows) do
    local cells = {}
    for c, column in ipairs(columns) do cells[c] = column[2](row) end
    written[r + 1] = table.concat(cells, ",") .. "\n"
  end
  return table.concat(written)
end

local effect_columns = {}
for c, cell in ipairs(effect_cells.list) do
  local write = cell.figure and number or as_text
  effect_columns[c] = {cell.name, function(effect) return write(cell.of(effect)) end}
end

-- back, pay: one of the sums, where a customer is billed in several currencies.
local customer_columns = {
  {"customer", function(row) return as_text(row.customer.id) end},
  {"customer_name", function(row) return as_text(row.customer.name) end},
  {"effects", function(row) return row.first and number(row.customer.effects) or "" end},
  {"counted", function(row) return row.first and number(row.customer.count) or "" end},
  {"back", function(row) return amount(row.back) end},
  {"back_currency", function(row) return currency(row.back) end},
  {"pay", function(row) return amount(row.pay) end},
  {"pay_currency", function(row) return currency(row.pay) end},
  {"worth", function(row) return row.first and number(effect_cells.worth(row.customer.worth:single())) or "" end},
  {"worth_bought", function(row)
    return row.first and number(effect_cells.worth(row.customer.bought:single())) or ""
  end},
  {"unknown", function(row) return row.first and number(row.customer.fates.unknown or 0) or "" end},
  {"failed", function(row) return row.first and number(row.customer.fates.failed or 0) or "" end},
  {"refused", function(row) return row.first and number(row.customer.fates.refused or 0) or "" end},
}

local function customer_rows(model)
  local rows = {}
  for _, customer in ipairs(model.customers) do
    local back, pay = customer.back:list(), customer.pay:list()
    for i = 1, math.max(#back, #pay, 1) do
      rows[#rows + 1] = {customer = customer, back = back[i], pay = pay[i], first = i == 1}
    end
  end
  return rows
end

function data.csv(model, options)
  if options.effects then return lines(effect_columns, model.effects) end
  return lines(customer_columns, customer_rows(model))
end

-- ---- JSON -----------------------------------------------------------------------------------------------------------

local function array(tools, list, convert)
  local made = tools.list()
  for i, element in ipairs(list) do made[i] = convert and convert(element) or element end
  return made
end

local function customer_object(tools)
  return function(customer)
    return {
      customer = customer.id, customer_name = customer.name, effects = customer.effects, counted = customer.count,
      unknown = customer.fates.unknown or 0, failed = customer.fates.failed or 0,
      refused = customer.fates.refused or 0, back = array(tools, customer.back:list()),
      pay = array(tools, customer.pay:list()), worth = array(tools, customer.worth:list()),
      worth_bought = array(tools, customer.bought:list()),
    }
  end
end

local function reason_object(tools)
  return function(reason)
    return {
      fate = reason.fate, code = reason.code, count = reason.count, example = reason.example,
      back = array(tools, reason.back:list()), pay = array(tools, reason.pay:list()),
      worth = array(tools, reason.worth:list()), worth_bought = array(tools, reason.bought:list()),
    }
  end
end

-- The summary as `show -o json` prints it, and beside it everything else.
function data.json(model, options, tools)
  local object = {}
  for name, value in pairs(model.summary) do object[name] = value end
  object.inputs = next(model.inputs) and model.inputs or nil
  object.approvals = array(tools, model.approvals)
  object.by_customer = array(tools, model.customers, customer_object(tools))
  object.not_carried_out = array(tools, model.reasons, reason_object(tools))
  object.effect_list = array(tools, model.effects)
  object.audit_head = model.head
  object.version = options.version
  return json.harmless(tools.encode(object)) .. "\n"
end

return data
