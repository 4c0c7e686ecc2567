-- Buy what is recommended for one customer, what saves most first, as far as the cap goes.
local orders = require "tenure.orders"
local usage = require "tenure.usage"

-- Under its name each is bought once. What is shared by all subscriptions is recommended for each of them, again.
local function name_of(ctx, subscription, advice)
  local batch = ctx.inputs.batch or ctx.run.month
  local whose = ctx.inputs.scope == "Shared" and "Shared" or subscription
  return ("%s: %s %s %s %s"):format(batch, advice.sku, advice.region, advice.term, whose)
end

-- All that is recommended, by what it saves: {advice, subscription, name}. Names break ties: plan and apply agree.
local function ranked(ctx)
  local found, seen, inputs = {}, {}, ctx.inputs
  for _, row in ipairs(ctx.rows) do
    local subscription = row.subscription:match("[^/]+$"):lower()
    local advices = usage.recommendations {
      subscription = subscription, scope = inputs.scope, type = inputs.type, look_back = inputs.look_back,
    }
    for _, advice in ipairs(advices) do
      local name = name_of(ctx, subscription, advice)
      if advice.term == inputs.term and advice.saves and advice.saves > 0 and not seen[name] then
        seen[name] = true
        found[#found + 1] = {advice = advice, subscription = subscription, name = name}
      end
    end
  end
  table.sort(found, function(one, other)
    if one.advice.saves ~= other.advice.saves then
      return one.advice.saves > other.advice.saves
    end
    return one.name < other.name
  end)
  return found
end

local function quote_of(ctx, one)
  local advice, billed = one.advice, "/subscriptions/" .. one.subscription
  return orders.quote_purchase {
    sku = advice.sku, type = ctx.inputs.type, region = advice.region, term = advice.term, quantity = one.quantity,
    billing_plan = ctx.inputs.billing_plan, billing_scope = billed, name = advice.sku .. " " .. ctx.run.month,
    scope = ctx.inputs.scope == "Shared" and "Shared" or billed,
  }
end

-- Not everything that is recommended is sold, series that end for one: HTTP 400 says so of this one, not of the others.
local function try_quote(ctx, one)
  local ok, answer = pcall(quote_of, ctx, one)
  if ok then
    return answer
  elseif answer.status ~= 400 then
    error(answer, 0)
  end
  return nil, answer.message
end

-- Buy one if it fits into what is left. Returns what is left then, its quote if it has one, its state, and why.
local function buy(ctx, one, left)
  local quote, problem = try_quote(ctx, one)
  if not quote then
    return left, nil, "not-sold", problem
  elseif not quote.worth then
    return left, quote, "no-worth", "what it costs in USD was not reported, so nobody can tell whether it fits"
  elseif quote.worth > left then
    return left, quote, "over-cap", ("%s is left of the cap"):format(left)
  end
  local outcome = orders.purchase(quote, {once = one.name})
  local taken = outcome.ok or outcome.code == "duplicate" -- by another run of this batch, which had the same cap
  return taken and left - quote.worth or left, quote, outcome.state, outcome.message
end

return function(ctx)
  local left, results = ctx.inputs.cap, {}
  for i, one in ipairs(ranked(ctx)) do
    local quote, state, message
    one.quantity = math.max(1, math.floor(one.advice.quantity)) -- a number, of which only whole ones are sold
    left, quote, state, message = buy(ctx, one, left)
    ctx.output("recommended", {
      customer = ctx.customer.name, sku = one.advice.sku, region = one.advice.region, quantity = one.quantity,
      saves = one.advice.saves, pay = quote and quote.pay, worth = quote and quote.worth, state = state,
      message = message,
    })
    results[i] = {name = one.name, state = state}
  end
  if #results == 0 then
    ctx.skip("nothing-recommended")
  end
  return results
end
