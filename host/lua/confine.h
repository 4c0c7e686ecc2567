/*
 * The confined world of scripts: an allow list, shared and read-only, under a fresh environment per scope.
 *
 * Lua 5.4.4 cannot be made a wall; this is a guard rail for colleagues' scripts. What is not named in these files does
 * not exist for a script.
 */
#ifndef TN_LUA_CONFINE_H
#define TN_LUA_CONFINE_H

#include <lua.h>
#include <stdbool.h>

void tn_lua_confine(lua_State *L); /* once per state; may raise */

/* Push a new environment: empty, over the shared base. */
void tn_lua_push_environment(lua_State *L);

/* Each leaves a table of functions on the stack: the contents of a library, or the globals. */
int tn_luaopen_base(lua_State *L);
int tn_luaopen_coroutine(lua_State *L);
int tn_luaopen_string(lua_State *L);
int tn_luaopen_table(lua_State *L);
int tn_luaopen_math(lua_State *L);
int tn_luaopen_os(lua_State *L);
int tn_luaopen_utf8(lua_State *L);

/* find, match, gmatch and gsub, into the table on top. */
void tn_lua_add_patterns(lua_State *L);

/* Call an opener of Lua's own and copy the named functions (NULL-ended) from its table into the one at index; wrapped
 * so that the length of their text arguments is charged, where metered. */
void tn_lua_borrow(lua_State *L, int index, lua_CFunction opener, const char *const *names, bool metered);

/* Charge the length of the texts that the function on L was called with. Raises when all but the first are longer
 * together than an item's memory: the same text may be given a million times, and each is gone through. */
void tn_lua_charge_texts(lua_State *L);

/* Replace the table on top by a read-only stand-in for it. */
void tn_lua_freeze(lua_State *L);

/* Raises unless the value at index is a table that scripts may change. */
void tn_lua_check_writable(lua_State *L, int index);

/* Push a value as text, like tostring: addresses never show. Returns it. */
const char *tn_lua_tostring(lua_State *L, int index, size_t *len);

/* load(): compile text with an environment; see load.c. */
int tn_lua_load(lua_State *L);
int tn_lua_require(lua_State *L);

#endif
