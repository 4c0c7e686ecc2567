-- The main job: a bulk refund over many customers. What the run says it did is what the simulator's books say was done.
local support = require "support"
local testing = require "tenure.testing"

local refund_idle = support.root .. "/workflows/refund-idle.yaml"

local function plan_and_apply(simulator, workflow, ...)
  local env = support.env(simulator.env)
  local plan = testing.run {"plan", workflow, "-o", "json", env = env, ...}
  assert.is_truthy(plan.code == 0 or plan.code == 3, plan.stderr)
  local planned = support.json(plan)
  assert.equal("planned", planned.state)
  assert.equal(0, #simulator:effects()) -- a plan changes nothing
  local apply = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
  return planned, support.json(apply), apply
end

describe("the stock workflow refund-idle", function()
  it("refunds over many customers exactly what the simulator's books say", function()
    local simulator <close> = testing.simulator {customers = 60, reservations = 10, seed = 7, settle = 200}
    local planned, applied = plan_and_apply(simulator, refund_idle)
    assert.is_true(planned.effects.planned > 15)
    assert.equal(planned.effects.planned, applied.effects.succeeded)
    assert.equal("done", applied.state)
    support.assert_equals_books(applied, simulator)
    assert.same(planned.totals, applied.totals)
  end)

  it("rides out throttling and slowness with the books still equal", function()
    local simulator <close> = testing.simulator {customers = 40, reservations = 8, seed = 11, settle = 200}
    simulator:faults {throttle = {probability = 0.1, retry_after = 0}, slow = {probability = 0.02, ms = 300}}
    local _, applied = plan_and_apply(simulator, refund_idle)
    assert.equal("done", applied.state)
    assert.equal(0, applied.effects.unknown)
    support.assert_equals_books(applied, simulator)
  end)

  it("counts what its script skips by the fixed word", function()
    local simulator <close> = testing.simulator {customers = 20, reservations = 10, seed = 3}
    local env = support.env(simulator.env)
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "min_worth=100000 USD", "-o", "json", env = env,
    })
    assert.equal(0, plan.effects.planned)
    local found
    for _, row in ipairs(plan.skipped) do
      found = found or row.code == "worth-too-little" and row.count
    end
    assert.is_true(found and found > 0)
  end)
end)

