-- The simulator's change of directory: an order goes to another customer's tenant.
local support = require "support"
local testing = require "tenure.testing"

local ORDERS = "/providers/Microsoft.Capacity/reservationOrders"

local WORLD = [[
customers:
  - id: kowalski
    currency: PLN
    reservations:
      - {id: first, sku: Standard_D2s_v5}
      - {id: a, order: o, name: web, sku: Standard_D2s_v5, quantity: 2, worth: 20 USD}
      - {id: b, order: o, name: old, sku: Standard_D2s_v5, state: Cancelled}
      - {id: last, sku: Standard_D2s_v5}
  - id: smith
    currency: EUR
    reservations: [{id: theirs, sku: Standard_D2s_v5}]
  - {id: closed, rights: missing}
]]

describe("the simulator's change of directory", function()
  local simulator, kowalski, smith, world, order, path

  before_each(function()
    simulator = testing.simulator {world = WORLD, settle = 600000}
    kowalski, smith = support.arm(simulator, "kowalski"), support.arm(simulator, "smith")
    world = simulator:world().customers
    order = ORDERS .. "/" .. world[1].reservations[2].order
    path = order .. "/reservations/" .. world[1].reservations[2].id
  end)

  after_each(function()
    simulator:stop()
  end)

  local function move(tenant)
    return kowalski("POST", order .. "/changeDirectory", {destinationTenantId = tenant})
  end

  local function refused(answer, status, code)
    assert.equal(status, answer.status, answer.body)
    assert.equal(code, answer.json.error.code)
  end

  local function names(arm)
    local list = {}
    for i, one in ipairs(arm("GET", "/providers/Microsoft.Capacity/reservations").json.value) do
      list[i] = one.properties.displayName
    end
    return list
  end

  it("moves the order and all its reservations, and says so of each", function()
    local before, theirs = names(kowalski), names(smith)
    local answer = move(world[2].id:upper())
    assert.equal(200, answer.status)
    assert.equal(world[1].reservations[2].order, answer.json.reservationOrder.id)
    assert.is_true(answer.json.reservationOrder.isSucceeded)
    assert.same({
      {id = world[1].reservations[2].id, name = "web", isSucceeded = true},
      {id = world[1].reservations[3].id, name = "old", isSucceeded = true},
    }, answer.json.reservations)
    assert.same({before[1], before[4]}, names(kowalski))
    assert.same({theirs[1], "web", "old"}, names(smith))
    refused(kowalski("GET", order), 401, "InvalidAuthenticationTokenTenant")
    assert.equal(200, smith("GET", order).status)
    assert.same({2, 2}, {#kowalski("GET", ORDERS).json.value, #smith("GET", ORDERS).json.value})
    local effect = simulator:effects()[1]
    assert.same({"change_directory", world[1].id, "succeeded"}, {effect.kind, effect.customer, effect.state})
    assert.is_nil(effect.reservation)
    assert.equal(1, #simulator:effects())
  end)

  it("bills the new tenant in its currency and leaves no scope behind", function()
    kowalski("PATCH", path, {properties = {
      renew = true, appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. world[1].subscriptions[2]},
    }})
    move(world[2].id)
    local properties = smith("GET", path).json.properties
    assert.equal("/subscriptions/" .. world[2].subscriptions[1], properties.billingScopeId)
    assert.equal("Shared", properties.appliedScopeType)
    local quote = smith("POST", order .. "/calculateRefund", {properties = {
      scope = "Reservation", reservationToReturn = {reservationId = path, quantity = 2},
    }}).json.properties
    assert.equal("EUR", quote.billingRefundAmount.currencyCode)
    assert.equal(17.22, quote.billingRefundAmount.amount)
    assert.equal(20, quote.pricingRefundAmount.amount)
    local renewal = smith("GET", path .. "?expand=renewProperties").json.properties.renewProperties
    assert.equal("EUR", renewal.billingCurrencyTotal.currencyCode)
    assert.is_true(math.abs(renewal.billingCurrencyTotal.amount - 0.861 * renewal.pricingCurrencyTotal.amount) < 0.05)
  end)

  it("answers 200 and moves nothing where there are no rights, or where it fails", function()
    local before = names(kowalski)
    simulator:faults {fail_operation = {next = 1, on = "orders.change_directory"}}
    for _, tenant in ipairs {world[3].id, world[2].id} do
      local answer = move(tenant)
      assert.equal(200, answer.status)
      assert.is_false(answer.json.reservationOrder.isSucceeded)
      assert.is_string(answer.json.reservationOrder.error)
      assert.is_false(answer.json.reservations[1].isSucceeded)
    end
    assert.same(before, names(kowalski))
    assert.same({"failed", "failed"}, {simulator:effects()[1].state, simulator:effects()[2].state})
    assert.is_true(move(world[2].id).json.reservationOrder.isSucceeded)
  end)

  it("refuses tenants that are none, or its own, and orders that are busy", function()
    refused(move(nil), 400, "MissingTenantId")
    refused(move "smith", 400, "InvalidTenantId")
    refused(move "00000000-0000-4000-8000-000000000000", 400, "InvalidTenantId")
    refused(move(world[1].id), 400, "InvalidTenantId")
    assert.equal(200, kowalski("POST", order .. "/split", {properties = {
      quantities = {1, 1}, reservationId = path,
    }}).status)
    refused(move(world[2].id), 409, "OperationCannotBePerformedInCurrentState")
  end)
end)
