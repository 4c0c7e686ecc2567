-- Rendering: data into the format that was asked for.
--
-- render(what, format, data, options) -> text. what: "run" (a summary), "effects" (a list), "rows" ({columns, rows,
-- single}), "check", "describe", "why" (as a table a page, else its events). format: table, json, jsonl, tsv, csv, md.
-- options: width (columns of the terminal), color.
-- Names come from customers and are hostile text everywhere: each writer escapes for its own reader.

local make_why = ... -- the chunk of why.lua

local format_json -- forward: a value as JSON

-- ---- text that cannot hurt ------------------------------------------------------------------------------------------

-- Control characters and those that turn the direction of text, as what they are.
local function plain(text)
  text = tostring(text):gsub("[%z\1-\31\127]", function(c) return ("\\x%02x"):format(c:byte()) end)
  text = text:gsub("\xc2[\x80-\x9f]", function(c) return ("\\u00%02x"):format(c:byte(2)) end)
  return (text:gsub("\xe2\x80[\x8e\x8f\xa8-\xae]", "?"):gsub("\xe2\x81[\xa6-\xa9]", "?"))
end

local function is_money(value)
  return type(value) == "table" and value.amount ~= nil and value.currency ~= nil
end

-- 1204.50 → 1,204.50
local function grouped(amount)
  local sign, whole, rest = tostring(amount):match("^(%-?)(%d+)(.*)$")
  if not whole then return tostring(amount) end
  whole = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return sign .. whole .. rest
end

local function money(value)
  return value and (grouped(value.amount) .. " " .. value.currency) or ""
end

-- "2026-02-01T10:00:00Z" in local time, for people.
local function local_time(text)
  local year, month, day, hour, min, sec = tostring(text):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)Z$")
  if not year then return nil end
  local as_local = os.time { year = year, month = month, day = day, hour = hour, min = min, sec = sec, isdst = false }
  local utc = os.date("!*t", as_local)
  utc.isdst = false
  return os.date("%Y-%m-%d %H:%M", as_local + (as_local - os.time(utc)))
end

-- "7=96.4 30=95.1", and lists as words; what lies deeper as JSON.
local function plain_parts(value)
  local parts, keys = {}, {}
  for key, part in pairs(value) do
    if type(part) == "table" and not is_money(part) then return nil end
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    local x, y = tonumber(a), tonumber(b)
    if x and y then return x < y end
    return tostring(a) < tostring(b)
  end)
  for i, key in ipairs(keys) do
    local part = is_money(value[key]) and money(value[key]) or plain(value[key])
    parts[i] = math.type(key) and part or plain(key) .. "=" .. part
  end
  return table.concat(parts, next(value) and math.type(next(value)) and ", " or " ")
end

-- One value as one cell of a table for people. Midnight UTC is a day, of a reservation's end for instance.
local function cell(value)
  if value == nil then return "" end
  if is_money(value) then return money(value) end
  if type(value) == "table" then return plain_parts(value) or plain(format_json(value)) end
  if type(value) == "string" then
    return value:match("^(%d+%-%d+%-%d+)T00:00:00Z$") or local_time(value) or plain(value)
  end
  return plain(value)
end

-- ---- JSON -----------------------------------------------------------------------------------------------------------

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }

local function json_escape(c) return escapes[c] or ("\\u%04x"):format(utf8.codepoint(c)) end

local function json_string(text)
  text = text:gsub('[%c"\\\127]', json_escape):gsub("\xc2[\x80-\x9f]", json_escape)
  return '"' .. text:gsub("\xe2\x80[\x8e\x8f\xa8-\xae]", json_escape):gsub("\xe2\x81[\xa6-\xa9]", json_escape) .. '"'
end

local function json_number(value)
  if math.type(value) == "integer" then return tostring(value) end
  local text = ("%.15g"):format(value)
  return (tonumber(text) == value and text or ("%.17g"):format(value))
end

local function sorted_keys(object)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Lists are marked by whoever decoded them, so that an empty one is none of names.
local function is_list(value) return #value > 0 or getmetatable(value) ~= nil end

