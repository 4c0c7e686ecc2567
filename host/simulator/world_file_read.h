/*
 * Reading single fields of a world file: each getter takes a mapping and a key, answers with the value, and reports
 * what does not fit at its place. A field that is not there leaves the value as it was.
 */
#ifndef TN_SIMULATOR_WORLD_FILE_READ_H
#define TN_SIMULATOR_WORLD_FILE_READ_H

#include "base/money.h"
#include "simulator/world.h"
#include "yaml/yaml.h"

struct tn_sim_reader {
    struct tn_sim_world *world;
    struct tn_diagnostics *problems;
    bool no_memory;
};

void tn_sim_read_problem(struct tn_sim_reader *reader, const struct tn_yaml *at, const char *hint, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* False, and a problem, unless the node is a mapping with only these keys (NULL-ended). */
bool tn_sim_read_keys(struct tn_sim_reader *reader, const struct tn_yaml *node, const char *what,
                      const char *const *keys);

/* The value's text, copied into the world; NULL: not there. */
const char *tn_sim_read_text(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key);

void tn_sim_read_bool(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, bool *value);
void tn_sim_read_count(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, int64_t *value);
void tn_sim_read_date(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key, int64_t *seconds);

/* Which of the words (NULL-ended) it is; -1: not there, or none of them. */
int tn_sim_read_choice(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key,
                       const char *const *words);

/* "22.50 USD" in the smallest coins of that currency. True: it is there. */
bool tn_sim_read_money(struct tn_sim_reader *reader, const struct tn_yaml *map, const char *key,
                       const struct tn_sim_currency *currency, int64_t *coins);

/* "5%" or 5, from 0 to 100. */
bool tn_sim_read_percent(struct tn_sim_reader *reader, const struct tn_yaml *node, double *value);

#endif
