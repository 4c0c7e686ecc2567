-- What a partner changes at Partner Center for its customers: registrations, self-serve policies, carts and their
-- checkout. Each is made once, whatever became of the first answer.
local support = require "support"
local testing = require "tenure.testing"

local effects = support.effects

local world = [[
customers:
  - {id: kowalski, country: PL, currency: PLN, reservations: [{id: r1, order: o1, quantity: 3}]}
  - {id: schmidt, country: DE, azure: plan, reservations: []}
]]

local function start(faults)
  local simulator = testing.simulator {world = world, settle = 100}
  if faults then
    simulator:faults(faults)
  end
  return simulator, support.env(simulator.env)
end

local function call(env, customer, ...)
  return testing.run {"call", "--customer", customer, "-o", "json", env = env, ...}
end

local function told(...)
  local result = call(...)
  assert.equal(0, result.code, result.stderr)
  return support.json(result)
end

-- The catalogue item of a reservation that kowalski can buy, and the Azure subscription it is for.
local function goods(env)
  local product = told(env, "kowalski", "partner.products", "PL", "--query",
    'title:find("Standard_D2s_v5", 1, true) ~= nil')[1]
  local sku
  for _, each in ipairs(told(env, "kowalski", "partner.skus", product.id, "--country", "PL")) do
    sku = sku or each.region == "polandcentral" and each.duration == "1Year" and each
  end
  local sold = told(env, "kowalski", "partner.availabilities", product.id, "--sku", sku.id, "--country", "PL")
  return sold[1].item, told(env, "kowalski", "partner.subscriptions", "--query", "subscription")[1]
end

-- A cart made by hand; the first argument is the simulator.
local function cart(simulator, lines)
  local answer = support.partner(simulator)("POST", "/v1/customers/" .. simulator:world().customers[1].id .. "/carts",
    {lineItems = lines})
  assert.equal(201, answer.status, answer.body)
  return answer.json.id
end

local function line(item, subscription, group, quantity)
  return {
    catalogItemId = item, quantity = quantity or 1, billingCycle = "one_time", orderGroup = group,
    provisioningContext = {subscriptionId = subscription, scope = "shared"},
  }
end

-- What can become of the first answer.
local some_doubts = {"none", "drop", "lose"}
local all_doubts = {"none", "drop", "lose", "late", "truncate", "error", "throttle"}

-- That fault, once, on an operation.
local function fault_on(name, operation)
  return name ~= "none" and {[name] = {next = 1, on = operation, after_ms = name == "late" and 50 or nil}} or {}
end

-- Everything about the one effect of a run.
local function why(env, summary)
  local shown = testing.run {"show", summary.run, "-o", "jsonl", env = env}
  return testing.run({"why", summary.run, support.json(shown).key, env = env}).stdout
end

