-- Guards: per customer, effects in flight, customers that fail or cannot be reached, and Azure's own refund limit;
-- under concurrency and across an interrupted run.
local support = require "support"
local testing = require "tenure.testing"

-- A world of customers with so many reservations each; more(i) gives further keys of the i-th.
local function world_of(customers, reservations, more)
  local lines = {"customers:"}
  for i = 1, customers do
    local list = {}
    for r = 1, reservations do
      list[r] = ("{id: c%dr%d, worth: 100 USD, back: 90 EUR}"):format(i, r)
    end
    lines[#lines + 1] = ("  - {id: c%d, name: C%d, currency: EUR%s, reservations: [%s]}"):format(
      i, i, more and more(i) or "", table.concat(list, ", "))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function start(world, parts, settle)
  local simulator = testing.simulator {world = world, settle = settle or 50}
  return simulator, support.env(simulator.env), support.workflow(parts) .. "/refund.yaml"
end

local function plan(env, file, ...)
  local result = testing.run {"plan", file, "-o", "json", env = env, ...}
  assert.is_true(result.stdout ~= "", result.stderr)
  return support.json(result), result
end

local function apply(env, run, ...)
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env, ...}
  return result.stdout ~= "" and support.json(result), result
end

local function same_books(simulator, summary)
  assert.same(support.books(simulator, "refund").cents, support.total_cents(summary.totals.refund))
end

-- The plan's time is over.
local function expire(env, run)
  local path = env.XDG_STATE_HOME .. "/tenure/ledger.db"
  local statement = ("UPDATE run SET expires = planned WHERE id = '%s'; SELECT changes()"):format(run)
  local result = testing.run {command = "/usr/bin/sqlite3", path, statement}
  assert.equal("1\n", result.stdout, result.stderr)
end

local function refused(summary, code)
  for _, row in ipairs(summary.refused) do
    if row.code == code then
      return row
    end
  end
end

describe("a guard per customer", function()
  for kind, case in pairs {
    count = "{count: 2}", worth = "{worth: 250 USD}", back = "{back: {EUR: 180}}",
  } do
    it("leaves each customer its part of the plan: " .. kind, function()
      local guard = "{count: 100, worth: 100000 USD, per_customer: " .. case .. "}"
      local simulator <close>, env, file = start(world_of(3, 3), {guard = guard})
      local planned, result = plan(env, file)
      assert.equal(6, planned.effects.planned)
      local row = refused(planned, "per-customer")
      assert.equal(3, row.count)
      support.contains(row.example, "guard refund.per_customer." .. kind)
      assert.equal(0, result.code, result.stderr)
      local applied, done = apply(env, planned.run)
      assert.equal(0, done.code, done.stderr)
      assert.equal(6, support.books(simulator, "refund").count)
      same_books(simulator, applied)
    end)
  end
end)

describe("the guard in_flight", function()
  it("never lets more be sent and not final, and all of it is done in the end", function()
    local guard = "{count: 100, worth: 100000 USD}\n  in_flight: 2"
    local simulator <close>, env, file = start(world_of(8, 2), {guard = guard}, 60)
    local planned = plan(env, file)
    local going = testing.spawn {"apply", planned.run, "--yes", "-o", "json", env = env}
    local most = 0
    support.eventually(function()
      local state = simulator:state()
      most = math.max(most, state.pending)
      return state.refund == 16
    end)
    local result = going:wait()
    assert.equal(0, result.code, result.stderr)
    assert.is_true(most <= 2, most .. " at once")
    assert.equal(16, support.json(result).effects.succeeded)
    same_books(simulator, support.json(result))
  end)

  for _, concurrency in ipairs {"1", "64"} do
    it("counts what an earlier process sent, and what nobody knows the outcome of: " .. concurrency, function()
      local guard = "{count: 100, worth: 100000 USD}\n  in_flight: 1"
      local simulator <close>, env, file = start(world_of(3, 1), {guard = guard})
      local planned = plan(env, file)
      simulator:faults {lose = {next = 1, on = "refund"}}
      local first, result = apply(env, planned.run, "--no-wait", "--concurrency", concurrency)
      assert.equal(6, result.code, result.stderr)
      assert.equal(1, first.effects.unknown)
      assert.equal(2, first.effects.approved)
      assert.equal(0, support.books(simulator, "refund").count)
      local second, again = apply(env, planned.run)
      assert.equal(0, again.code, again.stderr)
      assert.equal(3, second.effects.succeeded)
      same_books(simulator, second)
    end)
  end

  it("goes on after an interruption, with what is still in flight", function()
    local guard = "{count: 100, worth: 100000 USD}\n  in_flight: 2"
    local simulator <close>, env, file = start(world_of(6, 1), {guard = guard}, 400)
    local planned = plan(env, file)
    local going = testing.spawn {"apply", planned.run, "--yes", "--concurrency", "1", env = env}
    support.eventually(function() return simulator:state().refund == 2 end)
    going:kill "SIGKILL"
    going:wait()
    local applied, result = apply(env, planned.run, "--concurrency", "1")
    assert.equal(0, result.code, result.stderr)
    assert.equal(6, applied.effects.succeeded)
    assert.equal(6, support.books(simulator, "refund").count)
    same_books(simulator, applied)
  end)
end)

