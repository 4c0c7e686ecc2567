/* --to: a file is there in full or as it was before; what is no file is written to. */
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"

static char folder[] = "/tmp/tenure-output-XXXXXX";
static char path[64], link_path[64];

static const char *content(const char *file)
{
    static char text[64];
    FILE *f = fopen(file, "r");
    if (!f)
        return NULL;
    size_t bytes = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[bytes] = '\0';
    return text;
}

static int write_text(const char *file, const char *text)
{
    struct tn_err err = {0};
    return tn_cli_output_write(file, text, strlen(text), &err);
}

static void test_replace(void)
{
    struct stat st;
    CHECK(write_text(path, "one") == TENURE_OK);
    CHECK_TEXT(content(path), "one\n");
    CHECK(chmod(path, 0640) == 0);
    CHECK(symlink(path, link_path) == 0);
    CHECK(write_text(link_path, "two\n") == TENURE_OK);
    CHECK_TEXT(content(path), "two\n");
    CHECK(lstat(link_path, &st) == 0 && S_ISLNK(st.st_mode));
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
}

/* A disk that is full half-way: what was there stays, nothing is left beside it. */
static void test_no_space(void)
{
    struct rlimit before, small;
    char big[8192];
    struct tn_err err = {0};
    memset(big, 'x', sizeof big);
    signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    small = before;
    small.rlim_cur = 4096;
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK(tn_cli_output_write(path, big, sizeof big, &err) == TENURE_EIO);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(strstr(err.msg, path));
    CHECK_TEXT(content(path), "two\n");
}

static void test_special(void)
{
    struct tn_err err = {0};
    struct stat st;
    CHECK(write_text("/dev/null", "gone") == TENURE_OK);
    CHECK(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    CHECK(write_text("/dev/full", "no room") == TENURE_ENOSPC);
    CHECK(tn_cli_output_check(folder, &err) == TENURE_EINVAL);
    CHECK(tn_cli_output_check("/no/such/folder/file", &err) == TENURE_EINVAL);
    CHECK(tn_cli_output_check(path, &err) == TENURE_OK);
}

int main(void)
{
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/data", folder);
    snprintf(link_path, sizeof link_path, "%s/link", folder);
    test_replace();
    test_no_space();
    test_special();
    CHECK(unlink(link_path) == 0 && unlink(path) == 0);
    CHECK(rmdir(folder) == 0); /* fails when a temporary file was left */
    return check_result();
}
