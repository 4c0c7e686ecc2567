-- README.md: what it shows is run here. Its blocks of code say by their info strings what they are: see `kinds`.
local support = require "support"
local testing = require "tenure.testing"

local readme = testing.read(support.root .. "/README.md")

-- What a block may be; one of no kind fails, for nothing would notice when it is wrong.
local kinds = {
  ["sh dev"] = true, -- tasks of ./dev, which must exist
  ["sh run"] = true, -- typed one after the other, in a checkout with a release in it
  ["text"] = true, -- what the `sh run` before it prints
  ["text demo"] = true, -- the plan that ./dev demo shows
  ["text rooms"] = true, -- names of rooms
  ["yaml config"] = true, -- a config.yaml
  ["yaml name="] = true, ["lua name="] = true, -- files that the reader saves
  ["c from="] = true, -- lines of a file of ours
}

-- {kind, argument, text, line}: of "yaml name=first.yaml" the argument is first.yaml.
local function blocks_of(text)
  local blocks, block, number = {}, nil, 0
  for line in text:gmatch("([^\n]*)\n") do
    number = number + 1
    local info = line:match("^```(.*)$")
    if info and block then
      block = nil
    elseif info then
      local kind, argument = info:match("^(%w+ %w+=)(%S+)$")
      block = {kind = kind or info, argument = argument, text = "", line = number}
      blocks[#blocks + 1] = block
    elseif block then
      block.text = block.text .. line .. "\n"
    end
  end
  return blocks
end

local blocks = blocks_of(readme)

local function of_kind(kind)
  local found = {}
  for _, block in ipairs(blocks) do
    if block.kind == kind then
      found[#found + 1] = block
    end
  end
  assert(#found > 0, "README.md has no block of kind " .. kind)
  return found
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    if line:find("%S") then
      lines[#lines + 1] = line
    end
  end
  return lines
end

-- The text under a heading, up to the next one.
local function section(heading)
  return assert(readme:match("\n## " .. heading .. "\n(.-)\n## "), "README.md has no section " .. heading)
end

---- output ----------------------------------------------------------------------------------------------------------

local hex = "%x"
local guid = hex:rep(8) .. ("%-" .. hex:rep(4)):rep(3) .. "%-" .. hex:rep(12)

-- The words of a line, with those that differ each time as what they are.
local function words_of(line)
  line = line:gsub(guid, "<id>"):gsub("r%-%d+%-%x+", "<run>"):gsub("%d+%-%d+%-%d+ %d+:%d+", "<time>")
  line = line:gsub("[%w._-]+@[%w._-]+", "<who>"):gsub("[%d,]+%.%d%d", "<amount>")
  local words = {}
  for word in line:gmatch("%S+") do
    words[#words + 1] = word
  end
  return words
end

-- Months differ in length, so a count may differ a little with the day.
local function is_near(shown, actual)
  shown, actual = math.tointeger(shown), math.tointeger(actual)
  return shown and actual and math.abs(shown - actual) <= math.max(3, shown // 5)
end

local function is_like(shown, actual)
  local left, right = words_of(shown), words_of(actual)
  for i = 1, math.max(#left, #right) do
    if left[i] ~= right[i] and not is_near(left[i], right[i]) then
      return false
    end
  end
  return true
end

-- Line by line; a line of … stands for any number of lines.
local function assert_shows(block, output)
  local actual, at, gap = lines_of(output), 1, false
  for n, shown in ipairs(lines_of(block.text)) do
    if shown == "…" then
      gap = true
    else
      while gap and actual[at] and not is_like(shown, actual[at]) do
        at = at + 1
      end
      local same = actual[at] and is_like(shown, actual[at])
      assert.is_truthy(same, ("README.md:%d shows\n%s\nwhere there is\n%s\nin\n%s"):format(
        block.line + n, shown, actual[at] or "nothing", output))
      at, gap = at + 1, false
    end
  end
  assert.is_truthy(gap or not actual[at], ("README.md:%d: the output goes on with\n%s"):format(
    block.line, actual[at] or ""))
end

---- what the reader types -------------------------------------------------------------------------------------------

-- The tenure command that runs these specs.
local function command_path()
  return (testing.run({command = "/bin/sh", "-c", [[readlink "/proc/$PPID/exe"]]}).stdout:gsub("\n$", ""))
end

-- One script of all blocks: what block N prints goes to the file N, commands that fail are listed in the file `failed`.
-- 3 is no failure: some customers of the simulator cannot be reached. A run's id is only known once it is planned.
local function session(outputs)
  local script = {
    "trap 'kill $(jobs -p) 2>/dev/null || :' EXIT",
    ([[trap 'code=$?; [ $code = 3 ] || echo "exit $code: $BASH_COMMAND" >>"%s/failed"' ERR]]):format(outputs),
  }
  for i, block in ipairs(of_kind("sh run")) do
    local commands = block.text:gsub("r%-%d+%-%x+", '"$(tenure runs -o tsv --quiet | sed -n 2p | cut -f1)"')
    script[#script + 1] = ("{\n%s} >'%s/%d' 2>&1"):format(commands, outputs, i)
  end
  return table.concat(script, "\n") .. "\n"
end

-- Progress comes when it comes, and only where a run takes its time.
local function without_progress(output)
  return (("\n" .. output):gsub("\n%a+ing: [^\n]*", ""):gsub("^\n", ""))
end

-- What each `sh run` block printed.
local function type_all()
  local env = support.env {TENURE_LEDGER = false}
  local checkout, outputs = testing.directory(), testing.directory()
  for _, kind in ipairs {"yaml name=", "lua name="} do
    for _, block in ipairs(of_kind(kind)) do
      testing.write(env.HOME .. "/first/" .. block.argument, block.text)
    end
  end
  testing.write(checkout .. "/build/README", "a release would be here\n")
  testing.run {command = "/bin/ln", "-s", command_path(), checkout .. "/build/tenure"}
  testing.write(outputs .. "/failed", "")
  testing.run {command = "/bin/bash", "-c", session(outputs), env = env, cwd = checkout}
  local printed = {}
  for i in ipairs(of_kind("sh run")) do
    printed[i] = without_progress(testing.read(outputs .. "/" .. i))
  end
  assert.equal("", testing.read(outputs .. "/failed"), table.concat(printed, "\n"))
  return printed
end

describe("README.md", function()
  it("has no block that is not tested", function()
    for _, block in ipairs(blocks) do
      assert.is_truthy(kinds[block.kind], ("README.md:%d: a block of kind '%s'"):format(block.line, block.kind))
    end
  end)

  it("leads to a first workflow that plans and applies as it shows", function()
    local printed, i = type_all(), 0
    for _, block in ipairs(blocks) do
      i = block.kind == "sh run" and i + 1 or i
      if block.kind == "text" then
        assert_shows(block, printed[i])
      end
    end
  end)

  it("keeps the first workflow at 15 lines", function()
    for _, block in ipairs(of_kind("yaml name=")) do
      assert.is_true(#lines_of(block.text) <= 15)
    end
  end)

  it("shows the plan of the demo", function()
    assert.is_truthy(testing.read(support.root .. "/dev"):find("simulator --customers 200 --reservations 10", 1, true))
    local simulator <close> = testing.simulator {customers = 200, reservations = 10, seed = 0}
    local plan = testing.run {
      "plan", "workflows/refund-idle.yaml", "--quiet", cwd = support.root, env = support.env(simulator.env),
    }
    assert_shows(of_kind("text demo")[1], plan.stdout)
  end)

  it("shows a config.yaml with which support can be asked", function()
    local simulator <close> = testing.simulator {world = [[
customers:
  - {id: kowalski, reservations: [{id: r1, utilization: 1%, worth: 200 USD, refuses: SelfServiceRefundNotSupported}]}
]], settle = 50}
    local env = support.env(simulator.env)
    testing.write(env.XDG_CONFIG_HOME .. "/tenure/config.yaml", of_kind("yaml config")[1].text)
    local result = testing.run {
      "run", "workflows/refund-idle.yaml", "--input", "ask_support=true", "--yes", cwd = support.root, env = env,
    }
    assert.equal(0, result.code, result.stderr)
    assert.equal("create_ticket", simulator:effects()[1].kind)
  end)

  it("names tasks of ./dev that there are", function()
    local help = testing.run({command = support.root .. "/dev", "help"}).stdout
    for _, block in ipairs(of_kind("sh dev")) do
      for task in block.text:gmatch("%./dev (%a+)") do
        assert.is_truthy(help:find("./dev " .. task, 1, true), task)
      end
    end
  end)

  it("names the commands there are, all of them", function()
    local shown, there = {}, {}
    for name in section("Commands"):gmatch("\n| `tenure (%a+)") do
      shown[#shown + 1] = name
    end
    local list = testing.run({"--help"}).stdout:match("\nCommands:\n(.-)\n\n")
    for name in ("\n" .. list):gmatch("\n  (%a+)") do
      there[#there + 1] = name
    end
    assert.same(there, shown)
  end)

  it("names the exit codes there are, all of them", function()
    local shown, there = {}, {}
    for cell in section("Commands"):gmatch("\n| ([%d, ]+) |") do
      for code in cell:gmatch("%d+") do
        shown[#shown + 1] = code
      end
    end
    for code in testing.run({"--help"}).stdout:match("\nExit codes:(.*)$"):gmatch("%d+") do
      there[#there + 1] = code
    end
    assert.same(there, shown)
  end)

  it("names the packages that ./dev installs, all of them", function()
    local shown, there = {}, {}
    for name in section("What it stands on"):gmatch("`([^`]+)`") do
      shown[name] = true
    end
    local packages = testing.read(support.root .. "/dev"):match("\n  cat <<'TABLE'(\n.-\n)TABLE\n")
    for name in packages:gmatch("\n%a+ +(%S+)") do
      there[name] = true
    end
    assert.same(there, shown)
  end)

  it("shows rooms and lines of files as they are", function()
    local rooms = testing.read(support.root .. "/host/README.md")
    for name in of_kind("text rooms")[1].text:gsub("include/tenure", ""):gmatch("%a+") do
      assert.is_truthy(rooms:find("| `" .. name .. "` |", 1, true), name)
    end
    for _, block in ipairs(of_kind("c from=")) do
      local file = testing.read(support.root .. "/" .. block.argument)
      assert.is_truthy(file:find(block.text, 1, true), ("README.md:%d"):format(block.line))
    end
  end)

  it("links to files and headings that there are", function()
    for target in readme:gmatch("%]%(([^)]+)%)") do
      local heading = target:match("^#(.*)$")
      if heading then
        assert.is_truthy(readme:lower():find("\n## " .. heading:gsub("%-", " ") .. "\n", 1, true), target)
      else
        testing.read(support.root .. "/" .. target)
      end
    end
  end)
end)
