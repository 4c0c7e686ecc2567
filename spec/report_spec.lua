-- Reports: what is in them adds up to the simulator's books, what needs a person stands on top, and nothing that a
-- customer is called gets a program to do anything: not a browser, not a spreadsheet, not a terminal, not a ticket.
local support = require "support"
local testing = require "tenure.testing"

local evil = {
  script = [[<script>document.title = "owned"</script>]],
  image = [["><img src=http://evil.example/i.png onerror=x>']],
  closing = [[</style></title></table><svg onload=x>{facts}{name} &lt; ${{ inputs }}]],
  formula = [[=HYPERLINK("http://evil.example","x")]],
  plus = [[+49;=1+1,-2]],
  minus = [[ -2+3]],
  at = [[@SUM(1+1)]],
  wide = "\xef\xbc\x9d1+1",
  markdown = [[[click](http://evil.example) ![x](http://evil.example/x.png) `a` ``b`` | @everyone *x*]],
  terminal = "\27[31mred\27]0;title\7 \xc2\x9b31m",
  direction = "\xe2\x80\xaegnp.exe\xe2\x81\xa6",
  lines = "one\ntwo\r\tthree",
}

local function yaml_text(text)
  return '"' .. text:gsub('[%c"\\\127]', function(c)
    return ("\\x%02x"):format(c:byte())
  end):gsub("\xc2\x9b", "\\x9b"):gsub("\xe2\x80\xae", "\\u202e"):gsub("\xe2\x81\xa6", "\\u2066") .. '"'
end

local function sorted_names(names)
  local sorted = {}
  for name in pairs(names) do
    sorted[#sorted + 1] = name
  end
  table.sort(sorted)
  return sorted
end

-- A world of customers with these names, each with one reservation of four.
local function world_of(names)
  local lines = {"customers:"}
  for i, id in ipairs(sorted_names(names)) do
    lines[#lines + 1] = ("  - {id: %s, name: %s, country: DE, currency: EUR, reservations: " ..
                         "[{id: %s-r, quantity: 4, utilization: 1%%, worth: %d.10 USD}]}"):format(
      id, yaml_text(names[id]), id, 100 + i)
  end
  lines[#lines + 1] = ("  - {id: closed, name: %s, currency: EUR, consent: missing}"):format(yaml_text(evil.script))
  return table.concat(lines, "\n") .. "\n"
end

local refund_one = [[
local reservations = require "tenure.reservations"
return function(ctx)
  return reservations.refund(reservations.quote_refund(ctx.item, {quantity = 1}), {reason = "spec"})
end
]]

-- A run that was planned and, unless told otherwise, applied: {simulator, env, run, report(format, …)}.
local function make_run(world, options)
  options = options or {}
  local made = {simulator = testing.simulator {world = world, settle = 100}}
  made.env = support.env(made.simulator.env)
  local file = options.file or support.workflow(options.workflow) .. "/refund.yaml"
  local plan = testing.run {"plan", file, "-o", "json", env = made.env}
  made.planned = support.json(plan)
  made.run = made.planned.run
  made.simulator:faults(options.faults or {})
  if not options.plan_only then
    testing.run {"apply", made.run, "--yes", "--no-wait", "-o", "json", env = made.env}
  end
  function made.report(format, ...)
    local result = testing.run {"report", made.run, "--format", format, env = made.env, ...}
    assert.equal(0, result.code, result.stderr)
    return result.stdout
  end
  return made
end

-- No byte that a terminal, a printer or an editor obeys.
local function assert_harmless(text)
  assert.is_nil(text:find("[%z\1-\9\11-\31\127]"), "a control character")
  assert.is_nil(text:find("\xc2[\x80-\x9f]"), "a control character of the second kind")
  assert.is_nil(text:find("\xe2\x80[\x8e\x8f\xaa-\xae]"), "a turn of direction")
  assert.is_nil(text:find("\xe2\x81[\xa6-\xa9]"), "a turn of direction")
end

-- ---- a browser ------------------------------------------------------------------------------------------------------

local function browse(...)
  local result = testing.run {
    command = "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--enable-logging=stderr", "--hide-scrollbars", "--user-data-dir=" .. testing.directory(),
    env = {HOME = testing.directory()}, ...,
  }
  assert.equal(0, result.code, result.stderr)
  return result
end

local function open_page(html, ...)
  local file = testing.directory() .. "/report.html"
  testing.write(file, html)
  local arguments = {...}
  arguments[#arguments + 1] = "--dump-dom"
  arguments[#arguments + 1] = "file://" .. file
  return browse(table.unpack(arguments))
end

-- What an expression gives on the page. The page itself allows no scripts: the copy that is measured does.
local function measured(html, expression, ...)
  local copy, count = html:gsub('<meta http%-equiv="Content%-Security%-Policy"[^>]*>', "")
  assert.equal(1, count)
  copy = copy:gsub("</body>", function()
    return "<script>document.title = 'measured:' + (" .. expression .. ")</script></body>"
  end)
  local dom = open_page(copy, ...).stdout
  return (assert(dom:match("<title>measured:(.-)</title>"), dom:sub(1, 2000)))
end

describe("a report of hostile names", function()
  local made, html, dom

  setup(function()
    made = make_run(world_of(evil), {workflow = {script = refund_one}})
    html = made.report("html")
    dom = open_page(html)
  end)

  teardown(function()
    made.simulator:stop()
  end)

  it("has them as text in the browser's page: no script, picture, frame or style of theirs", function()
    support.contains(dom.stdout, [[&lt;script&gt;document.title = "owned"&lt;/script&gt;]])
    support.contains(dom.stdout, "{facts}{name} &amp;lt; ${{ inputs }}")
    for _, tag in ipairs {"<script", "<img", "<iframe", "<link", "<object", "<embed", "onload=x>", "onerror=x>'<"} do
      support.contains_not(dom.stdout, tag)
    end
    support.contains(dom.stdout, "<title>refund, done: " .. made.run .. "</title>")
    assert.equal(1, select(2, dom.stdout:gsub("<style", "")))
    assert_harmless(html)
  end)

  it("names no place to fetch from but the portal, and that only in links", function()
    for attribute, value in html:gmatch('%s([%w-]+)="([^"]*)"') do
      if attribute == "href" then
        assert.is_truthy(value:find("^https://portal%.azure%.com/#resource/providers/[%w%-%./]+/overview$"), value)
      else
        assert.is_nil(value:find("//", 1, true), value)
        assert.is_nil(attribute:find("^on"), attribute)
        assert.is_truthy(attribute ~= "src" and attribute ~= "style" and attribute ~= "action", attribute)
      end
    end
    assert.is_nil(html:match("<style>(.-)</style>"):find("url%(") or html:find("@import", 1, true))
  end)

  it("asks nobody for anything when it is opened", function()
    local asked = {}
    local proxy <close> = testing.server(function(connection)
      local request = connection:read_request()
      asked[#asked + 1] = request and request.path
      connection:answer(404, "")
    end)
    open_page(html, "--proxy-server=" .. proxy.url, "--proxy-bypass-list=<-loopback>")
    for _, path in ipairs(asked) do
      assert.is_nil(path:find("evil.example", 1, true) or path:find("portal.azure", 1, true), path)
    end
    proxy:stop()
  end)

  it("allows its own style sheet by its digest, and no other", function()
    support.contains_not(dom.stderr, "Content Security Policy")
    local tampered = html:gsub("<style>", "<style>p{color:red}", 1)
    support.contains(open_page(tampered).stderr, "Content Security Policy")
    local injected = html:gsub("</body>", "<script>document.title='owned'</script></body>")
    support.contains_not(open_page(injected).stdout, "<title>owned")
  end)

  it("has no formula in any cell of its CSV", function()
    local rows, names = support.csv_rows(made.report("csv", "--effects"))
    assert.same({"key", "customer", "customer_name", "operation", "reservation", "order", "called", "product",
                 "asks", "quantity", "before", "after", "back", "back_currency", "pay", "pay_currency", "worth",
                 "portal", "lines", "state", "code", "decision"}, names)
    assert.equal(#sorted_names(evil), #rows)
    local seen = {}
    for _, row in ipairs(rows) do
      for name, cell in pairs(row) do
        assert.is_nil(cell:find("^%s*[=+%-@]") or cell:find("^%s*\xef\xbc[\x9d\x8b\x8d\xa0]"), name .. ": " .. cell)
        assert.is_nil(cell:find(";%s*[=+%-@]"), name .. ": " .. cell)
      end
      seen[row.customer_name] = true
      assert.equal("", row.decision)
    end
    for _, name in ipairs {evil.formula, evil.at, evil.minus, evil.wide} do
      assert.is_true(seen["'" .. name], name)
    end
    assert.is_true(seen["'+49;'=1+1,-2"])
  end)

  it("comes back with decisions in its CSV, whatever stands in between", function()
    local plan = make_run(world_of(evil), {plan_only = true})
    local file, marked = testing.directory() .. "/plan.csv", 0
    local csv = plan.report("csv", "--effects"):gsub(",planned,,\n", function()
      marked = marked + 1
      return marked <= 5 and ",planned,,approve\n" or nil
    end)
    assert.equal(#sorted_names(evil), marked)
    testing.write(file, csv)
    local approved = testing.run {"approve", plan.run, "--from", file, "--reason", evil.script, env = plan.env}
    assert.equal(0, approved.code, approved.stderr)
    local json = testing.json.decode(plan.report("json"))
    assert.equal(5, json.effects.approved)
    assert.equal(evil.script, json.approvals[1].reason)
    support.contains(plan.report("html"), "5 effects (<bdi>&lt;script&gt;")
    plan.simulator:stop()
  end)

  it("has them in code spans in its Markdown, where nothing is a link, a mention or a tag", function()
    local md = made.report("md", "--effects")
    local outside = 0
    for _, line in ipairs(support.lines(md)) do
      local left = line:gsub("(`+)(.-[^`])%1([^`])", "%3"):gsub("(`+)(.-[^`])%1$", "")
      left = left:gsub("%]%(https://portal%.azure%.com/#resource/[%w%-%./]+%)", "]")
      assert.is_nil(left:find("[<@!*]") or left:find("](", 1, true) or left:find("evil", 1, true), left)
      outside = outside + 1
    end
    assert.is_true(outside > 50)
    support.contains(md, "```" .. evil.markdown:gsub("|", "\\|") .. "```")
  end)

  it("has nothing in it that a terminal obeys, in any format", function()
    for _, format in ipairs {"html", "csv", "json", "md"} do
      assert_harmless(made.report(format))
      assert_harmless(made.report(format, "--effects"))
    end
  end)

  it("keeps each name as it is in its JSON", function()
    local names = {}
    for _, customer in ipairs(testing.json.decode(made.report("json")).by_customer) do
      names[customer.customer_name] = true
    end
    for id, name in pairs(evil) do
      assert.is_true(names[name], id)
    end
  end)

  it("fits a phone: only tables scroll sideways, each in its own box", function()
    local opened = html:gsub("<details>", "<details open>")
    for _, width in ipairs {"390,844", "1280,900"} do
      local window = "--window-size=" .. width
      local inner = measured(opened, "innerWidth", window)
      assert.equal(inner, measured(opened, "Math.max(innerWidth, document.documentElement.scrollWidth)", window))
    end
    local wider = "[...document.querySelectorAll('.scroll')].filter(box => box.scrollWidth > box.clientWidth).length"
    assert.is_true(tonumber(measured(opened, wider, "--window-size=390,844")) > 0)
    local outside = "[...document.querySelectorAll('table')].filter(table => !table.closest('.scroll')).length"
    assert.equal("0", measured(opened, outside))
  end)
end)

describe("a report of refunds, an exchange and a purchase", function()
  local world = [[
customers:
  - id: kowalski
    name: Kowalski
    currency: PLN
    reservations:
      - {id: r1, name: one, sku: Standard_D2s_v5, quantity: 3}
      - {id: r2, name: two, sku: Standard_E2s_v5}
      - {id: r3, name: idle, worth: 220.10 USD}
  - id: meier
    name: Meier
    currency: EUR
    reservations:
      - {id: m1, name: idle, worth: 120.10 USD}
      - {id: m2, name: idle, worth: 99999.10 USD}
      - {id: m3, name: more, sku: Standard_D2s_v5}
]]
  local files = {["mixed.yaml"] = [[
tenure: 1
name: mixed
permissions: [reservations:list, reservations:quote_exchange, reservations:exchange, orders:quote_purchase,
  orders:purchase, reservations:quote_refund, reservations:refund]
customers: {from: partner-center}
guards:
  exchange: {count: 10, back: {PLN: 1000000}, pay: {PLN: 1000000}}
  purchase: {count: 10, worth: 1000000 USD}
  refund: {count: 10, worth: 50000 USD}
steps:
  - id: mixed
    each: "{{all = reservations.list{state = 'Succeeded'}}}"
    run: mixed.lua
]], ["mixed.lua"] = [[
local reservations, orders = require "tenure.reservations", require "tenure.orders"
return function(ctx)
  local of = {}
  for _, one in ipairs(ctx.item.all) do
    of[one.name] = one
    if one.name == "idle" then reservations.refund(reservations.quote_refund(one)) end
  end
  if of.more then orders.purchase(orders.quote_purchase(of.more:like{quantity = 2}), {once = "more"}) end
  if of.one then
    reservations.exchange(reservations.quote_exchange{
      exchange = {{reservation = of.one, quantity = 2}, of.two},
      purchase = {of.two:like{sku = "Standard_D8s_v5", term = "P3Y"},
                  of.two:like{sku = "Standard_D4s_v5", quantity = 2, term = "P3Y"}},
    })
  end
end
]]}
  local made, planned, json

  setup(function()
    made = make_run(world, {file = support.folder(files) .. "/mixed.yaml", plan_only = true})
    planned = {html = made.report("html"), md = made.report("md")}
    made.simulator:faults {fail_operation = {next = 1, on = "reservations.exchange"}}
    testing.run {"apply", made.run, "--yes", "--no-wait", env = made.env}
    json = testing.json.decode(made.report("json"))
    assert.equal(1, json.effects.partial)
  end)

  teardown(function()
    made.simulator:stop()
  end)

  local function grouped(amount)
    local whole, part = amount:match("^(%d+)(%.%d+)$")
    return whole:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "") .. part
  end

  local function customer(name)
    for _, one in ipairs(json.by_customer) do
      if one.customer_name == name then return one end
    end
  end

  -- Sums by currency, over all operations, of what the run's object tells.
  local function cents(by_operation)
    local sums = {}
    for _, amounts in pairs(by_operation) do
      for currency, amount in pairs(amounts) do
        sums[currency] = (sums[currency] or 0) + support.cents(amount)
      end
    end
    return sums
  end

  local function card(html, title)
    local figures = html:match("<h3>" .. title .. '</h3><p class="figure">(.-)</p>')
    local found = {}
    for amount, currency in (figures or ""):gmatch("([%d.,]+) <small>(%u+)</small>") do
      found[currency] = support.cents((amount:gsub(",", "")))
    end
    return found
  end

  it("shows what comes back and what has to be paid side by side, each currency for itself", function()
    local html = made.report("html")
    assert.same(cents(made.planned.back), card(planned.html, "comes back, planned"))
    assert.same(cents(made.planned.pay), card(planned.html, "to pay, planned"))
    assert.same(cents(json.back), card(html, "comes back"))
    assert.same(cents(json.pay), card(html, "to pay"))
    assert.not_same(json.pay, made.planned.pay) -- a part of the exchange was not bought
    assert.same({"EUR", "PLN"}, sorted_names(card(html, "to pay")))
    local shown = {}
    for currency, sum in pairs(cents(json.pay)) do
      shown[currency] = grouped(("%d.%02d"):format(sum // 100, sum % 100)) .. " " .. currency
    end
    support.contains(planned.md, "- comes back, planned: ")
    support.contains(made.report("md"), ("- to pay: %s + %s; of exchanges what is left after what comes back\n"):format(
      shown.EUR, shown.PLN))
    support.contains(testing.run({"show", made.run, env = made.env}).stdout,
      "  To pay for the exchange is what is left after what comes back.\n")
  end)

  it("has the same columns in its line per customer, and in its JSON", function()
    local rows = {}
    for _, row in ipairs(support.csv_rows(made.report("csv"))) do rows[row.customer_name] = row end
    for _, name in ipairs {"Kowalski", "Meier"} do
      local row, one = rows[name], customer(name)
      assert.same({one.back[1].amount, one.back[1].currency}, {row.back, row.back_currency})
      assert.same({one.pay[1].amount, one.pay[1].currency}, {row.pay, row.pay_currency})
    end
    assert.same(cents(json.pay), {PLN = support.cents(rows.Kowalski.pay), EUR = support.cents(rows.Meier.pay)})
    assert.equal("120.10", rows.Meier.worth)
    assert.equal(customer("Meier").worth_bought[1].amount, rows.Meier.worth_bought)
    assert.equal("", rows.Kowalski.worth_bought) -- nobody tells what an exchange is worth: that is not zero
    assert.equal("99999.10", json.not_carried_out[1].worth[1].amount)
    assert.equal("EUR", json.not_carried_out[1].back[1].currency)
    assert.same({}, json.not_carried_out[1].worth_bought)
  end)

  it("never adds what is bought to what is returned", function()
    local bought, returned = customer("Meier").worth_bought[1].amount, customer("Meier").worth[1].amount
    local sum = support.cents(bought) + support.cents(returned)
    local all = sum + support.cents("220.10")
    for _, format in ipairs {"html", "md", "csv", "json"} do
      local text = made.report(format)
      support.contains(text, "220.10")
      for _, wrong in ipairs {sum, all} do
        wrong = ("%d.%02d"):format(wrong // 100, wrong % 100)
        support.contains_not(text, wrong)
        support.contains_not(text, grouped(wrong))
      end
    end
    local html = made.report("html")
    local pictures = html:match("<h2>Customers</h2>(.-)<details>")
    local refunds, purchases = pictures:match("<h3>Refunds, by worth</h3>(.-)<h3>Purchases, by price</h3>(.*)")
    support.contains(refunds, "<b>120.10 USD</b>")
    support.contains(refunds, "<b>220.10 USD</b>")
    support.contains(purchases, "<b>" .. grouped(bought) .. " USD</b>")
    support.contains_not(purchases, "Kowalski")
    support.contains(purchases, "Without 1 effect of which nobody told a worth in US dollars.")
  end)

  it("tells line by line what was done in part, or names the command that does", function()
    local partial = json.partial[1]
    local told = testing.run({"why", made.run, partial.key, env = made.env}).stdout:match("One by one\n(.-)\n\n")
    local html, md = made.report("html"), made.report("md")
    local attention = html:match('<section class="attention">(.-)</section>')
    local lines = {}
    for _, line in ipairs(support.lines(md:match("## Needs a person\n(.-)\n## "))) do
      if line:find("^| `return` |") or line:find("^| `purchase` |") then lines[#lines + 1] = line end
    end
    assert.equal(4, #lines)
    support.contains(lines[3], "| `Failed` |")
    for _, line in ipairs(lines) do
      local id, amount = line:match("`(%x+%-[%x-]+)`"), line:match("([%d.,]+) PLN")
      support.contains(told, id)
      support.contains(told, amount .. " PLN")
      support.contains(attention, "<td>" .. id .. "</td>")
      support.contains(attention, '<td class="number">' .. amount .. " PLN</td>")
    end
    support.contains(attention, "Standard_D8s_v5")
    for _, row in ipairs(support.csv_rows(made.report("csv", "--effects"))) do
      assert.equal(row.state == "partial" and ("tenure why %s %s"):format(made.run, partial.key:sub(1, 12)) or "",
        row.lines)
    end
    for _, format in ipairs {"html", "md", "json"} do support.contains_not(made.report(format), "see its lines") end
  end)

  it("fits a phone, with its lines in a box that scrolls", function()
    local html = made.report("html"):gsub("<details>", "<details open>")
    for _, width in ipairs {"390,844", "1280,900"} do
      local window = "--window-size=" .. width
      local inner = measured(html, "innerWidth", window)
      assert.equal(inner, measured(html, "Math.max(innerWidth, document.documentElement.scrollWidth)", window))
      local broken = "[...document.querySelectorAll('.told td')].filter(cell => cell.offsetHeight > 60).length"
      assert.equal("0", measured(html, broken, window))
    end
  end)
end)

describe("a report", function()
  local world = [[
customers:
  - {id: kowalski, name: Kowalski, country: PL, currency: PLN, reservations: [
      {id: r1, quantity: 4, worth: 200.10 USD}, {id: r2, worth: 100.20 USD}]}
  - {id: meier, name: Meier, country: DE, currency: EUR, reservations: [{id: r3, worth: 300.33 USD}]}
  - {id: smith, name: Smith, currency: USD, consent: missing}
]]

  it("adds up to the simulator's books, to the cent, in every sum it has", function()
    local made = make_run(world)
    local books = support.books(made.simulator, "refund")
    local json = testing.json.decode(made.report("json"))
    assert.equal(3, books.count)
    assert.same(books.cents, support.total_cents(json.totals.refund))
    local by_customer, listed, rows = {}, {}, {}
    local function add(sums, currency, amount)
      sums[currency] = (sums[currency] or 0) + support.cents(amount)
    end
    for _, customer in ipairs(json.by_customer) do
      for _, money in ipairs(customer.back) do
        add(by_customer, money.currency, money.amount)
      end
    end
    for _, effect in ipairs(json.effect_list) do
      add(listed, effect.actual.back.currency, effect.actual.back.amount)
    end
    for _, row in ipairs(support.csv_rows(made.report("csv", "--effects"))) do
      add(rows, row.back_currency, row.back)
    end
    assert.same(books.cents, by_customer)
    assert.same(books.cents, listed)
    assert.same(books.cents, rows)
    for _, customer in ipairs(support.csv_rows(made.report("csv"))) do
      books.cents[customer.back_currency] = books.cents[customer.back_currency] - support.cents(customer.back)
    end
    assert.same({PLN = 0, EUR = 0}, books.cents)
    made.simulator:stop()
  end)

  it("says how many there were before and after, with a link to the portal", function()
    local made = make_run(world, {workflow = {script = refund_one}})
    local quantities = {}
    for _, row in ipairs(support.csv_rows(made.report("csv", "--effects"))) do
      quantities[#quantities + 1] = row.quantity .. ": " .. row.before .. " to " .. row.after
      support.contains(row.portal, "https://portal.azure.com/#resource/providers/Microsoft.Capacity/")
      support.contains(row.portal, row.reservation)
    end
    table.sort(quantities)
    assert.same({"1: 1 to 0", "1: 1 to 0", "1: 4 to 3"}, quantities)
    made.simulator:stop()
  end)

  it("of a plan says that nothing has changed, and adds up to the plan", function()
    local made = make_run(world, {plan_only = true})
    support.contains(made.report("md"), "3 refunds planned for 2 customers. Nothing has changed yet.")
    support.contains(made.report("html"), "Nothing has changed yet.")
    local json = testing.json.decode(made.report("json"))
    assert.same(made.planned.totals, json.totals)
    assert.same({}, json.approvals)
    assert.equal(0, #made.simulator:effects())
    made.simulator:stop()
  end)

  it("has what nobody knows the outcome of on top, before any figure", function()
    local made = make_run(world, {faults = {drop = {next = 1, on = "refund"}}})
    local html, md = made.report("html"), made.report("md")
    for _, text in ipairs {html, md} do
      local attention = text:find("The outcome of 1 effect is unknown", 1, true)
      assert.is_truthy(attention)
      assert.is_true(attention < text:find("by currency", 1, true))
    end
    local section = html:match('<section class="attention">(.-)</section>')
    support.contains(section, "https://portal.azure.com/#resource/providers/Microsoft.Capacity/")
    support.contains(section, "unknown")
    made.simulator:stop()
  end)

  it("says who could not be reached and why, what was refused, skipped and failed, and what the guards were", function()
    local made = make_run(world, {workflow = {
      guard = "{count: 1, worth: 100000 USD}",
      when = 'item.id ~= nil and customer.name ~= "Meier"',
    }})
    for _, format in ipairs {"html", "md"} do
      local text = made.report(format)
      for _, part in ipairs {"Smith", "invalid_grant", "guard", "not-selected", "100,000.00 USD"} do
        support.contains(text, part)
      end
    end
    local json = testing.json.decode(made.report("json"))
    assert.equal("guard", json.not_carried_out[1].code)
    assert.equal(1, json.not_carried_out[1].count)
    made.simulator:stop()
  end)

  it("says who approved, when and what", function()
    local made = make_run(world)
    local json = testing.json.decode(made.report("json"))
    assert.equal(1, #json.approvals)
    assert.equal(3, json.approvals[1].effects)
    assert.is_truthy(json.approvals[1].actor:find("@", 1, true))
    assert.is_truthy(json.approvals[1].at:find("^%d+%-%d%d%-%d%dT"))
    support.contains(made.report("html"), "3 effects")
    made.simulator:stop()
  end)

  it("of a run without customers is one, in every format", function()
    local made = make_run("customers: []\n")
    support.contains(made.report("md"), "Nothing was")
    assert.equal(1, #support.lines(made.report("csv", "--effects")))
    assert.same({}, testing.json.decode(made.report("json")).effect_list)
    support.contains(open_page(made.report("html")).stdout, "Nothing was")
    made.simulator:stop()
  end)

  it("is written to a file in one piece, and the file is left alone when there is no report", function()
    local made = make_run(world)
    local file = testing.directory() .. "/report.html"
    assert.equal("", made.report("html", "--to", file))
    local first = testing.read(file)
    assert.is_truthy(first:find("^<!doctype html>") and first:find("</html>\n$"))
    local wrong = testing.run {"report", "r-none", "--format", "html", "--to", file, env = made.env}
    assert.equal(2, wrong.code)
    support.contains(wrong.stderr, "r-none")
    assert.equal(first, testing.read(file))
    made.simulator:stop()
  end)

  it("is in the format that the file is called after, unless another is asked for", function()
    local made = make_run(world)
    local place = testing.directory()
    local function written(name, ...)
      local result = testing.run {"report", made.run, "--to", place .. "/" .. name, env = made.env, ...}
      return result.code == 0 and testing.read(place .. "/" .. name), result
    end
    for _, format in ipairs {"html", "csv", "json", "md"} do
      assert.equal(made.report(format):sub(1, 20), written("out." .. format):sub(1, 20))
    end
    assert.equal(made.report("html"):sub(1, 20), written("Q4.md.HTML"):sub(1, 20))
    assert.equal(made.report("md"):sub(1, 20), written("plain"):sub(1, 20))
    assert.equal(made.report("csv"):sub(1, 20), written("out.txt", "--format", "csv"):sub(1, 20))
    local text, result = written("out.pdf")
    assert.is_false(text)
    assert.equal(2, result.code)
    support.contains(result.stderr, "out.pdf' does not say which format: call it .html, .csv, .json or .md, or give")
    assert.is_nil(io.open(place .. "/out.pdf"))
    made.simulator:stop()
  end)

  it("in a format there is none of, or of no run, is a mistake in usage", function()
    local env = support.env()
    local format = testing.run {"report", "r-1", "--format", "pdf", env = env}
    assert.equal(2, format.code)
    support.contains(format.stderr, "html")
    assert.equal(2, testing.run({"report", env = env}).code)
  end)
end)
