/*
 * Values of inputs: from text to JSON, by type.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "azure/call.h"
#include "azure/modules/roles.h"
#include "base/clock.h"
#include "base/id.h"
#include "workflow/loader.h"

const char *const tn_input_types[] = {"string",      "integer",      "number", "boolean", "percent", "money",
                                      "date",        "duration",     "choice", "list",    "table",   "customer",
                                      "reservation", "subscription", "role",   "guid",    NULL};

const char *tn_input_type_name(enum tn_input_type type)
{
    return tn_input_types[type];
}

const char *tn_input_takes(enum tn_input_type type)
{
    static const char *const takes[] = {"text",
                                        "a whole number such as 5",
                                        "a number such as 2.5",
                                        "true or false",
                                        "a share such as 5%",
                                        "an amount and its currency, such as 100 USD",
                                        "a date such as 2026-02-01",
                                        "a time such as 30 days (also hours, minutes, seconds)",
                                        "one of its words",
                                        "a list such as [a, b]",
                                        "a CSV file",
                                        "a customer's tenant id or domain",
                                        "a reservation's id: the full one or its GUID",
                                        "a subscription: its GUID, or /subscriptions/ and its GUID",
                                        "the name of a built-in role, such as Reservations Reader, or a role's GUID",
                                        "a GUID"};
    return takes[type];
}

bool tn_leading_zero(const char *text)
{
    const char *digit = text + strcspn(text, "0123456789");
    return digit[0] == '0' && digit[1] >= '0' && digit[1] <= '9';
}

static int refuse(enum tn_input_type type, const char *text, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EINVAL, "takes %s, not '%.60s'", tn_input_takes(type), text);
}

/* The core schema's numbers and booleans, whatever way the text came. */
static struct tn_yaml plain_scalar(const char *text)
{
    return (struct tn_yaml){.kind = TN_YAML_SCALAR, .text = text, .len = strlen(text), .plain = true};
}

static int put_number(enum tn_input_type type, const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_yaml scalar = plain_scalar(text);
    long long integer;
    double number;
    if (type == TN_INPUT_INTEGER && tn_yaml_as_int(&scalar, &integer))
        tn_jw_int(w, integer);
    else if (type == TN_INPUT_NUMBER && !tn_leading_zero(text) && tn_yaml_as_double(&scalar, &number))
        tn_jw_double(w, number);
    else
        return refuse(type, text, err);
    return TENURE_OK;
}

static int put_boolean(const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_yaml scalar = plain_scalar(text);
    bool value;
    if (!tn_yaml_as_bool(&scalar, &value))
        return refuse(TN_INPUT_BOOLEAN, text, err);
    tn_jw_bool(w, value);
    return TENURE_OK;
}

/* "5%": the number 5, as Azure reports shares. */
static int put_percent(const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    char digits[32];
    size_t len = strlen(text);
    double number;
    if (len < 2 || len > sizeof digits || text[len - 1] != '%' || strspn(text, "0123456789.") != len - 1 ||
        tn_leading_zero(text))
        return refuse(TN_INPUT_PERCENT, text, err);
    memcpy(digits, text, len - 1);
    digits[len - 1] = '\0';
    struct tn_yaml scalar = plain_scalar(digits);
    if (!tn_yaml_as_double(&scalar, &number))
        return refuse(TN_INPUT_PERCENT, text, err);
    tn_jw_double(w, number);
    return TENURE_OK;
}

static int put_money(const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_money money;
    if (tn_leading_zero(text) || tn_money_parse_text(&money, text, NULL) < 0)
        return refuse(TN_INPUT_MONEY, text, err);
    tn_jw_money(w, &money);
    return TENURE_OK;
}

static int put_date(const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    int64_t seconds;
    if (!tn_time_parse(text, strlen(text), &seconds))
        return refuse(TN_INPUT_DATE, text, err);
    tn_jw_int(w, seconds);
    return TENURE_OK;
}

bool tn_duration_parse(const char *text, int64_t *seconds)
{
    static const struct {
        const char *one, *many;
        int64_t seconds;
    } units[] = {{"second", "seconds", 1}, {"minute", "minutes", 60}, {"hour", "hours", 3600}, {"day", "days", 86400}};
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || tn_leading_zero(text))
        return false;
    int64_t number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    const char *unit = text + digits + strspn(text + digits, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].one) != 0 && strcmp(unit, units[i].many) != 0)
            continue;
        *seconds = number * units[i].seconds;
        return true;
    }
    return false;
}

