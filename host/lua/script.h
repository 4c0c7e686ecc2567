/* Scripts in Lua: what a run asks of host/lua, see workflow/script.h. */
#ifndef TN_LUA_SCRIPT_H
#define TN_LUA_SCRIPT_H

#include "workflow/script.h"

extern const struct tn_script_ops tn_script_lua;

#endif
