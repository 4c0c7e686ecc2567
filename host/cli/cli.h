/*
 * The command line: what its files share.
 *
 * Commands and options are const tables; parsing, help and the requests to the library are made from them. A command is
 * one file in commands/ with one table. Data goes to standard output (or the file of --to), talk to standard error.
 *
 *   argv ─▶ parse ─▶ arguments ─▶ request (JSON) ─▶ tenure_host ─▶ answer ─▶ output
 *                                      events: progress, log, warnings ─▶ talk
 */
#ifndef TN_CLI_CLI_H
#define TN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/arguments.h"
#include "cli/talk.h"
#include "tenure/tenure.h"

#define TN_CLI_FAILED 1
#define TN_CLI_USAGE 2
#define TN_CLI_SOME_FAILED 3
#define TN_CLI_NOT_APPROVED 4
#define TN_CLI_GUARDED 5
#define TN_CLI_INTERRUPTED 75

/* What the last request ended with: a copy of tenure_result. */
struct tn_cli_answer {
    bool there;
    int exit_code;
    uint64_t pending;
    bool refused; /* it could not be carried out; message says why */
    char *run;
    char *output;
    size_t output_bytes;
    char *message;
};

struct tn_cli {
    const struct tn_cli_arguments *arguments;
    tenure_host *host;
    struct tn_cli_talk talk;
    struct tn_cli_answer answer;
    uint64_t request; /* the one going on; 0: none */
    int signals_fd;
    int signals;        /* how many of SIGINT and SIGTERM came */
    int last_signal;    /* the number of the last one */
    int64_t give_up_ms; /* monotonic: when to stop waiting after the second signal */
};

struct tn_cli_request {
    const char *name;        /* "plan" */
    enum tn_cli_scope scope; /* options of this scope and wider; positional arguments with TN_CLI_OWN only */
    const char *run;         /* a run's id; NULL: none */
    bool yes;                /* all its effects are approved */
    bool as_table;           /* for a person to read, whatever --output says */
};

/* The request as one JSON object (request.c). */
struct tn_buf;
void tn_cli_request_write(struct tn_buf *json, const struct tn_cli_arguments *arguments,
                          const struct tn_cli_request *request);

/* Ask the library and wait; the answer is in cli->answer. False: there is none, and exit_code says what to exit with.
 */
bool tn_cli_ask(struct tn_cli *cli, const struct tn_cli_request *request, int *exit_code);

/* One turn of the poll loop: the host, signals and, unless -1, one more descriptor. True: that one is readable. */
bool tn_cli_turn(struct tn_cli *cli, int also_fd);
void tn_cli_answer_deinit(struct tn_cli_answer *answer);

/* Print the answer's data where --to says, and its message; returns the exit code. */
int tn_cli_finish(struct tn_cli *cli);

/* Ask for exactly what the command's own table says, print, done: most commands (session.c). */
int tn_cli_simple(struct tn_cli *cli);

/* Plan, show, ask, apply (approve.c): the request called name makes the plan. */
int tn_cli_plan_then_apply(struct tn_cli *cli, const char *name);
int tn_cli_apply(struct tn_cli *cli, const char *run);

#endif
