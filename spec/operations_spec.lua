-- Reads of the operation table, one by one, as scripts and `tenure call` see them.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3}
      - {id: r2, order: o1, sku: Standard_D2s_v3, quantity: 1}
      - {id: r3, order: o2, sku: Standard_E4s_v5, quantity: 2}
]]

local function call(simulator, ...)
  local result = testing.run {
    "call", "-o", "json", "--customer", "kowalski", env = support.env(simulator.env), ...,
  }
  assert.equal(0, result.code, result.stderr)
  return support.json(result)
end

describe("the operation table", function()
  it("lists the reservations of one order", function()
    local simulator <close> = testing.simulator {world = world}
    local all = call(simulator, "reservations.list")
    local of_order = call(simulator, "reservations.list", "--order", all[1].order)
    assert.equal(3, #all)
    assert.is_true(#of_order < #all and #of_order > 0)
    for _, reservation in ipairs(of_order) do
      assert.equal(all[1].order, reservation.order)
    end
  end)

  it("lists orders, and gets one with its payments", function()
    local simulator <close> = testing.simulator {world = world}
    local orders = call(simulator, "orders.list")
    assert.equal(2, #orders)
    local order = call(simulator, "orders.get", orders[1].order)
    assert.equal(orders[1].order, order.order)
  end)

  it("tells the history of a reservation, the latest revision first", function()
    local simulator <close> = testing.simulator {world = world}
    local all = call(simulator, "reservations.list")
    local history = call(simulator, "reservations.history", all[1].id)
    assert.is_true(#history >= 1)
    assert.equal(all[1].id, history[1].id)
    assert.equal("Succeeded", history[1].state)
    for i = 2, #history do
      assert.is_true(history[i - 1].revision > history[i].revision)
    end
  end)

  it("puts away what is over, and takes it out again", function()
    local simulator <close> = testing.simulator {world = world, settle = 20}
    local over = call(simulator, "reservations.list", "--query", "quantity == 2 and id")[1]
    local function change(...)
      local result = testing.run {
        "call", "--yes", "--customer", "kowalski", "--cap", "PLN=1000000", "-o", "json",
        env = support.env(simulator.env), ...,
      }
      return result.code, result.stderr
    end
    assert.same({0, ""}, {change("reservations.refund", over, "--quiet")})
    for _, operation in ipairs {"reservations.archive", "reservations.unarchive"} do
      assert.same({0, ""}, {change(operation, over, "--quiet")})
    end
    local kinds = {}
    for i, effect in ipairs(simulator:effects()) do
      kinds[i] = effect.kind
    end
    assert.same({"refund", "archive", "unarchive"}, kinds)
  end)
end)
