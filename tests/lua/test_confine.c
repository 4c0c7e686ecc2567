/* Hostile scripts: each ends its own item and nothing else, within its budget. */
#include <unistd.h>

#include "check.h"
#include "lua/fixture.h"

/* Runs a hostile body, then a harmless script in another scope of the same state. */
static const char *run_hostile(const char *body)
{
    static char result[4096], source[8192];
    struct fixture f = {0};
    snprintf(source, sizeof source,
             "return function(ctx)\n"
             "  if calm then return reached or 'fine' end\n"
             "  calm = true\n%s\nend",
             body);
    if (!fixture_open_script(&f, source)) {
        snprintf(result, sizeof result, "not opened: %s", f.err.msg);
        fixture_close(&f);
        return result;
    }
    snprintf(result, sizeof result, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX));
    /* the same scope goes on with its next item, and so does a neighbour */
    const char *next = fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX);
    if (!holds(next, "value \"fine\""))
        fprintf(stderr, "  by: %s\n", body);
    CHECK_TEXT(next, "value \"fine\"");
    fixture_close(&f);
    return result;
}

static void check_cpu(const char *body)
{
    const char *result = run_hostile(body);
    if (!holds(result, "error EBUDGET: ") || !holds(result, "of CPU for one item"))
        fprintf(stderr, "  by: %s\n", body);
    CHECK(strstr(result, "error EBUDGET: ") && strstr(result, "of CPU for one item"));
}

/* The call itself is ended, not what comes after it. */
static void check_within(const char *call)
{
    char body[4096];
    snprintf(body, sizeof body, "%s\nreached = 'its end'", call);
    check_cpu(body);
}

/* Over a budget, whichever is hit first. */
static void check_budget(const char *body)
{
    const char *result = run_hostile(body);
    if (!holds(result, "error EBUDGET: "))
        fprintf(stderr, "  by: %s\n", body);
    CHECK(strstr(result, "error EBUDGET: "));
}

static void check_error(const char *body, const char *part)
{
    const char *result = run_hostile(body);
    if (!holds(result, part))
        fprintf(stderr, "  by: %s\n", body);
    CHECK(strstr(result, part));
}

static void test_nothing_outside(void)
{
    static const char *const absent[] = {"io",
                                         "package",
                                         "debug",
                                         "collectgarbage",
                                         "getmetatable",
                                         "dofile",
                                         "loadfile",
                                         "warn",
                                         "_G",
                                         "os.getenv",
                                         "os.exit",
                                         "os.execute",
                                         "os.remove",
                                         "os.rename",
                                         "os.tmpname",
                                         "os.setlocale",
                                         "string.dump",
                                         "coroutine.close",
                                         "math.randomseed",
                                         "cjson",
                                         "arg",
                                         "loadstring",
                                         NULL};
    for (const char *const *name = absent; *name; name++) {
        char source[200];
        snprintf(source, sizeof source, "return function() return tostring(%s) end", *name);
        CHECK_TEXT(run_script(source), "value \"nil\"");
    }
}

static void test_loops(void)
{
    check_cpu("while true do end");
    check_cpu("repeat until false");
    check_cpu("::top:: goto top");
    check_cpu("for i = 1, math.huge do end");
    check_cpu("while true do pcall(function() while true do end end) end");
    check_cpu("while true do pcall(error) end");
    check_cpu("while true do pcall(pcall, error) end");
    check_cpu("xpcall(function() while true do end end, function() while true do end end)");
    check_cpu("xpcall(error, function() while true do end end)");
    check_cpu("local co = coroutine.wrap(function() while true do end end) co()");
    check_cpu("while true do coroutine.resume(coroutine.create(function() while true do end end)) end");
    check_cpu(
        "local co co = coroutine.wrap(function() while true do coroutine.yield() end end) while true do co() end");
    check_cpu("while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end");
    check_cpu("local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x");
    check_cpu("local t = setmetatable({}, {__close = function() while true do end end}) do local c <close> = t end");
    check_cpu("local t <close> = setmetatable({}, {__close = function() while true do end end}) error('x')");
    check_cpu("local t <close> = setmetatable({}, {__close = function() while true do end end}) while true do end");
    check_cpu("local t <close> = setmetatable({}, {__close = function() while true do end end}) ctx.skip('x')");
    check_error(
        "local t <close> = setmetatable({}, {__close = function() while true do pcall(error) end end}) ctx.skip('x')",
        "skipped x");
    check_cpu("error(setmetatable({}, {__tostring = function() while true do end end}))");
    check_cpu("print(setmetatable({}, {__tostring = function() while true do end end}))");
    check_cpu("ctx.log(setmetatable({}, {__tostring = function() while true do end end}))");
    check_cpu("for k in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end");
    check_cpu("local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function(a, b) while true do end end)");
    check_cpu("string.gsub('x', 'x', function() while true do end end)");
    check_cpu("local f = load('while true do end') f()");
    check_cpu("while true do load('return 1') end");
    check_cpu("while true do ctx.log('again') end");
    check_cpu("local function f() return f() end f()");
}

