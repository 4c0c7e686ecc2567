/* Microsoft.Consumption: how reservations were used. See consumption.h. */
#include "simulator/consumption.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/state.h"

#define PAGE 100
#define USAGE_DATE "properties/usageDate"
#define ID_TEXT 400
#define HOURS 24

/* A page of rows while it is written. */
struct page {
    struct tn_sim_call *call;
    struct tn_json_writer w;
    struct tn_sim_asked asked;
    struct tn_sim_span days;
    bool monthly;
    int64_t now_seconds;
    int64_t skip, place;
    bool more;
};

/* Whether the next row is on this page; there is more once one was behind it. */
static bool is_on(struct page *page)
{
    page->more = page->more || page->place == page->skip + PAGE;
    return !page->more && page->place++ >= page->skip;
}

/* ---- what is asked for ------------------------------------------------------------------------------------------ */

static bool refuse(struct tn_sim_call *call, const char *message)
{
    tn_sim_arm_error(call, 400, "BadRequest", "%s", message);
    return false;
}

/* Only billing profiles take startDate and endDate for summaries; details of both billing scopes do. */
static bool read_dates(struct tn_sim_call *call, struct tn_sim_span *days)
{
    const char *from = tn_sim_call_query(call, "startDate"), *to = tn_sim_call_query(call, "endDate");
    int64_t first, last;
    if (!from || !to || !tn_time_parse(from, strlen(from), &first) || !tn_time_parse(to, strlen(to), &last))
        return refuse(call, "The parameters startDate and endDate are both needed, as dates.");
    *days = (struct tn_sim_span){tn_sim_day_of(first), tn_sim_day_of(last)};
    return true;
}

/* reservationId goes with reservationOrderId, which goes alone, too. */
static bool read_narrowing(struct tn_sim_call *call, struct tn_sim_asked *asked)
{
    const struct tn_sim_world *world = &call->simulator->world;
    const char *order = tn_sim_call_query(call, "reservationOrderId");
    const char *reservation = tn_sim_call_query(call, "reservationId");
    if (reservation && !order)
        return refuse(call, "The parameter reservationId needs reservationOrderId beside it.");
    asked->order = order ? tn_sim_order_find(world, order) : NULL;
    asked->reservation = reservation ? tn_sim_reservation_find(world, reservation) : NULL;
    bool known = (!order || asked->order) && (!reservation || asked->reservation);
    bool own = !asked->order || call->customer == world->partner || asked->order->customer == call->customer;
    if (known && own && (!asked->reservation || asked->reservation->order == asked->order))
        return true;
    tn_sim_arm_error(call, 404, "ResourceNotFound", "The billing scope has no such reservation.");
    return false;
}

static bool read_days(struct tn_sim_call *call, struct page *page, bool details)
{
    const char *filter = tn_sim_call_query(call, "$filter");
    bool billing = page->asked.account;
    bool dates = tn_sim_call_query(call, "startDate") || tn_sim_call_query(call, "endDate");
    bool dates_fit = billing && (details || page->asked.profile);
    if (filter && page->asked.profile && !details)
        return refuse(call, "A billing profile takes startDate and endDate, not $filter.");
    if (dates && !dates_fit)
        return refuse(call, "The parameters startDate and endDate are not for this scope: use $filter.");
    if (dates)
        return read_dates(call, &page->days);
    if (!filter && !page->monthly)
        return refuse(call, dates_fit ? "The parameters startDate and endDate are required."
                                      : "The parameter $filter is required: " USAGE_DATE
                                        " ge 2026-01-01 AND " USAGE_DATE " le 2026-01-31");
    if (!tn_sim_asked_days(call, filter, USAGE_DATE, &page->days))
        return false;
    if (filter && (page->days.first == INT64_MIN || page->days.last == INT64_MAX))
        return refuse(call, "The $filter needs a first and a last date, by ge and le.");
    return true;
}

