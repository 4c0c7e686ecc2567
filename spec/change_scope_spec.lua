-- The stock workflow change-scope: reservations get the scopes that a CSV file says, and `undo` puts them back.
local support = require "support"
local testing = require "tenure.testing"

local CAPACITY = "/providers/Microsoft.Capacity"
local GROUPS = "/providers/Microsoft.Management/managementGroups/"
local ABSENT = "99990000-0000-4000-8000-000000000009"
local ELSEWHERE = "99990000-0000-4000-8000-00000000000a"
local HEADER = "customer,reservation,scope,subscription,resource_group,management_group"
local workflow = support.root .. "/workflows/change-scope.yaml"
local world = [[
customers:
  - id: kowalski
    domain: kowalski.example
    reservations: [{id: r1}, {id: r2}, {id: r3}, {id: r4}, {id: over, state: Cancelled}]
  - {id: smith, domain: smith.example, reservations: [{id: r5}, {id: r6}]}
]]

-- A world that has every kind of scope; of: what stands in it, by customer and number of the reservation.
local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  local one = {simulator = simulator, env = support.env(simulator.env), of = {}, folder = testing.directory()}
  for i, name in ipairs {"kowalski", "smith"} do
    local customer = simulator:world().customers[i]
    one.of[name] = {arm = support.arm(simulator, name), id = customer.id, subscriptions = customer.subscriptions}
    for j, reservation in ipairs(customer.reservations) do
      one.of[name][j] = ("%s/reservationOrders/%s/reservations/%s"):format(CAPACITY, reservation.order, reservation.id)
    end
  end
  local kowalski = one.of.kowalski
  one.billed, one.spare = table.unpack(kowalski.subscriptions)
  local function patch(reservation, properties)
    assert.equal(200, kowalski.arm("PATCH", reservation, {properties = properties}).status)
  end
  patch(kowalski[1], {appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. one.spare}})
  patch(kowalski[2], {
    appliedScopeType = "Single", appliedScopes = {"/subscriptions/" .. one.billed .. "/resourceGroups/-Shop"},
  })
  patch(kowalski[3], {
    appliedScopeType = "ManagementGroup",
    appliedScopeProperties = {managementGroupId = GROUPS .. "=top", tenantId = kowalski.id},
  })
  one.patched = #simulator:effects()
  return one, setmetatable({}, {__close = function() simulator:stop() end})
end

local function guid(id) return id:match("[^/]+$") end

local function write(one, ...)
  local path = one.folder .. "/changes.csv"
  testing.write(path, HEADER .. "\n" .. table.concat({...}, "\n") .. "\n")
  return path
end

local function tenure(one, ...)
  return testing.run {env = one.env, ...}
end

local function plan(one, file)
  local result = tenure(one, "plan", workflow, "--input", "changes=@" .. file, "-o", "json")
  assert.truthy(result.code == 0 or result.code == 3, result.stderr)
  return support.json(result)
end

local function apply(one, run)
  local result = tenure(one, "apply", run, "--yes", "-o", "json")
  assert.truthy(result.code == 0 or result.code == 3, result.stderr)
  return support.json(result)
end

-- The table that puts a run back, as a file.
local function undo(one, run)
  local path = one.folder .. "/undo.csv"
  local result = tenure(one, "output", run, "undo", "--to", path)
  assert.equal(0, result.code, result.stderr)
  return path, support.lines(testing.read(path))
end

-- What the service says of each scope.
local function scopes(one)
  local found = {}
  for _, name in ipairs {"kowalski", "smith"} do
    for _, id in ipairs(one.of[name]) do
      local properties = one.of[name].arm("GET", id).json.properties
      found[guid(id)] = {
        properties.appliedScopeType, properties.userFriendlyAppliedScopeType,
        properties.appliedScopes or false, properties.appliedScopeProperties or false,
      }
    end
  end
  return found
end

local function changed(one)
  return #one.simulator:effects() - one.patched
end

-- A row for each kind of scope, by bare GUIDs and full ids, names and ids.
local function every_kind(one)
  local k, s = one.of.kowalski, one.of.smith
  return write(one,
    ("kowalski,%s,Shared,,,"):format(guid(k[1])),
    ("KOWALSKI.example,%s,Single,%s,,"):format(k[2], one.spare:upper()),
    ("kowalski,%s,ResourceGroup,/subscriptions/%s,web,"):format(k[3]:upper(), one.spare),
    ("kowalski,%s,ManagementGroup,,,top"):format(guid(k[4]):upper()),
    ("%s,%s,ResourceGroup,,/subscriptions/%s/resourcegroups/web,"):format(s.id, s[1], s.subscriptions[1]),
    ("smith.example,%s,ManagementGroup,,,%stop"):format(guid(s[2]), GROUPS))
