/*
 * Read-only views of plain tables: ctx.inputs, ctx.steps, modules, item.can and the like.
 *
 * A view looks like the table it shows, down to the tables within. A strict one raises on a name that nobody knows,
 * with a suggestion; a known name without a value is nil.
 */
#ifndef TN_LUA_VIEW_H
#define TN_LUA_VIEW_H

#include <lua.h>
#include <stdbool.h>

void tn_view_open(lua_State *L); /* once per state */

/* A view of the value on top, in its place, when that is a table of plain data. name (static storage) is what messages
 * call it. */
void tn_view_wrap(lua_State *L, const char *name);

/* A strict view of the table below the top, in its place; the list on top, which goes, has the names that are known. */
void tn_view_strict(lua_State *L, const char *name);

bool tn_view_is(lua_State *L, int index);
void tn_view_push_content(lua_State *L, int index); /* for our own eyes only */
size_t tn_view_length(lua_State *L, int index);
int tn_view_next(lua_State *L); /* next(view, key) at 1 and 2 */

/* Raise "NAME: no 'key' (did you mean 'other'?)". names may be NULL. */
int tn_lua_unknown_name(lua_State *L, const char *name, const char *key, const char *const *names);

#endif
