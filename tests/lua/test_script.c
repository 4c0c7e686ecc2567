/* What a run asks: opening, where, each, when, with, scripts, items and steps. */
#include "check.h"
#include "lua/fixture.h"

#define ID(n)                                                                               \
    "/providers/Microsoft.Capacity/reservationOrders/11111111-1111-4111-8111-11111111111" n \
    "/reservations/22222222-2222-4222-8222-222222222222"
#define BODY(n) "{\"id\": \"" ID(n) "\", \"properties\": {\"quantity\": " n ", \"capabilities\": \"ApiReturnEnabled\"}}"

static const struct answer answers[] = {
    {.operation = "reservations.list", .bodies = {"{\"value\": [" BODY("1") ", " BODY("2") "]}"}},
    {.operation = "customers.list", .err = {.code = TENURE_EREMOTE, .name = "Busy", .msg = "customers.list: busy"}},
    {.operation = NULL}};

#define HEAD                                                                                                   \
    "tenure: 1\nname: x\npermissions: [reservations:list, customers:list]\n"                                   \
    "inputs:\n  max_utilization: {type: percent, default: 5%}\n  min_worth: {type: money, default: 100 USD}\n" \
    "  note: {type: string, optional: true}\n  ids: {type: list, of: string, default: [a, b]}\n"
#define INPUTS \
    "{\"max_utilization\": 5, \"min_worth\": {\"amount\": \"100\", \"currency\": \"USD\"}, \"ids\": [\"a\", \"b\"]}"

/* A workflow with these lines after its head, and one script. */
static bool open_workflow(struct fixture *f, const char *lines, const char *script)
{
    static char workflow[4096];
    snprintf(workflow, sizeof workflow, "%s%s", HEAD, lines);
    const char *const files[] = {"flow.yaml", workflow,        "package.yaml",
                                 "name: x\n", "scripts/a.lua", script ? script : "return function(ctx) return 1 end",
                                 NULL};
    f->answers = answers;
    return fixture_open(f, files, INPUTS);
}

static const char *where(const char *expression)
{
    static char lines[1000], result[4096];
    struct fixture f = {0};
    snprintf(lines, sizeof lines,
             "customers:\n  from: partner-center\n  where: %s\nsteps:\n  - {id: a, run: scripts/a.lua}\n", expression);
    if (open_workflow(&f, lines, NULL))
        snprintf(result, sizeof result, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_WHERE, 0, SIZE_MAX));
    else
        snprintf(result, sizeof result, "not opened: %s", f.err.msg);
    fixture_close(&f);
    return result;
}

static void test_where(void)
{
    CHECK_TEXT(where("customer.name == \"Kowalski\" and run.month == \"2026-01\" and now == 1767225600"), "true");
    CHECK_TEXT(where("customer.domain ~= \"kowalski.example\""), "false");
    CHECK_TEXT(where("customer.relationship"), "nil");
    CHECK_TEXT(where("'customer.name:match(\"^Kow\") ~= nil and #inputs.ids == 2 and inputs.note == nil'"), "true");
    CHECK(
        holds(where("customer.name"), "error ESCRIPT: flow.yaml:11: 'where' must be true, false or nil, not a string"));
    CHECK(holds(where("customer.nmae == 1"),
                "error ESCRIPT: flow.yaml:11: customer: there is no field 'nmae' (did you mean 'name'?)"));
    CHECK(holds(where("custmer.name == 1"), "flow.yaml:11: unknown name 'custmer' (did you mean 'customer'?)"));
    CHECK(holds(where("inputs['max_utilisation'] == 1"),
                "flow.yaml:11: inputs: there is no 'max_utilisation' (did you mean 'max_utilization'?)"));
    CHECK(holds(where("run.mont == 1"), "run: there is no 'mont' (did you mean 'month'?)"));
    CHECK(holds(where("'#reservations.list() > 0'"), "'reservations' can be asked only in 'each' and in scripts"));
    CHECK(holds(where("'#require(\"tenure.reservations\").list() > 0'"), "'where' and 'when' cannot ask the service"));
    CHECK(holds(where("(function() x = 1 return true end)()"), "an expression cannot set 'x'"));
    CHECK(holds(where("(function() while true do end end)()"),
                "error EBUDGET: flow.yaml:11: used more than 0.2 s of CPU"));
    CHECK(holds(where("io == nil"), "unknown name 'io'"));
    CHECK(holds(where("... == nil"), "not opened: "));
    CHECK(holds(where("true end)() ; (function() return true"), "not opened: "));
    CHECK(holds(where("skip(\"x\")"), "unknown name 'skip'"));
}

