/*
 * Outputs, as scripts see them: ctx.output(name, row) writes a row; ctx.outputs.NAME:rows(), in `after`, walks over them.
 */
#ifndef TN_LUA_OUTPUT_H
#define TN_LUA_OUTPUT_H

#include <lua.h>

void tn_outputs_open(lua_State *L); /* once per state */

struct tn_output_page;

/* Let go of the page that is waited for: nobody is resumed for it. NULL is fine. */
void tn_output_page_close(struct tn_output_page *page);

int tn_output_l_put(lua_State *L);    /* ctx.output(name, row) */
int tn_output_push_all(lua_State *L); /* ctx.outputs; nil outside `after` */

#endif
