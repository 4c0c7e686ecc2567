-- `tenure why`: one page about a customer, a reservation or an effect.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: a
    name: "Adler\e[31m <b>"
    domain: adler.example
    currency: EUR
    reservations: [{id: r1, worth: 100 USD, back: 90 EUR}, {id: r2, worth: 50 USD, back: 45 EUR, utilization: 99%}]
  - {id: b, name: Bauer, currency: EUR, consent: missing, reservations: [{id: r3, worth: 10 USD, back: 9 EUR}]}
]]

local function applied()
  local simulator = testing.simulator {world = world, settle = 50}
  local env = support.env(simulator.env)
  local guard = "{count: 5, worth: 1000 USD, per_customer: {worth: 120 USD}}"
  local file = support.workflow {guard = guard} .. "/refund.yaml"
  local run = support.json(testing.run {"plan", file, "-o", "json", env = env}).run
  simulator:faults {drop = {next = 1, on = "refund"}}
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env}
  assert.equal(3, result.code, result.stderr)
  assert.equal(1, #simulator:effects())
  return simulator, env, run
end

local function why(env, run, id, ...)
  local result = testing.run {"why", run, id, env = env, ...}
  assert.equal(0, result.code, result.stderr)
  return result.stdout
end

describe("why", function()
  it("tells a person what was quoted, decided, sent and answered about a customer", function()
    local simulator <close>, env, run = applied()
    local effect = simulator:effects()[1]
    local page = why(env, run, "adler.example")
    for _, part in ipairs {
      "Customer Adler", "refund limit 50,000 USD", "planned      back 90.00 EUR", "asked by     scripts/refund.lua:4",
      "asked        reason spec", "correlation  " .. effect.correlation_id, "guard refund.per_customer.worth",
      "per-customer", "portal       https://portal.azure.com/#resource/providers/Microsoft.Capacity/", "--yes",
      "intended", "unknown", "succeeded",
    } do
      support.contains(page, part)
    end
    support.contains_not(page, "\27[31m")
    local order, from = {}, (page:find("What happened", 1, true))
    for _, state in ipairs {"planned", "approved", "intended", "unknown", "succeeded"} do
      order[#order + 1] = page:find("\n  [^\n]*  " .. state .. "  ", from) or 0
    end
    for i = 2, #order do
      assert.is_true(order[i] > order[i - 1], page)
    end
  end)

  it("counts an item that failed once, also where its customer was walked through again", function()
    local simulator <close> = testing.simulator {settle = 50, world = [[
customers:
  - id: a
    name: Adler
    currency: EUR
    reservations: [{id: r1, name: lost}, {id: r2}, {id: r3}]
]]}
    local env = support.env(simulator.env)
    local folder = support.workflow {each = "reservations.list{}", script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local outcome = reservations.refund(reservations.quote_refund(ctx.item))
  if outcome.state == "succeeded" and ctx.item.name ~= "lost" then ctx.fail("broken") end
end
]]}
    local planned = support.json(testing.run {"plan", folder .. "/refund.yaml", "-o", "json", env = env})
    assert.equal(3, planned.effects.planned)
    simulator:faults {drop = {next = 1, on = "refund"}}
    local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
    assert.equal(3, support.json(result).effects.succeeded, result.stderr)
    assert.equal(2, #support.json(result).failed_items)
    support.contains(why(env, planned.run, "Adler"), "done (items-failed): 2 of its items failed")
  end)

  it("tells why a customer could not be reached", function()
    local simulator <close>, env, run = applied()
    local page = why(env, run, "Bauer")
    support.contains(page, "plan    unreachable (invalid_grant)")
    assert.equal(1, #simulator:effects())
  end)

  it("takes reservations and effects, and gives data", function()
    local simulator <close>, env, run = applied()
    local reservation = simulator:effects()[1].reservation
    local about = testing.json.decode(why(env, run, reservation, "-o", "json"))
    assert.equal("reservation", about.about)
    assert.equal(simulator.url, about.request.cloud) -- whose portal its links lead to
    assert.equal(1, #about.effects)
    assert.equal("succeeded", about.effects[1].effect.state)
    assert.is_truthy(about.effects[1].quote.properties.sessionId)
    local key = about.effects[1].effect.key
    local effect = testing.json.decode(why(env, run, key:sub(1, 12), "-o", "json"))
    assert.equal("effect", effect.about)
    assert.equal(key, effect.id)
    assert.same(about.events, effect.events)
    assert.equal(#about.events, #support.lines(why(env, run, key, "-o", "jsonl")))
    assert.equal("number,at,kind,run,effect,body", support.lines(why(env, run, key, "-o", "csv"))[1])
  end)

  it("links to the portal of the run's cloud, as show and reports do, whoever looks", function()
    local simulator <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(simulator.env)
    env.TENURE_LEDGER = testing.directory() .. "/ledger.db"
    local script = support.folder {["one.lua"] = [[
local reservations = require "tenure.reservations"
return function()
  local one = reservations.list{}[1]
  reservations.refund(reservations.quote_refund(one), {reason = "spec"})
  return one
end
]]} .. "/one.lua"
    local result = testing.run {"exec", script, "--customer", "a", "--cap", "EUR=500", "--yes", "-o", "json", env = env}
    assert.equal(0, result.code, result.stderr)
    local run = support.json(result).run
    for cloud, origin in pairs {
      AzureChinaCloud = "https://portal.azure.cn", AzureUSGovernment = "https://portal.azure.us",
      AzureCloud = "https://portal.azure.com", [simulator.url] = "https://portal.azure.com",
    } do
      local moved = testing.run {command = "/usr/bin/sqlite3", env.TENURE_LEDGER,
        ("UPDATE run SET request = json_set(request, '$.cloud', '%s')"):format(cloud)}
      assert.equal(0, moved.code, moved.stderr)
      local shown = support.json(testing.run {"show", run, "-o", "json", env = env}).result
      local link = origin .. "/#resource" .. shown.id .. "/overview"
      assert.equal(link, shown.portal)
      support.contains(why(env, run, shown.id), "portal       " .. link)
      support.contains(testing.run({"report", run, "--format", "md", env = env}).stdout, "](" .. link .. ")")
    end
  end)

  it("says what it does not know", function()
    local _ <close>, env, run = applied()
    local result = testing.run {"why", run, "nobody", env = env}
    assert.equal(2, result.code)
    support.contains(result.stderr, "no customer, effect or reservation 'nobody'")
    assert.equal(2, testing.run({"why", "r-none", "nobody", env = env}).code)
    assert.equal(2, testing.run({"why", run, env = env}).code)
  end)
end)
