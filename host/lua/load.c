/* load() for scripts, and compiling the chunks of a run: text only, never bytecode. */
#include "lua/load.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/state.h"

#define MAX_TEXT_BYTES (1u << 20)
#define STEPS_PER_BYTE 8 /* compiling costs about so many small steps a byte */

/* A name costs as many steps as there are names in all the functions around it: 100 us for two bytes at the worst. So
 * the compiler gets its text in pieces, and the clock is looked at between them. */
#define BYTES_BETWEEN_CHECKS 256

/* ---- feeding the compiler ------------------------------------------------------------------------------------------ */

struct piece {
    const char *bytes;
    size_t len;
};

struct reading {
    const struct piece *piece;
    size_t taken; /* of it */
};

static const char *read_piece(lua_State *L, void *arg, size_t *len)
{
    struct reading *reading = arg;
    while (reading->piece->bytes && reading->taken == reading->piece->len) {
        reading->piece++;
        reading->taken = 0;
    }
    if (!reading->piece->bytes)
        return NULL;
    if (reading->taken > 0)
        tn_budget_check(L);
    size_t rest = reading->piece->len - reading->taken;
    const char *bytes = reading->piece->bytes + reading->taken;
    *len = rest < BYTES_BETWEEN_CHECKS ? rest : BYTES_BETWEEN_CHECKS;
    reading->taken += *len;
    return bytes;
}

/* Pieces end with one of NULL. */
static int compile(lua_State *L, const char *chunk_name, const struct piece *pieces)
{
    struct reading reading = {.piece = pieces};
    return lua_load(L, read_piece, &reading, chunk_name, "t");
}

/* ---- load -------------------------------------------------------------------------------------------------------- */

/* A chunk name for messages, made from what the script gave: one short line that claims to be no file. */
static const char *push_chunk_name(lua_State *L, int index)
{
    char name[48];
    snprintf(name, sizeof name, "=%.40s", luaL_optstring(L, index, "(load)"));
    for (char *c = name + 1; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    }
    return lua_pushstring(L, name);
}

/* load(text [, name [, mode [, environment]]]) -> function, or nil and why not */
int tn_lua_load(lua_State *L)
{
    size_t len;
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "text");
    const char *text = lua_tolstring(L, 1, &len);
    const char *mode = luaL_optstring(L, 3, "t");
    bool own_environment = !lua_isnoneornil(L, 4);
    if (own_environment)
        luaL_checktype(L, 4, LUA_TTABLE);
    if (!strchr(mode, 't') || len > MAX_TEXT_BYTES) {
        lua_pushnil(L);
        lua_pushstring(L, strchr(mode, 't') ? "load: more than 1 MB of text" : "load: only text can be loaded");
        return 2;
    }
    tn_budget_spend(L, len * STEPS_PER_BYTE);
    const struct piece pieces[] = {{text, len}, {NULL, 0}};
    int status = compile(L, push_chunk_name(L, 2), pieces);
    if (tn_lua_must_unwind(L, status))
        return tn_lua_unwind(L);
    if (status != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (own_environment)
        lua_pushvalue(L, 4);
    else
        tn_lua_push_scope(L, tn_lua_run(L)->scope, TN_SCOPE_ENV);
    lua_setupvalue(L, -2, 1);
    return 1;
}

/* ---- chunks of the run ------------------------------------------------------------------------------------------- */

/* The environment is the chunk's argument, so that one compiled chunk serves every scope of the state at once. */
#define ENVIRONMENT_ARGUMENT "local _ENV = ...; "

static int compile_file(lua_State *L, const char *name, const struct piece *pieces)
{
    char chunk_name[300];
    snprintf(chunk_name, sizeof chunk_name, "@%s", name);
    return compile(L, chunk_name, pieces);
}

int tn_lua_compile(lua_State *L, const char *name, const char *source, size_t len)
{
    size_t shebang = len > 0 && source[0] == '#' ? strcspn(source, "\n") : 0;
    if (shebang > len)
        shebang = len;
    const struct piece pieces[] = {
        {ENVIRONMENT_ARGUMENT, sizeof ENVIRONMENT_ARGUMENT - 1}, {source + shebang, len - shebang}, {NULL, 0}};
    return compile_file(L, name, pieces);
}

/* Messages count lines from the start of the chunk: as many line ends as come before the expression in its file. */
static int compile_at(lua_State *L, const char *name, int line, const char *before, const char *text, const char *after)
{
    static const char line_ends[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    struct piece pieces[300] = {{"", 0}};
    size_t count = 0, ends = line > 1 ? (size_t)line - 1 : 0;
    for (; ends > 0 && count < 290; count++) {
        size_t some = ends < sizeof line_ends - 1 ? ends : sizeof line_ends - 1;
        pieces[count] = (struct piece){line_ends, some};
        ends -= some;
    }
    pieces[count++] = (struct piece){before, strlen(before)};
    pieces[count++] = (struct piece){text, strlen(text)};
    pieces[count++] = (struct piece){after, strlen(after)};
    return compile_file(L, name, pieces);
}

int tn_lua_compile_expression(lua_State *L, const char *name, int line, const char *text)
{
    int status =
        compile_at(L, name, line, "return ", text, ""); /* by itself: it must not close what is put around it */
    if (status != LUA_OK)
        return status;
    lua_pop(L, 1);
    return compile_at(L, name, line, ENVIRONMENT_ARGUMENT "return (function() return ", text, "\nend)()");
}