describe("partner.register", function()
  it("registers a subscription once, and waits until it is", function()
    for _, name in ipairs(some_doubts) do
      local simulator <close>, env = start(fault_on(name, "partner.register"))
      local id = told(env, "schmidt", "partner.subscriptions", "--query", "subscription and id")[1]
      for _ = 1, 2 do
        local result = call(env, "schmidt", "partner.register", id, "--yes")
        assert.equal(0, result.code, name .. ": " .. result.stderr)
        assert.equal(1, support.json(result).effects.succeeded)
        assert.equal("registered", told(env, "schmidt", "partner.registration", id).status:lower())
      end
      local booked = effects(simulator, "register")
      assert.equal(1, #booked, name)
      assert.equal("succeeded", booked[1].state)
    end
  end)

  it("that fails is told as failed", function()
    local simulator <close>, env = start {fail_operation = {next = 1, on = "partner.register"}}
    local id = told(env, "schmidt", "partner.subscriptions", "--query", "subscription and id")[1]
    local result = call(env, "schmidt", "partner.register", id, "--yes")
    assert.equal(3, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.failed)
    support.contains(why(env, support.json(result)), "NotRegistered: the service accepted it, and then it failed")
    assert.equal("failed", effects(simulator, "register")[1].state)
  end)
end)

describe("self-serve policies", function()
  it("are granted once and revoked once, whatever became of the answer", function()
    for _, name in ipairs(some_doubts) do
      local faults = fault_on(name, "partner.grant_policy")
      local simulator <close>, env = start(faults)
      for _ = 1, 2 do
        local result = call(env, "kowalski", "partner.grant_policy", "--yes")
        assert.equal(0, result.code, name .. ": " .. result.stderr)
        assert.equal(1, support.json(result).effects.succeeded)
      end
      local policies = told(env, "kowalski", "partner.policies")
      assert.equal(1, #policies)
      assert.same({{resource = "AzureReservedInstances", action = "Purchase"}}, policies[1].permissions)
      assert.equal(simulator:world().customers[1].id, policies[1].customer)
      assert.equal(1, #effects(simulator, "grant_policy"))
      simulator:faults(fault_on(name, "partner.revoke_policy"))
      for _ = 1, 2 do
        local result = call(env, "kowalski", "partner.revoke_policy", policies[1].id, "--yes")
        assert.equal(0, result.code, name .. ": " .. result.stderr)
      end
      assert.same({}, told(env, "kowalski", "partner.policies"))
      assert.equal(1, #effects(simulator, "revoke_policy"))
    end
  end)

  it("that are not there are revoked, once a whole answer says so", function()
    local simulator <close>, env = start()
    assert.equal(0, call(env, "kowalski", "partner.grant_policy", "--yes").code)
    local id = told(env, "kowalski", "partner.policies")[1].id
    assert.equal(0, call(env, "kowalski", "partner.revoke_policy", id, "--yes").code)
    local before = simulator:state().requests["partner.revoke_policy"]
    simulator:faults {truncate = {next = 1, on = "partner.revoke_policy"}}
    local result = call(env, "kowalski", "partner.revoke_policy", id, "--yes")
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.succeeded)
    assert.equal(before + 2, simulator:state().requests["partner.revoke_policy"])
  end)

  it("need a user, which a plan says before anything is sent", function()
    local simulator <close>, env = start()
    env.TENURE_REFRESH_TOKEN = false
    local result = call(env, "kowalski", "partner.grant_policy", "--yes")
    assert.equal(3, result.code, result.stderr)
    support.contains(result.stdout .. result.stderr, "this takes a user's token")
    assert.equal(0, support.json(result).effects.planned)
    assert.equal(0, #simulator:effects())
  end)

  it("name the partner by its id, which a domain is not", function()
    local simulator <close>, env = start()
    env.AZURE_TENANT_ID = "partner.example.com"
    local result = call(env, "kowalski", "partner.grant_policy", "--yes")
    assert.equal(3, result.code, result.stderr)
    support.contains(result.stdout .. result.stderr, "set AZURE_TENANT_ID, or the profile's tenant, to the id, a GUID")
    assert.equal(0, #simulator:effects())
  end)
end)

describe("a cart", function()
  it("is made once, whatever became of the answer, and can be looked at", function()
    for _, name in ipairs(some_doubts) do
      local simulator <close>, env = start(fault_on(name, "partner.create_cart"))
      local item, subscription = goods(env)
      local result = call(env, "kowalski", "partner.create_cart", item, "--quantity", "2", "--name", "erp",
        "--subscription", subscription, "--yes")
      assert.equal(0, result.code, name .. ": " .. result.stderr)
      local booked = effects(simulator, "create_cart")
      assert.equal(1, #booked, name)
      assert.equal(2, booked[1].quantity)
      local id = why(env, support.json(result)):match("answered +(%x+%-%x+%-%x+%-%x+%-%x+)\n")
      local made = told(env, "kowalski", "partner.cart", id)
      assert.equal("Active", made.status)
      assert.equal(1, #made.lines)
      assert.equal(item, made.lines[1].item)
      assert.same({2, "erp", "one_time"}, {made.lines[1].quantity, made.lines[1].name, made.lines[1].billing_cycle})
      assert.is_nil(made.lines[1].error_code)
    end
  end)

  it("has failed where its line cannot be bought, in the line's words", function()
    local simulator <close>, env = start()
    local item, subscription = goods(env)
    local result = call(env, "kowalski", "partner.create_cart", item, "--quantity", "1000000", "--subscription",
      subscription, "--yes")
    assert.equal(3, result.code, result.stderr)
    local summary = support.json(result)
    assert.same({0, 1}, {summary.effects.succeeded, summary.effects.failed})
    assert.same({"failed", "800017", false}, {summary.result.state, summary.result.code, summary.result.ok})
    assert.equal("nothing of the cart can be bought: The quantity is not available.", summary.result.message)
    assert.equal(1, #effects(simulator, "create_cart"))
  end)
end)

describe("partner.checkout", function()
  local function checkout(env, id, ...)
    return call(env, "kowalski", "partner.checkout", id, "--yes", ...)
  end

  it("buys a cart once, whatever became of the answer, and waits for its orders", function()
    for _, name in ipairs(all_doubts) do
      local simulator <close>, env = start()
      local item, subscription = goods(env)
      local id = cart(simulator, {line(item, subscription)})
      simulator:faults(fault_on(name, "partner.checkout"))
      local result = checkout(env, id, "--cap", "count=1")
      assert.equal(0, result.code, name .. ": " .. result.stderr)
      assert.equal(1, support.json(result).effects.succeeded)
      local booked = effects(simulator, "checkout")
      assert.equal(1, #booked, name)
      assert.equal("succeeded", booked[1].state)
      local order = told(env, "kowalski", "partner.orders", "--query", "lines[1].item == '" .. item .. "'")[1]
      assert.equal("completed", order.status)
      support.contains(why(env, support.json(result)), "answered     " .. order.id)
      assert.is_nil(support.json(result).totals.checkout.PLN)
      local again = checkout(env, id, "--cap", "count=1")
      assert.equal(0, again.code, name .. ": " .. again.stderr)
      assert.equal(1, #effects(simulator, "checkout"), name)
    end
  end)

  it("is asked for again with the same request id, and another correlation id", function()
    local simulator <close> = start()
    local sent = {}
    local server <close> = support.between(simulator, function(request, _, pass)
      if not request.path:find("/checkout", 1, true) then
        return pass()
      end
      sent[#sent + 1] = request.headers
      return #sent > 1 and {status = 503, body = "{}"} or nil
    end)
    local result = checkout(server.env, "11111111-2222-4333-8444-555555555555", "--cap", "count=1", "--no-wait")
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.unknown)
    assert.is_true(#sent > 1)
    for i = 2, #sent do
      assert.equal(sent[1]["ms-requestid"], sent[i]["ms-requestid"])
      assert.not_equal(sent[1]["ms-correlationid"], sent[i]["ms-correlationid"])
    end
  end)

  it("that runs into one that is under way stays unknown rather than failed", function()
    local simulator <close> = start()
    local server <close> = support.between(simulator, function(request, _, pass)
      return request.path:find("/checkout", 1, true) and
        {status = 409, body = '{"code": 800064, "description": "The cart is being processed."}'} or pass()
    end)
    local result = checkout(server.env, "11111111-2222-4333-8444-555555555555", "--cap", "count=1", "--no-wait")
    assert.equal(6, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.unknown)
  end)

  it("tells what was bought in part, and what was not at all", function()
    local simulator <close>, env = start()
    local item, subscription = goods(env)
    local bad = line(item, simulator:world().customers[1].id, "b")
    local part = checkout(env, cart(simulator, {line(item, subscription, "a"), bad}), "--cap", "count=1")
    assert.equal(6, part.code, part.stderr)
    assert.equal(1, support.json(part).effects.partial)
    support.contains(why(env, support.json(part)), "800011")
    local none = checkout(env, cart(simulator, {bad}), "--cap", "count=1")
    assert.equal(3, none.code, none.stderr)
    assert.equal(1, support.json(none).effects.failed)
    simulator:faults {fail_operation = {next = 1, on = "partner.checkout"}}
    local failed = checkout(env, cart(simulator, {line(item, subscription)}), "--cap", "count=1")
    assert.equal(3, failed.code, failed.stderr)
    assert.equal(1, support.json(failed).effects.failed)
    support.contains(why(env, support.json(failed)), "cancelled")
  end)

  it("that only says what was refused, or nothing, was not done, or is not known", function()
    local simulator <close> = start()
    local bodies = {
      {'{"orders": [], "orderErrors": [{"orderGroupId": "0", "code": 800023, "description": "Credit line."}]}', 3},
      {'{"orders": []}', 6},
    }
    for _, case in ipairs(bodies) do
      local server <close> = support.between(simulator, function(request, _, pass)
        return request.path:find("/checkout", 1, true) and {status = 201, body = case[1]} or pass()
      end)
      local result = checkout(server.env, "11111111-2222-4333-8444-555555555555", "--cap", "count=1", "--no-wait")
      assert.equal(case[2], result.code, case[1] .. result.stderr)
    end
    assert.equal(0, #simulator:effects())
  end)

  it("costs what nobody tells: without a cap by count nothing is bought", function()
    local simulator <close>, env = start()
    local item, subscription = goods(env)
    local id = cart(simulator, {line(item, subscription)})
    for _, cap in ipairs {{}, {"--cap", "PLN=100000"}, {"--cap", "USD=100000"}} do
      local result = checkout(env, id, table.unpack(cap))
      assert.equal(1, support.json(result).effects.refused, result.stderr)
      support.contains(why(env, support.json(result)), "no-cap: nobody tells what it costs")
    end
    local mistyped = checkout(env, id, "--cap", "count=many")
    assert.equal(2, mistyped.code)
    support.contains(mistyped.stderr, "--cap count takes a whole number, such as count=5, not 'many'")
    assert.equal(0, #effects(simulator, "checkout"))
    local checked = testing.run {"check", support.folder {
      ["buy.lua"] = "return function() end\n",
      ["buy.yaml"] = [[
tenure: 1
name: buy
permissions: [partner:checkout]
customers: {from: partner-center}
guards: {checkout: {per_customer: {count: 1}}}
steps:
  - {id: buy, run: buy.lua}
]],
    } .. "/buy.yaml", env = env}
    assert.equal(2, checked.code)
    support.contains(checked.stderr .. checked.stdout, "3:15: 'partner:checkout' costs money, and nobody tells how")
    support.contains(checked.stderr .. checked.stdout, "checkout: {count: 5}")
  end)
end)

describe("a run that buys", function()
  local files = {
    ["buy.yaml"] = [[
tenure: 1
name: buy
permissions: [partner:products, partner:skus, partner:availabilities, partner:subscriptions, partner:create_cart,
  partner:checkout]
customers: {from: partner-center, where: 'customer.name == "kowalski"'}
guards:
  checkout: {count: 1}
outputs:
  bought: {columns: {cart: string, order: string}}
steps:
  - {id: cart, run: cart.lua}
  - {id: checkout, follows: cart, run: checkout.lua}
]],
    ["cart.lua"] = [[
local partner = require "tenure.partner"
return function(ctx)
  local product, sku, subscription
  for _, one in ipairs(partner.products("PL")) do
    product = one.title:find("Standard_D2s_v5", 1, true) and one or product
  end
  for _, one in ipairs(partner.skus(product, {country = "PL"})) do
    sku = one.region == "polandcentral" and one.duration == "1Year" and one or sku
  end
  for _, one in ipairs(partner.subscriptions()) do
    subscription = one.subscription or subscription
  end
  local item = partner.availabilities(product, {sku = sku, country = "PL"})[1].item
  local outcome = partner.create_cart(item, {quantity = 2, subscription = subscription})
  ctx.log("cart", {answer = tostring(outcome.answer), computed = (pcall(function() return outcome.answer.id end))})
  return outcome
end
]],
    ["checkout.lua"] = [[
local partner = require "tenure.partner"
return function(ctx)
  local made = ctx.steps.cart[1].value
  if not made.answer then ctx.skip("no-cart", made.state) end
  local outcome = partner.checkout(made.answer)
  ctx.output("bought", {cart = made.answer.id, order = outcome.answer.orders[1].id})
end
]],
  }

  it("takes the cart that it made, and gives its orders", function()
    local simulator <close>, env = start()
    local file = support.folder(files) .. "/buy.yaml"
    local planned = testing.run {"plan", file, "-v", "-o", "json", env = env}
    assert.equal(0, planned.code, planned.stderr)
    local plan = support.json(planned)
    assert.equal(1, plan.effects.planned)
    assert.equal(1, plan.may_follow)
    assert.same({answer = "(known after apply)", computed = false}, support.said(planned)[1].fields)
    assert.equal(0, #simulator:effects())
    local applied = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
    assert.equal(0, applied.code, applied.stderr)
    assert.equal(2, support.json(applied).effects.succeeded)
    local bought = support.json(testing.run {"output", plan.run, "bought", "-o", "json", env = env})[1]
    assert.equal("Ordered", told(env, "kowalski", "partner.cart", bought.cart).status)
    local order = told(env, "kowalski", "partner.order", bought.order)
    assert.same({"completed", 2}, {order.status, order.lines[1].quantity})
    assert.equal(1, #effects(simulator, "checkout"))
  end)

  it("and dies at any moment has bought once when it is resumed", function()
    for _, point in ipairs {"K3", "K5", "K8", "K9", "K10", "K11"} do -- of the checkout, whose body is empty: no K6, K7
      local simulator <close>, env = start()
      local file = support.folder(files) .. "/buy.yaml"
      local run = support.json(testing.run {"plan", file, "-o", "json", env = env}).run
      env.TENURE_KILL = point .. ":2"
      local killed = testing.run {"apply", run, "--yes", "-o", "json", env = env}
      assert.equal("", killed.stdout, point)
      env.TENURE_KILL = false
      local resumed = testing.run {"resume", run, "--yes", "-o", "json", env = env}
      assert.equal(0, resumed.code, point .. ": " .. resumed.stderr)
      assert.equal(2, support.json(resumed).effects.succeeded, point)
      assert.equal(1, #effects(simulator, "create_cart"), point)
      assert.equal(1, #effects(simulator, "checkout"), point)
    end
  end)
end)
