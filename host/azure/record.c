/* Records: reading one field of a raw body. See record.h. */
#include "azure/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"

const char *tn_type_name(enum tn_type type)
{
    static const char *const names[] = {
        [TN_TYPE_STRING] = "string",
        [TN_TYPE_ID] = "id",
        [TN_TYPE_INTEGER] = "integer",
        [TN_TYPE_NUMBER] = "number",
        [TN_TYPE_BOOLEAN] = "boolean",
        [TN_TYPE_MONEY] = "money",
        [TN_TYPE_DATE] = "date",
        [TN_TYPE_DURATION] = "duration",
        [TN_TYPE_FLAGS] = "flags",
        [TN_TYPE_KEYED] = "keyed",
        [TN_TYPE_LIST] = "list",
        [TN_TYPE_RECORD] = "record",
        [TN_TYPE_TABLE] = "table",
        [TN_TYPE_DATA] = "data",
        [TN_TYPE_RESERVATION] = "reservation",
        [TN_TYPE_ORDER] = "order",
        [TN_TYPE_CUSTOMER] = "customer",
        [TN_TYPE_SUBSCRIPTION] = "subscription",
        [TN_TYPE_RETURNS] = "returns",
        [TN_TYPE_PURCHASES] = "purchases",
        [TN_TYPE_SAVINGS_PLANS] = "savings_plans",
        [TN_TYPE_JSON] = "json",
        [TN_TYPE_QUOTE] = "quote",
    };
    return names[type];
}

const struct tn_field *tn_record_field(const struct tn_record *record, const char *name)
{
    for (const struct tn_field *field = record->fields; field->name; field++) {
        if (strcmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

const char *tn_record_suggest(const struct tn_record *record, const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (const struct tn_field *field = record->fields; field->name && count < 63; field++)
        names[count++] = field->name;
    names[count] = NULL;
    return tn_closest(name, names);
}

static int unreadable(const struct tn_field *field, const char *expected, struct tn_err *err)
{
    return tn_err_set(err, TENURE_EPROTO, "the answer's %s is not %s", field->path, expected);
}

/* ISO 8601 durations of whole units: P1Y, P30D, PT10M. A year counts 365 days, a month 30. */
static bool parse_duration(const char *text, int64_t *seconds)
{
    if (*text++ != 'P')
        return false;
    bool time = false;
    int64_t total = 0;
    for (; *text; text++) {
        if (*text == 'T' && !time) {
            time = true;
            continue;
        }
        char *end;
        long count = strtol(text, &end, 10);
        if (end == text || count < 0 || count > 100000)
            return false;
        static const struct {
            char unit;
            bool time;
            int64_t seconds;
        } units[] = {{'Y', false, 365 * 86400}, {'M', false, 30 * 86400}, {'W', false, 7 * 86400}, {'D', false, 86400},
                     {'H', true, 3600},         {'M', true, 60},          {'S', true, 1}};
        size_t i = 0;
        while (i < 7 && !(units[i].unit == *end && units[i].time == time))
            i++;
        if (i == 7)
            return false;
        total += count * units[i].seconds;
        text = end;
    }
    *seconds = total;
    return true;
}

static int read_text(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value, struct tn_err *err)
{
    value->text = tn_json_string(raw, field->path, &value->text_len);
    if (!value->text)
        return unreadable(field, "text", err);
    if (field->type == TN_TYPE_DATE && !tn_time_parse(value->text, value->text_len, &value->integer))
        return unreadable(field, "a time", err);
    if (field->type == TN_TYPE_DURATION && !parse_duration(value->text, &value->integer))
        return unreadable(field, "a duration", err);
    return TENURE_OK;
}

static int read_money(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                      struct tn_err *err)
{
    int rc;
    if (!field->currency)
        rc = tn_json_money(raw, field->path, &value->money, err); /* says itself where */
    else if ((rc = tn_json_amount(raw, field->path, field->currency, &value->money, err)) < 0)
        tn_err_prefix(err, "%s", field->path);
    value->present = rc > 0;
    return rc < 0 ? rc : TENURE_OK;
}

static int read_present(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value,
                        struct tn_err *err)
{
    switch (field->type) {
    case TN_TYPE_INTEGER:
        return tn_json_int(raw, field->path, &value->integer) ? TENURE_OK : unreadable(field, "a whole number", err);
    case TN_TYPE_NUMBER:
        return tn_json_double(raw, field->path, &value->number) ? TENURE_OK : unreadable(field, "a number", err);
    case TN_TYPE_BOOLEAN:
        return tn_json_bool(raw, field->path, &value->boolean) ? TENURE_OK : unreadable(field, "true or false", err);
    case TN_TYPE_MONEY:
        return read_money(field, raw, value, err);
    case TN_TYPE_LIST:
    case TN_TYPE_RECORD:
    case TN_TYPE_KEYED:
    case TN_TYPE_TABLE:
    case TN_TYPE_DATA:
        value->json = tn_json_find(raw, field->path);
        return value->json.doc ? TENURE_OK : unreadable(field, "a list or an object", err);
    default:
        return read_text(field, raw, value, err);
    }
}

int tn_record_read(const struct tn_field *field, struct tn_json raw, struct tn_field_value *value, struct tn_err *err)
{
    *value = (struct tn_field_value){.type = field->type};
    if (field->compute)
        return tn_err_of_answer(err, field->compute(field, raw, value, err));
    enum tn_json_type type = tn_json_type_of(raw, field->path);
    if (type == TN_JSON_ABSENT || type == TN_JSON_NULL)
        return TENURE_OK;
    value->present = true;
    return read_present(field, raw, value, err);
}

int tn_record_flag(const struct tn_field *field, struct tn_json raw, const struct tn_flag *flag)
{
    const char *list = tn_json_string(raw, field->path, NULL);
    if (!list)
        return -1;
    size_t word_len = strlen(flag->word);
    for (const char *at = list; *at;) {
        at += strspn(at, ", ");
        size_t len = strcspn(at, ", ");
        if (len == word_len && strncasecmp(at, flag->word, len) == 0)
            return 1;
        at += len;
    }
    return 0;
}
