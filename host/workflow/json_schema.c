/*
 * The workflow language as a JSON Schema, from the table of keys: what editors complete and check by. Keys that are not
 * supported yet are left out, so that an editor marks them as `check` would.
 */
#include <string.h>

#include "workflow/schema.h"

static void write_section(struct tn_json_writer *w, enum tn_section section);

static void write_words(struct tn_json_writer *w, const char *const *words)
{
    tn_jw_key(w, "enum");
    tn_jw_array(w);
    for (; *words; words++)
        tn_jw_string(w, *words);
    tn_jw_array_end(w);
}

/* {"type": "array", "items": {…}} and its like: a section under a key of its own. */
static void write_sections(struct tn_json_writer *w, const char *type, const char *key, enum tn_section section)
{
    tn_jw_kv_string(w, "type", type);
    tn_jw_key(w, key);
    tn_jw_object(w);
    write_section(w, section);
    tn_jw_object_end(w);
}

static void write_plain_items(struct tn_json_writer *w, const char *type, const char *key, const char *item_type)
{
    tn_jw_kv_string(w, "type", type);
    tn_jw_key(w, key);
    tn_jw_object(w);
    tn_jw_kv_string(w, "type", item_type);
    tn_jw_object_end(w);
}

/* A share by itself, or with what belongs to it. */
static void write_share(struct tn_json_writer *w, enum tn_section section)
{
    tn_jw_key(w, "anyOf");
    tn_jw_array(w);
    tn_jw_object(w);
    tn_jw_kv_string(w, "type", "string");
    tn_jw_object_end(w);
    tn_jw_object(w);
    write_section(w, section);
    tn_jw_object_end(w);
    tn_jw_array_end(w);
}

static void write_type(struct tn_json_writer *w, const struct tn_key *key)
{
    switch (key->type) {
    case TN_KEY_COUNT:
        tn_jw_kv_string(w, "type", "integer");
        tn_jw_kv_int(w, "minimum", key->least);
        tn_jw_kv_int(w, "maximum", key->most);
        break;
    case TN_KEY_BOOLEAN:
        tn_jw_kv_string(w, "type", "boolean");
        break;
    case TN_KEY_WORD:
        write_words(w, key->words);
        break;
    case TN_KEY_NAME:
        tn_jw_kv_string(w, "type", "string");
        tn_jw_kv_string(w, "pattern", "^[A-Za-z][A-Za-z0-9_-]{0,63}$");
        break;
    case TN_KEY_EXPRESSION: /* true, false and 5 are Lua too */
    case TN_KEY_ANY:
        break;
    case TN_KEY_AMOUNTS:
        write_plain_items(w, "object", "additionalProperties", "number");
        break;
    case TN_KEY_TEXTS:
        write_plain_items(w, "array", "items", "string");
        break;
    case TN_KEY_SECTION:
        write_section(w, key->inside);
        break;
    case TN_KEY_SHARE:
        write_share(w, key->inside);
        break;
    case TN_KEY_NAMED:
        write_sections(w, "object", "additionalProperties", key->inside);
        break;
    case TN_KEY_SECTIONS:
        write_sections(w, "array", "items", key->inside);
        break;
    case TN_KEY_MAPPING:
        tn_jw_kv_string(w, "type", "object");
        break;
    default:
        tn_jw_kv_string(w, "type", "string");
        break;
    }
}

static void write_key(struct tn_json_writer *w, const struct tn_key *key)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "description", key->doc);
    write_type(w, key);
    tn_jw_object_end(w);
}

static void write_required(struct tn_json_writer *w, enum tn_section section)
{
    bool any = false;
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE; key++) {
        if (key->where != section || !key->required)
            continue;
        if (!any) {
            tn_jw_key(w, "required"); /* draft 4 wants at least one */
            tn_jw_array(w);
        }
        any = true;
        tn_jw_string(w, key->name);
    }
    if (any)
        tn_jw_array_end(w);
}

static void write_section(struct tn_json_writer *w, enum tn_section section)
{
    const struct tn_key *other = NULL;
    tn_jw_kv_string(w, "type", "object");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE; key++) {
        if (key->where != section || key->later)
            continue;
        if (!key->name) {
            other = key;
            continue;
        }
        tn_jw_key(w, key->name);
        write_key(w, key);
    }
    tn_jw_object_end(w);
    write_required(w, section);
    tn_jw_key(w, "additionalProperties");
    if (other)
        write_key(w, other);
    else
        tn_jw_bool(w, false);
}

void tn_workflow_schema_json(struct tn_json_writer *w)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "$schema", "http://json-schema.org/draft-07/schema#");
    tn_jw_kv_string(w, "title", "tenure workflow");
    write_section(w, TN_SECTION_WORKFLOW);
    tn_jw_object_end(w);
}
