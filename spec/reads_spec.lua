-- Reads may be repeated: what is torn or refused for its token is asked for again, and nothing is counted twice.
local support = require "support"
local testing = require "tenure.testing"

local CUSTOMERS, RESERVATIONS = 12, 120 -- two pages each

local function seen_under(faults)
  local simulator <close> = testing.simulator {customers = CUSTOMERS, reservations = RESERVATIONS, seed = 5}
  local folder = support.workflow {when = "true", each = "reservations.list{}", script = [[
return function(ctx)
  ctx.skip("seen")
end
]]}
  simulator:faults(faults)
  local plan = support.json(testing.run {
    "plan", folder .. "/refund.yaml", "-o", "json", env = support.env(simulator.env),
  })
  local seen = 0
  for _, row in ipairs(plan.skipped) do
    seen = seen + (row.code == "seen" and row.count or 0)
  end
  return plan, seen, simulator:state().faults
end

describe("a list of several pages", function()
  it("is whole, and nothing in it twice, when a token is refused in its middle", function()
    local plan, seen, met = seen_under {expire_token = {probability = 0.3, on = "reservations.list"}}
    assert.is_true(met > 3)
    assert.is_true(plan.customers.done > 3)
    assert.equal(plan.customers.done * RESERVATIONS, seen)
  end)

  it("is whole when some of its answers are torn", function()
    local plan, seen, met = seen_under {truncate = {probability = 0.15, on = "reservations.list"}}
    assert.is_true(met > 1)
    assert.is_true(plan.customers.done > 3)
    assert.equal(0, plan.customers.failed, plan.failed[1] and plan.failed[1].message)
    assert.equal(plan.customers.done * RESERVATIONS, seen)
  end)
end)

describe("a reservation that is named by its bare id", function()
  it("is looked up, and a quantity of nothing is a wrong answer, not a reason to ask for ever", function()
    local simulator <close> = testing.simulator {customers = 1, reservations = 1, seed = 5}
    local looked_up = 0
    local server <close> = support.between(simulator, function(request, _, pass)
      local answer = pass()
      looked_up = looked_up + (request.path:find("/reservations[/?]") and 1 or 0)
      if looked_up > 20 then
        return {status = 404, body = "{}"}
      end
      answer.body = answer.body:gsub('"quantity": ?%d+', '"quantity":0')
      return answer
    end)
    local customers = support.json(testing.run {"call", "customers.list", "-o", "json", env = server.env})
    local customer = customers[1].id
    local listed = support.json(testing.run {
      "call", "reservations.list", "--customer", customer, "-o", "json", env = server.env,
    })
    looked_up = 0
    local id = listed[1].id:match("[^/]+$")
    local result = testing.run {"call", "reservations.quote_refund", id, "--customer", customer, env = server.env}
    assert.equal(1, result.code)
    support.contains(result.stderr, "reservations.get: the answer has no quantity")
    assert.equal(2, looked_up) -- in the list, for its order; by itself, for its quantity
  end)
end)

describe("a record that is not what it should be", function()
  -- What a call says when the service answers with this body.
  local function told(body, ...)
    local simulator <close> = testing.simulator {world = "customers:\n  - {id: a, reservations: [{id: r1}]}\n"}
    local server <close> = support.between(simulator, function(request, _, pass)
      return request.path:find("/token", 1, true) and pass() or {status = 200, body = body}
    end)
    local result = testing.run {"call", env = server.env, ...}
    assert.equal(1, result.code, body .. result.stdout)
    assert.equal("", result.stdout)
    return result.stderr
  end

  it("is an error, not a record of nothing", function()
    local id = "51e50000-0000-4000-8000-00000000000b"
    for _, body in ipairs {"null", "3", '"x"', "[]", "{}", '{"properties": null}', '{"value": []}'} do
      support.contains(told(body, "orders.get", id), "orders.get: the answer has nothing of the record order")
    end
    support.contains(told("{}", "customers.get", id), "customers.get: the answer has nothing of the record customer")
  end)

  it("may be an error, whose words are told", function()
    local id = "51e50000-0000-4000-8000-00000000000b"
    support.contains(told('{"error": {"code": "Oops", "message": "it broke"}}', "orders.list"),
      "orders.list: answered 200 with an error inside: Oops: it broke")
    support.contains(told('{"code": 2000, "description": "it broke"}', "customers.get", id),
      "customers.get: answered 200 with an error inside: 2000: it broke")
  end)

  it("has a field that is something else, which is named with who answered so", function()
    support.contains(told('{"value": [{"id": 3}]}', "orders.list"), "orders.list: the answer's id is not text")
  end)
end)

describe("a list that is not what it should be", function()
  -- What a call of reservations.list says when its answer is changed so, and which paths another host was asked for.
  local function told(change)
    local asked = {}
    local stranger <close> = testing.server(function(connection)
      for request in connection.read_request, connection do
        asked[#asked + 1] = request.path
        connection:answer(200, '{"value": []}', {["Content-Type"] = "application/json"})
      end
    end)
    local simulator <close> = testing.simulator {world = "customers:\n  - {id: a, reservations: [{id: r1}]}\n"}
    local server <close> = support.between(simulator, function(request, _, pass)
      local answer = pass()
      if request.path:find("/providers/Microsoft.Capacity/reservations?", 1, true) then
        answer.body = change(answer.body, stranger.url)
      end
      return answer
    end)
    local result = testing.run {"call", "reservations.list", "--customer", "a", env = server.env}
    return result, asked
  end

  it("is no list when an entry is no object", function()
    for number, entry in ipairs {"1", "null", '"x"', "[]"} do
      local result = told(function() return '{"value": [' .. entry .. "]}" end)
      assert.is_true(result.code ~= 0, "entry " .. number)
      support.contains(result.stderr, "reservations.list: entry 1 of the list is no object")
    end
  end)

  it("is not followed to another host, which would get the token", function()
    local result, asked = told(function(body, stranger)
      return (body:gsub("}%s*$", ',"nextLink":"' .. stranger .. '/providers/Microsoft.Capacity/reservations?page=2"}'))
    end)
    assert.is_true(result.code ~= 0)
    support.contains(result.stderr, "reservations.list: the next page is said to be on another host; not followed")
    assert.same({}, asked)
  end)
end)
