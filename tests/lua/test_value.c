/* What scripts see of money, records, quotes, outcomes and errors, and what of it becomes JSON and comes back. */
#include "check.h"
#include "lua/fixture.h"
#include "workflow/effect.h"

#define ORDER "11111111-1111-4111-8111-111111111111"
#define RESERVATION "22222222-2222-4222-8222-222222222222"
#define ID "/providers/Microsoft.Capacity/reservationOrders/" ORDER "/reservations/" RESERVATION

#define RESERVATION_BODY                                                                                             \
    "{\"id\": \"" ID "\", \"location\": \"westeurope\", \"sku\": {\"name\": \"Standard_D2s_v3\"}, \"properties\": {" \
    "\"quantity\": 3, \"displayName\": \"vm\", \"capabilities\": \"ApiReturnEnabled\", \"renew\": false, "           \
    "\"purchaseDateTime\": \"2025-12-31T00:00:00Z\", \"appliedScopes\": [\"/subscriptions/a\"], "                    \
    "\"utilization\": {\"aggregates\": [{\"grain\": 1, \"value\": 2.5}, {\"grain\": 30, \"value\": 4}]}}}"

#define QUOTE_BODY                                                                                                     \
    "{\"id\": \"" ID "\", \"properties\": {\"sessionId\": \"33333333-3333-4333-8333-333333333333\", \"quantity\": 3, " \
    "\"billingRefundAmount\": {\"currencyCode\": \"EUR\", \"amount\": 100.5}, "                                        \
    "\"pricingRefundAmount\": {\"currencyCode\": \"USD\", \"amount\": 110}, "                                          \
    "\"policyResult\": {\"properties\": {\"policyErrors\": []}}}}"

static struct tn_outcome succeeded = {.state = TN_EFFECT_SUCCEEDED, .ok = true, .request_id = "req-1"};
static struct tn_outcome planned = {.state = TN_EFFECT_PLANNED, .ok = true};
static struct tn_outcome refused = {.state = TN_EFFECT_REFUSED, .code = "guard", .message = "the guard is crossed"};

static const struct answer answers[] = {{.operation = "reservations.list",
                                         .bodies = {"{\"value\": [" RESERVATION_BODY "], \"nextLink\": \"x\"}",
                                                    "{\"value\": [" RESERVATION_BODY ", " RESERVATION_BODY "]}"}},
                                        {.operation = "reservations.get", .bodies = {RESERVATION_BODY}},
                                        {.operation = "reservations.quote_refund", .bodies = {QUOTE_BODY}},
                                        {.operation = "reservations.refund", .outcome = &succeeded},
                                        {.operation = "orders.get",
                                         .err = {.code = TENURE_EREMOTE,
                                                 .http_status = 403,
                                                 .name = "AuthorizationFailed",
                                                 .request_id = "req-9",
                                                 .msg = "orders.get: the service refused"}},
                                        {.operation = NULL}};

/* A script's body, with what most of them use. */
static const char *run(const char *body)
{
    static char source[4096];
    snprintf(source, sizeof source,
             "local reservations, orders = require 'tenure.reservations', require 'tenure.orders'\n"
             "local money = require 'tenure.money'\n"
             "return function(ctx)\n%s\nend",
             body);
    return run_script_with(answers, source);
}

static void test_portal(void)
{
    CHECK_TEXT(run("return reservations.list{}[1].portal"),
               "value \"https://portal.azure.cn/#resource" ID "/overview\"");
}

