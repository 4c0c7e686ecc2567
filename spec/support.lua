-- What several specs share: folders of files, an environment that touches nobody's ledger, answers as data.
local testing = require "tenure.testing"

local support = {}

-- Where the project lies, for the stock workflows and scripts.
support.root = debug.getinfo(1, "S").source:match("^@(.*)/spec/support%.lua$") or "."

-- A fresh folder with these files ({["refund.yaml"] = "…", ["scripts/refund.lua"] = "…"}); its path.
function support.folder(files)
  local folder = testing.directory()
  for name, text in pairs(files or {}) do
    testing.write(folder .. "/" .. name, text)
  end
  return folder
end

-- Variables for commands: every XDG folder is a fresh one, credentials are only those given (a simulator's env).
function support.env(variables)
  local home = testing.directory()
  local env = {
    HOME = home,
    XDG_CONFIG_HOME = home .. "/config",
    XDG_STATE_HOME = home .. "/state",
    XDG_CACHE_HOME = home .. "/cache",
    XDG_DATA_HOME = home .. "/data",
    AZURE_TENANT_ID = false,
    AZURE_CLIENT_ID = false,
    AZURE_CLIENT_SECRET = false,
    TENURE_CLOUD = false,
    NO_COLOR = "1",
  }
  for name, value in pairs(variables or {}) do
    env[name] = value
  end
  return env
end

-- What a command printed with `-o json`.
function support.json(result)
  return testing.json.decode(result.stdout)
end

-- The books of a simulator: how many effects of a kind it made, and their sums by currency in cents, so that they add up
-- exactly ({count = 3, cents = {EUR = 120450}}).
function support.books(simulator, kind)
  local books = {count = 0, cents = {}}
  for _, effect in ipairs(simulator:effects()) do
    if effect.kind == kind then
      books.count = books.count + 1
      books.cents[effect.currency] = (books.cents[effect.currency] or 0) + support.cents(effect.amount)
    end
  end
  return books
end

-- "1204.50" → 120450. Whole cents only: what has more places is an error.
function support.cents(amount)
  local whole, part = amount:match("^(%d+)%.(%d%d)$")
  assert(whole, "not an amount in whole cents: " .. tostring(amount))
  return tonumber(whole) * 100 + tonumber(part)
end

-- A totals object ({EUR = "1204.50"}) in cents.
function support.total_cents(totals)
  local cents = {}
  for currency, amount in pairs(totals or {}) do
    cents[currency] = support.cents(amount)
  end
  return cents
end

-- A workflow folder with one step that refunds whatever its `when` lets through; parts replaces lines of it.
function support.workflow(parts)
  parts = parts or {}
  return support.folder {
    ["refund.yaml"] = ([[
tenure: 1
name: refund
permissions: [reservations:list, reservations:get, reservations:quote_refund, reservations:refund]
customers: CUSTOMERS
guards:
  refund: GUARD
steps:
  - id: refund
    each: EACH
    when: WHEN
    run: scripts/refund.lua
]]):gsub("%u%u%u%u+", {
      CUSTOMERS = parts.customers or "{from: partner-center}",
      GUARD = parts.guard or "{count: 100000, worth: 100000000 USD}",
      EACH = parts.each or 'reservations.list{state = "Succeeded"}',
      WHEN = parts.when or "item.can.refund",
    }),
    ["scripts/refund.lua"] = parts.script or [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  return reservations.refund(quote, {reason = "spec"})
end
]],
  }
end

-- Looks again and again until check() gives something true, and returns that; raises after the time limit.
function support.eventually(check, timeout_ms)
  for _ = 1, (timeout_ms or 20000) / 10 do
    local found = check()
    if found then
      return found
    end
    testing.sleep(10)
  end
  error("it did not come to that in time", 2)
end

return support
