/* Each key of the language: what is taken, and what is said of the rest. */
#include <stdlib.h>

#include "base/id.h"
#include "base/json_write.h"
#include "check.h"
#include "fixture.h"
#include "workflow/join.h"
#include "workflow/schema.h"

static const char whole[] =
    "tenure: 1\n"
    "name: refund-idle\n"
    "summary: Refund what is idle.\n"
    "inputs:\n"
    "  max_utilization: {type: percent, default: 5%}\n"
    "  size: {type: choice, of: [small, large], optional: true, help: how much}\n"
    "permissions: [reservations:list, reservations:quote_refund, reservations:refund]\n"
    "customers: {list: [contoso.com, 11111111-2222-3333-4444-555555555555], where: customer.name}\n"
    "concurrency: 8\n"
    "guards:\n"
    "  refund: {count: 500, worth: 60000 USD, back: {PLN: 200000, EUR: 45000.50},\n"
    "    per_customer: {count: 5, worth: 900 USD}}\n"
    "  failures: {share: 2.5%, of_at_least: 40}\n"
    "  unreachable: 15%\n"
    "  in_flight: 500\n"
    "tolerance: {amount: 0.25%, proration: false}\n"
    "expires: 36 hours\n"
    "limits: {cpu: 500 ms, memory: 32 MB}\n"
    "steps:\n"
    "  - id: refund\n"
    "    each: reservations.list{state = \"Succeeded\"}\n"
    "    when: >\n"
    "      item.can.refund\n"
    "      and item.quantity >= 1\n"
    "    run: scripts/ok.lua\n"
    "    with: {min: \"${{ inputs.max_utilization }}\", list: [1, two]}\n"
    "  - {id: ask-support, run: scripts/ok.lua}\n";

static void test_whole(void)
{
    struct tn_buf problems = {0}, json = {0};
    struct tn_workflow *w = fixture_load(whole, &problems);
    CHECK_TEXT(tn_buf_text(&problems), "");
    if (!w)
        return;
    CHECK_TEXT(w->name, "refund-idle");
    CHECK(w->input_count == 2 && w->inputs[1].line == 6 && w->inputs[1].column == 3);
    CHECK(w->permission_count == 3 && tn_workflow_has_effects(w));
    CHECK(tn_workflow_permits(w, tn_operation_find("reservations", "refund")));
    CHECK(!tn_workflow_permits(w, tn_operation_find("orders", "get")));
    CHECK(w->customers.from == TN_CUSTOMERS_LIST && w->customers.count == 2 && !w->customers.ids[2]);
    CHECK(w->customers.where.line == 8);
    CHECK(w->concurrency == 8 && w->cpu_ms == 500 && w->memory_bytes == 32 << 20);
    CHECK(w->tolerance.basis_points == 25 && !w->tolerance.proration && w->expires_s == 36 * 3600);
    CHECK(w->guard_count == 9 && w->guards[0].kind == TN_GUARD_COUNT && w->guards[0].count == 500);
    CHECK(w->guards[3].kind == TN_GUARD_BACK && w->guards[3].cap.digits == 450005 && w->guards[3].cap.scale == 1);
    CHECK(w->guards[4].per_customer && w->guards[4].kind == TN_GUARD_COUNT && w->guards[4].count == 5);
    CHECK(w->guards[5].per_customer && w->guards[5].kind == TN_GUARD_WORTH && !w->guards[3].per_customer);
    CHECK(w->guards[6].kind == TN_GUARD_FAILURES && w->guards[6].share_ppm == 25000 && w->guards[6].of_at_least == 40);
    CHECK(w->guards[7].kind == TN_GUARD_UNREACHABLE && w->guards[7].share_ppm == 150000);
    CHECK(w->guards[7].of_at_least == 20);
    CHECK(w->guards[8].kind == TN_GUARD_IN_FLIGHT && w->guards[8].count == 500 && !w->guards[8].operation[0]);
    CHECK(w->step_count == 2 && w->steps[0].with && !w->steps[1].with && !w->steps[1].each.text);
    CHECK_TEXT(w->steps[0].each.text, "reservations.list{state = \"Succeeded\"}");
    CHECK(w->steps[0].each.line == 21 && w->steps[0].each.column == 11);
    CHECK_TEXT(w->steps[0].when.text, "item.can.refund\nand item.quantity >= 1");
    CHECK(w->steps[0].when.line == 23 && w->steps[0].when.column == 7);
    CHECK_TEXT(w->steps[1].run_source, "return function(ctx) end\n");
    struct tn_json_writer writer;
    tn_jw_init(&writer, &json);
    tn_workflow_describe(w, &writer);
    const char *about = tn_buf_text(&json);
    CHECK(strstr(about, "{\"name\":\"max_utilization\",\"type\":\"percent\",\"required\":false,\"default\":5,"));
    CHECK(strstr(about, "\"choices\":[\"small\",\"large\"]"));
    CHECK(strstr(about, "{\"permission\":\"reservations:refund\",\"effect\":true,"));
    CHECK(strstr(
        about, "{\"operation\":\"refund\",\"kind\":\"back\",\"cap\":{\"amount\":\"200000.00\",\"currency\":\"PLN\"}}"));
    CHECK(strstr(about, "{\"operation\":\"refund\",\"kind\":\"count\",\"per_customer\":true,\"cap\":5}"));
    CHECK(strstr(about, "{\"operation\":\"the run\",\"kind\":\"failures\",\"cap\":\"2.5%\",\"of_at_least\":40}"));
    CHECK(strstr(about, "\"tolerance\":{\"amount\":\"0.25%\",\"proration\":false},\"expires\":129600"));
    CHECK(strstr(about, "{\"id\":\"ask-support\",\"run\":\"scripts/ok.lua\"}"));
    tn_buf_deinit(&json);
    tn_workflow_free(w);
}

