-- Words that do not belong into the sources: paths of somebody's machine, folders outside the repository, tabs and
-- blanks at line ends, conflict marks.

local unwanted = {
  {"/home/%w", "a path of somebody's machine"},
  {"/Users/%w", "a path of somebody's machine"},
  {"/ro" .. "ot/", "a path of somebody's machine"},
  {"%f[%w/]/wo" .. "rk/", "a path of somebody's machine"},
  {"%.%./shared", "a folder outside the repository"},
  {"^<<<<<<< ", "a conflict mark"},
  {"^>>>>>>> ", "a conflict mark"},
  {"[ \t]+$", "blanks at the end of the line"},
}

local binary = {png = true, db = true, ico = true}
local problems = 0

local function check_line(path, number, line)
  for _, row in ipairs(unwanted) do
    if line:find(row[1]) then
      problems = problems + 1
      io.stderr:write(("%s:%d: %s\n"):format(path, number, row[2]))
    end
  end
  if line:find("\t", 1, true) and path:match("%.[ch]$") then
    problems = problems + 1
    io.stderr:write(("%s:%d: a tab; C is indented with 4 blanks\n"):format(path, number))
  end
end

local files = assert(io.popen("tools/list-files text"))
for path in files:lines() do
  if not binary[path:match("%.(%w+)$") or ""] and path ~= "tools/words.lua" then
    local number = 0
    for line in io.lines(path) do
      number = number + 1
      check_line(path, number, line)
    end
  end
end
assert(files:close())

os.exit(problems == 0)