/* Syntax is found when the state opens, with the line of the file. */
static void test_syntax(void)
{
    CHECK(holds(where("customer.name == "), "not opened: flow.yaml:11: "));
    struct fixture f = {0};
    CHECK(!open_workflow(&f,
                         "customers: {from: partner-center}\nsteps:\n  - id: a\n    run: scripts/a.lua\n    when: >\n  "
                         "    item.x\n      and (1\n",
                         NULL));
    CHECK(holds(f.err.msg, "flow.yaml:1"));
    fixture_close(&f);
}

static const char *open_with_script(const char *script)
{
    static char message[1100];
    struct fixture f = {0};
    bool opened =
        open_workflow(&f, "customers: {from: partner-center}\nsteps:\n  - {id: a, run: scripts/a.lua}\n", script);
    snprintf(message, sizeof message, "%s", opened ? "opened" : f.err.msg);
    fixture_close(&f);
    return message;
}

static void test_scripts_are_tried(void)
{
    CHECK_TEXT(open_with_script("#!/usr/bin/lua\nreturn function() end"), "opened");
    CHECK_TEXT(open_with_script("local x = 1"), "scripts/a.lua: must return a function(ctx), returned nil");
    CHECK_TEXT(open_with_script("return {}"), "scripts/a.lua: must return a function(ctx), returned table");
    CHECK_TEXT(open_with_script("return 'x'"), "scripts/a.lua: must return a function(ctx), returned string");
    CHECK(
        holds(open_with_script("return function(ctx)\n  x = = 1\nend"), "scripts/a.lua:2: unexpected symbol near '='"));
    CHECK(holds(open_with_script("\nlocal x = nil + 1\nreturn function() end"),
                "scripts/a.lua:2: attempt to perform arithmetic"));
    CHECK(holds(open_with_script("error({})"), "scripts/a.lua: raised a table while it was loaded"));
    CHECK(holds(open_with_script("require 'tenure.reservations'.list()"),
                "scripts/a.lua:1: reservations.list: can be called only while a step runs"));
    CHECK(holds(open_with_script("require 'tenure.reservation'"), "module 'tenure.reservation' not found"));
    CHECK(holds(open_with_script("require 'lib.x'"), "there is no lib/x.lua in the package"));
    CHECK(holds(open_with_script("require 'lib.x'"), "tenure.customers"));
    CHECK(holds(open_with_script("while true do end"), "scripts/a.lua:1: used more than 0.2 s of CPU"));
    CHECK(holds(open_with_script("pcall(coroutine.wrap(function() coroutine.yield() end)) coroutine.yield()"),
                "outside a coroutine"));
    CHECK(holds(open_with_script("return coroutine.wrap(function() end)"), "opened"));
}

#define STEPS "customers: {from: partner-center}\nsteps:\n"

static void test_each_and_when(void)
{
    struct fixture f = {0};
    CHECK(open_workflow(&f,
                        STEPS "  - id: a\n    each: reservations.list{state = \"Succeeded\"}\n"
                              "    when: item.can.refund and item.quantity > 1\n    run: scripts/a.lua\n",
                        "return function(ctx) return {ctx.item.quantity, ctx.item} end"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_EACH, 0, SIZE_MAX),
               "items {\"$record\":\"reservation\",\"raw\":{\"id\":\"" ID("1") "\",\"properties\":{\"capabilities\":"
                                                                               "\"ApiReturnEnabled\",\"quantity\":1}}}"
                                                                               "=" ID("1") " {\"$record\":"
                                                                                           "\"reservation\",\"raw\":{"
                                                                                           "\"id\":\"" ID(
                                                                                               "2") "\",\"properties\":"
                                                                                                    "{\"capabilities\":"
                                                                                                    "\"ApiReturnEnabled"
                                                                                                    "\",\"quantity\":2}"
                                                                                                    "}}=" ID("2"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_WHEN, 0, 0), "false");
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_WHEN, 0, 1), "true");
    CHECK(holds(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, 1), "value [2,{\"$record\":\"reservation\""));
    fixture_close(&f);
}

