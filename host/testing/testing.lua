-- require "tenure.testing": what specs of workflows and of tenure itself work with.
--
--   testing.simulator{customers=, reservations=, seed=, world=, latency=, settle=, faults=, tls=}
--       a simulator in this process: .url .tenant .env, :effects() :state() :world() :faults{…} :stop()
--       :routes() is what it serves; :change{prices=0.9, no_consent={"kowalski"}, consent={"smith"},
--       support={answers="…", closes=true}} is what happens in that world meanwhile
--       world is the path of a world file, or its text when that has a newline
--   testing.run{"plan", "file.yaml", env=, cwd=, stdin=, timeout_ms=, command=} -> {code=, signal=, stdout=, stderr=}
--       the tenure command; a variable that is false in env is not there; code is nil when a signal ended it
--   testing.spawn{…}         the same, going on: :line() :kill(signal) :wait() :stop(), .pid
--   testing.http{url=, method=, headers=, body= or json=, timeout_ms=, ca_file=} -> {status=, headers=, body=, json=}
--       sent once
--   testing.server(handler)  raw TCP on loopback: .port .url :stop(); each connection is a task, handler(connection):
--       connection:read_request() :read() :write(bytes) :answer(status, body, headers) :close()
--   testing.directory() -> path of a fresh folder; testing.write(path, text), which makes folders; testing.read(path)
--   testing.json.decode(text), testing.json.encode(value); testing.sleep(ms)
--
-- What waits may be called wherever a spec runs: it, before_each, pcall, a coroutine. Objects are stopped when they are
-- collected, closed (local x <close>) or the run ends, whichever comes first.

local c = ... -- the functions of C
local testing = {json = {encode = c.encode}}

local RUN_MS, LINE_MS, REQUEST_MS = 120000, 60000, 60000

testing.sleep, testing.write, testing.read, testing.directory = c.sleep, c.write, c.read, c.directory

function testing.json.decode(text)
  local value, problem = c.decode(text)
  if problem then
    c.fail("json.decode: " .. problem)
  end
  return value
end

-- The class of an object that owns a handle of C.
local function class()
  local methods = {}
  methods.__index = methods
  function methods.__close(self)
    self.handle:close()
  end
  return methods
end

---- HTTP ------------------------------------------------------------------------------------------------------------

