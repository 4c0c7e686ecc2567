-- List one customer's reservations, and what of them could not be found out.
local orders = require "tenure.orders"
local partner = require "tenure.partner"
local reservations = require "tenure.reservations"

local function put_missing(ctx, what, problem, message, order)
  ctx.output("missing", {
    customer = ctx.customer, customer_name = ctx.customer.name, missing = what, order = order, code = problem.code,
    message = message,
  })
end

-- The sum of what these payments say; nil where one of them does not say it, or they are of two currencies.
local function sum(payments, status, amount_of)
  local total
  for _, payment in ipairs(payments) do
    if payment.status == status then
      local amount = amount_of(payment)
      if not amount or total and total.currency ~= amount.currency then
        return nil
      end
      total = total and total + amount or amount
    end
  end
  return total
end

-- What the order of a reservation cost so far and what is due; each order is asked for once.
local function money_of(ctx, order, seen)
  if not (ctx.with.payments and order) then
    return {}
  end
  if not seen[order] then
    local read, answer = pcall(orders.get, order)
    seen[order] = {}
    if read then
      local payments = answer.payments or {}
      seen[order] = {
        paid = sum(payments, "Succeeded", function(payment) return payment.pays end),
        due_worth = sum(payments, "Scheduled", function(payment) return payment.worth end),
        next_payment = answer.next_payment,
      }
    else
      put_missing(ctx, "payments", answer, answer.message, order)
    end
  end
  return seen[order]
end

local function put_reservation(ctx, reservation, money)
  ctx.output("inventory", {
    customer = ctx.customer, customer_name = ctx.customer.name, source = "arm",
    order = reservation.order, reservation = reservation.id:match("[^/]+$"), name = reservation.name,
    sku = reservation.sku, region = reservation.region, quantity = reservation.quantity, term = reservation.term,
    billing_plan = reservation.billing_plan, scope = reservation.scope,
    state = reservation.status or reservation.state, purchased = reservation.purchased,
    expires = reservation.expires, renew = reservation.renew,
    utilization_7 = reservation.utilization[7], utilization_30 = reservation.utilization[30],
    order_paid = money.paid, order_due_worth = money.due_worth, next_payment = money.next_payment,
  })
end

-- A SKU of Partner Center's is none of Azure's: it stands in a column of its own.
local function put_entitlement(ctx, entitlement)
  local states = {}
  for i, portion in ipairs(entitlement.portions or {}) do
    states[i] = portion.quantity .. " " .. portion.status
  end
  ctx.output("inventory", {
    customer = ctx.customer, customer_name = ctx.customer.name, source = "entitlements",
    order = entitlement.reservation_order, quantity = entitlement.quantity, expires = entitlement.expires,
    state = #states > 0 and table.concat(states, ", ") or nil,
    catalog_item = entitlement.product and entitlement.sku and entitlement.product .. ":" .. entitlement.sku,
  })
end

-- Azure refused: entitlements stand in. Without them the customer is missing, and the run says that it failed. What may
-- go away by itself is no refusal: the run is to be made again then.
local function stand_in(ctx, problem)
  local read, answer, message = false, nil, problem.message
  if not problem.retryable then
    read, answer = pcall(partner.entitlements)
    message = read and message or message .. "; instead of it " .. answer.message
  end
  put_missing(ctx, read and "details" or "everything", problem, message)
  if not read then
    error(problem, 0)
  end
  for _, entitlement in ipairs(answer) do
    put_entitlement(ctx, entitlement)
  end
end

return function(ctx)
  local read, list = pcall(reservations.list)
  if not read then
    stand_in(ctx, list)
    return
  end
  local seen = {}
  for _, reservation in ipairs(list) do
    put_reservation(ctx, reservation, money_of(ctx, reservation.order, seen))
  end
end
