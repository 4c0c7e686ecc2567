/* Arguments that are lists of tables: see table_argument.h. */
#include "azure/table_argument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/id.h"

#define MOST 100 /* as many as a trade-in takes; no other limit is documented */

static const struct tn_operation returned_row = {
    .module = "reservations",
    .name = "quote_exchange",
    .path = "",
    .arguments = {{"reservation", TN_TYPE_RESERVATION, true, TN_IN_BODY, NULL, NULL, "reservation, full id, or GUID"},
                  {"quantity", TN_TYPE_INTEGER, false, TN_IN_BODY, NULL, NULL,
                   "how many of it; all of them unless given"}},
};

const struct tn_operation *tn_table_argument_row(enum tn_type type)
{
    switch (type) {
    case TN_TYPE_RETURNS:
        return &returned_row;
    case TN_TYPE_PURCHASES:
        return &tn_purchase_row;
    case TN_TYPE_SAVINGS_PLANS:
        return &tn_savings_plan_row;
    default:
        return NULL;
    }
}

void tn_table_argument_begin(struct tn_table_argument *tables, const struct tn_operation *op, size_t argument)
{
    *tables = (struct tn_table_argument){
        .op = op, .row = tn_table_argument_row(op->arguments[argument].type), .argument = argument};
    tn_jw_init(&tables->writer, &tables->json);
    tn_jw_array(&tables->writer);
}

void tn_table_argument_deinit(struct tn_table_argument *tables)
{
    tn_values_deinit(&tables->element);
    tn_buf_deinit(&tables->json);
    free(tables->returned);
    *tables = (struct tn_table_argument){0};
}

static const char *name_of(const struct tn_table_argument *tables)
{
    return tables->op->arguments[tables->argument].name;
}

static int take_returned(struct tn_table_argument *tables, struct tn_err *err)
{
    const struct tn_argument_value *reservation = &tables->element.of[0], *quantity = &tables->element.of[1];
    struct tn_returned *list = tn_array_grow(tables->returned, tables->count, sizeof *list);
    if (!list)
        return tn_err_no_memory(err);
    tables->returned = list;
    for (size_t i = 0; i < tables->count; i++) {
        if (tn_id_equal(list[i].reservation, reservation->text))
            return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s names %s twice", tables->op->module, tables->op->name,
                              name_of(tables), reservation->text);
    }
    struct tn_returned *one = &list[tables->count];
    *one = (struct tn_returned){.quantity = quantity->given ? quantity->integer : reservation->integer};
    if (reservation->facts)
        one->facts = *reservation->facts;
    snprintf(one->reservation, sizeof one->reservation, "%s", reservation->text);
    snprintf(one->order, sizeof one->order, "%s", reservation->order ? reservation->order : "");
    return TENURE_OK;
}

int tn_table_argument_add(struct tn_table_argument *tables, struct tn_err *err)
{
    if (tables->count >= MOST)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s has more than %d", tables->op->module, tables->op->name,
                          name_of(tables), MOST);
    int rc = tn_values_check(tables->row, &tables->element, err);
    if (rc < 0)
        return tn_err_prefix(err, "%s, number %zu", name_of(tables), tables->count + 1);
    if (tables->row == &returned_row)
        rc = take_returned(tables, err);
    tn_values_write(tables->row, &tables->element, &tables->writer);
    tn_values_deinit(&tables->element);
    tables->count++;
    return rc;
}

int tn_table_argument_end(struct tn_table_argument *tables, struct tn_values *values, struct tn_err *err)
{
    struct tn_argument_value *value = &values->of[tables->argument];
    if (tables->count == 0)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is empty", tables->op->module, tables->op->name,
                          name_of(tables));
    tn_jw_array_end(&tables->writer);
    char *text = tables->json.failed ? NULL : strdup(tables->json.data);
    if (!text)
        return tn_err_no_memory(err);
    free(value->text);
    free(value->returned);
    value->text = text;
    value->returned = tables->returned;
    value->returned_count = tables->returned ? tables->count : 0;
    value->integer = (int64_t)tables->count;
    value->given = true;
    tables->returned = NULL;
    return TENURE_OK;
}

/* ---- from JSON --------------------------------------------------------------------------------------------------- */

static int set_member(struct tn_table_argument *tables, const char *name, struct tn_json value, struct tn_err *err)
{
    const struct tn_operation *row = tables->row;
    int argument = tn_argument_index(row, name);
    struct tn_money money;
    int64_t integer;
    bool boolean;
    if (argument < 0)
        return tn_argument_unknown(row, name, err);
    const char *text = tn_json_string(value, "", NULL);
    if (text)
        return tn_values_set_text(row, &tables->element, (size_t)argument, text, err);
    if (tn_json_int(value, "", &integer))
        return tn_values_set_integer(row, &tables->element, (size_t)argument, integer, err);
    if (tn_json_bool(value, "", &boolean))
        return tn_values_set_boolean(row, &tables->element, (size_t)argument, boolean, err);
    if (row->arguments[argument].type == TN_TYPE_MONEY && tn_json_money(value, "", &money, NULL) > 0) {
        tables->element.of[argument].money = money;
        tables->element.of[argument].given = true;
        return TENURE_OK;
    }
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is of no type that it takes", row->module, row->name, name);
}

static int read_table(struct tn_table_argument *tables, struct tn_json table, struct tn_err *err)
{
    const char *text = tn_json_string(table, "", NULL);
    int rc = TENURE_OK;
    if (text)
        rc = tn_values_set_text(tables->row, &tables->element, 0, text, err);
    for (struct tn_json_iter it = tn_json_each(table); !text && rc == TENURE_OK && tn_json_next(&it);)
        rc = it.key ? set_member(tables, it.key, it.value, err)
                    : tn_err_set(err, TENURE_EINVAL, "%s.%s: %s takes tables with names", tables->op->module,
                                 tables->op->name, name_of(tables));
    return rc < 0 ? rc : tn_table_argument_add(tables, err);
}

static int read_all(struct tn_table_argument *tables, struct tn_json root, struct tn_err *err)
{
    int rc = TENURE_OK;
    if (tn_json_type_of(root, "") != TN_JSON_ARRAY)
        return read_table(tables, root, err);
    for (struct tn_json_iter it = tn_json_each(root); rc == TENURE_OK && tn_json_next(&it);)
        rc = read_table(tables, it.value, err);
    return rc;
}

static int read_json(struct tn_table_argument *tables, const char *text, struct tn_err *err)
{
    lua_State *L = NULL;
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_state_new(&L, err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, text, strlen(text), 0, &doc, err);
    if (rc == TENURE_EPROTO)
        rc = tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is no JSON: a list of tables is written as [{\"…\": …}]",
                        tables->op->module, tables->op->name, name_of(tables));
    if (rc == TENURE_OK)
        rc = read_all(tables, tn_json_root(doc), err);
    tn_json_close(doc);
    if (L)
        lua_close(L);
    return rc;
}

int tn_table_argument_set_text(const struct tn_operation *op, struct tn_values *values, size_t argument,
                               const char *text, struct tn_err *err)
{
    struct tn_table_argument tables;
    tn_table_argument_begin(&tables, op, argument);
    int rc;
    if (*text == '[' || *text == '{' || tables.row != &returned_row) {
        rc = read_json(&tables, text, err);
    } else {
        rc = tn_values_set_text(tables.row, &tables.element, 0, text, err);
        if (rc == TENURE_OK)
            rc = tn_table_argument_add(&tables, err);
    }
    if (rc == TENURE_OK)
        rc = tn_table_argument_end(&tables, values, err);
    tn_table_argument_deinit(&tables);
    return rc;
}
