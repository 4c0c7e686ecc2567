/*
 * require: tenure's own modules, and Lua files below the package root.
 *
 * A name is words joined by dots, and each of them is opened beneath the folder before it, never through a link: no
 * name leads out of the root. A file is compiled once per state; each scope runs it for itself, in its own environment.
 */
#include <fcntl.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "lua/confine.h"
#include "lua/load.h"
#include "lua/operation.h"
#include "lua/state.h"

#define MAX_MODULE_BYTES (1u << 20)
#define MAX_NAME 120

static bool name_valid(const char *name)
{
    size_t len = strlen(name), word = 0;
    for (const char *c = name; *c; c++) {
        bool letter =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';
        if (!letter && (*c != '.' || word == 0))
            return false;
        word = letter ? word + 1 : 0;
    }
    return len > 0 && len <= MAX_NAME && word > 0;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

/* Walks "lib.util" to lib/util.lua; -1 when some part of it is not there or is not what it should be. */
static int open_beneath(const char *root, const char *name)
{
    char word[MAX_NAME + 8];
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (const char *dot; folder >= 0 && (dot = strchr(name, '.')); name = dot + 1) {
        snprintf(word, sizeof word, "%.*s", (int)(dot - name), name);
        int next = openat(folder, word, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(folder);
        folder = next;
    }
    if (folder < 0)
        return -1;
    snprintf(word, sizeof word, "%s.lua", name);
    int file = openat(folder, word, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    return file;
}

/* False: nothing there that can be read. */
static bool read_module(const char *root, const char *name, struct tn_buf *text)
{
    int file = open_beneath(root, name);
    if (file < 0)
        return false;
    struct stat info;
    char block[4096];
    ssize_t count = fstat(file, &info) == 0 && S_ISREG(info.st_mode) ? 1 : -1;
    text->limit = MAX_MODULE_BYTES;
    while (count > 0 && (count = read(file, block, sizeof block)) > 0)
        tn_buf_put(text, block, (size_t)count);
    close(file);
    return count == 0;
}

static int no_such_module(lua_State *L, const char *name)
{
    char path[MAX_NAME + 8];
    snprintf(path, sizeof path, "%.*s", MAX_NAME, name);
    for (char *c = path; *c; c++)
        *c = *c == '.' ? '/' : *c;
    const char *root = tn_lua_state(L)->workflow->root;
    tn_modules_push_names(L);
    return luaL_error(L, "module '%s' not found: there is no %s.lua in the package (%s), and what tenure has is %s",
                      name, path, root ? root : "it has no folder", lua_tostring(L, -1));
}

/* Pushes the compiled chunk of a module of the package. */
static void push_package_chunk(lua_State *L, const char *name)
{
    tn_lua_push_shared(L, TN_SHARED_PACKAGES);
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION)
        return;
    const char *root = tn_lua_state(L)->workflow->root;
    struct tn_buf text = {0};
    if (!root || !read_module(root, name, &text)) {
        tn_buf_deinit(&text);
        no_such_module(L, name);
    }
    if (text.failed) {
        tn_buf_deinit(&text);
        luaL_error(L, "module '%s' is larger than 1 MB", name);
    }
    if (text.len > 0 && text.data[0] == LUA_SIGNATURE[0]) {
        tn_buf_deinit(&text);
        luaL_error(L, "module '%s' is compiled Lua: only source text can be loaded", name);
    }
    char file[MAX_NAME + 8];
    snprintf(file, sizeof file, "%s", name);
    for (char *c = file; *c; c++)
        *c = *c == '.' ? '/' : *c;
    strcat(file, ".lua");
    int status = tn_lua_compile(L, file, tn_buf_text(&text), text.len); /* never raises: the text is freed either way */
    tn_buf_deinit(&text);
    if (status != LUA_OK)
        lua_error(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, name);
}

/* ---- loading ----------------------------------------------------------------------------------------------------- */

/* Stands for a module while it loads. */
static char loading_mark;

/* Stack: name, table of loaded modules, what the module returned. */
static int k_require(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    if (lua_isnil(L, 3)) {
        lua_pushboolean(L, 1);
        lua_replace(L, 3);
    }
    lua_pushvalue(L, 3);
    lua_setfield(L, 2, lua_tostring(L, 1));
    return 1;
}

static bool push_own_module(lua_State *L, const char *name)
{
    tn_lua_push_shared(L, TN_SHARED_MODULES);
    return lua_getfield(L, -1, name) != LUA_TNIL;
}

int tn_lua_require(lua_State *L)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, strlen(name) == len, 1, "the name of a module has no NUL in it");
    lua_settop(L, 1);
    if (push_own_module(L, name))
        return 1;
    lua_settop(L, 1);
    if (!name_valid(name) || strncmp(name, "tenure.", 7) == 0)
        return no_such_module(L, name);
    const struct tn_script_scope *scope = tn_lua_run(L)->scope;
    tn_lua_push_scope_table(L, scope, TN_SCOPE_LOADED);
    lua_getfield(L, 2, name);
    if (lua_touserdata(L, 3) == &loading_mark)
        return luaL_error(L, "module '%s' requires itself, in a circle, or failed to load before", name);
    if (!lua_isnil(L, 3))
        return 1;
    lua_settop(L, 2);
    push_package_chunk(L, name);
    lua_replace(L, 3);
    lua_settop(L, 3);
    lua_pushlightuserdata(L, &loading_mark);
    lua_setfield(L, 2, name);
    tn_lua_push_scope(L, scope, TN_SCOPE_ENV);
    lua_callk(L, 1, 1, 0, k_require);
    return k_require(L, LUA_OK, 0);
}
