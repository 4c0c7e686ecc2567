-- Effects whose thing we name ourselves: role assignments by what they say, tickets by the name given with `once`.
-- Asking again names the same thing, so nothing is there twice, whatever became of the first answer.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, order: o1, name: first, quantity: 2}]
]]
local PRINCIPAL = "d3aa0000-0000-4000-8000-00000000000c"

local function start(faults)
  local simulator = testing.simulator {world = world, settle = 100}
  local env = support.env(simulator.env)
  if faults then
    simulator:faults(faults)
  end
  return simulator, env
end

local function call(env, ...)
  return testing.run {"call", "--customer", "kowalski", "-o", "json", env = env, ...}
end

local function order_of(env)
  return support.json(call(env, "orders.list"))[1].order
end

local function with_role(env, order)
  local found = {}
  for _, assignment in ipairs(support.json(call(env, "roles.list", "--order", order))) do
    if assignment.principal == PRINCIPAL then
      found[#found + 1] = assignment
    end
  end
  return found
end

-- A run that grants PRINCIPAL a role on the order of each customer; more is what its script does first.
local function granting(more)
  return support.one_step("grant", "orders:list, orders:get, roles:grant", "orders.list{}", ([[
local roles, orders = require "tenure.roles", require "tenure.orders"
return function(ctx)
  %s
  return roles.grant {order = ctx.item.order, principal = "%s", role = "Reader"}
end
]]):format(more, PRINCIPAL), "guards: {grant: {count: 5}}\n")
end

describe("roles", function()
  it("are granted once, whatever became of the answer, and revoked", function()
    for _, fault in ipairs {"none", "drop", "lose", "error"} do
      local simulator <close>, env = start(fault ~= "none" and {[fault] = {next = 1, on = "roles.grant"}} or nil)
      local order = order_of(env)
      local function grant()
        return call(env, "roles.grant", order, "--principal", PRINCIPAL, "--role", "Reservations Reader",
          "--principal-type", "Group", "--yes")
      end
      for _ = 1, 2 do
        local result = grant()
        assert.equal(0, result.code, fault .. ": " .. result.stderr)
        assert.equal(1, support.json(result).effects.succeeded)
      end
      local assignments = with_role(env, order)
      assert.equal(1, #assignments)
      assert.equal("582fc458-8989-419f-a480-75249bc5db7e", assignments[1].role)
      assert.equal(1, #support.effects(simulator, "grant"))
      for _ = 1, 2 do
        local result = call(env, "roles.revoke", order, "--assignment", assignments[1].name, "--yes")
        assert.equal(0, result.code, result.stderr)
      end
      assert.equal(0, #with_role(env, order))
    end
  end)

  it("whose answer is lost stay unknown until they are asked for again, whatever comes between", function()
    for _, fault in ipairs {"drop", "lose"} do
      local simulator <close>, env = start {[fault] = {next = 1, on = "roles.grant"}}
      local function run(command, what, ...)
        return testing.run {command, what, "-o", "json", env = env, ...}
      end
      local planned = run("plan", granting("orders.get(ctx.item.order)"))
      assert.equal(0, planned.code, planned.stderr)
      local plan = support.json(planned)
      assert.equal(1, plan.effects.planned)
      env.TENURE_KILL = "K9:1"
      assert.truthy(run("apply", plan.run, "--yes").signal)
      env.TENURE_KILL = nil
      simulator:change {no_consent = {"kowalski"}}
      local lost = run("apply", plan.run)
      assert.equal(6, lost.code, fault .. lost.stderr)
      assert.equal(1, support.json(lost).effects.unknown)
      assert.equal(1, support.json(lost).customers.waiting)
      support.contains(lost.stderr, "customer kowalski (")
      support.contains(lost.stderr, "step 'grant' failed (invalid_grant: grant.lua:3: no token for tenant")
      support.contains(lost.stderr, "it is not known what became of an effect of it")
      simulator:change {consent = {"kowalski"}}
      local found = run("apply", plan.run)
      assert.equal(0, found.code, found.stderr)
      assert.equal(1, support.json(found).effects.succeeded)
      assert.equal(1, #support.effects(simulator, "grant"))
      assert.equal(0, testing.run({"audit", "--verify", env = env}).code)
    end
  end)

  it("on an order are on that order only, however it is named", function()
    local simulator <close>, env = start()
    local order = order_of(env)
    local result = call(env, "roles.grant", "--order", order, "--principal", PRINCIPAL, "--role", "Reader", "--yes")
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, #with_role(env, order))
    for _, assignment in ipairs(support.json(call(env, "roles.list"))) do
      assert.are_not.equal(PRINCIPAL, assignment.principal)
    end
    result = call(env, "roles.grant", order, "--order", order, "--principal", PRINCIPAL, "--role", "Reader", "--yes")
    assert.equal(2, result.code)
    support.contains(result.stderr, "roles.grant: order is given twice")
    assert.equal(1, #simulator:effects())
  end)

  it("that nobody knows, and principals that are no ids, are refused before anything is asked", function()
    local simulator <close>, env = start()
    local order = order_of(env)
    local result = call(env, "roles.grant", order, "--principal", PRINCIPAL, "--role", "Reservation Reader", "--yes")
    assert.equal(2, result.code)
    support.contains(result.stderr, "role is 'Reservation Reader', but takes a GUID of roles.definitions")
    result = call(env, "roles.grant", order, "--principal", "ada@example.org", "--role", "Reader", "--yes")
    assert.equal(2, result.code)
    support.contains(result.stderr, "principal is 'ada@example.org', but takes an object id, a GUID")
    assert.equal(0, #simulator:effects())
  end)

  it("on a reservation are not given on its order by mistake", function()
    local simulator <close>, env = start()
    local id = support.json(call(env, "reservations.list"))[1].id
    for _, operation in ipairs {"roles.grant", "roles.revoke"} do
      local result = call(env, operation, id, "--principal", PRINCIPAL, "--role", "Reader", "--assignment", PRINCIPAL,
        "--yes")
      assert.equal(2, result.code)
      support.contains(result.stderr, "a right on one is none on the other: give it as reservation")
    end
    local result = call(env, "roles.grant", "--reservation", id, "--principal", PRINCIPAL, "--role", "Reader", "--yes")
    assert.equal(0, result.code, result.stderr)
    assert.equal(0, #with_role(env, order_of(env)))
    assert.equal(1, #support.effects(simulator, "grant"))
  end)
end)

describe("support tickets", function()
  local script = [[
local support = require "tenure.support"
return function(ctx)
  local service, classification
  for _, one in ipairs(support.services()) do
    if one.name == "Billing" then service = one end
  end
  for _, one in ipairs(support.problem_classifications(service.id)) do
    if one.name == "Reservation Management / Exchanges and Refunds" then classification = one end
  end
  return support.create_ticket{
    title = "Refund above the limit", description = "Order " .. ctx.item.order .. "\nquantity 2",
    service = service.id, classification = classification.id, first_name = "Ada", last_name = "Doe",
    email = "ada@example.org", time_zone = "W. Europe Standard Time", country = "CHE",
    once = "refund " .. ctx.item.id,
  }
end
]]

  -- replaced: parts of the script, each {text, by what}.
  local function workflow(replaced)
    local text = script
    for _, part in ipairs(replaced or {}) do
      local from, to = text:find(part[1], 1, true)
      text = text:sub(1, from - 1) .. part[2] .. text:sub(to + 1)
    end
    return support.folder {
      ["ask.yaml"] = [[
tenure: 1
name: ask
permissions: [reservations:list, reservations:quote_refund, reservations:refund, support:services,
  support:problem_classifications, support:create_ticket]
customers: {from: partner-center}
guards: {refund: {count: 5, worth: 100000 USD}}
steps:
  - id: ask
    each: reservations.list{}
    run: ask.lua
]],
      ["ask.lua"] = text,
    } .. "/ask.yaml"
  end

  it("are opened once under one name, in this run and in all others", function()
    for _, fault in ipairs {"none", "drop", "lose", "error"} do
      local faults = fault ~= "none" and {[fault] = {next = 1, on = "support.create_ticket"}} or nil
      local simulator <close>, env = start(faults)
      local file = workflow()
      local result = testing.run {"run", file, "--yes", "-o", "json", env = env}
      assert.equal(0, result.code, fault .. ": " .. result.stderr)
      assert.equal(1, support.json(result).effects.succeeded)
      assert.equal(1, #support.effects(simulator, "create_ticket"))
      local again = support.json(testing.run {"run", file, "--yes", "-o", "json", env = env})
      assert.equal(0, again.effects.succeeded)
      assert.equal(1, #support.effects(simulator, "create_ticket"))
      local tickets = support.json(call(env, "support.tickets"))
      assert.equal(1, #tickets)
      assert.equal("Refund above the limit", tickets[1].title)
      assert.equal(16, #tickets[1].number)
      local closed = call(env, "support.update_ticket", tickets[1].name, "--status", "closed", "--yes")
      assert.equal(0, closed.code, closed.stderr)
      assert.equal("Closed", support.json(call(env, "support.ticket", tickets[1].name)).status)
    end
  end)

  it("may say what is known only once another effect was made", function()
    local simulator <close>, env = start()
    local file = workflow {
      {"return support.create", "local reservations = require 'tenure.reservations'\n  " ..
        "local made = reservations.refund(reservations.quote_refund(ctx.item))\n  return support.create"},
      {"\\nquantity 2", ", refunded by \" .. tostring(made.request_id) .. \", quantity 2"},
    }
    local plan = support.json(testing.run {"plan", file, "-o", "json", env = env})
    assert.equal(2, plan.effects.planned)
    local shown = testing.run({"show", plan.run, "-o", "jsonl", env = env}).stdout
    support.contains(shown, "refunded by (known after apply), quantity 2")
    local applied = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
    assert.equal(2, support.json(applied).effects.succeeded, applied.stdout)
    local description = support.json(call(env, "support.tickets"))[1].description
    assert.matches("refunded by %x+%-[%x-]+, quantity 2$", description)
    assert.equal(2, #simulator:effects())
  end)

  it("that are known by what they ask for cannot say it", function()
    local simulator <close>, env = start()
    local file = support.workflow {
      permissions = "[reservations:list, reservations:quote_refund, reservations:refund, reservations:update]",
      guard = "{count: 5, worth: 100000 USD}\n  update: {count: 5}",
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local made = reservations.refund(reservations.quote_refund(ctx.item))
  reservations.update(ctx.item, {name = "refunded by " .. tostring(made.request_id)})
end
]],
    } .. "/refund.yaml"
    local plan = testing.run {"plan", file, "-o", "json", env = env}
    assert.equal(3, plan.code, plan.stderr)
    support.contains(support.json(plan).failed_items[1].detail, "reservations.update: name is known only after " ..
      "apply, and this effect is known by what it asks for: ask for it in a step that follows this one " ..
      "(follows: refund)")
    assert.equal(0, #simulator:effects())
  end)

  it("need a name", function()
    local simulator <close>, env = start()
    local said = {"support.create_communication", "nowhere", "--subject", "s", "--body", "b", "--yes"}
    local unnamed = call(env, table.unpack(said))
    assert.equal(2, unnamed.code)
    support.contains(unnamed.stderr, "support.create_communication: give it a name with --once")
    local named = call(env, "support.update_ticket", "nowhere", "--status", "open", "--once", "x", "--yes")
    assert.equal(2, named.code)
    support.contains(named.stderr, "support.update_ticket takes no --once")
    table.insert(said, "--once")
    table.insert(said, "first word")
    local refused = call(env, table.unpack(said))
    assert.equal(3, refused.code, refused.stderr)
    assert.equal(1, support.json(refused).effects.failed)
    local folder = support.folder {["ask.lua"] = script:gsub('once = "refund " .. ctx.item.id,', "")
      :gsub("ctx.item.order", "''")}
    local result = testing.run {"exec", folder .. "/ask.lua", "--customer", "kowalski", env = env}
    support.contains(result.stdout .. result.stderr, "give this effect a name that stays the same")
    assert.equal(0, #simulator:effects())
  end)
end)
