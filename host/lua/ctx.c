/* ctx: see ctx.h. */
#include "lua/ctx.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "lua/confine.h"
#include "lua/output.h"
#include "lua/state.h"
#include "lua/value.h"
#include "lua/view.h"

#define CTX "tenure.ctx"
#define MAX_LINE_BYTES 4096

enum { VALUE_WITH = 1, VALUE_ITEM };

const char *const tn_ctx_data_names[] = {"customer", "item", "inputs", "steps", "before", "rows", "run", "now", NULL};

/* ---- data -------------------------------------------------------------------------------------------------------- */

static void push_item(lua_State *L, const struct tn_script_run *run)
{
    if (run->item == SIZE_MAX || run->what == TN_SCRIPT_WHERE || run->what == TN_SCRIPT_EACH) {
        lua_pushnil(L);
        return;
    }
    tn_lua_push_scope_table(L, run->scope, TN_SCOPE_ITEMS);
    if (lua_rawgeti(L, -1, (lua_Integer)run->step + 1) == LUA_TTABLE) {
        lua_rawgeti(L, -1, (lua_Integer)run->item + 1);
        lua_remove(L, -2);
    }
    lua_remove(L, -2);
    tn_view_wrap(L, "item");
}

/* Of a part; none for TN_PART_COUNT. */
static void push_step_names(lua_State *L, enum tn_part part)
{
    tn_lua_push_shared(L, TN_SHARED_STEP_NAMES);
    lua_rawgeti(L, -1, (lua_Integer)part + 1);
    lua_remove(L, -2);
}

static void push_rows(lua_State *L, const struct tn_script_run *run)
{
    tn_lua_push_scope(L, run->scope, TN_SCOPE_ROWS);
    tn_view_wrap(L, "rows");
}

/* A step that had no items, or is switched off, is an empty list to those behind it. */
static void put_empty_lists(lua_State *L, const struct tn_script_run *run)
{
    const struct tn_workflow *workflow = run->scope->state->workflow;
    size_t from = 0, to = 0;
    if (run->scope->part != TN_PART_BEFORE) /* these have ctx.before */
        tn_workflow_part(workflow, run->scope->part, &from, &to);
    for (size_t i = from; i < to && i < run->step; i++) {
        if (lua_getfield(L, -1, workflow->steps[i].id) == LUA_TNIL) {
            lua_newtable(L);
            lua_setfield(L, -3, workflow->steps[i].id);
        }
        lua_pop(L, 1);
    }
}

static void push_steps(lua_State *L, const struct tn_script_run *run)
{
    tn_lua_push_scope_table(L, run->scope, TN_SCOPE_STEPS);
    put_empty_lists(L, run);
    push_step_names(L, run->scope->part == TN_PART_BEFORE ? TN_PART_COUNT : run->scope->part);
    tn_view_strict(L, "steps");
}

/* What the steps of `before` gave; nil where there are none. */
static void push_before(lua_State *L)
{
    size_t from, to;
    tn_workflow_part(tn_lua_state(L)->workflow, TN_PART_BEFORE, &from, &to);
    if (from == to) {
        lua_pushnil(L);
        return;
    }
    tn_lua_push_shared(L, TN_SHARED_BEFORE);
    push_step_names(L, TN_PART_BEFORE);
    tn_view_strict(L, "before");
}

bool tn_ctx_push_data(lua_State *L, const struct tn_script_run *run, const char *name)
{
    if (strcmp(name, "customer") == 0)
        tn_lua_push_scope(L, run->scope, TN_SCOPE_CUSTOMER);
    else if (strcmp(name, "item") == 0)
        push_item(L, run);
    else if (strcmp(name, "inputs") == 0)
        tn_lua_push_shared(L, TN_SHARED_INPUTS);
    else if (strcmp(name, "steps") == 0)
        push_steps(L, run);
    else if (strcmp(name, "run") == 0)
        tn_lua_push_shared(L, TN_SHARED_RUN);
    else if (strcmp(name, "now") == 0)
        lua_pushinteger(L, run->scope->now_s);
    else if (strcmp(name, "rows") == 0)
        push_rows(L, run);
    else if (strcmp(name, "before") == 0)
        push_before(L);
    else
        return false;
    return true;
}

/* ---- log --------------------------------------------------------------------------------------------------------- */

/* Control characters and broken text become escapes: a line of log stays one line. */
static void put_plain(struct tn_buf *line, const char *text, size_t len)
{
    for (size_t at = 0; at < len && line->len < MAX_LINE_BYTES;) {
        unsigned char byte = (unsigned char)text[at];
        uint32_t point = 0;
        size_t width = tn_utf8_decode(text + at, len - at, &point);
        if (byte == '\n')
            tn_buf_puts(line, "\\n");
        else if (byte == '\t')
            tn_buf_putc(line, ' ');
        else if (width == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0) || tn_utf8_deceptive(point))
            for (size_t i = 0; i < (width ? width : 1); i++)
                tn_buf_printf(line, "\\x%02x", (unsigned char)text[at + i]);
        else
            tn_buf_put(line, text + at, width);
        at += width ? width : 1;
    }
}

/* The same for JSON, whose writer leaves what lies beyond ASCII as it is: escapes that decode to the same text. */
static void put_plain_json(struct tn_buf *line, const char *json, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t point = 0;
        size_t width = tn_utf8_decode(json + at, len - at, &point);
        if (width == 0)
            width = 1;
        if ((point >= 0x7f && point < 0xa0) || tn_utf8_deceptive(point)) /* none of them needs a pair */
            tn_buf_printf(line, "\\u%04x", (unsigned)point);
        else
            tn_buf_put(line, json + at, width);
        at += width;
    }
}

