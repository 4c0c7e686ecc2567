/* Requests: the table of their kinds, and their life. The public doors for them are in include/tenure. */
#ifndef TN_API_REQUEST_H
#define TN_API_REQUEST_H

#include "api/host.h"

/* Drop every request of a host without calling back. Its ledgers are closed. */
void tn_requests_free(struct tenure_host *host);

#endif
