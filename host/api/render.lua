-- Rendering: data into the format that was asked for.
--
-- render(what, format, data, options) -> text. what: "run" (a summary), "effects" (a list), "rows" ({columns, rows, single}),
-- "check", "describe". format: table, json, jsonl, tsv, csv, md. options: width (columns of the terminal), color.
-- Names come from customers and are hostile text everywhere: each writer escapes for its own reader.

local format_json -- forward: a value as JSON

-- ---- text that cannot hurt -------------------------------------------------------------------------------------------

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

-- One value as one cell of a table for people.
local function cell(value)
  if value == nil then return "" end
  if is_money(value) then return money(value) end
  if type(value) == "table" then return plain(format_json(value)) end
  if type(value) == "string" then return local_time(value) or plain(value) end
  return plain(value)
end

-- ---- JSON ------------------------------------------------------------------------------------------------------------

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }

local function json_string(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c) return escapes[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
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

function format_json(value)
  if type(value) == "string" then return json_string(value) end
  if type(value) == "number" then return json_number(value) end
  if type(value) == "boolean" then return tostring(value) end
  if type(value) ~= "table" then return "null" end
  local parts = {}
  if #value > 0 or getmetatable(value) then
    for i, element in ipairs(value) do parts[i] = format_json(element) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(sorted_keys(value)) do parts[i] = json_string(key) .. ":" .. format_json(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- ---- tables ----------------------------------------------------------------------------------------------------------

local function length(text) return utf8.len(text) or #text end

-- At most width characters, the last an ellipsis when something was cut.
local function cut(text, width)
  if length(text) <= width then return text end
  return text:sub(1, (utf8.offset(text, width) or #text + 1) - 1) .. "…"
end

-- Lines of aligned columns. rows: lists of texts; right: set of column numbers that hold numbers. The widest column gives way when
-- the terminal is too narrow.
local function align(rows, right, width)
  local widths, total = {}, 0
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, length(text)) end
  end
  for _, w in ipairs(widths) do total = total + w + 2 end
  while total > width do
    local widest = 1
    for i, w in ipairs(widths) do if w > widths[widest] then widest = i end end
    if widths[widest] <= 12 then break end
    local less = math.min(total - width, widths[widest] - 12)
    widths[widest], total = widths[widest] - less, total - less
  end
  local lines = {}
  for _, row in ipairs(rows) do
    local parts = {}
    for i, text in ipairs(row) do
      text = cut(text, widths[i])
      local pad = (" "):rep(widths[i] - length(text))
      parts[i] = right[i] and pad .. text or text .. pad
    end
    lines[#lines + 1] = (table.concat(parts, "  "):gsub("%s+$", ""))
  end
  return lines
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
      lines[r + 1][i] = cell(value)
    end
  end
  return table.concat(align(lines, right, options.width), "\n") .. "\n"
end

-- A cell that a spreadsheet would run as a formula is quoted for it.
local function csv_cell(value)
  local text = is_money(value) and value.amount .. " " .. value.currency or type(value) == "table" and format_json(value)
               or value == nil and "" or tostring(value)
  if type(value) == "string" and text:find("^[=+%-@\t\r]") then text = "'" .. text end
  if text:find('[",\r\n]') then text = '"' .. text:gsub('"', '""') .. '"' end
  return text
end

local function tsv_cell(value)
  local text = is_money(value) and value.amount .. " " .. value.currency or type(value) == "table" and format_json(value)
               or value == nil and "" or tostring(value)
  return plain(text)
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

-- ---- a run, for a person ---------------------------------------------------------------------------------------------

local titles = {
  planning = "being planned", planned = "planned, nothing has changed yet", applying = "being applied", done = "done",
  stopped = "stopped", interrupted = "interrupted",
}

local function counts_line(counts, order)
  local parts = {}
  for _, name in ipairs(order) do
    if (counts[name] or 0) > 0 then parts[#parts + 1] = counts[name] .. " " .. name end
  end
  return #parts > 0 and table.concat(parts, ", ") or "none"
end

local customer_order = { "done", "running", "waiting", "skipped", "unreachable", "failed" }
local effect_order = { "planned", "approved", "intended", "accepted", "succeeded", "partial", "failed", "unknown",
                       "refused", "withdrawn" }

local function run_table(data, options)
  local out = {}
  local bold, off = options.color and "\27[1m" or "", options.color and "\27[0m" or ""
  local function line(text) out[#out + 1] = text or "" end
  local function section(title) line() line(bold .. title .. off) end
  local function block(rows, right)
    for _, text in ipairs(align(rows, right or {}, options.width - 2)) do line("  " .. text) end
  end

  line(("%s%s%s  %s  %s"):format(bold, plain(data.run), off, plain(data.workflow), titles[data.state] or plain(data.state)))
  line("customers: " .. counts_line(data.customers, customer_order))
  line("effects:   " .. counts_line(data.effects, effect_order))
  if data.reason then line("reason:    " .. plain(data.reason)) end

  if data.unknown and #data.unknown > 0 then
    section("Unknown outcomes: it may have happened; look at each in the portal before anything else")
    local rows = {}
    for i, effect in ipairs(data.unknown) do
      rows[i] = { plain(effect.operation), plain(effect.customer_name or effect.customer), plain(effect.subject_name or ""),
                  plain(effect.subject or ""), plain(effect.message or "") }
    end
    block(rows)
  end

  if #data.by_currency > 0 then
    section(data.state == "planned" and "What it would bring" or "What it brought")
    local rows = { { "", "currency", "count", "customers", "back", "worth" } }
    for _, row in ipairs(data.by_currency) do
      rows[#rows + 1] = { plain(row.operation), row.currency or "", tostring(row.count), tostring(row.customers),
                          money(row.back or row.pay), money(row.worth) }
    end
    block(rows, { [3] = true, [4] = true, [5] = true, [6] = true })
  end

  if #data.largest > 0 then
    section("The largest")
    local rows = {}
    for i, effect in ipairs(data.largest) do
      local amounts = effect.actual or effect.amounts or effect.planned or {}
      if not (amounts.back or amounts.pay) then amounts = effect.planned or amounts end
      rows[i] = { money(amounts.back or amounts.pay), money(amounts.worth), plain(effect.customer_name or effect.customer),
                  (effect.quantity and effect.quantity .. " x " or "") .. plain(effect.subject_name or ""),
                  plain((effect.subject or ""):match("[^/]+$") or "") }
    end
    block(rows, { [1] = true, [2] = true })
  end

  local function codes(title, list)
    if not list or #list == 0 then return end
    section(title)
    local rows = {}
    for i, row in ipairs(list) do rows[i] = { tostring(row.count), plain(row.code), plain(row.example or "") } end
    block(rows, { [1] = true })
  end
  codes("Refused", data.refused)
  codes("Skipped", data.skipped)

  local function customers(title, list, total)
    if not list or #list == 0 then return end
    section(("%s (%d)"):format(title, total or #list))
    local rows = {}
    for i, row in ipairs(list) do
      rows[i] = { plain(row.name ~= "" and row.name or row.id), plain(row.code or ""), plain(row.message or "") }
    end
    block(rows)
    if total and total > #list then line(("  and %d more"):format(total - #list)) end
  end
  customers("Could not be reached", data.unreachable, data.customers.unreachable)
  customers("Failed", data.failed, data.customers.failed)

  if data.failed_items and #data.failed_items > 0 then
    section(("Failed items (%d)"):format(data.failed_items_total or #data.failed_items))
    local rows = {}
    for i, row in ipairs(data.failed_items) do
      rows[i] = { plain(row.customer_name or row.customer), plain(row.step),
                  plain((row.label or tostring(row.item)):match("[^/]+$") or ""), plain(row.code or ""), plain(row.detail or "") }
    end
    block(rows)
  end

  if data.guards and #data.guards > 0 then
    section("Guards")
    local rows = {}
    for i, guard in ipairs(data.guards) do
      local planning = data.state == "planning" or data.state == "planned"
      local used = planning and guard.planned or guard.used
      local function show(value) return is_money(value) and money(value) or tostring(value) end
      rows[i] = { plain(guard.operation), plain(guard.kind), show(used), "of " .. show(guard.cap) }
    end
    block(rows, { [3] = true })
  end

  if data.state == "planned" and (data.effects.planned or 0) > 0 then
    line()
    line("To carry it out: tenure apply " .. plain(data.run))
  end
  return table.concat(out, "\n") .. "\n"
end

-- ---- a workflow, for a person ----------------------------------------------------------------------------------------

local function describe_table(data, options)
  local out = { plain(data.name) .. (data.summary and ": " .. plain(data.summary) or "") }
  local function block(title, rows)
    if #rows == 0 then return end
    out[#out + 1] = ""
    out[#out + 1] = title
    for _, text in ipairs(align(rows, {}, options.width - 2)) do out[#out + 1] = "  " .. text end
  end
  local rows = {}
  for i, input in ipairs(data.inputs) do
    local default = input.default
    local shown = default == nil and (input.required and "required" or "optional") or "default " .. cell(default)
    rows[i] = { plain(input.name), plain(input.type), shown, plain(input.help or input.takes or "") }
  end
  block("Inputs", rows)
  rows = {}
  for i, permission in ipairs(data.permissions) do
    rows[i] = { plain(permission.permission), permission.effect and "changes something" or "reads", plain(permission.doc or "") }
  end
  block("Permissions", rows)
  rows = {}
  for i, guard in ipairs(data.guards or {}) do
    rows[i] = { plain(guard.operation), plain(guard.kind), "at most " .. cell(guard.cap) }
  end
  block("Guards", rows)
  rows = {}
  for i, step in ipairs(data.steps) do
    rows[i] = { plain(step.id), plain(step.run), step.each and "each " .. plain(step.each) or "once per customer" }
  end
  block("Steps", rows)
  return table.concat(out, "\n") .. "\n"
end

-- ---- all together ----------------------------------------------------------------------------------------------------

local effect_columns = { "state", "operation", "customer", "customer_name", "subject", "subject_name", "quantity", "back", "pay",
                         "worth", "code", "message", "request_id", "key" }

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

local function rows_json(data)
  if data.single then return format_json(data.rows[1]) .. "\n" end
  return (#data.rows == 0 and "[]" or format_json(data.rows)) .. "\n"
end

return function(what, format, data, options)
  if format == "json" then return rows_json(data) end
  if what == "run" then return run_table(data, options) end
  if what == "check" then
    local problems = #data.problems
    return problems == 0 and ("%d file%s, no mistakes\n"):format(data.files, data.files == 1 and "" or "s") or ""
  end
  if what == "describe" then return describe_table(data, options) end
  local writer = writers[format]
  if not writer then error("no output format '" .. tostring(format) .. "'", 0) end
  if what == "effects" then
    return format == "jsonl" and writer(nil, data) or writer(effect_columns, effect_rows(data), options)
  end
  return writer(data.columns, data.rows, options)
end