void tn_ctx_log_line(lua_State *L, const char *text, size_t len, const char *fields)
{
    struct tn_script_state *state = tn_lua_state(L);
    const struct tn_script_run *run = state->running;
    if (!state->log || !run || run->checking)
        return;
    const struct tn_workflow *workflow = state->workflow;
    const char *step =
        run->what != TN_SCRIPT_WHERE && run->step < workflow->step_count ? workflow->steps[run->step].id : "";
    struct tn_buf line = {0};
    put_plain(&line, text, len);
    state->log(state->log_arg, run->scope->customer, step, tn_buf_text(&line), fields);
    tn_buf_deinit(&line);
}

/* ctx.log(text [, fields]) */
static int l_log(lua_State *L)
{
    size_t len;
    luaL_checkany(L, 1);
    lua_settop(L, 2);
    const char *text = tn_lua_tostring(L, 1, &len);
    tn_budget_spend(L, 1000);
    if (lua_isnil(L, 2)) {
        tn_ctx_log_line(L, text, len, NULL);
        return 0;
    }
    luaL_argexpected(L, lua_istable(L, 2) || tn_view_is(L, 2), 2, "table");
    struct tn_buf json = {0}, fields = {0};
    struct tn_err err = {0};
    int rc = tn_value_encode(L, 2, &json, &err);
    if (rc == TENURE_OK) {
        put_plain_json(&fields, tn_buf_text(&json), json.len);
        tn_ctx_log_line(L, text, len, tn_buf_text(&fields));
    }
    tn_buf_deinit(&fields);
    tn_buf_deinit(&json);
    return rc < 0 ? luaL_error(L, "log: %s", err.msg) : 0;
}

/* ---- endings ----------------------------------------------------------------------------------------------------- */

static bool code_valid(const char *code, size_t len)
{
    if (len == 0 || len > 63 || code[0] < 'a' || code[0] > 'z')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!((code[i] >= 'a' && code[i] <= 'z') || (code[i] >= '0' && code[i] <= '9') || code[i] == '-'))
            return false;
    }
    return true;
}

/* Ends the script with a verdict; the first one stands. */
static int end_with(lua_State *L, enum tn_script_result result)
{
    size_t len, detail_len = 0;
    struct tn_script_run *run = tn_lua_run(L);
    const char *code = luaL_checklstring(L, 1, &len), *detail = NULL;
    luaL_argcheck(L, code_valid(code, len), 1,
                  "the code must be a fixed word such as \"worth-too-little\" (a to z, 0 to 9, -), "
                  "so that a plan can count it; what varies is the detail");
    if (!lua_isnoneornil(L, 2))
        detail = tn_lua_tostring(L, 2, &detail_len);
    if (run->ending || !run->job)
        return tn_lua_unwind(L);
    struct tn_buf line = {0};
    if (detail)
        put_plain(&line, detail, detail_len);
    run->job->result = result;
    snprintf(run->job->code, sizeof run->job->code, "%s", code);
    run->job->detail = detail ? tn_buf_take(&line, NULL) : NULL;
    tn_buf_deinit(&line);
    run->ending = true;
    return tn_lua_unwind(L);
}

static int l_skip(lua_State *L)
{
    return end_with(L, TN_SCRIPT_SKIPPED);
}

static int l_fail(lua_State *L)
{
    return end_with(L, TN_SCRIPT_FAILED);
}

/* ---- the userdata ------------------------------------------------------------------------------------------------ */

void tn_ctx_push(lua_State *L, const struct tn_script_run *run)
{
    tn_view_wrap(L, "with");
    lua_newuserdatauv(L, 0, 2);
    luaL_setmetatable(L, CTX);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, VALUE_WITH);
    push_item(L, run);
    lua_setiuservalue(L, -2, VALUE_ITEM);
}

static int unknown_field(lua_State *L, const char *name)
{
    static const char *const names[] = {"customer", "item",    "inputs", "with",   "steps", "before", "rows", "run",
                                        "now",      "outputs", "log",    "output", "skip",  "fail",   NULL};
    return tn_lua_unknown_name(L, "ctx", name, names);
}

static int mt_index(lua_State *L)
{
    luaL_checkudata(L, 1, CTX);
    const char *name = luaL_checkstring(L, 2);
    lua_settop(L, 2);
    if (strcmp(name, "with") == 0) {
        lua_getiuservalue(L, 1, VALUE_WITH);
        return 1;
    }
    if (strcmp(name, "item") == 0) {
        lua_getiuservalue(L, 1, VALUE_ITEM);
        return 1;
    }
    if (tn_ctx_push_data(L, tn_lua_run(L), name))
        return 1;
    if (strcmp(name, "outputs") == 0)
        return tn_output_push_all(L);
    tn_lua_push_shared(L, TN_SHARED_CTX);
    if (lua_getfield(L, -1, name) == LUA_TNIL)
        return unknown_field(L, name);
    return 1;
}

static int mt_newindex(lua_State *L)
{
    return luaL_error(L, "ctx is read-only");
}

static int mt_tostring(lua_State *L)
{
    lua_pushliteral(L, "ctx");
    return 1;
}

void tn_ctx_open(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__index", mt_index}, {"__newindex", mt_newindex}, {"__tostring", mt_tostring}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"log", l_log}, {"output", tn_output_l_put}, {"skip", l_skip}, {"fail", l_fail}, {NULL, NULL}};
    tn_kind_open(L, CTX, meta);
    luaL_newlib(L, functions);
    tn_lua_set_shared(L, TN_SHARED_CTX);
}
