/*
 * What the work costs at the least: a bare curl_multi_poll loop that gets a token and a list for each tenant, decodes both
 * with lua-cjson, and keeps nothing. The host is measured against it.
 *
 *     bare_loop URL CLIENT_ID SECRET IN_FLIGHT < tenants     prints how many requests were answered
 */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_MOST 512

int luaopen_cjson(lua_State *L);

struct answer {
    char *text;
    size_t len, room;
};

/* One tenant at a time: its token, then its list. */
struct lane {
    CURL *easy;
    struct curl_slist *headers;
    struct answer answer;
    char tenant[64];
    int listing;
};

struct bench {
    CURLM *multi;
    lua_State *L;
    const char *url, *client_id;
    char *secret;
    long requests, failures;
    int under_way;
};

static void stop(const char *what)
{
    fprintf(stderr, "bare_loop: %s\n", what);
    exit(1);
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
    struct answer *answer = arg;
    size_t len = size * count;
    if (answer->len + len + 1 > answer->room) {
        size_t room = 2 * (answer->len + len + 1);
        char *text = realloc(answer->text, room);
        if (!text)
            return 0;
        answer->text = text;
        answer->room = room;
    }
    memcpy(answer->text + answer->len, bytes, len);
    answer->len += len;
    return len;
}

static void ask(struct bench *bench, struct lane *lane, const char *path)
{
    char url[512];
    snprintf(url, sizeof url, "%s%s", bench->url, path);
    curl_easy_setopt(lane->easy, CURLOPT_URL, url);
    lane->answer.len = 0;
    curl_multi_add_handle(bench->multi, lane->easy);
}

static void ask_token(struct bench *bench, struct lane *lane)
{
    char path[128], form[1024];
    snprintf(path, sizeof path, "/%s/oauth2/v2.0/token", lane->tenant);
    snprintf(form, sizeof form, "grant_type=client_credentials&client_id=%s&client_secret=%s&scope=%s/.default",
             bench->client_id, bench->secret, bench->url);
    lane->listing = 0;
    curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(lane->easy, CURLOPT_COPYPOSTFIELDS, form);
    ask(bench, lane, path);
}

static void ask_list(struct bench *bench, struct lane *lane, const char *token)
{
    char header[8192];
    snprintf(header, sizeof header, "Authorization: Bearer %s", token);
    curl_slist_free_all(lane->headers);
    lane->headers = curl_slist_append(NULL, header);
    lane->listing = 1;
    curl_easy_setopt(lane->easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(lane->easy, CURLOPT_HTTPHEADER, lane->headers);
    ask(bench, lane, "/providers/Microsoft.Capacity/reservations?api-version=2022-11-01");
}

static int next_tenant(struct lane *lane)
{
    return scanf("%63s", lane->tenant) == 1;
}

/* The decoded answer is on the stack; false: it is none. */
static int decode(lua_State *L, const struct answer *answer)
{
    lua_pushvalue(L, 1);
    lua_pushlstring(L, answer->text, answer->len);
    return lua_pcall(L, 1, 1, 0) == LUA_OK && lua_istable(L, -1);
}

static void on_answer(struct bench *bench, struct lane *lane, CURLcode result)
{
    lua_State *L = bench->L;
    long status = 0;
    curl_easy_getinfo(lane->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(bench->multi, lane->easy);
    bench->requests++;
    int good = result == CURLE_OK && status == 200 && decode(L, &lane->answer);
    bench->failures += !good;
    if (good && !lane->listing && lua_getfield(L, -1, "access_token") == LUA_TSTRING)
        ask_list(bench, lane, lua_tostring(L, -1));
    else if (next_tenant(lane))
        ask_token(bench, lane);
    else
        bench->under_way--;
    lua_settop(L, 1);
}

static void run(struct bench *bench)
{
    while (bench->under_way) {
        int running, left;
        CURLMsg *message;
        curl_multi_perform(bench->multi, &running);
        while ((message = curl_multi_info_read(bench->multi, &left))) {
            struct lane *lane;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&lane);
            on_answer(bench, lane, message->data.result);
        }
        if (bench->under_way)
            curl_multi_poll(bench->multi, NULL, 0, 1000, NULL);
    }
}

static void open_lane(struct bench *bench, struct lane *lane)
{
    lane->easy = curl_easy_init();
    if (!lane->easy)
        stop("no memory");
    curl_easy_setopt(lane->easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(lane->easy, CURLOPT_WRITEDATA, &lane->answer);
    curl_easy_setopt(lane->easy, CURLOPT_PRIVATE, lane);
    curl_easy_setopt(lane->easy, CURLOPT_ACCEPT_ENCODING, "");
    bench->under_way++;
    ask_token(bench, lane);
}

int main(int argc, char **argv)
{
    static struct lane lanes[IN_FLIGHT_MOST];
    int in_flight = argc == 5 ? atoi(argv[4]) : 0;
    if (in_flight < 1 || in_flight > IN_FLIGHT_MOST)
        stop("usage: bare_loop URL CLIENT_ID SECRET IN_FLIGHT < tenants");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct bench bench = {.multi = curl_multi_init(), .L = luaL_newstate(), .url = argv[1], .client_id = argv[2]};
    bench.secret = curl_easy_escape(NULL, argv[3], 0);
    if (!bench.multi || !bench.L || !bench.secret)
        stop("no memory");
    luaopen_cjson(bench.L);
    lua_getfield(bench.L, -1, "decode");
    lua_replace(bench.L, 1);
    lua_settop(bench.L, 1);
    for (int i = 0; i < in_flight && next_tenant(&lanes[i]); i++)
        open_lane(&bench, &lanes[i]);
    run(&bench);
    printf("%ld\n", bench.requests);
    if (bench.failures)
        stop("some requests were not answered as they should be");
    return 0;
}
