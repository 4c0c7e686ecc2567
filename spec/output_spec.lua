-- Outputs: rows that scripts write, what they take, in which formats they come out, and that no row is there twice.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: adler, domain: adler.example, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
  - {id: bauer, domain: bauer.example, currency: EUR, reservations: [{id: r2, worth: 50 USD, back: 45 EUR}]}
]]
local simulator, env

local columns = [[
      text: string
      whole: integer
      number: number
      flag: boolean
      share: percent
      worth: money
      since: date
      age: duration
      size: {type: choice, of: [small, large]}
      who: customer
      what: reservation
]]

-- A workflow without effects that runs `body` once for each customer; parts: file, customers, each.
local function workflow(body, parts)
  parts = parts or {}
  return support.folder {
    ["flow.yaml"] = [[
tenure: 1
name: flow
permissions: [reservations:list]
customers: ]] .. (parts.customers or "{list: [adler]}") .. [[

outputs:
  found:
    file: ]] .. (parts.file or "found.csv") .. "\n    columns:\n" .. columns .. [[
  other:
    columns: {n: integer}
steps:
  - id: one
    each: ']] .. (parts.each or "{1}") .. [['
    run: scripts/one.lua
]],
    ["scripts/one.lua"] = "return function(ctx)\n" .. body .. "\nend\n",
  }
end

local function tenure(folder, ...)
  return testing.run {env = env, cwd = folder, ...}
end

-- The id of a run of it.
local function ran(folder, code)
  local result = tenure(folder, "run", "flow.yaml", "-o", "json")
  assert.equal(code or 0, result.code, result.stderr .. result.stdout)
  return support.json(result).run
end

local function output(folder, run, ...)
  local result = tenure(folder, "output", run, ...)
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

-- What became of the item of a script: how its one failure reads.
local function failure(body)
  local result = tenure(workflow(body), "run", "flow.yaml", "-o", "json")
  local failed = support.json(result).failed_items[1]
  return failed and failed.detail
end

setup(function()
  simulator = testing.simulator {world = world}
  env = support.env(simulator.env)
end)

teardown(function()
  simulator:stop()
end)

local whole_row = [[
  local item = ctx.item
  ctx.output("found", {text = "a, \"b\"", whole = -5, number = 2.5, flag = true, share = 12.5, since = 1769904000,
    worth = require("tenure").money("100.1", "EUR"), age = 2592000, size = "large", who = ctx.customer, what = item})
  ctx.output("found", {since = 1769904001, age = 90})
]]
local header = "text,whole,number,flag,share,worth,since,age,size,who,what\n"

