-- Steps that are nobody's: `before` ahead of all customers, `after` behind them; once each, whatever happens.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: adler, domain: adler.example, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
  - {id: bauer, domain: bauer.example, currency: EUR, reservations: [{id: r2, worth: 50 USD, back: 45 EUR}]}
]]
local simulator, env

-- A workflow of scripts {before, step, after}, each a body; more is added to the file.
local function workflow(bodies, more)
  local files = {["flow.yaml"] = [[
tenure: 1
name: flow
permissions: [customers:list, reservations:list, reservations:quote_refund, reservations:refund]
guards: {refund: {count: 10, worth: 10000 USD}}
outputs:
  rows: {columns: {n: integer, text: string, sum: money}}
]] .. (bodies.customers or "customers: {list: [adler.example, bauer.example]}\n") .. (more or "")}
  for part, key in pairs {before = "before", step = "steps", after = "after"} do
    if bodies[part] then
      files["scripts/" .. part .. ".lua"] = "return function(ctx)\n" .. bodies[part] .. "\nend\n"
      local each = part == "step" and bodies.each and (", each: '%s'"):format(bodies.each) or ""
      files["flow.yaml"] = files["flow.yaml"]
        .. ("%s: [{id: the-%s, run: scripts/%s.lua%s}]\n"):format(key, part, part, each)
    end
  end
  return support.folder(files)
end

local function tenure(folder, ...)
  return testing.run {env = env, cwd = folder, ...}
end

