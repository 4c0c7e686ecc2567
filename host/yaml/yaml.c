/*
 * Reading: libyaml's events become a tree, under limits. See yaml.h.
 *
 * What is refused but can be read past (a duplicate key, an alias, a tag) is reported and reading goes on, so that one
 * run shows all of them; a syntax error or an exceeded limit ends it.
 */
#include "yaml/internal.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES 16000

/* Memory that is freed all at once. */
struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct tn_yaml_doc {
    struct block *blocks;
    struct tn_yaml *root;
};

struct reader {
    yaml_parser_t parser;
    struct tn_yaml_source source;
    struct tn_diagnostics *problems;
    struct tn_yaml_doc *doc;
    struct tn_yaml *open[TN_YAML_MAX_DEPTH]; /* sequences and mappings that are not closed yet */
    struct tn_yaml *last[TN_YAML_MAX_DEPTH]; /* their newest child */
    struct tn_yaml *key[TN_YAML_MAX_DEPTH];  /* of a mapping: the key that waits for its value */
    int depth, events, documents;
    size_t deceptive_seen; /* of source.deceptive: those before here are settled */
};

static void *arena_alloc(struct tn_yaml_doc *doc, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct block *block = doc->blocks;
    if (!block || block->size - block->used < size) {
        size_t room = size > ARENA_BYTES ? size : ARENA_BYTES;
        block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        block->next = doc->blocks;
        block->used = 0;
        block->size = room;
        doc->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void tn_yaml_free(struct tn_yaml_doc *doc)
{
    while (doc && doc->blocks) {
        struct block *block = doc->blocks;
        doc->blocks = block->next;
        free(block);
    }
    free(doc);
}

const struct tn_yaml *tn_yaml_root(const struct tn_yaml_doc *doc)
{
    return doc->root;
}

const struct tn_yaml *tn_yaml_get(const struct tn_yaml *node, const char *key)
{
    if (!node || node->kind != TN_YAML_MAPPING)
        return NULL;
    for (const struct tn_yaml *child = node->first; child; child = child->next) {
        if (strcmp(child->key->text, key) == 0)
            return child;
    }
    return NULL;
}

/* ---- what is refused -------------------------------------------------------------------------------------------- */

static void report(struct reader *r, yaml_mark_t mark, const char *hint, const char *message)
{
    struct tn_yaml_place place = tn_yaml_source_place(&r->source, mark.index);
    tn_diagnostics_add(r->problems, place.line, place.column, hint, "%s", message);
}

/* Anchors and tags sit before the node's own text. A bare ! leaves no trace in the event, only in the source. */
static void check_properties(struct reader *r, const yaml_event_t *event, const yaml_char_t *anchor,
                             const yaml_char_t *tag)
{
    char first = *tn_yaml_source_at(&r->source, event->start_mark.index);
    if (anchor)
        report(r, event->start_mark, "write the value out; a text that begins with & needs quotes",
               "anchors (&name) are not used here");
    if (tag || first == '!')
        report(r, event->start_mark, "put a value that begins with ! in quotes", "tags (!name) are not used here");
}

static bool is_template(const struct reader *r, const yaml_event_t *event)
{
    size_t index = event->start_mark.index;
    return index > 0 && *tn_yaml_source_at(&r->source, index) == '{' &&
           *tn_yaml_source_at(&r->source, index - 1) == '{';
}

/* A key that is no text. {{ x }} without quotes is one, too: a mapping as the key of a mapping. */
static void check_container_key(struct reader *r, const yaml_event_t *event)
{
    yaml_mark_t mark = event->start_mark;
    if (is_template(r, event)) {
        mark.index--;
        report(r, mark, "an expression is written \"${{ … }}\", in quotes",
               "a value that begins with {{ is read as a mapping unless it is quoted");
    } else {
        report(r, mark, "keys are words", "a key cannot be a list or a mapping");
    }
}

static void check_scalar_key(struct reader *r, const yaml_event_t *event, const struct tn_yaml *key)
{
    if (key->plain && strcmp(key->text, "<<") == 0)
        report(r, event->start_mark, "write the members out", "merge keys (<<) are not used here");
    else if (key->block)
        report(r, event->start_mark, "keys are words", "a key cannot be a block of text");
    else if (key->len == 0)
        report(r, event->start_mark, "a mapping is written as 'key: value'", "a key is missing before ':'");
}

/* Deceptive characters up to an index: outside quotes each is reported, inside they are text like any other. */
static void settle_deceptive(struct reader *r, size_t index, bool quoted)
{
    const struct tn_yaml_source *source = &r->source;
    for (; r->deceptive_seen < source->deceptive_count; r->deceptive_seen++) {
        size_t at = source->deceptive[r->deceptive_seen];
        if (at >= index)
            return;
        if (!quoted)
            report(r, (yaml_mark_t){.index = at}, "remove it, or write it as an escape inside double quotes",
                   "an invisible character that ends a line or turns the direction of the text");
    }
}

/* ---- the tree --------------------------------------------------------------------------------------------------- */

static struct tn_yaml *new_node(struct reader *r, enum tn_yaml_kind kind, const yaml_event_t *event)
{
    struct tn_yaml *node = arena_alloc(r->doc, sizeof *node);
    if (!node)
        return NULL;
    struct tn_yaml_place place = tn_yaml_source_place(&r->source, event->start_mark.index);
    *node = (struct tn_yaml){.kind = kind, .line = place.line, .column = place.column};
    return node;
}

/* Whether the next node is a key. */
static bool expects_key(const struct reader *r)
{
    return r->depth > 0 && r->open[r->depth - 1]->kind == TN_YAML_MAPPING && !r->key[r->depth - 1];
}

/* Puts a finished or just opened node where it belongs: the root, a key that waits, or the next child. */
static void attach(struct reader *r, struct tn_yaml *node)
{
    if (r->depth == 0) {
        r->doc->root = node;
        return;
    }
    int top = r->depth - 1;
    struct tn_yaml *parent = r->open[top];
    if (parent->kind == TN_YAML_MAPPING && !r->key[top]) {
        r->key[top] = node;
        return;
    }
    node->key = r->key[top];
    r->key[top] = NULL;
    if (r->last[top])
        r->last[top]->next = node;
    else
        parent->first = node;
    r->last[top] = node;
    parent->count++;
}

static int add_scalar(struct reader *r, const yaml_event_t *event)
{
    struct tn_yaml *node = new_node(r, TN_YAML_SCALAR, event);
    size_t len = event->data.scalar.length;
    char *text = node ? arena_alloc(r->doc, len + 1) : NULL;
    if (!text)
        return TENURE_ENOMEM;
    memcpy(text, event->data.scalar.value, len);
    text[len] = '\0';
    yaml_scalar_style_t style = event->data.scalar.style;
    node->text = text;
    node->len = len;
    node->plain = style == YAML_PLAIN_SCALAR_STYLE;
    node->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    check_properties(r, event, event->data.scalar.anchor, event->data.scalar.tag);
    settle_deceptive(r, event->start_mark.index, false);
    settle_deceptive(r, event->end_mark.index, !node->plain && !node->block);
    if (memchr(text, '\0', len))
        report(r, event->start_mark, "remove the escape", "a NUL character in a text");
    if (expects_key(r))
        check_scalar_key(r, event, node);
    attach(r, node);
    return TENURE_OK;
}

static int open_container(struct reader *r, enum tn_yaml_kind kind, const yaml_event_t *event)
{
    if (r->depth == TN_YAML_MAX_DEPTH) {
        report(r, event->start_mark, NULL, "nested more than 64 deep");
        return TENURE_EINVAL;
    }
    struct tn_yaml *node = new_node(r, kind, event);
    if (!node)
        return TENURE_ENOMEM;
    if (expects_key(r))
        check_container_key(r, event);
    attach(r, node);
    r->open[r->depth] = node;
    r->last[r->depth] = r->key[r->depth] = NULL;
    r->depth++;
    return TENURE_OK;
}

/* An alias stands for nothing here: it is reported, and an empty scalar keeps the tree whole. */
static int add_alias(struct reader *r, const yaml_event_t *event)
{
    report(r, event->start_mark, "write the value out; a text that begins with * needs quotes",
           "aliases (*name) are not used here");
    struct tn_yaml *node = new_node(r, TN_YAML_SCALAR, event);
    if (!node)
        return TENURE_ENOMEM;
    node->text = "";
    attach(r, node);
    return TENURE_OK;
}

/* ---- duplicate keys --------------------------------------------------------------------------------------------- */

static bool is_before(const struct tn_yaml *a, const struct tn_yaml *b)
{
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

static int compare_keys(const void *left, const void *right)
{
    const struct tn_yaml *a = *(struct tn_yaml *const *)left, *b = *(struct tn_yaml *const *)right;
    int order = strcmp(a->text, b->text);
    return order ? order : is_before(a, b) ? -1 : is_before(b, a);
}

/* Sorted, so that a hostile file with ten thousand keys costs no more than a friendly one. */
static int check_duplicates(struct reader *r, const struct tn_yaml *mapping)
{
    if (mapping->count < 2)
        return TENURE_OK;
    struct tn_yaml **keys = calloc(mapping->count, sizeof(struct tn_yaml *));
    if (!keys)
        return TENURE_ENOMEM;
    size_t count = 0;
    for (struct tn_yaml *child = mapping->first; child; child = child->next) {
        if (child->key->text)
            keys[count++] = child->key;
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (strcmp(keys[i]->text, keys[first]->text) != 0)
            first = i;
        else
            tn_diagnostics_add(r->problems, keys[i]->line, keys[i]->column, "keep one of the two",
                               "the key '%.60s' is there twice: first in line %d, column %d", keys[i]->text,
                               keys[first]->line, keys[first]->column);
    }
    free(keys);
    return TENURE_OK;
}

static int close_container(struct reader *r)
{
    r->depth--;
    return r->open[r->depth]->kind == TN_YAML_MAPPING ? check_duplicates(r, r->open[r->depth]) : TENURE_OK;
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

static int start_document(struct reader *r, const yaml_event_t *event)
{
    if (r->documents++ > 0) {
        report(r, event->start_mark, "one file holds one document: remove the --- or split the file",
               "a second document begins here");
        return TENURE_EINVAL;
    }
    if (event->data.document_start.version_directive ||
        event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
        report(r, event->start_mark, "remove the line", "directives (%YAML, %TAG) are not used here");
    return TENURE_OK;
}

static int take_event(struct reader *r, const yaml_event_t *event)
{
    if (++r->events > TN_YAML_MAX_EVENTS) {
        report(r, event->start_mark, "keep data in a file of its own",
               "the file has more parts than the 20,000 that are read");
        return TENURE_EINVAL;
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return start_document(r, event);
    case YAML_ALIAS_EVENT:
        return add_alias(r, event);
    case YAML_SCALAR_EVENT:
        return add_scalar(r, event);
    case YAML_SEQUENCE_START_EVENT:
        check_properties(r, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
        return open_container(r, TN_YAML_SEQUENCE, event);
    case YAML_MAPPING_START_EVENT:
        check_properties(r, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
        return open_container(r, TN_YAML_MAPPING, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_container(r);
    default:
        return TENURE_OK;
    }
}

/* A file without any value reads as null, as one with only comments does. */
static int finish(struct reader *r, const yaml_event_t *event)
{
    settle_deceptive(r, r->source.chars, false);
    if (r->doc->root)
        return TENURE_OK;
    struct tn_yaml *node = new_node(r, TN_YAML_SCALAR, event);
    if (!node)
        return TENURE_ENOMEM;
    *node = (struct tn_yaml){.kind = TN_YAML_SCALAR, .line = 1, .column = 1, .text = "", .plain = true};
    r->doc->root = node;
    return TENURE_OK;
}

static int read_events(struct reader *r)
{
    int rc = TENURE_OK;
    bool ended = false;
    while (rc == TENURE_OK && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event)) {
            if (r->parser.error == YAML_MEMORY_ERROR)
                return TENURE_ENOMEM;
            settle_deceptive(r, r->source.chars, false);
            tn_yaml_advise(&r->parser, &r->source, r->problems);
            return TENURE_EINVAL;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        rc = ended ? finish(r, &event) : take_event(r, &event);
        yaml_event_delete(&event);
    }
    return rc;
}

static int read_document(struct reader *r, const char *bytes, size_t len)
{
    int rc = tn_yaml_source_init(&r->source, bytes, len, r->problems);
    if (rc < 0)
        return rc;
    if (!yaml_parser_initialize(&r->parser))
        return TENURE_ENOMEM;
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)bytes, len);
    rc = read_events(r);
    yaml_parser_delete(&r->parser);
    return rc;
}

int tn_yaml_parse(const char *bytes, size_t len, struct tn_diagnostics *problems, struct tn_yaml_doc **out)
{
    size_t before = tn_diagnostics_count(problems);
    struct reader reader = {.problems = problems, .doc = calloc(1, sizeof *reader.doc)};
    if (!reader.doc)
        return TENURE_ENOMEM;
    int rc = read_document(&reader, bytes, len);
    tn_yaml_source_deinit(&reader.source);
    if (rc == TENURE_OK && tn_diagnostics_count(problems) > before)
        rc = TENURE_EINVAL;
    if (rc < 0) {
        tn_yaml_free(reader.doc);
        return rc;
    }
    *out = reader.doc;
    return TENURE_OK;
}
