-- Drift: what a fresh quote says when a plan is carried out, against what was planned and approved.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1, worth: 1000 USD, back: 900 EUR}]}
  - {id: b, name: Bauer, currency: EUR, reservations: [{id: r2, worth: 100 USD, back: 90 EUR}]}
]]

-- A plan, prices that move by a factor, its apply: summary, result, books.
local function after(factor, more, change)
  local simulator <close> = testing.simulator {world = world, settle = 50}
  local env = support.env(simulator.env)
  local file = support.workflow {more = more} .. "/refund.yaml"
  local planned = support.json(testing.run {"plan", file, "-o", "json", env = env})
  assert.equal(2, planned.effects.planned)
  simulator:change(change or {prices = factor})
  local result = testing.run {"apply", planned.run, "--yes", "-o", "json", env = env}
  local applied = support.json(result)
  local books = support.books(simulator, "refund")
  assert.same(books.cents, support.total_cents(applied.totals.refund))
  return applied, result, books
end

local exact = "tolerance: {amount: 0%, proration: false}\n"

describe("drift", function()
  it("past the tolerance is refused and said, and of a whole plan there is nothing to carry out", function()
    local applied, result, books = after(0.9)
    assert.equal(4, result.code, result.stderr)
    support.contains(result.stderr, "everything that was to be done had drifted since it was planned")
    assert.equal(0, books.count)
    assert.equal(2, applied.effects.refused)
    assert.equal("drift", applied.refused[1].code)
    support.contains(applied.refused[1].example, "EUR would come back now, ")
    assert.equal("done", applied.state)
  end)

  it("of a part only is told as one of an item", function()
    local applied, result = after(0.9, nil, {prices = 0.9, no_consent = {"b"}})
    assert.equal(3, result.code, result.stderr)
    assert.equal("drift", applied.refused[1].code)
    assert.equal(1, applied.customers.unreachable)
  end)

  it("within the tolerance is none", function()
    local applied, result, books = after(0.995)
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, applied.effects.succeeded)
    assert.same({EUR = 98505}, books.cents)
  end)

  it("is judged by the workflow's own tolerance", function()
    local _, result, books = after(0.9, "tolerance: {amount: 15%}\n")
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, books.count)
    local applied, strict, none = after(0.999, exact)
    assert.equal(4, strict.code)
    assert.equal(0, none.count)
    assert.equal("drift", applied.refused[1].code)
  end)

  it("to the better side is none", function()
    local applied, result, books = after(1.05, exact)
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, applied.effects.succeeded)
    assert.same({EUR = 103950}, books.cents)
  end)
end)