function testing.http(request)
  local headers, body = {}, request.body
  for name, value in pairs(request.headers or {}) do
    headers[name] = value
  end
  if request.json ~= nil then
    body = c.encode(request.json)
    headers["Content-Type"] = headers["Content-Type"] or "application/json"
  end
  local method = request.method or (body and "POST" or "GET")
  local timeout_ms = request.timeout_ms or REQUEST_MS
  local status, text, answered = c.request(method, request.url, headers, body, timeout_ms, request.ca_file)
  return {status = status, headers = answered, body = text, json = #text > 0 and c.decode(text) or nil}
end

---- the simulator ---------------------------------------------------------------------------------------------------

local Simulator = class()

local function faults_text(faults)
  return next(faults) == nil and "{}" or c.encode(faults)
end

local function world_path(world)
  if not world or not world:find("\n") then
    return world
  end
  local path = c.directory() .. "/world.yaml"
  c.write(path, world)
  return path
end

function testing.simulator(options)
  local given = {}
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  given.world = world_path(given.world)
  given.faults = given.faults and faults_text(given.faults)
  local handle, ready = c.simulator(given)
  local self = c.decode(ready)
  self.handle = handle
  return setmetatable(self, Simulator)
end

local function ask(self, method, what, body)
  local answer = testing.http {
    url = self.url .. "/_simulator/" .. what, method = method, body = body, ca_file = self.env.TENURE_CA_FILE,
  }
  if answer.status < 200 or answer.status > 299 then
    c.fail(("the simulator answered %d to %s: %s"):format(answer.status, what, answer.body))
  end
  return answer.json
end

function Simulator:effects()
  return ask(self, "GET", "effects")
end

function Simulator:state()
  return ask(self, "GET", "state")
end

function Simulator:routes()
  return ask(self, "GET", "routes")
end

function Simulator:world()
  return ask(self, "GET", "world")
end

function Simulator:change(what)
  return ask(self, "PUT", "world", c.encode(what))
end

function Simulator:faults(faults)
  return ask(self, "PUT", "faults", faults_text(faults))
end

function Simulator:stop()
  self.handle:close()
end

---- the tenure command ----------------------------------------------------------------------------------------------

local Process = class()

local function environment_list(changes)
  local merged, list = {}, {}
  for name, value in pairs(c.environment) do
    merged[name] = value
  end
  for name, value in pairs(changes or {}) do
    merged[name] = value and tostring(value) or nil
  end
  for name, value in pairs(merged) do
    list[#list + 1] = name .. "=" .. value
  end
  return list
end

function testing.spawn(options)
  local arguments = {options.command or c.command}
  for i, argument in ipairs(options) do
    arguments[i + 1] = tostring(argument)
  end
  local handle = c.spawn(arguments, environment_list(options.env), options.cwd, options.stdin)
  return setmetatable({handle = handle, pid = handle:pid(), words = table.concat(arguments, " ")}, Process)
end

local function give_up(self, timeout_ms, stdout, stderr)
  self.handle:close()
  c.fail(("%s: nothing more for %d ms, so it was killed\nstandard output: %s\nstandard error: %s"):format(
    self.words, timeout_ms, stdout:sub(-2000), stderr:sub(-2000)))
end

-- The next line it prints, without the newline; nil when there is none left.
function Process:line(timeout_ms)
  timeout_ms = timeout_ms or LINE_MS
  local line = self.handle:line(timeout_ms)
  if line == false then
    local _, stdout, stderr = self.handle:wait(0)
    give_up(self, timeout_ms, stdout, stderr)
  end
  return line
end

-- signal: a number, or a name such as "SIGKILL"; SIGTERM otherwise.
function Process:kill(signal)
  self.handle:kill(signal or "SIGTERM")
end

function Process:wait(timeout_ms)
  timeout_ms = timeout_ms or RUN_MS
  local ended, stdout, stderr, code, signal = self.handle:wait(timeout_ms)
  if not ended then
    give_up(self, timeout_ms, stdout, stderr)
  end
  return {code = code, signal = signal, stdout = stdout, stderr = stderr}
end

-- End it at once, whatever it does.
function Process:stop()
  self.handle:close()
end

function testing.run(options)
  local process <close> = testing.spawn(options)
  local result = process:wait(options.timeout_ms)
  return result
end

---- a raw server ----------------------------------------------------------------------------------------------------

local Server, Connection = class(), class()

-- Reads until the input has what `find` looks for; nil when the other end stopped first.
local function read_until(self, find)
  local first, last = find(self.input)
  while not first do
    local bytes = self.handle:read(REQUEST_MS)
    if not bytes then
      return nil
    end
    self.input = self.input .. bytes
    first, last = find(self.input)
  end
  local found = self.input:sub(1, last)
  self.input = self.input:sub(last + 1)
  return found
end

local function read_bytes(self, count)
  return read_until(self, function(input)
    if #input >= count then
      return 1, count
    end
  end)
end

local function read_line(self)
  local line = read_until(self, function(input)
    return input:find("\r\n", 1, true)
  end)
  return line and line:sub(1, -3)
end

local function read_chunks(self)
  local chunks = {}
  while true do
    local size = tonumber(read_line(self) or "", 16)
    local chunk = size and read_bytes(self, size)
    if not chunk or not read_line(self) then
      return nil
    end
    if size == 0 then
      return table.concat(chunks)
    end
    chunks[#chunks + 1] = chunk
  end
end

-- {method, path, headers (names in lower case), body}; nil when the client closed instead.
function Connection:read_request()
  local line = read_line(self)
  local method, path = (line or ""):match("^(%S+) (%S+) HTTP/")
  local request = {method = method, path = path, headers = {}}
  while method do
    line = read_line(self)
    if not line then
      return nil
    end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    if not name then
      break
    end
    request.headers[name:lower()] = value
  end
  if request.headers["transfer-encoding"] == "chunked" then
    request.body = read_chunks(self)
  else
    request.body = read_bytes(self, tonumber(request.headers["content-length"] or 0))
  end
  return method and request.body and request
end

-- What came next, however much; nil at the end.
function Connection:read()
  if #self.input > 0 then
    local input = self.input
    self.input = ""
    return input
  end
  return self.handle:read(REQUEST_MS)
end

function Connection:write(bytes)
  self.handle:write(REQUEST_MS, bytes)
end

-- A whole HTTP answer; the connection stays open unless the headers say otherwise.
function Connection:answer(status, body, headers)
  body = body or ""
  local lines = {("HTTP/1.1 %d Answer"):format(status), ("Content-Length: %d"):format(#body)}
  for name, value in pairs(headers or {}) do
    lines[#lines + 1] = name .. ": " .. value
  end
  self:write(table.concat(lines, "\r\n") .. "\r\n\r\n" .. body)
end

function Connection:close()
  self.handle:close()
end

function testing.server(handler)
  local self = setmetatable({}, Server)
  local shared = {} -- what both the server and its handlers know; a handler does not keep its server alive
  self.handle, self.port = c.listen(function(handle)
    local connection = setmetatable({handle = handle, input = ""}, Connection)
    local ok, problem = xpcall(handler, debug.traceback, connection)
    connection:close()
    if not ok and not shared.stopped then
      shared.problem = shared.problem or tostring(problem)
    end
  end)
  self.url, self.shared = "http://127.0.0.1:" .. self.port, shared
  return self
end

-- Raises what a handler raised before.
function Server:stop()
  self.shared.stopped = true
  self.handle:close()
  local problem = self.shared.problem
  self.shared.problem = nil
  if problem then
    c.fail("a handler of this server failed: " .. problem)
  end
end

return testing
