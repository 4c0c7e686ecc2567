-- `tenure test` itself: that what fails is counted, that everything waits everywhere, and what tenure.testing gives.
local support = require "support"
local testing = require "tenure.testing"

local function test(files, ...)
  return testing.run {"test", support.folder(files), "--", ...}
end

local function contains(text, part)
  assert.is_truthy(text:find(part, 1, true), ("%q is not in:\n%s"):format(part, text))
end

-- The message a call raised, as text.
local function raised_by(call, ...)
  local ok, problem = pcall(call, ...)
  assert.is_false(ok)
  return tostring(problem)
end

local function is_alive(pid)
  return testing.run({command = "/bin/sh", "-c", "kill -0 " .. pid}).code == 0
end

describe("tenure test", function()
  it("counts what passes, fails and raises, names file and line, and exits with a failure", function()
    local result = test {
      ["mixed_spec.lua"] = [[
        it("is right", function() assert.is_true(true) end)
        it("is wrong", function() assert.equal(1, 2) end)
        it("raises", function() error("boom") end)
        pending("is not there yet")
      ]],
    }
    contains(result.stdout, "1 passed, 1 failed, 1 error, 1 pending\n")
    contains(result.stdout, "mixed_spec.lua:2:")
    contains(result.stdout, "mixed_spec.lua:3: boom")
    assert.not_equal(0, result.code)
  end)

  it("exits with 0 when all is well, and looks into folders for files that end in _spec.lua only", function()
    local result = test {
      ["one_spec.lua"] = [[it("one", function() end)]],
      ["deep/two_spec.lua"] = [[it("two", function() end)]],
      ["deep/three_specs.lua"] = [[it("three", function() error("not a spec") end)]],
      ["deep/helper.lua"] = [[error("not a spec")]],
    }
    contains(result.stdout, "2 passed, 0 failed\n")
    assert.equal(0, result.code)
  end)

  it("counts a file that cannot be loaded and one that raises as errors", function()
    local result = test {
      ["broken_spec.lua"] = "it(",
      ["raising_spec.lua"] = [[error("at the top")]],
      ["fine_spec.lua"] = [[it("is fine", function() end)]],
    }
    contains(result.stdout, "1 passed, 0 failed, 2 errors\n")
    contains(result.stdout, "broken_spec.lua:1:")
    contains(result.stdout, "raising_spec.lua:1: at the top")
    assert.not_equal(0, result.code)
  end)

  it("counts a folder without specs as an error", function()
    local result = test {}
    contains(result.stdout, "0 passed, 0 failed, 1 error\n")
    assert.not_equal(0, result.code)
  end)

  it("passes --filter, --tags and --exclude-tags on to busted", function()
    local files = {
      ["tags_spec.lua"] = [[
        it("alpha #slow", function() end)
        it("beta #slow", function() error("left out") end)
        it("gamma", function() error("left out") end)
      ]],
    }
    contains(test(files, "--filter=alpha").stdout, "1 passed, 0 failed\n")
    contains(test(files, "--tags=slow", "--filter=alpha").stdout, "1 passed, 0 failed\n")
    contains(test(files, "--exclude-tags=slow").stdout, "0 passed, 0 failed, 1 error\n")
  end)

  it("finds helpers beside the specs, and does not let a spec end the process", function()
    local result = test {
      ["shared.lua"] = [[return {answer = 42}]],
      ["exit_spec.lua"] = [[
        require "busted.runner"()
        it("uses the helper", function() assert.equal(42, require "shared".answer) end)
        it("exits", function() os.exit(0) end)
      ]],
    }
    contains(result.stdout, "1 passed, 0 failed, 1 error\n")
    contains(result.stdout, "exit_spec.lua:3: a spec cannot end the process")
  end)

  it("leaves no process and no folder when it is ended in the middle", function()
    local folder = support.folder {
      ["long_spec.lua"] = [[
        local testing = require "tenure.testing"
        it("waits", function()
          local sleeper = testing.spawn {command = "/bin/sleep", "1000"}
          print(testing.directory())
          print("sleeper " .. sleeper.pid)
          io.flush()
          sleeper:wait()
        end)
      ]],
    }
    local run <close> = testing.spawn {"test", folder}
    local line, inside, pid
    repeat
      inside, line = line, run:line()
      pid = line:match("sleeper (%d+)")
    until pid
    assert.is_true(is_alive(pid))
    run:kill("SIGTERM")
    local result = run:wait()
    assert.not_equal(0, result.code)
    assert.is_false(is_alive(pid))
    assert.equal("", testing.run({command = "/bin/sh", "-c", "ls -d " .. inside .. " 2>/dev/null"}).stdout)
  end)
end)

