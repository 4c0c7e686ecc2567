/* Scopes: see scope.h. */
#include "lua/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/run.h"
#include "lua/value.h"
#include "lua/view.h"

/* splitmix64: spreads one seed over the generator's state, which must not be all zero */
static void seed_random(uint64_t state[4], uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t mixed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        state[i] = mixed ^ (mixed >> 31);
    }
}

struct making {
    struct tn_script_scope *scope;
    const struct tn_script_scope_setup *setup;
};

/* Pushes the customer's rows, which all scopes share. */
static void push_rows(lua_State *L, const struct tn_script_scope_setup *setup)
{
    lua_createtable(L, (int)setup->row_count, 0);
    tn_lua_push_shared(L, TN_SHARED_ROWS);
    for (size_t i = 0; i < setup->row_count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)setup->rows[i] + 1);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
    }
    lua_pop(L, 1);
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
}

static int make_protected(lua_State *L)
{
    const struct making *making = lua_touserdata(L, 1);
    const struct tn_json customer = making->setup->customer;
    lua_createtable(L, TN_SCOPE_SLOTS, 0);
    tn_lua_push_environment(L);
    lua_rawseti(L, -2, TN_SCOPE_ENV);
    if (customer.doc) {
        tn_value_copy_json(L, customer);
        tn_record_push(L, -1, &tn_record_customer);
        lua_rawseti(L, -3, TN_SCOPE_CUSTOMER);
        lua_pop(L, 1);
    }
    if (making->setup->rows) {
        push_rows(L, making->setup);
        lua_rawseti(L, -2, TN_SCOPE_ROWS);
    }
    making->scope->table = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int tn_scope_make_bare(lua_State *L)
{
    struct tn_script_scope *scope = lua_touserdata(L, 1);
    lua_createtable(L, TN_SCOPE_SLOTS, 0);
    tn_lua_push_environment(L);
    lua_rawseti(L, -2, TN_SCOPE_ENV);
    scope->table = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

int tn_scope_new(struct tn_script_state *state, const struct tn_script_scope_setup *setup, struct tn_script_scope **out,
                 struct tn_err *err)
{
    struct tn_script_scope *scope = calloc(1, sizeof *scope);
    if (!scope)
        return tn_err_no_memory(err);
    scope->state = state;
    scope->caller = setup->caller;
    scope->part = setup->part;
    scope->reader = setup->reader;
    scope->now_s = setup->now_s;
    scope->bound_to = setup->bound_to;
    scope->table = LUA_NOREF;
    scope->run.scope = scope;
    seed_random(scope->random, setup->random_seed);
    const char *id = setup->customer.doc ? tn_json_string(setup->customer, "id", NULL) : NULL;
    snprintf(scope->customer, sizeof scope->customer, "%s", id ? id : "");
    struct making making = {.scope = scope, .setup = setup};
    int rc = tn_lua_protect(state, make_protected, &making, err);
    if (rc < 0) {
        free(scope);
        return rc;
    }
    *out = scope;
    return TENURE_OK;
}

void tn_scope_free(struct tn_script_scope *scope)
{
    if (!scope)
        return;
    tn_run_cancel(&scope->run);
    luaL_unref(scope->state->L, LUA_REGISTRYINDEX, scope->table);
    free(scope);
}

/* ---- items from the ledger --------------------------------------------------------------------------------------- */

struct restoring {
    struct tn_script_scope *scope;
    size_t step, count;
    const char *const *items;
};

static int restore_protected(lua_State *L)
{
    const struct restoring *restoring = lua_touserdata(L, 1);
    tn_lua_push_scope_table(L, restoring->scope, TN_SCOPE_ITEMS);
    lua_createtable(L, (int)restoring->count, 0);
    for (size_t i = 0; i < restoring->count; i++) {
        tn_value_decode(L, restoring->items[i], strlen(restoring->items[i]));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_rawseti(L, -2, (lua_Integer)restoring->step + 1);
    return 0;
}

int tn_scope_restore_items(struct tn_script_scope *scope, size_t step, const char *const *items, size_t count,
                           struct tn_err *err)
{
    struct restoring restoring = {.scope = scope, .step = step, .count = count, .items = items};
    return tn_lua_protect(scope->state, restore_protected, &restoring, err);
}

/* ---- what became of items ---------------------------------------------------------------------------------------- */

struct ending {
    struct tn_script_scope *scope;
    size_t step, item;
    const char *state, *code, *value;
};

/* Pushes the item of a step as ctx.item is: nil without each. */
static void push_item(lua_State *L, const struct ending *ending)
{
    if (ending->item == SIZE_MAX) {
        lua_pushnil(L);
        return;
    }
    tn_lua_push_scope_table(L, ending->scope, TN_SCOPE_ITEMS);
    if (lua_rawgeti(L, -1, (lua_Integer)ending->step + 1) == LUA_TTABLE) {
        lua_rawgeti(L, -1, (lua_Integer)ending->item + 1);
        lua_remove(L, -2);
    }
    lua_remove(L, -2);
}

static void push_names(lua_State *L)
{
    static const char *const names[] = {"item", "state", "code", "value"};
    lua_createtable(L, 4, 0);
    for (int i = 0; i < 4; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

/* Pushes {item, state, code, value}, strict. */
static void push_entry(lua_State *L, const struct ending *ending)
{
    lua_createtable(L, 0, 4);
    push_item(L, ending);
    lua_setfield(L, -2, "item");
    lua_pushstring(L, ending->state);
    lua_setfield(L, -2, "state");
    lua_pushstring(L, ending->code); /* nil for NULL */
    lua_setfield(L, -2, "code");
    if (ending->value) {
        tn_value_decode(L, ending->value, strlen(ending->value));
        lua_setfield(L, -2, "value");
    }
    push_names(L);
    tn_view_strict(L, "steps");
}

static int end_protected(lua_State *L)
{
    const struct ending *ending = lua_touserdata(L, 1);
    const struct tn_step *step = &ending->scope->state->workflow->steps[ending->step];
    const char *id = step->id;
    if (step->part == TN_PART_BEFORE)
        tn_lua_push_shared(L, TN_SHARED_BEFORE);
    else
        tn_lua_push_scope_table(L, ending->scope, TN_SCOPE_STEPS);
    if (lua_getfield(L, -1, id) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, id);
    }
    push_entry(L, ending);
    lua_rawseti(L, -2, ending->item == SIZE_MAX ? 1 : (lua_Integer)ending->item + 1);
    return 0;
}

int tn_scope_item_ended(struct tn_script_scope *scope, size_t step, size_t item, const char *state, const char *code,
                        const char *value_json, struct tn_err *err)
{
    struct ending ending = {
        .scope = scope, .step = step, .item = item, .state = state, .code = code, .value = value_json};
    return tn_lua_protect(scope->state, end_protected, &ending, err);
}
