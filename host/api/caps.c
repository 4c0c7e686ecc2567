/* Caps: see caps.h. */
#include "api/caps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static int add_guard(struct tn_caps *caps, const struct tn_operation *op, enum tn_guard_kind kind,
                     const struct tn_guard_row *cap, struct tn_err *err)
{
    struct tn_guard_row *grown = tn_array_grow(caps->rows, caps->count, sizeof *grown);
    if (!grown)
        return tn_err_no_memory(err);
    caps->rows = grown;
    grown[caps->count] = *cap;
    grown[caps->count].kind = kind;
    grown[caps->count++].operation = op->name;
    return TENURE_OK;
}

/* A cap for what is called; a script may use whatever changes something. One by count is for what costs money of which
 * nobody tells how much, any other for the rest. */
static int add_guards(struct tn_caps *caps, const struct tn_operation *called, const struct tn_guard_row *cap,
                      struct tn_err *err)
{
    const struct tn_operation *op = called ? called : tn_operation_next(NULL);
    for (; op; op = called ? NULL : tn_operation_next(op)) {
        if (op->class == TN_CLASS_READ || op->untold_money != (cap->kind == TN_GUARD_COUNT))
            continue;
        bool money = cap->kind == TN_GUARD_BACK;
        int rc = !money || (op->moves & TN_MOVES_BACK) ? add_guard(caps, op, cap->kind, cap, err) : TENURE_OK;
        if (rc == TENURE_OK && money && (op->moves & TN_MOVES_PAY))
            rc = add_guard(caps, op, TN_GUARD_PAY, cap, err);
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

/* "EUR=500" → back, or to be paid, at most 500.00 EUR; USD counts against worth too. */
static int read_money_cap(const char *given, const char *equals, struct tn_guard_row *cap, struct tn_err *err)
{
    char text[64];
    cap->kind = TN_GUARD_BACK;
    snprintf(text, sizeof text, "%s %.*s", equals + 1, (int)(equals - given), given);
    int rc = tn_money_parse_text(&cap->cap, text, err);
    if (rc == TENURE_OK && !tn_currency_in_use(cap->cap.currency))
        return tn_err_set(err, TENURE_EINVAL, "--cap %.60s: '%s' is no currency in use (ISO 4217)", given,
                          cap->cap.currency);
    return rc;
}

/* "count=5" → at most five times. */
static int read_count_cap(const char *number, struct tn_guard_row *cap, struct tn_err *err)
{
    size_t digits = strspn(number, "0123456789");
    cap->kind = TN_GUARD_COUNT;
    cap->count = strtoll(number, NULL, 10);
    if (digits == 0 || digits > 9 || number[digits] || (number[0] == '0' && digits > 1))
        return tn_err_set(err, TENURE_EINVAL, "--cap count takes a whole number, such as count=5, not '%.40s'", number);
    return TENURE_OK;
}

static int read_cap(const char *given, struct tn_guard_row *cap, struct tn_err *err)
{
    const char *equals = strchr(given, '=');
    if (!equals || strlen(given) >= 60)
        return tn_err_set(err, TENURE_EINVAL, "--cap '%.60s': write CURRENCY=AMOUNT, such as EUR=500", given);
    if (strncmp(given, "count=", 6) == 0)
        return read_count_cap(equals + 1, cap, err);
    return read_money_cap(given, equals, cap, err);
}

int tn_caps_read(const struct tn_request *request, const struct tn_operation *called, struct tn_caps *caps,
                 struct tn_err *err)
{
    const char **given;
    size_t count;
    int rc = tn_request_list(request, "cap", false, &given, &count, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == TENURE_OK && i < count; i++) {
        struct tn_guard_row cap = {0};
        rc = read_cap(given[i], &cap, err);
        if (rc == TENURE_OK)
            rc = add_guards(caps, called, &cap, err);
    }
    free(given);
    return rc;
}
