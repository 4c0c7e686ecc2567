/*
 * What `describe` and `check` print of a workflow, as JSON.
 */
#include <stdio.h>
#include <string.h>

#include "workflow/join.h"
#include "workflow/loader.h"

static void write_columns(const struct tn_input *columns, size_t count, struct tn_json_writer *w)
{
    tn_jw_key(w, "columns");
    tn_jw_array(w);
    for (size_t i = 0; i < count; i++) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", columns[i].name);
        tn_jw_kv_string(w, "type", tn_input_type_name(columns[i].type));
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_inputs(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    tn_jw_key(w, "inputs");
    tn_jw_array(w);
    for (size_t i = 0; i < workflow->input_count; i++) {
        const struct tn_input *input = &workflow->inputs[i];
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", input->name);
        tn_jw_kv_string(w, "type", tn_input_type_name(input->type));
        if (input->type == TN_INPUT_LIST)
            tn_jw_kv_string(w, "of", tn_input_type_name(input->of));
        if (input->choices) {
            tn_jw_key(w, "choices");
            tn_jw_array(w);
            for (size_t j = 0; input->choices[j]; j++)
                tn_jw_string(w, input->choices[j]);
            tn_jw_array_end(w);
        }
        if (input->columns)
            write_columns(input->columns, input->column_count, w);
        tn_jw_kv_bool(w, "required", !input->optional && !input->default_json);
        if (input->default_json) {
            tn_jw_key(w, "default");
            tn_jw_raw(w, input->default_json, strlen(input->default_json));
        }
        tn_jw_kv_string(w, "help", input->help);
        tn_jw_kv_string(w, "takes", tn_input_takes(input->type));
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_permissions(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    char name[300];
    tn_jw_key(w, "permissions");
    tn_jw_array(w);
    for (size_t i = 0; i < workflow->permission_count; i++) {
        const struct tn_operation *op = workflow->permissions[i];
        snprintf(name, sizeof name, "%s:%s", op->module, op->name);
        tn_jw_object(w);
        tn_jw_kv_string(w, "permission", name);
        tn_jw_kv_bool(w, "effect", op->class != TN_CLASS_READ);
        tn_jw_kv_string(w, "doc", op->doc);
        tn_jw_object_end(w);
    }
    for (size_t i = 0; i < workflow->host_count; i++) {
        const struct tn_permitted_host *host = &workflow->hosts[i];
        snprintf(name, sizeof name, "http:%s%s", host->reads_only ? "get:" : "", host->name);
        tn_jw_object(w);
        tn_jw_kv_string(w, "permission", name);
        tn_jw_kv_bool(w, "effect", !host->reads_only);
        tn_jw_kv_string(w, "doc", "Ask this host by plain HTTP, without a token.");
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_expression(struct tn_json_writer *w, const char *key, const struct tn_expression *expression)
{
    if (expression->text)
        tn_jw_kv_string(w, key, expression->text);
}

static void write_customers(const struct tn_customers_source *customers, struct tn_json_writer *w)
{
    static const char *const from[] = {"partner-center", "file", "list", "own"};
    tn_jw_key(w, "customers");
    tn_jw_object(w);
    tn_jw_kv_string(w, "from", from[customers->from]);
    if (customers->file)
        tn_jw_kv_string(w, "file", customers->file);
    if (customers->ids)
        tn_jw_kv_int(w, "count", (int64_t)customers->count);
    if (customers->join) {
        tn_jw_key(w, "join");
        tn_jw_object(w);
        tn_jw_kv_string(w, "file", customers->join->file);
        tn_jw_kv_string(w, "by", tn_join_words[customers->join->by]);
        tn_jw_kv_int(w, "rows", (int64_t)customers->join->row_count);
        tn_jw_object_end(w);
    }
    if (customers->rows)
        tn_jw_kv_string(w, "rows", customers->rows);
    write_expression(w, "where", &customers->where);
    tn_jw_object_end(w);
}

static void write_cap(struct tn_json_writer *w, const struct tn_guard_row *guard)
{
    char share[32];
    switch (guard->kind) {
    case TN_GUARD_COUNT:
    case TN_GUARD_IN_FLIGHT:
        tn_jw_kv_int(w, "cap", guard->count);
        break;
    case TN_GUARD_FAILURES:
    case TN_GUARD_UNREACHABLE:
        snprintf(share, sizeof share, "%g%%", (double)guard->share_ppm / 10000);
        tn_jw_kv_string(w, "cap", share);
        tn_jw_kv_int(w, "of_at_least", guard->of_at_least);
        break;
    default:
        tn_jw_kv_money(w, "cap", &guard->cap);
    }
}

static void write_guards(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    static const char *const kinds[] = {"count", "back", "pay", "worth", "in_flight", "failures", "unreachable"};
    tn_jw_key(w, "guards");
    tn_jw_array(w);
    for (size_t i = 0; i < workflow->guard_count; i++) {
        const struct tn_guard_row *guard = &workflow->guards[i];
        tn_jw_object(w);
        tn_jw_kv_string(w, "operation", *guard->operation ? guard->operation : "the run");
        tn_jw_kv_string(w, "kind", kinds[guard->kind]);
        if (guard->per_customer)
            tn_jw_kv_bool(w, "per_customer", true);
        write_cap(w, guard);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

void tn_outputs_describe(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (size_t i = 0; i < workflow->output_count; i++) {
        const struct tn_output *output = &workflow->outputs[i];
        tn_jw_object(w);
        tn_jw_kv_string(w, "name", output->name);
        tn_jw_kv_string(w, "file", output->file);
        write_columns(output->columns, output->column_count, w);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

static void write_steps(const struct tn_workflow *workflow, const char *key, enum tn_part part,
                        struct tn_json_writer *w)
{
    size_t from, to;
    tn_workflow_part(workflow, part, &from, &to);
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (size_t i = from; i < to; i++) {
        const struct tn_step *step = &workflow->steps[i];
        tn_jw_object(w);
        tn_jw_kv_string(w, "id", step->id);
        write_expression(w, "each", &step->each);
        write_expression(w, "when", &step->when);
        if (step->follows)
            tn_jw_kv_string(w, "follows", step->follows);
        tn_jw_kv_string(w, "run", step->run);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

/* What a plan promises: for how long, and how exactly. */
static void write_plan(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    char amount[32];
    snprintf(amount, sizeof amount, "%g%%", (double)workflow->tolerance.basis_points / 100);
    tn_jw_key(w, "tolerance");
    tn_jw_object(w);
    tn_jw_kv_string(w, "amount", amount);
    tn_jw_kv_bool(w, "proration", workflow->tolerance.proration);
    tn_jw_object_end(w);
    tn_jw_kv_int(w, "expires", workflow->expires_s);
}

void tn_workflow_describe(const struct tn_workflow *workflow, struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", workflow->name);
    tn_jw_kv_string(w, "summary", workflow->summary);
    tn_jw_kv_string(w, "file", workflow->file);
    tn_jw_kv_string(w, "digest", workflow->digest);
    write_inputs(workflow, w);
    write_permissions(workflow, w);
    write_customers(&workflow->customers, w);
    write_guards(workflow, w);
    write_plan(workflow, w);
    tn_jw_key(w, "outputs");
    tn_outputs_describe(workflow, w);
    write_steps(workflow, "before", TN_PART_BEFORE, w);
    write_steps(workflow, "steps", TN_PART_CUSTOMERS, w);
    write_steps(workflow, "after", TN_PART_AFTER, w);
    tn_jw_object_end(w);
}
