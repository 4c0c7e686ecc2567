/*
 * ctx.outputs, in `after`: the rows of all customers, a page at a time, so that a run of any size is never one table.
 *
 *   ctx.outputs.NAME:rows() ─▶ iterator ─┬─ a row of the page at hand
 *                                        └─ the page is at its end: ask for the next, wait
 */
#include <lauxlib.h>
#include <string.h>

#include "lua/output.h"
#include "lua/state.h"
#include "lua/value.h"
#include "lua/view.h"

#define OUTPUT "tenure.output"
#define PAGE "tenure.page"

struct tn_output_page {
    struct tn_script_page page;
    struct tn_op op;
    struct tn_script_run *run; /* whose wait it is; NULL: nobody waits */
    const struct tn_output *output;
    size_t at;  /* in page.rows: the next row */
    bool asked; /* at least one page was */
};

enum { SLOT_NONE = 1, SLOT_PAGE, SLOT_GUARD }; /* stack of the iterator: its two arguments gone, then these */

/* ---- a page ------------------------------------------------------------------------------------------------------ */

void tn_output_page_close(struct tn_output_page *page)
{
    if (!page || !page->run)
        return;
    struct tn_script_reader *reader = page->run->scope->reader;
    page->run->page = NULL;
    page->run = NULL;
    reader->cancel(reader, &page->page);
    tn_op_abandon(&page->op);
}

/* Nobody waits any more: the script went on, raised, or was killed. The rows stay for the walk. */
static int mt_close(lua_State *L)
{
    tn_output_page_close(luaL_checkudata(L, 1, PAGE));
    return 0;
}

static int mt_gc(lua_State *L)
{
    struct tn_output_page *page = luaL_checkudata(L, 1, PAGE);
    tn_output_page_close(page);
    tn_buf_deinit(&page->page.rows);
    return 0;
}

static void on_page(struct tn_script_page *asked)
{
    struct tn_output_page *page = tn_container_of(asked, struct tn_output_page, page);
    tn_op_finish(&page->op);
}

/* Pushes the next row; false, and nothing pushed: the page is at its end. */
static bool push_row(lua_State *L, struct tn_output_page *page)
{
    if (page->at >= page->page.rows.len)
        return false;
    const char *row = page->page.rows.data + page->at;
    size_t len = strlen(row);
    tn_value_decode(L, row, len);
    lua_createtable(L, (int)page->output->column_count, 0);
    for (size_t i = 0; i < page->output->column_count; i++) {
        lua_pushstring(L, page->output->columns[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    tn_view_strict(L, page->output->name);
    page->at += len + 1;
    return true;
}

static int k_next(lua_State *L, int status, lua_KContext context)
{
    struct tn_output_page *page = luaL_checkudata(L, SLOT_PAGE, PAGE);
    (void)status, (void)context;
    if (!page->op.done)
        return tn_op_await(L, &page->op, k_next);
    page->run->page = NULL;
    page->run = NULL;
    page->at = 0;
    page->asked = true;
    if (!push_row(L, page))
        lua_pushnil(L);
    return 1;
}

/* The iterator; its page is the upvalue. */
static int l_next(lua_State *L)
{
    struct tn_script_run *run = tn_lua_run(L);
    lua_settop(L, SLOT_NONE);
    lua_pushvalue(L, lua_upvalueindex(1));
    struct tn_output_page *page = luaL_checkudata(L, SLOT_PAGE, PAGE);
    if (page->run)
        return luaL_error(L, "outputs: the same rows() is waited for already, in another coroutine");
    if (push_row(L, page))
        return 1;
    if (page->asked && page->page.last)
        return 0;
    if (run->cannot_wait || !lua_isyieldable(L))
        return luaL_error(L, "outputs: this waits, and cannot be called from here");
    tn_buf_deinit(&page->page.rows);
    page->op = (struct tn_op){0};
    page->run = run;
    run->page = page;
    lua_pushvalue(L, SLOT_PAGE);
    lua_toclose(L, SLOT_GUARD);
    run->scope->reader->start(run->scope->reader, &page->page);
    return tn_op_await(L, &page->op, k_next);
}

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

/* output:rows() → iterator */
static int l_rows(lua_State *L)
{
    const struct tn_output *const *output = luaL_checkudata(L, 1, OUTPUT);
    struct tn_output_page *page = lua_newuserdatauv(L, sizeof *page, 0);
    *page = (struct tn_output_page){.output = *output,
                                    .page = {.output = (*output)->name, .place = TN_OUTPUT_BEGIN, .done = on_page}};
    luaL_setmetatable(L, PAGE);
    lua_pushcclosure(L, l_next, 1);
    return 1;
}

static int mt_index(lua_State *L)
{
    static const char *const names[] = {"rows", NULL};
    const struct tn_output *const *output = luaL_checkudata(L, 1, OUTPUT);
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "rows") != 0)
        return tn_lua_unknown_name(L, (*output)->name, name, names);
    lua_pushcfunction(L, l_rows);
    return 1;
}

int tn_output_push_all(lua_State *L)
{
    const struct tn_script_run *run = tn_lua_run(L);
    const struct tn_workflow *workflow = run->scope->state->workflow;
    if (!run->scope->reader) { /* they are whole in `after` only */
        lua_pushnil(L);
        return 1;
    }
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < workflow->output_count; i++) {
        const struct tn_output **output = lua_newuserdatauv(L, sizeof *output, 0);
        *output = &workflow->outputs[i];
        luaL_setmetatable(L, OUTPUT);
        lua_setfield(L, -3, (*output)->name);
        lua_pushstring(L, (*output)->name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    tn_view_strict(L, "outputs");
    return 1;
}

void tn_outputs_open(lua_State *L)
{
    static const luaL_Reg output[] = {{"__index", mt_index}, {NULL, NULL}};
    static const luaL_Reg page[] = {{"__gc", mt_gc}, {"__close", mt_close}, {NULL, NULL}};
    tn_kind_open(L, OUTPUT, output);
    tn_kind_open(L, PAGE, page);
}
