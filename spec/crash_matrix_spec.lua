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

-- How often a point is passed when all goes well; faults makes it be passed at all.
local DROP, LOSE = {drop = {next = 3, on = "refund"}}, {lose = {next = 3, on = "refund"}}
local POINTS = {
  {"K2", EFFECTS}, {"K3", EFFECTS}, {"K4", EFFECTS}, {"K5", EFFECTS}, {"K6", EFFECTS}, {"K7", EFFECTS}, {"K8", EFFECTS},
  {"K9", EFFECTS}, {"K10", 2 * EFFECTS}, {"K11", 2 * EFFECTS}, {"K12", 3, DROP}, {"K12", 4, LOSE}, {"K13", 3, DROP},
  {"K13", 3, LOSE}, {"K14", 20},
}
local WRITING = {{"K2", EFFECTS}, {"K10", 2 * EFFECTS}, {"K13", 3, DROP}, {"K14", 20}}

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

  local function assert_untouched(case, process)
    local requests = case.simulator:state().requests
    local shown = case:spawn(nil, "show", case.run, "-o", "jsonl"):wait().stdout
    local other = case:apply():wait()
    assert.is_true(other.code ~= 0)
    support.contains(other.stderr, "process " .. process.pid)
    assert.equal(shown, case:spawn(nil, "show", case.run, "-o", "jsonl"):wait().stdout)
    assert.same(requests["reservations.refund"], case.simulator:state().requests["reservations.refund"])
  end

  -- K2: it holds the lock of the ledger; what only looks is not held up by that. K3: it has the permit, and sleeps over
  -- the time in which it may send. K5 and K9: it is in the middle of sending.
  for _, point in ipairs {"K2", "K3", "K5", "K9"} do
    it("at " .. point .. " keeps its run, and finishes it once it goes on", function()
      local cases = planned {{kill = point .. ":2:stop"}}
      local case = cases[1]
      local process = case:apply(case.kill)
      wait_until_stopped(process)
      assert_untouched(case, process)
      testing.sleep(point == "K3" and 2500 or 0)
      process:kill("SIGCONT")
      local result = process:wait()
      if result.code ~= 0 then
        case:fail("it did not finish after it went on", result)
      end
      case:check(true)
    end)
  end
end)
