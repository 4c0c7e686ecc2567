/* Money: see money.h. */
#include "base/money.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

#define MAX_SCALE 15
#define MAX_DIGITS 15 /* significant digits taken from outside: what a double carries exactly */

typedef __int128 wide;

/* Sums may grow past 15 digits; past 18 they no longer fit int64 with certainty. */
static const int64_t max_digits = 999999999999999999;

bool tn_currency_valid(const char *currency, size_t len)
{
    if (len != 3)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (currency[i] < 'A' || currency[i] > 'Z')
            return false;
    }
    return true;
}

/* ISO 4217, list one: the money that countries use, without metals, funds and what stands for none. */
static const char in_use[] = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD "
                             "BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN "
                             "ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD "
                             "IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
                             "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
                             "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP "
                             "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD "
                             "UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ";

bool tn_currency_in_use(const char *currency)
{
    const char *at = strlen(currency) == 3 ? strstr(in_use, currency) : NULL;
    return at && (at - in_use) % 4 == 0;
}

static int set(struct tn_money *out, wide digits, int scale, const char *currency, struct tn_err *err)
{
    while (scale > 0 && digits % 10 == 0) {
        digits /= 10;
        scale--;
    }
    if (digits > max_digits || digits < -max_digits || scale > MAX_SCALE)
        return tn_err_set(err, TENURE_ERANGE, "amount of %.3s is too large or too fine to be kept exactly", currency);
    struct tn_money result = {.digits = (int64_t)digits, .scale = (uint8_t)scale};
    memcpy(result.currency, currency, 3);
    *out = result;
    return TENURE_OK;
}

int tn_money_parse(struct tn_money *money, const char *amount, const char *currency, struct tn_err *err)
{
    if (!tn_currency_valid(currency, strlen(currency)))
        return tn_err_set(err, TENURE_EINVAL, "'%.20s' is not a currency: three capital letters, such as EUR",
                          currency);
    const char *at = amount;
    bool negative = *at == '-';
    at += negative;
    wide digits = 0;
    int scale = 0, significant = 0, seen = 0;
    bool point = false;
    for (; *at; at++) {
        if (*at == '.' && !point && seen) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*at))
            return tn_err_set(err, TENURE_EINVAL,
                              "'%.40s' is not an amount: digits with at most one point, such as 12.30", amount);
        digits = digits * 10 + (*at - '0');
        significant += significant || *at != '0';
        scale += point;
        seen++;
        if (seen > 40 || digits > max_digits)
            return tn_err_set(err, TENURE_ERANGE, "'%.40s' has more than %d significant digits", amount, MAX_DIGITS);
    }
    if (!seen || at[-1] == '.')
        return tn_err_set(err, TENURE_EINVAL, "'%.40s' is not an amount: digits with at most one point, such as 12.30",
                          amount);
    struct tn_money result;
    int rc = set(&result, negative ? -digits : digits, scale, currency, err);
    if (rc < 0)
        return rc;
    if (llabs(result.digits) > 999999999999999)
        return tn_err_set(err, TENURE_ERANGE, "'%.40s' has more than %d significant digits", amount, MAX_DIGITS);
    *money = result;
    return TENURE_OK;
}

int tn_money_parse_text(struct tn_money *money, const char *text, struct tn_err *err)
{
    char first[32], second[32], space[2], rest;
    if (sscanf(text, " %31s%1[ \t]%31s %c", first, space, second, &rest) != 3)
        return tn_err_set(err, TENURE_EINVAL, "'%.40s' is not money: an amount and its currency, such as 100 USD",
                          text);
    bool amount_first = strpbrk(first, "0123456789");
    return tn_money_parse(money, amount_first ? first : second, amount_first ? second : first, err);
}

static int too_precise(const char *currency, struct tn_err *err)
{
    return tn_err_set(err, TENURE_ERANGE, "an amount of %.3s is not finite or needs more than %d significant digits",
                      currency, MAX_DIGITS);
}

