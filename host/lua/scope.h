/* Scopes: one customer in one pass, with an environment of its own. */
#ifndef TN_LUA_SCOPE_H
#define TN_LUA_SCOPE_H

#include "lua/state.h"

int tn_scope_new(struct tn_script_state *state, const struct tn_script_scope_setup *setup, struct tn_script_scope **out,
                 struct tn_err *err);
/* The table of a scope without a customer, as a protected function: the scope is its light userdata. */
int tn_scope_make_bare(lua_State *L);

void tn_scope_free(struct tn_script_scope *scope); /* cancels its run; NULL is fine */
int tn_scope_restore_items(struct tn_script_scope *scope, size_t step, const char *const *items, size_t count,
                           struct tn_err *err);
int tn_scope_item_ended(struct tn_script_scope *scope, size_t step, size_t item, const char *state, const char *code,
                        const char *value_json, struct tn_err *err);

#endif