static void test_top(void)
{
    REFUSED("", "the file is empty [a workflow begins with: tenure: 1]");
    REFUSED("- a\n",
            "1:1: the workflow is a mapping of keys, not a list "
            "[its keys: tenure, name, summary, inputs, permissions, customers, concurrency, guards, tolerance, "
            "expires, limits, before, steps, after, outputs]");
    REFUSED("tenure: 1\n",
            "1:1: 'name' is missing in the workflow [add: name: refund-idle]\n"
            "1:1: 'permissions' is missing in the workflow [add: permissions: [reservations:list]]\n"
            "1:1: 'customers' is missing in the workflow [add: customers: {from: partner-center}]\n"
            "1:1: 'steps' is missing in the workflow [add: steps: [{id: refund, run: scripts/refund.lua}]]");
    REFUSED(WORKFLOW(STEPS "guard: {}\n"), "8:1: unknown key 'guard' in the workflow [did you mean 'guards'?]");
    REFUSED(WORKFLOW(STEPS "x: {}\n"),
            "8:1: unknown key 'x' in the workflow "
            "[it takes: tenure, name, summary, inputs, permissions, customers, concurrency, guards, tolerance, "
            "expires, limits, before, steps, after, outputs]");
    REFUSED("tenure: 2\nname: no\nsummary: 5\npermissions: []\ncustomers: {from: partner-center}\n" STEPS,
            "1:9: 'tenure' takes 1, not '2' [for example: tenure: 1]\n"
            "3:10: 'summary' takes text, and 5 without quotes is a number [put it in quotes: \"5\"]");
    REFUSED("tenure: 1\nname: true\npermissions: []\ncustomers: {from: partner-center}\n" STEPS,
            "2:7: 'name' takes text, and true without quotes is a boolean [put it in quotes: \"true\"]");
    REFUSED("tenure: 1\nname: my flow\npermissions: []\ncustomers: {from: partner-center}\n" STEPS,
            "2:7: 'my flow' cannot be a name [a letter, then letters, digits, - and _, at most 64; for example: "
            "refund-idle]");
    REFUSED(
        "tenure: 1\nname:\npermissions:\ncustomers: {from: partner-center}\n" STEPS,
        "2:6: 'name' takes text, not nothing\n"
        "3:13: 'permissions' takes a list of operations, not nothing [for example: permissions: [reservations:list]]");
}

static void test_not_yet(void)
{
    REFUSED(WORKFLOW(STEPS "use: a@1\n"),
            "8:1: 'use' is not supported yet by this version [take it out until a later version enforces it]");
}

