-- How many reservations the customer has.
local reservations = require "tenure.reservations"

return function()
  return #reservations.list()
end
