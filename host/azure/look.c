/* Looking at what an effect acts on: see look.h. */
#include "azure/look.h"

#include <stdio.h>
#include <string.h>

#include "azure/errand.h"
#include "azure/operation_result.h"
#include "base/id.h"
#include "base/text.h"

static const char *const gone[] = {"Cancelled", "Canceled", NULL};
static const char *const settled[] = {"Succeeded", "Cancelled", "Canceled", "Expired", "Failed", "BillingFailed", NULL};

/* ---- reading ---------------------------------------------------------------------------------------------------- */

void tn_look_cancel(struct tn_look *look)
{
    if (look->engine)
        tn_errand_end(tn_engine_caller(look->engine), &look->errand);
}

bool tn_look_settled(const struct tn_look *look)
{
    return look->settled;
}

bool tn_look_gone(const struct tn_look *look, int64_t quantity)
{
    return look->cancelled && look->quantity == quantity;
}

bool tn_look_live(const struct tn_look *look)
{
    size_t named = 0; /* of an order alone nothing but the order is looked at */
    for (size_t i = 0; i < look->aim->count; i++)
        named += look->aim->of[i].reservation[0] != '\0';
    return look->live == named;
}

void tn_look_release(struct tn_look *look)
{
    tn_buf_deinit(&look->json);
}

static void finish(struct tn_look *look)
{
    tn_look_cancel(look);
    look->done(look);
}

static void start_read(struct tn_look *look, const struct tn_operation *op, const char *id,
                       void (*done)(struct tn_call *call))
{
    const struct tn_errand errand = {
        .op = op, .id = id, .tenant = look->tenant, .L = look->L, .done = done, .owner = look};
    tn_look_cancel(look);
    if (tn_errand_start(tn_engine_caller(look->engine), &errand, &look->errand, &look->err) < 0)
        look->done(look);
}

/* What a read was answered; NULL: it ended here. */
static struct tn_look *answered(const struct tn_call *call)
{
    struct tn_look *look = call->owner;
    if (call->err.code == 0)
        return look;
    look->err = call->err;
    finish(look);
    return NULL;
}

/* ---- orders and their reservations ------------------------------------------------------------------------------- */

static const struct tn_returned *aimed_at(const struct tn_aim *aim, const char *reservation)
{
    for (size_t i = 0; i < aim->count; i++) {
        if (tn_id_equal(aim->of[i].reservation, reservation))
            return &aim->of[i];
    }
    return NULL;
}

static void see_aimed_at(struct tn_look *look, struct tn_json reservation, const char *state, int64_t quantity)
{
    int64_t expires_s = 0;
    look->cancelled = tn_text_among_any_case(state, gone);
    look->live += tn_text_among_any_case(state, settled) && !look->cancelled;
    look->quantity = quantity;
    if (!tn_json_time(reservation, "properties.expiryDateTime", &expires_s))
        tn_json_time(reservation, "properties.expiryDate", &expires_s);
    look->expires_s = expires_s > look->expires_s ? expires_s : look->expires_s;
}

static void write_reservation(struct tn_look *look, struct tn_json reservation)
{
    struct tn_json_writer *w = &look->writer;
    char order[37], id[37];
    int64_t quantity = 0, etag = 0;
    const char *text = tn_json_string(reservation, "id", NULL);
    if (!text || !tn_reservation_id_parse(text, order, id))
        return;
    tn_json_int(reservation, "properties.quantity", &quantity);
    tn_json_int(reservation, "etag", &etag);
    const char *state = tn_json_string(reservation, "properties.provisioningState", NULL);
    if (aimed_at(look->aim, id))
        see_aimed_at(look, reservation, state, quantity);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", id);
    tn_jw_kv_string(w, "state", state);
    tn_jw_kv_int(w, "quantity", quantity);
    tn_jw_kv_int(w, "etag", etag);
    tn_jw_object_end(w);
}

static bool has_several(const struct tn_aim *aim)
{
    return aim->count && tn_aim_next_order(aim, 0) < aim->count;
}

