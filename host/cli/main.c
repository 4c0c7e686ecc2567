/*
 * The tenure command: the library's first embedder.
 *
 * This file sets the process up, finds the command that the first word names, and hands over to its table.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/signals.h"

/* Standard descriptors that are closed would be taken by the next file we open, a ledger perhaps. What takes their
 * place cannot be used the way they would be, so that output meant for them is missed. */
static bool hold_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

/* Secrets in memory stay there: no core dumps, no debugger of the same user. The leak checker is such a debugger. */
static void protect_memory(const struct tn_cli_command *command)
{
#ifndef __SANITIZE_ADDRESS__
    if (!command->may_dump)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
    (void)command;
#endif
}

static void on_event(void *user, const tenure_event *event)
{
    struct tn_cli *cli = user;
    if (strcmp(event->kind, "progress") == 0) {
        tn_cli_talk_progress(&cli->talk, event->text);
    } else if (strcmp(event->kind, "ready") == 0) {
        struct tn_err err = {0};
        tn_cli_talk_clear(&cli->talk);
        if (tn_cli_output_write(NULL, event->text, strlen(event->text), &err) < 0)
            tn_cli_complain("%s", err.msg);
    } else if (strcmp(event->kind, "warning") == 0) {
        tn_cli_talk_line(&cli->talk, "warning: %s", event->text);
    } else if (strcmp(event->kind, "log") == 0) {
        if (cli->talk.log)
            tn_cli_talk_line(&cli->talk, "log: %s", event->text);
    } else if (!cli->talk.quiet) {
        tn_cli_talk_line(&cli->talk, "%s", event->text);
    }
}

static int print_text(struct tn_buf *text)
{
    struct tn_err err = {0};
    int exit_code = 0;
    if (text->failed) {
        tn_cli_complain("out of memory");
        exit_code = TN_CLI_FAILED;
    } else if (tn_cli_output_write(NULL, tn_buf_text(text), text->len, &err) < 0) {
        tn_cli_complain("%s", err.msg);
        exit_code = TN_CLI_FAILED;
    }
    tn_buf_deinit(text);
    return exit_code;
}

static int show_help(const struct tn_cli_command *command)
{
    struct tn_buf text = {0};
    if (command)
        tn_cli_help_command(&text, command);
    else
        tn_cli_help_overview(&text);
    return print_text(&text);
}

static int show_version(void)
{
    struct tn_buf text = {0};
    tn_buf_printf(&text, "tenure %s\n", tenure_version());
    return print_text(&text);
}

static int unknown_command(const char *name)
{
    const char *close = tn_cli_command_closest(name);
    if (name[0] == '-')
        tn_cli_complain("options come after the command; see 'tenure --help'");
    else if (close)
        tn_cli_complain("there is no command '%s'; did you mean '%s'?", name, close);
    else
        tn_cli_complain("there is no command '%s'; 'tenure --help' lists those there are", name);
    return TN_CLI_USAGE;
}

static int run_command(struct tn_cli *cli)
{
    const struct tn_cli_command *command = cli->arguments->command;
    tenure_host_options options = TENURE_HOST_OPTIONS_INIT;
    options.on_event = on_event;
    options.user = cli;
    tn_cli_talk_init(&cli->talk, tn_cli_arguments_text(cli->arguments, "quiet"),
                     command->shows_log || tn_cli_arguments_text(cli->arguments, "verbose"));
    cli->signals_fd = tn_cli_signals_open();
    if (cli->signals_fd < 0 || tenure_host_new(&options, &cli->host) < 0) {
        tn_cli_complain("cannot start: out of memory or descriptors");
        return TN_CLI_FAILED;
    }
    int exit_code = command->run(cli);
    tn_cli_talk_clear(&cli->talk);
    tenure_host_free(cli->host);
    tn_cli_answer_deinit(&cli->answer);
    return exit_code;
}

static int check_and_run(const struct tn_cli_arguments *arguments)
{
    struct tn_err err = {0};
    const char *to = tn_cli_arguments_text(arguments, "to");
    struct tn_cli cli = {.arguments = arguments};
    if (arguments->help)
        return show_help(arguments->command);
    if (to && tn_cli_output_check(to, &err) < 0) {
        tn_cli_complain("%s", err.msg);
        return TN_CLI_USAGE;
    }
    return run_command(&cli);
}

static int start_command(const char *name, const char *const *words, size_t count)
{
    const struct tn_cli_command *command = tn_cli_command_find(name);
    struct tn_cli_arguments arguments;
    struct tn_err err = {0};
    if (!command)
        return unknown_command(name);
    protect_memory(command);
    int exit_code = TN_CLI_USAGE;
    if (tn_cli_arguments_parse(&arguments, command, words, count, &err) < 0)
        tn_cli_complain("%s", err.msg);
    else
        exit_code = check_and_run(&arguments);
    tn_cli_arguments_deinit(&arguments);
    return exit_code;
}

int main(int argc, char **argv)
{
    const char *const *words = (const char *const *)argv;
    if (!hold_standard_descriptors())
        return TN_CLI_FAILED;
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write the session keys there */
    if (argc < 2) {
        tn_cli_complain("nothing to do; 'tenure --help' lists the commands");
        return TN_CLI_USAGE;
    }
    if (strcmp(words[1], "--version") == 0 || strcmp(words[1], "version") == 0)
        return show_version();
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0)
        return show_help(NULL);
    if (strcmp(words[1], "help") == 0) {
        const struct tn_cli_command *command = argc > 2 ? tn_cli_command_find(words[2]) : NULL;
        return argc > 2 && !command ? unknown_command(words[2]) : show_help(command);
    }
    return start_command(words[1], words + 2, (size_t)argc - 2);
}
