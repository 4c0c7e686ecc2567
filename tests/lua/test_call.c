/* Primitives: their arguments, and waiting for them from wherever a script may. */
#include "check.h"
#include "lua/fixture.h"

#define ORDER "11111111-1111-4111-8111-111111111111"
#define ID "/providers/Microsoft.Capacity/reservationOrders/" ORDER "/reservations/22222222-2222-4222-8222-222222222222"
#define BODY "{\"id\": \"" ID "\", \"properties\": {\"quantity\": 3}}"

static const struct answer answers[] = {
    {.operation = "reservations.list", .bodies = {"{\"value\": [" BODY "]}"}},
    {.operation = "reservations.get", .bodies = {BODY}},
    {.operation = "orders.get", .never = true},
    {.operation = "customers.get", .bodies = {"{\"id\": \"" CUSTOMER "\"}"}},
    {.operation = "customers.list",
     .err = {.code = TENURE_EREMOTE, .name = "Busy", .msg = "customers.list: busy", .retryable = true}},
    {.operation = NULL}};

static const char *script(const char *body)
{
    static char source[4096];
    snprintf(source, sizeof source,
             "local reservations, customers = require 'tenure.reservations', require 'tenure.customers'\n"
             "local orders = require 'tenure.orders'\n"
             "return function(ctx)\n%s\nend",
             body);
    return source;
}

static const char *run(const char *body)
{
    return run_script_with(answers, script(body));
}

static void test_arguments(void)
{
    CHECK(holds(run("reservations.get()"), "reservations.get: reservation is missing"));
    CHECK(holds(run("reservations.get(5)"), "scripts/test.lua:4: reservations.get: reservation takes a reservation, "
                                            "its full id or its GUID, not a number"));
    CHECK(holds(run("reservations.get('nonsense')"), "reservations.get: reservation is 'nonsense'"));
    CHECK(holds(run("reservations.get(ctx.customer)"),
                "reservations.get: reservation takes a reservation, its full id or its GUID, not a customer"));
    CHECK(holds(run("reservations.list{stat = 'x'}"),
                "reservations.list: there is no option 'stat' (did you mean 'state'?)"));
    CHECK(holds(run("reservations.list{state = 'x'}"), "reservations.list: state is 'x', but takes one of"));
    CHECK(holds(run("reservations.list{'Succeeded'}"), "options are given by name"));
    CHECK(holds(run("reservations.list('" ID "', {order = '" ID "'})"), "order is given twice"));
    CHECK(holds(run("reservations.get('" ID "', 5)"), "options are given in a table, not as a number"));
    CHECK(holds(run("reservations.quote_refund('" ID "', {quantity = 1.5})"),
                "quantity takes a whole number, not a number"));
    CHECK(holds(run("reservations.quote_refund('" ID "', {quantity = '1'})"),
                "quantity takes a whole number, not a string"));
    CHECK(holds(run("orders.list('x')"), "orders.list: takes no argument, but a string was given"));
    CHECK(holds(run("reservations.get('" ID "\\0')"), "has a NUL in it"));
    CHECK(holds(run("reservations.lst()"), "reservations: there is no 'lst' (did you mean 'list'?)"));
    CHECK(holds(run("reservations.list = nil"), "reservations is read-only"));
    CHECK(holds(run("local ok, e = pcall(reservations.get, 5) return e.code"), "value \"EINVAL\""));
}

/* Who is asked about: ctx.customer unless the script says otherwise; the partner's own services take no customer. */
static void test_customers(void)
{
    struct fixture f = {.answers = answers};
    CHECK(fixture_open_script(
        &f, script("reservations.get('" ID "') local mine = customers.get() "
                   "if other then reservations.list{customer = other} end other = 'contoso.example' return mine.id")));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "value \"" CUSTOMER "\"");
    CHECK_TEXT(f.last_tenant, "-");
    CHECK_TEXT(f.last_argument, CUSTOMER);
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "value \"" CUSTOMER "\"");
    CHECK_TEXT(f.last_tenant, "contoso.example");
    CHECK(f.started == 5 && f.done == 5 && f.canceled == 0);
    fixture_close(&f);
}

