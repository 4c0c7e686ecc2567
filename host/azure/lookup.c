/* Looking up what ids leave open: see lookup.h. */
#include "azure/lookup.h"

#include <stdio.h>
#include <string.h>

#include "azure/errand.h"
#include "base/id.h"

/* The reservation argument of a call; NULL when it has none. */
static struct tn_argument_value *reservation_of(struct tn_call *call)
{
    for (size_t i = 0; call->op->arguments[i].name; i++) {
        if (call->op->arguments[i].type == TN_TYPE_RESERVATION && call->values.of[i].given)
            return &call->values.of[i];
    }
    return NULL;
}

static int find_in_list(const struct tn_call *list, struct tn_argument_value *wanted, struct tn_err *err)
{
    for (size_t page = 0; page < list->page_count; page++) {
        struct tn_json items = tn_call_items(list->op, tn_json_root(list->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);) {
            char order[37], reservation[37];
            const char *id = tn_json_string(it.value, "id", NULL);
            if (!id || !tn_reservation_id_parse(id, order, reservation) || !tn_id_equal(reservation, wanted->text))
                continue;
            wanted->order = strdup(order);
            tn_json_int(it.value, "properties.quantity", &wanted->integer);
            return wanted->order ? TENURE_OK : tn_err_no_memory(err);
        }
    }
    return tn_err_set(err, TENURE_ENOENT, "no reservation %s in tenant %s", wanted->text,
                      list->tenant ? list->tenant : "of the partner");
}

/* None at all would be looked up again, for ever. */
static void read_quantity(struct tn_json reservation, struct tn_argument_value *wanted, struct tn_err *err)
{
    if (!tn_json_int(reservation, "properties.quantity", &wanted->integer) || wanted->integer <= 0)
        tn_err_set(err, TENURE_EPROTO, "reservations.get: the answer has no quantity");
}

static void on_errand_done(struct tn_call *errand)
{
    struct tn_lookup *lookup = errand->owner;
    struct tn_argument_value *wanted = reservation_of(lookup->call);
    lookup->err = errand->err;
    if (errand->err.code == 0 && errand->op->paging != TN_PAGING_NONE)
        find_in_list(errand, wanted, &lookup->err);
    else if (errand->err.code == 0)
        read_quantity(tn_json_root(errand->pages[0]), wanted, &lookup->err);
    tn_errand_end(lookup->caller, &lookup->errand);
    lookup->done(lookup);
}

int tn_lookup_start(struct tn_lookup *lookup, struct tn_caller *caller, struct tn_call *call, struct tn_err *err)
{
    const struct tn_argument_value *reservation = reservation_of(call);
    struct tn_errand errand = {.tenant = call->tenant, .L = call->L, .done = on_errand_done, .owner = lookup};
    char id[128];
    if (reservation && !reservation->order) {
        errand.op = tn_operation_find("reservations", "list");
    } else if (reservation && call->op->makes_quote && reservation->integer <= 0 &&
               !tn_values_get(call->op, &call->values, "quantity")->given) {
        errand.op = tn_operation_find("reservations", "get");
        snprintf(id, sizeof id, "%s/%s", reservation->order, reservation->text);
        errand.id = id;
    } else {
        return 0;
    }
    lookup->caller = caller;
    lookup->call = call;
    int rc = tn_errand_start(caller, &errand, &lookup->errand, err);
    return rc < 0 ? rc : 1;
}

void tn_lookup_cancel(struct tn_lookup *lookup)
{
    tn_errand_end(lookup->caller, &lookup->errand);
}
