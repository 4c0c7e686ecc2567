/*
 * What an effect asks for: its arguments, what they act on, and the key under which it is the same effect again. See
 * pass_effect.h.
 *
 * An effect that takes a quote acts on what was quoted. Any other acts on the order or reservation that it names. One that
 * nothing but a given name tells from the next one is the same wherever that name is given again for the customer in
 * this run; of those of all runs one is sent (ledger/name.h). One whose thing can be found by a name that is made of what
 * is asked is the same by that name; that it is not asked for by several runs is found out where the thing is, as for
 * several ledgers.
 */
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "workflow/pass_effect.h"

/* ---- what it acts on -------------------------------------------------------------------------------------------- */

static void set_ids(struct tn_pass_effect *effect, const char *order, const char *reservation)
{
    struct tn_returned *one = &effect->one;
    snprintf(one->order, sizeof one->order, "%s", order ? order : "");
    snprintf(one->reservation, sizeof one->reservation, "%s", reservation ? reservation : "");
    tn_id_fold(one->order);
    tn_id_fold(one->reservation);
}

int tn_pass_request_place(const struct tn_operation *op, const struct tn_values *values)
{
    for (int i = 0; op->arguments[i].name; i++) {
        enum tn_type type = op->arguments[i].type;
        if (values->of[i].given && (type == TN_TYPE_RESERVATION || type == TN_TYPE_ORDER))
            return i;
    }
    return -1;
}

static void take_place(struct tn_pass_effect *effect)
{
    int place = tn_pass_request_place(effect->op, &effect->values);
    if (place < 0)
        return;
    const struct tn_argument_value *value = &effect->values.of[place];
    if (effect->op->arguments[place].type == TN_TYPE_RESERVATION)
        set_ids(effect, value->order, value->text);
    else
        set_ids(effect, value->text, NULL);
}

/* A purchase is called by the name that it was given: the id of its order changes with each quote. */
static int take_quote(struct tn_pass_effect *effect, struct tn_err *err)
{
    struct tn_quote *quote = tn_values_get(effect->op, &effect->values, "quote")->quote;
    tn_quote_unref(effect->quote);
    effect->quote = tn_quote_ref(quote);
    effect->one.quantity = quote->quantity;
    if (effect->op->probe != TN_PROBE_ORDER)
        set_ids(effect, quote->order, quote->reservation);
    tn_pass_quote_kept(effect->customer, quote, &effect->asked_json, &effect->quote_json);
    return tn_aim_at_quote(&effect->aim, effect->op, quote, err);
}

static void set_subject(struct tn_pass_effect *effect, const struct tn_call *call)
{
    const char *first = effect->values.of[0].text;
    if (effect->one.reservation[0])
        snprintf(effect->subject, sizeof effect->subject,
                 "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", effect->one.order,
                 effect->one.reservation);
    else if (effect->one.order[0])
        snprintf(effect->subject, sizeof effect->subject, "/providers/Microsoft.Capacity/reservationOrders/%s",
                 effect->one.order);
    else
        snprintf(effect->subject, sizeof effect->subject, "%s", call->once ? call->once : first ? first : "");
    if (!effect->one.reservation[0] && effect->quote)
        snprintf(effect->subject_name, sizeof effect->subject_name, "%s", effect->quote->title);
}

/* "Standard_D2s_v5, westeurope, and 2 more": it is called after the first of them. */
static void tell_others(struct tn_pass_effect *effect)
{
    size_t len = strlen(effect->subject_name);
    snprintf(effect->subject_name + len, sizeof effect->subject_name - len, "%sand %zu more", len ? ", " : "",
             effect->aim.count - 1);
}

/* ---- the key ---------------------------------------------------------------------------------------------------- */

static void write_place(struct tn_pass_effect *effect, struct tn_json_writer *w)
{
    tn_jw_string(w, effect->run->id);
    tn_jw_string(w, effect->customer->id);
    tn_jw_string(w, effect->step);
    tn_jw_string(w, effect->op->name);
}

/* The name it was given, which counts over all runs, and what its thing is called by it. */
static int take_name(struct tn_pass_effect *effect, const struct tn_call *call, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    if (!call->once)
        return TENURE_OK;
    tn_jw_init(&w, &text);
    tn_jw_array(&w);
    tn_jw_string(&w, effect->customer->id);
    tn_jw_string(&w, effect->op->name);
    tn_jw_string(&w, call->once);
    tn_jw_array_end(&w);
    tn_digest(effect->named, tn_buf_text(&text), text.len);
    snprintf(effect->once, sizeof effect->once, "tenure-%.24s", effect->named);
    int rc = text.failed ? tn_err_no_memory(err) : TENURE_OK;
    tn_buf_deinit(&text);
    return rc;
}

