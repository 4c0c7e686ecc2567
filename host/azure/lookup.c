/* Looking up what a call leaves open: see lookup.h. */
#include "azure/lookup.h"

#include <stdio.h>
#include <string.h>

#include "azure/lookup_ticket.h"
#include "azure/policy.h"
#include "base/id.h"

/* Whether what is known of a reservation decides, before anything is sent, whether it can be done. */
static bool is_weighed(const struct tn_call *call)
{
    return call->op->policy & TN_POLICY_LOOKS;
}

/* The first reservation argument of a call that leaves something open, or else the last; NULL when it has none. */
static struct tn_argument_value *reservation_of(struct tn_call *call)
{
    struct tn_argument_value *last = NULL;
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        if (call->op->arguments[i].type != TN_TYPE_RESERVATION || !call->values.of[i].given)
            continue;
        last = &call->values.of[i];
        if (!last->order || (is_weighed(call) && !last->facts))
            break;
    }
    return last;
}

/* The reservations that a call would give back; NULL when it names none. */
static struct tn_argument_value *returned_of(struct tn_call *call)
{
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        if (call->op->arguments[i].type == TN_TYPE_RETURNS && call->values.of[i].given)
            return &call->values.of[i];
    }
    return NULL;
}

/* Of one of them its order, or how many it has. */
static bool leaves_open(const struct tn_argument_value *returned)
{
    for (size_t i = 0; i < returned->returned_count; i++) {
        if (!returned->returned[i].order[0] || !returned->returned[i].quantity)
            return true;
    }
    return false;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static void on_errand_done(struct tn_call *errand)
{
    struct tn_lookup *lookup = errand->owner;
    lookup->err = errand->err;
    lookup->read(lookup, errand);
    tn_errand_end(tn_engine_caller(lookup->engine), &lookup->errand);
    lookup->done(lookup);
}

int tn_lookup_ask(struct tn_lookup *lookup, struct tn_errand *errand,
                  void (*read)(struct tn_lookup *lookup, const struct tn_call *errand), struct tn_err *err)
{
    errand->tenant = lookup->call->tenant;
    errand->L = lookup->call->L;
    errand->done = on_errand_done;
    errand->owner = lookup;
    lookup->read = read;
    int rc = tn_errand_start(tn_engine_caller(lookup->engine), errand, &lookup->errand, err);
    return rc < 0 ? rc : 1; /* the lookup may be gone already */
}

/* ---- reservations ------------------------------------------------------------------------------------------------ */

/* A reservation of the list by its GUID. TENURE_ENOENT: there is none. */
static int find_reservation(const struct tn_call *list, const char *wanted, char order[37], struct tn_facts *facts,
                            struct tn_err *err)
{
    for (size_t page = 0; page < list->page_count; page++) {
        struct tn_json items = tn_call_items(list->op, tn_json_root(list->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
            char reservation[37];
            const char *id = tn_json_string(it.value, "id", NULL);
            if (!id || !tn_reservation_id_parse(id, order, reservation) || !tn_id_equal(reservation, wanted))
                continue;
            tn_facts_read(it.value, facts);
            return TENURE_OK;
        }
    }
    return tn_err_set(err, TENURE_ENOENT, "no reservation %s in tenant %s", wanted,
                      list->tenant ? list->tenant : "of the partner");
}

static void read_order(struct tn_lookup *lookup, const struct tn_call *list)
{
    struct tn_argument_value *wanted = reservation_of(lookup->call);
    char order[37];
    struct tn_facts facts;
    if (lookup->err.code < 0 || find_reservation(list, wanted->text, order, &facts, &lookup->err) < 0 ||
        tn_argument_learn(wanted, &facts, &lookup->err) < 0)
        return;
    wanted->order = strdup(order);
    if (!wanted->order)
        tn_err_no_memory(&lookup->err);
}

/* Of all that is given back: none without an order and a quantity is left. */
static void read_returned(struct tn_lookup *lookup, const struct tn_call *list)
{
    const struct tn_argument_value *wanted = returned_of(lookup->call);
    for (size_t i = 0; lookup->err.code == 0 && i < wanted->returned_count; i++) {
        struct tn_returned *one = &wanted->returned[i];
        char order[37];
        if (find_reservation(list, one->reservation, order, &one->facts, &lookup->err) < 0)
            return;
        snprintf(one->order, sizeof one->order, "%s", order);
        one->quantity = one->quantity ? one->quantity : one->facts.quantity;
        if (one->quantity <= 0)
            tn_err_set(&lookup->err, TENURE_EPROTO, "reservations.list: the answer has no quantity of %s",
                       one->reservation);
    }
}

/* None at all would be looked up again, for ever. */
static void read_quantity(struct tn_lookup *lookup, const struct tn_call *errand)
{
    struct tn_argument_value *wanted = reservation_of(lookup->call);
    if (lookup->err.code < 0)
        return;
    struct tn_facts facts;
    tn_facts_read(tn_json_root(errand->pages[0]), &facts);
    if (tn_argument_learn(wanted, &facts, &lookup->err) == TENURE_OK && wanted->integer <= 0)
        tn_err_set(&lookup->err, TENURE_EPROTO, "reservations.get: the answer has no quantity");
}

/* It may be gone, or not be ours to read: then nothing is known of it, and the service decides. */
static void read_facts(struct tn_lookup *lookup, const struct tn_call *errand)
{
    struct tn_facts facts = {0};
    if (lookup->err.code == 0)
        tn_facts_read(tn_json_root(errand->pages[0]), &facts);
    lookup->err = (struct tn_err){0};
    tn_argument_learn(reservation_of(lookup->call), &facts, &lookup->err);
}

/* Whether the whole reservation is meant, and nobody has said yet how much that is. */
static bool wants_quantity(const struct tn_call *call, const struct tn_argument_value *reservation)
{
    return reservation && reservation->integer <= 0 && tn_argument_index(call->op, "quantity") >= 0 &&
           !tn_call_argument(call, "quantity")->given;
}

static int look_for_reservation(struct tn_lookup *lookup, struct tn_err *err)
{
    const struct tn_argument_value *reservation = reservation_of(lookup->call), *returned = returned_of(lookup->call);
    struct tn_errand errand = {0};
    char id[128];
    if (returned && leaves_open(returned)) {
        errand.op = tn_operation_find("reservations", "list");
        return tn_lookup_ask(lookup, &errand, read_returned, err);
    }
    if (reservation && !reservation->order) {
        errand.op = tn_operation_find("reservations", "list");
        return tn_lookup_ask(lookup, &errand, read_order, err);
    }
    bool weigh = reservation && is_weighed(lookup->call) && !reservation->facts;
    if (!weigh && !wants_quantity(lookup->call, reservation))
        return 0;
    errand.op = tn_operation_find("reservations", "get");
    snprintf(id, sizeof id, "%s/%s", reservation->order, reservation->text);
    errand.id = id;
    return tn_lookup_ask(lookup, &errand, weigh ? read_facts : read_quantity, err);
}

/* ---- customers --------------------------------------------------------------------------------------------------- */

/* Which argument of a call to Partner Center names the customer by a domain; -1: none. */
static int domain_of(const struct tn_call *call)
{
    for (int i = 0; call->op->service == TN_SERVICE_PARTNER_CENTER && call->op->arguments[i].name; i++) {
        const struct tn_argument_value *value = &call->values.of[i];
        if (call->op->arguments[i].type == TN_TYPE_CUSTOMER && value->given &&
            !tn_guid_valid(value->text, strlen(value->text)))
            return i;
    }
    return -1;
}

/* The id of the customer with this very domain: the service looks for beginnings. NULL: there is none. */
static const char *find_customer(const struct tn_call *list, const char *wanted)
{
    for (size_t page = 0; page < list->page_count; page++) {
        struct tn_json items = tn_call_items(list->op, tn_json_root(list->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
            const char *domain = tn_json_string(it.value, "companyProfile.domain", NULL);
            const char *id = tn_json_string(it.value, "id", NULL);
            if (domain && tn_id_equal(domain, wanted) && id && tn_guid_valid(id, strlen(id)))
                return id;
        }
    }
    return NULL;
}

static void read_customer(struct tn_lookup *lookup, const struct tn_call *list)
{
    struct tn_call *call = lookup->call;
    int customer = domain_of(call);
    if (lookup->err.code < 0)
        return;
    const char *domain = call->values.of[customer].text, *id = find_customer(list, domain);
    if (id)
        tn_values_set_text(call->op, &call->values, (size_t)customer, id, &lookup->err);
    else
        tn_err_set(&lookup->err, TENURE_ENOENT,
                   "%s.%s: no customer of the partner has the default domain '%s': name its tenant id",
                   call->op->module, call->op->name, domain);
}

static int look_for_customer(struct tn_lookup *lookup, struct tn_err *err)
{
    int customer = domain_of(lookup->call);
    if (customer < 0)
        return 0;
    struct tn_errand errand = {.op = tn_operation_find("customers", "list"),
                               .option = "domain",
                               .value = lookup->call->values.of[customer].text};
    return tn_lookup_ask(lookup, &errand, read_customer, err);
}

/* ---- doors ------------------------------------------------------------------------------------------------------- */

int tn_lookup_start(struct tn_lookup *lookup, struct tn_engine *engine, struct tn_call *call, struct tn_err *err)
{
    lookup->engine = engine;
    lookup->call = call;
    /* whom support answers is known without a request, so that its lack is told before any */
    int rc = tn_support_contact_fill(&tn_engine_ticket_facts(engine)->contact, call->op, &call->values, err);
    if (rc == TENURE_OK)
        rc = look_for_customer(lookup, err);
    if (rc == TENURE_OK)
        rc = look_for_reservation(lookup, err);
    /* what was looked up may stand against what was said */
    if (rc == 0 && call->op->check)
        rc = call->op->check(call->op, &call->values, err);
    return rc == 0 ? tn_lookup_ticket(lookup, err) : rc;
}

void tn_lookup_cancel(struct tn_lookup *lookup)
{
    if (lookup->engine)
        tn_errand_end(tn_engine_caller(lookup->engine), &lookup->errand);
}