static void test_promises(void)
{
    REFUSED(WORKFLOW(STEPS "tolerance: {amount: 0.125%}\nexpires: 0 days\n"),
            "8:21: 'amount' takes a share from 0% to 100%, not '0.125%' [for example: amount: 1%]\n"
            "9:10: 'expires' takes a time from 1 second to 366 days, not '0 days' [for example: expires: 7 days]");
    REFUSED(WORKFLOW(STEPS "tolerance: {amount: -1%, proration: yes, days: 1}\nexpires: 2 weeks\n"),
            "8:21: 'amount' takes a share from 0% to 100%, not '-1%' [for example: amount: 1%]\n"
            "8:37: 'proration' takes true or false, not 'yes' [for example: proration: true]\n"
            "8:42: unknown key 'days' in tolerance [it takes: amount, proration]\n"
            "9:10: 'expires' takes a time from 1 second to 366 days, not '2 weeks' [for example: expires: 7 days]");
    REFUSED(WORKFLOW(STEPS "tolerance: 1%\n"),
            "8:12: tolerance is a mapping of keys, not text [its keys: amount, proration]");
}

static void test_run_guards(void)
{
    REFUSED(WORKFLOW("guards:\n  failures: {of_at_least: 0}\n  unreachable: 101%\n  in_flight: 0\n" STEPS),
            "6:27: 'of_at_least' takes a whole number from 1 to 1000000, not '0' [for example: of_at_least: 40]\n"
            "6:13: 'share' is missing in failures [add: share: 5%]\n"
            "7:16: 'unreachable' takes a share from 0% to 100%, not '101%' [for example: unreachable: 15%]\n"
            "8:14: 'in_flight' takes a whole number from 1 to 1000000, not '0' [for example: in_flight: 500]");
    REFUSED(WORKFLOW("guards: {failures: 5, unreachable: {share: 1.%}, in_flight: many}\n" STEPS),
            "5:20: 'failures' takes a share from 0% to 100%, not '5' [for example: failures: {share: 5%, of_at_least: "
            "40}]\n"
            "5:44: 'share' takes a share from 0% to 100%, not '1.%' [for example: share: 5%]\n"
            "5:61: 'in_flight' takes a whole number from 1 to 1000000, not 'many' [for example: in_flight: 500]");
    REFUSED(WORKFLOW("guards: {refund: {per_customer: {}}}\n" STEPS),
            "5:33: per_customer of refund limits nothing [for example: {count: 5}]");
    REFUSED(WORKFLOW("guards: {refund: {per_customer: {per_customer: {count: 1}, worth: 5 EUR}}}\n" STEPS),
            "5:34: unknown key 'per_customer' in per_customer of refund [it takes: count, worth, back, pay]\n"
            "5:67: worth counts in USD, not in EUR [write USD, or a cap by billing currency: back: {EUR: 45000}]");
}

static void test_permissions(void)
{
    REFUSED("tenure: 1\nname: w\ncustomers: {from: partner-center}\n"
            "permissions: [reservations:lst, reservations:list, 5, reservations:list, http:a b, http:a.b, "
            "http:get:a.b, http:A.B, x]\n" STEPS,
            "4:15: unknown permission 'reservations:lst' [did you mean 'reservations:list'?]\n"
            "4:52: 'permissions' takes text, and 5 without quotes is a number [put it in quotes: \"5\"]\n"
            "4:55: 'reservations:list' is listed twice\n"
            "4:74: 'a b' does not name a host [http:HOST or http:HOST:PORT for all of plain HTTP, http:get:HOST for "
            "reading]\n"
            "4:108: 'http:A.B' is listed twice\n"
            "4:118: unknown permission 'x' [module:name, for example reservations:list]");
}

