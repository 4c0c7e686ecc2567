/*
 * Customers: whose they are, as a workflow or a file names them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"
#include "workflow/table.h"

bool tn_customer_id_valid(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= 253 && text[0] != '.' && text[0] != '-' && text[len - 1] != '.' && !strstr(text, "..") &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

char *tn_customer_key(const char *text)
{
    char guid[TN_GUID_TEXT];
    if (!strchr(text, '.')) {
        tn_guid_derive(guid, text);
        return strdup(guid);
    }
    char *key = strdup(text);
    if (key)
        tn_id_fold(key);
    return key;
}

/* ---- in a workflow ---------------------------------------------------------------------------------------------- */

void tn_read_customers_from(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_customers_source *customers = into;
    const char *text = tn_read_text(loader, key->name, node);
    if (text && strcmp(text, key->words[0]) != 0)
        tn_problem(loader, node, "from: partner-center, or instead of it  file: ours.csv  or  list: [contoso.com]",
                   "customers cannot come from '%.80s'", text);
    customers->from = TN_CUSTOMERS_PARTNER_CENTER;
}

void tn_read_customers_list(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_customers_source *customers = into;
    customers->from = TN_CUSTOMERS_LIST;
    if (node->kind != TN_YAML_SEQUENCE) {
        tn_problem_kind(loader, key, node, "a list of tenant ids or domains");
        return;
    }
    const char **ids = tn_arena_alloc(loader->arena, node->count + 1, sizeof *ids);
    if (!ids) {
        loader->no_memory = true;
        return;
    }
    if (node->count == 0)
        tn_problem(loader, node, "for example: list: [contoso.com]", "'list' names no customer");
    customers->ids = ids;
    for (const struct tn_yaml *item = node->first; item; item = item->next) {
        const char *id = tn_read_text(loader, key->name, item);
        size_t twin = 0;
        while (id && twin < customers->count && !tn_id_equal(ids[twin], id))
            twin++;
        if (id && !tn_customer_id_valid(id))
            tn_problem(loader, item, NULL, "'%.80s' is not a tenant id or domain", id);
        else if (id && twin < customers->count)
            tn_problem(loader, item, NULL, "customer '%s' is listed twice", id);
        else if (id)
            ids[customers->count++] = id;
    }
}

/* The ids of a file, moved into the arena. */
static void keep_ids(struct tn_loader *loader, struct tn_customers_source *customers, char **ids, size_t count)
{
    const char **kept = tn_arena_alloc(loader->arena, count + 1, sizeof *kept);
    loader->no_memory |= !kept;
    for (size_t i = 0; kept && i < count; i++) {
        kept[i] = tn_arena_text(loader->arena, ids[i], strlen(ids[i]));
        loader->no_memory |= !kept[i];
    }
    customers->ids = kept;
    customers->count = count;
}

static const char *join_path(struct tn_loader *loader, const char *folder, const char *path)
{
    size_t len = strlen(folder) + 1 + strlen(path);
    char *joined = tn_arena_alloc(loader->arena, len + 1, 1);
    if (joined)
        snprintf(joined, len + 1, "%s/%s", folder, path);
    loader->no_memory |= !joined;
    return joined;
}

void tn_read_customers_file(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_customers_source *customers = into;
    customers->from = TN_CUSTOMERS_FILE;
    const char *path = tn_read_text(loader, key->name, node);
    if (!path || loader->again)
        return;
    struct tn_err err = {0};
    char *bytes = NULL, **ids = NULL;
    size_t len = 0, count = 0;
    customers->file = join_path(loader, loader->workflow->root, path);
    int rc = tn_package_read(loader->workflow->root, path, TN_CSV_MAX_BYTES, &bytes, &len, &err);
    if (rc == TENURE_OK)
        rc = tn_customer_ids_parse(path, bytes, len, &ids, &count, &err);
    if (rc == TENURE_OK)
        keep_ids(loader, customers, ids, count);
    else if (rc != TENURE_ENOMEM)
        tn_problem(loader, node, rc == TENURE_ENOENT ? "paths start at the package root" : NULL, "%s", err.msg);
    loader->no_memory |= rc == TENURE_ENOMEM;
    tn_customer_ids_free(ids);
    free(bytes);
}

void tn_read_customers_rows(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_customers_source *customers = into;
    customers->rows = tn_read_text(loader, key->name, node);
}

/* Rows are of a table that every run is told, and that says whose each is. */
void tn_check_rows(struct tn_loader *loader, const struct tn_yaml *customers)
{
    const struct tn_workflow *workflow = loader->workflow;
    const struct tn_yaml *node = tn_yaml_get(customers, "rows");
    const struct tn_input *input = NULL;
    if (!workflow->customers.rows)
        return;
    for (size_t i = 0; i < workflow->input_count && !input; i++) {
        if (strcmp(workflow->inputs[i].name, workflow->customers.rows) == 0)
            input = &workflow->inputs[i];
    }
    if (!input || input->type != TN_INPUT_TABLE)
        tn_problem(loader, node, "declare it under 'inputs', with type: table", "no table is called '%.80s'",
                   workflow->customers.rows);
    else if (input->optional)
        tn_problem(loader, node, "take 'optional' out of it", "without the table '%s' there is nobody to run over",
                   input->name);
    else if (tn_table_customer_column(input) < 0)
        tn_problem(loader, node, "give the one that does: type: customer",
                   "the table '%s' has not one column that says whose a row is", input->name);
}