static void test_waits(void)
{
    CHECK_TEXT(run("return #reservations.list()"), "value 1");
    CHECK_TEXT(run("local ok, list = pcall(reservations.list) return {ok, #list}"), "value [true,1]");
    CHECK_TEXT(run("local ok, e = pcall(function() reservations.list() error('after') end) return e"),
               "value \"scripts/test.lua:4: after\"");
    CHECK_TEXT(run("return {xpcall(function() reservations.list() error('x', 0) end, function(e) return e .. "
                   "#reservations.list() end)}"),
               "value [false,\"x1\"]");
    CHECK_TEXT(run("return {select(2, xpcall(function(a, b) return a + b + #reservations.list() end, print, 1, 2))}"),
               "value [4]");
    CHECK_TEXT(run("local co = coroutine.wrap(function(a) local n = #reservations.list() coroutine.yield(a + n) return "
                   "#reservations.list() + 10 end) "
                   "return {co(1), co()}"),
               "value [2,11]");
    CHECK_TEXT(run("local co = coroutine.create(function() return pcall(function() return coroutine.wrap(function() "
                   "return #reservations.list() end)() end) end) "
                   "return {coroutine.resume(co)}"),
               "value [true,true,1]");
    CHECK_TEXT(run("local n = 0 for r in function() n = n + 1 return n < 4 and reservations.get('" ID
                   "') or nil end do n = n + r.quantity end return n"),
               "value 5");
    CHECK_TEXT(run("local t = setmetatable({}, {__index = function(t, k) return #reservations.list() end}) return t.x"),
               "value 1");
    CHECK_TEXT(run("local t = setmetatable({}, {__close = function() seen = #reservations.list() end}) do local c "
                   "<close> = t end return seen"),
               "value 1");
    CHECK_TEXT(run("local t = setmetatable({}, {__close = function() seen = (seen or 0) + #reservations.list() end}) "
                   "local ok = pcall(function() local c <close> = t error('x') end) return {ok, seen}"),
               "value [false,1]");
    CHECK(holds(run("table.sort({1, 2, 3}, function() reservations.list() end)"),
                "cannot be called from here: not from a sort comparator"));
    CHECK(holds(run("table.sort({1, 2, 3}, function() coroutine.wrap(function() reservations.list() end)() end)"),
                "cannot be called from here"));
    CHECK_TEXT(run("local ok = pcall(string.gsub, 'x', 'x', function() reservations.list() end) return {ok, "
                   "#reservations.list()}"),
               "value [false,1]");
    CHECK_TEXT(run("local ok, e = pcall(customers.list) return {e.code, e.retryable, #reservations.list()}"),
               "value [\"Busy\",true,1]");
    CHECK_TEXT(run("local co = coroutine.create(function() customers.list() end) local ok, e = coroutine.resume(co) "
                   "return {ok, e.code, coroutine.status(co)}"),
               "value [false,\"Busy\",\"dead\"]");
}

static void test_coroutines(void)
{
    CHECK_TEXT(run("local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end) "
                   "return {coroutine.status(co), select(2, coroutine.resume(co, 1)), coroutine.status(co)}"),
               "value [\"suspended\",2,\"suspended\"]");
    CHECK_TEXT(run("local co = coroutine.wrap(function() error('inside') end) return {pcall(co)}"),
               "value [false,\"scripts/test.lua:4: inside\"]");
    CHECK_TEXT(run("local co = coroutine.create(print) coroutine.resume(co) return {coroutine.resume(co)}"),
               "value [false,\"cannot resume dead coroutine\"]");
    CHECK_TEXT(run("local co co = coroutine.create(function() return coroutine.resume(co) end) return {select(2, "
                   "coroutine.resume(co))}"),
               "value [false,\"cannot resume non-suspended coroutine\"]");
    CHECK(holds(run("coroutine.yield(1)"), "attempt to yield from outside a coroutine"));
    CHECK_TEXT(run("return {coroutine.isyieldable(), select(2, coroutine.running()), coroutine.wrap(function() return "
                   "coroutine.isyieldable() end)()}"),
               "value [false,true,true]");
    CHECK_TEXT(run("local co = coroutine.wrap(function() local c <close> = setmetatable({}, {__close = function() "
                   "closed = true end}) error('x') end) "
                   "pcall(co) return closed"),
               "value true");
    CHECK_TEXT(run("local function nest(n) return n == 0 and 0 or 1 + coroutine.wrap(nest)(n - 1) end return "
                   "pcall(nest, 1000)"),
               "value false");
}

