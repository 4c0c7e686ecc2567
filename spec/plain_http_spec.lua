-- Plain HTTP: hosts that are none of Azure's are asked only where a permission names them, without a token; whatever is
-- no GET is an effect with plan, name and ledger like any other.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, name: Kowalski, currency: PLN, reservations: [{id: r1, name: web, worth: 200 USD}]}
]]

local function start(options)
  options = options or {}
  local simulator = testing.simulator {world = world, settle = 50, tls = options.tls}
  return simulator, support.env(simulator.env), simulator.url:match("//(.*)$")
end

-- A workflow of one step that runs this body of a script, with these permissions.
local function workflow(permissions, body, more)
  return support.folder {
    ["tell.yaml"] = ([[
tenure: 1
name: tell
permissions: [%s]
customers: {from: partner-center}
%s
steps:
  - id: tell
    run: tell.lua
]]):format(permissions, more or ""),
    ["tell.lua"] = 'local http = require "tenure.http"\nreturn function(ctx)\n' .. body .. "\nend\n",
  } .. "/tell.yaml"
end

local function run(env, file, ...)
  return testing.run {"run", file, "--yes", "--no-wait", "-o", "json", env = env, ...}
end

local function apply_of(env, file)
  local plan = support.json(testing.run {"plan", file, "-o", "json", env = env})
  local result = testing.run {"apply", plan.run, "--yes", "-o", "json", env = env}
  return support.json(result), plan, result
end

local function count(simulator, kind)
  local found = 0
  for _, effect in ipairs(simulator:effects()) do found = found + (effect.kind == kind and 1 or 0) end
  return found
end

local function page(simulator, name) return testing.http {url = simulator.url .. "/web/" .. name} end