/* The name of an argument that nobody knows yet: in apply it would be another effect. NULL: all are known. */
static const char *unknown_argument(const struct tn_pass_effect *effect)
{
    for (size_t i = 0; effect->op->arguments[i].name; i++) {
        const char *text = effect->values.of[i].text;
        if (text && strstr(text, TN_KNOWN_AFTER_APPLY))
            return effect->op->arguments[i].name;
    }
    return NULL;
}

/* Run, customer, step, operation, ids and every argument that changes the result, or only the name; ids fold case. */
static int make_key(struct tn_pass_effect *effect, const struct tn_call *call, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    char thing[TN_THING_TEXT];
    tn_jw_init(&w, &text);
    tn_jw_array(&w);
    if (call->once) {
        tn_jw_string(&w, effect->run->id);
        tn_jw_string(&w, effect->named);
    } else if (effect->op->quoted_by) {
        write_place(effect, &w);
        if (effect->op->probe == TN_PROBE_RESULT) {
            tn_values_write(effect->quote->op, effect->quote->asked, &w);
        } else {
            tn_jw_string(&w, effect->one.order);
            tn_jw_string(&w, effect->one.reservation);
            tn_jw_int(&w, effect->one.quantity);
        }
    } else if (effect->op->found_by) {
        write_place(effect, &w);
        effect->op->name_thing(call, thing);
        tn_jw_string(&w, thing);
    } else if (unknown_argument(effect)) {
        tn_buf_deinit(&text);
        return tn_err_set(err, TENURE_EINVAL,
                          "%s is known only after apply, and this effect is known by what it asks for: ask for it in a "
                          "step that follows this one (follows: %s)",
                          unknown_argument(effect), effect->step);
    } else {
        write_place(effect, &w);
        tn_values_write(effect->op, &effect->values, &w);
    }
    tn_jw_array_end(&w);
    if (text.data && effect->op->quoted_by)
        tn_id_fold(text.data);
    tn_digest(effect->key, tn_buf_text(&text), text.len);
    tn_guid_derive(effect->repeat, effect->key);
    int rc = text.failed ? tn_err_no_memory(err) : TENURE_OK;
    tn_buf_deinit(&text);
    return rc;
}

/* ---- taking ----------------------------------------------------------------------------------------------------- */

static void write_orders(struct tn_pass_effect *effect)
{
    struct tn_json_writer w;
    tn_jw_init(&w, &effect->orders_json);
    tn_jw_array(&w);
    for (size_t i = 0; i < effect->aim.count; i = tn_aim_next_order(&effect->aim, i))
        tn_jw_string(&w, effect->aim.of[i].order);
    tn_jw_array_end(&w);
}

/* A secret that a script was given, such as the key in the address of a web hook, stays out of the ledger. What is asked
 * for again is compared without it. */
static void hide_secrets(struct tn_buf *request)
{
    struct tn_buf clean = {0};
    if (request->failed || !tn_redact_needed(request->data, request->len))
        return;
    clean.failed = !tn_redact(&clean, request->data, request->len);
    tn_buf_deinit(request);
    *request = clean;
}

/* The arguments, enough to know later what was sent. */
static void write_request(struct tn_pass_effect *effect)
{
    struct tn_json_writer w;
    const struct tn_argument_value *reason = tn_values_get(effect->op, &effect->values, "reason");
    tn_buf_reset(&effect->request_json);
    tn_jw_init(&w, &effect->request_json);
    if (!effect->op->quoted_by) {
        tn_values_write(effect->op, &effect->values, &w);
        hide_secrets(&effect->request_json);
        return;
    }
    tn_jw_object(&w);
    if (effect->asked_json.len) {
        tn_jw_key(&w, TN_REQUEST_ASKED);
        tn_jw_raw(&w, effect->asked_json.data, effect->asked_json.len);
    }
    tn_aim_write(&effect->aim, &w);
    tn_jw_kv_int(&w, "quantity", effect->quote->quantity);
    tn_jw_kv_string(&w, "session", effect->quote->session);
    tn_jw_kv_string(&w, "reason", reason->given ? reason->text : NULL);
    tn_jw_object_end(&w);
}

int tn_pass_request_take(struct tn_pass_effect *effect, const struct tn_call *call, struct tn_err *err)
{
    tn_values_deinit(&effect->values);
    int rc = tn_values_copy(&effect->values, &call->values, err);
    if (rc < 0)
        return rc;
    if (effect->op->quoted_by) {
        rc = take_quote(effect, err);
    } else {
        take_place(effect);
        rc = tn_aim_at_reservation(&effect->aim, effect->op, effect->one.order[0] ? &effect->one : NULL, err);
    }
    if (rc < 0)
        return rc;
    set_subject(effect, call);
    rc = take_name(effect, call, err);
    if (rc == TENURE_OK)
        rc = make_key(effect, call, err);
    if (rc == TENURE_OK)
        rc = tn_pass_asks_take(effect, call->once, err);
    if (effect->aim.count > 1)
        tell_others(effect);
    write_request(effect);
    write_orders(effect);
    if (rc == TENURE_OK && (effect->request_json.failed || effect->orders_json.failed))
        rc = tn_err_no_memory(err);
    return rc;
}

