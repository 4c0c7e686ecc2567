-- What the partner is credited for the orders of the table `refunds`, billed or not yet: by order, billed ones first.
local money = require("tenure").money
local partner = require "tenure.partner"

-- The orders and the currencies that matter.
local function wanted(refunds)
  local orders, currencies = {}, {}
  for _, row in ipairs(refunds) do
    if row.operation == "refund" then
      orders[(row.order or ""):lower()] = true
      currencies[row.back_currency or ""] = true
    end
  end
  orders[""], currencies[""] = nil, nil
  return orders, currencies
end

-- A line as a credit for one of the orders; nil for any other line, and for one that does not tell its amount.
local function credit_of(line, orders)
  local order = line.reservation_order and line.reservation_order:lower()
  if order and orders[order] and line.subtotal and line.subtotal < money("0", line.subtotal.currency) then
    return {
      order = order, amount = -line.subtotal, total = line.total and -line.total, invoice = line.invoice,
      mark = ("%s|%s|%s|%s"):format(order, line.from, line.quantity, line.subtotal),
    }
  end
  return nil
end

-- Lines of the running month may be told twice, on its invoice and as unbilled: each counts once.
local function collect(lines, orders, found, billed)
  for _, line in ipairs(lines) do
    local credit = credit_of(line, orders)
    local twice = credit and not credit.invoice and (billed[credit.mark] or 0) > 0
    if twice then
      billed[credit.mark] = billed[credit.mark] - 1
    elseif credit then
      billed[credit.mark] = credit.invoice and (billed[credit.mark] or 0) + 1 or billed[credit.mark]
      found[credit.order] = found[credit.order] or {}
      table.insert(found[credit.order], {amount = credit.amount, total = credit.total, invoice = credit.invoice})
    end
  end
end

return function(ctx)
  local orders, currencies = wanted(ctx.inputs.refunds)
  local found, billed = {}, {}
  for _, invoice in ipairs(partner.invoices()) do
    if not invoice.to or invoice.to >= ctx.inputs.since then
      collect(partner.invoice_lines(invoice), orders, found, billed)
    end
  end
  for currency in pairs(currencies) do
    for _, period in ipairs {"previous", "current"} do
      collect(partner.invoice_lines("unbilled", {currency = currency, period = period}), orders, found, billed)
    end
  end
  return found
end
