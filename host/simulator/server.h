/*
 * The HTTP server: libmicrohttpd polled from our loop, one thread, nothing ever blocks or sleeps.
 */
#ifndef TN_SIMULATOR_SERVER_H
#define TN_SIMULATOR_SERVER_H

#include "base/err.h"

struct tn_simulator;
struct tn_sim_server;

/* Listens on a loopback address ("127.0.0.1:0", "[::1]:8080", "localhost:0") and fills in simulator->url.
 * TENURE_EINVAL: not such an address; TENURE_EIO: cannot listen there. */
int tn_sim_server_start(struct tn_simulator *simulator, const char *listen, struct tn_sim_server **out,
                        struct tn_err *err);
void tn_sim_server_stop(struct tn_sim_server *server); /* NULL is fine */

#endif
