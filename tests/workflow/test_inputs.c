/* Inputs of every type, from the command line, a file and defaults. */
#include <stdlib.h>

#include "base/json_write.h"
#include "check.h"
#include "fixture.h"

#define GUID "11111111-2222-3333-4444-555555555555"
#define FULL_ID \
    "/providers/Microsoft.Capacity/reservationOrders/" GUID "/reservations/22222222-2222-3333-4444-555555555555"

static void parsed(enum tn_input_type type, const char *text, const char *expected)
{
    static const char *const choices[] = {"small", "large", NULL};
    struct tn_buf out = {0};
    struct tn_json_writer w;
    struct tn_err err = {0};
    tn_jw_init(&w, &out);
    if (tn_input_parse(type, choices, text, &w, &err) < 0) {
        CHECK(err.code == TENURE_EINVAL && out.len == 0);
        tn_buf_puts(&out, err.msg);
    }
    CHECK_TEXT(tn_buf_text(&out), expected);
    tn_buf_deinit(&out);
}

static void test_numbers(void)
{
    parsed(TN_INPUT_INTEGER, "5", "5");
    parsed(TN_INPUT_INTEGER, "-9007199254740993", "-9007199254740993");
    parsed(TN_INPUT_INTEGER, "5.0", "takes a whole number such as 5, not '5.0'");
    parsed(TN_INPUT_INTEGER, "1_000", "takes a whole number such as 5, not '1_000'");
    parsed(TN_INPUT_INTEGER, "010", "takes a whole number such as 5, not '010'");
    parsed(TN_INPUT_INTEGER, "0x1F", "takes a whole number such as 5, not '0x1F'");
    parsed(TN_INPUT_NUMBER, "2.5", "2.5");
    parsed(TN_INPUT_NUMBER, ".inf", "takes a number such as 2.5, not '.inf'");
    parsed(TN_INPUT_NUMBER, "010", "takes a number such as 2.5, not '010'");
    parsed(TN_INPUT_BOOLEAN, "true", "true");
    parsed(TN_INPUT_BOOLEAN, "yes", "takes true or false, not 'yes'");
    parsed(TN_INPUT_PERCENT, "5%", "5");
    parsed(TN_INPUT_PERCENT, "2.5%", "2.5");
    parsed(TN_INPUT_PERCENT, "5", "takes a share such as 5%, not '5'");
    parsed(TN_INPUT_PERCENT, "%", "takes a share such as 5%, not '%'");
    parsed(TN_INPUT_PERCENT, "1.2.3%", "takes a share such as 5%, not '1.2.3%'");
    parsed(TN_INPUT_PERCENT, "-5%", "takes a share such as 5%, not '-5%'");
}

static void test_quantities(void)
{
    parsed(TN_INPUT_MONEY, "100 USD", "{\"amount\":\"100.00\",\"currency\":\"USD\"}");
    parsed(TN_INPUT_MONEY, "EUR 12.3", "{\"amount\":\"12.30\",\"currency\":\"EUR\"}");
    parsed(TN_INPUT_MONEY, "100", "takes an amount and its currency, such as 100 USD, not '100'");
    parsed(TN_INPUT_MONEY, "010 USD", "takes an amount and its currency, such as 100 USD, not '010 USD'");
    parsed(TN_INPUT_MONEY, "1,000 USD", "takes an amount and its currency, such as 100 USD, not '1,000 USD'");
    parsed(TN_INPUT_DATE, "2026-02-01", "1769904000");
    parsed(TN_INPUT_DATE, "2026-02-01T01:00:00+01:00", "1769904000");
    parsed(TN_INPUT_DATE, "2026-02-30", "takes a date such as 2026-02-01, not '2026-02-30'");
    parsed(TN_INPUT_DURATION, "30 days", "2592000");
    parsed(TN_INPUT_DURATION, "1 hour", "3600");
    parsed(TN_INPUT_DURATION, "90 seconds", "90");
    parsed(TN_INPUT_DURATION, "0 minutes", "0");
#define TIME_SAYS "takes a time such as 30 days (also hours, minutes, seconds), not "
    parsed(TN_INPUT_DURATION, "30", TIME_SAYS "'30'");
    parsed(TN_INPUT_DURATION, "2 months", TIME_SAYS "'2 months'");
    parsed(TN_INPUT_DURATION, "9999999999 days", TIME_SAYS "'9999999999 days'");
}