static void test_customers(void)
{
#define CUSTOMERS(lines) "tenure: 1\nname: w\npermissions: []\n" STEPS "customers: " lines "\n"
    REFUSED(CUSTOMERS("all"),
            "7:12: customers is a mapping of keys, not text [its keys: from, file, list, where, details, join, rows]");
    REFUSED(CUSTOMERS("{}"), "7:12: customers do not say where they come from "
                             "[add: from: partner-center, or  file: ours.csv, or  list: [contoso.com]]");
    REFUSED(CUSTOMERS("{list: [a], details: true}"),
            "7:33: there are details of the partner's customers only [take customers from: partner-center]");
    REFUSED(CUSTOMERS("{from: azure}"),
            "7:19: customers cannot come from 'azure' "
            "[from: partner-center, or instead of it  file: ours.csv  or  list: [contoso.com]]");
    REFUSED(CUSTOMERS("{from: partner-center, list: [a]}"),
            "7:35: customers come from 'from' already [keep one of from, file and list]");
    REFUSED(CUSTOMERS("{list: [a.com, A.com, 'b c', 7]}"),
            "7:27: customer 'A.com' is listed twice\n"
            "7:34: 'b c' is not a tenant id or domain\n"
            "7:41: 'list' takes text, and 7 without quotes is a number [put it in quotes: \"7\"]");
    REFUSED(CUSTOMERS("{list: []}"), "7:19: 'list' names no customer [for example: list: [contoso.com]]");
    REFUSED(CUSTOMERS("{file: ../o.csv}"), "7:19: '../o.csv' leads upwards: no '..' in a path of a package");
    fixture_write("ours.csv", "name;domain\nOne;one.com\nTwo;not valid\n");
    REFUSED(CUSTOMERS("{file: ours.csv}"), "7:19: ours.csv:3:5: 'not valid' is not a tenant id or domain");
    fixture_write("ours.csv", "name;domain\nOne;one.com\nTwo;two.com\n");
    struct tn_buf problems = {0};
    struct tn_workflow *w = fixture_load(CUSTOMERS("{file: ours.csv}"), &problems);
    CHECK_TEXT(tn_buf_text(&problems), "");
    CHECK(w && w->customers.from == TN_CUSTOMERS_FILE && w->customers.count == 2);
    CHECK_TEXT(w ? w->customers.ids[1] : "", "two.com");
    CHECK_TEXT(w ? w->customers.file : "", fixture_path("ours.csv"));
    tn_workflow_free(w);
}

static const char joined[] =
    "tenure: 1\nname: w\npermissions: []\ncustomers: {from: partner-center, join: {file: ours.csv, by: id, columns: "
    "{n: integer}}}\n" STEPS;

static const struct tn_join_row *find(const struct tn_join *join, const char *id, const char *domain, const char *name)
{
    const struct tn_join_row *row = NULL;
    CHECK(tn_join_find(join, id, domain, name, &row, NULL) == TENURE_OK);
    return row;
}

static void test_join(void)
{
    struct tn_buf problems = {0};
    fixture_write("ours.csv", "ID;n;note\nSmith;5; a b \nfabrikam.com;;\n11111111-AAAA-3333-4444-555555555555;6;\n");
    struct tn_workflow *w = fixture_load(joined, &problems);
    CHECK_TEXT(tn_buf_text(&problems), "");
    if (!w)
        return;
    const struct tn_join *join = w->customers.join;
    char guid[TN_GUID_TEXT];
    tn_guid_derive(guid, "Smith");
    CHECK(join->row_count == 3 && strlen(join->digest) == 64);
    CHECK_TEXT(join->names, "[\"ID\",\"n\",\"note\"]");
    CHECK_TEXT(find(join, guid, "", "")->data, "{\"ID\":\"Smith\",\"n\":5,\"note\":\"a b\"}");
    CHECK(find(join, "11111111-aaaa-3333-4444-555555555555", "", "")->line == 4);
    CHECK(find(join, "Fabrikam.COM", "", "")->line == 3);
    CHECK(!find(join, "22222222-aaaa-3333-4444-555555555555", "fabrikam.com", "Smith"));
    char *record = tn_join_record(join, strdup("{\"id\":\"x\"}"), NULL);
    CHECK_TEXT(record, "{\"id\":\"x\",\"$data\":{\"columns\":[\"ID\",\"n\",\"note\"],\"row\":{}}}");
    free(record);
    tn_workflow_free(w);
}

/* A run that exists has its customers in the ledger. */
static void test_again(void)
{
    static const char both[] = "tenure: 1\nname: w\npermissions: []\ncustomers: {file: none.csv, join: {file: "
                               "none.csv, by: id}}\n" STEPS;
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *w = NULL;
    struct tn_err err = {0};
    struct tn_buf told = {0};
    CHECK(!fixture_load(both, &told));
    tn_buf_deinit(&told);
    CHECK(tn_workflow_load_again(fixture_path("workflows/w.yaml"), &problems, &w, &err) == TENURE_OK);
    CHECK(w && w->customers.count == 0 && w->customers.join && !w->customers.join->digest);
    CHECK(w && !find(w->customers.join, "a", "", ""));
    tn_diagnostics_free(problems);
    tn_workflow_free(w);
}