describe("waiting", function()
  local count = 0

  before_each(function()
    testing.sleep(1)
    count = count + 1
  end)

  it("works in before_each and it", function()
    testing.sleep(1)
    assert.equal(1, count)
  end)

  it("works under pcall, xpcall and assert.has_error, whose errors come through", function()
    assert.is_true(pcall(testing.sleep, 1))
    local function wait_and_raise()
      testing.sleep(1)
      error("after the wait", 0)
    end
    local _, handled = xpcall(wait_and_raise, function(problem)
      return "handled: " .. problem
    end)
    assert.equal("handled: after the wait", handled)
    assert.has_error(wait_and_raise, "after the wait")
  end)

  it("works in a coroutine of the spec's own, which still yields to the spec", function()
    local double = coroutine.wrap(function(first)
      testing.sleep(1)
      local second = coroutine.yield(2 * first)
      testing.sleep(1)
      return 2 * second
    end)
    assert.equal(2, double(1))
    assert.equal(6, double(3))
  end)

  it("is refused in a sort comparator", function()
    contains(raised_by(table.sort, {2, 1}, function()
      testing.sleep(1)
      return false
    end), "sort comparator")
  end)
end)

describe("testing.run", function()
  it("captures exit code and both streams, gives standard input, folder and variables", function()
    local folder = testing.directory()
    local result = testing.run {
      command = "/bin/sh", "-c", [[cat; echo "$COLOUR-$HOME"; pwd; echo oops >&2; exit 7]],
      stdin = "typed\n", cwd = folder, env = {COLOUR = "blue", HOME = false},
    }
    assert.same({code = 7, stdout = "typed\nblue-\n" .. folder .. "\n", stderr = "oops\n"}, result)
  end)

  it("runs the tenure command", function()
    local result = testing.run {"--version"}
    assert.equal(0, result.code)
    contains(result.stdout, "tenure")
  end)

  it("keeps a long output whole", function()
    local result = testing.run {command = "/bin/sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"}
    assert.equal(3000000, #result.stdout)
  end)

  it("says which signal ended a command", function()
    local result = testing.run {command = "/bin/sh", "-c", "kill -KILL $$"}
    assert.is_nil(result.code)
    assert.equal(9, result.signal)
  end)

  it("kills a command that takes too long, and shows what it had printed", function()
    local script = "echo begun; echo pid $$ >&2; exec sleep 1000"
    local problem = raised_by(testing.run, {command = "/bin/sh", "-c", script, timeout_ms = 500})
    contains(problem, "testing_spec.lua:")
    contains(problem, "standard output: begun")
    local pid = problem:match("standard error: pid (%d+)")
    support.eventually(function()
      return not is_alive(pid)
    end)
  end)

  it("names a command that is not there", function()
    contains(raised_by(testing.run, {command = "/no/such/command"}), "start '/no/such/command'")
  end)
end)

describe("testing.spawn", function()
  it("gives lines as they come, and the rest at the end", function()
    local process <close> = testing.spawn {command = "/bin/sh", "-c", "echo one; printf 'two\\nthree'"}
    assert.equal("one", process:line())
    assert.equal("two", process:line())
    assert.equal("three", process:line())
    assert.is_nil(process:line())
    assert.same({code = 0, stdout = "one\ntwo\nthree", stderr = ""}, process:wait())
  end)

  it("can be killed by name and by number", function()
    local first <close> = testing.spawn {command = "/bin/sleep", "1000"}
    first:kill("SIGTERM")
    assert.equal(15, first:wait().signal)
    local second <close> = testing.spawn {command = "/bin/sleep", "1000"}
    second:kill(9)
    assert.equal(9, second:wait().signal)
  end)

  it("ends a process that nobody holds any more", function()
    local pid = testing.spawn({command = "/bin/sleep", "1000"}).pid
    collectgarbage()
    collectgarbage()
    support.eventually(function()
      return not is_alive(pid)
    end)
  end)
end)

describe("testing.server", function()
  it("sees a request as it was sent, and answers it", function()
    local seen
    local server <close> = testing.server(function(connection)
      seen = connection:read_request()
      connection:answer(201, '{"made": true}', {["Content-Type"] = "application/json"})
    end)
    local answer = testing.http {
      url = server.url .. "/things?n=1", method = "PUT", headers = {["X-Ms-Test"] = "yes"}, json = {name = "a"},
    }
    assert.equal(201, answer.status)
    assert.same({made = true}, answer.json)
    assert.equal("PUT", seen.method)
    assert.equal("/things?n=1", seen.path)
    assert.equal("yes", seen.headers["x-ms-test"])
    assert.equal('{"name":"a"}', seen.body)
    server:stop()
  end)

  it("sends a request once even when the connection closes without an answer", function()
    local requests = 0
    local server <close> = testing.server(function(connection)
      if connection:read_request() then
        requests = requests + 1
      end
    end)
    for _, method in ipairs {"GET", "POST"} do
      raised_by(testing.http, {url = server.url .. "/", method = method, body = method == "POST" and "x" or nil})
    end
    assert.equal(2, requests)
    server:stop()
  end)

  it("serves connections side by side, each in a task that may wait", function()
    local inner <close> = testing.server(function(connection)
      connection:read_request()
      testing.sleep(5)
      connection:answer(200, "from within")
    end)
    local server <close> = testing.server(function(connection)
      connection:read_request()
      connection:answer(200, testing.http({url = inner.url}).body)
    end)
    assert.equal("from within", testing.http({url = server.url}).body)
    server:stop()
    inner:stop()
  end)

  it("raises what a handler raised, when it is stopped", function()
    local server <close> = testing.server(function(connection)
      connection:read_request()
      error("a broken handler")
    end)
    raised_by(testing.http, {url = server.url .. "/", method = "POST", body = "x"})
    contains(raised_by(server.stop, server), "a broken handler")
  end)

  it("cannot be reached once it is stopped", function()
    local server = testing.server(function() end)
    server:stop()
    contains(raised_by(testing.http, {url = server.url}), "127.0.0.1")
  end)
end)

describe("testing.simulator", function()
  local world = [[
customers:
  - {id: kowalski, country: PL, currency: PLN, reservations: [{id: r1, sku: Standard_D2s_v3, utilization: 1%}]}
  - {id: smith, country: US, currency: USD, consent: missing}
]]

  it("answers as the world text says, with empty books", function()
    local simulator <close> = testing.simulator {world = world}
    assert.equal(2, #simulator:world().customers)
    assert.equal(2, simulator:state().customers)
    assert.same({}, simulator:effects())
    assert.equal(simulator.url, simulator.env.TENURE_CLOUD)
    assert.is_string(simulator.tenant)
  end)

  it("makes the same world from the same seed", function()
    local first <close> = testing.simulator {customers = 3, reservations = 2, seed = 7}
    local second <close> = testing.simulator {customers = 3, reservations = 2, seed = 7}
    assert.equal(3, #first:world().customers)
    assert.same(first:world(), second:world())
  end)

  it("takes faults at the start and as it runs, and says what is wrong with them", function()
    local simulator <close> = testing.simulator {customers = 1, faults = {throttle = 0.5}}
    simulator:faults {drop = {next = 3}}
    simulator:faults {}
    contains(raised_by(simulator.faults, simulator, {no_such_fault = 1}), "no_such_fault")
    contains(raised_by(testing.simulator, {faults = {no_such_fault = 1}}), "no_such_fault")
  end)

  it("is gone once it is stopped", function()
    local simulator = testing.simulator {customers = 1}
    simulator:stop()
    simulator:stop()
    raised_by(simulator.state, simulator)
  end)
end)

describe("testing.json and files", function()
  it("brings values through unchanged", function()
    local value = {text = "ü\n", list = {1, 2.5, true}, nested = {deep = {}}}
    assert.same(value, testing.json.decode(testing.json.encode(value)))
  end)

  it("says where bad JSON was decoded", function()
    contains(raised_by(testing.json.decode, "{"), "json.decode: ")
  end)

  it("writes files with the folders above them, and reads them back", function()
    local folder = testing.directory()
    assert.not_equal(folder, testing.directory())
    testing.write(folder .. "/a/b/c.txt", "one\0two")
    assert.equal("one\0two", testing.read(folder .. "/a/b/c.txt"))
    contains(raised_by(testing.read, folder .. "/none"), folder .. "/none")
  end)
end)
