/*
 * Commands, options and the words of a command line.
 *
 * The tables are all there is: help, parsing and the members of a request come from them.
 */
#ifndef TN_CLI_ARGUMENTS_H
#define TN_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tn_cli;

enum tn_cli_kind {
    TN_CLI_FLAG,    /* takes no value */
    TN_CLI_TEXT,    /* any text but the empty one */
    TN_CLI_INTEGER, /* within least and most */
    TN_CLI_CHOICE,  /* one of choices */
    TN_CLI_LIST,    /* repeatable; an array in the request */
    TN_CLI_WORDS,   /* the same, and each value may hold several, separated by commas */
};

/* Which requests of a command an option goes into: the first, also the one that applies its plan, or all of them. */
enum tn_cli_scope { TN_CLI_OWN, TN_CLI_APPLYING, TN_CLI_EVERYWHERE };

struct tn_cli_option {
    const char *name; /* without the dashes: also the member of the request */
    char letter;      /* 'o' for -o; 0: none */
    enum tn_cli_kind kind;
    const char *value; /* how help shows its value: "FILE" */
    const char *help;
    const char *const *choices; /* NULL-ended */
    int64_t least, most;
    bool pair;  /* values are NAME=VALUE */
    bool file;  /* the path of a file to read: "-" is standard input */
    bool local; /* the command line's own affair: not a member of the request */
    enum tn_cli_scope scope;
};

struct tn_cli_positional {
    const char *name;  /* the member of the request; NULL ends the table */
    const char *shown; /* how help shows it: "WORKFLOW" */
    bool optional;
    bool many; /* this and all that follow; an array in the request. Only the last one. */
};

struct tn_cli_command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    const char *details; /* more for --help; NULL: nothing */
    const struct tn_cli_positional *positionals;
    const struct tn_cli_option *const *options; /* NULL-ended */
    const char *passes_on;                      /* options it does not know are members of this one, an array
                                                 * each that is given several times; NULL: an error */
    const char *rest;         /* what follows "--" is an array in this member; NULL: more positional arguments */
    const char *interrupting; /* what to say at the first signal; NULL: nothing */
    bool shows_log;           /* log lines are what the person came for: shown without -v */
    bool may_dump;            /* debuggers and core dumps are welcome: it holds no secrets */
    int (*run)(struct tn_cli *cli);
};

extern const struct tn_cli_command *const tn_cli_commands[]; /* NULL-ended */
const struct tn_cli_command *tn_cli_command_find(const char *name);
const char *tn_cli_command_closest(const char *name); /* NULL: none is close */

/* One word, or option with its value, of a command line. The texts are those of argv. */
struct tn_cli_argument {
    enum { TN_CLI_OPTION, TN_CLI_POSITIONAL, TN_CLI_PASSED_ON, TN_CLI_REST } role;
    const struct tn_cli_option *option; /* of TN_CLI_OPTION; NULL otherwise */
    const char *name;                   /* of TN_CLI_PASSED_ON; not NUL-terminated: name_bytes */
    size_t name_bytes;
    const char *text;
    int64_t number;
};

struct tn_cli_arguments {
    const struct tn_cli_command *command;
    struct tn_cli_argument *list;
    size_t count;
    bool help;
};

/* words is what follows the command's name. TENURE_EINVAL with a message that says what to type; deinit also after
 * failing. */
int tn_cli_arguments_parse(struct tn_cli_arguments *arguments, const struct tn_cli_command *command,
                           const char *const *words, size_t count, struct tn_err *err);
void tn_cli_arguments_deinit(struct tn_cli_arguments *arguments);

/* The value of an option as text; NULL when it was not given, "" for a flag that was. */
const char *tn_cli_arguments_text(const struct tn_cli_arguments *arguments, const char *option);

/* The n-th positional argument (from 0), or NULL. */
const char *tn_cli_arguments_positional(const struct tn_cli_arguments *arguments, size_t n);

#endif
