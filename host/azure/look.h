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

#include "azure/call.h"

struct tn_look {
    /* filled in by the caller; embedded, zeroed */
    const char *tenant;
    char order[37], reservation[37];
    lua_State *L; /* documents */
    void (*done)(struct tn_look *look);
    /* the answer */
    struct tn_err err;  /* it could not be seen: says nothing about the effect */
    struct tn_buf json; /* {"order": {"state"}, "reservations": [{"id", "state", "quantity", "etag"}]} */
    /* its own */
    struct tn_engine *engine;
    struct tn_call *errand;       /* the read under way */
    struct tn_json_writer writer; /* of json: the object stays open between the two reads */
    bool settled, cancelled, live;
    int64_t quantity;  /* of the reservation */
    int64_t expires_s; /* when the reservation ends, seconds since 1970 UTC; 0: not told */
};

/* Begin; done() comes from the loop, once. */
void tn_look_start(struct tn_engine *engine, struct tn_look *look);
void tn_look_cancel(struct tn_look *look);  /* no done() after this; no-op otherwise */
void tn_look_release(struct tn_look *look); /* free the answer */

/* Whether nothing is under way on the order that was seen. */
bool tn_look_settled(const struct tn_look *look);

/* Whether the reservation is cancelled and had just this quantity. */
bool tn_look_gone(const struct tn_look *look, int64_t quantity);

/* Whether the reservation itself was seen in effect: neither gone nor in the middle of something. */
bool tn_look_live(const struct tn_look *look);

enum tn_evidence {
    TN_EVIDENCE_HAPPENED, /* exactly ours: the reservation is gone, and what is left of it is what we left */
    TN_EVIDENCE_NOTHING,  /* all is as it was in the snapshot */
    TN_EVIDENCE_MOVING,   /* something is going on with the order: look again */
    TN_EVIDENCE_UNCLEAR   /* something else changed: a person has to judge */
};

/* What ours did to a reservation, if it did. */
struct tn_look_ours {
    const char *reservation;
    enum tn_leaves leaves;
    int64_t quantity; /* that was returned; 0 where nothing was */
};

/* What two looks say about it. text: one sentence for a person. TENURE_EINVAL: a look that cannot be read. */
int tn_look_compare(lua_State *L, const char *before, const char *after, const struct tn_look_ours *ours,
                    enum tn_evidence *evidence, char text[256], struct tn_err *err);

#endif
