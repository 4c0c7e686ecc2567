/*
 * For the analyzer only (tools/tidy), which sees one file at a time: what the functions of other files promise.
 */
#include <stddef.h>

#include "base/err.h"

/* Failing never succeeds (base/err.h): these answer with the code they were given, which is never 0. */
#define tn_err_set(err, code, ...) (tn_err_set((err), (code), __VA_ARGS__), (code))
#define tn_err_no_memory(err) (tn_err_no_memory(err), TENURE_ENOMEM)
#define tn_err_prefix(err, ...) (tn_err_prefix((err), __VA_ARGS__), TENURE_EINTERNAL)

/* What raises in Lua does not come back. */
struct lua_State;
int lua_error(struct lua_State *L) __attribute__((noreturn));
int luaL_error(struct lua_State *L, const char *fmt, ...) __attribute__((noreturn));
int luaL_argerror(struct lua_State *L, int argument, const char *message) __attribute__((noreturn));
int luaL_typeerror(struct lua_State *L, int argument, const char *expected) __attribute__((noreturn));

/* A text that was checked is there. */
const char *luaL_checklstring(struct lua_State *L, int argument, size_t *len);
static inline const char *checked_text(struct lua_State *L, int argument, size_t *len)
{
    const char *text = luaL_checklstring(L, argument, len);
    __builtin_assume(text != NULL);
    return text;
}
#define luaL_checklstring(L, argument, len) checked_text(L, argument, len)
