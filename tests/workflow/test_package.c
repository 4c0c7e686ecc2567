/* Paths never lead out of the package, scripts are text, and the digest knows all of them. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "workflow/package.h"

#define RUN(path) WORKFLOW("steps: [{id: one, run: " path "}]\n")

/* The problem of the one step, with the folder's name taken out. */
static void refused_run(const char *text, const char *expected)
{
    struct tn_buf problems = {0};
    tn_workflow_free(fixture_load(text, &problems));
    char message[1024];
    snprintf(message, sizeof message, "%s", tn_buf_text(&problems));
    char *root = strstr(message, " /tmp/tenure-workflow-");
    if (root)
        memmove(root + 1, root + 28, strlen(root + 28) + 1);
    CHECK_TEXT(message, expected);
    tn_buf_deinit(&problems);
}

static void test_paths(void)
{
    refused_run(RUN("/etc/passwd"), "5:24: '/etc/passwd' is absolute: write the path from the package root");
    refused_run(RUN("../x.lua"), "5:24: '../x.lua' leads upwards: no '..' in a path of a package");
    refused_run(RUN("scripts/../scripts/ok.lua"),
                "5:24: 'scripts/../scripts/ok.lua' leads upwards: no '..' in a path of a package");
    refused_run(RUN("\"a\\tb\""), "5:24: the path holds a control character");
    refused_run(RUN("scripts"), "5:24: 'scripts' is not a file");
    refused_run(RUN("scripts/other.lua"), "5:24: no file 'scripts/other.lua' in  [paths start at the package root]");
    refused_run(RUN("scripts/okk.lua"), "5:24: no file 'scripts/okk.lua' in  [did you mean 'scripts/ok.lua'?]");
    refused_run(RUN("packag.yaml"), "5:24: no file 'packag.yaml' in  [did you mean 'package.yaml'?]");
    refused_run(RUN("scripts/ok.lua/x"), "5:24: no file 'scripts/ok.lua/x' in  [paths start at the package root]");
    refused_run(RUN("./scripts//ok.lua"), "");
}

static void test_links(void)
{
    CHECK(symlink("/etc/passwd", fixture_path("scripts/out.lua")) == 0);
    CHECK(symlink("/etc", fixture_path("etc")) == 0);
    CHECK(symlink("ok.lua", fixture_path("scripts/in.lua")) == 0);
    CHECK(mkfifo(fixture_path("scripts/pipe.lua"), 0600) == 0);
    refused_run(RUN("scripts/out.lua"), "5:24: 'scripts/out.lua' leads out of the package ");
    refused_run(RUN("etc/passwd"), "5:24: 'etc/passwd' leads out of the package ");
    refused_run(RUN("scripts/pipe.lua"), "5:24: 'scripts/pipe.lua' is not a file");
    refused_run(RUN("scripts/in.lua"), "");
}

