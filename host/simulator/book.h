/*
 * The book: every change the simulator accepted, in order, and what it was asked. The truth that tests compare with.
 */
#ifndef TN_SIMULATOR_BOOK_H
#define TN_SIMULATOR_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/json_write.h"
#include "base/money.h"

#define TN_SIM_MAX_ROUTES 160

struct tn_sim_call;

/* A part of an effect that has several: each thing given back or bought in an exchange. */
struct tn_sim_line {
    const char *kind; /* "return", "purchase", "savings_plan"; static */
    char order[TN_GUID_TEXT], reservation[TN_GUID_TEXT];
    int64_t quantity;
    struct tn_money amount; /* purchases less returns are the effect's */
    const char *state;      /* as an effect's */
};

struct tn_sim_effect {
    const char *kind; /* the operation's name; static */
    char customer[TN_GUID_TEXT];
    char reservation[TN_GUID_TEXT];
    int64_t quantity;
    bool has_amount;
    struct tn_money amount;
    char correlation_id[80];         /* "" : the client sent none */
    const char *state;               /* "pending", "succeeded", "failed"; static */
    const struct tn_sim_line *lines; /* borrowed from the world; NULL: it has no parts */
    size_t line_count;
};

/* Zeroed before first use. */
struct tn_sim_book {
    struct tn_sim_effect *effects;
    size_t count;
    uint64_t served[TN_SIM_MAX_ROUTES]; /* requests by row of the route table */
    uint64_t unknown;                   /* requests for something we do not have */
};

/* What this call does to its customer: without quantity, amount and reservation yet. */
struct tn_sim_effect tn_sim_effect_of(const struct tn_sim_call *call, const char *kind, const char *state);

/* Returns its number, from 1; 0: out of memory. */
size_t tn_sim_book_add(struct tn_sim_book *book, const struct tn_sim_effect *effect);
void tn_sim_book_settle(struct tn_sim_book *book, size_t seq, const char *state);
void tn_sim_book_correct(struct tn_sim_book *book, size_t seq,
                         struct tn_money amount);                                 /* less was done than asked for */
void tn_sim_book_write(const struct tn_sim_book *book, struct tn_json_writer *w); /* an array of all effects */
void tn_sim_book_counts(const struct tn_sim_book *book,
                        struct tn_json_writer *w); /* members of the open object: kind, count */
void tn_sim_book_deinit(struct tn_sim_book *book);

#endif
