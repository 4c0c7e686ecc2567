-- What a script is given and what becomes of it: ctx and its endings, errors of reads, outcomes of effects, steps that
-- see earlier ones, templates, modules, permissions.
local support = require "support"
local testing = require "tenure.testing"

-- A customer with reservations of these names, each worth 100 USD and 90 EUR.
local function customer(name, reservations)
  local lines = {("  - {id: %s, name: %s, currency: EUR, reservations: ["):format(name, name)}
  for i, reservation in ipairs(reservations) do
    lines[#lines + 1] = ("      {id: %s-%d, name: %s, worth: 100 USD, back: 90 EUR},"):format(name, i, reservation)
  end
  return table.concat(lines, "\n") .. "\n    ]}\n"
end

local one = "customers:\n" .. customer("Adler", {"first"})
local three = "customers:\n" .. customer("Adler", {"first", "second", "third"})
local two_customers = three .. customer("Bauer", {"fourth"})

local function plan(world, parts)
  return support.over(world, "plan", support.workflow(parts))
end

-- The fields of what a script logged under that text, in order.
local function logged(result, text)
  local list = {}
  for _, line in ipairs(support.said(result)) do
    if line.text == text then
      list[#list + 1] = line.fields
    end
  end
  return list
end

-- What became of the items of a plan in which each reservation runs the body of its name: by name, the row of the item
-- that failed.
local function failures(rows)
  local names = {}
  for i, row in ipairs(rows) do
    names[i] = row[1]
  end
  local script, places = support.bodies(rows)
  local summary, _, result = plan("customers:\n" .. customer("Adler", names), {script = script})
  local failed = {}
  for _, item in ipairs(summary.failed_items) do
    failed[rows[item.item + 1][1]] = item
  end
  return failed, places, summary, result
end

describe("ctx.skip and ctx.fail", function()
  local failed, summary

  setup(function()
    local rows = {
      {"skip", "ctx.skip('too-little')"},
      {"skip-detail", "ctx.skip('too-little', 'only 3.10 EUR')"},
      {"pcall-skip", "pcall(ctx.skip, 'too-little') ctx.fail('went-on')"},
      {"xpcall-skip", "xpcall(ctx.skip, function() ctx.fail('went-on') end, 'too-little') ctx.fail('went-on')"},
      {"coroutine-skip", "coroutine.wrap(function() pcall(ctx.skip, 'too-little') end)() ctx.fail('went-on')"},
      {"close-skip", "local c <close> = setmetatable({}, {__close = function() ctx.fail('x') end}) ctx.skip('other')"},
      {"fail", "ctx.fail('no-owner', 'nobody answers for ' .. ctx.item.name)"},
      {"pcall-fail", "pcall(pcall, ctx.fail, 'no-owner') ctx.skip('went-on')"},
      {"sort-fail", "table.sort({2, 1}, function() ctx.fail('no-owner') end) ctx.skip('went-on')"},
      {"bad-code", "ctx.skip('Only 3 EUR')"},
      {"no-code", "ctx.skip()"},
    }
    local _
    failed, _, summary = failures(rows)
  end)

  it("end the item with a code that is counted, and nothing catches them", function()
    local skipped = {}
    for _, row in ipairs(summary.skipped) do
      skipped[row.code] = row.count
    end
    assert.same({["too-little"] = 5, other = 1}, skipped)
    for _, name in ipairs {"fail", "pcall-fail", "sort-fail"} do
      assert.equal("no-owner", failed[name].code)
    end
    assert.equal("nobody answers for fail", failed.fail.detail)
    assert.is_nil(failed["pcall-fail"].detail)
    assert.equal(0, summary.effects.planned)
  end)

  it("take a fixed word only, so that plans can count", function()
    for _, name in ipairs {"bad-code", "no-code"} do
      assert.equal("ESCRIPT", failed[name].code)
    end
    support.contains(failed["bad-code"].detail, "the code must be a fixed word such as \"worth-too-little\"")
    assert.equal(5, summary.failed_items_total)
  end)
end)

describe("a script that raises", function()
  it("fails its item with file and line, and the customer goes on with the next", function()
    local rows = {
      {"text", "error('it is Sunday')", "it is Sunday"},
      {"level", "error('it is Sunday', 0)", false, "it is Sunday"},
      {"nil-call", "nothing()", "attempt to call a nil value (global 'nothing')"},
      {"nil-index", "return ctx.item.can.exchange.x.y", "attempt to index a"},
      {"table", "error({code = 1})", false, "the script raised a table without a text"},
      {"nil-error", "error(nil)", false, "nil"},
      {"lines", "error('one\\ntwo\\27[31m')", "one two [31m"},
      {"assert", "assert(false, 'not so')", false, "not so"},
      {"argument", "ctx.log()", "bad argument #1 to 'log'"},
      {"good", "result = reservations.refund(reservations.quote_refund(ctx.item))"},
    }
    local failed, places, summary = failures(rows)
    for _, row in ipairs(rows) do
      local name, _, message, whole = table.unpack(row)
      if name == "good" then
        assert.is_nil(failed.good)
      else
        assert.equal("ESCRIPT", failed[name].code)
        support.contains(failed[name].detail, message and places[name] .. message or whole)
      end
    end
    assert.equal(1, summary.effects.planned)
    assert.equal(1, summary.customers.done)
  end)

  it("in a module names the module's file", function()
    local summary = plan(one, {
      script = 'local rules = require "lib.rules"\nreturn function(ctx) return rules.check(ctx.item) end\n',
      files = {["lib/rules.lua"] = "local rules = {}\nfunction rules.check(item)\n  error('no')\nend\nreturn rules\n"},
    })
    assert.equal("lib/rules.lua:3: no", summary.failed_items[1].detail)
  end)

  it("or is no function is refused before a run begins", function()
    for script, message in pairs {
      ["local x = 1\n"] = "scripts/refund.lua: must return a function(ctx), returned nil",
      ["return {}\n"] = "scripts/refund.lua: must return a function(ctx), returned table",
      ["return function(ctx)\n  x = = 1\nend\n"] = "scripts/refund.lua:2: unexpected symbol near '='",
      ["\nerror('at once')\n"] = "scripts/refund.lua:2: at once",
      ["require 'lib.rlues'\n"] = "module 'lib.rlues' not found",
      ["require 'tenure.reservations'.list()\n"] = "scripts/refund.lua:1: reservations.list: can be called only while",
    } do
      local file = support.workflow {script = script} .. "/refund.yaml"
      for _, command in ipairs {"check", "plan"} do
        local simulator <close> = testing.simulator {world = one}
        local result = testing.run {command, file, env = support.env(simulator.env)}
        assert.equal(2, result.code, result.stderr)
        support.contains(result.stderr, message)
      end
    end
  end)
end)

describe("a read that fails", function()
  local nowhere = "/providers/Microsoft.Capacity/reservationOrders/11111111-1111-4111-8111-111111111111/reservations/"
    .. "22222222-2222-4222-8222-222222222222"

  it("raises a structured error, which pcall catches and tostring shows", function()
    local summary, _, result = plan(one, {script = ([[
local reservations = require "tenure.reservations"
return function(ctx)
  local ok, problem = pcall(reservations.get, %q)
  ctx.log("caught", {
    ok = ok, code = problem.code, status = problem.status, message = problem.message, retryable = problem.retryable,
    request_id = problem.request_id, text = tostring(problem), kind = type(problem),
    strict = pcall(function() return problem.cdoe end), kept = pcall(function() problem.code = 1 end),
  })
  return reservations.refund(reservations.quote_refund(ctx.item))
end
]]):format(nowhere)})
    local caught = logged(result, "caught")[1]
    assert.is_false(caught.ok)
    assert.equal(404, caught.status)
    assert.is_false(caught.retryable)
    assert.is_truthy(caught.code:match("^%a+$"), caught.code)
    assert.is_truthy(caught.request_id:match("^%x+%-"), caught.request_id)
    support.contains(caught.message, "reservations.get")
    assert.equal("scripts/refund.lua:3: " .. caught.message, caught.text)
    assert.is_false(caught.strict)
    assert.is_false(caught.kept)
    assert.equal(1, summary.effects.planned)
  end)

  it("fails its item where nobody catches it, and the customer goes on with the next", function()
    local summary, books = support.over(three, "run", support.workflow {script = ([[
local reservations = require "tenure.reservations"
return function(ctx)
  if ctx.item.name == "second" then
    reservations.get(%q)
  end
  return reservations.refund(reservations.quote_refund(ctx.item))
end
]]):format(nowhere)})
    assert.equal(1, summary.failed_items_total)
    local item = summary.failed_items[1]
    assert.equal(1, item.item)
    assert.is_truthy(item.code:match("NotFound$"), item.code)
    support.contains(item.detail, "scripts/refund.lua:4: reservations.get: ")
    assert.equal(1, summary.customers.done)
    assert.same({EUR = 18000}, books.cents)
  end)

  it("for want of time is tried again by the host, and the script notices nothing", function()
    local simulator <close> = testing.simulator {world = one}
    local file = support.workflow {script = [[
return function(ctx)
  return require "tenure.reservations".get(ctx.item)
end
]]} .. "/refund.yaml"
    simulator:faults {throttle = {next = 2, on = "reservations.get", retry_after = 0}}
    local result = testing.run {"plan", file, "-v", "-o", "json", env = support.env(simulator.env)}
    assert.same({}, support.json(result).failed_items)
    assert.equal(3, simulator:state().requests["reservations.get"])
  end)

  it("of the wrong kind of argument is a mistake of the script, and nothing is asked", function()
    local simulator <close> = testing.simulator {world = one}
    local file = support.workflow {script = [[
return function(ctx)
  require "tenure.reservations".get(ctx.customer)
end
]]} .. "/refund.yaml"
    local result = testing.run {"plan", file, "-o", "json", env = support.env(simulator.env)}
    local item = support.json(result).failed_items[1]
    support.contains(item.detail, "scripts/refund.lua:2: reservations.get: reservation takes a reservation, its full")
    support.contains(item.detail, "not a customer")
    assert.is_nil(simulator:state().requests["reservations.get"])
  end)
end)

describe("an outcome", function()
  local script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  local outcome = reservations.refund(quote, {reason = "spec"})
  ctx.log("outcome", {
    state = outcome.state, ok = outcome.ok, code = outcome.code, message = outcome.message,
    back = outcome.back, worth = outcome.worth, pay = outcome.pay,
    same = outcome.back == quote.back and outcome.worth == quote.worth,
    request_id = tostring(outcome.request_id), known = pcall(function() return #outcome.request_id end),
    kept = pcall(function() outcome.state = "done" end),
  })
  return outcome
end
]]

  it("of a planned effect is what was quoted, and what nobody can know yet is a placeholder", function()
    local summary, books, result = support.over(one, "run", support.workflow {script = script})
    local outcomes = logged(result, "outcome")
    assert.equal(2, #outcomes)
    local planned, applied = outcomes[1], outcomes[2]
    assert.same({
      state = "planned", ok = true, back = {amount = "90.00", currency = "EUR"},
      worth = {amount = "100.00", currency = "USD"}, same = true, request_id = "(known after apply)", known = false,
      kept = false,
    }, planned)
    assert.is_truthy(applied.request_id:match("^%x+%-[%x-]+$"), applied.request_id)
    assert.is_true(applied.known)
    applied.request_id, applied.known, planned.request_id, planned.known = nil, nil, nil, nil
    planned.state = "succeeded"
    assert.same(planned, applied)
    assert.same({EUR = 9000}, books.cents)
    assert.same(books.cents, support.total_cents(summary.totals.refund))
  end)

  it("of an effect that Azure refuses has its code and words, and the script goes on", function()
    local world = [[
customers:
  - id: a
    currency: EUR
    reservations: [{id: r1, worth: 100 USD, back: 90 EUR, refuses: RefundLimitExceeded}]
]]
    local summary, _, result = plan(world, {script = script})
    local outcome = logged(result, "outcome")[1]
    assert.equal("refused", outcome.state)
    assert.is_false(outcome.ok)
    assert.equal("RefundLimitExceeded", outcome.code)
    assert.is_truthy(#outcome.message > 10)
    assert.equal(0, summary.failed_items_total)
    assert.equal(1, summary.effects.refused)
    assert.equal(0, result.code)
  end)

  it("of an effect that a guard refuses says so", function()
    local summary, books, result = support.over(three, "run", support.workflow {
      script = script, guard = "{count: 2, worth: 100000 USD}",
    })
    local refused = 0
    for _, outcome in ipairs(logged(result, "outcome")) do
      if not outcome.ok then
        refused = refused + 1
        assert.equal("refused", outcome.state)
        assert.equal("guard", outcome.code)
      end
    end
    assert.is_true(refused > 0)
    assert.is_true(books.count <= 2)
    assert.same(books.cents, support.total_cents(summary.totals.refund))
    assert.equal(0, summary.failed_items_total)
  end)

  it("is had once: an item that asks for the very same effect again fails", function()
    local summary = plan(one, {script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  reservations.refund(quote)
  reservations.refund(quote)
end
]]})
    support.contains(summary.failed_items[1].detail, "scripts/refund.lua:5: reservations.refund: this item asked for")
    assert.same({0, 1}, {summary.effects.planned, summary.effects.withdrawn})
  end)
end)

describe("ctx", function()
  it("knows its run, its month and one time, and draws the same random numbers again", function()
    local simulator <close> = testing.simulator {world = two_customers, settle = 50}
    local env = support.env(simulator.env)
    local file = support.workflow {script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  ctx.log("drawn", {
    customer = ctx.customer.name, item = ctx.item.name, run = ctx.run.id, month = ctx.run.month, now = ctx.now,
    number = math.random(1 << 40),
  })
  reservations.get(ctx.item)
  return reservations.refund(reservations.quote_refund(ctx.item))
end
]]} .. "/refund.yaml"
    local before = os.time()
    local result = testing.run {"run", file, "--yes", "-v", "-o", "json", env = env}
    local summary, after = support.json(result), os.time()
    local drawn = logged(result, "drawn")
    assert.equal(8, #drawn)
    local numbers, times, passes = {}, {}, {}
    for _, line in ipairs(drawn) do
      assert.equal(summary.run, line.run)
      assert.equal(summary.created:sub(1, 7), line.month)
      assert.is_true(math.type(line.now) == "integer" and line.now >= before and line.now <= after)
      passes[line.item] = (passes[line.item] or 0) + 1
      local pass = line.customer .. passes[line.item]
      times[pass] = times[pass] or line.now
      assert.equal(times[pass], line.now) -- one time for all items of a customer in a pass
      assert.equal(numbers[line.item] or line.number, line.number) -- plan and apply draw the same
      numbers[line.item] = line.number
    end
    local different = {}
    for _, number in pairs(numbers) do
      different[number] = true
    end
    local count = 0
    for _ in pairs(different) do
      count = count + 1
    end
    assert.equal(4, count)
  end)

  it("logs with fields under -v only, to standard error", function()
    local simulator <close> = testing.simulator {world = one}
    local env = support.env(simulator.env)
    local file = support.workflow {script = [[
return function(ctx)
  ctx.log("looked at", {item = ctx.item.name, worth = require "tenure.money" "12.30 EUR", list = {1, 2}, no = false})
  ctx.log("plain")
end
]]} .. "/refund.yaml"
    local result = testing.run {"plan", file, "-v", env = env}
    local worth = {amount = "12.30", currency = "EUR"}
    assert.same({{item = "first", worth = worth, list = {1, 2}, no = false}}, logged(result, "looked at"))
    support.contains_not(result.stdout, "looked at")
    local said = support.said(result)
    assert.equal(2, #said)
    assert.equal("plain", said[2].text)
    assert.equal("refund", said[2].step)
    local quiet = testing.run {"plan", file, env = env}
    support.contains_not(quiet.stdout .. quiet.stderr, "looked at")
  end)

  it("takes hostile text for what it is: data", function()
    local name = [["Evil ${{ inputs.secret }} ]=] \" .. os.exit(1) .. \" \n\e[31m %s\u202e"]]
    local world = ([[
customers:
  - {id: evil, name: %s, currency: EUR, reservations: [{id: r1, name: %s, worth: 100 USD, back: 90 EUR}]}
]]):format(name, name)
    local parts = {
      script = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local text = "Evil ${{ inputs.secret }} ]=] \" .. os.exit(1) .. \" \n\27[31m %s\u{202e}"
  assert(ctx.customer.name == text and ctx.item.name == text, ctx.customer.name)
  assert(ctx.with.whole == text and ctx.with.part == "for " .. text .. "!", ctx.with.part)
  ctx.log(ctx.customer.name, {name = ctx.customer.name})
  local quote = reservations.quote_refund(ctx.item)
  assert(not pcall(reservations.refund, quote, {reason = ctx.customer.name})) -- not on one line
  return reservations.refund(quote, {reason = ctx.customer.name:gsub("%c", " ")})
end
]],
      more = [[
    with: {whole: "${{ customer.name }}", part: "for ${{ item.name }}!"}
inputs: {secret: {type: string, default: secret}}
]],
    }
    local summary, books, result = support.over(world, "run", support.workflow(parts))
    assert.same({}, summary.failed_items)
    assert.equal(1, books.count)
    support.contains_not(result.stdout .. result.stderr, "Evil secret")
    support.contains_not(result.stdout .. result.stderr, "\27[")
    assert.equal(2, #support.said(result))
    support.contains_not(result.stderr, "\u{202e}")
    local simulator <close> = testing.simulator {world = world}
    local shown = testing.run {"plan", support.workflow(parts) .. "/refund.yaml", env = support.env(simulator.env)}
    support.contains(shown.stdout, "Evil ${{ inputs.secret }}")
    support.contains_not(shown.stdout .. shown.stderr, "\27[")
    support.contains_not(shown.stdout .. shown.stderr, "\u{202e}")
  end)
end)

