/*
 * Policy: rendering and reports, written in Lua so that they read like what they say. The files are built into the
 * binary and become modules: render/text.lua is require "render.text", report/style.css a text of that name.
 */
#ifndef TN_API_POLICY_H
#define TN_API_POLICY_H

#include <lua.h>

#include "base/buf.h"

/* Lua's libraries, JSON and these modules, into a new state. May raise. */
void tn_policy_open(lua_State *L);

/* Push what a module returns. May raise. */
void tn_policy_require(lua_State *L, const char *name);

/* Push a document that the host wrote itself, in a state of these. May raise. */
void tn_policy_decode(lua_State *L, const char *json, size_t len);

/* Documents that are decoded one by one, so that many thousands are never one. */
struct tn_policy_list {
    struct tn_buf values; /* JSON, each with its NUL; owned, tn_buf_deinit() */
    size_t at;            /* the next one */
};

/* Push next() → the next of the list; nothing at the end. list is borrowed while the state lives. May raise. */
void tn_policy_push_next(lua_State *L, struct tn_policy_list *list);

#endif
