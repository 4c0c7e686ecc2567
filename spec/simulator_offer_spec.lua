-- The simulator's catalogue, the orders that apply to a subscription, and the operations it names.
local support = require "support"
local testing = require "tenure.testing"

local WORLD = [[
customers:
  - id: kowalski
    reservations:
      - {id: shared, sku: Standard_D2s_v5}
      - {id: single, sku: Standard_D2s_v5}
      - {id: over, sku: Standard_D2s_v5, state: Cancelled}
  - id: smith
]]

describe("the simulator", function()
  local simulator, arm, world, base

  local function refused(answer, status, code)
    assert.equal(status, answer.status, answer.body)
    assert.equal(code, answer.json.error.code)
  end

  setup(function()
    simulator = testing.simulator {world = WORLD}
    arm = support.arm(simulator, "kowalski")
    world = simulator:world().customers
    base = ("/subscriptions/%s/providers/Microsoft.Capacity/"):format(world[1].subscriptions[1])
  end)

  teardown(function()
    simulator:stop()
  end)

  it("offers each product in each region once, fifty on a page", function()
    local seen, count, total = {}, 0, nil
    local next_link = base .. "catalogs"
    while next_link do
      local page = arm("GET", next_link)
      assert.equal(200, page.status)
      assert.is_true(#page.json.value <= 50)
      for _, one in ipairs(page.json.value) do
        local key = one.name .. " " .. one.locations[1]
        assert.is_nil(seen[key])
        seen[key] = true
        count = count + 1
      end
      total = page.json.totalItems
      next_link = page.json.nextLink
    end
    assert.equal(total, count)
    assert.is_true(count > 100)
  end)

  it("says of a product what can be bought, for how much, and which sizes share its discount", function()
    local answer = arm("GET", base .. "catalogs?reservedResourceType=virtualmachines&location=westeurope&%24take=100")
    local by_name = {}
    for _, one in ipairs(answer.json.value) do
      assert.equal("VirtualMachines", one.resourceType)
      assert.same({"westeurope"}, one.locations)
      by_name[one.name] = one
    end
    local one = by_name.Standard_D4s_v5
    assert.same({p1Y = {"Upfront", "Monthly"}, p3Y = {"Upfront", "Monthly"}}, one.billingPlans)
    assert.same({"P1Y", "P3Y"}, one.terms)
    assert.equal("USD", one.msrp.p1Y.currencyCode)
    assert.is_true(one.msrp.p3Y.amount > one.msrp.p1Y.amount)
    local properties = {}
    for _, property in ipairs(one.skuProperties) do
      properties[property.name] = property.value
    end
    assert.equal("4", properties.Cores)
    assert.equal("Ds_v5 Series", properties.ReservationsAutofitGroup)
    assert.equal("4", properties.ReservationsAutofitRatio)
    assert.is_nil(answer.json.nextLink)
    local suse = arm("GET", base .. "catalogs?reservedResourceType=SuseLinux&location=eastus").json.value[1]
    assert.same({p1Y = {"Upfront"}, p3Y = {"Upfront"}}, suse.billingPlans)
  end)

  it("pages the catalogue by skip and take", function()
    local query = "catalogs?location=westeurope&%24take=8"
    local first = arm("GET", base .. query).json
    local second = arm("GET", first.nextLink).json
    assert.same({8, 8, 20}, {#first.value, #second.value, first.totalItems})
    assert.equal(first.value[8].name, arm("GET", base .. query .. "&%24skip=7").json.value[1].name)
    assert.equal(0, #arm("GET", base .. "catalogs?location=atlantis").json.value)
    assert.equal(0, #arm("GET", base .. "catalogs?publisherId=somebody").json.value)
    refused(arm("GET", base .. "catalogs?%24skip=some"), 400, "BadRequest")
    refused(arm("GET", base .. "catalogs?%24filter=x"), 400, "BadRequest")
  end)

  it("gives older versions the catalogue as a bare array, in their spelling", function()
    local answer = arm("GET", base .. "catalogs?location=westeurope&api-version=2022-03-01")
    assert.equal(20, #answer.json)
    assert.is_truthy(answer.json[1].billingPlans.P1Y)
    assert.is_nil(answer.json[1].billingPlans.p1Y)
  end)

  it("knows a customer's own subscriptions only", function()
    for _, what in ipairs {"catalogs", "appliedReservations"} do
      local function of(subscription)
        return arm("GET", ("/subscriptions/%s/providers/Microsoft.Capacity/%s"):format(subscription, what))
      end
      assert.equal(200, of(world[1].subscriptions[2]:upper()).status)
      refused(of(world[2].subscriptions[1]), 404, "SubscriptionNotFound")
      refused(of "mine", 400, "InvalidSubscriptionId")
    end
  end)

  it("lists the orders that apply to a subscription: what lives, and has it in its scope", function()
    local single = world[1].reservations[2]
    local function applied(number)
      local subscription = "/subscriptions/" .. world[1].subscriptions[number]
      local answer = arm("GET", subscription .. "/providers/Microsoft.Capacity/appliedReservations")
      assert.same({200, "default"}, {answer.status, answer.json.name})
      local ids = {}
      for i, id in ipairs(answer.json.properties.reservationOrderIds.value) do
        ids[i] = id:match("^/providers/Microsoft%.Capacity/reservationorders/(.*)$")
      end
      return ids
    end
    local both = {world[1].reservations[1].order, single.order}
    assert.same(both, applied(1))
    assert.same(both, applied(2))
    local path = "/providers/Microsoft.Capacity/reservationOrders/" .. single.order .. "/reservations/" .. single.id
    local group = "/subscriptions/" .. world[1].subscriptions[2] .. "/resourceGroups/x"
    arm("PATCH", path, {properties = {appliedScopeType = "Single", appliedScopes = {group}}})
    assert.same({both[1]}, applied(1))
    assert.same(both, applied(2))
  end)

  it("names each right of its resource provider once", function()
    local answer = arm("GET", "/providers/Microsoft.Capacity/operations")
    local seen = {}
    for _, one in ipairs(answer.json.value) do
      assert.is_nil(seen[one.name])
      assert.matches("^Microsoft%.Capacity/", one.name)
      assert.is_string(one.display.provider)
      seen[one.name] = true
    end
    assert.is_true(seen["Microsoft.Capacity/reservationOrders/return/action"])
    assert.is_true(seen["Microsoft.Capacity/reservationOrders/split/action"])
  end)
end)
