-- Acting as a user of the partner's: with which refresh token, where it comes from, and that it stays where it is.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: kowalski, currency: PLN, reservations: [{id: r1, order: o1, quantity: 3}]}
]]
local simulator, token

setup(function()
  simulator = testing.simulator {world = world}
  token = simulator.env.TENURE_REFRESH_TOKEN
end)

teardown(function() simulator:stop() end)

-- A simulator's environment, with these variables instead of its own.
local function with(variables)
  local env = support.env(simulator.env)
  for name, value in pairs(variables or {}) do
    env[name] = value
  end
  return env
end

local function look(env, operation)
  return testing.run {"call", operation or "partner.entitlements", "--customer", "kowalski", "-o", "json", env = env}
end

local function told(env, operation)
  local result = look(env, operation)
  assert.equal(0, result.code, result.stderr)
  return support.json(result)
end

local function refused(env, code)
  local result = look(env)
  assert.equal(code, result.code, result.stderr)
  support.contains_not(result.stderr, token)
  return result.stderr
end

describe("a refresh token", function()
  it("is what an operation for users is asked with, and no other one", function()
    assert.equal(3, told(with())[1].quantity)
    assert.same({}, told(with(), "partner.policies"))
    local asked = {}
    local server <close> = support.between(simulator, function(request, _, pass)
      if request.path:find("/oauth2/", 1, true) then
        asked[#asked + 1] = request.body:match("grant_type=([%l_]+)")
      end
      return pass()
    end)
    told(server.env)
    told(server.env, "partner.subscriptions")
    assert.same({"refresh_token", "client_credentials"}, asked)
  end)

  it("is asked for by the names of its variables, before anything is sent, where there is none", function()
    local asked = 0
    local server <close> = support.between(simulator, function(_, _, pass)
      asked = asked + 1
      return pass()
    end)
    server.env.TENURE_REFRESH_TOKEN = false
    for _, operation in ipairs {"partner.entitlements", "partner.policies"} do
      local result = look(server.env, operation)
      assert.equal(3, result.code, result.stderr)
      support.contains(result.stderr, operation .. ": this takes a user's token")
      support.contains(result.stderr, "set TENURE_REFRESH_TOKEN, or TENURE_REFRESH_TOKEN_FILE,")
    end
    assert.equal(0, asked)
    told(server.env, "partner.subscriptions")
  end)

  it("may be in a file, with an empty line at its end; the variable goes before it", function()
    local path = testing.directory() .. "/token"
    testing.write(path, token .. "\n\n")
    assert.equal(1, #told(with {TENURE_REFRESH_TOKEN = false, TENURE_REFRESH_TOKEN_FILE = path}))
    assert.equal(1, #told(with {TENURE_REFRESH_TOKEN_FILE = "/nowhere/at/all"}))
    testing.write(path, token .. "\n" .. token .. "\n")
    local env = with {TENURE_REFRESH_TOKEN = false, TENURE_REFRESH_TOKEN_FILE = path}
    support.contains(refused(env, 2), "has a blank or another character in it")
    testing.write(path, "\n")
    support.contains(refused(env, 2), "TENURE_REFRESH_TOKEN_FILE: there is no token in '" .. path .. "'")
    env.TENURE_REFRESH_TOKEN_FILE = "/nowhere/at/all"
    support.contains(refused(env, 2), "TENURE_REFRESH_TOKEN_FILE: cannot open '/nowhere/at/all'")
  end)

  it("that is not good any more is told so, without showing it", function()
    local text = refused(with {TENURE_REFRESH_TOKEN = "1.AVeryOldOne-Zq8"}, 3)
    support.contains(text, "sign in again and set TENURE_REFRESH_TOKEN to the new one")
    support.contains_not(text, "Zq8")
  end)

  it("that came with an answer is the next one to be sent", function()
    local asked = {}
    local server <close> = support.between(simulator, function(request, _, pass)
      local sent = request.path:find("/oauth2/", 1, true) and request.body:match("refresh_token=([^&]*)&")
      if not sent then
        return pass()
      end
      asked[#asked + 1] = sent
      return {status = 200, body = testing.json.encode {
        token_type = "Bearer", expires_in = "0", refresh_token = "1.next-" .. #asked,
        access_token = support.token(simulator, simulator.tenant, {
          grant_type = "refresh_token", refresh_token = token}).json.access_token,
      }}
    end)
    local folder = support.folder {["look.lua"] = [[
local partner = require "tenure.partner"
return function()
  for _ = 1, 3 do
    partner.policies()
  end
end
]]}
    local result = testing.run {"exec", folder .. "/look.lua", "--customer", "kowalski", env = server.env}
    assert.equal(0, result.code, result.stderr)
    assert.is_true(#asked >= 2)
    assert.equal(support.escape(token), asked[1])
    for i = 2, #asked do
      assert.equal("1.next-" .. i - 1, asked[i])
    end
  end)

  it("is in no ledger, report or log of a run that used it", function()
    local folder = support.folder {
      ["look.yaml"] = [[
tenure: 1
name: look
permissions: [partner:entitlements]
customers: {from: partner-center}
steps:
  - {id: look, run: look.lua}
]],
      ["look.lua"] = [[
local partner = require "tenure.partner"
return function(ctx)
  ctx.log("seen", {count = #partner.entitlements()})
end
]],
    }
    local env = with()
    local result = testing.run {"run", folder .. "/look.yaml", "-v", env = env}
    support.contains(result.stderr, "seen")
    support.contains_not(result.stdout .. result.stderr, token)
    local found = testing.run {command = "/usr/bin/grep", "-rlF", token, env.HOME}
    assert.equal("", found.stdout)
    assert.equal(1, found.code)
  end)
end)

describe("a profile's refresh token", function()
  local function machine(lines, variables)
    local env = support.env(variables)
    env.TENURE_QUIET, env.TENURE_LEDGER, env.TENURE_PROFILE = false, false, false
    testing.write(env.XDG_CONFIG_HOME .. "/tenure/config.yaml", ([[
default: main
profiles:
  main:
    tenant: %s
    client_id: %s
    cloud: %s
    %s
]]):format(simulator.env.AZURE_TENANT_ID, simulator.env.AZURE_CLIENT_ID, simulator.url, lines))
    return env
  end

  it("is in the variable it names", function()
    local secret = simulator.env.AZURE_CLIENT_SECRET
    local env = machine("refresh_token_env: PARTNER_TOKEN", {AZURE_CLIENT_SECRET = secret})
    support.contains(refused(env, 2), "PARTNER_TOKEN is not set: ")
    env.PARTNER_TOKEN = token
    assert.equal(1, #told(env))
  end)

  it("goes with the application: the environment's is not sent for one with a secret of its own", function()
    local env = machine("client_secret_env: PARTNER_SECRET",
      {PARTNER_SECRET = simulator.env.AZURE_CLIENT_SECRET, TENURE_REFRESH_TOKEN = token})
    support.contains(refused(env, 3), "this takes a user's token")
    env = machine("{}", {})
    testing.write(env.XDG_CONFIG_HOME .. "/tenure/config.yaml",
      "profiles: {main: {refresh_token: " .. token .. "}}\n")
    local text = refused(env, 2)
    support.contains(text, "a secret does not belong into this file")
    support.contains(text, "name that: refresh_token_env: PARTNER_TOKEN")
  end)
end)
