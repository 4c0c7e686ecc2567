-- Quotes of purchases and exchanges that cannot be believed, or that refuse: no money moves on them, and a person reads
-- what happened and what to do instead.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    currency: PLN
    reservations: [{id: r1, name: one, sku: Standard_D2s_v5, quantity: 2}, {id: r2, name: two, sku: Standard_D2s_v5}]
]]

local EXCHANGE = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local one
  for _, reservation in ipairs(reservations.list{}) do
    one = reservation.name == "one" and reservation or one
  end
  local quote = reservations.quote_exchange(one, {purchase = one:like{sku = "Standard_D8s_v5", term = "P3Y"}})
  if quote.refusals and quote.refusals[1] then ctx.log(quote.refusals[1].message) end
  return reservations.exchange(quote)
end
]]

local PURCHASE = [[
local reservations, orders = require "tenure.reservations", require "tenure.orders"
return function(ctx)
  return orders.purchase(orders.quote_purchase(reservations.list{}[1]:like{quantity = 1}), {once = "x"})
end
]]

-- Stands for what tables cannot hold.
local NULL = "(null)"

local function encode(value)
  return (testing.json.encode(value):gsub('"%(null%)"', "null"))
end

-- What the script comes to when every answer with this in its path is changed.
local function changed(script, path, change)
  local simulator <close> = testing.simulator {world = world, settle = 50}
  local server <close> = support.between(simulator, function(request, _, pass)
    local answer = pass()
    if request.path:find(path, 1, true) and answer.json and answer.json.properties then
      change(answer.json.properties)
      return {status = answer.status, body = encode(answer.json)}
    end
    local location = answer.headers and answer.headers.location
    if answer.status == 202 and location then -- the server passes no headers on: quotes are ready at once
      testing.sleep(20)
      local ready = testing.http {url = location, headers = {authorization = request.headers.authorization}}
      change(ready.json.properties)
      return {status = 200, body = encode(ready.json)}
    end
    return answer
  end)
  local folder = support.folder {["do.lua"] = script}
  local result = testing.run {
    "exec", folder .. "/do.lua", "--customer", "kowalski", "--yes", "--cap", "PLN=1000000", "-v", "-o", "json",
    env = server.env,
  }
  assert.equal(0, #simulator:effects())
  return support.json(result), result
end

local function refused(script, path, change)
  local run = changed(script, path, change)
  assert.equal(1, run.effects.refused)
  return run.refused[1].code, run.refused[1].example
end

local function failed(script, path, change)
  local run = changed(script, path, change)
  assert.equal(1, run.failed_items_total)
  return run.failed_items[1].detail
end

describe("a quote", function()
  it("without the amount that moves is refused", function()
    local code, message = refused(PURCHASE, "calculatePrice", function(p) p.billingCurrencyTotal = nil end)
    assert.equal("no-amount", code)
    support.contains(message, "did not say how much has to be paid")
    code, message = refused(EXCHANGE, "operationResults", function(p) p.netPayable = nil end)
    assert.equal("no-amount", code)
    support.contains(message, "did not say how much has to be paid")
    code, message = refused(EXCHANGE, "operationResults", function(p)
      p.reservationsToExchange[1].billingRefundAmount = nil
    end)
    assert.equal("no-amount", code)
    support.contains(message, "did not say how much comes back")
  end)

  it("that is not what was asked for is no quote", function()
    local rows = {
      {"which was not asked for", function(p)
        p.reservationsToExchange[1].reservationId = p.reservationsToExchange[1].reservationId:gsub("%x%x%x%x$", "0000")
      end},
      {"the quote is for 1 of", function(p) p.reservationsToExchange[1].quantity = 1 end},
      {"gives back 0 reservations", function(p) p.reservationsToExchange = {} end},
      {"buys something else", function(p) p.reservationsToPurchase = {} end},
      {"more than was ever paid", function(p) p.reservationsToExchange[1].billingRefundAmount.amount = 1e6 end},
      {"is negative", function(p) p.reservationsToExchange[1].billingRefundAmount.amount = -1 end},
      {"to be paid in EUR", function(p) p.netPayable.currencyCode = "EUR" end},
      {"has no session", function(p) p.sessionId = nil end},
      {"nobody can tell whether it is allowed", function(p) p.policyResult = "fine" end},
      {"nobody can tell whether it is allowed", function(p) p.policyResult = nil end},
    }
    for _, row in ipairs(rows) do
      support.contains(failed(EXCHANGE, "operationResults", row[2]), row[1])
    end
    support.contains(failed(PURCHASE, "calculatePrice", function(p) p.reservationOrderId = nil end), "has no session")
    support.contains(failed(PURCHASE, "calculatePrice", function(p) p.billingCurrencyTotal.amount = -1 end),
      "is negative")
    support.contains(failed(PURCHASE, "calculatePrice", function(p) p.pricingCurrencyTotal.currencyCode = "EUR" end),
      "pricing amount is in EUR")
  end)

  it("that refuses says why in words, also where the service says only a code, and what to do instead", function()
    local rows = {
      {"ExchangeProductTypeMismatch", "refund it (reservations.refund) and buy the other one (orders.purchase)"},
      {"SelfServiceExchangeNotSupported", "this product cannot be exchanged by self-service; refund it and buy again"},
      {"ExchangePurchaseBelowRefund", "worth less than what is given back for it; buy more"},
      {"NeverSeenBefore", "the service refuses it with the code NeverSeenBefore, and does not say why"},
    }
    for _, row in ipairs(rows) do
      local run, result = changed(EXCHANGE, "operationResults", function(p)
        p.policyResult = {policyErrors = {{code = row[1]}}}
      end)
      assert.equal(row[1], run.refused[1].code)
      support.contains(run.refused[1].example, row[2])
      support.contains(support.said(result)[1].text, row[2])
    end
    local _, message = refused(EXCHANGE, "operationResults", function(p)
      p.policyResult = {policyErrors = {{code = "InvalidRefundQuantity", message = "It is too much."}}}
    end)
    support.contains(message, "It is too much; read the reservation again")
  end)
end)

-- A server before the simulator, and what it tells: told.amount, as JSON, as told.field in answers to paths with this
-- part in them.
local function telling(simulator, part)
  local told = {}
  return support.between(simulator, function(request, _, pass)
    local answer = pass()
    if not answer.body or not request.path:find(part, 1, true) then
      return answer
    end
    local body = answer.body:gsub('("' .. told.field .. '":)%b{}', function(key) return key .. told.amount end)
    return {status = answer.status, body = body}
  end), told
end

describe("an amount that is none", function()
  it("is told as any other answer of a wrong shape, with its field once", function()
    local simulator <close> = testing.simulator {world = world}
    local server <close>, told = telling(simulator, "calculateRefund")
    local id = support.json(testing.run {
      "call", "reservations.list", "--customer", "kowalski", "-o", "json", env = support.env(simulator.env),
    })[1].id
    for _, name in ipairs {"billingRefundAmount", "pricingRefundAmount", "consumedRefundsTotal"} do
      for _, one in ipairs {
        '{"amount": "abc", "currencyCode": "USD"}', '{"amount": 5, "currencyCode": null}', "5",
        '{"amount": -5, "currencyCode": "USD"}', '{"amount": "5", "currencyCode": "zloty"}',
      } do
        told.field, told.amount = name, one
        local result = testing.run {
          "call", "reservations.quote_refund", id, "--customer", "kowalski", env = server.env,
        }
        assert.equal(1, result.code, one)
        assert.equal(1, select(2, result.stderr:gsub(name, "")), result.stderr)
        support.contains(result.stderr, "reservations.quote_refund: the quote")
      end
    end
    told.field, told.amount = "consumedRefundsTotal", '{"amount": 1, "currencyCode": "PLN"}' -- not the limit's currency
    local result = testing.run {"call", "reservations.quote_refund", id, "--customer", "kowalski", env = server.env}
    assert.equal(1, result.code, result.stderr)
  end)
end)

describe("an answer about money that has moved", function()
  it("is taken as done with what was quoted, where its amount cannot be, and the run stops", function()
    local reservations = {}
    for i = 1, 9 do
      reservations[i] = ("{id: r%d, worth: 100 USD, back: 400 PLN}"):format(i)
    end
    local one_customer = "customers: [{id: kowalski, currency: PLN, reservations: [" .. table.concat(reservations, ", ")
    local simulator <close> = testing.simulator {world = one_customer .. "]}]\n", settle = 50}
    local server <close>, told = telling(simulator, "/return")
    local list = support.json(testing.run {
      "call", "reservations.list", "--customer", "kowalski", "-o", "json", env = support.env(simulator.env),
    })
    local done = 0
    for _, name in ipairs {"billingRefundAmount", "pricingRefundAmount"} do
      for _, one in ipairs {
        '{"amount": "abc", "currencyCode": "USD"}', '{"amount": 5, "currencyCode": null}', '"5"',
        '{"amount": -5, "currencyCode": "' .. (name:find "^bill" and "PLN" or "USD") .. '"}',
      } do
        told.field, told.amount, done = name, one, done + 1
        local result = testing.run {
          "call", "reservations.refund", list[done].id, "--customer", "kowalski", "--yes", "--cap", "PLN=100000",
          "-o", "json", env = server.env,
        }
        assert.equal(5, result.code, one .. result.stderr)
        support.contains(result.stderr, "the answer's properties." .. name .. " cannot be what was quoted")
        local run = support.json(result)
        assert.equal(1, run.effects.succeeded)
        assert.same(40000, support.total_cents(run.totals.refund).PLN)
        assert.equal(done, support.books(simulator, "refund").count)
      end
    end
  end)
end)

describe("a refusal without a code", function()
  it("blocks, and says that the service does not say why, with what it has", function()
    for raw, entry in pairs {
      ["null"] = NULL, ['"NotNow"'] = "NotNow", ['{"message":"Not now."}'] = {message = "Not now."},
      ['{"code":"","target":"x"}'] = {code = "", target = "x"},
    } do
      local run, result = changed(EXCHANGE, "operationResults", function(p)
        p.policyResult = {policyErrors = {entry}}
      end)
      assert.equal("unexplained", run.refused[1].code)
      support.contains(run.refused[1].example, "Azure refuses it without saying why; its answer has only: " .. raw)
      support.contains(result.stderr, "its answer has only: " .. raw) -- what the script logs
    end
    local code = refused(EXCHANGE, "operationResults", function(p)
      p.policyResult = {policyErrors = {NULL, {code = "NeverSeenBefore"}}}
    end)
    assert.equal("NeverSeenBefore", code) -- whichever of them says something
  end)
end)

describe("advice", function()
  local REFUND = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(reservations.list{}[1])
  ctx.log(quote.refusals[1].message)
  return reservations.refund(quote)
end
]]

  it("comes after the service's own message, however long that is", function()
    for _, message in ipairs {"The limit is reached.", ("The limit is reached; ü "):rep(40)} do
      local run, result = changed(REFUND, "calculateRefund", function(p)
        p.policyResult.properties.policyErrors = {{code = "RefundLimitExceeded", message = message}}
      end)
      for _, text in ipairs {run.refused[1].example, support.said(result)[1].text} do
        support.contains(text, "The limit is reached; ")
        support.contains(text, "; wait until an earlier refund is a year old, or ask support for it")
      end
    end
  end)