describe("customers of a run", function()
  local world = [[
customers:
  - id: kowalski
    name: Kowalski
    country: PL
    currency: PLN
    reservations: [{id: r1, utilization: 1%, worth: 200 USD}]
  - {id: smith, name: Smith, currency: USD, consent: missing}
  - {id: jones, name: Jones, currency: GBP, rights: missing, reservations: [{id: r3, utilization: 1%, worth: 200 USD}]}
  - {id: meier, name: Meier, currency: EUR, reservations: [{id: r4, utilization: 1%, worth: 300 USD}]}
]]

  it("with broken consent or rights are unreachable by themselves, and the others go on", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local folder = support.workflow()
    local planned, applied, result = plan_and_apply(simulator, folder .. "/refund.yaml")
    assert.equal(2, planned.customers.unreachable)
    assert.equal(2, planned.effects.planned)
    assert.equal(2, applied.effects.succeeded)
    assert.equal(3, result.code)
    support.assert_equals_books(applied, simulator)
  end)

  it("are narrowed by --only with id, domain or name, and a word that names nobody stops the plan", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local file = support.workflow() .. "/refund.yaml"
    local env = support.env(simulator.env)
    local plan = support.json(testing.run {"plan", file, "--only", "Meier,kowalski", "-o", "json", env = env})
    assert.equal(2, plan.effects.planned)
    local wrong = testing.run {"plan", file, "--only", "Maier", env = env}
    assert.equal(2, wrong.code)
    assert.is_truthy(wrong.stderr:find("Maier", 1, true))
  end)

  it("are filtered by where, and an error in it stops the plan instead of dropping a customer", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local chosen = support.workflow {customers = [[{from: partner-center, where: 'customer.name == "Meier"'}]]}
    local plan = support.json(testing.run {"plan", chosen .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(1, plan.effects.planned)
    assert.equal(1, plan.customers.done)
    local wrong = support.workflow {customers = [[{from: partner-center, where: 'customer.nmae == "Meier"'}]]}
    local result = testing.run {"plan", wrong .. "/refund.yaml", env = env}
    assert.equal(2, result.code)
    assert.is_truthy(result.stderr:find("did you mean", 1, true), result.stderr)
    assert.is_truthy(result.stderr:find("refund.yaml:4", 1, true), result.stderr)
  end)

  it("come from a list or a file too", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local ids = {}
    for _, customer in ipairs(simulator:world().customers) do
      ids[customer.name] = customer.id
    end
    local listed = support.workflow {customers = ("{list: [%s]}"):format(ids.Meier)}
    local plan = support.json(testing.run {"plan", listed .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(1, plan.effects.planned)
    local filed = support.workflow {customers = "{file: ours.csv}"}
    testing.write(filed .. "/ours.csv", "id;note\n" .. ids.Kowalski .. ";ours\n")
    plan = support.json(testing.run {"plan", filed .. "/refund.yaml", "-o", "json", env = env})
    assert.equal("PLN", next(plan.totals.refund))
  end)
end)

describe("an effect", function()
  local world = [[
customers:
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, worth: 200 USD}, {id: r2, worth: 100 USD}]}
]]

  local function applied_under(faults)
    local simulator = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local plan = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(2, plan.effects.planned)
    simulator:faults(faults)
    local apply = testing.run {"apply", plan.run, "--yes", "--no-wait", "-o", "json", env = env}
    return support.json(apply), apply, simulator, env, plan.run
  end

  it("that is answered 5xx stays unknown, is listed, is not sent again, and the run exits 6", function()
    local applied, result, simulator, env, run = applied_under {error = {next = 1, on = "refund"}}
    assert.equal(1, applied.effects.unknown)
    assert.equal(1, applied.effects.succeeded)
    assert.equal(1, #applied.unknown)
    assert.equal(6, result.code)
    local requests = simulator:state().requests["reservations.refund"]
    local again = testing.run {"apply", run, "-o", "json", env = env, "--no-wait"}
    assert.equal(6, again.code)
    assert.equal(requests, simulator:state().requests["reservations.refund"])
    support.assert_equals_books(applied, simulator)
    simulator:stop()
  end)

  it("that was done and not answered is done once, whatever the HTTP library would like", function()
    local applied, result, simulator = applied_under {drop = {next = 1, on = "refund"}}
    assert.equal(6, result.code)
    assert.equal(1, applied.effects.unknown)
    assert.equal(2, support.books(simulator, "refund").count) -- the dropped one was done too, once
    assert.equal(2, simulator:state().requests["reservations.refund"])
    simulator:stop()
  end)

  -- An answer without a length may be cut off anywhere, by a proxy that dies.
  for answer, state in pairs {
    ['HTTP/1.1 400 Bad Request\r\n\r\n{"err'] = "unknown",
    ['HTTP/1.1 401 Unauthorized\r\n\r\n{"error"'] = "unknown",
    ["HTTP/1.1 429 Too Many Requests\r\n\r\n"] = "unknown",
    ["HTTP/1.1 200 OK\r\n\r\n"] = "unknown",
    ["HTTP/1.1 202 Accepted\r\n\r\n"] = "unknown",
    ['HTTP/1.1 400 Bad Request\r\n\r\n{"error": {"code": "No", "message": "no"}}'] = "failed",
    ['HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'] = "failed",
  } do
    it(("that is answered %q is %s, and asked for once"):format(answer:gsub("\r\n", " "), state), function()
      local one = world:gsub(", {id: r2[^}]*}", "")
      local simulator <close> = testing.simulator {world = one, settle = 100}
      local asked = 0
      local between <close> = support.between(simulator, function(request, _, pass)
        if not request.path:find("/return?", 1, true) then
          return pass()
        end
        asked = asked + 1
        return answer
      end)
      local plan = testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = between.env}
      assert.equal(0, plan.code, plan.stderr)
      local apply = testing.run {"apply", support.json(plan).run, "--yes", "--no-wait", "-o", "json", env = between.env}
      assert.equal(1, support.json(apply).effects[state], apply.stderr)
      assert.equal(1, asked)
    end)
  end

  it("that was certainly not done is tried again", function()
    local applied, result, simulator = applied_under {throttle = {next = 1, on = "refund", retry_after = 0}}
    assert.equal(0, result.code)
    assert.equal(2, applied.effects.succeeded)
    assert.equal(3, simulator:state().requests["reservations.refund"])
    support.assert_equals_books(applied, simulator)
    simulator:stop()
  end)

  it("that a failed item did not come to is withdrawn, and the run is over", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local folder = support.workflow {script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  if #reservations.list{state = "Cancelled"} > 0 then
    ctx.fail("enough", "one is gone already")
  end
  return reservations.refund(quote)
end
]]}
    local planned, applied, result = plan_and_apply(simulator, folder .. "/refund.yaml")
    assert.equal(2, planned.effects.planned)
    assert.equal(1, applied.effects.succeeded)
    assert.equal(1, applied.effects.withdrawn)
    assert.equal(0, applied.effects.approved)
    assert.equal(3, result.code)
    support.assert_equals_books(applied, simulator)
  end)

  it("that an item asked for before it failed while planning is not part of the plan", function()
    local simulator <close> = testing.simulator {world = world, settle = 100}
    local folder = support.workflow {script = [[
local reservations = require "tenure.reservations"
local asked = 0
return function(ctx)
  local outcome = reservations.refund(reservations.quote_refund(ctx.item))
  asked = asked + 1
  if asked > 1 then ctx.fail("half", "the other half cannot be done") end
  return outcome
end
]]}
    local planned, applied = plan_and_apply(simulator, folder .. "/refund.yaml")
    assert.equal(1, planned.effects.planned)
    assert.equal(1, planned.effects.withdrawn)
    for _, guard in ipairs(planned.guards) do
      assert.is_true(guard.kind ~= "count" or guard.planned == 1)
    end
    assert.equal(1, applied.effects.succeeded)
    assert.equal(1, support.assert_equals_books(applied, simulator))
  end)

  it("that the service refuses in its quote is refused by code, and no money moves", function()
    local simulator <close> = testing.simulator {world = [[
customers:
  - id: a
    currency: EUR
    refunded: 49990 USD
    reservations: [{id: r1, worth: 22.50 USD, refuses: RefundLimitExceeded}]
]]}
    local env = support.env(simulator.env)
    local plan = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(1, plan.effects.refused)
    assert.equal("RefundLimitExceeded", plan.refused[1].code)
    local apply = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
    assert.equal(0, apply.code)
    assert.equal(0, #simulator:effects())
  end)
end)