/* ---- what was approved ------------------------------------------------------------------------------------------ */

/* The value of an argument in a request, as JSON; "" where it was not given. */
static void put_member(struct tn_json request, const char *name, struct tn_buf *out)
{
    struct tn_json_writer w;
    tn_buf_reset(out);
    tn_jw_init(&w, out);
    for (struct tn_json_iter it = tn_json_each(request); tn_json_next(&it);) {
        if (strcmp(it.key, name) == 0)
            tn_json_write(it.value, &w, NULL);
    }
}

/* Whether it is the approved text, where what was known only after apply stands for anything. */
static bool fits(const char *approved, const char *asked)
{
    static const char open[] = TN_KNOWN_AFTER_APPLY;
    const char *at = strstr(approved, open);
    if (!at || strncmp(approved, asked, (size_t)(at - approved)) != 0)
        return !at && strcmp(approved, asked) == 0;
    asked += at - approved;
    approved = at + strlen(open);
    for (; (at = strstr(approved, open)); approved = at + strlen(open)) {
        size_t len = (size_t)(at - approved);
        const char *found = memmem(asked, strlen(asked), approved, len);
        if (!found)
            return false;
        asked = found + len;
    }
    size_t left = strlen(asked), end = strlen(approved);
    return left >= end && strcmp(asked + left - end, approved) == 0;
}

/* Ids come in any case. */
static bool same_value(const struct tn_argument *argument, const char *approved, const char *asked)
{
    bool is_id = argument->type != TN_TYPE_STRING && argument->type != TN_TYPE_LIST && argument->type != TN_TYPE_JSON;
    return is_id ? strcasecmp(approved, asked) == 0 : fits(approved, asked);
}

static bool name_other(const struct tn_operation *op, struct tn_json approved, struct tn_json asked, char *names,
                       size_t size)
{
    struct tn_buf then = {0}, now = {0};
    names[0] = '\0';
    for (const struct tn_argument *argument = op->arguments; argument->name; argument++) {
        put_member(approved, argument->name, &then);
        put_member(asked, argument->name, &now);
        size_t len = strlen(names);
        if (then.failed || now.failed || !same_value(argument, tn_buf_text(&then), tn_buf_text(&now)))
            snprintf(names + len, size - len, "%s%s", len ? ", " : "", argument->name);
    }
    tn_buf_deinit(&then);
    tn_buf_deinit(&now);
    return names[0];
}

/* An effect with a quote is known by its key, but for a reason that changes nothing. Of the others most are known by
 * all their arguments; one that was given a name is known by that alone. */
int tn_pass_request_compare(const struct tn_pass_effect *effect, char *names, size_t size, struct tn_err *err)
{
    lua_State *L = effect->run->setup.documents;
    const char *then = tn_buf_text(&effect->approved_json), *now = tn_buf_text(&effect->request_json);
    struct tn_json_doc *approved = NULL, *asked = NULL;
    if (effect->op->quoted_by || strcmp(then, now) == 0)
        return 0;
    int rc = tn_json_parse(L, then, strlen(then), 0, &approved, err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, now, strlen(now), 0, &asked, err);
    if (rc == TENURE_OK)
        rc = name_other(effect->op, tn_json_root(approved), tn_json_root(asked), names, size);
    tn_json_close(approved);
    tn_json_close(asked);
    return rc;
}

int tn_pass_request_renew(struct tn_pass_effect *effect, struct tn_err *err)
{
    int rc = tn_aim_at_quote(&effect->aim, effect->op, effect->quote, err);
    write_request(effect);
    return rc == TENURE_OK && effect->request_json.failed ? tn_err_no_memory(err) : rc;
}

/* ---- sending and answers ---------------------------------------------------------------------------------------- */

int tn_pass_request_give(struct tn_pass_effect *effect, struct tn_call *call, struct tn_err *err)
{
    tn_values_deinit(&call->values);
    int rc = tn_values_copy(&call->values, &effect->values, err);
    if (rc == TENURE_OK && effect->quote)
        rc = tn_values_set_quote(effect->op, &call->values, 0, effect->quote, err);
    return rc;
}

/* An answer that does not say what it is about is about ours. */
bool tn_pass_request_other(const struct tn_pass_effect *effect, struct tn_json body)
{
    char order[37], reservation[37];
    const char *id = tn_json_string(body, "id", NULL);
    const char *ours = effect->quote ? effect->quote->order : effect->one.order;
    if (!id || !ours[0] || !tn_reservation_id_parse(id, order, reservation))
        return false;
    return (effect->one.reservation[0] && reservation[0] && !tn_id_equal(reservation, effect->one.reservation)) ||
           (order[0] && !tn_id_equal(order, ours));
}