static const char *each(const char *expression)
{
    static char lines[1000], result[4096];
    struct fixture f = {0};
    snprintf(lines, sizeof lines, STEPS "  - id: a\n    each: %s\n    run: scripts/a.lua\n", expression);
    if (open_workflow(&f, lines, NULL))
        snprintf(result, sizeof result, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_EACH, 0, SIZE_MAX));
    else
        snprintf(result, sizeof result, "not opened: %s", f.err.msg);
    fixture_close(&f);
    return result;
}

static void test_each(void)
{
    CHECK_TEXT(each("inputs.ids"), "items \"a\"=a \"b\"=b");
    CHECK_TEXT(each("({})"), "items");
    CHECK_TEXT(each("({{id = \"x\", n = 1}, {n = 2}, 7, inputs.min_worth})"),
               "items {\"id\":\"x\",\"n\":1}=x {\"n\":2}=- 7=7 {\"amount\":\"100.00\",\"currency\":\"USD\"}=-");
    CHECK(holds(each("nil"), "flow.yaml:12: 'each' must give a list, not a nil"));
    CHECK(holds(each("5"), "'each' must give a list, not a number"));
    CHECK(holds(each("({a = 1})"), "'each' must give a list, not a table with names"));
    CHECK(holds(each("({print})"), "item 1 of 'each': value is a function"));
    CHECK(holds(each("customers.list()"), "error Busy: flow.yaml:12: customers.list: busy"));
    CHECK(holds(each("orders.get(\"x\")"),
                "'orders' is not permitted: name what is used under 'permissions', e.g. orders:list"));
    CHECK(holds(each("(reservations).list{stat = \"x\"}"),
                "flow.yaml:12: reservations.list: there is no option 'stat' (did you mean 'state'?)"));
    CHECK(holds(each("reservation.list()"), "unknown name 'reservation' (did you mean 'reservations'?)"));
}

static void test_items_restored(void)
{
    static const char *const items[] = {
        "{\"$record\":\"reservation\",\"raw\":" BODY("2") "}", "\"plain\"",
        "{\"worth\":{\"amount\":\"1.50\",\"currency\":\"USD\"},\"deep\":{\"n\":[1,2]}}"};
    struct fixture f = {0};
    CHECK(
        open_workflow(&f, STEPS "  - id: a\n    each: inputs.ids\n    run: scripts/a.lua\n",
                      "return function(ctx)\n"
                      "  if ctx.item == 'plain' then return 'text' end\n"
                      "  if type(ctx.item) == 'table' then local ok, e = pcall(function() ctx.item.deep.n[1] = 5 end)\n"
                      "    return {tostring(ctx.item.worth), ctx.item.deep.n[2], #ctx.item.deep.n, e, "
                      "table.concat(ctx.item.deep.n, '-')} end\n"
                      "  return ctx.item.quantity\nend"));
    CHECK(tn_script_lua.restore_items(f.scope, 0, items, 3, &f.err) == TENURE_OK);
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, 0), "value 2");
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, 1), "value \"text\"");
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, 2),
               "value [\"1.50 USD\",2,2,\"scripts/a.lua:3: item is read-only\",\"1-2\"]");
    static const char *const broken[] = {"{\"a\":"};
    CHECK(tn_script_lua.restore_items(f.scope, 0, broken, 1, &f.err) < 0);
    fixture_close(&f);
}

/* What a view shows stays as it is, whatever is tried on it. */
static void test_views_hold(void)
{
    struct fixture f = {0};
    CHECK(open_workflow(&f, STEPS "  - id: a\n    run: scripts/a.lua\n",
                        "return function(ctx)\n"
                        "  local ids, tried = ctx.inputs.ids, {}\n"
                        "  for i, try in ipairs {function() ids[1] = 'x' end, function() rawset(ids, 1, 'x') end, "
                        "function() table.insert(ids, 'x') end,\n"
                        "    function() table.remove(ids) end, function() table.sort(ids) end, function() "
                        "table.move({'x'}, 1, 1, 1, ids) end,\n"
                        "    function() table.move(ids, 2, 2, 1) end, function() setmetatable(ids, {}) end, function() "
                        "ctx.inputs.ids = nil end,\n"
                        "    function() for k, v in next, ids do ids[k] = nil end end} do tried[i] = pcall(try) end\n"
                        "  return {tried, #ids, ids[1], ids[2], table.unpack(ids)}\nend"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX),
               "value [[false,false,false,false,false,false,false,false,false,false],2,\"a\",\"b\",\"a\",\"b\"]");
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_WHEN, 0, SIZE_MAX), "true"); /* there is none */
    fixture_close(&f);
}

