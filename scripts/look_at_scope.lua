-- Look at the reservation of one row; nil where there is none. A step of its own, for it is not run again in its pass:
-- whoever looked after a crash would see what was just made of the reservation, and not what is to be put back.
local reservations = require "tenure.reservations"

return function(ctx)
  local ok, found = pcall(reservations.get, ctx.item.reservation)
  if not ok and found.status ~= 404 and found.code ~= "ENOENT" then
    error(found, 0)
  end
  return ok and found or nil
end
