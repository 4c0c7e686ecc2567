-- Effects that need no quote and whose thing the caller names: changing reservations. They go through plan, approval,
-- guards and ledger like refunds; what is in doubt is asked for again, and what is so already counts as done.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, name: first, quantity: 2}, {id: r2, name: second}]
  - id: smith
    currency: USD
    reservations: [{id: r3, name: third}]
]]

local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  return reservations.update(ctx.item, {name = "renamed " .. ctx.item.name, renew = true})
end
]]

local function workflow(more)
  local permissions = "reservations:list, reservations:update, reservations:archive"
  return support.one_step("update", permissions, "reservations.list{}", script, more)
end

local function names(env)
  local found = {}
  for _, customer in ipairs {"kowalski", "smith"} do
    local list = testing.run {"call", "reservations.list", "--customer", customer, "-o", "json", env = env}
    for _, reservation in ipairs(support.json(list)) do
      found[reservation.name] = reservation.renew
    end
  end
  return found
end

local function books(simulator)
  local kinds = {}
  for _, effect in ipairs(simulator:effects()) do
    kinds[effect.kind] = (kinds[effect.kind] or 0) + 1
  end
  return kinds
end

describe("an effect without a quote", function()
  it("is planned, approved and carried out, and only what was named changes", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local planned = support.json(testing.run {"plan", workflow(), "-o", "json", env = env})
    assert.equal(3, planned.effects.planned)
    assert.same({}, books(simulator))
    local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
    assert.equal(0, result.code, result.stderr)
    assert.equal(3, support.json(result).effects.succeeded)
    assert.same({update = 3}, books(simulator))
    assert.same({["renamed first"] = true, ["renamed second"] = true, ["renamed third"] = true},
      names(env))
  end)

  it("is asked for again where nobody knows whether it was done, and is done once", function()
    for _, fault in ipairs {"drop", "lose", "error"} do
      local simulator <close> = testing.simulator {world = world, settle = 100}
      local env = support.env(simulator.env)
      local planned = support.json(testing.run {"plan", workflow(), "-o", "json", env = env})
      simulator:faults {[fault] = {next = 2, on = "reservations.update"}}
      local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
      assert.equal(0, result.code, fault .. ": " .. result.stderr)
      assert.equal(3, support.json(result).effects.succeeded)
      assert.same({update = 3}, books(simulator))
    end
  end)

  it("stays unknown and listed where the doubt does not end, and is settled by the next apply", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local planned = support.json(testing.run {"plan", workflow(), "--only", "smith", "-o", "json", env = env})
    simulator:faults {error = {probability = 1, on = "reservations.update"}}
    local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.unknown)
    simulator:faults {}
    result = testing.run {"resume", planned.run, "-o", "json", env = env}
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.succeeded)
    assert.same({update = 1}, books(simulator))
  end)

  it("counts against its guard", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local result = testing.run {"plan", workflow "guards: {update: {count: 2}}\n", "-o", "json", env = env}
    local planned = support.json(result)
    assert.equal(2, planned.effects.planned)
    assert.equal(1, planned.effects.refused)
  end)

  it("that is refused as things are has failed, and its order is free", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local list = testing.run {"call", "reservations.list", "--customer", "smith", "-o", "json", env = env}
    local id = support.json(list)[1].id
    local function call(operation, ...)
      return testing.run {"call", operation, id, "--customer", "smith", "--yes", "-o", "json", env = env, ...}
    end
    local refused = call "reservations.archive"
    assert.equal(3, refused.code, refused.stderr)
    assert.equal(1, support.json(refused).effects.failed)
    assert.equal(0, call("reservations.update", "--name", "fourth").code)
    assert.same({update = 1}, books(simulator))
  end)

  it("can be read back, whatever it changed", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local function call(...)
      return testing.run {"call", "--customer", "smith", "-o", "json", env = env, ...}
    end
    local id = support.json(call "reservations.list")[1].id
    assert.is_true(support.json(call("reservations.get", id)).flexible)
    local done = call("reservations.update", id, "--flexible", "false", "--review", "2027-02-01", "--yes")
    assert.equal(0, done.code, done.stderr)
    local reservation = support.json(call("reservations.get", id))
    assert.is_false(reservation.flexible)
    assert.equal("2027-02-01T00:00:00Z", reservation.review)
  end)

  it("can be called from the shell, by a bare GUID too; what is so already is done", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local id = support.json(testing.run {
      "call", "reservations.list", "--customer", "smith", "-o", "json", env = env,
    })[1].id:match("[^/]+$")
    local function update(...)
      return testing.run {"call", "reservations.update", id, "--customer", "smith", "-o", "json", env = env, ...}
    end
    local refused = update("--yes")
    assert.equal(2, refused.code)
    support.contains(refused.stderr, "say what to change")
    refused = update("--scope", "everywhere", "--yes")
    assert.equal(2, refused.code)
    support.contains(refused.stderr, "scope is 'everywhere', but takes Shared")
    for _ = 1, 2 do
      local done = update("--name", "fourth", "--yes")
      assert.equal(0, done.code, done.stderr)
      assert.equal(1, support.json(done).effects.succeeded)
    end
    assert.same({update = 1}, books(simulator))
    assert.is_false(names(env).fourth)
  end)
end)