/* skip and fail end the script from wherever they are called. */
static void test_endings(void)
{
    CHECK_TEXT(run("ctx.skip('too-little', 5)"), "skipped too-little 5");
    CHECK_TEXT(run("ctx.fail('no-luck')"), "failed no-luck -");
    CHECK_TEXT(run("pcall(ctx.skip, 'a') return 1"), "skipped a -");
    CHECK_TEXT(run("pcall(pcall, pcall, function() ctx.fail('deep', {}) end) return 1"), "failed deep table");
    CHECK_TEXT(run("xpcall(function() ctx.skip('a') end, function() return 1 end) return 1"), "skipped a -");
    CHECK_TEXT(run("coroutine.resume(coroutine.create(function() ctx.skip('a') end)) return 1"), "skipped a -");
    CHECK_TEXT(run("pcall(coroutine.wrap(function() reservations.list() ctx.skip('a') end)) return 1"), "skipped a -");
    CHECK_TEXT(run("local c <close> = setmetatable({}, {__close = function() error('other') end}) ctx.skip('a')"),
               "skipped a -");
    CHECK_TEXT(run("local c <close> = setmetatable({}, {__close = function() ctx.fail('b') end}) ctx.skip('a')"),
               "skipped a -");
    CHECK_TEXT(run("table.sort({1, 2}, function() ctx.skip('a') end)"), "skipped a -");
    CHECK_TEXT(run("string.gsub('x', 'x', function() ctx.skip('a') end)"), "skipped a -");
    CHECK_TEXT(run("ctx.skip('a', require 'tenure.money'('1 EUR'))"), "skipped a 1.00 EUR");
    CHECK_TEXT(run("ctx.skip('a', 'two\\nlines\\27[31m')"), "skipped a two\\nlines\\x1b[31m");
    CHECK(holds(run("ctx.skip('Too Little')"), "must be a fixed word"));
    CHECK(holds(run("ctx.skip('worth ' .. 5)"), "must be a fixed word"));
    CHECK(holds(run("ctx.skip()"), "string expected"));
    CHECK(holds(run("ctx.output('a', {})"), "no output is called 'a'"));
    CHECK_TEXT(run("pcall(ctx.skip, 'Bad') return 1"), "value 1");
}

/* A script that waits is canceled: the call is given up, and nothing is left over. */
static void test_cancel(void)
{
    static const char *const bodies[] = {
        "orders.get('" ORDER "')",
        "pcall(orders.get, '" ORDER "')",
        "coroutine.wrap(function() orders.get('" ORDER "') end)()",
        "local c <close> = setmetatable({}, {__close = function() while true do end end}) orders.get('" ORDER "')",
        "local c <close> = setmetatable({}, {__close = function() reservations.list() end}) orders.get('" ORDER "')",
        "while true do pcall(coroutine.wrap(function() pcall(orders.get, '" ORDER "') end)) end",
        NULL};
    for (const char *const *body = bodies; *body; body++) {
        struct fixture f = {.answers = answers};
        CHECK(fixture_open_script(&f, script(*body)));
        CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "not done"); /* and then canceled */
        CHECK(f.started == 1 && f.canceled == 1 && f.done == 0);
        CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "not done");
        fixture_close(&f);
    }
}

/* The scope is freed while its script waits, or before it began. */
static void test_scope_freed(void)
{
    struct fixture f = {.answers = answers};
    bool done = false;
    CHECK(fixture_open_script(&f, script("orders.get('" ORDER "')")));
    f.job = (struct tn_script_job){.owner = &done};
    tn_script_lua.start(f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX, &f.job);
    tn_script_lua.cancel(&f.job);
    tn_script_lua.start(f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX, &f.job);
    tn_loop_step(f.loop, 0);
    CHECK(f.started == 1);
    tn_script_lua.scope_free(f.scope);
    f.scope = NULL;
    CHECK(f.canceled == 1);
    tn_script_lua.cancel(&f.job); /* not under way any more */
    fixture_close(&f);
}

/* A neighbour works while one waits, and CPU counts over all resumes of an item but not over its waits. */
static void test_neighbours(void)
{
    struct fixture f = {.answers = answers};
    CHECK(fixture_open_script(
        &f, script("if slow then while true do reservations.list() end end slow = true return #reservations.list()")));
    struct tn_script_scope *other = fixture_scope(&f, 9, 9);
    bool waits = false;
    struct tn_script_job job = {.owner = &waits};
    CHECK_TEXT(fixture_evaluate(&f, other, TN_SCRIPT_RUN, 0, SIZE_MAX), "value 1");
    tn_script_lua.start(other, TN_SCRIPT_RUN, 0, SIZE_MAX, &job);
    tn_loop_step(f.loop, 0);
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "value 1");
    tn_script_lua.cancel(&job);
    tn_script_lua.scope_free(other);
    fixture_close(&f);
    f = (struct fixture){.answers = answers};
    CHECK(fixture_open_script(&f, script("while true do reservations.list() for i = 1, 500000 do end end")));
    const char *result = fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX);
    CHECK(holds(result, "error EBUDGET: scripts/test.lua:4: used more than 0.1 s of CPU"));
    fixture_close(&f);
}

/* It used up its CPU in a primitive that waits, where no hook looks: the message still says in which line. */
static void test_spent_in_a_primitive(void)
{
    static const struct answer heavy[] = {
        {.operation = "reservations.list", .bodies = {"{\"value\": []}"}, .heavy = true}, {.operation = NULL}};
    CHECK(holds(run_script_with(heavy, script("reservations.list()\nreturn 1")),
                "error EBUDGET: scripts/test.lua:4: used more than 0.1 s of CPU"));
}

int main(void)
{
    test_arguments();
    test_customers();
    test_waits();
    test_coroutines();
    test_endings();
    test_cancel();
    test_scope_freed();
    test_neighbours();
    test_spent_in_a_primitive();
    return check_result();
}