void tn_read_customers(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    static const char *const sources[] = {"from", "file", "list", NULL};
    if (!tn_section_read(loader, key->inside, node, "customers", &workflow->customers))
        return;
    const struct tn_yaml *first = NULL;
    for (size_t i = 0; sources[i]; i++) {
        const struct tn_yaml *source = tn_yaml_get(node, sources[i]);
        if (source && first)
            tn_problem(loader, source->key, "keep one of from, file and list", "customers come from '%s' already",
                       first->key->text);
        else if (source)
            first = source;
    }
    if (workflow->customers.details && workflow->customers.from != TN_CUSTOMERS_PARTNER_CENTER)
        tn_problem(loader, tn_yaml_get(node, "details"), "take customers from: partner-center",
                   "there are details of the partner's customers only");
    if (!first && !tn_yaml_get(node, "rows")) /* rows of any customer of the partner */
        tn_problem(loader, node, "add: from: partner-center, or  file: ours.csv, or  list: [contoso.com]",
                   "customers do not say where they come from");
}

/* ---- in a CSV file ---------------------------------------------------------------------------------------------- */

struct reading {
    const char *name; /* of the file */
    char **ids;
    int *lines;
    size_t count, room;
    int id, domain; /* columns; -1: there is none; -2: not looked for yet */
};

void tn_customer_ids_free(char **ids)
{
    for (size_t i = 0; ids && ids[i]; i++)
        free(ids[i]);
    free(ids);
}

static int find_columns(struct reading *reading, const struct tn_csv_row *row, struct tn_err *err)
{
    reading->id = reading->domain = -1;
    for (size_t i = 0; i < row->count; i++) {
        if (tn_id_equal(row->names[i], "id"))
            reading->id = (int)i;
        if (tn_id_equal(row->names[i], "domain"))
            reading->domain = (int)i;
    }
    if (reading->id >= 0 || reading->domain >= 0)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EINVAL, "%s:1:1: no column 'id' or 'domain': the first line names the columns",
                      reading->name);
}

/* Room for one more and the NULL at the end. */
static bool make_room(struct reading *reading)
{
    if (reading->count + 1 < reading->room)
        return true;
    size_t room = reading->room ? reading->room * 2 : 64;
    char **ids = realloc(reading->ids, room * sizeof *ids);
    if (ids)
        reading->ids = ids;
    int *lines = realloc(reading->lines, room * sizeof *lines);
    if (lines)
        reading->lines = lines;
    if (ids)
        ids[reading->count] = NULL; /* the list ends, whatever fails next */
    if (!ids || !lines)
        return false;
    reading->room = room;
    return true;
}

static int on_customer(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    struct reading *reading = arg;
    if (reading->id == -2) {
        int rc = find_columns(reading, row, err);
        if (rc < 0)
            return rc;
    }
    int column = reading->id >= 0 ? reading->id : reading->domain;
    if (!row->cells[column][0] && reading->domain >= 0)
        column = reading->domain;
    const char *id = row->cells[column];
    if (!tn_customer_id_valid(id))
        return tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: '%.80s' is not a tenant id or domain", reading->name,
                          row->line, row->columns[column], id);
    if (!make_room(reading) || !(reading->ids[reading->count] = strdup(id)))
        return tn_err_no_memory(err);
    reading->lines[reading->count++] = row->line;
    reading->ids[reading->count] = NULL;
    return TENURE_OK;
}

struct entry {
    const char *id;
    int line;
};

static int fold(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : (unsigned char)byte;
}

static int by_id(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    size_t i = 0;
    while (one->id[i] && fold(one->id[i]) == fold(other->id[i]))
        i++;
    int order = fold(one->id[i]) - fold(other->id[i]);
    return order ? order : one->line - other->line;
}

/* The same customer twice would be worked on twice. */
static int check_twins(const struct reading *reading, struct tn_err *err)
{
    struct entry *entries = calloc(reading->count, sizeof *entries);
    int rc = TENURE_OK;
    if (!entries)
        return tn_err_no_memory(err);
    for (size_t i = 0; i < reading->count; i++)
        entries[i] = (struct entry){reading->ids[i], reading->lines[i]};
    qsort(entries, reading->count, sizeof *entries, by_id);
    for (size_t i = 1; i < reading->count && rc == TENURE_OK; i++) {
        if (tn_id_equal(entries[i - 1].id, entries[i].id))
            rc = tn_err_set(err, TENURE_EINVAL, "%s:%d:1: customer '%s' is on line %d already", reading->name,
                            entries[i].line, entries[i].id, entries[i - 1].line);
    }
    free(entries);
    return rc;
}

int tn_customer_ids_parse(const char *name, const char *bytes, size_t len, char ***ids, size_t *count,
                          struct tn_err *err)
{
    struct reading reading = {.name = name, .id = -2};
    int rc = tn_csv_parse(name, bytes, len, on_customer, &reading, err);
    if (rc == TENURE_OK && reading.count == 0)
        rc = tn_err_set(err, TENURE_EINVAL, "%s: no customers in it", name);
    if (rc == TENURE_OK)
        rc = check_twins(&reading, err);
    free(reading.lines);
    if (rc < 0) {
        tn_customer_ids_free(reading.ids);
        return rc;
    }
    *ids = reading.ids;
    *count = reading.count;
    return TENURE_OK;
}

int tn_customer_ids_read(const char *file, char ***ids, size_t *count, struct tn_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    int rc = tn_path_read(file, TN_CSV_MAX_BYTES, &bytes, &len, err);
    if (rc == TENURE_OK)
        rc = tn_customer_ids_parse(file, bytes, len, ids, count, err);
    free(bytes);
    return rc;
}
