/* Answers of a run: Lua values turned into what a struct tn_script_job carries. All may raise. */
#ifndef TN_LUA_ANSWER_H
#define TN_LUA_ANSWER_H

#include <lua.h>

#include "workflow/script.h"

void tn_answer_value(lua_State *L, struct tn_script_job *job, int index, const char *where);
void tn_answer_items(lua_State *L, struct tn_script_job *job, int index, const char *where); /* index: becomes a list */
/* place: where it was raised, for what does not say so itself; "": not known. */
void tn_answer_error(lua_State *L, struct tn_err *err, int index, const char *place);
void tn_answer_release(struct tn_script_job *job);

#endif