static void test_words(void)
{
    parsed(TN_INPUT_STRING, "5 \"x\"", "\"5 \\\"x\\\"\"");
    parsed(TN_INPUT_CHOICE, "large", "\"large\"");
    parsed(TN_INPUT_CHOICE, "Large", "takes one of: small, large; not 'Large'");
    parsed(TN_INPUT_CUSTOMER, "contoso.com", "\"contoso.com\"");
    parsed(TN_INPUT_CUSTOMER, "a/b", "takes a customer's tenant id or domain, not 'a/b'");
    parsed(TN_INPUT_RESERVATION, GUID, "\"" GUID "\"");
    parsed(TN_INPUT_RESERVATION, FULL_ID, "\"" FULL_ID "\"");
    parsed(TN_INPUT_RESERVATION, "r1", "takes a reservation's id: the full one or its GUID, not 'r1'");
    parsed(TN_INPUT_SUBSCRIPTION, GUID, "\"" GUID "\"");
    parsed(TN_INPUT_SUBSCRIPTION, "/Subscriptions/" GUID, "\"/Subscriptions/" GUID "\"");
#define SUBSCRIPTION_SAYS "takes a subscription: its GUID, or /subscriptions/ and its GUID, not "
    parsed(TN_INPUT_SUBSCRIPTION, "shop", SUBSCRIPTION_SAYS "'shop'");
    parsed(TN_INPUT_SUBSCRIPTION, "/subscriptions/" GUID "/x", SUBSCRIPTION_SAYS "'/subscriptions/" GUID "/x'");
    parsed(TN_INPUT_ROLE, "reservations reader", "\"reservations reader\"");
    parsed(TN_INPUT_ROLE, GUID, "\"" GUID "\"");
    parsed(
        TN_INPUT_ROLE, "Reservation Reader",
        "takes the name of a built-in role, such as Reservations Reader, or a role's GUID, not 'Reservation Reader'");
    parsed(TN_INPUT_GUID, GUID, "\"" GUID "\"");
    parsed(TN_INPUT_GUID, "ops", "takes a GUID, not 'ops'");
}

#define INPUTS(lines) WORKFLOW(STEPS "inputs:\n" lines)

static void test_declarations(void)
{
    REFUSED(INPUTS("  a: string\n"), "9:6: input 'a' is a mapping of keys, not text [its keys: type, default, "
                                     "optional, help, needs_contact, of, columns]");
    REFUSED(INPUTS("  a: {}\n"), "9:6: 'type' is missing in input 'a' [add: type: percent]");
    REFUSED(INPUTS("  a: {type: durtion}\n"), "9:13: no type is called 'durtion' [did you mean 'duration'?]");
    REFUSED(INPUTS("  a-b: {type: string}\n  end: {type: string}\n"),
            "9:3: 'a-b' cannot be the name of an input "
            "[a letter, then letters, digits and _, and no word of Lua: scripts write inputs.NAME]\n"
            "10:3: 'end' cannot be the name of an input "
            "[a letter, then letters, digits and _, and no word of Lua: scripts write inputs.NAME]");
    REFUSED(INPUTS("  a: {type: choice}\n  b: {type: list}\n  c: {type: string, of: [x]}\n  d: {type: list, of: list}\n"
                   "  e: {type: choice, of: []}\n  f: {type: choice, of: [1, no]}\n"),
            "9:6: 'of' is missing in input 'a' [add: of: [small, large]]\n"
            "10:6: 'of' is missing in input 'b' [add: of: string]\n"
            "11:21: 'of' belongs to choices and lists, not to type 'string'\n"
            "12:23: a list cannot be of type 'list' [for example: of: string, or of: [small, large]]\n"
            "13:25: the choice has no words [for example: of: [small, large]]\n"
            "14:26: 'of' takes text, and 1 without quotes is a number [put it in quotes: \"1\"]");
    REFUSED(
        INPUTS(
            "  a: {type: percent, default: 5}\n  b: {type: string, default: 5}\n  c: {type: integer, default: \"5\"}\n"
            "  d: {type: list, of: integer, default: [1, x]}\n  e: {type: boolean, default: no}\n  f: {type: money, "
            "default: ~}\n"),
        "9:31: the default of 'a' takes a share such as 5%, not '5'\n"
        "10:30: the default of 'b' takes text, and 5 without quotes is a number: put it in quotes\n"
        "11:31: the default of 'c' takes a whole number such as 5: write it without quotes\n"
        "12:45: the default of 'd' takes a whole number such as 5, not 'x'\n"
        "13:31: the default of 'e' takes true or false, not 'no'\n"
        "14:29: the default of 'f' takes an amount and its currency, such as 100 USD, not nothing");
}

static const char workflow_text[] = INPUTS("  share: {type: percent, default: 5%}\n"
                                           "  worth: {type: money}\n"
                                           "  note: {type: string, optional: true}\n"
                                           "  words: {type: list, of: [red, blue], default: [red]}\n"
                                           "  ids: {type: list, of: customer, optional: true}\n"
                                           "  count: {type: integer, default: 3}\n");

