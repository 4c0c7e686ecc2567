-- The audit trail: every transition is an event in a chain of hashes, and whoever touches it is found out.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, worth: 200 USD}, {id: r2, worth: 100 USD}]}
]]

-- A finished run in a ledger of its own.
local function finished()
  local simulator <close> = testing.simulator {world = world, settle = 100}
  local env = support.env(simulator.env)
  env.TENURE_LEDGER = testing.directory() .. "/ledger.db"
  local run = testing.run {"run", support.workflow() .. "/refund.yaml", "--yes", "-o", "json", env = env}
  assert.equal(0, run.code, run.stderr)
  return env, support.json(run).run
end

local function verify(env, ...)
  local result = testing.run {"audit", "--verify", "-o", "json", env = env, ...}
  return support.json(result), result
end

local function sql(env, statement)
  local result = testing.run {command = "/usr/bin/sqlite3", env.TENURE_LEDGER, statement}
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

local function found(report, what)
  for _, problem in ipairs(report.problems) do
    if problem.what == what then
      return problem
    end
  end
  error(("no problem '%s' in %s"):format(what, testing.json.encode(report.problems)), 2)
end

describe("audit", function()
  it("exports every event as JSON Lines, with actor and effect, and no secret", function()
    local env, run = finished()
    local kinds, lines = {}, 0
    local result = testing.run {"audit", run, "-o", "jsonl", env = env}
    for line in result.stdout:gmatch("[^\n]+") do
      kinds[testing.json.decode(line).kind] = true
      lines = lines + 1
    end
    assert.is_true(lines > 8)
    assert.is_true(kinds.approved or kinds["effect.approved"] or kinds.approval)
    support.contains_not(result.stdout, env.AZURE_CLIENT_SECRET)
    support.contains_not(result.stdout, "eyJ")
  end)

  it("verifies a ledger that nobody touched", function()
    local env = finished()
    local report, result = verify(env)
    assert.is_true(report.sound)
    assert.equal(0, result.code)
    assert.equal(report.events, report.sealed)
    support.contains(testing.run({"audit", "--verify", env = env}).stdout, "nothing was changed")
  end)

  it("finds a changed event, and says which", function()
    local env = finished()
    sql(env, "UPDATE event SET body = replace(body, '\"', '\" ') WHERE number = 5")
    local report, result = verify(env)
    assert.equal(1, result.code)
    assert.equal(5, found(report, "changed").number)
  end)

  it("finds a removed event", function()
    local env = finished()
    sql(env, "DELETE FROM event WHERE number = 4")
    assert.equal(1, select(2, verify(env)).code)
  end)

  it("finds a cut tail by the head that is kept outside", function()
    local env = finished()
    sql(env, "DELETE FROM event WHERE number > (SELECT max(number) - 3 FROM event)")
    local report, result = verify(env)
    assert.equal(1, result.code)
    assert.is_false(report.sound)
  end)

  it("finds a run, an approval or an effect that is not what its event made it, and says both", function()
    local env, run = finished()
    for statement, says in pairs {
      ["UPDATE approval SET actor = 'eve'"] = {"approval", "actor"},
      ["UPDATE run SET actor = 'eve'"] = {"run", "actor"},
      ["UPDATE effect SET customer_name = 'eve' WHERE rowid = 1"] = {"effect", "customer_name"},
      ["UPDATE effect SET request_id = 'eve' WHERE rowid = 1"] = {"effect", "request_id"},
    } do
      local name = statement:match("UPDATE (%a+)")
      sql(env, ("CREATE TABLE kept AS SELECT * FROM %s"):format(name))
      sql(env, statement)
      local report, result = verify(env)
      local problem = found(report, says[1])
      assert.equal(1, result.code)
      assert.equal(run, problem.run)
      support.contains(problem.message, ('its %s is "eve", but the event that made it says "'):format(says[2]))
      sql(env, ("DELETE FROM %s; INSERT INTO %s SELECT * FROM kept; DROP TABLE kept"):format(name, name))
      assert.is_true(verify(env).sound)
    end
  end)

  it("finds money that does not add up", function()
    local env = finished()
    sql(env, "UPDATE spend SET back = replace(back, '.', '9.') WHERE rowid = (SELECT min(rowid) FROM spend)")
    assert.equal(1, select(2, verify(env)).code)
  end)
end)

describe("a restored backup of a ledger", function()
  it("is not acted on before what is open in it was looked at, and never refunds twice", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    env.TENURE_LEDGER = testing.directory() .. "/ledger.db"
    local plan = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    testing.run {"approve", plan.run, "--reason", "spec", env = env}
    sql(env, "VACUUM INTO '" .. env.TENURE_LEDGER .. ".backup'")
    assert.equal(0, testing.run({"apply", plan.run, env = env}).code)
    assert.equal(2, support.books(simulator, "refund").count)
    os.remove(env.TENURE_LEDGER .. "-wal")
    os.remove(env.TENURE_LEDGER .. "-shm")
    assert(os.rename(env.TENURE_LEDGER .. ".backup", env.TENURE_LEDGER))
    local again = testing.run {"apply", plan.run, "-o", "json", env = env}
    assert.equal(2, support.books(simulator, "refund").count)
    support.contains(again.stderr, "backup")
  end)
end)
