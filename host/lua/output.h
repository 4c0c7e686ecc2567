/* ctx.output: see output.c. */
#ifndef TN_LUA_OUTPUT_H
#define TN_LUA_OUTPUT_H

#include <lua.h>

int tn_output_l_put(lua_State *L); /* ctx.output(name, row) */

#endif
