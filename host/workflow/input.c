/*
 * Inputs as a workflow declares them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"
#include "workflow/loader.h"

static const char *const lua_words[] = {"and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
                                        "function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
                                        "repeat",   "return", "then", "true", "until",  "while", NULL};

bool tn_lua_name_valid(const char *name)
{
    return tn_name_valid(name) && !strchr(name, '-') && !tn_text_among(name, lua_words);
}

/* The type a word means. False: reported. */
static bool find_type(struct tn_loader *loader, const struct tn_yaml *node, const char *key, enum tn_input_type *type)
{
    const char *word = tn_read_text(loader, key, node);
    if (!word)
        return false;
    for (int i = 0; tn_input_types[i]; i++) {
        if (strcmp(tn_input_types[i], word) == 0) {
            *type = (enum tn_input_type)i;
            return true;
        }
    }
    char hint[160] = "string integer number boolean percent money date duration choice list table customer reservation "
                     "subscription role guid";
    const char *closest = tn_closest(word, tn_input_types);
    if (closest)
        snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
    tn_problem(loader, node, hint, "no type is called '%.80s'", word);
    return false;
}

void tn_read_input_type(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_input *input = into;
    find_type(loader, node, key->name, &input->type);
}

/* `of: [small, large]`: the words of a choice. */
static void read_choices(struct tn_loader *loader, struct tn_input *input, const struct tn_yaml *of)
{
    const char **choices = tn_arena_alloc(loader->arena, of->count + 1, sizeof *choices);
    size_t count = 0;
    if (!choices) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *item = of->first; item; item = item->next) {
        const char *word = tn_read_text(loader, "of", item);
        if (word)
            choices[count++] = word;
    }
    if (of->count == 0)
        tn_problem(loader, of, "for example: of: [small, large]", "the choice has no words");
    input->choices = choices;
}

/* What `of` means depends on the type; so it is read when the type is known. */
static void read_of(struct tn_loader *loader, struct tn_input *input, const struct tn_yaml *node,
                    const struct tn_yaml *of)
{
    bool list = input->type == TN_INPUT_LIST, choice = input->type == TN_INPUT_CHOICE;
    if (!list && !choice) {
        if (of)
            tn_problem(loader, of->key, NULL, "'of' belongs to choices and lists, not to type '%s'",
                       tn_input_type_name(input->type));
        return;
    }
    if (!of) {
        tn_problem(loader, node, choice ? "add: of: [small, large]" : "add: of: string",
                   "'of' is missing in input '%s'", input->name);
        return;
    }
    if (of->kind == TN_YAML_SEQUENCE) {
        input->of = TN_INPUT_CHOICE; /* a list of words of a choice, or the choice itself */
        read_choices(loader, input, of);
        return;
    }
    if (choice) {
        tn_problem(loader, of, "for example: of: [small, large]", "'of' of a choice takes a list of words, not %s",
                   tn_node_kind(of));
        return;
    }
    if (find_type(loader, of, "of", &input->of) &&
        (input->of == TN_INPUT_LIST || input->of == TN_INPUT_TABLE || input->of == TN_INPUT_CHOICE))
        tn_problem(loader, of, "for example: of: string, or of: [small, large]", "a list cannot be of type '%s'",
                   tn_input_type_name(input->of));
}

static void read_default(struct tn_loader *loader, struct tn_input *input, const struct tn_yaml *node)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    const struct tn_yaml *bad = node;
    struct tn_err err = {0};
    tn_jw_init(&w, &json);
    if (tn_input_read(input, node, &w, &bad, &err) < 0) {
        tn_problem(loader, bad, NULL, "the default of '%s' %s", input->name, err.msg);
    } else {
        input->default_json = json.failed ? NULL : tn_arena_text(loader->arena, tn_buf_text(&json), json.len);
        loader->no_memory |= !input->default_json;
    }
    tn_buf_deinit(&json);
}

