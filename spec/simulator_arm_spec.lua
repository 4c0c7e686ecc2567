-- What every ARM answer of the simulator has in common: which api-versions are understood where, and by whom.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: smith, reservations: [{id: r1, order: o1}]}
  - {id: closed, rights: missing}
]]

local function order(simulator)
  return simulator:world().customers[1].reservations[1].order
end

describe("the simulator's api-versions", function()
  local simulator, arm, capacity

  before_each(function()
    simulator = testing.simulator {world = world}
    arm = support.arm(simulator, "smith")
    capacity = "/providers/Microsoft.Capacity/reservationOrders/" .. order(simulator)
  end)

  after_each(function()
    simulator:stop()
  end)

  it("go by the last provider of the path", function()
    local scope = capacity .. "/providers/Microsoft.Authorization/roleAssignments?api-version="
    assert.equal(200, arm("GET", capacity .. "?api-version=2022-11-01").status)
    assert.equal(200, arm("GET", capacity .. "?api-version=2022-03-01").status)
    assert.equal(400, arm("GET", capacity .. "?api-version=2022-04-01").status)
    assert.equal(200, arm("GET", scope .. "2022-04-01").status)
    assert.equal(400, arm("GET", scope .. "2022-11-01").status)
  end)

  it("are listed by the refusal of another one", function()
    local answer = arm("GET", "/providers/Microsoft.Support/services?api-version=2022-11-01")
    assert.equal(400, answer.status)
    assert.equal("InvalidApiVersionParameter", answer.json.error.code)
    support.contains(answer.json.error.message, "'2024-04-01,2020-04-01'")
  end)

  it("are demanded", function()
    local answer = arm("GET", "/providers/Microsoft.Support/services?api-version=")
    assert.equal(400, answer.status)
    assert.equal("MissingApiVersionParameter", answer.json.error.code)
  end)
end)

describe("the simulator's rights", function()
  it("name the action and the scope that they are missing for", function()
    local simulator <close> = testing.simulator {world = world}
    local arm = support.arm(simulator, "closed")
    local scope = "/providers/Microsoft.Capacity/reservationOrders/" .. order(simulator)
    local answer = arm("GET", scope .. "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01")
    assert.equal(403, answer.status)
    assert.equal("AuthorizationFailed", answer.json.error.code)
    support.contains(answer.json.error.message, "'Microsoft.Authorization/roleAssignments/read'")
    support.contains(answer.json.error.message, "over scope '" .. scope .. "'")
  end)
end)
