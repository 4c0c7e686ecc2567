/* The temporary folder of a test run: see folder.h. */
#include "testing/folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tn_folder_init(struct tn_folder *folder, const char *above)
{
    *folder = (struct tn_folder){0};
    bool usable = above && above[0] == '/' && strlen(above) + 32 < sizeof folder->path;
    snprintf(folder->path, sizeof folder->path, "%s/tenure-test-XXXXXX", usable ? above : "/tmp");
}

static int make_root(struct tn_folder *folder, struct tn_err *err)
{
    if (!mkdtemp(folder->path))
        return tn_err_set(err, TENURE_EIO, "make temporary folder '%s': %s", folder->path, strerror(errno));
    folder->made = true;
    return TENURE_OK;
}

int tn_folder_make(struct tn_folder *folder, char path[PATH_MAX], struct tn_err *err)
{
    if (!folder->made && make_root(folder, err) < 0)
        return err->code;
    int len = snprintf(path, PATH_MAX, "%s/%u", folder->path, ++folder->count);
    if (len < 0 || len >= PATH_MAX)
        return tn_err_set(err, TENURE_EIO, "temporary folder '%s': the name is too long", folder->path);
    if (mkdir(path, 0700) < 0)
        return tn_err_set(err, TENURE_EIO, "temporary folder '%s': %s", path, strerror(errno));
    return TENURE_OK;
}

static int on_entry(const char *path, const struct stat *stat, int kind, struct FTW *walk)
{
    (void)stat, (void)kind, (void)walk;
    remove(path);
    return 0;
}

/* Again when something was left: a command killed a moment ago may still have been making a file. */
void tn_folder_remove(struct tn_folder *folder)
{
    for (int round = 0; folder->made && round < 3 && access(folder->path, F_OK) == 0; round++)
        nftw(folder->path, on_entry, 16, FTW_DEPTH | FTW_PHYS);
    folder->made = false;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static int make_folders_above(const char *path, struct tn_err *err)
{
    char above[PATH_MAX];
    if (strlen(path) >= sizeof above)
        return tn_err_set(err, TENURE_EIO, "write '%.60s…': the name is too long", path);
    strcpy(above, path);
    for (char *slash = strchr(above + (above[0] == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(above, 0777) < 0 && errno != EEXIST)
            return tn_err_set(err, TENURE_EIO, "make folder '%s': %s", above, strerror(errno));
        *slash = '/';
    }
    return TENURE_OK;
}

int tn_folder_write_file(const char *path, const char *bytes, size_t len, struct tn_err *err)
{
    if (make_folders_above(path, err) < 0)
        return err->code;
    FILE *file = fopen(path, "wbe");
    bool ok = file && fwrite(bytes, 1, len, file) == len;
    int problem = errno;
    if (file && fclose(file) != 0 && ok) {
        ok = false;
        problem = errno;
    }
    return ok ? TENURE_OK : tn_err_set(err, TENURE_EIO, "write '%s': %s", path, strerror(problem));
}

int tn_folder_read_file(const char *path, struct tn_buf *text, struct tn_err *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return tn_err_set(err, TENURE_EIO, "read '%s': %s", path, strerror(errno));
    char chunk[4096];
    size_t count;
    while ((count = fread(chunk, 1, sizeof chunk, file)) > 0 && tn_buf_put(text, chunk, count))
        ;
    int problem = ferror(file) ? errno : 0;
    fclose(file);
    if (problem)
        return tn_err_set(err, TENURE_EIO, "read '%s': %s", path, strerror(problem));
    return text->failed ? tn_err_no_memory(err) : TENURE_OK;
}