describe("http.get", function()
  it("reads what is there, as text and as a table, without a plan where nothing else is permitted", function()
    local simulator <close>, env, host = start()
    testing.http {method = "PUT", url = simulator.url .. "/web/kowalski", body = '{"team": "emea", "seats": [3, 4]}'}
    testing.http {method = "PUT", url = simulator.url .. "/web/words", body = "all is well"}
    local file = workflow("http:get:" .. host, ([[
      local found = http.get("%s/web/kowalski", {parameters = {verbose = true, top = 5, name = "a b"}})
      local words = http.get{url = "%s/web/words"}
      assert(words.json == nil and words.status == 200)
      return {team = found.json.team, seats = found.json.seats[2], text = words.text, type = found.type}
    ]]):format(simulator.url, simulator.url))
    local result = run(env, file)
    assert.equal(0, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal("done", summary.state)
    local value = testing.run {
      "exec", support.folder {["a.lua"] = ([[
local http = require "tenure.http"
return function() return {team = http.get("%s/web/kowalski").json.team} end]]):format(simulator.url)} .. "/a.lua",
      "--http", "get:" .. host, "-o", "json", env = env,
    }
    assert.equal(0, value.code, value.stderr)
    assert.same({team = "emea"}, support.json(value).result)
  end)

  it("sends no token, and no header but our own", function()
    local simulator <close>, env = start()
    local seen
    local server <close> = testing.server(function(connection)
      seen = connection:read_request()
      connection:answer(200, "ok", {["Content-Type"] = "text/plain"})
    end)
    local file = workflow("http:get:" .. server.url:match("//(.*)$"), ([[
      return http.get("%s/x", {parameters = {["a&b"] = "c d"}}).text]]):format(server.url))
    local result = run(env, file)
    assert.equal(0, result.code, result.stderr)
    assert.equal("/x?a%26b=c%20d", seen.path)
    assert.is_nil(seen.headers.authorization)
    assert.is_truthy(seen.headers["x-ms-correlation-request-id"])
    assert.equal(0, #simulator:effects())
  end)

  it("raises what the host refuses, and follows no redirection", function()
    local _ <close>, env = start()
    local server <close> = testing.server(function(connection)
      for request in connection.read_request, connection do
        local gone = request.path == "/gone"
        connection:answer(gone and 404 or 302, "no such team", {Location = "http://127.0.0.1:1/elsewhere"})
      end
    end)
    local file = workflow("http:get:" .. server.url:match("//(.*)$"), ([[
      local fine, gone = pcall(http.get, "%s/gone")
      local _, moved = pcall(http.get, "%s/moved")
      assert(not fine)
      ctx.log(gone.code .. " " .. gone.status .. " " .. moved.code .. " " .. tostring(moved))
      return gone.code
    ]]):format(server.url, server.url))
    local result = testing.run {"run", file, "--yes", "-v", env = env}
    assert.equal(0, result.code, result.stderr)
    support.contains(result.stderr, "HTTP404 404 HTTP302")
    support.contains(result.stderr, "redirections are not followed")
  end)
end)

describe("a permission of plain HTTP", function()
  it("is needed for each host, and http:get:HOST lets nothing be changed", function()
    local simulator <close>, env, host = start()
    local function refused(permissions, body)
      local result = run(env, workflow(permissions, body:format(simulator.url)))
      assert.equal(3, result.code, result.stderr)
      return result.stdout
    end
    local get, post = 'http.get("%s/web/x")', 'http.post("%s/web/x", {once = "x", text = "x"})'
    support.contains(refused("reservations:list", get), "add http:" .. host .. " to its permissions")
    support.contains(refused("http:get:other.example", get), "add http:" .. host .. " to its permissions")
    support.contains(refused("http:127.0.0.1:1", get), "add http:" .. host .. " to its permissions")
    support.contains(refused("http:get:" .. host, post), "add http:" .. host .. " to its permissions")
    assert.equal(0, #simulator:effects())
    assert.is_nil(simulator:state().requests["http.get"])
  end)

  it("names a host, or is shown where it does not", function()
    local _ <close>, env = start()
    for permission, said in pairs {
      ["http:get"] = "'http:get' names no host", ["http:post"] = "'http:post' names no host",
      ["http:a.b/c"] = "'a.b/c' does not name a host", ["http:me@a.b"] = "'me@a.b' does not name a host",
      ["http:get:a b"] = "'get:a b' does not name a host", ["'http:'"] = "'' does not name a host",
      ["http:a.b, http:A.b"] = "'http:A.b' is listed twice",
    } do
      local result = testing.run {"check", workflow(permission, "return nil"), env = env}
      assert.equal(2, result.code, permission)
      support.contains(result.stdout .. result.stderr, said)
    end
    local described = testing.run {"describe", workflow("http:get:a.b, http:c.d:8443", "return nil"), env = env}
    assert.equal(0, described.code, described.stderr)
    support.contains(described.stdout, "http:get:a.b")
    assert.is_truthy(described.stdout:find("http:c.d:8443 +changes something"), described.stdout)
  end)
end)

describe("whatever is no GET", function()
  local post = [[
    local told = http.post("%s/web/hook", {
      once = "tell " .. ctx.customer.id,
      json = {text = "hello " .. ctx.customer.name, list = {1, 2}, worth = tenure_money},
    })
    return told.state]]

  it("is planned with what it sends, sent once, and told by the books", function()
    local simulator <close>, env, host = start()
    local file = workflow("http:" .. host, 'local tenure_money = require "tenure.money"("1.50", "EUR")\n' ..
      post:format(simulator.url), "guards: {post: {count: 1}}")
    local summary, plan = apply_of(env, file)
    assert.equal(1, plan.effects.planned)
    local shown = testing.run {"show", plan.run, env = env}.stdout
    support.contains(shown, "post")
    assert.equal(1, summary.effects.succeeded)
    assert.equal(1, count(simulator, "post"))
    local body = testing.json.decode(page(simulator, "hook").body)
    assert.same({text = "hello Kowalski", list = {1, 2}, worth = {amount = "1.50", currency = "EUR"}}, body)
    local why = testing.run {"why", plan.run, "kowalski", env = env}.stdout
    support.contains(why:gsub("%s+", " "), "hello Kowalski")
    local again = apply_of(env, file) -- the name is used up
    assert.equal(1, again.effects.refused)
    assert.equal(1, count(simulator, "post"))
  end)

  it("keeps the key of a web hook's address out of the ledger and whatever is shown", function()
    local simulator <close>, env, host = start()
    local folder = workflow("http:" .. host, ([[
      local key = "sig=" .. ("kanarie"):rep(3)
      return http.post("%s/web/hook?" .. key, {once = "x", json = {a = 1}}).state]]):format(simulator.url))
    local summary, plan, result = apply_of(env, folder)
    assert.equal(1, summary.effects.succeeded, result.stderr)
    local why = testing.run {"why", plan.run, "kowalski", env = env}.stdout
    support.contains(why:gsub("%s+", " "), "/web/hook?sig=[redacted]")
    local state = env.XDG_STATE_HOME
    local kept = testing.run {command = "/bin/grep", "-rlc", "kanariekanarie", state, env = env}
    assert.equal(1, kept.code, kept.stdout)
  end)

  it("stays unknown where nobody knows whether a POST arrived, and is repeated where it is a PUT", function()
    for method, ending in pairs {post = {6, "unknown", 1}, put = {0, "succeeded", 2}} do
      local simulator <close>, env, host = start()
      simulator:faults {drop = {next = 1, on = method}}
      local file = workflow("http:" .. host, ([[
        return http.%s("%s/web/x", {once = "x", text = "one\ntwo"}).state]]):format(method, simulator.url))
      local summary, _, result = apply_of(env, file)
      assert.equal(ending[1], result.code, result.stderr)
      assert.equal(1, summary.effects[ending[2]])
      local left = testing.run {"settle", summary.run, "-o", "json", env = env}.stdout
      assert.equal(ending[2] == "unknown", left:find("nothing shows whether", 1, true) ~= nil, left)
      assert.equal(ending[3], count(simulator, method))
      support.contains(page(simulator, "x").body, "one\ntwo")
    end
  end)

  it("is done where what it takes away is gone already, and failed where it is refused", function()
    local simulator <close>, env, host = start()
    testing.http {method = "PUT", url = simulator.url .. "/web/x", body = "x"}
    local file = workflow("http:" .. host, ([[
      local a = http.delete("%s/web/x", {once = "first"})
      local b = http.delete("%s/web/x", {once = "second"})
      local c = http.patch("%s/nowhere", {once = "third", json = {}})
      return a.ok and b.ok and c.state]]):format(simulator.url, simulator.url, simulator.url))
    local summary, _, result = apply_of(env, file)
    assert.equal(2, summary.effects.succeeded, result.stderr)
    assert.equal(1, summary.effects.failed)
    assert.equal(1, count(simulator, "delete"))
  end)

  it("can build on what an earlier step's effect said, and shows the script what was answered", function()
    local simulator <close>, env, host = start()
    local folder = support.folder {
      ["two.yaml"] = ([[
tenure: 1
name: two
permissions: ["http:%s"]
customers: {from: partner-center}
steps:
  - {id: first, run: first.lua}
  - {id: second, follows: first, run: second.lua}
]]):format(host),
      ["first.lua"] = ([[
local http = require "tenure.http"
return function() return http.post("%s/web/a", {once = "a", json = {n = 1}}) end]]):format(simulator.url),
      ["second.lua"] = ([[
local http = require "tenure.http"
return function(ctx)
  local answer = ctx.steps.first[1].value.answer
  return http.put("%s/web/b", {once = "b", json = {said = answer.text}})
end]]):format(simulator.url),
    }
    local summary, _, result = apply_of(env, folder .. "/two.yaml")
    assert.equal(2, summary.effects.succeeded, result.stderr)
    assert.equal('{"said":"ok"}', page(simulator, "b").body)
  end)
end)

describe("arguments of plain HTTP", function()
  it("are refused before anything is asked, with what they take", function()
    local simulator <close>, env, host = start()
    local function said(body)
      local result = run(env, workflow("http:" .. host .. ", http:a.example", body))
      return result.stdout .. result.stderr
    end
    local base = simulator.url
    for body, words in pairs {
      ['http.get("http://a.example/x")'] = "would be asked without TLS: write https",
      ['http.get("a.example/x y")'] = "is not an address",
      ['http.get("' .. base .. '/x#y")'] = "has no fragment",
      ['http.get("https://me:secret@a.example/")'] = "is not an address",
      ['http.get("' .. base .. '/x", {parameters = {a = {}}})'] = "names with texts, numbers, true or false",
      ['http.get("' .. base .. '/x", {headers = {}})'] = "there is no option 'headers'",
      ['http.post("' .. base .. '/x", {json = {}})'] = "give this effect a name",
      ['http.post("' .. base .. '/x", {once = "x", json = {}, text = "x"})'] = "give either json or text",
      ['http.post("' .. base .. '/x", {once = "x", json = 5})'] = "json takes a table of plain data, or JSON",
      ['http.post("' .. base .. '/x", {once = "x", json = "{"})'] = "takes a table, or the JSON of one",
      ['http.post("' .. base .. '/x", {once = "x", json = {c = ctx.customer}})'] = "not the customer itself",
    } do
      support.contains(said(body), words)
    end
    assert.equal(0, #simulator:effects())
  end)
end)

describe("tenure call", function()
  it("asks any host that it is told, and plans what changes something", function()
    local simulator <close>, env = start()
    local posted = testing.run {
      "call", "http.post", simulator.url .. "/web/x", "--json", '{"a": 1}', "--once", "x", "--yes", env = env,
    }
    assert.equal(0, posted.code, posted.stderr)
    local got = testing.run {"call", "http.get", simulator.url .. "/web/x", "-o", "json", env = env}
    assert.equal(0, got.code, got.stderr)
    assert.same({a = 1}, testing.json.decode(got.stdout).json)
    assert.equal(1, count(simulator, "post"))
  end)
end)

describe("a script that runs without a workflow", function()
  it("asks only the hosts that are named beside it", function()
    local simulator <close>, env, host = start()
    local file = support.folder {["a.lua"] = ([[
local http = require "tenure.http"
return function() return http.get("%s/web/x").text end]]):format(simulator.url)} .. "/a.lua"
    testing.http {method = "PUT", url = simulator.url .. "/web/x", body = "there"}
    local refused = testing.run {"exec", file, env = env}
    assert.equal(3, refused.code, refused.stderr)
    support.contains(refused.stderr .. refused.stdout, "http:" .. host)
    local fine = testing.run {"exec", file, "--http", host, "-o", "json", env = env}
    assert.equal(0, fine.code, fine.stderr)
    support.contains(fine.stdout, "there")
    local wrong = testing.run {"exec", file, "--http", "a/b", env = env}
    assert.equal(2, wrong.code, wrong.stderr)
  end)
end)

describe("a host of plain HTTP that cannot be reached", function()
  it("fails who asked for it, and not the run", function()
    local simulator <close>, env = start()
    local file = workflow("http:get:127.0.0.1:1", 'return http.get("http://127.0.0.1:1/x").text')
    local result = testing.run {"run", file, "--yes", "-o", "json", env = env, timeout_ms = 120000}
    assert.equal(3, result.code, result.stderr)
    local summary = support.json(result)
    assert.equal("done", summary.state)
    assert.equal(1, summary.failed_items_total)
    assert.equal(0, #simulator:effects())
  end)
end)