static void test_money(void)
{
    CHECK_TEXT(run("return money('12.30', 'EUR')"), "value {\"amount\":\"12.30\",\"currency\":\"EUR\"}");
    CHECK_TEXT(run("return tostring(money('12.3', 'EUR') + money('0.70', 'EUR'))"), "value \"13.00 EUR\"");
    CHECK_TEXT(run("return tostring(-(money('100 USD') - money('0.01 USD')) * 3)"), "value \"-299.97 USD\"");
    CHECK_TEXT(run("return money('1 EUR') < money('1.01 EUR') and money('1 EUR') == money('1.00 EUR') and 2 * money('2 "
                   "EUR') >= money('4 EUR')"),
               "value true");
    CHECK_TEXT(run("local m = money('5 EUR') return {m.amount, m.currency, 'costs ' .. m}"),
               "value [\"5.00\",\"EUR\",\"costs 5.00 EUR\"]");
    CHECK(holds(run("return money('1 EUR') + 1"), "scripts/test.lua:4: cannot add money and a plain number"));
    CHECK(holds(run("return money('1 EUR') < 1"), "cannot compare money and a plain number"));
    CHECK(holds(run("return '1' + money('1 EUR')"), "cannot add money and text"));
    CHECK(holds(run("return money('1 EUR') == money('1 USD')"), "error ESCRIPT: scripts/test.lua:4: "));
    CHECK(holds(run("return money('1 EUR') < money('1 USD')"), "error ESCRIPT: scripts/test.lua:4: "));
    CHECK(holds(run("return money('1 EUR') + money('1 USD')"), "error ESCRIPT: scripts/test.lua:4: "));
    CHECK(holds(run("return money('1 EUR') * 1.5"), "whole number only"));
    CHECK(holds(run("return money('1 EUR') / 2"), "would need rounding"));
    CHECK(holds(run("return money(12.3, 'EUR')"), "give the amount as text"));
    CHECK(holds(run("return money('1 EUR').amout"), "money: there is no 'amout' (did you mean 'amount'?)"));
    CHECK(holds(run("money('1 EUR').amount = 2"), "read-only"));
    CHECK(holds(run("return '10' + 1"), "attempt to perform arithmetic on a string value"));
}

static void test_records(void)
{
    CHECK_TEXT(run("local r = reservations.get('" RESERVATION
                   "') return {r.id, r.order, r.sku, r.region, r.quantity, r.name, r.purchased}"),
               "value [\"" ID "\",\"" ORDER "\",\"Standard_D2s_v3\",\"westeurope\",3,\"vm\",1767139200]");
    CHECK_TEXT(run("local r = reservations.get('" ID
                   "') return {r.utilization[1], r.utilization[30], r.utilization[2] == nil, "
                   "r.can.refund, r.can.exchange, r.term == nil, r.renew, #r.scopes, r.scopes[1]}"),
               "value [2.5,4,true,true,false,true,false,1,\"/subscriptions/a\"]");
    CHECK(holds(run("return reservations.get('" ID "').utilisation"),
                "scripts/test.lua:4: reservation: there is no field 'utilisation' (did you mean 'utilization'?)"));
    CHECK(
        holds(run("return reservations.get('" ID "').can.refnd"), "can: there is no 'refnd' (did you mean 'refund'?)"));
    CHECK(holds(run("return reservations.get('" ID "').utilization.day"), "utilization: there is no 'day'"));
    CHECK(holds(run("reservations.get('" ID "').quantity = 5"), "a reservation is read-only"));
    CHECK(holds(run("reservations.get('" ID "').can.refund = true"), "can is read-only"));
    CHECK_TEXT(run("local a, b = reservations.get('" ID "'), reservations.get('" ID
                   "') b.raw.id = 'x' return {a == b, b.raw.id, b.id == a.id, "
                   "tostring(a) == 'reservation " ID "', rawequal(a.raw, a.raw), a.can == a.can, type(a.can)}"),
               "value [true,\"x\",true,true,true,true,\"table\"]");
    CHECK_TEXT(run("local names = {} for k, v in pairs(reservations.get('" ID
                   "')) do names[#names + 1] = k end return table.concat(names, ' ')"),
               "value \"id order name sku region quantity scopes purchased renew utilization used can portal\"");
    CHECK_TEXT(run("local names = {} for k, v in pairs(reservations.get('" ID
                   "').can) do names[#names + 1] = k end table.sort(names) return names"),
               "value [\"exchange\",\"refund\"]");
    CHECK_TEXT(run("local list = reservations.list() return {#list, list[3].quantity, list[1] == list[2]}"),
               "value [3,3,true]");
    CHECK_TEXT(run("local list = reservations.list{state = 'Succeeded'} table.remove(list) return #list"), "value 2");
    CHECK(holds(run("return reservations.get('" ID "')"),
                "value {\"$record\":\"reservation\",\"raw\":{\"id\":\"" ID "\""));
    CHECK(holds(run("return setmetatable(reservations.get('" ID "'), {})"), "table expected"));
    CHECK(holds(run("return rawset(reservations.get('" ID "'), 'id', 1)"), "table expected"));
}

