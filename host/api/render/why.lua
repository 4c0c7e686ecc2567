-- The page that `tenure why` shows a person: what was quoted, decided, sent and answered, about one customer,
-- reservation or effect. page(data, options) -> text.

local asks = require "render.asks"
local cells = require "render.cells"
local names = require "render.names"
local new_page = require "render.page"
local put_lines = require "render.lines".put
local text = require "render.text"

local cell, money, plain = cells.shown, text.money, text.plain

-- The members of an object as "name value, name value"; what says nothing is left out.
local function listed(object, members)
  local parts = {}
  for _, name in ipairs(members) do
    local value = object[name]
    if value ~= nil and value ~= "" then parts[#parts + 1] = name .. " " .. cell(value) end
  end
  return table.concat(parts, ", ")
end

-- What the service calls an amount: {currencyCode, amount} or ours.
local function amount(value)
  if type(value) ~= "table" or value.amount == nil then return nil end
  return money {amount = value.amount, currency = value.currency or value.currencyCode or ""}
end

local function quoted(quote)
  local properties = type(quote) == "table" and quote.properties or nil
  if type(properties) ~= "table" then return nil end
  local policy = properties.policyResult and properties.policyResult.properties or {}
  local parts = {}
  local function add(name, value) parts[#parts + 1] = value and name .. " " .. value or nil end
  add("back", amount(properties.billingRefundAmount))
  add("worth", amount(properties.pricingRefundAmount))
  add("refund limit", amount(policy.maxRefundLimit))
  add("of it used", amount(policy.consumedRefundsTotal))
  for _, refusal in ipairs(policy.policyErrors or {}) do add("refused:", plain(refusal.code)) end
  return table.concat(parts, ", ")
end

local function put_customers(page, data)
  for _, customer in ipairs(data.customers) do
    page:section("Customer " .. plain(customer.name ~= "" and customer.name or customer.domain or customer.id))
    local rows = {{"id", plain(customer.id)}}
    if customer.domain and customer.domain ~= "" then rows[2] = {"domain", plain(customer.domain)} end
    for _, pass in ipairs {"plan", "apply"} do
      local state = customer[pass .. "_state"]
      if state then
        local code, message = customer[pass .. "_code"], customer[pass .. "_message"]
        rows[#rows + 1] = {pass, plain(state) .. (code and " (" .. plain(code) .. ")" or "") ..
                           (message and ": " .. plain(message) or "")}
      end
    end
    page:rows(rows)
  end
end

local function put_items(page, data)
  if #data.items == 0 then return end
  page:section("Items")
  local rows, notes = {}, {}
  for i, item in ipairs(data.items) do
    rows[i] = {plain(item.pass), plain(item.step), plain(names.short_id(item.label or item.item)), plain(item.state),
               plain(item.code or "")}
    notes[i] = plain(item.detail or "")
  end
  page:rows(rows, {}, notes)
end

-- The ids that the service gave what was made: a cart's, or those of the orders it became.
local function answered(outcome)
  if type(outcome) ~= "table" then return nil end
  local ids = {outcome.id}
  for _, order in ipairs(type(outcome.orders) == "table" and outcome.orders or {}) do ids[#ids + 1] = order.id end
  for i, id in ipairs(ids) do ids[i] = plain(names.short_id(tostring(id))) end
  return table.concat(ids, ", ")
end

local function put_effect(page, entry, portal)
  local effect = entry.effect
  page:section(("%s %s: %s"):format(plain(effect.operation), plain(names.subject(effect)), plain(effect.state)))
  local rows = {}
  local function add(name, value)
    if value and value ~= "" then rows[#rows + 1] = {name, value} end
  end
  add("customer", plain(names.customer(effect) or ""))
  add("planned", effect.planned and listed(effect.planned, {"back", "pay", "worth"}))
  local done = effect.state == "partial" or effect.state == "succeeded"
  add("really", effect.actual and listed(effect.actual, {"back", "pay", "worth"}) or
      done and effect.planned and "not known: nobody told the amounts")
  add("why", (effect.code and plain(effect.code) or "") .. (effect.message and ": " .. plain(effect.message) or ""))
  add("evidence", effect.evidence and plain(effect.evidence))
  add("quoted", quoted(entry.quote))
  add("asked by", effect.place and plain(effect.place))
  add("asked", plain(asks(effect)))
  add("quote", entry.quote and type(entry.request) == "table" and listed(entry.request, {"quantity", "session"}))
  add("answered", answered(entry.outcome))
  add("attempts", effect.attempt and effect.attempt > 0 and tostring(effect.attempt))
  add("times", listed(effect, {"planned_at", "intended_at", "probed_at", "changed_at"}):gsub("_at", ""))
  add("correlation", effect.correlation and plain(effect.correlation))
  add("request id", effect.request_id and plain(effect.request_id))
  add("portal", names.portal(effect.subject, portal))
  add("effect", plain(effect.key))
  page:rows(rows)
end

-- The body of an event without what its line says already.
local function event_text(event)
  if type(event.body) ~= "table" then return plain(tostring(event.body)) end
  local members = {}
  for name in pairs(event.body) do
    if name ~= "state" and name ~= "from" then members[#members + 1] = name end
  end
  table.sort(members)
  return listed(event.body, members)
end

local function put_events(page, data)
  if #data.events == 0 then return end
  page:section("What happened, in order")
  local rows, notes = {}, {}
  for i, event in ipairs(data.events) do
    local state = type(event.body) == "table" and event.body.state
    rows[i] = {cell(event.at), plain(state or event.kind), event.effect and plain(event.effect):sub(1, 12) or ""}
    notes[i] = event_text(event)
  end
  page:rows(rows, {}, notes)
end

local function put_approvals(page, data)
  if #data.approvals == 0 then return end
  page:section("Approvals of the run")
  local rows, notes = {}, {}
  for i, approval in ipairs(data.approvals) do
    rows[i] = {cell(approval.at), plain(approval.actor), tostring(approval.effects) .. " effects"}
    notes[i] = plain(approval.reason or "")
  end
  page:rows(rows, {}, notes)
end

return function(data, options)
  local page = new_page(options)
  page:line(page:bold(plain(data.run)) .. ("  %s %s"):format(plain(data.about), plain(data.id)))
  put_customers(page, data)
  put_items(page, data)
  for _, entry in ipairs(data.effects) do
    put_effect(page, entry, data.portal)
    local lines = data.lines and data.lines[entry.effect.key]
    if lines then put_lines(page, lines) end
  end
  put_approvals(page, data)
  put_events(page, data)
  return page:text()
end
