/* customers.rows: see rows.h. */
#include "workflow/rows.h"

#include <stdlib.h>
#include <string.h>

#include "workflow/loader.h"

struct entry {
    char *key; /* what ids are compared by */
    size_t number;
};

struct tn_rows_of {
    const struct tn_table *table;
    struct entry *entries; /* sorted by key, then number */
    const char **claims;   /* by number: whose it is, borrowed; NULL: nobody's yet */
    size_t count;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;
    int order = strcmp(one->key, other->key);
    return order ? order : one->number < other->number ? -1 : 1;
}

static size_t count_rows(const struct tn_table *table)
{
    struct tn_table_row row;
    size_t count = 0;
    for (tn_table_begin(table, &row); tn_table_next(table, &row);)
        count++;
    return count;
}

static bool fill(struct tn_rows_of *rows)
{
    struct tn_table_row row;
    for (tn_table_begin(rows->table, &row); tn_table_next(rows->table, &row);) {
        char *who = strndup(row.who, row.who_len);
        struct entry *entry = &rows->entries[rows->count];
        *entry = (struct entry){.key = who ? tn_customer_key(who) : NULL, .number = rows->count};
        free(who);
        if (!entry->key)
            return false;
        rows->count++;
    }
    qsort(rows->entries, rows->count, sizeof *rows->entries, by_key);
    return true;
}

int tn_rows_of_new(const struct tn_table *table, struct tn_rows_of **out, struct tn_err *err)
{
    size_t count = count_rows(table);
    struct tn_rows_of *rows = calloc(1, sizeof *rows);
    if (rows) {
        rows->table = table;
        rows->entries = calloc(count + 1, sizeof *rows->entries);
        rows->claims = calloc(count + 1, sizeof *rows->claims);
    }
    if (!rows || !rows->entries || !rows->claims || !fill(rows)) {
        tn_rows_of_free(rows);
        return tn_err_no_memory(err);
    }
    *out = rows;
    return TENURE_OK;
}

void tn_rows_of_free(struct tn_rows_of *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->count; i++)
        free(rows->entries[i].key);
    free(rows->entries);
    free(rows->claims);
    free(rows);
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

/* Where the entries of a key begin, and how many they are. */
static size_t find(const struct tn_rows_of *rows, const char *key, size_t *count)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(rows->entries[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < rows->count && strcmp(rows->entries[low + *count].key, key) == 0)
        ++*count;
    return low;
}

static int by_number(const void *a, const void *b)
{
    const size_t *one = a, *other = b;
    return *one < *other ? -1 : *one > *other;
}

int tn_rows_of_find(const struct tn_rows_of *rows, const char *id, const char *domain, size_t **numbers, size_t *count,
                    struct tn_err *err)
{
    char *by_id = tn_customer_key(id), *by_domain = tn_customer_key(domain);
    size_t of_id = 0, of_domain = 0;
    size_t first = by_id ? find(rows, by_id, &of_id) : 0;
    bool two_names = *domain && by_id && by_domain && strcmp(by_id, by_domain) != 0;
    size_t second = two_names ? find(rows, by_domain, &of_domain) : 0;
    bool no_memory = !by_id || !by_domain;
    free(by_id);
    free(by_domain);
    *numbers = no_memory ? NULL : calloc(of_id + of_domain + 1, sizeof **numbers);
    if (!*numbers)
        return tn_err_no_memory(err);
    *count = of_id + of_domain;
    for (size_t i = 0; i < *count; i++)
        (*numbers)[i] = rows->entries[i < of_id ? first + i : second + i - of_id].number;
    qsort(*numbers, *count, sizeof **numbers, by_number);
    return TENURE_OK;
}

/* ---- claims ----------------------------------------------------------------------------------------------------- */

static void row_at(const struct tn_rows_of *rows, size_t number, struct tn_table_row *row)
{
    tn_table_begin(rows->table, row);
    for (size_t i = 0; i <= number; i++)
        tn_table_next(rows->table, row);
}

int tn_rows_of_claim(struct tn_rows_of *rows, size_t number, const char *customer, struct tn_err *err)
{
    struct tn_table_row row;
    const char *earlier = rows->claims[number];
    rows->claims[number] = customer;
    if (!earlier)
        return TENURE_OK;
    row_at(rows, number, &row);
    return tn_err_set(err, TENURE_EINVAL, "%.*s:%ld: '%.*s' is two customers, %s and %s: say which by id",
                      (int)row.file_len, row.file, row.line, (int)row.who_len, row.who, earlier, customer);
}

int tn_rows_of_check(const struct tn_rows_of *rows, struct tn_err *err)
{
    struct tn_buf text = {.limit = sizeof err->msg - 64};
    struct tn_table_row row;
    size_t number = 0, told = 0, more = 0;
    for (tn_table_begin(rows->table, &row); tn_table_next(rows->table, &row); number++) {
        if (rows->claims[number])
            continue;
        size_t before = text.len;
        if (more || !tn_buf_printf(&text, "%s%.*s:%ld: no customer has the id or domain '%.*s'", told ? "\n" : "",
                                   (int)row.file_len, row.file, row.line, (int)row.who_len, row.who))
            more++;
        if (text.len > before)
            told++;
    }
    int rc = TENURE_OK;
    if (more)
        rc = tn_err_set(err, TENURE_EINVAL, "%s\nand %zu more rows", tn_buf_text(&text), more);
    else if (told)
        rc = tn_err_set(err, TENURE_EINVAL, "%s", tn_buf_text(&text));
    tn_buf_deinit(&text);
    return rc;
}
