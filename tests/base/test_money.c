/* Money is exact or an error: over random decimals, at the edges, and between currencies. */
#include "base/money.h"

#include <math.h>
#include <stdlib.h>

#include "check.h"

static uint64_t state = 88172645463325252u; /* fixed, so that a failure comes back */

static uint64_t random_next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* "-123.4567" with up to 15 significant digits, without zeros at either end. */
static void random_decimal(char text[40])
{
    int count = 1 + (int)(random_next() % 15), places = (int)(random_next() % (uint64_t)(count + 1));
    char digits[16];
    for (int i = 0; i < count; i++)
        digits[i] = (char)('0' + random_next() % 10);
    if (digits[0] == '0')
        digits[0] = '7';
    if (digits[count - 1] == '0')
        digits[count - 1] = '3';
    int whole = count - places;
    snprintf(text, 40, "%s%.*s%s%.*s", random_next() % 2 ? "-" : "", whole ? whole : 1, whole ? digits : "0",
             places ? "." : "", places, digits + whole);
}

/* The amount as text, with the zeros that fill it up to two places taken off again. */
static void amount_text(const struct tn_money *money, char text[TN_MONEY_TEXT])
{
    tn_money_amount(money, text);
    char *end = text + strlen(text) - 1;
    while (*end == '0')
        *end-- = '\0';
    if (*end == '.')
        *end = '\0';
}

static void test_random_decimals(void)
{
    int wrong = 0;
    for (int i = 0; i < 300000; i++) {
        char text[40], parsed[TN_MONEY_TEXT], decoded[TN_MONEY_TEXT];
        random_decimal(text);
        struct tn_money a, b;
        struct tn_err err = {0};
        if (tn_money_parse(&a, text, "EUR", &err) < 0 ||
            tn_money_from_double(&b, strtod(text, NULL), "EUR", &err) < 0) {
            fprintf(stderr, "%s: %s\n", text, err.msg);
            wrong++;
            continue;
        }
        amount_text(&a, parsed);
        amount_text(&b, decoded);
        if (strcmp(parsed, text) != 0 || strcmp(decoded, text) != 0 || a.digits != b.digits || a.scale != b.scale) {
            fprintf(stderr, "%s became %s and %s\n", text, parsed, decoded);
            wrong++;
        }
    }
    CHECK(wrong == 0);
}

static void test_random_arithmetic(void)
{
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        struct tn_money a = {.digits = (int64_t)(random_next() % 1000000000000),
                             .scale = (uint8_t)(random_next() % 5),
                             .currency = "USD"};
        struct tn_money b = {.digits = (int64_t)(random_next() % 1000000000000),
                             .scale = (uint8_t)(random_next() % 5),
                             .currency = "USD"};
        struct tn_money sum, back, minus;
        int order = 9;
        if (tn_money_add(&sum, &a, &b, NULL) < 0 || tn_money_sub(&back, &sum, &b, NULL) < 0 ||
            tn_money_compare(&order, &back, &a, NULL) < 0 || order != 0)
            wrong++;
        if (tn_money_sub(&minus, &a, &b, NULL) < 0 || tn_money_compare(&order, &a, &b, NULL) < 0 ||
            order != tn_money_sign(&minus))
            wrong++;
    }
    CHECK(wrong == 0);
}

static void amount(const char *text, const char *expected)
{
    struct tn_money money;
    char shown[TN_MONEY_TEXT];
    CHECK(tn_money_parse(&money, text, "EUR", NULL) == TENURE_OK);
    CHECK_TEXT(tn_money_amount(&money, shown), expected);
}

static void no_amount(const char *text, int code)
{
    struct tn_money money = {.digits = 42};
    struct tn_err err = {0};
    int rc = tn_money_parse(&money, text, "EUR", &err);
    if (rc != code || err.code != code || money.digits != 42) {
        fprintf(stderr, "'%s' gave %d, expected %d\n", text, rc, code);
        check_failures++;
    }
}

static void test_parse(void)
{
    amount("0", "0.00");
    amount("-0", "0.00");
    amount("12.3", "12.30");
    amount("12.300000", "12.30");
    amount("0.000001", "0.000001");
    amount("-0.05", "-0.05");
    amount("007", "7.00");
    amount("999999999999999", "999999999999999.00");
    amount("0.000000000000001", "0.000000000000001");
    no_amount("", TENURE_EINVAL);
    no_amount("-", TENURE_EINVAL);
    no_amount(".5", TENURE_EINVAL);
    no_amount("5.", TENURE_EINVAL);
    no_amount("1.2.3", TENURE_EINVAL);
    no_amount("1,5", TENURE_EINVAL);
    no_amount("1e3", TENURE_EINVAL);
    no_amount("+5", TENURE_EINVAL);
    no_amount(" 5", TENURE_EINVAL);
    no_amount("0x10", TENURE_EINVAL);
    no_amount("1_000", TENURE_EINVAL);
    no_amount("1000000000000000.01", TENURE_ERANGE);
    no_amount("1234567890123456", TENURE_ERANGE);
    no_amount("0.0000000000000001", TENURE_ERANGE);
    no_amount("99999999999999999999999999999999999999999999", TENURE_ERANGE);
    struct tn_money money;
    CHECK(tn_money_parse(&money, "1", "eur", NULL) == TENURE_EINVAL);
    CHECK(tn_money_parse(&money, "1", "EURO", NULL) == TENURE_EINVAL);
    CHECK(tn_money_parse(&money, "1", "", NULL) == TENURE_EINVAL);
}

