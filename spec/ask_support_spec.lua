-- Asking support for what self-service refuses: the ready-made requests, and the second step of refund-idle.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, quantity: 3, utilization: 1%, worth: 200 USD, refuses: SelfServiceRefundNotSupported}
      - {id: r2, order: o2, utilization: 1%, worth: 300 USD}
  - id: smith
    currency: USD
    reservations: [{id: r3, utilization: 1%, worth: 400 USD, refuses: RefundLimitExceeded}]
  - id: jones
    currency: GBP
    reservations: [{id: r4, utilization: 1%, worth: 500 USD}]
]]
local CONTACT = "{first_name: Ada, last_name: Doe, email: ada@contoso.com, country: CHE, " ..
  "time_zone: W. Europe Standard Time, language: de-DE}"
local refund_idle = support.root .. "/workflows/refund-idle.yaml"

-- A simulator, and an environment whose profile has that contact; nil: none.
local function start(contact, of_world)
  local simulator = testing.simulator {world = of_world or world, settle = 50}
  local env = support.env(simulator.env)
  if contact then
    testing.write(env.XDG_CONFIG_HOME .. "/tenure/config.yaml",
      "default: main\nprofiles:\n  main:\n    contact: " .. contact .. "\n")
  end
  return simulator, env
end

-- The tickets of a customer as the service has them.
local function tickets(simulator, customer, prefix)
  local path = (prefix or "") .. "/providers/Microsoft.Support/supportTickets?api-version=2024-04-01"
  local found = {}
  for i, ticket in ipairs(support.arm(simulator, customer)("GET", path).json.value) do
    found[i] = ticket.properties
  end
  return found
end

local function ids(env, customer)
  local result = testing.run {"call", "reservations.list", "--customer", customer, "-o", "json", env = env}
  return support.json(result)
end

local function call(env, ...)
  return testing.run {"call", "--customer", "kowalski", "--yes", "-o", "json", env = env, ...}
end

-- How many effects of a summary were refused by that code.
local function refused(summary, code)
  for _, row in ipairs(summary.refused) do
    if row.code == code then
      return row.count
    end
  end
  return 0
end

local function run(env, ...)
  local result = testing.run {"run", refund_idle, "--yes", "-o", "json", env = env, ...}
  return support.json(result), result
end

