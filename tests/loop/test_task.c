/* Tasks: waits that finish early and late, errors, kills, and that every wait is cleaned up exactly once. */
#include "loop/task.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>

#include "check.h"

static struct tn_loop *loop;
static lua_State *L;
static struct tn_task_state shared;

/* One wait of the invented primitive wait(n): tests finish it by its number. */
struct wait {
    struct tn_op op;
    int number;
};
static struct wait *waits[16];
static int closed[16];

#define WAIT "test.wait"

static int mt_close(lua_State *co)
{
    struct wait *wait = luaL_checkudata(co, 1, WAIT);
    if (waits[wait->number] == wait) {
        waits[wait->number] = NULL;
        closed[wait->number]++;
        tn_op_abandon(&wait->op);
    }
    return 0;
}

static int k_wait(lua_State *co, int status, lua_KContext context)
{
    (void)status, (void)context;
    struct wait *wait = luaL_checkudata(co, 2, WAIT);
    if (!wait->op.done)
        return tn_op_await(co, &wait->op, k_wait);
    if (wait->op.err.code < 0)
        return luaL_error(co, "%s", wait->op.err.msg);
    lua_pushinteger(co, wait->number);
    return 1;
}

/* wait(number [, early]) -> number; early: finished before it is awaited */
static int l_wait(lua_State *co)
{
    int number = (int)luaL_checkinteger(co, 1);
    bool early = lua_toboolean(co, 2);
    lua_settop(co, 1);
    struct wait *wait = lua_newuserdatauv(co, sizeof *wait, 0);
    *wait = (struct wait){.number = number};
    luaL_setmetatable(co, WAIT);
    lua_toclose(co, 2);
    waits[number] = wait;
    if (early)
        tn_op_finish(&wait->op);
    return tn_op_await(co, &wait->op, k_wait);
}

static void finish(int number)
{
    CHECK(waits[number] != NULL);
    if (waits[number])
        tn_op_finish(&waits[number]->op);
}

static struct tn_task *to_kill;

static int l_kill(lua_State *co)
{
    (void)co;
    tn_task_kill(to_kill);
    return 0;
}

static int l_current(lua_State *co)
{
    lua_pushboolean(co, tn_task_current(co) != NULL);
    return 1;
}

/* ---- what tasks report ------------------------------------------------------------------------------------------ */

struct watched {
    struct tn_task task;
    int entered, left, ended, status;
    char result[200];
};

static struct watched *watched_of(struct tn_task *task)
{
    return tn_container_of(task, struct watched, task);
}

static void on_entering(struct tn_task *task)
{
    watched_of(task)->entered++;
    CHECK(tn_task_current(L) == task);
}

static void on_leaving(struct tn_task *task)
{
    watched_of(task)->left++;
}

static void on_ended(struct tn_task *task, lua_State *co, int status, int nresults)
{
    struct watched *w = watched_of(task);
    w->ended++;
    w->status = status;
    CHECK(tn_task_current(L) == NULL);
    const char *text = nresults > 0 || status != LUA_OK ? lua_tostring(co, -1) : "nothing";
    snprintf(w->result, sizeof w->result, "%s", text ? text : "?");
    tn_task_free(task);
    tn_task_free(task); /* twice is harmless */
}

static const struct tn_task_ops ops = {.entering = on_entering, .leaving = on_leaving, .ended = on_ended};

static void start(struct watched *w, const char *code)
{
    *w = (struct watched){.status = -1};
    CHECK(luaL_loadstring(L, code) == LUA_OK);
    lua_pushstring(L, "argument");
    tn_task_start(&w->task, loop, &ops, L, 1);
    CHECK(w->entered == 0 && lua_gettop(L) == 0);
}

static void run(void)
{
    for (int i = 0; i < 100 && tn_loop_step(loop, 0); i++)
        ;
}

static void expect(const struct watched *w, int status, const char *result)
{
    CHECK(w->ended == 1 && w->status == status && w->entered == w->left);
    if (!strstr(w->result, result)) {
        fprintf(stderr, "result '%s', expected '%s'\n", w->result, result);
        check_failures++;
    }
}