static void test_concurrency(void)
{
#define COUNT_SAYS " takes a whole number from 1 to 1000, not "
    REFUSED(WORKFLOW(STEPS "concurrency: 1_000\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'1_000' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: 010\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'010' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: 0x1F\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'0x1F' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: .inf\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'.inf' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: \"5\"\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'5' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: 1001\n"),
            "8:14: 'concurrency'" COUNT_SAYS "'1001' [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: [1]\n"),
            "8:14: 'concurrency'" COUNT_SAYS "a list [for example: concurrency: 64]");
    REFUSED(WORKFLOW(STEPS "concurrency: 1\n"), "");
    REFUSED(WORKFLOW(STEPS "limits: {cpu: 2, memory: 9 GB}\n"),
            "8:15: 'cpu' takes a time from 10 ms to 10 minutes, not '2' [for example: cpu: 2 s]\n"
            "8:26: 'memory' takes a size from 1 MB to 4 GB, not '9 GB' [for example: memory: 64 MB]");
}

static void test_guards(void)
{
    REFUSED(WORKFLOW(STEPS "guards: {refnd: {count: 1}, list: {}}\n"),
            "8:10: no effect is called 'refnd' [did you mean 'refund'?]\n"
            "8:29: no effect is called 'list' [guards go by effect, for example: refund: {count: 500}]");
    REFUSED(
        "tenure: 1\nname: w\npermissions: []\ncustomers: {from: partner-center}\nguards: {refund: {count: 1}}\n" STEPS,
        "5:10: a guard for 'refund', which permissions do not name "
        "[add reservations:refund to permissions, or take the guard out]");
    REFUSED("tenure: 1\nname: w\npermissions: [reservations:rfund]\ncustomers: {from: partner-center}\n"
            "guards: {refund: {count: 1}}\n" STEPS,
            "3:15: unknown permission 'reservations:rfund' [did you mean 'reservations:refund'?]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {}}\n"),
            "8:18: the guard of refund limits nothing [for example: {count: 500, worth: 60000 USD}]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {cout: 1, count: 1_000, worth: 5}}\n"),
            "8:19: unknown key 'cout' in the guard of refund [did you mean 'count'?]\n"
            "8:35: 'count' takes a whole number from 0 to 1000000000, not '1_000' [for example: count: 500]\n"
            "8:49: '5' is not money: an amount and its currency, such as 100 USD [for example: worth: 60000 USD]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {worth: 5 EUR}}\n"),
            "8:26: worth counts in USD, not in EUR [write USD, or a cap by billing currency: back: {EUR: 45000}]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {worth: -5 USD}}\n"),
            "8:26: a cap cannot be negative [for example: worth: 60000 USD]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {worth: 010 USD}}\n"),
            "8:26: '010 USD' starts with a zero: write the number without it [for example: worth: 60000 USD]");
    REFUSED(WORKFLOW(
                STEPS
                "guards: {refund: {back: {eur: 1, EUR: 0x1F, PLN: 1_000, USD: .inf, GBP: \"1\", CHF: 010}, pay: 5}}\n"),
            "8:26: 'eur' is not a currency: three capital letters [for example: {EUR: 45000}]\n"
            "8:39: '0x1F' is not an amount: digits with at most one point, such as 12.30 [for example: {EUR: 45000}]\n"
            "8:50: '1_000' is not an amount: digits with at most one point, such as 12.30 [for example: {EUR: 45000}]\n"
            "8:62: '.inf' is not an amount: digits with at most one point, such as 12.30 [for example: {EUR: 45000}]\n"
            "8:73: 'GBP' takes an amount, not text [for example: {EUR: 45000}]\n"
            "8:83: '010' starts with a zero: write the number without it [for example: {EUR: 45000}]\n"
            "8:94: 'pay' takes amounts by currency, not a number [for example: pay: {EUR: 1000}]");
    REFUSED(WORKFLOW(STEPS "guards: {refund: {back: {EUR: 5}, back: {EUR: 6}}}\n"),
            "8:35: the key 'back' is there twice: first in line 8, column 19 [keep one of the two]");
}

