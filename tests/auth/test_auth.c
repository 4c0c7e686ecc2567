/* Tokens from a real token endpoint on loopback; time passes only when the test says so. */
#include "auth/auth.h"

#include <lua.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "auth/request.h"
#include "check.h"
#include "json/json.h"
#include "net/server.h"

#define STEPS_MAX 4000
#define SECRET "s3cr3t&=+/~ value"
#define SECRET_ENCODED "s3cr3t%26%3D%2B%2F~%20value"

/* ---- a clock that jumps ----------------------------------------------------------------------------------------- */

static int64_t ahead_ms;

static int64_t monotonic_ms(void *arg)
{
    (void)arg;
    return tn_clock_system.monotonic_ms(tn_clock_system.arg) + ahead_ms;
}

static int64_t wall_ms(void *arg)
{
    (void)arg;
    return tn_clock_system.wall_ms(tn_clock_system.arg) - 50 * ahead_ms; /* must not matter */
}

static const struct tn_clock jumping_clock = {monotonic_ms, monotonic_ms, wall_ms, NULL};

/* ---- the world -------------------------------------------------------------------------------------------------- */

static struct tn_loop *loop;
static struct tn_http *http;
static lua_State *documents;
static struct tn_auth *auth;
static struct server *server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last_head[16384], last_body[65536];
static int answer_status; /* of the endpoint; its body: the text, or a token with a number when it is empty */
static char answer_body[4096], expires_in[32];

static bool handle_token(struct server_request *request)
{
    char body[8192];
    pthread_mutex_lock(&lock);
    strcpy(last_head, request->head);
    memcpy(last_body, request->body, sizeof last_body);
    if (answer_body[0])
        snprintf(body, sizeof body, "%s", answer_body);
    else
        snprintf(body, sizeof body, "{\"token_type\":\"Bearer\",\"expires_in\":%s,\"access_token\":\"token-%d\"}",
                 expires_in, request->number);
    int status = answer_status;
    pthread_mutex_unlock(&lock);
    return server_answer(request, status, "Content-Type: application/json\r\nRetry-After: 0\r\n", body);
}

static void answer_with(int status, const char *body)
{
    pthread_mutex_lock(&lock);
    answer_status = status;
    snprintf(answer_body, sizeof answer_body, "%s", body);
    pthread_mutex_unlock(&lock);
}

static void begin_as(const char *life, const char *refresh_token)
{
    struct tn_err err = {0};
    struct tn_cloud cloud;
    struct tn_credential *credential = NULL;
    server = server_start(handle_token, NULL);
    answer_with(200, "");
    snprintf(expires_in, sizeof expires_in, "%s", life);
    CHECK(tn_cloud_find(&cloud, server_url(server), &err) == TENURE_OK);
    CHECK(tn_credential_secret("app & id", SECRET, refresh_token, &credential, &err) == TENURE_OK);
    CHECK(tn_auth_new(loop, http, documents, &cloud, credential, &auth, &err) == TENURE_OK);
}

static void begin(const char *life)
{
    begin_as(life, NULL);
}

static void end(void)
{
    tn_auth_free(auth);
    server_stop(server);
}

static void let_pass(int64_t seconds)
{
    ahead_ms += seconds * 1000;
    tn_loop_step(loop, 0); /* the loop reads its clock once per step */
}

struct asker {
    struct tn_token_wait wait;
    char token[64];
    int told;
};

static void on_ready(struct tn_token_wait *wait)
{
    struct asker *asker = tn_container_of(wait, struct asker, wait);
    asker->told++;
    snprintf(asker->token, sizeof asker->token, "%s", wait->token ? wait->token : "");
    CHECK(!wait->token == !!wait->err.code);
}

static void start_asking_for(struct asker *asker, struct tn_token_for whom)
{
    *asker = (struct asker){.wait.ready = on_ready};
    tn_auth_get(auth, whom, &asker->wait);
    CHECK(!asker->told);
}

static void start_asking(struct asker *asker, const char *tenant, enum tn_service service)
{
    start_asking_for(asker, (struct tn_token_for){tenant, service, false});
}

static void wait_for(const struct asker *asker)
{
    for (int i = 0; i < STEPS_MAX && !asker->told; i++)
        tn_loop_step(loop, 20);
    CHECK(asker->told == 1);
}

