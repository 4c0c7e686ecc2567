-- Ask support for the refunds that self-service refused in the step before, and for no others.
local refusals = require "scripts.refusals"
local support = require "tenure.support"

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
