/* Waits of the functions that specs call: see internal.h. */
#include "testing/internal.h"

#define WAIT "tenure.testing.wait"

void tn_testing_wait_wake(struct tn_testing_wait *wait)
{
    if (wait && !wait->op.done)
        tn_op_finish(&wait->op);
}

static void on_timeout(struct tn_timer *timer)
{
    struct tn_testing_wait *wait = tn_container_of(timer, struct tn_testing_wait, timer);
    wait->timed_out = true;
    tn_testing_wait_wake(wait);
}

static int m_close(lua_State *L) /* also __gc: twice is harmless */
{
    struct tn_testing_wait *wait = luaL_checkudata(L, 1, WAIT);
    tn_timer_stop(wait->loop, &wait->timer);
    tn_op_abandon(&wait->op);
    if (wait->place)
        *wait->place = NULL;
    wait->place = NULL;
    return 0;
}

struct tn_testing_wait *tn_testing_wait_push(lua_State *L, struct tn_loop *loop, struct tn_testing_wait **place,
                                             int64_t timeout_ms)
{
    struct tn_testing_wait *wait = lua_newuserdatauv(L, sizeof *wait, 0);
    *wait = (struct tn_testing_wait){.loop = loop};
    tn_testing_new_type(L, WAIT, NULL, m_close);
    luaL_setmetatable(L, WAIT);
    lua_toclose(L, lua_gettop(L));
    struct tn_err err = {0};
    if (place && *place) {
        tn_err_set(&err, TENURE_EINVAL, "another task waits for this already");
        tn_testing_raise(L, &err);
    }
    wait->place = place;
    if (place)
        *place = wait;
    if (tn_timer_start(loop, &wait->timer, timeout_ms, on_timeout) < 0) {
        tn_err_no_memory(&err);
        tn_testing_raise(L, &err);
    }
    return wait;
}

int tn_testing_wait_park(lua_State *L, struct tn_testing_wait *wait, lua_KFunction k)
{
    wait->op = (struct tn_op){0};
    return tn_op_await(L, &wait->op, k);
}

void tn_testing_wait_release(struct tn_testing_wait **place)
{
    struct tn_testing_wait *wait = *place;
    if (!wait)
        return;
    *place = NULL;
    wait->place = NULL;
    tn_testing_wait_wake(wait);
}