static void end(struct tn_look *look)
{
    if (look->json.failed)
        tn_err_no_memory(&look->err);
    finish(look);
}

static void read_order(struct tn_look *look);

static void on_reservations(struct tn_call *call)
{
    struct tn_look *look = answered(call);
    if (!look)
        return;
    struct tn_json_writer *w = &look->writer;
    tn_jw_key(w, "reservations");
    tn_jw_array(w);
    for (size_t page = 0; page < call->page_count; page++) {
        struct tn_json items = tn_call_items(call->op, tn_json_root(call->pages[page]));
        for (struct tn_json_iter it = tn_json_each(items); tn_json_next(&it);)
            write_reservation(look, it.value);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
    look->at = tn_aim_next_order(look->aim, look->at);
    read_order(look);
}

static void write_state(struct tn_look *look, const char *state)
{
    struct tn_json_writer *w = &look->writer;
    look->settled = look->settled && tn_text_among_any_case(state, settled);
    tn_jw_key(w, "order");
    tn_jw_object(w);
    tn_jw_kv_string(w, "state", state);
    tn_jw_object_end(w);
}

static const char *state_of(const struct tn_call *call)
{
    return tn_json_string(tn_json_root(call->pages[0]), "properties.provisioningState", NULL);
}

static void on_order(struct tn_call *call)
{
    struct tn_look *look = answered(call);
    if (!look)
        return;
    tn_jw_object(&look->writer);
    write_state(look, state_of(call));
    start_read(look, tn_operation_find("reservations", "list"), look->aim->of[look->at].order, on_reservations);
}

/* The order at hand, or the end of them. */
static void read_order(struct tn_look *look)
{
    if (look->at < look->aim->count) {
        start_read(look, tn_operation_find("orders", "get"), look->aim->of[look->at].order, on_order);
        return;
    }
    if (has_several(look->aim))
        tn_jw_array_end(&look->writer);
    end(look);
}

/* ---- an order that is made, or moved away --------------------------------------------------------------------------------------- */

/* One that was moved away is another directory's now: the gateway says so, as of any id of another's. */
static bool is_missing(const struct tn_look *look, const struct tn_err *err)
{
    return err->http_status == 404 || (look->aim->op->probe == TN_PROBE_GONE && err->code < 0 &&
                                       strcmp(tn_err_name(err), "InvalidAuthenticationTokenTenant") == 0);
}

static void on_made(struct tn_call *call)
{
    struct tn_look *look = call->owner;
    bool missing = is_missing(look, &call->err);
    if (!missing && !answered(call))
        return;
    tn_jw_object(&look->writer);
    if (missing)
        tn_jw_kv_string(&look->writer, "order", NULL);
    else
        write_state(look, state_of(call));
    tn_jw_object_end(&look->writer);
    end(look);
}

/* ---- a result under its own id ----------------------------------------------------------------------------------- */

static void start_orders(struct tn_look *look)
{
    if (has_several(look->aim))
        tn_jw_array(&look->writer);
    read_order(look);
}

/* Whether the result is that of an exchange: a quote's items have no status. */
static bool has_item_status(struct tn_json body)
{
    struct tn_json_iter it = tn_json_each(tn_json_find(body, "properties.reservationsToExchange"));
    return tn_json_next(&it) && tn_json_string(it.value, "status", NULL);
}

static void on_result(struct tn_call *call)
{
    struct tn_look *look = call->owner;
    if (call->err.http_status == 404) {
        start_orders(look);
        return;
    }
    /* One that ended badly is read as an error, with the body beside it. */
    struct tn_json body = call->page_count ? tn_json_root(call->pages[0]) : (struct tn_json){0};
    const char *status = tn_json_string(body, "status", NULL);
    if (!status && !answered(call))
        return;
    struct tn_json_writer *w = &look->writer;
    tn_jw_object(w);
    tn_jw_key(w, "result");
    tn_jw_object(w);
    tn_jw_kv_bool(w, "items", has_item_status(body));
    tn_jw_kv_string(w, "status", status);
    tn_jw_object_end(w);
    tn_jw_object_end(w);
    end(look);
}

void tn_look_start(struct tn_engine *engine, struct tn_look *look)
{
    look->engine = engine;
    look->err = (struct tn_err){0};
    look->settled = true;
    look->cancelled = false;
    look->live = look->at = 0;
    look->expires_s = 0;
    tn_buf_reset(&look->json);
    tn_jw_init(&look->writer, &look->json);
    if (look->aim->op->probe == TN_PROBE_ORDER || (look->aim->op->probe == TN_PROBE_GONE && !look->before)) {
        start_read(look, tn_operation_find("orders", "get"), look->aim->order, on_made);
        return;
    }
    if (look->aim->op->probe == TN_PROBE_RESULT && !look->before)
        start_read(look, &tn_capacity_result, look->aim->session, on_result);
    else
        start_orders(look);
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

struct seen {
    bool there;
    char state[32];
    int64_t quantity, etag;
};

static struct seen find(struct tn_json look, const char *reservation)
{
    struct seen seen = {0};
    for (struct tn_json_iter it = tn_json_each(tn_json_find(look, "reservations")); tn_json_next(&it);) {
        const char *id = tn_json_string(it.value, "id", NULL), *state = tn_json_string(it.value, "state", NULL);
        if (!id || !tn_id_equal(id, reservation))
            continue;
        seen.there = true;
        snprintf(seen.state, sizeof seen.state, "%s", state ? state : "");
        tn_json_int(it.value, "quantity", &seen.quantity);
        tn_json_int(it.value, "etag", &seen.etag);
        break;
    }
    return seen;
}

/* Reservations that only the later look has, alive or gone again by now: how many, and their quantity together. */
static size_t count_new(struct tn_json before, struct tn_json after, int64_t *quantity)
{
    size_t count = 0;
    *quantity = 0;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(after, "reservations")); tn_json_next(&it);) {
        const char *id = tn_json_string(it.value, "id", NULL);
        int64_t of_this = 0;
        if (!id || find(before, id).there)
            continue;
        count++;
        tn_json_int(it.value, "quantity", &of_this);
        *quantity += of_this;
    }
    return count;
}

