-- Exchange one reservation for what was found for it. Of an exchange that did a part only, says what is missing.
local reservations = require "tenure.reservations"

return function(ctx)
  local old, request = ctx.item.item, ctx.item.value
  local outcome = reservations.exchange(reservations.quote_exchange(old, {purchase = {request}}))
  local result = {reservation = old.id, state = outcome.state}
  for _, line in ipairs(outcome.state == "partial" and outcome.lines or {}) do
    if line.kind == "purchase" and line.state == "Failed" then
      result.missing = line.request
    end
  end
  return result
end