#define ENDLESS "setmetatable({}, {__close = function() while true do end end})"

/* What a script would do when its values are closed after it was killed, in threads whose hooks are off by then. */
static void test_closing(void)
{
    check_cpu("coroutine.wrap(function() local c <close> = " ENDLESS " while true do end end)()");
    check_cpu("pcall(coroutine.resume, coroutine.create(function() local c <close> = " ENDLESS
              " while true do end end))");
    check_cpu("pcall(coroutine.wrap(function() local c <close> = " ENDLESS " error('x') end))");
    check_cpu("coroutine.wrap(function() for _ in next, {1}, nil, " ENDLESS " do while true do end end end)()");
    check_cpu("coroutine.wrap(function() local c <close> = " ENDLESS
              " coroutine.wrap(function() local d <close> = " ENDLESS " while true do end end)() end)()");
    check_cpu("local c <close> = setmetatable({}, {__close = coroutine.wrap(function() local d <close> = " ENDLESS
              " while true do end end)}) while true do end");
    check_cpu(
        "coroutine.wrap(function() local c <close> = setmetatable({}, {__close = pcall, __call = function() while "
        "true do end end}) while true do end end)()");
    check_cpu("local function f() local t = setmetatable({}, {__close = coroutine.wrap(function() pcall(f) end)})\n"
              "local a <close> = t local b <close> = t local c <close> = t local d <close> = t\n"
              "while true do end end\n"
              "coroutine.wrap(f)()");
    check_error(
        "local n = 0\n"
        "local function f() coroutine.wrap(function() local c <close> = setmetatable({}, {__close = f}) n = n + 1 "
        "error('x') end)() end\n"
        "pcall(f) return n > 10",
        "value true");
    CHECK(holds(run_script("local c <close> = " ENDLESS "\nwhile true do end"),
                "not opened: scripts/test.lua:2: used more than"));
    CHECK(holds(run_script("coroutine.wrap(function() local c <close> = " ENDLESS "\nwhile true do end end)()"),
                "not opened: scripts/test.lua:2: used more than"));
}

/* A coroutine that was killed stays dead for the items that come after. */
static void test_killed_coroutine(void)
{
    struct fixture f = {0};
    CHECK(fixture_open_script(&f, "return function()\n"
                                  "  if co then return {coroutine.status(co), select(2, coroutine.resume(co))} end\n"
                                  "  co = coroutine.create(function() while true do end end)\n"
                                  "  coroutine.resume(co)\n"
                                  "end"));
    CHECK(holds(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "error EBUDGET: "));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX),
               "value [\"dead\",\"cannot resume dead coroutine\"]");
    fixture_close(&f);
}

