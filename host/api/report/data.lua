-- Reports for programs: CSV and JSON.

local asks = require "render.asks"
local json = require "render.json"
local model_of = require "report.model"
local names = require "render.names"
local spreadsheet = require "render.spreadsheet"

local data = {}

-- ---- CSV ------------------------------------------------------------------------------------------------------------

-- Amounts and counts are numbers and stay so; an amount is never quoted as text, a negative one is no formula.
local function number(value)
  return value and tostring(value) or ""
end

local function amount(money) return money and money.amount or "" end
local function currency(money) return money and money.currency or "" end

-- Worth is in dollars; should a cloud say it in another currency, that stands beside it.
local function worth(money)
  return money and (money.currency == "USD" and money.amount or money.amount .. " " .. money.currency) or ""
end

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

-- `tenure approve --from` reads this back: key says which, decision what.
local effect_columns = {
  {"key", function(effect) return as_text(effect.key) end},
  {"customer", function(effect) return as_text(effect.customer) end},
  {"customer_name", function(effect) return as_text(effect.customer_name) end},
  {"operation", function(effect) return as_text(effect.operation) end},
  {"reservation", function(effect) return as_text(names.thing(effect)) end},
  {"order", function(effect) return as_text(names.order(effect)) end},
  {"called", function(effect) return as_text(effect.called) end},
  {"product", function(effect) return as_text(effect.subject_name) end},
  {"asks", function(effect) return as_text(asks(effect)) end},
  {"quantity", function(effect) return number(effect.quantity) end},
  {"before", function(effect) return number(effect.before) end},
  {"after", function(effect) return number(effect.after) end},
  {"back", function(effect) return amount(model_of.amounts(effect).back) end},
  {"back_currency", function(effect) return currency(model_of.amounts(effect).back) end},
  {"pay", function(effect) return amount(model_of.amounts(effect).pay) end},
  {"pay_currency", function(effect) return currency(model_of.amounts(effect).pay) end},
  {"worth", function(effect) return worth(model_of.amounts(effect).worth) end},
  {"portal", function(effect) return as_text(effect.portal) end},
  {"state", function(effect) return as_text(effect.state) end},
  {"code", function(effect) return as_text(effect.code) end},
  {"decision", function() return "" end},
}

-- back: one of the sums, where a customer is billed in several currencies.
local customer_columns = {
  {"customer", function(row) return as_text(row.customer.id) end},
  {"customer_name", function(row) return as_text(row.customer.name) end},
  {"effects", function(row) return row.first and number(row.customer.effects) or "" end},
  {"counted", function(row) return row.first and number(row.customer.count) or "" end},
  {"back", function(row) return amount(row.back) end},
  {"back_currency", function(row) return currency(row.back) end},
  {"worth", function(row) return row.first and worth(row.customer.worth:single()) or "" end},
  {"unknown", function(row) return row.first and number(row.customer.fates.unknown or 0) or "" end},
  {"failed", function(row) return row.first and number(row.customer.fates.failed or 0) or "" end},
  {"refused", function(row) return row.first and number(row.customer.fates.refused or 0) or "" end},
}

local function customer_rows(model)
  local rows = {}
  for _, customer in ipairs(model.customers) do
    local sums = customer.back:list()
    rows[#rows + 1] = {customer = customer, back = sums[1], first = true}
    for i = 2, #sums do rows[#rows + 1] = {customer = customer, back = sums[i]} end
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
    }
  end
end

local function reason_object(tools)
  return function(reason)
    return {
      fate = reason.fate, code = reason.code, count = reason.count, example = reason.example,
      worth = array(tools, reason.worth:list()),
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
