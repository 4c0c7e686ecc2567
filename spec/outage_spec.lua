-- A cloud that goes away while a run is under way: it is said at once, nobody fails for it, and the run goes on later.
local support = require "support"
local testing = require "tenure.testing"

local CUSTOMERS = 8

local function world()
  local lines = {"customers:"}
  for i = 1, CUSTOMERS do
    lines[#lines + 1] =
      ("  - {id: c%d, currency: EUR, reservations: [{id: r%d, worth: 100 USD, back: 90 EUR}]}"):format(i, i)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- A simulator in a process of its own, so that it can be stopped and killed; ready.env reaches it.
local function start(...)
  local file = support.folder {["world.yaml"] = world()} .. "/world.yaml"
  local process = testing.spawn {"simulator", "--world", file, ...}
  return process, testing.json.decode(process:line())
end

local function effects_at(ready)
  return testing.http({url = ready.url .. "/_simulator/effects"}).json
end

-- An apply that has sent something when this returns.
local function begin_apply(ready, give_up, concurrency)
  local env = support.env(ready.env)
  env.TENURE_GIVE_UP = give_up
  local planned = testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env}
  assert.equal(0, planned.code, planned.stderr)
  local run = support.json(planned).run
  local apply = testing.spawn {"apply", run, "--yes", "--concurrency", concurrency, "-o", "json", env = env}
  for _ = 1, 600 do
    if #effects_at(ready) > 0 then
      break
    end
    testing.sleep(10)
  end
  assert.is_true(#effects_at(ready) > 0)
  return apply, run, env
end

local function assert_interrupted(result, run)
  assert.equal(75, result.code, result.stderr)
  support.contains(result.stderr, "tenure resume " .. run)
  local summary = support.json(result)
  assert.equal("interrupted", summary.state)
  assert.equal(0, summary.customers.failed + summary.customers.unreachable)
  assert.is_true(summary.customers.waiting + summary.customers.running > 0)
  return summary
end

describe("a cloud that goes away in the middle of an apply", function()
  it("is named while it is tried again, and then the run is left as it is", function()
    local simulator <close>, ready = start("--latency", "20", "--settle", "50")
    local apply <close>, run, env = begin_apply(ready, "3 s", 1)
    simulator:kill("SIGKILL")
    local result = apply:wait()
    local summary = assert_interrupted(result, run)
    local host = ready.url:match("//(.*)$")
    support.contains(result.stderr, "'" .. host .. "' cannot be connected to")
    support.contains(result.stderr, "what is asked of it is tried again, for at most 3 s")
    support.contains(summary.reason, host)
    support.contains(testing.run({"show", run, env = env}).stdout, host)
  end)

  it("may come back, and the run is carried to its end", function()
    local simulator <close>, ready = start("--latency", "20", "--settle", "1500") -- somebody reads how it goes on
    local apply <close>, run, env = begin_apply(ready, "6 s", 4)
    repeat
      local effects = support.json(testing.run {"show", run, "-o", "json", env = env}).effects
    until effects.accepted + effects.succeeded > 0
    simulator:kill("SIGSTOP")
    assert_interrupted(apply:wait(), run)
    simulator:kill("SIGCONT")
    local result = testing.run {"resume", run, "-o", "json", env = env}
    assert.equal(0, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal(CUSTOMERS, summary.effects.succeeded)
    assert.equal(CUSTOMERS, #effects_at(ready))
    assert.same({EUR = "720.00"}, summary.totals.refund)
  end)

  it("ends a plan, which nobody can approve then", function()
    local simulator <close>, ready = start("--latency", "50")
    local env = support.env(ready.env)
    env.TENURE_GIVE_UP = "2 s"
    local plan <close> = testing.spawn {
      "plan", support.workflow() .. "/refund.yaml", "--concurrency", "1", "-o", "json", env = env,
    }
    local seen
    for _ = 1, 600 do
      local listed = testing.run {"runs", "-o", "json", env = env}
      seen = listed.code == 0 and #support.json(listed) > 0
      if seen then
        break
      end
      testing.sleep(10)
    end
    assert.is_true(seen)
    simulator:kill("SIGKILL")
    local result = plan:wait()
    assert.equal(1, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal("stopped", summary.state)
    assert.equal(0, summary.customers.failed)
    assert.equal(2, testing.run({"apply", summary.run, "--yes", env = env}).code)
  end)
end)

describe("TENURE_GIVE_UP", function()
  it("takes a time", function()
    local simulator <close> = testing.simulator {world = world()}
    local env = support.env(simulator.env)
    env.TENURE_GIVE_UP = "soon"
    local result = testing.run {"plan", support.workflow() .. "/refund.yaml", env = env}
    assert.equal(2, result.code)
    support.contains(result.stderr, "TENURE_GIVE_UP takes a time up to a day such as 10 minutes, not 'soon'")
  end)
end)
