/* A request to the library, from asking to the answer: the command line's own poll loop. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/signals.h"

#define GIVE_UP_MS 2000 /* after the second signal, for the library to put things away */

static int64_t now_ms(void)
{
    return tn_clock_system.monotonic_ms(tn_clock_system.arg);
}

void tn_cli_answer_deinit(struct tn_cli_answer *answer)
{
    free(answer->run);
    free(answer->output);
    free(answer->message);
    *answer = (struct tn_cli_answer){0};
}

static void on_result(void *user, const tenure_result *result)
{
    struct tn_cli *cli = user;
    struct tn_cli_answer *answer = &cli->answer;
    cli->request = 0;
    *answer = (struct tn_cli_answer){
        .there = true,
        .exit_code = result->exit_code,
        .refused = result->status < 0,
        .pending = result->pending,
        .output_bytes = result->output_bytes,
        .output = malloc(result->output_bytes + 1),
    };
    if (!answer->output || !tn_text_copy(&answer->run, result->run) ||
        !tn_text_copy(&answer->message, result->message)) {
        tn_cli_answer_deinit(answer);
        *answer = (struct tn_cli_answer){.there = true, .refused = true, .exit_code = TN_CLI_FAILED};
        tn_cli_complain("out of memory");
        return;
    }
    memcpy(answer->output, result->output, result->output_bytes);
    answer->output[result->output_bytes] = '\0';
}

/* The first signal ends the request in good order, the second at once. */
static void take_signals(struct tn_cli *cli)
{
    int before = cli->signals;
    cli->signals = tn_cli_signals_take(&cli->last_signal);
    if (cli->signals == before || !cli->request)
        return;
    const char *interrupting = cli->arguments->command->interrupting;
    if (before == 0 && interrupting)
        tn_cli_talk_line(&cli->talk, "tenure: %s", interrupting);
    tenure_host_cancel(cli->host, cli->request);
    if (cli->signals >= 2) {
        tenure_host_cancel(cli->host, cli->request);
        cli->give_up_ms = now_ms() + GIVE_UP_MS;
    }
}

static int sooner(int a, int b) /* of two timeouts as poll() takes them: -1 is never */
{
    if (a < 0 || b < 0)
        return a > b ? a : b;
    return a < b ? a : b;
}

bool tn_cli_turn(struct tn_cli *cli, int also_fd)
{
    struct pollfd fds[] = {
        {.fd = tenure_host_fd(cli->host), .events = POLLIN},
        {.fd = cli->signals_fd, .events = POLLIN},
        {.fd = also_fd, .events = POLLIN},
    };
    int timeout_ms = sooner(tenure_host_timeout_ms(cli->host), tn_cli_talk_wait_ms(&cli->talk));
    if (cli->give_up_ms)
        timeout_ms = sooner(timeout_ms, GIVE_UP_MS);
    if (poll(fds, sizeof fds / sizeof *fds, timeout_ms) < 0)
        fds[2].revents = 0; /* interrupted: the signal is in its pipe */
    take_signals(cli);
    tenure_host_step(cli->host, 0);
    tn_cli_talk_tick(&cli->talk);
    return fds[2].revents;
}

static int64_t start(struct tn_cli *cli, const struct tn_cli_request *request)
{
    struct tn_buf json = {0};
    tn_cli_request_write(&json, cli->arguments, request);
    int64_t number =
        json.failed ? TENURE_ENOMEM : tenure_host_request(cli->host, request->name, tn_buf_text(&json), on_result, cli);
    tn_buf_deinit(&json);
    return number;
}

bool tn_cli_ask(struct tn_cli *cli, const struct tn_cli_request *request, int *exit_code)
{
    tn_cli_answer_deinit(&cli->answer);
    if (cli->signals) { /* one came between two requests */
        *exit_code = TN_CLI_INTERRUPTED;
        return false;
    }
    int64_t number = start(cli, request);
    if (number < 0) {
        tn_cli_complain("%s", number == TENURE_ENOMEM ? "out of memory" : "this library does not know the command");
        *exit_code = TN_CLI_FAILED;
        return false;
    }
    cli->request = (uint64_t)number;
    while (!cli->answer.there && !(cli->give_up_ms && now_ms() >= cli->give_up_ms))
        tn_cli_turn(cli, -1);
    cli->talk.stale = false;
    tn_cli_talk_clear(&cli->talk);
    if (cli->signals >= 2) {
        *exit_code = 128 + cli->last_signal;
        return false;
    }
    return true;
}

/* Whole lines are diagnostics: each begins with file:line:column, as editors read it. */
static void say_message(const char *message)
{
    size_t len = strlen(message);
    if (len && message[len - 1] == '\n')
        tn_cli_write_all(STDERR_FILENO, message, len);
    else
        tn_cli_complain("%s", message);
}

int tn_cli_finish(struct tn_cli *cli)
{
    const struct tn_cli_answer *answer = &cli->answer;
    const char *to = answer->refused ? NULL : tn_cli_arguments_text(cli->arguments, "to");
    struct tn_err err = {0};
    int exit_code = answer->exit_code;
    if ((answer->output_bytes || to) && tn_cli_output_write(to, answer->output, answer->output_bytes, &err) < 0) {
        tn_cli_complain("%s", err.msg);
        exit_code = TN_CLI_FAILED;
    }
    if (answer->message)
        say_message(answer->message);
    return exit_code;
}

int tn_cli_simple(struct tn_cli *cli)
{
    struct tn_cli_request request = {.name = cli->arguments->command->name, .scope = TN_CLI_OWN};
    int exit_code;
    return tn_cli_ask(cli, &request, &exit_code) ? tn_cli_finish(cli) : exit_code;
}
