/* Partner Center, invoices: see partner_invoices.h. */
#include "simulator/partner_invoices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/capacity.h"
#include "simulator/partner_center.h"
#include "simulator/partner_charges.h"
#include "simulator/state.h"

#define MONTHS 13 /* how far back: a year, and the current one */
#define MOST_CURRENCIES 32
#define SIZE_DEFAULT 40
#define SIZE_MOST 500

/* ---- one invoice ------------------------------------------------------------------------------------------------ */

/* Sums of all of them, the current month's first. */
struct sums {
    int64_t newest; /* month */
    size_t currency;
    int64_t coins[MONTHS][MOST_CURRENCIES];
    bool filled[MONTHS][MOST_CURRENCIES];
};

static size_t currency_number(const struct tn_sim_currency *currency)
{
    return (size_t)(currency - tn_sim_currencies);
}

static void on_sum(void *arg, const struct tn_sim_charge *charge)
{
    struct sums *sums = arg;
    int64_t back = sums->newest - tn_sim_month_of(charge->at);
    if (back < 0 || back >= MONTHS)
        return;
    sums->coins[back][sums->currency] += charge->credit ? -charge->coins : charge->coins;
    sums->filled[back][sums->currency] = true;
}

/* NULL: out of memory, and the answer has failed. */
static struct sums *make_sums(struct tn_sim_call *call)
{
    const struct tn_sim_world *world = &call->simulator->world;
    struct tn_sim_sight sight = tn_sim_capacity_sight(call);
    struct sums *sums = calloc(1, sizeof *sums);
    call->answer->body.failed |= !sums;
    for (size_t i = 0; sums && i < world->customer_count; i++) {
        sums->newest = tn_sim_month_of(sight.now_seconds);
        sums->currency = currency_number(world->customers[i]->currency);
        if (sums->currency < MOST_CURRENCIES)
            tn_sim_charges(world->customers[i], sight, on_sum, sums);
    }
    return sums;
}

void tn_sim_invoice_id(int64_t month, const struct tn_sim_currency *currency, char id[TN_SIM_INVOICE_TEXT])
{
    snprintf(id, TN_SIM_INVOICE_TEXT, "G%04u%02u%03u", (unsigned)(month / 12) % 10000u, (unsigned)(month % 12 + 1),
             (unsigned)currency_number(currency) % 1000u);
}

bool tn_sim_invoice_read(const char *id, int64_t *month, const struct tn_sim_currency **currency)
{
    char known[TN_SIM_INVOICE_TEXT];
    unsigned year, number, place;
    if (sscanf(id, "G%4u%2u%3u", &year, &number, &place) != 3 || number < 1)
        return false;
    *month = (int64_t)year * 12 + number - 1;
    for (*currency = tn_sim_currencies; (*currency)->code[0]; (*currency)++) {
        tn_sim_invoice_id(*month, *currency, known);
        if (strcmp(known, id) == 0)
            return true;
    }
    return false;
}

/* So many days after the first of a month, or before it. */
static void kv_day(struct tn_json_writer *w, const char *key, int64_t month, int64_t days)
{
    char text[TN_TIME_TEXT];
    int64_t first = tn_days_from_civil((int)(month / 12), (int)(month % 12) + 1, 1);
    tn_jw_kv_string(w, key, tn_time_format((first + days) * TN_SIM_DAY, text));
}

static void write_detail(struct tn_json_writer *w, const char *id, const struct tn_sim_currency *currency)
{
    tn_jw_key(w, "invoiceDetails");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "invoiceLineItemType", "billing_line_items");
    tn_jw_kv_string(w, "billingProvider", "one_time");
    tn_sim_partner_self(w,
                        "/invoices/%s/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&currencycode=%s",
                        id, currency->code);
    tn_sim_partner_attributes(w, "InvoiceDetail", NULL);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
}

