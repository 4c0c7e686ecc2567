-- A workflow described: what it takes, may do, must not cross, and does.

local cells = require "render.cells"
local json = require "render.json"
local names = require "render.names"
local new_page = require "render.page"
local text = require "render.text"

local counted, plain = text.counted, text.plain

local describe = {}

local units = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}

-- A default, or a value of that type, as a person would write it in the workflow.
function describe.value_text(input)
  local value = input.default
  if input.type == "percent" and type(value) == "number" then return json.encode(value) .. "%" end
  if input.type == "duration" and math.type(value) == "integer" then
    for _, unit in ipairs(units) do
      if value % unit[1] == 0 then return counted(value // unit[1], unit[2]) end
    end
  end
  if input.type == "date" and math.type(value) == "integer" then return os.date("!%Y-%m-%d", value) end
  return cells.shown(value)
end

-- What an input takes: a choice its own words, a table its columns.
local function taken(input)
  local words = {}
  for i, column in ipairs(input.columns or {}) do words[i] = plain(column.name) end
  for i, choice in ipairs(input.choices or {}) do words[i] = plain(choice) end
  if input.choices then return "one of: " .. table.concat(words, ", ") end
  return input.columns and input.takes .. " with the columns " .. table.concat(words, ", ") or input.takes
end

function describe.page(data, options)
  local page = new_page(options)
  page:line(page:bold(plain(data.name)) .. (data.summary and ": " .. plain(data.summary) or ""))
  local function block(title, list, row_of)
    local rows = {}
    for i, element in ipairs(list or {}) do rows[i] = row_of(element) end
    if #rows > 0 then
      page:section(title)
      page:rows(rows)
    end
  end
  block("Inputs", data.inputs, function(input)
    local shown = input.default == nil and (input.required and "required" or "optional") or
                  "default " .. describe.value_text(input)
    return {plain(input.name), plain(input.type), shown, plain(input.help or taken(input) or "")}
  end)
  block("Permissions", data.permissions, function(permission)
    local does = permission.effect and "changes something" or "reads"
    return {plain(permission.permission), does, plain(permission.doc or "")}
  end)
  block("Guards", data.guards, function(guard)
    local cap = "at most " .. cells.shown(guard.cap)
    if guard.of_at_least then cap = cap .. (" of %s or more"):format(counted(guard.of_at_least, "customer")) end
    return {plain(guard.operation), plain(names.guard_kind(guard)), cap}
  end)
  if data.tolerance then
    page:section("Plan")
    local proration = data.tolerance.proration and ", and a day's worth for each day" or ""
    page:rows {
      {"may be approved for", describe.value_text {type = "duration", default = data.expires}},
      {"may come back less", data.tolerance.amount .. proration},
    }
  end
  block("Outputs", data.outputs, function(output)
    local columns = {}
    for i, column in ipairs(output.columns) do columns[i] = plain(column.name) end
    return {plain(output.name), plain(output.file or output.name .. ".csv"), table.concat(columns, ", ")}
  end)
  local function steps(once)
    return function(step)
      local follows = step.follows and ", may follow " .. plain(step.follows) or ""
      return {plain(step.id), plain(step.run), (step.each and "each " .. plain(step.each) or once) .. follows}
    end
  end
  block("Before", data.before, steps "once")
  block("Steps", data.steps, steps "once per customer")
  block("After", data.after, steps "once")
  return page:text()
end

describe.columns = {"part", "name", "detail", "doc"}

-- The same as rows: what it takes, may do, must not cross, and does.
function describe.rows(data)
  local rows = {}
  local function add(part, name, detail, doc)
    rows[#rows + 1] = {part = part, name = name, detail = detail, doc = doc}
  end
  for _, input in ipairs(data.inputs) do add("input", input.name, input.type, input.help or input.takes) end
  for _, permission in ipairs(data.permissions) do
    add("permission", permission.permission, permission.effect and "changes something" or "reads", permission.doc)
  end
  for _, guard in ipairs(data.guards) do add("guard", guard.operation, guard.kind, guard.cap) end
  for _, output in ipairs(data.outputs) do add("output", output.name, output.file) end
  for _, part in ipairs {"before", "steps", "after"} do
    for _, step in ipairs(data[part]) do add(part == "steps" and "step" or part, step.id, step.run, step.each) end
  end
  return rows
end

return describe
