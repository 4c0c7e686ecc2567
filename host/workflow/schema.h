/*
 * The keys of the workflow language, as one table.
 *
 * From its rows come loading, diagnostics, and the JSON Schema for editors: adding a key is adding a row. A key that is
 * part of the language and not enforced yet has a row too, so that it is refused by name and never ignored.
 */
#ifndef TN_WORKFLOW_SCHEMA_H
#define TN_WORKFLOW_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"
#include "yaml/yaml.h"

struct tn_loader;

enum tn_section {
    TN_SECTION_WORKFLOW,
    TN_SECTION_INPUT,
    TN_SECTION_CUSTOMERS,
    TN_SECTION_JOIN,
    TN_SECTION_COLUMN,
    TN_SECTION_TABLE_COLUMN, /* of an input: a column, and what its file must have */
    TN_SECTION_GUARDS,
    TN_SECTION_GUARD,
    TN_SECTION_CUSTOMER_GUARD,
    TN_SECTION_SHARE,
    TN_SECTION_TOLERANCE,
    TN_SECTION_LIMITS,
    TN_SECTION_OUTPUT,
    TN_SECTION_STEP,
    TN_SECTION_NONE
};

/* What may stand behind a key. */
enum tn_key_type {
    TN_KEY_TEXT,
    TN_KEY_NAME,  /* a word others refer to: letters, digits, - and _ */
    TN_KEY_COUNT, /* a whole number from least to most */
    TN_KEY_BOOLEAN,
    TN_KEY_WORD,       /* one of words */
    TN_KEY_EXPRESSION, /* Lua */
    TN_KEY_MONEY,      /* "60000 USD" */
    TN_KEY_AMOUNTS,    /* currency to amount */
    TN_KEY_PERCENT,    /* "5%": whole parts, of which most are 100 % */
    TN_KEY_SHARE,      /* "15%", or a mapping with the keys of a section */
    TN_KEY_TIME,       /* "2 s" */
    TN_KEY_DURATION,   /* "7 days", in seconds */
    TN_KEY_SIZE,       /* "64 MB" */
    TN_KEY_TEXTS,      /* list of text */
    TN_KEY_SECTION,    /* mapping with the keys of a section */
    TN_KEY_NAMED,      /* mapping of names to mappings with the keys of a section */
    TN_KEY_SECTIONS,   /* list of such mappings */
    TN_KEY_MAPPING,    /* mapping of anything */
    TN_KEY_ANY
};

struct tn_key {
    enum tn_section where;
    const char *name; /* NULL: every other name (of an effect, in guards) */
    enum tn_key_type type;
    bool required;
    bool later; /* not supported yet */
    const char *doc;
    const char *example;
    enum tn_section inside;   /* SECTION, NAMED, SECTIONS, SHARE */
    int64_t least, most;      /* COUNT, TIME (ms), SIZE (bytes), DURATION (seconds); PERCENT: most */
    const char *const *words; /* WORD; NULL-ended */
    size_t offset;            /* of the value in what the section is read into */
    /* Reads the value; NULL: by its type, to the offset. */
    void (*read)(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into);
};

extern const struct tn_key tn_keys[]; /* ends with TN_SECTION_NONE */

const struct tn_key *tn_key_find(enum tn_section where, const char *name); /* NULL: unknown */

/* The closest key to a mistyped one; NULL: none is close. */
const char *tn_key_suggest(enum tn_section where, const char *name);

/* "tenure, name, summary …": the supported keys of a section, for hints. Writes to out. */
void tn_key_list(enum tn_section where, char *out, size_t size);

/* The language as a JSON Schema (draft-07), for editors. */
void tn_workflow_schema_json(struct tn_json_writer *w);

#endif
