-- Buy what an exchange has given a reservation back for, but not bought.
local orders = require "tenure.orders"

return function(ctx)
  local half = ctx.item.value
  local name = "missing half of " .. half.reservation:match("[^/]+$"):lower()
  return orders.purchase(orders.quote_purchase(half.missing), {once = name})
end
