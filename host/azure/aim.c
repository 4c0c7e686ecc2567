/* What effects act on: see aim.h. */
#include "azure/aim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"

void tn_aim_deinit(struct tn_aim *aim)
{
    free(aim->of);
    *aim = (struct tn_aim){0};
}

static int set(struct tn_aim *aim, const struct tn_returned *of, size_t count, struct tn_err *err)
{
    aim->of = count ? malloc(count * sizeof *of) : NULL;
    if (count && !aim->of)
        return tn_err_no_memory(err);
    for (aim->count = 0; aim->count < count; aim->count++) {
        struct tn_returned *one = &aim->of[aim->count];
        *one = of[aim->count];
        tn_id_fold(one->order);
        tn_id_fold(one->reservation);
    }
    return TENURE_OK;
}

int tn_aim_at_reservation(struct tn_aim *aim, const struct tn_operation *op, const struct tn_returned *one,
                          struct tn_err *err)
{
    tn_aim_deinit(aim);
    aim->op = op;
    if (one && op->probe == TN_PROBE_GONE)
        snprintf(aim->order, sizeof aim->order, "%s", one->order);
    return one ? set(aim, one, 1, err) : TENURE_OK;
}

int tn_aim_at_quote(struct tn_aim *aim, const struct tn_operation *op, const struct tn_quote *quote, struct tn_err *err)
{
    struct tn_returned one = {.quantity = quote->quantity};
    tn_aim_deinit(aim);
    aim->op = op;
    if (op->probe == TN_PROBE_ORDER) {
        snprintf(aim->order, sizeof aim->order, "%s", quote->order);
        return TENURE_OK;
    }
    if (op->probe == TN_PROBE_RESULT) {
        const struct tn_argument_value *asked = tn_values_get(quote->op, quote->asked, "exchange");
        snprintf(aim->session, sizeof aim->session, "%s", quote->session);
        return set(aim, asked->returned, asked->returned_count, err);
    }
    snprintf(one.order, sizeof one.order, "%s", quote->order);
    snprintf(one.reservation, sizeof one.reservation, "%s", quote->reservation);
    return set(aim, &one, 1, err);
}

/* The session stands beside it in a request anyway. */
static void write_returned(const struct tn_aim *aim, struct tn_json_writer *w)
{
    tn_jw_key(w, "returned");
    tn_jw_array(w);
    for (size_t i = 0; i < aim->count; i++) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "order", aim->of[i].order);
        tn_jw_kv_string(w, "reservation", aim->of[i].reservation);
        tn_jw_kv_int(w, "quantity", aim->of[i].quantity);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

void tn_aim_write(const struct tn_aim *aim, struct tn_json_writer *w)
{
    if (aim->op->probe == TN_PROBE_ORDER) {
        tn_jw_kv_string(w, "order", aim->order);
        return;
    }
    if (aim->op->probe == TN_PROBE_RESULT) {
        write_returned(aim, w);
        return;
    }
    if (aim->count == 0)
        return;
    tn_jw_kv_string(w, "order", aim->of[0].order);
    tn_jw_kv_string(w, "reservation", aim->of[0].reservation);
}

/* False: it is not what a request says there. */
static bool read_one(struct tn_json item, struct tn_returned *one)
{
    const char *order = tn_json_string(item, "order", NULL), *reservation = tn_json_string(item, "reservation", NULL);
    if (!order || !reservation || !tn_json_int(item, "quantity", &one->quantity))
        return false;
    snprintf(one->order, sizeof one->order, "%s", order);
    snprintf(one->reservation, sizeof one->reservation, "%s", reservation);
    return true;
}

static int read_returned(struct tn_aim *aim, struct tn_json list, struct tn_err *err)
{
    size_t count = tn_json_length(list);
    aim->of = count ? calloc(count, sizeof *aim->of) : NULL;
    if (count && !aim->of)
        return tn_err_no_memory(err);
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it) && aim->count < count;) {
        if (!read_one(it.value, &aim->of[aim->count++]))
            return tn_err_set(err, TENURE_EPROTO, "the ledger does not say what this effect was to give back");
    }
    return TENURE_OK;
}

static int read_request(struct tn_aim *aim, struct tn_json request, struct tn_err *err)
{
    const char *order = tn_json_string(request, "order", NULL), *session = tn_json_string(request, "session", NULL);
    if (aim->op->probe == TN_PROBE_ORDER) {
        snprintf(aim->order, sizeof aim->order, "%s", order ? order : "");
        return TENURE_OK;
    }
    snprintf(aim->session, sizeof aim->session, "%s", session ? session : "");
    return read_returned(aim, tn_json_find(request, "returned"), err);
}

int tn_aim_read(struct tn_aim *aim, lua_State *L, const struct tn_operation *op, const char *subject, int64_t quantity,
                const char *request, struct tn_err *err)
{
    struct tn_returned one = {.quantity = quantity};
    struct tn_json_doc *doc = NULL;
    tn_aim_deinit(aim);
    aim->op = op;
    if (op->probe == TN_PROBE_RESERVATION || op->probe == TN_PROBE_GONE) {
        bool known = subject && tn_reservation_id_parse(subject, one.order, one.reservation) &&
                     (op->probe == TN_PROBE_GONE || one.reservation[0]);
        return known ? tn_aim_at_reservation(aim, op, &one, err) : TENURE_OK;
    }
    if (!request)
        return TENURE_OK;
    int rc = tn_json_parse(L, request, strlen(request), 0, &doc, err);
    if (rc == TENURE_OK)
        rc = read_request(aim, tn_json_root(doc), err);
    tn_json_close(doc);
    return rc;
}

size_t tn_aim_next_order(const struct tn_aim *aim, size_t at)
{
    for (at++; at < aim->count; at++) {
        size_t before = 0;
        while (before < at && !tn_id_equal(aim->of[before].order, aim->of[at].order))
            before++;
        if (before == at)
            break;
    }
    return at;
}

bool tn_aim_known(const struct tn_aim *aim)
{
    return aim->count > 0 || aim->order[0];
}