end

local function codes(list)
  local found = {}
  for _, row in ipairs(list) do
    found[row.code] = (found[row.code] or 0) + (row.count or 1)
  end
  return found
end

describe("change-scope", function()
  it("gives the scopes that the file says, and its undo puts all of them back", function()
    local one, stop = start()
    local _ <close> = stop
    local before = scopes(one)
    local planned = plan(one, every_kind(one))
    assert.equal(6, planned.effects.planned)
    assert.equal(0, changed(one))
    local run = apply(one, planned.run).run
    assert.equal(6, changed(one))
    local after, said = scopes(one), {}
    for number, id in ipairs {table.unpack(one.of.kowalski, 1, 4)} do
      said[number] = after[guid(id)][2]
      assert.not_same(before[guid(id)], after[guid(id)])
    end
    assert.same({"Shared", "Single", "ResourceGroup", "ManagementGroup"}, said)

    local back, lines = undo(one, run)
    assert.equal(HEADER, lines[1])
    assert.equal(7, #lines)
    local summary = apply(one, plan(one, back).run)
    assert.same({6, 0}, {summary.effects.succeeded, summary.effects.failed})
    assert.same(before, scopes(one))
    apply(one, plan(one, (undo(one, summary.run))).run)
    assert.same(after, scopes(one))
  end)

  it("has the whole undo, whenever the process dies", function()
    for _, point in ipairs {"K3:2", "K9:2", "K11:2", "K11:6"} do
      local one, stop = start()
      local _ <close> = stop
      local before = scopes(one)
      local run = plan(one, every_kind(one)).run
      one.env.TENURE_KILL = point
      assert.truthy(tenure(one, "apply", run, "--yes", "--concurrency", "1").signal, point)
      one.env.TENURE_KILL = nil
      assert.equal(6, apply(one, run).effects.succeeded, point)
      assert.equal(6, changed(one), point)
      apply(one, plan(one, (undo(one, run))).run)
      assert.same(before, scopes(one), point)
    end
  end)

  it("says in the plan what a scope is and what it becomes", function()
    local one, stop = start()
    local _ <close> = stop
    local k = one.of.kowalski
    local planned = plan(one, write(one, ("kowalski,%s,Shared,,,"):format(guid(k[3]))))
    assert.same({{name = "scope", before = GROUPS .. "=top", value = "Shared"}}, planned.asked[1].effects[1].asks)
  end)

  it("skips what is so already, however it is spelt", function()
    local one, stop = start()
    local _ <close> = stop
    local k = one.of.kowalski
    local planned = plan(one, write(one,
      ("kowalski,%s,Single,%s,,"):format(k[1], one.spare:upper()),
      ("kowalski,%s,ResourceGroup,%s,-SHOP,"):format(k[2], one.billed),
      ("kowalski,%s,ManagementGroup,,,=TOP"):format(k[3]),
      ("kowalski,%s,Shared,,,"):format(k[4])))
    assert.equal(0, planned.effects.planned)
    assert.same({["already-so"] = 4}, codes(planned.skipped))
    assert.same({}, planned.failed_items)
  end)

  it("fails the rows that cannot be, in the plan, and goes on with the others", function()
    local one, stop = start()
    local _ <close> = stop
    local k, s = one.of.kowalski, one.of.smith
    local planned = plan(one, write(one,
      ("kowalski,%s,Single,%s,,"):format(ABSENT, one.spare),
      ("kowalski,%s/reservations/%s,Shared,,,"):format(k[1]:match("^(.*)/reservations/"), ELSEWHERE),
      ("kowalski,%s,Shared,,,"):format(guid(s[2])),
      ("kowalski,%s,Single,%s,,"):format(k[5], one.spare),
      ("kowalski,%s,Single,%s,,"):format(k[4], s.subscriptions[1]),
      ("kowalski,%s,ResourceGroup,%s,web,"):format(k[1], s.subscriptions[1]),
      ("kowalski,%s,Shared,,,"):format(k[2]),
      ("kowalski,%s,Single,%s,,"):format(guid(k[2]):upper(), one.spare),
      ("smith,%s,Single,%s,,"):format(s[1], s.subscriptions[1])))
    assert.same({["not-there"] = 3, ["not-in-effect"] = 1, ["scope-not-available"] = 2, ["named-twice"] = 2},
      codes(planned.failed_items))
    assert.equal(1, planned.effects.planned)
    local summary = apply(one, planned.run)
    assert.equal(1, summary.effects.succeeded)
    assert.equal(2, #select(2, undo(one, summary.run)))
  end)

  it("asks for cells that go together", function()
    local one, stop = start()
    local _ <close> = stop
    local id, sub = one.of.smith[1], one.of.smith.subscriptions[1]
    for _, cells in ipairs {
      "Shared," .. sub .. ",,", "Shared,,web,", "Shared,,,top", "Single,,,", "Single," .. sub .. ",web,",
      "ResourceGroup,,web,", "ResourceGroup," .. sub .. ",,", "ResourceGroup," .. sub .. ",a/b,",
      "ResourceGroup," .. sub .. ",/subscriptions/" .. sub .. "/resourceGroups/web,", "ManagementGroup,,,",
      "ManagementGroup," .. sub .. ",,top", "ManagementGroup,,,a/b", "ManagementGroup,,,/subscriptions/" .. sub,
    } do
      local planned = plan(one, write(one, ("smith,%s,%s"):format(id, cells)))
      assert.same({["row-unclear"] = 1}, codes(planned.failed_items), cells)
      assert.equal(0, planned.effects.planned, cells)
    end
  end)

  it("says where in the file a cell is wrong", function()
    local one, stop = start()
    local _ <close> = stop
    local id = one.of.smith[1]
    local path = write(one, ("smith,%s,Everywhere,,,"):format(id), ("smith,%s,Single,shop,,"):format(id),
      ("smith,%s,Single,/subscriptions/%s/resourceGroups/web,,"):format(id, ABSENT), "smith,,,,,")
    local asked = one.simulator:state().requests
    local result = tenure(one, "plan", workflow, "--input", "changes=@" .. path)
    assert.equal(2, result.code)
    local cell = #("smith," .. id .. ",") + 1
    for _, words in ipairs {
      ("2:%d: column 'scope': takes one of: Shared, Single, ResourceGroup, ManagementGroup; not"):format(cell),
      ("3:%d: column 'subscription': takes a subscription: its GUID"):format(cell + #"Single,"),
      ("4:%d: column 'subscription': takes a subscription: its GUID"):format(cell + #"Single,"),
      "5:7: column 'reservation' is empty: it takes a reservation's id",
      "5:8: column 'scope' is empty: it takes one of its words",
    } do
      support.contains(result.stderr, "changes.csv:" .. words)
    end
    assert.same(asked, one.simulator:state().requests)
  end)

  it("puts back what was changed only, not what was never approved", function()
    local one, stop = start()
    local _ <close> = stop
    local run = plan(one, every_kind(one)).run
    assert.equal(1, #select(2, undo(one, run)))
    assert.equal(0, tenure(one, "approve", run, "--only", "smith", "--reason", "a first part").code)
    assert.equal(0, tenure(one, "apply", run).code)
    assert.equal(2, changed(one))
    local _, lines = undo(one, run)
    assert.equal(3, #lines)
    for i = 2, 3 do
      assert.equal(one.of.smith.id, lines[i]:match("^[^,]+"))
    end
  end)

  it("puts back what was changed only, not what Azure refused late", function()
    local one, stop = start()
    local _ <close> = stop
    local k = one.of.kowalski
    local server <close> = support.between(one.simulator, function(request, _, pass)
      if request.method == "PATCH" and request.path:find(guid(k[1]), 1, true) then
        return {status = 400, body = [[{"error": {"code": "CapacityUpdateScopesFailed", "message": "not now"}}]]}
      end
      return pass()
    end)
    one.env = server.env
    local file = write(one, ("kowalski,%s,Shared,,,"):format(k[1]), ("kowalski,%s,Shared,,,"):format(k[2]))
    local summary = apply(one, plan(one, file).run)
    assert.same({1, 1}, {summary.effects.succeeded, summary.effects.failed})
    local _, lines = undo(one, summary.run)
    assert.equal(2, #lines)
    support.contains(lines[2], k[2])
  end)

  it("changes nothing where nobody could put it back", function()
    local one, stop = start()
    local _ <close> = stop
    local server <close> = support.between(one.simulator, function(_, _, pass)
      local answer = pass()
      answer.body = answer.body:gsub('"appliedScopes":%[[^%]]*%],', "")
      return answer
    end)
    one.env = server.env
    local planned = plan(one, write(one, ("kowalski,%s,Shared,,,"):format(one.of.kowalski[1])))
    assert.same({["scope-unknown"] = 1}, codes(planned.failed_items))
    assert.equal(0, planned.effects.planned)
  end)
end)