/* C functions that no hook interrupts. */
static void test_long_calls(void)
{
    check_cpu("table.move({}, 1, 1e12 // 1 | 0, 2)");
    check_cpu("return table.concat(setmetatable({}, {__len = function() return 1 << 40 end}), '', 1, 0) .. "
              "table.move({}, 1, 1 << 40, 1)");
    check_cpu("string.find(('a'):rep(28), ('a?'):rep(28) .. ('a'):rep(28) .. 'b')");
    check_cpu("string.find(('.'):rep(200), '.-.-.-.-b')");
    check_cpu("string.match(('x'):rep(40000), 'x*y')");
    check_cpu("string.gsub(('x'):rep(40000), 'x*x*x*y', '')");
    check_cpu("for _ in string.gmatch(('x'):rep(40000), 'x*x*x*y') do end");
    check_within("string.find(('a'):rep(40000), '[a' .. ('b'):rep(1000000) .. ']x')");
    check_within("string.find(('a'):rep(40000), '%f[b' .. ('b'):rep(1000000) .. ']x')");
    check_within("string.find(('a'):rep(1500000), '^(a*)%1b')");
    check_within("string.gsub(('a'):rep(1000000), '', ('%0'):rep(500000))");
    check_cpu("while true do string.find(('x'):rep(1000000), 'y') end");
    check_cpu("local s = ('x'):rep(1000000) while true do s:upper() end");
    check_cpu("local s = ('x'):rep(1000000) while true do utf8.len(s) end");
    check_cpu("local s = ('x'):rep(1000000) while true do s:byte(1, 100000) end");
    check_within("local names, t = {}, {} for i = 1, 195 do names[i] = 'a' .. i end\n"
                 "names = 'local function f() local ' .. table.concat(names, ',') .. ' '\n"
                 "load(names:rep(180) .. ('x=x '):rep(100000))");
    check_budget("local t = {} for i = 1, 300000 do t[i] = (i * 7919) % 300007 end while true do table.sort(t) end");
    check_error("return (''):rep(1e18 // 1 | 0) == ''", "value true");
    check_error("return #table.pack(string.rep('x', 1 << 60))", "larger than the memory");
    check_error("local t = setmetatable({}, {__len = function() return 1 << 40 end}) table.insert(t, 1) return #t == 1 "
                "<< 40 and t[1]",
                "value 1");
    check_error("local t = {3, 1, 2} table.sort(t, function() return true end) return #t", "value 3");
    check_error("return table.unpack({}, 1, 1e8 // 1 | 0)", "too many results");
    check_error("return load(('x'):rep(2000000))", "value nil");
}

#define LONG "local a, b = ('\\0'):rep(2000000) .. 'a', ('\\0'):rep(2000000) .. 'b' "

/* Instructions and calls that go through all of a text: fewer than come between two calls of the hook when texts are
 * short. */
static void test_long_texts(void)
{
    check_within(LONG "for i = 1, 250 do local less = a < b end");
    check_within(LONG "local t = {} for i = 1, 300 do t[i] = i % 2 == 0 and a or b end table.sort(t)");
    check_within(LONG "coroutine.wrap(function() for i = 1, 120 do local less = a < b end end)()");
    check_within(
        "local a, b\n"
        "local co = coroutine.wrap(function() coroutine.yield() for i = 1, 120 do local less = a < b end end)\n"
        "co()\n"
        "a, b = ('\\0'):rep(2000000) .. 'a', ('\\0'):rep(2000000) .. 'b'\n"
        "co()");
    check_within("local rep = coroutine.wrap(string.rep)\n"
                 "local a = rep('\\0', 3000000)\n"
                 "for i = 1, 250 do local less = a < a end");
    check_within("local s = ('1'):rep(3000000) for i = 1, 150 do tonumber(s) end");
    check_within("local s = ('1'):rep(3000000) for i = 1, 150 do for j = 1, s do break end end");
    check_error("local s = ('x'):rep(4000000) s = nil local n = 0 for i = 1, 1000000 do n = n + 1 end return n",
                "value 1000000");
}

/* The same text, given very often to one call. */
static void test_many_texts(void)
{
    static const char *const calls[] = {"math.max(", "string.char(", "utf8.char(", "string.pack('', ",
                                        "string.format(('%.0s'):rep(20000), "};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char body[300];
        snprintf(body, sizeof body,
                 "local t, s = {}, ('0'):rep(2000000) for i = 1, 20000 do t[i] = s end %stable.unpack(t))", calls[i]);
        check_error(body, "longer together than the memory of an item");
    }
    check_error("local t = ('0'):rep(3000000) local s = setmetatable({}, {__tostring = function() return t end})\n"
                "string.format('%.0s%.0s%.0s%.0s', s, s, s, s)",
                "longer together than the memory of an item");
    check_error("return string.format('%s %d %.1f', 'a', '7', 2)", "value \"a 7 2.0\"");
    check_error("return math.max(1, 3, 2) + math.min(5, 4)", "value 7");
}

