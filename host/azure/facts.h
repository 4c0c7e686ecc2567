/*
 * What is known of a reservation before anything is asked about it: what the list or the record that it was taken from said.
 *
 * Nothing is guessed: what that did not say is unknown. It may have changed since; what cannot change any more (a
 * reservation that is over stays over) is as good as asked.
 *
 * Source: the Reservation of the Microsoft.Capacity REST reference 2022-11-01. Its `capabilities` say what the API accepts;
 * on record only lists of all reservations have them, so that their absence says nothing.
 */
#ifndef TN_AZURE_FACTS_H
#define TN_AZURE_FACTS_H

#include <stdint.h>

#include "json/json.h"

enum tn_known { TN_KNOWN_NOT = -1, TN_KNOWN_NOTHING = 0, TN_KNOWN_YES = 1 };

/* Zeroed: nothing is known. */
struct tn_facts {
    char type[40];                    /* VirtualMachines …; "": unknown */
    char state[32];                   /* Succeeded, Cancelled …; "": unknown */
    enum tn_known refunds, exchanges; /* whether it can be refunded, exchanged */
    int64_t quantity;                 /* 0: unknown */
    int64_t purchased_s;              /* since 1970 UTC; 0: unknown */
};

/* Of a reservation's body. */
void tn_facts_read(struct tn_json raw, struct tn_facts *facts);

#endif
