/*
 * Money: exact decimal amounts with their currency.
 *
 * An amount is digits x 10^-scale. Arithmetic is exact or an error: no rounding, no mixing of currencies, no overflow
 * that goes unnoticed. An amount Azure did not report has no struct tn_money at all; it is never zero.
 */
#ifndef TN_BASE_MONEY_H
#define TN_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tn_money {
    int64_t digits;
    uint8_t scale;    /* 0..15; kept as small as the value allows, but at least 2 when printed */
    char currency[4]; /* three capital letters and a NUL */
};

#define TN_MONEY_TEXT 40 /* bytes enough for any amount as text, NUL included */

/* "12.30" and "EUR". At most 15 significant digits, no exponent, no spaces, no thousands separators. TENURE_EINVAL. */
int tn_money_parse(struct tn_money *money, const char *amount, const char *currency, struct tn_err *err);

/* "100 USD" or "USD 100": how people write it in workflows and on the command line. */
int tn_money_parse_text(struct tn_money *money, const char *text, struct tn_err *err);

/* From a decoded JSON number (a double): exact for up to 15 significant digits, TENURE_ERANGE for more or not finite.
 */
int tn_money_from_double(struct tn_money *money, double amount, const char *currency, struct tn_err *err);

struct tn_money tn_money_zero(const char *currency);

/* TENURE_EINVAL when the currencies differ, TENURE_ERANGE when the result cannot be kept exactly. out may be a or b. */
int tn_money_add(struct tn_money *out, const struct tn_money *a, const struct tn_money *b, struct tn_err *err);
int tn_money_sub(struct tn_money *out, const struct tn_money *a, const struct tn_money *b, struct tn_err *err);
int tn_money_mul(struct tn_money *out, const struct tn_money *a, int64_t times, struct tn_err *err);
int tn_money_compare(int *order, const struct tn_money *a, const struct tn_money *b, struct tn_err *err); /* -1 0 1 */

int tn_money_sign(const struct tn_money *money); /* -1, 0, 1 */

/* The amount alone, a decimal with at least two places: "1204.50". Returns text. */
char *tn_money_amount(const struct tn_money *money, char text[TN_MONEY_TEXT]);

bool tn_currency_valid(const char *currency, size_t len); /* three letters A to Z */
/* Whether a person can mean it: a code of ISO 4217 for money that is in use. What a service answers may be newer. */
bool tn_currency_in_use(const char *currency);

#endif
