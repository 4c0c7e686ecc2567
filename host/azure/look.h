/*
 * Looking at what an effect acts on: before it is sent, and after nobody knows what became of it.
 *
 * A look reads the order and all of its reservations: states, quantities, change marks. Kept as the effect's snapshot
 * it is what a later look is compared with; the comparison tells whether our return happened, did not, or cannot be
 * told from what somebody else did meanwhile. It believes nothing it has not seen; when to believe "nothing happened"
 * is the run's business.
 *
 * Sources: Microsoft.Capacity REST 2022-11-01, Reservation Order - Get, Reservation - List. That a partial return
 * cancels the reservation and makes a new one of the rest is from "Manage reservations" in the Azure documentation.
 */
#ifndef TN_AZURE_LOOK_H
#define TN_AZURE_LOOK_H

#include "azure/aim.h"
#include "azure/call.h"

struct tn_look {
    /* filled in by the caller; embedded, zeroed */
    const char *tenant;
    const struct tn_aim *aim; /* borrowed */
    bool before;              /* it has not been sent: what it acts on is looked at, not what would come of it */
    lua_State *L;             /* documents */
    void (*done)(struct tn_look *look);
    /* the answer */
    struct tn_err err; /* it could not be seen: says nothing about the effect */
    struct tn_buf
        json; /* {"order": {"state"}, "reservations": [{"id", "state", "quantity", "etag"}]}, of several orders
                         * a list of those; of an order that is made {"order": {"state"}, or null} */
    /* its own */
    struct tn_engine *engine;
    struct tn_call *errand;       /* the read under way */
    struct tn_json_writer writer; /* of json, which stays open between the reads */
    size_t at;                    /* of what is aimed at: the order that is read */
    size_t live;                  /* how many of them are in effect */
    bool settled, cancelled;
    int64_t quantity;  /* of the reservation */
    int64_t expires_s; /* when the last of them ends, seconds since 1970 UTC; 0: not told */
};

/* Begin; done() comes from the loop, once. */
void tn_look_start(struct tn_engine *engine, struct tn_look *look);
void tn_look_cancel(struct tn_look *look);  /* no done() after this; no-op otherwise */
void tn_look_release(struct tn_look *look); /* free the answer */

/* Whether nothing is under way on the orders that were seen. */
bool tn_look_settled(const struct tn_look *look);

/* Whether the reservation is cancelled and had just this quantity. */
bool tn_look_gone(const struct tn_look *look, int64_t quantity);

/* Whether the reservations themselves were seen in effect: neither gone nor in the middle of something. */
bool tn_look_live(const struct tn_look *look);

enum tn_evidence {
    TN_EVIDENCE_HAPPENED, /* exactly ours: the reservation is gone, and what is left of it is what we left */
    TN_EVIDENCE_ACCEPTED, /* exactly ours, and how it ends shows by following it */
    TN_EVIDENCE_NOTHING,  /* all is as it was in the snapshot */
    TN_EVIDENCE_MOVING,   /* something is going on with the order: look again */
    TN_EVIDENCE_UNCLEAR   /* something else changed: a person has to judge */
};

/* What two looks say about it; before NULL: none was taken, which only what is found by its own id can do without. text:
 * one sentence for a person. TENURE_EINVAL: a look that cannot be read. */
int tn_look_compare(lua_State *L, const char *before, const char *after, const struct tn_aim *aim,
                    enum tn_evidence *evidence, char text[256], struct tn_err *err);

#endif
