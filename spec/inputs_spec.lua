-- Inputs: every type from the workflow's default, the command line and a file, as scripts see it; and what is refused.
local support = require "support"
local testing = require "tenure.testing"

local declared = [[
inputs:
  text: {type: string, default: "no"}
  whole: {type: integer, default: -5}
  number: {type: number, default: 2.5}
  flag: {type: boolean, default: true}
  share: {type: percent, default: 5%}
  worth: {type: money, default: 100.10 USD}
  since: {type: date, default: 2026-02-01}
  age: {type: duration, default: 30 days}
  size: {type: choice, of: [small, large], default: small}
  names: {type: list, of: string, default: [a, "b,c"]}
  shares: {type: list, of: percent, default: [1%, 2.5%]}
  sizes: {type: list, of: [small, large], default: [large]}
  who: {type: customer, default: contoso.com}
  what: {type: reservation, default: 11111111-2222-3333-4444-555555555555}
  absent: {type: string, optional: true}
]]

-- Says each input with its type, and what arithmetic does to it.
local script = [[
local function shown(value)
  if type(value) ~= "table" then return (math.type(value) or type(value)) .. " " .. tostring(value) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = shown(element) end
  return "[" .. table.concat(parts, ", ") .. "]"
end
return function(ctx)
  local i = ctx.inputs
  local names = {"text", "whole", "number", "flag", "share", "since", "age", "size", "names", "shares", "sizes", "who",
                 "what", "absent"}
  for _, name in ipairs(names) do ctx.log(name .. " = " .. shown(i[name])) end
  ctx.log("worth = " .. tostring(i.worth) .. "; three of them = " .. tostring(i.worth + i.worth + i.worth))
  ctx.log("with = " .. shown(ctx.with.share) .. "; " .. shown(ctx.with.text) .. "; " .. tostring(ctx.with.worth))
end
]]

local world = "customers:\n  - {id: kowalski, currency: PLN}\n"
local simulator, folder, env

local function workflow(inputs)
  return support.folder {
    ["flow.yaml"] = "tenure: 1\nname: flow\n" .. inputs .. [[
permissions: [reservations:list]
customers: {from: partner-center}
steps:
  - id: one
    run: scripts/one.lua
    with:
      share: "${{ inputs.share }}"
      text: "at ${{ inputs.share }} of ${{ inputs.text }}"
      worth: ${{ inputs.worth }}
]],
    ["scripts/one.lua"] = script,
  }
end

-- What the script said, by the word before the " = ".
local function seen(...)
  local result = testing.run {"run", folder .. "/flow.yaml", "-v", "-o", "json", env = env, cwd = folder, ...}
  assert.equal(0, result.code, result.stderr)
  local values = {}
  for name, value in result.stderr:gmatch("one: (%l+) = ([^\n]*)") do
    values[name] = value
  end
  return values
end

-- The lines of its one message.
local function refused(...)
  local result = testing.run {"plan", folder .. "/flow.yaml", env = env, cwd = folder, ...}
  assert.equal(2, result.code, result.stderr)
  assert.equal("", result.stdout)
  local text = result.stderr:match("^tenure: (.*)$")
  assert(text, result.stderr)
  return support.lines(text)
end

setup(function()
  simulator = testing.simulator {world = world}
  env = support.env(simulator.env)
  folder = workflow(declared)
end)

teardown(function()
  simulator:stop()
end)

