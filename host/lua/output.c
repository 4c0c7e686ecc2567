/*
 * ctx.output(name, row): one row of a table that the workflow declares under `outputs`.
 *
 * A row is checked whole before any of it is kept. It stays with the run's job until the item has ended, and goes into
 * the ledger with that; what an item wrote that ends without a verdict is forgotten with it.
 */
#include "lua/output.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/id.h"
#include "lua/budget.h"
#include "lua/state.h"
#include "lua/value.h"
#include "lua/view.h"

#define MAX_BYTES (16u << 20) /* of the rows of one item */

enum { SLOT_NAME = 1, SLOT_ROW };

static const struct tn_output *find_output(lua_State *L, const struct tn_workflow *workflow)
{
    const char *names[64], *name = luaL_checkstring(L, SLOT_NAME);
    size_t count = 0;
    for (size_t i = 0; i < workflow->output_count; i++) {
        if (strcmp(workflow->outputs[i].name, name) == 0)
            return &workflow->outputs[i];
        if (count < 63)
            names[count++] = workflow->outputs[i].name;
    }
    names[count] = NULL;
    const char *close = tn_closest(name, names);
    if (close)
        luaL_error(L, "ctx.output: no output is called '%s' (did you mean '%s'?)", name, close);
    luaL_error(L, "ctx.output: no output is called '%s': declare it under 'outputs' in the workflow", name);
    return NULL;
}

/* Every name in the row is a column. */
static void check_names(lua_State *L, const struct tn_output *output)
{
    lua_pushnil(L);
    while (lua_next(L, SLOT_ROW)) {
        const char *names[257];
        size_t i = 0;
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "ctx.output: a row of '%s' has columns by name, not a %s as name", output->name,
                       luaL_typename(L, -1));
        const char *name = lua_tostring(L, -1);
        for (; i < output->column_count && strcmp(output->columns[i].name, name) != 0; i++) {
            if (i < 256)
                names[i] = output->columns[i].name;
        }
        if (i < output->column_count)
            continue;
        names[i < 256 ? i : 256] = NULL;
        const char *close = tn_closest(name, names);
        if (close)
            luaL_error(L, "ctx.output: '%s' has no column '%s' (did you mean '%s'?)", output->name, name, close);
        luaL_error(L, "ctx.output: '%s' has no column '%s'", output->name, name);
    }
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool is_choice(const struct tn_input *column, const char *text)
{
    size_t i = 0;
    while (column->choices && column->choices[i] && strcmp(column->choices[i], text) != 0)
        i++;
    return column->choices && column->choices[i];
}

/* Puts the id of a record in its place on top; text stays. */
static bool make_id(lua_State *L, const char *record)
{
    const struct tn_record *found = tn_record_test(L, -1);
    if (found && strcmp(found->name, record) == 0 && tn_record_push_id(L, lua_gettop(L)))
        lua_replace(L, -2);
    return lua_type(L, -1) == LUA_TSTRING;
}

/* Whether the value on top, which may be replaced by what stands for it, is of the column's type. */
static bool is_of_type(lua_State *L, const struct tn_input *column)
{
    int whole;
    switch (column->type) {
    case TN_INPUT_STRING:
    case TN_INPUT_SUBSCRIPTION:
    case TN_INPUT_ROLE:
    case TN_INPUT_GUID:
        return lua_type(L, -1) == LUA_TSTRING;
    case TN_INPUT_INTEGER:
    case TN_INPUT_DATE:
    case TN_INPUT_DURATION:
        lua_tointegerx(L, -1, &whole);
        return lua_type(L, -1) == LUA_TNUMBER && whole;
    case TN_INPUT_NUMBER:
    case TN_INPUT_PERCENT:
        return lua_type(L, -1) == LUA_TNUMBER && isfinite(lua_tonumber(L, -1));
    case TN_INPUT_BOOLEAN:
        return lua_isboolean(L, -1);
    case TN_INPUT_MONEY:
        return tn_money_test(L, -1);
    case TN_INPUT_CHOICE:
        return lua_type(L, -1) == LUA_TSTRING && is_choice(column, lua_tostring(L, -1));
    case TN_INPUT_CUSTOMER:
        return make_id(L, "customer");
    case TN_INPUT_RESERVATION:
        return make_id(L, "reservation");
    default:
        return false;
    }
}

