/*
 * Plan, show, ask, apply: how a command that moves money gets a person's yes.
 *
 *   plan ─▶ nothing waits for approval ─▶ print the plan, done
 *     └───▶ --yes, or a yes on the terminal ─▶ apply ─▶ print its summary
 *     └───▶ no, or nobody to ask ─▶ print the plan, exit 4
 *
 * Data stays one piece whatever happens: with --output json (or --to) a plan shown before the question is talk, and the
 * only data is that of the last request.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/output.h"

enum reply { REPLY_NO, REPLY_YES, REPLY_INTERRUPTED };

/* Is standard output for a person to read as it comes? */
static bool output_is_for_reading(const struct tn_cli *cli)
{
    const char *format = tn_cli_arguments_text(cli->arguments, "output");
    return !tn_cli_arguments_text(cli->arguments, "to") && (!format || strcmp(format, "table") == 0);
}

static bool approved_beforehand(const struct tn_cli *cli)
{
    return tn_cli_arguments_text(cli->arguments, "yes");
}

static bool can_ask(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* One line from the terminal, while the host goes on. Anything but a yes is a no. */
static enum reply read_reply(struct tn_cli *cli)
{
    char line[16] = "";
    while (!tn_cli_turn(cli, STDIN_FILENO)) {
        if (cli->signals)
            return REPLY_INTERRUPTED;
    }
    ssize_t bytes = read(STDIN_FILENO, line, sizeof line - 1);
    if (bytes <= 0)
        fputc('\n', stderr); /* the person typed an end of file: the question's line is still open */
    line[bytes > 0 ? bytes : 0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0 ? REPLY_YES : REPLY_NO;
}

static enum reply ask_person(struct tn_cli *cli, uint64_t pending)
{
    tn_cli_talk_clear(&cli->talk);
    fprintf(stderr, "Apply %llu effect%s? [y/N] ", (unsigned long long)pending, pending == 1 ? "" : "s");
    enum reply reply = read_reply(cli);
    if (reply == REPLY_INTERRUPTED)
        fputc('\n', stderr);
    return reply;
}

static bool is_plain_word(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-")] == '\0';
}

static void put_option(struct tn_buf *command, const struct tn_cli *cli, const char *name)
{
    const char *value = tn_cli_arguments_text(cli->arguments, name);
    if (value && is_plain_word(value))
        tn_buf_printf(command, " --%s %s", name, value);
    else if (value)
        tn_buf_printf(command, " --%s …", name); /* the person knows how to quote it */
}

/* What the person types to look at the run, or to go on with it. */
static void put_command(struct tn_buf *command, const struct tn_cli *cli, const char *name, const char *run)
{
    tn_buf_printf(command, "tenure %s %s", name, run);
    put_option(command, cli, "ledger");
    put_option(command, cli, "profile");
}

/* With --cloud simulator the cloud and its ledger end with this command: there is no later. */
static bool has_a_later(const struct tn_cli *cli)
{
    const char *cloud = tn_cli_arguments_text(cli->arguments, "cloud");
    return !cloud || strcmp(cloud, "simulator") != 0;
}

static int nobody_to_ask(const struct tn_cli *cli, const char *run, uint64_t pending)
{
    struct tn_buf commands = {0};
    if (has_a_later(cli)) {
        tn_buf_puts(&commands, "look at them with: ");
        put_command(&commands, cli, "show", run);
        tn_buf_puts(&commands, "; then approve them with: ");
        put_command(&commands, cli, "apply", run);
        tn_buf_puts(&commands, " --yes");
    } else {
        tn_buf_puts(&commands, "give --yes to approve them beforehand");
    }
    tn_cli_complain("%llu effect%s for approval, and there is no terminal to ask on; %s", (unsigned long long)pending,
                    pending == 1 ? " waits" : "s wait", tn_buf_text(&commands));
    tn_buf_deinit(&commands);
    return TN_CLI_NOT_APPROVED;
}

static int not_approved(const struct tn_cli *cli, const char *run, enum reply reply)
{
    struct tn_buf command = {0};
    put_command(&command, cli, "apply", run);
    if (has_a_later(cli))
        tn_cli_complain("nothing was applied; to do it later: %s", tn_buf_text(&command));
    else
        tn_cli_complain("nothing was applied");
    tn_buf_deinit(&command);
    return reply == REPLY_INTERRUPTED ? TN_CLI_INTERRUPTED : TN_CLI_NOT_APPROVED;
}

/* The plan as a table, before the question: data where that is what was asked for, talk otherwise. */
static bool show_plan(const struct tn_cli *cli, const struct tn_cli_answer *plan)
{
    int fd = output_is_for_reading(cli) ? STDOUT_FILENO : STDERR_FILENO;
    if (tn_cli_write_text(fd, plan->output, plan->output_bytes))
        return true;
    tn_cli_complain("cannot write the plan: %s; nothing was applied", strerror(errno));
    return false;
}

static bool ask_for_table(struct tn_cli *cli, const char *run, int *exit_code)
{
    struct tn_cli_request request = {.name = "show", .scope = TN_CLI_EVERYWHERE, .run = run, .as_table = true};
    if (!tn_cli_ask(cli, &request, exit_code))
        return false;
    if (cli->answer.refused)
        *exit_code = tn_cli_finish(cli);
    return !cli->answer.refused;
}

static int apply_run(struct tn_cli *cli, const char *run, bool yes)
{
    const char *command = cli->arguments->command->name;
    bool own = strcmp(command, "apply") == 0 || strcmp(command, "resume") == 0;
    struct tn_cli_request request = {
        .name = own ? command : "apply",
        .scope = own ? TN_CLI_OWN : TN_CLI_APPLYING,
        .run = own ? NULL : run,
        .yes = yes,
    };
    int exit_code;
    return tn_cli_ask(cli, &request, &exit_code) ? tn_cli_finish(cli) : exit_code;
}

int tn_cli_apply(struct tn_cli *cli, const char *run)
{
    int exit_code;
    if (approved_beforehand(cli))
        return apply_run(cli, run, true);
    if (!ask_for_table(cli, run, &exit_code))
        return exit_code;
    uint64_t pending = cli->answer.pending;
    if (!pending) /* approved before: it goes on, or has ended */
        return apply_run(cli, run, false);
    if (!can_ask())
        return nobody_to_ask(cli, run, pending);
    if (!show_plan(cli, &cli->answer))
        return TN_CLI_FAILED;
    enum reply reply = ask_person(cli, pending);
    return reply == REPLY_YES ? apply_run(cli, run, true) : not_approved(cli, run, reply);
}

/* What a fresh plan needs before it may be applied. cli->answer is the plan on entry, and on return when that is the
 * data. */
static int apply_plan(struct tn_cli *cli)
{
    struct tn_cli_answer plan = cli->answer;
    enum reply reply = REPLY_YES;
    int exit_code = TN_CLI_FAILED;
    bool shown = true;
    cli->answer = (struct tn_cli_answer){0};
    if (output_is_for_reading(cli))
        shown = show_plan(cli, &plan);
    else if (!approved_beforehand(cli))
        shown = ask_for_table(cli, plan.run, &exit_code) && show_plan(cli, &cli->answer);
    if (shown && !approved_beforehand(cli))
        reply = ask_person(cli, plan.pending);
    if (shown && reply == REPLY_YES)
        exit_code = apply_run(cli, plan.run, true);
    if (shown && reply != REPLY_YES)
        exit_code = not_approved(cli, plan.run, reply);
    if (shown && reply != REPLY_YES && !output_is_for_reading(cli)) {
        tn_cli_answer_deinit(&cli->answer);
        cli->answer = plan;
        return tn_cli_finish(cli) == TN_CLI_FAILED ? TN_CLI_FAILED : exit_code;
    }
    tn_cli_answer_deinit(&plan);
    return exit_code;
}

int tn_cli_plan_then_apply(struct tn_cli *cli, const char *name)
{
    struct tn_cli_request request = {.name = name, .scope = TN_CLI_OWN};
    int exit_code;
    if (!tn_cli_ask(cli, &request, &exit_code))
        return exit_code;
    const struct tn_cli_answer *plan = &cli->answer;
    /* What a guard refused is not in the plan any more; what is left may be approved. */
    bool complete = !plan->refused && (plan->exit_code == 0 || plan->exit_code == TN_CLI_SOME_FAILED ||
                                       plan->exit_code == TN_CLI_GUARDED);
    if (!complete || !plan->run || !plan->pending)
        return tn_cli_finish(cli);
    if (approved_beforehand(cli) || can_ask())
        return apply_plan(cli);
    exit_code = tn_cli_finish(cli);
    return exit_code == TN_CLI_FAILED ? exit_code : nobody_to_ask(cli, plan->run, plan->pending);
}
