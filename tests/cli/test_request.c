/* Words of a command line become the members of a request, or one sentence that says what to type. */
#include "check.h"

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/help.h"

#define WORDS_MAX 16

/* The request for "COMMAND WORD…", or the message of what is wrong with it. */
static const char *request(struct tn_buf *out, enum tn_cli_scope scope, const char *command, const char *const *words)
{
    struct tn_cli_arguments arguments;
    struct tn_cli_request what = {.name = command, .scope = scope};
    struct tn_err err = {0};
    size_t count = 0;
    while (words[count])
        count++;
    tn_buf_reset(out);
    if (tn_cli_arguments_parse(&arguments, tn_cli_command_find(command), words, count, &err) < 0)
        tn_buf_puts(out, err.msg);
    else
        tn_cli_request_write(out, &arguments, &what);
    tn_cli_arguments_deinit(&arguments);
    return tn_buf_text(out);
}

#define OWN(command, ...) request(&out, TN_CLI_OWN, command, (const char *const[WORDS_MAX]){__VA_ARGS__, NULL})
#define APPLYING(command, ...) \
    request(&out, TN_CLI_APPLYING, command, (const char *const[WORDS_MAX]){__VA_ARGS__, NULL})

static void test_members(void)
{
    struct tn_buf out = {0};
    CHECK_TEXT(
        OWN("plan", "--input", "a=1", "w.yaml", "--input=b=2", "-ojson", "--concurrency", "5"),
        "{\"workflow\":\"w.yaml\",\"input\":[\"a=1\",\"b=2\"],\"concurrency\":5,\"output\":\"json\",\"color\":false}");
    CHECK_TEXT(OWN("plan", "w", "--only", "x,y", "--only", "z,", "--customers", "-"),
               "{\"workflow\":\"w\",\"customers\":\"/dev/stdin\",\"only\":[\"x\",\"y\",\"z\"],\"output\":\"table\","
               "\"color\":false}");
    CHECK_TEXT(OWN("check", "--", "a", "--b"), "{\"files\":[\"a\",\"--b\"],\"output\":\"table\",\"color\":false}");
    CHECK_TEXT(OWN("apply", "r1", "--no-wait", "--yes", "-v"),
               "{\"run\":\"r1\",\"no-wait\":true,\"output\":\"table\",\"color\":false}");
    CHECK_TEXT(OWN("simulator", "--seed", "9223372036854775807", "--settle=0"),
               "{\"seed\":9223372036854775807,\"settle\":0}");
    tn_buf_deinit(&out);
}

static void test_passed_on(void)
{
    struct tn_buf out = {0};
    CHECK_TEXT(OWN("call", "reservations.quote_refund", "ID", "--quantity", "-1", "--customer", "x", "--note=a=b"),
               "{\"operation\":\"reservations.quote_refund\",\"first\":\"ID\",\"customer\":\"x\","
               "\"arguments\":{\"quantity\":\"-1\",\"note\":\"a=b\"},\"output\":\"table\",\"color\":false}");
    CHECK_TEXT(OWN("call", "a.b", "--one-of", "1", "--other", "3", "--one-of", "2"),
               "{\"operation\":\"a.b\",\"arguments\":{\"one_of\":[\"1\",\"2\"],\"other\":\"3\"},"
               "\"output\":\"table\",\"color\":false}");
    CHECK_TEXT(OWN("test", "spec", "--", "--filter=x", "--"),
               "{\"paths\":[\"spec\"],\"arguments\":[\"--filter=x\",\"--\"]}");
    tn_buf_deinit(&out);
}

/* The request that applies a plan made by the same command: where and as whom, not what. */
static void test_scope(void)
{
    struct tn_buf out = {0};
    CHECK_TEXT(APPLYING("run", "w", "--ledger", "l", "--only", "x", "--concurrency", "2", "--cloud", "simulator"),
               "{\"concurrency\":2,\"cloud\":\"simulator\",\"ledger\":\"l\",\"output\":\"table\",\"color\":false}");
    tn_buf_deinit(&out);
}

static void test_mistakes(void)
{
    struct tn_buf out = {0};
    CHECK_TEXT(OWN("plan", "--quiet"), "'plan' needs WORKFLOW; see 'tenure plan --help'");
    CHECK_TEXT(OWN("plan", "a", "b"), "'plan' does not take 'b'; see 'tenure plan --help'");
    CHECK_TEXT(OWN("plan", "a", "--ledgr", "x"), "'plan' has no option '--ledgr'; did you mean '--ledger'?");
    CHECK_TEXT(OWN("plan", "a", "-x"), "'plan' has no option '-x'; see 'tenure plan --help'");
    CHECK_TEXT(OWN("plan", "a", "--to"), "option '--to' needs a value");
    CHECK_TEXT(OWN("plan", "a", "--ledger="), "option '--ledger' needs a value: --ledger URL");
    CHECK_TEXT(OWN("plan", "a", "--to", "--quiet"),
               "option '--to' needs a value, and '--quiet' is an option (if it is the value: --to=--quiet)");
    CHECK_TEXT(OWN("plan", "a", "--quiet=1"), "option '--quiet' takes no value");
    CHECK_TEXT(OWN("plan", "a", "--to", "x", "--to", "y"), "option '--to' is given twice");
    CHECK_TEXT(OWN("plan", "a", "--input", "=1"), "option '--input' takes NAME=VALUE, not '=1'");
    CHECK_TEXT(OWN("plan", "a", "--concurrency", "1e3"),
               "option '--concurrency' takes a whole number from 1 to 1000, not '1e3'");
    CHECK_TEXT(OWN("plan", "a", "--concurrency", " 3"),
               "option '--concurrency' takes a whole number from 1 to 1000, not ' 3'");
    CHECK_TEXT(OWN("plan", "a", "-o", "jsn"),
               "option '--output' does not know 'jsn' (did you mean 'json'?): it takes table "
               "(the default), json, jsonl, tsv, csv or md");
    CHECK_TEXT(OWN("plan", "\xff"), "argument 1 is not valid UTF-8; nothing was done");
    CHECK(strcmp(tn_cli_command_closest("pln"), "plan") == 0);
    tn_buf_deinit(&out);
}

/* Every command has help that names all its options, and no two options of one command share a name or a letter. */
static void test_tables(void)
{
    for (size_t i = 0; tn_cli_commands[i]; i++) {
        const struct tn_cli_command *command = tn_cli_commands[i];
        struct tn_buf help = {0};
        tn_cli_help_command(&help, command);
        for (size_t o = 0; command->options[o]; o++) {
            CHECK(strstr(tn_buf_text(&help), command->options[o]->name));
            for (size_t other = 0; other < o; other++) {
                CHECK(strcmp(command->options[o]->name, command->options[other]->name) != 0);
                CHECK(!command->options[o]->letter || command->options[o]->letter != command->options[other]->letter);
            }
        }
        tn_buf_deinit(&help);
    }
}

int main(void)
{
    test_members();
    test_passed_on();
    test_scope();
    test_mistakes();
    test_tables();
    return check_result();
}