/* Fifteen significant digits give back the exact decimal of any amount that had no more; a double that does not read
 * back the same from them was another number, and is refused rather than rounded. */
int tn_money_from_double(struct tn_money *money, double amount, const char *currency, struct tn_err *err)
{
    char text[TN_NUMBER_TEXT];
    if (!tn_currency_valid(currency, strlen(currency)))
        return tn_err_set(err, TENURE_EINVAL, "'%.20s' is not a currency: three capital letters, such as EUR",
                          currency);
    if (!isfinite(amount) || fabs(amount) >= 1e15)
        return too_precise(currency, err);
    if (tn_number_read(tn_number_format(text, amount, MAX_DIGITS)) != amount)
        return too_precise(currency, err);
    /* "-1.25e-05": the digits without the point, and how many of them stand behind it. */
    int64_t digits = 0;
    int scale = 0;
    bool point = false;
    const char *at = text + (text[0] == '-');
    for (; *at && *at != 'e'; at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        digits = digits * 10 + (*at - '0');
        scale += point;
    }
    if (*at == 'e')
        scale -= atoi(at + 1);
    for (; scale < 0; scale++)
        digits *= 10;
    return set(money, text[0] == '-' ? -digits : digits, scale, currency, err);
}

struct tn_money tn_money_zero(const char *currency)
{
    struct tn_money zero = {0};
    memcpy(zero.currency, currency, 3);
    return zero;
}

static wide aligned(const struct tn_money *money, int scale)
{
    wide digits = money->digits;
    for (int i = money->scale; i < scale; i++)
        digits *= 10;
    return digits;
}

static int same_currency(const struct tn_money *a, const struct tn_money *b, struct tn_err *err)
{
    if (memcmp(a->currency, b->currency, 3) != 0)
        return tn_err_set(err, TENURE_EINVAL,
                          "%s and %s are two currencies: money of different currencies is never mixed", a->currency,
                          b->currency);
    return TENURE_OK;
}

static int combine(struct tn_money *out, const struct tn_money *a, const struct tn_money *b, int sign,
                   struct tn_err *err)
{
    int rc = same_currency(a, b, err);
    if (rc < 0)
        return rc;
    int scale = a->scale > b->scale ? a->scale : b->scale;
    return set(out, aligned(a, scale) + sign * aligned(b, scale), scale, a->currency, err);
}

int tn_money_add(struct tn_money *out, const struct tn_money *a, const struct tn_money *b, struct tn_err *err)
{
    return combine(out, a, b, 1, err);
}

int tn_money_sub(struct tn_money *out, const struct tn_money *a, const struct tn_money *b, struct tn_err *err)
{
    return combine(out, a, b, -1, err);
}

int tn_money_mul(struct tn_money *out, const struct tn_money *a, int64_t times, struct tn_err *err)
{
    return set(out, (wide)a->digits * times, a->scale, a->currency, err);
}

int tn_money_compare(int *order, const struct tn_money *a, const struct tn_money *b, struct tn_err *err)
{
    int rc = same_currency(a, b, err);
    if (rc < 0)
        return rc;
    int scale = a->scale > b->scale ? a->scale : b->scale;
    wide left = aligned(a, scale), right = aligned(b, scale);
    *order = left < right ? -1 : left > right;
    return TENURE_OK;
}

int tn_money_sign(const struct tn_money *money)
{
    return money->digits < 0 ? -1 : money->digits > 0;
}

char *tn_money_amount(const struct tn_money *money, char text[TN_MONEY_TEXT])
{
    int scale = money->scale < 2 ? 2 : money->scale > MAX_SCALE ? MAX_SCALE : money->scale;
    wide digits = aligned(money, scale);
    bool negative = digits < 0;
    if (negative)
        digits = -digits;
    int64_t unit = 1;
    for (int i = 0; i < scale; i++)
        unit *= 10;
    snprintf(text, TN_MONEY_TEXT, "%s%lld.%0*lld", negative ? "-" : "", (long long)(digits / unit), scale,
             (long long)(digits % unit));
    return text;
}