/* Whether another reservation of the order changed as well: then a new one may be what is left of that. */
static bool another_changed(struct tn_json before, struct tn_json after, const char *reservation)
{
    for (struct tn_json_iter it = tn_json_each(tn_json_find(before, "reservations")); tn_json_next(&it);) {
        const char *id = tn_json_string(it.value, "id", NULL);
        if (!id || tn_id_equal(id, reservation))
            continue;
        struct seen was = find(before, id), is = find(after, id);
        if (!is.there || strcasecmp(was.state, is.state) != 0 || was.quantity != is.quantity)
            return true;
    }
    return false;
}

/* What ours leaves where the reservation was. False: nobody can tell. */
static bool expect(const struct tn_aim *aim, int64_t was, size_t *count, int64_t *quantity)
{
    switch (aim->op->leaves) {
    case TN_LEAVES_PARTS:
        *count = 2;
        *quantity = was;
        return true;
    case TN_LEAVES_WHOLE:
        *count = 1;
        *quantity = 0; /* of the others, too: any */
        return true;
    default:
        *quantity = was - aim->of[0].quantity;
        *count = *quantity ? 1 : 0;
        return *quantity >= 0;
    }
}

/* The reservation is gone: as ours would have left it? A merge takes others with it. */
static bool is_ours(struct tn_json before, struct tn_json after, const struct tn_aim *aim, int64_t was)
{
    size_t count;
    int64_t quantity, new_quantity;
    size_t new_count = count_new(before, after, &new_quantity);
    if (!expect(aim, was, &count, &quantity) || new_count != count)
        return false;
    if (aim->op->leaves == TN_LEAVES_WHOLE)
        return new_quantity > was;
    return new_quantity == quantity && (count == 0 || !another_changed(before, after, aim->of[0].reservation));
}

