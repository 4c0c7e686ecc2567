/*
 * Policy: rendering and reports, written in Lua so that they read like what they say. The files are built into the
 * binary and become modules: render/text.lua is require "render.text", report/style.css a text of that name.
 */
#ifndef TN_API_POLICY_H
#define TN_API_POLICY_H

#include <lua.h>

/* Lua's libraries, JSON and these modules, into a new state. May raise. */
void tn_policy_open(lua_State *L);

/* Push what a module returns. May raise. */
void tn_policy_require(lua_State *L, const char *name);

#endif
