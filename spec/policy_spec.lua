-- What Azure enforces late is said early: from what is known of a reservation already a rule vetoes what is certain to
-- be refused, and nothing is asked then; where it only doubts, the quote decides, and what is said of that says both.
local support = require "support"
local testing = require "tenure.testing"

-- The simulator refuses each of these by itself, too, when it is asked.
local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, name: vm, sku: Standard_D2s_v5, quantity: 2}
      - {id: r2, order: o2, name: over, sku: Standard_D2s_v5, state: Cancelled}
      - {id: r3, order: o3, name: kept, sku: Standard_D2s_v5, refundable: false}
      - {id: r4, order: o4, name: fixed, sku: Standard_D2s_v5, exchangeable: false}
      - {id: r5, order: o5, name: cosmos, sku: CosmosDB_100RU}
      - {id: r6, order: o6, name: late, sku: Standard_D2s_v5}
      - {id: r7, order: o7, name: denied, sku: Standard_D2s_v5, refuses: SelfServiceRefundNotSupported}
      - {id: r8, order: o8, name: suse, type: SuseLinux, sku: sles_1_2_vcpu, refundable: true}
      - {id: r9, order: o9, name: database, type: SqlDatabases, sku: SQLDB_GP_Compute_Gen5}
      - {id: r10, order: o10, name: warehouse, type: SqlDataWarehouse, sku: DW100c}
]]

-- A script whose body sees the reservations of the tenant by their names, in `of`.
local function script(body)
  return ([[
local orders, reservations = require "tenure.orders", require "tenure.reservations"
return function(ctx)
  local of = {}
  for _, one in ipairs(reservations.list{}) do of[one.name] = one end
  local function bare(one) return {reservation = one.id, quantity = one.quantity} end
  %s
end
]]):format(body)
end

local function exec(env, body)
  local folder = support.folder {["do.lua"] = script(body)}
  local result = testing.run {
    "exec", folder .. "/do.lua", "--customer", "kowalski", "--yes", "--cap", "PLN=1000000", "-v", "-o", "json",
    env = env,
  }
  assert(result.stdout ~= "", result.stderr)
  return support.json(result), result
end

-- Full ids of the reservations by their names.
local function ids_of(env)
  local ids = {}
  local list = testing.run {"call", "reservations.list", "--customer", "kowalski", "-o", "json", env = env}
  for _, one in ipairs(support.json(list)) do
    ids[one.name] = one.id
  end
  return ids
end

