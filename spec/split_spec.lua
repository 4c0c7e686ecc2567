-- Splits and merges: effects without money that must never be sent twice. What became of one that nobody answered is
-- found out by looking at the order.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, order: o1, name: first, quantity: 5}]
]]

local function call(env, ...)
  return testing.run {"call", "--customer", "kowalski", "-o", "json", env = env, ...}
end

local function live(env)
  local found = {}
  for _, reservation in ipairs(support.json(call(env, "reservations.list"))) do
    if reservation.state == "Succeeded" then
      found[#found + 1] = reservation
    end
  end
  table.sort(found, function(a, b) return a.quantity < b.quantity end)
  return found
end

local function start(faults)
  local simulator = testing.simulator {world = world, settle = 200}
  local env = support.env(simulator.env)
  if faults then
    simulator:faults(faults)
  end
  return simulator, env, live(env)[1]
end

-- "part 2 r1", in an order of its own: what an answer says came of it.
local function lines(result)
  local list = {}
  for i, line in ipairs(support.json(result).result.lines) do
    list[i] = ("%s %d %s %s"):format(line.kind, line.quantity, line.id:lower(), line.state)
  end
  table.sort(list)
  return list
end

local function said(kind, reservation, state)
  return ("%s %d %s %s"):format(kind, reservation.quantity, reservation.id:lower(), state or "Succeeded")
end

local function kinds(simulator)
  local list = {}
  for i, effect in ipairs(simulator:effects()) do
    list[i] = effect.kind
  end
  return list
end

describe("a split", function()
  it("makes two of one, and a merge one of two", function()
    local simulator <close>, env, reservation = start()
    local result = call(env, "reservations.split", reservation.id, "--first", "2", "--second", "3", "--yes")
    assert.equal(0, result.code, result.stderr)
    local parts = live(env)
    assert.equal(2, #parts)
    assert.equal(2, parts[1].quantity)
    assert.equal(3, parts[2].quantity)
    assert.same({said("part", parts[1]), said("part", parts[2]), said("source", reservation, "Cancelled")},
      lines(result))
    result = call(env, "reservations.merge", parts[1].id, "--with", parts[2].id, "--yes")
    assert.equal(0, result.code, result.stderr)
    local whole = live(env)
    assert.equal(1, #whole)
    assert.equal(5, whole[1].quantity)
    assert.same({said("source", parts[1], "Cancelled"), said("source", parts[2], "Cancelled"), said("whole", whole[1])},
      lines(result))
    assert.same({"split", "merge"}, kinds(simulator))
  end)

  it("has lines that are known only after apply, where an update has none", function()
    local simulator <close>, env = start()
    local folder = support.folder {["split.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local outcome = reservations.split(reservations.list{}[1], {first = 1, second = 4})
  if outcome.state == "planned" then
    ctx.log("lines " .. tostring(outcome.lines))
    ctx.log(tostring(select(2, pcall(function() for _ in ipairs(outcome.lines) do break end end))))
    ctx.log("update " .. tostring(reservations.update(reservations.list{}[1], {name = "new"}).lines))
  end
  return outcome
end
]]}
    local result = testing.run {
      "exec", folder .. "/split.lua", "--customer", "kowalski", "-v", "-o", "json", env = env,
    }
    local logged = support.said(result)
    support.contains(logged[1].text, "lines (known after apply)")
    support.contains(logged[2].text, "known only after apply")
    assert.equal("update nil", logged[3].text)
    assert.same({}, kinds(simulator))
  end)

  it("that nobody answered is found in the order, and not sent again", function()
    local simulator <close>, env, reservation = start {drop = {next = 1, on = "reservations.split"}}
    local result = call(env, "reservations.split", reservation.id, "--first", "1", "--second", "4", "--yes")
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.succeeded)
    assert.same({"split"}, kinds(simulator))
    assert.equal(2, #live(env))
  end)

  it("that never arrived is sent again after the quiet time, once", function()
    local simulator <close>, env, reservation = start {lose = {next = 1, on = "reservations.split"}}
    local result = call(env, "reservations.split", reservation.id, "--first", "1", "--second", "4", "--yes")
    assert.equal(0, result.code, result.stderr)
    assert.same({"split"}, kinds(simulator))
    assert.equal(2, #live(env))
  end)

  it("that the service takes back is failed, and says so", function()
    local simulator <close>, env, reservation = start {fail_operation = {next = 1, on = "reservations.split"}}
    local result = call(env, "reservations.split", reservation.id, "--first", "1", "--second", "4", "--yes")
    assert.equal(3, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.failed)
    assert.equal(1, #live(env))
    assert.equal(1, #simulator:effects())
  end)

  it("of what does not add up, or a merge of two orders, is refused before anything is asked", function()
    local simulator <close>, env, reservation = start()
    local folder = support.folder {["split.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local reservation = reservations.list{}[1]
  return reservations.split(reservation, {first = 1, second = 1})
end
]]}
    local run = support.json(testing.run {
      "exec", folder .. "/split.lua", "--customer", "kowalski", "-o", "json", env = env,
    })
    assert.equal("split-quantities", run.refused[1].code)
    support.contains(run.refused[1].example, "first is 1 and second is 1, and it has 5")
    local result = call(env, "reservations.merge", reservation.id, "--with", reservation.id, "--yes")
    assert.equal(2, result.code)
    support.contains(result.stderr, "with is the same reservation")
    assert.same({}, kinds(simulator))
  end)

  -- A plan refuses it, and nothing is sent.
  local function refused(env, code, words, ...)
    local plan = support.json(call(env, ...))
    assert.equal(1, plan.effects.refused, testing.json.encode(plan))
    assert.equal(code, plan.refused[1].code)
    support.contains(plan.refused[1].example, words)
  end

  it("of what has a quantity of 1 is refused when it is planned, whichever way it is named", function()
    local simulator <close> = testing.simulator {world = world:gsub("quantity: 5", "quantity: 1"), settle = 200}
    local env = support.env(simulator.env)
    local id = live(env)[1].id
    for _, named in ipairs {id, id:match("[^/]+$")} do
      refused(env, "split-quantities", "first is 1 and second is 1, and it has 1",
        "reservations.split", named, "--first", "1", "--second", "1", "--yes")
    end
    assert.same({}, kinds(simulator))
  end)

  it("leaves what no merge can have any more, which is refused when it is planned", function()
    local simulator <close>, env, reservation = start()
    local result = call(env, "reservations.split", reservation.id, "--first", "2", "--second", "3", "--yes")
    assert.equal(0, result.code, result.stderr)
    local part = live(env)[1].id
    for _, gone in ipairs {reservation.id, reservation.id:match("[^/]+$")} do
      local words = "reservation " .. reservation.id:match("[^/]+$"):lower() .. " is Cancelled"
      refused(env, "not-in-effect", words, "reservations.merge", part, "--with", gone, "--yes")
      refused(env, "not-in-effect", words, "reservations.merge", gone, "--with", part:match("[^/]+$"), "--yes")
    end
    assert.same({"split"}, kinds(simulator))
  end)
end)
