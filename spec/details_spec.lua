-- customers.details: what Partner Center tells of each customer alone, in where and in scripts.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: adler, name: Adler, domain: adler.example, country: DE, currency: EUR, reservations: []}
  - {id: nowak, name: Nowak, domain: nowak.example, country: PL, currency: PLN, reservations: []}
  - {id: smith, name: Smith, domain: smith.example, country: US, currency: USD, reservations: []}
]]

-- A workflow that writes down what it knows of each customer; parts: customers, where, team.
local function workflow(parts)
  return support.folder {
    ["flow.yaml"] = ([[
tenure: 1
name: flow
permissions: []
customers:
  CUSTOMERS
  details: true
  where: WHERE
outputs:
  seen: {columns: {name: string, country: string, currency: string, team: string}}
steps:
  - {id: one, run: scripts/one.lua}
]]):gsub("%u%u%u%u%u+", {
      CUSTOMERS = parts.customers or "from: partner-center", WHERE = parts.where or "customer.country ~= 'US'",
    }),
    ["ours.csv"] = "domain,team\nadler.example,red\n",
    ["scripts/one.lua"] = ([[
return function(ctx)
  local customer = ctx.customer
  ctx.output("seen", {
    name = customer.name, country = customer.country, currency = customer.currency,
    team = TEAM,
  })
end
]]):gsub("TEAM", parts.team or "nil"),
  }
end

local function start()
  local simulator = testing.simulator {world = world}
  return simulator, support.env(simulator.env)
end

local function seen(env, folder)
  local result = testing.run {"run", "flow.yaml", "-o", "json", env = env, cwd = folder}
  assert.equal(0, result.code, result.stderr .. result.stdout)
  local output = testing.run {"output", support.json(result).run, "seen", env = env, cwd = folder}
  assert.equal(0, output.code, output.stderr)
  return output.stdout
end

describe("details", function()
  it("tell country and currency, to `where` and to scripts, with what a file knows", function()
    local simulator <close>, env = start()
    assert.equal("name,country,currency,team\nAdler,DE,EUR,\nNowak,PL,PLN,\n", seen(env, workflow {}))
    assert.equal(3, simulator:state().requests["customers.get"])
    local joined = "from: partner-center\n  join: {file: ours.csv, by: domain}"
    assert.equal("name,country,currency,team\nAdler,DE,EUR,red\nNowak,PL,PLN,\n",
      seen(env, workflow {customers = joined, team = "customer.data.team"}))
  end)

  it("are asked for of those only who take part", function()
    local simulator <close>, env = start()
    local result = testing.run {
      "run", "flow.yaml", "--only", "nowak.example", "-o", "json", env = env, cwd = workflow {where = "true"},
    }
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, support.json(result).customers.done)
    assert.equal(1, simulator:state().requests["customers.get"])
  end)

  it("that cannot be read leave their customer out as unreachable, and say why", function()
    local simulator <close>, env = start()
    simulator:faults {expire_token = {probability = 1, on = "customers.get"}}
    local result = testing.run {"run", "flow.yaml", "-o", "json", env = env, cwd = workflow {}}
    assert.equal(3, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal(3, summary.customers.unreachable)
    assert.equal("Adler", summary.unreachable[1].name)
    support.contains(summary.unreachable[1].message, "customers.get: HTTP 401")
  end)

  it("are Partner Center's alone", function()
    local result = testing.run {"check", workflow {customers = "list: [adler.example]"} .. "/flow.yaml"}
    assert.equal(2, result.code)
    support.contains(result.stderr .. result.stdout, "there are details of the partner's customers only")
  end)
end)