-- Runs a body with a fresh simulator behind a server that counts what is asked beside tokens and reads.
local function counted(body)
  local simulator <close> = testing.simulator {world = world, settle = 50}
  local asked = 0
  local server <close> = support.between(simulator, function(request, _, pass)
    local reads = request.method == "GET" or request.path:find("/oauth2/", 1, true)
    asked = asked + (reads and 0 or 1)
    return pass()
  end)
  local run, result = exec(server.env, body)
  assert.equal(0, #simulator:effects())
  return run, asked, result
end

local function refused(run)
  assert.equal(1, run.effects.refused, testing.json.encode(run))
  return run.refused[1].code, run.refused[1].example
end

-- Code, words and advice of what is refused; and how it is asked for with what is known, and without (by full id and
-- quantity), for the service to refuse.
local cases = {
  {
    "not-in-effect", {"it is Cancelled", "look for what it has become in its order"},
    "return reservations.refund(reservations.quote_refund(of.over))",
  },
  {
    "not-in-effect", {"it is Cancelled", "look for what it has become in its order"},
    "return reservations.exchange(reservations.quote_exchange(of.over, {purchase = of.vm:like{quantity = 9}}))",
  },
  {
    "SelfServiceRefundNotSupported", {"list of reservations says that it cannot be refunded", "ask support for it"},
    "return reservations.refund(reservations.quote_refund(of.kept))",
    "return reservations.refund(reservations.quote_refund(of.kept.id, {quantity = 1}))",
  },
  {
    "SelfServiceExchangeNotSupported",
    {"list of reservations says that it cannot be exchanged", "refund it and buy again"},
    "return reservations.exchange(reservations.quote_exchange(of.fixed, {purchase = of.vm:like{quantity = 9}}))",
    "return reservations.exchange(reservations.quote_exchange(bare(of.fixed), {purchase = of.vm:like{quantity = 9}}))",
  },
  {
    "InvalidRefundQuantity", {"3 of it were to be given back, and it has 2", "read the reservation again"},
    "return reservations.refund(reservations.quote_refund(of.vm, {quantity = 3}))",
  },
  {
    "InvalidRefundQuantity", {"3 of it were to be given back, and it has 2", "read the reservation again"},
    [[return reservations.exchange(reservations.quote_exchange({reservation = of.vm, quantity = 3},
      {purchase = of.vm:like{quantity = 9}}))]],
    [[return reservations.exchange(reservations.quote_exchange({reservation = of.vm.id, quantity = 3},
      {purchase = of.vm:like{quantity = 9}}))]],
  },
  {
    "ExchangeProductTypeMismatch",
    {"VirtualMachines would be given back for CosmosDb", "as workflows/rebuy.yaml does"},
    "return reservations.exchange(reservations.quote_exchange(of.vm, {purchase = of.cosmos:like{quantity = 99}}))",
    [[return reservations.exchange(reservations.quote_exchange(bare(of.vm),
      {purchase = of.cosmos:like{quantity = 99}}))]],
  },
  {
    "ExchangeProductTypeMismatch",
    {"VirtualMachines would be given back for CosmosDb"},
    [[return reservations.exchange(reservations.quote_exchange({of.vm, of.fixed.can.exchange and of.fixed or of.kept},
      {purchase = {of.vm:like{quantity = 9}, of.cosmos:like{quantity = 99}}}))]],
  },
}

describe("what is certain to be refused", function()
  it("is refused before anything is asked, with the code, the reason and what to do instead", function()
    for _, case in ipairs(cases) do
      local run, asked = counted(case[3])
      local code, message = refused(run)
      assert.equal(case[1], code, case[3])
      for _, words in ipairs(case[2]) do
        support.contains(message, words)
      end
      support.contains(message, "(Azure was not asked)")
      assert.equal(0, asked, case[3])
    end
  end)

  it("is refused by the service, where nothing is known of it here", function()
    for _, case in ipairs(cases) do
      if case[4] then
        local simulator <close> = testing.simulator {world = world, settle = 50}
        local code, message = refused(exec(support.env(simulator.env), case[4]))
        assert.equal(case[1], code, case[4])
        support.contains_not(message, "was not asked")
        assert.equal(0, #simulator:effects())
      end
    end
  end)

  it("comes back as a quote that says so, without amounts, and keeps what was to be done", function()
    local _, asked, result = counted([[
local refund = reservations.quote_refund(of.kept)
local exchange = reservations.quote_exchange(of.vm, {purchase = of.cosmos:like{quantity = 99, name = "new"}})
ctx.log("refund", {asked = refund.asked, allowed = refund.allowed, code = refund.refusals[1].code,
  back = tostring(refund.back), worth = tostring(refund.worth), quantity = refund.quantity,
  same = refund.reservation:lower() == of.kept.id:lower(), doubts = tostring(refund.doubts)})
ctx.log("exchange", {asked = exchange.asked, allowed = exchange.allowed, code = exchange.refusals[1].code,
  pay = tostring(exchange.pay), purchased = tostring(exchange.purchased), lines = #exchange.lines,
  given = exchange.lines[1].quantity, bought = exchange.lines[2].request.name})]])
    local said = support.said(result)
    assert.same({
      asked = false, allowed = false, code = "SelfServiceRefundNotSupported", back = "nil", worth = "nil", quantity = 1,
      same = true, doubts = "nil",
    }, said[1].fields)
    assert.same({
      asked = false, allowed = false, code = "ExchangeProductTypeMismatch", pay = "nil", purchased = "nil", lines = 2,
      given = 2, bought = "new",
    }, said[2].fields)
    assert.equal(0, asked)
  end)

  it("is in the ledger with the quote that each was refused with", function()
    local simulator <close> = testing.simulator {world = world}
    local env = support.env(simulator.env)
    local run = exec(env, [[
local one, other = reservations.quote_refund(of.kept), reservations.quote_refund(of.over)
reservations.refund(one)
reservations.refund(other)]])
    assert.equal(2, run.effects.refused)
    local codes, ids = {kept = "SelfServiceRefundNotSupported", over = "not-in-effect"}, ids_of(env)
    for name, code in pairs(codes) do
      local why = support.json(testing.run {"why", run.run, ids[name], "-o", "json", env = env})
      assert.equal(1, #why.effects)
      local entry = why.effects[1]
      assert.equal(code, entry.effect.code)
      assert.equal(ids[name]:lower(), entry.quote.id:lower())
      assert.equal(ids[name]:lower(), entry.request.asked.reservation:lower())
      assert.equal(code, entry.quote.properties.policyResult.properties.policyErrors[1].code)
    end
  end)

  it("is refused of an update, too", function()
    local run, asked = counted('return reservations.update(of.over, {name = "new"})')
    local code, message = refused(run)
    assert.equal("not-in-effect", code)
    support.contains(message, "it is Cancelled; look for what it has become")
    assert.equal(0, asked)
  end)

  it("is refused of an update that was approved, when it has become so meanwhile", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(simulator.env)
    local folder = support.folder {
      ["update.yaml"] = [[
tenure: 1
name: update
permissions: [reservations:list, reservations:update]
customers: {from: partner-center}
steps:
  - id: update
    each: reservations.list{}
    when: item.name == "vm"
    run: update.lua
]],
      ["update.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx) return reservations.update(ctx.item, {renew = true}) end
]],
    }
    local plan = support.json(testing.run {"plan", folder .. "/update.yaml", "-o", "json", env = env})
    assert.equal(1, plan.effects.planned)
    local refund = testing.run {
      "call", "reservations.refund", ids_of(env).vm, "--customer", "kowalski", "--yes", "--cap", "PLN=1000000",
      "--ledger", support.folder {} .. "/another.db", env = env,
    }
    assert.equal(0, refund.code, refund.stderr)
    local applied = support.json(testing.run {"apply", plan.run, "--yes", "-o", "json", env = env})
    assert.equal("not-in-effect", (refused(applied)))
    assert.equal(1, #simulator:effects())
  end)

  it("is refused from the shell, by what is looked up for an id", function()
    local simulator <close> = testing.simulator {world = world}
    local env = support.env(simulator.env)
    local function call(...)
      return testing.run {"call", "--customer", "kowalski", "-o", "json", env = env, ...}
    end
    local id = ids_of(env).kept:match "[^/]+$"
    local quote = support.json(call("reservations.quote_refund", id))
    assert.is_false(quote.asked)
    assert.is_false(quote.allowed)
    support.contains(quote.refusals[1].message, "Azure was not asked")
    local done = call("reservations.refund", id, "--yes", "--cap", "PLN=1000000")
    support.contains(done.stdout .. done.stderr, "SelfServiceRefundNotSupported")
    assert.equal(0, #simulator:effects())
  end)
end)