describe("an output", function()
  it("is named by the page of its run, with how to read it", function()
    local folder = workflow(whole_row, {each = "{1, 2}"})
    local run = ran(folder, 3)
    assert.same({}, support.json(tenure(folder, "show", run, "-o", "json")).outputs)
    folder = workflow('for n = 1, 3 do ctx.output("other", {n = n}) end')
    local result = tenure(folder, "run", "flow.yaml")
    assert.equal(0, result.code, result.stderr)
    run = result.stdout:match("r%-%d+%-%x+")
    support.contains(result.stdout, "other  3 rows  tenure output " .. run .. " other")
    assert.same({{name = "other", rows = 3}}, support.json(tenure(folder, "show", run, "-o", "json")).outputs)
  end)

  it("has the rows that scripts wrote, in each format", function()
    local folder = workflow(whole_row, {
      customers = "{from: partner-center, where: 'customer.domain == \"adler.example\"'}", each = "reservations.list()",
    })
    local run = ran(folder)
    local id = support.json({stdout = output(folder, run, "found", "-o", "json")})[1].what
    assert.truthy(id:find("^/providers/"))
    local who = support.json({stdout = output(folder, run, "found", "-o", "json")})[1].who
    assert.equal(header .. '"a, ""b""",-5,2.5,true,12.5%,100.10 EUR,2026-02-01,30 days,large,' .. who .. "," .. id
      .. "\n,,,,,,2026-02-01T00:00:01Z,90 seconds,,,\n", output(folder, run, "found"))
    assert.same({
      {text = 'a, "b"', whole = -5, number = 2.5, flag = true, share = 12.5, since = "2026-02-01", age = 2592000,
        worth = {amount = "100.10", currency = "EUR"}, size = "large", who = who, what = id},
      {since = "2026-02-01T00:00:01Z", age = 90},
    }, support.json({stdout = output(folder, run, "found", "-o", "json")}))
    assert.equal(2, #support.lines(output(folder, run, "found", "-o", "jsonl")))
    support.contains(output(folder, run, "found", "-o", "table"), "30 days")
    support.contains(output(folder, run, "found", "-o", "md"), "| text | whole |")
    assert.equal("n\n", output(folder, run, "other"))
    assert.equal("[]\n", output(folder, run, "other", "-o", "json"))
  end)

  it("is written to a file, in the format of its name", function()
    local folder = workflow('ctx.output("other", {n = 1})\nctx.output("found", {whole = 1})', {file = "found.json"})
    local run = ran(folder)
    assert.same({{whole = 1}}, support.json({stdout = output(folder, run, "found")}))
    assert.equal("", output(folder, run, "other", "--to", folder .. "/n.md"))
    assert.equal("| n |\n| --- |\n| 1 |\n", testing.read(folder .. "/n.md"))
    output(folder, run, "other", "--to", folder .. "/n.txt")
    assert.equal("n\n1\n", testing.read(folder .. "/n.txt"))
    output(folder, run, "other", "--to", folder .. "/n.csv", "-o", "jsonl")
    assert.equal('{"n":1}\n', testing.read(folder .. "/n.csv"))
  end)

  it("does not become a formula in a spreadsheet, nor a line of its own", function()
    local folder = workflow [[ctx.output("found", {text = "=1+1"}) ctx.output("found", {text = "a\nb"})]]
    local csv = output(folder, ran(folder), "found")
    support.contains(csv, "\n'=1+1,")
    support.contains(csv, "\na\\x0ab,")
  end)

  it("takes what its columns say, and names the line of the script", function()
    local where = "scripts/one.lua:2: ctx.output: "
    for row, message in pairs {
      ['"found", {text = 5}'] = "'found.text' takes text, not number",
      ['"found", {whole = 2.5}'] = "'found.whole' takes a whole number, not number",
      ['"found", {whole = "5"}'] = "'found.whole' takes a whole number, not string",
      ['"found", {number = 0/0}'] = "'found.number' takes a number, not number",
      ['"found", {flag = "true"}'] = "'found.flag' takes true or false, not string",
      ['"found", {share = "5%"}'] = "'found.share' takes a number: 5 is 5%, not string",
      ['"found", {worth = 5}'] = "'found.worth' takes money, not number",
      ['"found", {since = "2026-02-01"}'] = "'found.since' takes whole seconds since 1970, as ctx.now, not string",
      ['"found", {age = "1 day"}'] = "'found.age' takes whole seconds, not string",
      ['"found", {size = "huge"}'] = "'found.size' takes one of its words, not huge",
      ['"found", {who = {}}'] = "'found.who' takes a customer or its id, not table",
      ['"found", {what = ctx.customer}'] = "'found.what' takes a reservation or its id, not",
      ['"found", {txt = "x"}'] = "'found' has no column 'txt' (did you mean 'text'?)",
      ['"found", {"x"}'] = "a row of 'found' has columns by name, not a number as name",
      ['"fond", {}'] = "no output is called 'fond' (did you mean 'found'?)",
      ['"elsewhere", {}'] = "no output is called 'elsewhere': declare it under 'outputs' in the workflow",
    } do
      support.contains(failure("ctx.output(" .. row .. ")"), where .. message)
    end
    support.contains(failure 'ctx.output("found")', "scripts/one.lua:2: bad argument #2")
  end)

  it("has no half a row", function()
    local folder = workflow [[
      pcall(ctx.output, "found", {text = "half", who = {}})
      ctx.output("found", {text = "whole"})
    ]]
    assert.equal(header .. "whole,,,,,,,,,,\n", output(folder, ran(folder), "found"))
  end)

  it("has what an item wrote however it ended", function()
    local folder = workflow([[
      ctx.output("other", {n = ctx.item})
      if ctx.item == 1 then ctx.skip("enough") elseif ctx.item == 2 then ctx.fail("no-luck") end
      error("on purpose")
    ]], {each = "{1, 2, 3}"})
    assert.equal("n\n1\n2\n3\n", output(folder, ran(folder, 3), "other"))
  end)

  it("has the rows of customers in their order, whichever ended first", function()
    local folder = workflow([[
      if ctx.customer.id:find("adler") then require("tenure.reservations").list() end
      ctx.output("found", {text = ctx.customer.id})
    ]], {customers = "{list: [adler.example, bauer.example]}"})
    assert.equal(header .. "adler.example,,,,,,,,,,\nbauer.example,,,,,,,,,,\n",
      output(folder, ran(folder), "found"))
  end)

  it("is refused by name where there is none", function()
    local folder = workflow ""
    local run = ran(folder)
    local result = tenure(folder, "output", run, "fond")
    assert.equal(2, result.code)
    support.contains(result.stderr, "run " .. run .. " has no output 'fond': did you mean 'found'?")
    assert.equal(2, tenure(folder, "output", run).code)
    assert.equal(2, tenure(folder, "output", "r-none", "found").code)
    assert.equal(2, tenure(folder, "output", run, "found", "-o", "xml").code)
  end)

  it("comes of one run without a plan or a question where nothing is changed", function()
    local folder = workflow 'ctx.output("other", {n = 1})'
    local result = tenure(folder, "run", "flow.yaml")
    assert.equal(0, result.code, result.stderr)
    support.contains_not(result.stdout .. result.stderr, "To carry it out")
    local run = result.stdout:match("^(%S+)")
    local shown = support.json(tenure(folder, "show", run, "-o", "json"))
    assert.equal("done", shown.state)
    assert.is_nil(shown.hash and shown.hash ~= testing.json.null and shown.hash or nil)
    assert.equal("n\n1\n", output(folder, run, "other"))
    local again = tenure(folder, "apply", run, "--yes")
    assert.equal(0, again.code)
    support.contains(again.stderr, "is over already")
    assert.equal("n\n1\n", output(folder, run, "other"))
  end)

  it("is described", function()
    local folder = workflow ""
    local told = support.json(tenure(folder, "describe", "flow.yaml", "-o", "json"))
    assert.equal("found", told.outputs[1].name)
    assert.equal("found.csv", told.outputs[1].file)
    assert.same({{name = "n", type = "integer"}}, told.outputs[2].columns)
    support.contains(tenure(folder, "describe", "flow.yaml").stdout, "other  other.csv  n")
  end)

  it("is declared with a name for Lua and columns", function()
    local function mistake(outputs)
      local folder = support.folder {
        ["flow.yaml"] = "tenure: 1\nname: flow\npermissions: []\ncustomers: {list: [a]}\noutputs: " .. outputs
          .. "\nsteps: [{id: one, run: one.lua}]\n",
        ["one.lua"] = "return function() end\n",
      }
      return tenure(folder, "check", "flow.yaml").stderr:match("flow%.yaml:(%d+:%d+: [^\n]*)")
    end
    assert.equal("5:11: 'a-b' cannot be the name of an output", mistake "{a-b: {columns: {n: integer}}}")
    assert.equal("5:14: 'columns' is missing in output 'a'", mistake "{a: {file: x}}")
    assert.equal("5:24: the output has no columns", mistake "{a: {columns: {}}}")
    assert.equal("5:28: a cell cannot be of type 'list'",
      mistake "{a: {columns: {n: list}}}")
  end)
end)

describe("outputs of effects", function()
  local function refunding(each)
    return support.workflow {
      each = each,
      more = "outputs: {refunds: {columns: {who: customer, state: string, back: money, id: string}}}\n",
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local outcome = reservations.refund(reservations.quote_refund(ctx.item), {reason = "spec"})
  ctx.output("refunds", {who = ctx.customer, state = outcome.state, back = outcome.back, id = outcome.request_id})
end
]],
    }
  end

  local function states(folder, run, its)
    local list = {}
    for _, row in ipairs(support.json(testing.run {"output", run, "refunds", "-o", "json", env = its, cwd = folder})) do
      list[#list + 1] = row.state
      assert.equal("EUR", row.back.currency)
    end
    return list
  end

  it("are those of the plan, and after apply those of apply", function()
    local one <close> = testing.simulator {world = world, settle = 50}
    local its, folder = support.env(one.env), refunding()
    local planned = support.json(testing.run {"plan", folder .. "/refund.yaml", "-o", "json", env = its})
    assert.same({"planned", "planned"}, states(folder, planned.run, its))
    support.contains(testing.run({"output", planned.run, "refunds", env = its}).stdout, ",(known after apply)\n")
    local applied = testing.run {"apply", planned.run, "--yes", env = its}
    assert.equal(0, applied.code, applied.stderr)
    assert.same({"succeeded", "succeeded"}, states(folder, planned.run, its))
  end)

  it("are written once, whenever the process dies", function()
    for _, point in ipairs {"K2:2", "K9:2", "K10:2", "K11:2"} do
      local one <close> = testing.simulator {world = world, settle = 50}
      local its, folder = support.env(one.env), refunding()
      local planned = support.json(testing.run {"plan", folder .. "/refund.yaml", "-o", "json", env = its})
      its.TENURE_KILL = point
      local killed = testing.run {"apply", planned.run, "--yes", "--concurrency", "1", env = its}
      assert.truthy(killed.signal, point)
      its.TENURE_KILL = nil
      local applied = testing.run {"apply", planned.run, "--yes", env = its}
      assert.equal(0, applied.code, point .. ": " .. applied.stderr)
      assert.same({"succeeded", "succeeded"}, states(folder, planned.run, its), point)
    end
  end)
end)
