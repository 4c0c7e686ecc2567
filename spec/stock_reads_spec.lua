-- The stock workflows that only read, each over a world that has what its table is to tell.
local support = require "support"
local testing = require "tenure.testing"

-- Runs one of them; its tables by name as lists of rows, and the run's result. env may be a server's.
local function run(env, workflow, code, tables, ...)
  local result = testing.run {
    "run", support.root .. "/workflows/" .. workflow .. ".yaml", "-o", "json", env = env, ...,
  }
  assert.equal(code, result.code, result.stderr)
  local found, id = {}, support.json(result).run
  for _, name in ipairs(tables) do
    found[name] = support.json(testing.run {"output", id, name, "-o", "json", env = env})
  end
  return found, result
end

-- Rows by what one of their columns holds.
local function by(column, rows)
  local found = {}
  for _, row in ipairs(rows) do
    assert.is_nil(found[row[column]])
    found[row[column]] = row
  end
  return found
end

local function call(env, customer, ...)
  return support.json(testing.run {"call", "--customer", customer, "-o", "json", env = env, ...})
end

describe("inventory", function()
  local world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, name: first, sku: Standard_D2s_v3, region: westeurope, quantity: 3, utilization: 1%,
         term: P3Y, purchased: 2026-03-04, expires: 2029-03-04, renew: true}
      - {id: r2, order: o2, name: second, billing_plan: Monthly, state: Expired, utilization: 60%}
      - {id: r3, order: o2, name: third}
  - {id: smith, name: Smith, currency: USD, consent: missing, reservations: [{id: r4, order: o4, quantity: 2}]}
  - {id: jones, name: Jones, currency: GBP, rights: missing, reservations: [{id: r5, order: o5}]}
  - {id: brown, name: Brown, currency: USD, reservations: []}
]]
  local simulator, env

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
  end)

  teardown(function()
    assert.same({}, simulator:effects())
    simulator:stop()
  end)

  it("tells every reservation with what it is, how it is used and what its order cost", function()
    local rows = by("name", run(env, "inventory", 0, {"inventory"}, "--only", "kowalski").inventory)
    local first = rows.first
    assert.same({
      "arm", "Standard_D2s_v3", "westeurope", 3, "P3Y", "Upfront", "Shared", "Succeeded", "2026-03-04", "2029-03-04",
      true, 1, 1,
    }, {
      first.source, first.sku, first.region, first.quantity, first.term, first.billing_plan, first.scope, first.state,
      first.purchased, first.expires, first.renew, first.utilization_7, first.utilization_30,
    })
    assert.equal("Kowalski", first.customer_name)
    local reservation = call(env, "kowalski", "reservations.list", "--query", 'name == "first"')[1]
    assert.same({reservation.order, reservation.id:match("[^/]+$")}, {first.order, first.reservation})
    local order = call(env, "kowalski", "orders.get", first.order)
    assert.equal(1, #order.payments)
    assert.same(order.payments[1].pays, first.order_paid)
    assert.is_nil(first.order_due_worth)
  end)

  it("adds up what an order that is paid by the month cost, and what is due", function()
    local rows = by("name", run(env, "inventory", 0, {"inventory"}, "--only", "kowalski").inventory)
    local order = call(env, "kowalski", "orders.get", rows.third.order)
    local paid, due = 0, 0
    for _, payment in ipairs(order.payments) do
      paid = paid + (payment.status == "Succeeded" and support.cents(payment.pays.amount) or 0)
      due = due + (payment.status == "Scheduled" and support.cents(payment.worth.amount) or 0)
    end
    assert.is_true(paid > 0 and due > 0)
    assert.same({paid, "PLN"}, {support.cents(rows.third.order_paid.amount), rows.third.order_paid.currency})
    assert.same({due, "USD"}, {support.cents(rows.third.order_due_worth.amount), rows.third.order_due_worth.currency})
    assert.same(rows.third.order_paid, rows.second.order_paid)
  end)

  it("has what Partner Center knows where Azure refuses, and tells that the rest is missing", function()
    local tables = run(env, "inventory", 0, {"inventory", "missing"})
    assert.equal(5, #tables.inventory)
    local rows = by("customer_name", {tables.inventory[4], tables.inventory[5]})
    for name, quantity in pairs {Smith = 2, Jones = 1} do
      local row = rows[name]
      local entitlement = call(env, name:lower(), "partner.entitlements")[1]
      assert.same({
        customer = row.customer, customer_name = name, source = "entitlements", order = entitlement.reservation_order,
        quantity = quantity, state = quantity .. " Fulfilled", expires = row.expires,
        catalog_item = entitlement.product .. ":" .. entitlement.sku,
      }, row)
      assert.equal(entitlement.expires:sub(1, 10), row.expires:sub(1, 10))
    end
    local missing = by("customer_name", tables.missing)
    assert.same({"details", "invalid_grant"}, {missing.Smith.missing, missing.Smith.code})
    assert.same({"details", "AuthorizationFailed"}, {missing.Jones.missing, missing.Jones.code})
    support.contains(missing.Smith.message, "AADSTS65001")
    assert.is_nil(missing.Kowalski or missing.Brown)
  end)

  it("fails the customers of whom nobody tells anything, and names both refusals", function()
    local alone = support.env(simulator.env)
    alone.TENURE_REFRESH_TOKEN = false
    local tables, result = run(alone, "inventory", 3, {"inventory", "missing"})
    assert.equal(3, #tables.inventory)
    local missing = by("customer_name", tables.missing)
    for _, name in ipairs {"Smith", "Jones"} do
      assert.equal("everything", missing[name].missing)
      support.contains(missing[name].message, "; instead of it partner.entitlements: this takes a user's token")
    end
    support.contains(missing.Jones.message, "reservations.list: HTTP 403 AuthorizationFailed")
    local failed = by("code", support.json(result).failed_items)
    assert.truthy(failed.invalid_grant and failed.AuthorizationFailed)
  end)

  it("takes nothing instead of what may be there the next time", function()
    local server <close> = support.between(simulator, function(request, _, pass)
      local busy = request.path:find("/providers/Microsoft.Capacity/reservations?", 1, true)
      return busy and {status = 503, body = '{"error":{"code":"ServerBusy","message":"Later."}}'} or pass()
    end)
    local tables = run(server.env, "inventory", 3, {"inventory", "missing"}, "--only", "kowalski")
    assert.same({}, tables.inventory)
    assert.same({"everything", "ServerBusy"}, {tables.missing[1].missing, tables.missing[1].code})
  end)

  it("leaves the money out where an order does not tell it, and tells which; or asks for none", function()
    local asked = 0
    local server <close> = support.between(simulator, function(request, _, pass)
      if not request.path:find("/reservationOrders/[%x-]+%?") then
        return pass()
      end
      asked = asked + 1
      return {status = 403, body = '{"error":{"code":"AuthorizationFailed","message":"No."}}'}
    end)
    local tables = run(server.env, "inventory", 0, {"inventory", "missing"}, "--only", "kowalski")
    assert.equal(3, #tables.inventory)
    assert.equal(2, #tables.missing) -- one for each order
    for _, row in ipairs(tables.inventory) do
      assert.is_nil(row.order_paid)
      assert.equal("payments", by("order", tables.missing)[row.order].missing)
    end
    assert.equal(2, asked)
    run(server.env, "inventory", 0, {}, "--only", "kowalski", "--input", "payments=false")
    assert.equal(2, asked)
  end)
end)

describe("options", function()
  -- Days from today as a date.
  local function day(days)
    return os.date("!%Y-%m-%d", os.time() + days * 86400)
  end

  local world = ([[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, name: busy, utilization: 80%, worth: 300 USD}
      - {id: r2, name: bought, utilization: 1%, worth: 300 USD, purchased: BOUGHT}
      - {id: r3, name: ending, utilization: 1%, worth: 300 USD, expires: ENDS}
      - {id: r4, name: idle, utilization: 5%, worth: 300 USD, back: 1100 PLN}
      - {id: r5, name: small, utilization: 1%, worth: 99.99 USD}
      - {id: r6, name: locked, utilization: 1%, worth: 300 USD, refuses: SelfServiceRefundNotSupported}
      - {id: r7, name: half, utilization: 40%, worth: 300 USD}
      - {id: r8, name: stuck, utilization: 40%, worth: 300 USD, exchangeable: false}
      - {id: r9, name: over, utilization: 1%, worth: 300 USD, state: Expired}
  - {id: smith, name: Smith, currency: USD, consent: missing}
]]):gsub("BOUGHT", day(-10)):gsub("ENDS", day(20))
  local simulator, env

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
  end)

  teardown(function()
    assert.same({}, simulator:effects())
    simulator:stop()
  end)

  local function suggested(rows)
    local found = {}
    for _, row in ipairs(rows) do
      found[row.name] = row.suggestion .. " " .. row.why
    end
    return found
  end

  it("suggests by the first rule that applies", function()
    local tables, result = run(env, "options", 3, {"options"}) -- one customer's consent is missing
    assert.same({
      busy = "keep used", bought = "keep new", ending = "keep ending", idle = "refund idle",
      small = "keep not-worth-it", locked = "ticket self-service", half = "exchange exchangeable",
      stuck = "look no-way",
    }, suggested(tables.options))
    assert.equal(1, support.json(result).customers.unreachable)
  end)

  it("shows what a refund would bring beside what stands against it", function()
    local rows = by("name", run(env, "options", 3, {"options"}).options)
    assert.same({amount = "1100.00", currency = "PLN"}, rows.idle.refund_back)
    assert.same({amount = "300.00", currency = "USD"}, rows.idle.refund_worth)
    assert.same({true, true, true}, {rows.idle.refund_allowed, rows.idle.can_refund, rows.idle.can_exchange})
    assert.is_nil(rows.idle.refund_refusal)
    assert.same({false, "SelfServiceRefundNotSupported"}, {rows.locked.refund_allowed, rows.locked.refund_refusal})
    assert.is_false(rows.stuck.can_exchange)
    local quote = call(env, "kowalski", "reservations.quote_refund",
      call(env, "kowalski", "reservations.list", "--query", 'name == "idle"')[1].id)
    assert.same(quote.limit_left, rows.idle.limit_left)
  end)

  it("goes by its inputs", function()
    local rows = suggested(run(env, "options", 3, {"options"}, "--input", "keep_from=40%", "--input", "idle_to=4%",
      "--input", "min_age=5 days", "--input", "ending=10 days", "--input", "min_worth=50 USD").options)
    assert.same({
      busy = "keep used", bought = "refund idle", ending = "refund idle", idle = "exchange exchangeable",
      small = "refund idle", locked = "ticket self-service", half = "keep used", stuck = "keep used",
    }, rows)
  end)

  -- The rows of the one idle reservation, when the service's answers to such requests are changed so.
  local function changed(code, path, change)
    local server <close> = support.between(simulator, function(request, _, pass)
      local answer = pass()
      return request.path:find(path) and change(answer) or answer
    end)
    return by("name", run(server.env, "options", code, {"options"}, "--only", "kowalski").options)
  end

  it("suggests nothing of what Azure does not tell", function()
    local rows = changed(0, "/providers/Microsoft%.Capacity/reservations%?", function(answer)
      answer.body = answer.body:gsub('"grain": ?30', '"grain":31')
      return answer
    end)
    assert.same({"look", "unknown"}, {rows.idle.suggestion, rows.idle.why})
    assert.is_nil(rows.idle.utilization_30)
    assert.equal(5, rows.idle.utilization_7)
  end)

  it("has a row, and a failure, of what is not even quoted", function()
    local rows = changed(3, "/calculateRefund", function()
      return {status = 400, body = '{"error":{"code":"BadRequest","message":"No."}}'}
    end)
    assert.same({"BadRequest", "keep"}, {rows.busy.refund_refusal, rows.busy.suggestion})
    assert.same({"look", "unknown"}, {rows.idle.suggestion, rows.idle.why})
    assert.is_nil(rows.idle.refund_allowed)
    assert.is_nil(rows.idle.refund_back)
  end)
end)

describe("reconcile", function()
  local world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, name: first, worth: 200 USD, back: 800.10 PLN}
      - {id: r2, order: o2, name: second, worth: 100 USD, back: 400 PLN}
      - {id: r3, order: o2, name: third, worth: 50 USD, back: 200 PLN}
  - {id: smith, name: Smith, currency: EUR, reservations: [{id: r4, order: o4, name: fourth, back: 90 EUR}]}
]]
  local HEADER = "customer,operation,reservation,order,back,back_currency,state\n"
  local simulator, env, file, refunded, today

  -- Refunds everything, and keeps the report's file.
  setup(function()
    today = os.date("!%Y-%m-%d")
    simulator = testing.simulator {world = world, settle = 50}
    env = support.env(simulator.env)
    local folder = support.workflow()
    local done = testing.run {"run", folder .. "/refund.yaml", "--yes", "-o", "json", env = env}
    assert.equal(0, done.code, done.stderr)
    file = folder .. "/refunds.csv"
    local report = testing.run {
      "report", support.json(done).run, "--effects", "--format", "csv", "--to", file, env = env,
    }
    assert.equal(0, report.code, report.stderr)
    refunded = {}
    for _, effect in ipairs(simulator:effects()) do
      refunded[#refunded + 1] = effect
    end
    assert.equal(4, #refunded)
  end)

  teardown(function()
    assert.equal(4, #simulator:effects())
    simulator:stop()
  end)

  local function reconciled(its, path, since)
    return run(its or env, "reconcile", 0, {"reconcile"}, "--input", "refunds=@" .. (path or file),
      "--input", "since=" .. (since or today)).reconcile
  end

  -- The books' refund of so many PLN or EUR.
  local function book(amount)
    for _, effect in ipairs(refunded) do
      if effect.amount == amount then
        return effect
      end
    end
    error("no refund of " .. amount)
  end

  -- A table of refunds by hand: rows {customer, order, amount, currency, state}.
  local function table_of(rows)
    local lines = {HEADER}
    for i, row in ipairs(rows) do
      lines[i + 1] = ("%s,%s,r%d,%s,%s,%s,%s\n"):format(row[1], row[6] or "refund", i, row[2], row[3], row[4],
        row[5] or "succeeded")
    end
    local path = testing.directory() .. "/refunds.csv"
    testing.write(path, table.concat(lines))
    return path
  end

  -- The GUID of the order whose reservation brought so much.
  local function order_of(amount)
    local reservation = book(amount).reservation:gsub("%-", "%%-")
    return testing.read(file):match("," .. reservation .. ",([%x-]+),")
  end

  it("finds what a report says was refunded on the invoices, each of an order once", function()
    local rows = reconciled()
    assert.equal(4, #rows)
    for _, row in ipairs(rows) do
      assert.same({"credited", "succeeded"}, {row.state, row.outcome})
      assert.same(row.back, row.credited)
      assert.is_string(row.invoice)
      assert.equal(book(row.back.amount).reservation, row.reservation)
    end
    local order = order_of("400.00")
    assert.equal(order, order_of("200.00"))
    for _, row in ipairs(rows) do
      if row.order == order then
        assert.same({amount = "600.00", currency = "PLN"}, row.order_credited)
      end
    end
  end)

  it("says what is not credited, or not that", function()
    local o1, o4 = order_of("800.10"), order_of("90.00")
    local rows = by("reservation", reconciled(nil, table_of {
      {"kowalski", o1:upper(), "800.11", "PLN"}, {"smith", o4, "90", "EUR", "unknown"},
      {"smith", o4, "90.00", "EUR", "accepted"}, {"smith", "00000000-0000-4000-8000-00000000000c", "5", "EUR"},
      {"smith", o4, "1", "EUR", "refused"}, {"smith", o4, "1", "EUR", "succeeded", "update"},
    }))
    assert.same({"differs", "800.10", "-0.01"}, {rows.r1.state, rows.r1.credited.amount, rows.r1.difference.amount})
    assert.same({"credited", "unknown"}, {rows.r2.state, rows.r2.outcome})
    assert.equal("missing", rows.r3.state) -- the one credit is another refund's
    assert.is_nil(rows.r3.credited)
    assert.equal("missing", rows.r4.state)
    assert.is_nil(rows.r4.order_credited)
    assert.is_nil(rows.r5 or rows.r6)
  end)

  it("adds up where lines are cut otherwise than refunds, and guesses no amounts", function()
    local order = order_of("400.00")
    local function states(...)
      local rows = by("reservation", reconciled(nil, table_of {...}))
      return {rows.r1.state, rows.r2 and rows.r2.state}, rows
    end
    local both = states({"kowalski", order, "350", "PLN"}, {"kowalski", order, "250", "PLN"})
    assert.same({"credited", "credited"}, both)
    local alone, rows = states({"kowalski", order, "600", "PLN"})
    assert.same({"credited"}, alone)
    assert.equal("600.00", rows.r1.credited.amount)
    both, rows = states({"kowalski", order, "350", "PLN"}, {"kowalski", order, "251", "PLN"})
    assert.same({"differs", "differs"}, both)
    assert.is_nil(rows.r1.credited or rows.r1.difference)
    assert.equal("600.00", rows.r1.order_credited.amount)
    assert.same({"no-amount"}, (states({"kowalski", order, "", ""})))
    assert.same({"differs"}, (states({"kowalski", order, "600", "EUR"})))
  end)

  it("tells what is not on an invoice yet, and counts nothing twice", function()
    local server <close> = support.between(simulator, function(request, _, pass)
      local answer = pass()
      if request.path:find("/v1/invoices[?]?[^/]*$") then
        answer.body = '{"totalCount":0,"items":[]}'
      end
      return answer
    end)
    local rows = reconciled(support.env(server.env))
    assert.equal(4, #rows)
    for _, row in ipairs(rows) do
      assert.equal("unbilled", row.state)
      assert.same(row.back, row.credited)
      assert.is_nil(row.invoice)
    end
  end)

  it("has what is withheld as missing, until it is there", function()
    local one <close> = testing.simulator {world = world, settle = 50}
    local its, folder = support.env(one.env), support.workflow()
    one:change {withhold_credits = {"r3", "r4"}}
    local done = support.json(testing.run {"run", folder .. "/refund.yaml", "--yes", "-o", "json", env = its})
    local path = folder .. "/refunds.csv"
    testing.run {"report", done.run, "--effects", "--format", "csv", "--to", path, env = its}
    local states = {}
    for _, row in ipairs(reconciled(its, path)) do
      states[row.back.amount] = row.state
    end
    assert.same({
      ["800.10"] = "credited", ["400.00"] = "credited", ["200.00"] = "missing", ["90.00"] = "missing",
    }, states)
  end)

  it("does not read invoices that end before", function()
    local read = {}
    local server <close> = support.between(simulator, function(request, _, pass)
      local invoice = request.path:match("/v1/invoices/([^/]+)/lineitems")
      read[#read + 1] = invoice ~= "unbilled" and invoice or nil
      return pass()
    end)
    reconciled(support.env(server.env), nil, "9000-01-01")
    assert.same({}, read)
    reconciled(support.env(server.env))
    assert.is_true(#read >= 2)
  end)
end)
