-- What several specs share: folders of files, an environment that touches nobody's ledger, answers as data.
local assert = require "luassert"
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
    TENURE_REFRESH_TOKEN = false,
    TENURE_REFRESH_TOKEN_FILE = false,
    TENURE_CLOUD = false,
    NO_COLOR = "1",
  }
  for name, value in pairs(variables or {}) do
    env[name] = value
  end
  return env
end

-- A server before a simulator, its env to reach it by. answer_to(request, nth, pass) says what is answered to the nth
-- request of its connection: what pass() brings from the simulator, changed or not, or {status, body, location}; bytes
-- that are written as they are before the connection is closed; or nil to close it at once.
function support.between(simulator, answer_to)
  local server = testing.server(function(connection)
    local nth = 0
    for request in connection.read_request, connection do
      nth = nth + 1
      local answer = answer_to(request, nth, function()
        return testing.http {
          method = request.method, url = simulator.url .. request.path,
          headers = {
            authorization = request.headers.authorization, ["content-type"] = request.headers["content-type"],
          },
          body = #request.body > 0 and request.body or nil,
        }
      end)
      if type(answer) ~= "table" then
        if answer then
          connection:write(answer)
        end
        connection:close()
        return
      end
      connection:answer(answer.status, answer.body, {["Content-Type"] = "application/json", Location = answer.location})
    end
  end)
  server.env = support.env(simulator.env)
  for name, value in pairs(server.env) do
    server.env[name] = value == simulator.url and server.url or value
  end
  return server
end

-- The tenure command for a shell: the program that runs this spec.
function support.command()
  local parent = testing.run({command = "/bin/sh", "-c", "readlink /proc/$PPID/exe"}).stdout
  return "'" .. parent:gsub("%s+$", "") .. "'"
end

-- The command under a terminal of its own, with what a person types there. Its output is all in stdout.
function support.at_terminal(env, words, typed)
  local command = support.command() .. " " .. words
  return testing.run {command = "/usr/bin/script", "-qec", command, "/dev/null", env = env, stdin = typed}
end

-- What a command printed with `-o json`.
function support.json(result)
  return testing.json.decode(result.stdout)
end

