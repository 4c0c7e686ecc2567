-- What a report is about: the ledger's summary, and what follows from its effects taken one by one: sums per customer,
-- per reason and over time, and what needs a person. All formats are written from this.
--
-- Money that comes back and money to pay are never in one sum, nor is what they are worth: a refund's worth is what
-- Azure counts against its limit, a purchase's is its price. Of exchanges nobody tells a worth; they are in `rest`.

local amounts_of = require "render.amounts"
local names = require "render.names"
local new_sums = require "render.sums"
local times = require "render.times"

-- What became of an effect, as far as money goes.
local fates = {
  planned = "waiting", approved = "waiting", intended = "waiting", accepted = "done", succeeded = "done",
  partial = "done", failed = "failed", unknown = "unknown", refused = "refused", withdrawn = "withdrawn",
}

local Model = {}
Model.__index = Model

-- ---- one effect -----------------------------------------------------------------------------------------------------

-- How many there were before: as the reservation stood just before the effect was sent, or else in the plan.
local function quantity_before(row)
  local id = names.short_id(row.effect.subject):lower()
  for _, seen in ipairs(row.snapshot and row.snapshot.reservations or {}) do
    if names.short_id(seen.id):lower() == id then return math.tointeger(seen.quantity) end
  end
  local raw = row.item and type(row.item) == "table" and row.item.raw
  if type(raw) ~= "table" or names.short_id(raw.id):lower() ~= id then return nil end
  return math.tointeger(type(raw.properties) == "table" and raw.properties.quantity)
end

-- An effect as it is told, from the ledger's row {effect, pays, lines, snapshot or item}. portal: of the run's cloud.
function Model.complete(row, portal)
  local effect = row.effect
  effect.portal = names.portal(effect.subject, portal)
  effect.before = quantity_before(row)
  if effect.before and effect.quantity and effect.quantity <= effect.before then
    effect.after = effect.before - effect.quantity
  end
  effect.fate = fates[effect.state] or "waiting"
  effect.lines = row.lines
  effect.pays = row.pays -- its operation has to be paid, whether or not anybody told how much
  return effect
end

-- ---- sums -----------------------------------------------------------------------------------------------------------

-- count effects: what comes back, what has to be paid; what the former is worth, and the latter (bought); rest: those
-- whose worth nobody told.
local function new_group(fields)
  fields.count, fields.back, fields.pay, fields.worth, fields.bought = 0, new_sums(), new_sums(), new_sums(), new_sums()
  fields.rest = {count = 0, back = new_sums(), pay = new_sums()}
  return fields
end

local function add_to(group, effect, amounts)
  group.count = group.count + 1
  group.back:add(amounts.back)
  group.pay:add(amounts.pay)
  if amounts.worth then
    group[effect.pays and "bought" or "worth"]:add(amounts.worth)
  elseif amounts.back or amounts.pay then
    group.rest.count = group.rest.count + 1
    group.rest.back:add(amounts.back)
    group.rest.pay:add(amounts.pay)
  end
end

-- What was quoted, done, and then told by nobody: no sum has it.
local function count_untold(untold, effect)
  local amounts = amounts_of(effect)
  for _, name in ipairs {"back", "pay"} do
    if effect.planned and effect.planned[name] and not amounts[name] then untold[name] = untold[name] + 1 end
  end
end

