/*
 * SIGINT and SIGTERM as something a poll loop can wait for.
 *
 * The first asks for a clean end, the second for a quick one; should neither be listened to, the third ends the process
 * on the spot.
 */
#ifndef TN_CLI_SIGNALS_H
#define TN_CLI_SIGNALS_H

#include <stdbool.h>

/* A descriptor that is readable when a signal came; -1 with errno. Once per process. */
int tn_cli_signals_open(void);

/* How many came so far, and the number of the last one. Empties the descriptor. */
int tn_cli_signals_take(int *last);

#endif
