-- Compare one customer's refunds with what the partner is credited for their orders.
local money = require("tenure").money

-- Sent, as far as anybody knows; whether an unknown one happened may be seen here.
local sent = {accepted = true, succeeded = true, partial = true, unknown = true}

-- The refunds of the rows by order, in their order.
local function refunds_by_order(rows)
  local orders, by = {}, {}
  for _, row in ipairs(rows) do
    if row.operation == "refund" and sent[row.state] then
      local order = row.order and row.order:lower() or ""
      if not by[order] then
        orders[#orders + 1] = order
        by[order] = {}
      end
      table.insert(by[order], {row = row, back = row.back and row.back_currency and money(row.back, row.back_currency)})
    end
  end
  return orders, by
end

local function is(amount, other)
  return amount and other and amount.currency == other.currency and amount == other
end

-- The sum of the elements' amounts; nil where one has none, or there are two currencies.
local function sum(list, name)
  local total
  for _, element in ipairs(list) do
    local amount = element[name]
    if not amount or total and total.currency ~= amount.currency then
      return nil
    end
    total = total and total + amount or amount
  end
  return total
end

-- Takes from the credits the one that is a refund's amount; billed ones come first.
local function take(credits, back)
  for i, credit in ipairs(credits) do
    if is(back, credit.amount) or is(back, credit.total) then
      return table.remove(credits, i)
    end
  end
  return nil
end

-- These credits answer the refund; alone: and no other one.
local function settle(refund, credits, alone)
  local billed = true
  for _, credit in ipairs(credits) do
    billed = billed and credit.invoice ~= nil
  end
  refund.state = billed and "credited" or "unbilled"
  refund.credited = alone and sum(credits, "amount") or nil
  refund.invoice = #credits == 1 and credits[1].invoice or nil
end

local function differ(refund, credits, alone)
  local credited = alone and sum(credits, "amount") or nil
  refund.state = "differs"
  refund.credited = credited
  refund.difference = credited and credited.currency == refund.back.currency and credited - refund.back or nil
  refund.invoice = #credits == 1 and credits[1].invoice or nil
end

-- What is left when every credit that is just one refund's amount is taken.
local function settle_rest(refunds, credits)
  local back = sum(refunds, "back")
  local adds_up = is(back, sum(credits, "amount")) or is(back, sum(credits, "total"))
  for _, refund in ipairs(refunds) do
    if #credits == 0 then
      refund.state = "missing"
    elseif not refund.back then
      refund.state = "no-amount"
    else
      (adds_up and settle or differ)(refund, credits, #refunds == 1)
    end
  end
end

local function match(refunds, credits)
  local rest, left = {}, table.move(credits, 1, #credits, 1, {})
  for _, refund in ipairs(refunds) do
    local credit = take(left, refund.back)
    if credit then
      settle(refund, {credit}, true)
    else
      rest[#rest + 1] = refund
    end
  end
  settle_rest(rest, left)
end

return function(ctx)
  local credits_of = ctx.before.credits[1].value
  local orders, by = refunds_by_order(ctx.rows)
  for _, order in ipairs(orders) do
    local credits = credits_of[order] or {}
    match(by[order], credits)
    for _, refund in ipairs(by[order]) do
      ctx.output("reconcile", {
        customer = ctx.customer, customer_name = ctx.customer.name, order = refund.row.order,
        reservation = refund.row.reservation, outcome = refund.row.state, back = refund.back or nil,
        state = refund.state, credited = refund.credited, difference = refund.difference,
        order_credited = sum(credits, "amount"), invoice = refund.invoice,
      })
    end
  end
end
