/*
 * What an effect asks for, as whoever approves it is told: each argument with the value that it was given, beside it
 * what Azure said that it is now, and what Azure calls the thing. See pass_effect.h.
 *
 * Values are the script's and are told as values. What is told as a fact comes from the records among the step's items,
 * and from nowhere else; nothing is asked of the service for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/record_write.h"
#include "base/text.h"
#include "workflow/pass_effect.h"

static bool is_place(const struct tn_argument *argument)
{
    return argument->type == TN_TYPE_RESERVATION || argument->type == TN_TYPE_ORDER;
}

/* ---- what things are called ------------------------------------------------------------------------------------- */

/* What people call a thing: borrowed from its record; NULL: nothing but its id. */
static const char *called(const struct tn_pass_thing *thing, struct tn_field_value *value)
{
    static const char *const fields[] = {"title", "name"};
    for (size_t i = 0; thing->doc && i < sizeof fields / sizeof *fields; i++) {
        const struct tn_field *field = tn_record_field(thing->record, fields[i]);
        if (field && field->type == TN_TYPE_STRING && tn_record_read(field, thing->raw, value, NULL) >= 0 &&
            value->present && value->text_len > 0)
            return value->text;
    }
    return NULL;
}

/* "Standard_D2s_v3, westeurope" */
static void describe_product(struct tn_pass_effect *effect, const struct tn_pass_thing *thing)
{
    if (!thing->doc || thing->record != &tn_record_reservation)
        return;
    const char *sku = tn_json_string(thing->raw, "sku.name", NULL);
    const char *region = tn_json_string(thing->raw, "location", NULL);
    snprintf(effect->subject_name, sizeof effect->subject_name, "%s%s%s", sku ? sku : "", region ? ", " : "",
             region ? region : "");
}

static int describe_subject(struct tn_pass_effect *effect, const struct tn_pass_thing *thing, struct tn_err *err)
{
    struct tn_field_value value = {0};
    describe_product(effect, thing);
    free(effect->called);
    return tn_text_copy(&effect->called, called(thing, &value)) ? TENURE_OK : tn_err_no_memory(err);
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static void write_called(const struct tn_pass_effect *effect, const struct tn_argument_value *value,
                         struct tn_json_writer *w)
{
    struct tn_pass_thing thing;
    struct tn_field_value name = {0};
    if (!tn_pass_items_find(effect->customer, value->text, &thing))
        return;
    if (called(&thing, &name))
        tn_jw_kv_string(w, "called", name.text);
    tn_json_close(thing.doc);
}

static const struct tn_field *field_named(const struct tn_field *fields, const char *name)
{
    for (; fields && fields->name; fields++) {
        if (strcmp(fields->name, name) == 0)
            return fields;
    }
    return NULL;
}

/* {"name": "renew", "before": false, "value": true}. before: as it is now; left out where that is not known. */
static void write_argument(const struct tn_pass_effect *effect, size_t i, const struct tn_pass_thing *changed,
                           struct tn_json_writer *w)
{
    const struct tn_argument *argument = &effect->op->arguments[i];
    const struct tn_argument_value *value = &effect->values.of[i];
    const struct tn_field *before = changed->doc ? field_named(effect->op->before, argument->name) : NULL;
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", argument->name);
    if (is_place(argument) || (i == 0 && argument->type == TN_TYPE_ID))
        write_called(effect, value, w);
    if (before)
        tn_record_write_field(before, changed->raw, "before", w, NULL);
    tn_jw_key(w, "value");
    tn_argument_write(argument, value, w);
    tn_jw_object_end(w);
}

/* {"name": "principal", "before": "d3aa…"}: what goes away with the thing. */
static void write_gone(const struct tn_operation *op, const struct tn_pass_thing *changed, struct tn_json_writer *w)
{
    for (const struct tn_field *field = changed->doc ? op->before : NULL; field && field->name; field++) {
        struct tn_field_value value;
        if (tn_argument_index(op, field->name) >= 0 || tn_record_read(field, changed->raw, &value, NULL) < 0 ||
            !value.present)
            continue;
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", field->name);
        tn_record_write_field(field, changed->raw, "before", w, NULL);
        tn_jw_object_end(w);
    }
}

/* What a quote was asked for is what the effect will do. */
static void write_quoted(const struct tn_quote *quote, struct tn_json_writer *w)
{
    for (size_t i = 0; quote->op->arguments[i].name; i++) {
        if (!quote->asked->of[i].given)
            continue;
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", quote->op->arguments[i].name);
        tn_jw_key(w, "value");
        tn_argument_write(&quote->op->arguments[i], &quote->asked->of[i], w);
        tn_jw_object_end(w);
    }
}

static void write_asks(struct tn_pass_effect *effect, const struct tn_pass_thing *changed, const char *once)
{
    const struct tn_operation *op = effect->op;
    int place = tn_pass_request_place(op, &effect->values); /* is told as what it acts on */
    struct tn_json_writer w;
    tn_buf_reset(&effect->asks_json);
    tn_jw_init(&w, &effect->asks_json);
    tn_jw_array(&w);
    for (size_t i = 0; op->arguments[i].name; i++) {
        if (effect->values.of[i].given && op->arguments[i].type != TN_TYPE_QUOTE && (int)i != place)
            write_argument(effect, i, changed, &w);
    }
    write_gone(op, changed, &w);
    if (effect->quote && op->probe != TN_PROBE_RESERVATION) /* a refund's are its subject and its quantity */
        write_quoted(effect->quote, &w);
    if (once) {
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "name", "once");
        tn_jw_kv_string(&w, "value", once);
        tn_jw_object_end(&w);
    }
    tn_jw_array_end(&w);
}

/* The thing that the effect changes or takes away, where the row tells what to say of it: what it acts on, or what an
 * argument names. */
static bool find_changed(const struct tn_pass_effect *effect, struct tn_pass_thing *thing)
{
    const struct tn_operation *op = effect->op;
    for (size_t i = 0; op->before && op->arguments[i].name; i++) {
        bool names = op->arguments[i].type == TN_TYPE_RESERVATION || op->arguments[i].type == TN_TYPE_ID;
        if (!names || !effect->values.of[i].given ||
            !tn_pass_items_find(effect->customer, effect->values.of[i].text, thing))
            continue;
        if (thing->record == op->record)
            return true;
        tn_json_close(thing->doc);
        *thing = (struct tn_pass_thing){0};
    }
    return false;
}

int tn_pass_asks_take(struct tn_pass_effect *effect, const char *once, struct tn_err *err)
{
    struct tn_pass_thing subject = {0}, changed = {0};
    const char *id = effect->one.reservation[0] ? effect->one.reservation : effect->one.order;
    int rc = TENURE_OK;
    if (tn_pass_items_find(effect->customer, id, &subject))
        rc = describe_subject(effect, &subject, err);
    find_changed(effect, &changed);
    write_asks(effect, &changed, once);
    tn_json_close(subject.doc);
    tn_json_close(changed.doc);
    return rc == TENURE_OK && effect->asks_json.failed ? tn_err_no_memory(err) : rc;
}
