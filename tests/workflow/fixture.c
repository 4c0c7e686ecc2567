/* A package in a temporary folder: see fixture.h. */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char folder[64];

const char *fixture_path(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void fixture_write_bytes(const char *name, const char *bytes, size_t len)
{
    FILE *file = fopen(fixture_path(name), "w");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
        perror(name);
        exit(1);
    }
}

void fixture_write(const char *name, const char *text)
{
    fixture_write_bytes(name, text, strlen(text));
}

void fixture_open(void)
{
    snprintf(folder, sizeof folder, "/tmp/tenure-workflow-XXXXXX");
    if (!mkdtemp(folder) || mkdir(fixture_path("workflows"), 0700) < 0 || mkdir(fixture_path("scripts"), 0700) < 0) {
        perror(folder);
        exit(1);
    }
    fixture_write("package.yaml", "name: test\n");
    fixture_write("scripts/ok.lua", "return function(ctx) end\n");
}

static int on_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

void fixture_close(void)
{
    nftw(folder, on_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* From what a terminal gets: the place and the message of each, and its hint. */
static void shorten(char *text, const char *file, struct tn_buf *out)
{
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, file, strlen(file)) == 0)
            tn_buf_printf(out, "%s%s", out->len ? "\n" : "", line + strlen(file) + strspn(line + strlen(file), ": "));
        else if (strncmp(line, "  hint: ", 8) == 0)
            tn_buf_printf(out, " [%s]", line + 8);
    }
}

struct tn_workflow *fixture_load(const char *text, struct tn_buf *problems)
{
    struct tn_diagnostics *list = NULL;
    struct tn_workflow *workflow = NULL;
    struct tn_err err = {0};
    struct tn_buf shown = {0};
    char file[512];
    fixture_write("workflows/w.yaml", text);
    snprintf(file, sizeof file, "%s", fixture_path("workflows/w.yaml"));
    int rc = tn_workflow_load(file, &list, &workflow, &err);
    CHECK(rc == TENURE_OK || rc == TENURE_EINVAL);
    CHECK((rc == TENURE_OK) == (workflow != NULL));
    CHECK((rc == TENURE_OK) == (list && tn_diagnostics_count(list) == 0));
    if (list)
        tn_diagnostics_text(list, &shown);
    if (shown.len)
        shorten(shown.data, file, problems);
    tn_buf_deinit(&shown);
    tn_diagnostics_free(list);
    return workflow;
}
