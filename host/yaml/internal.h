/* What the files of host/yaml share: the checked source text, and advice on what libyaml complains about. */
#ifndef TN_YAML_INTERNAL_H
#define TN_YAML_INTERNAL_H

#include <stdint.h>
#include <yaml.h>

#include "yaml/yaml.h"

/* The text, checked to be UTF-8 that a reader sees as it is, and the way from libyaml's character index to a place.
 * Lines end where editors end them, at line feeds; libyaml also counts others. */
struct tn_yaml_source {
    const char *bytes; /* borrowed */
    size_t len;
    uint32_t *offsets; /* byte offset of each character, and of the end */
    size_t chars;
    uint32_t *lines; /* character index of each line's start */
    size_t line_count;
    uint32_t *deceptive; /* character indexes, in order; fine inside quotes */
    size_t deceptive_count;
};

struct tn_yaml_place {
    int line, column; /* from 1 */
};

/* TENURE_EINVAL with a diagnostic for what is no text of ours: invalid UTF-8, a BOM, NUL, control characters. */
int tn_yaml_source_init(struct tn_yaml_source *source, const char *bytes, size_t len, struct tn_diagnostics *problems);
void tn_yaml_source_deinit(struct tn_yaml_source *source);

struct tn_yaml_place tn_yaml_source_place(const struct tn_yaml_source *source, size_t index);
const char *tn_yaml_source_at(const struct tn_yaml_source *source,
                              size_t index); /* bytes up to the source's end; the end: "" */
size_t tn_yaml_source_left(const struct tn_yaml_source *source, size_t index); /* bytes from there on */

/* Say what libyaml found, in words that help: place, message and hint go to the problems. */
void tn_yaml_advise(const yaml_parser_t *parser, const struct tn_yaml_source *source, struct tn_diagnostics *problems);

#endif
