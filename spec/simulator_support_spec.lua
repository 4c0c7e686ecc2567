-- Microsoft.Support in the simulator: services, tickets, what is said in them, with and without a subscription.
local support = require "support"
local testing = require "tenure.testing"

local VERSION = "?api-version=2024-04-01"
local SUPPORT = "/providers/Microsoft.Support"
local EXCHANGES = "Reservation Management / Exchanges and Refunds"

local world = [[
customers:
  - {id: smith, reservations: [{id: r1}]}
  - {id: jones, reservations: [{id: theirs}]}
]]

local function refused(answer, status, code)
  assert.equal(status, answer.status, answer.body)
  assert.equal(code, answer.json.error.code)
  return answer.json.error.message
end

-- The one of a list with that display name.
local function called(answer, name)
  for _, one in ipairs(answer.json.value) do
    if one.properties.displayName == name then
      return one
    end
  end
end

local function classification(arm)
  local billing = called(arm("GET", SUPPORT .. "/services" .. VERSION), "Billing")
  return called(arm("GET", billing.id .. "/problemClassifications" .. VERSION), EXCHANGES), billing
end

local function ticket_body(arm, more, contact)
  local problem, service = classification(arm)
  local details = {
    firstName = "Ada", lastName = "Doe", preferredContactMethod = "email", primaryEmailAddress = "ada@example.org",
    preferredTimeZone = "W. Europe Standard Time", country = "CHE", preferredSupportLanguage = "en-US",
    additionalEmailAddresses = {"night@example.org"},
  }
  for name, value in pairs(contact or {}) do
    details[name] = value ~= false and value or nil
  end
  local properties = {
    serviceId = service.id, problemClassificationId = problem.id, title = "Refund above the limit",
    description = "Order o, reservation r, quantity 2", severity = "moderate", advancedDiagnosticConsent = "no",
    contactDetails = details,
  }
  for name, value in pairs(more or {}) do
    properties[name] = value ~= false and value or nil
  end
  return {properties = properties}
end

-- Asks at an operation's URL until it says something else than InProgress.
local function settled(arm, answer)
  local status
  support.eventually(function()
    status = arm("GET", answer.headers["azure-asyncoperation"])
    assert.equal(200, status.status, status.body)
    return status.json.status ~= "InProgress"
  end)
  return status.json
end

describe("the simulator's support services", function()
  it("and problem classifications are listed, and found one by one", function()
    local simulator <close> = testing.simulator {world = world}
    local arm = support.arm(simulator, "smith")
    local problem, billing = classification(arm)
    assert.equal(SUPPORT .. "/services/517f2da6-78fd-0498-4e22-ad26996b1dfc", billing.id)
    assert.equal("Microsoft.Support/services", billing.type)
    assert.same({}, billing.properties.resourceTypes)
    assert.same(billing, arm("GET", billing.id:upper() .. VERSION).json)
    assert.equal(billing.id .. "/problemClassifications/" .. problem.name, problem.id)
    assert.equal("Microsoft.Support/problemClassifications", problem.type)
    assert.same(problem, arm("GET", problem.id .. VERSION).json)
    refused(arm("GET", SUPPORT .. "/services/none" .. VERSION), 404, "ResourceNotFound")
    refused(arm("GET", billing.id .. "/problemClassifications/none" .. VERSION), 404, "ResourceNotFound")
    assert.is_truthy(arm("GET", SUPPORT .. "/services?api-version=2020-04-01").json)
  end)
end)

