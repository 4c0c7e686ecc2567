/* Answers of a run: see answer.h. What is owned goes into the job at once, so that a raise leaks nothing. */
#include "lua/answer.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/value.h"
#include "lua/view.h"

void tn_answer_value(lua_State *L, struct tn_script_job *job, int index, const char *where)
{
    if (lua_isnoneornil(L, index))
        return;
    struct tn_buf json = {0};
    struct tn_err err = {0};
    int rc = tn_value_encode(L, index, &json, &err);
    if (rc == TENURE_OK)
        job->value = tn_buf_take(&json, NULL);
    tn_buf_deinit(&json);
    if (rc < 0)
        luaL_error(L, "%s: the script's result: %s", where, err.msg);
}

/* ---- items ------------------------------------------------------------------------------------------------------- */

/* Pushes what a person calls the item at index: its id, itself when it is text or a number; nil otherwise. */
static void push_label(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
        lua_pushvalue(L, index);
        lua_tostring(L, -1);
        return;
    case LUA_TTABLE:
        lua_pushliteral(L, "id");
        lua_rawget(L, index);
        if (lua_type(L, -1) != LUA_TSTRING) {
            lua_pop(L, 1);
            lua_pushnil(L);
        }
        return;
    default:
        if (!tn_record_test(L, index) || !tn_record_push_id(L, index))
            lua_pushnil(L);
    }
}

static void add_item(lua_State *L, struct tn_script_job *job, const char *where)
{
    int index = lua_gettop(L);
    struct tn_script_item *item = &job->items[job->item_count];
    struct tn_buf json = {0};
    struct tn_err err = {0};
    *item = (struct tn_script_item){0};
    job->item_count++;
    push_label(L, index);
    const char *label = lua_tostring(L, -1);
    if (label && !(item->label = strdup(label)))
        luaL_error(L, "out of memory");
    int rc = tn_value_encode(L, index, &json, &err);
    if (rc == TENURE_OK)
        item->json = tn_buf_take(&json, NULL);
    tn_buf_deinit(&json);
    if (rc < 0)
        luaL_error(L, "%s: item %d of 'each': %s", where, (int)job->item_count, err.msg);
    lua_pop(L, 1);
}

void tn_answer_items(lua_State *L, struct tn_script_job *job, int index, const char *where)
{
    if (tn_view_is(L, index)) {
        tn_view_push_content(L, index);
        lua_replace(L, index);
    }
    size_t count = lua_istable(L, index) ? (size_t)lua_rawlen(L, index) : 0;
    bool named = false;
    if (lua_istable(L, index) && count == 0) {
        lua_pushnil(L);
        named = lua_next(L, index);
        lua_settop(L, index);
    }
    if (!lua_istable(L, index) || named)
        luaL_error(L, "%s: 'each' must give a list, not %s%s", where, named ? "a table with names" : "a ",
                   named ? "" : luaL_typename(L, index));
    job->items = calloc(count ? count : 1, sizeof *job->items);
    if (!job->items)
        luaL_error(L, "out of memory");
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        if (lua_isnil(L, -1))
            luaL_error(L, "%s: 'each' gave a list with gaps", where);
        add_item(L, job, where);
        lua_pop(L, 1);
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

/* A message is for one line of a terminal or a report. */
static void set_message(struct tn_err *err, int code, const char *text)
{
    tn_err_set(err, code, "%s", *text ? text : "an error without a text");
    for (char *c = err->msg; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    }
}

void tn_answer_error(lua_State *L, struct tn_err *err, int index, const char *place)
{
    const struct tn_lua_error *error = tn_error_test(L, index);
    if (error) {
        *err = error->err;
        if (*error->place)
            tn_err_prefix(err, "%s", error->place);
        return;
    }
    if (lua_type(L, index) == LUA_TTABLE && !luaL_getmetafield(L, index, "__tostring"))
        set_message(err, TENURE_ESCRIPT, "the script raised a table without a text: give error() a text");
    else if (lua_isnil(L, index))
        set_message(err, TENURE_ESCRIPT, "the script raised nil: give error() a text");
    else
        set_message(err, TENURE_ESCRIPT, tn_lua_tostring(L, index, NULL));
    if (lua_type(L, index) != LUA_TSTRING && *place)
        tn_err_prefix(err, "%s", place);
}

void tn_answer_release(struct tn_script_job *job)
{
    for (size_t i = 0; i < job->item_count; i++) {
        free(job->items[i].json);
        free(job->items[i].label);
    }
    free(job->items);
    free(job->detail);
    free(job->value);
    tn_buf_deinit(&job->outputs);
    job->outputs_whole = 0;
    job->items = NULL;
    job->item_count = 0;
    job->detail = job->value = NULL;
}
