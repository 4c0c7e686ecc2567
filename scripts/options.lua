-- What could be done with one reservation, and which of it the workflow's rules suggest.
local refusals = require "scripts.refusals"
local reservations = require "tenure.reservations"

-- What giving it back means, as columns; and the problem where the service does not even quote it.
local function refund_of(reservation)
  local read, quote = pcall(reservations.quote_refund, reservation)
  if not read then
    return {refusal = quote.code}, quote
  end
  local refusal = quote.refusals and quote.refusals[1]
  return {
    allowed = quote.allowed, refusal = refusal and refusal.code, back = quote.back, worth = quote.worth,
    limit_left = quote.limit_left,
  }
end

local function suggest_for_idle(refund, inputs)
  if refund.allowed then
    if not refund.worth then
      return "look", "unknown"
    elseif refund.worth < inputs.min_worth then
      return "keep", "not-worth-it"
    end
    return "refund", "idle"
  elseif refusals[refund.refusal] then
    return "ticket", "self-service"
  elseif refund.allowed == nil then
    return "look", "unknown"
  end
  return nil
end

-- The rules, in the order in which the workflow names them: what to do, and which of them says so.
local function suggest(reservation, refund, inputs, now)
  local used = reservation.utilization[30]
  if not (used and reservation.purchased and reservation.expires) then
    return "look", "unknown"
  elseif used >= inputs.keep_from then
    return "keep", "used"
  elseif now - reservation.purchased < inputs.min_age then
    return "keep", "new"
  elseif reservation.expires - now <= inputs.ending then
    return "keep", "ending"
  end
  local suggestion, why
  if used <= inputs.idle_to then
    suggestion, why = suggest_for_idle(refund, inputs)
  end
  if not suggestion and reservation.can.exchange then
    return "exchange", "exchangeable"
  end
  return suggestion or "look", why or "no-way"
end

return function(ctx)
  local reservation = ctx.item
  local refund, problem = refund_of(reservation)
  local suggestion, why = suggest(reservation, refund, ctx.inputs, ctx.now)
  ctx.output("options", {
    customer = ctx.customer, customer_name = ctx.customer.name, order = reservation.order,
    reservation = reservation.id:match("[^/]+$"), name = reservation.name, sku = reservation.sku,
    region = reservation.region, quantity = reservation.quantity, term = reservation.term,
    expires = reservation.expires, utilization_7 = reservation.utilization[7],
    utilization_30 = reservation.utilization[30], can_refund = reservation.can.refund,
    can_exchange = reservation.can.exchange, refund_allowed = refund.allowed, refund_refusal = refund.refusal,
    refund_back = refund.back, refund_worth = refund.worth, limit_left = refund.limit_left, suggestion = suggestion,
    why = why,
  })
  if problem then
    error(problem, 0)
  end
end