local function find_group(index, list, key, fields)
  local group = index[key]
  if not group then
    group = new_group(fields)
    index[key], list[#list + 1] = group, group
  end
  return group
end

local function add_to_customer(self, effect, counts)
  local customer = find_group(self.customer_index, self.customers, effect.customer,
    {id = effect.customer, name = effect.customer_name, effects = 0, fates = {}})
  customer.effects = customer.effects + 1
  customer.fates[effect.fate] = (customer.fates[effect.fate] or 0) + 1
  if counts then add_to(customer, effect, amounts_of(effect)) end
end

local function add_to_reason(self, effect)
  local code = effect.code or effect.state
  local reason = find_group(self.reason_index, self.reasons, effect.fate .. " " .. code,
    {fate = effect.fate, code = code, example = effect.message})
  add_to(reason, effect, effect.planned or {})
end

function Model:add(row)
  local effect = Model.complete(row, self.portal)
  local counts = effect.fate == "done"
  if self.is_plan then counts = effect.state == "planned" or effect.state == "approved" end
  self.pays = self.pays or effect.pays or false
  add_to_customer(self, effect, counts)
  add_to(find_group(self.fate_index, self.fates, effect.fate, {fate = effect.fate}), effect, amounts_of(effect))
  if counts then
    add_to(self.total, effect, amounts_of(effect))
    count_untold(self.untold, effect)
    local amounts = amounts_of(effect)
    if amounts.back and amounts.pay then self.nets = true end
    self.total_quantity = self.total_quantity + (effect.quantity or 0)
    local seconds = times.seconds(effect.changed_at)
    if effect.fate == "done" and seconds then
      self.moments[#self.moments + 1] = {seconds = seconds, pays = effect.pays, worth = amounts_of(effect).worth}
    end
  elseif effect.fate ~= "waiting" then
    add_to_reason(self, effect)
  end
  if effect.state == "unknown" or effect.state == "partial" then self.open[#self.open + 1] = effect end
  self.effects[#self.effects + 1] = effect
end

-- ---- all together ---------------------------------------------------------------------------------------------------

local function size_of(group) return math.max(group.worth:size(), group.bought:size()) end

local function larger_first(a, b)
  local x, y = size_of(a), size_of(b)
  if x ~= y then return x > y end
  if a.count ~= b.count then return a.count > b.count end
  return (a.name or a.id or a.code) < (b.name or b.id or b.code)
end

-- What the summary shows of the effects, as the effects they are here: its largest, and the first of each operation
-- that moves no money.
local function find_shown(model)
  local by_key = {}
  for _, effect in ipairs(model.effects) do by_key[effect.key] = effect end
  local function known(effects)
    local found = {}
    for i, effect in ipairs(effects) do found[i] = by_key[effect.key] or effect end
    return found
  end
  model.largest, model.asked = known(model.summary.largest), {}
  for i, group in ipairs(model.summary.asked) do
    model.asked[i] = {operation = group.operation, count = group.count, effects = known(group.effects)}
  end
end

-- Approvals are events; what was said stands in their bodies.
local function read_approvals(events)
  local approvals = {}
  for i, event in ipairs(events) do
    local said = event.body
    approvals[i] = {
      at = event.at, actor = said.actor, effects = said.effects or 0, reason = said.reason, hash = said.hash,
    }
  end
  return approvals
end

-- facts: {summary, request, portal, approvals, head, next_effect}
local function new_model(facts)
  local summary = facts.summary
  local model = setmetatable({
    summary = summary,
    inputs = facts.request.inputs or {},
    portal = facts.portal,
    approvals = read_approvals(facts.approvals),
    head = facts.head, -- of the audit chain
    is_plan = summary.state == "planning" or summary.state == "planned",
    total = new_group {},
    pays = false, -- some effect has to be paid
    nets = false, -- of some effect what has to be paid is what is left after what comes back: of an exchange
    untold = {back = 0, pay = 0}, -- effects
    total_quantity = 0,
    customers = {}, customer_index = {},
    reasons = {}, reason_index = {},
    fates = {}, fate_index = {},
    moments = {}, -- when money moved
    open = {},    -- effects that need a person
    effects = {},
  }, Model)
  for row in facts.next_effect do model:add(row) end
  find_shown(model)
  table.sort(model.customers, larger_first)
  table.sort(model.reasons, larger_first)
  table.sort(model.moments, function(a, b) return a.seconds < b.seconds end)
  return model
end

return {new = new_model, complete = Model.complete}
