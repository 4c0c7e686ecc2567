-- Tables as inputs: rows of a CSV file, typed, in scripts and as the customers of a run; and what is wrong with a file.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: adler
    name: Adler
    domain: adler.example
    reservations: [{id: r1, name: r1, worth: 100 USD}, {id: r2, name: r2, worth: 50 USD}]
  - {id: bauer, name: Bauer, domain: bauer.example, reservations: [{id: r3, name: r3, worth: 100 USD}]}
  - {id: conti, name: Conti, domain: conti.example, reservations: [{id: r4, worth: 100 USD}]}
]]
local simulator, env, names

local columns = "{who: customer, quantity: integer, share: percent, worth: money, since: date, age: duration, "
  .. "vip: boolean, tier: {type: choice, of: [gold, silver]}, note: string}"

-- A workflow that logs what `shown` says; parts: input, customers, shown, permissions, files.
local function workflow(parts)
  local files = {
    ["flow.yaml"] = ([[
tenure: 1
name: flow
inputs:
  changes: INPUT
permissions: [reservations:list]
customers: CUSTOMERS
steps:
  - id: one
    each: EACH
    run: scripts/one.lua
]]):gsub("%u%u%u%u+", {
      INPUT = parts.input or "{type: table, columns: " .. columns .. "}",
      CUSTOMERS = parts.customers or "{list: [adler.example]}",
      EACH = parts.each or "'{1}'",
    }),
    ["scripts/one.lua"] = "return function(ctx)\n  local rows = ctx.inputs.changes\n  ctx.log('is ' .. tostring("
      .. (parts.shown or "#rows") .. "))\nend\n",
  }
  for name, text in pairs(parts.files or {}) do
    files[name] = text
  end
  return support.folder(files)
end

local function tenure(folder, ...)
  return testing.run {env = env, cwd = folder, ...}
end

local function run(csv, parts, ...)
  local folder = workflow(parts or {})
  testing.write(folder .. "/monday.csv", csv)
  return tenure(folder, "run", "flow.yaml", "-v", "-o", "json", "--input", "changes=@monday.csv", ...)
end

-- What the scripts said, by customer: all of it, in order.
local function seen(csv, parts, ...)
  local result = run(csv, parts, ...)
  assert.equal(0, result.code, result.stderr)
  local said = {}
  for _, line in ipairs(support.said(result)) do
    local who = names[line.customer] or line.customer
    said[who] = (said[who] and said[who] .. " | " or "") .. line.text:gsub("^is ", "")
  end
  return said
end

-- The lines of the one message of a run that is refused.
local function refused(csv, parts, ...)
  local result = run(csv, parts, ...)
  assert.equal(2, result.code, result.stderr)
  return support.lines(result.stderr:match("tenure: (.*)$"))
end

setup(function()
  simulator = testing.simulator {world = world}
  env = support.env(simulator.env)
  names = {}
  for _, customer in ipairs(simulator:world().customers) do
    names[customer.id] = customer.name
  end
end)

teardown(function()
  simulator:stop()
end)

local head = "who,quantity,share,worth,since,age,vip,tier,note\n"
local typed = [[table.concat({rows[1].who, math.type(rows[1].quantity), rows[1].quantity, rows[1].share,
  tostring(rows[1].worth + rows[1].worth), rows[1].since, rows[1].age, tostring(rows[1].vip), rows[1].tier,
  type(rows[1].note), rows[1].note}, " ")]]