function format_json(value)
  if type(value) == "string" then return json_string(value) end
  if type(value) == "number" then return json_number(value) end
  if type(value) == "boolean" then return tostring(value) end
  if type(value) ~= "table" then return "null" end
  local parts = {}
  if is_list(value) then
    for i, element in ipairs(value) do parts[i] = format_json(element) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(sorted_keys(value)) do parts[i] = json_string(key) .. ":" .. format_json(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- ---- tables ---------------------------------------------------------------------------------------------------------

local PROSE_WIDTH = 120 -- longer lines are hard to read
local WORD_WIDTH = 160  -- no id is longer; a hostile word sticks out rather than widening its column

local function length(text) return utf8.len(text) or #text end

-- The lines a text takes in so many columns. Words stay whole: ids are there to be copied.
local function wrap(text, width)
  if length(text) <= width then return {text} end
  local lines, line = {}, nil
  for word in text:gmatch("%S+") do
    if line and length(line) + 1 + length(word) <= width then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function longest_word(text)
  local longest = 0
  for word in text:gmatch("%S+") do longest = math.max(longest, length(word)) end
  return math.min(longest, WORD_WIDTH)
end

-- How wide each column gets: what it holds, unless all together are too wide; then the widest text gives way, at its
-- blanks. Numbers never do.
local function column_widths(rows, right, width)
  local widths, least, total = {}, {}, -2
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, length(text))
      least[i] = right[i] and widths[i] or math.max(least[i] or 0, longest_word(text))
    end
  end
  for _, w in ipairs(widths) do total = total + w + 2 end
  while total > width do
    local widest
    for i, w in ipairs(widths) do
      if w > least[i] and (not widest or w > widths[widest]) then widest = i end
    end
    if not widest then break end
    widths[widest], total = widths[widest] - 1, total - 1
  end
  return widths
end