static struct asker ask(const char *tenant, enum tn_service service)
{
    struct asker asker;
    start_asking(&asker, tenant, service);
    wait_for(&asker);
    return asker;
}

static struct asker ask_as_user(const char *tenant, enum tn_service service)
{
    struct asker asker;
    start_asking_for(&asker, (struct tn_token_for){tenant, service, true});
    wait_for(&asker);
    return asker;
}

static void check_token(const char *tenant, const char *expected)
{
    struct asker asker = ask(tenant, TN_SERVICE_ARM);
    CHECK(asker.wait.err.code == TENURE_OK);
    CHECK_TEXT(asker.token, expected);
}

static void wait_for_requests(int count)
{
    for (int i = 0; i < STEPS_MAX && server_requests(server) < count; i++)
        tn_loop_step(loop, 20);
    for (int i = 0; i < 20; i++)
        tn_loop_step(loop, 5);
    CHECK(server_requests(server) == count);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static void test_request(void)
{
    begin("3599");
    check_token("contoso.example", "token-1");
    CHECK(strncmp(last_head, "POST /contoso.example/oauth2/v2.0/token HTTP/1.1\r\n", 50) == 0);
    CHECK(strstr(last_head, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    CHECK(!strstr(last_head, "\r\nAuthorization:"));
    CHECK_TEXT(last_body, "grant_type=client_credentials&client_id=app%20%26%20id&client_secret=" SECRET_ENCODED
                          "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default");
    struct asker asker = ask("contoso.example", TN_SERVICE_PARTNER_CENTER);
    CHECK_TEXT(asker.token, "token-2");
    CHECK(strncmp(last_head, "POST /contoso.example/oauth2/token HTTP/1.1\r\n", 45) == 0);
    CHECK_TEXT(last_body, "grant_type=client_credentials&client_id=app%20%26%20id&client_secret=" SECRET_ENCODED
                          "&resource=https%3A%2F%2Fgraph.windows.net");
    end();
}

static void test_many_waiters_one_request(void)
{
    static struct asker askers[200];
    begin("3599");
    for (int i = 0; i < 200; i++)
        start_asking(&askers[i], i % 2 ? "Contoso.Example" : "contoso.example", TN_SERVICE_ARM);
    tn_auth_cancel(&askers[0].wait); /* the first, the last, and one in the middle go away */
    tn_auth_cancel(&askers[100].wait);
    tn_auth_cancel(&askers[199].wait);
    tn_auth_cancel(&askers[199].wait);
    for (int i = 0; i < 200; i++) {
        if (i == 0 || i == 100 || i == 199)
            continue;
        wait_for(&askers[i]);
        CHECK_TEXT(askers[i].token, "token-1");
    }
    CHECK(!askers[0].told && !askers[100].told && !askers[199].told);
    CHECK(server_requests(server) == 1);
    struct asker late;
    start_asking(&late, "contoso.example", TN_SERVICE_ARM);
    tn_auth_cancel(&late.wait); /* between the call and its job */
    for (int i = 0; i < 5; i++)
        tn_loop_step(loop, 0);
    CHECK(!late.told);
    end();
}

static void test_tenants_do_not_mix(void)
{
    begin("3599");
    check_token("a.example", "token-1");
    check_token("b.example", "token-2");
    check_token("a.example", "token-1");
    check_token("b.example", "token-2");
    end();
}

static void test_many_tenants(void)
{
    begin("3599");
    char tenant[64], expected[200][64];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
            snprintf(tenant, sizeof tenant, "t%d.example", i);
            struct asker asker = ask(tenant, TN_SERVICE_ARM);
            if (round == 0)
                snprintf(expected[i], sizeof expected[i], "%s", asker.token);
            CHECK_TEXT(asker.token, expected[i]);
        }
    }
    CHECK(server_requests(server) == 200);
    end();
}

/* ---- renewing --------------------------------------------------------------------------------------------------- */

static void check_renewed(const char *life)
{
    begin(life);
    check_token("a.example", "token-1");
    let_pass(790);
    check_token("a.example", "token-1");
    CHECK(server_requests(server) == 1);
    let_pass(20);
    check_token("a.example", "token-1"); /* over 80 %: still good, and a new one is on its way */
    wait_for_requests(2);
    check_token("a.example", "token-2");
    let_pass(960);
    check_token("a.example", "token-3"); /* over 95 %: not given out any more */
    CHECK(server_requests(server) == 3);
    end();
}

static void test_renewal_fails(void)
{
    begin("1000");
    check_token("a.example", "token-1");
    answer_with(400, "{\"error\":\"invalid_client\"}");
    let_pass(810);
    check_token("a.example", "token-1");
    wait_for_requests(2);
    check_token("a.example", "token-1"); /* the old one is good until it is not */
    CHECK(server_requests(server) == 2);
    let_pass(150);
    struct asker asker = ask("a.example", TN_SERVICE_ARM);
    CHECK(asker.wait.err.code == TENURE_EAUTH);
    answer_with(200, "");
    let_pass(31);
    check_token("a.example", "token-4");
    end();
}

static void test_short_lives(void)
{
    begin("0");
    check_token("a.example", "token-1"); /* given, even so */
    let_pass(2);
    check_token("a.example", "token-2");
    end();
    begin("-5");
    check_token("a.example", "token-1");
    end();
    begin("\"soon\"");
    check_token("a.example", "token-1");
    end();
}

static void test_reject(void)
{
    begin("3599");
    check_token("a.example", "token-1");
    tn_auth_reject(auth, (struct tn_token_for){"A.example", TN_SERVICE_ARM, false}, "token-1");
    check_token("a.example", "token-2");
    tn_auth_reject(auth, (struct tn_token_for){"a.example", TN_SERVICE_ARM, false},
                   "token-1"); /* a late 401 to the old one */
    tn_auth_reject(auth, (struct tn_token_for){"a.example", TN_SERVICE_PARTNER_CENTER, false}, "token-2");
    tn_auth_reject(auth, (struct tn_token_for){"b.example", TN_SERVICE_ARM, false}, "token-2");
    check_token("a.example", "token-2");
    CHECK(server_requests(server) == 2);
    end();
}

static void on_ready_reject(struct tn_token_wait *wait)
{
    char before[64];
    snprintf(before, sizeof before, "%s", wait->token);
    tn_auth_reject(auth, (struct tn_token_for){"a.example", TN_SERVICE_ARM, false}, wait->token);
    CHECK_TEXT(wait->token, before); /* borrowed until the next step */
    on_ready(wait);
}

/* Two are to be told; the first one rejects the token before the second hears of it. */
static void test_reject_in_between(void)
{
    struct asker first, second;
    begin("3599");
    check_token("a.example", "token-1");
    start_asking(&first, "a.example", TN_SERVICE_ARM);
    start_asking(&second, "a.example", TN_SERVICE_ARM);
    first.wait.ready = on_ready_reject;
    wait_for(&first);
    wait_for(&second);
    CHECK_TEXT(first.token, "token-1");
    CHECK_TEXT(second.token, "token-2");
    end();
}

/* ---- refusals --------------------------------------------------------------------------------------------------- */

static void check_refusal(int status, const char *body, int code, const char *name, const char *part)
{
    begin("3599");
    answer_with(status, body);
    struct asker asker = ask("a.example", TN_SERVICE_ARM);
    CHECK(asker.wait.err.code == code);
    CHECK_TEXT(tn_err_name(&asker.wait.err), name);
    CHECK(strstr(asker.wait.err.msg, "a.example") && strstr(asker.wait.err.msg, part));
    CHECK(!strstr(asker.wait.err.msg, SECRET) && !strpbrk(asker.wait.err.msg, "\r\n\033"));
    CHECK(asker.wait.err.http_status == status);
    end();
}

static void test_refusals(void)
{
    check_refusal(
        400,
        "{\"error\":\"unauthorized_client\",\"error_description\":\"AADSTS700016: Application was not found.\\r\\n"
        "Trace ID: 1\",\"error_codes\":[700016],\"trace_id\":\"t-1\"}",
        TENURE_EAUTH, "unauthorized_client", "ask the customer's admin to consent to the application");
    check_refusal(401, "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: expired.\"}", TENURE_EAUTH,
                  "invalid_client", "AADSTS7000222: expired; the secret has expired");
    check_refusal(400, "{\"error\":\"invalid_client\",\"error_description\":\"you sent " SECRET "\"}", TENURE_EAUTH,
                  "invalid_client", "invalid_client; check");
    check_refusal(400, "{\"error\":\"bad word\\u001b[31m\",\"error_description\":\"\\u001b[31mred\\u202e\"}",
                  TENURE_EAUTH, "bad", "bad: [31mred; check");
    check_refusal(400, "{\"error\":{\"code\":\"x\"},\"error_codes\":\"no\"}", TENURE_EAUTH, "EAUTH", "no reason given");
    check_refusal(400, "<html>proxy</html>", TENURE_EAUTH, "EAUTH", "no reason given");
    check_refusal(403, "", TENURE_EAUTH, "EAUTH", "no reason given");
    check_refusal(400, "{\"error\":\"temporarily_unavailable\"}", TENURE_EUNREACHABLE, "temporarily_unavailable",
                  "try again later");
    check_refusal(302, "", TENURE_EPROTO, "EPROTO", "answered 302");
    check_refusal(200, "{}", TENURE_EPROTO, "EPROTO", "holds no token");
    check_refusal(200, "{\"access_token\":\"\"}", TENURE_EPROTO, "EPROTO", "holds no token");
    check_refusal(200, "{\"access_token\":\"a\\nb\"}", TENURE_EPROTO, "EPROTO", "holds no token");
    check_refusal(200, "{\"access_token\":\"abc\",\"token_type\":\"MAC\"}", TENURE_EPROTO, "EPROTO", "another type");
    check_refusal(200, "{\"nested\":{\"access_token\":\"abc\"}}", TENURE_EPROTO, "EPROTO", "no proper token");
    check_refusal(200, "{\"access_token\":\"abc\"", TENURE_EPROTO, "EPROTO", "the answer of the login host");
    check_refusal(200, "{\"access_token\":\"abc\",\"access_token\":\"defg\"}", TENURE_EPROTO, "EPROTO",
                  "no proper token");
}

static void test_refusal_is_remembered(void)
{
    begin("3599");
    answer_with(400, "{\"error\":\"invalid_client\",\"trace_id\":\"t-1\"}");
    for (int i = 0; i < 50; i++) {
        struct asker asker = ask("a.example", TN_SERVICE_ARM);
        CHECK(asker.wait.err.code == TENURE_EAUTH);
        CHECK_TEXT(asker.wait.err.request_id, "t-1");
    }
    CHECK(server_requests(server) == 1);
    answer_with(200, "");
    check_token("b.example", "token-2"); /* one customer's trouble is not another's */
    let_pass(31);
    check_token("a.example", "token-3");
    end();
}

static void test_transient_is_ridden_out(void)
{
    begin("3599");
    answer_with(503, "{\"error\":\"temporarily_unavailable\"}");
    struct asker asker;
    start_asking(&asker, "a.example", TN_SERVICE_ARM);
    for (int i = 0; i < STEPS_MAX && server_requests(server) < 1; i++)
        tn_loop_step(loop, 20);
    answer_with(200, "");
    wait_for(&asker);
    CHECK(asker.wait.err.code == TENURE_OK && strncmp(asker.token, "token-", 6) == 0);
    end();
}

static void test_bad_calls(void)
{
    static const char *const tenants[] = {"", ".", "..", "a/b", "a b", "a\r\nb", "caf\xc3\xa9.example", "a?b", "a%2fb"};
    begin("3599");
    for (size_t i = 0; i < sizeof tenants / sizeof *tenants; i++) {
        struct asker asker = ask(tenants[i], TN_SERVICE_ARM);
        CHECK(asker.wait.err.code == TENURE_EINVAL);
    }
    struct asker asker;
    start_asking(&asker, "", TN_SERVICE_ARM);
    tn_auth_cancel(&asker.wait);
    for (int i = 0; i < 5; i++)
        tn_loop_step(loop, 0);
    CHECK(!asker.told);
    CHECK(server_requests(server) == 0);
    end();
    struct tn_credential *credential = NULL;
    struct tn_err err = {0};
    CHECK(tn_credential_secret("", "x", NULL, &credential, &err) == TENURE_EINVAL &&
          strstr(err.msg, "AZURE_CLIENT_ID"));
    CHECK(tn_credential_secret("x", NULL, NULL, &credential, &err) == TENURE_EINVAL &&
          strstr(err.msg, "AZURE_CLIENT_SECRET"));
    CHECK(tn_credential_secret("x", "y", "two words", &credential, &err) == TENURE_EINVAL &&
          strstr(err.msg, "TENURE_REFRESH_TOKEN") && !strstr(err.msg, "words"));
    CHECK(tn_credential_secret("x", "y", "", &credential, &err) == TENURE_EINVAL);
}

static void test_service_that_is_not_there(void)
{
    struct tn_cloud cloud;
    struct tn_credential *credential = NULL;
    CHECK(tn_cloud_find(&cloud, "usgov", NULL) == TENURE_OK);
    CHECK(tn_credential_secret("id", "secret", NULL, &credential, NULL) == TENURE_OK);
    CHECK(tn_auth_new(loop, http, documents, &cloud, credential, &auth, NULL) == TENURE_OK);
    struct asker asker = ask("a.example", TN_SERVICE_PARTNER_CENTER);
    CHECK(asker.wait.err.code == TENURE_ENOTSUP);
    tn_auth_free(auth);
}

static void test_free_while_asking(void)
{
    struct asker waiting, told;
    begin("3599");
    check_token("b.example", "token-1");
    start_asking(&waiting, "a.example", TN_SERVICE_ARM);
    tn_auth_cancel(&waiting.wait);
    start_asking(&told, "b.example", TN_SERVICE_ARM);
    tn_auth_cancel(&told.wait);
    end(); /* with a request under way that nobody waits for */
    for (int i = 0; i < 5; i++)
        tn_loop_step(loop, 5);
    CHECK(!waiting.told && !told.told);
}

/* The body's own copy of the token is gone before anything decodes it. */
static void test_token_is_cut_out(void)
{
    struct tn_buf body = {0};
    struct tn_token_answer answer;
    tn_buf_puts(&body, "{\"scope\":\"\\\"access_token\\\":\\\"no\\\"\", \"access_token\" :\n \"eyJ0.a-b_c.~+/=\", "
                       "\"expires_in\":\"3599\", \"token_type\":\"bearer\"}");
    CHECK(tn_token_take(documents, &body, &answer, NULL) == TENURE_OK);
    CHECK_TEXT(answer.token, "eyJ0.a-b_c.~+/=");
    CHECK(answer.life_ms == 3599000 && !answer.refresh_token);
    CHECK(!strstr(body.data, "eyJ0"));
    tn_secret_free(answer.token);
    tn_buf_reset(&body);
    tn_buf_puts(&body, "{\"refresh_token\":\"1.next\",\"access_token\":\"eyJ0.a\"}");
    CHECK(tn_token_take(documents, &body, &answer, NULL) == TENURE_OK);
    CHECK_TEXT(answer.refresh_token, "1.next");
    CHECK(!strstr(body.data, "next"));
    tn_secret_free(answer.token);
    tn_secret_free(answer.refresh_token);
    tn_buf_reset(&body);
    tn_buf_puts(&body, "{\"x\":{\"refresh_token\":\"1.next\"},\"access_token\":\"eyJ0.a\"}");
    CHECK(tn_token_take(documents, &body, &answer, NULL) == TENURE_EPROTO);
    tn_buf_deinit(&body);
}

/* ---- as a user -------------------------------------------------------------------------------------------------- */

static void test_user_request(void)
{
    begin_as("3599", "1.first&");
    struct asker asker = ask_as_user("contoso.example", TN_SERVICE_PARTNER_CENTER);
    CHECK_TEXT(asker.token, "token-1");
    CHECK(strncmp(last_head, "POST /contoso.example/oauth2/token HTTP/1.1\r\n", 45) == 0);
    CHECK_TEXT(last_body, "grant_type=refresh_token&client_id=app%20%26%20id&client_secret=" SECRET_ENCODED
                          "&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com&refresh_token=1.first%26"
                          "&scope=openid");
    ask_as_user("contoso.example", TN_SERVICE_ARM);
    CHECK(strncmp(last_head, "POST /contoso.example/oauth2/v2.0/token HTTP/1.1\r\n", 50) == 0);
    CHECK_TEXT(last_body, "grant_type=refresh_token&client_id=app%20%26%20id&client_secret=" SECRET_ENCODED
                          "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default&refresh_token=1.first%26");
    end();
}

static void test_user_and_application_do_not_mix(void)
{
    begin_as("3599", "1.first");
    check_token("a.example", "token-1");
    struct asker asker = ask_as_user("a.example", TN_SERVICE_ARM);
    CHECK_TEXT(asker.token, "token-2");
    check_token("a.example", "token-1");
    tn_auth_reject(auth, (struct tn_token_for){"a.example", TN_SERVICE_ARM, true}, "token-2");
    check_token("a.example", "token-1");
    asker = ask_as_user("A.example", TN_SERVICE_ARM);
    CHECK_TEXT(asker.token, "token-3");
    CHECK(server_requests(server) == 3);
    end();
}

/* The one that came last is sent, for other tenants too; without one in the answer the old one stays. */
static void test_refresh_token_rotates(void)
{
    begin_as("3599", "1.first");
    answer_with(200, "{\"access_token\":\"user\",\"refresh_token\":\"1.second\"}");
    ask_as_user("a.example", TN_SERVICE_ARM);
    CHECK(strstr(last_body, "&refresh_token=1.first"));
    answer_with(200, "{\"access_token\":\"user\"}");
    ask_as_user("b.example", TN_SERVICE_ARM);
    CHECK(strstr(last_body, "&refresh_token=1.second"));
    ask_as_user("c.example", TN_SERVICE_ARM);
    CHECK(strstr(last_body, "&refresh_token=1.second"));
    answer_with(200, "{\"access_token\":\"app\",\"refresh_token\":\"1.not-asked-for\"}");
    ask("d.example", TN_SERVICE_ARM);
    CHECK(!strstr(last_body, "refresh_token"));
    ask_as_user("e.example", TN_SERVICE_ARM);
    CHECK(strstr(last_body, "&refresh_token=1.second"));
    end();
}

static void test_user_waits_for_one_request(void)
{
    struct asker askers[20];
    begin_as("3599", "1.first");
    for (int i = 0; i < 20; i++)
        start_asking_for(&askers[i], (struct tn_token_for){"a.example", TN_SERVICE_ARM, true});
    for (int i = 0; i < 20; i++)
        wait_for(&askers[i]);
    CHECK(server_requests(server) == 1);
    end();
}

static void test_user_refused(void)
{
    begin_as("3599", "1.first");
    answer_with(400,
                "{\"error\":\"invalid_grant\",\"error_description\":\"you sent 1.first\",\"error_codes\":[70008]}");
    struct asker asker = ask_as_user("a.example", TN_SERVICE_ARM);
    CHECK(asker.wait.err.code == TENURE_EAUTH);
    CHECK(strstr(asker.wait.err.msg, "sign in again and set TENURE_REFRESH_TOKEN"));
    CHECK(!strstr(asker.wait.err.msg, "1.first"));
    end();
    begin("3599");
    asker = ask_as_user("a.example", TN_SERVICE_ARM);
    CHECK(asker.wait.err.code == TENURE_EAUTH);
    CHECK_TEXT(tn_err_name(&asker.wait.err), "no-user");
    CHECK(strstr(asker.wait.err.msg, "TENURE_REFRESH_TOKEN"));
    CHECK(server_requests(server) == 0);
    end();
}

int main(void)
{
    struct tn_err err = {0};
    if (tn_loop_new(&jumping_clock, &loop, &err) < 0 ||
        tn_http_new(loop, &(struct tn_http_options){.allow_plain = true}, &http, &err) < 0 ||
        tn_json_state_new(&documents, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    test_request();
    test_many_waiters_one_request();
    test_tenants_do_not_mix();
    test_many_tenants();
    check_renewed("1000");
    check_renewed("\"1000\"");
    test_renewal_fails();
    test_short_lives();
    test_reject();
    test_reject_in_between();
    test_refusals();
    test_refusal_is_remembered();
    test_transient_is_ridden_out();
    test_bad_calls();
    test_service_that_is_not_there();
    test_free_while_asking();
    test_token_is_cut_out();
    test_user_request();
    test_user_and_application_do_not_mix();
    test_refresh_token_rotates();
    test_user_waits_for_one_request();
    test_user_refused();
    tn_http_free(http);
    lua_close(documents);
    tn_loop_free(loop);
    return check_result();
}