describe("a table", function()
  it("gives scripts rows whose cells have the types of their columns", function()
    local expected = {["adler.example"] = "adler integer 3 2.5 200.20 EUR 1769904000 2592000 true gold string 007"}
    assert.same(expected, seen(head .. "adler,3,2.5%,100.10 EUR,2026-02-01,30 days,true,gold,007\n", {shown = typed}))
  end)

  it("is separated by comma, semicolon or tab, with BOM, quotes, CRLF and columns in any order", function()
    local shown = [[rows[1].note .. "/" .. rows[1].quantity .. "/" .. #rows]]
    for _, csv in ipairs {
      "\u{feff}note;quantity;who;more;share;worth;since;age;vip;tier\r\n\"a;\"\"b\";4; adler ;x;;;;;;\r\n",
      "note\tquantity\twho\tshare\tworth\tsince\tage\tvip\ttier\n\"a;\"\"b\"\t4\tadler\t\t\t\t\t\t\n",
      "note,quantity,who,share,worth,since,age,vip,tier\n\"a;\"\"b\", 4 ,adler,,,,,,",
    } do
      assert.same({["adler.example"] = 'a;"b/4/1'}, seen(csv, {shown = shown}))
    end
  end)

  it("has nil for empty cells, is strict about names, and read-only", function()
    local csv = head .. "adler,,,,,,,,\n"
    assert.same({["adler.example"] = "nil nil"},
      seen(csv, {shown = 'tostring(rows[1].quantity) .. " " .. tostring(rows[2])'}))
    support.contains(run(csv, {shown = "rows[1].quantitiy"}).stdout,
      "scripts/one.lua:3: changes: there is no 'quantitiy' (did you mean 'quantity'?)")
    for change, read_only in pairs {["rows[1].quantity = 5"] = "changes", ["rows[1] = nil"] = "inputs"} do
      local result = run(csv, {shown = ("(function() %s end)()"):format(change)})
      support.contains(result.stdout, read_only .. " is read-only")
    end
  end)

  it("can be the list of a step", function()
    assert.same({["adler.example"] = "3 | 4"},
      seen(head .. "adler,3,,,,,,,\nbauer,4,,,,,,,\n", {each = "inputs.changes", shown = "ctx.item.quantity"}))
  end)

  it("names every bad cell with file, line and column, and says what it takes", function()
    assert.same({
      "monday.csv:2:1: column 'who': takes a customer's tenant id or domain, not 'a/b'",
      "monday.csv:2:5: column 'quantity': takes a whole number such as 5, not 'x'",
      "monday.csv:4:10: column 'worth': takes an amount and its currency, such as 100 USD, not '5'",
      "monday.csv:4:15: column 'tier': takes one of: gold, silver; not 'tin'",
    }, refused(head .. "a/b,x,,,,,,,\nadler,1,,,,,,,\nadler,1,,5,,,,tin,\n"))
    assert.same({"monday.csv:3:1: 2 cells, and the header has 9"},
      (function(lines) return {(lines[1]:gsub(":3:%d+:", ":3:1:"))} end)(refused(head .. "adler,,,,,,,,\nadler,1\n")))
  end)

  it("says which cells may not be empty", function()
    local input = "{type: table, columns: {who: customer, sub: {type: subscription, required: true}, note: string}}"
    assert.same({
      "monday.csv:3:7: column 'sub' is empty: it takes a subscription: its GUID, or /subscriptions/ and its GUID",
      "monday.csv:4:7: column 'sub': takes a subscription: its GUID, or /subscriptions/ and its GUID, not 'shop'",
    }, refused("who,sub,note\nadler,11111111-2222-3333-4444-555555555555,\nadler, ,\nadler,shop,\n", {input = input}))
  end)

  it("may be without its optional columns, which are nil then", function()
    local input = "{type: table, columns: {who: customer, note: {type: string, optional: true}}}"
    local shown = 'tostring(rows[1].note) .. " " .. rows[1].who'
    assert.same({["adler.example"] = "nil adler"}, seen("who\nadler\n", {input = input, shown = shown}))
    assert.same({["adler.example"] = "so adler"}, seen("note,who\nso,adler\n", {input = input, shown = shown}))
    support.contains(run("who\nadler\n", {input = input, shown = "rows[1].notes"}).stdout, "there is no 'notes'")
    assert.same({"monday.csv:1:1: is the column 'ntoe' meant to be 'note'? Rename it, or add 'note'"},
      refused("who,ntoe\nadler,x\n", {input = input}))
    local whose = "{type: table, columns: {who: {type: customer, optional: true}, note: string}}"
    assert.same({["adler.example"] = "nil"}, seen("note\nx\n", {input = whose, shown = "rows[1].who"}))
    assert.same({"monday.csv:1:1: no column 'who': the first line names note"},
      refused("note\nx\n", {input = whose, customers = "{rows: changes}"}))
  end)

  it("names the columns that are not there", function()
    assert.same({"monday.csv:1:1: no column 'quantity' (did you mean 'quantty'?)"},
      refused(head:gsub("quantity", "quantty") .. "adler,,,,,,,,\n"))
  end)

  it("says what is wrong with how it is given", function()
    local folder = workflow {}
    local function message(...)
      local result = tenure(folder, "plan", "flow.yaml", ...)
      assert.equal(2, result.code)
      return result.stderr:match("tenure: ([^\n]*)")
    end
    assert.equal("input 'changes' is missing: it takes a CSV file, --input changes=@FILE", message())
    assert.equal("input 'changes' takes a CSV file: write changes=@FILE", message("--input", "changes=monday.csv"))
    support.contains(message("--input", "changes=@nowhere.csv"), "nowhere.csv")
    testing.write(folder .. "/in.yaml", "changes: monday.csv\n")
    assert.equal('in.yaml:1:10: input \'changes\' takes a CSV file: write "@FILE", in quotes',
      message("--inputs", "in.yaml"))
  end)

  it("may be named by the file of inputs", function()
    local folder = workflow {files = {
      ["in.yaml"] = 'changes: "@monday.csv"\n', ["monday.csv"] = head .. "adler,,,,,,,,\nadler,,,,,,,,\n",
    }}
    local result = tenure(folder, "run", "flow.yaml", "-v", "--inputs", "in.yaml")
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, "one: is 2\n")
  end)

  it("is declared with columns, and no other type has them", function()
    local function mistakes(input)
      local result = tenure(workflow {input = input}, "check", "flow.yaml")
      assert.equal(2, result.code)
      local list = {}
      for line in result.stderr:gmatch("flow%.yaml:(%d+:%d+: [^\n]*)") do
        list[#list + 1] = line
      end
      return list
    end
    assert.same({"4:12: 'columns' is missing in input 'changes'"}, mistakes "{type: table}")
    assert.same({"4:44: the table has no columns"}, mistakes "{type: table,          columns: {}}")
    assert.same({"4:27: 'columns' belongs to tables, not to type 'string'"},
      mistakes "{type: string, columns: {a: string}}")
    assert.same({"4:42: no type is called 'intger'"}, mistakes "{type: table, columns: {a:    intger}}")
    assert.same({"4:42: a cell cannot be of type 'table'"}, mistakes "{type: table, columns: {a:    table}}")
    assert.same({"4:42: column 'a' is either optional or required"},
      mistakes "{type: table, columns: {a:    {type: string, optional: true, required: true}}}")
    assert.same({"4:48: a table has no default"}, mistakes "{type: table, columns: {a: string}, default: x}")
    assert.same({"4:26: 'of' belongs to choices and lists, not to type 'table'"},
      mistakes "{type: table, of: string, columns: {a: string}}")
  end)
end)

describe("describe", function()
  it("tells the columns of a table and whose rows the customers have", function()
    local folder = workflow {
      input = "{type: table, columns: {who: customer, quantity: integer}}", customers = "{rows: changes}",
    }
    local told = support.json(tenure(folder, "describe", "flow.yaml", "-o", "json"))
    assert.same({{name = "who", type = "customer"}, {name = "quantity", type = "integer"}}, told.inputs[1].columns)
    assert.equal("changes", told.customers.rows)
    support.contains(tenure(folder, "describe", "flow.yaml").stdout, "a CSV file with the columns who, quantity")
  end)
end)

describe("an input", function()
  it("may be what a file holds", function()
    local folder = workflow {input = "{type: string}", shown = "rows", files = {["words.txt"] = "two words\n"}}
    local result = tenure(folder, "run", "flow.yaml", "-v", "--input", "changes=@words.txt")
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, "one: is two words\n")
  end)
end)

local of_rows = {
  input = "{type: table, columns: {who: customer, quantity: integer}}",
  customers = "{rows: changes}",
  shown = [[(function()
    local list = {}
    for i, row in ipairs(ctx.rows) do list[i] = row.quantity end
    return table.concat(list, " ")
  end)()]],
}

local function with(parts)
  return setmetatable(parts, {__index = of_rows})
end

describe("customers with rows", function()
  it("are those of the table's customer column, each with its own rows in order", function()
    local guid
    for id, name in pairs(names) do
      guid = name == "Conti" and id or guid
    end
    local csv = "who,quantity\nBAUER.example,1\nadler,2\n" .. guid:upper() .. ",3\nbauer.example,4\n"
    assert.same({Adler = "2", Bauer = "1 4", Conti = "3"}, seen(csv, of_rows))
    assert.same({Bauer = "4"}, seen("who,quantity\nbauer,4\n", of_rows))
  end)

  it("can be of a list or a file, narrowed, and chosen by their rows", function()
    local csv = "who,quantity\nadler.example,1\nbauer.example,2\n"
    assert.same({["adler.example"] = "1", ["bauer.example"] = "2"},
      seen(csv, with {customers = "{list: [adler.example, bauer.example, conti.example], rows: changes}"}))
    assert.same({Bauer = "2"}, seen(csv, of_rows, "--only", "Bauer"))
    assert.same({Bauer = "2"}, seen(csv, with {customers = '{rows: changes, where: "rows[1].quantity > 1"}'}))
  end)

  it("may be the list of a step", function()
    assert.same({Adler = "1 | 3", Bauer = "2"}, seen("who,quantity\nadler,1\nbauer,2\nadler,3\n",
      with {each = "rows", shown = "ctx.item.quantity"}))
  end)

  it("fail the plan over a row that no customer claims, naming it", function()
    assert.same({
      "monday.csv:3: no customer has the id or domain 'nobody.example'",
      "monday.csv:4: no customer has the id or domain 'adlr'",
    }, refused("who,quantity\nadler,1\nnobody.example,2\nadlr,3\n", of_rows))
    assert.same({"monday.csv:3:1: column 'who' is empty: whose row is it?"},
      refused("who,quantity\nadler,1\n,2\n", of_rows))
    assert.same({"monday.csv: no rows in it, so nobody to run over"}, refused("who,quantity\n", of_rows))
  end)

  it("are declared by a table that says whose a row is", function()
    local function mistake(input, customers)
      local result = tenure(workflow(with {input = input, customers = customers}), "check", "flow.yaml")
      assert.equal(2, result.code, result.stderr)
      return result.stderr:match("flow%.yaml:(%d+:%d+: [^\n]*)")
    end
    assert.equal("6:19: no table is called 'change'", mistake(of_rows.input, "{rows: change}"))
    assert.equal("6:19: no table is called 'changes'", mistake("{type: string}", "{rows: changes}"))
    local whose = "6:19: the table 'changes' has not one column that says whose a row is"
    assert.equal(whose, mistake("{type: table, columns: {a: string}}", "{rows: changes}"))
    assert.equal(whose, mistake("{type: table, columns: {a: customer, b: customer}}", "{rows: changes}"))
    assert.equal("6:19: without the table 'changes' there is nobody to run over",
      mistake("{type: table, optional: true, columns: {a: customer}}", "{rows: changes}"))
  end)
end)

describe("a plan by a table", function()
  local refunds = [[
tenure: 1
name: flow
inputs:
  changes: {type: table, columns: {who: customer, name: string, reason: string}}
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {rows: changes}
guards:
  refund: {count: 10, worth: 10000 USD}
steps:
  - id: one
    each: reservations.list{state = "Succeeded"}
    when: item.name == rows[1].name
    run: scripts/one.lua
]]
  local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  ctx.log("reason " .. ctx.inputs.changes[1].reason .. " " .. ctx.rows[1].reason)
  return reservations.refund(reservations.quote_refund(ctx.item), {reason = ctx.rows[1].reason})
end
]]
  local folder

  before_each(function()
    folder = support.folder {
      ["flow.yaml"] = refunds, ["scripts/one.lua"] = script,
      ["monday.csv"] = "who,name,reason\nadler,r2,first\nbauer,r3,second\n",
    }
  end)

  it("is applied by the rows it was made with, whatever becomes of the file", function()
    local one <close> = testing.simulator {world = world, settle = 50}
    local its = support.env(one.env)
    local function ask(...)
      return testing.run {env = its, cwd = folder, ...}
    end
    local planned = ask("plan", "flow.yaml", "-o", "json", "--input", "changes=@monday.csv")
    assert.equal(0, planned.code, planned.stderr)
    local summary = support.json(planned)
    assert.equal(2, summary.effects.planned)
    testing.run {command = "/bin/rm", folder .. "/monday.csv"}
    local applied = ask("apply", summary.run, "--yes", "-v", "-o", "json")
    assert.equal(0, applied.code, applied.stderr)
    support.contains(applied.stderr, "reason first first\n")
    support.contains(applied.stderr, "reason first second\n")
    assert.equal(2, support.assert_equals_books(support.json(applied), one))
  end)

  it("can be made again for those that failed, without the file", function()
    local function ask(...)
      return testing.run {env = env, cwd = folder, ...}
    end
    testing.write(folder .. "/scripts/one.lua", "return function(ctx) error('no ' .. ctx.rows[1].reason) end\n")
    local planned = ask("plan", "flow.yaml", "-o", "json", "--input", "changes=@monday.csv")
    assert.equal(3, planned.code, planned.stderr)
    local run_id = support.json(planned).run
    testing.run {command = "/bin/rm", folder .. "/monday.csv"}
    testing.write(folder .. "/scripts/one.lua", "return function(ctx) ctx.log('now ' .. ctx.rows[1].reason) end\n")
    local again = ask("plan", "flow.yaml", "--again", run_id, "-v")
    assert.equal(0, again.code, again.stderr)
    support.contains(again.stderr, "now first\n")
    support.contains(again.stderr, "now second\n")
    testing.write(folder .. "/flow.yaml", (refunds:gsub("reason: string", "reason: choice", 1)
      :gsub("reason: choice", "reason: {type: choice, of: [first, second]}")))
    support.contains(ask("plan", "flow.yaml", "--again", run_id).stderr,
      "input 'changes' takes a CSV file now, which the earlier run's value is not: give it again")
  end)
end)