describe("inputs", function()
  it("come from the workflow's defaults", function()
    assert.same({
      text = "string no", whole = "integer -5", number = "float 2.5", flag = "boolean true", share = "integer 5",
      since = "integer 1769904000", age = "integer 2592000", size = "string small",
      names = "[string a, string b,c]", shares = "[integer 1, float 2.5]", sizes = "[string large]",
      who = "string contoso.com", what = "string 11111111-2222-3333-4444-555555555555", absent = "nil nil",
      worth = "100.10 USD; three of them = 300.30 USD", with = "integer 5; string at 5 of no; 100.10 USD",
    }, seen())
  end)

  it("come from the command line, as text for each type", function()
    assert.same({
      text = "string 5", whole = "integer 7", number = "float 0.001", flag = "boolean false", share = "float 0.25",
      since = "integer 1772323200", age = "integer 7200", size = "string large",
      names = "[string x]", shares = "[]", sizes = "[string small, string large]",
      who = "string 11111111-2222-3333-4444-555555555555",
      what = "string /providers/Microsoft.Capacity/reservationOrders/11111111-2222-3333-4444-555555555555"
        .. "/reservations/66666666-2222-3333-4444-555555555555",
      absent = "string a=b", worth = "0.01 EUR; three of them = 0.03 EUR",
      with = "float 0.25; string at 0.25 of 5; 0.01 EUR",
    }, seen("--input", "text=5", "--input", "whole=7", "--input", "number=1e-3", "--input", "flag=false", "--input",
      "share=0.25%", "--input", "since=2026-03-01", "--input", "age=2 hours", "--input", "size=large", "--input",
      "names=[x]", "--input", "shares=[]", "--input", 'sizes=["small", "large"]', "--input",
      "who=11111111-2222-3333-4444-555555555555", "--input", "what=/providers/Microsoft.Capacity/reservationOrders/"
        .. "11111111-2222-3333-4444-555555555555/reservations/66666666-2222-3333-4444-555555555555", "--input",
      "absent=a=b", "--input", "worth=0.01 EUR"))
  end)

  it("come from a file or from standard input, and the command line goes before both", function()
    testing.write(folder .. "/ours.yaml", [[
text: from the file
whole: 12
share: 7.5%
worth: 12345678901.23 USD
age: 1 day
names:
  - one
  - two
flag: false
]])
    local values = seen("--inputs", "ours.yaml", "--input", "whole=13")
    assert.equal("string from the file", values.text)
    assert.equal("integer 13", values.whole)
    assert.equal("float 7.5", values.share)
    assert.equal("12345678901.23 USD; three of them = 37037036703.69 USD", values.worth)
    assert.equal("integer 86400", values.age)
    assert.equal("[string one, string two]", values.names)
    assert.equal("boolean false", values.flag)
    local result = testing.run {
      "run", folder .. "/flow.yaml", "--inputs", "-", "-v", "-o", "json", env = env, stdin = "text: piped\n",
    }
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, "text = string piped\n")
  end)
end)

