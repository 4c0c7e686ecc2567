/*
 * Primitives: one Lua function for all rows of the operation table.
 *
 * The first argument may be given bare, the others by name in one options table. All of them are checked before
 * anything is asked of the service. The call itself goes through the scope's caller; the script's coroutine yields
 * once.
 */
#include "lua/operation.h"

#include <lauxlib.h>
#include <string.h>

#include "lua/arguments.h"
#include "lua/state.h"
#include "lua/value.h"
#include "lua/view.h"

#define WAIT "tenure.wait"

struct tn_wait {
    struct tn_op op;
    struct tn_call call;
    struct tn_call_options options;
    struct tn_script_run *run; /* NULL once closed */
    char place[TN_PLACE_TEXT];
    bool under_way;
};

enum { SLOT_ARGUMENTS = 2, SLOT_WAIT }; /* stack of a call: its two arguments, then the wait */

/* ---- the wait ---------------------------------------------------------------------------------------------------- */

void tn_wait_close(struct tn_wait *wait)
{
    if (!wait || !wait->run)
        return;
    struct tn_script_run *run = wait->run;
    wait->run = NULL;
    if (run->wait == wait)
        run->wait = NULL;
    if (wait->under_way)
        run->scope->caller->cancel(run->scope->caller, &wait->call);
    wait->under_way = false;
    tn_op_abandon(&wait->op);
    tn_call_release(&wait->call);
    tn_values_deinit(&wait->call.values);
    tn_call_options_deinit(&wait->options);
}

static int mt_close(lua_State *L) /* __gc and __close */
{
    tn_wait_close(luaL_checkudata(L, 1, WAIT));
    return 0;
}

static struct tn_wait *push_wait(lua_State *L, struct tn_script_run *run, const struct tn_operation *op)
{
    struct tn_wait *wait = lua_newuserdatauv(L, sizeof *wait, 0);
    memset(wait, 0, sizeof *wait);
    luaL_setmetatable(L, WAIT);
    wait->call.op = op;
    wait->run = run;
    run->wait = wait;
    return wait;
}

static void on_call_done(struct tn_call *call)
{
    struct tn_wait *wait = tn_container_of(call, struct tn_wait, call);
    wait->under_way = false;
    tn_op_finish(&wait->op);
}

/* ---- what comes back --------------------------------------------------------------------------------------------- */

/* Pushes the records of all pages as one list. */
static void push_records(lua_State *L, const struct tn_call *call)
{
    lua_Integer count = 0;
    lua_newtable(L);
    int list = lua_gettop(L);
    for (size_t page = 0; page < call->page_count; page++) {
        tn_json_push(tn_call_items(call->op, tn_json_root(call->pages[page])), L);
        lua_Integer on_page = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
        for (lua_Integer i = 1; i <= on_page; i++) {
            if (lua_rawgeti(L, -1, i) == LUA_TTABLE && call->op->record) {
                tn_record_push(L, -1, call->op->record);
                lua_rawseti(L, list, ++count);
                lua_pop(L, 1);
            } else if (!call->op->record) {
                lua_rawseti(L, list, ++count);
            } else {
                lua_pop(L, 1);
            }
        }
        lua_settop(L, list);
    }
    tn_json_push_array_mark(L);
    lua_setmetatable(L, list);
}

static void push_quote(lua_State *L, struct tn_wait *wait, int raw)
{
    struct tn_quote *quote = wait->call.quote;
    if (!quote)
        luaL_error(L, "%s.%s: the service answered without a quote", wait->call.op->module, wait->call.op->name);
    quote->bound_to = tn_quote_binding(wait->run->scope->bound_to, wait->run->step); /* nobody else has it yet */
    tn_quote_push(L, quote, raw);
}

static int push_answer(lua_State *L, struct tn_wait *wait)
{
    const struct tn_call *call = &wait->call;
    if (call->op->class != TN_CLASS_READ) {
        if (call->outcome)
            tn_outcome_push(L, call->outcome);
        else
            lua_pushnil(L);
        return 1;
    }
    if (call->op->paging != TN_PAGING_NONE) {
        push_records(L, call);
        return 1;
    }
    tn_json_push(tn_json_root(call->page_count > 0 ? call->pages[0] : NULL), L);
    if (!lua_istable(L, -1))
        return 1;
    if (call->op->read_quote)
        push_quote(L, wait, lua_gettop(L));
    else if (call->op->record)
        tn_record_push(L, -1, call->op->record);
    return 1;
}

