-- The operation table for people and editors: pages in Markdown, rows for a terminal, annotations for LuaLS.
--
-- data is what operations.c writes: modules with their operations and records; data.only names the module, or the one
-- operation, that is wanted.

local text = require "render.text"

local plain = text.plain

local reference = {}

local function by_name(data)
  for _, module in ipairs(data.modules) do
    if module.name == data.only then return module end
  end
end

local function wanted(data) return data.only and {by_name(data)} or data.modules end

-- The operation of that name, and its module.
local function operation_named(data, dotted)
  for _, module in ipairs(data.modules) do
    for _, operation in ipairs(module.operations) do
      if operation.operation == dotted then return operation, module end
    end
  end
end

-- Where each record is described: its module's name.
local function homes(data)
  local home = {}
  for _, module in ipairs(data.modules) do
    for _, record in ipairs(module.records) do home[record.name] = home[record.name] or module.name end
  end
  return home
end

local function does(operation) return operation.class == "read" and "reads" or "changes something" end

-- ---- Markdown ------------------------------------------------------------------------------------------------------

local function cell(words) return (plain(words):gsub("|", "\\|")) end

local function link(home, here, record)
  return ("[%s](%s#%s)"):format(record, home[record] == here and "" or home[record] .. ".md", record)
end

-- What a field or an argument holds, for people.
local type_words = {
  money = "money", date = "time (seconds since 1970)", duration = "seconds", keyed = "numbers by number",
  data = "table", json = "table", returns = "list of reservations", purchases = "list of tables",
  savings_plans = "list of tables",
}

local function field_type(home, here, field)
  if field.type == "flags" then return "flags `" .. table.concat(field.flags, "` `") .. "`" end
  local record = field.record and link(home, here, field.record)
  if field.type == "list" then return "list of " .. (record or "texts") end
  return record or type_words[field.type] or field.type
end

local function argument_type(argument)
  if argument.choices then return "`" .. table.concat(argument.choices, "` `") .. "`" end
  return argument.type == "list" and "list of texts" or type_words[argument.type] or argument.type
end

