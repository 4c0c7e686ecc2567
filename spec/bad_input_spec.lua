-- What the world does wrong: a cloud that is not there, secrets that are wrong or missing, ledgers that are none, full
-- disks, files that changed. Each gives one clear message and the right exit code, and leaves the ledger usable.
local support = require "support"
local testing = require "tenure.testing"

local world = [[
customers:
  - {id: a, name: Adler, currency: EUR, reservations: [{id: r1, worth: 100 USD, back: 90 EUR}]}
  - {id: b, name: Bauer, currency: EUR, reservations: [{id: r2, worth: 100 USD, back: 90 EUR}]}
  - {id: c, name: Conti, currency: EUR, reservations: [{id: r3, worth: 100 USD, back: 90 EUR}]}
]]

local simulator, folder, file

setup(function()
  simulator = testing.simulator {world = world, settle = 50}
  folder = support.workflow()
  file = folder .. "/refund.yaml"
end)

teardown(function()
  simulator:stop()
end)

local function tenure(env, ...)
  return testing.run {env = env, ...}
end

-- Whether a file system of our own can be mounted: not where user namespaces are forbidden, as in many containers.
local function can_mount()
  return testing.run({
    command = "/usr/bin/unshare", "-rm", "/bin/sh", "-c", "mount -t tmpfs none " .. testing.directory(),
  }).code == 0
end

-- Shell text with the command for the word TENURE.
local function with_command(script)
  return (script:gsub("%f[%w]TENURE%f[%W]", support.command()))
end

local function ledger_of(env)
  return env.XDG_STATE_HOME .. "/tenure/ledger.db"
end

-- A ledger that is all right makes a plan.
local function assert_usable(env)
  local result = tenure(env, "plan", file, "-o", "json")
  assert.equal(0, result.code, result.stderr)
  assert.equal(3, support.json(result).effects.planned)
end

