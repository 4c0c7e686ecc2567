-- Runs busted inside the host: returns run(paths, arguments), the body of one task.
--
-- This is busted.runner without what a library must not do: it neither parses the process's own arguments nor exits nor
-- changes the folder. Bodies of `it`, `before_each` and so on run under busted's xpcall, through which a task can wait.

local testing = require "tenure.testing"
local path = require "pl.path"
local new_busted = require "busted.core"
local parse_arguments = require "busted.modules.cli"

---- waiting in a spec's own coroutines ------------------------------------------------------------------------------

-- A call that waits yields a mark meant for the loop. A coroutine that a spec resumes has to pass it on, until it gets
-- something that is for the spec.
local mark = ...
local resume, status, yield, create = coroutine.resume, coroutine.status, coroutine.yield, coroutine.create

local function pass_on(co, ok, ...)
  if ok and ... == mark and status(co) == "suspended" then
    yield(mark)
    return pass_on(co, resume(co))
  end
  return ok, ...
end

local function results_or_raise(ok, ...)
  if not ok then
    error((...), 0)
  end
  return ...
end

local function patch_coroutines(library)
  function library.resume(co, ...)
    return pass_on(co, resume(co, ...))
  end
  function library.wrap(body)
    local co = create(body)
    return function(...)
      return results_or_raise(pass_on(co, resume(co, ...)))
    end
  end
end

---- the environment of specs ----------------------------------------------------------------------------------------

local function forbid_exit(library)
  function library.exit()
    error("a spec cannot end the process: raise an error instead", 2)
  end
end

local function patch_libraries()
  patch_coroutines(coroutine)
  forbid_exit(os)
  -- Files that may also be run by themselves begin with require "busted.runner"().
  package.loaded["busted.runner"] = function()
    return function() end
  end
end

-- Helpers beside the specs are found by require, wherever the run was started.
local function search_beside(paths)
  local folders = {}
  for _, given in ipairs(paths) do
    local folder = path.isdir(given) and given or path.dirname(given)
    folders[#folders + 1] = path.join(folder == "" and "." or folder, "?.lua")
  end
  folders[#folders + 1] = package.path
  package.path = table.concat(folders, ";")
end

---- busted ----------------------------------------------------------------------------------------------------------

-- busted's own options, its .busted file included; nil and a sentence when they are wrong.
local function options_from(arguments)
  local cli = parse_arguments {output = "plainTerminal"}
  cli:set_name("tenure test")
  local options, problem = cli:parse(arguments)
  if not options then
    return nil, (problem:gsub("^tenure test: error: ", ""):gsub("; re%-run with .*$", ""))
  end
  if options.lua then
    return nil, "--lua: specs run in tenure's own Lua"
  end
  if path.normpath(options.directory) ~= "." then
    return nil, "--directory: start tenure test there instead"
  end
  if #options.pattern == 1 and options.pattern[1] == "_spec" then
    options.pattern = {"_spec%.lua$"}
  end
  return options
end

-- Counts as busted.runner does: what fails outside an `it` is an error, and so is a file that cannot be loaded.
local function count(busted, options)
  local counts = {passed = 0, failed = 0, errors = 0, pending = 0}
  local function add(what)
    counts[what] = counts[what] + 1
    return nil, true
  end
  local function add_problem(what)
    busted.skipAll = not options["keep-going"]
    return add(what)
  end
  busted.subscribe({"error"}, function()
    return add_problem("errors")
  end)
  busted.subscribe({"failure"}, function(element)
    return add_problem(element.descriptor == "it" and "failed" or "errors")
  end)
  busted.subscribe({"test", "end"}, function(_, _, outcome)
    if outcome == "success" then
      return add("passed")
    elseif outcome == "pending" then
      return add("pending")
    end
    return nil, true
  end)
  return counts
end

local function set_output(busted, options)
  require "busted.modules.output_handler_loader"()(busted, options.output, {
    defaultOutput = "plainTerminal",
    verbose = options.verbose,
    suppressPending = options["suppress-pending"],
    language = options.lang,
    deferPrint = options["defer-print"],
    arguments = options.Xoutput,
  })
end

local function set_filters(busted, options)
  require "busted.modules.filter_loader"()(busted, {
    tags = options.tags,
    excludeTags = options["exclude-tags"],
    filter = options.filter,
    filterOut = options["filter-out"],
    list = options.list,
    nokeepgoing = not options["keep-going"],
    suppressPending = options["suppress-pending"],
  })
end

local function set_order(busted, options)
  busted.sort = options["sort-tests"]
  busted.randomize = options["shuffle-tests"]
  busted.randomseed = tonumber(options.seed) or os.time()
end

local function load_helper(busted, options)
  if not options.helper or options.helper == "" then
    return true
  end
  return require "busted.modules.helper_loader"()(busted, options.helper, {
    verbose = options.verbose,
    language = options.lang,
    arguments = options.Xhelper,
  })
end

local function load_files(busted, paths, options)
  require "busted.modules.test_file_loader"(busted, options.loaders)(paths, options.pattern, {
    excludes = options["exclude-pattern"],
    verbose = options.verbose,
    recursive = options.recursive,
  })
end

local function print_counts(counts)
  local line = ("%d passed, %d failed"):format(counts.passed, counts.failed)
  if counts.errors > 0 then
    line = ("%s, %d error%s"):format(line, counts.errors, counts.errors > 1 and "s" or "")
  end
  if counts.pending > 0 then
    line = ("%s, %d pending"):format(line, counts.pending)
  end
  io.write("\n", line, "\n")
  io.flush()
end

-- How many failed, errors included; or nil and why nothing was run.
return function(paths, arguments)
  local options, problem = options_from(arguments)
  if not options then
    return nil, problem
  end
  if #paths == 0 then
    paths = {"spec"}
  end
  patch_libraries()
  search_beside(paths)
  local busted = new_busted()
  busted.sleep = function(seconds)
    testing.sleep(math.ceil(seconds * 1000))
  end
  require "busted"(busted)
  if not options["auto-insulate"] then
    busted.register("file", "file", {})
  end
  local counts = count(busted, options)
  set_order(busted, options)
  set_output(busted, options)
  local loaded, why = load_helper(busted, options)
  if not loaded then
    return nil, ("--helper %s: %s"):format(options.helper, why)
  end
  set_filters(busted, options)
  load_files(busted, paths, options)
  require "busted.execute"(busted)(tonumber(options["repeat"]) or 1, {
    seed = options.seed,
    shuffle = options["shuffle-files"],
    sort = options["sort-files"],
  })
  busted.publish({"exit"})
  print_counts(counts)
  return counts.failed + counts.errors
end
