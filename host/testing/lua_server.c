/* tenure.testing: a raw TCP server whose connections are served by tasks. listener.c does the work. */
#include "testing/internal.h"
#include "testing/listener.h"

#include <stdlib.h>

#define SERVER "tenure.testing.server"
#define CONNECTION "tenure.testing.connection"

struct lua_server {
    struct tn_listener *listener; /* owned; NULL once closed */
    struct tn_testing *testing;
}; /* user value 1: the function that serves a connection */

struct lua_connection {
    struct tn_socket *socket;       /* owned; NULL once closed */
    struct tn_testing_wait *waiter; /* the call that waits for it; NULL: none */
    struct tn_loop *loop;
};

struct tn_testing_handler {
    struct tn_task task;
    struct tn_link link;
};

static char servers; /* its address is the key of the registry's table struct lua_server * -> userdata, weak */

/* ---- connections ------------------------------------------------------------------------------------------------ */

static struct lua_connection *check_open(lua_State *L)
{
    struct lua_connection *u = luaL_checkudata(L, 1, CONNECTION);
    luaL_argcheck(L, u->socket, 1, "connection is closed");
    return u;
}

static void on_changed(void *arg)
{
    struct lua_connection *u = arg;
    tn_testing_wait_wake(u->waiter);
}

static int raise_timeout(lua_State *L, const char *what)
{
    struct tn_err err = {0};
    tn_err_set(&err, TENURE_ETIMEDOUT, "%s: nothing happened on the connection for %d ms", what,
               (int)lua_tointeger(L, 2));
    return tn_testing_raise(L, &err);
}

static int k_read(lua_State *L, int status, lua_KContext context)
{
    struct lua_connection *u = check_open(L);
    struct tn_testing_wait *wait = lua_touserdata(L, 3);
    struct tn_buf *input = tn_socket_input(u->socket);
    (void)status, (void)context;
    if (input->len > 0) {
        lua_pushlstring(L, input->data, input->len);
        tn_buf_reset(input);
        return 1;
    }
    if (tn_socket_at_end(u->socket)) {
        lua_pushnil(L);
        return 1;
    }
    return wait->timed_out ? raise_timeout(L, "read") : tn_testing_wait_park(L, wait, k_read);
}

static int m_read(lua_State *L) /* connection:read(timeout_ms) -> bytes, or nil at the end */
{
    struct lua_connection *u = check_open(L);
    lua_Integer timeout_ms = luaL_checkinteger(L, 2);
    lua_settop(L, 2);
    tn_testing_wait_push(L, u->loop, &u->waiter, timeout_ms);
    return k_read(L, LUA_OK, 0);
}

static int k_write(lua_State *L, int status, lua_KContext context)
{
    struct lua_connection *u = check_open(L);
    struct tn_testing_wait *wait = lua_touserdata(L, 3);
    struct tn_err err = {0};
    (void)status, (void)context;
    if (tn_socket_writing(u->socket))
        return wait->timed_out ? raise_timeout(L, "write") : tn_testing_wait_park(L, wait, k_write);
    if (tn_socket_write_error(u->socket, &err) < 0)
        return tn_testing_raise(L, &err);
    return 0;
}

static int m_write(lua_State *L) /* connection:write(timeout_ms, bytes): until the system has taken them */
{
    struct lua_connection *u = check_open(L);
    size_t len;
    lua_Integer timeout_ms = luaL_checkinteger(L, 2);
    const char *bytes = luaL_checklstring(L, 3, &len);
    struct tn_err err = {0};
    if (tn_socket_write(u->socket, bytes, len, &err) < 0)
        return tn_testing_raise(L, &err);
    lua_settop(L, 2);
    tn_testing_wait_push(L, u->loop, &u->waiter, timeout_ms);
    return k_write(L, LUA_OK, 0);
}

static int m_close_connection(lua_State *L) /* also __gc and __close: twice is harmless */
{
    struct lua_connection *u = luaL_checkudata(L, 1, CONNECTION);
    tn_socket_free(u->socket);
    u->socket = NULL;
    tn_testing_wait_release(&u->waiter);
    return 0;
}

/* ---- tasks that serve them -------------------------------------------------------------------------------------- */