local function put_arguments(out, operation)
  if #operation.arguments == 0 then return end
  out[#out + 1] = "| argument | takes | |\n| --- | --- | --- |"
  for i, argument in ipairs(operation.arguments) do
    local notes = {argument.required and "needed" or nil}
    if i == 1 then table.insert(notes, 1, "may be given bare") end
    local note = #notes > 0 and " (" .. table.concat(notes, ", ") .. ")" or ""
    out[#out + 1] = ("| `%s` | %s | %s%s |"):format(argument.name, cell(argument_type(argument)), cell(argument.doc),
      note)
  end
  out[#out + 1] = ""
end

local effects = {
  named = "Changes something; asking for the same again changes nothing more.",
  once = "Changes something, and is never sent twice.",
}

local once = "its name among the customer's effects"

local user = "Takes a user's token, `TENURE_REFRESH_TOKEN`: an application's alone is not enough."

local function put_operation(out, home, module, operation)
  out[#out + 1] = ("## %s\n\n%s"):format(operation.operation, plain(operation.doc))
  if effects[operation.class] then out[#out] = out[#out] .. " " .. effects[operation.class] end
  if operation.as_user then out[#out] = out[#out] .. " " .. user end
  out[#out + 1] = ""
  put_arguments(out, operation)
  local answer = operation.record and link(home, module.name, operation.record) or "text"
  if operation.class == "read" then
    out[#out + 1] = ("Answers with %s%s."):format(operation.list and "a list of " or "", answer)
  else
    out[#out + 1] = "Answers with an outcome."
  end
  local options = {}
  if operation.takes_customer then options[#options + 1] = "`customer`, whose tenant to ask" end
  if operation.takes_once then options[#options + 1] = ("`once`, %s (needed)"):format(once) end
  if #options > 0 then out[#out] = out[#out] .. " Also takes " .. table.concat(options, ", and ") .. "." end
  out[#out + 1] = ("Permission `%s`. Source: %s.\n"):format(operation.permission, plain(operation.source))
end

local function put_record(out, home, module, record)
  out[#out + 1] = ("## %s\n\n%s.\n\n| field | holds | |\n| --- | --- | --- |"):format(record.name, plain(record.doc))
  for _, field in ipairs(record.fields) do
    local name = field.column and "**`" .. field.name .. "`**" or "`" .. field.name .. "`"
    out[#out + 1] = ("| %s | %s | %s |"):format(name, cell(field_type(home, module.name, field)), cell(field.doc))
  end
  out[#out + 1] = ""
end

local function page(data, module)
  local home = homes(data)
  local out = {
    ("# %s\n\n%s.\n\n```lua\nlocal %s = require \"tenure.%s\"\n```\n"):format(module.name, plain(module.doc),
      module.name, module.name),
  }
  for _, operation in ipairs(module.operations) do put_operation(out, home, module, operation) end
  local own = {}
  for _, record in ipairs(module.records) do
    if home[record.name] == module.name then own[#own + 1] = record end
  end
  if #own > 0 then out[#out + 1] = "# Records\n\nTables show the fields in bold unless asked otherwise.\n" end
  for _, record in ipairs(own) do put_record(out, home, module, record) end
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

local forces = {
  vetoes = "refused without asking Azure", doubts = "the quote decides, and its doubt is told",
  explains = "only Azure can know",
}

local refusals = [[

# Refusals

What Azure refuses late is looked at before it is asked for, by what is known of a reservation already: the record that
was given, or looked up for an id. Given by full id and quantity nothing is known, and the service is asked.

Where a quote decides otherwise than a rule, the quote counts, and the plan says both.
]]

local function put_rules(out, data)
  out[#out + 1] = refusals
  out[#out + 1] = "| code | looks at | then | in words | source |\n| --- | --- | --- | --- | --- |"
  for _, rule in ipairs(data.rules) do
    out[#out + 1] = ("| `%s` | %s | %s | %s | %s |"):format(rule.code, cell(rule.looks_at or ""), forces[rule.force],
      cell(rule.words), cell(rule.source))
  end
end

local function index(data)
  local out = {
    "# Reference\n\nMade from the operation table by `tenure describe --operations -o md`. Editors check workflow "
      .. "files by [workflow.schema.json](workflow.schema.json), and complete scripts by what "
      .. "`tenure describe --stubs FOLDER` writes.\n",
    "| module | |\n| --- | --- |"}
  for _, module in ipairs(data.modules) do
    out[#out + 1] = ("| [%s](%s.md) | %s |"):format(module.name, module.name, cell(module.doc))
  end
  out[#out + 1] = "\n# Permissions\n\n| permission | does | |\n| --- | --- | --- |"
  for _, module in ipairs(data.modules) do
    for _, operation in ipairs(module.operations) do
      out[#out + 1] = ("| `%s` | %s | %s |"):format(operation.permission, does(operation), cell(operation.doc))
    end
  end
  put_rules(out, data)
  return table.concat(out, "\n") .. "\n"
end

function reference.markdown(data)
  local operation, module = operation_named(data, data.only)
  if not operation then return data.only and page(data, by_name(data)) or index(data) end
  local out = {}
  put_operation(out, homes(data), module, operation)
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

-- ---- rows for a terminal -------------------------------------------------------------------------------------------

local function put_argument_rows(rows, operation)
  for _, argument in ipairs(operation.arguments) do
    if argument.type ~= "quote" then
      local words = argument.type == "date" and "date, e.g. 2026-02-01" or argument_type(argument)
      local takes = argument.choices and table.concat(argument.choices, ", ") or words
      rows[#rows + 1] = {
        argument = argument.name, takes = takes, needed = argument.required and "needed" or nil, doc = argument.doc,
      }
    end
  end
end

-- What `tenure call` takes for an operation: one that takes a quote is called with what makes the quote.
local function argument_rows(data, operation, module)
  local rows = {}
  local quote = operation.quoted_by and operation_named(data, module.name .. "." .. operation.quoted_by)
  if quote then put_argument_rows(rows, quote) end
  put_argument_rows(rows, operation)
  if operation.takes_once then
    rows[#rows + 1] = {argument = "once", takes = "string", needed = "needed", doc = once}
  end
  if operation.takes_customer then
    rows[#rows + 1] = {argument = "customer", takes = "customer", doc = "whose tenant to ask"}
  end
  return rows
end

local function operation_rows(data)
  local rows = {}
  for _, module in ipairs(wanted(data)) do
    for _, operation in ipairs(module.operations) do
      local answers = operation.class ~= "read" and "outcome" or operation.record or "text"
      rows[#rows + 1] = {
        operation = operation.operation, does = does(operation), doc = operation.doc,
        answers = operation.class == "read" and operation.list and "list of " .. answers or answers,
      }
    end
  end
  return rows
end

-- The columns and rows for a terminal: operations, or the arguments of the one that is wanted.
function reference.table(data)
  local operation, module = operation_named(data, data.only)
  if operation then return {"argument", "takes", "needed", "doc"}, argument_rows(data, operation, module) end
  return {"operation", "does", "answers", "doc"}, operation_rows(data)
end

-- ---- annotations ---------------------------------------------------------------------------------------------------

local lua_types = {
  string = "string", id = "string", integer = "integer", number = "number", boolean = "boolean", money = "tenure.money",
  date = "integer", duration = "integer", keyed = "table<number, number>", data = "table<string, any>",
  reservation = "tenure.reservation|string", order = "tenure.order|tenure.reservation|string",
  customer = "tenure.customer|string", subscription = "string", quote = "tenure.quote", list = "string[]",
  table = "table<string, any>", json = "table|string", purchases = "table|table[]", savings_plans = "table|table[]",
  returns = "tenure.reservation|string|table|(tenure.reservation|string|table)[]",
}

local function lua_field_type(field)
  if field.type == "flags" then
    local flags = {}
    for i, flag in ipairs(field.flags) do flags[i] = flag .. "?: boolean" end
    return "{" .. table.concat(flags, ", ") .. "}"
  end
  if not field.record then return lua_types[field.type] end
  return "tenure." .. field.record .. (field.type == "list" and "[]" or "")
end

-- A plain id is that of the record it is called after.
local function lua_argument_type(home, argument)
  if argument.choices then return '"' .. table.concat(argument.choices, '"|"') .. '"' end
  local record = argument.type == "id" and home[argument.name] and "tenure." .. argument.name .. "|" or ""
  return record .. lua_types[argument.type]
end

local function put_class(out, record)
  out[#out + 1] = ("---%s.\n---@class tenure.%s"):format(plain(record.doc), record.name)
  for _, field in ipairs(record.fields) do
    out[#out + 1] = ("---@field %s%s %s %s"):format(field.name, field.always and "" or "?", lua_field_type(field),
      plain(field.doc))
  end
  if record.name == "reservation" then
    out[#out + 1] = "---@field like fun(self: tenure.reservation, changes?: table): table what would buy the like of it"
  end
  out[#out + 1] = "---@field raw table the service's own body\n"
end

local function put_options(out, home, operation)
  local class = "tenure." .. operation.operation .. ".options"
  out[#out + 1] = "---@class " .. class
  for _, argument in ipairs(operation.arguments) do
    out[#out + 1] = ("---@field %s? %s %s"):format(argument.name, lua_argument_type(home, argument),
      plain(argument.doc))
  end
  if operation.takes_customer then
    out[#out + 1] = "---@field customer? tenure.customer|string whose tenant to ask"
  end
  if operation.takes_once then out[#out + 1] = "---@field once string its name among the customer's effects" end
  out[#out + 1] = ""
  return class
end

local function put_function(out, home, operation)
  local class = put_options(out, home, operation)
  local first = operation.arguments[1]
  local answer = operation.class ~= "read" and "tenure.outcome" or operation.record and "tenure." .. operation.record or
    "string"
  out[#out + 1] = ("---%s\n---Permission `%s`: %s."):format(plain(operation.doc), operation.permission, does(operation))
  if first then
    out[#out + 1] = ("---@param %s? %s %s"):format(first.name, lua_argument_type(home, first), plain(first.doc))
  end
  out[#out + 1] = ("---@param options? %s\n---@return %s%s"):format(class, answer,
    operation.class == "read" and operation.list and "[]" or "")
  if first then
    out[#out + 1] = ("---@overload fun(options: %s): %s%s"):format(class, answer,
      operation.class == "read" and operation.list and "[]" or "")
  end
  out[#out + 1] = ("function %s(%s) end\n"):format(operation.operation,
    first and first.name .. ", options" or "options")
end

local common = [[
---@meta tenure

---What every script has: `require "tenure"`.
local tenure = {}

---An exact amount with its currency. It compares and adds up with money of the same currency only.
---@class tenure.money
---@field amount string
---@field currency string
---@operator add(tenure.money): tenure.money
---@operator sub(tenure.money): tenure.money
---@operator mul(integer): tenure.money

---What became of an effect.
---@class tenure.outcome
---@field state "planned"|"succeeded"|"partial"|"refused"|"failed"
---@field ok boolean
---@field code? string
---@field message? string
---@field back? tenure.money
---@field pay? tenure.money
---@field worth? tenure.money
---@field lines? tenure.exchange_line[] what it did one by one; in a plan where a quote told them, else after apply
---@field request_id? string
---@field answer? any the record that the service answered with; known only after apply

---What a step's script is called with.
---@class tenure.ctx
---@field customer tenure.customer
---@field item any the element of `each` that it is about
---@field inputs table<string, any>
---@field with table<string, any>
---@field steps table<string, table[]>
---@field before table<string, any>
---@field rows table[]
---@field now integer
---@field run {id: string, month: string}
---@field log fun(text: string, fields?: table)
---@field skip fun(code: string, detail?: any)
---@field fail fun(code: string, detail?: any)

---@param list table
---@return table list marked as one, so that an empty one is written as one
function tenure.array(list) end

---@param amount string|integer
---@param currency string
---@return tenure.money
function tenure.money(amount, currency) end

---What stands for null within lists.
tenure.null = nil

return tenure
]]

function reference.stubs(data)
  if not data.only then return common end
  local module, home = by_name(data), homes(data)
  local out = {("---@meta tenure.%s\n\n---%s.\nlocal %s = {}\n"):format(module.name, plain(module.doc), module.name)}
  for _, record in ipairs(module.records) do
    if home[record.name] == module.name then put_class(out, record) end
  end
  for _, operation in ipairs(module.operations) do put_function(out, home, operation) end
  out[#out + 1] = "return " .. module.name .. "\n"
  return table.concat(out, "\n")
end

return reference
