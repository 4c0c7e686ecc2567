-- Hostile and broken scripts: each ends its own item with a code and a reason, and everything else of the run goes on.
local support = require "support"
local testing = require "tenure.testing"

local limits = "limits: {cpu: 150 ms, memory: 4 MB}\n"

-- What each is called, what it does, the code and the reason it must end with. A reservation of that name runs it.
local hostile = {
  {"endless-loop", "while true do end", "EBUDGET", "used more than 0.15 s of CPU for one item"},
  {"swallowed-kill", "while true do pcall(function() while true do end end) end", "EBUDGET", "of CPU"},
  {"handler-loop", "xpcall(error, function() while true do end end)", "EBUDGET", "of CPU"},
  {"coroutine-loop", "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end",
    "EBUDGET", "of CPU"},
  {"close-loop", "local c <close> = setmetatable({}, {__close = function() while true do end end}) error('x')",
    "EBUDGET", "of CPU"},
  {"coroutine-close-loop", "coroutine.wrap(function() local c <close> = setmetatable({}, {__close = function() "
    .. "while true do end end}) while true do end end)()", "EBUDGET", "of CPU"},
  {"message-loop", "error(setmetatable({}, {__tostring = function() while true do end end}))", "EBUDGET", "of CPU"},
  {"pattern-bomb", "string.find(('a'):rep(28), ('a?'):rep(28) .. ('a'):rep(28) .. 'b')", "EBUDGET", "of CPU"},
  {"sort-loop", "table.sort({3, 1, 2}, function() while true do end end)", "EBUDGET", "of CPU"},
  {"memory-bomb", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "EBUDGET",
    "used more than 4 MB of memory for one item"},
  {"doubling-bomb", "local s = 'x' while true do s = s .. s end", "EBUDGET", "of memory"},
  {"swallowed-memory", "while true do pcall(function() local t = {} while true do t = {t} end end) end", "EBUDGET",
    "4 MB"},
  {"rep-bomb", "local s = ('x'):rep(1 << 30)", "ESCRIPT", "larger than the memory of an item"},
  {"rep-overflow", "local s = ('x'):rep(1 << 60)", "ESCRIPT", "larger than the memory"},
  {"concat-bomb", "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(100000) end table.concat(t)", "EBUDGET",
    "of memory"},
  {"gsub-bomb", "string.gsub(('x'):rep(100000), 'x', ('y'):rep(1000))", "EBUDGET", "of memory"},
  {"recursion", "local function f() return 1 + f() end f()", "EBUDGET", "of memory"},
  {"parser-bomb", "assert(load('return ' .. ('('):rep(100000)))", "ESCRIPT", "C stack overflow"},
  {"unpacking", "table.unpack({}, 1, 100000000)", "ESCRIPT", "too many results"},
  {"gc", "setmetatable({}, {__gc = function() end})", "ESCRIPT", "__gc is not supported in scripts"},
  {"mode", "setmetatable({}, {__mode = 'k'})", "ESCRIPT", "__mode is not supported in scripts"},
  {"string-library", "string.upper = nil", "ESCRIPT", "read-only"},
  {"string-metatable", "setmetatable(string, {})", "ESCRIPT", "protected metatable"},
  {"getmetatable", "getmetatable('').__index = nil", "ESCRIPT", "a nil value (global 'getmetatable')"},
  {"io", "io.open('/etc/passwd')", "ESCRIPT", "a nil value (global 'io')"},
  {"getenv", "os.getenv('AZURE_CLIENT_SECRET')", "ESCRIPT", "a nil value (field 'getenv')"},
  {"dump", "load(string.dump(function() end))", "ESCRIPT", "a nil value (field 'dump')"},
  {"bytecode", [[assert(load("\27Lua\x54\0\x19\x93\r\n\x1a\n", "x", "b"))]], "ESCRIPT", "only text can be loaded"},
  {"disguised-bytecode", [[assert(load("\27Lua\x54\0\x19\x93\r\n\x1a\n"))]], "ESCRIPT", "attempt to load a binary"},
  {"parent", "require '..secret'", "ESCRIPT", "module '..secret' not found"},
  {"absolute", "require '/etc/passwd'", "ESCRIPT", "module '/etc/passwd' not found"},
  {"linked-file", "require 'linked'", "ESCRIPT", "module 'linked' not found"},
  {"linked-folder", "require 'outside.secret'", "ESCRIPT", "module 'outside.secret' not found"},
  {"compiled-module", "require 'compiled'", "ESCRIPT", "module 'compiled' is compiled Lua"},
  {"yield", "coroutine.yield()", "ESCRIPT", "attempt to yield from outside a coroutine"},
  {"deep-result", "local t = {} for _ = 1, 5000 do t = {t} end result = t", "ESCRIPT", "the script's result"},
  {"circular-result", "result = {} result.me = result", "ESCRIPT", "the script's result"},
}

