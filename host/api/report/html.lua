-- A report as one page: it opens offline, fetches nothing, runs nothing, and reads on a phone. Everything filled into
-- its templates is escaped there (pieces.lua).

local amounts_of = require "render.amounts"
local effect_lines = require "render.lines"
local names = require "render.names"
local picture = require "report.picture"
local pieces = require "report.pieces"
local style = require "report.style"
local text = require "render.text"
local times = require "render.times"
local words = require "report.words"

local markup, joined, nothing = pieces.markup, pieces.joined, pieces.nothing

local OPEN = 50   -- effects that need a person, on top
local BARS = 10   -- customers in a picture
local MANY = 3    -- currencies in a card: more are written smaller
local ROWS = 2000 -- effects in the page, unless all are asked for

local NEAR = 0.9  -- of a guard: worth a colour

-- ---- pieces ---------------------------------------------------------------------------------------------------------

-- Names are kept apart from what surrounds them, whichever way they are written.
local function name_of(value) return markup("<bdi>{value}</bdi>", {value = value or ""}) end

local function code_of(value)
  return value and value ~= "" and markup("<code>{value}</code>", {value = value}) or nothing
end

local function chip(label, class) return markup([[<span class="chip {class}">{label}</span>]],
  {label = label, class = class}) end

local function state_chip(effect) return chip(effect.state, effect.fate) end

local function section(title, ...)
  return markup("<section>\n<h2>{title}</h2>\n{body}\n</section>", {title = title, body = joined {...}})
end

local function note(said) return markup([[<p class="note">{said}</p>]], {said = said}) end

local function and_more(shown, total)
  return total > shown and note(("and %s more"):format(text.grouped(total - shown))) or nothing
end

local function element(tag, column, content)
  return markup(column[3] and "<{tag} class=\"{class}\">{content}</{tag}>" or "<{tag}>{content}</{tag}>",
    {tag = tag, class = column[3], content = content})
end

-- A table in a box of its own, so that only the box scrolls sideways. columns: {title, cell(row), class?}.
local function grid(label, columns, rows)
  local heads, lines = {}, {}
  columns = words.filled(columns, rows)
  for c, column in ipairs(columns) do heads[c] = element("th", column, column[1]) end
  for r, row in ipairs(rows) do
    local cells = {}
    for c, column in ipairs(columns) do cells[c] = element("td", column, column[2](row)) end
    lines[r] = markup("<tr>{cells}</tr>", {cells = joined(cells, "")})
  end
  return markup([[
<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table>
<thead><tr>{heads}</tr></thead>
<tbody>
{lines}
</tbody>
</table></div>]], {label = label, heads = joined(heads, ""), lines = joined(lines)})
end

-- ---- cells ----------------------------------------------------------------------------------------------------------

local function customer_cell(row)
  local name, id = row.customer_name or row.name, row.customer or row.id or ""
  if not name or name == "" then return name_of(id) end
  return markup([[{name}<small class="id">{id}</small>]], {name = name_of(name), id = id})
end

local function reservation_cell(effect)
  local id = names.thing(effect) or effect.subject or ""
  local shown = effect.portal and markup([[<a href="{link}" rel="noopener noreferrer">{id}</a>]],
    {link = effect.portal, id = id}) or name_of(id)
  return markup([[{product}{called}<small class="id">{shown}</small>]], {product = words.product(effect), shown = shown,
    called = effect.called and markup(" {name}", {name = name_of(names.quoted(effect.called))}) or nothing})
end

local function asks_cell(effect)
  local said = words.asks(effect)
  return said ~= "" and name_of(said) or nothing
end

local function back_cell(effect) return text.money(amounts_of(effect).back) end
local function pay_cell(effect) return text.money(amounts_of(effect).pay) end
local function worth_cell(effect) return text.money(amounts_of(effect).worth) end
local function message_cell(row) return row.evidence or row.message or row.detail or "" end
local function code_cell(row) return code_of(row.code) end

