/* Microsoft.Consumption: what was paid and paid back. See consumption.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/consumption.h"
#include "simulator/price.h"
#include "simulator/state.h"

#define PAGE 100
#define ID_TEXT 400

/* What is asked for, and the page while it is written. */
struct page {
    struct tn_sim_call *call;
    struct tn_json_writer w;
    struct tn_sim_asked asked;
    struct tn_sim_span days; /* whole months */
    int64_t now_seconds;
    int64_t skip, place;
    bool more;
};

/* One row. */
struct event {
    const struct tn_sim_order *order;
    const struct tn_sim_reservation *reservation; /* what was bought, or a part of it */
    int64_t at_seconds;
    bool refund;
    int64_t quantity;
    struct tn_money amount;
};

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void kv_identity(struct page *page, const struct event *event)
{
    char id[ID_TEXT], scope[ID_TEXT / 2], name[TN_GUID_TEXT];
    int year, month, day;
    int64_t seconds = event->at_seconds % TN_SIM_DAY;
    tn_civil_from_days(event->at_seconds / TN_SIM_DAY, &year, &month, &day);
    tn_sim_asked_text(&page->asked, scope, sizeof scope);
    if (page->asked.profile) {
        snprintf(name, sizeof name, "%s", event->order->id);
        snprintf(id, sizeof id, "/%s/providers/Microsoft.Consumption/reservationTransactions", scope);
    } else {
        snprintf(name, sizeof name, "%04d%02d%02d%02d%02d", year, month, day, (int)(seconds / 3600),
                 (int)(seconds / 60 % 60));
        snprintf(id, sizeof id, "/billingAccounts/%.120s/providers/Microsoft.Consumption/reservationtransactions/%s",
                 page->asked.account, name);
    }
    tn_jw_kv_string(&page->w, "id", id);
    tn_jw_kv_string(&page->w, "name", name);
    tn_jw_kv_string(&page->w, "type", "Microsoft.Consumption/reservationTransactions");
}

/* What the two kinds of bills say beyond what both do. */
static void write_bill(struct page *page, const struct event *event)
{
    struct tn_json_writer *w = &page->w;
    char scope[ID_TEXT / 2], text[ID_TEXT];
    int year, month, unused;
    tn_civil_from_days(event->order->purchased / TN_SIM_DAY, &year, &month, &unused);
    if (!page->asked.profile) {
        tn_jw_kv_string(w, "purchasingEnrollment", page->asked.account);
        tn_jw_kv_string(w, "currentEnrollment", page->asked.account);
        tn_jw_kv_int(w, "billingMonth", year * 10000 + month * 100 + 1);
        return;
    }
    tn_sim_asked_text(&page->asked, scope, sizeof scope);
    snprintf(text, sizeof text, "/%s", scope);
    tn_jw_kv_string(w, "billingProfileId", text);
    tn_jw_kv_string(w, "billingProfileName", event->order->customer->name);
    snprintf(text, sizeof text, "T%04d%02d%.4s", year, month, event->order->id);
    tn_jw_kv_string(w, "invoice", text);
    snprintf(text, sizeof text, "/%s/invoices/T%04d%02d%.4s", scope, year, month, event->order->id);
    tn_jw_kv_string(w, "invoiceId", text);
}

static void write_event(struct page *page, const struct event *event)
{
    const struct tn_sim_order *order = event->order;
    struct tn_json_writer *w = &page->w;
    char text[TN_TIME_TEXT];
    tn_jw_object(w);
    kv_identity(page, event);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "eventDate", tn_time_format(event->at_seconds, text));
    tn_jw_kv_string(w, "reservationOrderId", order->id);
    tn_jw_kv_string(w, "description", event->reservation->description);
    tn_jw_kv_string(w, "eventType", event->refund ? "Refund" : "Purchase");
    tn_jw_kv_int(w, "quantity", event->quantity);
    tn_jw_key(w, "amount");
    tn_jw_amount(w, &event->amount);
    tn_jw_kv_string(w, "currency", event->amount.currency);
    tn_jw_kv_string(w, "reservationOrderName", order->name);
    tn_jw_kv_string(w, "armSkuName", event->reservation->sku);
    tn_jw_kv_string(w, "billingFrequency", order->monthly ? "Recurring" : "OneTime");
    tn_jw_kv_string(w, "purchasingSubscriptionGuid", order->customer->subscription);
    tn_jw_kv_string(w, "purchasingSubscriptionName", order->customer->name);
    tn_jw_kv_string(w, "region", event->reservation->region);
    tn_jw_kv_string(w, "term", order->years == 3 ? "P3Y" : "P1Y");
    write_bill(page, event);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void add(struct page *page, const struct event *event)
{
    page->more = page->more || page->place == page->skip + PAGE;
    if (!page->more && page->place++ >= page->skip)
        write_event(page, event);
}

