/* Our patterns match what Lua's own match: the same calls, in Lua's string library and in that of scripts. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "check.h"
#include "lua/fixture.h"

/* Makes calls from a seed and returns what they give, as text. Runs in both. */
static const char calls[] =
    "local pieces = {'a', 'b', '.', '%a', '%d', '%s', '%w', '%S', '%z', '[abc]', '[^a]', '[a-c]', '[]a]', '[^]a]', "
    "'[%a_]', '[a%-z]', '[a-]',\n"
    "  '(', ')', '()', '%1', '%2', '*', '+', '-', '?', '^', '$', '%b()', '%b\"\"', '%f[%a]', '%f[^%w]', '%', '[', ']', "
    "'%%', '%.', 'x', ' ',\n"
    "  '[%', '%f', '%b', '%bx', '[a', '%0'}\n"
    "local letters = {'a', 'b', 'c', 'x', '1', '2', ' ', '(', ')', '\"', '.', '-', '_', '\\n', '\\0', ']'}\n"
    "local replacements = {'<%0>', '%1', '%%', 'z', '%2', '%', '%x', {a = 'A', b = false, ab = 7}, function(a) return "
    "a ~= 'a' and a or nil end,\n"
    "  function() return {} end, ''}\n"
    "local seed = SEED\n"
    "local function draw(n) seed = (seed * 1103515245 + 12345) & 0x7fffffff return (seed >> 8) % n + 1 end\n"
    "local function word(from, most) local t = {} for i = 1, draw(most) - 1 do t[i] = from[draw(#from)] end return "
    "table.concat(t) end\n"
    "local function tell(ok, ...)\n"
    "  local t = {tostring(ok)}\n"
    "  for i = 1, select('#', ...) do t[#t + 1] = tostring((select(i, ...))):gsub('^.-:%d+: ', '') end\n"
    "  return table.concat(t, '|')\n"
    "end\n"
    "local function all(s, p, init) local t = {} for a, b in s:gmatch(p, init) do t[#t + 1] = tostring(a) .. '/' .. "
    "tostring(b)\n"
    "  if #t > 50 then break end end return table.concat(t, ',') end\n"
    "local out = {}\n"
    "for i = 1, 40 do\n"
    "  local s, p, init = word(letters, 12), word(pieces, 7), draw(16) - 8\n"
    "  if draw(3) == 1 then init = nil end\n"
    "  out[#out + 1] = table.concat({i, s, p, tostring(init), tell(pcall(string.find, s, p, init)), "
    "tell(pcall(string.match, s, p, init)),\n"
    "    tell(pcall(all, s, p, init)), tell(pcall(string.gsub, s, p, replacements[draw(#replacements)], draw(3) == 1 "
    "and draw(3) or nil)),\n"
    "    tell(pcall(string.find, s, p, init, true))}, ' ; ')\n"
    "end\n"
    "return (table.concat(out, '\\n'):gsub('\\0', '<0>'))\n";

static char *with_seed(const char *before, int seed, const char *after)
{
    char *source = malloc(sizeof calls + 200), *at = strstr(calls, "SEED");
    sprintf(source, "%s%.*s%d%s%s", before, (int)(at - calls), calls, seed, at + 4, after);
    return source;
}

/* What Lua says. */
static char *ask_lua(int seed)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    char *source = with_seed("", seed, ""), *answer = NULL;
    if (luaL_dostring(L, source) == LUA_OK)
        answer = strdup(lua_tostring(L, -1));
    else
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    free(source);
    lua_close(L);
    return answer;
}

/* The answer is long: it is compared by the script itself, which gets Lua's as a literal. */
static void compare(int seed)
{
    struct fixture f = {0};
    char *expected = ask_lua(seed);
    CHECK(expected);
    if (!expected)
        return;
    char *source = with_seed("local function ours() ", seed, "end\n"),
         *whole = malloc(strlen(source) + strlen(expected) * 4 + 400);
    char *at = whole + sprintf(whole, "%sreturn function()\nlocal expected = \"", source);
    for (const unsigned char *c = (const unsigned char *)expected; *c; c++)
        at += sprintf(at, "\\%03d", *c);
    sprintf(at, "\"\nlocal a, b = (ours() .. '\\n'):gmatch('(.-)\\n'), (expected .. '\\n'):gmatch('(.-)\\n')\n"
                "for x in a do local y = b() if x ~= y then return {ours = x, lua = y} end end\nreturn b() == nil end");
    if (fixture_open_script(&f, whole))
        CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "value true");
    else
        CHECK_TEXT(f.err.msg, "");
    fixture_close(&f);
    free(source);
    free(whole);
    free(expected);
}

static void test_like_lua(void)
{
    for (int seed = 1; seed <= 100; seed++)
        compare(seed);
}

static void test_everyday(void)
{
    CHECK_TEXT(
        run_script("return function() return {('  a b  '):match('^%s*(.-)%s*$'), ('k=v'):match('(%w+)=(%w+)')} end"),
        "value [\"a b\",\"k\",\"v\"]");
    CHECK_TEXT(
        run_script("return function() local n = 0 for _ in ('a,b,,c'):gmatch('([^,]*)') do n = n + 1 end return n end"),
        "value 4");
    CHECK_TEXT(run_script("return function() return (('x'):rep(100000) .. 'y'):match('x+y') ~= nil end"), "value true");
    CHECK_TEXT(run_script("return function() return select(2, (('a,'):rep(50000)):gsub(',', ';')) end"), "value 50000");
}

int main(void)
{
    test_like_lua();
    test_everyday();
    return check_result();
}
