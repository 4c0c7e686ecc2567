/* Memory that runs out in a Lua state: wherever it does, the answer is an error, nothing crashes, nothing is left over.
 */
#include "check.h"
#include "lua/budget.h"
#include "lua/fixture.h"

/* The linker puts this in front of tn_heap_allocate: from the nth request on, two are refused (Lua collects and asks
 * again). */
void *__real_tn_heap_allocate(void *heap, void *block, size_t old_bytes, size_t bytes);
void *__wrap_tn_heap_allocate(void *heap, void *block, size_t old_bytes, size_t bytes);

static long requests, refused_at; /* refused_at 0: none is refused */

void *__wrap_tn_heap_allocate(void *heap, void *block, size_t old_bytes, size_t bytes)
{
    bool grows = bytes > 0 && (!block || bytes > old_bytes);
    requests += grows;
    if (grows && refused_at > 0 && (requests == refused_at || requests == refused_at + 1))
        return NULL;
    return __real_tn_heap_allocate(heap, block, old_bytes, bytes);
}

/* lua-cjson loses its scratch buffer when Lua raises inside it; nothing can be done about that from outside. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:strbuf_new\nleak:strbuf_init\n";
}

#define BODY                                                                                                        \
    "{\"id\": \"/providers/Microsoft.Capacity/reservationOrders/11111111-1111-4111-8111-111111111111/reservations/" \
    "22222222-2222-4222-8222-222222222222\", \"properties\": {\"quantity\": 3}}"

static const char workflow[] =
    "tenure: 1\nname: x\npermissions: [reservations:list]\ncustomers:\n  from: partner-center\n"
    "  where: customer.name ~= \"x\"\nsteps:\n  - id: a\n    each: reservations.list()\n"
    "    when: item.quantity > 1\n    run: a.lua\n    with: {text: \"for ${{ customer.name }}\"}\n";
static const char script[] = "local reservations = require 'tenure.reservations'\n"
                             "return function(ctx)\n"
                             "  ctx.log(ctx.with.text, {n = 1})\n"
                             "  local ok, e = pcall(reservations.list, {stat = 1})\n"
                             "  local list = coroutine.wrap(function() return reservations.list() end)()\n"
                             "  return {list[1], ctx.item.quantity, tostring(e), ('a,b'):gsub(',', ';')}\n"
                             "end\n";
static const struct answer answers[] = {{.operation = "reservations.list", .bodies = {"{\"value\": [" BODY "]}"}},
                                        {.operation = NULL}};
static const char *const files[] = {"flow.yaml", workflow, "package.yaml", "name: x\n", "a.lua", script, NULL};

/* The whole way, with the nth allocation refused. True: it was never reached. */
static bool run_refusing(long nth)
{
    struct fixture f = {.answers = answers};
    requests = 0;
    refused_at = nth;
    if (fixture_open(&f, files, "{}")) {
        fixture_evaluate(&f, f.scope, TN_SCRIPT_WHERE, 0, SIZE_MAX);
        fixture_evaluate(&f, f.scope, TN_SCRIPT_EACH, 0, SIZE_MAX);
        if (f.job.result == TN_SCRIPT_VALUE) {
            fixture_evaluate(&f, f.scope, TN_SCRIPT_WHEN, 0, 0);
            fixture_evaluate(&f, f.scope, TN_SCRIPT_RUN, 0, 0);
            tn_script_lua.item_ended(f.scope, 0, 0, "done", NULL, "{\"a\": 1}", &f.err);
        }
        if (requests > nth) { /* it was refused: what comes next works again */
            const char *result = fixture_evaluate(&f, f.scope, TN_SCRIPT_EACH, 0, SIZE_MAX);
            CHECK(holds(result, "items {\"$record\":\"reservation\""));
        }
    } else {
        CHECK(f.err.code < 0 && f.err.msg[0]);
    }
    bool reached = requests >= nth;
    refused_at = 0;
    fixture_close(&f);
    return !reached;
}

int main(void)
{
    long nth = 1;
    while (nth < 100000 && !run_refusing(nth))
        nth += nth < 200 ? 1 : 7; /* most of them: opening a state repeats itself */
    CHECK(nth > 500 && nth < 100000);
    return check_result();
}
