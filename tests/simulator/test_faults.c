/* Faults: what the JSON object may say, whom it aims at, and that counts run out. */
#include "check.h"
#include "simulator/fault.h"

static lua_State *state;

static int set(struct tn_sim_faults *faults, const char *text, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(state, text, strlen(text), 0, &doc, err);
    if (rc == TENURE_OK)
        rc = tn_sim_faults_set(faults, tn_json_root(doc), err);
    tn_json_close(doc);
    return rc;
}

static void refused(const char *text, const char *words)
{
    struct tn_sim_faults faults;
    struct tn_err err = {0};
    tn_sim_faults_init(&faults, 1);
    CHECK(set(&faults, "{\"drop\": 1}", NULL) == TENURE_OK);
    CHECK(set(&faults, text, &err) == TENURE_EINVAL);
    if (!strstr(err.msg, words)) {
        CHECK(!"the message");
        fprintf(stderr, "%s: expected %s, got: %s\n", text, words, err.msg);
    }
    CHECK(faults.count == 1 && tn_sim_fault_hits(&faults, TN_SIM_DROP, "orders.get", NULL)); /* nothing changed */
}

static void test_refused(void)
{
    refused("5", "not a JSON object");
    refused("[1]", "not a JSON object");
    refused("{\"dorp\": 1}", "did you mean 'drop'?");
    refused("{\"drop\": 1.5}", "probability");
    refused("{\"drop\": \"often\"}", "probability");
    refused("{\"drop\": {\"next\": -1}}", "whole number");
    refused("{\"drop\": {\"on\": \"nothing\"}}", "no operation");
    refused("{\"drop\": {\"ms\": 5}}", "no setting 'ms'");
    refused("{\"error\": {\"status\": 404}}", "500 to 599");
    refused("{\"slow\": {\"ms\": 1e12}}", "whole number");
    refused("{\"repeated_session\": true}", "accept");
    refused("{\"updates\": \"late\"}", "async");
}

static void test_counts(void)
{
    struct tn_sim_faults faults;
    tn_sim_faults_init(&faults, 1);
    CHECK(set(&faults, "{\"late\": {\"next\": 2, \"on\": \"refund\", \"after_ms\": 70}}", NULL) == TENURE_OK);
    int64_t value = 0;
    CHECK(!tn_sim_fault_hits(&faults, TN_SIM_LATE, "reservations.quote_refund", &value));
    CHECK(!tn_sim_fault_hits(&faults, TN_SIM_DROP, "reservations.refund", &value));
    CHECK(tn_sim_fault_hits(&faults, TN_SIM_LATE, "reservations.refund", &value) && value == 70);
    CHECK(tn_sim_fault_hits(&faults, TN_SIM_LATE, "reservations.refund", &value));
    CHECK(!tn_sim_fault_hits(&faults, TN_SIM_LATE, "reservations.refund", &value));
}

/* Each setting replaces all that was before. */
static void test_probability(void)
{
    struct tn_sim_faults faults;
    tn_sim_faults_init(&faults, 1);
    int hits = 0;
    CHECK(set(&faults, "{\"drop\": 0.25, \"repeated_session\": \"accept\", \"updates\": \"async\"}", NULL) ==
          TENURE_OK);
    CHECK(faults.accept_repeated_session && faults.async_updates);
    for (int i = 0; i < 10000; i++)
        hits += tn_sim_fault_hits(&faults, TN_SIM_DROP, "token", NULL);
    CHECK(hits > 2200 && hits < 2800);
    CHECK(faults.met == (uint64_t)hits);
    CHECK(set(&faults, "{\"drop\": 0}", NULL) == TENURE_OK);
    CHECK(!faults.accept_repeated_session && !faults.async_updates);
    CHECK(!tn_sim_fault_hits(&faults, TN_SIM_DROP, "token", NULL));
    CHECK(set(&faults, "{}", NULL) == TENURE_OK && faults.count == 0);
}

/* What is written can be read again. */
static void test_written(void)
{
    struct tn_sim_faults faults;
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_sim_faults_init(&faults, 1);
    CHECK(set(&faults, "{\"slow\": [{\"ms\": 5, \"on\": \"customers.list\"}, 0.5], \"drop\": {\"next\": 3}}", NULL) ==
          TENURE_OK);
    tn_jw_init(&w, &text);
    tn_sim_faults_write(&faults, &w);
    CHECK_TEXT(tn_buf_text(&text),
               "{\"drop\":[{\"next\":3}],\"slow\":[{\"probability\":1,\"on\":\"customers.list\",\"ms\":5},"
               "{\"probability\":0.5,\"ms\":2000}],\"repeated_session\":\"refuse\",\"updates\":\"sync\","
               "\"session_ms\":900000,\"token_seconds\":3599}");
    CHECK(set(&faults, tn_buf_text(&text), NULL) == TENURE_OK && faults.count == 3);
    tn_buf_deinit(&text);
}

int main(void)
{
    CHECK(tn_json_state_new(&state, NULL) == TENURE_OK);
    test_refused();
    test_counts();
    test_probability();
    test_written();
    lua_close(state);
    return check_result();
}
