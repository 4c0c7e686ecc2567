-- Approving: whole plans and parts of them, from files and by name; and settling what nobody could find out.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, worth: 200 USD}, {id: r2, worth: 100 USD}]}
  - {id: meier, name: Meier, currency: EUR, reservations: [{id: r4, worth: 300 USD}]}
]]

local function planned()
  local simulator = testing.simulator {world = world, settle = 100}
  local env = support.env(simulator.env)
  local plan = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
  assert.equal(3, plan.effects.planned)
  return simulator, env, plan
end

local function effects_csv(env, run)
  local csv = testing.run {"report", run, "--effects", "--format", "csv", env = env}
  assert.equal(0, csv.code, csv.stderr)
  return csv.stdout
end

-- The file with a word in the column decision of the lines that hold a text.
local function decided(csv, text, word)
  local lines = {}
  for line in csv:gmatch("[^\r\n]+") do
    if line:find(text, 1, true) then
      line = line:gsub(",[^,]*$", "," .. word)
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("approve", function()
  it("takes back the report's file, and apply carries out only what it approves", function()
    local simulator <close>, env, plan = planned()
    local file = testing.directory() .. "/decisions.csv"
    testing.write(file, decided(effects_csv(env, plan.run), "Kowalski", "approve"))
    local approve = testing.run {"approve", plan.run, "--from", file, "--reason", "as agreed", "-o", "json", env = env}
    assert.equal(0, approve.code, approve.stderr)
    assert.equal(2, support.json(approve).approved)
    local apply = testing.run {"apply", plan.run, "-o", "json", env = env}
    assert.equal(0, apply.code, apply.stderr)
    local books = support.books(simulator, "refund")
    assert.equal(2, books.count)
    assert.is_nil(books.cents.EUR)
    assert.same(books.cents, support.total_cents(support.json(apply).totals.refund))
  end)

  it("takes customers, reservations and effects by name", function()
    local simulator <close>, env, plan = planned()
    local approve = testing.run {"approve", plan.run, "--only", "Meier", "--reason", "first", "-o", "json", env = env}
    assert.equal(1, support.json(approve).approved)
    local wrong = testing.run {"approve", plan.run, "--only", "Maier", "--reason", "x", env = env}
    assert.equal(2, wrong.code)
    assert.equal(0, testing.run({"apply", plan.run, env = env}).code)
    assert.equal(1, support.books(simulator, "refund").count)
  end)

  it("refuses a file of another plan, an unknown word, a missing reason, and changes nothing", function()
    local simulator <close>, env, plan = planned()
    local other = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    local file = testing.directory() .. "/decisions.csv"
    testing.write(file, decided(effects_csv(env, other.run), "Kowalski", "approve"))
    local foreign = testing.run {"approve", plan.run, "--from", file, "--reason", "x", env = env}
    assert.equal(2, foreign.code)
    support.contains(foreign.stderr, "another plan")
    testing.write(file, decided(effects_csv(env, plan.run), "Kowalski", "perhaps"))
    local word = testing.run {"approve", plan.run, "--from", file, "--reason", "x", env = env}
    assert.equal(2, word.code)
    support.contains(word.stderr, "perhaps")
    local silent = testing.run {"approve", plan.run, env = env}
    assert.equal(2, silent.code)
    support.contains(silent.stderr, "approve: reason is missing: say with --reason why")
    local nobody = testing.run {"approve", "nope", env = env}
    assert.equal(2, nobody.code)
    support.contains(nobody.stderr, "there is no run 'nope'")
    assert.equal(4, testing.run({"apply", plan.run, env = env}).code)
    assert.equal(0, #simulator:effects())
  end)

  it("refuses a file that says two things of one effect, or approves nothing, and says where", function()
    local simulator <close>, env, plan = planned()
    local file = testing.directory() .. "/decisions.csv"
    local csv = effects_csv(env, plan.run)
    local function refused(text)
      testing.write(file, text)
      local result = testing.run {"approve", plan.run, "--from", file, "--reason", "x", env = env}
      assert.equal(2, result.code, result.stdout)
      return result.stderr
    end
    local meier = decided(csv, "Meier", "approve")
    local last = meier:match("[^\n]*Meier[^\n]*")
    support.contains(refused(meier .. last:gsub(",approve$", ",reject") .. "\n"),
      file .. ":5: the effect " .. last:sub(1, 12) .. " is not approved here, and line ")
    support.contains(refused(decided(csv, "Meier", "perhaps")), file .. ":")
    local perhaps = refused(decided(csv, "Meier", "perhaps"))
    support.contains(perhaps, "'perhaps' is no decision: write approve (or yes, y, x)")
    assert.is_truthy(refused(decided(csv, "Meier", "perhaps")):find(":%d:%d+: 'perhaps'"))
    for _, word in ipairs {"", "reject", "No"} do
      support.contains(refused(decided(csv, "Meier", word)), file .. " approves no effect of run " .. plan.run)
    end
    support.contains_not(testing.run({"audit", plan.run, "-o", "jsonl", env = env}).stdout, '"approval"')
    testing.write(file, meier .. last .. "\n") -- the same said twice is no contradiction
    local approve = testing.run {"approve", plan.run, "--from", file, "--reason", "x", "-o", "json", env = env}
    assert.equal(1, support.json(approve).approved)
    assert.equal(0, #simulator:effects())
  end)

  it("refuses a plan that is still being made", function()
    local simulator <close> = testing.simulator {world = world}
    local env = support.env(simulator.env)
    simulator:faults {slow = {next = 1, ms = 60000, on = "reservations.quote_refund"}}
    local process <close> = testing.spawn {
      "plan", support.workflow() .. "/refund.yaml", "--concurrency", "1", env = env,
    }
    support.eventually(function()
      return (simulator:state().requests["reservations.quote_refund"] or 0) > 0
    end)
    local run = support.json(testing.run {"runs", "-o", "json", env = env})[1].run
    local approve = testing.run {"approve", run, "--reason", "x", env = env}
    assert.equal(2, approve.code, approve.stderr)
    support.contains(approve.stderr, run .. " is still being planned: wait for that")
    support.contains_not(testing.run({"audit", run, "-o", "jsonl", env = env}).stdout, '"approval"')
    process:kill("SIGKILL")
    process:wait()
  end)
end)

describe("approve --from a file that a spreadsheet wrote", function()
  local strange = [[
customers:
  - id: kowalski
    name: "=Kowalski; -ski"
    currency: PLN
    reservations:
      - {id: r1, name: "007", worth: 1200.50 USD, back: 4399.80 PLN, quantity: 3}
      - {id: r2, name: "3/4", worth: 100 USD, back: 366.50 PLN}
      - {id: r3, name: "a \"quoted\" one, twice", worth: 90 USD, back: 329.85 PLN}
  - id: mueller
    name: Müller
    currency: EUR
    reservations:
      - {id: r4, name: staging, worth: 300 USD, back: 258.30 EUR}
      - {id: r5, name: long, worth: 200 USD, back: 123456789.17 EUR}
]]

  local simulator, env, run, fresh, file

  lazy_setup(function()
    simulator = testing.simulator {world = strange}
    env = support.env(simulator.env)
    local plan = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(5, plan.effects.planned)
    run, fresh, file = plan.run, effects_csv(env, plan.run), testing.directory() .. "/decisions.csv"
  end)

  lazy_teardown(function()
    simulator:stop()
  end)

  -- The file's lines, the one with this name of its reservation, and the columns in order.
  local function lines_of(called)
    local lines, columns = support.csv_rows(fresh)
    for _, line in ipairs(lines) do
      if line.called == called then
        return lines, line, columns
      end
    end
    error("no line has " .. called)
  end

  local function text_of(lines, columns, separator, ending)
    local written = {table.concat(columns, separator or ",")}
    for r, line in ipairs(lines) do
      local cells = {}
      for c, name in ipairs(columns) do
        local cell = line[name] or ""
        cells[c] = cell:find('[,;\t"]') and '"' .. cell:gsub('"', '""') .. '"' or cell
      end
      written[r + 1] = table.concat(cells, separator or ",")
    end
    return table.concat(written, ending or "\n") .. (ending or "\n")
  end

  local function approve(text)
    testing.write(file, text)
    return testing.run {"approve", run, "--from", file, "--reason", "x", "-o", "json", env = env}
  end

  local function assert_nothing_approved()
    support.contains_not(testing.run({"audit", run, "-o", "jsonl", env = env}).stdout, '"approval"')
  end

  local function shown(cell)
    return cell == "" and "nothing" or "'" .. cell .. "'"
  end

  it("refuses it where a cell tells something else than the plan, and says where, what and what to do", function()
    for name, other in pairs {
      customer = "a377e09c-5592-8b46-b784-0112cae16700", customer_name = "Kowalski", operation = "exchange",
      reservation = "82f3e9c6-95dc-8b8d-9b11-818d57019190", order = "", called = "8",
      product = "Standard_F2s_v2", asks = "reason none", quantity = "2", before = "4", after = "", back = "4399.81",
      back_currency = "EUR", pay = "0", pay_currency = "PLN", worth = "120.50", portal = "https://portal.azure.com/",
    } do
      local lines, line, columns = lines_of("007")
      local right = line[name]
      line[name], line.decision = other, "approve"
      local result = approve(text_of(lines, columns))
      assert.equal(2, result.code, name .. " " .. result.stdout)
      local at, column, said = result.stderr:match("decisions.csv:(%d+):(%d+): " .. name .. " is (.*) for this key, ")
      assert(at, name .. ": " .. result.stderr)
      assert.equal(line, lines[at - 1])
      local row = support.lines(text_of(lines, columns))[tonumber(at)]
      local cell = row:sub(utf8.offset(row, tonumber(column))):gsub('^"', "")
      assert.equal(other, cell:sub(1, #other))
      support.contains(said, shown(other) .. " here, and ")
      support.contains(said, " in the plan of run " .. run)
      if name ~= "portal" and name ~= "customer_name" then -- one is too long, the other has the mark against formulas
        support.contains(said, "and " .. shown(right) .. " in")
      end
      support.contains(result.stderr, line.key:sub(1, 12) .. " ('=Kowalski; -ski'): a column was sorted apart")
      support.contains(result.stderr, "nothing is approved. Take the file anew with `tenure report " .. run .. " --e")
    end
    assert_nothing_approved()
  end)

  it("refuses it where one column was sorted apart from the others, the key's among them", function()
    for _, name in ipairs {"key", "customer", "customer_name", "reservation", "order", "back", "worth"} do
      local lines, _, columns = lines_of("007")
      for _, line in ipairs(lines) do
        line.decision = "approve"
      end
      lines[1][name], lines[#lines][name] = lines[#lines][name], lines[1][name]
      local result = approve(text_of(lines, columns))
      assert.equal(2, result.code, name .. " " .. result.stdout)
      local told = name == "key" and "customer" or name
      assert.is_truthy(result.stderr:find(":2:%d+: " .. told .. " is '"), result.stderr)
      support.contains(result.stderr, "; 1 more line of the file does, too: a column was sorted apart")
    end
    assert_nothing_approved()
  end)

  it("compares a line that approves nothing, too", function()
    local lines, line, columns = lines_of("007")
    lines_of("3/4").decision, line.back = "approve", "1"
    assert.equal(2, approve(text_of(lines, columns)).code)
    assert_nothing_approved()
  end)

  it("names the line of a key that the plan does not have", function()
    local lines, line, columns = lines_of("007")
    line.key, line.decision = line.key:gsub("^....", "beef"), "approve"
    local result = approve(text_of(lines, columns))
    assert.equal(2, result.code, result.stdout)
    support.contains(result.stderr, "decisions.csv:2: run " .. run .. " has no effect 'beef")
  end)

  it("refuses other amounts, and what is no amount, in any country's writing", function()
    for _, case in ipairs {
      {"1,200"}, {"1,200", ";"}, {"12,00.50"}, {"1200.5 USD"}, {"1,2005"}, {"1,2005", ";"}, {"1.200.50", ";"},
      {"-1200.5"}, {"1200.51"}, {"1 200"}, {"1200,500,0", ";"}, {""}, {"1.200,5,0", "\t"}, {"1.2005"},
    } do
      local lines, line, columns = lines_of("007")
      line.worth, line.decision = case[1], "approve"
      local result = approve(text_of(lines, columns, case[2]))
      assert.equal(2, result.code, case[1] .. " " .. result.stdout)
      support.contains(result.stderr, ": worth is " .. shown(case[1]) .. " here, and '1200.50' in the plan")
    end
    local lines, line, columns = lines_of("long")
    line.back, line.decision = "123456789.3", "approve"
    support.contains(approve(text_of(lines, columns)).stderr, ": back is '123456789.3' here, and '123456789.17' in")
    assert_nothing_approved()
  end)

  -- Each approves one effect, and compares all that wait.
  it("takes what a spreadsheet does to a file without harm", function()
    local function approves(called, change)
      local lines, line, columns = lines_of(called)
      line.decision = "approve"
      local result = approve(change(lines, line, columns))
      assert.equal(0, result.code, result.stderr)
      assert.equal(1, support.json(result).approved)
    end
    local function each(lines, change)
      for _, line in ipairs(lines) do
        for name, cell in pairs(line) do
          line[name] = change(cell, name)
        end
      end
    end
    approves("long", function(lines, line, columns) -- Excel: ten digits, a BOM, its own ends of lines
      line.back = "123456789.2"
      each(lines, function(cell) return cell:find("^%d+%.%d0$") and cell:gsub("%.?0+$", "") or cell end)
      return "\xef\xbb\xbf" .. text_of(lines, columns, ",", "\r\n")
    end)
    approves("007", function(lines, line, columns) -- where a comma begins the decimals
      line.called = "7"
      each(lines, function(cell) return cell:find("^%d+%.%d%d$") and cell:gsub("%.", ",") or cell end)
      line.back, line.worth = "4.399,8", "1\xc2\xa0200,5"
      return text_of(lines, columns, ";")
    end)
    approves("3/4", function(lines, line, columns) -- a day, marks between thousands, blanks, no marks against formulas
      line.called, line.back = "03. Apr", "366.500"
      each(lines, function(cell)
        return " " .. cell:gsub("^'=", "="):gsub("; '%-", "; -"):gsub("^(%d)(%d%d%d%.%d+)$", "%1,%2") .. "\t"
      end)
      return text_of(lines, columns)
    end)
    approves('a "quoted" one, twice', function(lines, _, columns) -- other columns, another order, other lines
      table.sort(lines, function(a, b) return a.key > b.key end)
      local kept = {"note", "decision"}
      for c = #columns, 1, -1 do
        if not ("back decision customer_name"):find(columns[c], 1, true) then
          kept[#kept + 1] = columns[c]:upper()
        end
      end
      each(lines, function(cell) return cell end)
      for _, line in ipairs(lines) do
        for _, name in ipairs(columns) do
          line[name:upper()] = line[name]
        end
        line.note = "as agreed; see mail"
      end
      lines[#lines + 1] = {note = "sum", BACK = "1"}
      return text_of(lines, kept)
    end)
    approves("staging", function(lines, line, columns) -- what does not wait any more may be told in any way
      for _, other in ipairs(lines) do
        if other ~= line then
          other.back, other.customer_name = "0", "somebody"
        end
      end
      line.state, line.code = "new", "none"
      return text_of(lines, columns)
    end)
  end)
end)

describe("what is approved later", function()
  local several = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, worth: 200 USD}, {id: r2, worth: 100 USD}, {id: r3, worth: 50 USD}]
]]
  local flow = {
    ["flow.yaml"] = [[
tenure: 1
name: flow
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards: {refund: {count: 5, worth: 10000 USD}}
outputs: {states: {columns: {step: string, state: string}}}
steps:
  - {id: refund, each: 'reservations.list{state = "Succeeded"}', run: refund.lua}
  - {id: later, run: later.lua}
after: [{id: sum, run: sum.lua}]
]],
    ["refund.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local outcome = reservations.refund(reservations.quote_refund(ctx.item), {reason = "spec"})
  ctx.output("states", {step = "refund", state = outcome.state})
  return outcome.state
end
]],
    ["later.lua"] = [[
return function(ctx)
  for _, one in ipairs(ctx.steps.refund) do
    ctx.output("states", {step = "later", state = one.value})
  end
end
]],
    ["sum.lua"] = [[
return function(ctx)
  local count = 0
  for row in ctx.outputs.states:rows() do
    count = count + (row.state == "succeeded" and 1 or 0)
  end
  ctx.output("states", {step = "sum", state = tostring(count)})
end
]],
  }

  local function start(settle)
    local simulator = testing.simulator {world = several, settle = settle or 50}
    local env, file = support.env(simulator.env), support.folder(flow) .. "/flow.yaml"
    local plan = support.json(testing.run {"plan", file, "-o", "json", env = env})
    local keys = {}
    for line in testing.run({"show", plan.run, "-o", "jsonl", env = env}).stdout:gmatch "[^\n]+" do
      local effect = testing.json.decode(line)
      keys[effect.item + 1] = effect.key
    end
    local function ask(command, ...)
      local result = testing.run {command, plan.run, "-o", "json", env = env, ...}
      assert.equal(0, result.code, result.stderr)
      return support.json(result)
    end
    local function states()
      local found = {}
      for i, row in ipairs(support.json(testing.run {"output", plan.run, "states", "-o", "json", env = env})) do
        found[i] = row.step .. " " .. row.state
      end
      return found
    end
    return simulator, ask, keys, states, function()
      return testing.spawn {"apply", plan.run, env = env}
    end, function()
      return testing.run({"show", plan.run, env = env}).stdout
    end
  end

  it("is carried out by the next apply, and what was built on it before is done again", function()
    local simulator <close>, ask, keys, states = start()
    for i, item in ipairs {2, 3, 1} do
      assert.equal(1, ask("approve", "--only", keys[item], "--reason", "x").approved)
      assert.equal(i, ask("apply").effects.succeeded)
      assert.equal(i, support.books(simulator, "refund").count)
      local seen = states()
      assert.equal(7, #seen, table.concat(seen, ", "))
      assert.equal("sum " .. 2 * i, seen[7])
    end
    assert.same({
      "later succeeded", "later succeeded", "later succeeded", "refund succeeded", "refund succeeded",
      "refund succeeded", "sum 6",
    }, (function(list) table.sort(list) return list end)(states()))
  end)

  it("waits for the next apply where one is under way", function()
    local simulator <close>, ask, keys, _, spawn, page = start(3000)
    ask("approve", "--only", keys[2], "--reason", "x")
    local going = spawn()
    support.eventually(function() return ask("show").effects.accepted == 1 end)
    assert.equal(1, ask("approve", "--only", keys[1], "--reason", "x").approved)
    assert.equal(0, going:wait().code)
    assert.equal(1, ask("show").effects.approved)
    support.contains(page(), "\nApproved since: 1 effect. To carry it out: tenure apply ")
    assert.equal(2, ask("apply").effects.succeeded)
    assert.equal(2, support.books(simulator, "refund").count)
  end)
end)

describe("settle --as partial", function()
  it("leaves amounts that nobody told unknown, also once it is accepted as it is", function()
    local simulator <close> = testing.simulator {settle = 50, world = [[
customers:
  - {id: k, name: Kern, currency: EUR, reservations: [{id: r1, quantity: 5, worth: 500 USD, back: 450 EUR}]}
]]}
    local env = support.env(simulator.env)
    env.TENURE_QUIET = "600s"
    local plan = support.json(testing.run {"plan", support.workflow {} .. "/refund.yaml", "-o", "json", env = env})
    simulator:faults {lose = {next = 1, on = "refund"}}
    testing.run {"apply", plan.run, "--yes", "--no-wait", env = env}
    local effect = support.json(testing.run {"settle", plan.run, "-o", "json", env = env})[1].effect
    for _, word in ipairs {"partial", "succeeded"} do
      local settled = testing.run {"settle", plan.run, "--effect", effect, "--as", word, "--reason", "x", env = env}
      assert.equal(0, settled.code, settled.stderr)
      local row = support.json(testing.run {"show", plan.run, "-o", "jsonl", env = env})
      assert.equal(word, row.state)
      assert.is_nil(row.actual)
      local shown = support.json(testing.run {"show", plan.run, "-o", "json", env = env})
      assert.is_nil(shown.totals.refund and shown.totals.refund.EUR)
      local why = testing.run({"why", plan.run, "Kern", env = env}).stdout
      assert.is_nil(why:find("really +back"))
      support.contains(why, "not known: nobody told the amounts")
      local listed = testing.run({"show", plan.run, "-o", "csv", env = env}).stdout
      assert.is_nil(listed:find("450", 1, true), listed)
      assert.equal(0, testing.run({"audit", "--verify", env = env}).code)
    end
  end)
end)

describe("settle", function()
  local function unknown()
    local simulator, env, plan = planned()
    simulator:faults {lose = {next = 1, on = "refund"}}
    local apply = testing.run {"apply", plan.run, "--yes", "--no-wait", "-o", "json", env = env}
    assert.equal(6, apply.code, apply.stderr)
    return simulator, env, plan.run
  end

  it("lists what is unknown, and records a decision with name and reason", function()
    local simulator <close>, env, run = unknown()
    local list = support.json(testing.run {"settle", run, "-o", "json", env = env})
    assert.equal(1, #list)
    local result = testing.run {"settle", run, "--effect", list[1].effect:sub(1, 12), "--as", "not-done", "--reason",
                                "the portal shows it as it was", env = env}
    assert.equal(0, result.code, result.stderr)
    assert.equal(0, #support.json(testing.run {"settle", run, "-o", "json", env = env}))
    local apply = testing.run {"apply", run, "-o", "json", env = env}
    assert.equal(0, apply.code, apply.stderr)
    assert.equal(3, support.books(simulator, "refund").count)
    assert.same(support.books(simulator, "refund").cents, support.total_cents(support.json(apply).totals.refund))
  end)

  it("refuses a decision that is none, half a decision, and one about a settled effect", function()
    local simulator <close>, env, run = unknown()
    local effect = support.json(testing.run {"settle", run, "-o", "json", env = env})[1].effect
    local word = testing.run {"settle", run, "--effect", effect, "--as", "lost", "--reason", "x", env = env}
    assert.equal(2, word.code)
    support.contains(word.stderr, "not-done")
    assert.equal(2, testing.run({"settle", run, "--effect", effect, env = env}).code)
    local done = testing.run {"settle", run, "--effect", effect, "--as", "failed", "--reason", "by phone", env = env}
    assert.equal(0, done.code, done.stderr)
    local again = testing.run {"settle", run, "--effect", effect, "--as", "succeeded", "--reason", "x", env = env}
    assert.equal(2, again.code, again.stderr)
    assert.equal(2, support.books(simulator, "refund").count)
  end)
end)

describe("an unknown outcome", function()
  it("that waits for its quiet time says until when, while the others go on", function()
    local simulator <close>, env, plan = planned()
    env.TENURE_QUIET = "4 seconds"
    simulator:faults {lose = {next = 2, on = "refund"}}
    local first = testing.run {"apply", plan.run, "--yes", "--no-wait", "-o", "json", env = env}
    assert.equal(6, first.code, first.stderr)
    support.contains_not(first.stderr, "quiet time")
    local unknown = support.json(first).effects.unknown
    local second = testing.run {"resume", plan.run, "-o", "json", env = env}
    assert.equal(0, second.code, second.stderr)
    local said = unknown == 2 and "2 outcomes are unknown and wait for their quiet time; the last can be settled at "
      or "1 outcome is unknown and waits for its quiet time; it can be settled at "
    support.contains(second.stderr, said)
    assert.is_truthy(second.stderr:find("settled at %d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ, in %d seconds\n"))
    assert.equal(3, support.books(simulator, "refund").count)
  end)

  it("is probed: what happened counts once, what did not is tried again after the quiet time", function()
    for _, fault in ipairs {"drop", "lose", "late"} do
      local simulator <close>, env, plan = planned()
      simulator:faults {[fault] = {next = 2, on = "refund"}}
      local apply = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
      assert.equal(0, apply.code, fault .. ": " .. apply.stderr)
      local books = support.books(simulator, "refund")
      assert.equal(3, books.count, fault)
      assert.same(books.cents, support.total_cents(support.json(apply).totals.refund))
    end
  end)
end)