describe("refund-idle", function()
  it("opens one ticket for each refund that self-service refuses, in this run and in all others", function()
    local simulator <close>, env = start(CONTACT)
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "ask_support=true", "-o", "json", env = env,
    })
    assert.same({4, 2, 2}, {plan.effects.planned, plan.effects.refused, plan.may_follow})
    assert.equal(0, #simulator:effects())
    local applied = support.json(testing.run {"apply", plan.run, "--yes", "-o", "json", env = env})
    assert.equal(4, applied.effects.succeeded)
    assert.same({2, 2}, {#support.effects(simulator, "refund"), #support.effects(simulator, "create_ticket")})
    local of_kowalski = tickets(simulator, "kowalski")
    assert.same({1, 1, 0}, {#of_kowalski, #tickets(simulator, "smith"), #tickets(simulator, "jones")})
    local ticket, reservation = of_kowalski[1], nil
    for _, one in ipairs(ids(env, "kowalski")) do
      reservation = one.quantity == 3 and one or reservation
    end
    assert.same({"Billing", "Reservation Management / Exchanges and Refunds", "Open"},
      {ticket.serviceDisplayName, ticket.problemClassificationDisplayName, ticket.status})
    assert.same({
      firstName = "Ada", lastName = "Doe", preferredContactMethod = "Email", primaryEmailAddress = "ada@contoso.com",
      preferredTimeZone = "W. Europe Standard Time", country = "CHE", preferredSupportLanguage = "de-DE",
    }, ticket.contactDetails)
    local id = reservation.id:match("[^/]+$")
    assert.equal("Please refund reservation " .. id, ticket.title)
    for _, line in ipairs {
      "Reservation order: " .. reservation.order, "Reservation: " .. id, "Quantity: 3, which is all of it",
      "Reason: it is idle, and self-service does not refund it (SelfServiceRefundNotSupported)",
    } do
      support.contains(ticket.description, line .. "\n")
    end
    local again, result = run(env, "--input", "ask_support=true")
    assert.equal(0, result.code, result.stdout)
    assert.same({0, 2}, {again.effects.succeeded, refused(again, "asked-already")})
    support.contains(testing.run({"show", again.run, env = env}).stdout, "support was asked already: ticket ")
    assert.equal(2, #support.effects(simulator, "create_ticket"))
  end)

  it("asks support only where that is wanted, and needs no contact otherwise", function()
    local simulator <close>, env = start()
    local summary, result = run(env)
    assert.equal(0, result.code, result.stderr)
    assert.same({2, 2, 0}, {summary.effects.succeeded, summary.effects.refused, summary.may_follow})
    assert.equal(0, #support.effects(simulator, "create_ticket"))
  end)

  it("stops its plan where support would not know whom to answer, and says it once", function()
    local simulator <close>, env = start()
    local result = testing.run {"plan", refund_idle, "--input", "ask_support=true", env = env}
    assert.equal(2, result.code, result.stderr)
    local _, times = result.stderr:gsub("support has to know whom to answer", "")
    assert.equal(1, times)
    support.contains(result.stderr, "write first_name, last_name, email, country, time_zone into 'contact' of a " ..
      "profile in " .. env.XDG_CONFIG_HOME .. "/tenure/config.yaml, and choose that with --profile")
    support.contains(result.stderr, "input 'ask_support': ")
    assert.same({}, simulator:state().requests)
    assert.equal("nothing\n", testing.run({"runs", env = env}).stdout)
  end)

  it("applies nothing that would ask support with a contact that is gone since the plan", function()
    local simulator <close>, env = start(CONTACT)
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "ask_support=true", "-o", "json", env = env,
    })
    testing.write(env.XDG_CONFIG_HOME .. "/tenure/config.yaml", "default: main\nprofiles:\n  main: {quiet: 2 s}\n")
    local result = testing.run {"apply", plan.run, "--yes", env = env}
    assert.equal(2, result.code, result.stderr)
    support.contains(result.stderr, "input 'ask_support': support has to know whom to answer")
    assert.equal(0, #simulator:effects())
  end)

  it("asks for what only apply refuses, too: what the limit does not hold together", function()
    local simulator <close>, env = start(CONTACT, [[
customers:
  - id: kowalski
    currency: USD
    refunded: 49500 USD
    reservations:
      - {id: r1, utilization: 1%, worth: 300 USD}
      - {id: r2, utilization: 1%, worth: 400 USD}
]])
    local summary, result = run(env, "--input", "ask_support=true")
    assert.equal(0, result.code, result.stderr)
    assert.same({2, 1}, {summary.effects.succeeded, refused(summary, "limit")})
    local asked = tickets(simulator, "kowalski")
    assert.same({1, 1}, {#asked, #support.effects(simulator, "refund")})
    support.contains(asked[1].description, "(limit)")
  end)

  -- smith has less left than any of these is worth; kowalski is as in the other world. The quotes tell what is left,
  -- and leave it to others to find that it is not enough.
  local beyond = [[
customers:
  - id: smith
    currency: USD
    refunded: 49900 USD
    reservations: [{id: r3, utilization: 1%, worth: 400 USD}, {id: r4, utilization: 1%, worth: 300 USD}]
]]
  local together = world:match("(customers:.-)  %- id: smith") .. beyond:match("customers:\n(.*)")

  local function start_silent(of_world)
    local simulator, env = start(CONTACT, of_world)
    local server = support.between(simulator, function(request, _, pass)
      local answer = pass()
      if request.path:find("calculateRefund", 1, true) then
        answer.body = answer.body:gsub('"policyErrors":%b[]', function(errors)
          return errors:find("RefundLimitExceeded", 1, true) and '"policyErrors":[]' or nil
        end)
      end
      return answer
    end)
    for name, value in pairs(env) do
      env[name] = value == simulator.url and server.url or value
    end
    return simulator, env, server
  end

  it("asks for it also where nothing else of the customer is to be done", function()
    local simulator <close>, env, server = start_silent(together)
    local _ <close> = server
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "ask_support=true", "-o", "json", env = env,
    })
    assert.same({2, 2, 3}, {plan.effects.planned, refused(plan, "limit"), plan.may_follow})
    local applied, result = support.json(testing.run {"apply", plan.run, "--yes", "-o", "json", env = env})
    assert.same({1, 2}, {#tickets(simulator, "kowalski"), #tickets(simulator, "smith")}, result)
    assert.equal(4, applied.effects.succeeded)
    for _, ticket in ipairs(tickets(simulator, "smith")) do
      support.contains(ticket.description, "(limit)")
    end
    local again = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
    assert.equal(0, again.code, again.stderr)
    assert.equal(3, #support.effects(simulator, "create_ticket"))
  end)

  it("asks for it also where nothing else is to be done at all, once that is approved", function()
    local simulator <close>, env, server = start_silent(beyond)
    local _ <close> = server
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "ask_support=true", "-o", "json", env = env,
    })
    assert.same({0, 2, 2}, {plan.effects.planned, plan.effects.refused, plan.may_follow})
    local unsaid = testing.run {"apply", plan.run, "-o", "json", env = env}
    assert.equal(4, unsaid.code, unsaid.stderr)
    assert.equal(0, #simulator:effects())
    for _ = 1, 2 do
      local applied = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
      assert.equal(0, applied.code, applied.stderr)
      assert.equal(2, support.json(applied).effects.succeeded)
      assert.equal(2, #tickets(simulator, "smith"))
    end
    assert.same({0, 2}, {#support.effects(simulator, "refund"), #support.effects(simulator, "create_ticket")})
  end)

  it("does not ask for it without being told to", function()
    local simulator <close>, env, server = start_silent(together)
    local _ <close> = server
    local silent = run(env)
    assert.same({1, 2, 0}, {silent.effects.succeeded, refused(silent, "limit"), silent.may_follow})
    assert.equal(0, #support.effects(simulator, "create_ticket"))
  end)

  it("does not ask for it before all of the plan is approved", function()
    local simulator <close>, env, server = start_silent(together)
    local _ <close> = server
    local plan = support.json(testing.run {
      "plan", refund_idle, "--input", "ask_support=true", "-o", "json", env = env,
    })
    local asked = 0
    for _, line in ipairs(support.lines(testing.run({"show", plan.run, "-o", "jsonl", env = env}).stdout)) do
      local effect = testing.json.decode(line)
      if effect.operation == "request_refund" then
        asked = asked + 1
        local approved = testing.run {"approve", plan.run, "--only", effect.key, "--reason", "spec", env = env}
        assert.equal(0, approved.code, approved.stderr)
      end
    end
    testing.run {"apply", plan.run, "-o", "json", env = env}
    assert.same({1, 1, 0}, {asked, #tickets(simulator, "kowalski"), #tickets(simulator, "smith")})
  end)

  it("looks up what its tickets are about once", function()
    local simulator <close>, env = start(CONTACT)
    local plan = testing.run {"plan", refund_idle, "--input", "ask_support=true", "--concurrency", "1", env = env}
    assert.equal(0, plan.code, plan.stderr)
    local requests = simulator:state().requests
    assert.same({1, 1}, {requests["support.services"], requests["support.problem_classifications"]})
  end)
end)

describe("support.request_refund", function()
  it("opens one ticket, whatever became of the answer or the process", function()
    for _, what in ipairs {"drop", "lose", "error", "K3", "K9", "K11"} do
      local simulator <close>, env = start(CONTACT)
      local id = ids(env, "kowalski")[1].id
      local fault = not what:find("^K")
      if fault then
        simulator:faults {[what] = {next = 1, on = "support.create_ticket"}}
      end
      env.TENURE_KILL = not fault and what or nil
      local result = call(env, "support.request_refund", id, "--reason", "idle")
      env.TENURE_KILL = nil
      if not fault then
        assert.truthy(result.signal, what)
        local last = support.json(testing.run {"runs", "-o", "json", env = env})[1]
        result = testing.run {"apply", last.run, "-o", "json", env = env}
      end
      assert.equal(0, result.code, what .. ": " .. result.stderr)
      assert.equal(1, support.json(result).effects.succeeded, what)
      assert.equal(1, #support.effects(simulator, "create_ticket"), what)
      assert.equal(1, #tickets(simulator, "kowalski"), what)
    end
  end)

  it("is for a part, of a bare id, in a subscription, and by a contact of its own where that is said", function()
    local simulator <close>, env = start(CONTACT)
    local reservation = ids(env, "kowalski")[1]
    local result = call(env, "support.request_refund", reservation.id:match("[^/]+$"), "--reason", "half is idle",
      "--quantity", "1", "--subscription", reservation.billing_scope, "--severity", "moderate", "--first-name", "Eve",
      "--last-name", "Poe", "--email", "eve@contoso.com", "--country", "POL", "--time-zone", "UTC", "--phone", "+48 1",
      "--method", "email")
    assert.equal(0, result.code, result.stderr)
    assert.equal(0, #tickets(simulator, "kowalski"))
    local ticket = tickets(simulator, "kowalski", "/subscriptions/" .. reservation.billing_scope:match("[^/]+$"))[1]
    support.contains(ticket.description, "Quantity: 1")
    support.contains(ticket.description, "Reservation order: " .. reservation.order .. "\n")
    assert.same({"Moderate", "Eve", "+48 1", "Email", "en-US"}, {
      ticket.severity, ticket.contactDetails.firstName, ticket.contactDetails.phoneNumber,
      ticket.contactDetails.preferredContactMethod, ticket.contactDetails.preferredSupportLanguage,
    })
  end)

  it("tells all that a contact lacks, whoever it is of, before anything is asked", function()
    local simulator <close>, env = start "{first_name: Ada, last_name: Doe, country: CHE, method: phone}"
    local id = ids(env, "kowalski")[1].id
    local function lacking(...)
      local result = call(env, "support.request_refund", id, "--reason", "idle", ...)
      assert.equal(2, result.code, result.stderr)
      return result.stderr
    end
    support.contains(lacking(), "support.request_refund: support has to know whom to answer: write email, " ..
      "time_zone, phone into 'contact' of profile 'main' (" .. env.XDG_CONFIG_HOME .. "/tenure/config.yaml:4:14)")
    support.contains(lacking("--email", "eve@contoso.com"),
      "its contact lacks first_name, last_name, country, time_zone: give the whole of it, or nothing")
    assert.is_nil(simulator:state().requests["support.services"])
  end)

  it("is refused for more than there is", function()
    local simulator <close>, env = start(CONTACT)
    local folder = support.folder {["ask.lua"] = [[
local reservations, support = require "tenure.reservations", require "tenure.support"
return function()
  support.request_refund(reservations.list()[1], {quantity = 4, reason = "idle"})
end
]]}
    local result = testing.run {"exec", folder .. "/ask.lua", "--customer", "kowalski", "--yes", env = env}
    support.contains(result.stdout, "support.request_refund: quantity is 4, but the reservation has 3")
    local bare = ids(env, "kowalski")[1].id:match("[^/]+$")
    local by_id = call(env, "support.request_refund", bare, "--quantity", "4", "--reason", "idle")
    support.contains(by_id.stdout .. by_id.stderr, "quantity is 4, but the reservation has 3")
    assert.equal(0, #simulator:effects())
  end)
end)

describe("support.request_exchange", function()
  it("asks for what is to be had instead, in a ticket apart from that of a refund", function()
    local simulator <close>, env = start(CONTACT)
    local id = ids(env, "kowalski")[1].id
    for _, words in ipairs {
      {"support.request_refund", id, "--reason", "idle"},
      {"support.request_exchange", id, "--reason", "too small", "--instead", "3 x Standard_D4s_v5, P1Y"},
    } do
      local result = call(env, table.unpack(words))
      assert.equal(0, result.code, result.stderr)
    end
    local titles, exchange = {}, nil
    for _, ticket in ipairs(tickets(simulator, "kowalski")) do
      titles[#titles + 1] = ticket.title:match("^Please (%a+)")
      exchange = ticket.title:find("exchange") and ticket or exchange
    end
    table.sort(titles)
    assert.same({"exchange", "refund"}, titles)
    support.contains(exchange.description, "Instead: 3 x Standard_D4s_v5, P1Y\n")
    support.contains(exchange.description, "Reason: too small\n")
  end)
end)

describe("support.create_ticket", function()
  it("answers the profile's contact unless it has one of its own", function()
    local simulator <close>, env = start(CONTACT)
    local service = support.json(call(env, "support.services", "--query", 'name == "Billing"'))[1].id
    local kind = support.json(call(env, "support.problem_classifications", service))[1].id
    local result = call(env, "support.create_ticket", "Hello", "--description", "d", "--service", service,
      "--classification", kind, "--once", "hello")
    assert.equal(0, result.code, result.stderr)
    assert.equal("ada@contoso.com", tickets(simulator, "kowalski")[1].contactDetails.primaryEmailAddress)
  end)
end)

describe("a ticket", function()
  it("has a link to where a person goes on", function()
    local simulator <close>, env = start(CONTACT)
    assert.equal(0, call(env, "support.request_refund", ids(env, "kowalski")[1].id, "--reason", "idle").code)
    local ticket = support.json(testing.run {
      "call", "support.tickets", "--customer", "kowalski", "-o", "json", env = env,
    })[1]
    assert.equal("https://portal.azure.com/#resource" .. ticket.id .. "/overview", ticket.portal)
    assert.equal(1, #support.effects(simulator, "create_ticket"))
  end)
end)