/* given: "name=value" until NULL. */
static void resolved(const char *const *given, const char *file_text, const char *expected)
{
    struct tn_buf problems = {0}, json = {0};
    struct tn_workflow *w = fixture_load(workflow_text, &problems);
    struct tn_input_text pairs[8];
    char names[8][32];
    size_t count = 0;
    for (; given[count]; count++) {
        const char *equals = strchr(given[count], '=');
        snprintf(names[count], sizeof names[count], "%.*s", (int)(equals - given[count]), given[count]);
        pairs[count] = (struct tn_input_text){names[count], equals + 1};
    }
    if (file_text)
        fixture_write("in.yaml", file_text);
    struct tn_err err = {0};
    CHECK_TEXT(tn_buf_text(&problems), "");
    char file[256];
    snprintf(file, sizeof file, "%s", fixture_path("in.yaml"));
    if (w && tn_inputs_resolve(w, pairs, count, file_text ? file : NULL, NULL, &json, &err) < 0) {
        CHECK(json.len == 0);
        for (char *at = err.msg; (at = strstr(at, file));) {
            size_t cut = strlen(file) - strlen("in.yaml");
            memmove(at, at + cut, strlen(at + cut) + 1);
            at += strlen("in.yaml");
        }
        tn_buf_puts(&json, err.msg);
    }
    CHECK_TEXT(tn_buf_text(&json), expected);
    tn_workflow_free(w);
    tn_buf_deinit(&json);
    tn_buf_deinit(&problems);
}

#define GIVEN(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})

static void test_resolve(void)
{
    resolved(GIVEN("worth=5 USD"), NULL,
             "{\"share\":5,\"worth\":{\"amount\":\"5.00\",\"currency\":\"USD\"},\"words\":[\"red\"],\"count\":3}");
    resolved(GIVEN("worth=5 USD", "note=5", "words=[blue, red]", "ids=[\"a.com\"]", "count=7"), NULL,
             "{\"share\":5,\"worth\":{\"amount\":\"5.00\",\"currency\":\"USD\"},\"note\":\"5\","
             "\"words\":[\"blue\",\"red\"],\"ids\":[\"a.com\"],\"count\":7}");
    resolved(GIVEN("worth=5 USD"), "worth: 6 USD\nshare: 7%\ncount: 9\nwords: []\n",
             "{\"share\":7,\"worth\":{\"amount\":\"5.00\",\"currency\":\"USD\"},\"words\":[],\"count\":9}");
    resolved(NOTHING, NULL, "input 'worth' is missing: it takes an amount and its currency, such as 100 USD");
    resolved(GIVEN("shar=1%", "share=2", "worth=1 USD", "worth=2 USD", "words=red", "ids=[a b]"), NULL,
             "no input is called 'shar': did you mean 'share'?\n"
             "input 'worth' is given twice\n"
             "input 'share' takes a share such as 5%, not '2'\n"
             "input 'words' takes a list such as [a, b], not text\n"
             "input 'ids' takes a customer's tenant id or domain, not 'a b'");
    resolved(NOTHING, "worht: 1 USD\nworth: 5\nwords:\n  - green\ncount: \"5\"\n",
             "in.yaml:1:1: no input is called 'worht': did you mean 'worth'?\n"
             "in.yaml:2:8: input 'worth' takes an amount and its currency, such as 100 USD, not '5'\n"
             "in.yaml:4:5: input 'words' takes one of: red, blue; not 'green'\n"
             "in.yaml:5:8: input 'count' takes a whole number such as 5: write it without quotes");
    resolved(NOTHING, "- a\n", "in.yaml:1:1: inputs are a mapping of names to values, not a list");
}

/* More problems than a message has room for are counted. */
static void test_many_problems(void)
{
    struct tn_buf problems = {0}, json = {0};
    struct tn_workflow *w = fixture_load(workflow_text, &problems);
    static char names[100][64];
    static struct tn_input_text pairs[100];
    struct tn_err err = {0};
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "something_that_nobody_asked_for_%d", i);
        pairs[i] = (struct tn_input_text){names[i], ""};
    }
    CHECK(w && tn_inputs_resolve(w, pairs, 100, NULL, NULL, &json, &err) == TENURE_EINVAL);
    const char *end = strrchr(err.msg, '\n');
    CHECK(end && strncmp(end, "\nand ", 5) == 0 && strstr(end, " more"));
    tn_workflow_free(w);
    tn_buf_deinit(&problems);
}

int main(void)
{
    fixture_open();
    test_numbers();
    test_quantities();
    test_words();
    test_declarations();
    test_resolve();
    test_many_problems();
    fixture_close();
    return check_result();
}
