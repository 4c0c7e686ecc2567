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
    snprintf(one.order, sizeof one.order, "%s", quote->order);
    snprintf(one.reservation, sizeof one.reservation, "%s", quote->reservation);
    return set(aim, &one, 1, err);
}

void tn_aim_write(const struct tn_aim *aim, struct tn_json_writer *w)
{
    if (aim->op->probe == TN_PROBE_ORDER) {
        tn_jw_kv_string(w, "order", aim->order);
        return;
    }
    if (aim->count == 0)
        return;
    tn_jw_kv_string(w, "order", aim->of[0].order);
    tn_jw_kv_string(w, "reservation", aim->of[0].reservation);
}

static void read_request(struct tn_aim *aim, struct tn_json request)
{
    const char *order = tn_json_string(request, "order", NULL);
    if (aim->op->probe == TN_PROBE_ORDER)
        snprintf(aim->order, sizeof aim->order, "%s", order ? order : "");
}

int tn_aim_read(struct tn_aim *aim, lua_State *L, const struct tn_operation *op, const char *subject, int64_t quantity,
                const char *request, struct tn_err *err)
{
    struct tn_returned one = {.quantity = quantity};
    struct tn_json_doc *doc = NULL;
    tn_aim_deinit(aim);
    aim->op = op;
    if (op->probe == TN_PROBE_RESERVATION)
        return subject && tn_reservation_id_parse(subject, one.order, one.reservation) && one.reservation[0]
                   ? set(aim, &one, 1, err)
                   : TENURE_OK;
    if (!request)
        return TENURE_OK;
    int rc = tn_json_parse(L, request, strlen(request), 0, &doc, err);
    if (rc == TENURE_OK)
        read_request(aim, tn_json_root(doc));
    tn_json_close(doc);
    return rc;
}

bool tn_aim_known(const struct tn_aim *aim)
{
    return aim->count > 0 || aim->order[0];
}
