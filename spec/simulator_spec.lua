-- The simulator as a command, and over TLS as official clients want it.
local support = require "support"
local testing = require "tenure.testing"

-- Started as a command: its process and what its ready line says.
local function start(arguments, env)
  local process = testing.spawn {"simulator", env = env or support.env(), table.unpack(arguments)}
  return process, testing.json.decode(process:line())
end

local function readable(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

describe("tenure simulator", function()
  it("says in one line where it listens and what a client needs, and ends cleanly by SIGTERM", function()
    local process, ready = start {"--customers", "2"}
    local customers = support.json(testing.run {"call", "customers.list", "-o", "json", env = support.env(ready.env)})
    process:kill("SIGTERM")
    local ended = process:wait()
    assert.matches("^http://127%.0%.0%.1:%d+$", ready.url)
    assert.equal(ready.url, ready.env.TENURE_CLOUD)
    assert.is_nil(ready.env.TENURE_CA_FILE)
    assert.equal(2, #customers)
    assert.equal(0, ended.code)
  end)
end)

describe("tenure simulator", function()
  it("refuses faults and worlds that are none, as bad usage", function()
    for _, case in ipairs {
      {"--faults", "[]", "faults: not a JSON object such as"}, {"--faults", "{", "faults: not a JSON object such as"},
      {"--faults", " [1]", "faults: not a JSON object such as"}, {"--world", ".", "world file '.': Is a directory"},
      {"--world", "none.yaml", "world file 'none.yaml': No such file or directory"},
    } do
      -- one that is content would go on
      local shell = ("exec timeout 60 %s simulator %s '%s'"):format(support.command(), case[1], case[2])
      local result = testing.run {command = "/bin/sh", "-c", shell, env = support.env()}
      assert.equal(2, result.code, case[2])
      support.contains(result.stderr, "tenure: " .. case[3])
    end
    local simulator <close> = testing.simulator {customers = 1}
    for body, status in pairs {["[]"] = 400, ["{}"] = 200, [" {}"] = 200, ["1"] = 400} do
      local answer = testing.http {
        method = "PUT", url = simulator.url .. "/_simulator/faults", body = body,
        headers = {["Content-Type"] = "application/json"},
      }
      assert.equal(status, answer.status, body)
    end
  end)
end)

describe("tenure simulator --tls", function()
  it("is trusted by who knows its certificate, whose file goes when it ends", function()
    local folder = testing.directory()
    local process, ready = start({"--tls", "--customers", "2"}, support.env {TMPDIR = folder})
    local there = readable(ready.env.TENURE_CA_FILE)
    local customers = support.json(testing.run {"call", "customers.list", "-o", "json", env = support.env(ready.env)})
    process:kill("SIGTERM")
    local ended = process:wait()
    assert.matches("^https://127%.0%.0%.1:%d+$", ready.url)
    assert.equal(folder, ready.env.TENURE_CA_FILE:match("^(.*)/[^/]+$"))
    assert.is_true(there)
    assert.equal(2, #customers)
    assert.equal(0, ended.code)
    assert.is_false(readable(ready.env.TENURE_CA_FILE))
  end)

  it("is not trusted by who does not, and the error says which setting is about that", function()
    local simulator <close> = testing.simulator {customers = 2, tls = true}
    local env = support.env(simulator.env)
    env.TENURE_CA_FILE = false
    local result = testing.run {"call", "customers.list", env = env}
    assert.equal(1, result.code)
    assert.matches("certificate", result.stderr)
    assert.matches("TENURE_CA_FILE", result.stderr)
    assert.equal("", result.stdout)
  end)

  it("carries a whole bulk refund, and its books agree", function()
    local simulator <close> = testing.simulator {customers = 20, reservations = 2, seed = 7, settle = 100, tls = true}
    local folder = support.workflow()
    local result = testing.run {
      "run", folder .. "/refund.yaml", "--yes", "-o", "json", env = support.env(simulator.env),
    }
    assert.matches("^https:", simulator.url)
    assert.is_true(support.assert_equals_books(support.json(result), simulator) > 5)
  end)

  it("says so when its certificate cannot be written", function()
    local result = testing.run {"simulator", "--tls", env = support.env {TMPDIR = "/nowhere"}}
    assert.equal(1, result.code)
    assert.matches("certificate's file cannot be made as '/nowhere/", result.stderr)
  end)
end)

describe("the simulator's login service", function()
  local simulator

  local function configuration(tenant)
    return testing.http {url = ("%s/%s/v2.0/.well-known/openid-configuration"):format(simulator.url, tenant)}
  end

  before_each(function() simulator = testing.simulator {world = "customers:\n  - {id: kowalski}\n"} end)
  after_each(function() simulator:stop() end)

  it("says where a tenant's token endpoint is, by the tenant's id whatever it was asked by", function()
    local customer = simulator:world().customers[1]
    for _, tenant in ipairs {customer.id, "kowalski.onmicrosoft.com", simulator.tenant} do
      local id = tenant == simulator.tenant and tenant or customer.id
      local answer = configuration(tenant)
      assert.equal(200, answer.status, answer.body)
      assert.equal(("%s/%s/v2.0"):format(simulator.url, id), answer.json.issuer)
      assert.equal(("%s/%s/oauth2/v2.0/token"):format(simulator.url, id), answer.json.token_endpoint)
      assert.truthy(answer.json.authorization_endpoint)
    end
  end)

  it("knows no other tenants", function()
    local answer = configuration("nobody.onmicrosoft.com")
    assert.equal(400, answer.status)
    assert.equal("invalid_tenant", answer.json.error)
    assert.same({90002}, answer.json.error_codes)
  end)
end)
