/*
 * The words of OData filters, and the plain ones: comparisons and functions, all joined by and.
 */
#ifndef TN_SIMULATOR_TERMS_H
#define TN_SIMULATOR_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TN_SIM_MOST_TERMS 8

/* properties/usageDate ge 2026-01-01, status eq 'Open', atScope(), assignedTo('…') */
struct tn_sim_term {
    char field[64];
    char comparison[4]; /* "eq", "ge", …; "": a function */
    char value[200];    /* "": a function of nothing */
};

struct tn_sim_terms {
    struct tn_sim_term list[TN_SIM_MOST_TERMS];
    size_t count;
};

bool tn_sim_terms_parse(struct tn_sim_terms *terms, const char *text); /* false: not one we understand */
bool tn_sim_term_is(const struct tn_sim_term *term, const char *field, const char *comparison); /* in any case */
bool tn_sim_term_time(const struct tn_sim_term *term, int64_t *seconds); /* its value as a date or a time */

/* Steps of a parser: spaces before a word are passed over, and *at stays where it was when the word is not there. */
bool tn_sim_take_word(const char **at, const char *word);
bool tn_sim_take_value(const char **at, char *value,
                       size_t size); /* 'text' with '' inside, or up to a space or bracket */

#endif
