-- Reads may be repeated: what is torn or refused for its token is asked for again, and nothing is counted twice.
local support = require "support"
local testing = require "tenure.testing"

local CUSTOMERS, RESERVATIONS = 12, 120 -- two pages each

local function seen_under(faults)
  local simulator <close> = testing.simulator {customers = CUSTOMERS, reservations = RESERVATIONS, seed = 5}
  local folder = support.workflow {when = "true", each = "reservations.list{}", script = [[
return function(ctx)
  ctx.skip("seen")
end
]]}
  simulator:faults(faults)
  local plan = support.json(testing.run {
    "plan", folder .. "/refund.yaml", "-o", "json", env = support.env(simulator.env),
  })
  local seen = 0
  for _, row in ipairs(plan.skipped) do
    seen = seen + (row.code == "seen" and row.count or 0)
  end
  return plan, seen, simulator:state().faults
end

describe("a list of several pages", function()
  it("is whole, and nothing in it twice, when a token is refused in its middle", function()
    local plan, seen, met = seen_under {expire_token = {probability = 0.3, on = "reservations.list"}}
    assert.is_true(met > 3)
    assert.is_true(plan.customers.done > 3)
    assert.equal(plan.customers.done * RESERVATIONS, seen)
  end)

  it("is whole when some of its answers are torn", function()
    local plan, seen, met = seen_under {truncate = {probability = 0.15, on = "reservations.list"}}
    assert.is_true(met > 1)
    assert.is_true(plan.customers.done > 3)
    assert.equal(0, plan.customers.failed, plan.failed[1] and plan.failed[1].message)
    assert.equal(plan.customers.done * RESERVATIONS, seen)
  end)
end)