local customer_column = {"customer", customer_cell, "name"}
local reservation_column = {"reservation", reservation_cell, "what"}
local effect_columns = {
  {"state", state_chip},
  customer_column,
  {"operation", function(effect)
    return (effect.planned or words.product(effect) == effect.operation) and "" or effect.operation
  end},
  reservation_column,
  {"asks", asks_cell, "what"},
  {"quantity", words.quantity, "number"},
  {"back", back_cell, "number"},
  {"to pay", pay_cell, "number"},
  {"worth", worth_cell, "number"},
  {"code", code_cell},
}

local line_columns = {}
for i, column in ipairs(effect_lines.columns) do
  line_columns[i] = {column[1], column[2], column[3] and "number" or i == #effect_lines.columns and "why" or nil}
end

table.insert(line_columns, table.remove(line_columns, 3)) -- a phone shows money rather than an id

-- What an effect of several things did.
local function one_by_one(effect)
  return effect.lines and grid("One by one", line_columns, effect.lines) or nothing
end

-- What is told in sentences, one below the other: no columns, so that it reads on a phone, too.
local function told(items, most)
  local lines = {}
  for i = 1, math.min(#items, most or #items) do lines[i] = markup("<li>{item}</li>", {item = items[i]}) end
  return markup([[<ul class="told">
{lines}
</ul>{more}]], {lines = joined(lines), more = and_more(#lines, #items)})
end

local function each(list, write)
  local items = {}
  for i, row in ipairs(list) do items[i] = write(row) end
  return items
end

-- ---- the top --------------------------------------------------------------------------------------------------------

local function fact(name, value)
  if not value or value == "" or pieces.is_nothing(value) then return nothing end
  return markup("<div><dt>{name}</dt><dd>{value}</dd></div>", {name = name, value = value})
end

local function when_by(time, actor)
  if not time then return actor and name_of(actor) or nothing end
  return actor and markup("{time} by {actor}", {time = time, actor = name_of(actor)}) or time
end

local function approval_text(model)
  local lines = {}
  for i, approval in ipairs(model.approvals) do
    lines[i] = markup("{when}: {effects}{reason}", {
      when = when_by(times.anywhere(approval.at), approval.actor), effects = words.counted(approval.effects, "effect"),
      reason = approval.reason and markup(" (<bdi>{reason}</bdi>)", {reason = approval.reason}) or nothing})
  end
  return joined(lines, "<br>")
end

local function header(model)
  local summary = model.summary
  return markup([[
<header>
<p class="kicker">Report of a run</p>
<h1>{workflow} <span class="chip {class}">{state}</span></h1>
<p class="lead">{lead}</p>
<dl>
{facts}
</dl>
</header>]], {
    workflow = name_of(summary.workflow), state = words.state(model), lead = words.lead(model),
    class = summary.state == "done" and "done" or model.is_plan and "waiting" or "unknown",
    facts = joined {
      fact("run", code_of(summary.run)),
      fact("planned", when_by(times.anywhere(summary.planned or summary.created), summary.actor)),
      fact("approved", approval_text(model)),
      fact("ended", times.anywhere(summary.ended)),
      fact("why it ended", summary.reason),
      model.is_plan and fact("may be approved until", times.anywhere(summary.expires)) or nothing,
    }})
end

local function exchanged(effect)
  local said = names.exchanged(effect)
  return said and markup("<p>{said}</p>", {said = name_of(said)}) or nothing
end

local function attention(model)
  local said = words.attention(model)
  if not said then return nothing end
  local items = each(model.open, function(effect)
    return markup([[{state} <b>{customer}</b> {money}<br>{what}{asks}<p>{known}</p>{lines}]], {
      state = state_chip(effect), customer = name_of(effect.customer_name or effect.customer),
      money = words.amounts(effect), what = reservation_cell(effect), asks = exchanged(effect),
      known = message_cell(effect), lines = one_by_one(effect)})
  end)
  return markup([[<section class="attention"><h2>Needs a person</h2>
<p>{said}</p>
{items}</section>]], {said = said, items = told(items, OPEN)})
end

-- ---- figures --------------------------------------------------------------------------------------------------------

local function card(title, figure, said, class)
  return markup([[<div class="card {class}"><h3>{title}</h3><p class="figure">{figure}</p><p>{said}</p></div>]],
    {title = title, figure = figure, said = said or "", class = class or ""})
end

-- "USD 1,204.50" with a small currency.
local function figure_money(money)
  return markup("{amount} <small>{currency}</small>", {amount = text.grouped(money.amount), currency = money.currency})
end

-- What comes back, or has to be paid: each currency for itself. worth: all of it together, in words.
local function money_card(model, name, worth)
  local sums = each(model.total[name]:list(), figure_money)
  if #sums == 0 and model.untold[name] == 0 then return nothing end
  return card(words.moved(model, name), #sums > 0 and joined(sums, "<br>") or "not known",
    words.with_notes(model, name, worth), #sums > MANY and "money many" or "money")
end

local function money_cards(model)
  local worth, bought = words.sums(model.total.worth), words.sums(model.total.bought)
  return joined {
    money_card(model, "back", worth ~= "" and "refunds worth " .. worth or ""),
    money_card(model, "pay", bought ~= "" and "purchases for " .. bought or ""),
  }
end

local function figures(model)
  local summary, noun = model.summary, words.noun(model)
  local all, customers = #model.effects, words.customers(model)
  local with = 0
  for _, customer in ipairs(model.customers) do with = with + (customer.count > 0 and 1 or 0) end
  local missed = (summary.customers.unreachable or 0) + (summary.customers.failed or 0)
  local open = #model.open
  return markup([[<div class="cards">{cards}</div>]], {cards = joined {
    money_cards(model),
    card(noun .. "s", text.grouped(model.total.count), all == model.total.count and "all of them" or
      ("of %s"):format(text.grouped(all))),
    card("customers", text.grouped(with), ("of %s looked at"):format(text.grouped(customers))),
    missed > 0 and card("customers missed", text.grouped(missed), "unreachable or failed", "warn") or nothing,
    open > 0 and card("need a person", text.grouped(open), "unknown or partial", "bad") or nothing,
  }})
end

-- ---- where the money went -------------------------------------------------------------------------------------------

-- Two pictures of the same, of what comes back and of what is bought: never of both together. name: of the sums.
local directions = {
  {name = "worth", title = "Refunds, by worth"},
  {name = "bought", title = "Purchases, by price"},
}

-- Each direction's picture, under its title unless the run has only refunds; draw(name) may give nothing.
local function in_both(model, draw)
  local drawn, titles = {}, {}
  for _, direction in ipairs(directions) do
    local picture_of = draw(direction.name)
    if not pieces.is_nothing(picture_of) then
      drawn[#drawn + 1], titles[#titles + 1] = picture_of, direction.title
    end
  end
  if not model.pays then return drawn[1] or nothing end
  for i, title in ipairs(titles) do drawn[i] = markup("<h3>{title}</h3>{drawn}", {title = title, drawn = drawn[i]}) end
  return joined(drawn)
end

-- Azure tells no worth of an exchange.
local function not_drawn(count)
  return count > 0 and note(("Without %s of which nobody told a worth in US dollars."):format(
    words.counted(count, "effect"))) or nothing
end

local function stacked(model, name)
  local parts, legend = {}, {}
  for _, fate_name in ipairs(words.fate_order) do
    local fate = model.fate_index[fate_name]
    local size = fate and fate[name]:size() or 0
    if size > 0 then
      local label = model.is_plan and fate_name == "waiting" and "planned" or words.fates[fate_name]
      local sums = words.sums(fate[name])
      parts[#parts + 1] = {size = size, class = fate_name, title = label .. ": " .. sums}
      legend[#legend + 1] = markup(
        [[<li><span class="dot {class}"></span>{label} <b>{sums}</b> <small>{count}</small></li>]],
        {class = fate_name, label = label, sums = sums, count = words.counted(fate[name].count, "effect")})
    end
  end
  if #parts < 2 then return nothing end
  return joined {
    picture.stack(parts, "Worth of effects by what became of them"),
    markup([[<ul class="legend">{legend}</ul>]], {legend = joined(legend, "")}),
  }
end

local function money_by_fate(model)
  local drawn, rest = in_both(model, function(name) return stacked(model, name) end), 0
  for _, fate in ipairs(model.fates) do rest = rest + fate.rest.count end
  return pieces.is_nothing(drawn) and nothing or section("Where the money is", drawn, not_drawn(rest))
end

local function currencies(model)
  local rows = model.summary.by_currency
  if #rows == 0 then return nothing end
  local largest, several = 0, false
  for _, row in ipairs(rows) do
    largest = math.max(largest, row.worth and tonumber(row.worth.amount) or 0)
    several = several or row.operation ~= rows[1].operation
  end
  local columns = {
    {"", function(row) return several and row.operation or "" end},
    {"currency", function(row) return row.currency or "" end},
    {"count", function(row) return text.grouped(row.count) end, "number"},
    {"customers", function(row) return text.grouped(row.customers) end, "number"},
    {"back", function(row) return row.back and text.grouped(row.back.amount) or "" end, "number"},
    {"to pay", function(row) return row.pay and text.grouped(row.pay.amount) or "" end, "number"},
    {"worth", function(row) return text.money(row.worth) end, "number"},
  }
  if largest > 0 then
    columns[#columns + 1] = {"", function(row)
      return row.worth and picture.bar(tonumber(row.worth.amount), largest) or nothing
    end, "drawn"}
  end
  return section(model.is_plan and "Planned, by currency" or "Carried out, by currency",
    grid("Money by currency", columns, rows))
end

local function risen(model, name)
  local steps = {}
  for _, moment in ipairs(model.moments) do
    local size = moment.worth and math.max(tonumber(moment.worth.amount), 0) or 0
    if size > 0 and (name == "bought") == (moment.pays or false) then
      steps[#steps + 1] = {seconds = moment.seconds, size = size}
    end
  end
  local total = model.total[name]:single()
  if #steps < 3 or not total or steps[#steps].seconds - steps[1].seconds < 2 then return nothing end
  local from, to = steps[1].seconds, steps[#steps].seconds
  local function at(seconds) return times.anywhere(seconds, to - from < 600) end
  return markup([[
<figure>
<figcaption><span>{total}</span><span>within {duration}</span></figcaption>
{picture}
<p class="axis"><span>{from}</span><span>{to}</span></p>
</figure>]], {
    total = text.money(total), duration = times.duration(to - from), from = at(from), to = at(to),
    picture = picture.staircase(steps, "Worth carried out, added up over time")})
end

local function over_time(model)
  local drawn = in_both(model, function(name) return risen(model, name) end)
  return pieces.is_nothing(drawn) and nothing or section("Over time", drawn, not_drawn(model.total.rest.count))
end

-- ---- customers ------------------------------------------------------------------------------------------------------

local function bars(model, name)
  local list, rows = table.move(model.customers, 1, #model.customers, 1, {}), {}
  table.sort(list, function(a, b)
    local x, y = a[name]:size(), b[name]:size()
    if x ~= y then return x > y end
    return (a.name or a.id) < (b.name or b.id)
  end)
  local largest = list[1][name]:size()
  for i = 1, math.min(#list, BARS) do
    local row = list[i]
    if row[name]:size() == 0 then break end
    rows[i] = markup("<li><span>{name}</span><b>{worth}</b>{bar}</li>", {
      name = name_of(row.name or row.id), worth = words.sums(row[name]), bar = picture.bar(row[name]:size(), largest)})
  end
  if #rows == 0 then return nothing end
  return markup([[<ol class="bars">{rows}</ol>]], {rows = joined(rows)})
end

local function customers(model)
  local list = model.customers
  if #list == 0 then return nothing end
  local all = grid("All customers with effects", {
    customer_column,
    {model.is_plan and "planned" or "carried out", function(row) return text.grouped(row.count) end, "number"},
    {"of", function(row) return text.grouped(row.effects) end, "number"},
    {"back", function(row) return words.sums(row.back) end, "number"},
    {"to pay", function(row) return words.sums(row.pay) end, "number"},
    {"worth", function(row) return words.sums(row.worth) end, "number"},
    {"worth bought", function(row) return words.sums(row.bought) end, "number"},
  }, list)
  local drawn = in_both(model, function(name) return bars(model, name) end)
  return section("Customers", drawn, not pieces.is_nothing(drawn) and not_drawn(model.total.rest.count) or nothing,
    markup([[<details><summary>{title}</summary>
{all}
</details>]], {title = ("All %s with effects"):format(words.counted(#list, "customer")), all = all}))
end

-- ---- what was not done ----------------------------------------------------------------------------------------------

local function not_done(model)
  if #model.reasons == 0 then return nothing end
  local largest = {worth = 0, bought = 0}
  for _, reason in ipairs(model.reasons) do
    for name, size in pairs(largest) do largest[name] = math.max(size, reason[name]:size()) end
  end
  local function bar(reason, name)
    local size = reason[name]:size()
    return size > 0 and picture.bar(size, largest[name], reason.fate) or nothing
  end
  local items = each(model.reasons, function(reason)
    return markup([[{chip} {code} <b>{money}</b> <small>{count}</small>{refunds}{purchases}<p>{example}</p>]], {
      chip = chip(words.fates[reason.fate], reason.fate), code = code_of(reason.code), money = words.sizes(reason),
      count = words.counted(reason.count, "effect"), refunds = bar(reason, "worth"), purchases = bar(reason, "bought"),
      example = reason.example and (reason.count > 1 and "For example: " or "") .. reason.example or ""})
  end)
  return section(model.is_plan and "Not in the plan" or "Not carried out", told(items))
end

-- What a rule was against, and Azure's quote was not.
local function doubted(model)
  local rows = model.summary.doubted
  if #rows == 0 then return nothing end
  return section("Planned, though doubted", grid("Effects that were doubted, by code", {
    {"code", code_cell},
    {"count", function(row) return text.grouped(row.count) end, "number"},
    {"for example", function(row) return row.example or "" end, "why"},
  }, rows))
end

local function skipped(model)
  local rows, largest = model.summary.skipped, 0
  if #rows == 0 then return nothing end
  for _, row in ipairs(rows) do largest = math.max(largest, row.count) end
  return section("Skipped", grid("Items skipped, by code", {
    {"code", code_cell},
    {"count", function(row) return text.grouped(row.count) end, "number"},
    {"", function(row) return picture.bar(row.count, largest, "withdrawn") end, "drawn"},
    {"", function(row)
      local known = words.skips[row.code]
      if known then return (known:gsub("`", "")) end
      return row.example and "for example " .. names.short_id(row.example) or ""
    end, "why"},
  }, rows))
end

-- Who, with what code, and why.
local function trouble(row)
  return markup([[<b>{name}</b> {place}{code}<small class="id">{id}</small><p>{why}</p>]], {
    name = name_of(row.customer_name or row.name or row.customer or row.id), code = code_cell(row),
    place = row.step and markup("{step} ", {step = row.step}) or nothing,
    id = row.step and names.short_id(row.label or row.item) or row.id, why = message_cell(row)})
end

local function troubled(model)
  local summary, parts = model.summary, {}
  for _, state in ipairs {"unreachable", "failed"} do
    local rows, count = summary[state], summary.customers[state] or 0
    if #rows > 0 then
      local title = words.counted(count, "customer") .. (state == "failed" and " failed" or " could not be reached")
      parts[#parts + 1] = section(title, told(each(rows, trouble)), and_more(#rows, count))
    end
  end
  local items = summary.failed_items
  if #items > 0 then
    local total = summary.failed_items_total or #items
    parts[#parts + 1] = section(words.counted(total, "item") .. " failed", told(each(items, trouble)),
      and_more(#items, total))
  end
  return joined(parts)
end

-- ---- the rest -------------------------------------------------------------------------------------------------------

local function size_of(value)
  return text.is_money(value) and tonumber(value.amount) or math.type(value) and value or 0
end

local function guards(model)
  if #model.summary.guards == 0 then return nothing end
  local function used(guard) return model.is_plan and guard.planned or guard.used end
  return section("Guards", grid("Limits of the run", {
    {"", function(guard) return guard.operation or "" end},
    {"guard", names.guard_kind},
    {model.is_plan and "planned" or "used", function(guard) return words.value(used(guard)) end, "number"},
    {"at most", function(guard) return words.value(guard.cap) end, "number"},
    {"", function(guard)
      local size, cap = size_of(used(guard)), size_of(guard.cap)
      return cap > 0 and picture.bar(size, cap, size >= NEAR * cap and "unknown" or "fill") or nothing
    end, "drawn"},
  }, model.summary.guards))
end

local function largest(model)
  if #model.largest == 0 then return nothing end
  return section("The largest", grid("The largest effects", effect_columns, model.largest))
end

local function asked(model)
  local parts = {}
  for i, group in ipairs(model.asked) do
    local title = words.asked_title(model, group)
    parts[i] = section(title, grid(title, effect_columns, group.effects), and_more(#group.effects, group.count))
  end
  return joined(parts)
end

local function every_effect(model, options)
  local count = #model.effects
  if count == 0 then return nothing end
  local rows = model.effects
  local most = options.effects and count or ROWS
  if count > most then rows = table.move(rows, 1, most, 1, {}) end
  return section("Every effect", markup([[<details><summary>{title}</summary>
{all}
{more}
</details>]], {
    title = words.counted(count, "effect"), all = grid("Every effect", effect_columns, rows),
    more = count > most and note(("The first %s are shown; `tenure report %s --effects` has all."):format(
      text.grouped(most), model.summary.run)) or nothing}))
end

local function footer(model, options)
  local summary, head = model.summary, model.head
  return markup([[
<footer><p>The worth of a refund is what Azure counts against its refund limit, and that of a purchase its price, both
in US dollars; of an exchange Azure tells none. What comes back, to the partner's account, and what has to be paid are
in the currency the customer is billed in. Amounts are those Azure reported, to the last digit.</p>
<p>Written {now} by tenure {version} from the ledger, whose audit chain then ended with event {number}: {head}.{plan}
</p></footer>]], {
    plan = summary.hash and markup(" The plan: {hash}.", {hash = code_of(summary.hash)}) or nothing,
    number = text.grouped(head.number), head = code_of(head.hash), now = times.anywhere(os.time()),
    version = options.version})
end

-- The only style sheet, named by its digest, so that no other would be obeyed.
local function policy(tools)
  local bytes = tools.digest(style):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)
  return ("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'"):format(pieces.base64(bytes))
end

return function(model, options, tools)
  return markup([[
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
]], {
    policy = policy(tools), style = pieces.trusted(style),
    title = ("%s, %s: %s"):format(model.summary.workflow, words.state(model), model.summary.run),
    body = joined {
      header(model), attention(model), figures(model), money_by_fate(model), currencies(model), customers(model),
      over_time(model), doubted(model), not_done(model), skipped(model), troubled(model), guards(model), largest(model),
      asked(model), every_effect(model, options), footer(model, options),
    }}).html
end
