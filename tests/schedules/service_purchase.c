/* Prices, and what is bought: see service_inside.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service_inside.h"

void quote_purchase(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    char number[24], name[NAME_TEXT];
    behind(request->body, "\"quantity\":", ",}", number, sizeof number);
    behind(request->body, "\"displayName\":\"", "\"", name, sizeof name);
    int64_t quantity = atoll(number);
    int customer = customer_of(service, request);
    if (customer < 0 || quantity < 1 || !name[0] || service->price_count == MOST_PRICES) {
        refuse(answer, 400, "BadRequest");
        return;
    }
    struct price *price = &service->prices[service->price_count++];
    *price = (struct price){.customer = customer, .quantity = quantity};
    price->expires_ms = service->world->now_ms + SESSION_MS;
    price->cents = price_purchase(service, name, quantity);
    memcpy(price->name, name, sizeof name);
    chance_guid(&service->chance, price->id);
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "reservationOrderId", price->id);
    tn_jw_kv_string(&w, "skuTitle", "Whatever it is");
    write_amount(&w, "billingCurrencyTotal", currency_of(service, customer),
                 in_currency(service, customer, price->cents));
    write_amount(&w, "pricingCurrencyTotal", "USD", price->cents);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

static const struct price *find_price(const struct service *service, const char *id)
{
    for (int i = 0; i < service->price_count; i++) {
        if (strcmp(service->prices[i].id, id) == 0)
            return &service->prices[i];
    }
    return NULL;
}

/* Its index. */
static int accept(struct service *service, const struct price *price, const struct service_request *request)
{
    struct service_entry *entry = book(service, SERVICE_PURCHASE, price->customer, request);
    int64_t born_ms = entry->accepted_ms + request->late_ms;
    entry->settled_ms = born_ms + chance_between(&service->chance, 500, 60000);
    entry->failed = chance_hits(&service->chance, service->plan.fails_per_mille);
    entry->quantity = price->quantity;
    entry->worth_cents = price->cents;
    entry->pay_cents = in_currency(service, price->customer, price->cents);
    memcpy(entry->name, price->name, sizeof entry->name);
    memcpy(entry->orders[0], price->id, sizeof price->id);
    return open_order(service, price->customer, price->id, price->quantity, price->cents, born_ms, entry->settled_ms,
                      entry->failed);
}

void make_purchase(struct service *service, const struct service_request *request, struct service_answer *answer)
{
    char id[64];
    behind(request->url, "/reservationOrders/", "/?", id, sizeof id);
    const struct price *price = find_price(service, id);
    int order = find_order(service, request->url);
    int64_t now_ms = service->world->now_ms;
    if (order >= 0 && service->orders[order].born_ms <= now_ms) { /* the same once more */
        answer_order(service, 200, order, now_ms, answer);
        return;
    }
    if (!price || price->expires_ms < now_ms) {
        refuse(answer, 400, "BadRequest");
        return;
    }
    if (!has_room(service, 0, 1)) {
        refuse(answer, 400, "TooManyOrders");
        return;
    }
    order = accept(service, price, request);
    answer->accepted = true;
    answer_order(service, 202, order, service->orders[order].born_ms, answer);
    snprintf(answer->location, sizeof answer->location,
             SERVICE_URL "/providers/Microsoft.Capacity/reservationOrders/%s?api-version=2022-11-01", id);
}
