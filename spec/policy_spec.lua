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
      - {id: r11, order: o11, name: plan, type: SuseLinux, sku: sles_1_2_vcpu, refundable: false, exchangeable: false}
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

-- Code, words and advice (and what must never be advised) of what is refused; and how it is asked for with what is
-- known, and without (by full id and quantity), for the service to refuse.
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
    "ExchangeProductTypeMismatch", {"it cannot be refunded either: choose something of its own type", never = "buy"},
    "return reservations.exchange(reservations.quote_exchange(of.kept, {purchase = of.cosmos:like{quantity = 99}}))",
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

local function check_words(message, words)
  for _, one in ipairs(words) do
    support.contains(message, one)
  end
  if words.never then
    support.contains_not(message, words.never)
  end
end

describe("what is certain to be refused", function()
  it("is refused before anything is asked, with the code, the reason and what to do instead", function()
    for _, case in ipairs(cases) do
      local run, asked = counted(case[3])
      local code, message = refused(run)
      assert.equal(case[1], code, case[3])
      check_words(message, case[2])
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

  it("is not advised to be refunded, where it is of a type that is never given back", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local run, result = exec(support.env(simulator.env), [[
local quote = reservations.quote_exchange(of.plan, {purchase = of.plan:like{quantity = 9}})
ctx.log(quote.refusals[1].message)
return reservations.exchange(quote)]])
    local code, message = refused(run)
    assert.equal("SelfServiceExchangeNotSupported", code)
    check_words(message, {"it cannot be refunded either: keep it, or ask support", never = "buy again"})
    support.contains(message, "A reservation cannot be exchanged") -- the service's own words
    check_words(support.said(result)[1].text, {"it cannot be refunded either: keep it", never = "buy again"})
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

  it("has no amounts to compare or to add, which is said with the reason", function()
    local _, _, result = counted([[
local money = require "tenure.money"
local kept, vm = reservations.quote_refund(of.kept), reservations.quote_refund(of.vm)
ctx.log(tostring(select(2, pcall(function() return kept.worth < money "100 USD" end))))
ctx.log(tostring(select(2, pcall(function() return vm.worth + kept.back end))))
ctx.log(tostring(select(2, pcall(function() return vm.worth < nil end))))
ctx.log(tostring(kept.worth and kept.worth < money "100 USD"))]])
    local said = support.said(result)
    for i, doing in ipairs {"compare", "add"} do
      support.contains(said[i].text, "cannot " .. doing .. " money and nil: the quote was refused by " ..
        "SelfServiceRefundNotSupported, so nothing was asked and it has no amounts: look at quote.allowed first")
    end
    support.contains(said[3].text, "cannot compare money and nil: that amount was not reported")
    assert.equal("nil", said[4].text)
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

-- What the service answers is changed: change(properties, name) of each reservation it lists; refuse(path, method):
-- what is answered instead.
local function changed(simulator, change, refuse)
  return support.between(simulator, function(request, _, pass)
    local answer = refuse and refuse(request.path, request.method) or pass()
    local location = answer.headers and answer.headers.location
    if answer.status == 202 and location then -- the server passes no headers on: quotes are ready at once
      testing.sleep(20)
      local ready = testing.http {url = location, headers = {authorization = request.headers.authorization}}
      return {status = 200, body = ready.body}
    end
    for _, one in ipairs(answer.json and answer.json.value or {}) do
      if one.properties and one.properties.displayName then
        change(one.properties, one.properties.displayName)
      end
    end
    return {status = answer.status, body = answer.json and testing.json.encode(answer.json) or answer.body}
  end)
end

describe("what is not certain", function()
  it("is asked for, and allowed by the service it is planned, with the doubt in plan, why and report", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(simulator.env)
    local folder = support.workflow {
      when = 'item.name == "suse"',
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(reservations.get(ctx.item)) -- which does not say what it can
  ctx.log("quoted", {asked = quote.asked, doubts = #quote.doubts, code = quote.doubts[1].code})
  local outcome = reservations.refund(quote)
  ctx.log("planned", {state = outcome.state, ok = outcome.ok, code = tostring(outcome.code)})
  return outcome
end
]],
    }
    local result = testing.run {"plan", folder .. "/refund.yaml", "-v", "-o", "json", env = env}
    local plan, said = support.json(result), support.said(result)
    assert.same({asked = true, doubts = 1, code = "SelfServiceRefundNotSupported"}, said[1].fields)
    assert.same({state = "planned", ok = true, code = "nil"}, said[2].fields)
    assert.equal(1, plan.effects.planned)
    assert.same({1, "SelfServiceRefundNotSupported"}, {plan.doubted[1].count, plan.doubted[1].code})
    local words = "Azure's quote accepts it, and that counts; it was doubted here: " ..
      "this product cannot be refunded by self-service: it is of SuseLinux"
    support.contains(plan.doubted[1].example, words)
    local function page(...)
      return testing.run {env = env, ...}.stdout:gsub("%s+", " ")
    end
    support.contains(page("show", plan.run), "Planned, though doubted: 1 effect 1 SelfServiceRefundNotSupported")
    support.contains(page("why", plan.run, "kowalski"), words)
    for _, format in ipairs {"md", "html"} do
      support.contains(page("report", plan.run, "--format", format), "Planned, though doubted")
    end
    local done = testing.run {"apply", plan.run, "--yes", "-v", "-o", "json", env = env}
    local applied = support.json(done)
    assert.equal(1, applied.effects.succeeded)
    assert.same({state = "succeeded", ok = true, code = "nil"}, support.said(done)[2].fields)
    assert.same({}, applied.doubted)
    assert.equal(1, #simulator:effects())
  end)

  it("is refused by the service, and said with what was known of the reason", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(simulator.env)
    local rows = {
      {
        "ExchangePurchaseBelowRefund", "(what is bought costs ",
        "return reservations.exchange(reservations.quote_exchange(of.vm, {purchase = of.vm:like{quantity = 1}}))",
      },
      {
        "ExchangeProductTypeMismatch", "(VirtualMachines, CosmosDb would be given back in one exchange)",
        [[return reservations.exchange(reservations.quote_exchange({of.vm, of.cosmos},
          {purchase = {of.vm:like{quantity = 9}, of.cosmos:like{quantity = 99}}}))]],
      },
    }
    for _, row in ipairs(rows) do
      local code, message = refused(exec(env, row[3]))
      assert.equal(row[1], code)
      support.contains(message, row[2])
      support.contains_not(message, "not expected")
    end
    assert.equal(0, #simulator:effects())
  end)

  it("says so when the service refuses what nothing known here is against", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local code, message = refused(exec(support.env(simulator.env),
      "return reservations.refund(reservations.quote_refund(of.denied))"))
    assert.equal("SelfServiceRefundNotSupported", code)
    support.contains(message, "Please contact support; ask support for it (support.request_refund); this was not " ..
      "expected here: Azure's list of reservations says that it can be refunded")
    assert.equal(0, #simulator:effects())
  end)

  it("is left to the service where types belong together, or nobody can tell", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local run = exec(support.env(simulator.env), [[return reservations.exchange(
      reservations.quote_exchange(of.warehouse, {purchase = of.database:like{quantity = 9}}))]])
    assert.equal(1, run.effects.succeeded, testing.json.encode(run))
  end)

  it("is planned by a date that the service sees differently", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local server <close> = changed(simulator, function(properties, name)
      if name == "late" then
        properties.purchaseDateTime, properties.purchaseDate = "2027-03-01T00:00:00Z", "2027-03-01"
      end
    end)
    local folder = support.workflow {
      permissions = "[reservations:list, reservations:quote_exchange, reservations:exchange]",
      guard = "{count: 1}", when = 'item.name == "late"',
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  return reservations.exchange(reservations.quote_exchange(ctx.item, {purchase = ctx.item:like{quantity = 9}}))
end
]],
    }
    local file = folder .. "/refund.yaml"
    local guard = "exchange: {count: 1, back: {PLN: 1000000}, pay: {PLN: 1000000}}"
    testing.write(file, (testing.read(file):gsub("refund: {count: 1}", guard)))
    local plan = support.json(testing.run {"plan", file, "-o", "json", env = server.env})
    assert.equal(1, plan.effects.planned, testing.json.encode(plan))
    assert.equal("ExchangeNotAvailableAfterPolicyDate", plan.doubted[1].code)
    support.contains(plan.doubted[1].example, "reservations bought after 1 February 2027: it was bought on 2027-03-01")
  end)

  it("is said where the service does not even quote, and what its codes mean", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local server <close> = changed(simulator, function() end, function(path, method)
      return path:find("calculateRefund", 1, true) and
        {status = 400, body = '{"error": {"code": "BadRequest", "message": "No."}}'} or
        method == "PATCH" and {status = 400, body = '{"error": {"code": "BillingScopeIdCannotBeChanged"}}'}
    end)
    local run = exec(server.env, "return reservations.quote_refund(reservations.get(of.suse))")
    support.contains(run.failed_items[1].detail,
      "No. (this product cannot be refunded by self-service: it is of SuseLinux, which is documented as not to be")
    run = exec(support.env(simulator.env), "return reservations.quote_refund(of.over.id, {quantity = 1})")
    support.contains(run.failed_items[1].detail, "(its state does not allow it now; where another operation")
    run = exec(server.env, "return reservations.update(of.vm, {renew = true})")
    assert.equal(1, run.effects.failed)
    local why = support.json(testing.run {"why", run.run, ids_of(server.env).vm, "-o", "json", env = server.env})
    support.contains(why.effects[1].effect.message, "(who is billed for a reservation cannot be changed in place")
  end)
end)