static void test_quotes(void)
{
    CHECK_TEXT(run("local q = reservations.quote_refund('" ID
                   "', {quantity = 3}) return {q.reservation, q.quantity, tostring(q.back), tostring(q.worth), "
                   "q.limit_left == nil, q.allowed, #q.refusals}"),
               "value [\"" ID "\",3,\"100.50 EUR\",\"110.00 USD\",true,true,0]");
    CHECK(holds(run("local r = reservations.get('" ID "') return reservations.quote_refund(r).wroth"),
                "scripts/test.lua:4: quote: there is no field 'wroth' (did you mean 'worth'?)"));
    CHECK(holds(run("reservations.quote_refund('" ID "', {quantity = 3}).worth = 1"), "a quote is read-only"));
    CHECK(holds(run("return {q = reservations.quote_refund('" ID "', {quantity = 3})}"), "a quote cannot be kept"));
    CHECK(holds(run("return reservations.refund({back = 1})"),
                "reservations.refund: quote takes a quote, as the quoting operation answered it, not a table"));
    CHECK(holds(run("return reservations.refund({quote = {back = 1}})"), "quote takes a quote"));
    CHECK(holds(run("return reservations.refund({quote = 1, raeson = 'x'})"), "error EINVAL: "));
    CHECK(holds(run("return reservations.refund('" ID "')"),
                "reservations.refund: quote takes a quote, as the quoting operation answered it, not a string"));
    CHECK(holds(run("return reservations.refund()"), "reservations.refund: quote is missing"));
    CHECK_TEXT(
        run("return reservations.refund(reservations.quote_refund('" ID "', {quantity = 3}), {reason = 'idle'})"),
        "value {\"ok\":true,\"request_id\":\"req-1\",\"state\":\"succeeded\"}");
}

/* A quote made for one customer or step is refused in another. */
static void test_bound_quotes(void)
{
    static const char workflow[] = "tenure: 1\nname: x\ncustomers: {from: partner-center}\n"
                                   "permissions: [reservations:quote_refund, reservations:refund]\n"
                                   "guards: {refund: {count: 5, worth: 100 USD}}\n"
                                   "steps:\n  - {id: a, run: a.lua}\n  - {id: b, run: b.lua}\n";
    static const char a[] = "local reservations = require 'tenure.reservations'\n"
                            "return function() quote = reservations.quote_refund('" ID "', {quantity = 3})\n"
                            "return reservations.refund(quote).state end";
    static const char b[] = "local reservations = require 'tenure.reservations'\n"
                            "return function() return reservations.refund(quote).state end";
    static const char *const files[] = {"flow.yaml", workflow, "package.yaml", "name: x\n", "a.lua", a, "b.lua",
                                        b,           NULL};
    struct fixture f = {.answers = answers};
    CHECK(fixture_open(&f, files, "{}"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), "value \"succeeded\"");
    CHECK(holds(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 1, SIZE_MAX),
                "made for another customer or in another step"));
    fixture_close(&f);
}

static const char *refund_with(struct tn_outcome *outcome, const char *body)
{
    static char source[2000];
    struct answer own[] = {answers[2], {.operation = "reservations.refund", .outcome = outcome}, {.operation = NULL}};
    snprintf(source, sizeof source,
             "local reservations = require 'tenure.reservations'\nreturn function(ctx)\n"
             "local o = reservations.refund(reservations.quote_refund('" ID "', {quantity = 3}))\n%s\nend",
             body);
    return run_script_with(own, source);
}