/* Whatever happened: no wait is left, and each was closed as often as it was made. */
static void expect_clean(int count)
{
    int sum = 0;
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        CHECK(waits[i] == NULL);
        sum += closed[i];
        closed[i] = 0;
    }
    CHECK(sum == count);
    CHECK(shared.current == NULL);
}

/* ---- the tests -------------------------------------------------------------------------------------------------- */

static void test_return(void)
{
    struct watched w;
    start(&w, "return ... .. '!'");
    run();
    expect(&w, LUA_OK, "argument!");
    start(&w, "return");
    run();
    expect(&w, LUA_OK, "nothing");
    expect_clean(0);
}

static void test_wait(void)
{
    struct watched w;
    start(&w, "return wait(1) + wait(2)");
    run();
    CHECK(w.ended == 0 && w.entered == 1 && waits[1]);
    run();
    CHECK(w.entered == 1); /* parked: nobody resumes it */
    finish(1);
    CHECK(w.entered == 1); /* nor does finishing, by itself */
    run();
    CHECK(w.ended == 0 && w.entered == 2 && waits[2] && !waits[1]);
    finish(2);
    run();
    expect(&w, LUA_OK, "3");
    expect_clean(2);
}

static void test_finished_before_await(void)
{
    struct watched w;
    start(&w, "local sum = 0 for i = 1, 1000 do sum = sum + wait(1, true) end return sum");
    run();
    expect(&w, LUA_OK, "1000");
    CHECK(w.entered == 1);
    expect_clean(1000);
}

static void test_errors(void)
{
    struct watched w;
    start(&w, "wait(1) error('broken', 0)");
    run();
    finish(1);
    run();
    expect(&w, LUA_ERRRUN, "broken");
    start(&w, "return wait(1)");
    run();
    tn_err_set(&waits[1]->op.err, TENURE_EIO, "the wire is cut");
    finish(1);
    run();
    expect(&w, LUA_ERRRUN, "the wire is cut");
    start(&w, "local ok, e = pcall(wait, 1) return (ok and 'ok' or 'caught ') .. tostring(e)");
    run();
    tn_err_set(&waits[1]->op.err, TENURE_EIO, "the wire is cut");
    finish(1);
    run();
    expect(&w, LUA_OK, "caught the wire is cut");
    expect_clean(3);
}

/* An error while something is still open: freeing the task closes it. */
static void test_error_closes(void)
{
    struct watched w;
    lua_pushinteger(L, 0);
    lua_setglobal(L, "closes");
    start(&w, "local x <close> = setmetatable({}, {__close = function() closes = closes + 1 end}) wait(1) error 'x'");
    run();
    finish(1);
    run();
    expect(&w, LUA_ERRRUN, "x");
    lua_getglobal(L, "closes");
    CHECK(lua_tointeger(L, -1) == 1);
    lua_pop(L, 1);
    expect_clean(1);
}

static void test_kill_while_parked(void)
{
    struct watched w;
    lua_pushinteger(L, 0);
    lua_setglobal(L, "closes");
    start(&w, "local x <close> = setmetatable({}, {__close = function() closes = closes + 1 end}) wait(1)");
    run();
    tn_task_kill(&w.task);
    CHECK(!waits[1] && closed[1] == 1 && w.ended == 0);
    lua_getglobal(L, "closes");
    CHECK(lua_tointeger(L, -1) == 1);
    lua_pop(L, 1);
    tn_task_kill(&w.task);
    run();
    CHECK(w.entered == 1 && w.ended == 0);
    tn_task_free(&w.task);
    expect_clean(1);
}

/* Killed when the outcome is in, but the loop has not come to it: it never runs again. */
static void test_kill_while_queued(void)
{
    struct watched w;
    start(&w, "wait(1) never()");
    run();
    finish(1);
    tn_task_kill(&w.task);
    run();
    CHECK(w.entered == 1 && w.ended == 0);
    tn_task_free(&w.task);
    start(&w, "never()");
    tn_task_kill(&w.task); /* before it ever ran */
    run();
    CHECK(w.entered == 0 && w.ended == 0);
    tn_task_free(&w.task);
    expect_clean(1);
}

