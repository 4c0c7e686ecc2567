-- What can be reserved, where it applies, and who may: tenure.catalog, tenure.applied, tenure.roles.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3}
      - {id: r2, order: o2, sku: Standard_E4s_v5, quantity: 1}
]]

describe("what can be reserved", function()
  local simulator, env, reservation

  local function call(...)
    local result = testing.run {"call", "-o", "json", "--customer", "kowalski", env = env, ...}
    assert.equal(0, result.code, result.stderr)
    return support.json(result)
  end

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
    reservation = call("reservations.list")[1]
  end)

  teardown(function()
    simulator:stop()
  end)

  it("is in the catalogue, by type and region", function()
    local rows = call("catalog.list", reservation.billing_scope, "--type", "VirtualMachines", "--region", "westeurope")
    assert.is_true(#rows > 0)
    local found
    for _, row in ipairs(rows) do
      assert.equal("VirtualMachines", row.type)
      assert.same({"westeurope"}, row.regions)
      found = found or row.sku == "Standard_D2s_v5" and row
    end
    assert.same({"P1Y", "P3Y"}, found.terms)
    table.sort(found.one_year)
    assert.same({"Monthly", "Upfront"}, found.one_year)
    assert.is_nil(found.five_years)
    assert.matches("^%d+%.%d%d$", found.price_one_year.amount)
    assert.is_true(#found.properties > 0)
    assert.is_true(#call("catalog.list", reservation.billing_scope) > #rows)
  end)

  it("applies to subscriptions: plain ids, page after page", function()
    local ids = call("applied.list", reservation.billing_scope)
    table.sort(ids)
    assert.equal(2, #ids)
    for _, id in ipairs(ids) do
      assert.matches("^/providers/.+/reservation[oO]rders/%x+%-", id)
    end
    local asked = 0
    local server <close> = support.between(simulator, function(request, _, pass)
      if request.path:find("/oauth2/") then
        return pass()
      end
      asked = asked + 1
      local next_link = asked < 3 and ('"http://%s/page/%d"'):format(request.headers.host, asked + 1) or "null"
      -- with a mark at its beginning, as some of Microsoft's services write one
      local body = '\xef\xbb\xbf{"properties":{"reservationOrderIds":{"value":["id %d"],"nextLink":%s}}}'
      return {status = 200, body = body:format(asked, next_link)}
    end)
    local guid = "00000000-0000-4000-8000-00000000000a"
    local result = testing.run {"call", "applied.list", guid, "-o", "json", env = server.env}
    assert.equal(0, result.code, result.stderr)
    assert.same({"id 1", "id 2", "id 3"}, support.json(result))
  end)

  it("has scopes that would do, and such that would not", function()
    local mine = reservation.billing_scope
    local other = "/subscriptions/00000000-0000-4000-8000-00000000000a"
    for _, words in ipairs {
      {"--scopes", mine, "--scopes", other}, {"--scopes", testing.json.encode {mine, other}},
    } do
      local valid = {}
      for _, row in ipairs(call("reservations.available_scopes", reservation.id, table.unpack(words))) do
        valid[row.scope] = row.valid
      end
      assert.same({[mine] = true, [other] = false}, valid)
    end
  end)

  it("is managed by whoever has a role: on an order, on a reservation, on all of the tenant", function()
    local on_order = call("roles.list", "--order", reservation.order)
    assert.equal("Owner", on_order[1].role_name) -- the buyer; a GUID nobody knows by heart
    assert.is_true(#on_order > 0)
    local first = on_order[1]
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", first.role)
    support.contains(first.scope:lower(), "/providers/microsoft.capacity")
    assert.same(on_order, call("roles.list", reservation.id)) -- a reservation stands for its order
    assert.is_true(#call("roles.list", "--reservation", reservation.id) >= #on_order)
    assert.is_true(#call("roles.list") <= #on_order)
    for _, row in ipairs(call("roles.list", "--order", reservation.order, "--principal", first.principal)) do
      assert.equal(first.principal, row.principal)
    end
    assert.same({}, call("roles.list", "--principal", "00000000-0000-4000-8000-00000000000a"))
  end)

  it("knows the roles there are, by name too", function()
    local all = call("roles.definitions")
    local one = call("roles.definitions", "Reservations Administrator")
    assert.is_true(#all > 1)
    assert.equal(1, #one)
    assert.equal("a8889054-8d42-49c9-bc1c-52486c10e7cd", one[1].role)
    assert.equal("BuiltInRole", one[1].type)
    assert.same({}, call("roles.definitions", "Nobody's"))
  end)
end)
