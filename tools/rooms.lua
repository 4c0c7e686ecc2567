-- Who includes whom: checks every #include of host/ against the rooms that its own room may see (host/README.md), and
-- that a C file includes its own header (or its room's internal.h) first.

local may_include = {
  base = {},
  loop = {"base"},
  json = {"base", "loop"},
  yaml = {"base"},
  net = {"base", "loop", "json"},
  auth = {"base", "loop", "json", "net"},
  azure = {"base", "loop", "json", "net", "auth"},
  ledger = {"base", "loop"},
  workflow = {"base", "loop", "json", "yaml", "net", "auth", "azure", "ledger"},
  lua = {"base", "loop", "json", "yaml", "net", "auth", "azure", "ledger", "workflow"},
  simulator = {"base", "loop", "json", "yaml"},
  testing = {"base", "loop", "json", "yaml", "net", "auth", "lua", "simulator"},
  api = {
    "base", "loop", "json", "yaml", "net", "auth", "azure", "ledger", "workflow", "lua", "simulator", "testing",
  },
  cli = {"base"},
}

-- The libraries behind the rooms stay behind them: header, and the rooms that may name it. Documents live in a Lua
-- state, so rooms that hold documents know what a lua_State is; only those with the auxiliary library work on its
-- stack.
local libraries = {
  ["curl/"] = {net = true},
  ["yaml.h"] = {yaml = true},
  ["sqlite3.h"] = {ledger = true},
  ["uv.h"] = {loop = true, net = true, ledger = true, simulator = true, testing = true, api = true},
  ["microhttpd.h"] = {simulator = true, testing = true},
  ["lua.h"] = {
    loop = true, json = true, azure = true, workflow = true, lua = true, simulator = true, testing = true, api = true,
  },
  ["lualib.h"] = {json = true, lua = true, testing = true, api = true},
  ["lauxlib.h"] = {loop = true, json = true, lua = true, testing = true, api = true},
}

local problems = 0

local function complain(path, line, ...)
  problems = problems + 1
  io.stderr:write(("%s:%d: %s\n"):format(path, line, string.format(...)))
end

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do
    list[#list + 1] = line
  end
  assert(pipe:close(), command)
  return list
end

local function contains(list, word)
  for _, each in ipairs(list) do
    if each == word then
      return true
    end
  end
  return false
end

local function exists(path)
  local file = io.open(path)
  return file and file:close()
end

local function check_ours(path, number, room, header)
  local other = header:match("^([%w_]+)/")
  if not other then
    complain(path, number, '"%s": headers of ours are named with their room', header)
  elseif other == "tenure" or other == room then
    return
  elseif not may_include[other] then
    complain(path, number, "there is no room '%s'", other)
  elseif not contains(may_include[room], other) then
    complain(path, number, "room '%s' may not include from '%s'", room, other)
  end
end

local function check_library(path, number, room, header)
  for prefix, rooms in pairs(libraries) do
    if header:sub(1, #prefix) == prefix and not rooms[room] then
      complain(path, number, "room '%s' may not include <%s>", room, header)
    end
  end
end

local function check_file(path, room)
  local own = path:match("^host/(.*)%.c$")
  own = own and own .. ".h"
  local first, number = true, 0
  for line in io.lines(path) do
    number = number + 1
    local quoted, angled = line:match('^%s*#%s*include%s+"([^"]+)"'), line:match("^%s*#%s*include%s+<([^>]+)>")
    if quoted then
      check_ours(path, number, room, quoted)
    elseif angled then
      check_library(path, number, room, angled)
    end
    if (quoted or angled) and first then
      first = false
      if own and exists("host/" .. own) and quoted ~= own and quoted ~= room .. "/internal.h" then
        complain(path, number, '"%s" comes first here', own)
      end
    end
  end
end

for _, path in ipairs(lines_of("tools/list-files c")) do
  local room = path:match("^host/([%w_]+)/")
  if room and not may_include[room] then
    complain(path, 1, "room '%s' is not in tools/rooms.lua: say there what it may include", room)
  elseif room then
    check_file(path, room)
  end
  if path:match("^include/") then
    for line in io.lines(path) do
      local header = line:match('^%s*#%s*include%s+[<"]([^>"]+)')
      if header and not header:match("^std%w+%.h$") and not header:match("^tenure/") then
        complain(path, 1, "public headers include standard headers only, not <%s>", header)
      end
    end
  end
end

os.exit(problems == 0)
