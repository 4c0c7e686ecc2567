/*
 * What the files of the simulator share: one struct tn_simulator, made of the parts that the other headers describe.
 */
#ifndef TN_SIMULATOR_STATE_H
#define TN_SIMULATOR_STATE_H

#include "base/buf.h"
#include "base/list.h"
#include "loop/loop.h"
#include "simulator/book.h"
#include "simulator/certificate.h"
#include "simulator/fault.h"
#include "simulator/random.h"
#include "simulator/simulator.h"
#include "simulator/store.h"
#include "simulator/world.h"

struct lua_State;

#define TN_SIM_ENVIRONMENT 8 /* the list's NULL included */

struct tn_simulator {
    struct tn_loop *loop;
    struct lua_State *json; /* holds the documents of requests */
    struct tn_sim_world world;
    struct tn_sim_random ids; /* for ids that are made up as we go */
    struct tn_sim_faults faults;
    struct tn_sim_store tokens;    /* of struct tn_sim_token */
    struct tn_sim_store sessions;  /* of struct tn_sim_session */
    struct tn_sim_store replies;   /* of struct tn_sim_reply */
    struct tn_sim_store prices;    /* of struct tn_sim_priced */
    struct tn_sim_store pages;     /* of hosts that are none of Azure's (web.h) */
    struct tn_sim_index exchanges; /* struct tn_sim_exchange, each by the ids of its session and its calculation */
    struct tn_sim_book book;
    struct tn_sim_certificate certificate; /* none without tls */
    struct tn_sim_server *server;
    struct tn_link *operations; /* of struct tn_sim_operation: what has not settled yet */
    struct tn_link *deferred;   /* calls that are done after their answer */
    struct tn_sim_index support_operations;
    unsigned tickets_made;
    int64_t latency_ms, settle_ms;
    int64_t price_permille; /* quotes are this part of what they would be; 0: all of it */
    char url[80];
    char client_id[TN_GUID_TEXT], client_secret[64];
    char refresh_token[64]; /* of a user of the partner's, who may act for its customers too */
    struct tn_buf ready;
    char *environment[TN_SIM_ENVIRONMENT];
};

#endif
