/*
 * The primitives: every row of the operation table as a Lua function, and the modules they come in.
 */
#ifndef TN_LUA_OPERATION_H
#define TN_LUA_OPERATION_H

#include <lua.h>

struct tn_wait;

void tn_modules_open(lua_State *L);       /* TN_SHARED_MODULES: "tenure.reservations" and so on, once per state */
void tn_modules_push_names(lua_State *L); /* "tenure.customers, tenure.reservations, …" as text */

/* Give up a wait that is under way: the call is canceled, nobody is resumed. NULL is fine. */
void tn_wait_close(struct tn_wait *wait);

/* The number a quote of this step carries. */
uint64_t tn_quote_binding(uint64_t bound_to, size_t step);

#endif
