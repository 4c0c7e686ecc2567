/* /_simulator/…: see control.h. */
#include "simulator/control.h"

#include <string.h>

#include "base/id.h"
#include "simulator/operation.h"
#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/support.h"

#define NO_CONSENT 65001 /* the code that asking for a token then meets */

void tn_sim_control_error(struct tn_sim_call *call, int status, const char *message)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "error", message);
    tn_jw_object_end(&w);
}

void tn_sim_control_effects(struct tn_sim_call *call)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_book_write(&call->simulator->book, &w);
}

/* Two rows may serve one operation; they are counted together under its first. */
static uint64_t served(const struct tn_sim_book *book, size_t row)
{
    uint64_t count = 0;
    for (size_t i = 0; tn_sim_routes[i].method; i++) {
        if (strcmp(tn_sim_routes[i].operation, tn_sim_routes[row].operation) != 0)
            continue;
        if (i < row)
            return 0;
        count += book->served[i];
    }
    return count;
}

/* What is served, in the order in which it is looked for. */
void tn_sim_control_routes(struct tn_sim_call *call)
{
    static const char *const services[] = {[TN_SIM_LOGIN] = "login",
                                           [TN_SIM_ARM] = "arm",
                                           [TN_SIM_PARTNER_CENTER] = "partner_center",
                                           [TN_SIM_WEB] = "plain",
                                           [TN_SIM_CONTROL] = "control"};
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_array(&w);
    for (const struct tn_sim_route *route = tn_sim_routes; route->method; route++) {
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "service", services[route->service]);
        tn_jw_kv_string(&w, "method", route->method);
        tn_jw_kv_string(&w, "path", route->path);
        tn_jw_kv_string(&w, "operation", route->operation);
        if (route->action)
            tn_jw_kv_string(&w, "action", route->action);
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
}

void tn_sim_control_state(struct tn_sim_call *call)
{
    const struct tn_simulator *simulator = call->simulator;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_sim_book_counts(&simulator->book, &w);
    tn_jw_key(&w, "requests");
    tn_jw_object(&w);
    for (size_t row = 0; tn_sim_routes[row].method; row++) {
        uint64_t count = tn_sim_routes[row].service == TN_SIM_CONTROL ? 0 : served(&simulator->book, row);
        if (count)
            tn_jw_kv_int(&w, tn_sim_routes[row].operation, (int64_t)count);
    }
    tn_jw_object_end(&w);
    tn_jw_kv_int(&w, "faults", (int64_t)simulator->faults.met);
    tn_jw_kv_int(&w, "unknown", (int64_t)simulator->book.unknown);
    tn_jw_kv_int(&w, "pending", (int64_t)tn_sim_operations_count(simulator));
    tn_jw_kv_int(&w, "customers", (int64_t)simulator->world.customer_count);
    tn_jw_kv_int(&w, "reservations", (int64_t)simulator->world.reservation_count);
    tn_jw_object_end(&w);
}

static void write_reservation(struct tn_json_writer *w, const struct tn_sim_reservation *reservation)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", reservation->id);
    tn_jw_kv_string(w, "order", reservation->order->id);
    tn_jw_kv_string(w, "name", tn_sim_settings_as(reservation, reservation->history.latest)->name);
    tn_jw_kv_string(w, "sku", reservation->sku);
    tn_jw_kv_string(w, "type", reservation->type);
    tn_jw_kv_int(w, "quantity", reservation->quantity);
    tn_jw_kv_string(w, "state", tn_sim_state_name(reservation->history.latest->state));
    tn_jw_key(w, "utilization");
    if (reservation->grains)
        tn_jw_double(w, reservation->utilization[2]);
    else
        tn_jw_null(w);
    tn_jw_kv_bool(w, "refundable", reservation->refundable);
    tn_jw_kv_string(w, "refuses", reservation->refuses);
    tn_jw_object_end(w);
}