describe("the simulator's support tickets", function()
  local simulator, arm, subscription, tickets

  before_each(function()
    simulator = testing.simulator {world = world, settle = 60}
    arm = support.arm(simulator, "smith")
    local all = arm("GET", "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01")
    subscription = all.json.value[1].properties.billingScopeId
    tickets = SUPPORT .. "/supportTickets/"
  end)

  after_each(function()
    simulator:stop()
  end)

  local function create(name, body)
    local answer = arm("PUT", tickets .. name .. VERSION, body or ticket_body(arm))
    assert.equal(202, answer.status, answer.body)
    return settled(arm, answer)
  end

  it("are accepted, then there, and have a number of 16 digits", function()
    local answer = arm("PUT", tickets .. "refund-1" .. VERSION, ticket_body(arm))
    assert.same({202, ""}, {answer.status, answer.body})
    local status = arm("GET", answer.headers["azure-asyncoperation"])
    local result = arm("GET", answer.headers.location)
    assert.equal("InProgress", status.json.status)
    assert.equal(202, result.status)
    refused(arm("GET", tickets .. "refund-1" .. VERSION), 404, "ResourceNotFound")
    assert.equal("pending", simulator:effects()[1].state)
    assert.equal(1, simulator:state().pending)
    local done = settled(arm, answer)
    assert.equal("Succeeded", done.status)
    assert.matches("^%d+$", done.properties.supportTicketId)
    assert.equal(16, #done.properties.supportTicketId)
    local ticket = arm("GET", tickets .. "refund-1" .. VERSION).json
    assert.equal(tickets .. "refund-1", ticket.id)
    assert.same({"refund-1", "Microsoft.Support/supportTickets"}, {ticket.name, ticket.type})
    local p = ticket.properties
    assert.same({done.properties.supportTicketId, "Open", "Moderate", "No", "Billing", EXCHANGES, false, 480},
      {p.supportTicketId, p.status, p.severity, p.advancedDiagnosticConsent, p.serviceDisplayName,
        p.problemClassificationDisplayName, p.require24X7Response, p.serviceLevelAgreement.slaMinutes})
    assert.same({"Email", "CHE", {"night@example.org"}}, {p.contactDetails.preferredContactMethod,
      p.contactDetails.country, p.contactDetails.additionalEmailAddresses})
    assert.same(ticket, arm("GET", answer.headers.location).json)
    local effects = simulator:effects()
    assert.equal(1, #effects)
    assert.same({"create_ticket", "succeeded", simulator:world().customers[1].id},
      {effects[1].kind, effects[1].state, effects[1].customer})
  end)

  it("have operations whose URLs are long, signed, and good as they are only", function()
    local answer = arm("PUT", tickets .. "refund-1" .. VERSION, ticket_body(arm))
    for _, name in ipairs {"azure-asyncoperation", "location"} do
      local url = answer.headers[name]
      assert.is_true(#url > 2900 and #url < 8192)
      assert.matches("%?api%-version=2024%-04%-01&t=%d+&c=[%w_-]+&s=[%w_-]+&h=[%w_-]+$", url)
      refused(arm("GET", url:sub(1, -2)), 403, "Forbidden")
      refused(arm("GET", url:match("^(.-)&t=")), 403, "Forbidden")
      refused(support.arm(simulator, "jones")("GET", url), 404, "ResourceNotFound")
    end
    refused(arm("GET", SUPPORT .. "/operationsStatus/none" .. VERSION), 404, "ResourceNotFound")
  end)

  it("are made once under a name, however often they are asked for", function()
    local body = ticket_body(arm)
    local first = arm("PUT", tickets .. "refund-1" .. VERSION, body)
    local second = arm("PUT", tickets .. "REFUND-1" .. VERSION, body)
    assert.same({202, first.headers.location}, {second.status, second.headers.location})
    settled(arm, first)
    local third = arm("PUT", tickets .. "refund-1" .. VERSION, body)
    assert.equal(200, third.status)
    assert.equal("refund-1", third.json.name)
    body.properties.title = "Another matter"
    refused(arm("PUT", tickets .. "refund-1" .. VERSION, body), 409, "ResourceAlreadyExists")
    assert.equal(1, #simulator:effects())
  end)

  it("of a subscription are apart from those beside it", function()
    local answer = arm("PUT", subscription .. tickets .. "refund-1" .. VERSION, ticket_body(arm))
    support.contains(answer.headers.location, subscription .. SUPPORT .. "/operationResults/")
    settled(arm, answer)
    assert.equal(subscription .. tickets .. "refund-1",
      arm("GET", subscription .. tickets .. "refund-1" .. VERSION).json.id)
    refused(arm("GET", tickets .. "refund-1" .. VERSION), 404, "ResourceNotFound")
    assert.equal(0, #arm("GET", SUPPORT .. "/supportTickets" .. VERSION).json.value)
    assert.equal(1, #arm("GET", subscription .. SUPPORT .. "/supportTickets" .. VERSION).json.value)
    local jones = support.arm(simulator, "jones")
    refused(jones("GET", subscription .. SUPPORT .. "/supportTickets" .. VERSION), 404, "SubscriptionNotFound")
    assert.equal(0, #jones("GET", SUPPORT .. "/supportTickets" .. VERSION).json.value)
  end)

  it("that fail never were: their name is free again", function()
    simulator:faults {fail_operation = {next = 1, on = "support.create_ticket"}}
    local failed = create("refund-1")
    assert.equal("Failed", failed.status)
    assert.is_truthy(failed.error.code)
    refused(arm("GET", tickets .. "refund-1" .. VERSION), 404, "ResourceNotFound")
    assert.equal("Succeeded", create("refund-1").status)
    local effects = simulator:effects()
    assert.same({"failed", "succeeded"}, {effects[1].state, effects[2].state})
  end)

  it("are made after the answer when that is late, once", function()
    simulator:faults {late = {next = 1, on = "support.create_ticket"}}
    assert.equal(504, arm("PUT", tickets .. "refund-1" .. VERSION, ticket_body(arm)).status)
    support.eventually(function() return arm("GET", tickets .. "refund-1" .. VERSION).status == 200 end)
    assert.equal(1, #simulator:effects())
  end)

  it("refuse what is missing or wrong in their bodies, and are not booked", function()
    local function wrong(more, contact)
      local answer = arm("PUT", tickets .. "refund-1" .. VERSION, ticket_body(arm, more, contact))
      return refused(answer, 400, "BadRequest")
    end
    for _, name in ipairs {"serviceId", "problemClassificationId", "title", "description", "severity",
      "advancedDiagnosticConsent"} do
      support.contains(wrong {[name] = false}, "'" .. name .. "' is required")
    end
    for _, name in ipairs {"firstName", "lastName", "preferredContactMethod", "primaryEmailAddress",
      "preferredTimeZone", "country", "preferredSupportLanguage"} do
      support.contains(wrong(nil, {[name] = false}), "'contactDetails." .. name .. "' is required")
    end
    local old = arm("PUT", tickets .. "old?api-version=2020-04-01",
      ticket_body(arm, {advancedDiagnosticConsent = false}))
    assert.equal(202, old.status, old.body)
    support.contains(wrong {severity = "huge"}, "severity")
    support.contains(wrong {title = 5}, "title")
    support.contains(wrong {serviceId = SUPPORT .. "/services/none"}, "serviceId")
    support.contains(wrong {problemClassificationId = SUPPORT .. "/services/none"}, "problemClassificationId")
    support.contains(wrong {problemStartTime = "soon"}, "problemStartTime")
    support.contains(wrong(nil, {preferredTimeZone = "Europe/Zurich"}), "Windows time zone")
    support.contains(wrong(nil, {country = "CH"}), "country")
    support.contains(wrong(nil, {primaryEmailAddress = "ada"}), "primaryEmailAddress")
    support.contains(wrong(nil, {preferredContactMethod = "phone"}), "phoneNumber")
    refused(arm("PUT", tickets .. "refund-1" .. VERSION, "[1]"), 400, "InvalidRequestContent")
    assert.equal(1, #simulator:effects())
  end)

  it("have names by rules, which a check of a name knows", function()
    local function check(name, type)
      return arm("POST", SUPPORT .. "/checkNameAvailability" .. VERSION,
        {name = name, type = type or "Microsoft.Support/supportTickets"})
    end
    for _, name in ipairs {"12345", "tmp-1", "a<b", "a/b", "a%b", "a\tb", ("x"):rep(256)} do
      local answer = check(name)
      assert.same({200, false, "Invalid"}, {answer.status, answer.json.nameAvailable, answer.json.reason})
      refused(arm("PUT", tickets .. support.escape(name) .. VERSION, ticket_body(arm)), 400, "ResourceNameInvalid")
    end
    assert.same({nameAvailable = true}, check("refund-1").json)
    create("refund-1")
    assert.equal("AlreadyExists", check("refund-1").json.reason)
    assert.same({nameAvailable = true}, check("refund-1", "Microsoft.Support/fileWorkspaces").json)
    refused(check("refund-1", "Microsoft.Support/communications"), 400, "BadRequest")
    refused(arm("POST", SUPPORT .. "/checkNameAvailability" .. VERSION, {name = "x"}), 400, "BadRequest")
  end)

  it("are listed newest first, filtered and a page at a time", function()
    for i = 1, 12 do
      create("refund-" .. i)
    end
    arm("PATCH", tickets .. "refund-5" .. VERSION, {status = "closed"})
    local list = SUPPORT .. "/supportTickets" .. VERSION
    local first = arm("GET", list).json
    local second = arm("GET", first.nextLink).json
    assert.same({10, 2, "refund-12", "refund-1"}, {#first.value, #second.value, first.value[1].name,
      second.value[2].name})
    assert.is_nil(second.nextLink)
    assert.equal(3, #arm("GET", list .. "&$top=3").json.value)
    local function count(filter)
      return #arm("GET", list .. "&$top=100&$filter=" .. support.escape(filter)).json.value
    end
    local problem, billing = classification(arm)
    assert.equal(11, count("status eq 'Open'"))
    assert.equal(1, count("createdDate ge 2020-01-01T00:00:00Z and status eq 'Closed'"))
    assert.equal(0, count("createdDate gt 2100-01-01T00:00:00Z"))
    assert.equal(12, count("ServiceId eq '" .. billing.name .. "'"))
    assert.equal(12, count("ProblemClassificationId eq '" .. problem.id .. "'"))
    assert.equal(0, count("ProblemClassificationId eq '" .. billing.name .. "'"))
    for _, query in ipairs {"$top=0", "$top=101", "$filter=" .. support.escape("title eq 'x'"), "$skiptoken=x"} do
      refused(arm("GET", list .. "&" .. query), 400, "BadRequest")
    end
  end)

  it("are changed by a body without properties around it, each change booked", function()
    create("refund-1")
    local function patch(body)
      return arm("PATCH", tickets .. "refund-1" .. VERSION, body)
    end
    local changed = patch {contactDetails = {phoneNumber = "+41 44 000 00 00", preferredContactMethod = "phone"}}
    local contact = changed.json.properties.contactDetails
    assert.same({200, "Phone", "Ada"}, {changed.status, contact.preferredContactMethod, contact.firstName})
    assert.equal("Critical", patch({severity = "critical"}).json.properties.severity)
    assert.equal("Yes", patch({advancedDiagnosticConsent = "Yes"}).json.properties.advancedDiagnosticConsent)
    local consent = {{type = "VirtualMachine", userConsent = "Yes"}}
    assert.same(consent, patch({secondaryConsent = consent}).json.properties.secondaryConsent)
    assert.equal("Closed", patch({status = "closed"}).json.properties.status)
    assert.equal("Open", patch({status = "open"}).json.properties.status)
    assert.equal(7, #simulator:effects())
    assert.equal("update_ticket", simulator:effects()[7].kind)
    refused(patch {properties = {status = "closed"}}, 400, "BadRequest")
    refused(patch {status = "gone"}, 400, "BadRequest")
    refused(patch {severity = "huge"}, 400, "BadRequest")
    support.contains(refused(patch {title = "Another"}, 400, "BadRequest"), "cannot be changed")
    support.contains(refused(patch {contactDetails = {country = "CH"}}, 400, "BadRequest"), "country")
    refused(arm("PATCH", tickets .. "none" .. VERSION, {status = "closed"}), 404, "ResourceNotFound")
    assert.equal(7, #simulator:effects())
    assert.equal("Open", arm("GET", tickets .. "refund-1" .. VERSION).json.properties.status)
  end)
end)

describe("the simulator's support communications", function()
  local simulator, arm, ticket

  local message = {properties = {subject = "The amount", body = "Is it <b>settled</b>?", sender = "ada@example.org"}}

  before_each(function()
    simulator = testing.simulator {world = world, settle = 10}
    arm = support.arm(simulator, "smith")
    ticket = SUPPORT .. "/supportTickets/refund-1"
    settled(arm, arm("PUT", ticket .. VERSION, ticket_body(arm)))
  end)

  after_each(function()
    simulator:stop()
  end)

  local function say(name, body)
    return arm("PUT", ticket .. "/communications/" .. name .. VERSION, body or message)
  end

  it("get a name and a tracking id of the server's", function()
    local answer = say("question-1")
    assert.same({202, ""}, {answer.status, answer.body})
    assert.equal("Succeeded", settled(arm, answer).status)
    local said = arm("GET", ticket .. "/communications/question-1" .. VERSION).json
    local number = arm("GET", ticket .. VERSION).json.properties.supportTicketId
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", said.name)
    assert.equal(ticket .. "/communications/" .. said.name, said.id)
    local p = said.properties
    assert.same({"The amount - TrackingID#" .. number, "Is it <b>settled</b>?", "ada@example.org", "Web", "Outbound"},
      {p.subject, p.body, p.sender, p.communicationType, p.communicationDirection})
    assert.same(said, arm("GET", said.id .. VERSION).json)
    assert.same(said, arm("GET", answer.headers.location).json)
    local effects = simulator:effects()
    assert.same({2, "create_communication", "succeeded"}, {#effects, effects[2].kind, effects[2].state})
  end)

  it("must not be named like the server's own, whatever the check of names says", function()
    local guid = "33333333-cccc-4000-8000-000000000001"
    local check = arm("POST", ticket .. "/checkNameAvailability" .. VERSION,
      {name = guid, type = "Microsoft.Support/communications"})
    assert.same({nameAvailable = true}, check.json)
    refused(say(guid), 400, "ResourceNameInvalid")
    refused(say("12345"), 400, "ResourceNameInvalid")
    settled(arm, say("question-1"))
    check = arm("POST", ticket .. "/checkNameAvailability" .. VERSION,
      {name = "question-1", type = "Microsoft.Support/communications"})
    assert.equal("AlreadyExists", check.json.reason)
    assert.equal(2, #simulator:effects())
  end)

  it("are made once under a name", function()
    settled(arm, say("question-1"))
    assert.equal(200, say("question-1").status)
    refused(say("question-1", {properties = {subject = "Other", body = "Else", sender = "ada@example.org"}}), 409,
      "ResourceAlreadyExists")
    assert.equal(2, #simulator:effects())
  end)

  it("refuse what they cannot be, and tickets that are closed or not there", function()
    for _, missing in ipairs {"subject", "body", "sender"} do
      local properties = {subject = "a", body = "b", sender = "c@example.org"}
      properties[missing] = nil
      refused(say("question-1", {properties = properties}), 400, "BadRequest")
    end
    refused(arm("GET", ticket .. "/communications/none" .. VERSION), 404, "ResourceNotFound")
    refused(arm("PUT", SUPPORT .. "/supportTickets/none/communications/q" .. VERSION, message), 404, "ResourceNotFound")
    arm("PATCH", ticket .. VERSION, {status = "closed"})
    support.contains(refused(say("question-1"), 400, "BadRequest"), "closed")
  end)

  it("are listed newest first, filtered and a page at a time", function()
    for i = 1, 3 do
      settled(arm, say("question-" .. i, {properties = {subject = "s" .. i, body = "b" .. i, sender = "a@b"}}))
    end
    local list = ticket .. "/communications" .. VERSION
    local first = arm("GET", list .. "&$top=2").json
    local second = arm("GET", first.nextLink).json
    assert.same({"b3", "b2", "b1"}, {first.value[1].properties.body, first.value[2].properties.body,
      second.value[1].properties.body})
    assert.equal(0, #arm("GET", list .. "&$filter=" .. support.escape("communicationType eq 'Phone'")).json.value)
    local since = "&$filter=" .. support.escape("createdDate gt 2020-01-01T00:00:00Z")
    assert.equal(3, #arm("GET", list .. since).json.value)
    refused(arm("GET", list .. "&$filter=" .. support.escape("sender eq 'x'")), 400, "BadRequest")
    refused(arm("GET", list .. "&$top=x"), 400, "BadRequest")
  end)

  it("come from support, too, when the world says so; else a ticket stays open", function()
    assert.equal("Open", arm("GET", ticket .. VERSION).json.properties.status)
    simulator:change {support = {answers = "We looked at it."}}
    local said = arm("GET", ticket .. "/communications" .. VERSION).json.value
    assert.same({1, "Inbound", "We looked at it."}, {#said, said[1].properties.communicationDirection,
      said[1].properties.body})
    assert.equal("Open", arm("GET", ticket .. VERSION).json.properties.status)
    simulator:change {support = {answers = "It is done.", closes = true}}
    assert.equal("Closed", arm("GET", ticket .. VERSION).json.properties.status)
    simulator:change {support = {answers = "Nobody hears this."}}
    assert.equal(2, #arm("GET", ticket .. "/communications" .. VERSION).json.value)
    assert.equal(1, #simulator:effects())
    local ok, problem = pcall(simulator.change, simulator, {support = {closes = true}})
    assert.is_false(ok)
    support.contains(tostring(problem), "support says something")
  end)
end)
