-- Exit codes, which scripts of other people stand on: each of them, which comes first, and that what was interrupted
-- can be resumed.
local support = require "support"
local testing = require "tenure.testing"

local function tenure(env, ...)
  return testing.run {env = env, ...}
end

-- A plan of that workflow in a fresh ledger: its summary, its environment.
local function plan(simulator, file, ...)
  local env = support.env(simulator.env)
  local result = tenure(env, "plan", file, "-o", "json", ...)
  assert.is_truthy(result.code == 0 or result.code == 3, result.stderr)
  return support.json(result), env
end

local function apply(env, run, ...)
  local result = tenure(env, "apply", run, "-o", "json", ...)
  return result.code, result.stdout ~= "" and support.json(result), result
end

-- Every reservation was refunded at most once, and the run says the same of its refunds as the books.
local function assert_books(simulator, summary)
  local seen = {}
  for _, effect in ipairs(simulator:effects()) do
    assert.is_nil(seen[effect.reservation], "refunded twice: " .. effect.reservation)
    seen[effect.reservation] = true
  end
  assert.same(support.books(simulator, "refund").cents, support.total_cents(summary.totals.refund))
end

local three = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
  - {id: b, name: Bauer, currency: EUR, reservations: [{id: r2, worth: 100 USD, back: 90 EUR}]}
  - {id: c, name: Conti, currency: EUR, reservations: [{id: r3, worth: 100 USD, back: 90 EUR}]}
]]
local with_unreachable = three .. "  - {id: d, name: Dietz, currency: EUR, consent: missing}\n"