static void test_steps(void)
{
    struct fixture f = {0};
    CHECK(open_workflow(
        &f,
        STEPS "  - id: a\n    each: inputs.ids\n    run: scripts/a.lua\n  - {id: b, when: 'steps.a[1].state == "
              "\"done\"', run: scripts/a.lua}\n",
        "return function(ctx)\n"
        "  local seen = {}\n"
        "  for i, entry in ipairs(ctx.steps.a) do\n"
        "    seen[i] = entry.item .. ' ' .. entry.state .. ' ' .. tostring(entry.code) .. ' ' .. tostring(entry.value "
        "and entry.value.back)\n"
        "  end\n"
        "  return {seen, #ctx.steps.a, ctx.steps.b == nil, select(2, pcall(function() return ctx.steps.a[1].stat "
        "end)),\n"
        "    select(2, pcall(function() return ctx.steps.c end)), select(2, pcall(function() ctx.steps.a = 1 end))}\n"
        "end"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_EACH, 0, SIZE_MAX), "items \"a\"=a \"b\"=b");
    CHECK(tn_script_lua.item_ended(f.scope, 0, 0, "done", NULL, "{\"back\":{\"amount\":\"2.00\",\"currency\":\"EUR\"}}",
                                   &f.err) == TENURE_OK);
    CHECK(tn_script_lua.item_ended(f.scope, 0, 1, "skipped", "too-little", NULL, &f.err) == TENURE_OK);
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_WHEN, 1, SIZE_MAX), "true");
    CHECK_TEXT(
        fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 1, SIZE_MAX),
        "value [[\"a done nil 2.00 EUR\",\"b skipped too-little nil\"],2,true,"
        "\"scripts/a.lua:6: steps: there is no 'stat' (did you mean 'state'?)\","
        "\"scripts/a.lua:7: steps: there is no 'c' (did you mean 'a'?)\",\"scripts/a.lua:7: steps is read-only\"]");
    CHECK(tn_script_lua.item_ended(f.scope, 1, SIZE_MAX, "done", NULL, "5", &f.err) == TENURE_OK);
    fixture_close(&f);
}

static void test_with(void)
{
    struct fixture f = {0};
    CHECK(open_workflow(&f,
                        STEPS
                        "  - id: a\n    run: scripts/a.lua\n    with:\n      min_worth: \"${{ inputs.min_worth }}\"\n"
                        "      text: 'for ${{ customer.name }}: ${{ #inputs.ids }}'\n      plain: 100 USD\n      "
                        "count: 3\n      share: 0.5\n"
                        "      no: no\n      yes: true\n      none: null\n      list: [1, \"${{ inputs.ids[2] }}\", "
                        "{a: \"${{ inputs.note }}\"}]\n"
                        "      ids: ${{ inputs.ids }}\n      flag: ${{ inputs.max_utilization <= 5 }}\n",
                        "return function(ctx)\n"
                        "  local w = ctx.with\n"
                        "  return {tostring(w.min_worth), w.text, w.plain, w.count, w.share, w.no, w.yes, w.none == "
                        "nil, w.list[1], w.list[2],\n"
                        "    w.list[3].a == nil, #w.ids, w.flag, select(2, pcall(function() return w.min_wroth end)),\n"
                        "    select(2, pcall(function() w.count = 1 end))}\n"
                        "end"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX),
               "value [\"100.00 USD\",\"for Kowalski: 2\",\"100 USD\",3,0.5,\"no\",true,true,1,\"b\",true,2,true,"
               "\"scripts/a.lua:4: with: there is no 'min_wroth' (did you mean 'min_worth'?)\",\"scripts/a.lua:5: with "
               "is read-only\"]");
    fixture_close(&f);
}

static const char *with(const char *value)
{
    static char lines[1000], result[4096];
    struct fixture f = {0};
    snprintf(lines, sizeof lines, STEPS "  - id: a\n    run: scripts/a.lua\n    with:\n      x: %s\n", value);
    if (open_workflow(&f, lines, "return function(ctx) return ctx.with.x end"))
        snprintf(result, sizeof result, "%s", fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX));
    else
        snprintf(result, sizeof result, "not opened: %s", f.err.msg);
    fixture_close(&f);
    return result;
}

