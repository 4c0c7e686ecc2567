-- What is told of an effect in CSV, cell by cell: `tenure report RUN --effects` writes these, and `tenure approve`
-- takes them back.
-- Each is {name, figure, fixed, of}. of(effect): its value, a text or a number; nil or "": none. figure: whether it is
-- a count or an amount, written as it is. fixed: whether it tells what the effect is, and so never changes while that
-- is planned.

local amounts_of = require "render.amounts"
local asks = require "render.asks"
local names = require "render.names"

-- Worth is in dollars; should a cloud say it in another currency, that stands beside it.
local function worth(money)
  return money and (money.currency == "USD" and money.amount or money.amount .. " " .. money.currency)
end

local function amount(effect, which)
  local money = amounts_of(effect)[which]
  return money and money.amount
end

local function currency(effect, which)
  local money = amounts_of(effect)[which]
  return money and money.currency
end

local function text(name, of) return {name = name, fixed = true, of = of} end
local function figure(name, of) return {name = name, fixed = true, figure = true, of = of} end
local function passing(name, of) return {name = name, of = of} end

local cells = {
  passing("key", function(effect) return effect.key end),
  text("customer", function(effect) return effect.customer end),
  text("customer_name", function(effect) return effect.customer_name end),
  text("operation", function(effect) return effect.operation end),
  text("reservation", names.thing),
  text("order", names.order),
  text("called", function(effect) return effect.called end),
  text("product", function(effect) return effect.subject_name end),
  text("asks", function(effect) return asks(effect) end),
  figure("quantity", function(effect) return effect.quantity end),
  figure("before", function(effect) return effect.before end),
  figure("after", function(effect) return effect.after end),
  figure("back", function(effect) return amount(effect, "back") end),
  figure("back_currency", function(effect) return currency(effect, "back") end),
  figure("pay", function(effect) return amount(effect, "pay") end),
  figure("pay_currency", function(effect) return currency(effect, "pay") end),
  figure("worth", function(effect) return worth(amounts_of(effect).worth) end),
  text("portal", function(effect) return effect.portal end),
  passing("lines", function(effect) return effect.lines and names.why(effect) end),
  passing("state", function(effect) return effect.state end),
  passing("code", function(effect) return effect.code end),
  passing("decision", function() return "" end),
}

return {list = cells, worth = worth}