/* Where the kernel has no openat2, no link is followed at all. */
static void test_walking(void)
{
    int root = open(fixture_path(""), O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = tn_package_open_walking(root, "scripts//ok.lua");
    CHECK(fd >= 0);
    close(fd);
    CHECK(tn_package_open_walking(root, "scripts/out.lua") < 0);
    CHECK(tn_package_open_walking(root, "etc/passwd") < 0);
    CHECK(tn_package_open_walking(root, "scripts/../scripts/ok.lua") < 0);
    CHECK(tn_package_open_walking(root, "..") < 0);
    CHECK(tn_package_open_walking(root, "nowhere/x") < 0);
    CHECK(tn_package_open_walking(root, "scripts/") < 0);
    close(root);
}

static void test_scripts(void)
{
    fixture_write("scripts/bytes.lua", "\x1bLua");
    refused_run(RUN("scripts/bytes.lua"),
                "5:24: 'scripts/bytes.lua' is compiled Lua: scripts are read as source text only");
    fixture_write("scripts/latin.lua", "-- one\n-- caf\xe9\n");
    refused_run(RUN("scripts/latin.lua"), "5:24: scripts/latin.lua:2: not UTF-8 text: save the script as UTF-8");
    fixture_write_bytes("scripts/nul.lua", "a\0b", 3);
    refused_run(RUN("scripts/nul.lua"), "5:24: scripts/nul.lua:1: not UTF-8 text: save the script as UTF-8");
    char *large = calloc(1, TN_SCRIPT_MAX_BYTES + 1);
    memset(large, ' ', TN_SCRIPT_MAX_BYTES + 1);
    fixture_write_bytes("scripts/large.lua", large, TN_SCRIPT_MAX_BYTES + 1);
    refused_run(RUN("scripts/large.lua"), "5:24: 'scripts/large.lua' is larger than 256 KiB");
    fixture_write_bytes("scripts/large.lua", large, TN_SCRIPT_MAX_BYTES);
    refused_run(RUN("scripts/large.lua"), "");
    free(large);
}

static void test_root(void)
{
    char expected[512];
    snprintf(expected, sizeof expected, "%s", fixture_path(""));
    expected[strlen(expected) - 1] = '\0';
    char *root = tn_package_root(fixture_path("workflows/w.yaml"));
    CHECK_TEXT(root, expected);
    free(root);
    root = tn_package_root("/nowhere/at/all.yaml");
    CHECK_TEXT(root, "/nowhere/at");
    free(root);
    root = tn_package_root("/all.yaml");
    CHECK_TEXT(root, "/");
    free(root);
}

static void digest_of(const char *text, char digest[65])
{
    struct tn_buf problems = {0};
    struct tn_workflow *w = fixture_load(text, &problems);
    CHECK_TEXT(tn_buf_text(&problems), "");
    snprintf(digest, 65, "%s", w ? w->digest : "");
    tn_workflow_free(w);
}

static void test_digest(void)
{
    char first[65], second[65];
    fixture_write("scripts/a.lua", "return function() end\n");
    digest_of(RUN("scripts/a.lua"), first);
    CHECK(strlen(first) == 64);
    digest_of(RUN("scripts/a.lua"), second);
    CHECK_TEXT(second, first);
    fixture_write("scripts/a.lua", "return function() end \n");
    digest_of(RUN("scripts/a.lua"), second);
    CHECK(strcmp(first, second) != 0);
    fixture_write("scripts/a.lua", "return function() end\n");
    digest_of(RUN("scripts/a.lua") "# a comment\n", second);
    CHECK(strcmp(first, second) != 0);
}

static void test_single(void)
{
    struct tn_guard_row cap = {.operation = "refund", .kind = TN_GUARD_COUNT, .count = 1, .run = "x"};
    struct tn_single single = {.name = "exec x.lua",
                               .file = fixture_path("scripts/ok.lua"),
                               .source = "return 1",
                               .source_len = 8,
                               .customer = "contoso.com",
                               .caps = &cap,
                               .cap_count = 1};
    struct tn_workflow *w = NULL;
    struct tn_err err = {0};
    CHECK(tn_workflow_single(&single, &w, &err) == TENURE_OK);
    if (w) {
        CHECK(w->any_permission && tn_workflow_has_effects(w) && tn_workflow_permits(w, tn_operation_next(NULL)));
        CHECK(!w->file && w->step_count == 1 && w->steps[0].run_len == 8 && w->guard_count == 1 && !w->guards[0].run);
        CHECK(w->customers.from == TN_CUSTOMERS_LIST && w->customers.count == 1);
        CHECK(strlen(w->digest) == 64 && strstr(w->root, "tenure-workflow-") && !strstr(w->root, "scripts"));
    }
    tn_workflow_free(w);
    single.customer = NULL;
    single.file = "(call)";
    single.cap_count = 0;
    CHECK(tn_workflow_single(&single, &w, &err) == TENURE_OK && w->customers.from == TN_CUSTOMERS_OWN);
    tn_workflow_free(w);
    single.customer = "a/../b";
    CHECK(tn_workflow_single(&single, &w, &err) == TENURE_EINVAL);
    CHECK_TEXT(err.msg, "'a/../b' is not a customer's tenant id or domain");
}

int main(void)
{
    fixture_open();
    test_paths();
    test_links();
    test_walking();
    test_scripts();
    test_root();
    test_digest();
    test_single();
    fixture_close();
    return check_result();
}
