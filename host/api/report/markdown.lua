-- A report for a ticket: Markdown. Whatever is not ours stands in code spans.

local amounts_of = require "render.amounts"
local effect_lines = require "render.lines"
local names = require "render.names"
local text = require "render.text"
local times = require "render.times"
local words = require "report.words"

local CUSTOMERS, EFFECTS = 20, 10 -- how many a ticket shows unless it is to show all

local grouped, money = text.grouped, text.money

-- Text that stays text in a ticket, also in a cell of a table: in a code span, where there are no links, mentions,
-- pictures or tags. The fence is longer than any in the text.
local function code(value)
  local shown = text.plain(value)
  if shown:find("^%s*$") then return "" end
  local longest = 0
  for fence in shown:gmatch("`+") do longest = math.max(longest, #fence) end
  local fence, space = ("`"):rep(longest + 1), shown:find("^[` ]") or shown:find("[` ]$")
  shown = shown:gsub("|", "\\|")
  return fence .. (space and " " or "") .. shown .. (space and " " or "") .. fence
end

-- ---- the page -------------------------------------------------------------------------------------------------------

local Page = {}
Page.__index = Page

function Page:line(line) self.lines[#self.lines + 1] = line or "" end

function Page:section(title)
  self:line()
  self:line("## " .. title)
  self:line()
end

-- columns: {title, cell(row), right aligned?}. Cells are Markdown already.
function Page:table(columns, rows, most)
  local titles, rules = {}, {}
  columns = words.filled(columns, rows)
  for c, column in ipairs(columns) do
    titles[c], rules[c] = column[1], column[3] and "---:" or "---"
  end
  self:line("| " .. table.concat(titles, " | ") .. " |")
  self:line("| " .. table.concat(rules, " | ") .. " |")
  for r = 1, math.min(#rows, most or #rows) do
    local cells = {}
    for c, column in ipairs(columns) do cells[c] = column[2](rows[r]) end
    self:line("| " .. table.concat(cells, " | ") .. " |")
  end
  if most and #rows > most then
    self:line()
    self:line(("and %s more"):format(grouped(#rows - most)))
  end
end

-- ---- cells ----------------------------------------------------------------------------------------------------------

local function customer_cell(row) return code(row.customer_name or row.name or row.customer or row.id) end
local function code_cell(row) return row.code and code(row.code) or "" end
local function message_cell(row)
  local message = row.evidence or row.message
  return message and code(message) or ""
end
local function product_cell(effect)
  return code(words.product(effect)) .. (effect.called and " " .. code(effect.called) or "")
end
local function back_cell(effect) return money(amounts_of(effect).back) end
local function pay_cell(effect) return money(amounts_of(effect).pay) end
local function worth_cell(effect) return money(amounts_of(effect).worth) end

local function asks_cell(effect) return code(words.asks(effect)) end

local function reservation_cell(effect)
  local id = names.thing(effect)
  if not id then return effect.subject and code(effect.subject) or "" end
  return effect.portal and ("[%s](%s)"):format(code(id), effect.portal) or code(id)
end

local effect_columns = {
  {"state", function(effect) return effect.state end},
  {"customer", customer_cell},
  {"product", product_cell},
  {"reservation", reservation_cell},
  {"asks", asks_cell},
  {"quantity", words.quantity, true},
  {"back", back_cell, true},
  {"to pay", pay_cell, true},
  {"worth", worth_cell, true},
  {"code", code_cell},
}

local asked_columns = {
  {"customer", customer_cell},
  {"product", product_cell},
  {"reservation", reservation_cell},
  {"asks", asks_cell},
}

-- The numbers are the host's own text.
local line_columns = {}
for i, column in ipairs(effect_lines.columns) do
  local title, cell, right = table.unpack(column)
  line_columns[i] = {title, right and cell or function(line) return code(cell(line)) end, right}
end

-- ---- sections -------------------------------------------------------------------------------------------------------

-- What an effect of several things did, one by one.
local function put_lines(page, effect)
  if not effect.lines then return end
  page:line()
  page:line(("One by one, the %s of %s (`%s` tells more):"):format(
    code(effect.operation), customer_cell(effect), names.why(effect)))
  page:line()
  page:table(line_columns, effect.lines)
end

local function put_attention(page, model)
  local attention = words.attention(model)
  if not attention then return end
  page:section("Needs a person")
  page:line(attention)
  page:line()
  page:table({
    {"state", function(effect) return effect.state end},
    {"customer", customer_cell},
    {"product", product_cell},
    {"reservation", reservation_cell},
    {"back", back_cell, true},
    {"to pay", pay_cell, true},
    {"worth", worth_cell, true},
    {"why", message_cell},
  }, model.open)
  for _, effect in ipairs(model.open) do put_lines(page, effect) end
end

local function put_facts(page, model)
  local summary = model.summary
  local function fact(name, value)
    if value and value ~= "" then page:line(("- %s: %s"):format(name, value)) end
  end
  fact("run", code(summary.run))
  fact("planned", times.anywhere(summary.planned))
  fact("planned by", summary.actor and code(summary.actor))
  for _, approval in ipairs(model.approvals) do
    fact("approved", ("%s by %s: %s%s"):format(times.anywhere(approval.at) or "", code(approval.actor),
      words.counted(approval.effects, "effect"), approval.reason and ", " .. code(approval.reason) or ""))
  end
  fact("ended", times.anywhere(summary.ended))
  for _, name in ipairs {"back", "pay"} do
    fact(words.moved(model, name), words.with_notes(model, name, words.sums(model.total[name])))
  end
  fact("why it ended", summary.reason and code(summary.reason))
  fact("plan", summary.hash and code(summary.hash))
  fact("audit", ("%s %s"):format(grouped(model.head.number), code(model.head.hash)))
end

local function put_currencies(page, model)
  local rows = model.summary.by_currency
  if #rows == 0 then return end
  page:section(model.is_plan and "Planned, by currency" or "Carried out, by currency")
  page:table({
    {"operation", function(row) return code(row.operation) end},
    {"count", function(row) return grouped(row.count) end, true},
    {"customers", function(row) return grouped(row.customers) end, true},
    {"back", function(row) return money(row.back) end, true},
    {"to pay", function(row) return money(row.pay) end, true},
    {"worth", function(row) return money(row.worth) end, true},
  }, rows)
end

local function put_customers(page, model, options)
  if #model.customers == 0 then return end
  page:section("Customers")
  page:table({
    {"customer", customer_cell},
    {"effects", function(customer) return grouped(customer.count) end, true},
    {"back", function(customer) return words.sums(customer.back) end, true},
    {"to pay", function(customer) return words.sums(customer.pay) end, true},
    {"worth", function(customer) return words.sums(customer.worth) end, true},
    {"worth bought", function(customer) return words.sums(customer.bought) end, true},
  }, model.customers, not options.effects and CUSTOMERS or nil)
end

-- What a rule was against, and Azure's quote was not.
local function put_doubted(page, model)
  if #model.summary.doubted == 0 then return end
  page:section("Planned, though doubted")
  page:table({
    {"code", code_cell},
    {"count", function(row) return grouped(row.count) end, true},
    {"for example", function(row) return row.example and code(row.example) or "" end},
  }, model.summary.doubted)
end

local function put_not_done(page, model)
  if #model.reasons > 0 then
    page:section("Not carried out")
    page:table({
      {"", function(reason) return words.fates[reason.fate] end},
      {"code", code_cell},
      {"count", function(reason) return grouped(reason.count) end, true},
      {"money", words.sizes},
      {"for example", function(reason) return reason.example and code(reason.example) or "" end},
    }, model.reasons)
  end
  if #model.summary.skipped > 0 then
    page:section("Skipped")
    page:table({
      {"code", code_cell},
      {"count", function(row) return grouped(row.count) end, true},
      {"", function(row)
        return words.skips[row.code] or row.example and "for example " .. code(names.short_id(row.example)) or ""
      end},
    }, model.summary.skipped)
  end
end

local function put_troubled(page, model)
  local summary = model.summary
  for _, state in ipairs {"unreachable", "failed"} do
    local rows, count = summary[state], summary.customers[state]
    if #rows > 0 then
      page:section(("Customers %s: %s"):format(state, grouped(count)))
      page:table({{"customer", customer_cell}, {"code", code_cell}, {"why", message_cell}}, rows)
      if count > #rows then page:line(("\nand %s more"):format(grouped(count - #rows))) end
    end
  end
  if #summary.failed_items > 0 then
    page:section("Items that failed: " .. grouped(summary.failed_items_total))
    page:table({
      {"customer", customer_cell},
      {"step", function(row) return code(row.step) end},
      {"item", function(row) return code(names.short_id(row.label or row.item)) end},
      {"code", code_cell},
      {"why", function(row) return row.detail and code(row.detail) or "" end},
    }, summary.failed_items)
  end
end

local function put_guards(page, model)
  if #model.summary.guards == 0 then return end
  page:section("Guards")
  page:table({
    {"operation", function(guard) return code(guard.operation or "") end},
    {"guard", function(guard) return code(names.guard_kind(guard)) end},
    {model.is_plan and "planned" or "used",
     function(guard) return words.value(model.is_plan and guard.planned or guard.used) end, true},
    {"at most", function(guard) return words.value(guard.cap) end, true},
  }, model.summary.guards)
end

local function put_effects(page, model, options)
  if #model.effects == 0 then return end
  if options.effects then
    page:section("Every effect")
    page:table(effect_columns, model.effects)
  elseif #model.summary.largest > 0 then
    page:section("The largest")
    page:table(effect_columns, model.largest, EFFECTS)
  end
  for _, group in ipairs(options.effects and {} or model.asked) do
    page:section(words.asked_title(model, group))
    page:table(asked_columns, group.effects)
    if group.count > #group.effects then page:line(("\nand %s more"):format(grouped(group.count - #group.effects))) end
  end
end

return function(model, options)
  local page = setmetatable({lines = {}}, Page)
  page:line(("# %s: %s"):format(code(model.summary.workflow), words.state(model)))
  page:line()
  page:line(words.lead(model))
  put_attention(page, model)
  page:section("The run")
  put_facts(page, model)
  put_currencies(page, model)
  put_customers(page, model, options)
  put_doubted(page, model)
  put_not_done(page, model)
  put_troubled(page, model)
  put_guards(page, model)
  put_effects(page, model, options)
  return table.concat(page.lines, "\n") .. "\n"
end
