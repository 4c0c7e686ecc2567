-- Exact sums of money: whole numbers of the smallest unit there is, by currency; never floats.

local Sum = {}
Sum.__index = Sum

local MOST_DIGITS = 17 -- what an integer surely holds

-- "1204.50" as whole number and places.
local function read(amount)
  local sign, whole, part = tostring(amount):match("^(%-?)(%d+)%.?(%d*)$")
  if not whole or #whole + #part > MOST_DIGITS then return nil end
  return math.tointeger(sign .. whole .. part), #part
end

local function scaled(units, places, to)
  for _ = places, to - 1 do
    if math.abs(units) > math.maxinteger // 16 then return nil end
    units = units * 10
  end
  return units
end

function Sum:add(amount)
  local units, places = read(amount)
  local most = math.max(places or 0, self.places)
  local mine, others = scaled(self.units, self.places, most), units and scaled(units, places, most)
  if self.lost or not mine or not others or math.abs(mine) > math.maxinteger // 4 then
    self.lost = true -- better no sum than a wrong one
    return
  end
  self.units, self.places = mine + others, most
end

-- As decimal text with at least two places; nil when it cannot be said exactly.
function Sum:amount()
  if self.lost then return nil end
  local digits = ("%0" .. self.places + 1 .. "d"):format(math.abs(self.units))
  local whole, part = digits:sub(1, #digits - self.places), digits:sub(#digits - self.places + 1)
  part = part:gsub("0+$", "")
  return (self.units < 0 and "-" or "") .. whole .. "." .. part .. ("0"):rep(2 - #part)
end

-- ---- by currency ----------------------------------------------------------------------------------------------------

local Sums = {}
Sums.__index = Sums

-- count: of the amounts that were added.
local function new_sums() return setmetatable({by_currency = {}, count = 0}, Sums) end

-- Adds {amount, currency}; nil is what Azure did not report, and adds nothing.
function Sums:add(money)
  if not money then return end
  self.count = self.count + 1
  local sum = self.by_currency[money.currency]
  if not sum then
    sum = setmetatable({units = 0, places = 2, lost = false}, Sum)
    self.by_currency[money.currency] = sum
  end
  sum:add(money.amount)
end

-- A list of {amount, currency}, by currency.
function Sums:list()
  local list = {}
  for currency, sum in pairs(self.by_currency) do
    local amount = sum:amount()
    if amount then list[#list + 1] = {amount = amount, currency = currency} end
  end
  table.sort(list, function(a, b) return a.currency < b.currency end)
  return list
end

-- The only sum there is; nil where there is none, or several.
function Sums:single()
  local currency, sum = next(self.by_currency)
  if not currency or next(self.by_currency, currency) then return nil end
  local amount = sum:amount()
  return amount and {amount = amount, currency = currency}
end

-- How long to draw it: the size of the only sum, for pictures alone.
function Sums:size()
  local single = self:single()
  return single and math.max(tonumber(single.amount), 0) or 0
end

return new_sums
