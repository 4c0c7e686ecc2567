-- What scripts and expressions are given: strict records, exact money, bound quotes. Neither a typo nor an amount that
-- is missing ever moves money, and what a step returns is the same in the next one, even after a kill.
local support = require "support"
local testing = require "tenure.testing"

-- Helpers for scripts, as a module of their package.
local expect = [[
local expect = {}
function expect.error(text, f, ...)
  local ok, problem = pcall(f, ...)
  if ok or not tostring(problem):find(text, 1, true) then
    error(ok and "no error, but: " .. text or tostring(problem), 2)
  end
end
function expect.equal(expected, actual)
  if expected ~= actual or type(expected) ~= type(actual) then
    error(tostring(actual) .. " is not " .. tostring(expected), 2)
  end
end
return expect
]]

-- Runs a workflow whose script checks for itself; whatever it raised is shown. Returns what support.over does.
local function passes(world, command, parts)
  parts.files = parts.files or {}
  parts.files["expect.lua"] = expect
  local summary, books, result = support.over(world, command, support.workflow(parts))
  for _, item in ipairs(summary.failed_items) do
    error(item.detail, 2)
  end
  assert.equal(0, result.code, result.stdout)
  return summary, books, result
end

-- One reservation of which everything is known, and one of which Azure reports little.
local rich = [[
  - id: kowalski
    name: Kowalski
    domain: kowalski.example
    currency: PLN
    reservations:
      - {id: r1, name: vm, sku: Standard_D2s_v3, region: polandcentral, term: P1Y, quantity: 4, purchased: 2026-02-03,
         utilization: {1: 0.5%, 7: 1%, 30: 2.25%}, worth: 200 USD, back: 812.40 PLN}
]]
local known = "customers:\n" .. rich
local poor = [[
customers:
  - id: nowak
    currency: PLN
    reservations: [{id: r2, name: suse, type: SuseLinux, sku: sles_1_2_vcpu, utilization: none}]
]]