static void write_customer(struct tn_json_writer *w, const struct tn_sim_customer *customer, int64_t now_ms)
{
    struct tn_money consumed = tn_sim_currency_money(&tn_sim_currencies[0], customer->consumed_cents);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", customer->id);
    tn_jw_kv_string(w, "name", customer->name);
    tn_jw_kv_string(w, "domain", customer->domain);
    tn_jw_kv_string(w, "country", customer->country);
    tn_jw_kv_string(w, "currency", customer->currency->code);
    tn_jw_kv_bool(w, "consent", !customer->consent_code);
    tn_jw_kv_bool(w, "rights", !customer->rights_missing);
    tn_jw_kv_money(w, "refunded", &consumed);
    tn_jw_key(w, "subscriptions");
    tn_jw_array(w);
    tn_jw_string(w, customer->subscription);
    tn_jw_string(w, customer->spare);
    tn_jw_array_end(w);
    tn_jw_key(w, "reservations");
    tn_jw_array(w);
    for (const struct tn_sim_reservation *one = customer->first; one; one = one->next_of_customer) {
        if (tn_sim_history_at(&one->history, now_ms))
            write_reservation(w, one);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

void tn_sim_control_world(struct tn_sim_call *call)
{
    const struct tn_sim_world *world = &call->simulator->world;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "tenant", world->partner->id);
    tn_jw_kv_int(&w, "seed", (int64_t)world->seed);
    tn_jw_key(&w, "customers");
    tn_jw_array(&w);
    for (size_t i = 0; i < world->customer_count; i++)
        write_customer(&w, world->customers[i], tn_loop_now_ms(call->simulator->loop));
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
}

static struct tn_sim_customer *named_customer(const struct tn_sim_world *world, const char *name)
{
    char id[TN_GUID_TEXT];
    struct tn_sim_customer *customer = tn_sim_customer_find(world, name);
    tn_guid_derive(id, name);
    return customer ? customer : tn_sim_customer_find(world, id);
}

static struct tn_sim_reservation *named_reservation(const struct tn_sim_world *world, const char *name)
{
    char id[TN_GUID_TEXT];
    tn_guid_derive(id, name);
    return tn_sim_reservation_find(world, id);
}

static bool names_customers(const struct tn_sim_world *world, struct tn_json list)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);) {
        const char *name = tn_json_string(it.value, "", NULL);
        if (!name || !named_customer(world, name))
            return false;
    }
    return true;
}

static void set_consent(const struct tn_sim_world *world, struct tn_json list, int code)
{
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it);)
        named_customer(world, tn_json_string(it.value, "", NULL))->consent_code = code;
}

/* Refused as a whole when one of its words is. NULL: done. */
static const char *change_world(struct tn_simulator *simulator, struct tn_json root)
{
    double factor = 1;
    struct tn_json lost = tn_json_find(root, "no_consent"), regained = tn_json_find(root, "consent");
    struct tn_json withheld = tn_json_find(root, "withhold_credits");
    bool given = tn_json_type_of(root, "prices") != TN_JSON_ABSENT, close = false;
    const char *answer = tn_json_string(root, "support.answers", NULL);
    if (given && (!tn_json_double(root, "prices", &factor) || factor <= 0 || factor > 10))
        return "world: prices is a factor above 0, such as 0.9";
    tn_json_bool(root, "support.closes", &close);
    if (tn_json_type_of(root, "support") != TN_JSON_ABSENT && !answer)
        return "world: support says something, such as {\"answers\": \"It is done.\", \"closes\": true}";
    if (!names_customers(&simulator->world, lost) || !names_customers(&simulator->world, regained))
        return "world: consent or no_consent names a customer that is not there";
    for (struct tn_json_iter it = tn_json_each(withheld); tn_json_next(&it);) {
        const char *name = tn_json_string(it.value, "", NULL);
        if (!name || !named_reservation(&simulator->world, name))
            return "world: withhold_credits names a reservation that is not there";
    }
    for (struct tn_json_iter it = tn_json_each(withheld); tn_json_next(&it);)
        named_reservation(&simulator->world, tn_json_string(it.value, "", NULL))->credit_withheld = true;
    set_consent(&simulator->world, lost, NO_CONSENT);
    set_consent(&simulator->world, regained, 0);
    simulator->price_permille = (int64_t)(factor * 1000 + 0.5);
    if (answer && !tn_sim_support_answer(simulator, answer, close))
        return "world: out of memory";
    return NULL;
}

void tn_sim_control_set_world(struct tn_sim_call *call)
{
    struct tn_json root;
    const char *problem = "world: not a JSON object such as {\"prices\": 0.9}";
    if (tn_sim_call_json(call, &root))
        problem = change_world(call->simulator, root);
    if (problem)
        tn_sim_control_error(call, 400, problem);
    else
        tn_sim_control_state(call);
}

void tn_sim_control_faults(struct tn_sim_call *call)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_faults_write(&call->simulator->faults, &w);
}

void tn_sim_control_set_faults(struct tn_sim_call *call)
{
    struct tn_json root;
    struct tn_err err = {0};
    if (!tn_sim_call_json(call, &root))
        tn_sim_control_error(call, 400, "faults: not a JSON object such as {\"drop\": 0.05}");
    else if (tn_sim_faults_set(&call->simulator->faults, root, &err) < 0)
        tn_sim_control_error(call, 400, err.msg);
    else
        tn_sim_control_faults(call);
}
