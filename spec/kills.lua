-- What the specs of crashes share: many small worlds side by side, each with a plan to carry out, processes that die on
-- the way, and in the end the question whether the books and the ledger tell the same story.
local assert = require "luassert"
local support = require "support"
local testing = require "tenure.testing"

local kills = {}

local CURRENCIES = {"EUR", "PLN", "GBP", "USD"}

-- A seed that is printed, so that what it led to can be had again: TENURE_SEED=… ctest -R …
function kills.seed(spec)
  local seed = tonumber(os.getenv("TENURE_SEED")) or os.time() % 1000000
  print(("%s: seed %d"):format(spec, seed))
  math.randomseed(seed)
  return seed
end

-- How much more than usual is to be done: 1 in `./dev test`, more in `./dev soak`.
kills.times = tonumber(os.getenv("TENURE_SOAK")) or 1

-- No two reservations are worth the same.
local function world(customers, reservations)
  local lines = {"customers:"}
  for customer = 1, customers do
    local currency = CURRENCIES[customer % #CURRENCIES + 1]
    local head = "  - id: c%d\n    currency: %s\n    limit: 1000000 USD\n    reservations:"
    lines[#lines + 1] = head:format(customer, currency)
    for reservation = 1, reservations do
      local cents = customer * 100 + reservation
      lines[#lines + 1] = ("      - {id: r%d-%d, worth: %d.%02d USD, back: %d.%02d %s}"):format(
        customer, reservation, 100 + cents // 100, cents % 100, 90 + cents // 100, cents % 100, currency)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local GUARD = "{count: 100000, back: {EUR: 9999999, PLN: 9999999, GBP: 9999999, USD: 9999999}}"

local Case = {}
Case.__index = Case

-- A world of its own, not planned yet. name: for messages.
function kills.case(name, customers, reservations)
  local simulator = testing.simulator {world = world(customers or 4, reservations or 3), settle = 50}
  local case = {
    name = name,
    simulator = simulator,
    env = support.env(simulator.env),
    file = support.workflow {guard = GUARD} .. "/refund.yaml",
  }
  return setmetatable(case, Case)
end

-- The tenure command in this case's world, going on; kill: what TENURE_KILL says.
function Case:spawn(kill, ...)
  local env = {}
  for name, value in pairs(self.env) do
    env[name] = value
  end
  env.TENURE_KILL = kill
  return testing.spawn {env = env, ...}
end

function Case:plan(kill)
  return self:spawn(kill, "plan", self.file, "-o", "json")
end

function Case:apply(kill)
  return self:spawn(kill, "apply", self.run, "--yes", "-o", "json")
end

function Case:fail(what, result)
  error(("%s: %s\nexit %s, signal %s\nstandard output: %s\nstandard error: %s"):format(self.name, what,
    tostring(result.code), tostring(result.signal), result.stdout:sub(-3000), result.stderr:sub(-3000)), 0)
end

function Case:planned(result)
  if result.code ~= 0 then
    self:fail("the plan failed", result)
  end
  local plan = support.json(result)
  self.run, self.effects = plan.run, plan.effects.planned
end

local function rows(case)
  local result = case:spawn(nil, "show", case.run, "-o", "jsonl"):wait()
  if result.code > 6 or result.code == 1 or result.code == 2 then
    case:fail("the ledger cannot be shown", result)
  end
  local list = {}
  for _, line in ipairs(support.lines(result.stdout)) do
    list[#list + 1] = testing.json.decode(line)
  end
  return list
end

local DONE = {accepted = true, succeeded = true, partial = true}

-- The books by reservation; that none is there twice is the first of all promises.
local function books_of(case)
  local books = {}
  for _, effect in ipairs(case.simulator:effects()) do
    local id = effect.reservation
    if books[id] then
      error(("%s: the reservation %s was refunded twice"):format(case.name, id), 0)
    end
    books[id] = effect.amount .. " " .. effect.currency
  end
  return books
end

local function differ(case, what, ...)
  error(case.name .. ": " .. what:format(...), 0)
end

-- Effect by effect, amount by amount.
local function compare_effects(case, books)
  local left = 0
  for _ in pairs(books) do
    left = left + 1
  end
  for _, effect in ipairs(rows(case)) do
    local id = effect.subject:match("[^/]+$")
    local booked, done = books[id], DONE[effect.state]
    if (booked ~= nil) ~= (done ~= nil) then
      differ(case, "%s is %s (%s) in the ledger and %s in the books", id, effect.state,
        tostring(effect.message or effect.evidence), booked or "not")
    end
    local back = done and effect.actual.back.amount .. " " .. effect.actual.back.currency
    if done and back ~= booked then
      differ(case, "%s brought back %s by the ledger and %s by the books", id, back, booked)
    end
    left = left - (booked and 1 or 0)
  end
  if left ~= 0 then
    differ(case, "the books have %d effects that the ledger does not know", left)
  end
end

local function sums_of(books)
  local count, cents = 0, {}
  for _, text in pairs(books) do
    local amount, currency = text:match("^(%S+) (%S+)$")
    count = count + 1
    cents[currency] = (cents[currency] or 0) + support.cents(amount)
  end
  return count, cents
end

local function compare_sums(case, books, summary)
  local count, cents = sums_of(books)
  for currency, amount in pairs(support.total_cents(summary.totals.refund)) do
    if amount ~= (cents[currency] or 0) then
      differ(case, "the ledger's total is %d cents of %s, the books' %d", amount, currency, cents[currency] or 0)
    end
  end
  for _, guard in ipairs(summary.guards) do
    local used, booked = guard.used, count
    if guard.kind == "back" then
      used, booked = support.cents(used.amount), cents[used.currency] or 0
    end
    if used ~= booked then
      differ(case, "the guard %s.%s has used %d, the books %d", guard.operation, guard.kind, used, booked)
    end
  end
end

-- The books hold what the ledger says, exactly once, and nothing is left open. all: every planned effect is among it.
function Case:check(all)
  local result = self:spawn(nil, "show", self.run, "-o", "json"):wait()
  local summary = support.json(result)
  local effects, books = summary.effects, books_of(self)
  if effects.unknown + effects.intended + effects.approved > 0 or summary.state ~= "done" then
    self:fail("something is left open", result)
  end
  compare_effects(self, books)
  compare_sums(self, books, summary)
  if all and (effects.succeeded ~= self.effects or result.code ~= 0) then
    self:fail(("%d effects were planned"):format(self.effects), result)
  end
  self.simulator:stop()
end

-- Starts something in every case at once and waits for all of it. start(case) → process; ended(case, result).
function kills.each(cases, start, ended)
  local processes = {}
  for i, case in ipairs(cases) do
    processes[i] = start(case)
  end
  for i, case in ipairs(cases) do
    ended(case, processes[i]:wait())
  end
end

-- Plans every case.
function kills.plan(cases)
  kills.each(cases, function(case) return case:plan() end, Case.planned)
end

-- Applies until the end; afterwards ledger and books must agree.
function kills.resume(cases)
  kills.each(cases, Case.apply, function(case, result)
    if result.code ~= 0 then
      case:fail("it could not be resumed to its end", result)
    end
  end)
  for _, case in ipairs(cases) do
    case:check(true)
  end
end

-- An apply dies at each of these points of TENURE_KILL, some of them after a fault of an operation ({"K12:1", "drop"}),
-- and another goes on to the end; all of them side by side. begin() → simulator, env, run; ended(case, summary)
-- looks at what came of it, where case has these three and a name for messages.
function kills.survived(points, operation, begin, ended)
  local cases = {}
  for i, point in ipairs(points) do
    local case = setmetatable({name = table.concat(point, " "), point = point[1]}, Case)
    case.simulator, case.env, case.run = begin()
    if point[2] then
      case.simulator:faults {[point[2]] = {next = 1, on = operation}}
    end
    cases[i] = case
  end
  local function apply(case, kill)
    return case:spawn(kill, "apply", case.run, "--yes", "-o", "json")
  end
  kills.each(cases, function(case) return apply(case, case.point) end, function(case, died)
    assert.equal(9, died.signal, case.name .. ": " .. died.stderr)
  end)
  kills.each(cases, apply, function(case, result)
    assert.equal(0, result.code, case.name .. ": " .. result.stdout .. result.stderr)
    ended(case, support.json(result))
    case.simulator:stop()
  end)
end

-- The list in pieces of so many.
function kills.batches(list, size)
  local batches = {}
  for i = 1, #list, size do
    batches[#batches + 1] = table.move(list, i, math.min(i + size - 1, #list), 1, {})
  end
  return batches
end

return kills
