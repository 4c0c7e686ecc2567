-- Refund one reservation if what comes back is worth it.
local reservations = require "tenure.reservations"

return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  if quote.worth and quote.worth < ctx.with.min_worth then
    ctx.skip("worth-too-little", quote.worth)
  end
  return reservations.refund(quote, {reason = "idle for 30 days"})
end