local function unreachable_from(first)
  return function(i) return i >= first and ", consent: missing" or "" end
end

describe("the guard of unreachable customers", function()
  local guard = "{count: 100, worth: 100000 USD}\n  unreachable: {share: 20%, of_at_least: 5}"

  it("stops a plan, and says which and how many", function()
    local simulator <close>, env, file = start(world_of(10, 1, unreachable_from(4)), {guard = guard})
    local planned, result = plan(env, file, "--concurrency", "1")
    assert.equal(5, result.code)
    assert.equal("stopped", planned.state)
    support.contains(result.stderr, "guard unreachable: 2 of the 5 customers")
    support.contains(planned.reason, "guard unreachable")
    assert.equal(5, planned.customers.waiting + planned.customers.running)
    support.contains(testing.run({"show", planned.run, env = env}).stdout, "guard unreachable: 2 of the 5 customers")
    assert.equal(5, testing.run({"show", planned.run, env = env}).code)
    assert.equal(2, testing.run({"apply", planned.run, "--yes", env = env}).code)
    assert.equal(0, #simulator:effects())
  end)

  it("lets those be that are fewer", function()
    local enough = guard:gsub("of_at_least: 5", "of_at_least: 10")
    local simulator <close>, env, file = start(world_of(10, 1, unreachable_from(9)), {guard = enough})
    local planned, result = plan(env, file)
    assert.equal(3, result.code, result.stderr)
    assert.equal("planned", planned.state)
    assert.equal(8, planned.effects.planned)
    assert.equal(0, #simulator:effects())
  end)
end)

describe("the guard of failures", function()
  -- Customers called Bad… fail as a whole: their `each` raises.
  local parts = {
    guard = "{count: 100, worth: 100000 USD}\n  failures: {share: 30%, of_at_least: 4}",
    more = [[
  - {id: check, each: 'customer.name:match("^Bad") and error("broken") or {}', run: scripts/refund.lua}
]],
  }

  local function failing_from(first)
    return function(i) return i >= first and (", domain: bad%d.example"):format(i) or "" end
  end

  local function named(world)
    return (world:gsub("name: C(%d+)(, currency: EUR, domain: bad)", "name: Bad%1%2"))
  end

  it("stops a plan", function()
    local simulator <close>, env, file = start(named(world_of(10, 1, failing_from(3))), parts)
    local planned, result = plan(env, file, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    support.contains(result.stderr, "guard failures: 2 of the 4 customers that ended so far failed or have items " ..
      "or effects that failed, more than 30.00%")
    assert.equal("stopped", planned.state)
    assert.equal(0, #simulator:effects())
  end)

  local failing_items = [[
local reservations = require "tenure.reservations"
return function(ctx)
  if ctx.customer.name:match("^Bad") then
    ctx.fail("broken")
  end
  return reservations.refund(reservations.quote_refund(ctx.item))
end
]]

  it("counts a customer whose items failed, once, and stops a plan by that", function()
    local some = {guard = parts.guard, script = failing_items}
    local simulator <close>, env, file = start(named(world_of(10, 3, failing_from(3))), some)
    local planned, result = plan(env, file, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    support.contains(result.stderr, "guard failures: 2 of the 4 customers that ended so far failed or have items")
    assert.equal("stopped", planned.state)
    support.contains(testing.run({"why", planned.run, "Bad3", env = env}).stdout, "done (items-failed): 3 of its items")
    assert.equal(0, #simulator:effects())
  end)

  it("counts what an interrupted process saw fail too", function()
    local function third_and_last(i)
      return (i == 3 or i == 10) and (", domain: bad%d.example"):format(i) or ""
    end
    local guard = parts.guard:gsub("30%%, of_at_least: 4", "15%%, of_at_least: 10")
    local simulator <close>, env, file = start(named(world_of(10, 1, third_and_last)), {guard = guard})
    local planned = plan(env, file)
    assert.equal(10, planned.effects.planned)
    testing.write(file:gsub("refund.yaml$", "scripts/refund.lua"), failing_items) -- it fails once it is applied
    local options = {"--accept-changes", "--concurrency", "1"}
    simulator:faults {slow = {next = 1000, ms = 300}}
    local going = testing.spawn {"apply", planned.run, "--yes", options[1], options[2], options[3], env = env}
    support.eventually(function()
      return testing.run({"why", planned.run, "Bad3", env = env}).stdout:find("apply%s+done %(items%-failed%)")
    end)
    going:kill "SIGKILL"
    going:wait()
    simulator:faults {}
    local applied, result = apply(env, planned.run, table.unpack(options))
    assert.equal(5, result.code, result.stderr)
    support.contains(applied.reason, "guard failures: 2 of the 10 customers")
    assert.equal(support.books(simulator, "refund").count, applied.effects.succeeded)
    same_books(simulator, applied)
  end)

  it("counts a customer with an effect that failed, whatever its script makes of that", function()
    local simulator <close>, env, file = start(world_of(10, 2), {guard = parts.guard})
    local planned = plan(env, file)
    assert.equal(20, planned.effects.planned)
    simulator:faults {expire_session = {probability = 1}}
    local applied, result = apply(env, planned.run, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    assert.equal("stopped", applied.state)
    support.contains(applied.reason, "guard failures: 4 of the 4 customers that ended so far failed or have items " ..
      "or effects that failed, more than 30.00%")
    assert.equal(8, applied.effects.failed)
    assert.equal(12, applied.effects.refused)
    assert.equal(0, support.books(simulator, "refund").count)
  end)

  it("counts effects that failed in an earlier process", function()
    local guard = parts.guard:gsub("of_at_least: 4", "of_at_least: 10")
    local simulator <close>, env, file = start(world_of(10, 1), {guard = guard})
    local planned = plan(env, file)
    simulator:faults {expire_session = {probability = 1}, slow = {probability = 1, ms = 100}}
    local going = testing.spawn {"apply", planned.run, "--yes", "--concurrency", "1", env = env}
    support.eventually(function()
      local shown = support.json(testing.run {"show", planned.run, "-o", "json", env = env})
      return shown.effects.failed >= 4
    end)
    going:kill "SIGKILL"
    going:wait()
    simulator:faults {}
    local applied, result = apply(env, planned.run, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    support.contains(applied.reason, "of the 10 customers that ended so far failed or have items or effects")
    assert.equal(support.books(simulator, "refund").count, applied.effects.succeeded)
    same_books(simulator, applied)
  end)
end)

describe("a guard over the run that is reached while it is applied", function()
  local parts = {guard = "{count: 100, worth: 100000 USD}\n  unreachable: {share: 20%, of_at_least: 4}"}

  local function planned_and_lost()
    local simulator, env, file = start(world_of(12, 1), parts)
    local planned = plan(env, file)
    assert.equal(12, planned.effects.planned)
    simulator:change {no_consent = {"c3", "c4", "c5"}}
    return simulator, env, planned.run
  end

  it("refuses what has not begun, lets what was sent settle, and stays stopped", function()
    local simulator <close>, env, run = planned_and_lost()
    local applied, result = apply(env, run, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    assert.equal("stopped", applied.state)
    support.contains(result.stderr, "guard unreachable: ")
    local done = support.books(simulator, "refund").count
    assert.equal(done, applied.effects.succeeded)
    assert.is_true(done < 12)
    assert.equal(12 - done, applied.effects.refused + applied.effects.withdrawn) -- lost ones too
    same_books(simulator, applied)
    local again, second = apply(env, run)
    assert.equal(5, second.code, second.stderr)
    support.contains(second.stderr, "stopped by a guard")
    assert.equal("stopped", again.state)
    assert.equal(done, support.books(simulator, "refund").count)
  end)

  it("counts over processes: what an interrupted one saw is not forgotten", function()
    local simulator <close>, env, run = planned_and_lost()
    simulator:faults {slow = {next = 1000, ms = 300, on = "refund"}}
    local going = testing.spawn {"apply", run, "--yes", "--concurrency", "1", env = env}
    support.eventually(function()
      local seen = support.json(testing.run {"show", run, "-o", "json", env = env})
      return seen.customers.unreachable >= 1
    end)
    going:kill "SIGKILL"
    going:wait()
    simulator:faults {}
    local applied, result = apply(env, run)
    assert.equal(5, result.code, result.stderr)
    assert.equal("stopped", applied.state)
    assert.equal(support.books(simulator, "refund").count, applied.effects.succeeded)
    assert.equal(0, applied.effects.approved + applied.effects.accepted + applied.effects.unknown)
    same_books(simulator, applied)
  end)

  -- c3 to c8 have sent something when the process dies; c1 and c2 lose their consent and come first when it goes on.
  it("lets settle what an earlier process sent for customers that come later", function()
    local guard = "{count: 100, worth: 100000 USD}\n  unreachable: {share: 20%, of_at_least: 2}"
    local simulator <close>, env, file = start(world_of(8, 1), {guard = guard}, 5000)
    local planned = plan(env, file)
    local keys = {}
    for line in testing.run({"show", planned.run, "-o", "jsonl", env = env}).stdout:gmatch "[^\n]+" do
      local effect = testing.json.decode(line)
      keys[#keys + 1] = effect.customer_name > "C2" and effect.key or nil
    end
    local approved = testing.run {
      "approve", planned.run, "--only", table.concat(keys, ","), "--reason", "first", env = env,
    }
    assert.equal(0, approved.code, approved.stderr)
    local going = testing.spawn {"apply", planned.run, env = env}
    support.eventually(function()
      local effects = support.json(testing.run({"show", planned.run, "-o", "json", env = env})).effects
      return effects.accepted + effects.succeeded == 6
    end)
    going:kill "SIGKILL"
    going:wait()
    simulator:change {no_consent = {"c1", "c2"}}
    local applied, result = apply(env, planned.run, "--concurrency", "1")
    assert.equal(5, result.code, result.stderr)
    support.contains(applied.reason, "guard unreachable: ")
    assert.equal(6, applied.effects.succeeded)
    same_books(simulator, applied)
  end)
end)

describe("what was accepted and cannot be followed", function()
  it("is said, left open, and followed when that is mended", function()
    local simulator <close>, env, file = start(world_of(3, 1), {}, 8000)
    local planned = plan(env, file)
    local going = testing.spawn {"apply", planned.run, "--yes", "-o", "json", env = env}
    support.eventually(function()
      return support.json(testing.run({"show", planned.run, "-o", "json", env = env})).effects.accepted == 3
    end)
    going:kill "SIGKILL" -- its tokens are gone with it
    going:wait()
    simulator:change {no_consent = {"c1"}}
    local result = testing.run {"resume", planned.run, "-o", "json", env = env}
    assert.equal(6, result.code, result.stderr)
    support.contains(result.stderr, "customer C1 (")
    support.contains(result.stderr, "a refund that was accepted cannot be followed")
    local applied = support.json(result)
    assert.equal("interrupted", applied.state)
    assert.equal(1, applied.effects.accepted)
    assert.equal(2, applied.effects.succeeded)
    simulator:change {consent = {"c1"}}
    local again, second = apply(env, planned.run)
    assert.equal(0, second.code, second.stderr)
    assert.equal(3, again.effects.succeeded)
    same_books(simulator, again)
  end)
end)

describe("Azure's refund limit", function()
  local world = [[
customers:
  - id: a
    name: Adler
    currency: EUR
    refunded: 49000 USD
    reservations:
      - {id: r1, worth: 600 USD, back: 500 EUR}
      - {id: r2, worth: 500 USD, back: 470 EUR}
      - {id: r3, worth: 400 USD, back: 390 EUR}
      - {id: r4, worth: 90 USD, back: 50 EUR}
  - id: b
    name: Bauer
    currency: EUR
    reservations: [{id: r5, worth: 30000 USD, back: 20000 EUR}, {id: r6, worth: 19000 USD, back: 15000 EUR}]
]]

  it("goes to the refunds that bring most per dollar; the rest are refused with a date", function()
    local simulator <close>, env, file = start(world, {})
    local planned, result = plan(env, file)
    assert.equal(0, result.code, result.stderr)
    assert.equal(5, planned.effects.planned)
    local row = refused(planned, "limit")
    assert.equal(1, row.count)
    support.contains(row.example, "it needs 600.00 USD of Azure's refund limit, of which this customer has 1000.00 USD")
    assert.is_truthy(row.example:find("it fits on %d%d%d%d%-%d%d%-%d%d at the latest"))
    local applied, done = apply(env, planned.run)
    assert.equal(0, done.code, done.stderr)
    assert.equal(5, applied.effects.succeeded)
    same_books(simulator, applied)
  end)

  it("is asked again by each intent, also for what another run took meanwhile", function()
    local simulator <close>, env, file = start(world, {})
    local one, other = plan(env, file, "--only", "Adler"), plan(env, file, "--only", "Adler")
    assert.equal(0, select(2, apply(env, one.run)).code)
    local applied, result = apply(env, other.run)
    assert.equal(0, applied.effects.succeeded)
    assert.equal(3, support.books(simulator, "refund").count)
    assert.is_truthy(result.code == 0 or result.code == 3, result.stderr)
  end)
end)

describe("an expired plan", function()
  it("is refused with code 4, and nothing is changed", function()
    local simulator <close>, env, file = start(world_of(1, 1), {more = "expires: 1 seconds\n"})
    local planned = plan(env, file)
    testing.sleep(1500)
    local _, result = apply(env, planned.run)
    assert.equal(4, result.code)
    support.contains(result.stderr, "expired")
    local approve = testing.run {"approve", planned.run, "--reason", "late", env = env}
    assert.equal(4, approve.code, approve.stderr)
    assert.equal(0, #simulator:effects())
  end)

  it("that was begun is carried out as far as it was approved in time, also by who would approve the rest", function()
    local simulator <close>, env, file = start(world_of(2, 1))
    local planned = plan(env, file)
    local approve = testing.run {"approve", planned.run, "--only", "C1", "--reason", "in time", env = env}
    assert.equal(0, approve.code, approve.stderr)
    simulator:faults {lose = {next = 1, on = "refund"}}
    assert.equal(6, testing.run({"apply", planned.run, "--no-wait", env = env}).code)
    expire(env, planned.run)
    local applied, result = apply(env, planned.run)
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, planned.run .. " has expired: what was approved before goes on")
    assert.equal(1, applied.effects.succeeded)
    assert.equal(1, applied.effects.planned)
    assert.equal(1, #simulator:effects())
    same_books(simulator, applied)
  end)

  it("is refused where it was approved in time, but nothing of it was begun", function()
    local simulator <close>, env, file = start(world_of(2, 1))
    local planned = plan(env, file)
    assert.equal(0, testing.run({"approve", planned.run, "--only", "C1", "--reason", "in time", env = env}).code)
    expire(env, planned.run)
    for _, words in ipairs {{"apply"}, {"apply", "--yes"}, {"resume", "--no-wait"}} do
      local result = testing.run {words[1], planned.run, words[2], env = env}
      assert.equal(4, result.code, result.stderr)
      support.contains(result.stderr, ("the plan of run %s expired at "):format(planned.run))
      support.contains(result.stderr, "make a new one with tenure plan")
    end
    local shown = support.json(testing.run {"show", planned.run, "-o", "json", env = env})
    assert.equal("planned", shown.state)
    assert.equal(1, shown.effects.approved)
    assert.equal(0, #simulator:effects())
  end)
end)