describe("exit code", function()
  it("0 is for a plan and a run of which everything was done", function()
    local simulator <close> = testing.simulator {world = three, settle = 50}
    local file = support.workflow() .. "/refund.yaml"
    local planned, env = plan(simulator, file)
    assert.equal(0, planned.exit_code)
    local code, applied = apply(env, planned.run, "--yes")
    assert.equal(0, code)
    assert.equal("done", applied.state)
    assert_books(simulator, applied)
  end)

  it("1 is for a tool that could not do its work", function()
    local simulator <close> = testing.simulator {world = three}
    local env = support.env(simulator.env)
    env.AZURE_CLIENT_SECRET = "wrong"
    local result = tenure(env, "plan", support.workflow() .. "/refund.yaml")
    assert.equal(1, result.code)
    support.contains(result.stderr, "AZURE_CLIENT_SECRET")
  end)

  it("2 is for bad usage and invalid workflows", function()
    assert.equal(2, tenure(support.env(), "plan").code)
    assert.equal(2, tenure(support.env(), "plan", "none.yaml").code)
    local file = support.workflow {when = "item.can.refund ="} .. "/refund.yaml"
    assert.equal(2, tenure(support.env(), "plan", file).code)
  end)

  it("3 is for customers that could not be reached, and goes on to apply", function()
    local simulator <close> = testing.simulator {world = with_unreachable, settle = 50}
    local planned, env = plan(simulator, support.workflow() .. "/refund.yaml")
    assert.equal(3, planned.exit_code)
    local code, applied = apply(env, planned.run, "--yes")
    assert.equal(3, code)
    assert.equal(3, applied.effects.succeeded)
    assert_books(simulator, applied)
  end)

  it("3 is for items that failed, not for those skipped or refused", function()
    local simulator <close> = testing.simulator {world = three, settle = 50}
    local function code_of(script)
      return tenure(support.env(simulator.env), "plan", support.workflow({script = script}) .. "/refund.yaml").code
    end
    assert.equal(0, code_of [[return function(ctx) ctx.skip("not-worth-it") end]])
    assert.equal(3, code_of [[return function(ctx) ctx.fail("no-good") end]])
    assert.equal(3, code_of [[return function(ctx) error("boom") end]])
    local refusing <close> = testing.simulator {
      world = three:gsub("worth: 100 USD", "worth: 100 USD, refuses: RefundLimitExceeded"), settle = 50,
    }
    local planned = plan(refusing, support.workflow() .. "/refund.yaml")
    assert.equal(3, planned.effects.refused)
    assert.equal(0, planned.exit_code)
  end)

  it("0 is for effects that were refused, too, and the summary says which and why", function()
    local simulator <close> = testing.simulator {world = three, settle = 50}
    local file = support.workflow() .. "/refund.yaml"
    local first, env = plan(simulator, file)
    local second = support.json(tenure(env, "plan", file, "-o", "json"))
    simulator:faults {lose = {next = 1, on = "refund"}}
    assert.equal(6, (apply(env, first.run, "--yes", "--no-wait", "--concurrency", "1")))
    local result = tenure(env, "apply", second.run, "--yes")
    assert.equal(0, result.code)
    local why = "has another refund under way in run " .. first.run
    support.contains(result.stdout, "1 refused")
    support.contains(result.stdout, "Refused: 1 effect")
    support.contains(result.stdout, "order-busy")
    support.contains(result.stdout:gsub("%s+", " "), why)
    local code, shown = apply(env, second.run)
    assert.equal(0, code)
    assert.equal(1, shown.effects.refused)
    assert.equal(1, #shown.refused)
    assert.equal("order-busy", shown.refused[1].code)
    support.contains(shown.refused[1].example, why)
  end)

  it("3 is for a read of a customer that could not be reached, 1 when it was the cloud or the partner's own", function()
    local simulator <close> = testing.simulator {world = with_unreachable}
    local env = support.env(simulator.env)
    local customer = {"reservations.list", "--customer", "d"}
    assert.equal(3, tenure(env, "call", table.unpack(customer)).code)
    assert.equal(0, tenure(env, "call", "customers.list").code)
    env.AZURE_CLIENT_SECRET = "wrong"
    assert.equal(1, tenure(env, "call", "customers.list").code)
    assert.equal(1, tenure(env, "plan", support.workflow() .. "/refund.yaml").code)
  end)

  it("4 is for what nobody approved, and nothing is done", function()
    local simulator <close> = testing.simulator {world = three}
    local file = support.workflow() .. "/refund.yaml"
    local planned, env = plan(simulator, file)
    local result = tenure(env, "apply", planned.run)
    assert.equal(4, result.code)
    support.contains(result.stderr, "3 effects wait for approval")
    support.contains(result.stderr, "tenure apply " .. planned.run .. " --yes")
    result = tenure(env, "run", file)
    assert.equal(4, result.code)
    support.contains(result.stdout, "planned, nothing has changed yet")
    assert.equal(0, #simulator:effects())
    assert.equal(0, (apply(env, planned.run, "--yes")))
  end)

  it("5 is for a guard that stopped, and comes before 3", function()
    local simulator <close> = testing.simulator {world = with_unreachable, settle = 50}
    local file = support.workflow({guard = "{count: 2, worth: 1000 USD}"}) .. "/refund.yaml"
    local env = support.env(simulator.env)
    local result = tenure(env, "run", file, "--yes", "-o", "json")
    assert.equal(5, result.code)
    assert.equal(1, support.json(result).customers.unreachable)
    assert_books(simulator, support.json(result))
  end)

  it("6 is for an outcome that nobody knows, and comes before 5 and 3", function()
    local simulator <close> = testing.simulator {world = with_unreachable, settle = 50}
    local env = support.env(simulator.env)
    local file = support.workflow({guard = "{count: 2, worth: 1000 USD}"}) .. "/refund.yaml"
    local planned = support.json(tenure(env, "plan", file, "-o", "json"))
    assert.equal(5, planned.exit_code)
    simulator:faults {error = {next = 1, on = "refund"}}
    local code, applied = apply(env, planned.run, "--yes", "--no-wait")
    assert.equal(6, code)
    assert.equal(1, applied.effects.unknown)
  end)
end)

describe("apply on a run that has ended", function()
  it("says so, changes nothing, and exits with that run's code", function()
    for expected, case in pairs {
      [0] = {world = three}, [3] = {world = with_unreachable},
      [5] = {world = with_unreachable, guard = "{count: 2, worth: 1000 USD}"},
      [6] = {world = three, faults = {error = {next = 1, on = "refund"}}},
    } do
      local simulator <close> = testing.simulator {world = case.world, settle = 50}
      local env = support.env(simulator.env)
      local file = support.workflow({guard = case.guard}) .. "/refund.yaml"
      local planned = support.json(tenure(env, "plan", file, "-o", "json"))
      simulator:faults(case.faults or {})
      local code, applied = apply(env, planned.run, "--yes", "--no-wait")
      assert.equal(expected, code)
      local requests = simulator:state().requests
      for _, words in ipairs {{}, {"--yes"}} do
        local again, shown, result = apply(env, planned.run, "--no-wait", table.unpack(words))
        assert.equal(expected, again, result.stderr)
        assert.same(applied.effects, shown.effects)
        assert.same(applied.totals, shown.totals)
        if expected ~= 6 then -- an unknown outcome is not an end: it may still be settled
          support.contains(result.stderr, "run " .. planned.run .. " is over already: nothing was changed")
        end
      end
      assert.same(requests, simulator:state().requests)
    end
  end)
end)

describe("a run's id", function()
  local simulator, planned, env

  setup(function()
    simulator = testing.simulator {world = three, settle = 50}
    planned, env = plan(simulator, support.workflow() .. "/refund.yaml")
  end)

  teardown(function()
    simulator:stop()
  end)

  it("may be cut short where that is enough", function()
    local result = tenure(env, "show", planned.run:sub(1, -3), "-o", "json")
    assert.equal(0, result.code, result.stderr)
    assert.equal(planned.run, support.json(result).run)
    tenure(env, "plan", support.workflow() .. "/refund.yaml")
    result = tenure(env, "show", planned.run:sub(1, 3))
    assert.equal(2, result.code)
    assert.equal("", result.stdout)
    support.contains(result.stderr, planned.run:sub(1, 3))
  end)

  it("that is unknown is bad usage, and names the ledger", function()
    for _, command in ipairs {"show", "apply"} do
      local result = tenure(env, command, "r-19990101-deadbeef")
      assert.equal(2, result.code)
      assert.equal("", result.stdout)
      support.contains(result.stderr, "there is no run 'r-19990101-deadbeef' in the ledger '" .. env.XDG_STATE_HOME)
    end
  end)
end)

describe("an interrupted", function()
  local file = support.workflow() .. "/refund.yaml"

  it("plan exits 75, changes nothing, and another one can be made", function()
    for _, signal in ipairs {"SIGINT", "SIGTERM"} do
      local simulator <close> = testing.simulator {customers = 30, reservations = 3, seed = 5, latency = 50}
      local env = support.env(simulator.env)
      local process <close> = testing.spawn {"plan", file, "--concurrency", "1", "-o", "json", env = env}
      support.eventually(function()
        return (simulator:state().requests["reservations.list"] or 0) > 1
      end)
      process:kill(signal)
      local result = process:wait()
      assert.equal(75, result.code, result.stderr)
      support.contains(result.stderr, "interrupting")
      local summary = support.json(result)
      support.contains(result.stderr, summary.run .. " was interrupted while it was planned: make a new plan")
      assert.equal("interrupted", summary.state)
      assert.is_true(simulator:state().requests["reservations.list"] < 30)
      local refused = tenure(env, "apply", summary.run, "--yes")
      assert.equal(2, refused.code)
      support.contains(refused.stderr, summary.run)
      local approve = tenure(env, "approve", summary.run, "--reason", "x")
      assert.equal(2, approve.code)
      support.contains(approve.stderr, summary.run .. " did not get as far as a plan (interrupted")
      support.contains(approve.stderr, "make a new one with `tenure plan`")
      assert.same(summary.effects, support.json(tenure(env, "show", summary.run, "-o", "json")).effects)
      support.contains_not(tenure(env, "audit", summary.run, "-o", "jsonl").stdout, '"approval"')
      assert.equal(0, #simulator:effects())
    end
  end)

  it("apply exits 75 and is resumed by apply, which refunds the rest once", function()
    for _, signal in ipairs {"SIGINT", "SIGTERM"} do
      local simulator <close> = testing.simulator {
        customers = 8, reservations = 2, seed = 5, latency = 20, settle = 20,
      }
      local planned, env = plan(simulator, file)
      assert.is_true(planned.effects.planned > 6)
      local process <close> = testing.spawn {
        "apply", planned.run, "--yes", "--concurrency", "1", "-o", "json", env = env,
      }
      support.eventually(function()
        return #simulator:effects() > 1
      end)
      process:kill(signal)
      local result = process:wait()
      assert.equal(75, result.code, result.stderr)
      local stopped = support.json(result)
      assert.equal("interrupted", stopped.state)
      assert.equal(0, stopped.effects.intended + stopped.effects.unknown) -- what was sent was awaited
      assert.is_true(stopped.effects.approved > 0)
      assert_books(simulator, stopped)
      local code, applied = apply(env, planned.run)
      assert.equal(planned.exit_code, code)
      assert.equal("done", applied.state)
      assert.equal(planned.effects.planned, applied.effects.succeeded)
      assert.same(planned.totals, applied.totals)
      assert_books(simulator, applied)
    end
  end)

  it("apply waits for the answer to what it sent, unless a second signal ends it at once", function()
    for signal, expected in pairs {SIGTERM = 143, SIGINT = 130} do
      local simulator <close> = testing.simulator {world = three, settle = 50}
      local planned, env = plan(simulator, file)
      simulator:faults {slow = {next = 1, ms = 60000, on = "refund"}}
      local process <close> = testing.spawn {"apply", planned.run, "--yes", "--concurrency", "1", env = env}
      support.eventually(function()
        return (simulator:state().requests["reservations.refund"] or 0) == 1
      end)
      process:kill(signal)
      testing.sleep(200)
      process:kill(signal)
      local result = process:wait()
      assert.equal(expected, result.code, result.stderr)
      support.contains(result.stderr, "interrupting: waiting for effects already sent; again to stop at once")
      local code, applied = apply(env, planned.run, "--no-wait")
      assert.equal(6, code) -- nobody knows what became of the one that was under way
      assert.equal(1, applied.effects.unknown)
      assert.equal(2, applied.effects.succeeded)
      assert.equal(3, simulator:state().requests["reservations.refund"])
    end
  end)
end)

describe("a person at the terminal", function()
  local file = support.workflow() .. "/refund.yaml"

  it("is asked, and only a yes applies", function()
    local simulator <close> = testing.simulator {world = three, settle = 50}
    local env = support.env(simulator.env)
    for _, answer in ipairs {"n\n", "\n", "perhaps\n"} do
      local result = support.at_terminal(env, "run " .. file, answer)
      assert.equal(4, result.code, result.stdout)
      support.contains(result.stdout, "270.00 EUR")
      support.contains(result.stdout, "Apply 3 effects? [y/N] ")
      support.contains(result.stdout, "nothing was applied; to do it later: tenure apply r-")
      assert.equal(0, #simulator:effects())
    end
    local result = support.at_terminal(env, "run " .. file, "y\n")
    assert.equal(0, result.code, result.stdout)
    assert.equal(3, #simulator:effects())
  end)
end)
