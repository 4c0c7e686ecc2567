/*
 * Talk: what is said to the person on standard error while the work goes on.
 *
 * On a terminal progress is one line, rewritten in place and erased when something else is said or all is done;
 * elsewhere it is a plain line now and then. Each error is said once, as "tenure: what happened".
 */
#ifndef TN_CLI_TALK_H
#define TN_CLI_TALK_H

#include <stdbool.h>
#include <stdint.h>

#define TN_CLI_PROGRESS_BYTES 512

struct tn_cli_talk {
    bool terminal; /* standard error is one */
    bool quiet;
    bool log;        /* show log lines */
    bool shown;      /* a progress line stands on the terminal */
    bool stale;      /* progress is newer than what was last shown */
    int64_t next_ms; /* monotonic: progress may be shown again */
    char progress[TN_CLI_PROGRESS_BYTES];
};

void tn_cli_talk_init(struct tn_cli_talk *talk, bool quiet, bool log);

void tn_cli_talk_progress(struct tn_cli_talk *talk, const char *text);
void tn_cli_talk_clear(struct tn_cli_talk *talk); /* erase the progress line, before something else is printed */

/* One line, after the progress line was erased. */
void tn_cli_talk_line(struct tn_cli_talk *talk, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Show progress that is due; and in how many milliseconds it will be: -1: nothing waits. */
void tn_cli_talk_tick(struct tn_cli_talk *talk);
int tn_cli_talk_wait_ms(const struct tn_cli_talk *talk);

/* "tenure: what happened", for when there is nothing else to do than to say so. */
void tn_cli_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