describe("steps", function()
  it("see what became of earlier ones, aligned with each", function()
    local summary, _, result = plan(three, {
      script = [[
return function(ctx)
  if ctx.item.name == "first" then
    ctx.skip("too-little", "detail")
  elseif ctx.item.name == "second" then
    error("broken")
  end
  return {name = ctx.item.name, earlier = ctx.steps.refund and #ctx.steps.refund}
end
]],
      files = {["scripts/look.lua"] = [[
return function(ctx)
  assert(ctx.item == nil and ctx.steps.look == nil)
  assert(not pcall(function() return ctx.steps.lok end))
  assert(not pcall(function() ctx.steps.refund[1].value = 1 end))
  local seen = {}
  for i, entry in ipairs(ctx.steps.refund) do
    seen[i] = {item = entry.item.name, state = entry.state, code = entry.code, value = entry.value}
  end
  ctx.log("seen", {seen = seen, count = #ctx.steps.refund})
  return "looked"
end
]], ["scripts/last.lua"] = [[
return function(ctx)
  ctx.log("last", {value = ctx.steps.look[1].value, state = ctx.steps.look[1].state, item = ctx.steps.look[1].item})
end
]]},
      more = "  - {id: look, run: scripts/look.lua}\n  - {id: last, run: scripts/last.lua}\n",
    })
    assert.equal(1, summary.failed_items_total)
    assert.same({
      {item = "first", state = "skipped", code = "too-little"},
      {item = "second", state = "failed", code = "ESCRIPT"},
      {item = "third", state = "done", value = {name = "third", earlier = 2}},
    }, logged(result, "seen")[1].seen)
    assert.equal(3, logged(result, "seen")[1].count)
    assert.same({{value = "looked", state = "done"}}, logged(result, "last"))
  end)

  it("take what an earlier one left as the options of a call", function()
    local _, _, result = plan(three, {
      script = "return function() return {state = 'Succeeded'} end\n",
      files = {["scripts/look.lua"] = [[
local reservations = require "tenure.reservations"
return function(ctx)
  local first = ctx.steps.refund[1]
  ctx.log("found", {
    alone = #reservations.list(first.value), beside = #reservations.list(first.item.order, first.value),
  })
end
]]},
      more = "  - {id: look, run: scripts/look.lua}\n",
    })
    assert.same({{alone = 3, beside = 1}}, logged(result, "found"))
  end)

  it("go over plain data as well as records, or over nothing", function()
    local seen = {}
    for _, each in ipairs {
      '{"a", "b"}', "{1, 2.5}", '{{id = "x", list = {1}}, {id = "y", money = inputs.least}}', "inputs.names", "{}",
    } do
      local summary, _, result = plan(one, {
        each = "'" .. each .. "'",
        when = "item ~= nil",
        script = [[
return function(ctx)
  ctx.log("item", {item = ctx.item, kind = type(ctx.item), list = type(ctx.item) == "table" and ctx.item.list})
end
]],
        more = [[
inputs:
  least: {type: money, default: 1.50 EUR}
  names: {type: list, of: string, default: [n, m]}
]],
      })
      assert.same({}, summary.failed_items)
      for _, fields in ipairs(logged(result, "item")) do
        seen[#seen + 1] = fields.item
      end
    end
    assert.same({
      "a", "b", 1, 2.5, {id = "x", list = {1}}, {id = "y", money = {amount = "1.50", currency = "EUR"}}, "n", "m",
    }, seen)
  end)

  it("whose each is no list end their customer with the line", function()
    local summary = plan(one, {each = "'\"text\"'"})
    assert.equal(1, summary.customers.failed)
    assert.equal("refund.yaml:9: 'each' must give a list, not a string", summary.failed[1].message)
  end)
end)

describe("with", function()
  it("keeps the types of whole templates, and joins the others as text", function()
    local summary = plan(one, {
      script = [[
return function(ctx)
  local with = ctx.with
  assert(with.percent == 5 and with.truth == true and with.none == nil and with.count == 3 and with.plain == "5%")
  assert(tostring(with.money) == "100.00 USD" and with.money == ctx.inputs.least)
  assert(with.item.sku == ctx.item.sku and with.days == 30 * 86400)
  assert(with.text == "at least 100.00 USD for first" and with.nested.list[2] == 3 and #with.nested.list == 3)
  assert(with.nested.list[3] == "x3" and with.quoted == "3" and with.number == 1.5 and with.off == "no")
  assert(not pcall(function() return with.percnt end) and not pcall(function() with.percent = 6 end))
end
]],
      more = [[
    with:
      percent: "${{ inputs.most }}"
      truth: "${{ inputs.most < 6 }}"
      none: "${{ nil }}"
      count: ${{ 1 + 2 }}
      plain: 5%
      money: "${{ inputs.least }}"
      item: "${{ item }}"
      days: "${{ inputs.age }}"
      text: "at least ${{ inputs.least }} for ${{ item.name }}"
      nested: {list: [1, "${{ 1 + 2 }}", "x${{ 3 }}"]}
      quoted: "3"
      number: 1.5
      off: no
inputs:
  most: {type: percent, default: 5%}
  least: {type: money, default: 100 USD}
  age: {type: duration, default: 30 days}
]],
    })
    assert.same({}, summary.failed_items)
  end)

  it("with an expression that fails, fails its item and names the line", function()
    local summary = plan(one, {more = "    with:\n      name: \"${{ item.nmae }}\"\n"})
    assert.equal("refund.yaml:13: reservation: there is no field 'nmae' (did you mean 'name'?)",
      summary.failed_items[1].detail)
  end)
end)

describe("require", function()
  it("finds modules of the package from its root, runs each once for a customer, and they may wait", function()
    local folder = support.folder {
      ["package.yaml"] = "name: rules\n",
      ["team/refund.yaml"] = "",
      ["lib/rules.lua"] = [[
local deeper = require "lib.deeper.one"
loaded = (loaded or 0) + 1
return {loaded = loaded, deeper = deeper, fresh = function(item) return require "tenure.reservations".get(item) end}
]],
      ["lib/deeper/one.lua"] = "return 'deep'\n",
      ["lib/nothing.lua"] = "",
      ["scripts/refund.lua"] = [[
local rules = require "lib.rules"
return function(ctx)
  assert(require "lib.rules" == rules and require "lib.nothing" == true)
  ctx.log("rules", {loaded = rules.loaded, deeper = rules.deeper, name = rules.fresh(ctx.item).name})
end
]],
    }
    local text = testing.read(support.workflow() .. "/refund.yaml")
    testing.write(folder .. "/team/refund.yaml", text)
    local _, _, result = support.over(three, "plan", folder .. "/team")
    local rules = logged(result, "rules")
    assert.equal(3, #rules)
    for i, name in ipairs {"first", "second", "third"} do
      assert.same({loaded = 1, deeper = "deep", name = name}, rules[i])
    end
  end)

  it("of what goes in a circle or is not there says so", function()
    local failed = failures {
      {"missing", "require 'lib.missing'"},
      {"own", "require 'tenure.reservation'"},
      {"number", "require(12)"},
    }
    support.contains(failed.missing.detail, "there is no lib/missing.lua in the package")
    support.contains(failed.own.detail, "what tenure has is tenure, tenure.money, tenure.customers")
    assert.equal("ESCRIPT", failed.number.code)
    local folder = support.workflow {
      script = "require 'a'\nreturn function() end\n",
      files = {["a.lua"] = "require 'b'\n", ["b.lua"] = "require 'a'\n"},
    }
    local result = testing.run {"check", folder .. "/refund.yaml", env = support.env()}
    assert.equal(2, result.code)
    support.contains(result.stderr, "b.lua:1: module 'a' requires itself, in a circle")
  end)
end)

describe("permissions", function()
  local list_only = "[reservations:list, reservations:quote_refund]"

  it("that are missing stop an operation before anything is sent, and say what to add", function()
    local rows = {
      {"read", "reservations.get(ctx.item)", "reservations:get"},
      {"effect", "reservations.refund(reservations.quote_refund(ctx.item))", "reservations:refund"},
      {"module", "require 'tenure.customers'.list()", "customers:list"},
    }
    local names = {}
    for i, row in ipairs(rows) do
      names[i] = row[1]
    end
    local script, places = support.bodies(rows)
    local folder = support.folder {
      ["refund.yaml"] = "tenure: 1\nname: refund\npermissions: " .. list_only .. "\ncustomers: {from: partner-center}\n"
        .. "steps:\n  - {id: refund, each: reservations.list(), run: scripts/refund.lua}\n",
      ["scripts/refund.lua"] = script,
    }
    local simulator <close> = testing.simulator {world = "customers:\n" .. customer("Adler", names)}
    local env = support.env(simulator.env)
    local result = testing.run {"run", folder .. "/refund.yaml", "--yes", "-o", "json", env = env}
    assert.equal(3, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal(#rows, summary.failed_items_total)
    for i, item in ipairs(summary.failed_items) do
      assert.equal("EPERM", item.code)
      support.contains(item.detail, places[rows[i][1]])
      support.contains(item.detail, "the workflow does not permit it: add " .. rows[i][3] .. " to its permissions")
    end
    local requests = simulator:state().requests
    assert.is_nil(requests["reservations.get"])
    assert.is_nil(requests["reservations.refund"])
    assert.equal(1, requests["customers.list"]) -- the run's own
    assert.equal(0, #simulator:effects())
  end)

  it("bind `each` too, and each cannot change anything", function()
    local folder = support.workflow {each = "customers.list()"}
    local summary = support.over(one, "plan", folder)
    support.contains(summary.failed[1].message, "'customers' is not permitted")
    folder = support.workflow {each = "(reservations).refund(1)"}
    local books
    summary, books = support.over(one, "run", folder)
    support.contains(summary.failed[1].message, "reservations.refund: 'each' can only read, and this changes something")
    assert.equal(0, books.count)
  end)

  it("let `when` and `with` ask nothing", function()
    local summary = plan(one, {when = "reservations.list()[1] ~= nil"})
    support.contains(summary.failed_items[1].detail, "'reservations' can be asked only in 'each' and in scripts")
    summary = plan(one, {when = 'require("tenure.reservations").list()[1] ~= nil'})
    support.contains(summary.failed_items[1].detail, "'where' and 'when' cannot ask the service")
    summary = plan(one, {more = "    with: {x: \"${{ require('tenure.reservations').list() }}\"}\n"})
    support.contains(summary.failed_items[1].detail, "refund.yaml:12: reservations.list: this waits, and cannot be")
  end)
end)
