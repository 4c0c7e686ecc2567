-- The stock workflow purchase: what is recommended is bought, what saves most first, as far as a customer's cap goes.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: ekman, name: Ekman, currency: EUR, reservations: [{id: r5, sku: Standard_D4s_v5}]}
  - {id: fuchs, name: Fuchs, currency: USD, reservations: [{id: r6, sku: Standard_D4s_v5}]}
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, sku: Standard_D2s_v3}]}
]]

local function start()
  local simulator = testing.simulator {world = world, settle = 50}
  return simulator, support.env(simulator.env)
end

local function subscription_of(env, customer)
  local asked = {"call", "reservations.list", "--customer", customer, "-o", "json", env = env}
  return support.json(testing.run(asked))[1].billing_scope:match("[^/]+$")
end

-- The list, of these customers' subscriptions.
local function list(env, customers)
  local lines = {"customer,subscription"}
  for i, customer in ipairs(customers) do
    lines[i + 1] = customer .. ".onmicrosoft.com," .. subscription_of(env, customer)
  end
  return support.folder {["list.csv"] = table.concat(lines, "\n") .. "\n"} .. "/list.csv"
end

local function plan(env, customers, ...)
  local words = {
    "plan", support.root .. "/workflows/purchase.yaml", "--input", "subscriptions=@" .. list(env, customers), "-o",
    "json", env = env,
  }
  for _, word in ipairs {...} do
    words[#words + 1] = word
  end
  local result = testing.run(words)
  return result.stdout ~= "" and support.json(result), result
end

local function apply(env, run, kill)
  env.TENURE_KILL = kill
  local result = testing.run {"apply", run, "--yes", "-o", "json", env = env}
  env.TENURE_KILL = nil
  return not kill and support.json(result), result
end

-- What the run wrote, each customer's in the order in which it was looked at.
local function recommended(env, run)
  local rows = {}
  for _, row in ipairs(support.json(testing.run {"output", run, "recommended", "-o", "json", env = env})) do
    rows[row.customer] = rows[row.customer] or {}
    table.insert(rows[row.customer], row)
  end
  return rows
end

local function compare_books(simulator, applied)
  local books = support.books(simulator, "purchase")
  assert.same(books.cents, support.total_cents(applied.totals.purchase))
  return books.count
end

local EVERYTHING = {"--input", "term=P3Y", "--input", "cap=9000 USD"}

describe("purchase", function()
  it("buys what saves most first, as far as each customer's cap goes", function()
    local simulator <close>, env = start()
    local planned, result = plan(env, {"ekman", "fuchs", "fuchs"}, table.unpack(EVERYTHING)) -- one is listed twice
    assert.equal(0, result.code, result.stderr)
    local found, over = 0, 0
    for _, rows in pairs(recommended(env, planned.run)) do
      local left = 900000
      for i, row in ipairs(rows) do
        local cents = support.cents(row.worth.amount)
        assert.equal(cents <= left and "planned" or "over-cap", row.state)
        assert.is_true(i == 1 or row.saves <= rows[i - 1].saves)
        left = row.state == "planned" and left - cents or left
        found, over = found + 1, over + (row.state == "over-cap" and 1 or 0)
      end
    end
    assert.same({6, 3}, {found, over})
    assert.equal(3, planned.effects.planned)
    assert.equal(0, #simulator:effects())
    local applied, done = apply(env, planned.run)
    assert.equal(0, done.code, done.stderr)
    assert.equal(3, compare_books(simulator, applied))
    assert.same(planned.totals, applied.totals)
  end)

  it("buys each once in a batch, however often it is recommended", function()
    local simulator <close>, env = start()
    local list_of = {"fuchs"}
    assert.equal(2, apply(env, plan(env, list_of, table.unpack(EVERYTHING)).run).effects.succeeded)
    local again = plan(env, list_of, table.unpack(EVERYTHING))
    assert.equal(0, again.effects.planned)
    assert.equal("refused", recommended(env, again.run).Fuchs[1].state)
    local other = plan(env, list_of, "--input", "batch=the other", table.unpack(EVERYTHING))
    assert.equal(2, other.effects.planned)
    assert.equal(2, support.books(simulator, "purchase").count)
  end)

  it("goes on with the next where one is not sold, and has nothing to do where nothing is recommended", function()
    local simulator <close>, env = start()
    local planned, result = plan(env, {"kowalski"}, "--input", "cap=1000000 USD")
    assert.equal(0, result.code, result.stderr)
    local rows = recommended(env, planned.run).Kowalski
    assert.equal("not-sold", rows[1].state)
    support.contains(rows[1].message, "Standard_D2s_v3")
    planned = plan(env, {"kowalski"}, "--input", "type=SuseLinux")
    assert.same({"nothing-recommended"}, {planned.skipped[1].code})
    assert.equal(0, #simulator:effects())
  end)

  it("finds a bad subscription in the file, before it asks for anything", function()
    local simulator <close>, env = start()
    local file = support.folder {["list.csv"] = "customer,subscription\nekman,shop\nfuchs,\n"} .. "/list.csv"
    local result = testing.run {
      "plan", support.root .. "/workflows/purchase.yaml", "--input", "subscriptions=@" .. file, env = env,
    }
    assert.equal(2, result.code)
    support.contains(result.stderr, "list.csv:2:7: column 'subscription': takes a subscription: its GUID, or "
      .. "/subscriptions/ and its GUID, not 'shop'")
    support.contains(result.stderr, "list.csv:3:7: column 'subscription' is empty")
    assert.same({}, simulator:state().requests)
  end)

  it("stays within its guards", function()
    local simulator <close>, env = start()
    local planned = plan(env, {"ekman"}, "--input", "term=P3Y", "--input", "cap=10000000 USD")
    assert.equal(3, planned.effects.planned)
    local text = testing.read(support.root .. "/workflows/purchase.yaml")
    local folder = support.folder {
      ["purchase.yaml"] = text:gsub("{count: 200, .-}}", "{count: 200, pay: {EUR: 7000}}"),
      ["scripts/purchase.lua"] = testing.read(support.root .. "/scripts/purchase.lua"),
    }
    local result = testing.run {
      "plan", folder .. "/purchase.yaml", "--input", "subscriptions=@" .. list(env, {"ekman"}), "--input", "term=P3Y",
      "--input", "cap=10000000 USD", "--input", "batch=guarded", "-o", "json", env = env,
    }
    assert.same({1, 2}, {support.json(result).effects.planned, support.json(result).effects.refused})
    assert.equal(0, #simulator:effects())
  end)

  it("buys each once, wherever the process dies", function()
    for _, point in ipairs {"K4:1", "K9:1", "K11:1", "K2:2", "K4:2", "K10:2", "K9:3"} do
      local simulator <close>, env = start()
      local planned = plan(env, {"ekman", "fuchs"}, table.unpack(EVERYTHING))
      local _, died = apply(env, planned.run, point)
      assert.equal(9, died.signal, point .. died.stderr)
      local applied, result = apply(env, planned.run)
      assert.equal(0, result.code, point .. result.stderr)
      assert.equal(3, applied.effects.succeeded, point)
      assert.equal(3, compare_books(simulator, applied), point)
    end
  end)
end)
