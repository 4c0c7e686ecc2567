/* The package: see package.h. */
#include "package.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "yaml/yaml.h"

/* ---- scripts ---------------------------------------------------------------------------------------------------- */

static const char give_back[] = "local reservations = require \"tenure.reservations\"\n"
                                "return function(ctx)\n"
                                "  local quantity = ctx.item.quantity\n"
                                "  local part = quantity > 2 and quantity - 1 or quantity\n"
                                "  return reservations.refund(reservations.quote_refund(ctx.item, {quantity = part}))\n"
                                "end\n";

/* Each is given a name of its own. */
static const char give_name[] = "local reservations = require \"tenure.reservations\"\n"
                                "return function(ctx)\n"
                                "  return reservations.update(ctx.item, {name = \"kept-\" .. ctx.item.id:sub(-12)})\n"
                                "end\n";

/* What is bought is called by what it is bought for: once for each, over all runs. */
static const char requests[] =
    "return function(word, item, quantity)\n"
    "  return {sku = \"Standard_D2s_v5\", type = \"VirtualMachines\", region = \"westeurope\", term = \"P1Y\",\n"
    "          billing_scope = \"/subscriptions/22222222-3333-4444-8555-666666666666\", scope = \"Shared\",\n"
    "          quantity = quantity, name = word .. \"-\" .. item.id:sub(-12)}\n"
    "end\n";

static const char buy[] = "local orders = require \"tenure.orders\"\n"
                          "local request = require \"scripts.requests\"\n"
                          "return function(ctx)\n"
                          "  local quote = orders.quote_purchase(request(\"bought\", ctx.item, ctx.item.quantity))\n"
                          "  return orders.purchase(quote, {once = \"another \" .. ctx.item.id})\n"
                          "end\n";

/* One, or two, for one, or two. */
static const char exchange[] = "local reservations = require \"tenure.reservations\"\n"
                               "local request = require \"scripts.requests\"\n"
                               "return function(ctx)\n"
                               "  local first, second = ctx.item.first, ctx.item.second\n"
                               "  local part = first.quantity > 2 and first.quantity - 1 or first.quantity\n"
                               "  local two = first.quantity > 1 and request(\"second\", first, 1) or nil\n"
                               "  return reservations.exchange(reservations.quote_exchange{\n"
                               "    exchange = {{reservation = first, quantity = part}, second}, purchase = "
                               "{request(\"first\", first, 1), two}})\n"
                               "end\n";

/* Bought again only when it was given back. */
static const char rebuy[] =
    "local orders = require \"tenure.orders\"\n"
    "local reservations = require \"tenure.reservations\"\n"
    "local request = require \"scripts.requests\"\n"
    "return function(ctx)\n"
    "  local price = orders.quote_purchase(request(\"rebought\", ctx.item, 1))\n"
    "  local refund = reservations.refund(reservations.quote_refund(ctx.item))\n"
    "  if not refund.ok then return refund end\n"
    "  return orders.purchase(price, {once = \"rebuy \" .. ctx.item.id .. \" \" .. ctx.run.id})\n"
    "end\n";

/* ---- workflows -------------------------------------------------------------------------------------------------- */

#define ROOMY_REFUND "count: 1000, worth: 1000000 USD"
#define ROOMY_EXCHANGE "count: 1000, back: {EUR: 100000, USD: 100000}, pay: {EUR: 100000, USD: 100000}"
#define ROOMY_PURCHASE "count: 1000, worth: 1000000 USD"

/* What caps a run: the refunds, exchanges and purchases it makes, the names it gives, the run itself. NULL: it makes, gives
 * or has none. */
static const struct caps {
    const char *refund, *exchange, *purchase, *update, *run;
    bool rebuys; /* a refund and its purchase are one step */
} caps[WORKFLOWS] = {
    {.refund = ROOMY_REFUND},
    {.refund = "count: 3, worth: 1000000 USD"},
    {.refund = "count: 1000, worth: 900 USD"},
    {.refund = "count: 1000, back: {EUR: 500, USD: 600}"},
    {.refund = "count: 1000, worth: 1000000 USD, per_customer: {count: 2, worth: 600 USD}"},
    {.refund = ROOMY_REFUND, .run = "  in_flight: 2\n  failures: {share: 40%, of_at_least: 2}\n"},
    {.update = "count: 1000"},
    {.refund = ROOMY_REFUND, .run = "  in_flight: 3\n", .update = "count: 3"},
    [GUARDED_WORKFLOW] = {.refund = ROOMY_REFUND,
                          .run = "  failures: {share: 30%, of_at_least: 3}\n"
                                 "  unreachable: {share: 30%, of_at_least: 3}\n"},
    {.exchange = ROOMY_EXCHANGE},
    {.exchange = "count: 1000, back: {EUR: 100000, USD: 100000}, pay: {EUR: 1200, USD: 1400}"},
    {.exchange = "count: 1000, back: {EUR: 100000, USD: 900}, pay: {EUR: 100000, USD: 100000},"
                 " per_customer: {count: 2, pay: {EUR: 900, USD: 1000}}",
     .run = "  in_flight: 2\n"},
    {.purchase = ROOMY_PURCHASE},
    {.purchase = "count: 1000, pay: {EUR: 3000, USD: 3500}, per_customer: {pay: {EUR: 2500, USD: 2000}}"},
    {.refund = ROOMY_REFUND, .purchase = "count: 4, worth: 1000000 USD", .rebuys = true},
    {.exchange = ROOMY_EXCHANGE, .purchase = "count: 1000, pay: {EUR: 4000, USD: 5000}"},
};

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

