/* tenure.testing: temporary folders, files, and JSON texts. */
#include "testing/internal.h"

#include "json/json.h"

/* directory() -> the path of a fresh empty folder */
static int l_directory(lua_State *L)
{
    char path[PATH_MAX];
    struct tn_err err = {0};
    if (tn_folder_make(&tn_testing_of(L)->folder, path, &err) < 0)
        return tn_testing_raise(L, &err);
    lua_pushstring(L, path);
    return 1;
}

static int l_write(lua_State *L) /* write(path, text) */
{
    size_t len;
    const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &len);
    struct tn_err err = {0};
    if (tn_folder_write_file(path, text, len, &err) < 0)
        return tn_testing_raise(L, &err);
    return 0;
}

static int l_read(lua_State *L) /* read(path) -> text */
{
    const char *path = luaL_checkstring(L, 1);
    struct tn_err err = {0};
    struct tn_buf *text = tn_testing_push_buffer(L);
    if (tn_folder_read_file(path, text, &err) < 0)
        return tn_testing_raise(L, &err);
    lua_pushlstring(L, tn_buf_text(text), text->len);
    return 1;
}

static int l_decode(lua_State *L) /* decode(text) -> value, or nil and what is wrong with the text */
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    struct tn_err err = {0};
    if (tn_json_decode(L, text, len, 0, &err) == TENURE_OK)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, err.msg);
    return 2;
}

static int l_encode(lua_State *L) /* encode(value) -> text */
{
    struct tn_err err = {0};
    struct tn_json_writer writer;
    lua_settop(L, 1);
    struct tn_buf *text = tn_testing_push_buffer(L);
    tn_jw_init(&writer, text);
    if (tn_json_encode(L, 1, TN_JSON_MAX_BYTES, NULL, &writer, &err) < 0 ||
        (text->failed && tn_err_no_memory(&err) < 0))
        return tn_testing_raise(L, &err);
    lua_pushlstring(L, tn_buf_text(text), text->len);
    return 1;
}

void tn_testing_open_files(lua_State *L, struct tn_testing *testing)
{
    static const luaL_Reg functions[] = {{"directory", l_directory}, {"write", l_write},   {"read", l_read},
                                         {"decode", l_decode},       {"encode", l_encode}, {NULL, NULL}};
    lua_pushlightuserdata(L, testing);
    luaL_setfuncs(L, functions, 1);
}
