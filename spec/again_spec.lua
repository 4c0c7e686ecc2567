-- A plan made again for what an earlier run left behind, and going on with a workflow that was changed.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
  - {id: b, name: Bauer, currency: EUR, reservations: [{id: r2, worth: 100 USD, back: 90 EUR}]}
  - {id: c, name: Conti, currency: EUR, consent: missing, reservations: [{id: r3, worth: 100 USD, back: 90 EUR}]}
]]

-- The script fails where input `broken` names the customer; what it says of its inputs is in the reason it sends along.
local parts = {
  more = [[
inputs:
  broken: {type: string}
  share: {type: percent, default: 7%}
  limit: {type: money, default: 9 USD}
]],
  script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  if ctx.customer.name == ctx.inputs.broken then
    ctx.fail("broken", "as asked for")
  end
  ctx.log(("share %s, limit %s"):format(ctx.inputs.share, ctx.inputs.limit))
  return reservations.refund(reservations.quote_refund(ctx.item))
end
]],
}

local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  return simulator, support.env(simulator.env), support.workflow(parts) .. "/refund.yaml"
end

local function plan(env, file, ...)
  local result = testing.run {"plan", file, "-v", "-o", "json", env = env, ...}
  return result.stdout ~= "" and support.json(result), result
end

local function apply(env, run, ...)
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env, ...}
  return result.stdout ~= "" and support.json(result), result
end

describe("plan --again", function()
  it("is about the customers left in these states, with the inputs they had", function()
    local simulator <close>, env, file = start()
    local first, result = plan(env, file, "--input", "broken=Bauer", "--input", "share=3.5%")
    assert.equal(3, result.code, result.stderr)
    assert.equal(3, select(2, apply(env, first.run)).code)
    assert.equal(1, #simulator:effects())

    local failed = plan(env, file, "--again", first.run, "--state", "failed")
    assert.equal(1, failed.customers.done)
    assert.equal(1, #failed.failed_items)
    local both = plan(env, file, "--again", first.run)
    assert.equal(1, both.customers.done)
    assert.equal(1, both.customers.unreachable)

    local repaired, said = plan(env, file, "--again", first.run, "--state", "failed", "--input", "broken=nobody")
    assert.equal(0, said.code, said.stderr)
    assert.equal("share 3.5, limit 9.00 USD", support.said(said)[1].text)
    assert.equal(1, repaired.effects.planned)
    assert.equal(0, select(2, apply(env, repaired.run)).code)
    assert.equal(2, support.books(simulator, "refund").count)
    local nothing, done = plan(env, file, "--again", repaired.run)
    assert.is_false(nothing)
    assert.equal(2, done.code)
    support.contains(done.stderr, "no customer of run " .. repaired.run)
  end)

  it("says what is wrong with what it was asked for", function()
    local simulator <close>, env, file = start()
    local first = plan(env, file, "--input", "broken=Bauer")
    local other = support.workflow() .. "/refund.yaml"
    testing.write(other, (testing.read(other):gsub("name: refund\n", "name: other\n")))
    for _, case in ipairs {
      {"no run 'r-none'", file, "--again", "r-none"},
      {"customers are never 'lost'", file, "--again", first.run, "--state", "lost"},
      {"--state goes with --again", file, "--state", "failed"},
      {"is of the workflow 'refund', not of 'other'", other, "--again", first.run},
      {"Zorn", file, "--again", first.run, "--only", "Zorn"},
    } do
      local _, result = plan(env, table.unpack(case, 2))
      assert.equal(2, result.code, case[1] .. ": " .. result.stderr)
      support.contains(result.stderr, case[1])
    end
    assert.equal(0, #simulator:effects())
  end)

  it("asks for a value anew that the workflow would not take any more", function()
    local _ <close>, env, file = start()
    local first = plan(env, file, "--input", "broken=Bauer")
    testing.write(file, (testing.read(file):gsub("broken: {type: string}", "broken: {type: integer}")))
    local _, result = plan(env, file, "--again", first.run)
    assert.equal(2, result.code)
    support.contains(result.stderr, "input 'broken' takes a whole number such as 5 now")
  end)
end)

describe("a workflow that was changed since the plan", function()
  it("is refused, unless it is said that this is meant; then the audit has it", function()
    local simulator <close>, env, file = start()
    local planned = plan(env, file, "--input", "broken=nobody")
    local script = file:gsub("refund.yaml$", "scripts/refund.lua")
    testing.write(script, testing.read(script) .. "-- a remark\n")
    local _, refused = apply(env, planned.run)
    assert.equal(2, refused.code)
    support.contains(refused.stderr, "--accept-changes")
    assert.equal(0, #simulator:effects())
    local applied, result = apply(env, planned.run, "--accept-changes")
    assert.equal(3, result.code, result.stderr) -- Conti is still out of reach
    assert.equal(2, applied.effects.succeeded)
    local events = support.json(testing.run {"audit", planned.run, "-o", "json", env = env})
    local seen = {}
    for _, event in ipairs(events) do
      if event.kind == "changes-accepted" then
        seen[#seen + 1] = event.body
      end
    end
    assert.equal(1, #seen)
    assert.is_truthy(seen[1].actor:find("@", 1, true))
    assert.not_equal(seen[1].was, seen[1].is)
  end)

  it("leaves no trace where nothing was changed", function()
    local _ <close>, env, file = start()
    local planned = plan(env, file, "--input", "broken=nobody")
    assert.equal(3, select(2, apply(env, planned.run, "--accept-changes")).code)
    local events = testing.run {"audit", planned.run, "-o", "jsonl", env = env}
    support.contains_not(events.stdout, "changes-accepted")
  end)
end)
