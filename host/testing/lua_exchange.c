/* tenure.testing: HTTP requests, each sent once. net/http.c does the work. */
#include "testing/internal.h"

#include <string.h>

#define EXCHANGE "tenure.testing.exchange"

struct lua_exchange {
    struct tn_op op;
    struct tn_http_exchange http;
    struct tn_http *client; /* of its own, where it trusts a certificate that others do not; else NULL */
};

/* Stack of request(): its six arguments, then these. They hold what the exchange borrows. */
enum { METHOD = 1, URL, HEADERS, BODY, TIMEOUT, CA_FILE, TEXTS, LIST, EXCHANGE_SLOT };

static int m_close(lua_State *L) /* __gc and __close */
{
    struct lua_exchange *u = luaL_checkudata(L, 1, EXCHANGE);
    tn_op_abandon(&u->op);
    tn_http_cancel(&u->http);
    tn_http_release(&u->http);
    tn_http_free(u->client);
    u->client = NULL;
    return 0;
}

static void on_done(struct tn_http_exchange *http)
{
    struct lua_exchange *u = tn_container_of(http, struct lua_exchange, http);
    u->op.err = http->err;
    tn_op_finish(&u->op);
}

/* What specs look at of the answer's headers. */
static void push_headers(lua_State *L, const struct tn_http_exchange *http)
{
    static const char *const names[] = {"content-type",
                                        "date",
                                        "etag",
                                        "location",
                                        "azure-asyncoperation",
                                        "retry-after",
                                        "x-ms-request-id",
                                        "x-ms-correlation-request-id",
                                        NULL};
    lua_newtable(L);
    for (size_t i = 0; names[i]; i++) {
        lua_pushstring(L, tn_http_header_of(http, names[i])); /* NULL pushes nil */
        lua_setfield(L, -2, names[i]);
    }
}

static int k_request(lua_State *L, int status, lua_KContext context)
{
    struct lua_exchange *u = luaL_checkudata(L, EXCHANGE_SLOT, EXCHANGE);
    (void)status, (void)context;
    if (!u->op.done)
        return tn_op_await(L, &u->op, k_request);
    if (u->http.fate != TN_HTTP_ANSWERED)
        return tn_testing_raise(L, &u->op.err);
    lua_pushinteger(L, u->http.status);
    lua_pushlstring(L, tn_buf_text(&u->http.answer), u->http.answer.len);
    push_headers(L, &u->http);
    return 3;
}

/* The table of headers as the client wants them, in a userdata on top of L; the strings stay in the table at TEXTS. */
static const struct tn_http_header *push_header_list(lua_State *L, size_t *count)
{
    lua_Integer texts = 0;
    *count = 0;
    for (lua_pushnil(L); lua_next(L, HEADERS); lua_pop(L, 1))
        ++*count;
    struct tn_http_header *list = lua_newuserdatauv(L, (*count + 1) * sizeof *list, 0), *next = list;
    for (lua_pushnil(L); lua_next(L, HEADERS); next++) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isstring(L, -1))
            luaL_error(L, "headers are strings by name");
        next->name = lua_tostring(L, -2);
        next->value = lua_tostring(L, -1);
        lua_rawseti(L, TEXTS, ++texts);
        lua_pushvalue(L, -1);
        lua_rawseti(L, TEXTS, ++texts);
    }
    return list;
}

static struct tn_http *client_of(lua_State *L, struct lua_exchange *u, struct tn_testing *testing)
{
    struct tn_http_options options = {.ca_file = luaL_optstring(L, CA_FILE, NULL)};
    struct tn_err err = {0};
    if (!options.ca_file)
        return testing->http;
    if (tn_http_new(testing->loop, &options, &u->client, &err) < 0)
        tn_testing_raise(L, &err);
    return u->client;
}

/* request(method, url, headers, body or nil, timeout_ms, ca_file or nil) -> status, body, headers; raises when there is
 * no whole answer */
static int l_request(lua_State *L)
{
    struct tn_testing *testing = tn_testing_of(L);
    struct tn_http_exchange http = {.max_attempts = 1, .done = on_done};
    http.method = luaL_checkstring(L, METHOD);
    http.url = luaL_checkstring(L, URL);
    luaL_checktype(L, HEADERS, LUA_TTABLE);
    http.body = luaL_optlstring(L, BODY, NULL, &http.body_len);
    http.timeout_ms = (uint32_t)luaL_checkinteger(L, TIMEOUT);
    http.class = strcmp(http.method, "GET") == 0 ? TN_HTTP_READ : TN_HTTP_EFFECT;
    lua_settop(L, CA_FILE);
    lua_newtable(L);
    http.headers = push_header_list(L, &http.header_count);
    struct lua_exchange *u = lua_newuserdatauv(L, sizeof *u, 0);
    *u = (struct lua_exchange){.http = http};
    luaL_setmetatable(L, EXCHANGE);
    lua_toclose(L, EXCHANGE_SLOT);
    tn_http_start(client_of(L, u, testing), &u->http);
    return tn_op_await(L, &u->op, k_request);
}

void tn_testing_open_exchange(lua_State *L, struct tn_testing *testing)
{
    static const luaL_Reg functions[] = {{"request", l_request}, {NULL, NULL}};
    tn_testing_new_type(L, EXCHANGE, NULL, m_close);
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
}
