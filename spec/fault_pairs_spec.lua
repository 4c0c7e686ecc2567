-- A service that fails in every way the simulator knows, alone and in pairs: what the ledger says was done, and only
-- that, is in the books, once.
local kills = require "kills"

local BATCH = 8
local PAIRS = math.min(20 * kills.times, 36) -- all there are
local CUSTOMERS, RESERVATIONS = 20, 2

kills.seed("fault pairs")

-- Some of what is sent, and some of what is read, meets each of them.
local FAULTS = {
  drop = {{probability = 0.15, on = "refund"}, {probability = 0.02}},
  lose = {{probability = 0.15, on = "refund"}, {probability = 0.02}},
  late = {{probability = 0.15, on = "refund", after_ms = 1500}},
  stale = {{probability = 0.3, for_ms = 1000}},
  error = {{probability = 0.15, on = "refund"}, {probability = 0.05}},
  truncate = {{probability = 0.15, on = "refund"}, {probability = 0.03}},
  throttle = {{probability = 0.1, retry_after = 0}},
  slow = {{probability = 0.05, ms = 700}},
  expire_session = {{probability = 0.15}},
}

local NAMES = {}
for name in pairs(FAULTS) do
  NAMES[#NAMES + 1] = name
end
table.sort(NAMES)

local function chosen_pairs()
  local list, rest = {}, {}
  for i, first in ipairs(NAMES) do
    for j = i + 1, #NAMES do
      rest[#rest + 1] = {first, NAMES[j]}
    end
  end
  for _ = 1, math.min(PAIRS, #rest) do
    list[#list + 1] = table.remove(rest, math.random(#rest))
  end
  return list
end

local function alone()
  local list = {}
  for i, name in ipairs(NAMES) do
    list[i] = {name}
  end
  return list
end

-- Applies among the faults, then once more without them for what was left open, and compares.
local function carry_out(choices)
  local cases = {}
  for i, names in ipairs(choices) do
    cases[i] = kills.case(table.concat(names, " and "), CUSTOMERS, RESERVATIONS)
    cases[i].faults = {}
    for _, name in ipairs(names) do
      cases[i].faults[name] = FAULTS[name]
    end
  end
  kills.plan(cases)
  for _, case in ipairs(cases) do
    case.simulator:faults(case.faults)
  end
  kills.each(cases, function(case) return case:apply() end, function(case, result)
    case.met = case.simulator:state().faults
    if not result.code or result.code == 1 or result.code == 2 then
      case:fail("it did not get through", result)
    end
    case.simulator:faults {}
  end)
  kills.each(cases, function(case) return case:apply() end, function(case)
    case:check(false)
    assert.is_true(case.met > 0, case.name .. ": no fault was met")
  end)
end

describe("a service that fails", function()
  for _, batch in ipairs(kills.batches(alone(), BATCH)) do
    local names = {}
    for i, choice in ipairs(batch) do
      names[i] = choice[1]
    end
    it("by " .. table.concat(names, ", ") .. " leaves books that equal the ledger", function()
      carry_out(batch)
    end)
  end

  it(("in %d pairs of ways leaves books that equal the ledger"):format(PAIRS), function()
    for _, batch in ipairs(kills.batches(chosen_pairs(), BATCH)) do
      carry_out(batch)
    end
  end)
end)
