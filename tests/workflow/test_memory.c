/* The n-th allocation of our own rooms fails: loading and resolving say so, nothing leaks, nothing is half-made. */
#include <stdlib.h>

#include "check.h"
#include "fixture.h"
#include "workflow/template.h"

static long left = -1; /* allocations that still succeed; negative: all */

/* The linker sends our objects' calls here (--wrap); libyaml's own stay as they are. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
char *__wrap_strdup(const char *text);

static bool granted(void)
{
    if (left > 0)
        left--;
    return left != 0;
}

void *__wrap_malloc(size_t bytes)
{
    return granted() ? __real_malloc(bytes) : NULL;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return granted() ? __real_calloc(count, bytes) : NULL;
}

void *__wrap_realloc(void *block, size_t bytes)
{
    return granted() ? __real_realloc(block, bytes) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return granted() ? __real_strdup(text) : NULL;
}

static const char text[] =
    "tenure: 1\nname: w\npermissions: [reservations:list, reservations:refund]\n"
    "customers: {file: ours.csv, join: {file: more.csv, by: id, columns: {n: integer}}, where: a == b}\n"
    "inputs:\n  words: {type: list, of: [red, blue], default: [red]}\n  n: {type: integer}\n"
    "guards: {refund: {count: 1, worth: 1 USD, back: {EUR: 1}}}\n" STEPS
    "    when: a\n    with: {x: \"a ${{ b }} c\"}\n  - {id: two, run: scripts/ok.lua}\n";

/* Everything once. TENURE_OK, or what it ended with. */
static int work(const char *file, const char *inputs)
{
    struct tn_diagnostics *problems = NULL;
    struct tn_workflow *w = NULL;
    struct tn_template template = {0};
    struct tn_buf json = {0};
    struct tn_err err = {0};
    struct tn_input_text given = {"words", "[blue, red]"};
    int rc = tn_workflow_load(file, &problems, &w, &err);
    if (rc == TENURE_OK)
        rc = tn_inputs_resolve(w, &given, 1, inputs, NULL, &json, &err);
    if (rc == TENURE_OK) {
        CHECK_TEXT(tn_buf_text(&json), "{\"words\":[\"blue\",\"red\"],\"n\":7}");
        rc = tn_template_parse(w, tn_yaml_get(w->steps[0].with, "x"), &template, &err);
        CHECK(rc < 0 || template.count == 3);
    }
    CHECK(rc == err.code);
    tn_template_deinit(&template);
    tn_buf_deinit(&json);
    tn_workflow_free(w);
    tn_diagnostics_free(problems);
    return rc;
}

static int work_single(void)
{
    struct tn_single single = {.name = "exec", .file = "(call)", .source = "x", .source_len = 1, .customer = "a.com"};
    struct tn_workflow *w = NULL;
    struct tn_err err = {0};
    int rc = tn_workflow_single(&single, &w, &err);
    CHECK(rc == err.code && (rc == TENURE_OK) == (w != NULL));
    tn_workflow_free(w);
    return rc;
}

int main(void)
{
    char file[256], inputs[256];
    fixture_open();
    fixture_write("workflows/w.yaml", text);
    fixture_write("ours.csv", "id,name\na,One\nb,\"T\"\"wo\"\n");
    fixture_write("more.csv", "id,n\nb,1\na,\n");
    fixture_write("in.yaml", "n: 7\n");
    snprintf(file, sizeof file, "%s", fixture_path("workflows/w.yaml"));
    snprintf(inputs, sizeof inputs, "%s", fixture_path("in.yaml"));
    int rc = TENURE_ENOMEM;
    long failed = 0;
    for (long n = 1; rc != TENURE_OK && n < 5000; n++, failed++) {
        left = n;
        rc = work(file, inputs);
        left = -1;
        CHECK(rc == TENURE_OK || rc == TENURE_ENOMEM);
    }
    CHECK(rc == TENURE_OK && failed > 50);
    rc = TENURE_ENOMEM;
    for (long n = 1; rc != TENURE_OK && n < 100; n++) {
        left = n;
        rc = work_single();
        left = -1;
        CHECK(rc == TENURE_OK || rc == TENURE_ENOMEM);
    }
    CHECK(rc == TENURE_OK);
    fixture_close();
    return check_result();
}