static void write_step(FILE *out, const char *name)
{
    fprintf(out, "  - id: %s\n    each: reservations.list{state = \"Succeeded\"}\n    run: scripts/%s.lua\n", name,
            name);
}

/* Two of a customer at a time, the first with the last, so that most are of different orders, and now the one and now the
 * other of these comes first. */
static void write_exchange_step(FILE *out)
{
    fprintf(out, "  - id: exchange\n    each: >\n"
                 "      (function(all)\n"
                 "      local pairs = {}\n"
                 "      for i = 1, (#all + 1) // 2 do\n"
                 "      local first, second = all[i], all[#all + 1 - i]\n"
                 "      if first == second then second = nil end\n"
                 "      if second and i %% 2 == 0 then first, second = second, first end\n"
                 "      pairs[i] = {first = first, second = second}\n"
                 "      end\n"
                 "      return pairs\n"
                 "      end)(reservations.list{state = \"Succeeded\"})\n"
                 "    run: scripts/exchange.lua\n");
}

static void write_guard(FILE *out, const char *operation, const char *cap)
{
    if (cap)
        fprintf(out, "  %s: {%s}\n", operation, cap);
}

/* Names first, then what is given back for something else, then what comes back. */
static void write_workflow(char *text, size_t size, const struct caps *given)
{
    FILE *out = fmemopen(text, size, "w");
    if (!out)
        exit(2);
    fprintf(out, "tenure: 1\nname: schedules\npermissions: [reservations:list%s%s%s%s]\n",
            given->refund ? ", reservations:quote_refund, reservations:refund" : "",
            given->exchange ? ", reservations:quote_exchange, reservations:exchange" : "",
            given->purchase ? ", orders:quote_purchase, orders:purchase" : "",
            given->update ? ", reservations:update" : "");
    fprintf(out, "customers: {from: partner-center}\nguards:\n%s", given->run ? given->run : "");
    write_guard(out, "refund", given->refund);
    write_guard(out, "exchange", given->exchange);
    write_guard(out, "purchase", given->purchase);
    write_guard(out, "update", given->update);
    fprintf(out, "steps:\n");
    if (given->update)
        write_step(out, "give-name");
    if (given->exchange)
        write_exchange_step(out);
    if (given->refund)
        write_step(out, given->rebuys ? "rebuy" : "give-back");
    if (given->purchase && !given->rebuys)
        write_step(out, "buy");
    fclose(out);
}

static const struct tn_workflow *load_workflow(const char *folder, const struct caps *given)
{
    char text[1536], path[256];
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_err err = {0};
    write_workflow(text, sizeof text, given);
    write_file(folder, "workflows/schedules.yaml", text);
    snprintf(path, sizeof path, "%s/workflows/schedules.yaml", folder);
    if (tn_workflow_load(path, &problems, &workflow, &err) < 0) {
        fprintf(stderr, "%s: %s\n%s", path, err.msg, text);
        exit(2);
    }
    tn_diagnostics_free(problems);
    return workflow;
}

void package_make(const char *folder, const struct tn_workflow *workflows[WORKFLOWS])
{
    char path[256];
    snprintf(path, sizeof path, "%s/workflows", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/scripts", folder);
    mkdir(path, 0700);
    write_file(folder, "package.yaml", "name: schedules\n");
    write_file(folder, "scripts/give-back.lua", give_back);
    write_file(folder, "scripts/give-name.lua", give_name);
    write_file(folder, "scripts/requests.lua", requests);
    write_file(folder, "scripts/exchange.lua", exchange);
    write_file(folder, "scripts/rebuy.lua", rebuy);
    write_file(folder, "scripts/buy.lua", buy);
    for (int i = 0; i < WORKFLOWS; i++)
        workflows[i] = load_workflow(folder, &caps[i]);
}

void package_free(const struct tn_workflow *workflows[WORKFLOWS])
{
    for (int i = 0; i < WORKFLOWS; i++)
        tn_workflow_free((struct tn_workflow *)workflows[i]);
}
