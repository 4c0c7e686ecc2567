/*
 * Resolving inputs: what was given on the command line and in a file, the defaults, and what is missing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/support_contact.h"
#include "base/id.h"
#include "workflow/loader.h"
#include "workflow/package.h"
#include "workflow/table.h"

#define MAX_FILE_BYTES TN_YAML_MAX_BYTES

struct resolve {
    const struct tn_workflow *workflow;
    const struct tn_input_text *given;
    size_t given_count;
    const char *file;
    const struct tn_yaml *values;  /* mapping of the file; NULL: none */
    const struct tn_json *earlier; /* an object: of the run that is planned again; NULL: none */
    struct tn_tables *tables;
    struct tn_buf problems; /* a line each */
    size_t problem_count, problems_cut;
};

/* err has room for a kilobyte: what does not fit is counted. */
static void add_problem(struct resolve *r, const char *text)
{
    if (r->problems.len + strlen(text) + 64 > sizeof((struct tn_err *)0)->msg)
        r->problems_cut++;
    else
        tn_buf_printf(&r->problems, "%s%s", r->problem_count ? "\n" : "", text);
    r->problem_count++;
}

static const struct tn_input *find_input(const struct tn_workflow *workflow, const char *name)
{
    for (size_t i = 0; i < workflow->input_count; i++) {
        if (strcmp(workflow->inputs[i].name, name) == 0)
            return &workflow->inputs[i];
    }
    return NULL;
}

static void problem_unknown(struct resolve *r, const char *place, const char *name)
{
    const struct tn_workflow *workflow = r->workflow;
    const char **names = calloc(workflow->input_count + 1, sizeof *names);
    char text[512];
    for (size_t i = 0; names && i < workflow->input_count; i++)
        names[i] = workflow->inputs[i].name;
    const char *closest = names ? tn_closest(name, names) : NULL;
    if (closest)
        snprintf(text, sizeof text, "%sno input is called '%.80s': did you mean '%s'?", place, name, closest);
    else if (workflow->input_count == 0)
        snprintf(text, sizeof text, "%sno input is called '%.80s': the workflow takes none", place, name);
    else
        snprintf(text, sizeof text, "%sno input is called '%.80s'", place, name);
    free(names);
    add_problem(r, text);
}

static void check_given(struct resolve *r)
{
    char text[256];
    for (size_t i = 0; i < r->given_count; i++) {
        if (!find_input(r->workflow, r->given[i].name))
            problem_unknown(r, "", r->given[i].name);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(r->given[i].name, r->given[j].name) != 0)
                continue;
            snprintf(text, sizeof text, "input '%.80s' is given twice", r->given[i].name);
            add_problem(r, text);
            break;
        }
    }
}

static void check_file(struct resolve *r)
{
    for (const struct tn_yaml *value = r->values ? r->values->first : NULL; value; value = value->next) {
        char place[256];
        snprintf(place, sizeof place, "%.200s:%d:%d: ", r->file, value->key->line, value->key->column);
        if (!find_input(r->workflow, value->key->text))
            problem_unknown(r, place, value->key->text);
    }
}

/* A list on the command line is YAML's, so JSON's too: ["a", "b"]. */
static int put_list(const struct tn_input *input, const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_yaml_doc *doc = NULL;
    const struct tn_yaml *bad;
    int rc = tn_diagnostics_new(input->name, text, strlen(text), &problems);
    if (rc == TENURE_OK)
        rc = tn_yaml_parse(text, strlen(text), problems, &doc);
    if (rc == TENURE_OK)
        rc = tn_input_read(input, tn_yaml_root(doc), w, &bad, err);
    else if (rc == TENURE_ENOMEM)
        tn_err_no_memory(err);
    else
        tn_err_set(err, rc, "takes %s, not '%.60s'", tn_input_takes(TN_INPUT_LIST), text);
    tn_yaml_free(doc);
    tn_diagnostics_free(problems);
    return rc;
}

static int put_text(const struct tn_input *input, const char *text, struct tn_json_writer *w, struct tn_err *err)
{
    if (input->type == TN_INPUT_LIST)
        return put_list(input, text, w, err);
    return tn_input_parse(input->type, input->choices, text, w, err);
}

/* ---- values from files ------------------------------------------------------------------------------------------ */

#define TOLD (-1000) /* no code of ours: what is wrong has been added already */

static void on_table_problem(void *arg, const char *text)
{
    add_problem(arg, text);
}

