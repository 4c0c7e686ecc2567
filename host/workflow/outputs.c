/*
 * Outputs: tables that scripts fill row by row with ctx.output(name, row).
 */
#include <stdio.h>
#include <string.h>

#include "workflow/loader.h"

static void read_output(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                        struct tn_output *output)
{
    char where[96];
    snprintf(where, sizeof where, "output '%.64s'", node->key->text);
    *output = (struct tn_output){.name = node->key->text};
    if (!tn_lua_name_valid(output->name))
        tn_problem(loader, node->key,
                   "a letter, then letters, digits and _, and no word of Lua: scripts write outputs.NAME",
                   "'%.80s' cannot be the name of an output", output->name);
    tn_section_read(loader, key->inside, node, where, output);
}

void tn_read_output_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_output *output = into;
    if (node->kind == TN_YAML_MAPPING && node->count == 0)
        tn_problem(loader, node, "for example: columns: {reservation: reservation, back: money}",
                   "the output has no columns");
    tn_read_columns(loader, key, node, &output->columns, &output->column_count);
}

void tn_read_outputs(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    if (node->kind != TN_YAML_MAPPING) {
        tn_problem_kind(loader, key, node, "a mapping of names");
        return;
    }
    workflow->outputs = tn_arena_alloc(loader->arena, node->count, sizeof *workflow->outputs);
    if (!workflow->outputs) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *output = node->first; output; output = output->next)
        read_output(loader, key, output, &workflow->outputs[workflow->output_count++]);
}