static void test_outcomes(void)
{
    struct tn_err err = {0};
    CHECK(tn_money_parse(&planned.amounts.back, "100.50", "EUR", &err) == TENURE_OK);
    planned.amounts.has_back = true;
    CHECK_TEXT(refund_with(&planned, "return {o.state, o.ok, tostring(o.back), o.worth == nil, o.code == nil, "
                                     "tostring(o.request_id), 'as ' .. o.request_id}"),
               "value [\"planned\",true,\"100.50 EUR\",true,true,\"(known after apply)\",\"as (known after apply)\"]");
    CHECK(holds(refund_with(&planned, "return o.request_id + 1"), "known only after apply"));
    CHECK_TEXT(refund_with(&planned, "return o"),
               "value {\"back\":{\"amount\":\"100.50\",\"currency\":\"EUR\"},\"ok\":true,\"state\":\"planned\"}");
    CHECK_TEXT(refund_with(&refused, "return {o.state, o.ok, o.code, o.message, tostring(o)}"),
               "value [\"refused\",false,\"guard\",\"the guard is crossed\",\"outcome refused (guard)\"]");
    CHECK(holds(refund_with(&refused, "return o.stat"), "outcome: there is no 'stat' (did you mean 'state'?)"));
    CHECK(holds(refund_with(&refused, "o.ok = true"), "an outcome is read-only"));
}

static void test_errors(void)
{
    CHECK_TEXT(run("local ok, e = pcall(orders.get, '" ORDER
                   "') return {ok, e.code, e.message, e.status, e.request_id, e.retryable}"),
               "value [false,\"AuthorizationFailed\",\"orders.get: the service refused\",403,\"req-9\",false]");
    CHECK_TEXT(run("local ok, e = pcall(function() return orders.get('" ORDER "') end) return tostring(e)"),
               "value \"scripts/test.lua:4: orders.get: the service refused\"");
    CHECK_TEXT(run("return orders.get('" ORDER "')"),
               "error AuthorizationFailed: scripts/test.lua:4: orders.get: the service refused");
    CHECK(holds(run("local ok, e = pcall(orders.get, '" ORDER "') return e.cod"),
                "error: there is no 'cod' (did you mean 'code'?)"));
    CHECK(holds(run("local ok, e = pcall(orders.get, '" ORDER "') return e"), "an error cannot be kept"));
    CHECK_TEXT(run("local ok, e = pcall(orders.get, '" ORDER "') error(e)"),
               "error AuthorizationFailed: scripts/test.lua:4: orders.get: the service refused");
    CHECK_TEXT(run("error('plain')"), "error ESCRIPT: scripts/test.lua:4: plain");
    CHECK_TEXT(run("error('plain', 0)"), "error ESCRIPT: plain");
    CHECK_TEXT(run("error({})"),
               "error ESCRIPT: scripts/test.lua:4: the script raised a table without a text: give error() a text");
    CHECK_TEXT(run("error(setmetatable({}, {__tostring = function() return 'a\\nb' end}))"),
               "error ESCRIPT: scripts/test.lua:4: a b");
    CHECK(holds(run("error(setmetatable({}, {__tostring = function() error('x') end}))"), "cannot be shown"));
    CHECK_TEXT(run("error()"), "error ESCRIPT: scripts/test.lua:4: the script raised nil: give error() a text");
    CHECK_TEXT(run("local x = nil\nreturn x.y"),
               "error ESCRIPT: scripts/test.lua:5: attempt to index a nil value (local 'x')");
}

static void test_results(void)
{
    CHECK_TEXT(run("return"), "value nil");
    CHECK_TEXT(run("return {b = 1, a = {1, 2.5, 'x'}, c = {}}"), "value {\"a\":[1,2.5,\"x\"],\"b\":1,\"c\":{}}");
    CHECK_TEXT(run("return {list = require('tenure').array{}, gap = {1, require('tenure').null, 3}}"),
               "value {\"gap\":[1,null,3],\"list\":[]}");
    CHECK(holds(run("return print"), "error ESCRIPT: scripts/test.lua: the script's result: value is a function"));
    CHECK(holds(run("return {a = {ctx}}"), "the script's result: value.a[1] is a userdata"));
    CHECK(holds(run("local t = {} t.t = t return t"), "nested more than"));
    CHECK(holds(run("return ('x'):rep(2000000)"), "takes more than"));
    CHECK_TEXT(run("return 0/0"), "error ESCRIPT: scripts/test.lua: the script's result: value is not a finite number");
}

int main(void)
{
    test_money();
    test_portal();
    test_records();
    test_quotes();
    test_bound_quotes();
    test_outcomes();
    test_errors();
    test_results();
    return check_result();
}
