-- What `tenure describe` says of the operation table: pages that are committed, annotations for editors.
local support = require "support"
local testing = require "tenure.testing"

local env = support.env()

local function describe_operations(...)
  local result = testing.run {"describe", "--operations", env = env, ...}
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

local table_of_rows = testing.json.decode(describe_operations("-o", "json"))

describe("the reference", function()
  local function is_committed(page, file)
    local path = support.root .. "/docs/reference/" .. file
    local there, text = pcall(testing.read, path)
    assert(there and text == page, path .. " is not what the operation table says: run ./dev reference")
  end

  it("has what the table says of each module", function()
    is_committed(describe_operations("-o", "md"), "README.md")
    for _, module in ipairs(table_of_rows.modules) do
      is_committed(describe_operations(module.name, "-o", "md"), module.name .. ".md")
    end
  end)

  it("has the schema of workflow files, which knows each key and each kind of input", function()
    local result = testing.run {"describe", "--schema", env = env}
    assert.equal(0, result.code, result.stderr)
    is_committed(result.stdout, "workflow.schema.json")
    local schema = testing.json.decode(result.stdout)
    assert.equal("http://json-schema.org/draft-07/schema#", schema["$schema"])
    assert.is_false(schema.additionalProperties)
    for _, key in ipairs {"inputs", "permissions", "customers", "guards", "steps", "before", "after", "outputs"} do
      assert.is_string(schema.properties[key].description, key)
    end
  end)

  it("links to headings that are there", function()
    local pages = {}
    for _, module in ipairs(table_of_rows.modules) do
      pages[module.name .. ".md"] = describe_operations(module.name, "-o", "md")
    end
    local links = 0
    for name, page in pairs(pages) do
      for target, heading in page:gmatch("%]%(([%w_.]*)#([%w_]+)%)") do
        links = links + 1
        support.contains(pages[target == "" and name or target], "## " .. heading .. "\n")
      end
    end
    assert.is_true(links > 20)
  end)

  it("is listed for a terminal, for one module too, and knows a mistyped one", function()
    local all, some = describe_operations(), describe_operations("roles")
    for _, module in ipairs(table_of_rows.modules) do
      for _, operation in ipairs(module.operations) do
        support.contains(all, operation.operation)
      end
    end
    support.contains(some, "roles.list")
    support.contains_not(some, "reservations.list")
    local result = testing.run {"describe", "--operations", "rolls", env = env}
    assert.equal(2, result.code)
    support.contains(result.stderr, "did you mean roles?")
  end)

  it("says what one operation takes, also for its quote, and knows a mistyped one", function()
    local some = describe_operations("orders.purchase")
    for _, argument in ipairs {"sku", "billing_scope", "quantity", "once", "customer"} do
      assert.is_truthy(some:find("\n" .. argument .. " "), some)
    end
    assert.is_nil(some:find("\nquote "), some)
    local page = describe_operations("usage.details", "-o", "md")
    support.contains(page, "## usage.details")
    support.contains_not(page, "## usage.summaries")
    local result = testing.run {"describe", "--operations", "usage.detials", env = env}
    assert.equal(2, result.code)
    support.contains(result.stderr, "did you mean usage.details?")
  end)
end)

describe("annotations for editors", function()
  it("are Lua that names every function, class and field", function()
    local folder = testing.directory()
    local result = testing.run {"describe", "--stubs", folder .. "/lua", env = env}
    assert.equal(0, result.code, result.stderr)
    assert(load(testing.read(folder .. "/lua/tenure.lua")))
    for _, module in ipairs(table_of_rows.modules) do
      local text = testing.read(("%s/lua/tenure/%s.lua"):format(folder, module.name))
      local functions = assert(load(text))()
      support.contains(text, "---@meta tenure." .. module.name)
      for _, operation in ipairs(module.operations) do
        assert.is_function(functions[operation.name])
        support.contains(text, "`" .. operation.permission .. "`")
      end
      for _, record in ipairs(module.records) do
        for _, field in ipairs(record.fields) do
          assert.is_string(field.doc)
        end
      end
    end
  end)

  it("say where they cannot be written", function()
    local result = testing.run {"describe", "--stubs", "/proc/nowhere/lua", env = env}
    assert.equal(1, result.code)
    support.contains(result.stderr, "/proc/nowhere/lua")
  end)
end)
