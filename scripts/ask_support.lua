-- Ask support for the refunds that self-service refused in the step before, and for no others: what a guard, a drift or
-- a person stopped is not support's to decide.
local support = require "tenure.support"

local refusals = {
  SelfServiceRefundNotSupported = "self-service does not refund it",
  RefundLimitExceeded = "it is above the limit of self-service refunds",
  limit = "it is above what is left of the limit of self-service refunds",
}

return function(ctx)
  local asked = {}
  for _, earlier in ipairs(ctx.steps.refund) do
    local outcome = earlier.value
    local refusal = outcome and outcome.state == "refused" and refusals[outcome.code]
    if refusal then
      local reason = ("it is idle, and %s (%s)"):format(refusal, outcome.code)
      asked[#asked + 1] = support.request_refund(earlier.item, {reason = reason})
    end
  end
  return asked
end