-- A token of the simulator's for a tenant, as the login service gives it; form replaces or adds fields of the request.
function support.token(simulator, tenant, form)
  local fields, pairs_of = {
    grant_type = "client_credentials", scope = simulator.url .. "/.default",
    client_id = simulator.env.AZURE_CLIENT_ID, client_secret = simulator.env.AZURE_CLIENT_SECRET,
  }, {}
  for name, value in pairs(form or {}) do
    fields[name] = value
  end
  for name, value in pairs(fields) do
    pairs_of[#pairs_of + 1] = name .. "=" .. support.escape(value)
  end
  return testing.http {
    url = simulator.url .. "/" .. tenant .. "/oauth2/v2.0/token", method = "POST",
    body = table.concat(pairs_of, "&"),
  }
end

-- Raw requests to Partner Center: function(method, path, body, headers) -> answer. form as in support.token.
function support.partner(simulator, form)
  local token = support.token(simulator, simulator.tenant, form).json.access_token
  return function(method, path, body, headers)
    local sent = {Authorization = "Bearer " .. token}
    for name, value in pairs(headers or {}) do
      sent[name] = value
    end
    return testing.http {url = simulator.url .. path, method = method, headers = sent, json = body}
  end
end

-- The effects of a kind that a simulator made, in order.
function support.effects(simulator, kind)
  local found = {}
  for _, effect in ipairs(simulator:effects()) do
    found[#found + 1] = effect.kind == kind and effect or nil
  end
  return found
end

-- The books of a simulator: how many effects of a kind it made, and their sums by currency in cents, so that they add
-- up exactly ({count = 3, cents = {EUR = 120450}}).
function support.books(simulator, kind)
  local effects = support.effects(simulator, kind)
  local books = {count = #effects, cents = {}}
  for _, effect in ipairs(effects) do
    books.cents[effect.currency] = (books.cents[effect.currency] or 0) + support.cents(effect.amount)
  end
  return books
end

-- "1204.50" → 120450. Whole cents only: what has more places is an error.
function support.cents(amount)
  local whole, part = amount:match("^(%d+)%.(%d%d)$")
  assert(whole, "not an amount in whole cents: " .. tostring(amount))
  return tonumber(whole) * 100 + tonumber(part)
end

-- What a run's summary says was refunded is what the simulator's books say. Returns how many that were.
function support.assert_equals_books(summary, simulator)
  local books = support.books(simulator, "refund")
  local effects = summary.effects
  assert.equal(books.count, effects.accepted + effects.succeeded + effects.partial)
  assert.same(books.cents, support.total_cents(summary.totals.refund))
  return books.count
end

-- A totals object ({EUR = "1204.50"}) in cents.
function support.total_cents(totals)
  local cents = {}
  for currency, amount in pairs(totals or {}) do
    cents[currency] = support.cents(amount)
  end
  return cents
end

-- A workflow folder with one step that refunds whatever its `when` lets through; parts replaces lines of it. more goes
-- below the step: keys of it, indented by four, or of the workflow. files are laid beside it.
function support.workflow(parts)
  parts = parts or {}
  local folder = support.folder {
    ["refund.yaml"] = ([[
tenure: 1
name: refund
permissions: PERMISSIONS
customers: CUSTOMERS
guards:
  refund: GUARD
steps:
  - id: refund
    each: EACH
    when: WHEN
    run: scripts/refund.lua
]]):gsub("%u%u%u%u+", {
      PERMISSIONS = parts.permissions or
        "[reservations:list, reservations:get, reservations:quote_refund, reservations:refund]",
      CUSTOMERS = parts.customers or "{from: partner-center}",
      GUARD = parts.guard or "{count: 100000, worth: 100000000 USD}",
      EACH = parts.each or 'reservations.list{state = "Succeeded"}',
      WHEN = parts.when or "item.can.refund",
    }) .. (parts.more or ""),
    ["scripts/refund.lua"] = parts.script or [[
local reservations = require "tenure.reservations"
return function(ctx)
  local quote = reservations.quote_refund(ctx.item)
  return reservations.refund(quote, {reason = "spec"})
end
]],
  }
  for name, text in pairs(parts.files or {}) do
    testing.write(folder .. "/" .. name, text)
  end
  return folder
end

-- A workflow of one step that does as the script says, over all customers; its file. permissions: a list in YAML; more:
-- keys of the workflow.
function support.one_step(name, permissions, each, script, more)
  return support.folder {
    [name .. ".yaml"] = ([[
tenure: 1
name: %s
permissions: [%s]
customers: {from: partner-center}
%ssteps: [{id: %s, each: "%s", run: %s.lua}]
]]):format(name, permissions, more or "", name, each, name),
    [name .. ".lua"] = script,
  } .. "/" .. name .. ".yaml"
end

-- Runs a command ("plan" or "run") of the workflow over a fresh world: its summary, what the books then say of refunds,
-- and the command's result, which has the log in it.
function support.over(world, command, folder, ...)
  local simulator <close> = testing.simulator {world = world, settle = 50}
  local env = support.env(simulator.env)
  local arguments = {command, folder .. "/refund.yaml", "-v", "-o", "json", env = env, ...}
  arguments[#arguments + 1] = command == "run" and "--yes" or nil
  local result = testing.run(arguments)
  assert(result.stdout ~= "", result.stderr)
  return support.json(result), support.books(simulator, "refund"), result
end

-- A script that runs, for an item of that name, the body of a row {name, body, …}, one on each line; after is its last
-- lines, what other items do. Returns it and the place of each body by name, as messages name it.
function support.bodies(rows, after)
  local lines = {'local reservations = require "tenure.reservations"', "local bodies, result = {}, nil"}
  local places = {}
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("bodies[%q] = function(ctx) %s end"):format(row[1], row[2])
    places[row[1]] = "scripts/refund.lua:" .. #lines .. ": "
  end
  lines[#lines + 1] = [[
return function(ctx)
  local body = bodies[ctx.item.name]
  if body then
    body(ctx)
    return result
  end]]
  lines[#lines + 1] = (after or "  return reservations.refund(reservations.quote_refund(ctx.item))") .. "\nend\n"
  return table.concat(lines, "\n"), places
end

-- What scripts said by ctx.log, in order: a list of {customer, step, text, fields}, text without the fields.
function support.said(result)
  local said = {}
  for _, line in ipairs(support.lines(result.stderr)) do
    local customer, step, text = line:match("^log: (%S+) (%S+): (.*)$")
    if customer then
      local plain, fields = text:match("^(.-) ({.*})$")
      fields = fields and testing.json.decode(fields)
      said[#said + 1] = {customer = customer, step = step, text = plain or text, fields = fields}
    end
  end
  return said
end

-- Fails unless text has part in it, word for word; shows both.
function support.contains(text, part)
  if not text:find(part, 1, true) then
    error(("%q is not in:\n%s"):format(part, text), 2)
  end
end

function support.contains_not(text, part)
  if text:find(part, 1, true) then
    error(("%q is in:\n%s"):format(part, text), 2)
  end
end

-- A caller of a simulator's ARM in the name of a customer (its id, domain, or id in the world file): a function(method,
-- path, body) that gives the answer. path may be the absolute URL of a next page or of an operation; api-version is
-- added where it says none. body is encoded.
function support.arm(simulator, customer)
  local tenant = customer
  for _, one in ipairs(simulator:world().customers) do
    tenant = one.name == customer and one.id or tenant
  end
  local granted = testing.http {
    url = ("%s/%s/oauth2/v2.0/token"):format(simulator.url, tenant),
    headers = {["Content-Type"] = "application/x-www-form-urlencoded"},
    body = ("grant_type=client_credentials&client_id=%s&client_secret=%s&scope=%s"):format(
      simulator.env.AZURE_CLIENT_ID, support.escape(simulator.env.AZURE_CLIENT_SECRET),
      support.escape(simulator.url .. "/.default")),
  }
  assert(granted.status == 200, granted.body)
  return function(method, path, body)
    local url = path:find("^http") and path or simulator.url .. path
    if not url:find("api-version=", 1, true) then
      url = url .. (url:find("?", 1, true) and "&" or "?") .. "api-version=2022-11-01"
    end
    local headers = {Authorization = "Bearer " .. granted.json.access_token}
    return testing.http {method = method, url = url, headers = headers, json = body}
  end
end

-- Text as part of a URL or a form.
function support.escape(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- The lines of a text, without their ends.
function support.lines(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

-- Cells of a CSV text: rows as tables by the names in the first line, and these names in order.
function support.csv_rows(text)
  local rows, names = {}, nil
  for _, line in ipairs(support.lines(text)) do
    local cells, at = {}, 1
    line = line .. ","
    while at <= #line do
      local cell, past
      if line:sub(at, at) == '"' then
        local stop = at + 1
        while not line:match('^",', stop) or line:match('^""', stop) do
          stop = stop + (line:match('^""', stop) and 2 or 1)
        end
        cell, past = line:sub(at + 1, stop - 1):gsub('""', '"'), stop + 2
      else
        cell, past = line:match("^([^,]*),()", at)
      end
      cells[#cells + 1], at = cell, past
    end
    if names then
      local row = {}
      for i, name in ipairs(names) do
        row[name] = cells[i]
      end
      assert.equal(#names, #cells, line)
      rows[#rows + 1] = row
    else
      names = cells
    end
  end
  return rows, names
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
