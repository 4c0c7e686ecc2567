/* Records as JSON: see record_write.h. */
#include "azure/record_write.h"

#include <stdio.h>

#include "azure/operation.h"
#include "base/clock.h"

static void write_flags(const struct tn_field *field, struct tn_json raw, struct tn_json_writer *w)
{
    tn_jw_object(w);
    for (const struct tn_flag *flag = field->flags; flag->name; flag++) {
        int set = tn_record_flag(field, raw, flag);
        if (set >= 0)
            tn_jw_kv_bool(w, flag->name, set);
    }
    tn_jw_object_end(w);
}

static void write_keyed(const struct tn_field *field, const struct tn_field_value *value, struct tn_json_writer *w)
{
    tn_jw_object(w);
    for (struct tn_json_iter it = tn_json_each(value->json); tn_json_next(&it);) {
        double key, number;
        char name[32];
        if (!tn_json_double(it.value, field->key, &key) || !tn_json_double(it.value, field->value, &number))
            continue;
        snprintf(name, sizeof name, "%.15g", key);
        tn_jw_key(w, name);
        tn_jw_double(w, number);
    }
    tn_jw_object_end(w);
}

static int write_list(const struct tn_field *field, const struct tn_field_value *value, struct tn_json_writer *w,
                      struct tn_err *err)
{
    int rc = TENURE_OK;
    tn_jw_array(w);
    for (struct tn_json_iter it = tn_json_each(value->json); rc == TENURE_OK && tn_json_next(&it);)
        rc = field->record ? tn_record_write(field->record, it.value, w, err) : tn_json_write(it.value, w, err);
    tn_jw_array_end(w);
    return rc;
}

static int write_value(const struct tn_field *field, const struct tn_field_value *value, struct tn_json_writer *w,
                       struct tn_err *err)
{
    char time[TN_TIME_TEXT];
    switch (field->type) {
    case TN_TYPE_INTEGER:
    case TN_TYPE_DURATION:
        tn_jw_int(w, value->integer);
        return TENURE_OK;
    case TN_TYPE_NUMBER:
        tn_jw_double(w, value->number);
        return TENURE_OK;
    case TN_TYPE_BOOLEAN:
        tn_jw_bool(w, value->boolean);
        return TENURE_OK;
    case TN_TYPE_MONEY:
        tn_jw_money(w, &value->money);
        return TENURE_OK;
    case TN_TYPE_DATE:
        tn_jw_string(w, tn_time_format(value->integer, time));
        return TENURE_OK;
    case TN_TYPE_KEYED:
        write_keyed(field, value, w);
        return TENURE_OK;
    case TN_TYPE_LIST:
        return write_list(field, value, w, err);
    case TN_TYPE_DATA:
        return tn_json_write(tn_json_find(value->json, "row"), w, err);
    case TN_TYPE_TABLE:
        return tn_json_write(value->json, w, err);
    case TN_TYPE_RECORD:
        return tn_record_write(field->record, value->json, w, err);
    default:
        tn_jw_string_len(w, value->text, value->text_len);
        return TENURE_OK;
    }
}

int tn_record_write_field(const struct tn_field *field, struct tn_json raw, const char *member,
                          struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_field_value value;
    if (field->type == TN_TYPE_FLAGS) {
        tn_jw_key(w, member);
        write_flags(field, raw, w);
        return 1;
    }
    int rc = tn_record_read(field, raw, &value, err);
    if (rc < 0 || (!value.present && !field->always))
        return rc;
    tn_jw_key(w, member);
    rc = write_value(field, &value, w, err);
    return rc < 0 ? rc : 1;
}

int tn_record_write(const struct tn_record *record, struct tn_json raw, struct tn_json_writer *w, struct tn_err *err)
{
    int rc = TENURE_OK;
    tn_jw_object(w);
    for (const struct tn_field *field = record->fields; field->name && rc >= 0; field++)
        rc = tn_record_write_field(field, raw, field->name, w, err);
    tn_jw_object_end(w);
    return rc < 0 ? rc : TENURE_OK;
}

int tn_record_write_kept(struct tn_json value, struct tn_json_writer *w, struct tn_err *err)
{
    enum tn_json_type type = tn_json_type_of(value, "");
    const char *name = type == TN_JSON_OBJECT ? tn_json_string(value, "$record", NULL) : NULL;
    const struct tn_record *record = name ? tn_record_find(name) : NULL;
    bool list = type == TN_JSON_ARRAY;
    int rc = TENURE_OK;
    if (record)
        return tn_record_write(record, tn_json_find(value, "raw"), w, err);
    if (!list && type != TN_JSON_OBJECT)
        return tn_json_write(value, w, err);
    list ? tn_jw_array(w) : tn_jw_object(w);
    for (struct tn_json_iter it = tn_json_each(value); rc == TENURE_OK && tn_json_next(&it);) {
        if (!list)
            tn_jw_key(w, it.key);
        rc = tn_record_write_kept(it.value, w, err);
    }
    list ? tn_jw_array_end(w) : tn_jw_object_end(w);
    return rc;
}

void tn_record_write_columns(const struct tn_record *record, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (const struct tn_field *field = record->fields; field->name; field++) {
        if (field->column)
            tn_jw_string(w, field->name);
    }
    tn_jw_array_end(w);
}
