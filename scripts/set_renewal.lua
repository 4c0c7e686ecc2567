-- Switch the automatic renewal of one reservation; nothing else about it changes.
local reservations = require "tenure.reservations"

return function(ctx)
  return reservations.update(ctx.item, {renew = ctx.with.renew})
end
