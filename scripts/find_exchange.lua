-- Find what one reservation is to be exchanged for: the smallest quantity of the new SKU that the service accepts. This
-- is a step of its own, so that it is over before the exchange begins: then nobody can be asked any more.
local reservations = require "tenure.reservations"

-- The SKU that a row of the list makes of another; nil: the row is not about it.
local function renamed(sku, row)
  local pattern = row.from:lower():gsub("%W", "%%%0"):gsub("%%%*", "(.*)")
  local parts = {sku:lower():match("^" .. pattern .. "$")}
  if #parts == 0 then
    return nil
  end
  local i = 0
  return (row.to:gsub("%*", function()
    i = i + 1
    return parts[i] or ""
  end))
end

local function successor(sku, rows)
  for _, row in ipairs(rows) do
    local new = row.from and row.to and renamed(sku, row)
    if new then
      return new
    end
  end
end

-- Whether more could help: what is bought is worth less than what is given back, as far as the service says.
local function is_too_little(quote)
  local given = quote.returned
  if not quote.asked then -- what is refused without asking is refused for more of it, too
    return false
  elseif not given or not quote.purchased then
    return true
  end
  if quote.cancelled_commitment then
    given = given + quote.cancelled_commitment
  end
  return quote.purchased < given
end

-- Doubles until it is accepted, then halves what lies between. quote_of(quantity) -> quote. Returns the smallest
-- quantity that is accepted; where none is, up to most, or more would not help: nil, the last quote and its quantity.
local function smallest(quote_of, most)
  local refused, accepted, quantity = 0, nil, 1
  repeat
    local quote = quote_of(quantity)
    if quote.allowed then
      accepted = quantity
    elseif quantity == most or not is_too_little(quote) then
      return nil, quote, quantity
    else
      refused, quantity = quantity, math.min(2 * quantity, most)
    end
  until accepted
  while accepted - refused > 1 do
    local middle = (refused + accepted) // 2
    if quote_of(middle).allowed then
      accepted = middle
    else
      refused = middle
    end
  end
  return accepted
end

return function(ctx)
  local old = ctx.item
  local sku = successor(old.sku, ctx.inputs.series)
  if not sku then
    ctx.skip("not-retired")
  end
  local function request_of(quantity)
    return old:like {sku = sku, quantity = quantity, term = ctx.inputs.term}
  end
  local quantity, refused, tried = smallest(function(count)
    return reservations.quote_exchange(old, {purchase = request_of(count)})
  end, ctx.inputs.most)
  if quantity then
    return request_of(quantity)
  end
  local why = refused.refusals[1]
  ctx.skip("not-accepted", ("%d x %s: %s"):format(tried, sku, why and why.message or "the service does not say why"))
end
