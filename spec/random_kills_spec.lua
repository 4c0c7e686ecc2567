-- Processes killed from outside at random moments, again and again, until their runs have come to an end anyway. Then
-- the books hold every planned effect exactly once and equal the ledger.
local kills = require "kills"
local testing = require "tenure.testing"

local KILLS = 200 * kills.times
local LANES = 8 -- runs side by side
local CUSTOMERS, RESERVATIONS = 30, 3
local LONGEST_MS = 1500

-- Half of the services leave open what they did with some of the refunds as well.
local UNCLEAR = {
  drop = {probability = 0.05, on = "refund"},
  lose = {probability = 0.05, on = "refund"},
  late = {probability = 0.05, on = "refund", after_ms = 1000},
}

kills.seed("random kills")

-- Starts all of them, and kills each at a moment of its own. How many were still there to be killed.
local function kill_each(cases)
  local doomed, now, count = {}, 0, 0
  for i, case in ipairs(cases) do
    doomed[i] = {case = case, process = case:apply(), at = math.random(50, LONGEST_MS)}
  end
  table.sort(doomed, function(a, b) return a.at < b.at end)
  for _, one in ipairs(doomed) do
    testing.sleep(one.at - now)
    now = one.at
    one.process:kill("SIGKILL")
  end
  for _, one in ipairs(doomed) do
    local result = one.process:wait()
    count = count + (result.signal == 9 and 1 or 0)
    one.case.over = result.code ~= nil
    if result.code and result.code ~= 0 then
      one.case:fail("it ended by itself, and not well", result)
    end
  end
  return count
end

local function fresh(count)
  local cases = {}
  for i = 1, count do
    cases[i] = kills.case("run " .. i, CUSTOMERS, RESERVATIONS)
  end
  kills.plan(cases)
  for i = 1, count, 2 do
    cases[i].simulator:faults(UNCLEAR)
  end
  return cases
end

-- Those that are over are looked at and replaced, so that there is always something to kill.
local function replace(cases)
  local rest, over = {}, {}
  for _, case in ipairs(cases) do
    table.insert(case.over and over or rest, case)
  end
  for _, case in ipairs(over) do
    case:check(true)
  end
  return table.move(fresh(#over), 1, #over, #rest + 1, rest), #over
end

describe("runs killed at random", function()
  it(("%d times come to the right end"):format(KILLS), function()
    local cases, done, runs = fresh(LANES), 0, LANES
    while done < KILLS do
      done = done + kill_each(cases)
      local replaced
      cases, replaced = replace(cases)
      runs = runs + replaced
    end
    kills.resume(cases)
    print(("random kills: %d kills in %d runs"):format(done, runs))
  end)
end)