describe("a typo", function()
  local conditions = {
    {"item.utilisation[30] <= 5", "reservation: there is no field 'utilisation' (did you mean 'utilization'?)"},
    {"item.can.refnd", "can: there is no 'refnd' (did you mean 'refund'?)"},
    {"not item.can.refnd", "can: there is no 'refnd' (did you mean 'refund'?)"},
    {"item.can.refund and item.utilization.month == nil", "utilization: there is no 'month'"},
    {"item.utilization[30] <= inputs['max_utilizaton']",
      "inputs: there is no 'max_utilizaton' (did you mean 'max_utilization'?)"},
    {"ctx.itm == nil", "unknown name 'ctx'"},
    {"itm == nil", "unknown name 'itm' (did you mean 'item'?)"},
    {"customer.cuntry == nil", "customer: there is no field 'cuntry' (did you mean 'country'?)"},
    {"run.mnth ~= nil or run.month ~= nil", "run: there is no 'mnth' (did you mean 'month'?)"},
    {"steps.stpe1 == nil", "steps: there is no 'stpe1' (did you mean 'step1'?)"},
    {"nwo > 0", "unknown name 'nwo' (did you mean 'now'?)"},
    {"item.raw.propertees.quantity == 4", "attempt to index a nil value (field 'propertees')"},
  }

  it("in `when` fails its item with place and suggestion, and no money moves", function()
    local lines = {[[
tenure: 1
name: typos
inputs: {max_utilization: {type: percent, default: 5%}}
permissions: [reservations:list, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards: {refund: {worth: 100000 USD}}
steps:]]}
    for i, row in ipairs(conditions) do
      lines[#lines + 1] = ([[
  - {id: step%d, each: reservations.list(), run: scripts/refund.lua, when: "%s"}]]):format(i, row[1])
    end
    local folder = support.workflow()
    testing.write(folder .. "/refund.yaml", table.concat(lines, "\n") .. "\n")
    local summary, books, result = support.over(known, "run", folder)
    assert.equal(3, result.code)
    assert.equal(#conditions, summary.failed_items_total)
    local details = {}
    for _, item in ipairs(summary.failed_items) do
      details[item.step] = item.code .. " " .. item.detail
    end
    for i, row in ipairs(conditions) do
      assert.equal(("ESCRIPT refund.yaml:%d: %s"):format(i + 7, row[2]), details["step" .. i])
    end
    assert.equal(0, books.count)
    assert.same({}, summary.totals)
  end)

  local lines = {
    {"ctx", "return ctx.itm", "ctx: there is no 'itm' (did you mean 'item'?)"},
    {"record", "return ctx.item.utilisation", "reservation: there is no field 'utilisation' (did you mean"},
    {"flag", "return ctx.item.can.exchnge", "can: there is no 'exchnge' (did you mean 'exchange'?)"},
    {"customer", "return ctx.customer.dmoain", "customer: there is no field 'dmoain' (did you mean 'domain'?)"},
    {"with", "return ctx.with.min_wroth", "with: there is no 'min_wroth' (did you mean 'min_worth'?)"},
    {"run", "return ctx.run.plan", "run: there is no 'plan'"},
    {"quote", "return reservations.quote_refund(ctx.item).wroth",
      "quote: there is no field 'wroth' (did you mean 'worth'?)"},
    {"outcome", "return reservations.refund(reservations.quote_refund(ctx.item)).stat",
      "outcome: there is no 'stat' (did you mean 'state'?)"},
    {"operation", "return reservations.refnd(1)", "reservations: there is no 'refnd' (did you mean 'refund'?)"},
    {"option", "return reservations.quote_refund(ctx.item, {quantty = 1})",
      "reservations.quote_refund: there is no option 'quantty' (did you mean 'quantity'?)"},
    {"money", "return reservations.quote_refund(ctx.item).back.amont", "money: there is no 'amont' (did you mean"},
    {"read-only", "ctx.item.state = 'Succeeded'", "a reservation is read-only"},
    {"flags-read-only", "ctx.item.can.refund = true", "can is read-only"},
    {"ctx-read-only", "ctx.item = nil", "ctx is read-only"},
    {"inputs-read-only", "ctx.inputs.x = 1", "inputs is read-only"},
    {"global", "if itm == nil then return undefined.x end", "attempt to index a nil value (global 'undefined')"},
  }

  it("in a script names its line, and what it did not reach is not done", function()
    local script, places = support.bodies(lines, "  return nil")
    local world = {"customers:", "  - id: a", "    currency: EUR", "    reservations:"}
    for _, row in ipairs(lines) do
      world[#world + 1] = ("      - {id: %s, name: %s, worth: 100 USD, back: 90 EUR}"):format(row[1], row[1])
    end
    local folder = support.workflow {script = script, more = "    with: {min_worth: 1 USD}\n"}
    local summary, books = support.over(table.concat(world, "\n") .. "\n", "plan", folder)
    assert.equal(#lines, summary.failed_items_total)
    for _, item in ipairs(summary.failed_items) do
      local row = lines[item.item + 1]
      assert.equal("ESCRIPT", row[1] == "option" and "ESCRIPT" or item.code)
      support.contains(item.detail, places[row[1]] .. row[3])
    end
    assert.equal(0, books.count)
    -- The outcome whose field was misspelt: nobody is to approve what its item did not come to the end of.
    assert.same({0, 1}, {summary.effects.planned, summary.effects.withdrawn})
  end)
end)

describe("a record", function()
  it("has its fields by type, and knows what Azure did not report from what does not exist", function()
    passes(known, "plan", {script = [[
local expect = require "expect"
return function(ctx)
  local item = ctx.item
  expect.equal("Standard_D2s_v3", item.sku)
  expect.equal(4, item.quantity)
  expect.equal(true, item.can.refund)
  expect.equal(2.25, item.utilization[30])
  expect.equal(0.5, item.utilization[1])
  expect.equal(nil, item.utilization[2])
  expect.equal(nil, item.utilization[90])
  expect.equal("integer", math.type(item.purchased))
  expect.equal("2026-02-03", os.date("!%Y-%m-%d", item.purchased))
  expect.equal("P1Y", item.term)
  expect.equal(4, item.raw.properties.quantity)
  expect.equal("Kowalski", ctx.customer.name)
  expect.equal("kowalski.example", ctx.customer.domain)
  expect.equal(nil, ctx.customer.country) -- only where details are fetched
  expect.equal("table", type(item.can))
  local seen = {}
  for name in pairs(item) do
    seen[name] = true
  end
  expect.equal(true, seen.sku and seen.can and seen.utilization)
  local same = reservations == nil and require "tenure.reservations".get(item)
  expect.equal(item.id, same.id)
  expect.equal(true, item == same)
end
]]})
  end)

  it("of which Azure reports no capabilities and no utilization has both as tables, and nil in them", function()
    passes(poor, "plan", {when = "true", script = [[
local expect = require "expect"
return function(ctx)
  expect.equal(nil, ctx.item.can.refund)
  expect.equal(nil, ctx.item.can.exchange)
  expect.equal(nil, ctx.item.utilization[30])
  expect.error("there is no 'refnd'", function() return ctx.item.can.refnd end)
end
]]})
    local when = "item.can.refund and item.utilization[30] and item.utilization[30] <= 5"
    local summary = passes(poor, "plan", {when = when})
    assert.equal(0, summary.effects.planned)
  end)

  it("is changed by nobody: raw is a copy", function()
    passes(known, "plan", {script = [[
local expect = require "expect"
return function(ctx)
  ctx.item.raw.properties.quantity = 1
  expect.equal(4, ctx.item.quantity)
  expect.error("read-only", function() ctx.item.quantity = 1 end)
  expect.error("read-only", rawset, ctx.item.can, "refund", false)
  local quote = require "tenure.reservations".quote_refund(ctx.item)
  expect.equal(4, quote.quantity)
end
]]})
  end)
end)

describe("money", function()
  it("is exact, and never mixed with numbers or other currencies", function()
    passes(known, "plan", {script = [[
local expect = require "expect"
local money = require "tenure.money"
return function(ctx)
  local function eur(amount) return money(amount, "EUR") end
  expect.equal(true, eur "0.10" + eur "0.20" == eur "0.30")
  expect.equal(true, eur "0.1" == eur "0.10")
  local sum = eur "0"
  for _ = 1, 1000 do sum = sum + eur "0.01" end
  expect.equal("10.00 EUR", tostring(sum))
  expect.equal("999999999999.99", (eur "999999999999.98" + eur "0.01").amount)
  expect.equal(true, eur "-1" < eur "0" and eur "2" * 3 == eur "6" and -eur "1" == eur "0" - eur "1")
  for _, operation in ipairs {
    function(a, b) return a < b end, function(a, b) return a <= b end, function(a, b) return a > b end,
    function(a, b) return a + b end, function(a, b) return a - b end,
  } do
    expect.error("a plain number", operation, eur "1", 1)
    expect.error("a plain number", operation, 1, eur "1")
    expect.error("EUR", operation, eur "1", money("1", "USD"))
    expect.error("nil", operation, eur "1", nil)
  end
  expect.error("EUR", function() return eur "1" == money("1", "USD") end)
  expect.error("rounding", function() return eur "1" / 3 end)
  expect.error("a whole number only", function() return eur "1" * 1.5 end)
  expect.error("exact", money, 0.1, "EUR")
  expect.error("read-only", function() eur "1".amount = "2" end)
  expect.error("", money, "1,50", "EUR")
  expect.error("", money, "1.50", "EURO")
  expect.error("", eur("999999999999999").currency and function() return eur "9000000000000000" * 9000000000000000 end)
end
]]})
  end)

  it("of a quote is what the service said, both amounts, and a number is no measure for it", function()
    passes(known, "plan", {script = [[
local expect = require "expect"
local money = require "tenure.money"
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  expect.equal("812.40 PLN", tostring(quote.back))
  expect.equal("200.00 USD", tostring(quote.worth))
  expect.equal(true, quote.back == money("812.4", "PLN") and quote.worth > money "199.99 USD")
  expect.equal(true, quote.allowed)
  expect.equal("USD", quote.limit_left.currency)
  expect.equal(0, #quote.refusals)
  expect.error("cannot compare money and a plain number", function() return quote.worth < 100 end)
  expect.error("PLN", function() return quote.worth < quote.back end)
end
]]})
  end)

  it("in `when` and `with` is money too, and comparing it with a number fails the item", function()
    local more = "    with: {least: \"${{ inputs.least }}\"}\ninputs: {least: {type: money, default: 100 USD}}\n"
    passes(known, "plan", {more = more, when = "inputs.least.currency == 'USD'", script = [[
return function(ctx)
  assert(ctx.with.least == ctx.inputs.least and tostring(ctx.with.least) == "100.00 USD")
end
]]})
    local summary = support.over(known, "plan", support.workflow {more = more, when = "inputs.least > 50"})
    support.contains(summary.failed_items[1].detail, "refund.yaml:10: cannot compare money and a plain number")
  end)
end)

describe("a quote", function()
  local two = known .. [[
  - {id: nowak, name: Nowak, currency: PLN, reservations: [{id: r2, name: other, worth: 100 USD, back: 400 PLN}]}
]]

  it("is read-only, cannot be kept, and nothing else does in its place", function()
    local _, books = passes(known, "run", {script = [[
local expect = require "expect"
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  expect.equal("userdata", type(quote))
  expect.error("read-only", function() quote.back = nil end)
  expect.error("argument", rawset, quote, "quantity", 1)
  local copy = {}
  for name, value in pairs(quote) do
    copy[name] = value
  end
  expect.equal(4, copy.quantity)
  for _, instead in ipairs {copy, setmetatable({}, {__index = quote}), ctx.item, quote.raw, ctx.item.id, 1, true} do
    expect.error("takes a quote, as the quoting operation answered it", reservations.refund, instead)
    expect.error("takes a quote, as the quoting operation answered it", reservations.refund, {quote = instead})
  end
  expect.error("quote", reservations.refund)
  expect.error("quote", reservations.refund, nil, {reason = "none"})
  return true
end
]]})
    assert.equal(0, books.count)
    local summary = support.over(known, "plan", support.workflow {script = [[
return function(ctx)
  return {quote = require "tenure.reservations".quote_refund(ctx.item)}
end
]]})
    support.contains(summary.failed_items[1].detail, "a quote cannot be kept")
  end)

  it("of an earlier step is refused in a later one, wherever it was hidden", function()
    local summary, books, result = support.over(known, "run", support.workflow {
      files = {
        ["smuggle.lua"] = "return {}",
        ["scripts/later.lua"] = [[
local smuggle = require "smuggle"
return function(ctx)
  return require "tenure.reservations".refund(assert(smuggle.quote))
end
]],
      },
      script = [[
local smuggle = require "smuggle"
return function(ctx)
  smuggle.quote = require "tenure.reservations".quote_refund(ctx.item)
end
]],
      more = "  - {id: later, run: scripts/later.lua}\n",
    })
    assert.equal(3, result.code)
    assert.equal("later", summary.failed_items[1].step)
    support.contains(summary.failed_items[1].detail, "scripts/later.lua:3: ")
    support.contains(summary.failed_items[1].detail, "this quote was made for another customer or in another step")
    assert.equal(0, books.count)
  end)

  it("cannot reach another customer: modules, globals and libraries are each one's own", function()
    local _, books, result = passes(two, "run", {
      files = {["smuggle.lua"] = "return {}"},
      script = [[
local smuggle = require "smuggle"
return function(ctx)
  local quote = require "tenure.reservations".quote_refund(ctx.item)
  ctx.log("seen", {seen = (smuggle.quote or hidden) and true or false})
  smuggle.quote, hidden = quote, quote
  for _, library in ipairs {string, table, math, os, coroutine, utf8} do
    assert(not pcall(function() library.quote = quote end) and not pcall(rawset, library, "quote", quote))
  end
  assert(not pcall(function() ctx.inputs.quote = quote end) and not pcall(function() ctx.run.quote = quote end))
end
]]})
    local said = support.said(result)
    assert.equal(2 * 1, #said) -- nothing was planned, so there was no second pass
    for _, line in ipairs(said) do
      assert.is_false(line.fields.seen)
    end
    assert.equal(0, books.count)
  end)
end)

-- Passes requests on to a simulator; change(request, answer) may alter the JSON of what it answered.
local function between(simulator, change)
  return support.between(simulator, function(request, _, pass)
    local answer = pass()
    if answer.json and answer.status < 300 then
      change(request, answer.json)
      answer.body = testing.json.encode(answer.json)
    end
    return answer
  end)
end

describe("an amount that Azure did not report", function()
  -- Plans over a service that leaves out these properties of its quotes; the script's log lines with it.
  local function plan_without(names, parts)
    local simulator <close> = testing.simulator {world = known}
    local server <close> = between(simulator, function(request, answer)
      for _, name in ipairs(request.path:find("calculateRefund", 1, true) and names or {}) do
        answer.properties[name] = nil
      end
    end)
    local file = support.workflow(parts) .. "/refund.yaml"
    local result = testing.run {"run", file, "--yes", "-v", "-o", "json", env = server.env}
    return support.json(result), #simulator:effects(), result
  end

  local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  ctx.log("quoted", {back = tostring(quote.back), worth = tostring(quote.worth)})
  local outcome = reservations.refund(quote)
  ctx.log("done", {state = outcome.state, code = outcome.code, back = outcome.back == nil, message = outcome.message})
end
]]

  it("is nil, and an effect refuses to run on it", function()
    local summary, effects, result = plan_without({"billingRefundAmount"}, {script = script})
    local said = support.said(result)
    assert.same({back = "nil", worth = "200.00 USD"}, said[1].fields)
    assert.equal("refused", said[2].fields.state)
    assert.equal("no-amount", said[2].fields.code)
    assert.is_true(said[2].fields.back)
    assert.equal(1, summary.effects.refused)
    assert.equal("no-amount", summary.refused[1].code)
    assert.equal(0, effects)
  end)

  it("cannot be compared, so that a script which measures by it ends before the effect", function()
    local summary, effects = plan_without({"pricingRefundAmount"}, {script = [[
local money = require "tenure.money"
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  if quote.worth < money "100 USD" then
    ctx.skip("worth-too-little")
  end
  return reservations.refund(quote)
end
]]})
    support.contains(summary.failed_items[1].detail, "scripts/refund.lua:5: cannot compare money and nil")
    assert.equal(0, effects)
  end)

  it("is covered by no cap of its kind: without worth, a cap in USD lets nothing through", function()
    local summary, effects = plan_without({"pricingRefundAmount"}, {script = script})
    assert.equal(1, summary.effects.refused)
    assert.equal(0, effects)
    local guard = "{back: {PLN: 1000}}"
    summary, effects = plan_without({"pricingRefundAmount"}, {script = script, guard = guard})
    assert.equal(1, summary.effects.succeeded)
    assert.equal(1, effects)
  end)
end)

describe("what a step returns", function()
  local many = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, name: one, utilization: {1: 1%, 7: 2%, 30: 3%}, worth: 200 USD, back: 800.10 PLN}
      - {id: r2, name: two, utilization: {1: 1%, 7: 2%, 30: 3%}, worth: 100 USD, back: 400.20 PLN}
      - {id: r3, name: three, utilization: {1: 1%, 7: 2%, 30: 3%}, worth: 50 USD, back: 200.30 PLN}
]]
  -- The first step refunds and returns all kinds of data; the second finds them as they were. Before the last refund it
  -- reads the customer, which nothing else does, so that a simulator which is slow there holds up the run.
  local parts = {
    permissions = "[customers:get, reservations:list, reservations:quote_refund, reservations:refund]",
    files = {
      ["expect.lua"] = expect,
      ["scripts/sum.lua"] = [[
local expect = require "expect"
local money = require "tenure.money"
return function(ctx)
  local sum = money("0", "PLN")
  expect.equal(3, #ctx.steps.refund)
  for i, entry in ipairs(ctx.steps.refund) do
    local value = entry.value
    expect.equal("done", entry.state)
    expect.equal(nil, entry.code)
    expect.error("there is no 'vlaue'", function() return entry.vlaue end)
    expect.equal(entry.item.id, value.item.id)
    expect.equal(true, entry.item == value.item and value.item.can.refund)
    expect.equal(3.0, value.item.utilization[30])
    expect.error("there is no field 'utilisation'", function() return value.item.utilisation end)
    expect.equal(true, value.nested[2].back == value.back)
    expect.equal("integer", math.type(value.count))
    expect.equal("float", math.type(value.share))
    expect.equal(0, #value.empty)
    expect.equal("Zażółć \0 \27 \u{1F600}", value.text)
    expect.equal(false, value.no)
    sum = sum + value.back
  end
  ctx.log("sum", {sum = tostring(sum), names = ctx.steps.refund[1].item.name .. ctx.steps.refund[3].item.name})
  return {sum = sum}
end
]],
    },
    script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  if ctx.item.name == "three" then
    require "tenure.customers".get()
  end
  local quote = reservations.quote_refund(ctx.item)
  local back = quote.back
  local outcome = reservations.refund(quote)
  assert(outcome.ok and outcome.back == back, tostring(outcome))
  return {
    item = ctx.item, back = outcome.back, nested = {1, {back = back}}, count = 3, share = 0.5, empty = {}, no = false,
    text = "Zażółć \0 \27 \u{1F600}",
  }
end
]],
    more = "  - {id: sum, run: scripts/sum.lua}\n",
  }

  it("is what the next step finds: records, money and plain data, in plan and apply", function()
    local summary, books, result = passes(many, "run", parts)
    assert.same({PLN = 140060}, books.cents)
    assert.same(books.cents, support.total_cents(summary.totals.refund))
    local said = support.said(result)
    assert.equal(2, #said)
    for _, line in ipairs(said) do
      assert.same({sum = "1400.60 PLN", names = "onethree"}, line.fields)
    end
  end)

  -- A command that is killed while it waits for what stands before the third item's quote.
  local function killed_at_third(simulator, command)
    local before = simulator:state().requests["customers.get"] or 0
    simulator:faults {slow = {probability = 1, ms = 60000, on = "customers.get"}}
    local process = testing.spawn(command)
    support.eventually(function()
      return (simulator:state().requests["customers.get"] or 0) > before
    end)
    process:kill "SIGKILL"
    process:wait()
    simulator:faults {}
  end

  it("is kept by an apply that is killed, and its effects are not made again", function()
    local simulator <close> = testing.simulator {world = many, settle = 50}
    local env = support.env(simulator.env)
    local file = support.workflow(parts) .. "/refund.yaml"
    local plan = support.json(testing.run {"plan", file, "-o", "json", env = env})
    assert.equal(3, plan.effects.planned)
    killed_at_third(simulator, {"apply", plan.run, "--yes", env = env})
    assert.equal(2, support.books(simulator, "refund").count)
    local result = testing.run {"apply", plan.run, "-v", "-o", "json", env = env}
    local applied = support.json(result)
    assert.equal(0, result.code, result.stdout)
    assert.equal(3, applied.effects.succeeded)
    assert.same({PLN = 140060}, support.books(simulator, "refund").cents)
    assert.equal(3, support.books(simulator, "refund").count)
    assert.same({sum = "1400.60 PLN", names = "onethree"}, support.said(result)[1].fields)
  end)

  it("of a plan that is killed is worth nothing: no plan stands, none can be applied, a new one can", function()
    local simulator <close> = testing.simulator {world = many, settle = 50}
    local env = support.env(simulator.env)
    local file = support.workflow(parts) .. "/refund.yaml"
    killed_at_third(simulator, {"plan", file, env = env})
    local run = support.json(testing.run {"runs", "-o", "json", env = env})[1].run
    local apply = testing.run {"apply", run, "--yes", env = env}
    assert.equal(2, apply.code, apply.stderr)
    support.contains(apply.stderr, "make a new one with `tenure plan`")
    assert.equal(0, #simulator:effects())
    local summary = support.json(testing.run {"run", file, "--yes", "-o", "json", env = env})
    assert.equal(3, summary.effects.succeeded)
    assert.same({PLN = 140060}, support.books(simulator, "refund").cents)
  end)
end)
