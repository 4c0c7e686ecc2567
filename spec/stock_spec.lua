-- The stock workflows beside refund-idle, each over a world that has what it is for and what it must leave alone.
local support = require "support"
local testing = require "tenure.testing"

local PRINCIPAL = "d3aa0000-0000-4000-8000-00000000000c"
local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, order: o1, name: first}, {id: r2, order: o2, name: second, term: P3Y, purchased: TODAY}]
  - {id: smith, currency: USD, consent: missing}
  - {id: brown, currency: USD, reservations: [{id: r3, name: third}]}
]]

local function start()
  local simulator = testing.simulator {world = (world:gsub("TODAY", os.date("!%Y-%m-%d"))), settle = 100}
  return simulator, support.env(simulator.env)
end

local function run(env, workflow, ...)
  local result = testing.run {
    "run", support.root .. "/workflows/" .. workflow .. ".yaml", "--yes", "-o", "json", env = env, ...,
  }
  return support.json(result), result
end

local function reservations(env, customer)
  local list = support.json(testing.run {"call", "reservations.list", "--customer", customer, "-o", "json", env = env})
  local found = {}
  for _, reservation in ipairs(list) do
    found[reservation.name] = reservation
  end
  return found
end

describe("renewals", function()
  it("switches what ends soon enough, and leaves the rest and what is so already", function()
    local simulator <close>, env = start()
    local summary, result = run(env, "renewals", "--input", "renew=true")
    assert.equal(3, result.code, result.stderr) -- one customer's consent is missing
    assert.equal(2, summary.effects.succeeded)
    local kowalski = reservations(env, "kowalski")
    assert.is_true(kowalski.first.renew)
    assert.is_false(kowalski.second.renew)
    assert.is_true(reservations(env, "brown").third.renew)
    assert.equal(0, run(env, "renewals", "--input", "renew=true").effects.succeeded)
    assert.equal(2, run(env, "renewals", "--input", "renew=false").effects.succeeded)
    assert.equal(4, #simulator:effects())
  end)

  it("has to be told which", function()
    local simulator <close>, env = start()
    local result = testing.run {"plan", support.root .. "/workflows/renewals.yaml", env = env}
    assert.equal(2, result.code)
    support.contains(result.stderr, "renew")
    assert.equal(0, #simulator:effects())
  end)
end)

describe("grant-access", function()
  it("gives the role on every order, once", function()
    local simulator <close>, env = start()
    for _ = 1, 2 do
      local summary = run(env, "grant-access", "--input", "principal=" .. PRINCIPAL)
      assert.equal(3, summary.effects.succeeded)
    end
    assert.equal(3, #simulator:effects())
    for _, customer in ipairs {"kowalski", "brown"} do
      for _, reservation in pairs(reservations(env, customer)) do
        local list = testing.run {
          "call", "roles.list", "--order", reservation.order, "--principal", PRINCIPAL, "--customer", customer, "-o",
          "json", env = env,
        }
        assert.equal(1, #support.json(list), list.stderr)
      end
    end
  end)

  it("finds what is no principal or no role at once", function()
    local simulator <close>, env = start()
    for given, words in pairs {
      ["principal=ops"] = "input 'principal' takes a GUID, not 'ops'",
      ["role=Reservation Reader"] = "input 'role' takes the name of a built-in role, such as Reservations Reader, or a "
        .. "role's GUID, not 'Reservation Reader'",
    } do
      local result = testing.run {
        "plan", support.root .. "/workflows/grant-access.yaml", "--input", given, env = env,
      }
      assert.equal(2, result.code)
      support.contains(result.stderr, words)
    end
    assert.same({}, simulator:state().requests)
  end)
end)