describe("guards", function()
  local world = [[
customers:
  - id: a
    currency: EUR
    reservations:
      - {id: r1, worth: 100 USD, back: 90 EUR}
      - {id: r2, worth: 100 USD, back: 90 EUR}
      - {id: r3, worth: 100 USD, back: 90 EUR}
]]

  local function run_with(guard)
    local simulator = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local workflow = support.workflow({guard = guard}) .. "/refund.yaml"
    local result = testing.run {"run", workflow, "--yes", "-o", "json", env = env}
    local books = support.books(simulator, "refund")
    simulator:stop()
    return result, books
  end

  it("stop at a count", function()
    local result, books = run_with "{count: 2, worth: 1000 USD}"
    assert.equal(5, result.code)
    assert.equal(2, books.count)
  end)

  it("stop at the money that comes back", function()
    local result, books = run_with "{back: {EUR: 180}}"
    assert.equal(5, result.code)
    assert.same({EUR = 18000}, books.cents)
  end)

  it("stop at the worth in USD", function()
    local result, books = run_with "{worth: 299.99 USD}"
    assert.equal(5, result.code)
    assert.equal(2, books.count)
  end)

  it("refuse money that no cap covers", function()
    local result, books = run_with "{back: {PLN: 100000}}"
    assert.equal(5, result.code)
    assert.equal(0, books.count)
  end)
end)
