/*
 * Compiling the chunks of a run. A compiled chunk takes its environment as its argument and serves every scope.
 */
#ifndef TN_LUA_LOAD_H
#define TN_LUA_LOAD_H

#include <lua.h>
#include <stddef.h>

/* Leave the chunk, or a message "name:line: …", on top of L. Answers a Lua status. */
int tn_lua_compile(lua_State *L, const char *name, const char *source, size_t len);
int tn_lua_compile_expression(lua_State *L, const char *name, int line, const char *text);

#endif
