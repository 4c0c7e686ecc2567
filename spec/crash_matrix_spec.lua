-- Crashes at every point of an effect's way, and disks and memory that fail there. Whatever happened, once the run has
-- been resumed to its end, the books hold every planned effect exactly once and equal the ledger, amount by amount.
--
-- The points are compiled in only for tests: host/base/killpoint.h names them.
local kills = require "kills"
local support = require "support"
local testing = require "tenure.testing"

local BATCH = 8
local EFFECTS = 12 -- of 4 customers

kills.seed("crash matrix")

-- How often a point is passed when all goes well (K14: what is sent comes with the thirtieth page); faults makes it be
-- passed at all.
local DROP, LOSE = {drop = {next = 3, on = "refund"}}, {lose = {next = 3, on = "refund"}}
local POINTS = {
  {"K2", EFFECTS}, {"K3", EFFECTS}, {"K4", EFFECTS}, {"K5", EFFECTS}, {"K6", EFFECTS}, {"K7", EFFECTS}, {"K8", EFFECTS},
  {"K9", EFFECTS}, {"K10", 2 * EFFECTS}, {"K11", 2 * EFFECTS}, {"K12", 3, DROP}, {"K12", 4, LOSE}, {"K13", 3, DROP},
  {"K13", 3, LOSE}, {"K14", 80},
}
local WRITING = {{"K2", EFFECTS}, {"K10", 2 * EFFECTS}, {"K13", 3, DROP}, {"K13", 3, LOSE}, {"K14", 80}}

