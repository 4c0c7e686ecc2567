-- luacheck: one standard for scripts, specs and tools.
std = "lua54"
max_line_length = 120
exclude_files = {"build"}

-- Specs run under busted, inside the host.
files["spec"] = {std = "lua54+busted"}

-- Scripts of steps are confined: what the host does not give them is not there.
files["scripts"] = {
  not_globals = {"io", "package", "debug", "collectgarbage", "getmetatable", "dofile", "loadfile", "warn"},
}