static int put_duration(const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    int64_t seconds;
    if (!tn_duration_parse(text, &seconds))
        return refuse(TN_INPUT_DURATION, text, err);
    tn_jw_int(w, seconds);
    return TENURE_OK;
}

static int put_choice(const char *const *choices, const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    char list[256];
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; choices && choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            tn_jw_string(w, text);
            return TENURE_OK;
        }
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", choices[i]);
    }
    return tn_err_set(err, TENURE_EINVAL, "takes one of: %s; not '%.60s'", list, text);
}

static bool id_valid(enum tn_input_type type, const char *text)
{
    char guid[TN_GUID_TEXT], other[TN_GUID_TEXT];
    switch (type) {
    case TN_INPUT_CUSTOMER:
        return tn_customer_id_valid(text);
    case TN_INPUT_RESERVATION:
        return tn_reservation_id_parse(text, other, guid) && guid[0];
    case TN_INPUT_SUBSCRIPTION:
        return tn_subscription_id_parse(text, guid);
    case TN_INPUT_ROLE:
        return tn_role_guid(text) != NULL;
    default:
        return tn_guid_valid(text, strlen(text));
    }
}

static int put_id(enum tn_input_type type, const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    if (!id_valid(type, text))
        return refuse(type, text, err);
    tn_jw_string(w, text);
    return TENURE_OK;
}

int tn_input_parse(enum tn_input_type type, const char *const *choices, const char *text, struct tn_json_writer *w,
                   struct tn_err *err)
{
    switch (type) {
    case TN_INPUT_STRING:
        tn_jw_string(w, text);
        return TENURE_OK;
    case TN_INPUT_INTEGER:
    case TN_INPUT_NUMBER:
        return put_number(type, text, w, err);
    case TN_INPUT_BOOLEAN:
        return put_boolean(text, w, err);
    case TN_INPUT_PERCENT:
        return put_percent(text, w, err);
    case TN_INPUT_MONEY:
        return put_money(text, w, err);
    case TN_INPUT_DATE:
        return put_date(text, w, err);
    case TN_INPUT_DURATION:
        return put_duration(text, w, err);
    case TN_INPUT_CHOICE:
        return put_choice(choices, text, w, err);
    case TN_INPUT_CUSTOMER:
    case TN_INPUT_RESERVATION:
    case TN_INPUT_SUBSCRIPTION:
    case TN_INPUT_ROLE:
    case TN_INPUT_GUID:
        return put_id(type, text, w, err);
    default:
        return refuse(type, text, err);
    }
}

/* ---- values in YAML --------------------------------------------------------------------------------------------- */

static bool wants_text(enum tn_input_type type)
{
    return type != TN_INPUT_INTEGER && type != TN_INPUT_NUMBER && type != TN_INPUT_BOOLEAN;
}

static int read_scalar(enum tn_input_type type, const char *const *choices, const struct tn_yaml *node,
                       struct tn_json_writer *w, struct tn_err *err)
{
    const char *kind = tn_node_kind(node);
    bool text = strcmp(kind, "text") == 0;
    if (node->kind != TN_YAML_SCALAR || tn_yaml_is_null(node))
        return tn_err_set(err, TENURE_EINVAL, "takes %s, not %s", tn_input_takes(type), kind);
    if ((type == TN_INPUT_STRING || type == TN_INPUT_CHOICE) && !text)
        return tn_err_set(err, TENURE_EINVAL, "takes text, and %.60s without quotes is %s: put it in quotes",
                          node->text, kind);
    if (!wants_text(type) && !node->plain)
        return tn_err_set(err, TENURE_EINVAL, "takes %s: write it without quotes", tn_input_takes(type));
    return tn_input_parse(type, choices, node->text, w, err);
}

int tn_input_read(const struct tn_input *input, const struct tn_yaml *node, struct tn_json_writer *w,
                  const struct tn_yaml **bad, struct tn_err *err)
{
    *bad = node;
    if (input->type != TN_INPUT_LIST)
        return read_scalar(input->type, input->choices, node, w, err);
    if (node->kind != TN_YAML_SEQUENCE)
        return tn_err_set(err, TENURE_EINVAL, "takes %s, not %s", tn_input_takes(TN_INPUT_LIST), tn_node_kind(node));
    tn_jw_array(w);
    for (const struct tn_yaml *item = node->first; item; item = item->next) {
        int rc = read_scalar(input->of, input->choices, item, w, err);
        *bad = item;
        if (rc < 0)
            return rc;
    }
    tn_jw_array_end(w);
    return TENURE_OK;
}