-- What scripts logged, in order, as "STEP TEXT"; of a run that ends with the code.
local function said(folder, code, ...)
  local result = tenure(folder, "run", "flow.yaml", "--yes", "-v", "-o", "json", ...)
  assert.equal(code, result.code, result.stderr)
  local lines = {}
  for line in result.stderr:gmatch("log: ([^\n]*)") do
    lines[#lines + 1] = line:gsub("the%-", "")
  end
  return lines, result
end

setup(function()
  simulator = testing.simulator {world = world}
  env = support.env(simulator.env)
end)

teardown(function()
  simulator:stop()
end)

describe("before", function()
  it("runs once, as the partner, and customers see what it gave", function()
    assert.same({
      "before: nil 2", "adler.example step: 7 done", "bauer.example step: 7 done",
    }, (said(workflow({
      before = 'ctx.log(tostring(ctx.customer) .. " " .. #require("tenure.customers").list()) return {n = 7}',
      step = 'local of = ctx.before["the-before"][1] ctx.log(of.value.n .. " " .. of.state)',
    }, "concurrency: 1\n"), 0)))
  end)

  it("is there for where, each and when", function()
    assert.same({"bauer.example step: 1", "bauer.example step: 2"}, (said(workflow({
      customers = [[
customers:
  list: [adler.example, bauer.example]
  where: before.first[1].value.who == customer.domain
before: [{id: first, run: scripts/first.lua}]
steps:
  - id: step
    each: before.first[1].value.list
    when: item < before.first[1].value.most
    run: scripts/step.lua
]],
    }, ""):gsub("^(.*)$", function(folder)
      testing.write(folder .. "/scripts/first.lua",
        'return function() return {who = "bauer.example", list = {1, 2, 3}, most = 3} end\n')
      testing.write(folder .. "/scripts/step.lua", "return function(ctx) ctx.log(ctx.item) end\n")
      return folder
    end), 0)))
  end)

  it("stops the run when it fails, and nobody is begun", function()
    for body, message in pairs {
      ['error("on purpose")'] = "step 'the-before' of 'before': scripts/before.lua:2: on purpose",
      ['ctx.fail("no-rates", "yesterday")'] = "step 'the-before' of 'before': no-rates: yesterday",
    } do
      local lines, result = said(workflow {before = body, step = 'ctx.log("begun")'}, 2)
      assert.same({}, lines)
      support.contains(result.stderr, message)
    end
  end)

  it("goes on when it is skipped", function()
    assert.same({"adler.example step: skipped enough", "bauer.example step: skipped enough"}, (said(workflow({
      before = 'ctx.skip("enough")',
      step = 'local of = ctx.before["the-before"][1] ctx.log(of.state .. " " .. of.code)',
    }, "concurrency: 1\n"), 0)))
  end)

  it("cannot change anything", function()
    local _, result = said(workflow {
      before = [[
        local reservations = require "tenure.reservations"
        local whose = {customer = require("tenure.customers").list()[1].id}
        reservations.refund(reservations.quote_refund(reservations.list(whose)[1], whose))
      ]], step = "",
    }, 1)
    support.contains(result.stderr, "what changes something belongs into 'steps'")
    assert.equal(0, support.books(simulator, "refund").count)
  end)
end)

describe("after", function()
  it("runs once, behind all customers, and reads what they wrote", function()
    local folder = workflow({
      before = 'ctx.output("rows", {n = 0, text = "before"})',
      step = [[
        for n = 1, 700 do
          ctx.output("rows", {n = n, text = ctx.customer.id, sum = require("tenure").money("1", "EUR")})
        end
      ]],
      after = [[
        local count, sum, first = 0, require("tenure").money("0", "EUR"), nil
        for row in ctx.outputs.rows:rows() do
          count, sum, first = count + 1, row.sum and sum + row.sum or sum, first or row.text
        end
        ctx.output("rows", {n = count, text = "after " .. first, sum = sum})
      ]],
    }, "concurrency: 2\n")
    local _, result = said(folder, 0)
    local rows = support.json(tenure(folder, "output", support.json(result).run, "rows", "-o", "json"))
    assert.equal(1402, #rows)
    assert.same({n = 0, text = "before"}, rows[1])
    assert.same({n = 700, text = "adler.example", sum = {amount = "1.00", currency = "EUR"}}, rows[701])
    assert.same({n = 1401, text = "after before", sum = {amount = "1400.00", currency = "EUR"}}, rows[1402])
  end)

  it("walks as often as it likes, at once and by coroutines, over strict rows", function()
    assert.same({"after: 4 2 false rows: there is no 'm' (did you mean 'n'?)", "after: 2"}, (said(workflow {
      step = 'ctx.output("rows", {n = 1})',
      after = [[
        local pairs_of_rows, ok, message = 0, nil, nil
        for one in ctx.outputs.rows:rows() do
          for other in ctx.outputs.rows:rows() do
            pairs_of_rows = pairs_of_rows + one.n * other.n
            ok, message = pcall(function() return other.m end)
          end
        end
        local walk = coroutine.wrap(function()
          for row in ctx.outputs.rows:rows() do coroutine.yield(row.n) end
        end)
        local sum = 0
        for n in walk do sum = sum + n end
        ctx.log(pairs_of_rows .. " " .. sum .. " " .. tostring(ok) .. " " .. message:gsub("^[^ ]* ", ""))
        local half = ctx.outputs.rows:rows()
        half()
        ctx.log(#{half(), half()} + 1)
      ]],
    }, 0)))
  end)

  it("is an item that failed when it fails, and cannot change anything", function()
    local _, result = said(workflow {step = "", after = 'require("tenure.reservations").refund("x")'}, 3)
    local failed = support.json(result).failed_items
    assert.equal(1, #failed)
    assert.equal("the-after", failed[1].step)
    support.contains(tenure(workflow {step = "", after = 'ctx.fail("so")'}, "run", "flow.yaml").stdout,
      "\n  the run  the-after")
  end)

  it("is not run when a customer was left out", function()
    local lines = said(workflow({step = 'error("on purpose")', after = 'ctx.log("after")'},
      "concurrency: 1\n"):gsub("^(.*)$", function(folder)
      local text = testing.read(folder .. "/flow.yaml")
      local guard = "guards: {failures: {share: 0%%, of_at_least: 1}, "
      testing.write(folder .. "/flow.yaml", (text:gsub("guards: {", guard)))
      return folder
    end), 5)
    assert.same({}, lines)
  end)

  it("is where outputs are read, and nowhere else", function()
    assert.same({"adler.example step: nil", "bauer.example step: nil"},
      (said(workflow({step = "ctx.log(ctx.outputs)"}, "concurrency: 1\n"), 0)))
  end)
end)

describe("steps of all parts", function()
  it("have ids of their own, and are told by describe", function()
    local folder = workflow {before = "", step = "", after = ""}
    local told = support.json(tenure(folder, "describe", "flow.yaml", "-o", "json"))
    assert.equal("the-before", told.before[1].id)
    assert.equal("the-step", told.steps[1].id)
    assert.equal("the-after", told.after[1].id)
    support.contains(tenure(folder, "describe", "flow.yaml").stdout, "\nAfter\n  the-after  scripts/after.lua  once\n")
    local text = testing.read(folder .. "/flow.yaml")
    testing.write(folder .. "/flow.yaml", (text:gsub("the%-after", "the-before")))
    support.contains(tenure(folder, "check", "flow.yaml").stderr, "the id 'the-before' is taken by the step at line")
  end)

  it("are once each in a pass that dies and is gone on with", function()
    local bodies = {
      before = 'ctx.log("before") ctx.output("rows", {n = 0}) return 1',
      step = [[
        local reservations = require "tenure.reservations"
        local outcome = reservations.refund(reservations.quote_refund(ctx.item), {reason = "spec"})
        ctx.output("rows", {n = ctx.before["the-before"][1].value, text = outcome.state, sum = outcome.back})
      ]],
      after = [[
        local sum = require("tenure").money("0", "EUR")
        for row in ctx.outputs.rows:rows() do sum = row.sum and sum + row.sum or sum end
        ctx.output("rows", {n = 2, text = "sum", sum = sum})
      ]],
      customers = "customers: {from: partner-center}\n",
      each = 'reservations.list{state = "Succeeded"}',
    }
    for _, point in ipairs {"K2:2", "K11:2"} do
      local one <close> = testing.simulator {world = world, settle = 50}
      local its, folder = support.env(one.env), workflow(bodies, "concurrency: 1\n")
      local function ask(...)
        return testing.run {env = its, cwd = folder, ...}
      end
      local planned = support.json(ask("plan", "flow.yaml", "-o", "json"))
      assert.equal(2, planned.effects.planned)
      its.TENURE_KILL = point
      assert.truthy(ask("apply", planned.run, "--yes").signal)
      its.TENURE_KILL = nil
      local applied = ask("apply", planned.run, "--yes", "-v")
      assert.equal(0, applied.code, point .. applied.stderr .. applied.stdout)
      support.contains_not(applied.stderr, "before")
      local rows = support.json(ask("output", planned.run, "rows", "-o", "json"))
      assert.equal(4, #rows, point)
      assert.same({0, 1, 1, 2}, {rows[1].n, rows[2].n, rows[3].n, rows[4].n})
      assert.equal("135.00", rows[4].sum.amount)
      assert.equal("succeeded", rows[3].text)
    end
  end)

  it("go on when a person has settled what nobody could find out", function()
    local folder = workflow({
      step = [[
        local reservations = require "tenure.reservations"
        local outcome = reservations.refund(reservations.quote_refund(ctx.item), {reason = "spec"})
        ctx.log(outcome.state)
      ]],
      after = 'ctx.log("after")',
      customers = "customers: {from: partner-center}\n",
      each = 'reservations.list{state = "Succeeded"}',
    }, "concurrency: 1\n")
    local text = testing.read(folder .. "/flow.yaml")
    testing.write(folder .. "/scripts/later.lua", 'return function(ctx) ctx.log("later") end\n')
    local later = ", {id: the-later, run: scripts/later.lua}]"
    testing.write(folder .. "/flow.yaml", (text:gsub("(steps: %[.-})%]", "%1" .. later)))
    for _, decision in ipairs {"succeeded", "failed", "not-done"} do
      local one <close> = testing.simulator {world = world, settle = 50}
      local its = support.env(one.env)
      local function ask(...)
        return testing.run {env = its, cwd = folder, ...}
      end
      local planned = support.json(ask("plan", "flow.yaml", "-o", "json"))
      one:faults {lose = {next = 1, on = "refund"}}
      local first = ask("apply", planned.run, "--yes", "--no-wait", "-v")
      assert.equal(6, first.code, first.stderr)
      support.contains_not(first.stderr, "after")
      support.contains(first.stdout, "\nTo find out what became of it and go on: tenure resume " .. planned.run .. "\n")
      local unknown = support.json(ask("settle", planned.run, "-o", "json"))[1].effect
      local settled = ask("settle", planned.run, "--effect", unknown, "--as", decision, "--reason", "by phone")
      assert.equal(0, settled.code, settled.stderr)
      support.contains(settled.stdout .. settled.stderr, "`tenure apply " .. planned.run .. "` goes on")
      local waits = "\n1 customer waited for an outcome and can go on: tenure resume " .. planned.run .. "\n"
      if decision ~= "not-done" then support.contains(ask("show", planned.run).stdout, waits) end
      local second = ask("apply", planned.run, "-v")
      support.contains_not(second.stdout, "tenure resume")
      assert.equal(decision == "failed" and 3 or 0, second.code, decision .. second.stderr)
      support.contains(second.stderr, "later")
      support.contains(second.stderr, "after")
      assert.equal(decision == "not-done" and 2 or 1, support.books(one, "refund").count)
      local third = ask("apply", planned.run, "-v")
      support.contains(third.stderr, "is over already")
    end
  end)
end)