static int k_call(lua_State *L, int status, lua_KContext context)
{
    struct tn_wait *wait = luaL_checkudata(L, SLOT_WAIT, WAIT);
    (void)status, (void)context;
    if (!wait->op.done)
        return tn_op_await(L, &wait->op, k_call);
    if (wait->call.err.code < 0)
        return tn_lua_raise(L, &wait->call.err);
    return push_answer(L, wait);
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

/* Who may call what, from where. Permissions are the run's to check. */
static struct tn_script_run *check_may_call(lua_State *L, const struct tn_operation *op)
{
    struct tn_script_run *run = tn_lua_state(L)->running;
    if (!run || run->checking || !run->scope->caller)
        luaL_error(L, "%s.%s: can be called only while a step runs, not while a file loads", op->module, op->name);
    if (run->ending)
        luaL_error(L, "%s.%s: the script has ended already (ctx.skip or ctx.fail)", op->module, op->name);
    if (run->what == TN_SCRIPT_WHERE || run->what == TN_SCRIPT_WHEN)
        luaL_error(L, "%s.%s: 'where' and 'when' cannot ask the service: only 'each' and scripts can", op->module,
                   op->name);
    if (run->what == TN_SCRIPT_EACH && op->class != TN_CLASS_READ)
        luaL_error(L, "%s.%s: 'each' can only read, and this changes something", op->module, op->name);
    if (run->cannot_wait || !lua_isyieldable(L))
        luaL_error(L,
                   "%s.%s: this waits, and cannot be called from here: not from a sort comparator, a gsub callback, "
                   "__tostring or an expression of 'with'",
                   op->module, op->name);
    return run;
}

static int l_call(lua_State *L)
{
    const struct tn_operation *op = lua_touserdata(L, lua_upvalueindex(1));
    struct tn_script_run *run = check_may_call(L, op);
    struct tn_err err = {0};
    lua_settop(L, SLOT_ARGUMENTS);
    struct tn_wait *wait = push_wait(L, run, op);
    lua_toclose(L, SLOT_WAIT);
    struct tn_call *call = &wait->call;
    if (tn_arguments_read(L, run, op, &call->values, &wait->options, &err) < 0)
        return tn_lua_raise(L, &err);
    call->tenant = wait->options.tenant;
    call->once = wait->options.once;
    call->place = tn_lua_place(L, wait->place, sizeof wait->place) ? wait->place : NULL;
    call->L = tn_lua_state(L)->L;
    call->done = on_call_done;
    wait->under_way = true;
    tn_lua_state(L)->heap.granting = true;
    run->scope->caller->start(run->scope->caller, call);
    tn_lua_state(L)->heap.granting = false;
    return tn_op_await(L, &wait->op, k_call);
}

/* ---- modules ----------------------------------------------------------------------------------------------------- */

/* tenure.array(t) marks a list, so that an empty one is written as one. */
static int l_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_getmetatable(L, 1))
        return luaL_error(L, "tenure.array: the table has a metatable already");
    tn_json_push_array_mark(L);
    lua_setmetatable(L, 1);
    return 1;
}

/* Pushes the view of one module. */
static void push_module(lua_State *L, const struct tn_module *module)
{
    lua_newtable(L);
    lua_newtable(L);
    lua_Integer count = 0;
    for (const struct tn_operation *op = module->operations; op->module; op++) {
        lua_pushlightuserdata(L, (void *)op);
        lua_pushcclosure(L, l_call, 1);
        lua_setfield(L, -3, op->name);
        lua_pushstring(L, op->name);
        lua_rawseti(L, -2, ++count);
    }
    tn_view_strict(L, module->name);
}

static void push_helpers(lua_State *L)
{
    static const luaL_Reg functions[] = {{"array", l_array}, {"money", tn_money_l_new}, {NULL, NULL}};
    luaL_newlib(L, functions);
    tn_json_push_null(L);
    lua_setfield(L, -2, "null");
    lua_newtable(L);
    tn_view_strict(L, "tenure");
}

static void open_wait(lua_State *L)
{
    luaL_newmetatable(L, WAIT);
    lua_pushcfunction(L, mt_close);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, mt_close);
    lua_setfield(L, -2, "__close");
    lua_pop(L, 1);
}

void tn_modules_open(lua_State *L)
{
    open_wait(L);
    lua_newtable(L);
    for (const struct tn_module *const *module = tn_modules; *module; module++) {
        lua_pushfstring(L, "tenure.%s", (*module)->name);
        push_module(L, *module);
        lua_rawset(L, -3);
    }
    push_helpers(L);
    lua_setfield(L, -2, "tenure");
    lua_pushcfunction(L, tn_money_l_new);
    lua_setfield(L, -2, "tenure.money");
    tn_lua_set_shared(L, TN_SHARED_MODULES);
}

void tn_modules_push_names(lua_State *L)
{
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, "tenure, tenure.money");
    for (const struct tn_module *const *module = tn_modules; *module; module++) {
        luaL_addstring(&text, ", tenure.");
        luaL_addstring(&text, (*module)->name);
    }
    luaL_pushresult(&text);
}