describe("a cloud", function()
  it("that nobody listens at is named with host and port, and the ledger stays usable", function()
    local nobody = "127.0.0.1:1" -- a port that was given back could be somebody's by now
    local env = support.env(simulator.env)
    local result = tenure(env, "plan", file, "--cloud", "http://" .. nobody, "-o", "json")
    assert.equal(1, result.code)
    support.contains(result.stderr, "'" .. nobody .. "' cannot be connected to")
    support.contains(result.stderr, "check that the address is right")
    local said = support.lines(result.stderr)
    assert.equal(2, #said)
    support.contains(said[1], "what is asked of it is tried again") -- at once; the other is the end
    local summary = support.json(result)
    assert.equal("stopped", summary.state)
    support.contains(summary.reason, nobody)
    result = tenure(env, "apply", summary.run, "--yes")
    assert.equal(2, result.code)
    local why = ("run %s did not get as far as a plan (stopped: "):format(summary.run)
    support.contains(result.stderr, why)
    local approve = testing.run {"approve", summary.run, "--reason", "x", env = env}
    assert.equal(2, approve.code)
    support.contains(approve.stderr, why)
    assert_usable(env)
  end)

  it("that is something else is said to answer what it should not", function()
    local server <close> = testing.server(function(connection)
      while connection:read_request() do
        connection:answer(200, "<html>Welcome to the hotel's network</html>", {["Content-Type"] = "text/html"})
      end
    end)
    local env = support.env(simulator.env)
    local result = tenure(env, "plan", file, "--cloud", server.url)
    assert.equal(1, result.code)
    support.contains(result.stderr, "no token for tenant")
    assert_usable(env)
  end)

  it("that speaks TLS where http is asked for, or the other way round, is said to", function()
    local secret <close> = testing.simulator {world = world, tls = true}
    for simulated, hint in pairs {
      [secret] = "if it speaks TLS, as a simulator with --tls does, write https://",
      [simulator] = "if it speaks plain HTTP, as a simulator without --tls does, write http://",
    } do
      local env = support.env(simulated.env)
      local scheme, rest = simulated.url:match("^(%l+)(.*)$")
      local result = tenure(env, "plan", file, "--cloud", (scheme == "http" and "https" or "http") .. rest)
      assert.equal(1, result.code)
      support.contains(result.stderr, hint)
      assert.equal(0, tenure(env, "plan", file, "--cloud", scheme .. rest).code)
    end
  end)

  it("is trusted by a file that is named when it is none", function()
    local place = testing.directory()
    local env = support.env(simulator.env)
    testing.write(place .. "/text", "not a certificate\n")
    testing.write(place .. "/broken", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
    for name, why in pairs {
      text = "there is no certificate in '" .. place .. "/text': name a file in PEM",
      none = "cannot read the certificate file '" .. place .. "/none': No such file or directory",
      ["."] = "cannot read the certificate file '" .. place .. "/.': Is a directory",
    } do
      env.TENURE_CA_FILE = place .. "/" .. name
      local result = tenure(env, "plan", file)
      assert.equal(2, result.code)
      assert.equal("", result.stdout)
      support.contains(result.stderr, "tenure: TENURE_CA_FILE: " .. why)
    end
    env.TENURE_CA_FILE = place .. "/broken"
    local secret <close> = testing.simulator {world = world, tls = true}
    local result = tenure(env, "plan", file, "--cloud", secret.url)
    assert.equal(1, result.code)
    support.contains(result.stderr, place .. "/broken); check the file that TENURE_CA_FILE names")
    support.contains_not(result.stderr, "shows a certificate")
  end)

  it("is a name that is known, or an address with TLS", function()
    local env = support.env(simulator.env)
    for cloud, why in pairs {
      nowhere = "there is no cloud 'nowhere': write public, china, usgov or a base URL",
      ["http://example.com"] = "would be reached without TLS: write https",
      ["ftp://127.0.0.1"] = "is not the address of a server",
    } do
      local result = tenure(env, "plan", file, "--cloud", cloud)
      assert.equal(2, result.code)
      support.contains(result.stderr, why)
    end
  end)
end)

describe("credentials", function()
  it("that are missing are named by their variable, before anything is asked", function()
    for _, name in ipairs {"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"} do
      for _, value in ipairs {false, ""} do
        local env = support.env(simulator.env)
        env[name] = value
        local result = tenure(env, "plan", file)
        assert.equal(2, result.code)
        assert.equal("", result.stdout)
        support.contains(result.stderr, name .. " is not set")
      end
    end
  end)

  it("that are wrong are said to be, and are not shown", function()
    local env = support.env(simulator.env)
    env.AZURE_CLIENT_SECRET = "not-the-secret"
    local result = tenure(env, "plan", file)
    assert.equal(1, result.code)
    support.contains(result.stderr, "the secret is wrong")
    support.contains(result.stderr, "set AZURE_CLIENT_SECRET to its value")
    support.contains_not(result.stderr .. result.stdout, "not-the-secret")
    support.contains_not(testing.read(ledger_of(env)), "not-the-secret")
    env.AZURE_CLIENT_SECRET = simulator.env.AZURE_CLIENT_SECRET
    assert_usable(env)
    support.contains_not(testing.read(ledger_of(env)), simulator.env.AZURE_CLIENT_SECRET)
  end)

  it("do not come from a profile that nobody made", function()
    local result = tenure(support.env(simulator.env), "plan", file, "--profile", "emea")
    assert.equal(2, result.code)
    assert.equal("", result.stdout)
    support.contains(result.stderr, "--profile")
  end)
end)

describe("a ledger", function()
  it("that is only looked for is not made by mistyping where it is", function()
    local path = testing.directory() .. "/mistyped/ledger.db"
    local result = testing.run {"runs", "--ledger", path, env = support.env()}
    assert.equal(2, result.code)
    support.contains(result.stderr, "there is no ledger at '" .. path .. "'")
    assert.is_nil(io.open(path))
  end)

  local env

  before_each(function()
    env = support.env(simulator.env)
  end)

  -- Each command that opens a ledger refuses that file with these words, and leaves it as it is.
  local function refused(path, code, ...)
    local before = testing.run({command = "/usr/bin/sha256sum", path}).stdout
    for _, words in ipairs {{"runs"}, {"show", "r-1"}, {"apply", "r-1", "--yes"}, {"plan", file}} do
      local arguments = {env = env, "--ledger", path}
      table.move(arguments, 1, 2, #words + 1)
      table.move(words, 1, #words, 1, arguments)
      local result = testing.run(arguments)
      assert.equal(code, result.code, result.stderr)
      assert.equal("", result.stdout)
      assert.equal(1, #support.lines(result.stderr))
      support.contains(result.stderr, path)
      for _, part in ipairs {...} do
        support.contains(result.stderr, part)
      end
    end
    assert.equal(before, testing.run({command = "/usr/bin/sha256sum", path}).stdout)
  end

  -- A copy of a real ledger with four bytes of its header replaced.
  local function patched(offset, bytes)
    assert_usable(env)
    local text = testing.read(ledger_of(env))
    assert.equal("SQLite format 3\0", text:sub(1, 16))
    local path = testing.directory() .. "/patched.db"
    testing.write(path, text:sub(1, offset) .. bytes .. text:sub(offset + #bytes + 1))
    return path
  end

  it("that is some other file is left as it is", function()
    local noise = {}
    for i = 1, 10000 do
      noise[i] = string.char((i * 7919 + i // 13) % 256)
    end
    local path = testing.directory() .. "/noise.db"
    testing.write(path, table.concat(noise))
    refused(path, 2, "is another kind of file, not a ledger", "--ledger")
  end)

  it("that is another program's database is left as it is", function()
    refused(patched(68, "\1\2\3\4"), 2, "is another program's database, not a ledger")
  end)

  it("that is from a newer version is left as it is", function()
    refused(patched(60, "\0\0\3\231"), 2, "newer")
  end)

  it("that is a folder or a device is refused", function()
    for path, why in pairs {[testing.directory()] = "is a folder", ["/dev/null"] = "is no regular file"} do
      local result = tenure(env, "runs", "--ledger", path)
      assert.equal(2, result.code)
      support.contains(result.stderr, "'" .. path .. "' " .. why)
    end
  end)

  it("on PostgreSQL comes in a later version", function()
    local result = tenure(env, "runs", "--ledger", "postgres://127.0.0.1/x")
    assert.equal(2, result.code)
    support.contains(result.stderr, "a ledger on PostgreSQL is not supported yet")
  end)

  it("below what is no folder, or in one that may not be entered, is not said to be missing", function()
    local place = testing.directory()
    testing.write(place .. "/file", "")
    local result = tenure(env, "runs", "--ledger", place .. "/file/ledger.db")
    assert.equal(1, result.code)
    support.contains(result.stderr, place .. "/file/ledger.db' cannot be reached: Not a directory")
    testing.run {command = "/bin/mkdir", "-p", place .. "/locked/in"}
    testing.run {command = "/bin/chmod", "0000", place .. "/locked"}
    -- root enters every folder, unless that capability is taken away
    local as = testing.run({command = "/usr/bin/id", "-u"}).stdout == "0\n"
      and "setpriv --bounding-set -dac_override,-dac_read_search " or ""
    for _, ledger in ipairs {place .. "/locked/ledger.db", place .. "/locked/in/ledger.db"} do
      result = testing.run {
        command = "/bin/sh", "-c", ("exec %s%s runs --ledger %s"):format(as, support.command(), ledger), env = env,
      }
      assert.equal(1, result.code, result.stderr)
      support.contains(result.stderr, "permission denied: the ledger's folder '" .. place .. "/locked")
    end
    testing.run {command = "/bin/chmod", "0700", place .. "/locked"}
  end)

  it("cannot lie where nothing can be written", function()
    local result = tenure(env, "plan", file, "--ledger", "/proc/tenure/ledger.db")
    assert.equal(1, result.code)
    support.contains(result.stderr, "folder '/proc/tenure' of the ledger cannot be made")
    if testing.run({command = "/usr/bin/id", "-u"}).stdout == "0\n" then
      return -- to whom no folder is read-only
    end
    local locked = testing.directory()
    testing.run {command = "/bin/chmod", "0555", locked}
    result = tenure(env, "plan", file, "--ledger", locked .. "/ledger.db")
    assert.equal(1, result.code)
    support.contains(result.stderr, locked)
    support.contains(result.stderr, "Permission denied")
  end)
end)

describe("a full disk", function()
  it("stops a run in good order, which goes on when there is room", function()
    for _, blocks in ipairs {0, 300, 500} do -- of 512 bytes: no file of the run may grow beyond
      local env = support.env(simulator.env)
      local own <close> = testing.simulator {customers = 8, reservations = 2, seed = 9, settle = 20}
      for name, value in pairs(own.env) do
        env[name] = value
      end
      local planned = support.json(tenure(env, "plan", file, "-o", "json"))
      assert.is_true(planned.effects.planned > 5)
      local limited = ("trap '' XFSZ; ulimit -f %d; exec TENURE apply %s --yes"):format(blocks, planned.run)
      local result = testing.run {command = "/bin/sh", "-c", with_command(limited), env = env}
      if blocks < 300 then
        assert.equal(1, result.code, result.stderr)
        support.contains(result.stderr, "the ledger '" .. ledger_of(env) .. "' cannot be read or written")
        assert.equal(0, #own:effects())
      end
      local applied = support.json(tenure(env, "apply", planned.run, "--yes", "--no-wait", "-o", "json"))
      local counts, books = applied.effects, support.books(own, "refund")
      -- refused: those whose order an effect with an unknown outcome still holds
      assert.equal(planned.effects.planned, counts.succeeded + counts.unknown + counts.refused)
      assert.is_true(books.count >= counts.succeeded and books.count <= planned.effects.planned)
      local seen = {}
      for _, effect in ipairs(own:effects()) do
        assert.is_nil(seen[effect.reservation])
        seen[effect.reservation] = true
      end
    end
  end)

  it("in the middle of a run is said to be, with what that leaves behind and how it goes on", function()
    if not can_mount() then
      return pending("no file system can be mounted here")
    end
    local own <close> = testing.simulator {customers = 8, reservations = 2, seed = 9, settle = 20}
    local env = support.env(own.env)
    env.DISK = testing.directory()
    local script = with_command(([[
      mount -t tmpfs -o size=80m none "$DISK" || exit 99
      TENURE plan %s --ledger "$DISK/ledger.db" -o json > "$DISK.plan"
      run=$(grep -o 'r-[0-9]*-[0-9a-f]*' "$DISK.plan" | head -n 1)
      { until [ -e "$DISK.go" ]; do sleep 0.01; done
        for i in 1 2; do rm -f "$DISK"/*.ballast; cat /dev/zero >> "$DISK/filled"; done
        touch "$DISK.full"; } 2> /dev/null &
      TENURE apply $run --yes --no-wait --concurrency 1 --quiet --ledger "$DISK/ledger.db" -o json
      echo $? > "$DISK.code"
      rm "$DISK/filled"
      TENURE resume $run --ledger "$DISK/ledger.db" -o json > "$DISK.resumed"
      echo $? >> "$DISK.code"
    ]]):format(file))
    own:faults {slow = {next = 1, ms = 8000, on = "refund"}}
    local process <close> = testing.spawn {command = "/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, env = env}
    support.eventually(function() return #own:effects() > 0 end)
    testing.write(env.DISK .. ".go", "")
    support.eventually(function() return io.open(env.DISK .. ".full") end)
    local result = process:wait()
    assert.same({"1", "0"}, support.lines(testing.read(env.DISK .. ".code")))
    local run, resumed = support.json(result), testing.json.decode(testing.read(env.DISK .. ".resumed"))
    assert.equal(1, run.effects.intended)
    for _, part in ipairs {
      "the ledger '" .. env.DISK .. "/ledger.db' could not be written: its disk is full",
      "1 effect was sent, and what became of it is not recorded",
      run.effects.approved .. " approved ones were not sent",
      "`tenure resume " .. run.run .. "` finds out and goes on",
    } do
      support.contains(result.stderr, part)
    end
    assert.equal("done", resumed.state)
    assert.equal(0, resumed.effects.unknown)
    assert.equal(support.books(own, "refund").count, resumed.effects.succeeded)
  end)

  it("is noticed before anything is begun", function()
    if not can_mount() then
      return pending("no file system can be mounted here")
    end
    local env = support.env(simulator.env)
    env.DISK = testing.directory()
    local mounted = [[mount -t tmpfs -o size=%s none "$DISK" || exit 99; ]]
    local run = "exec TENURE plan " .. file .. [[ --ledger "$DISK/ledger.db"]]
    local function in_disk(size)
      local script = with_command(mounted:format(size) .. run)
      return testing.run {command = "/usr/bin/unshare", "-rm", "/bin/sh", "-c", script, env = env}
    end
    local result = in_disk("1m")
    assert.equal(1, result.code)
    support.contains(result.stderr, "are free on the disk of the ledger '" .. env.DISK .. "/ledger.db': make room")
    assert.equal(0, in_disk("100m").code)
  end)
end)

-- Full to the last byte, ballast gone: by a process that was killed, and by one that ended well.
describe("a ledger on a full disk", function()
  local reading = [[
    set -e
    run() {
      name=$1; shift; code=0
      TENURE "$@" --ledger "$DISK/ledger.db" > "$DISK.$name" 2> "$DISK.$name.err" || code=$?
      echo "$name $code"
    }
    mount -t tmpfs -o size=70m none "$DISK" || exit 99
    cp "$FROM"/ledger.db* "$DISK"/
    rm -f "$DISK"/*.ballast
    cat /dev/zero > "$DISK/filled" 2> /dev/null || true
    run runs runs -o json
    run show show RUN -o json
    run why why RUN Adler -o json
    run report report RUN --format md
    run verify audit --verify -o json
    run events audit RUN -o json
    run unknown settle RUN
    run plan plan FILE
    run apply apply RUN --yes
    run approve approve RUN --reason "we want it"
    rm "$DISK/filled"
    run resume apply RUN --yes -o json
  ]]

  local function run_full(from, run, env)
    env.FROM, env.DISK = from, testing.directory()
    local script = reading:gsub("%f[%w]%u%u%u%u?%f[%W]", {RUN = run, FILE = file})
    return testing.run {
      command = "/usr/bin/unshare", "-rm", "/bin/sh", "-c", with_command(script), env = env,
    }, function(name) return testing.read(env.DISK .. "." .. name) end
  end

  local function assert_read(from, planned, env, runs)
    if not can_mount() then
      return pending("no file system can be mounted here")
    end
    local result, said = run_full(from, planned.run, env)
    assert.equal("", result.stderr)
    assert.same({
      "runs 0", "show 0", "why 0", "report 0", "verify 0", "events 0", "unknown 0", "plan 1", "apply 1", "approve 1",
      "resume 0",
    }, support.lines(result.stdout))
    local listed = testing.json.decode(said "runs")
    assert.equal(runs, #listed)
    assert.equal(planned.run, listed[runs].run)
    assert.equal(3, testing.json.decode(said "show").effects.planned)
    support.contains(said "report", planned.run)
    support.contains(said "why", "Adler")
    for _, name in ipairs {"runs", "show", "why", "report", "verify", "events", "unknown"} do
      assert.equal("", said(name .. ".err"), name)
    end
    for _, name in ipairs {"plan", "apply", "approve"} do
      assert.equal("", said(name))
      assert.equal(1, #support.lines(said(name .. ".err")))
      support.contains(said(name .. ".err"), "tenure: only 0 MB are free on the disk of the ledger '" .. env.DISK)
      support.contains(said(name .. ".err"), "make room for at least 64 MB, then try again")
    end
    assert.equal(3, testing.json.decode(said "resume").effects.succeeded)
  end

  it("is read, and only what would write says that there is no room", function()
    local own <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(own.env)
    local planned = support.json(tenure(env, "plan", file, "-o", "json"))
    assert_read(env.XDG_STATE_HOME .. "/tenure", planned, env, 1)
  end)

  it("is read with what a killed process had written", function()
    local own <close> = testing.simulator {world = world, settle = 50}
    local env = support.env(own.env)
    local planned = support.json(tenure(env, "plan", file, "-o", "json"))
    own:faults {slow = {next = 1, ms = 60000, on = "token"}}
    local process <close> = testing.spawn {"plan", file, "--concurrency", "1", env = env}
    support.eventually(function()
      return #support.json(tenure(env, "runs", "-o", "json")) == 2
    end)
    process:kill("SIGKILL")
    process:wait()
    local path = env.XDG_STATE_HOME .. "/tenure/ledger.db"
    assert.is_true(#testing.read(path .. "-wal") > 0)
    assert_read(env.XDG_STATE_HOME .. "/tenure", planned, env, 2)
  end)
end)

describe("files that changed since the plan", function()
  it("stop an apply before anything is sent, until they are put back", function()
    local own = support.workflow()
    local flow, script = own .. "/refund.yaml", own .. "/scripts/refund.lua"
    local env = support.env(simulator.env)
    local run = support.json(tenure(env, "plan", flow, "-o", "json")).run
    local function refused(code, ...)
      local result = tenure(env, "apply", run, "--yes")
      assert.equal(code, result.code, result.stderr)
      for _, part in ipairs {...} do
        support.contains(result.stderr, part)
      end
      assert.equal(0, #simulator:effects())
    end
    local texts = {[flow] = testing.read(flow), [script] = testing.read(script)}
    for path, text in pairs(texts) do
      testing.write(path, text .. "\n")
      refused(2, "refund.yaml or one of its scripts has changed since run " .. run .. " was planned", "make a new plan")
      os.remove(path)
      refused(2, path == flow and "no workflow file" or "no file 'scripts/refund.lua'")
      testing.write(path, text)
    end
    testing.write(flow, "tenure: [\n")
    refused(2, "refund.yaml:2:1: a value is missing here")
    testing.write(flow, texts[flow])
    local planned = tenure(env, "show", run, "-o", "json")
    assert.equal(3, support.json(planned).effects.planned)
  end)
end)

describe("customers", function()
  local env

  setup(function()
    env = support.env(simulator.env)
  end)

  it("in a file are checked cell by cell", function()
    for text, why in pairs {
      ["id,note\na b,x\n"] = "ours.csv:2:1: 'a b' is not a tenant id or domain",
      ["note;id\nx;contoso.com\ny;../x\n"] = "ours.csv:3:3: '../x' is not a tenant id or domain",
      ["name\nAdler\n"] = "ours.csv:1:1: no column 'id' or 'domain': the first line names the columns",
      ["id\n\"open\n"] = "ours.csv:2:1: the quote is not closed",
      ["id,note\na.example\n"] = "ours.csv:2:1: 1 cells, and the header has 2",
      ["id\na.example\nA.example\n"] = "ours.csv:3:1: customer 'A.example' is on line 2 already",
      ["id\n\xff\n"] = "ours.csv:2:1: not UTF-8",
      ["id\na\0b\n"] = "ours.csv:2:2: a NUL byte",
      ["id\n"] = "ours.csv: no customers in it",
      [""] = "ours.csv:1:1: the file is empty",
    } do
      local place = testing.directory()
      testing.write(place .. "/ours.csv", text)
      local result = testing.run {"plan", file, "--customers", "ours.csv", env = env, cwd = place}
      assert.equal(2, result.code, result.stderr)
      assert.equal("", result.stdout)
      support.contains(result.stderr, "tenure: " .. why)
    end
    local result = tenure(env, "plan", file, "--customers", "none.csv")
    assert.equal(2, result.code)
    support.contains(result.stderr, "cannot open 'none.csv'")
  end)

  it("in the workflow's own file are checked with the workflow", function()
    local own = support.workflow {customers = "{file: ours.csv}"}
    testing.write(own .. "/ours.csv", "id\na b\n")
    local result = tenure(env, "check", own .. "/refund.yaml")
    assert.equal(2, result.code)
    support.contains(result.stderr, "refund.yaml:4:19: ours.csv:2:1: 'a b' is not a tenant id or domain")
  end)

  it("may come from standard input, and narrow only", function()
    local ids = {}
    for _, customer in ipairs(simulator:world().customers) do
      ids[customer.name] = customer.id
    end
    local arguments = {"plan", file, "--customers", "-", "-o", "json", env = env}
    arguments.stdin = "id\n" .. ids.Adler .. "\n" .. ids.Conti .. "\n"
    local result = testing.run(arguments)
    assert.equal(0, result.code, result.stderr)
    assert.equal(2, support.json(result).effects.planned)
    arguments.stdin = "id\nnobody.example\n"
    result = testing.run(arguments)
    assert.equal(2, result.code)
    support.contains(result.stderr, "--customers: 'nobody.example' is none of the workflow's 3 customers")
  end)

  it("that --only names are there, all of them", function()
    local result = tenure(env, "plan", file, "--only", "Adler,Nobody", "-o", "json")
    assert.equal(2, result.code)
    support.contains(result.stderr, "--only: 'Nobody' is none of the workflow's 3 customers")
    assert.equal(0, support.json(result).effects.planned)
  end)
end)