/* What stands among the inputs for a table that is kept. */
static int put_reference(const struct tn_input *input, const char *file, const struct tn_buf *text, size_t rows,
                         struct tn_json_writer *w, struct tn_err *err)
{
    struct tn_buf signature = {0};
    char digest[TN_DIGEST_TEXT];
    tn_digest(digest, text->data, text->len);
    int rc = tn_table_signature(input, &signature);
    tn_jw_object(w);
    tn_jw_kv_string(w, "table", digest);
    tn_jw_kv_string(w, "columns", tn_buf_text(&signature));
    tn_jw_kv_string(w, "file", file);
    tn_jw_kv_int(w, "rows", (int64_t)rows);
    tn_jw_object_end(w);
    tn_buf_deinit(&signature);
    return rc < 0 ? tn_err_no_memory(err) : TENURE_OK;
}

static int put_table(struct resolve *r, const struct tn_input *input, const char *file, struct tn_json_writer *w,
                     struct tn_err *err)
{
    const char *rows_of = r->workflow->customers.rows;
    struct tn_table_reading reading = {
        .input = input,
        .file = file,
        .needs_customer = rows_of && strcmp(rows_of, input->name) == 0,
        .on_problem = on_table_problem,
        .arg = r,
    };
    struct tn_buf text = {0};
    size_t rows = 0;
    int rc = tn_table_read(&reading, &text, &rows, err);
    if (rc == TENURE_OK)
        rc = tn_tables_put(r->tables, input->name, tn_buf_text(&text), text.len, err);
    if (rc == TENURE_OK)
        rc = put_reference(input, file, &text, rows, w, err);
    tn_buf_deinit(&text);
    return rc == TENURE_EINVAL ? TOLD : rc;
}

/* "@FILE": what the file holds, without the end of its last line. */
static int put_file(struct resolve *r, const struct tn_input *input, const char *file, struct tn_json_writer *w,
                    struct tn_err *err)
{
    char *bytes = NULL, text[1400];
    size_t len = 0;
    int rc = tn_path_read(file, MAX_FILE_BYTES, &bytes, &len, err);
    if (rc < 0 && rc != TENURE_ENOMEM) {
        snprintf(text, sizeof text, "input '%s': %s", input->name, err->msg);
        add_problem(r, text);
        return TOLD;
    }
    if (rc < 0)
        return rc;
    if (len > 0 && bytes[len - 1] == '\n')
        bytes[--len] = '\0';
    if (len > 0 && bytes[len - 1] == '\r')
        bytes[--len] = '\0';
    rc = strlen(bytes) == len ? put_text(input, bytes, w, err)
                              : tn_err_set(err, TENURE_EINVAL, "takes text, and %s holds a NUL byte", file);
    free(bytes);
    return rc;
}

static int put_given(struct resolve *r, const struct tn_input *input, const char *text, struct tn_json_writer *w,
                     struct tn_err *err)
{
    if (input->type == TN_INPUT_TABLE && text[0] == '@')
        return put_table(r, input, text + 1, w, err);
    if (input->type == TN_INPUT_TABLE)
        return tn_err_set(err, TENURE_EINVAL, "takes %s: write %s=@FILE", tn_input_takes(input->type), input->name);
    return text[0] == '@' ? put_file(r, input, text + 1, w, err) : put_text(input, text, w, err);
}