-- A customer for each body: between two reservations worth refunding stands the one that runs it.
local function world_of(rows)
  local lines = {"customers:"}
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("  - {id: %s, name: %s, currency: EUR, reservations: ["):format(row[1], row[1])
    for i, name in ipairs {"before", row[1], "after"} do
      lines[#lines + 1] = ("      {id: %s-%d, name: %s, worth: 100 USD, back: 90 EUR},"):format(row[1], i, name)
    end
    lines[#lines + 1] = "    ]}"
  end
  return table.concat(lines, "\n") .. "\n"
end

local function failed_by_customer(summary)
  local failed = {}
  for _, row in ipairs(summary.failed_items) do
    assert.is_nil(failed[row.customer_name])
    failed[row.customer_name] = row
  end
  return failed
end

describe("a hostile script", function()
  local places, summary, books, result, failed

  setup(function()
    local script
    script, places = support.bodies(hostile)
    local secret = support.folder {["secret.lua"] = "return 'secret'"}
    local folder = support.workflow {
      script = script,
      more = limits,
      files = {["compiled.lua"] = string.dump(function() end)},
    }
    assert(os.execute(("ln -s %s/secret.lua %s/linked.lua && ln -s %s %s/outside"):format(
      secret, folder, secret, folder)))
    summary, books, result = support.over(world_of(hostile), "run", folder)
    failed = failed_by_customer(summary)
  end)

  for _, row in ipairs(hostile) do
    local name, body, code, reason = table.unpack(row)
    it("ends its item only: " .. body, function()
      local item = assert(failed[name], name .. " did not fail")
      assert.equal(code, item.code, item.detail)
      assert.equal(1, item.item) -- counted from 0: the one in the middle
      support.contains(item.detail, reason)
      if reason ~= "the script's result" then
        assert.equal(places[name], item.detail:sub(1, #places[name]))
      end
    end)
  end

  it("leaves all other items and customers to be refunded, and the books right", function()
    assert.equal("done", summary.state)
    assert.equal(3, result.code)
    assert.equal(#hostile, summary.failed_items_total)
    assert.equal(#hostile, summary.customers.done)
    assert.equal(2 * #hostile, summary.effects.succeeded)
    assert.equal(2 * #hostile, books.count)
    assert.same({EUR = 2 * #hostile * 9000}, books.cents)
    assert.same(books.cents, support.total_cents(summary.totals.refund))
  end)
end)

-- Two customers with a reservation each, whose names are what the specs below go by.
local two = [[
customers:
  - {id: adler, name: Adler, currency: EUR, reservations: [{id: r1, name: bad, worth: 100 USD, back: 90 EUR}]}
  - {id: bauer, name: Bauer, currency: EUR, reservations: [{id: r2, name: good, worth: 100 USD, back: 90 EUR}]}
]]

describe("a hostile expression", function()
  local loop = "(function() while true do end end)()"

  it("in `when` ends its item only, and no money moves by it", function()
    local folder = support.workflow {when = "item.name ~= 'bad' or " .. loop, more = limits}
    local summary, books, result = support.over(two, "run", folder)
    assert.equal(3, result.code)
    local item = assert(failed_by_customer(summary).Adler)
    assert.equal("EBUDGET", item.code)
    support.contains(item.detail, "refund.yaml:10: used more than 0.15 s of CPU")
    assert.same({EUR = 9000}, books.cents)
  end)

  it("in `each` ends its customer only", function()
    local each = "customer.name ~= 'Adler' and reservations.list() or " .. loop
    local summary, books, result = support.over(two, "run", support.workflow {each = each, more = limits})
    assert.equal(3, result.code)
    assert.equal(1, summary.customers.failed)
    assert.equal("Adler", summary.failed[1].name)
    assert.equal("EBUDGET", summary.failed[1].code)
    support.contains(summary.failed[1].message, "refund.yaml:9: used more than 0.15 s of CPU")
    assert.same({EUR = 9000}, books.cents)
  end)

  it("in `with` ends its item only", function()
    local more = "    with: {x: \"${{ item.name ~= 'bad' or " .. loop .. " }}\"}\n"
    local summary, books, result = support.over(two, "run", support.workflow {more = more .. limits})
    assert.equal(3, result.code)
    local item = assert(failed_by_customer(summary).Adler)
    assert.equal("EBUDGET", item.code)
    support.contains(item.detail, "refund.yaml:12: used more than 0.15 s of CPU")
    assert.same({EUR = 9000}, books.cents)
  end)

  it("in `where` stops the plan", function()
    local customers = "{from: partner-center, where: \"" .. loop .. "\"}"
    local folder = support.workflow {customers = customers, more = limits}
    local simulator <close> = testing.simulator {world = two}
    local result = testing.run {"plan", folder .. "/refund.yaml", env = support.env(simulator.env)}
    assert.equal(2, result.code)
    support.contains(result.stderr, "refund.yaml:4: used more than 0.15 s of CPU")
  end)
end)

describe("a script", function()
  -- What `check` says of a workflow with this script.
  local function check(script, files)
    local folder = support.workflow {script = script, more = limits, files = files}
    local result = testing.run {"check", folder .. "/refund.yaml", env = support.env()}
    assert.equal(2, result.code)
    return result.stderr
  end

  it("cannot be bytecode, whatever its name", function()
    support.contains(check(string.dump(load "return function() end")), "'scripts/refund.lua' is compiled Lua")
    support.contains(check "\27return function() end", "'scripts/refund.lua' is compiled Lua")
  end)

  it("that never ends loading is refused before a run begins", function()
    support.contains(check "local x = 1\nwhile true do x = x + 1 end", "scripts/refund.lua:2: used more than 0.15 s")
    local closed = "local c <close> = setmetatable({}, {__close = function() while true do end end})\nwhile true do end"
    support.contains(check(closed), "scripts/refund.lua:2: used more than 0.15 s")
  end)

  it("finds nothing that leads outside", function()
    local script = [[
return function(ctx)
  local found = {}
  for _, name in ipairs {
    "io", "package", "debug", "collectgarbage", "getmetatable", "dofile", "loadfile", "warn", "_G", "arg", "cjson",
    "os.getenv", "os.execute", "os.exit", "os.remove", "os.rename", "os.tmpname", "os.setlocale", "string.dump",
    "coroutine.close", "math.randomseed",
  } do
    if load("return " .. name)() ~= nil then
      found[#found + 1] = name
    end
  end
  local libraries = {}
  for name in pairs(os) do
    libraries[#libraries + 1] = name
  end
  table.sort(libraries)
  ctx.log("found", {found = found, os = libraries})
end
]]
    local _, _, result = support.over(two, "plan", support.workflow {script = script})
    local said = support.said(result)
    assert.equal(2, #said)
    assert.same({found = {}, os = {"clock", "date", "difftime", "time"}}, said[1].fields)
  end)

  it("shares nothing with another customer's: globals, modules, what it did to them", function()
    local script = [[
local list = require "list"
return function(ctx)
  list[#list + 1] = ctx.customer.name
  seen = (seen or 0) + 1
  ctx.log("seen", {list = #list, seen = seen})
end
]]
    local folder = support.workflow {script = script, files = {["list.lua"] = "return {}"}}
    local _, _, result = support.over(two, "plan", folder)
    local said = support.said(result)
    assert.equal(2, #said)
    assert.same({list = 1, seen = 1}, said[1].fields)
    assert.same({list = 1, seen = 1}, said[2].fields)
  end)

  it("prints to the log, never to standard output, and cannot forge lines or colours there", function()
    local script = [[
return function(ctx)
  print("one", 2, nil, {}, "\nlog: forged refund: line \27[31mred\u{202e}")
end
]]
    local folder = support.workflow {script = script}
    local _, _, result = support.over(two, "plan", folder)
    local said = support.said(result)
    assert.equal(2, #said)
    assert.equal([[one 2 nil table \nlog: forged refund: line \x1b[31mred\xe2\x80\xae]], said[1].text)
    local simulator <close> = testing.simulator {world = two}
    local quiet = testing.run {"plan", folder .. "/refund.yaml", "-o", "json", env = support.env(simulator.env)}
    support.contains_not(quiet.stdout .. quiet.stderr, "forged")
  end)
end)

describe("limits", function()
  -- A step that keeps 6 MB and works for a while.
  local script = [[
return function(ctx)
  local kept = {}
  for i = 1, 6 do
    kept[i] = ("x"):rep(1 << 20)
  end
  return #kept
end
]]

  local function failures(more)
    local summary = support.over(two, "plan", support.workflow {script = script, more = more})
    return summary.failed_items
  end

  it("of memory are those of the workflow, 64 MB when it names none", function()
    assert.same({}, failures())
    assert.same({}, failures "limits: {memory: 16 MB}\n")
    local failed = failures "limits: {memory: 2 MB}\n"
    assert.equal(2, #failed)
    assert.equal("EBUDGET", failed[1].code)
    support.contains(failed[1].detail, "scripts/refund.lua:4: used more than 2 MB of memory for one item")
  end)

  it("of CPU are for one item, not for a customer, and waiting costs none", function()
    local busy = [[
return function(ctx)
  local start = os.clock()
  while os.clock() - start < 0.12 do end
  require "tenure.reservations".get(ctx.item)
end
]]
    local world = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1}, {id: r2}, {id: r3}]}
]]
    local folder = support.workflow {script = busy, more = "limits: {cpu: 300 ms}\n"}
    local simulator <close> = testing.simulator {world = world, latency = 350}
    local plan = testing.run {"plan", folder .. "/refund.yaml", "-o", "json", env = support.env(simulator.env)}
    assert.equal(0, plan.code, plan.stdout)
    local short = support.workflow {script = busy, more = "limits: {cpu: 50 ms}\n"}
    local summary = support.over(world, "plan", short)
    assert.equal(3, summary.failed_items_total)
    support.contains(summary.failed_items[1].detail, "scripts/refund.lua:3: used more than 0.05 s of CPU")
  end)
end)
