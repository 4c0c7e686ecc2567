-- What the specs of Microsoft's own SDKs share: some work to do, a program that does it with the SDKs over TLS, and our
-- host doing the same in the same world. Both must have seen the same, and the simulators' books must say the same.
local busted = require "busted" -- what specs have as globals; a module has not
local support = require "support"
local testing = require "tenure.testing"
local assert = require "luassert"

local describe, it, setup, teardown = busted.describe, busted.it, busted.setup, busted.teardown

local sdk = {}

-- The first ones are worked on, in this order; the others make lists of more than one page.
local WORKED_ON = {"refunded", "refused", "split", "exchanged", "renamed", "archived"}
local HEAD = [[
customers:
  - id: kowalski
    country: PL
    currency: PLN
    reservations:
      - {id: refunded, sku: Standard_D2s_v5, quantity: 5, worth: 500 USD, utilization: 40%}
      - {id: refused, worth: 50 USD, refuses: RefundLimitExceeded}
      - {id: split, quantity: 4}
      - {id: exchanged, sku: Standard_D2s_v5, quantity: 2, worth: 100 USD}
      - {id: renamed, name: old}
      - {id: archived, state: Cancelled}
]]
local MORE = 100

local function world()
  local lines = {HEAD}
  for i = 1, MORE do
    lines[#lines + 1] = ("      - {id: other%d, worth: %d USD}\n"):format(i, i)
  end
  return table.concat(lines)
end

local function start()
  return testing.simulator {world = world(), settle = 50, tls = true}
end

local function day(ago)
  return os.date("!%Y-%m-%d", os.time() - ago * 86400)
end

-- What is to be done in a simulator: ids and arguments, as the SDK's programs read them.
local function work_in(simulator)
  local customer = simulator:world().customers[1]
  local work = {
    tenant = customer.id, subscription = customer.subscriptions[1], account = "12:34", profile = "5",
    from = day(6), through = day(2), months = {os.date("!%Y-%m-01", os.time() - 300 * 86400), day(0)},
    ticket = {
      name = "above-the-limit", title = "Above the limit", severity = "minimal", said = "It is the second one.",
      service = "Billing", classification = "Reservation Management / Exchanges and Refunds",
    },
  }
  for i, name in ipairs(WORKED_ON) do
    local reservation = customer.reservations[i]
    work[name] = {order = reservation.order, id = reservation.id, quantity = 1}
  end
  work.refunded.quantity, work.exchanged.quantity = 2, 2
  work.split.quantities = {1, 3}
  work.renamed.name = "new"
  work.exchanged.bought = {
    sku = "Standard_D4s_v5", region = "westeurope", type = "VirtualMachines", term = "P3Y", quantity = 9,
    name = "bigger",
  }
  return work
end

-- What the SDK's program makes of the work; raises with what it printed when it fails.
local function run(simulator, work, command, program)
  local env = support.env(simulator.env)
  env.NODE_EXTRA_CA_CERTS, env.REQUESTS_CA_BUNDLE = env.TENURE_CA_FILE, env.TENURE_CA_FILE
  env.PYTHONDONTWRITEBYTECODE = "1"
  local result = testing.run {
    command = command, support.root .. "/spec/sdk/" .. program, env = env, stdin = testing.json.encode(work),
  }
  if result.code ~= 0 then
    error(("%s failed (`./dev test` installs what it needs):\n%s"):format(program, result.stderr), 0)
  end
  local results = support.json(result)
  for _, row in ipairs(results.reservations) do
    row[1] = row[1]:lower() -- Azure spells one id in several cases
  end
  return results
end

---- the same by our host ---------------------------------------------------------------------------------------------

local function arm_id(what)
  return ("/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s"):format(what.order, what.id)
end

local function caller(simulator)
  local env = support.env(simulator.env)
  return function(operation, ...)
    local result = testing.run {"call", operation, "-o", "json", "--customer", "kowalski", env = env, ...}
    if result.code ~= 0 then
      error(("tenure call %s: %s%s"):format(operation, result.stdout, result.stderr), 2)
    end
    return support.json(result)
  end
end

-- Money as the SDK's programs print it.
local function money(value)
  return ("%s %s"):format(value.amount, value.currency)
end

local function map(list, row)
  local rows = {}
  for i, one in ipairs(list) do
    rows[i] = row(one)
  end
  return rows
end

local function of_day(text)
  return text:sub(1, 10)
end

local function read(call, work)
  local which = arm_id(work.refunded)
  local quote = call("reservations.quote_refund", which, "--quantity", work.refunded.quantity)
  return {
    reservations = map(call("reservations.list"),
      function(one) return {one.id:lower(), one.sku, one.quantity, one.state} end),
    orders = map(call("orders.list"), function(one) return one.order end),
    history = map(call("reservations.history", arm_id(work.renamed)), function(one) return one.state end),
    summaries = map(call("usage.summaries", which, "--grain", "daily", "--from", work.from, "--through", work.through),
      function(one) return {of_day(one.day), one.utilization} end),
    details = map(call("usage.details", which, "--from", work.from, "--through", work.through),
      function(one) return {of_day(one.day), one.resource, one.used_hours} end),
    recommendations = map(call("usage.recommendations", work.subscription),
      function(one) return {one.sku, one.region, one.term} end),
    transactions = map(call("usage.transactions", "--billing-account", work.account, "--billing-profile",
      work.profile, "--from", work.months[1], "--through", work.months[2]),
      function(one) return {one.event, money(one.amount)} end),
    back = money(quote.back), worth = money(quote.worth),
    objections = map(call("reservations.quote_refund", arm_id(work.refused)).refusals,
      function(one) return one.code end),
  }
end

local function live(call, order)
  return call("reservations.list", "--order", order, "--query", 'state == "Succeeded"')
end

local function change_reservations(call, work)
  call("reservations.refund", arm_id(work.refunded), "--quantity", work.refunded.quantity, "--cap", "PLN=100000",
    "--yes")
  call("reservations.split", arm_id(work.split), "--first", work.split.quantities[1], "--second",
    work.split.quantities[2], "--yes")
  local parts = live(call, work.split.order)
  call("reservations.merge", parts[1].id, "--with", parts[2].id, "--yes")
  call("reservations.update", arm_id(work.renamed), "--name", work.renamed.name, "--renew", "true", "--yes")
  call("reservations.archive", arm_id(work.archived), "--yes")
  call("reservations.unarchive", arm_id(work.archived), "--yes")
  local whole, renamed = live(call, work.split.order), call("reservations.get", arm_id(work.renamed))
  return {
    parts = map(parts, function(one) return one.quantity end), whole = whole[1].quantity,
    name = renamed.name, renew = renamed.renew,
    left = map(live(call, work.refunded.order), function(one) return one.quantity end),
  }
end

local function exchange(call, work)
  local bought = work.exchanged.bought
  local what = {
    arm_id(work.exchanged), "--purchase", testing.json.encode {{
      sku = bought.sku, region = bought.region, type = bought.type, term = bought.term, quantity = bought.quantity,
      name = bought.name, scope = "Shared", billing_scope = work.subscription, billing_plan = "Upfront",
    }},
  }
  local quote = call("reservations.quote_exchange", table.unpack(what))
  local made = call("reservations.exchange", "--cap", "PLN=1000000", "--yes", table.unpack(what))
  return {pay = money(quote.pay), exchanged = made.effects.succeeded == 1 and "Succeeded" or made.effects}
end

local function open_ticket(call, work)
  local ticket = work.ticket
  local service = call("support.services", "--query", ("name == %q"):format(ticket.service))[1]
  local kinds = call("support.problem_classifications", service.id, "--query",
    ("name == %q"):format(ticket.classification))
  local of = {"--subscription", work.subscription}
  call("support.create_ticket", ticket.title, "--description", "It is about a reservation.", "--service", service.id,
    "--classification", kinds[1].id, "--severity", ticket.severity, "--first-name", "Ada", "--last-name", "Doe",
    "--email", "ada@example.org", "--time-zone", "W. Europe Standard Time", "--country", "CHE", "--once", ticket.name,
    "--yes", table.unpack(of))
  local name = call("support.tickets", table.unpack(of))[1].name
  call("support.create_communication", name, "--subject", ticket.title, "--body", ticket.said, "--sender",
    "ada@example.org", "--once", "first", "--yes", table.unpack(of))
  call("support.update_ticket", name, "--status", "closed", "--yes", table.unpack(of))
  local made = call("support.ticket", name, table.unpack(of))
  return {
    ticket = made.title, status = made.status,
    said = map(call("support.communications", name, table.unpack(of)), function(one) return one.body end),
  }
end

-- What our host sees and does, in the names of the SDK's programs and in their order.
local function by_host(simulator, work)
  local call, results = caller(simulator), {}
  for _, part in ipairs {read, change_reservations, exchange, open_ticket} do
    for name, value in pairs(part(call, work)) do
      results[name] = value
    end
  end
  return results
end

---- what both are compared by ----------------------------------------------------------------------------------------

-- A simulator's book without what differs from one client to the next.
local function book_of(simulator)
  return map(simulator:effects(), function(effect)
    return {
      kind = effect.kind, reservation = effect.reservation, quantity = effect.quantity, amount = effect.amount,
      currency = effect.currency, state = effect.state,
      lines = map(effect.lines or {}, function(line) return {line.kind, line.sku, line.quantity, line.amount} end),
    }
  end)
end

local function assert_same(theirs, ours, ...)
  for _, name in ipairs {...} do
    assert(ours[name] ~= nil, name)
    assert.same(ours[name], theirs[name], name)
  end
end

local function promises(seen)
  it("list what our host lists, page by page", function()
    assert.equal(#WORKED_ON + MORE, #seen.theirs.reservations)
    assert.equal(3, seen.their_simulator:state().requests["orders.list"]) -- fifty on a page
    assert_same(seen.theirs, seen.ours, "reservations", "orders", "history")
  end)

  it("see the same use, advice and payments", function()
    assert.equal(5, #seen.theirs.summaries)
    for _, name in ipairs {"details", "recommendations", "transactions"} do
      assert.is_true(#seen.theirs[name] > 0, name)
    end
    assert_same(seen.theirs, seen.ours, "summaries", "details", "recommendations", "transactions")
  end)

  it("quote the same, and understand why something is refused", function()
    assert_same(seen.theirs, seen.ours, "back", "worth", "objections")
    assert.equal("200.00 USD", seen.theirs.worth)
    assert.equal(400, seen.theirs.refused.status)
    assert.equal("RefundLimitExceeded", seen.theirs.refused.code)
    assert.equal(404, seen.theirs.unknown.status)
    assert.equal("ReservationIdNotInReservationOrder", seen.theirs.unknown.code)
    support.contains(seen.theirs.unknown.message, seen.work.tenant)
  end)

  it("return a part of a reservation", function()
    assert.same({3}, seen.theirs.left)
    assert_same(seen.theirs, seen.ours, "left")
  end)

  it("split, merge and update", function()
    assert.same({1, 3}, seen.theirs.parts)
    assert_same(seen.theirs, seen.ours, "parts", "whole", "name", "renew")
  end)

  it("exchange, and pay what the book says", function()
    local made = {}
    for _, effect in ipairs(seen.their_simulator:effects()) do
      made[#made + 1] = effect.kind == "exchange" and effect or nil
    end
    assert.equal(1, #made)
    assert.equal(seen.theirs.pay, money(made[1]))
    assert.equal("succeeded", made[1].state)
    assert_same(seen.theirs, seen.ours, "pay", "exchanged")
    assert.same({"Succeeded", "Succeeded"}, seen.theirs.lines)
  end)

  it("open a ticket, say something in it, and close it", function()
    assert.same({seen.work.ticket.name}, seen.theirs.tickets)
    assert.equal("Closed", seen.theirs.status)
    assert_same(seen.theirs, seen.ours, "ticket", "status", "said")
  end)

  it("leave the same in the book as our host", function()
    local theirs, ours = book_of(seen.their_simulator), book_of(seen.our_simulator)
    assert.equal(10, #ours)
    assert.same(ours, theirs)
  end)
end

-- Specifies that a program in this folder, run by that command, does what our host does.
function sdk.specify(title, command, program)
  describe(title, function()
    local seen = {}

    setup(function()
      seen.their_simulator, seen.our_simulator = start(), start()
      seen.work = work_in(seen.our_simulator) -- the ids are the same in both
      seen.theirs = run(seen.their_simulator, seen.work, command, program)
      seen.ours = by_host(seen.our_simulator, seen.work)
    end)

    teardown(function()
      seen.their_simulator:stop()
      seen.our_simulator:stop()
    end)

    promises(seen)
  end)
end

return sdk
