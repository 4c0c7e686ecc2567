-- Each row of the operation table is documented, named so that scripts and the shell can say it, served by the
-- simulator under the same name, and asked for by some spec.
local support = require "support"
local testing = require "tenure.testing"

local described = testing.run {"describe", "--operations", "-o", "json", env = support.env()}
local modules = testing.json.decode(described.stdout).modules

local function each_operation(visit)
  for _, module in ipairs(modules) do
    for _, operation in ipairs(module.operations) do
      visit(operation, module)
    end
  end
end

-- Fails with all of them at once: whoever adds rows learns in one go what they lack.
local function none(problems)
  assert(#problems == 0, "\n" .. table.concat(problems, "\n"))
end

local function has_text(value) return type(value) == "string" and value:find("%S") ~= nil end

-- A path without its query, whose parameters have no names.
local function shape(path)
  return (path:gsub("%?.*$", ""):gsub("{[^}]*}", "{}"):lower())
end

local reserved = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch("%a+") do
  reserved[word] = true
end

describe("every row of the operation table", function()
  it("says what it does and where that is written, and so do its arguments and fields", function()
    local problems = {}
    each_operation(function(operation)
      if not (has_text(operation.doc) and operation.doc:find("%.$")) then
        problems[#problems + 1] = operation.operation .. " has no sentence of doc"
      end
      if not has_text(operation.source) then
        problems[#problems + 1] = operation.operation .. " has no source"
      end
      for _, argument in ipairs(operation.arguments) do
        if not has_text(argument.doc) then
          problems[#problems + 1] = ("%s: %s has no doc"):format(operation.operation, argument.name)
        end
      end
    end)
    for _, module in ipairs(modules) do
      for _, record in ipairs(module.records) do
        local columns = 0
        for _, field in ipairs(record.fields) do
          columns = columns + (field.column and 1 or 0)
          if not has_text(field.doc) then
            problems[#problems + 1] = ("%s: %s has no doc"):format(record.name, field.name)
          end
        end
        if columns == 0 or not has_text(record.doc) then
          problems[#problems + 1] = record.name .. " has no column or no doc"
        end
      end
    end
    none(problems)
  end)

  it("has names that Lua and the shell can say", function()
    local problems, effects, words = {}, {}, {}
    for _, line in ipairs(support.lines(testing.run({"call", "--help", env = support.env()}).stdout)) do
      words[line:match("^ +%-?%a?,? *%-%-(%l+)") or ""] = true
    end
    assert.is_true(words.to and words.query)
    each_operation(function(operation)
      for _, argument in ipairs(operation.arguments) do
        local name = argument.name
        if reserved[name] or (words[name] and name ~= "customer") or not name:find("^%l[%l_]*$") then
          problems[#problems + 1] = ("%s: an argument cannot be called %s"):format(operation.operation, name)
        end
      end
      if operation.class ~= "read" then
        if effects[operation.name] then
          problems[#problems + 1] = ("%s: there is another effect %s"):format(operation.operation, operation.name)
        end
        effects[operation.name] = true
      end
    end)
    for _, module in ipairs(modules) do
      for _, record in ipairs(module.records) do
        for _, field in ipairs(record.fields) do
          if reserved[field.name] then
            problems[#problems + 1] = ("%s: a field cannot be called %s"):format(record.name, field.name)
          end
        end
      end
    end
    none(problems)
  end)

  it("is served by the simulator under its own name", function()
    local simulator <close> = testing.simulator {customers = 1}
    local served, problems = {}, {}
    for _, route in ipairs(simulator:routes()) do
      served[route.method .. " " .. shape(route.path)] = route.operation
    end
    -- A ready-made request, such as support.request_refund, asks what another row asks: the service sees no difference.
    local rows = {}
    -- Plain HTTP asks whole addresses; the simulator has some.
    local before = {arm = "", partner_center = "/v1", plain = "/web/"}
    local function request_of(operation, path)
      return operation.method .. " " .. shape(before[operation.service] .. path)
    end
    each_operation(function(operation)
      for _, path in ipairs(operation.paths) do
        local request = request_of(operation, path)
        rows[request] = rows[request] or {}
        rows[request][operation.operation] = true
      end
    end)
    each_operation(function(operation)
      for _, path in ipairs(operation.paths) do
        local whole = before[operation.service] .. path
        local request = request_of(operation, path)
        local name = served[request]
        if not rows[request][name] then
          problems[#problems + 1] = ("%s: %s %s is %s"):format(operation.operation, operation.method, whole,
            name and "called " .. name .. " by the simulator" or "not served by the simulator")
        end
      end
    end)
    none(problems)
  end)

  it("is asked for by a spec", function()
    local texts, problems = {}, {}
    local list = testing.run {command = "/bin/ls", support.root .. "/spec", env = support.env()}
    for _, name in ipairs(support.lines(list.stdout)) do
      if name:find("_spec%.lua$") and name ~= "operation_table_spec.lua" and not name:find("^simulator") then
        texts[#texts + 1] = testing.read(support.root .. "/spec/" .. name)
      end
    end
    local all = table.concat(texts, "\n")
    each_operation(function(operation)
      if not all:find(operation.operation:gsub("%.", "%%.") .. "%f[^%w_]") then
        problems[#problems + 1] = operation.operation .. " is in no spec"
      end
    end)
    none(problems)
  end)
end)
