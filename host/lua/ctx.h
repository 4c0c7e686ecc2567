/*
 * ctx: what a script knows of its run, customer and item, and what it can tell the run.
 */
#ifndef TN_LUA_CTX_H
#define TN_LUA_CTX_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct tn_script_run;

void tn_ctx_open(lua_State *L); /* once per state */

/* Push ctx for the run; the value on top becomes ctx.with and is popped. */
void tn_ctx_push(lua_State *L, const struct tn_script_run *run);

/* Push a field that is data (customer item inputs steps before rows run now); false, and nothing pushed, for another
 * name. */
bool tn_ctx_push_data(lua_State *L, const struct tn_script_run *run, const char *name);
extern const char *const tn_ctx_data_names[]; /* NULL-ended */

/* Hand a line to the run's log, without control characters. fields: JSON or NULL. */
void tn_ctx_log_line(lua_State *L, const char *text, size_t len, const char *fields);

#endif