describe("bad inputs", function()
  it("of every type are named with what it takes", function()
    local wrong = {
      {"whole", "2.5"}, {"whole", "010"}, {"whole", "0x10"}, {"whole", "99999999999999999999"}, {"number", "1e999"},
      {"number", "nan"}, {"flag", "yes"}, {"flag", "1"}, {"share", "5"}, {"share", "-5%"}, {"share", "5 %"},
      {"worth", "100"}, {"worth", "100 usd"}, {"worth", "1,5 EUR"}, {"worth", "1e3 EUR"}, {"since", "01.02.2026"},
      {"since", "2026-02-30"}, {"age", "30"}, {"age", "30 d"}, {"age", "-1 days"}, {"age", "1.5 hours"},
      {"size", "tiny"}, {"sizes", "[tiny]"}, {"shares", "[1%, 2]"}, {"names", "a: b"}, {"who", "a b"},
      {"who", "../x"}, {"what", "r1"},
    }
    local takes = {
      whole = "a whole number such as 5", number = "a number such as 2.5", flag = "true or false",
      share = "a share such as 5%", worth = "an amount and its currency, such as 100 USD",
      since = "a date such as 2026-02-01", age = "a time such as 30 days (also hours, minutes, seconds)",
      size = "one of: small, large", sizes = "one of: small, large", shares = "a share such as 5%",
      names = "a list such as [a, b]", who = "a customer's tenant id or domain",
      what = "a reservation's id: the full one or its GUID",
    }
    for _, case in ipairs(wrong) do
      local lines = refused("--input", case[1] .. "=" .. case[2])
      assert.equal(1, #lines)
      support.contains(lines[1], "input '" .. case[1] .. "' takes " .. takes[case[1]])
    end
  end)

  it("are all in one message: missing, unknown, wrong, twice", function()
    folder = workflow [[
inputs:
  max: {type: percent}
  age: {type: duration}
  who: {type: customer, help: whose}
  share: {type: percent, optional: true}
  text: {type: string, optional: true}
  worth: {type: money, optional: true}
]]
    finally(function()
      folder = workflow(declared)
    end)
    assert.same({
      "no input is called 'mix': did you mean 'max'?",
      "no input is called 'colour'",
      "input 'max' is given twice",
      "input 'max' takes a share such as 5%, not '5'",
      "input 'age' is missing: it takes a time such as 30 days (also hours, minutes, seconds)",
      "input 'who' is missing: it takes a customer's tenant id or domain",
    }, refused("--input", "mix=1%", "--input", "max=5", "--input", "colour=red", "--input", "max=6%"))
  end)

  it("in a file are named with their place in it", function()
    testing.write(folder .. "/wrong.yaml", [[
share: 5
text: 5
flag: "true"
names: [a, 5]
wort: 1 USD
size: [small]
]])
    assert.same({
      "wrong.yaml:5:1: no input is called 'wort': did you mean 'worth'?",
      "wrong.yaml:2:7: input 'text' takes text, and 5 without quotes is a number: put it in quotes",
      "wrong.yaml:3:7: input 'flag' takes true or false: write it without quotes",
      "wrong.yaml:1:8: input 'share' takes a share such as 5%, not '5'",
      "wrong.yaml:6:7: input 'size' takes one of its words, not a list",
      "wrong.yaml:4:12: input 'names' takes text, and 5 without quotes is a number: put it in quotes",
    }, refused("--inputs", "wrong.yaml"))
  end)

  it("files that cannot be read are named", function()
    assert.same({"cannot open 'none.yaml': No such file or directory"}, refused("--inputs", "none.yaml"))
    assert.same({"'.' is not a file"}, refused("--inputs", "."))
    testing.write(folder .. "/list.yaml", "- a\n")
    assert.same({"list.yaml:1:1: inputs are a mapping of names to values, not a list"},
      refused("--inputs", "list.yaml"))
    testing.write(folder .. "/twice.yaml", "text: a\ntext: b\n")
    local lines = refused("--inputs", "twice.yaml")
    assert.equal("twice.yaml:2:1: the key 'text' is there twice: first in line 1, column 1", lines[1])
    testing.write(folder .. "/broken.yaml", "text: 'a\n")
    support.contains(refused("--inputs", "broken.yaml")[1], "broken.yaml:1:7: this quote is never closed")
  end)

  it("do not reach the cloud or the ledger", function()
    local before = simulator:state()
    local fresh = support.env(simulator.env)
    local result = testing.run {"plan", folder .. "/flow.yaml", "--input", "share=5", env = fresh}
    assert.equal(2, result.code)
    assert.same(before.requests, simulator:state().requests)
    assert.equal("", testing.run({command = "/bin/sh", "-c", "ls " .. fresh.XDG_STATE_HOME .. " 2>/dev/null"}).stdout)
  end)
end)

describe("an input that a script misspells", function()
  it("is an error with a suggestion, not nil", function()
    local wrong = workflow(declared)
    testing.write(wrong .. "/scripts/one.lua", "return function(ctx) return ctx.inputs.shore end\n")
    local result = testing.run {"run", wrong .. "/flow.yaml", "-o", "json", env = env}
    assert.equal(3, result.code)
    local detail = support.json(result).failed_items[1].detail
    support.contains(detail, "scripts/one.lua:1:")
    support.contains(detail, "'share'")
  end)
end)