static enum tn_evidence judge(struct tn_json before, struct tn_json after, const struct tn_aim *aim, char text[256])
{
    const char *reservation = aim->count ? aim->of[0].reservation : "";
    struct seen was = find(before, reservation), is = find(after, reservation);
    const char *order_was = tn_json_string(before, "order.state", NULL);
    const char *order_is = tn_json_string(after, "order.state", NULL);
    int64_t new_quantity;
    size_t new_count = count_new(before, after, &new_quantity);
    if (!was.there || !is.there) {
        snprintf(text, 256, "the reservation is not among those of its order %s",
                 was.there ? "any more" : "in the snapshot");
        return TN_EVIDENCE_UNCLEAR;
    }
    if (!tn_text_among_any_case(order_is, settled) || !tn_text_among_any_case(is.state, settled)) {
        snprintf(text, 256, "the order is %.60s, the reservation %.30s: something is going on",
                 order_is ? order_is : "without a state", is.state);
        return TN_EVIDENCE_MOVING;
    }
    if (tn_text_among_any_case(is.state, gone) && !tn_text_among_any_case(was.state, gone)) {
        /* What was under way before it was sent is somebody else's. */
        bool happened = tn_text_among_any_case(was.state, settled) && is_ours(before, after, aim, was.quantity);
        snprintf(text, 256,
                 "the reservation was %.30s with %lld and is %.30s now; %zu new in its order, of %lld in all, %s",
                 was.state, (long long)was.quantity, is.state, new_count, (long long)new_quantity,
                 happened ? "as ours leaves it" : "which is not what ours leaves");
        return happened ? TN_EVIDENCE_HAPPENED : TN_EVIDENCE_UNCLEAR;
    }
    bool same = strcasecmp(was.state, is.state) == 0 && was.quantity == is.quantity && was.etag == is.etag &&
                new_count == 0 && order_was && order_is && strcasecmp(order_was, order_is) == 0;
    snprintf(text, 256,
             same ? "order and reservation are as they were before it was sent"
                  : "order or reservation changed, but not as ours would have changed it");
    return same ? TN_EVIDENCE_NOTHING : TN_EVIDENCE_UNCLEAR;
}

/* Its id was made for us: that it is there is all that needs to be known. */
static enum tn_evidence judge_made(struct tn_json after, const struct tn_aim *aim, char text[256])
{
    const char *state = tn_json_string(after, "order.state", NULL);
    enum tn_json_type order = tn_json_type_of(after, "order");
    if (order == TN_JSON_ABSENT || order == TN_JSON_NULL) {
        snprintf(text, 256, "there is no order %s", aim->order);
        return TN_EVIDENCE_NOTHING;
    }
    snprintf(text, 256, "the order %s is there, and %.60s", aim->order, state ? state : "without a state");
    return TN_EVIDENCE_ACCEPTED;
}

/* "PendingRefunds" and "PendingPurchases" are words of exchanges alone. */
static enum tn_evidence judge_result(struct tn_json after, char text[256])
{
    const char *status = tn_json_string(after, "result.status", NULL);
    bool items = false;
    tn_json_bool(after, "result.items", &items);
    snprintf(text, 256, "its session has a result: %.60s%s", status ? status : "without a status",
             items ? "" : ", without a word on what was exchanged");
    if (items || (status && (strcasecmp(status, "PendingRefunds") == 0 || strcasecmp(status, "PendingPurchases") == 0)))
        return TN_EVIDENCE_ACCEPTED;
    switch (tn_result_word(status)) {
    case TN_RESULT_RUNNING:
        return TN_EVIDENCE_MOVING;
    case TN_RESULT_BAD:
        return TN_EVIDENCE_ACCEPTED;
    default:
        return TN_EVIDENCE_UNCLEAR;
    }
}

