-- Refund one reservation and buy what its row says instead. The price is asked for first, so that nothing is given back
-- for what cannot be bought.
local orders = require "tenure.orders"
local reservations = require "tenure.reservations"
local tenure = require "tenure"

-- A purchase like the old one, but for what the row has. Only virtual machines spread over the sizes of a family.
local function request_of(old, row)
  local type = row.type or old.type
  return old:like {
    sku = row.sku, quantity = row.quantity, type = type, region = row.region, term = row.term,
    billing_plan = row.billing_plan, flexible = type ~= "VirtualMachines" and tenure.null or nil,
  }
end

return function(ctx)
  local row = ctx.item
  local old = reservations.get(row.reservation)
  local price = orders.quote_purchase(request_of(old, row))
  local refund = reservations.refund(reservations.quote_refund(old), {reason = "replaced by " .. row.sku})
  if not refund.ok then
    return {refund = refund.state}
  end
  -- One for each refund. A reservation comes back once only, so that another run's purchase for it is a plan that was
  -- not carried out.
  local name = ("rebuy %s %s"):format(old.id:match("[^/]+$"):lower(), ctx.run.id)
  local purchase = orders.purchase(price, {once = name})
  ctx.output("rebought", {
    customer = ctx.customer.name, name = old.name, reservation = old.id, back = refund.back, sku = row.sku,
    quantity = row.quantity, pay = purchase.pay, state = purchase.state, message = purchase.message,
  })
  if not purchase.ok then
    ctx.fail("not-bought-again", purchase.message)
  end
  return {refund = refund.state, purchase = purchase.state}
end