static int wrong_type(lua_State *L, const struct tn_output *output, const struct tn_input *column)
{
    static const char *const takes[] = {
        [TN_INPUT_STRING] = "text",
        [TN_INPUT_INTEGER] = "a whole number",
        [TN_INPUT_NUMBER] = "a number",
        [TN_INPUT_BOOLEAN] = "true or false",
        [TN_INPUT_PERCENT] = "a number: 5 is 5%",
        [TN_INPUT_MONEY] = "money",
        [TN_INPUT_DATE] = "whole seconds since 1970, as ctx.now",
        [TN_INPUT_DURATION] = "whole seconds",
        [TN_INPUT_CHOICE] = "one of its words",
        [TN_INPUT_CUSTOMER] = "a customer or its id",
        [TN_INPUT_RESERVATION] = "a reservation or its id",
        [TN_INPUT_SUBSCRIPTION] = "a subscription's id",
        [TN_INPUT_ROLE] = "a role's name or GUID",
        [TN_INPUT_GUID] = "a GUID",
    };
    const char *given = luaL_typename(L, -1);
    if (column->type == TN_INPUT_CHOICE && lua_type(L, -1) == LUA_TSTRING)
        given = lua_tostring(L, -1);
    else if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING)
        given = lua_tostring(L, -1);
    return luaL_error(L, "ctx.output: '%s.%s' takes %s, not %s", output->name, column->name, takes[column->type],
                      given);
}

static void write_value(lua_State *L, struct tn_json_writer *w)
{
    const char *later = tn_placeholder_test(L, -1);
    if (later)
        tn_jw_string(w, later);
    else if (tn_money_test(L, -1))
        tn_jw_money(w, tn_money_test(L, -1));
    else if (lua_isboolean(L, -1))
        tn_jw_bool(w, lua_toboolean(L, -1));
    else if (lua_isinteger(L, -1))
        tn_jw_int(w, lua_tointeger(L, -1));
    else if (lua_type(L, -1) == LUA_TNUMBER)
        tn_jw_double(w, lua_tonumber(L, -1));
    else
        tn_jw_string_len(w, lua_tostring(L, -1), lua_rawlen(L, -1));
}

static void write_row(lua_State *L, const struct tn_output *output, struct tn_buf *out)
{
    struct tn_json_writer w;
    tn_jw_init(&w, out);
    tn_jw_object(&w);
    for (size_t i = 0; i < output->column_count; i++) {
        const struct tn_input *column = &output->columns[i];
        lua_pushstring(L, column->name);
        lua_rawget(L, SLOT_ROW);
        if (!lua_isnil(L, -1)) {
            if (!tn_placeholder_test(L, -1) && !is_of_type(L, column))
                wrong_type(L, output, column);
            tn_jw_key(&w, column->name);
            write_value(L, &w);
        }
        lua_pop(L, 1);
    }
    tn_jw_object_end(&w);
}

int tn_output_l_put(lua_State *L)
{
    struct tn_script_run *run = tn_lua_run(L);
    const struct tn_output *output = find_output(L, run->scope->state->workflow);
    lua_settop(L, SLOT_ROW);
    if (tn_view_is(L, SLOT_ROW)) {
        tn_view_push_content(L, SLOT_ROW);
        lua_replace(L, SLOT_ROW);
    }
    luaL_checktype(L, SLOT_ROW, LUA_TTABLE);
    if (run->ending || !run->job)
        return luaL_error(L, "ctx.output: the script has ended already (ctx.skip or ctx.fail)");
    tn_budget_spend(L, 1000);
    check_names(L, output);
    struct tn_script_job *job = run->job;
    job->outputs.len = job->outputs_whole; /* a row that raised half-way goes */
    tn_buf_printf(&job->outputs, "%s\t", output->name);
    write_row(L, output, &job->outputs);
    tn_buf_putc(&job->outputs, '\n');
    if (job->outputs.failed)
        return luaL_error(L, "ctx.output: out of memory");
    if (job->outputs.len > MAX_BYTES)
        return luaL_error(L, "ctx.output: one item cannot write more than 16 MB of rows");
    job->outputs_whole = job->outputs.len;
    return 0;
}
