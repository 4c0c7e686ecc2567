/*
 * The items of the step a customer is at: as `each` gave them, or as the ledger has them from before.
 *
 * They stay for as long as the step runs: the ledger stores them, and they are what the host knows from Azure of the
 * things that effects are about.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/id.h"
#include "base/text.h"
#include "workflow/pass.h"

static const struct tn_step *step_of(const struct tn_pass_customer *customer)
{
    return &customer->run->setup.workflow->steps[customer->step];
}

void tn_pass_items_clear(struct tn_pass_customer *customer)
{
    for (size_t i = 0; i < customer->item_count; i++) {
        struct tn_pass_item *item = &customer->items[i];
        free(item->json);
        free(item->label);
        free(item->state);
        free(item->code);
        free(item->value);
    }
    free(customer->items);
    customer->items = NULL;
    customer->item = customer->item_count = 0;
}

static struct tn_pass_item *add_item(struct tn_pass_customer *customer)
{
    struct tn_pass_item *items = tn_array_grow(customer->items, customer->item_count, sizeof *items);
    if (!items)
        return NULL;
    customer->items = items;
    struct tn_pass_item *item = &customer->items[customer->item_count++];
    *item = (struct tn_pass_item){0};
    return item;
}

int tn_pass_items_take(struct tn_pass_customer *customer, struct tn_script_job *job, struct tn_err *err)
{
    for (size_t i = 0; i < job->item_count; i++) {
        struct tn_pass_item *item = add_item(customer);
        if (!item)
            return tn_err_no_memory(err);
        item->json = job->items[i].json;
        item->label = job->items[i].label;
        job->items[i] = (struct tn_script_item){0};
    }
    return TENURE_OK;
}

int tn_pass_items_single(struct tn_pass_customer *customer, struct tn_err *err)
{
    return add_item(customer) ? TENURE_OK : tn_err_no_memory(err);
}

/* ---- on the ledger thread --------------------------------------------------------------------------------------- */

int tn_pass_items_store(struct tn_db *db, const struct tn_pass_customer *customer, struct tn_err *err)
{
    const struct tn_run *run = customer->run;
    struct tn_item_row *rows = calloc(customer->item_count + 1, sizeof *rows);
    if (!rows)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < customer->item_count; i++)
        rows[i] = (struct tn_item_row){
            .index = (int64_t)i, .item = customer->items[i].json, .label = customer->items[i].label};
    int rc =
        tn_items_store(db, rows, customer->item_count, run->id, customer->id, step_of(customer)->id, run->pass, err);
    free(rows);
    return rc;
}

static int on_row(void *arg, const struct tn_item_row *row)
{
    struct tn_pass_item *item = add_item(arg);
    bool waiting = strcmp(row->state, "waiting") == 0;
    bool whole = item && tn_text_copy(&item->json, row->item) &&
                 tn_text_copy(&item->state, waiting ? NULL : row->state) && tn_text_copy(&item->code, row->code) &&
                 tn_text_copy(&item->value, row->value);
    return whole ? TENURE_OK : TENURE_ENOMEM;
}

int tn_pass_items_load(struct tn_db *db, struct tn_pass_customer *customer, struct tn_err *err)
{
    const struct tn_run *run = customer->run;
    int rc = tn_items_each(db, run->id, customer->id, step_of(customer)->id, run->pass, &customer->list_known, on_row,
                           customer, err);
    return rc < 0 && err->code == 0 ? tn_err_no_memory(err) : rc;
}

/* ---- on the loop ------------------------------------------------------------------------------------------------ */

static int restore_list(struct tn_pass_customer *customer, struct tn_err *err)
{
    const char **list = calloc(customer->item_count + 1, sizeof *list);
    if (!list)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < customer->item_count; i++)
        list[i] = customer->items[i].json;
    int rc =
        customer->run->setup.scripts->restore_items(customer->scope, customer->step, list, customer->item_count, err);
    free(list);
    return rc;
}

int tn_pass_items_restore(struct tn_pass_customer *customer, struct tn_err *err)
{
    bool each = step_of(customer)->each.text;
    int rc = each ? restore_list(customer, err) : TENURE_OK;
    for (size_t i = 0; i < customer->item_count && rc == TENURE_OK; i++) {
        const struct tn_pass_item *item = &customer->items[i];
        if (!item->state)
            continue;
        customer->failed_items += strcmp(item->state, "failed") == 0;
        rc = customer->run->setup.scripts->item_ended(customer->scope, customer->step, each ? i : SIZE_MAX, item->state,
                                                      item->code, item->value, err);
    }
    return rc;
}

static const char *last_part(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

/* The record that an item is, or that an earlier step gave for it where the items are that step's entries. */
static struct tn_json record_in(struct tn_json item)
{
    return tn_json_string(item, "$record", NULL) ? item : tn_json_find(item, "value");
}

/* Whether an item is about the thing with this id, and has its record. */
static bool is_thing(const struct tn_pass_customer *customer, const char *json, const char *id,
                     struct tn_pass_thing *thing)
{
    struct tn_field_value found = {0};
    *thing = (struct tn_pass_thing){0};
    if (!json || !strcasestr(json, id) ||
        tn_json_parse(customer->run->setup.documents, json, strlen(json), 0, &thing->doc, NULL) < 0)
        return false;
    struct tn_json record = record_in(tn_json_root(thing->doc));
    const char *kind = tn_json_string(record, "$record", NULL);
    thing->record = kind ? tn_record_find(kind) : NULL;
    thing->raw = tn_json_find(record, "raw");
    const struct tn_field *field = thing->record ? tn_record_field(thing->record, "id") : NULL;
    bool same = field && tn_record_read(field, thing->raw, &found, NULL) >= 0 && found.present &&
                tn_id_equal(last_part(found.text), id);
    if (!same) {
        tn_json_close(thing->doc);
        *thing = (struct tn_pass_thing){0};
    }
    return same;
}

bool tn_pass_items_find(const struct tn_pass_customer *customer, const char *id, struct tn_pass_thing *thing)
{
    *thing = (struct tn_pass_thing){0};
    id = last_part(id);
    if (!*id)
        return false;
    if (customer->item < customer->item_count && is_thing(customer, customer->items[customer->item].json, id, thing))
        return true;
    for (size_t i = 0; i < customer->item_count; i++) {
        if (is_thing(customer, customer->items[i].json, id, thing))
            return true;
    }
    return false;
}
