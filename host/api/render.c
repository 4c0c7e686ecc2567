/* Rendering: data into the format a request asks for. The formats are policy, written in render/. */
#include <lauxlib.h>
#include <string.h>

#include "api/host.h"
#include "api/policy.h"
#include "base/utf8.h"

static char module_key;

static int open_policy(lua_State *L)
{
    tn_policy_open(L);
    tn_policy_require(L, "render.render");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &module_key);
    return 0;
}

static int open_once(struct tenure_host *host, struct tn_err *err)
{
    if (host->policy)
        return TENURE_OK;
    lua_State *L = luaL_newstate();
    if (!L)
        return tn_err_no_memory(err);
    lua_pushcfunction(L, open_policy);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        tn_err_set(err, TENURE_EINTERNAL, "rendering cannot begin: %s", lua_tostring(L, -1));
        lua_close(L);
        return err->code;
    }
    host->policy = L;
    return TENURE_OK;
}

struct rendering {
    const struct tn_request *request;
    const char *what;
    struct tn_buf *out;
};

static const char *format_of(const struct tn_request *request)
{
    return request->format ? request->format : tn_request_text(request, "output");
}

/* (rendering, data) → the text is put into rendering->out */
static int call_render(lua_State *L)
{
    struct rendering *rendering = lua_touserdata(L, 1);
    const struct tn_request *request = rendering->request;
    const char *format = format_of(request);
    size_t len;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &module_key);
    lua_pushstring(L, rendering->what);
    lua_pushstring(L, format ? format : "json");
    lua_pushvalue(L, 2);
    lua_newtable(L);
    lua_pushinteger(L, tn_request_integer(request, "width", 120));
    lua_setfield(L, -2, "width");
    lua_pushboolean(L, tn_request_flag(request, "color"));
    lua_setfield(L, -2, "color");
    lua_call(L, 4, 1);
    const char *text = luaL_checklstring(L, -1, &len);
    tn_buf_put(rendering->out, text, len);
    return 0;
}

/* JSON is what it is already; but what a terminal obeys instead of showing it becomes an escape. Such characters stand
 * in strings only. */
static void put_json(struct tn_buf *out, const char *json, size_t len)
{
    size_t at = 0, from = 0;
    while (at < len) {
        uint32_t point = 0;
        size_t step = tn_utf8_decode(json + at, len - at, &point);
        if (point == 0x7f || (point >= 0x80 && point < 0xa0) || tn_utf8_deceptive(point)) {
            tn_buf_put(out, json + from, at - from);
            tn_buf_printf(out, "\\u%04x", (unsigned)point);
            from = at + step;
        }
        at += step ? step : 1;
    }
    tn_buf_put(out, json + from, len - from);
    tn_buf_putc(out, '\n');
}

int tn_host_render(struct tn_request *request, const char *what, const char *json, size_t len, struct tn_buf *out,
                   struct tn_err *err)
{
    const char *format = format_of(request);
    bool rows = strcmp(what, "rows") == 0 || strcmp(what, "output") == 0;
    bool own = strcmp(what, "stubs") == 0 || strcmp(what, "schema") == 0; /* one format of its own */
    if (!rows && !own && (!format || strcmp(format, "json") == 0)) {
        put_json(out, json, len);
        return out->failed ? tn_err_no_memory(err) : TENURE_OK;
    }
    int rc = open_once(request->host, err);
    if (rc < 0)
        return rc;
    lua_State *L = request->host->policy;
    struct rendering rendering = {.request = request, .what = what, .out = out};
    lua_settop(L, 0);
    lua_pushcfunction(L, call_render);
    lua_pushlightuserdata(L, &rendering);
    rc = tn_json_decode(L, json, len, 64u << 20, err);
    if (rc < 0)
        return rc;
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
        rc = tn_err_set(err, TENURE_EINTERNAL, "rendering failed: %s", lua_tostring(L, -1));
    lua_settop(L, 0);
    if (rc == TENURE_OK && out->failed)
        rc = tn_err_no_memory(err);
    return rc;
}
