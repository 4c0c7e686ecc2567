-- A plan as a person reads it: nothing is cut, sums are exact, and what customers call themselves cannot do harm.
local support = require "support"
local testing = require "tenure.testing"

local long_name = "The Most Honourable Company of Merchants of the Northern and Southern Seas and All Islands Between"

local world = ([[
customers:
  - id: smith
    name: "Smith \u001b[31m \u202e & Sons"
    reservations: [{id: r1, utilization: 1%%, worth: 200.10 USD}]
  - {id: kowalski, name: %s, currency: PLN, reservations: [{id: r2, utilization: 1%%, worth: 150.25 USD}]}
  - {id: meier, currency: EUR, reservations: [{id: r3, utilization: 50%%, worth: 300 USD}]}
  - {id: jones, name: Jones, currency: GBP, consent: missing}
]]):format(long_name)

local data, text -- the same plan as JSON and as a table

-- Words alone: where lines break does not matter.
local function words(output)
  return (output:gsub("%s+", " "))
end

local function contains(part)
  assert.is_truthy(words(text):find(words(part), 1, true), ("%q is not in\n%s"):format(part, text))
end

describe("the table of a plan", function()
  local simulator

  setup(function()
    simulator = testing.simulator {world = world, settle = 100}
    local env = support.env(simulator.env)
    local workflow = support.workflow {when = "item.can.refund and item.utilization[30] < 5"} .. "/refund.yaml"
    data = support.json(testing.run {"plan", workflow, "-o", "json", env = env})
    text = testing.run({"show", data.run, env = env}).stdout
  end)

  teardown(function()
    simulator:stop()
  end)

  it("gives names, ids and reasons whole", function()
    contains(long_name)
    contains(data.unreachable[1].id)
    contains(data.unreachable[1].message)
    for _, effect in ipairs(data.largest) do
      contains(effect.subject:match("[^/]+$"))
    end
    assert.is_nil(text:find("…", 1, true))
  end)

  it("keeps to 120 columns where words allow it", function()
    for line in text:gmatch("[^\n]+") do
      assert.is_true(utf8.len(line) <= 120, line)
    end
  end)

  it("sums worth over all currencies, exactly", function()
    local cents = 0
    for _, row in ipairs(data.by_currency) do
      cents = cents + support.cents(row.worth.amount)
    end
    assert.is_true(cents > 0)
    contains(("together 2 %d.%02d USD"):format(cents // 100, cents % 100))
  end)

  it("says in words why items were passed over", function()
    contains("not selected by `when`")
  end)

  it("says of one of many what the others do not say, and of all what they do", function()
    local other <close> = testing.simulator {world = [[
customers:
  - id: adler
    currency: USD
    refunded: 49990 USD
    reservations:
      - {id: r1, worth: 100 USD}
      - {id: r2, worth: 60 USD}
      - {id: r3, refuses: SelfServiceRefundNotSupported}
      - {id: r4, refuses: SelfServiceRefundNotSupported}
]]}
    local env = support.env(other.env)
    local planned = support.json(testing.run {"plan", support.workflow() .. "/refund.yaml", "-o", "json", env = env})
    local differs = {}
    for _, row in ipairs(planned.refused) do
      assert.equal(2, row.count)
      differs[row.code] = row.differs
    end
    assert.same({RefundLimitExceeded = true, SelfServiceRefundNotSupported = false}, differs)
    local shown = words(testing.run({"show", planned.run, env = env}).stdout)
    support.contains(shown, "2 RefundLimitExceeded for example: The return would exceed")
    support.contains(shown, "2 SelfServiceRefundNotSupported This reservation cannot be returned")
  end)

  it("shows what would steer a terminal as what it is", function()
    contains("Smith \\x1b[31m ? & Sons")
    assert.is_nil(text:find("\27", 1, true))
  end)
end)