-- One case for each point; act nil: SIGKILL.
local function cases_at(points, act)
  local cases = {}
  for _, point in ipairs(points) do
    for _ = 1, kills.times do
      local kill = ("%s:%d%s"):format(point[1], math.random(point[2]), act and ":" .. act or "")
      cases[#cases + 1] = {kill = kill, faults = point[3]}
    end
  end
  return cases
end

local function planned(plans)
  local cases = {}
  for i, plan in ipairs(plans) do
    cases[i] = kills.case(plan.kill)
    cases[i].kill, cases[i].faults, cases[i].second = plan.kill, plan.faults, plan.second
  end
  kills.plan(cases)
  for _, case in ipairs(cases) do
    case.simulator:faults(case.faults or {})
  end
  return cases
end

local function must_have_died(case, result)
  if result.signal ~= 9 then
    case:fail("it did not get to its kill point", result)
  end
end

describe("a process killed", function()
  for _, batch in ipairs(kills.batches(cases_at(POINTS), BATCH)) do
    local names = {}
    for i, plan in ipairs(batch) do
      names[i] = plan.kill
    end
    it("at " .. table.concat(names, ", ") .. " leaves a run that is resumed to the right end", function()
      local cases = planned(batch)
      kills.each(cases, function(case) return case:apply(case.kill) end, must_have_died)
      kills.resume(cases)
    end)
  end

  it("while it plans leaves no plan, and nothing that hinders the next one", function()
    local case = kills.case "K1"
    must_have_died(case, case:plan("K1"):wait())
    local runs = support.json(case:spawn(nil, "runs", "-o", "json"):wait())
    local apply = case:spawn(nil, "apply", (runs.runs or runs)[1].run, "--yes"):wait()
    assert.equal(2, apply.code)
    assert.equal(0, #case.simulator:effects())
    kills.plan {case}
    kills.resume {case}
  end)

  it("and killed again while it is resumed comes to the right end too", function()
    local plans = {}
    for i = 1, BATCH * kills.times do
      local first, second = 1 + math.random(9), 1 + math.random(10)
      plans[i] = {kill = ("K%d:%d"):format(first, math.random(4)), second = ("K%d:%d"):format(second, math.random(2))}
    end
    for _, batch in ipairs(kills.batches(plans, BATCH)) do
      local cases = planned(batch)
      kills.each(cases, function(case) return case:apply(case.kill) end, must_have_died)
      for _, case in ipairs(cases) do
        case.name = case.kill .. ", then " .. case.second
      end
      kills.each(cases, function(case) return case:apply(case.second) end, must_have_died)
      kills.resume(cases)
    end
  end)
end)

describe("a ledger", function()
  local faults = {
    enospc = "whose disk is full for a moment",
    eio = "whose disk does not sync",
    enomem = "that finds no memory",
  }
  for act, what in pairs(faults) do
    it(what .. " in a transaction stops the run, or not, and loses nothing", function()
      for _, batch in ipairs(kills.batches(cases_at(WRITING, act), BATCH)) do
        local cases = planned(batch)
        kills.each(cases, function(case) return case:apply(case.kill) end, function(case, result)
          if result.code ~= 0 and result.code ~= 1 then
            case:fail("it neither went on nor stopped", result)
          end
        end)
        kills.resume(cases)
      end
    end)
  end

  it("that fails when the last effect has settled leaves customers to end, which a resume does", function()
    local cases = {}
    for act in pairs(faults) do
      cases[#cases + 1] = {kill = ("K10:%d:%s"):format(2 * EFFECTS, act)}
    end
    cases = planned(cases)
    kills.each(cases, function(case) return case:apply(case.kill) end, function(case, result)
      if result.code ~= 1 then
        case:fail("it did not stop", result)
      end
    end)
    kills.resume(cases)
    for _, case in ipairs(cases) do
      assert.equal(4, support.json(case:spawn(nil, "show", case.run, "-o", "json"):wait()).customers.done)
    end
  end)

  it("with such a fault while it plans has no half of a plan", function()
    local cases = {}
    for act in pairs(faults) do
      local case = kills.case("K1:1:" .. act)
      case.kill = case.name
      cases[#cases + 1] = case
    end
    kills.each(cases, function(case) return case:plan(case.kill) end, function(case, result)
      if result.code == 0 then
        case:fail("it went on as if nothing had happened", result)
      end
    end)
    kills.plan(cases)
    kills.resume(cases)
  end)
end)

-- A process that is stopped may go on at any time and send what it has a permit for: nobody may take its place.
describe("a process stopped", function()
  local function wait_until_stopped(process)
    support.eventually(function()
      return testing.read("/proc/" .. process.pid .. "/stat"):match("^%d+ %b() (%a)") == "T"
    end)
  end

  -- Shows every case, has another process try to take its place, and shows it again.
  local function assert_untouched(cases)
    local function show(case) return case:spawn(nil, "show", case.run, "-o", "jsonl") end
    kills.each(cases, show, function(case, result)
      case.shown, case.requests = result.stdout, case.simulator:state().requests["reservations.refund"]
    end)
    kills.each(cases, function(case) return case:apply() end, function(case, result)
      if result.code == 0 then
        case:fail("another process took its place", result)
      end
      support.contains(result.stderr, "process " .. case.process.pid)
    end)
    kills.each(cases, show, function(case, result)
      assert.equal(case.shown, result.stdout, case.name)
      assert.same(case.requests, case.simulator:state().requests["reservations.refund"])
    end)
  end

  local function must_finish(case, result)
    if result.code ~= 0 then
      case:fail("it did not finish after it went on", result)
    end
    case:check(true)
  end

  -- Wherever one can be stopped that has sent or may send. K2, K10 and K13: it holds the lock of the ledger, and what
  -- only looks is not held up by that. K3: it has the permit, and sleeps over the time in which it may send. K4 to K9:
  -- it is in the middle of sending. K12: it probes.
  local STOPS = {}
  for _, point in ipairs {"K2", "K3", "K4", "K5", "K6", "K7", "K8", "K9", "K10", "K11", "K12", "K13", "K14"} do
    local nth = point == "K14" and 60 or 2
    STOPS[#STOPS + 1] = {kill = point .. ":" .. nth .. ":stop",
                         faults = (point == "K12" or point == "K13") and DROP or nil}
  end

  it("anywhere keeps its run, and finishes it once it goes on", function()
    local cases = planned(STOPS)
    for _, case in ipairs(cases) do
      case.process = case:apply(case.kill)
    end
    for _, case in ipairs(cases) do
      wait_until_stopped(case.process)
    end
    assert_untouched(cases)
    testing.sleep(2500) -- over the time in which it may send
    for _, case in ipairs(cases) do
      case.process:kill("SIGCONT")
    end
    for _, case in ipairs(cases) do
      must_finish(case, case.process:wait())
    end
  end)

  it("inside a transaction does not hold up who only looks", function()
    local case = planned({{kill = "K2:2:stop"}})[1]
    local process = case:apply(case.kill)
    wait_until_stopped(process)
    for _, command in ipairs {
      {"runs"}, {"show", case.run}, {"why", case.run, "c1"}, {"report", case.run, "--format", "md"}, {"audit"},
      {"audit", "--verify"}, {"settle", case.run},
    } do
      local result = case:spawn(nil, table.unpack(command)):wait()
      if result.code ~= 0 then
        case:fail(table.concat(command, " ") .. " did not answer", result)
      end
    end
    process:kill("SIGCONT")
    must_finish(case, process:wait())
  end)
end)

describe("a person's decision", function()
  local function unknown(case)
    return support.json(case:spawn(nil, "settle", case.run, "-o", "json"):wait())
  end

  -- Runs with one unknown outcome each, to be decided on among crashes and faults.
  local function undecided()
    local cases = {}
    for _, act in ipairs {"kill", "enospc", "eio", "enomem"} do
      for word, fault in pairs {succeeded = "drop", ["not-done"] = "lose"} do
        local case = kills.case(("settle as %s, K13:1:%s"):format(word, act))
        case.word, case.fault, case.act = word, fault, act
        cases[#cases + 1] = case
      end
    end
    kills.plan(cases)
    kills.each(cases, function(case)
      case.simulator:faults {[case.fault] = {next = 1, on = "refund"}}
      return case:spawn(nil, "apply", case.run, "--yes", "--no-wait", "-o", "json")
    end, function(case, result)
      assert.equal(6, result.code, result.stderr)
      local list = unknown(case)
      assert.equal(1, #list)
      case.effect = list[1].effect
    end)
    return cases
  end

  local function settle(case, kill)
    return case:spawn(kill, "settle", case.run, "--effect", case.effect, "--as", case.word, "--reason", "seen")
  end

  it("is there as a whole or not at all when its process is killed or finds no disk or memory", function()
    local cases = undecided()
    kills.each(cases, function(case) return settle(case, "K13:1:" .. case.act) end, function(case, result)
      if case.act == "kill" then
        must_have_died(case, result)
      end
      if (result.code == 0) ~= (#unknown(case) == 0) then
        case:fail("it says one thing and did another", result)
      end
      case.decided = result.code == 0
    end)
    for _, case in ipairs(cases) do
      local result = not case.decided and settle(case):wait()
      if result and result.code ~= 0 then
        case:fail("it could not be settled afterwards", result)
      end
    end
    kills.resume(cases)
  end)
end)