/* Columns are a table's, and a table has them. */
static void check_columns(struct tn_loader *loader, const struct tn_input *input, const struct tn_yaml *node,
                          const struct tn_yaml *given)
{
    const struct tn_yaml *columns = tn_yaml_get(node, "columns");
    if (columns && input->type != TN_INPUT_TABLE)
        tn_problem(loader, columns->key, NULL, "'columns' belongs to tables, not to type '%s'",
                   tn_input_type_name(input->type));
    if (input->type != TN_INPUT_TABLE)
        return;
    if (!columns)
        tn_problem(loader, node, "add: columns: {customer: customer, quantity: integer}",
                   "'columns' is missing in input '%s'", input->name);
    if (given)
        tn_problem(loader, given->key, "each run is told which file: --input NAME=@FILE", "a table has no default");
}

static void read_input(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                       struct tn_input *input)
{
    const char *name = node->key->text;
    char where[96];
    snprintf(where, sizeof where, "input '%.64s'", name);
    *input = (struct tn_input){.name = name, .line = node->key->line, .column = node->key->column};
    if (!tn_lua_name_valid(name))
        tn_problem(loader, node->key,
                   "a letter, then letters, digits and _, and no word of Lua: scripts write inputs.NAME",
                   "'%.80s' cannot be the name of an input", name);
    size_t before = tn_diagnostics_count(loader->problems);
    if (!tn_section_read(loader, key->inside, node, where, input) || tn_diagnostics_count(loader->problems) > before)
        return; /* the type may be unknown */
    read_of(loader, input, node, tn_yaml_get(node, "of"));
    const struct tn_yaml *given = tn_yaml_get(node, "default");
    check_columns(loader, input, node, given);
    if (given && tn_diagnostics_count(loader->problems) == before)
        read_default(loader, input, given);
}

static void read_column(struct tn_loader *loader, enum tn_section section, const struct tn_yaml *node,
                        struct tn_input *column)
{
    size_t before = tn_diagnostics_count(loader->problems);
    char where[96];
    *column = (struct tn_input){
        .name = node->key->text, .line = node->key->line, .column = node->key->column, .of = TN_INPUT_STRING};
    snprintf(where, sizeof where, "column '%.64s'", column->name);
    if (node->kind == TN_YAML_MAPPING)
        tn_section_read(loader, section, node, where, column);
    else
        find_type(loader, node, column->name, &column->type);
    if (tn_diagnostics_count(loader->problems) > before)
        return;
    if (column->type == TN_INPUT_LIST || column->type == TN_INPUT_TABLE)
        tn_problem(loader, node, NULL, "a cell cannot be of type '%s'", tn_input_type_name(column->type));
    else if (node->kind != TN_YAML_MAPPING && column->type == TN_INPUT_CHOICE)
        tn_problem(loader, node, "for example: tier: {type: choice, of: [gold, silver]}",
                   "column '%.64s' does not say the words of its choice", column->name);
    else if (column->optional && column->required)
        tn_problem(loader, node, NULL, "column '%.64s' is either optional or required", column->name);
    else
        read_of(loader, column, node, tn_yaml_get(node, "of"));
}

void tn_read_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                     const struct tn_input **columns, size_t *count)
{
    if (node->kind != TN_YAML_MAPPING) {
        tn_problem_kind(loader, key, node, "a mapping of columns to types");
        return;
    }
    struct tn_input *list = tn_arena_alloc(loader->arena, node->count + 1, sizeof *list);
    if (!list) {
        loader->no_memory = true;
        return;
    }
    *columns = list;
    for (const struct tn_yaml *column = node->first; column; column = column->next)
        read_column(loader, key->inside, column, &list[(*count)++]);
}

void tn_read_input_columns(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_input *input = into;
    if (node->kind == TN_YAML_MAPPING && node->count == 0)
        tn_problem(loader, node, "for example: columns: {customer: customer, quantity: integer}",
                   "the table has no columns");
    tn_read_columns(loader, key, node, &input->columns, &input->column_count);
}

void tn_read_inputs(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    if (node->kind != TN_YAML_MAPPING) {
        tn_problem_kind(loader, key, node, "a mapping of names");
        return;
    }
    workflow->inputs = tn_arena_alloc(loader->arena, node->count, sizeof *workflow->inputs);
    if (!workflow->inputs) {
        loader->no_memory = true;
        return;
    }
    for (const struct tn_yaml *input = node->first; input; input = input->next)
        read_input(loader, key, input, &workflow->inputs[workflow->input_count++]);
}
