/*
 * Inside the oracle: one effect as the ledger has it when all is over.
 */
#ifndef TESTS_SCHEDULES_ORACLE_EFFECT_H
#define TESTS_SCHEDULES_ORACLE_EFFECT_H

#include "service.h"

/* Texts are borrowed from the row. */
struct effect {
    const char *key, *state, *subject, *spend, *operation, *code;
    int64_t attempt, quantity, back, pay, worth; /* money in cents, -1: none */
};

/* What the service's books have under one effect's name. */
struct booked {
    int accepted, moved; /* moved: of those, not failed in the end */
    const struct service_entry *entry;
};

bool effect_is(const struct effect *effect, const char *state);
bool effect_came_to_nothing(const struct effect *effect); /* says the ledger */
bool effect_succeeded(const struct effect *effect);

/* Whether a request with that correlation was an attempt of the effect, or would be one of the next. */
bool effect_asked(const char *key, int64_t attempts, const char *correlation);

/* ---- oracle_money.c: what the ledger says has moved, and what has ---------------------------------------------- */

/* Of an effect that was accepted once and has moved something. */
void oracle_check_moved(struct world *world, const struct effect *effect, const struct booked *booked);
/* Nothing was given back twice, or bought twice under one name, whatever effects asked for it. */
void oracle_check_pairs(struct world *world);

/* ---- oracle_names.c: effects that name what they ask for -------------------------------------------------------- */

void oracle_check_name(struct world *world, const struct effect *effect);
/* Everything that is called something was called so by an effect, and not more than the guards allow. */
void oracle_check_names(struct world *world);

/* What became of all that was asked for under the key. */
struct names_truth {
    bool given, open; /* open: something is still under way */
};
struct names_truth oracle_names_truth(const struct world *world, const char *key, int64_t attempts);

#endif
