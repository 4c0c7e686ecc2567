-- The simulator's splits and merges: what is made, what ends, what can be seen when, what is refused.
local support = require "support"
local testing = require "tenure.testing"

local CAPACITY = "/providers/Microsoft.Capacity"
local NEVER = 600000 -- settles after the spec has ended

local WORLD = [[
customers:
  - id: kowalski
    reservations:
      - {id: a, order: o, sku: Standard_D2s_v5, quantity: 5, worth: 50 USD, renew: true, region: westeurope}
      - {id: b, order: o, sku: Standard_D2s_v5, quantity: 2, region: westeurope}
      - {id: c, order: o, sku: Standard_D4s_v5, quantity: 2, region: westeurope}
      - {id: d, order: o, sku: Standard_D2s_v5, quantity: 2, region: westeurope, state: Cancelled}
      - {id: e, sku: Standard_D2s_v5, quantity: 2, region: westeurope}
]]

describe("the simulator", function()
  local simulator, arm, order, ids

  local function open(settle)
    simulator = testing.simulator {world = WORLD, settle = settle}
    arm = support.arm(simulator, "kowalski")
    ids = {}
    for i, one in ipairs(simulator:world().customers[1].reservations) do
      ids[i] = ("%s/reservationOrders/%s/reservations/%s"):format(CAPACITY, one.order, one.id)
    end
    order = ids[1]:match("^(.*)/reservations/")
  end

  after_each(function()
    simulator:stop()
  end)

  local function split(id, ...)
    return arm("POST", order .. "/split", {properties = {quantities = {...}, reservationId = id}})
  end

  local function merge(...)
    return arm("POST", order .. "/merge", {properties = {sources = {...}}})
  end

  local function refused(answer, status, code)
    assert.equal(status, answer.status, answer.body)
    assert.equal(code, answer.json.error.code)
  end

  local function settled(answer)
    return support.eventually(function()
      local result = arm("GET", answer.headers.location)
      return result.status ~= 202 and result
    end)
  end

  -- Without the revision, and in one case, as ids are compared.
  local function plain(id)
    return (id:gsub("/revisions/%d+$", ""):lower())
  end

  local function state(id)
    local properties = arm("GET", id).json.properties
    return properties.provisioningState, properties.extendedStatusInfo and properties.extendedStatusInfo.statusCode
  end

  it("answers a split with the revisions there will be, and the order waits for them", function()
    open(NEVER)
    local etag = arm("GET", ids[1]).json.etag
    local answer = split(ids[1], 2, 3)
    assert.equal(200, answer.status)
    assert.equal(3, #answer.json)
    for i, quantity in ipairs {2, 3, 5} do
      local one = answer.json[i]
      assert.matches("/revisions/%d+$", one.id)
      assert.matches("/reservations/revisions$", one.type)
      assert.equal(one.id:match("%d+$"), one.name)
      assert.equal(quantity, one.properties.quantity)
    end
    assert.equal("Succeeded", answer.json[1].properties.provisioningState)
    assert.equal(plain(ids[1]), answer.json[1].properties.splitProperties.splitSource:lower())
    assert.is_false(answer.json[1].properties.renew)
    local source = answer.json[3].properties
    assert.same({"Cancelled", "Split"}, {source.provisioningState, source.extendedStatusInfo.statusCode})
    assert.same({plain(answer.json[1].id), plain(answer.json[2].id)}, {
      plain(source.splitProperties.splitDestinations[1]), plain(source.splitProperties.splitDestinations[2]),
    })
    support.contains(answer.headers.location,
      ("/splitoperationresults/%s_%d?"):format(ids[1]:match("[^/]+$"), etag + 1))

    assert.equal(202, arm("GET", answer.headers.location).status)
    assert.same({"Pending", "Pending"}, {state(ids[1])})
    assert.equal("Pending", arm("GET", order).json.properties.provisioningState)
    assert.equal(404, arm("GET", plain(answer.json[1].id)).status)
    assert.equal(4, #arm("GET", order .. "/reservations").json.value)
    assert.equal(5, #simulator:world().customers[1].reservations)
    refused(split(ids[2], 1, 1), 409, "OperationCannotBePerformedInCurrentState")
    refused(merge(ids[1], ids[2]), 409, "OperationCannotBePerformedInCurrentState")
    assert.equal(1, #simulator:effects())
    assert.equal("pending", simulator:effects()[1].state)
  end)

  it("splits a reservation in two, which share what it was worth", function()
    open(20)
    local answer = split(ids[1], 2, 3)
    local result = settled(answer)
    assert.equal(200, result.status)
    for i = 1, 3 do
      assert.equal(plain(answer.json[i].id), result.json[i].id:lower())
      assert.equal(answer.json[i].etag, result.json[i].etag)
      assert.same(answer.json[i].properties.splitProperties, result.json[i].properties.splitProperties)
      assert.matches("^[%x-]+/[%x-]+$", result.json[i].name)
    end
    assert.same({"Cancelled", "Split"}, {state(ids[1])})
    assert.same({"Succeeded"}, {state(result.json[1].id)})
    assert.equal("Succeeded", arm("GET", order).json.properties.provisioningState)
    assert.equal("NotApplicable", arm("GET", ids[1]).json.properties.userFriendlyRenewState)
    local worth = 0
    for i, quantity in ipairs {2, 3} do
      local quote = arm("POST", order .. "/calculateRefund", {properties = {
        scope = "Reservation", reservationToReturn = {reservationId = result.json[i].id, quantity = quantity},
      }})
      worth = worth + quote.json.properties.pricingRefundAmount.amount
    end
    assert.equal(50, worth)
    local effect = simulator:effects()[1]
    assert.same({"split", ids[1]:match("[^/]+$"), 5, "succeeded"}, {
      effect.kind, effect.reservation, effect.quantity, effect.state,
    })
    assert.is_nil(effect.amount)
    refused(split(ids[1], 2, 3), 409, "OperationCannotBePerformedInCurrentState")
  end)

  it("merges two reservations, and what was split can be merged again", function()
    open(20)
    local parts = settled(split(ids[1], 2, 3)).json
    local answer = merge(parts[2].id, parts[1].id:upper())
    assert.equal(200, answer.status)
    support.contains(answer.headers.location, "/mergeoperationresults/" .. parts[2].id:match("[^/]+$") .. "_3?")
    for i = 1, 2 do
      local properties = answer.json[i].properties
      assert.same({"Cancelled", "Merged"}, {properties.provisioningState, properties.extendedStatusInfo.statusCode})
      assert.equal(plain(answer.json[3].id), plain(properties.mergeProperties.mergeDestination))
      assert.equal(plain(ids[1]), plain(properties.splitProperties.splitSource))
    end
    local result = settled(answer)
    assert.equal(200, result.status)
    assert.equal(parts[2].id, result.json[1].id)
    local whole = arm("GET", result.json[3].id).json.properties
    assert.equal(5, whole.quantity)
    assert.is_nil(whole.splitProperties)
    local sources = {parts[1].id:match("[^/]+$"), parts[2].id:match("[^/]+$")}
    assert.same(sources, whole.mergeProperties.mergeSources)
    assert.matches("/reservations/", result.json[3].properties.mergeProperties.mergeSources[1])
    assert.same({"Cancelled", "Merged"}, {state(parts[1].id)})
    local effect = simulator:effects()[2]
    assert.same({"merge", sources[2], 5, "succeeded"}, {
      effect.kind, effect.reservation, effect.quantity, effect.state,
    })
  end)

  it("leaves everything as it was when a split or merge fails, and can do it then", function()
    open(20)
    simulator:faults {fail_operation = {{next = 1, on = "split"}, {next = 1, on = "merge"}}}
    local failed = split(ids[1], 2, 3)
    refused(settled(failed), 400, "OperationFailed")
    refused(settled(merge(ids[1], ids[2])), 400, "OperationFailed")
    assert.same({"Succeeded"}, {state(ids[1])})
    assert.is_nil(arm("GET", ids[1]).json.properties.splitProperties)
    assert.is_nil(arm("GET", ids[1]).json.properties.mergeProperties)
    assert.equal("On", arm("GET", ids[1]).json.properties.userFriendlyRenewState)
    assert.equal(404, arm("GET", plain(failed.json[1].id)).status)
    assert.equal(5, simulator:state().reservations)
    local result = settled(split(ids[1], 2, 3))
    assert.equal(200, result.status)
    assert.equal(3, #result.json)
    assert.equal(2, #result.json[3].properties.splitProperties.splitDestinations)
    local states = {}
    for i, effect in ipairs(simulator:effects()) do
      states[i] = effect.state
    end
    assert.same({"failed", "failed", "succeeded"}, states)
  end)

  it("does a split that was answered too late, once", function()
    open(20)
    simulator:faults {late = {next = 1, on = "reservations.split", after_ms = 20}}
    assert.equal(504, split(ids[1], 1, 4).status)
    support.eventually(function() return select(2, state(ids[1])) == "Split" end)
    assert.equal(1, #simulator:effects())
  end)

  it("refuses splits that do not add up, or of what is not there or over", function()
    open(NEVER)
    for _, quantities in ipairs {{5}, {0, 5}, {-1, 6}, {2, 2}, {1, 2, 2}, {"2", "3"}, {}} do
      refused(split(ids[1], table.unpack(quantities)), 400, "BadRequest")
    end
    refused(split(ids[4], 1, 1), 409, "OperationCannotBePerformedInCurrentState")
    refused(split(ids[5], 1, 1), 400, "ReservationIdNotInReservationOrder")
    refused(split(ids[1]:match("[^/]+$"), 2, 3), 400, "InvalidReservationId")
    refused(split(nil, 2, 3), 400, "InvalidReservationId")
    refused(arm("POST", order:gsub("%x+$", "000000000000") .. "/split", {}), 404, "ReservationOrderNotFound")
    assert.same({}, simulator:effects())
  end)

  it("refuses to merge what is not two of a kind", function()
    open(NEVER)
    refused(merge(ids[1]), 400, "BadRequest")
    refused(merge(ids[1], ids[2], ids[3]), 400, "BadRequest")
    refused(merge(ids[1], ids[1]), 400, "BadRequest")
    refused(merge(ids[1], ids[3]), 400, "BadRequest")
    refused(merge(ids[1], ids[4]), 409, "OperationCannotBePerformedInCurrentState")
    refused(merge(ids[1], ids[5]), 400, "ReservationIdNotInReservationOrder")
    arm("PATCH", ids[1], {properties = {instanceFlexibility = "Off"}})
    refused(merge(ids[1], ids[2]), 400, "BadRequest")
    assert.equal(1, #simulator:effects())
  end)

  it("knows no results but its own", function()
    open(20)
    local answer = split(ids[1], 2, 3)
    assert.equal(200, settled(answer).status)
    local number = tonumber(answer.headers.location:match("_(%d+)%?"))
    for _, wrong in ipairs {number - 1, number + 1, "x", ""} do
      local url = answer.headers.location:gsub("_%d+%?", "_" .. wrong .. "?")
      assert.equal(404, arm("GET", url).status)
    end
    assert.equal(404, arm("GET", order .. "/splitoperationresults/nonsense").status)
  end)
end)
