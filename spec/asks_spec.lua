-- What an effect asks for is told before it is approved, wherever it moves no money: for whom, of what, and each
-- argument that changes the result, beside what it is now. What is told is what is done.
local support = require "support"
local testing = require "tenure.testing"

local PRINCIPAL = "d3aa0000-0000-4000-8000-00000000000c"
local SUBSCRIPTION = "/subscriptions/0a0b0000-0000-4000-8000-00000000000c"
local HOSTILE = [[=1+1", role Owner <script> → |`]]

-- Twelve reservations, so that not all are shown.
local function world()
  local lines = {
    "customers:", "  - id: kowalski", [[    name: "=Kowalski <b>"]], "    currency: PLN", "    reservations:",
  }
  for i = 1, 12 do
    lines[#lines + 1] = ("      - {id: r%d, order: o%d, name: kept %d}"):format(i, i, i)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function start(text)
  local simulator = testing.simulator {world = text or world(), settle = 100}
  return simulator, support.env(simulator.env)
end

local function planned(env, file, ...)
  local result = testing.run {"plan", file, "-o", "json", env = env, ...}
  assert(result.stdout ~= "", result.stderr)
  return support.json(result)
end

local function stock(name) return support.root .. "/workflows/" .. name .. ".yaml" end

-- A workflow that asks for one effect on each item.
local function workflow(permissions, each, body)
  return support.folder {
    ["ask.yaml"] = ([[
tenure: 1
name: ask
permissions: [%s]
customers: {from: partner-center}
steps:
  - id: ask
    each: %s
    run: ask.lua
]]):format(permissions, each),
    ["ask.lua"] = "return function(ctx)\n  " .. body .. "\nend\n",
  } .. "/ask.yaml"
end

local function show(env, run, ...)
  local result = testing.run {"show", run, env = env, ...}
  return result.stdout
end

local function effects_of(env, run)
  local effects = {}
  for i, line in ipairs(support.lines(show(env, run, "-o", "jsonl"))) do
    effects[i] = testing.json.decode(line)
  end
  return effects
end

local function report(env, run, format, ...)
  local result = testing.run {"report", run, "--format", format, env = env, ...}
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

local function words(text) return (text:gsub("%s+", " ")) end

local function ask_named(effect, name)
  for _, ask in ipairs(effect.asks) do
    if ask.name == name then
      return ask
    end
  end
end

describe("a plan without money", function()
  it("says of each change for whom, of what, from what and to what; the first ones, and how many more", function()
    local simulator <close>, env = start()
    local plan = planned(env, stock "renewals", "--input", "renew=true")
    assert.equal(1, #plan.asked)
    assert.equal("update", plan.asked[1].operation)
    assert.equal(12, plan.asked[1].count)
    assert.equal(10, #plan.asked[1].effects)
    local effects = effects_of(env, plan.run)
    assert.equal(12, #effects)
    for _, effect in ipairs(effects) do
      assert.same({{name = "renew", before = false, value = true}}, effect.asks)
      assert.is_truthy(effect.called:find("^kept %d+$"), effect.called)
      assert.equal("scripts/set_renewal.lua:5", effect.place)
    end
    local page = words(show(env, plan.run))
    support.contains(page, "Asked for, update: 12 effects")
    support.contains(page, "and 2 more: tenure report " .. plan.run .. " --effects")
    assert.equal(10, select(2, page:gsub("=Kowalski <b> renew false → true", "")))
    for _, effect in ipairs(plan.asked[1].effects) do
      support.contains(page, ('"%s", %s'):format(effect.called, effect.subject:match("[^/]+$")))
    end
    assert.equal(0, #simulator:effects())
  end)

  it("says what is so now of what an earlier step looked up, too", function()
    local simulator <close>, env = start()
    local folder = support.folder {
      ["ask.yaml"] = [[
tenure: 1
name: ask
permissions: [reservations:list, reservations:update]
customers: {from: partner-center}
steps:
  - {id: look, each: "{1, 2}", run: look.lua}
  - {id: ask, each: steps.look, run: ask.lua}
]],
      ["look.lua"] = "return function(ctx) return require('tenure.reservations').list{}[ctx.item] end\n",
      ["ask.lua"] = [[
return function(ctx)
  return require("tenure.reservations").update(ctx.item.value, {renew = true})
end]],
    }
    local effects = effects_of(env, planned(env, folder .. "/ask.yaml").run)
    assert.equal(2, #effects)
    for _, effect in ipairs(effects) do
      assert.same({{name = "renew", before = false, value = true}}, effect.asks)
      assert.is_truthy(effect.called:find("^kept %d+$"), effect.called)
    end
    assert.equal(0, #simulator:effects())
  end)

  it("says so in every report", function()
    local simulator <close>, env = start()
    local plan = planned(env, stock "renewals", "--input", "renew=true")
    local csv = support.lines(report(env, plan.run, "csv", "--effects"))
    assert.equal(13, #csv)
    for i = 2, 13 do
      support.contains(csv[i], ",'=Kowalski <b>,update,")
      support.contains(csv[i], ",renew false → true,")
      assert.is_truthy(csv[i]:find(",kept %d+,"), csv[i])
    end
    support.contains(show(env, plan.run, "-o", "csv"), "renew false → true")
    for _, effect in ipairs(testing.json.decode(report(env, plan.run, "json")).effect_list) do
      assert.same({{name = "renew", before = false, value = true}}, effect.asks)
    end
    local html = report(env, plan.run, "html")
    assert.equal(10 + 12, select(2, html:gsub("renew false → true", "")))
    support.contains(html, "Asked for, update: 12 effects")
    local short, long = report(env, plan.run, "md"), report(env, plan.run, "md", "--effects")
    assert.equal(10, select(2, short:gsub("`renew false → true`", "")))
    support.contains(short, "and 2 more")
    assert.equal(12, select(2, long:gsub("`renew false → true`", "")))
    assert.equal(0, #simulator:effects())
  end)

  it("says who gets which role on which order", function()
    local simulator <close>, env = start()
    local plan = planned(env, stock "grant-access", "--input", "principal=" .. PRINCIPAL)
    local page = words(show(env, plan.run))
    support.contains(page, "Asked for, grant: 12 effects")
    support.contains(page,
      ('principal %s, role "Reservations Reader", principal_type Group'):format(PRINCIPAL))
    for _, effect in ipairs(plan.asked[1].effects) do
      support.contains(page, effect.subject:match("/reservationOrders/([^/]+)$"))
      assert.equal("Reservations Reader", ask_named(effect, "role").value)
    end
    assert.equal(0, #simulator:effects())
  end)

  it("says that a role is on one reservation, and not on all there is", function()
    local simulator <close>, env = start()
    local file = workflow("reservations:list, roles:grant", 'reservations.list{}', ([[
  return require("tenure.roles").grant{reservation = ctx.item, principal = %q, role = "Reader"}]]):format(PRINCIPAL))
    local plan = planned(env, file)
    local page = words(show(env, plan.run))
    support.contains_not(page, "the customer as a whole")
    for _, effect in ipairs(plan.asked[1].effects) do
      local order, id = effect.subject:match("/reservationOrders/([^/]+)/reservations/([^/]+)$")
      support.contains(page, ('"%s", %s'):format(effect.called, id))
      assert.equal(36, #order)
      assert.is_nil(ask_named(effect, "reservation"))
    end
    assert.equal(0, #simulator:effects())
  end)

  it("on no order in particular says that it is for all there is", function()
    local simulator <close>, env = start()
    local file = workflow("reservations:list, roles:grant", 'reservations.list{}',
      ([[return require("tenure.roles").grant{
    principal = %q, role = "Owner", description = ctx.item.id}]]):format(PRINCIPAL))
    local page = words(show(env, planned(env, file).run))
    support.contains(page, "role Owner")
    support.contains(page, "the customer as a whole")
    assert.equal(0, #simulator:effects())
  end)

  it("says whose role goes away", function()
    local simulator <close>, env = start()
    testing.run {"run", stock "grant-access", "--yes", "--input", "principal=" .. PRINCIPAL, env = env}
    local file = workflow("orders:list, roles:list, roles:revoke", "orders.list{}", ([[
  local roles = require "tenure.roles"
  for _, assignment in ipairs(roles.list(ctx.item, {principal = %q})) do
    roles.revoke(ctx.item, {assignment = assignment.name})
  end]]):format(PRINCIPAL))
    local unknown = effects_of(env, planned(env, file).run)[1]
    assert.equal(1, #unknown.asks) -- what a script has read itself the host does not vouch for
    file = workflow("orders:list, roles:list, roles:revoke",
      ('roles.list{principal = "%s", order = orders.list{}[1].order}'):format(PRINCIPAL), [[
  return require("tenure.roles").revoke{order = ctx.item.scope:match("[^/]+$"), assignment = ctx.item.name}]])
    local plan = planned(env, file)
    local effect = effects_of(env, plan.run)[1]
    assert.equal(PRINCIPAL, ask_named(effect, "principal").before)
    assert.is_nil(ask_named(effect, "principal").value)
    support.contains(words(show(env, plan.run)), ('principal was %s'):format(PRINCIPAL))
    support.contains(words(show(env, plan.run)), 'role was "Reservations Reader"')
    assert.equal(12, #simulator:effects())
  end)
end)

describe("what is asked for", function()
  local file = workflow("reservations:list, reservations:update, reservations:split, reservations:merge",
    "reservations.list{}", ([[
  return require("tenure.reservations").update(ctx.item, {name = %q, flexible = true, scope = %q})]])
    :format(HOSTILE, SUBSCRIPTION))
  local one = [[
customers:
  - {id: smith, name: Smith, currency: USD, reservations: [{id: r1, name: "=cmd, <i>\x1b[31m"}]}
]]

  it("is shown as it is, does nothing to whoever reads it, and looks like nothing else", function()
    local simulator <close>, env = start(one)
    local plan = planned(env, file)
    local effect = effects_of(env, plan.run)[1]
    assert.equal(HOSTILE, ask_named(effect, "name").value)
    assert.equal("=cmd, <i>\27[31m", ask_named(effect, "name").before)
    assert.equal("=cmd, <i>\27[31m", effect.called)
    assert.equal("Shared", ask_named(effect, "scope").before)
    local page = show(env, plan.run)
    support.contains(words(page), [[name "=cmd, <i>\x1b[31m" → "=1+1\", role Owner <script> → |`"]])
    support.contains(words(page), "scope Shared → " .. SUBSCRIPTION)
    support.contains(words(page), "flexible true (as it is)")
    support.contains_not(page, "\27")
    local csv = report(env, plan.run, "csv", "--effects")
    support.contains(csv, SUBSCRIPTION .. [[, name ""=cmd, <i>\x1b[31m"" → ""=1+1\"", role Owner]])
    support.contains(csv, [[,"'=cmd, <i>\x1b[31m",]])
    local html = report(env, plan.run, "html")
    support.contains_not(html, "<script>")
    support.contains_not(html, "<i>")
    support.contains(html, [[&quot;=1+1\&quot;, role Owner &lt;script&gt; → |`&quot;]])
    assert.equal(0, #simulator:effects())
  end)

  it("is told by why, with the line of the script that asked", function()
    local simulator <close>, env = start(one)
    local run = planned(env, file).run
    local page = testing.run({"why", run, "Smith", env = env}).stdout
    support.contains(words(page), "asked by ask.lua:2")
    support.contains(words(page), "asked scope Shared → " .. SUBSCRIPTION)
    support.contains(words(page), [[name "=cmd, <i>\x1b[31m" → "=1+1\", role Owner]])
    assert.is_truthy(words(page):find([[update Standard_[%w_]+, %w+, "=cmd, <i>\x1b%[31m", %x+-]]), page)
    assert.equal(0, #simulator:effects())
  end)

  it("of a reservation that is named by its id alone has only what it is to be", function()
    local simulator <close>, env = start(one)
    local list = testing.run {"call", "reservations.list", "--customer", "smith", "-o", "json", env = env}
    local id = support.json(list)[1].id
    local result = testing.run {
      "call", "reservations.update", id, "--name", "new name", "--renew", "true", "--customer", "smith", "--yes", "-o",
      "jsonl", env = env,
    }
    local effect = testing.json.decode(support.lines(result.stdout)[1])
    assert.same({{name = "name", value = "new name"}, {name = "renew", value = true}}, effect.asks)
    assert.is_nil(effect.called)
    assert.equal(1, #simulator:effects())
  end)

  it("is shown for parts and wholes, with what the other one is called", function()
    local pair = [[
customers:
  - id: smith
    currency: USD
    reservations: [{id: r1, order: o1, name: first, quantity: 3}, {id: r2, order: o1, name: second, quantity: 3}]
]]
    local simulator <close>, env = start(pair)
    local split = workflow("reservations:list, reservations:split", "reservations.list{}",
      'return require("tenure.reservations").split(ctx.item, {first = 1, second = 2})')
    support.contains(words(show(env, planned(env, split).run)), "first 1, second 2")
    local merge = workflow("reservations:list, reservations:merge", "reservations.list{}", [[
  local reservations = require "tenure.reservations"
  if ctx.item.name ~= "first" then return end
  for _, other in ipairs(reservations.list{}) do
    if other.name == "second" then return reservations.merge(ctx.item, {with = other}) end
  end]])
    support.contains(show(env, planned(env, merge).run), ' "second"\n')
    assert.equal(0, #simulator:effects())
  end)
end)

describe("a ticket", function()
  local long = ("long "):rep(100) .. "end"
  local function ticket(title, description)
    return workflow("reservations:list, support:services, support:problem_classifications, support:create_ticket",
      "reservations.list{}", ([[
  local support = require "tenure.support"
  local service = support.services()[1]
  return support.create_ticket{
    title = %s, description = %q, service = service.id,
    classification = support.problem_classifications(service.id)[1].id, first_name = "Ada", last_name = "Doe",
    email = "ada@example.org", time_zone = "W. Europe Standard Time", country = "CHE", once = "the ticket",
  }]]):format(title, description or long))
  end
  local one = "customers:\n  - {id: smith, name: Smith, currency: USD, reservations: [{id: r1, name: first}]}\n"

  it("is shown with its title; what is long is cut in tables, and nowhere else", function()
    local simulator <close>, env = start(one)
    local plan = planned(env, ticket "'Refund above the limit'")
    local page = words(show(env, plan.run))
    support.contains(page, 'title "Refund above the limit"')
    support.contains(page, 'email ada@example.org')
    support.contains(page, 'once "the ticket"')
    support.contains_not(page, "end\"")
    support.contains(page, '"… (+443)')
    assert.equal(long, ask_named(effects_of(env, plan.run)[1], "description").value)
    support.contains(report(env, plan.run, "csv", "--effects"), long)
    support.contains(testing.run({"why", plan.run, "Smith", env = env}).stdout, "long end")
    assert.equal(0, #simulator:effects())
  end)

  it("that says what looks like a secret is shown without it", function()
    local simulator <close>, env = start(one)
    local run = planned(env, ticket("'A title'", "see https://example.org/x?sv=1&sig=MARKER0123456789 there")).run
    support.contains(show(env, run, "-o", "jsonl"), "https://example.org/x?sv=1")
    for _, shown in ipairs {show(env, run), show(env, run, "-o", "jsonl"), report(env, run, "csv", "--effects")} do
      support.contains_not(shown, "MARKER")
    end
    assert.equal(0, #simulator:effects())
  end)

  it("is opened as it was approved, or not at all", function()
    local simulator <close>, env = start(one)
    local function rename(name)
      local list = testing.run {"call", "reservations.list", "--customer", "smith", "-o", "json", env = env}
      local result = testing.run {
        "call", "reservations.update", support.json(list)[1].id, "--name", name, "--customer", "smith", "--yes",
        env = env,
      }
      assert.equal(0, result.code, result.stderr)
    end
    local run = planned(env, ticket "ctx.item.name").run
    rename "second"
    local result = testing.run {"apply", run, "--yes", "-o", "json", env = env}
    assert.equal(4, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal(0, summary.effects.succeeded)
    assert.equal("drift", summary.refused[1].code)
    support.contains(summary.refused[1].example, "not asked for as it was approved: another title")
    for _, effect in ipairs(simulator:effects()) do
      assert.equal("update", effect.kind)
    end
  end)
end)

describe("a name that a script made up", function()
  it("is not told as what Azure calls a thing", function()
    local simulator <close>, env = start()
    local folder = support.folder {
      ["ask.yaml"] = [[
tenure: 1
name: ask
permissions: [reservations:list, reservations:update]
customers: {from: partner-center}
steps:
  - {id: forge, run: forge.lua}
  - {id: ask, each: "steps.forge[1].value", run: ask.lua}
]],
      ["forge.lua"] = [[
return function()
  local made = {}
  for i, one in ipairs(require("tenure.reservations").list{}) do
    made[i] = {["$record"] = "reservation", raw = {id = one.id, properties = {displayName = "a lie"}}}
  end
  return made
end]],
      ["ask.lua"] = [[
return function(ctx)
  return require("tenure.reservations").update(ctx.item.id, {renew = true})
end]],
    }
    local plan = planned(env, folder .. "/ask.yaml")
    assert.equal(0, plan.effects.planned)
    support.contains(plan.failed_items[1].detail, "a table cannot have the member '$record'")
    assert.equal(0, #simulator:effects())
  end)
end)