static void test_memory(void)
{
    check_budget("local s = 'x' while true do s = s .. s end");
    check_error("local s = 'x'\nwhile true do\n  s = s .. s\nend", "scripts/test.lua:6: used more than 8 MB");
    check_budget("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end");
    check_budget("local t = {} while true do t = {t} end");
    check_budget("local t = {} while true do local u = t t = function() return u end end");
    check_budget("while true do pcall(function() local s = ('x'):rep(1000000) local t = {} while true do t[#t + 1] = s "
                 ".. #t end end) end");
    check_budget(
        "local s = ('x'):rep(100000) local t = {} for i = 1, 10000 do t[i] = s end table.concat(t) while true do end");
    check_budget("local t = {} while true do t[#t + 1] = coroutine.create(function() end) end");
    check_budget("string.gsub(('x'):rep(100000), 'x', ('y'):rep(1000)) while true do end");
    check_budget("local t = {} for i = 1, 1e7 do t[i] = i end");
    check_budget("local function f(...) return f(1, ...) end f()");
    check_budget("local s = ('x'):rep(1000000) while true do coroutine.wrap(function() local t = {} while true do t[#t "
                 "+ 1] = s .. #t end end)() end");
    check_budget("local s = ('x'):rep(1000) while true do s = utf8.char(0x10ffff):rep(100000) .. s end");
    check_budget(
        "local t = {} while true do t[#t + 1] = select('#', table.unpack({}, 1, 200000)) .. ('x'):rep(100000) end");
    check_budget("local function f() return 1 + f() end pcall(f)");
    check_error("local function f(n) if n > 0 then return n + f(n - 1) end return 0 end return f(10000)",
                "value 50005000");
    check_error("local function f() return pcall(f) end f() return 'C stack survived'", "C stack survived");
    check_error("local s = 'return ' .. ('('):rep(100000) return (load(s))", "value nil");
    check_error("local s = ('x'):rep(300000) for i = 1, 60 do local t = s .. i end return 'collected'",
                "value \"collected\"");
}

static void test_metatables(void)
{
    check_error("setmetatable({}, {__gc = function() end})", "__gc is not supported");
    check_error("setmetatable({}, {__mode = 'k'})", "__mode is not supported");
    check_error("local m = {} local t = setmetatable({}, m) m.__mode = 'v' m.__gc = print m.__index = {a = 1} return "
                "t.a == nil",
                "value true");
    check_error("setmetatable(string, {})", "protected metatable");
    check_error("string.upper = nil", "read-only");
    check_error("rawset(string, 'upper', nil)", "read-only");
    check_error("table.insert(string, 1)", "read-only");
    check_error("table.move({1}, 1, 1, 1, table)", "read-only");
    check_error("(''):bad()", "attempt to call a nil value");
    check_error("local a, b = {}, {} setmetatable(a, {__index = a}) return a.x == nil", "loop");
    check_error("for k, v in pairs(string) do if k == 'upper' then return v('a') end end", "value \"A\"");
    check_error("return tostring({}) .. tostring(print) .. tostring(coroutine.create(print)) .. tostring(string)",
                "value \"tablefunctionthreadtable\"");
    check_error("return string.format('%s %d', {}, 1)", "value \"table 1\"");
    check_error("return string.format('%p', {})", "not supported");
    check_error("setmetatable({}, {__name = 'a\\nb'})", "__name must be");
    check_error("return tostring(setmetatable({}, {__name = 'x', __tostring = function() return 1 end}))",
                "must return a string");
    check_error("return setmetatable({}, {__metatable = 1}) and 1", "value 1");
    check_error(
        "local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.a = 1 return t.a",
        "value 2");
    check_error("upper = 1 return _ENV.upper", "value 1");
    check_error("_ENV.string = nil return string ~= nil", "value true");
}