static bool is_asked(const struct page *page, int64_t seconds)
{
    int64_t day = tn_sim_day_of(seconds);
    return day >= page->days.first && day <= page->days.last;
}

/* ---- what happened ---------------------------------------------------------------------------------------------- */

/* Each payment that was made, on the day that it was due. */
static void add_payments(struct page *page, const struct tn_sim_order *order)
{
    enum tn_sim_state state = order->first ? order->first->history.latest->state : TN_SIM_FAILED;
    if (state == TN_SIM_FAILED || tn_sim_state_is_purchase(state))
        return; /* it came to nothing, or has not yet */
    const struct tn_sim_currency *currency = order->customer->currency;
    struct event event = {.order = order, .reservation = order->first, .quantity = order->quantity};
    int done, all;
    tn_sim_order_payments(order, page->now_seconds, &done, &all);
    for (int number = 0; number < done; number++) {
        event.at_seconds = order->purchased + (order->expires - order->purchased) * number / all;
        event.amount = tn_sim_currency_money(currency, order->first->price_coins * order->quantity / all);
        if (is_asked(page, event.at_seconds))
            add(page, &event);
    }
}

static bool is_covered(const struct page *page, const struct tn_sim_customer *customer)
{
    return page->call->customer == page->call->simulator->world.partner || page->call->customer == customer;
}

/* What was given back is billed in the month of its purchase, whenever that was. */
static void add_refund(struct page *page, const char *id, int64_t quantity, const struct tn_money *amount)
{
    const struct tn_sim_reservation *reservation = tn_sim_reservation_find(&page->call->simulator->world, id);
    if (!reservation || !is_covered(page, reservation->order->customer) ||
        !is_asked(page, reservation->order->purchased))
        return;
    struct event event = {.order = reservation->order, .reservation = reservation, .refund = true};
    event.at_seconds = reservation->history.latest->at_seconds; /* cancelled since */
    event.quantity = quantity;
    event.amount = *amount;
    event.amount.digits = -event.amount.digits;
    add(page, &event);
}

/* By refunds, and in exchanges. */
static void add_refunds(struct page *page)
{
    const struct tn_sim_book *book = &page->call->simulator->book;
    for (size_t i = 0; i < book->count && !page->more; i++) {
        const struct tn_sim_effect *effect = &book->effects[i];
        if (strcmp(effect->kind, "refund") == 0 && strcmp(effect->state, "succeeded") == 0)
            add_refund(page, effect->reservation, effect->quantity, &effect->amount);
        for (size_t n = 0; n < effect->line_count; n++) {
            const struct tn_sim_line *line = &effect->lines[n];
            if (strcmp(line->kind, "return") == 0 && strcmp(line->state, "succeeded") == 0)
                add_refund(page, line->reservation, line->quantity, &line->amount);
        }
    }
}

void tn_sim_usage_transactions(struct tn_sim_call *call)
{
    struct page page = {.call = call, .now_seconds = tn_loop_wall_ms(call->simulator->loop) / 1000};
    struct tn_sim_customer *const *customers;
    if (!tn_sim_asked_read(call, &page.asked) || !tn_sim_arm_skip(call, &page.skip) ||
        !tn_sim_asked_days(call, tn_sim_call_query(call, "$filter"), "properties/eventDate", &page.days))
        return;
    if (page.days.first != INT64_MIN)
        page.days.first = tn_sim_span_month(page.days.first).first;
    if (page.days.last != INT64_MAX)
        page.days.last = tn_sim_span_month(page.days.last).last;
    page.w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&page.w);
    tn_jw_key(&page.w, "value");
    tn_jw_array(&page.w);
    size_t count = tn_sim_asked_customers(call, &customers);
    for (size_t i = 0; i < count; i++) {
        for (const struct tn_sim_order *order = customers[i]->first_order; order && !page.more; order = order->next)
            add_payments(&page, order);
    }
    add_refunds(&page);
    tn_jw_array_end(&page.w);
    if (page.more)
        tn_sim_arm_next_link(call, &page.w, "$skiptoken", page.place);
    tn_jw_object_end(&page.w);
}
