/* What the service answers: see service_inside.h. */
#include <stdio.h>
#include <stdlib.h>

#include "service_inside.h"

struct tn_json_writer begin(struct service_answer *answer, int status)
{
    struct tn_json_writer w;
    answer->status = status;
    tn_buf_reset(&answer->body);
    tn_jw_init(&w, &answer->body);
    tn_jw_object(&w);
    return w;
}

void refuse(struct service_answer *answer, int status, const char *code)
{
    struct tn_json_writer w = begin(answer, status);
    tn_jw_key(&w, "error");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "code", code);
    tn_jw_kv_string(&w, "message", "The model service says no.");
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}

void write_amount(struct tn_json_writer *w, const char *name, const char *currency, int64_t cents)
{
    char number[32];
    long long whole = llabs(cents);
    int len = snprintf(number, sizeof number, "%s%lld.%02lld", cents < 0 ? "-" : "", whole / 100, whole % 100);
    tn_jw_key(w, name);
    tn_jw_object(w);
    tn_jw_kv_string(w, "currencyCode", currency);
    tn_jw_key(w, "amount");
    tn_jw_raw(w, number, (size_t)len);
    tn_jw_object_end(w);
}

void write_reservation_id(const struct service *service, struct tn_json_writer *w, const char *name, int reservation)
{
    const struct reservation *one = &service->reservations[reservation];
    char id[200];
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s",
             service->orders[one->order].id, one->id);
    tn_jw_kv_string(w, name, id);
}

static void write_reservation(const struct service *service, struct tn_json_writer *w, int index, int64_t at_ms)
{
    const struct reservation *one = &service->reservations[index];
    const struct order *order = &service->orders[one->order];
    char when[TN_TIME_TEXT];
    int changes;
    enum state state = reservation_at(service, index, at_ms, &changes);
    tn_time_format((WALL_START_MS - order->bought_ms + LIFE_DAYS * DAY_MS) / 1000, when);
    tn_jw_object(w);
    write_reservation_id(service, w, "id", index);
    tn_jw_kv_int(w, "etag", changes);
    tn_jw_kv_string(w, "location", "westeurope");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "provisioningState", state_names[state]);
    tn_jw_kv_string(w, "displayProvisioningState", state_names[state]);
    tn_jw_kv_int(w, "quantity", one->quantity);
    tn_jw_kv_string(w, "displayName", changes_name(&service->changes, one->id, at_ms));
    tn_jw_kv_string(w, "expiryDateTime", when);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

void answer_customers(const struct service *service, struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 200);
    tn_jw_kv_int(&w, "totalCount", service->customer_count);
    tn_jw_key(&w, "items");
    tn_jw_array(&w);
    for (int i = 0; i < service->customer_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "customer%d.example", i);
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "id", service->customers[i].id);
        tn_jw_key(&w, "companyProfile");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "tenantId", service->customers[i].id);
        tn_jw_kv_string(&w, "domain", name);
        tn_jw_kv_string(&w, "companyName", name);
        tn_jw_object_end(&w);
        tn_jw_kv_string(&w, "relationshipToPartner", "reseller");
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void answer_list(const struct service *service, int order, int customer, int64_t at_ms, struct service_answer *answer)
{
    struct tn_json_writer w = begin(answer, 200);
    int changes;
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (int i = 0; i < service->reservation_count; i++) {
        const struct reservation *one = &service->reservations[i];
        bool wanted = order >= 0 ? one->order == order
                                 : service->orders[one->order].customer == customer &&
                                       reservation_at(service, i, at_ms, &changes) == LIVE;
        if (wanted && one->born_ms <= at_ms)
            write_reservation(service, &w, i, at_ms);
    }
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

void answer_reservation(const struct service *service, int index, int64_t at_ms, struct service_answer *answer)
{
    struct tn_json_writer w;
    if (index < 0 || service->reservations[index].born_ms > at_ms) {
        refuse(answer, 404, "ResourceNotFound");
        return;
    }
    answer->status = 200;
    tn_buf_reset(&answer->body);
    tn_jw_init(&w, &answer->body);
    write_reservation(service, &w, index, at_ms);
}

void answer_order(const struct service *service, int status, int order, int64_t at_ms, struct service_answer *answer)
{
    const struct order *one = &service->orders[order];
    char id[128];
    if (one->born_ms > at_ms) {
        refuse(answer, 404, "ReservationOrderNotFound");
        return;
    }
    snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s", one->id);
    struct tn_json_writer w = begin(answer, status);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_kv_int(&w, "etag", 1);
    tn_jw_key(&w, "properties");
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "provisioningState",
                    one->settled_ms > at_ms ? "Creating" : state_names[order_at(service, order, at_ms)]);
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
}
