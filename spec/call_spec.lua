-- `tenure call` of reads: what it shows, of how many, and what a query makes of it.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - id: kowalski
    reservations:
      - {id: r1, order: o1, sku: Standard_D2s_v3, quantity: 3, utilization: 1%}
      - {id: r2, order: o1, sku: Standard_D2s_v3, quantity: 1, utilization: 50%}
      - {id: r3, order: o2, sku: Standard_E4s_v5, quantity: 2, utilization: 99%}
]]

describe("tenure call", function()
  local simulator, env

  setup(function()
    simulator = testing.simulator {world = world}
    env = support.env(simulator.env)
  end)

  teardown(function()
    simulator:stop()
  end)

  local function run(...)
    return testing.run {"call", "reservations.list", "--customer", "kowalski", env = env, ...}
  end

  local function rows(...)
    local result = run("-o", "json", ...)
    assert.equal(0, result.code, result.stderr)
    return support.json(result)
  end

  local function fails(part, ...)
    local result = run(...)
    assert.equal(2, result.code, result.stderr)
    support.contains(result.stderr, part)
  end

  it("answers the usual question: which, for what, how much of it is used, until when", function()
    local lines = support.lines(run().stdout)
    assert.equal(4, #lines)
    for _, column in ipairs {"ID", "SKU", "QUANTITY", "SCOPE", "USED", "EXPIRES"} do
      support.contains(lines[1], column)
    end
    for _, line in ipairs(lines) do
      support.contains_not(line, "/providers/") -- full ids leave no room for anything else
    end
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+ ", lines[2])
    assert.matches(" %d%d%d%d%-%d%d%-%d%d +1$", lines[2])
  end)

  it("keeps a time in one line however wide the table, and says why a quote refuses", function()
    local other <close> = testing.simulator {world = [[
customers:
  - id: kowalski
    reservations:
      - {id: a, name: a-name-that-takes-much-room-in-a-line-of-the-table, purchased: 2026-03-01T10:20:30Z}
      - {id: b, refuses: SelfServiceRefundNotSupported}
]]}
    local own = support.env(other.env)
    local function call(...)
      return testing.run {"call", "--customer", "kowalski", env = own, ...}
    end
    local lines = support.lines(call("reservations.list").stdout)
    assert.equal(3, #lines, table.concat(lines, "\n"))
    assert.matches("%d%d%d%d%-%d%d%-%d%d %d%d:%d%d", lines[2])
    local quoted = call("reservations.quote_refund", lines[3]:match("^%S+")).stdout:gsub("%s+", " ")
    support.contains(quoted, "SelfServiceRefundNotSupported: ")
  end)

  it("keeps what a query says is so, by the fields' names, or `it`", function()
    assert.equal(3, #rows())
    assert.equal(2, #rows("--query", "quantity > 1"))
    assert.equal(1, #rows("--query", "it.utilization[30] < 10 and it.order == order"))
    assert.equal(0, #rows("--query", "expires < now"))
    assert.equal(0, #rows("--query", "nil"))
  end)

  it("shows what a query makes of a record", function()
    assert.same({3, 1, 2}, rows("--query", "quantity"))
    assert.same({{count = 6}, {count = 2}, {count = 4}}, rows("--query", "{count = 2 * quantity}"))
    assert.same({"Standard_D2s_v3 x 3"}, rows("--top", "1", "--query", "('%s x %d'):format(sku, quantity)"))
    local lines = support.lines(run("--query", "{sku = sku, n = quantity}").stdout)
    assert.same({"N  SKU", "3  Standard_D2s_v3", "1  Standard_D2s_v3", "2  Standard_E4s_v5"}, lines)
    assert.same({"VALUE", "    3", "    1", "    2"}, support.lines(run("--query", "quantity").stdout))
  end)

  it("shows what a query makes of a record, where that is a list", function()
    local shown = run("--query", "{sku, term}").stdout
    assert.equal("VALUE", support.lines(shown)[1])
    support.contains(shown, "Standard_D2s_v3, P1Y")
  end)

  it("shows what a query makes of some records only", function()
    local lines = support.lines(run("--query", "{sku = sku, much = quantity == 2 and quantity or nil}").stdout)
    assert.same({"MUCH", "SKU"}, {lines[1]:match("^ *(%u+)  (%u+)$")})
  end)

  it("says what is wrong with a query", function()
    fails("unknown name 'quantty' (did you mean 'quantity'?)", "--query", "quantty > 1")
    fails("Lua writes == to compare", "--query", "quantity = 1")
    fails("unknown name 'io'", "--query", "io.open('/etc/passwd')")
    fails("cannot set 'x'", "--query", "(function() x = 1 end)()")
    assert.not_equal(0, run("--query", "(function() while true do end end)()").code)
  end)

  it("shows the first records only, and asks for no page that it does not need", function()
    assert.equal(2, #rows("--top", "2"))
    assert.equal(3, #rows("--top", "100"))
    fails("--top", "--top", "0")

    local asked = 0
    local server <close> = support.between(simulator, function(request, _, pass)
      if request.path:find("/oauth2/") then
        return pass()
      end
      asked = asked + 1
      local id = "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s"
      local body = ('{"value":[{"id":"%s"}],"nextLink":"http://%s/providers/Microsoft.Capacity/reservations?page=%d"}')
      id = id:format("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")
      return {status = 200, body = body:format(id, request.headers.host, asked)}
    end)
    local result = testing.run {"call", "reservations.list", "--top", "2", "-o", "json", env = server.env}
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, #support.json(result))
    assert.equal(2, asked)
  end)

  it("takes both for reads only", function()
    local result = testing.run {
      "call", "reservations.refund", "00000000-0000-4000-8000-00000000000b", "--query", "true", env = env,
    }
    assert.equal(2, result.code)
    support.contains(result.stderr, "--query and --top are for reads")
  end)

  it("refuses an id that can be none, and days that end before they begin, before anything is asked", function()
    local id, guid = rows()[1].id, rows()[1].order
    local own = support.env(env) -- with a ledger of its own
    own.TENURE_CLOUD = "http://127.0.0.1:9" -- where nobody listens
    for _, case in ipairs {
      {"principal is 'me', but takes an object id", "roles.list", "--principal", "me"},
      {"principal is 'me', but takes an object id", "roles.grant", guid, "--principal", "me", "--role", "Reader"},
      {"assignment is 'x', but takes a GUID", "roles.revoke", guid, "--assignment", "x"},
      {"service is 'Billing', but takes the id or GUID", "support.problem_classifications", "Billing"},
      {"service is 'Billing', but takes the id or GUID", "support.create_ticket", "a title", "--description", "d",
        "--service", "Billing", "--classification", guid, "--once", "it"},
      {"classification is 'Refunds', but takes the id or GUID", "support.create_ticket", "a title", "--description",
        "d", "--service", guid, "--classification", "Refunds", "--once", "it"},
      {"from is 2026-02-03, which is after through, 2026-02-01", "usage.details", id, "--from", "2026-02-03",
        "--through", "2026-02-01"},
      {"from is 2026-02-03, which is after through, 2026-02-01", "usage.summaries", id, "--grain", "daily", "--from",
        "2026-02-03", "--through", "2026-02-01"},
      {"country is 'Germany', but takes two letters", "partner.products", "Germany"},
      {"customer is 'kowalski', but takes a customer", "partner.subscriptions", "kowalski"},
      {"name or domain: the service takes one of them", "customers.list", "k", "--domain", "k"},
    } do
      local result = testing.run {"call", env = own, table.unpack(case, 2)}
      assert.equal(2, result.code, case[2] .. ": " .. result.stdout .. result.stderr)
      support.contains(result.stderr, case[1])
    end
    assert.equal("nothing\n", testing.run({"runs", env = own}).stdout)
  end)

  it("spells arguments with dashes, too, and takes --customer for an argument of that name", function()
    local result = testing.run {
      "call", "usage.transactions", "--billing-profile", "p", "--from", "2026-01-01", "--through", "2026-01-31",
      env = env,
    }
    assert.equal(2, result.code)
    support.contains(result.stderr, "billing_account is missing")
    local customer = support.json(testing.run {
      "call", "customers.get", "--customer", "kowalski", "-o", "json", env = env,
    })
    assert.equal("kowalski", customer.name)
  end)

  it("takes a customer by its domain at Partner Center, too", function()
    local other <close> = testing.simulator {world = [[
customers:
  - {id: longer, domain: kowalski.example.com}
  - {id: kowalski, domain: kowalski.example}
]]}
    local own, kowalski = support.env(other.env), other:world().customers[2]
    local function call(...)
      return testing.run {"call", "-o", "json", env = own, ...}
    end
    assert.equal(kowalski.id, support.json(call("customers.get", "Kowalski.EXAMPLE")).id)
    assert.equal(2, #support.json(call("customers.list", "--domain", "kowalski.example")))
    local of = support.json(call("partner.subscriptions", "--customer", kowalski.id))
    assert.is_true(#of > 0)
    assert.same(of, support.json(call("partner.subscriptions", "--customer", "kowalski.example")))
    local done = call("partner.grant_policy", "--customer", "kowalski.example", "--yes")
    assert.equal(0, done.code, done.stderr)
    assert.equal(kowalski.id, other:effects()[1].customer)
    local nobody = call("partner.subscriptions", "--customer", "nobody.example")
    assert.equal(1, nobody.code)
    support.contains(nobody.stderr,
      "partner.subscriptions: no customer of the partner has the default domain 'nobody.example': name its tenant id")
  end)

  describe("of an exchange", function()
    local of, purchase, one, three

    setup(function()
      of = support.json(run("-o", "json"))
      one, three = of[1].id:match("[^/]+$"), of[3].id:match("[^/]+$")
      purchase = {
        sku = "Standard_D8s_v5", type = "VirtualMachines", region = "westeurope", quantity = 2, term = "P3Y",
        billing_plan = "Upfront", billing_scope = of[1].billing_scope, scope = "Shared", name = "new",
      }
    end)

    local function call(...)
      return testing.run {"call", "reservations.quote_exchange", "--customer", "kowalski", env = env, ...}
    end

    local function quote(...)
      local result = call("-o", "json", ...)
      assert.equal(0, result.code, result.stderr)
      return support.json(result)
    end

    local function said(list)
      local lines = {}
      for i, line in ipairs(list) do
        lines[i] = ("%s %d %s"):format(line.kind, line.quantity, line.sku or line.id:match("[^/]+$"))
      end
      return lines
    end

    it("takes lists as JSON, and as one option for each of their values", function()
      local part = testing.json.encode {{reservation = of[1].id, quantity = 1}}
      local bought = testing.json.encode(purchase)
      local lines = quote(part, "--purchase", "[" .. bought .. "]").lines
      assert.same({"return 1 " .. one, "purchase 2 Standard_D8s_v5"}, said(lines))
      local both = {"return 3 " .. one, "return 2 " .. three, "purchase 2 Standard_D8s_v5",
        "purchase 2 Standard_D8s_v5"}
      lines = quote("--exchange", of[1].id, "--exchange", of[3].id, "--purchase", bought, "--purchase", bought).lines
      assert.same(both, said(lines))
      lines = quote("--exchange", testing.json.encode {of[1].id, of[3].id}, "--purchase", "[" .. bought .. "," ..
        bought .. "]").lines
      assert.same(both, said(lines))
    end)

    it("shows its lines, and why it is refused, below its sums", function()
      local result = call(of[1].id, "--purchase", testing.json.encode(purchase))
      assert.equal(0, result.code, result.stderr)
      local lines = support.lines(result.stdout)
      assert.equal(7, #lines)
      assert.same({"", "lines:"}, {lines[3], lines[4]})
      assert.matches("^KIND +ID +SKU +QUANTITY +BACK +PAY$", lines[5])
      assert.matches("^return +" .. one:gsub("%-", "%%-") .. " +3 +[%d,.]+ %u+ *$", lines[6])
      assert.matches("^purchase +Standard_D8s_v5 +2 +[%d,.]+ %u+$", lines[7])
      purchase.quantity, purchase.sku = 1, "Standard_D2s_v5"
      local refused = call("--exchange", of[3].id, "--purchase", testing.json.encode(purchase))
      support.contains(refused.stdout, "\nrefusals:\n")
    end)

    it("takes several values of a list only, and lists that are whole", function()
      for _, case in ipairs {
        {"quote_refund: quantity is given twice", "reservations.quote_refund", of[1].id, "--quantity", "1",
          "--quantity", "2"},
        {"quote_exchange: exchange is given twice", "reservations.quote_exchange", of[1].id, "--exchange", of[2].id},
        {"purchase is no JSON", "reservations.quote_exchange", of[1].id, "--purchase", "{", "--purchase", "{}"},
        {"scopes is '[', but takes a JSON list", "reservations.available_scopes", of[1].id, "--scopes", "["},
        {"scopes is 'another list', but takes a list of at most 100 texts", "reservations.available_scopes", of[1].id,
          "--scopes", "[1]"},
      } do
        local result = testing.run {"call", "--customer", "kowalski", env = env, table.unpack(case, 2)}
        assert.equal(2, result.code, result.stderr)
        support.contains(result.stderr, case[1])
      end
    end)
  end)
end)