-- Rows (lists of texts) as aligned lines, one text per row. Nothing is cut: a cell that is too wide goes on in the next
-- line. right: set of the columns that hold numbers.
local function align(rows, right, width)
  local widths, texts = column_widths(rows, right, width), {}
  for r, row in ipairs(rows) do
    local cells, height = {}, 1
    for i, text in ipairs(row) do
      cells[i] = wrap(text, widths[i])
      height = math.max(height, #cells[i])
    end
    local lines = {}
    for n = 1, height do
      local parts = {}
      for i, lines_of_cell in ipairs(cells) do
        local text = lines_of_cell[n] or ""
        local pad = (" "):rep(widths[i] - length(text))
        parts[i] = right[i] and pad .. text or text .. pad
      end
      lines[n] = table.concat(parts, "  "):gsub("%s+$", "")
    end
    texts[r] = table.concat(lines, "\n")
  end
  return texts
end

-- A reservation's full id takes a whole line, and its last part is as good wherever one is asked for.
local function short_cell(value)
  local guid = type(value) == "string"
    and value:lower():match("^/providers/microsoft%.capacity/.*/reservations/([^/]+)$")
  return cell(guid or value)
end

local writers = {}

function writers.table(columns, rows, options)
  if #rows == 0 then return "nothing\n" end
  local lines, right = { {} }, {}
  for i, column in ipairs(columns) do lines[1][i] = column:upper() end
  for r, row in ipairs(rows) do
    lines[r + 1] = {}
    for i, column in ipairs(columns) do
      local value = row[column]
      right[i] = right[i] or type(value) == "number" or is_money(value)
      lines[r + 1][i] = short_cell(value)
    end
  end
  return table.concat(align(lines, right, options.width), "\n") .. "\n"
end

-- What a spreadsheet takes for the beginning of a formula; some take the wide forms of East Asian scripts, too.
local function is_formula(text)
  text = text:match("^%s*(.*)$")
  return text:find("^[=+%-@]") or text:find("^\xef\xbc[\x9d\x8b\x8d\xa0]")
end

-- One value as one cell for programs and spreadsheets: tab-separated as it is.
local function tsv_cell(value)
  if value == nil then return "" end
  if is_money(value) then return value.amount .. " " .. value.currency end
  if type(value) == "table" then return plain(format_json(value)) end
  local text = plain(value)
  return type(value) == "string" and is_formula(value) and "'" .. text or text
end

local function csv_cell(value)
  local text = tsv_cell(value)
  return text:find('[",]') and '"' .. text:gsub('"', '""') .. '"' or text
end

local function md_cell(value)
  return (cell(value):gsub("[|\\`*_<>%[%]]", "\\%0"))
end

local function separated(columns, rows, separator, write)
  local lines, head = {}, {}
  for i, column in ipairs(columns) do head[i] = write(column) end
  lines[1] = table.concat(head, separator)
  for r, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = write(row[column]) end
    lines[r + 1] = table.concat(cells, separator)
  end
  return table.concat(lines, "\n") .. "\n"
end

function writers.csv(columns, rows) return separated(columns, rows, ",", csv_cell) end
function writers.tsv(columns, rows) return separated(columns, rows, "\t", tsv_cell) end

function writers.md(columns, rows)
  local text = "| " .. table.concat(columns, " | ") .. " |\n|" .. (" --- |"):rep(#columns) .. "\n"
  for _, row in ipairs(rows) do
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = md_cell(row[column]) end
    text = text .. "| " .. table.concat(cells, " | ") .. " |\n"
  end
  return text
end

function writers.jsonl(_, rows)
  local lines = {}
  for i, row in ipairs(rows) do lines[i] = format_json(row) .. "\n" end
  return table.concat(lines)
end

-- ---- a page, for a person -------------------------------------------------------------------------------------------

local Page = {}
Page.__index = Page

local function new_page(options)
  return setmetatable({lines = {}, width = options.width, color = options.color}, Page)
end

function Page:line(text) self.lines[#self.lines + 1] = text or "" end

function Page:bold(text) return self.color and "\27[1m" .. text .. "\27[0m" or text end

function Page:section(title)
  self:line()
  self:line(self:bold(title))
end

-- Aligned rows. notes: what is said below a row, in full.
function Page:rows(rows, right, notes)
  for i, text in ipairs(align(rows, right or {}, self.width - 2)) do
    self:line("  " .. text:gsub("\n", "\n  "))
    local note = notes and notes[i]
    for _, line in ipairs(note and note ~= "" and wrap(note, math.min(self.width, PROSE_WIDTH) - 6) or {}) do
      self:line("      " .. line)
    end
  end
end

function Page:text() return table.concat(self.lines, "\n") .. "\n" end

-- "3 customers", "1 customer"
local function counted(count, noun)
  return ("%d %s%s"):format(count, noun, count == 1 and "" or "s")
end

-- The last part of a long id, which is what portals search by; anything else as it is.
local function short_id(text)
  text = tostring(text or "")
  return plain(text:match("^/.*/([^/]+)$") or text)
end

-- "4 x Standard_D4s_v5, eastus, 7d208750-…": what an effect acts on, with the id to look it up by.
local function subject(effect)
  local parts = {}
  if effect.subject_name then
    parts[1] = (effect.quantity and effect.quantity .. " x " or "") .. plain(effect.subject_name)
  end
  if effect.subject then parts[#parts + 1] = short_id(effect.subject) end
  return table.concat(parts, ", ")
end

-- ---- a run, for a person --------------------------------------------------------------------------------------------

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
  page:line("effects:   " .. counts_line(data.effects, effect_order))
  local times = {}
  for _, name in ipairs {"planned", "ended"} do
    if data[name] then times[#times + 1] = name .. " " .. cell(data[name]) end
  end
  if data.actor then times[#times + 1] = "by " .. plain(data.actor) end
  if #times > 0 then page:line("when:      " .. table.concat(times, ", ")) end
  for i, text in ipairs(data.reason and wrap(plain(data.reason), page.width - 11) or {}) do
    page:line((i == 1 and "reason:    " or "           ") .. text)
  end
end

local function put_unknown(page, data)
  if not data.unknown or #data.unknown == 0 then return end
  page:section("Outcome unknown: it may have happened. Look at each in the portal before anything else")
  local rows, notes = {}, {}
  for i, effect in ipairs(data.unknown) do
    rows[i] = {plain(effect.operation), plain(effect.customer_name or effect.customer), subject(effect)}
    notes[i] = plain(effect.message or "")
  end
  page:rows(rows, {}, notes)
end

-- The exact sum of amounts in one currency; nil when one is missing or it has more digits than an integer holds.
local function sum(rows, name)
  local places, total, currency = 2, 0, nil
  for _, row in ipairs(rows) do
    local part = row[name] and row[name].amount:match("%.(%d+)$") or ""
    places = math.max(places, #part)
  end
  for _, row in ipairs(rows) do
    local sign, whole, part = (row[name] and row[name].amount or ""):match("^(%-?)(%d+)%.?(%d*)$")
    if not whole or #whole + places > 15 or currency and currency ~= row[name].currency then return nil end
    currency = row[name].currency
    total = total + math.tointeger(tonumber(sign .. whole .. part .. ("0"):rep(places - #part), 10))
  end
  local digits = ("%0" .. places + 1 .. "d"):format(math.abs(total))
  local amount = digits:sub(1, -places - 1) .. "." .. digits:sub(-places)
  return {amount = (total < 0 and "-" or "") .. amount, currency = currency}
end

-- What all rows of one operation come to, where that can be said: counts, and worth, which is in one currency.
local function total_row(data, columns)
  local first = data.by_currency[1]
  local count = 0
  for _, row in ipairs(data.by_currency) do
    if row.operation ~= first.operation then return nil end
    count = count + row.count
  end
  local cells = {"together", tostring(count), ""}
  for _, name in ipairs(columns) do
    cells[#cells + 1] = name == "worth" and money(sum(data.by_currency, "worth")) or ""
  end
  return #data.by_currency > 1 and cells or nil
end

local function put_by_currency(page, data)
  if #data.by_currency == 0 then return end
  page:section(is_plan(data) and "Planned, by currency" or data.state == "done" and "Carried out, by currency" or
               "Carried out so far, by currency")
  local columns = {}
  for _, name in ipairs {"back", "pay", "worth"} do
    for _, row in ipairs(data.by_currency) do
      if row[name] and columns[#columns] ~= name then columns[#columns + 1] = name end
    end
  end
  local rows = {{"", "count", "customers", table.unpack(columns)}}
  for i, row in ipairs(data.by_currency) do
    rows[i + 1] = {plain(row.operation), tostring(row.count), tostring(row.customers)}
    for _, name in ipairs(columns) do table.insert(rows[i + 1], money(row[name])) end
  end
  rows[#rows + 1] = total_row(data, columns)
  page:rows(rows, {[2] = true, [3] = true, [4] = true, [5] = true, [6] = true})
end

local function put_largest(page, data)
  if #data.largest == 0 then return end
  page:section("The largest")
  local rows, notes = {}, {}
  for i, effect in ipairs(data.largest) do
    local amounts = effect.actual or effect.planned or {}
    if not (amounts.back or amounts.pay) then amounts = effect.planned or amounts end
    rows[i] = {money(amounts.back or amounts.pay), money(amounts.worth), plain(effect.customer_name or effect.customer)}
    notes[i] = subject(effect)
  end
  page:rows(rows, {[1] = true, [2] = true}, notes)
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

local function explain_refused(row) return plain(row.example or "") end

local function explain_skipped(row)
  return skip_reasons[row.code] or row.example and "for example " .. short_id(row.example) or ""
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
    rows[i] = {plain(row.customer_name or row.customer), plain(row.step), short_id(row.label or row.item),
               plain(row.code or "")}
    notes[i] = plain(row.detail or "")
  end
  page:rows(rows, {}, notes)
  if total > #data.failed_items then page:line(("  and %d more"):format(total - #data.failed_items)) end
end

-- "15.5%": a share in millionths.
local function share(ppm) return format_json(ppm / 10000) .. "%" end

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
  local function show(value) return value == nil and "" or is_money(value) and money(value) or tostring(value) end
  for i, guard in ipairs(data.guards) do
    local used = guard.used
    if is_plan(data) then used = guard.planned end
    if guard.share_ppm then used = data.customers[guard.kind == "failures" and "failed" or guard.kind] end
    local kind = (guard.per_customer and "per customer: " or "") .. plain(guard.kind)
    rows[i] = {plain(guard.operation or "the run"), kind, show(used), guard_cap(guard, show)}
  end
  page:rows(rows, {[3] = true})
end

local function run_table(data, options)
  local page = new_page(options)
  put_head(page, data)
  put_unknown(page, data)
  put_by_currency(page, data)
  put_largest(page, data)
  put_codes(page, "Refused", "effect", data.refused, explain_refused)
  put_codes(page, "Skipped", "item", data.skipped, explain_skipped)
  put_customers(page, "Could not be reached", data.unreachable, data.customers.unreachable)
  put_customers(page, "Failed", data.failed, data.customers.failed)
  put_failed_items(page, data)
  put_guards(page, data)
  if data.state == "planned" and (data.effects.planned or 0) > 0 then
    page:line()
    page:line("To carry it out: tenure apply " .. plain(data.run))
  end
  return page:text()
end

-- ---- a workflow, for a person ---------------------------------------------------------------------------------------

local units = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}

-- A default as a person would write it in the workflow.
local function default_text(input)
  local value = input.default
  if input.type == "percent" and type(value) == "number" then return format_json(value) .. "%" end
  if input.type == "duration" and math.type(value) == "integer" then
    for _, unit in ipairs(units) do
      if value % unit[1] == 0 then return counted(value // unit[1], unit[2]) end
    end
  end
  return cell(value)
end

local function describe_table(data, options)
  local page = new_page(options)
  page:line(page:bold(plain(data.name)) .. (data.summary and ": " .. plain(data.summary) or ""))
  local function block(title, list, describe)
    local rows = {}
    for i, element in ipairs(list or {}) do rows[i] = describe(element) end
    if #rows > 0 then
      page:section(title)
      page:rows(rows)
    end
  end
  block("Inputs", data.inputs, function(input)
    local shown = input.default == nil and (input.required and "required" or "optional") or
                  "default " .. default_text(input)
    return {plain(input.name), plain(input.type), shown, plain(input.help or input.takes or "")}
  end)
  block("Permissions", data.permissions, function(permission)
    local does = permission.effect and "changes something" or "reads"
    return {plain(permission.permission), does, plain(permission.doc or "")}
  end)
  block("Guards", data.guards, function(guard)
    local cap = "at most " .. cell(guard.cap)
    if guard.of_at_least then cap = cap .. (" of %s or more"):format(counted(guard.of_at_least, "customer")) end
    return {plain(guard.operation), (guard.per_customer and "per customer: " or "") .. plain(guard.kind), cap}
  end)
  if data.tolerance then
    page:section("Plan")
    local text = data.tolerance.proration and ", and a day's worth for each day" or ""
    page:rows {
      {"may be approved for", default_text {type = "duration", default = data.expires}},
      {"may come back less", data.tolerance.amount .. text},
    }
  end
  block("Steps", data.steps, function(step)
    return {plain(step.id), plain(step.run), step.each and "each " .. plain(step.each) or "once per customer"}
  end)
  return page:text()
end

local part_columns = { "part", "name", "detail", "doc" }

-- The same as rows: what it takes, may do, must not cross, and does.
local function part_rows(data)
  local rows = {}
  local function add(part, name, detail, doc)
    rows[#rows + 1] = { part = part, name = name, detail = detail, doc = doc }
  end
  for _, input in ipairs(data.inputs) do add("input", input.name, input.type, input.help or input.takes) end
  for _, permission in ipairs(data.permissions) do
    add("permission", permission.permission, permission.effect and "changes something" or "reads", permission.doc)
  end
  for _, guard in ipairs(data.guards) do add("guard", guard.operation, guard.kind, guard.cap) end
  for _, step in ipairs(data.steps) do add("step", step.id, step.run, step.each) end
  return rows
end

-- ---- mistakes in workflows ------------------------------------------------------------------------------------------

local problem_columns = { "file", "line", "column", "message", "hint" }

-- For a person they are talk, not data: see check.c.
local function check_table(data)
  return #data.problems == 0 and ("%d file%s, no mistakes\n"):format(data.files, data.files == 1 and "" or "s") or ""
end

-- ---- an audit trail, verified ---------------------------------------------------------------------------------------

local function audit_table(data, options)
  local out = {("%d events, %d sealed"):format(data.events, data.sealed)}
  out[#out + 1] = "head " .. tostring(data.head.number) .. " " .. plain(data.head.hash or "")
  if data.sound then
    out[#out + 1] = "whole: nothing was changed, removed, reordered or cut"
    return table.concat(out, "\n") .. "\n"
  end
  out[#out + 1] = ("%d problem%s"):format(data.problems_total, data.problems_total == 1 and "" or "s")
  return table.concat(out, "\n") .. "\n"
    .. writers.table({"what", "number", "kind", "at", "message"}, data.problems, options)
end

local event_columns = {"number", "at", "kind", "run", "effect", "body"}

-- ---- all together ---------------------------------------------------------------------------------------------------

local effect_columns = {
  "state", "operation", "customer", "customer_name", "subject", "subject_name", "quantity", "back", "pay", "worth",
  "code", "message", "request_id", "key",
}

-- Effects as flat rows: the amounts are those that count in the effect's state.
local function effect_rows(effects)
  local rows = {}
  for i, effect in ipairs(effects) do
    local row = {}
    for name, value in pairs(effect) do row[name] = value end
    local amounts = effect.actual or effect.planned or {}
    row.back, row.pay, row.worth = amounts.back, amounts.pay, amounts.worth
    rows[i] = row
  end
  return rows
end

-- What why.lua builds its page from.
local why_page = make_why {
  new_page = new_page, plain = plain, money = money, cell = cell, short_id = short_id, subject = subject,
  format_json = format_json,
}

-- Columns of rows that are no records: the names that the first one has, in their order; of plain values one.
local function found_columns(rows)
  if type(rows[1]) ~= "table" or is_money(rows[1]) then return {"value"} end
  return sorted_keys(rows[1])
end

-- Plain values as rows.
local function named_rows(rows)
  local named = {}
  for i, row in ipairs(rows) do
    named[i] = type(row) == "table" and not is_money(row) and row or {value = row}
  end
  return named
end

local function rows_json(data)
  if data.single then return format_json(data.rows[1]) .. "\n" end
  return format_json(data.rows) .. "\n"
end

return function(what, format, data, options)
  if format == "json" then return rows_json(data) end
  if what == "why" and format == "table" then return why_page(data, options) end
  if what == "audit" then return audit_table(data, options) end
  if what == "run" then return run_table(data, options) end
  if what == "check" and format == "table" then return check_table(data) end
  if what == "describe" and format == "table" then return describe_table(data, options) end
  local writer = writers[format]
  if not writer then error("no output format '" .. tostring(format) .. "'", 0) end
  if what == "effects" then
    return format == "jsonl" and writer(nil, data) or writer(effect_columns, effect_rows(data), options)
  end
  if what == "why" then return writer(event_columns, data.events, options) end
  if what == "check" then return writer(problem_columns, data.problems, options) end
  if what == "describe" then
    return format == "jsonl" and writer(nil, { data }) or writer(part_columns, part_rows(data), options)
  end
  if format == "jsonl" then return writer(nil, data.rows) end
  return writer(data.columns or found_columns(data.rows), named_rows(data.rows), options)
end