end)

describe("what cannot be changed in place", function()
  it("is told how it is done instead", function()
    local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  for _, change in ipairs{"billing_scope", "quantity", "colour"} do
    local ok, problem = pcall(reservations.update, reservations.list{}[1], {[change] = "x"})
    ctx.log(tostring(problem))
  end
end
]]
    local _, result = changed(script, "nothing", function() end)
    local said = support.said(result)
    support.contains(said[1].text, "reservations.update: billing_scope cannot be changed in place: exchange it")
    support.contains(said[2].text, "quantity cannot be changed in place: split it")
    support.contains(said[3].text, "there is no option 'colour'")
  end)
end)

describe("a quote that is accepted", function()
  it("has an empty list of refusals, also of an exchange, whose answer has none", function()
    local simulator <close> = testing.simulator {
      world = "customers:\n  - {id: a, reservations: [{id: r1, sku: Standard_D2s_v5}]}\n",
    }
    local folder = support.folder {["look.lua"] = [[
local reservations = require "tenure.reservations"
return function()
  local reservation = reservations.list()[1]
  local exchange = reservations.quote_exchange(reservation, {purchase = reservation:like{quantity = 50}})
  local refund = reservations.quote_refund(reservation)
  return {exchange.allowed, #exchange.refusals, refund.allowed, #refund.refusals}
end
]]}
    local env = support.env(simulator.env)
    local result = testing.run {
      "exec", folder .. "/look.lua", "--customer", "a", "--cap", "EUR=100", "-o", "json", env = env,
    }
    assert.equal(0, result.code, result.stderr)
    local summary = support.json(result)
    assert.same({true, 0, true, 0}, summary.result)
    local guarded = {}
    for _, guard in ipairs(summary.guards) do
      guarded[guard.operation .. "." .. guard.kind] = true
    end
    assert.same({ -- what moves no money needs no cap on it
      ["refund.back"] = true, ["exchange.back"] = true, ["exchange.pay"] = true, ["purchase.pay"] = true,
    }, guarded)
  end)
end)
