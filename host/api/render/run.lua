-- The page that shows a person a run: what is planned or was carried out, for whom, and what needs a person.
-- page(summary, options) -> text.

local asks = require "render.asks"
local cells = require "render.cells"
local json = require "render.json"
local layout = require "render.layout"
local names = require "render.names"
local new_page = require "render.page"
local new_sums = require "render.sums"
local put_outcome = require "render.outcome"
local text = require "render.text"

local CUT = 60 -- characters of a value that is asked for; the whole is in reports

local counted, money, plain = text.counted, text.money, text.plain

local titles = {
  planning = "being planned", planned = "planned, nothing has changed yet", applying = "being applied", done = "done",
  stopped = "stopped", interrupted = "interrupted",
}

local customer_order = {"done", "running", "waiting", "skipped", "unreachable", "failed"}
local effect_order = {
  "planned", "approved", "intended", "accepted", "succeeded", "partial", "failed", "unknown", "refused", "withdrawn",
}

-- What the host's own words for skipping mean; those of scripts are the scripts' own.
local skip_reasons = {["not-selected"] = "not selected by `when`"}

local function shown_id(id) return plain(names.short_id(id)) end

local function is_plan(data) return data.state == "planning" or data.state == "planned" end

local function counts_line(counts, order)
  local parts = {}
  for _, name in ipairs(order) do
    if (counts[name] or 0) > 0 then parts[#parts + 1] = counts[name] .. " " .. name end
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

local function put_head(page, data)
  local title = titles[data.state] or plain(data.state)
  page:line(("%s  %s  %s"):format(page:bold(plain(data.run)), plain(data.workflow), title))
  page:line("customers: " .. counts_line(data.customers, customer_order))
  local follow = is_plan(data) and data.may_follow > 0 and (", and up to %d may follow"):format(data.may_follow) or ""
  page:line("effects:   " .. counts_line(data.effects, effect_order) .. follow)
  local times = {}
  for _, name in ipairs {"planned", "ended"} do
    if data[name] then times[#times + 1] = name .. " " .. cells.shown(data[name]) end
  end
  if data.actor then times[#times + 1] = "by " .. plain(data.actor) end
  if #times > 0 then page:line("when:      " .. table.concat(times, ", ")) end
  for i, line in ipairs(data.reason and layout.wrap(plain(data.reason), page.width - 11) or {}) do
    page:line((i == 1 and "reason:    " or "           ") .. line)
  end
end

local function is_call(data) return data.workflow:find("^call ") ~= nil end

-- What the script of a run without a workflow gave back; the outcome of a call is told behind the rest.
local function put_result(page, data)
  if data.result == nil or is_call(data) then return end
  page:section("Result")
  local shown = type(data.result) == "string" and data.result or json.encode(data.result)
  for _, line in ipairs(layout.wrap(plain(shown), page.width - 2)) do page:line("  " .. line) end
end

-- Effects that a person has to look at, each with what was said of it. total: how many there are.
local function put_troubled(page, data, title, list, total)
  if not list or #list == 0 then return end
  page:section(title)
  local rows, notes = {}, {}
  for i, effect in ipairs(list) do
    rows[i] = {plain(effect.operation), plain(names.customer(effect)), plain(names.subject(effect))}
    notes[i] = plain(effect.message or effect.code or "")
  end
  page:rows(rows, {}, notes)
  if total > #list then
    page:line(("  and %d more: tenure report %s --effects --format csv"):format(total - #list, plain(data.run)))
  end
end

local function put_unknown(page, data)
  local title = "Outcome unknown: it may have happened. Look at each in the portal before anything else"
  put_troubled(page, data, title, data.unknown, 0)
end

local function put_partial(page, data)
  local title = "Done in part: " .. counted(data.effects.partial or 0, "effect")
  put_troubled(page, data, title, data.partial, data.effects.partial or 0)
  for _, effect in ipairs(data.partial or {}) do
    page:line("  line by line: " .. plain(names.why(effect)))
  end
end

local function put_failed_effects(page, data)
  local title = "Failed: " .. counted(data.effects.failed or 0, "effect")
  put_troubled(page, data, title, data.failed_effects, data.effects.failed or 0)
end

-- The exact sum of the rows' amounts; nil when one is missing or they cannot be added up.
local function sum(rows, name)
  local sums = new_sums()
  for _, row in ipairs(rows) do
    if not row[name] then return nil end
    sums:add(row[name])
  end
  return sums:single()
end

-- What all rows of one operation come to, where that can be said: counts, and worth, which is in one currency.
local function total_row(data, columns)
  local first = data.by_currency[1]
  local count = 0
  for _, row in ipairs(data.by_currency) do
    if row.operation ~= first.operation then return nil end
    count = count + row.count
  end
  local row = {"together", tostring(count), ""}
  for _, name in ipairs(columns) do
    row[#row + 1] = name == "worth" and money(sum(data.by_currency, "worth")) or ""
  end
  return #data.by_currency > 1 and row or nil
end

-- Which amounts some of them have: money that comes back and money to pay are never in one column.
local function amount_columns(list)
  local columns = {}
  for _, name in ipairs {"back", "pay", "worth"} do
    for _, amounts in ipairs(list) do
      if amounts[name] and columns[#columns] ~= name then columns[#columns + 1] = name end
    end
  end
  return columns
end

local function put_by_currency(page, data)
  if #data.by_currency == 0 then return end
  page:section(is_plan(data) and "Planned, by currency" or data.state == "done" and "Carried out, by currency" or
               "Carried out so far, by currency")
  local columns = amount_columns(data.by_currency)
  local rows = {{"", "count", "customers", table.unpack(columns)}}
  for i, row in ipairs(data.by_currency) do
    rows[i + 1] = {plain(row.operation), tostring(row.count), tostring(row.customers)}
    for _, name in ipairs(columns) do table.insert(rows[i + 1], money(row[name])) end
  end
  rows[#rows + 1] = total_row(data, columns)
  page:rows(rows, {[2] = true, [3] = true, [4] = true, [5] = true, [6] = true})
  for _, row in ipairs(data.by_currency) do
    if row.back and row.pay then
      page:line(("  To pay for the %s is what is left after what comes back."):format(plain(row.operation)))
      break
    end
  end
end

local function put_largest(page, data)
  if #data.largest == 0 then return end
  page:section("The largest")
  local amounts, notes = {}, {""}
  for i, effect in ipairs(data.largest) do
    amounts[i] = effect.actual or effect.planned or {}
    if not (amounts[i].back or amounts[i].pay) then amounts[i] = effect.planned or amounts[i] end
    notes[i + 1] = plain(names.subject(effect))
  end
  local columns = amount_columns(amounts)
  local rows, right = {{table.unpack(columns)}}, {}
  for i, effect in ipairs(data.largest) do
    rows[i + 1] = {}
    for c, name in ipairs(columns) do rows[i + 1][c], right[c] = money(amounts[i][name]), true end
    table.insert(rows[i + 1], plain(names.customer(effect)))
  end
  table.insert(rows[1], "customer")
  page:rows(rows, right, notes)
end

-- Where no amount says what stands out, what is asked for does: the first effects of each operation.
local function put_asked(page, data)
  for _, group in ipairs(data.asked) do
    local done = is_plan(data) and "Asked for" or data.state == "done" and "Carried out" or "Carried out so far"
    page:section(("%s, %s: %s"):format(done, plain(group.operation), counted(group.count, "effect")))
    local rows, notes = {}, {}
    for i, effect in ipairs(group.effects) do
      rows[i] = {plain(names.customer(effect)), plain(asks(effect, CUT))}
      notes[i] = plain(names.subject(effect))
    end
    page:rows(rows, {}, notes)
    local more = group.count - #group.effects
    if more > 0 then
      page:line(("  and %d more: tenure report %s --effects --format csv"):format(more, plain(data.run)))
    end
  end
end

local function put_codes(page, title, noun, list, explain)
  if not list or #list == 0 then return end
  local rows, count = {}, 0
  for i, row in ipairs(list) do
    rows[i] = {tostring(row.count), plain(row.code), explain(row)}
    count = count + row.count
  end
  page:section(("%s: %s"):format(title, counted(count, noun)))
  page:rows(rows, {[1] = true})
end

-- What one of them says is not shown as if all did: amounts and names stand in it.
local function explain_example(row)
  return (row.example and row.differs and "for example: " or "") .. plain(row.example or "")
end

local function explain_skipped(row)
  return skip_reasons[row.code] or row.example and "for example " .. shown_id(row.example) or ""
end

local function put_customers(page, title, list, total)
  if not list or #list == 0 then return end
  page:section(("%s: %s"):format(title, counted(total or #list, "customer")))
  local rows, notes = {}, {}
  for i, row in ipairs(list) do
    rows[i] = {plain(row.name ~= "" and row.name or row.id), plain(row.id), plain(row.code or "")}
    notes[i] = plain(row.message or "")
  end
  page:rows(rows, {}, notes)
  if total and total > #list then page:line(("  and %d more"):format(total - #list)) end
end

local function put_failed_items(page, data)
  if not data.failed_items or #data.failed_items == 0 then return end
  local total = data.failed_items_total or #data.failed_items
  page:section("Failed: " .. counted(total, "item"))
  local rows, notes = {}, {}
  for i, row in ipairs(data.failed_items) do
    rows[i] = {plain(names.customer(row) or "the run"), plain(row.step), shown_id(row.label or row.item),
               plain(row.code or "")}
    notes[i] = plain(row.detail or "")
  end
  page:rows(rows, {}, notes)
  if total > #data.failed_items then page:line(("  and %d more"):format(total - #data.failed_items)) end
end

local function put_outputs(page, data)
  if not data.outputs or #data.outputs == 0 then return end
  page:section("Written by the scripts")
  local rows = {}
  for i, output in ipairs(data.outputs) do
    rows[i] = {plain(output.name), counted(output.rows, "row"),
               ("tenure output %s %s"):format(plain(data.run), plain(output.name))}
  end
  page:rows(rows, {[2] = true})
end

-- "15.5%": a share in millionths.
local function share(ppm) return json.encode(ppm / 10000) .. "%" end

-- What a guard lets through: a cap, or a share of the customers that ended.
local function guard_cap(guard, show)
  if guard.share_ppm then
    return ("more than %s of %s"):format(share(guard.share_ppm), counted(guard.of_at_least, "customer") .. " or more")
  end
  return "of " .. show(guard.cap)
end

local function put_guards(page, data)
  if not data.guards or #data.guards == 0 then return end
  page:section("Guards")
  local rows = {}
  local function show(value) return value == nil and "" or text.is_money(value) and money(value) or tostring(value) end
  for i, guard in ipairs(data.guards) do
    local used = guard.used
    if is_plan(data) then used = guard.planned end
    if guard.share_ppm then used = data.customers[guard.kind == "failures" and "failed" or guard.kind] end
    local kind = plain(names.guard_kind(guard))
    rows[i] = {plain(guard.operation or "the run"), kind, show(used), guard_cap(guard, show)}
  end
  page:rows(rows, {[3] = true})
end

-- What to do about it, at the end, where people look.
local function put_next(page, data)
  local run, waiting = plain(data.run), data.customers.waiting or 0
  local lines = {}
  if data.state == "planned" and (data.effects.planned or 0) > 0 then
    lines = {"To carry it out: tenure apply " .. run}
  elseif #data.unknown > 0 then
    lines = {"To find out what became of it and go on: tenure resume " .. run,
             "To decide it yourself: tenure settle " .. run}
  elseif data.state == "done" and (data.effects.approved or 0) > 0 then
    lines = {("Approved since: %s. To carry it out: tenure apply %s"):format(
      counted(data.effects.approved, "effect"), run)}
  elseif data.state == "done" and waiting > 0 then
    lines = {("%s waited for an outcome and can go on: tenure resume %s"):format(counted(waiting, "customer"), run)}
  elseif data.state == "interrupted" then
    lines = {"To go on with it: tenure resume " .. run}
  end
  if lines[1] then page:line() end
  for _, line in ipairs(lines) do page:line(line) end
end

return function(data, options)
  local page = new_page(options)
  put_head(page, data)
  put_result(page, data)
  put_unknown(page, data)
  put_partial(page, data)
  put_failed_effects(page, data)
  put_by_currency(page, data)
  put_largest(page, data)
  put_asked(page, data)
  put_codes(page, "Planned, though doubted", "effect", data.doubted, explain_example)
  put_codes(page, "Refused", "effect", data.refused, explain_example)
  put_codes(page, "Skipped", "item", data.skipped, explain_skipped)
  put_customers(page, "Could not be reached", data.unreachable, data.customers.unreachable)
  put_customers(page, "Failed", data.failed, data.customers.failed)
  put_failed_items(page, data)
  put_outputs(page, data)
  put_guards(page, data)
  if is_call(data) and data.result then put_outcome(page, data, data.result) end
  put_next(page, data)
  return page:text()
end
