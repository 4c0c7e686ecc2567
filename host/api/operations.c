/* The operation table as data: see operations.h. Pages and annotations are made of it by render/reference.lua. */
#include "api/operations.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "azure/operation.h"
#include "azure/policy.h"
#include "base/id.h"

/* ---- rows as JSON ------------------------------------------------------------------------------------------------ */

static void write_texts(struct tn_json_writer *w, const char *key, const char *const *texts)
{
    if (!texts)
        return;
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (; *texts; texts++)
        tn_jw_string(w, *texts);
    tn_jw_array_end(w);
}

static void write_arguments(struct tn_json_writer *w, const struct tn_operation *op)
{
    tn_jw_key(w, "arguments");
    tn_jw_array(w);
    for (const struct tn_argument *argument = op->arguments; argument->name; argument++) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", argument->name);
        tn_jw_kv_string(w, "type", tn_type_name(argument->type));
        tn_jw_kv_bool(w, "required", argument->required);
        write_texts(w, "choices", argument->choices);
        tn_jw_kv_string(w, "doc", argument->doc);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_paths(struct tn_json_writer *w, const struct tn_operation *op)
{
    tn_jw_key(w, "paths");
    tn_jw_array(w);
    if (op->path)
        tn_jw_string(w, op->path);
    for (const struct tn_path *path = op->paths; path->argument; path++)
        tn_jw_string(w, path->path);
    tn_jw_array_end(w);
}

static void write_operation(struct tn_json_writer *w, const struct tn_operation *op)
{
    static const char *const classes[] = {
        [TN_CLASS_READ] = "read", [TN_CLASS_NAMED] = "named", [TN_CLASS_ONCE] = "once"};
    static const char *const services[] = {
        [TN_SERVICE_ARM] = "arm", [TN_SERVICE_PARTNER_CENTER] = "partner_center", [TN_SERVICE_PLAIN] = "plain"};
    char name[128], permission[TN_PERMISSION_TEXT];
    tn_jw_object(w);
    snprintf(name, sizeof name, "%s.%s", op->module, op->name);
    tn_jw_kv_string(w, "operation", name);
    tn_jw_kv_string(w, "permission", tn_operation_permission(op, permission));
    tn_jw_kv_string(w, "name", op->name);
    tn_jw_kv_string(w, "class", classes[op->class]);
    tn_jw_kv_string(w, "service", services[op->service]);
    tn_jw_kv_string(w, "method", op->method);
    write_paths(w, op);
    if (op->api_version)
        tn_jw_kv_string(w, "api_version", op->api_version);
    tn_jw_kv_bool(w, "as_user", op->as_user);
    write_arguments(w, op);
    tn_jw_kv_bool(w, "takes_customer", tn_operation_takes_customer(op));
    tn_jw_kv_bool(w, "takes_once", op->takes_once);
    if (op->quoted_by)
        tn_jw_kv_string(w, "quoted_by", op->quoted_by);
    if (op->record)
        tn_jw_kv_string(w, "record", op->record->name);
    tn_jw_kv_bool(w, "list", op->paging != TN_PAGING_NONE);
    tn_jw_kv_string(w, "doc", op->doc);
    tn_jw_kv_string(w, "source", op->source);
    tn_jw_object_end(w);
}

static void write_field(struct tn_json_writer *w, const struct tn_field *field)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", field->name);
    tn_jw_kv_string(w, "type", tn_type_name(field->type));
    if (field->record)
        tn_jw_kv_string(w, "record", field->record->name);
    if (field->flags) {
        tn_jw_key(w, "flags");
        tn_jw_array(w);
        for (const struct tn_flag *flag = field->flags; flag->name; flag++)
            tn_jw_string(w, flag->name);
        tn_jw_array_end(w);
    }
    tn_jw_kv_bool(w, "column", field->column);
    tn_jw_kv_bool(w, "always",
                  field->always || field->type == TN_TYPE_FLAGS || field->type == TN_TYPE_KEYED ||
                      field->type == TN_TYPE_DATA);
    tn_jw_kv_string(w, "doc", field->doc);
    tn_jw_object_end(w);
}

static void write_record(struct tn_json_writer *w, const struct tn_record *record)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", record->name);
    tn_jw_kv_string(w, "doc", record->doc);
    tn_jw_key(w, "fields");
    tn_jw_array(w);
    for (const struct tn_field *field = record->fields; field->name; field++)
        write_field(w, field);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

static void write_module(struct tn_json_writer *w, const struct tn_module *module)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", module->name);
    tn_jw_kv_string(w, "doc", module->doc);
    tn_jw_key(w, "operations");
    tn_jw_array(w);
    for (const struct tn_operation *op = module->operations; op->module; op++)
        write_operation(w, op);
    tn_jw_array_end(w);
    tn_jw_key(w, "records");
    tn_jw_array(w);
    for (const struct tn_record *const *record = module->records; *record; record++)
        write_record(w, *record);
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

