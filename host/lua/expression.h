/*
 * Expressions of a workflow (where, when, each, ${{ … }}): compiled from its file only, evaluated where ctx's data are
 * names.
 */
#ifndef TN_LUA_EXPRESSION_H
#define TN_LUA_EXPRESSION_H

#include <lua.h>

#include "workflow/script.h"

void tn_expressions_open(lua_State *L); /* compiles all of the workflow's; raises with "file:line: …" */

/* Push what has to be called to evaluate it: the compiled chunk and its environment. */
void tn_expression_push(lua_State *L, enum tn_script_what what, size_t step);

/* The same for a chunk of `with` that lies on top. */
void tn_expression_push_environment(lua_State *L);

/* ---- with -------------------------------------------------------------------------------------------------------- */

void tn_with_open(lua_State *L); /* compiles the `with` of every step; raises */

/* Evaluate the `with` of a step for the run that calls: pushes a strict view. */
void tn_with_push(lua_State *L, size_t step);

/* Compile one piece; raises with a hint where Lua spells something differently. Pushes the chunk. */
void tn_expression_compile(lua_State *L, int line, const char *text);

#endif
