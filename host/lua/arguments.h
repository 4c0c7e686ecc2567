/* Arguments of a primitive, from a Lua stack to struct tn_values. */
#ifndef TN_LUA_ARGUMENTS_H
#define TN_LUA_ARGUMENTS_H

#include "azure/call.h"
#include "lua/state.h"

/* What a call takes beside the arguments of its row. */
struct tn_call_options {
    char *tenant; /* of the customer; NULL: the caller's own */
    char *once;   /* the name of an effect without a natural key */
};
void tn_call_options_deinit(struct tn_call_options *options);

/* Reads the first argument, bare, at 1 and the options at 2 (or all of them in one table at 1). TENURE_EINVAL names
 * operation, argument and what it takes. May raise (memory): values and options belong to something that is collected.
 */
int tn_arguments_read(lua_State *L, const struct tn_script_run *run, const struct tn_operation *op,
                      struct tn_values *values, struct tn_call_options *options, struct tn_err *err);

#endif
