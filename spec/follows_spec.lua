-- follows: effects that answer outcomes nobody knows while planning come in apply, within their guard.
local support = require "support"
local testing = require "tenure.testing"

-- r1 and r2 are planned; r2 is approved; r3 is what the second step turns to where r1 was refused.
local world = [[
customers:
  - id: adler
    currency: EUR
    reservations:
      - {id: r1, name: r1, worth: 100 USD, back: 90 EUR}
      - {id: r2, name: r2, worth: 50 USD, back: 45 EUR}
      - {id: r3, name: r3, worth: 20 USD, back: 18 EUR}
]]

local function workflow(follows, count)
  return support.folder {
    ["flow.yaml"] = ([[
tenure: 1
name: flow
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards:
  refund: {count: %d, worth: 10000 USD}
outputs:
  rows: {columns: {name: string, state: string, code: string}}
steps:
  - id: one
    each: reservations.list{state = "Succeeded"}
    when: item.name ~= "r3"
    run: scripts/one.lua
  - id: two
    %seach: reservations.list{state = "Succeeded"}
    when: item.name == "r3"
    run: scripts/two.lua
]]):format(count or 10, follows and "follows: one\n    " or ""),
    ["scripts/refund.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local outcome = reservations.refund(reservations.quote_refund(ctx.item), {reason = "spec"})
  ctx.output("rows", {name = ctx.item.name, state = outcome.state, code = outcome.code})
  return outcome.state
end
]],
    ["scripts/one.lua"] = "return require 'scripts.refund'\n",
    ["scripts/two.lua"] = [[
local refund = require "scripts.refund"
return function(ctx)
  for _, earlier in ipairs(ctx.steps.one) do
    if earlier.value == "refused" then return refund(ctx) end
  end
  ctx.skip("nothing-to-answer")
end
]],
  }
end

-- Plans it, approves r2 alone and applies that; kill: where the apply dies first. Returns the plan's summary, what the
-- scripts wrote as "NAME STATE CODE", what was applied, and the books.
local function over(folder, kill)
  local simulator <close> = testing.simulator {world = world, settle = 50}
  local env = support.env(simulator.env)
  local function ask(...)
    return testing.run {env = env, cwd = folder, ...}
  end
  local planned = ask("plan", "flow.yaml", "-o", "json")
  assert.equal(0, planned.code, planned.stderr)
  local plan = support.json(planned)
  local shown = ask("show", plan.run).stdout
  for _, line in ipairs(support.lines(ask("show", plan.run, "-o", "jsonl").stdout)) do
    local effect = testing.json.decode(line)
    if effect.planned.back.amount == "45.00" then
      local approved = ask("approve", plan.run, "--only", effect.key, "--reason", "spec")
      assert.equal(0, approved.code, approved.stderr)
    end
  end
  if kill then
    env.TENURE_KILL = kill
    assert.truthy(ask("apply", plan.run).signal, kill)
    env.TENURE_KILL = nil
  end
  local applied = ask("apply", plan.run, "-o", "json")
  local rows = {}
  for i, row in ipairs(support.json(ask("output", plan.run, "rows", "-o", "json"))) do
    rows[i] = ("%s %s %s"):format(row.name, row.state, row.code or "-")
  end
  table.sort(rows)
  return plan, rows, applied, support.books(simulator, "refund"), shown
end

describe("a step that follows another", function()
  it("makes effects that were not planned, once its step has an outcome", function()
    local plan, rows, applied, books, shown = over(workflow(true))
    assert.equal(2, plan.effects.planned)
    assert.equal(2, plan.may_follow)
    support.contains(shown, "effects:   2 planned, and up to 2 may follow\n")
    assert.same({"r1 refused not-approved", "r2 succeeded -", "r3 succeeded -"}, rows)
    assert.equal(0, applied.code, applied.stderr)
    assert.same({count = 2, cents = {EUR = 6300}}, books)
  end)

  it("is the only one that may", function()
    local plan, rows, _, books = over(workflow(false))
    assert.equal(0, plan.may_follow)
    assert.same({"r1 refused not-approved", "r2 succeeded -", "r3 refused not-in-plan"}, rows)
    assert.equal(1, books.count)
  end)

  it("is no part of a run in which an input switches it off", function()
    local folder = support.folder {
      ["flow.yaml"] = [[
tenure: 1
name: flow
inputs: {also: {type: boolean, default: false}}
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards:
  refund: {count: 10, worth: 10000 USD}
steps:
  - id: one
    each: reservations.list{state = "Succeeded"}
    run: one.lua
  - id: two
    follows: one
    when: inputs.also
    run: two.lua
]],
      ["one.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx) return reservations.refund(reservations.quote_refund(ctx.item)) end
]],
      ["two.lua"] = "return function(ctx) ctx.skip 'came-here' end\n",
    }
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local function plan(...)
      local result = testing.run {"plan", folder .. "/flow.yaml", "-o", "json", env = support.env(simulator.env), ...}
      return support.json(result)
    end
    local off, on = plan(), plan("--input", "also=true")
    assert.same({0, 0}, {off.may_follow, #off.skipped})
    assert.same({3, "came-here"}, {on.may_follow, on.skipped[1].code})
  end)

  it("stays within its guard", function()
    local _, rows, applied, books = over(workflow(true, 2))
    assert.same({"r1 refused not-approved", "r2 succeeded -", "r3 refused guard"}, rows)
    assert.equal(5, applied.code)
    assert.equal(1, books.count)
  end)

  it("makes each of them once, whenever the process dies", function()
    for _, point in ipairs {"K2:2", "K9:2", "K10:2", "K11:2"} do
      local _, rows, applied, books = over(workflow(true), point)
      assert.equal(0, applied.code, point .. applied.stderr)
      assert.same({"r1 refused not-approved", "r2 succeeded -", "r3 succeeded -"}, rows, point)
      assert.equal(2, books.count, point)
    end
  end)

  it("names one that stands before it", function()
    local function mistake(steps)
      local folder = support.folder {
        ["flow.yaml"] = "tenure: 1\nname: flow\npermissions: []\ncustomers: {list: [a]}\n" .. steps,
        ["one.lua"] = "return function() end\n",
      }
      local result = testing.run {"check", "flow.yaml", env = support.env(), cwd = folder}
      return result.stderr:match("flow%.yaml:%d+:%d+: ([^\n]*)"), result.stderr
    end
    assert.equal("no step before this one is called 'two'",
      mistake "steps: [{id: one, run: one.lua, follows: two}, {id: two, run: one.lua}]\n")
    local said, whole = mistake "steps: [{id: one, run: one.lua}, {id: two, run: one.lua, follows: onn}]\n"
    assert.equal("no step before this one is called 'onn'", said)
    support.contains(whole, "did you mean 'one'?")
    assert.equal("'follows' belongs to 'steps': 'before' and 'after' change nothing",
      mistake "steps: [{id: one, run: one.lua}]\nafter: [{id: two, run: one.lua, follows: one}]\n")
  end)
end)