static void drop_handler(struct tn_testing_handler *handler)
{
    tn_task_free(&handler->task);
    tn_link_leave(&handler->link);
    free(handler);
}

/* What a handler raised was caught, kept and closed in testing.lua. */
static void on_handler_ended(struct tn_task *task, lua_State *L, int status, int nresults)
{
    (void)L, (void)status, (void)nresults;
    drop_handler(tn_container_of(task, struct tn_testing_handler, task));
}

static void start_handler(lua_State *L, struct tn_testing *testing)
{
    static const struct tn_task_ops ops = {.ended = on_handler_ended};
    struct tn_testing_handler *handler = calloc(1, sizeof *handler);
    if (!handler)
        luaL_error(L, "out of memory");
    tn_link_enter(&testing->handlers, &handler->link);
    tn_task_start(&handler->task, testing->loop, &ops, L, 1);
}

void tn_testing_end_handlers(struct tn_testing *testing)
{
    for (struct tn_link *link; (link = tn_link_take(&testing->handlers));) {
        struct tn_testing_handler *handler = tn_container_of(link, struct tn_testing_handler, link);
        tn_task_kill(&handler->task);
        drop_handler(handler);
    }
}

/* ---- servers ---------------------------------------------------------------------------------------------------- */

/* Arguments: the struct lua_server, the socket. Its connection and the task that serves it. */
static int accept_protected(lua_State *L)
{
    struct lua_server *server = lua_touserdata(L, 1);
    struct tn_socket *socket = lua_touserdata(L, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &servers);
    lua_rawgetp(L, -1, server);
    luaL_checkudata(L, -1, SERVER); /* nil when it is about to be collected */
    lua_getiuservalue(L, -1, 1);
    struct lua_connection *u = lua_newuserdatauv(L, sizeof *u, 0);
    *u = (struct lua_connection){.loop = server->testing->loop};
    luaL_setmetatable(L, CONNECTION);
    start_handler(L, server->testing);
    u->socket = socket; /* nothing raises from here on */
    tn_socket_watch(socket, on_changed, u);
    return 0;
}

static void on_accepted(void *arg, struct tn_socket *socket)
{
    struct lua_server *server = arg;
    lua_State *L = server->testing->L;
    lua_pushcfunction(L, accept_protected);
    lua_pushlightuserdata(L, server);
    lua_pushlightuserdata(L, socket);
    if (lua_pcall(L, 2, 0, 0) == LUA_OK)
        return;
    lua_pop(L, 1);
    tn_socket_free(socket);
}

/* listen(function(connection)) -> server, port */
static int l_listen(lua_State *L)
{
    struct tn_testing *testing = tn_testing_of(L);
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    struct lua_server *u = lua_newuserdatauv(L, sizeof *u, 1);
    *u = (struct lua_server){.testing = testing};
    luaL_setmetatable(L, SERVER);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, 2, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &servers);
    lua_pushvalue(L, 2);
    lua_rawsetp(L, -2, u);
    lua_settop(L, 2);
    struct tn_err err = {0};
    if (tn_listener_new(testing->loop, on_accepted, u, &u->listener, &err) < 0)
        return tn_testing_raise(L, &err);
    lua_pushinteger(L, tn_listener_port(u->listener));
    return 2;
}

static int m_close_server(lua_State *L) /* also __gc and __close: twice is harmless */
{
    struct lua_server *u = luaL_checkudata(L, 1, SERVER);
    tn_listener_free(u->listener);
    u->listener = NULL;
    return 0;
}

void tn_testing_open_server(lua_State *L, struct tn_testing *testing)
{
    static const luaL_Reg functions[] = {{"listen", l_listen}, {NULL, NULL}};
    static const luaL_Reg server_methods[] = {{"close", m_close_server}, {NULL, NULL}};
    static const luaL_Reg connection_methods[] = {
        {"read", m_read}, {"write", m_write}, {"close", m_close_connection}, {NULL, NULL}};
    tn_testing_new_type(L, SERVER, server_methods, m_close_server);
    tn_testing_new_type(L, CONNECTION, connection_methods, m_close_connection);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &servers);
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
}
