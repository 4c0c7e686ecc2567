-- Support tickets as scripts and `tenure call` read them.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3}
]]

describe("support", function()
  local simulator, env, subscription

  local function call(...)
    local result = testing.run {"call", "-o", "json", "--customer", "kowalski", env = env, ...}
    assert.equal(0, result.code, result.stderr)
    return support.json(result)
  end

  local function classification()
    local service = call("support.services", "--query", 'name == "Billing"')[1]
    local kinds = call("support.problem_classifications", service.id, "--query", 'name:find("Refund") ~= nil')
    return service, kinds[1]
  end

  -- A ticket made through the service's own door.
  local function make(name, prefix)
    local service, kind = classification()
    local arm = support.arm(simulator, "kowalski")
    local path = (prefix or "") .. "/providers/Microsoft.Support/supportTickets/" .. name
    local answer = arm("PUT", path .. "?api-version=2024-04-01", {properties = {
      serviceId = service.id, problemClassificationId = kind.id, title = "It's about " .. name, description = "r1",
      severity = "minimal", advancedDiagnosticConsent = "No",
      contactDetails = {
        firstName = "Ada", lastName = "Doe", preferredContactMethod = "email", primaryEmailAddress = "ada@example.org",
        preferredTimeZone = "W. Europe Standard Time", country = "CHE", preferredSupportLanguage = "en-US",
      },
    }})
    assert.equal(202, answer.status, answer.body)
    support.eventually(function() return arm("GET", path .. "?api-version=2024-04-01").status == 200 end)
    return arm
  end

  setup(function()
    simulator = testing.simulator {world = world, settle = 20}
    env = support.env(simulator.env)
    subscription = call("reservations.list")[1].billing_scope
  end)

  teardown(function()
    simulator:stop()
  end)

  it("is looked up by name: services, and the problems they know", function()
    local service, kind = classification()
    assert.matches("^/providers/Microsoft.Support/services/", service.id)
    assert.equal("Reservation Management / Exchanges and Refunds", kind.name)
    assert.same(call("support.problem_classifications", service.id),
      call("support.problem_classifications", service.service))
  end)

  it("lists tickets, gets one, and tells what was said in it", function()
    make("above-the-limit")
    simulator:change {support = {answers = "It is done.", closes = true}}
    make("too-late")
    local all = call("support.tickets")
    assert.equal(2, #all)
    local open = call("support.tickets", "Open")
    assert.equal(1, #open)
    assert.equal("too-late", open[1].name)
    local ticket = call("support.ticket", "above-the-limit")
    assert.equal("Closed", ticket.status)
    assert.equal("It's about above-the-limit", ticket.title)
    assert.matches("^%d+$", ticket.number)
    assert.equal("ada@example.org", ticket.contact)
    assert.equal("Billing", ticket.service)
    local said = call("support.communications", ticket.id)
    assert.equal(1, #said)
    assert.matches("^[Ii]nbound$", said[1].direction)
    support.contains(said[1].body, "It is done.")
    assert.same({}, call("support.tickets", "--since", "2099-01-01"))
    assert.equal(2, #call("support.tickets", "--since", "2020-01-01T00:00:00Z"))
  end)

  it("is written to, once for each name", function()
    make("to-be-continued")
    local folder = support.folder {
      ["say.lua"] = [[
local support = require "tenure.support"
return function(ctx)
  support.create_communication("to-be-continued",
    {subject = "More", body = "It is r1.", sender = "ada@example.org", once = ctx.with.name})
end
]],
    }
    local function say(name)
      local result = testing.run {
        "exec", folder .. "/say.lua", "--with", "name=" .. name, "--customer", "kowalski", "--yes", "--quiet",
        env = env,
      }
      assert.equal(0, result.code, result.stderr)
    end
    say("first")
    say("first")
    local said = call("support.communications", "to-be-continued")
    assert.equal(1, #said)
    support.contains(said[1].body, "It is r1.")
    say("second")
    assert.equal(2, #call("support.communications", "to-be-continued"))
  end)

  it("keeps those of a subscription apart", function()
    make("of-one", subscription)
    local own = call("support.tickets", "--subscription", subscription)
    assert.equal(1, #own)
    assert.equal("of-one", own[1].name)
    assert.equal("of-one", call("support.ticket", "of-one", "--subscription", subscription).name)
    assert.same({}, call("support.communications", "of-one", "--subscription", subscription))
    for _, ticket in ipairs(call("support.tickets")) do
      assert.not_equal("of-one", ticket.name)
    end
  end)

  it("takes a ticket for its name in scripts", function()
    make("by-record")
    local folder = support.folder {
      ["look.lua"] = [[
local support = require "tenure.support"
return function(ctx)
  local ticket = support.ticket("by-record")
  local again = support.ticket(ticket).number == ticket.number
  ctx.log("seen", {said = #support.communications(ticket), again = again})
end
]],
    }
    local result = testing.run {"exec", folder .. "/look.lua", "--customer", "kowalski", "--yes", "-v", env = env}
    assert.equal(0, result.code, result.stderr)
    assert.same({said = 0, again = true}, support.said(result)[1].fields)
  end)
end)
