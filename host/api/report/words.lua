-- What a run is called in sentences, the same in every format for people.

local amounts_of = require "render.amounts"
local asks = require "render.asks"
local names = require "render.names"
local pieces = require "report.pieces"
local text = require "render.text"

local CUT = 120 -- characters of a value that is asked for; the whole is in CSV and JSON

local words = {}

words.states = {
  planning = "being planned", planned = "planned", applying = "being applied", done = "done", stopped = "stopped",
  interrupted = "interrupted",
}

words.fates = {
  done = "carried out", waiting = "not yet", failed = "failed", unknown = "outcome unknown", refused = "refused",
  withdrawn = "withdrawn",
}

-- The order in which fates are told, and drawn.
words.fate_order = {"done", "waiting", "unknown", "failed", "refused", "withdrawn"}

-- What the host's own words for skipping mean; those of scripts are the scripts' own.
words.skips = {["not-selected"] = "not selected by the workflow's `when`"}

local nouns = {refund = "refund", exchange = "exchange"}

-- "1,204 customers", "1 customer"
function words.counted(count, noun) return text.counted(text.grouped(count), noun) end

-- "refund" where all effects are refunds, "effect" otherwise.
function words.noun(model)
  local operation
  for _, effect in ipairs(model.effects) do
    if operation and operation ~= effect.operation then return "effect" end
    operation = effect.operation
  end
  return nouns[operation] or "effect"
end

function words.state(model)
  return words.states[model.summary.state] or text.plain(model.summary.state)
end

-- How many customers the run came to, in all.
function words.customers(model)
  local count = 0
  for _, number in pairs(model.summary.customers) do count = count + number end
  return count
end

local function with_money(model)
  local count = 0
  for _, customer in ipairs(model.customers) do
    if customer.count > 0 then count = count + 1 end
  end
  return count
end

-- The first sentence: what a person who reads no further should know.
function words.lead(model)
  local summary, total = model.summary, model.total
  local effects, customers = words.counted(total.count, words.noun(model)), words.counted(with_money(model), "customer")
  if summary.state == "planning" then return "The plan is still being made. So far: " .. effects .. "." end
  if total.count == 0 then
    return model.is_plan and "Nothing was planned." or "Nothing was carried out."
  end
  if model.is_plan then return ("%s planned for %s. Nothing has changed yet."):format(effects, customers) end
  local so_far = summary.state == "done" and "" or " so far"
  return ("%s carried out for %s%s."):format(effects, customers, so_far)
end

-- What needs a person, in a sentence; nil: nothing.
function words.attention(model)
  local unknown, partial = model.summary.effects.unknown or 0, model.summary.effects.partial or 0
  local parts = {}
  if unknown > 0 then
    parts[#parts + 1] = ("%s unknown: it may have happened. Look at each in the portal before anything else."):format(
      unknown == 1 and "The outcome of 1 effect is" or ("The outcomes of %d effects are"):format(unknown))
  end
  if partial > 0 then
    parts[#parts + 1] = ("%s carried out only in part."):format(
      partial == 1 and "1 effect was" or ("%d effects were"):format(partial))
  end
  return #parts > 0 and table.concat(parts, " ") or nil
end

-- "4 → 3": how many there were and are; "1" where only that is known.
function words.quantity(effect)
  if effect.before and effect.after then return ("%d → %d"):format(effect.before, effect.after) end
  return ""
end

-- What an effect asks for, beside many others.
function words.asks(effect) return names.exchanged(effect) or asks(effect, CUT) end

-- What it is about: an exchange is about several things, which it asks for.
function words.product(effect)
  local name = effect.subject_name
  return name and name ~= "" and not names.exchanged(effect) and name or effect.operation
end

-- "Asked for, update: 3 effects"
function words.asked_title(model, group)
  return ("%s, %s: %s"):format(model.is_plan and "Asked for" or "Carried out", group.operation,
    words.counted(group.count, "effect"))
end

-- A cap, or what was used of it, as a person would write it.
function words.value(value)
  if value == nil then return "" end
  if text.is_money(value) then return text.money(value) end
  if type(value) == "table" then return words.counted(#value, "value") end
  return math.type(value) == "integer" and text.grouped(value) or tostring(value)
end

-- The sums of a list of money, one after the other: "12.00 EUR + 7.00 PLN".
function words.sums(sums)
  local parts = {}
  for i, money in ipairs(sums:list()) do parts[i] = text.money(money) end
  return table.concat(parts, " + ")
end

-- "comes back", "to pay": what its sums are called, as the run stands.
function words.moved(model, name)
  return (name == "back" and "comes back" or "to pay") .. (model.is_plan and ", planned" or "")
end

-- What is said of such sums, and behind it what one has to know of them: how exchanges count, and what is missing.
function words.with_notes(model, name, said)
  local parts = {said ~= "" and said or nil}
  if name == "pay" and model.nets then parts[#parts + 1] = "of exchanges what is left after what comes back" end
  local untold = model.untold[name]
  if untold > 0 then
    parts[#parts + 1] = ("of %s nobody told how much"):format(words.counted(untold, "effect"))
  end
  return table.concat(parts, "; ")
end

-- What an effect moves: "back 1,823.34 PLN, to pay 9,694.60 PLN".
function words.amounts(effect)
  local amounts, parts = amounts_of(effect), {}
  if amounts.back then parts[1] = "back " .. text.money(amounts.back) end
  if amounts.pay then parts[#parts + 1] = "to pay " .. text.money(amounts.pay) end
  if #parts == 0 and amounts.worth then parts[1] = "worth " .. text.money(amounts.worth) end
  return table.concat(parts, ", ")
end

-- What many come to, in few words: by worth, and what has none by what is billed.
function words.sizes(group)
  local parts = {}
  local function add(name, sums)
    local said = words.sums(sums)
    if said ~= "" then parts[#parts + 1] = name .. said end
  end
  add("worth ", group.worth)
  add("bought for ", group.bought)
  add("back ", group.rest.back)
  add("to pay ", group.rest.pay)
  return table.concat(parts, ", ")
end

-- The columns that have something to say about any of the rows. columns: {title, cell(row), …}
function words.filled(columns, rows)
  local some = {}
  for _, column in ipairs(columns) do
    for _, row in ipairs(rows) do
      local cell = column[2](row)
      if cell ~= "" and not pieces.is_nothing(cell) then
        some[#some + 1] = column
        break
      end
    end
  end
  return some
end

return words