/* {"code", "force": "vetoes" …, "looks_at", "words", "source"} */
static void write_rule(struct tn_json_writer *w, const struct tn_policy_rule *rule)
{
    static const char *const forces[] = {
        [TN_POLICY_EXPLAINS] = "explains", [TN_POLICY_DOUBTS] = "doubts", [TN_POLICY_VETOES] = "vetoes"};
    char words[512];
    tn_policy_explain(rule->code, NULL, false, words, sizeof words);
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", rule->code);
    tn_jw_kv_string(w, "force", forces[rule->force]);
    tn_jw_kv_string(w, "looks_at", rule->looks_at);
    tn_jw_kv_string(w, "words", words);
    tn_jw_kv_string(w, "source", rule->source);
    tn_jw_object_end(w);
}

static void write_rules(struct tn_json_writer *w)
{
    tn_jw_key(w, "rules");
    tn_jw_array(w);
    for (const struct tn_policy_rule *rule = tn_policy_rules; rule->code; rule++)
        write_rule(w, rule);
    tn_jw_array_end(w);
}

/* {"only": "usage" or "usage.details", "modules": […], "rules": […]}: all of them even where one only is wanted, as records of
 * others are named. */
static void write_table(struct tn_json_writer *w, const char *only)
{
    tn_jw_object(w);
    if (only)
        tn_jw_kv_string(w, "only", only);
    tn_jw_key(w, "modules");
    tn_jw_array(w);
    for (const struct tn_module *const *module = tn_modules; *module; module++)
        write_module(w, *module);
    tn_jw_array_end(w);
    write_rules(w);
    tn_jw_object_end(w);
}

static int render(struct tn_request *request, const char *what, const char *only, struct tn_buf *output,
                  struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &json);
    write_table(&w, only);
    int rc =
        json.failed ? tn_err_no_memory(err) : tn_host_render(request, what, tn_buf_text(&json), json.len, output, err);
    tn_buf_deinit(&json);
    return rc;
}

/* ---- describe ---------------------------------------------------------------------------------------------------- */

static int no_module(const char *name, struct tn_err *err)
{
    const char *names[32];
    size_t count = 0;
    for (; tn_modules[count] && count < 31; count++)
        names[count] = tn_modules[count]->name;
    names[count] = NULL;
    const char *close = tn_closest(name, names);
    return tn_err_set(err, TENURE_EINVAL, "no module '%.60s'%s%s%s", name, close ? "; did you mean " : "",
                      close ? close : "", close ? "?" : "");
}

int tn_operations_describe(struct tn_request *request, struct tn_buf *output, struct tn_err *err)
{
    const char *only = tn_request_text(request, "workflow");
    if (only && strchr(only, '.') && !tn_operation_by_dotted(only))
        return tn_operation_unknown(only, err);
    if (only && !strchr(only, '.') && !tn_module_find(only))
        return no_module(only, err);
    return render(request, "operations", only, output, err);
}

/* ---- stubs ------------------------------------------------------------------------------------------------------- */

static int write_file(const char *path, const struct tn_buf *text, struct tn_err *err)
{
    FILE *stream = fopen(path, "we");
    if (!stream)
        return tn_err_set(err, TENURE_EIO, "%s: %m", path);
    fwrite(tn_buf_text(text), 1, text->len, stream);
    bool failed = ferror(stream);
    if (fclose(stream) != 0 || failed)
        return tn_err_set(err, TENURE_EIO, "%s: could not be written", path);
    return TENURE_OK;
}

static int make_folder(const char *path, struct tn_err *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return TENURE_OK;
    return tn_err_set(err, TENURE_EIO, "%s: %m", path);
}

/* module NULL: what every script has. */
static int write_stub(struct tn_request *request, const char *folder, const char *module, struct tn_err *err)
{
    char path[4096];
    struct tn_buf text = {0};
    int len = snprintf(path, sizeof path, "%s/tenure%s%s.lua", folder, module ? "/" : "", module ? module : "");
    int rc = len < (int)sizeof path ? render(request, "stubs", module, &text, err)
                                    : tn_err_set(err, TENURE_EINVAL, "the folder's name is too long");
    if (rc == TENURE_OK)
        rc = write_file(path, &text, err);
    tn_buf_deinit(&text);
    return rc;
}

int tn_operations_write_stubs(struct tn_request *request, const char *folder, struct tn_err *err)
{
    char below[4096];
    if (snprintf(below, sizeof below, "%s/tenure", folder) >= (int)sizeof below)
        return tn_err_set(err, TENURE_EINVAL, "the folder's name is too long");
    int rc = make_folder(folder, err);
    if (rc == TENURE_OK)
        rc = make_folder(below, err);
    if (rc == TENURE_OK)
        rc = write_stub(request, folder, NULL, err);
    for (const struct tn_module *const *module = tn_modules; rc == TENURE_OK && *module; module++)
        rc = write_stub(request, folder, (*module)->name, err);
    return rc;
}