/* A close handler that runs because of a kill cannot wait, also when a task does the killing. */
static void test_close_cannot_wait(void)
{
    static const char victim_code[] =
        "local x <close> = setmetatable({}, {__close = function() outcome = {pcall(wait, 3)} "
        "task = current() end}) wait(1)";
    struct watched victim, killer;
    start(&victim, victim_code);
    run();
    to_kill = &victim.task;
    start(&killer, "kill() assert(current()) return wait(2)");
    run();
    lua_getglobal(L, "task");
    CHECK(lua_isboolean(L, -1) && !lua_toboolean(L, -1)); /* what the victim still does is not the killer's doing */
    lua_pop(L, 1);
    CHECK(luaL_dostring(L, "return tostring(outcome[1]) .. ': ' .. outcome[2]") == LUA_OK);
    CHECK(strstr(lua_tostring(L, -1), "false: this waits, and cannot be called from here"));
    lua_pop(L, 1);
    finish(2);
    run();
    expect(&killer, LUA_OK, "2");
    tn_task_free(&victim.task);
    expect_clean(3);
}

static void test_where_nothing_can_wait(void)
{
    struct watched w;
    start(&w, "return select(2, pcall(table.sort, {3, 2, 1}, function(a, b) wait(1) return a < b end))");
    run();
    expect(&w, LUA_OK, "cannot be called from here");
    start(&w, "return select(2, pcall(string.gsub, 'x', 'x', function() wait(1) end))");
    run();
    expect(&w, LUA_OK, "cannot be called from here");
    CHECK(luaL_dostring(L, "wait(1)") != LUA_OK); /* outside tasks */
    CHECK(strstr(lua_tostring(L, -1), "cannot be called from here"));
    lua_pop(L, 1);
    expect_clean(3);
}

/* A yield of the script's own at the top level is no wait: the task goes on in the next step. */
static void test_stray_yield(void)
{
    struct watched w;
    start(&w, "coroutine.yield('what', 'is', 'this') return 'went on'");
    run();
    expect(&w, LUA_OK, "went on");
    CHECK(w.entered == 2);
}

/* Ends of many tasks, in the order their waits finish, not in the order of their start. */
static void test_many(void)
{
    struct watched w[10];
    for (int i = 0; i < 10; i++) {
        char code[64];
        snprintf(code, sizeof code, "local n = wait(%d) order = (order or '') .. n", i);
        start(&w[i], code);
    }
    run();
    for (int i = 9; i >= 0; i--)
        finish(i);
    run();
    lua_getglobal(L, "order");
    CHECK_TEXT(lua_tostring(L, -1), "9876543210");
    lua_pop(L, 1);
    for (int i = 0; i < 10; i++)
        expect(&w[i], LUA_OK, "nothing");
    expect_clean(10);
}

/* A finished op that nobody awaits, and one whose waiter is gone. */
static void test_op_alone(void)
{
    struct tn_op op = {0};
    tn_op_finish(&op);
    CHECK(op.done);
    struct watched w;
    start(&w, "wait(1)");
    run();
    struct tn_op *parked = &waits[1]->op;
    tn_op_abandon(parked);
    tn_op_finish(parked);
    run();
    CHECK(w.entered == 1);
    tn_task_kill(&w.task);
    tn_task_free(&w.task);
    expect_clean(1);
}

int main(void)
{
    CHECK(tn_loop_new(NULL, &loop, NULL) == TENURE_OK);
    L = luaL_newstate();
    tn_task_state_attach(L, &shared);
    luaL_openlibs(L);
    lua_register(L, "wait", l_wait);
    lua_register(L, "kill", l_kill);
    lua_register(L, "current", l_current);
    luaL_newmetatable(L, WAIT);
    lua_pushcfunction(L, mt_close);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, mt_close);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    test_return();
    test_wait();
    test_finished_before_await();
    test_errors();
    test_error_closes();
    test_kill_while_parked();
    test_kill_while_queued();
    test_close_cannot_wait();
    test_where_nothing_can_wait();
    test_stray_yield();
    test_many();
    test_op_alone();
    CHECK(lua_gettop(L) == 0);
    lua_close(L);
    tn_loop_free(loop);
    return check_result();
}
