-- A service that leaves open what it did, and a process killed at some point while that happens: a choice by chance, a
-- different one each time. Whatever met, once the run has been resumed to its end, ledger and books agree.
local kills = require "kills"

local BATCH = 12
local CASES = BATCH * kills.times

kills.seed("fault kills")

local FAULTS = {
  {"drop", {next = 4, on = "refund"}},
  {"lose", {next = 4, on = "refund"}},
  {"late", {next = 4, on = "refund", after_ms = 1500}},
  {"stale", {probability = 0.3, for_ms = 1000}},
}
-- How often a point is passed for certain; those that only a probe passes are passed by some of the faults.
local POINTS = {
  {"K2", 12}, {"K3", 12}, {"K4", 12}, {"K5", 12}, {"K6", 12}, {"K7", 12}, {"K8", 8}, {"K9", 12}, {"K10", 16},
  {"K11", 16}, {"K12", 6}, {"K13", 4}, {"K14", 80},
}

local function any(list)
  return list[math.random(#list)]
end

local function chosen(count)
  local cases = {}
  for i = 1, count do
    local fault, first, second = any(FAULTS), any(POINTS), any(POINTS)
    local kill, again = first[1] .. ":" .. math.random(first[2]), second[1] .. ":" .. math.random(second[2])
    cases[i] = kills.case(("%s, killed at %s and at %s"):format(fault[1], kill, again))
    cases[i].faults, cases[i].kills = {[fault[1]] = fault[2]}, {kill, again}
  end
  return cases
end

-- It was killed, or it got through: not every point is passed under every fault.
local function must_go_on(case, result)
  case.died = (case.died or 0) + (result.signal == 9 and 1 or 0)
  if result.signal ~= 9 and (not result.code or result.code == 1 or result.code == 2) then
    case:fail("it neither died nor got through", result)
  end
end

describe("a process killed while its service leaves open what it did", function()
  it(("%d times by chance leaves a run that is resumed to the right end"):format(CASES), function()
    local died = 0
    for _ = 1, CASES // BATCH do
      local cases = chosen(BATCH)
      kills.plan(cases)
      for _, case in ipairs(cases) do
        case.simulator:faults(case.faults)
      end
      for nth = 1, 2 do
        kills.each(cases, function(case) return case:apply(case.kills[nth]) end, must_go_on)
      end
      kills.each(cases, function(case) return case:apply() end, must_go_on)
      kills.each(cases, function(case)
        case.simulator:faults {} -- what reads were too old for is looked at once more
        return case:apply()
      end, function(case, result)
        must_go_on(case, result)
        case:check(false)
        died = died + case.died
      end)
    end
    print(("fault kills: %d processes killed in %d runs"):format(died, CASES))
    assert.is_true(died > CASES // 2, "hardly any of them got to its kill point")
  end)
end)