static void test_load(void)
{
    check_error("return (load('\\27Lua'))", "value nil");
    check_error("return (load('return 1', 'x', 'b'))", "value nil");
    check_error("return load('return 1')()", "value 1");
    check_error("return load('return x', 'c', 't', {x = 5})()", "value 5");
    check_error("return load('return string.format')() == string.format", "value true");
    check_error("return select(2, load('error(', '@scripts/other.lua'))", "@scripts/other.lua:1:");
    check_error("return load(function() return nil end)", "text expected");
    CHECK(holds(run_script("\033Lua"), "not opened: scripts/test.lua:1:"));
}

/* Nothing of ours that shows itself in one scope reaches another. */
static void test_scopes_apart(void)
{
    struct fixture f = {0};
    CHECK(
        fixture_open_script(&f, "return function() count = (count or 0) + 1 return {count, math.random(1000000)} end"));
    struct tn_script_scope *other = fixture_scope(&f, 8, 1), *third = fixture_scope(&f, 8, 2);
    char first[100], second[100];
    snprintf(first, sizeof first, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX));
    snprintf(second, sizeof second, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX));
    CHECK(strncmp(first, "value [1,", 9) == 0);
    CHECK(strncmp(second, "value [2,", 9) == 0);
    CHECK_TEXT(fixture_evaluate(&f, other, TN_SCRIPT_RUN, 0, SIZE_MAX), first); /* the same seed */
    CHECK(strcmp(fixture_evaluate(&f, third, TN_SCRIPT_RUN, 0, SIZE_MAX), first) != 0);
    CHECK_TEXT(fixture_evaluate(&f, other, TN_SCRIPT_RUN, 0, SIZE_MAX), second);
    tn_script_lua.scope_free(other);
    tn_script_lua.scope_free(third);
    fixture_close(&f);
}

static void test_require_stays_inside(void)
{
    static const char workflow[] =
        "tenure: 1\nname: x\ncustomers: {from: partner-center}\npermissions: [reservations:list]\n"
        "steps:\n  - {id: a, run: scripts/a.lua}\n";
    static const char script[] = "return function(ctx)\n"
                                 "  local results = {}\n"
                                 "  for i, name in ipairs {'lib.util', '..secret', '../secret', '/etc/passwd', "
                                 "'lib/util', 'lib..util', '.lib', 'link',\n"
                                 "    'linked.util', 'io', 'lib.missing', 'lib', 'lib.util\\0x'} do\n"
                                 "    local ok, value = pcall(require, name)\n"
                                 "    results[i] = ok and value.answer or 'refused'\n"
                                 "  end\n"
                                 "  return results\n"
                                 "end\n";
    static const char *const files[] = {
        "flow.yaml", workflow,       "package.yaml",           "name: x\n",  "scripts/a.lua",
        script,      "lib/util.lua", "return {answer = 42}\n", "secret.txt", "x",
        NULL};
    struct fixture f = {0};
    char from[200], to[200];
    CHECK(fixture_open(&f, files, "{}"));
    snprintf(from, sizeof from, "%s/lib/util.lua", f.folder);
    snprintf(to, sizeof to, "%s/link.lua", f.folder);
    CHECK(symlink(from, to) == 0);
    snprintf(from, sizeof from, "%s/lib", f.folder);
    snprintf(to, sizeof to, "%s/linked", f.folder);
    CHECK(symlink(from, to) == 0);
    const char *expected =
        "value [42,\"refused\",\"refused\",\"refused\",\"refused\",\"refused\",\"refused\",\"refused\","
        "\"refused\",\"refused\",\"refused\",\"refused\",\"refused\"]";
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), expected);
    fixture_close(&f);
}

int main(void)
{
    test_nothing_outside();
    test_loops();
    test_closing();
    test_killed_coroutine();
    test_long_calls();
    test_long_texts();
    test_many_texts();
    test_memory();
    test_metatables();
    test_load();
    test_scopes_apart();
    test_require_stays_inside();
    return check_result();
}