static void test_currencies(void)
{
    static const char *const in_use[] = {"AED", "EUR", "PLN", "USD", "ZWG", NULL};
    static const char *const not_in_use[] = {"XXQ", "EDA", "D A", "eur", "EURO", "EU", "", "XXX", NULL};
    for (size_t i = 0; in_use[i]; i++)
        CHECK(tn_currency_in_use(in_use[i]));
    for (size_t i = 0; not_in_use[i]; i++)
        CHECK(!tn_currency_in_use(not_in_use[i]));
    CHECK(tn_currency_valid("XXQ", 3)); /* in an answer it may be newer than this list */
}

static void test_parse_text(void)
{
    struct tn_money money;
    char text[TN_MONEY_TEXT];
    CHECK(tn_money_parse_text(&money, "100 USD", NULL) == TENURE_OK && money.digits == 100);
    CHECK(tn_money_parse_text(&money, "  USD   1.5 ", NULL) == TENURE_OK);
    CHECK_TEXT(tn_money_amount(&money, text), "1.50");
    static const char *const wrong[] = {"",
                                        "100",
                                        "USD",
                                        "100USD",
                                        "100 USD x",
                                        "100 usd",
                                        "USD USD",
                                        "1 2",
                                        "100 100 USD",
                                        "0000000000000000000000000000100USD",
                                        "0000000000000000000000000000001000USD"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tn_err err = {0};
        if (tn_money_parse_text(&money, wrong[i], &err) >= 0) {
            fprintf(stderr, "'%s' was taken as money\n", wrong[i]);
            check_failures++;
        }
    }
}

static void from_double(double value, int code, const char *expected)
{
    struct tn_money money;
    char text[TN_MONEY_TEXT];
    int rc = tn_money_from_double(&money, value, "EUR", NULL);
    if (rc != code) {
        fprintf(stderr, "%.17g gave %d, expected %d\n", value, rc, code);
        check_failures++;
    } else if (rc == TENURE_OK) {
        CHECK_TEXT(tn_money_amount(&money, text), expected);
    }
}

static void test_from_double(void)
{
    from_double(0, TENURE_OK, "0.00");
    from_double(-0.0, TENURE_OK, "0.00");
    from_double(1204.5, TENURE_OK, "1204.50");
    from_double(-0.07, TENURE_OK, "-0.07");
    from_double(1e14, TENURE_OK, "100000000000000.00");
    from_double(1e-5, TENURE_OK, "0.00001");
    from_double(1.25e-10, TENURE_OK, "0.000000000125");
    from_double(123456789.123456, TENURE_OK, "123456789.123456");
    from_double(0.1 + 0.2, TENURE_ERANGE, ""); /* not a rounding */
    from_double(1.0 / 3, TENURE_ERANGE, "");
    from_double(1e15, TENURE_ERANGE, "");
    from_double(1e-16, TENURE_ERANGE, "");
    from_double(5e-324, TENURE_ERANGE, "");
    from_double((double)NAN, TENURE_ERANGE, "");
    from_double((double)INFINITY, TENURE_ERANGE, "");
    struct tn_money money;
    CHECK(tn_money_from_double(&money, 1, "E", NULL) == TENURE_EINVAL);
}

static void test_edges(void)
{
    struct tn_money euro = tn_money_zero("EUR"), dollar = tn_money_zero("USD"), out = tn_money_zero("EUR");
    struct tn_err err = {0};
    int order = 9;
    euro.digits = 999999999999999999;
    dollar.digits = 1;
    CHECK(tn_money_add(&out, &euro, &dollar, &err) == TENURE_EINVAL && strstr(err.msg, "EUR and USD"));
    CHECK(tn_money_sub(&out, &euro, &dollar, NULL) == TENURE_EINVAL);
    CHECK(tn_money_compare(&order, &euro, &dollar, NULL) == TENURE_EINVAL && order == 9);
    CHECK(tn_money_add(&out, &euro, &euro, NULL) == TENURE_ERANGE && out.digits == 0);
    CHECK(tn_money_mul(&out, &euro, 2, NULL) == TENURE_ERANGE);
    CHECK(tn_money_mul(&out, &euro, INT64_MIN, NULL) == TENURE_ERANGE);
    CHECK(tn_money_mul(&out, &euro, -1, NULL) == TENURE_OK && tn_money_sign(&out) == -1);
    struct tn_money cent = {.digits = 1, .scale = 15, .currency = "EUR"};
    CHECK(tn_money_add(&out, &euro, &cent, NULL) == TENURE_ERANGE); /* would have to be rounded */
    CHECK(tn_money_compare(&order, &euro, &cent, NULL) == TENURE_OK && order == 1);
    CHECK(tn_money_add(&cent, &cent, &cent, NULL) == TENURE_OK && cent.digits == 2); /* out may be an argument */
    CHECK(tn_money_sign(&dollar) == 1);
}

int main(void)
{
    test_random_decimals();
    test_random_arithmetic();
    test_parse();
    test_currencies();
    test_parse_text();
    test_from_double();
    test_edges();
    return check_result();
}