static void test_steps(void)
{
    REFUSED(WORKFLOW("steps: []\n"), "5:8: 'steps' has none [for example: - {id: refund, run: scripts/refund.lua}]");
    REFUSED(WORKFLOW("steps: {id: a}\n"), "5:8: 'steps' takes a list of steps, not a mapping [for example: steps: "
                                          "[{id: refund, run: scripts/refund.lua}]]");
    REFUSED(WORKFLOW("steps:\n  - {id: a b, whn: x, run: scripts/ok.lua}\n  - id: 7\n  - oops\n"),
            "6:10: 'a b' cannot be an id [a letter, then letters, digits, - and _, at most 64; for example: refund]\n"
            "6:15: unknown key 'whn' in a step [did you mean 'when'?]\n"
            "7:9: 'id' takes text, and 7 without quotes is a number [put it in quotes: \"7\"]\n"
            "7:5: 'run' is missing in a step [add: run: scripts/refund.lua]\n"
            "8:5: a step is a mapping of keys, not text [its keys: id, each, when, run, with, follows]");
    REFUSED(WORKFLOW(STEPS "  - {run: scripts/ok.lua, id: one}\n"),
            "8:31: the id 'one' is taken by the step at line 6 [give each step an id of its own]");
    REFUSED(WORKFLOW(STEPS "    with: 5\n"), "8:11: 'with' takes a mapping of names to values, not a number "
                                             "[for example: with: {min_worth: \"${{ inputs.min_worth }}\"}]");
}

static void test_schema(void)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    tn_workflow_schema_json(&w);
    const char *text = tn_buf_text(&json);
    CHECK(!json.failed && w.depth == 0);
    CHECK(strstr(
        text, "\"concurrency\":{\"description\":\"Customers at work at once.\",\"type\":\"integer\",\"minimum\":1,"));
    CHECK(strstr(text, "\"required\":[\"id\",\"run\"],\"additionalProperties\":false"));
    CHECK(strstr(text, "\"unreachable\":{\"description\":") && strstr(text, "\"anyOf\":[{\"type\":\"string\"},{"));
    CHECK(strstr(text, "\"outputs\":{\"description\":") && strstr(text, "\"required\":[\"columns\"]"));
    CHECK(strstr(text, "\"follows\"") && strstr(text, "\"before\"") && strstr(text, "\"rows\""));
    CHECK(!strstr(text, "\"use\"")); /* of a later version */
    tn_buf_deinit(&json);
}

/* Everything wrong is told in one go, and the list ends somewhere. */
static void test_many(void)
{
    struct tn_buf text = {0}, problems = {0};
    tn_buf_puts(&text, WORKFLOW("guards: {refund: {back: {"));
    for (int i = 0; i < 60; i++)
        tn_buf_printf(&text, "x%d: 1, ", i);
    tn_buf_puts(&text, "}}}\n" STEPS);
    CHECK(!fixture_load(tn_buf_text(&text), &problems));
    CHECK(strstr(tn_buf_text(&problems), "'x49' is not a currency") && !strstr(tn_buf_text(&problems), "x50"));
    tn_buf_deinit(&text);
    tn_buf_deinit(&problems);
}

static void test_no_file(void)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *w = NULL;
    struct tn_err err = {0};
    CHECK(tn_workflow_load("/nowhere/w.yaml", &problems, &w, &err) == TENURE_ENOENT);
    CHECK_TEXT(err.msg, "no workflow file '/nowhere/w.yaml'");
    CHECK(tn_workflow_load("/tmp", &problems, &w, &err) == TENURE_EINVAL);
    CHECK_TEXT(err.msg, "'/tmp' is not a file");
    CHECK(!problems && !w);
}

int main(void)
{
    fixture_open();
    test_whole();
    test_top();
    test_not_yet();
    test_promises();
    test_run_guards();
    test_permissions();
    test_customers();
    test_join();
    test_again();
    test_concurrency();
    test_guards();
    test_steps();
    test_schema();
    test_many();
    test_no_file();
    fixture_close();
    return check_result();
}
