/* Tallies for a summary: see tally.h. */
#include "ledger/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* One more zeroed row at the end. */
static void *grow(void *rows, size_t count, size_t size)
{
    void *more = tn_array_grow(rows, count, size);
    if (more)
        memset((char *)more + count * size, 0, size);
    return more;
}

/* ---- money ------------------------------------------------------------------------------------------------------ */

static struct tn_tally_row *find_row(struct tn_tally *tally, const char *operation, const char *currency)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->rows[i].currency, currency) == 0 && strcmp(tally->rows[i].operation, operation) == 0)
            return &tally->rows[i];
    }
    struct tn_tally_row *rows = grow(tally->rows, tally->count, sizeof *rows);
    char *name = rows ? strdup(operation) : NULL;
    if (rows)
        tally->rows = rows;
    if (!name)
        return NULL;
    struct tn_tally_row *row = &rows[tally->count++];
    row->operation = name;
    memcpy(row->currency, currency, strlen(currency) + 1);
    return row;
}

static int add_money(bool *has, struct tn_money *sum, bool has_more, const struct tn_money *more, struct tn_err *err)
{
    if (!has_more)
        return TENURE_OK;
    if (!*has)
        *sum = tn_money_zero(more->currency);
    *has = true;
    return tn_money_add(sum, sum, more, err);
}

int tn_tally_add(struct tn_tally *tally, const char *operation, const struct tn_amounts *amounts, int64_t customer,
                 struct tn_err *err)
{
    const char *currency = amounts->has_back ? amounts->back.currency : amounts->has_pay ? amounts->pay.currency : "";
    struct tn_tally_row *row = find_row(tally, operation, currency);
    if (!row)
        return tn_err_no_memory(err);
    row->count++;
    row->customers += row->last_customer != customer;
    row->last_customer = customer;
    int rc = add_money(&row->sums.has_back, &row->sums.back, amounts->has_back, &amounts->back, err);
    if (rc == TENURE_OK)
        rc = add_money(&row->sums.has_worth, &row->sums.worth, amounts->has_worth, &amounts->worth, err);
    if (rc == TENURE_OK && amounts->has_pay) {
        row = find_row(tally, operation, amounts->pay.currency); /* another row, should it be another currency */
        rc = row ? add_money(&row->sums.has_pay, &row->sums.pay, true, &amounts->pay, err) : tn_err_no_memory(err);
    }
    return rc;
}

static int compare_rows(const void *a, const void *b)
{
    const struct tn_tally_row *left = a, *right = b;
    int order = strcmp(left->operation, right->operation);
    return order ? order : strcmp(left->currency, right->currency);
}

void tn_tally_sort(struct tn_tally *tally)
{
    if (tally->count > 0)
        qsort(tally->rows, tally->count, sizeof *tally->rows, compare_rows);
}

static bool same_operation(const struct tn_tally *tally, size_t i, size_t j)
{
    return strcmp(tally->rows[i].operation, tally->rows[j].operation) == 0;
}

static const struct tn_money *amount_of(const struct tn_tally_row *row, enum tn_tally_amount which)
{
    const struct tn_money *back = row->sums.has_back ? &row->sums.back : NULL;
    const struct tn_money *pay = row->sums.has_pay ? &row->sums.pay : NULL;
    return which == TN_TALLY_BACK ? back : which == TN_TALLY_PAY ? pay : back ? back : pay;
}

/* Of the operation whose rows begin at `from`; gives where those of the next one do. */
static size_t write_operation(const struct tn_tally *tally, size_t from, enum tn_tally_amount which,
                              struct tn_json_writer *w)
{
    size_t end = from;
    bool any = which == TN_TALLY_EITHER;
    for (; end < tally->count && same_operation(tally, from, end); end++)
        any = any || amount_of(&tally->rows[end], which);
    if (!any)
        return end;
    tn_jw_key(w, tally->rows[from].operation);
    tn_jw_object(w);
    for (size_t i = from; i < end; i++) {
        const struct tn_money *money = amount_of(&tally->rows[i], which);
        char amount[TN_MONEY_TEXT];
        if (money)
            tn_jw_kv_string(w, tally->rows[i].currency, tn_money_amount(money, amount));
    }
    tn_jw_object_end(w);
    return end;
}

void tn_tally_write_totals(const struct tn_tally *tally, enum tn_tally_amount which, struct tn_json_writer *w)
{
    tn_jw_object(w);
    for (size_t i = 0; i < tally->count;)
        i = write_operation(tally, i, which, w);
    tn_jw_object_end(w);
}

void tn_tally_write_rows(const struct tn_tally *tally, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (size_t i = 0; i < tally->count; i++) {
        const struct tn_tally_row *row = &tally->rows[i];
        tn_jw_object(w);
        tn_jw_kv_string(w, "operation", row->operation);
        tn_jw_kv_string(w, "currency", *row->currency ? row->currency : NULL);
        tn_jw_kv_int(w, "count", row->count);
        tn_jw_kv_money(w, "back", row->sums.has_back ? &row->sums.back : NULL);
        tn_jw_kv_money(w, "pay", row->sums.has_pay ? &row->sums.pay : NULL);
        tn_jw_kv_money(w, "worth", row->sums.has_worth ? &row->sums.worth : NULL);
        tn_jw_kv_int(w, "customers", row->customers);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

void tn_tally_deinit(struct tn_tally *tally)
{
    for (size_t i = 0; i < tally->count; i++)
        free(tally->rows[i].operation);
    free(tally->rows);
    *tally = (struct tn_tally){0};
}

/* ---- codes ------------------------------------------------------------------------------------------------------ */

static bool same_text(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

int tn_codes_add(struct tn_codes *codes, const char *code, const char *example, int64_t count, struct tn_err *err)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (strcmp(codes->rows[i].code, code) == 0) {
            codes->rows[i].count += count;
            codes->rows[i].differs |= count > 1 || !same_text(codes->rows[i].example, example);
            return TENURE_OK;
        }
    }
    struct tn_codes_row *rows = grow(codes->rows, codes->count, sizeof *rows);
    if (rows)
        codes->rows = rows;
    char *code_copy = rows ? strdup(code) : NULL, *example_copy = code_copy && example ? strdup(example) : NULL;
    if (!code_copy || (example && !example_copy)) {
        free(code_copy);
        return tn_err_no_memory(err);
    }
    rows[codes->count++] =
        (struct tn_codes_row){.code = code_copy, .example = example_copy, .count = count, .differs = count > 1};
    return TENURE_OK;
}

static int compare_codes(const void *a, const void *b)
{
    const struct tn_codes_row *left = a, *right = b;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return strcmp(left->code, right->code);
}

void tn_codes_write(struct tn_codes *codes, struct tn_json_writer *w)
{
    if (codes->count > 0)
        qsort(codes->rows, codes->count, sizeof *codes->rows, compare_codes);
    tn_jw_array(w);
    for (size_t i = 0; i < codes->count; i++) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "code", codes->rows[i].code);
        tn_jw_kv_int(w, "count", codes->rows[i].count);
        tn_jw_kv_string(w, "example", codes->rows[i].example);
        tn_jw_kv_bool(w, "differs", codes->rows[i].differs);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

void tn_codes_deinit(struct tn_codes *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        free(codes->rows[i].code);
        free(codes->rows[i].example);
    }
    free(codes->rows);
    *codes = (struct tn_codes){0};
}
