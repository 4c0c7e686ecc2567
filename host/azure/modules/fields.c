/* What the modules' records and filters share: see fields.h. */
#include "azure/modules/fields.h"

#include <stdio.h>
#include <string.h>

#include "azure/values.h"
#include "base/clock.h"
#include "base/number.h"
#include "net/url.h"

/* ---- fields made of several members ------------------------------------------------------------------------------ */

void tn_field_set_text(struct tn_field_value *value, const char *text)
{
    snprintf(value->buffer, sizeof value->buffer, "%s", text);
    value->text = value->buffer;
    value->text_len = strlen(value->buffer);
    value->present = true;
}

void tn_field_set_portal(struct tn_field_value *value, const char *portal, const char *id)
{
    char link[sizeof value->buffer];
    snprintf(link, sizeof link, "%.60s/#resource%.200s/overview", portal ? portal : "https://portal.azure.com", id);
    tn_field_set_text(value, link);
}

int tn_field_first_text(struct tn_json raw, const char *const *paths, struct tn_field_value *value)
{
    for (; *paths; paths++) {
        const char *text = tn_json_string(raw, *paths, NULL);
        if (text && *text) {
            tn_field_set_text(value, text);
            break;
        }
    }
    return TENURE_OK;
}

void tn_field_last_segment(struct tn_json raw, const char *path, struct tn_field_value *value)
{
    const char *id = tn_json_string(raw, path, NULL), *slash = id ? strrchr(id, '/') : NULL;
    if (id && *id)
        tn_field_set_text(value, slash ? slash + 1 : id);
}

static bool is_decimal(const char *text)
{
    size_t whole = strspn(text, "0123456789"), part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    return whole > 0 && (text[whole] == '.' ? part > 0 && !text[whole + 1 + part] : !text[whole]);
}

int tn_field_first_number(const struct tn_field *field, struct tn_json raw, const char *const *paths,
                          struct tn_field_value *value, struct tn_err *err)
{
    for (; *paths && !value->present; paths++) {
        const char *text = tn_json_string(raw, *paths, NULL);
        enum tn_json_type type = tn_json_type_of(raw, *paths);
        if (type == TN_JSON_INT || type == TN_JSON_DOUBLE)
            value->present = tn_json_double(raw, *paths, &value->number);
        else if (text && is_decimal(text))
            value->number = tn_number_read(text), value->present = true;
        else if (text)
            return tn_err_set(err, TENURE_EPROTO, "the answer's %s is no number (%s)", field->name, *paths);
    }
    return TENURE_OK;
}

/* ---- filters ----------------------------------------------------------------------------------------------------- */

void tn_filter_put(struct tn_buf *filter, const char *joint, const char *condition, const char *text)
{
    if (filter->len)
        tn_buf_puts(filter, joint);
    tn_buf_puts(filter, condition);
    if (!text)
        return;
    tn_buf_putc(filter, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            tn_buf_putc(filter, '\'');
        tn_buf_putc(filter, *text);
    }
    tn_buf_putc(filter, '\'');
}

int tn_filter_finish(struct tn_buf *filter, struct tn_buf *url, struct tn_err *err)
{
    int rc = filter->failed ? tn_err_no_memory(err) : TENURE_OK;
    if (rc == TENURE_OK && filter->len)
        tn_url_put_query(url, "$filter", tn_buf_text(filter));
    tn_buf_deinit(filter);
    return rc;
}

const char *tn_filter_day(int64_t seconds, char day[TN_VALUE_TEXT])
{
    tn_time_format(seconds, day);
    day[strcspn(day, "T")] = '\0';
    return day;
}

int tn_filter_put_days(const struct tn_operation *op, const struct tn_values *values, const char *field,
                       struct tn_buf *url, struct tn_err *err)
{
    static const struct {
        const char *argument, *compared;
    } ends[] = {{"from", "ge"}, {"through", "le"}};
    struct tn_buf filter = {0};
    for (size_t i = 0; i < 2; i++) {
        const struct tn_argument_value *value = tn_values_get(op, values, ends[i].argument);
        char day[TN_VALUE_TEXT], condition[96];
        if (!value->given)
            continue;
        snprintf(condition, sizeof condition, "%s %s %s", field, ends[i].compared, tn_filter_day(value->integer, day));
        tn_filter_put(&filter, " AND ", condition, NULL);
    }
    return tn_filter_finish(&filter, url, err);
}
