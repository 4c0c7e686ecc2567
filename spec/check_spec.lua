-- What `tenure check` says of a workflow file: each mistake at its place, with the line, a caret and what to write.
local support = require "support"
local testing = require "tenure.testing"

-- A workflow that is right, four lines long. What a spec is about comes below it, from line 5 on.
local head = [[
tenure: 1
name: flow
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
]]
local steps = "steps: [{id: one, run: scripts/one.lua}]\n"
local one = "return function() end\n"

local function check(text, files)
  local folder = support.folder {["flow.yaml"] = text, ["scripts/one.lua"] = one}
  for name, content in pairs(files or {}) do
    testing.write(folder .. "/" .. name, content)
  end
  local result = testing.run {"check", "flow.yaml", cwd = folder, env = support.env()}
  assert.equal("", result.code == 0 and "" or result.stdout)
  return result.stderr, result.code, folder
end

-- What it says of a file that has one mistake, exactly: message, the line as it is shown, where the caret stands, hint.
local function says(text, place, message, shown, caret, hint)
  local said, code = check(text)
  local lines = {"flow.yaml" .. place .. ": " .. message}
  if shown then
    lines[2], lines[3] = "    " .. shown, "    " .. (" "):rep(caret - 1) .. "^"
  end
  if hint then
    lines[#lines + 1] = "  hint: " .. hint
  end
  assert.equal(table.concat(lines, "\n") .. "\n", said)
  assert.equal(2, code)
end

-- The mistakes of a file as "line:column message".
local function mistakes(text, files)
  local folder = support.folder {["flow.yaml"] = text, ["scripts/one.lua"] = one}
  for name, content in pairs(files or {}) do
    testing.write(folder .. "/" .. name, content)
  end
  local result = testing.run {"check", "flow.yaml", "-o", "json", cwd = folder, env = support.env()}
  local list = {}
  for i, problem in ipairs(support.json(result).problems) do
    list[i] = ("%s:%s %s"):format(problem.line or "-", problem.column or "-", problem.message)
  end
  assert.equal(#list > 0 and 2 or 0, result.code)
  return list
end

describe("check", function()
  it("has nothing to say of a file that is right, and of the stock workflows", function()
    local folder = support.folder {["flow.yaml"] = head .. steps, ["scripts/one.lua"] = one}
    local files = {"check", folder .. "/flow.yaml", support.root .. "/workflows/refund-idle.yaml", env = support.env()}
    assert.same({code = 0, stdout = "2 files, no mistakes\n", stderr = ""}, testing.run(files))
  end)

  it("begins every message with file:line:column, as editors read it", function()
    local said = check(head .. "stepz: []\nsteps: [{id: one, rnu: scripts/one.lua}]\n")
    assert.same({
      "flow.yaml:5:1: unknown key 'stepz' in the workflow",
      "    stepz: []",
      "    ^",
      "  hint: did you mean 'steps'?",
      "flow.yaml:6:19: unknown key 'rnu' in a step",
      "    steps: [{id: one, rnu: scripts/one.lua}]",
      "                      ^",
      "  hint: did you mean 'run'?",
      "flow.yaml:6:9: 'run' is missing in a step",
      "    steps: [{id: one, rnu: scripts/one.lua}]",
      "            ^",
      "  hint: add: run: scripts/refund.lua",
    }, support.lines(said))
  end)

  it("says everything that is wrong with a file in one go", function()
    assert.same({
      "1:9 'tenure' takes 1, not '2'",
      "2:7 'no way' cannot be a name",
      "3:15 unknown permission 'reservations:lst'",
      "4:44 'details' takes true or false, not 'no'",
      "5:14 'concurrency' takes a whole number from 1 to 1000, not '0'",
      "6:26 'count' takes a whole number from 0 to 1000000000, not '-1'",
      "6:37 '5' is not money: an amount and its currency, such as 100 USD",
      "7:15 'cpu' takes a time from 10 ms to 10 minutes, not '2 h'",
      "8:15 input 'a' is a mapping of keys, not a number",
      "8:28 no type is called 'percnt'",
      "9:14 'no id' cannot be an id",
      "9:26 no file 'scripts/two.lua' in ",
    }, (function(list)
      list[#list] = list[#list]:match("^.* in ")
      return list
    end)(mistakes [[
tenure: 2
name: no way
permissions: [reservations:lst]
customers: {from: partner-center, details: no}
concurrency: 0
guards: {refund: {count: -1, worth: 5}}
limits: {cpu: 2 h, memory: 1 MB}
inputs:   {a: 5, b: {type: percnt}}
steps: [{id: no id, run: scripts/two.lua}]
]]))
  end)

  it("looks at several files, one after the other", function()
    local folder = support.folder {
      ["good.yaml"] = head .. steps, ["bad.yaml"] = head .. "stepz: []\n" .. steps, ["scripts/one.lua"] = one,
    }
    local result = testing.run {"check", "good.yaml", "none.yaml", "bad.yaml", cwd = folder, env = support.env()}
    assert.equal(2, result.code)
    support.contains(result.stderr, "no workflow file 'none.yaml'\nbad.yaml:5:1: unknown key 'stepz'")
    support.contains_not(result.stderr, "good.yaml")
  end)

  it("gives its findings as data in each format", function()
    local folder = support.folder {["flow.yaml"] = head .. "stepz: []\n" .. steps, ["scripts/one.lua"] = one}
    local function found(format)
      local result = testing.run {"check", "flow.yaml", "-o", format, cwd = folder, env = support.env()}
      assert.equal(2, result.code)
      return result.stdout
    end
    local problem = {
      file = "flow.yaml", line = 5, column = 1, message = "unknown key 'stepz' in the workflow",
      hint = "did you mean 'steps'?",
    }
    assert.same({files = 1, problems = {problem}}, testing.json.decode(found "json"))
    assert.same(problem, testing.json.decode(found "jsonl"))
    local row = {"flow.yaml", "5", "1", "unknown key 'stepz' in the workflow", "did you mean 'steps'?"}
    assert.equal("file,line,column,message,hint\n" .. table.concat(row, ",") .. "\n", found "csv")
    assert.equal("file\tline\tcolumn\tmessage\thint\n" .. table.concat(row, "\t") .. "\n", found "tsv")
    assert.equal("| " .. table.concat(row, " | ") .. " |", support.lines(found "md")[3])
  end)
end)

describe("keys", function()
  it("that are unknown are errors with a suggestion, or with those there are", function()
    says(head .. steps .. "colour: red\n", ":6:1", "unknown key 'colour' in the workflow", "colour: red", 1,
      "it takes: tenure, name, summary, inputs, permissions, customers, concurrency, guards, tolerance, expires, " ..
      "limits, before, steps, after, outputs")
    says(head .. "limits: {cpus: 2 s}\n" .. steps, ":5:10", "unknown key 'cpus' in limits", "limits: {cpus: 2 s}", 10,
      "did you mean 'cpu'?")
  end)

  it("that are there twice are errors that name both places", function()
    says(head .. "name: other\n" .. steps, ":5:1", "the key 'name' is there twice: first in line 2, column 1",
      "name: other", 1, "keep one of the two")
    says(head .. "steps: [{id: a, run: scripts/one.lua, id: b}]\n", ":5:39",
      "the key 'id' is there twice: first in line 5, column 10",
      "steps: [{id: a, run: scripts/one.lua, id: b}]", 39, "keep one of the two")
  end)

  it("that are missing are named with an example", function()
    assert.same({
      "1:1 'name' is missing in the workflow",
      "1:1 'permissions' is missing in the workflow",
      "1:1 'customers' is missing in the workflow",
      "1:1 'steps' is missing in the workflow",
    }, mistakes "tenure: 1\n")
  end)

  it("of later versions are refused, never ignored", function()
    local later = {"use: a"}
    local expected = {}
    for i, line in ipairs(later) do
      expected[i] = ("%d:1 '%s' is not supported yet by this version"):format(4 + i, line:match("^%l+"))
    end
    assert.same(expected, mistakes(head .. table.concat(later, "\n") .. "\n" .. steps))
  end)
end)

describe("guards of the whole run, tolerance and expiry", function()
  it("are taken as the design writes them", function()
    local text = head .. [[
guards:
  refund: {count: 500, per_customer: {count: 5}}
  failures: {share: 5%, of_at_least: 40}
  unreachable: 15%
  in_flight: 500
tolerance: {amount: 1%, proration: true}
expires: 7 days
]] .. steps
    assert.same({}, mistakes(text))
  end)

  it("say what is wrong with a value", function()
    says(head .. "expires: tomorrow\n" .. steps, ":5:10",
      "'expires' takes a time from 1 second to 366 days, not 'tomorrow'", "expires: tomorrow", 10,
      "for example: expires: 7 days")
    says(head .. "guards: {unreachable: 150%}\n" .. steps, ":5:23",
      "'unreachable' takes a share from 0% to 100%, not '150%'", "guards: {unreachable: 150%}", 23,
      "for example: unreachable: 15%")
  end)
end)

describe("YAML", function()
  it("has no aliases, anchors, tags, merge keys and second documents here", function()
    assert.same({
      "6:5 anchors (&name) are not used here",
      "7:5 aliases (*name) are not used here",
      "8:10 tags (!name) are not used here",
      "9:6 merge keys (<<) are not used here",
    }, mistakes(head .. [[
steps:
  - &first {id: one, run: scripts/one.lua}
  - *first
  - {id: !str two, run: scripts/one.lua}
  - {<<: {id: three}, run: scripts/one.lua}
]]))
    says(head .. steps .. "---\ntenure: 1\n", ":6:1", "a second document begins here", "---", 1,
      "one file holds one document: remove the --- or split the file")
    support.contains(mistakes("%YAML 1.1\n---\n" .. head .. steps)[1], "directives (%YAML, %TAG) are not used here")
  end)

  it("knows no 'no' but the word", function()
    local inputs = "inputs: {answer: {type: string, default: no}}\n"
    assert.same({}, mistakes(head .. inputs .. "steps: [{id: no, run: scripts/one.lua}]\n"))
    says(head .. "inputs: {answer: {type: boolean, default: yes}}\n" .. steps, ":5:43",
      "the default of 'answer' takes true or false, not 'yes'", "inputs: {answer: {type: boolean, default: yes}}", 43)
  end)

  it("wants quotes where a value would be read as something else", function()
    says(head .. "summary: Refund: all\n" .. steps, ":5:16", "a second ': ' in one line", "summary: Refund: all", 16,
      'put the value in quotes: key: "a: b"')
    says(head .. "summary: @all\n" .. steps, ":5:10", "a value cannot begin with @ unless it is quoted",
      "summary: @all", 10, "put the value in quotes")
    says(head .. "summary: 5\n" .. steps, ":5:10", "'summary' takes text, and 5 without quotes is a number",
      "summary: 5", 10, 'put it in quotes: "5"')
    says(head .. "steps: [{id: one, run: scripts/one.lua, with: {a: ${{ inputs.a }}}}]\n", ":5:47",
      "this { is not closed: line 5, column 52 has neither a comma nor }",
      "steps: [{id: one, run: scripts/one.lua, with: {a: ${{ inputs.a }}}}]", 47,
      'put an expression inside brackets in quotes: "${{ … }}"')
  end)

  it("says where a quote, a bracket, a line went wrong", function()
    says(head .. "steps: [{id: one, run: scripts/one.lua},\n", ":6:1", "a value is missing here", "", 1,
      "write the value, or close the bracket before it")
    says(head .. 'summary: "never ends\n' .. steps, ":5:10", "this quote is never closed", 'summary: "never ends', 10,
      "add the closing quote")
    says(head .. "steps: [{id: one, run: scripts/one.lua}\n", ":5:8",
      "this [ is not closed: line 6, column 1 has neither a comma nor ]", "steps: [{id: one, run: scripts/one.lua}", 8,
      "close the bracket, or separate its parts with commas")
    says(head .. "steps:\n\t- id: one\n", ":6:1", "a tab in the indentation", "\\t- id: one", 1, "indent with spaces")
  end)

  it("of a wrong shape is told what would be right", function()
    assert.same({
      "1:9 'tenure' takes 1, not 'one'",
      "2:7 'name' takes text, not a list",
      "3:14 'permissions' takes a list of operations, not text",
      "4:12 customers is a mapping of keys, not text",
      "5:14 'concurrency' takes a whole number from 1 to 1000, not 'many'",
      "6:9 guards is a mapping of keys, not a number",
      "7:9 'inputs' takes a mapping of names, not a list",
      "8:28 'memory' takes a size from 1 MB to 4 GB, not 'lots'",
      "9:8 'steps' takes a list of steps, not a mapping",
    }, mistakes [[
tenure: one
name: [a]
permissions: reservations:list
customers: all
concurrency: many
guards: 5
inputs: [a]
limits: {cpu: 2 s, memory: lots}
steps: {id: one}
]])
  end)

  it("is not read beyond what a person would write", function()
    says("a: " .. ("["):rep(70) .. ("]"):rep(70) .. "\n", ":1:67", "nested more than 64 deep",
      "a: " .. ("["):rep(70) .. ("]"):rep(27) .. "...", 67)
    local said = check("a: [" .. ("x, "):rep(21000) .. "]\n")
    support.contains(said, "the file has more parts than the 20,000 that are read")
    said = check("# " .. ("x"):rep(300000) .. "\n" .. head .. steps)
    support.contains(said, "'flow.yaml' is larger than 256 KiB")
    local many = {}
    for i = 1, 60 do
      many[i] = "key" .. i .. ": 1\n"
    end
    support.contains(check(head .. steps .. table.concat(many)), "\nand 10 more\n")
  end)

  it("shows characters that deceive instead of obeying them", function()
    says(head .. "summary: a\u{202e}b\n" .. steps, ":5:11",
      "an invisible character that ends a line or turns the direction of the text", "summary: a\\u202eb", 11,
      "remove it, or write it as an escape inside double quotes")
    says(head .. "summary: a\27[31mb\n" .. steps, ":5:11", "a control character", "summary: a\\x1b[31mb", 11,
      'remove it; inside double quotes an escape such as "\\x1b" can stand for it')
    says(head .. "summary: a\xffb\n", ":5:11", "this is not UTF-8", "summary: a\\xffb", 11, "save the file as UTF-8")
    says("tenure: 1\rname: flow\r", ":1:10",
      "a carriage return without a line feed: it ends a line here, and not in most editors",
      "tenure: 1\\x0dname: flow", 10, "end lines with a line feed")
    says("\u{feff}" .. head .. steps, ":1:1", "the file begins with a byte order mark", "\\ufefftenure: 1", 1,
      "save the file as UTF-8 without BOM")
    says("t\0e\0", "", "the file is UTF-16, not UTF-8", nil, nil, "save the file as UTF-8")
    says(head .. "s\27[2Jz: 1\n" .. steps, ":5:2", "a control character", "s\\x1b[2Jz: 1", 2,
      'remove it; inside double quotes an escape such as "\\x1b" can stand for it')
    local said = check(head .. '"s\\e[2Jz": 1\n' .. steps)
    support.contains(said, "unknown key 's\\x1b[2Jz' in the workflow")
  end)

  it("puts the caret below the mistake behind wide characters and tabs, too", function()
    says(head .. "inputs: {a: {type: string, help: 予約, of: x}}\n" .. steps, ":5:38",
      "'of' belongs to choices and lists, not to type 'string'", "inputs: {a: {type: string, help: 予約, of: x}}", 40)
  end)

  it("is read with Windows line ends, too", function()
    assert.same({}, mistakes(((head .. steps):gsub("\n", "\r\n"))))
  end)
end)

describe("a file", function()
  it("that is empty, no mapping or no YAML at all is said to be that", function()
    says("", "", "the file is empty", nil, nil, "a workflow begins with: tenure: 1")
    says("# nothing\n", "", "the file is empty", nil, nil, "a workflow begins with: tenure: 1")
    local keys = "its keys: tenure, name, summary, inputs, permissions, customers, concurrency, guards, " ..
      "tolerance, expires, limits, before, steps, after, outputs"
    says("- a\n", ":1:1", "the workflow is a mapping of keys, not a list", "- a", 1, keys)
    says("hello\n", ":1:1", "the workflow is a mapping of keys, not text", "hello", 1, keys)
    support.contains(check("\127ELF\2\1\1\0\0"), "flow.yaml:1:1: a control character")
  end)

  it("that is not there, or a folder, or a device is named, with exit code 2", function()
    local folder = support.folder()
    for _, case in ipairs {
      {"none.yaml", "no workflow file 'none.yaml'\n"}, {".", "'.' is not a file\n"},
      {"/dev/zero", "'/dev/zero' is not a file\n"},
    } do
      for _, command in ipairs {"check", "describe", "plan", "run"} do
        local result = testing.run {command, case[1], cwd = folder, env = support.env()}
        assert.equal(2, result.code, command)
        support.contains(result.stderr, case[2])
      end
    end
  end)
end)

describe("expressions", function()
  local function step(key, value)
    return head .. "steps:\n  - id: one\n    run: scripts/one.lua\n    " .. key .. ": " .. value .. "\n"
  end

  it("that are empty are errors", function()
    says(step("when", ""), ":8:10", "'when' is empty", "    when: ", 10, "for example: when: item.can.refund")
    says(step("each", "''"), ":8:11", "'each' is empty", "    each: ''", 11,
      'for example: each: reservations.list{state = "Succeeded"}')
    says(head:gsub("center}", "center, where: }") .. steps, ":4:42", "'where' is empty",
      "customers: {from: partner-center, where: }", 42, 'for example: where: customer.domain ~= "contoso.com"')
  end)

  it("are not cut off by a comment", function()
    says(step("when", "item.can.refund and #steps.one > 3"), ":8:30",
      "'when' is cut off here: ' #' starts a comment in YAML", "    when: item.can.refund and #steps.one > 3", 30,
      "put the expression in single quotes, or on its own line under '>': there # is no comment")
    assert.same({}, mistakes(step("when", "'item.can.refund and #steps.one > 3'")))
    assert.same({}, mistakes(step("when", ">\n      item.can.refund and\n      #steps.one > 3")))
  end)

  it("of other languages are told how Lua writes it", function()
    assert.same({
      "8:18 '!=' is not Lua", "8:23 '&&' is not Lua", "8:33 '||' is not Lua", "8:36 '!' is not Lua",
    }, mistakes(step("when", "item.a != 3 && item.b || !item.c")))
    local said = check(step("when", "item.a != 3 && item.b || !item.c"))
    for _, hint in ipairs {"write ~=", "write and", "write or", "write not"} do
      support.contains(said, "  hint: " .. hint .. "\n")
    end
    says(step("when", "item.a = 3"), ":8:18", "a single '=' cannot stand in an expression", "    when: item.a = 3", 18,
      "write == to compare")
    assert.same({}, mistakes(step("when", [['item.name ~= "a != b && c"']])))
    says(step("when", "${{ item.a }}"), ":8:11", "'when' is an expression already", "    when: ${{ item.a }}", 11,
      "write it without ${{ }}")
  end)

  it("that are no Lua are named at their place, all of them", function()
    assert.same({
      "4:42 unexpected symbol near <eof>", "6:42 unexpected symbol near <eof>", "7:41 unexpected symbol near <eof>",
      "12:7 unexpected symbol near ')'",
    }, mistakes([[
tenure: 1
name: flow
permissions: [reservations:list]
customers: {from: partner-center, where: customer.x ==}
steps:
  - {id: a, run: scripts/one.lua, each: "reservations.list{"}
  - {id: b, run: scripts/one.lua, with: {x: "${{ 1 + }}"}}
  - id: c
    run: scripts/one.lua
    when: >
      item.can.refund
      and )
]]))
    local said = check(step("when", "item.a and or"))
    assert.same({
      "flow.yaml:8:11: unexpected symbol near 'or'", "        when: item.a and or", "              ^",
    }, support.lines(said))
  end)
end)

describe("names in expressions", function()
  local inputs = "inputs: {min_worth: {type: money, default: 5 USD}, months: {type: integer, default: 3}}\n"

  local function step(key, value)
    return head .. inputs .. "steps:\n  - id: one\n    run: scripts/one.lua\n    " .. key .. ": " .. value .. "\n"
  end

  it("are inputs that the workflow declares, wherever there are expressions", function()
    local hint = "did you mean 'inputs.min_worth'?"
    says(step("when", "item.worth > inputs.min_wroth"), ":9:24", "there is no input 'min_wroth'",
      "    when: item.worth > inputs.min_wroth", 24, hint)
    says(step("with", '{least: "over ${{ inputs.min_wort }}"}'), ":9:29", "there is no input 'min_wort'",
      '    with: {least: "over ${{ inputs.min_wort }}"}', 29, hint)
    says(step("each", "reservations.list{state = inputs . min_worht}"), ":9:37", "there is no input 'min_worht'",
      "    each: reservations.list{state = inputs . min_worht}", 37, hint)
    says(head:gsub("center}", "center, where: customer.name == inputs.month}") .. inputs .. steps, ":4:59",
      "there is no input 'month'", "customers: {from: partner-center, where: customer.name == inputs.month}", 59,
      "did you mean 'inputs.months'?")
    says(head .. "steps: [{id: one, run: scripts/one.lua, when: inputs.x == 1}]\n", ":5:47",
      "there is no input 'x'", "steps: [{id: one, run: scripts/one.lua, when: inputs.x == 1}]", 47,
      "inputs are declared in the workflow: inputs: {min_worth: {type: money}}")
    for _, expression in ipairs {
      "item.worth > inputs.min_worth", "item.inputs.other == 1", "item.name == 'inputs.other'", "inputs ~= nil",
      "(function(inputs) return inputs.other end){other = true}", '"a"..inputs.months == "a3" -- inputs.other',
    } do
      assert.same({}, mistakes(step("when", "'" .. expression:gsub("'", "''") .. "'")), expression)
    end
  end)

  it("are operations that there are, and that read", function()
    says(step("each", "reservations.lst{}"), ":9:11", "there is no operation 'reservations.lst'",
      "    each: reservations.lst{}", 11, "did you mean 'reservations.list'?")
    says(step("each", "reservations.refund{}"), ":9:11",
      "an expression can only read, and reservations.refund changes something", "    each: reservations.refund{}", 11,
      "call it in the script that 'run' names")
  end)

  it("are options and choices that the operation takes", function()
    says(step("each", 'reservations.list{state = "Succeded"}'), ":9:37", "reservations.list: state is 'Succeded', " ..
      "but takes one of Succeeded, Expiring, Expired, Pending, Processing, Cancelled, Failed, Warning, NoBenefit",
      '    each: reservations.list{state = "Succeded"}', 37, "did you mean 'Succeeded'?")
    says(step("each", "'reservations.list({stat = item.state})'"), ":9:31", "reservations.list has no option 'stat'",
      "    each: 'reservations.list({stat = item.state})'", 31, "did you mean 'state'?")
    for _, expression in ipairs {
      'reservations.list{state = "Succ" .. "eeded", customer = "contoso.com"}', "reservations.list {state = item.s}",
      '{state = "Succeded"}', 'reservations.list{state = "Succeeded"}', "reservations.list(nil, {f(state == 1)})",
    } do
      assert.same({}, mistakes(step("each", "'" .. expression .. "'")), expression)
    end
  end)
end)

describe("permissions and guards", function()
  it("that nobody knows are errors with a suggestion", function()
    local line = "permissions: [reservations:lst, reservations.list, http:a/b, reservations:list]"
    assert.same({
      "3:15 unknown permission 'reservations:lst'", "3:33 unknown permission 'reservations.list'",
      "3:52 'a/b' does not name a host",
    }, mistakes((head:gsub("permissions:[^\n]*", line)) .. steps))
    says(head:gsub("permissions:[^\n]*", "permissions: [reservations:lst]") .. steps, ":3:15",
      "unknown permission 'reservations:lst'", "permissions: [reservations:lst]", 15,
      "did you mean 'reservations:list'?")
    says(head:gsub("list,", "list, reservations:list,") .. steps, ":3:34", "'reservations:list' is listed twice",
      "permissions: [reservations:list, reservations:list, reservations:quote_refund, reservations:refund]", 34)
  end)

  it("go by effects there are, that permissions name", function()
    says(head .. "guards: {refnd: {count: 5}}\n" .. steps, ":5:10", "no effect is called 'refnd'",
      "guards: {refnd: {count: 5}}", 10, "did you mean 'refund'?")
    says(head:gsub(", reservations:refund", "") .. "guards: {refund: {count: 5}}\n" .. steps, ":5:10",
      "a guard for 'refund', which permissions do not name", "guards: {refund: {count: 5}}", 10,
      "add reservations:refund to permissions, or take the guard out")
    says(head .. "guards: {refund: {worth: 5 EUR}}\n" .. steps, ":5:26", "worth counts in USD, not in EUR",
      "guards: {refund: {worth: 5 EUR}}", 26, "write USD, or a cap by billing currency: back: {EUR: 45000}")
    says(head .. "guards: {refund: {back: {euro: 5}}}\n" .. steps, ":5:26",
      "'euro' is not a currency: three capital letters", "guards: {refund: {back: {euro: 5}}}", 26,
      "for example: {EUR: 45000}")
    says(head .. "guards: {refund: {back: {XXQ: 5}}}\n" .. steps, ":5:26",
      "'XXQ' is no currency in use (ISO 4217), so that nothing would ever count under this cap",
      "guards: {refund: {back: {XXQ: 5}}}", 26, "for example: {EUR: 45000}")
    says(head .. "guards: {refund: {}}\n" .. steps, ":5:18", "the guard of refund limits nothing",
      "guards: {refund: {}}", 18, "for example: {count: 500, worth: 60000 USD}")
  end)
end)

describe("scripts", function()
  local function step(path)
    return head .. "steps: [{id: one, run: " .. path .. "}]\n"
  end

  it("that are not there are named, with the closest there is", function()
    local said, code, folder = check(step "scripts/on.lua")
    assert.equal(2, code)
    assert.same({
      "flow.yaml:5:24: no file 'scripts/on.lua' in " .. folder, "    steps: [{id: one, run: scripts/on.lua}]",
      (" "):rep(27) .. "^", "  hint: did you mean 'scripts/one.lua'?",
    }, support.lines(said))
  end)

  it("stay inside the package", function()
    local outside = testing.directory()
    testing.write(outside .. "/script.lua", one)
    local function refused(path, why)
      local list = mistakes(step("'" .. path .. "'"))
      assert.equal(1, #list)
      support.contains(list[1], "5:24 '" .. path .. "' " .. why)
    end
    refused("../one.lua", "leads upwards")
    refused("scripts/../../one.lua", "leads upwards")
    refused(outside .. "/script.lua", "is absolute")
    refused("scripts", "is not a file")
    local folder = support.folder {["flow.yaml"] = step "scripts/link.lua", ["scripts/one.lua"] = one}
    testing.run {command = "/bin/ln", "-s", outside .. "/script.lua", folder .. "/scripts/link.lua"}
    local result = testing.run {"check", folder .. "/flow.yaml", env = support.env()}
    support.contains(result.stderr, "'scripts/link.lua' leads out of the package")
  end)

  it("are found from the nearest package.yaml upwards", function()
    local folder = support.folder {
      ["package.yaml"] = "", ["flows/deep/flow.yaml"] = head .. steps, ["scripts/one.lua"] = one,
    }
    local result = testing.run {"check", folder .. "/flows/deep/flow.yaml", env = support.env()}
    assert.same({code = 0, stdout = "1 file, no mistakes\n", stderr = ""}, result)
  end)

  it("that Lua cannot read are named by file and line, each of them", function()
    local text = head .. [[
steps:
  - {id: one, run: scripts/one.lua}
  - {id: two, run: scripts/broken.lua}
  - {id: three, run: scripts/broken.lua}
  - {id: four, run: scripts/open.lua}
]]
    local said, code = check(text, {
      ["scripts/broken.lua"] = "local x =\nreturn function() end\n", ["scripts/open.lua"] = "return function(",
    })
    assert.equal(2, code)
    assert.same({
      "scripts/broken.lua:2: unexpected symbol near 'return'",
      "scripts/open.lua:1: <name> or '...' expected near <eof>",
    }, support.lines(said))
  end)

  it("return a function", function()
    for source, got in pairs {
      ["return {1}"] = "table", ["local x = 1"] = "nil", ["return 'text'"] = "string",
      ["return 5, function() end"] = "number",
    } do
      local said, code = check(step "scripts/two.lua", {["scripts/two.lua"] = source})
      assert.equal(2, code)
      assert.equal("scripts/two.lua: must return a function(ctx), returned " .. got .. "\n", said)
    end
    assert.equal("scripts/two.lua:2: at the top\n",
      (check(step "scripts/two.lua", {["scripts/two.lua"] = "\nerror('at the top')"})))
  end)

  it("are source text", function()
    local bytecode = string.dump(function() end)
    local list = mistakes(step "scripts/two.lua", {["scripts/two.lua"] = bytecode})
    assert.same({"5:24 'scripts/two.lua' is compiled Lua: scripts are read as source text only"}, list)
    list = mistakes(step "scripts/two.lua", {["scripts/two.lua"] = "--\n-- \xff\n" .. one})
    assert.same({"5:24 scripts/two.lua:2: not UTF-8 text: save the script as UTF-8"}, list)
  end)

  it("end even when they would not", function()
    local text = step "scripts/two.lua" .. "limits: {cpu: 100 ms}\n"
    local said, code = check(text, {["scripts/two.lua"] = "while true do end"})
    assert.equal(2, code)
    support.contains(said, "scripts/two.lua:1: ")
  end)
end)

describe("inputs and steps", function()
  it("have names that scripts can write, ids of their own, and values that fit their types", function()
    assert.same({
      "6:3 'end' cannot be the name of an input",
      "7:3 'two-words' cannot be the name of an input",
      "8:17 'of' is missing in input 'c'",
      "9:31 'of' belongs to choices and lists, not to type 'string'",
      "10:50 the default of 'e' takes one of: small, large; not 'tiny'",
      "11:31 the default of 'f' takes a share such as 5%, not '5'",
      "12:30 the default of 'g' takes an amount and its currency, such as 100 USD, not '100'",
      "13:45 the default of 'h' takes a whole number such as 5, not 'b'",
      "16:10 the id 'one' is taken by the step at line 15",
    }, mistakes(head .. [[
inputs:
  end: {type: string}
  two-words: {type: string}
  c:            {type: choice}
  d:           {type: string, of: [a]}
  e: {type: choice, of: [small, large], default: tiny}
  f: {type: percent, default: 5}
  g: {type: money, default:  100}
  h: {type: list, of: integer, default: [1, b]}
steps:
  - {id: one, run: scripts/one.lua}
  - {id: one, run: scripts/one.lua}
]]))
  end)
end)

describe("describe", function()
  local text = [[
tenure: 1
name: flow
summary: Refund what nobody uses.
inputs:
  max: {type: percent, default: 5%, help: how idle}
  size: {type: choice, of: [small, large]}
  note: {type: string, optional: true}
  since: {type: date, default: 2026-02-01}
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center, where: customer.name ~= "x"}
guards: {refund: {count: 5, worth: 60000 USD}}
steps: [{id: one, each: reservations.list, run: scripts/one.lua}]
]]
  local function described(format)
    local folder = support.folder {["flow.yaml"] = text, ["scripts/one.lua"] = one}
    local result = testing.run {"describe", "flow.yaml", "-o", format, cwd = folder, env = support.env()}
    assert.equal("", result.stderr)
    assert.equal(0, result.code)
    return result.stdout, folder
  end

  it("tells inputs, permissions, guards and steps to a person", function()
    local said = described "table"
    for _, part in ipairs {
      "flow: Refund what nobody uses.\n", "max    percent  default 5%          how idle\n",
      "size   choice   required            one of: small, large\n", "note   string   optional",
      "since  date     default 2026-02-01",
      "reservations:refund        changes something", "reservations:list          reads",
      "refund  count  at most 5\n", "refund  worth  at most 60,000.00 USD\n",
      "one  scripts/one.lua  each reservations.list\n",
    } do
      support.contains(said, part)
    end
  end)

  it("tells the same to a program", function()
    local said, folder = described "json"
    local flow = testing.json.decode(said)
    assert.equal(folder .. "/flow.yaml", flow.file)
    assert.equal("max", flow.inputs[1].name)
    assert.equal(5, flow.inputs[1].default)
    assert.is_false(flow.inputs[1].required)
    assert.is_true(flow.inputs[2].required)
    assert.same({"small", "large"}, flow.inputs[2].choices)
    assert.is_false(flow.inputs[3].required)
    assert.is_true(flow.permissions[3].effect)
    assert.equal('customer.name ~= "x"', flow.customers.where)
    assert.same({amount = "60000.00", currency = "USD"}, flow.guards[2].cap)
    assert.equal("reservations.list", flow.steps[1].each)
    assert.equal(64, #flow.digest)
    assert.equal("flow", testing.json.decode((described "jsonl")).name)
    local rows = support.lines((described "tsv"))
    assert.equal("part\tname\tdetail\tdoc", rows[1])
    assert.equal("input\tmax\tpercent\thow idle", rows[2])
    assert.equal("step\tone\tscripts/one.lua\treservations.list", rows[#rows])
  end)

  it("says what is wrong with a file as check does", function()
    local folder = support.folder {["flow.yaml"] = text .. "colour: red\n", ["scripts/one.lua"] = one}
    local result = testing.run {"describe", "flow.yaml", cwd = folder, env = support.env()}
    assert.equal(2, result.code)
    assert.equal("", result.stdout)
    support.contains(result.stderr, "flow.yaml:13:1: unknown key 'colour' in the workflow\n    colour: red\n    ^\n")
  end)
end)