static void test_with_errors(void)
{
    CHECK(holds(with("\"${{ inputs['nope'] }}\""), "error ESCRIPT: flow.yaml:14: inputs: there is no 'nope'"));
    CHECK(holds(with("\"${{ reservations.list() }}\""),
                "flow.yaml:14: 'reservations' can be asked only in 'each' and in scripts"));
    CHECK(holds(with("\"a ${{ inputs.note }}\""), "an expression inside a text is nil"));
    CHECK(holds(with("\"${{ inputs.ids[1 + ] }}\""), "not opened: flow.yaml:14: "));
    CHECK(
        holds(with("\"${{ (function() while true do end end)() }}\""), "error EBUDGET: flow.yaml:14: used more than"));
}

static void test_ctx(void)
{
    struct fixture f = {0};
    CHECK(open_workflow(&f, STEPS "  - id: a\n    run: scripts/a.lua\n",
                        "return function(ctx)\n"
                        "  ctx.log('hello', {n = 1, worth = ctx.inputs.min_worth})\n"
                        "  print('two', 3, nil, {}, 'x\\ny')\n"
                        "  ctx.log('\\27[31m\\226\\128\\174\\255')\n"
                        "  local ok, typo = pcall(function() return ctx.itm end)\n"
                        "  local no, set = pcall(function() ctx.now = 1 end)\n"
                        "  ctx.log('fields', {text = '\\194\\155\\226\\128\\174\\197\\187'})\n"
                        "  return {ctx.run.id, ctx.run.month, ctx.now, ctx.customer.id, ctx.item == nil, ctx.before == "
                        "nil, ctx.rows == nil, ctx.outputs == nil,\n"
                        "    ctx.inputs.max_utilization, typo, set, os.time(), os.date('!%Y-%m-%d'), tostring(ctx), "
                        "ctx.inputs == ctx.inputs}\n"
                        "end"));
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX),
               "value [\"r-1\",\"2026-01\",1767225600,\"" CUSTOMER "\",true,true,true,true,5,"
               "\"scripts/a.lua:5: ctx: there is no 'itm' (did you mean 'item'?)\",\"scripts/a.lua:6: ctx is "
               "read-only\",1767225600,"
               "\"2026-01-01\",\"ctx\",true]");
    CHECK_TEXT(f.log, "0b7a5d0c a hello {\"n\":1,\"worth\":{\"amount\":\"100.00\",\"currency\":\"USD\"}}\n"
                      "0b7a5d0c a two 3 nil table x\\ny -\n"
                      "0b7a5d0c a \\x1b[31m\\xe2\\x80\\xae\\xff -\n"
                      "0b7a5d0c a fields {\"text\":\"\\u009b\\u202e\u017b\"}\n");
    fixture_close(&f);
}

static void test_modules(void)
{
    static const char workflow[] = HEAD STEPS "  - {id: a, run: scripts/a.lua}\n";
    static const char *const files[] = {
        "flow.yaml",
        workflow,
        "package.yaml",
        "name: x\n",
        "scripts/a.lua",
        "return function(ctx)\n  local util = require 'lib.util'\n  util.count = util.count + 1\n"
        "  return {util.count, util.list(), require 'lib.util' == util, select(2, pcall(require, 'lib.round')), "
        "select(2, pcall(require, 'lib.bad'))}\nend\n",
        "lib/util.lua",
        "local reservations = require 'tenure.reservations'\nlocal list = reservations.list\n"
        "return {count = 0, list = function() return #list() end}\n",
        "lib/round.lua",
        "return require 'lib.round'\n",
        "lib/bad.lua",
        "return = 1\n",
        NULL};
    struct fixture f = {.answers = answers};
    CHECK(fixture_open(&f, files, INPUTS));
    const char *rest =
        ",2,true,\"lib/round.lua:1: module 'lib.round' requires itself, in a circle, or failed to load before\","
        "\"lib/bad.lua:1: unexpected symbol near '='\"]";
    char expected[400];
    snprintf(expected, sizeof expected, "value [1%s", rest);
    CHECK_TEXT(fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, SIZE_MAX), expected);
    struct tn_script_scope *other = fixture_scope(&f, 3, 3); /* loads its own */
    CHECK_TEXT(fixture_evaluate(&f, other, TN_SCRIPT_RUN, 0, SIZE_MAX), expected);
    tn_script_lua.scope_free(other);
    fixture_close(&f);
}

int main(void)
{
    test_where();
    test_syntax();
    test_scripts_are_tried();
    test_each_and_when();
    test_each();
    test_items_restored();
    test_views_hold();
    test_steps();
    test_with();
    test_with_errors();
    test_ctx();
    test_modules();
    return check_result();
}