static bool is_as_it_was(struct tn_json was, struct tn_json is)
{
    int64_t quantity;
    const char *before = tn_json_string(was, "order.state", NULL), *after = tn_json_string(is, "order.state", NULL);
    if (!before || !after || strcasecmp(before, after) != 0 || count_new(was, is, &quantity) != 0)
        return false;
    for (struct tn_json_iter it = tn_json_each(tn_json_find(was, "reservations")); tn_json_next(&it);) {
        const char *id = tn_json_string(it.value, "id", NULL);
        struct seen one = find(was, id ? id : ""), other = find(is, id ? id : "");
        if (!other.there || strcasecmp(one.state, other.state) != 0 || one.quantity != other.quantity ||
            one.etag != other.etag)
            return false;
    }
    return true;
}

/* The look at an order, of those at several; one order is no list. */
static struct tn_json order_at(struct tn_json look, size_t index)
{
    if (tn_json_type_of(look, "order") != TN_JSON_ABSENT)
        return look;
    struct tn_json_iter it = tn_json_each(look);
    while (tn_json_next(&it)) {
        if (it.index == index)
            return it.value;
    }
    return (struct tn_json){0};
}

static enum tn_evidence judge_orders(struct tn_json before, struct tn_json after, const struct tn_aim *aim,
                                     char text[256])
{
    bool same = true;
    size_t index = 0;
    for (size_t at = 0; at < aim->count; at = tn_aim_next_order(aim, at), index++) {
        struct tn_json was = order_at(before, index), is = order_at(after, index);
        if (!tn_text_among_any_case(tn_json_string(is, "order.state", NULL), settled)) {
            snprintf(text, 256, "its session has no result yet, and something is going on with order %s",
                     aim->of[at].order);
            return TN_EVIDENCE_MOVING;
        }
        same = same && is_as_it_was(was, is);
    }
    snprintf(text, 256, "its session has no result, and %s",
             same ? "all orders are as they were before it was sent"
                  : "orders have changed since it was sent: look at them in the portal");
    return same ? TN_EVIDENCE_NOTHING : TN_EVIDENCE_UNCLEAR;
}

static enum tn_evidence judge_exchange(struct tn_json before, struct tn_json after, const struct tn_aim *aim,
                                       char text[256])
{
    return tn_json_type_of(after, "result") != TN_JSON_ABSENT ? judge_result(after, text)
                                                              : judge_orders(before, after, aim, text);
}

/* It is not in this directory any more, or it is there as it was. */
static enum tn_evidence judge_moved(struct tn_json before, struct tn_json after, char text[256])
{
    const char *was = tn_json_string(before, "order.state", NULL), *is = tn_json_string(after, "order.state", NULL);
    enum tn_json_type order = tn_json_type_of(after, "order");
    bool missing = order == TN_JSON_ABSENT || order == TN_JSON_NULL;
    if (missing) {
        snprintf(text, 256, "the order is not in this directory any more");
        return TN_EVIDENCE_HAPPENED;
    }
    snprintf(text, 256, "the order is still in this directory, and %.60s", is ? is : "without a state");
    if (!tn_text_among_any_case(is, settled))
        return TN_EVIDENCE_MOVING;
    return was && is && strcasecmp(was, is) == 0 ? TN_EVIDENCE_NOTHING : TN_EVIDENCE_UNCLEAR;
}

static enum tn_evidence judge_any(struct tn_json before, struct tn_json after, const struct tn_aim *aim, char text[256])
{
    switch (aim->op->probe) {
    case TN_PROBE_ORDER:
        return judge_made(after, aim, text);
    case TN_PROBE_GONE:
        return judge_moved(before, after, text);
    case TN_PROBE_RESULT:
        return judge_exchange(before, after, aim, text);
    default:
        return judge(before, after, aim, text);
    }
}

int tn_look_compare(lua_State *L, const char *before, const char *after, const struct tn_aim *aim,
                    enum tn_evidence *evidence, char text[256], struct tn_err *err)
{
    struct tn_json_doc *was = NULL, *is = NULL;
    int rc = before ? tn_json_parse(L, before, strlen(before), 0, &was, err) : TENURE_OK;
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, after, strlen(after), 0, &is, err);
    if (rc == TENURE_OK)
        *evidence = judge_any(tn_json_root(was), tn_json_root(is), aim, text);
    tn_json_close(was);
    tn_json_close(is);
    return rc;
}
