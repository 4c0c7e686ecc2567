-- Configuration: profiles in the user's and the project's config.yaml, which setting goes before which, and what is
-- refused in them.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
]]
local simulator, workflow

-- An environment without any variable of the simulator, with these files: user and project are texts of config.yaml.
local function machine(files, variables)
  local env = support.env(variables)
  env.TENURE_QUIET, env.TENURE_LEDGER, env.TENURE_PROFILE = env.TENURE_QUIET or false, env.TENURE_LEDGER or false,
    env.TENURE_PROFILE or false
  local place = {env = env, folder = testing.directory(), user = env.XDG_CONFIG_HOME .. "/tenure/config.yaml"}
  place.project = place.folder .. "/.tenure/config.yaml"
  if files.user then testing.write(place.user, files.user) end
  if files.project then testing.write(place.project, files.project) end
  return place
end

local function tenure(place, ...)
  return testing.run {env = place.env, cwd = place.folder, ...}
end

-- A profile of that name that reaches the simulator, and these further lines.
local function profile(name, ...)
  local lines = {
    name .. ":", "  tenant: " .. simulator.env.AZURE_TENANT_ID, "  client_id: " .. simulator.env.AZURE_CLIENT_ID,
    "  client_secret_env: PARTNER_SECRET", "  cloud: " .. simulator.url,
  }
  for _, line in ipairs {...} do
    lines[#lines + 1] = "  " .. line
  end
  return "  " .. table.concat(lines, "\n  ") .. "\n"
end

local function with_secret(variables)
  local given = {PARTNER_SECRET = simulator.env.AZURE_CLIENT_SECRET}
  for name, value in pairs(variables or {}) do
    given[name] = value
  end
  return given
end

local function exists(path)
  return testing.run({command = "/bin/sh", "-c", "test -e " .. path}).code == 0
end

local function refused(place, ...)
  local result = tenure(place, ...)
  assert.equal(2, result.code, result.stderr)
  assert.equal("", result.stdout)
  return result.stderr
end

setup(function()
  simulator = testing.simulator {world = world, settle = 50}
  workflow = support.workflow() .. "/refund.yaml"
end)

teardown(function()
  simulator:stop()
end)

describe("a profile", function()
  it("of the user's file says who acts, where, and in which ledger", function()
    local place = machine({user = "default: main\nprofiles:\n" .. profile("main", "ledger: ~/kept/ours.db")},
      with_secret())
    local result = tenure(place, "plan", workflow, "-o", "json")
    assert.equal(0, result.code, result.stderr)
    assert.equal(1, support.json(result).effects.planned)
    assert.is_true(exists(place.env.HOME .. "/kept/ours.db"))
    assert.equal(1, #support.json(tenure(place, "runs", "-o", "json")))
  end)

  it("is chosen by --profile, then TENURE_PROFILE, then the project's default, then the user's", function()
    local user = "default: d\nprofiles:\n"
    for _, name in ipairs {"a", "b", "c", "d"} do
      user = user .. "  " .. name .. ": {ledger: ~/" .. name .. ".db}\n"
    end
    local place = machine {user = user, project = "default: c\n"}
    local function used(expected, ...)
      assert.equal(0, tenure(place, "runs", ...).code)
      for _, name in ipairs {"a", "b", "c", "d"} do
        assert.equal(name == expected, exists(place.env.HOME .. "/" .. name .. ".db"), name)
      end
      testing.run {command = "/bin/sh", "-c", "rm -f " .. place.env.HOME .. "/*.db*"}
    end
    used "c"
    place.env.TENURE_PROFILE = "b"
    used "b"
    used("a", "--profile", "a")
    testing.write(place.project, "profiles: {}\n")
    place.env.TENURE_PROFILE = false
    used "d"
  end)

  it("is not used at all where nobody chooses one", function()
    local place = machine {user = "profiles:\n  main: {ledger: ~/main.db}\n"}
    assert.equal(0, tenure(place, "runs").code)
    assert.is_false(exists(place.env.HOME .. "/main.db"))
    assert.is_true(exists(place.env.XDG_STATE_HOME .. "/tenure/ledger.db"))
  end)

  it("that nobody wrote is an error with a suggestion, and with who asked for it", function()
    local place = machine {user = "default: mian\nprofiles:\n  main: {}\n"}
    support.contains(refused(place, "runs"),
      place.user .. ":1:10: there is no profile 'mian' (did you mean 'main'?)")
    support.contains(refused(place, "runs", "--profile", "prod"), "--profile: there is no profile 'prod'")
    place.env.TENURE_PROFILE = "min"
    support.contains(refused(place, "runs"), "TENURE_PROFILE: there is no profile 'min' (did you mean 'main'?)")
    support.contains(refused(machine {}, "runs", "--profile", "main"),
      "profiles are in $XDG_CONFIG_HOME/tenure/config.yaml and a project's .tenure/config.yaml")
  end)
end)

describe("a setting", function()
  it("comes from the flag, then the environment, then the project, then the user", function()
    local place = machine({
      user = "default: main\nprofiles:\n  main: {ledger: ~/user.db}\n",
      project = "profiles:\n  main: {ledger: project.db}\n",
    }, {TENURE_LEDGER = false})
    local flag, environment = place.env.HOME .. "/flag.db", place.env.HOME .. "/environment.db"
    local user, project = place.env.HOME .. "/user.db", place.folder .. "/project.db"
    local function now(...)
      assert.equal(0, tenure(place, "runs", ...).code)
    end
    local function used(path) -- an empty file becomes a ledger; one that is only looked for is never made
      return exists(path) and testing.read(path) ~= ""
    end
    testing.write(flag, "")
    testing.write(environment, "")
    place.env.TENURE_LEDGER = environment
    now("--ledger", flag)
    assert.is_true(used(flag) and not used(environment) and not exists(project) and not exists(user))
    now()
    assert.is_true(used(environment) and not exists(project) and not exists(user))
    place.env.TENURE_LEDGER = false
    now()
    assert.is_true(exists(project) and not exists(user))
    testing.write(place.project, "profiles:\n  main: {settle: manual}\n")
    now()
    assert.is_true(exists(user)) -- the project's profile does not say: the user's of that name does
  end)

  it("of a project holds in every folder of it, and its ledger stays where it is", function()
    local place = machine {project = "default: main\nprofiles:\n  main: {ledger: state/ours.db}\n"}
    testing.write(place.folder .. "/deep/down/file", "")
    local result = testing.run {"runs", env = place.env, cwd = place.folder .. "/deep/down"}
    assert.equal(0, result.code, result.stderr)
    assert.is_true(exists(place.folder .. "/state/ours.db"))
    assert.is_false(exists(place.folder .. "/deep/down/state"))
  end)

  it("of the environment that goes before a profile asked for is said aloud, once", function()
    local place = machine({user = "profiles:\n" .. profile("main", "quiet: 15 minutes")},
      with_secret {TENURE_QUIET = "2s", TENURE_CLOUD = simulator.url})
    local result = tenure(place, "plan", workflow, "--profile", "main")
    assert.equal(0, result.code, result.stderr)
    local _, count = result.stderr:gsub("warning: TENURE_QUIET: the environment goes before profile 'main'", "")
    assert.equal(1, count)
    place.env.TENURE_PROFILE = "main"
    support.contains_not(tenure(place, "plan", workflow).stderr, "warning")
  end)

  it("is not looked for in profiles by --cloud simulator: who acts, and the ledger, are its own", function()
    local place = machine({
      user = "default: main\nprofiles:\n  main: {tenant: contoso.com, ledger: ~/main.db, cloud: public}\n",
    })
    local result = tenure(place, "plan", workflow, "--cloud", "simulator", "-o", "json")
    assert.equal(0, result.code, result.stderr)
    assert.is_false(exists(place.env.HOME .. "/main.db"))
  end)
end)

describe("a secret", function()
  it("is never in the file, and never shown when somebody wrote it there", function()
    for _, line in ipairs {
      "client_secret: s3cr3t-Zq8~x", "client_secret_env: s3cr3t-Zq8~x", "clientSecret: s3cr3t-Zq8~x",
      "password: s3cr3t-Zq8~x", '"client_secret": "s3cr3t-Zq8~x"', "client_secret: 's3cr3t-Zq8~x",
      "client_secret: {s3cr3t-Zq8~x", "{client_secret: s3cr3t-Zq8~x, colour: s3cr3t-Zq8~x}",
    } do
      local place = machine {user = "default: main\nprofiles:\n  main:\n    " .. line .. "\n"}
      local text = refused(place, "runs")
      support.contains(text, place.user .. ":4:")
      support.contains_not(text, "s3cr3t")
      support.contains_not(text, "Zq8")
    end
    support.contains(refused(machine {user = "profiles: {main: {client_secret: abc}}\n"}, "runs"),
      "a secret does not belong into this file")
    support.contains(refused(machine {user = "profiles: {main: {client_secret: abc}}\n"}, "runs"),
      "hint: put it into an environment variable and name that: client_secret_env: PARTNER_SECRET")
  end)

  it("whose variable is not set is asked for by its name and the place that names it", function()
    local place = machine({user = "default: main\nprofiles:\n" .. profile "main"})
    support.contains(refused(place, "plan", workflow), "PARTNER_SECRET is not set: " .. place.user .. ":6:24 says")
  end)

  it("goes with the application's id: one of the environment is not sent for a profile's", function()
    local place = machine({user = "default: main\nprofiles:\n" .. profile "main"},
      with_secret {AZURE_CLIENT_SECRET = "of another application"})
    assert.equal(0, tenure(place, "plan", workflow).code)
    place.env.AZURE_CLIENT_ID = simulator.env.AZURE_CLIENT_ID
    place.env.PARTNER_SECRET = "of another application"
    place.env.AZURE_CLIENT_SECRET = simulator.env.AZURE_CLIENT_SECRET
    assert.equal(0, tenure(place, "plan", workflow).code)
  end)

  it("may be named in a file that others can read, not in one that anybody can change", function()
    local place = machine({user = "default: main\nprofiles:\n" .. profile "main"}, with_secret())
    testing.run {command = "/bin/chmod", "644", place.user}
    assert.equal(0, tenure(place, "plan", workflow).code)
    testing.run {command = "/bin/chmod", "666", place.user}
    support.contains(refused(place, "plan", workflow), "everybody on this machine can change '" .. place.user .. "'")
  end)

  it("is not entrusted to a file of another user", function()
    local place = machine {project = "default: main\nprofiles: {main: {}}\n"}
    if testing.run({command = "/bin/chown", "12345", place.project}).code ~= 0 then
      pending("only root gives files away")
      return
    end
    support.contains(refused(place, "runs"), "belongs to another user (12345)")
  end)

  it("is not sent where a project says", function()
    local place = machine {project = "profiles: {main: {cloud: 'https://azure.example.com'}}\n"}
    support.contains(refused(place, "runs"), "a project's file cannot say where a cloud is: secrets are sent there")
    testing.write(place.project, "profiles: {main: {cloud: '" .. simulator.url .. "'}, other: {cloud: usgov}}\n")
    assert.equal(0, tenure(place, "runs").code)
  end)
end)

describe("the quiet time", function()
  local function plan(quiet, variable, cloud)
    local text = "default: main\nprofiles:\n  main: {cloud: '" .. cloud .. "'" .. (quiet and ", quiet: " .. quiet or "")
    local place = machine({user = text .. "}\n"}, {TENURE_QUIET = variable})
    local result = tenure(place, "plan", workflow)
    assert.equal(2, result.code) -- nobody said who acts: that is asked only where the quiet time is fine
    return result.stderr, place
  end

  it("of less than five minutes is for clouds on loopback", function()
    local text, place = plan("4 minutes", nil, "public")
    support.contains(text, place.user .. ":3:34: a quiet time of 4 minutes is too short for AzureCloud")
    support.contains(plan(nil, "299s", "public"), "TENURE_QUIET: a quiet time of 299s is too short for AzureCloud")
    support.contains(plan("15 minutes", "2s", "usgov"), "TENURE_QUIET: a quiet time of 2s is too short")
    for _, fine in ipairs {{"5 minutes", nil, "public"}, {nil, "300s", "china"}, {"2s", nil, simulator.url},
      {nil, "2 seconds", simulator.url}, {nil, nil, "public"}, {"1s", "1 hour", "public"}} do
      support.contains(plan(fine[1], fine[2], fine[3]), "AZURE_TENANT_ID nor 'tenant' of profile 'main' is set")
    end
  end)

  it("is a time", function()
    for _, wrong in ipairs {"15", "2 days", "-1 s", "1.5 hours", "soon", "5m"} do
      support.contains(plan(nil, wrong, "public"), "TENURE_QUIET takes a time up to a day such as 15 minutes")
      support.contains(plan(wrong, nil, "public"), "'quiet' takes a time up to a day, not '" .. wrong .. "'")
    end
  end)
end)

describe("mistakes in a file", function()
  it("are all told, each with its place, its line and what to write", function()
    local place = machine {user = [[
defalt: main
profiles:
  main:
    tenat: contoso.com
    tenant: a b
    client_id: ours
    cloud: azure
    ledger: here.db
    contact: {mail: a@b.c, email: [a], country: CH, method: post}
    quiet: 15
    settle: maybe
  two words: {}
  none: contoso.com
]]}
    local found = {}
    for line, text in refused(place, "runs"):gmatch("config%.yaml:(%d+:%d+): ([^\n]+)") do
      found[#found + 1] = line .. " " .. text
    end
    assert.same({
      "1:1 unknown key 'defalt' in the configuration",
      "4:5 unknown key 'tenat' in profile 'main'",
      "5:13 'tenant' takes the partner's own tenant, a GUID or a domain, not 'a b'",
      "6:16 'client_id' takes the application's id, a GUID, not 'ours'",
      "7:12 there is no cloud 'azure': write public, china, usgov or a base URL",
      "8:13 'ledger' must not depend on the current folder: write a path that begins with / or ~/",
      "9:15 unknown key 'mail' in 'contact'",
      "9:35 'email' takes text, not a list",
      "9:49 'country' takes the three letters of a country, not 'CH'",
      "9:61 'method' takes email or phone, not 'post'",
      "10:12 'quiet' takes a time up to a day, not '15'",
      "11:13 'settle' takes auto or manual, not 'maybe'",
      "12:3 'two words' cannot be the name of a profile",
      "13:9 profile 'none' is a mapping of settings, not text",
    }, found)
    support.contains(refused(place, "runs"), "    tenat: contoso.com\n        ^\n  hint: did you mean 'tenant'?\n")
  end)

  it("of YAML, of the kind of file, and of its rights are told too", function()
    support.contains(refused(machine {user = "profiles: [a]\n"}, "runs"),
      "config.yaml:1:11: 'profiles' takes a mapping of names to settings, not a list")
    support.contains(refused(machine {user = "a\n"}, "runs"), "a configuration is a mapping of keys, not text")
    support.contains(refused(machine {user = "default: 'a\n"}, "runs"), "1:10: this quote is never closed")
    support.contains(refused(machine {user = "default: a\ndefault: b\n"}, "runs"), "the key 'default' is there twice")
    local place = machine {}
    testing.write(place.user .. "/file", "")
    support.contains(refused(place, "runs"), "'" .. place.user .. "' is not a file")
  end)

  it("do not stand in the way of what asks for no setting, and an empty file is fine", function()
    local place = machine {user = "colour: red\n"}
    assert.equal(0, tenure(place, "check", workflow).code)
    assert.equal(0, tenure(machine {user = "# nothing yet\n", project = ""}, "runs").code)
  end)

  it("of a settle that the environment says are told by the variable's name", function()
    local place = machine({user = "default: main\nprofiles:\n" .. profile "main"},
      with_secret {TENURE_SETTLE = "perhaps"})
    support.contains(refused(place, "plan", workflow), "TENURE_SETTLE takes auto or manual, not 'perhaps'")
  end)
end)

describe("a run", function()
  it("goes on with the profile it was planned with, whatever is the default by then", function()
    local place = machine({
      user = "default: other\nprofiles:\n" .. profile("main") .. "  other: {tenant: contoso.com}\n",
    }, with_secret())
    local planned = support.json(tenure(place, "plan", workflow, "--profile", "main", "-o", "json"))
    local applied = tenure(place, "apply", planned.run, "--yes", "-o", "json")
    assert.equal(0, applied.code, applied.stderr)
    assert.equal(1, support.json(applied).effects.succeeded)
  end)

  it("does not go on when another cloud is named than its own", function()
    local fresh <close> = testing.simulator {world = world, settle = 50}
    local other <close> = testing.simulator {world = world}
    local place = machine({}, fresh.env)
    local planned = support.json(tenure(place, "plan", workflow, "-o", "json"))
    for _, command in ipairs {"apply", "resume"} do
      local text = refused(place, command, planned.run, "--yes", "--cloud", other.url)
      local why = "run %s was planned on the cloud %s, and --cloud says %s: a run stays on its cloud"
      support.contains(text, why:format(planned.run, fresh.url, other.url))
      support.contains(refused(place, command, planned.run, "--yes", "--cloud", "china"), "and --cloud says china")
    end
    assert.equal(0, #fresh:effects())
    assert.equal(0, #other:effects())
    local applied = tenure(place, "apply", planned.run, "--yes", "--cloud", fresh.url .. "/", "-o", "json")
    assert.equal(0, applied.code, applied.stderr)
    assert.equal(1, support.json(applied).effects.succeeded)
  end)

  it("does not go on as another partner tenant", function()
    local fresh <close> = testing.simulator {world = world, settle = 50}
    local place = machine({}, fresh.env)
    local planned = support.json(tenure(place, "plan", workflow, "-o", "json"))
    place.env.AZURE_TENANT_ID = "11111111-2222-3333-4444-555555555555"
    local text = refused(place, "apply", planned.run, "--yes")
    support.contains(text, "was planned in the partner tenant " .. fresh.env.AZURE_TENANT_ID
      .. ", and the settings now say 11111111-2222-3333-4444-555555555555")
    assert.equal(0, #fresh:effects())
  end)
end)