static void write_invoice(struct tn_json_writer *w, const struct sums *sums, int64_t back, size_t number)
{
    const struct tn_sim_currency *currency = &tn_sim_currencies[number];
    struct tn_money total = tn_sim_currency_money(currency, sums->coins[back][number]);
    char id[TN_SIM_INVOICE_TEXT];
    tn_sim_invoice_id(sums->newest - back, currency, id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    kv_day(w, "invoiceDate", sums->newest - back + 1, 0);
    kv_day(w, "billingPeriodStartDate", sums->newest - back, 0);
    kv_day(w, "billingPeriodEndDate", sums->newest - back + 1, -1);
    tn_jw_key(w, "totalCharges");
    tn_jw_amount(w, &total);
    tn_jw_kv_int(w, "paidAmount", 0);
    tn_jw_kv_string(w, "currencyCode", currency->code);
    tn_jw_kv_string(w, "invoiceType", "OneTime");
    tn_jw_kv_string(w, "documentType", "invoice");
    write_detail(w, id, currency);
    tn_sim_partner_self(w, "/invoices/%s", id);
    tn_sim_partner_attributes(w, "Invoice", NULL);
    tn_jw_object_end(w);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* Pages of this list are counted, not sought. */
static void write_pages(struct tn_json_writer *w, int64_t size, int64_t offset, bool more)
{
    char uri[96];
    tn_jw_key(w, "links");
    tn_jw_object(w);
    snprintf(uri, sizeof uri, "/v1/invoices?size=%lld&offset=%lld", (long long)size, (long long)offset);
    tn_sim_partner_link(w, "self", uri, NULL);
    snprintf(uri, sizeof uri, "/v1/invoices?size=%lld&offset=%lld", (long long)size, (long long)(offset + size));
    if (more)
        tn_sim_partner_link(w, "next", uri, NULL);
    tn_jw_object_end(w);
}

void tn_sim_partner_invoices(struct tn_sim_call *call)
{
    struct tn_sim_page page;
    int64_t count = 0, offset = 0;
    if (!tn_sim_partner_page(call, SIZE_DEFAULT, SIZE_MOST, &page))
        return;
    if (!tn_sim_call_number(call, "offset", &offset)) {
        tn_sim_partner_error(call, 400, 800002, "The query's offset is not a number.");
        return;
    }
    struct sums *sums = make_sums(call);
    if (!sums)
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (int64_t place = 0; place < (int64_t)MONTHS * MOST_CURRENCIES; place++) {
        if (!sums->filled[place / MOST_CURRENCIES][place % MOST_CURRENCIES])
            continue;
        if (count >= offset && count < offset + page.size)
            write_invoice(&w, sums, place / MOST_CURRENCIES, (size_t)(place % MOST_CURRENCIES));
        count++;
    }
    tn_jw_array_end(&w);
    tn_jw_kv_int(&w, "totalCount", count);
    write_pages(&w, page.size, offset, count > offset + page.size);
    tn_sim_partner_attributes(&w, "Collection", NULL);
    tn_jw_object_end(&w);
    free(sums);
}

void tn_sim_partner_invoice_unknown(struct tn_sim_call *call)
{
    tn_sim_partner_error(call, 404, 20000, "There is no invoice '%.40s'.", call->params[0]);
}

void tn_sim_partner_invoice(struct tn_sim_call *call)
{
    int64_t month;
    const struct tn_sim_currency *currency;
    if (!tn_sim_invoice_read(call->params[0], &month, &currency)) {
        tn_sim_partner_invoice_unknown(call);
        return;
    }
    struct sums *sums = make_sums(call);
    if (!sums)
        return;
    int64_t back = sums->newest - month;
    if (back < 0 || back >= MONTHS || !sums->filled[back][currency_number(currency)]) {
        tn_sim_partner_invoice_unknown(call);
    } else {
        struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
        write_invoice(&w, sums, back, currency_number(currency));
    }
    free(sums);
}
