-- The command line: help, formats, where data and talk go, one primitive or script from the shell.
local support = require "support"
local testing = require "tenure.testing"

local commands = {
  "run", "plan", "apply", "runs", "show", "check", "describe", "call", "exec", "simulator", "test",
}

local function tenure(env, ...)
  return testing.run {env = env, ...}
end

-- The lines of a table of tabs, by the names in its first line.
local function tsv(text)
  local rows, names = {}, nil
  for _, line in ipairs(support.lines(text)) do
    local cells = {}
    for cell in (line .. "\t"):gmatch("([^\t]*)\t") do
      cells[#cells + 1] = cell
    end
    if names then
      local row = {}
      for i, name in ipairs(names) do
        row[name] = cells[i]
      end
      assert.equal(#names, #cells)
      rows[#rows + 1] = row
    else
      names = cells
    end
  end
  return rows, names
end

describe("help", function()
  it("is there for everything, on standard output", function()
    local overview = tenure(support.env(), "--help")
    assert.equal(0, overview.code)
    assert.equal("", overview.stderr)
    for _, command in ipairs(commands) do
      support.contains(overview.stdout, "\n  " .. command .. " ")
      local result = tenure(support.env(), command, "--help")
      assert.equal(0, result.code)
      assert.equal("", result.stderr)
      support.contains(result.stdout, "Usage: tenure " .. command)
      support.contains(result.stdout, "\n  -h, --help ")
      assert.equal(result.stdout, tenure(support.env(), "help", command).stdout)
      assert.equal(result.stdout, tenure(support.env(), command, "-h", "too", "many", "words").stdout)
    end
    assert.equal(overview.stdout, tenure(support.env(), "-h").stdout)
    assert.equal(overview.stdout, tenure(support.env(), "help").stdout)
  end)

  it("fits the terminal, and names no command that is not there", function()
    for line in tenure(support.env(), "--help").stdout:match("Commands:\n(.-)\n\n"):gmatch("[^\n]+") do
      local result = tenure(support.env(), line:match("^  (%l+)"), "--help")
      assert.equal(0, result.code, line)
      for _, text in ipairs(support.lines(result.stdout)) do
        assert.is_true(utf8.len(text) <= 120, text)
      end
    end
  end)

  it("tells the version", function()
    local result = tenure(support.env(), "--version")
    assert.equal(0, result.code)
    assert.is_truthy(result.stdout:match("^tenure %d+%.%d+%.%d+\n$"))
  end)
end)

describe("a wrong word", function()
  it("is refused with a suggestion, on standard error, with exit code 2", function()
    for _, case in ipairs {
      {{"plon"}, "there is no command 'plon'; did you mean 'plan'?"},
      {{"help", "rnu"}, "there is no command 'rnu'; did you mean 'run'?"},
      {{"wibble"}, "there is no command 'wibble'; 'tenure --help' lists those there are"},
      {{}, "nothing to do; 'tenure --help' lists the commands"},
      {{"--quiet", "plan"}, "options come after the command; see 'tenure --help'"},
      {{"plan"}, "'plan' needs WORKFLOW; see 'tenure plan --help'"},
      {{"plan", "a", "b"}, "'plan' does not take 'b'; see 'tenure plan --help'"},
      {{"plan", "a", "--imput", "b"}, "'plan' has no option '--imput'; did you mean '--input'?"},
      {{"plan", "a", "--wibble"}, "'plan' has no option '--wibble'; see 'tenure plan --help'"},
      {{"plan", "a", "-x"}, "'plan' has no option '-x'"},
      {{"plan", "a", "--input"}, "option '--input' needs a value"},
      {{"plan", "a", "--input", "b"}, "option '--input' takes NAME=VALUE, not 'b'"},
      {{"plan", "a", "--input", "--yes"}, "option '--input' needs a value, and '--yes' is an option"},
      {{"plan", "a", "-o", "jsn"}, "option '--output' does not know 'jsn' (did you mean 'json'?)"},
      {{"plan", "a", "-o", "json", "--output", "csv"}, "option '--output' is given twice"},
      {{"plan", "a", "--quiet=yes"}, "option '--quiet' takes no value"},
      {{"plan", "a", "--concurrency", "0"}, "option '--concurrency' takes a whole number from 1 to 1000, not '0'"},
      {{"plan", "a", "--concurrency", "1001"}, "takes a whole number from 1 to 1000, not '1001'"},
      {{"plan", "a", "--concurrency", "4x"}, "takes a whole number from 1 to 1000, not '4x'"},
      {{"plan", "a", "--ledger", ""}, "option '--ledger' needs a value"},
      {{"plan", "a\xff"}, "is not valid UTF-8; nothing was done"},
      {{"call", "reservations.lst"}, "no primitive 'reservations.lst'; did you mean reservations.list?"},
    } do
      local result = tenure(support.env(), table.unpack(case[1]))
      assert.equal(2, result.code, case[2])
      assert.equal("", result.stdout)
      assert.equal("tenure: ", result.stderr:sub(1, 8))
      support.contains(result.stderr, case[2])
    end
  end)
end)

describe("output", function()
  -- Names as an enemy would choose them: for spreadsheets, for Markdown, for terminals.
  local names = {
    formula = "=cmd|' /C calc'!A0", plus = "+1+1", wide = "\u{ff1d}1+1", at = "@SUM(A1)", tabbed = "a\tb",
    pipe = "a|b `c` [d](e) <f>", escape = "x\27[31m\7y", control = "x\u{9b}31my", turned = "x\u{202e}y",
    quoted = 'a "b", c; d', lines = "one\ntwo", marked = "x\u{61c}y", later = "a; =1+1",
    dated = "99999999999-01-01T00:00:00Z", -- no time that anybody could show
  }
  local simulator, env, planned, file

  setup(function()
    local world = {"customers:\n"}
    for id, name in pairs(names) do
      world[#world + 1] = ("  - {id: %s, name: %s, currency: EUR, reservations: [{id: r-%s, worth: 100 USD}]}\n")
        :format(id, testing.json.encode(name):gsub("[\128-\255]+", function(bytes)
          local escapes = {}
          for _, point in utf8.codes(bytes) do
            escapes[#escapes + 1] = ("\\u%04x"):format(point)
          end
          return table.concat(escapes)
        end), id)
    end
    simulator = testing.simulator {world = table.concat(world), settle = 50}
    env = support.env(simulator.env)
    file = support.workflow() .. "/refund.yaml"
    planned = support.json(tenure(env, "plan", file, "-o", "json"))
    assert.equal(14, planned.effects.planned)
  end)

  teardown(function()
    simulator:stop()
  end)

  local function show(format)
    local result = tenure(env, "show", planned.run, "-o", format)
    assert.equal(0, result.code, result.stderr)
    assert.equal("", result.stderr)
    -- Nothing a terminal obeys, whatever the format.
    assert.is_nil(result.stdout:find("[\0-\8\11-\31\127]"))
    for _, pattern in ipairs {"\xc2[\x80-\x9f]", "\xe2\x80[\x8e\x8f\xa8-\xae]", "\xe2\x81[\xa6-\xa9]",
                             "\xd8\x9c"} do
      assert.is_nil(result.stdout:find(pattern), format)
    end
    return result.stdout
  end

  local function names_in(effects)
    local found = {}
    for _, effect in ipairs(effects) do
      found[effect.customer_name] = true
    end
    return found
  end

  local expected = {}
  for _, name in pairs(names) do
    expected[name] = true
  end

  it("json is one object, with every name as it is", function()
    local summary = testing.json.decode(show "json")
    assert.equal(planned.run, summary.run)
    assert.equal(14, summary.effects.planned)
    for _, effect in ipairs(summary.largest) do
      assert.is_true(expected[effect.customer_name], effect.customer_name)
    end
  end)

  it("jsonl is one object per line, with every name as it is", function()
    local effects = {}
    for i, line in ipairs(support.lines(show "jsonl")) do
      effects[i] = testing.json.decode(line)
    end
    assert.equal(14, #effects)
    assert.same(expected, names_in(effects))
    assert.equal("EUR", effects[1].planned.back.currency)
  end)

  it("tsv has one line per effect, and no cell that a spreadsheet would run", function()
    local rows = tsv(show "tsv")
    assert.equal(14, #rows)
    local found = names_in(rows)
    for _, name in ipairs {
      "'=cmd|' /C calc'!A0", "'+1+1", "'\u{ff1d}1+1", "'@SUM(A1)", "a\\x09b", "x\\x1b[31m\\x07y", "x\\u009b31my",
      'a "b", c; d', "one\\x0atwo",
    } do
      assert.is_true(found[name], name)
    end
    for _, row in ipairs(rows) do
      assert.equal("planned", row.state)
      assert.is_truthy(row.back:match("^%d+%.%d%d EUR$"))
      assert.equal("100.00 USD", row.worth)
    end
  end)

  it("csv quotes what has commas and quotes", function()
    local lines = support.lines(show "csv")
    assert.equal(15, #lines)
    local text = table.concat(lines, "\n")
    support.contains(text, ',"a ""b"", c; d",')
    support.contains(text, ",'=cmd|' /C calc'!A0,")
    support.contains(text, ",one\\x0atwo,")
    support.contains(text, ",\"a; '=1+1\",") -- where a semicolon begins a new cell
    support.contains_not(text, ",=cmd")
    support.contains_not(text, ",@SUM")
  end)

  it("md keeps its columns", function()
    local lines = support.lines(show "md")
    assert.equal(16, #lines)
    local _, columns = lines[1]:gsub("|", "")
    for _, line in ipairs(lines) do
      local _, bars = line:gsub("\\.", ""):gsub("|", "")
      assert.equal(columns, bars, line)
    end
    support.contains(table.concat(lines, "\n"), "| a\\|b \\`c\\` \\[d\\](e) \\<f\\> |")
  end)

  it("table is for people", function()
    local text = show "table"
    for _, part in ipairs {planned.run, "planned, nothing has changed yet", "14 planned", "1,400.00 USD", "a\\x09b"} do
      support.contains(text, part)
    end
  end)

  it("of plan, runs and call comes in each format, too", function()
    for _, words in ipairs {{"plan", file}, {"runs"}, {"call", "customers.list"}} do
      for _, format in ipairs {"table", "json", "jsonl", "tsv", "csv", "md"} do
        local arguments = {env = env, "-o", format}
        table.move(arguments, 1, 2, #words + 1)
        table.move(words, 1, #words, 1, arguments)
        local result = testing.run(arguments)
        assert.equal(0, result.code, result.stderr)
        assert.is_nil(result.stdout:find("[\0-\8\11-\31\127]"))
        if format == "json" then
          testing.json.decode(result.stdout)
        elseif format == "jsonl" then
          for _, line in ipairs(support.lines(result.stdout)) do
            assert.is_table(testing.json.decode(line))
          end
        elseif format == "tsv" then
          assert.is_true(#tsv(result.stdout) > 0)
        end
      end
    end
  end)

  it("has data on standard output and talk on standard error", function()
    local result = tenure(env, "plan", file, "-o", "json")
    assert.equal("planned", support.json(result).state)
    result = tenure(env, "apply", support.json(result).run, "-o", "json")
    assert.equal(4, result.code)
    assert.equal("", result.stdout)
    support.contains(result.stderr, "14 effects wait for approval")
    result = tenure(env, "plan", file, "-o", "json", "--quiet")
    assert.equal("", result.stderr)
  end)

  it("goes to a file in one piece", function()
    local folder = testing.directory()
    local path = folder .. "/out.json"
    local result = tenure(env, "show", planned.run, "-o", "json", "--to", path)
    assert.equal(0, result.code, result.stderr)
    assert.equal("", result.stdout)
    assert.equal(planned.run, testing.json.decode(testing.read(path)).run)
    testing.write(path, "old, and much longer than what comes: " .. ("x"):rep(100000))
    tenure(env, "show", planned.run, "-o", "tsv", "--to", path)
    assert.equal(14, #tsv(testing.read(path)))
    assert.equal("out.json\n", testing.run({command = "/bin/ls", "-A", folder}).stdout)
  end)

  it("leaves the file as it was when the disk is full", function()
    local folder = testing.directory()
    testing.write(folder .. "/out.json", "old")
    local shell = ("trap '' XFSZ; ulimit -f 0; exec %s describe %s -o json --to %s/out.json")
      :format(support.command(), file, folder)
    local result = testing.run {command = "/bin/sh", "-c", shell, env = env}
    assert.equal(1, result.code)
    support.contains(result.stderr, "cannot write " .. folder .. "/out.json: File too large")
    assert.equal("old", testing.read(folder .. "/out.json"))
    assert.equal("out.json\n", testing.run({command = "/bin/ls", "-A", folder}).stdout)
  end)

  it("that cannot be written is a failure, never a success", function()
    local result = tenure(env, "show", planned.run, "--to", "/dev/full")
    assert.equal(1, result.code)
    support.contains(result.stderr, "cannot write /dev/full: No space left on device")
    for _, words in ipairs {"show " .. planned.run, "runs", "--help", "--version", "describe " .. file} do
      result = testing.run {command = "/bin/sh", "-c", support.command() .. " " .. words .. " > /dev/full", env = env}
      assert.equal(1, result.code, words)
      support.contains(result.stderr, "No space left on device")
    end
    result = testing.run {command = "/bin/sh", "-c", support.command() .. " runs >&-", env = env}
    assert.equal(1, result.code)
  end)

  it("has a place that is looked at before anything is done", function()
    local before = simulator:state().requests
    for place, why in pairs {["/no/such/folder/out"] = "No such file", ["/tmp"] = "is a folder; name a file in it"} do
      local result = tenure(env, "plan", file, "--to", place)
      assert.equal(2, result.code)
      support.contains(result.stderr, why)
    end
    assert.same(before, simulator:state().requests)
  end)

  it("has colours on a terminal only, and none where nobody wants them", function()
    local shown = "show " .. planned.run
    env.NO_COLOR, env.TERM = false, "xterm"
    finally(function()
      env.NO_COLOR, env.TERM = "1", nil
    end)
    support.contains(support.at_terminal(env, shown).stdout, "\27[1m")
    assert.is_nil(tenure(env, "show", planned.run).stdout:find("\27"))
    assert.is_nil(support.at_terminal(env, shown .. " --no-color").stdout:find("\27"))
    env.NO_COLOR = "1"
    assert.is_nil(support.at_terminal(env, shown).stdout:find("\27"))
    env.NO_COLOR, env.TERM = false, "dumb"
    assert.is_nil(support.at_terminal(env, shown).stdout:find("\27"))
  end)
end)

describe("call", function()
  local simulator, env, ids

  setup(function()
    simulator = testing.simulator {
      world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations: [{id: r1, worth: 200 USD, back: 800 PLN}, {id: r2, worth: 100 USD}]
  - {id: smith, name: Smith, currency: USD, consent: missing}
]],
      settle = 50,
    }
    env = support.env(simulator.env)
    ids = {}
    for _, customer in ipairs(simulator:world().customers) do
      ids[customer.name] = customer.id
    end
  end)

  teardown(function()
    simulator:stop()
  end)

  local function list()
    return support.json(tenure(env, "call", "reservations.list", "--customer", "kowalski", "-o", "json"))
  end

  it("answers with records, or their default columns", function()
    local records = list()
    assert.equal(2, #records)
    assert.equal("Succeeded", records[1].state)
    assert.is_true(records[1].can.refund)
    assert.is_number(records[1].quantity)
    assert.is_truthy(records[1].id:match("/reservations/"))
    local rows, columns = tsv(tenure(env, "call", "reservations.list", "--customer", ids.Kowalski, "-o", "tsv").stdout)
    assert.equal("id", columns[1])
    assert.equal(records[1].id, rows[1].id)
    assert.equal(records[2].sku, rows[2].sku)
    local one = tenure(env, "call", "reservations.get", records[1].id, "--customer", "kowalski", "-o", "json")
    assert.equal(records[1].id, support.json(one).id)
  end)

  it("passes arguments on and refuses those that are none", function()
    local words = {"call", "reservations.list", "--customer", "kowalski", "--state", "Expired", "-o", "json"}
    local result = tenure(env, table.unpack(words))
    assert.same({}, support.json(result))
    for _, case in ipairs {
      {{"reservations.list", "--staet", "x"}, "reservations.list has no argument --staet; did you mean --state?"},
      {{"reservations.get"}, "reservations.get: reservation is missing"},
      {{"reservations.get", "r1"}, "reservations.get: reservation is 'r1', but takes a reservation"},
      {{"reservations.quote_refund", "r1", "--quantity", "many"}, "reservations.quote_refund: "},
      {{"reservations"}, "'reservations' is a module: `tenure describe --operations reservations` lists"},
      {{"reservations.refund", ids.Kowalski, "--quantty", "1"}, "no argument --quantty; did you mean --quantity?"},
      {{"reservations.update", ids.Kowalski, "--billing-scope", "x"}, "--billing-scope cannot be changed in place: "},
      {{"orders.purchase", "Standard_D2s_v5", "--once", "x", "--term", "P1Y"}, "quote_purchase: type is missing"},
    } do
      result = tenure(env, "call", "--customer", "kowalski", table.unpack(case[1]))
      assert.equal(2, result.code)
      assert.equal("", result.stdout)
      support.contains(result.stderr, case[2])
    end
  end)

  it("of a customer that cannot be reached says what to do, with exit code 3", function()
    local result = tenure(env, "call", "reservations.list", "--customer", "smith")
    assert.equal(3, result.code)
    assert.equal("", result.stdout)
    support.contains(result.stderr, "no token for tenant '" .. ids.Smith .. "'")
    support.contains(result.stderr, "ask the customer's admin to consent to the application")
  end)

  it("quotes, and moves money only with a cap and a yes", function()
    local id = list()[1].id
    local function call(operation, ...)
      return tenure(env, "call", "reservations." .. operation, id, "--quantity", "1", "--customer", "kowalski", ...)
    end
    local quote = support.json(call("quote_refund", "-o", "json"))
    assert.same({amount = "800.00", currency = "PLN"}, quote.back)
    assert.same({amount = "200.00", currency = "USD"}, quote.worth)
    local refused = call("refund", "--yes")
    assert.equal(5, refused.code)
    support.contains(refused.stderr, "money needs a cap: say how much may move, such as --cap EUR=500")
    assert.matches("no cap covers [%d.]+ %u+ of refund: say how much may move, %-%-cap %u+=[%d.]+ or more",
      (refused.stdout:gsub("%s+", " ")))
    support.contains_not(refused.stdout, "refund.worth")
    refused = call("refund", "--yes", "--cap", "PLN=799.99")
    assert.equal(5, refused.code)
    refused = call("refund", "--yes", "--cap", "EUR=5000")
    assert.equal(5, refused.code)
    refused = call("refund", "--cap", "PLN=800")
    assert.equal(4, refused.code)
    support.contains(refused.stderr, "1 effect waits for approval")
    refused = call("refund", "--cap", "XXQ=800")
    assert.equal(2, refused.code)
    support.contains(refused.stderr, "--cap XXQ=800: 'XXQ' is no currency in use (ISO 4217)")
    refused = call("refund", "--cap", "PLN=much")
    assert.equal(2, refused.code)
    assert.equal(0, #simulator:effects())
    local done = call("refund", "--cap", "PLN=800", "--yes", "-o", "json")
    assert.equal(0, done.code, done.stderr)
    assert.same({refund = {PLN = "800.00"}}, support.json(done).totals)
    assert.equal(1, #simulator:effects())
    local again = tenure(env, "apply", support.json(done).run, "--yes")
    assert.equal(0, again.code)
    assert.equal(1, #simulator:effects())
  end)

  it("needs a terminal or a yes to apply later, from what the ledger kept", function()
    local id = list()[2].id
    local planned = tenure(env, "call", "reservations.refund", id, "--customer", "kowalski", "--quantity", "1", "--cap",
      "PLN=5000", "-o", "json")
    assert.equal(4, planned.code)
    local guards = {}
    for i, guard in ipairs(support.json(planned).guards) do
      guards[i] = guard.operation .. " " .. guard.kind
    end
    assert.same({"refund back"}, guards) -- of what is called, and of nothing else
    local before = #simulator:effects()
    local applied = tenure(env, "apply", support.json(planned).run, "--yes", "-o", "json")
    assert.equal(0, applied.code, applied.stderr)
    assert.equal(before + 1, #simulator:effects())
  end)

  it("exec runs a script with what --with says", function()
    local folder = support.folder {
      ["hello.lua"] = [[
return function(ctx)
  ctx.log(ctx.with.who .. " " .. type(ctx.with.number) .. " " .. ctx.with.number)
  return {who = ctx.with.who, list = {1, 2}}
end
]],
      ["broken.lua"] = "return function(ctx)\n  ctx.nothing()\nend\n",
    }
    local result = tenure(env, "exec", folder .. "/hello.lua", "--with", "who=a=b: #c", "--with", "number=007")
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, "a=b: #c string 007\n")
    support.contains(result.stdout, '\nResult\n  {"list":[1,2],"who":"a=b: #c"}\n')
    result = tenure(env, "exec", folder .. "/hello.lua", "--with", "who=me", "--with", "number=1", "-o", "json")
    assert.same({who = "me", list = {1, 2}}, support.json(result).result)
    result = tenure(env, "exec", folder .. "/hello.lua", "--with", "number=1", "-o", "json")
    assert.equal(3, result.code)
    support.contains(support.json(result).failed_items[1].detail, "there is no 'who'")
    result = tenure(env, "exec", folder .. "/broken.lua", "-o", "json")
    assert.equal(3, result.code)
    support.contains(support.json(result).failed_items[1].detail, "broken.lua:2:")
    for path, why in pairs {[folder .. "/none.lua"] = "No such file", [folder] = "is it a file?"} do
      result = tenure(env, "exec", path)
      assert.equal(2, result.code)
      support.contains(result.stderr, why)
    end
  end)
end)

describe("runs and show", function()
  it("work from another process while the run goes on", function()
    local simulator <close> = testing.simulator {customers = 10, reservations = 1, seed = 5, latency = 50}
    local env = support.env(simulator.env)
    local file = support.workflow() .. "/refund.yaml"
    local process <close> = testing.spawn {"plan", file, "--concurrency", "1", "-o", "json", env = env}
    support.eventually(function()
      return (simulator:state().requests["reservations.list"] or 0) > 1
    end)
    local listed = support.json(tenure(env, "runs", "-o", "json"))
    assert.equal(1, #listed)
    assert.equal("planning", listed[1].state)
    local shown = tenure(env, "show", listed[1].run, "-o", "json")
    assert.equal(0, shown.code, shown.stderr)
    assert.equal("planning", support.json(shown).state)
    assert.is_true(support.json(shown).customers.waiting > 0)
    local busy = tenure(env, "apply", listed[1].run, "--yes")
    assert.is_true(busy.code == 1 or busy.code == 2, busy.stderr)
    support.contains(busy.stderr, "run " .. listed[1].run .. " is ")
    local ended = process:wait()
    assert.equal(listed[1].run, support.json(ended).run)
    assert.equal("planned", support.json(tenure(env, "show", listed[1].run, "-o", "json")).state)
  end)

  it("show a ledger without runs as nothing", function()
    local env = support.env()
    assert.same({code = 0, stdout = "nothing\n", stderr = ""}, tenure(env, "runs"))
    assert.same({}, support.json(tenure(env, "runs", "-o", "json")))
  end)

  it("list the newest first", function()
    local simulator <close> = testing.simulator {customers = 1, seed = 1}
    local env = support.env(simulator.env)
    local file = support.workflow() .. "/refund.yaml"
    local first = support.json(tenure(env, "plan", file, "-o", "json")).run
    testing.sleep(5)
    local second = support.json(tenure(env, "plan", file, "-o", "json")).run
    local rows = support.json(tenure(env, "runs", "-o", "json"))
    assert.same({second, first}, {rows[1].run, rows[2].run})
    assert.equal("refund", rows[1].workflow)
  end)
end)

describe("--cloud simulator", function()
  it("starts one for this command, with a ledger that ends with it", function()
    local env = support.env()
    env.TMPDIR = testing.directory()
    local file = support.workflow({guard = "{count: 1, worth: 100000 USD}"}) .. "/refund.yaml"
    local result = tenure(env, "run", file, "--cloud", "simulator", "--yes", "-o", "json")
    assert.equal(5, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.succeeded)
    assert.equal("nothing\n", tenure(env, "runs").stdout)
    assert.equal("", testing.run({command = "/bin/ls", "-A", env.TMPDIR}).stdout)
    local planned = tenure(env, "plan", file, "--cloud", "simulator")
    support.contains(planned.stdout, "planned, nothing has changed yet")
    local unasked = tenure(env, "run", file, "--cloud", "simulator")
    assert.equal(4, unasked.code)
    support.contains(unasked.stderr, "give --yes to approve them beforehand")
  end)
end)