static bool read_request(struct tn_sim_call *call, struct page *page, bool details)
{
    const char *grain = tn_sim_call_query(call, "grain");
    *page = (struct page){.call = call, .now_seconds = tn_loop_wall_ms(call->simulator->loop) / 1000};
    page->monthly = !details && grain && tn_id_equal(grain, "monthly");
    if (!tn_sim_asked_read(call, &page->asked))
        return false;
    if (!details && !page->monthly && (!grain || !tn_id_equal(grain, "daily")))
        return refuse(call, "The parameter grain is required: daily or monthly.");
    if (page->asked.account && !read_narrowing(call, &page->asked))
        return false;
    return read_days(call, page, details) && tn_sim_arm_skip(call, &page->skip);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* The time zone of a modern bill is not ours, as its dates show. */
static void kv_day(struct page *page, int64_t day)
{
    char text[TN_TIME_TEXT];
    tn_time_format(day * TN_SIM_DAY, text);
    if (page->asked.account)
        snprintf(text + 19, sizeof text - 19, "-07:00");
    tn_jw_kv_string(&page->w, "usageDate", text);
}

/* Ids of an order's rows have no leading slash, those of details none before the second "providers", either. */
static void kv_identity(struct page *page, const struct tn_sim_reservation *reservation, int64_t day, bool details)
{
    const char *type = details ? "reservationDetails" : "reservationSummaries";
    const char *order = reservation->order->id;
    char id[ID_TEXT], scope[ID_TEXT / 2], name[TN_GUID_TEXT * 2 + 16];
    int year, month, number;
    tn_civil_from_days(day, &year, &month, &number);
    if (page->asked.account) {
        tn_sim_asked_text(&page->asked, scope, sizeof scope);
        snprintf(name, sizeof name, "%s_Id%lld", type, (long long)page->place);
        snprintf(id, sizeof id, "/%s/providers/Microsoft.Consumption/%s/%s", scope, type, name);
    } else {
        snprintf(name, sizeof name, "%s_%s_%04d%02d%02d", order, reservation->id, year, month, number);
        snprintf(id, sizeof id,
                 "providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s%sproviders/"
                 "Microsoft.Consumption/%s/%04d%02d%02d",
                 order, reservation->id, details ? "" : "/", type, year, month, number);
    }
    tn_jw_kv_string(&page->w, "id", id);
    tn_jw_kv_string(&page->w, "name", name);
    tn_jw_kv_string(&page->w, "type",
                    details ? "Microsoft.Consumption/reservationDetails"
                            : "Microsoft.Consumption/reservationSummaries");
    tn_jw_key(&page->w, "tags");
    tn_jw_null(&page->w);
}

/* Only the scopes of Microsoft.Capacity tell of quantities. */
static void write_quantities(struct tn_json_writer *w, int64_t quantity, double mean)
{
    double used = (double)quantity * mean / 100;
    tn_jw_kv_int(w, "purchasedQuantity", quantity);
    tn_jw_kv_double(w, "remainingQuantity", (double)quantity - used);
    tn_jw_kv_int(w, "totalReservedQuantity", quantity);
    tn_jw_kv_double(w, "usedQuantity", used);
    tn_jw_kv_double(w, "utilizedPercentage", mean);
}

static void write_summary(struct page *page, const struct tn_sim_reservation *reservation, struct tn_sim_span days)
{
    struct tn_json_writer *w = &page->w;
    struct tn_sim_usage usage = tn_sim_usage_over(reservation, days, page->now_seconds);
    double mean = usage.used_hours / usage.reserved_hours * 100;
    int64_t day = page->monthly ? tn_sim_span_month(days.first).first : days.first;
    tn_jw_object(w);
    kv_identity(page, reservation, day, false);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationOrderId", reservation->order->id);
    tn_jw_kv_string(w, "reservationId", reservation->id);
    tn_jw_kv_string(w, "skuName", reservation->sku);
    if (!page->asked.account)
        tn_jw_kv_string(w, "kind", "Reservation");
    tn_jw_kv_double(w, "reservedHours", usage.reserved_hours);
    kv_day(page, day);
    tn_jw_kv_double(w, "usedHours", usage.used_hours);
    tn_jw_kv_double(w, "minUtilizationPercentage", usage.least);
    tn_jw_kv_double(w, "avgUtilizationPercentage", mean);
    tn_jw_kv_double(w, "maxUtilizationPercentage", usage.most);
    if (!page->asked.account)
        write_quantities(w, reservation->quantity, mean);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static void add_summaries(struct page *page, const struct tn_sim_reservation *reservation)
{
    struct tn_sim_span days = tn_sim_usage_span(reservation, page->now_seconds);
    days = tn_sim_span_cut(days, page->days);
    while (days.first <= days.last && !page->more) {
        struct tn_sim_span row = {days.first, days.first};
        if (page->monthly)
            row = tn_sim_span_cut(days, tn_sim_span_month(days.first));
        if (is_on(page))
            write_summary(page, reservation, row);
        days.first = row.last + 1;
    }
}

/* ---- details ---------------------------------------------------------------------------------------------------- */

/* "DSv3 Series" for Standard_D2s_v3: sizes of one series stand in for each other. */
static void kv_flexibility(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    char family[8] = "", features[8] = "", group[40] = "NA";
    int size, version;
    if (reservation->flexible &&
        sscanf(reservation->sku, "Standard_%7[A-Z]%d%7[a-z]_v%d", family, &size, features, &version) == 4) {
        for (char *at = features; *at; at++)
            *at = (char)(*at - 'a' + 'A');
        snprintf(group, sizeof group, "%s%sv%d Series", family, features, version);
    }
    tn_jw_kv_string(w, "instanceFlexibilityGroup", group);
    tn_jw_kv_string(w, "instanceFlexibilityRatio", "1");
}

/* The resource's id is spelled as whoever reported it did: differently on other days. */
static void kv_instance(struct tn_json_writer *w, const struct tn_sim_reservation *reservation, int64_t day, int number)
{
    const char *subscription = reservation->order->customer->subscription;
    const char *type = strcmp(reservation->kind, "Microsoft.Compute") == 0 ? "virtualMachines" : "instances";
    char id[ID_TEXT];
    snprintf(id, sizeof id, "/subscriptions/%s/resourceGroups/%.8s/providers/%s/%s/%s-%02d", subscription,
             reservation->id, reservation->kind, type, day % 2 ? "Node" : "node", number + 1);
    if (day % 2)
        tn_id_fold(id);
    tn_jw_kv_string(w, "instanceId", id);
}

static void write_detail(struct page *page, const struct tn_sim_reservation *reservation, int64_t day, int number,
                         double hours)
{
    struct tn_json_writer *w = &page->w;
    tn_jw_object(w);
    kv_identity(page, reservation, day, true);
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "reservationOrderId", reservation->order->id);
    tn_jw_kv_string(w, "reservationId", reservation->id);
    kv_flexibility(w, reservation);
    tn_jw_kv_string(w, "skuName", reservation->sku);
    kv_day(page, day);
    kv_instance(w, reservation, day, number);
    tn_jw_kv_int(w, "totalReservedQuantity", reservation->quantity);
    tn_jw_kv_string(w, "kind", "Reservation");
    tn_jw_kv_int(w, "reservedHours", reservation->quantity * HOURS);
    tn_jw_kv_double(w, "usedHours", hours);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

/* The used hours of a day are those of as few resources as can have used them. */
static void add_details(struct page *page, const struct tn_sim_reservation *reservation)
{
    struct tn_sim_span days = tn_sim_usage_span(reservation, page->now_seconds);
    days = tn_sim_span_cut(days, page->days);
    for (; days.first <= days.last && !page->more; days.first++) {
        struct tn_sim_span day = {days.first, days.first};
        double left = tn_sim_usage_over(reservation, day, page->now_seconds).used_hours;
        for (int number = 0; left > 0 && !page->more; number++) {
            double hours = left < HOURS ? left : HOURS;
            if (is_on(page))
                write_detail(page, reservation, days.first, number, hours);
            left -= hours;
        }
    }
}

/* ---- the lists -------------------------------------------------------------------------------------------------- */

static void add_order(struct page *page, const struct tn_sim_order *order,
                      void (*add)(struct page *page, const struct tn_sim_reservation *reservation))
{
    for (const struct tn_sim_reservation *one = order->first; one && !page->more; one = one->next_in_order)
        add(page, one);
}

static void add_all(struct page *page, void (*add)(struct page *page, const struct tn_sim_reservation *reservation))
{
    struct tn_sim_customer *const *customers;
    size_t count = tn_sim_asked_customers(page->call, &customers);
    for (size_t i = 0; i < count; i++) {
        const struct tn_sim_order *order = customers[i]->first_order;
        for (; order && !page->more; order = order->next)
            add_order(page, order, add);
    }
}

static void answer(struct page *page, void (*add)(struct page *page, const struct tn_sim_reservation *reservation))
{
    page->w = tn_sim_answer_json(page->call->answer, 200);
    tn_jw_object(&page->w);
    tn_jw_key(&page->w, "value");
    tn_jw_array(&page->w);
    if (page->asked.reservation)
        add(page, page->asked.reservation);
    else if (page->asked.order)
        add_order(page, page->asked.order, add);
    else
        add_all(page, add);
    tn_jw_array_end(&page->w);
    if (page->more)
        tn_sim_arm_next_link(page->call, &page->w, "$skiptoken", page->place);
    tn_jw_object_end(&page->w);
}

void tn_sim_usage_summaries(struct tn_sim_call *call)
{
    struct page page;
    if (read_request(call, &page, false))
        answer(&page, add_summaries);
}

void tn_sim_usage_details(struct tn_sim_call *call)
{
    struct page page;
    if (read_request(call, &page, true))
        answer(&page, add_details);
}
