/*
 * Events that transitions write by themselves.
 */
#ifndef TN_LEDGER_EVENT_H
#define TN_LEDGER_EVENT_H

#include <stdint.h>

#include "ledger/store.h"

struct tn_rows;

#define TN_EVENT_COLUMNS "SELECT seq, number, kind, run, effect, body, at, prev_hash, hash FROM event"

/* The event of TN_EVENT_COLUMNS that the walk stands on. */
int tn_event_read(struct tn_rows *rows, struct tn_event_row *event, struct tn_err *err);

/* One member of an event's body: a text, or a number. What is neither is left out, so that a body never holds nulls. */
struct tn_event_fact {
    const char *name;
    const char *text;
    int64_t number;
};

/* The facts end with an empty one and are given in the order of their names: bodies are canonical, since they are
 * hashed. */
int tn_event_note(struct tn_db *db, const char *run, const char *kind, const char *effect_key,
                  const struct tn_event_fact *facts, struct tn_err *err);

#endif