/* A value of the file of inputs: of a table the path of its own. */
static int put_value(struct resolve *r, const struct tn_input *input, const struct tn_yaml *value,
                     struct tn_json_writer *w, const struct tn_yaml **bad, struct tn_err *err)
{
    if (input->type != TN_INPUT_TABLE)
        return tn_input_read(input, value, w, bad, err);
    *bad = value;
    if (strcmp(tn_node_kind(value), "text") == 0 && value->text[0] == '@')
        return put_table(r, input, value->text + 1, w, err);
    return tn_err_set(err, TENURE_EINVAL, "takes %s: write \"@FILE\", in quotes", tn_input_takes(input->type));
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static const char *given_text(const struct resolve *r, const char *name)
{
    for (size_t i = 0; i < r->given_count; i++) {
        if (strcmp(r->given[i].name, name) == 0)
            return r->given[i].value;
    }
    return NULL;
}

static void problem_value(struct resolve *r, const struct tn_input *input, const struct tn_yaml *bad,
                          const struct tn_err *err)
{
    char text[1400];
    if (bad)
        snprintf(text, sizeof text, "%.200s:%d:%d: input '%s' %s", r->file, bad->line, bad->column, input->name,
                 err->msg);
    else
        snprintf(text, sizeof text, "input '%s' %s", input->name, err->msg);
    add_problem(r, text);
}

static bool is_choice(const struct tn_input *input, const char *text)
{
    size_t i = 0;
    while (input->choices && input->choices[i] && strcmp(input->choices[i], text) != 0)
        i++;
    return input->choices && input->choices[i];
}

/* Whether a table that is kept was read for these columns. */
static bool has_columns(const struct tn_input *input, struct tn_json table)
{
    struct tn_buf signature = {0};
    const char *columns = tn_json_string(table, "columns", NULL);
    bool same =
        tn_table_signature(input, &signature) == TENURE_OK && columns && strcmp(columns, tn_buf_text(&signature)) == 0;
    tn_buf_deinit(&signature);
    return same;
}

/* Whether a value of an earlier run still is of the input's type. */
static bool still_fits(const struct tn_input *input, struct tn_json earlier)
{
    enum tn_json_type type = tn_json_type_of(earlier, input->name);
    switch (input->type) {
    case TN_INPUT_INTEGER:
    case TN_INPUT_DATE:
    case TN_INPUT_DURATION:
        return type == TN_JSON_INT;
    case TN_INPUT_NUMBER:
    case TN_INPUT_PERCENT:
        return type == TN_JSON_INT || type == TN_JSON_DOUBLE;
    case TN_INPUT_BOOLEAN:
        return type == TN_JSON_BOOL;
    case TN_INPUT_MONEY:
        return type == TN_JSON_OBJECT;
    case TN_INPUT_TABLE:
        return has_columns(input, tn_json_find(earlier, input->name));
    case TN_INPUT_LIST:
        return type == TN_JSON_ARRAY;
    case TN_INPUT_CHOICE:
        return type == TN_JSON_STRING && is_choice(input, tn_json_string(earlier, input->name, NULL));
    default:
        return type == TN_JSON_STRING;
    }
}

static int put_earlier(const struct tn_input *input, struct tn_json earlier, struct tn_json_writer *w,
                       struct tn_err *err)
{
    int64_t integer;
    double number;
    bool truth;
    if (!still_fits(input, earlier))
        return tn_err_set(err, TENURE_EINVAL, "takes %s now, which the earlier run's value is not: give it again",
                          tn_input_takes(input->type));
    if (tn_json_int(earlier, input->name, &integer))
        tn_jw_int(w, integer);
    else if (tn_json_double(earlier, input->name, &number))
        tn_jw_double(w, number);
    else if (tn_json_bool(earlier, input->name, &truth))
        tn_jw_bool(w, truth);
    else if (tn_json_type_of(earlier, input->name) == TN_JSON_STRING)
        tn_jw_string(w, tn_json_string(earlier, input->name, NULL));
    else
        return tn_json_write(tn_json_find(earlier, input->name), w, err);
    return TENURE_OK;
}

static bool has_earlier(const struct resolve *r, const struct tn_input *input)
{
    return r->earlier && tn_json_type_of(*r->earlier, input->name) != TN_JSON_ABSENT;
}

/* One input: the command line before the file before the earlier run before the default. */
static int resolve_input(struct resolve *r, const struct tn_input *input, struct tn_json_writer *w, struct tn_err *err)
{
    const char *text = given_text(r, input->name);
    const struct tn_yaml *value = tn_yaml_get(r->values, input->name), *bad = NULL;
    struct tn_buf json = {0};
    struct tn_json_writer one;
    struct tn_err wrong = {0};
    int rc = TENURE_OK;
    tn_jw_init(&one, &json);
    if (text)
        rc = put_given(r, input, text, &one, &wrong);
    else if (value)
        rc = put_value(r, input, value, &one, &bad, &wrong);
    else if (has_earlier(r, input))
        rc = put_earlier(input, *r->earlier, &one, &wrong);
    else if (input->default_json)
        tn_buf_puts(&json, input->default_json);
    else if (!input->optional && input->type == TN_INPUT_TABLE)
        rc = tn_err_set(&wrong, TENURE_EINVAL, "is missing: it takes %s, --input %s=@FILE", tn_input_takes(input->type),
                        input->name);
    else if (!input->optional)
        rc = tn_err_set(&wrong, TENURE_EINVAL, "is missing: it takes %s", tn_input_takes(input->type));
    if (rc == TENURE_OK && json.failed)
        rc = tn_err_no_memory(&wrong);
    if (rc == TENURE_ENOMEM) {
        *err = wrong;
    } else if (rc < 0) {
        if (rc != TOLD)
            problem_value(r, input, bad, &wrong);
        rc = TENURE_OK;
    } else if (json.len) {
        tn_jw_key(w, input->name);
        tn_jw_raw(w, json.data, json.len);
    }
    tn_buf_deinit(&json);
    return rc;
}

/* A file that is no YAML: what the parser says of it. */
static int problem_file(const struct tn_diagnostics *problems, struct tn_err *err)
{
    struct tn_buf text = {0};
    tn_diagnostics_text(problems, &text);
    int rc = text.failed ? tn_err_no_memory(err) : tn_err_set(err, TENURE_EINVAL, "%s", tn_buf_text(&text));
    size_t len = err ? strlen(err->msg) : 0;
    if (len && err->msg[len - 1] == '\n')
        err->msg[len - 1] = '\0';
    tn_buf_deinit(&text);
    return rc;
}

static int read_file(struct resolve *r, struct tn_yaml_doc **doc, struct tn_err *err)
{
    struct tn_diagnostics *problems = NULL;
    char *bytes = NULL;
    size_t len = 0;
    int rc = tn_path_read(r->file, MAX_FILE_BYTES, &bytes, &len, err);
    if (rc < 0)
        return rc;
    rc = tn_diagnostics_new(r->file, bytes, len, &problems);
    if (rc == TENURE_OK)
        rc = tn_yaml_parse(bytes, len, problems, doc);
    if (rc == TENURE_ENOMEM) {
        tn_err_no_memory(err);
    } else if (rc < 0) {
        rc = problem_file(problems, err);
    } else {
        r->values = tn_yaml_root(*doc);
        if (r->values && r->values->kind != TN_YAML_MAPPING)
            rc = tn_err_set(err, TENURE_EINVAL, "%s:%d:%d: inputs are a mapping of names to values, not %s", r->file,
                            r->values->line, r->values->column, tn_node_kind(r->values));
    }
    tn_diagnostics_free(problems);
    free(bytes);
    return rc;
}

static int finish(struct resolve *r, struct tn_err *err)
{
    if (r->problem_count == 0)
        return TENURE_OK;
    if (r->problems_cut)
        tn_buf_printf(&r->problems, "\nand %zu more", r->problems_cut);
    if (r->problems.failed)
        return tn_err_no_memory(err);
    return tn_err_set(err, TENURE_EINVAL, "%s", tn_buf_text(&r->problems));
}

int tn_inputs_resolve(const struct tn_workflow *workflow, const struct tn_input_text *given, size_t given_count,
                      const char *file, struct tn_tables *tables, struct tn_buf *json, struct tn_err *err)
{
    return tn_inputs_resolve_again(workflow, given, given_count, file, NULL, tables, json, err);
}

int tn_inputs_resolve_again(const struct tn_workflow *workflow, const struct tn_input_text *given, size_t given_count,
                            const char *file, const struct tn_json *earlier, struct tn_tables *tables,
                            struct tn_buf *json, struct tn_err *err)
{
    struct resolve r = {.workflow = workflow,
                        .given = given,
                        .given_count = given_count,
                        .file = file,
                        .earlier = earlier,
                        .tables = tables};
    struct tn_yaml_doc *doc = NULL;
    struct tn_buf object = {0};
    struct tn_json_writer w;
    int rc = file ? read_file(&r, &doc, err) : TENURE_OK;
    if (rc < 0)
        goto out;
    check_given(&r);
    check_file(&r);
    tn_jw_init(&w, &object);
    tn_jw_object(&w);
    for (size_t i = 0; i < workflow->input_count && rc == TENURE_OK; i++)
        rc = resolve_input(&r, &workflow->inputs[i], &w, err);
    tn_jw_object_end(&w);
    if (rc == TENURE_OK)
        rc = finish(&r, err);
    if (rc == TENURE_OK && (object.failed || !tn_buf_put(json, object.data, object.len)))
        rc = tn_err_no_memory(err);
out:
    tn_yaml_free(doc);
    tn_buf_deinit(&object);
    tn_buf_deinit(&r.problems);
    return rc;
}

/* ---- what they need --------------------------------------------------------------------------------------------- */

static int check_contact(const struct tn_workflow *workflow, struct tn_json inputs,
                         const struct tn_support_contact *contact, struct tn_err *err)
{
    for (size_t i = 0; i < workflow->input_count; i++) {
        const struct tn_input *input = &workflow->inputs[i];
        bool wanted = tn_json_type_of(inputs, input->name) != TN_JSON_ABSENT;
        tn_json_bool(inputs, input->name, &wanted);
        if (input->needs_contact && wanted && tn_support_contact_check(contact, err) < 0)
            return tn_err_prefix(err, "input '%s'", input->name);
    }
    return TENURE_OK;
}

int tn_inputs_check_contact(const struct tn_workflow *workflow, const struct tn_buf *inputs, lua_State *L,
                            const struct tn_support_contact *contact, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_parse(L, tn_buf_text(inputs), inputs->len, 0, &doc, err);
    if (rc == TENURE_OK)
        rc = check_contact(workflow, tn_json_root(doc), contact, err);
    tn_json_close(doc);
    return rc;
}
