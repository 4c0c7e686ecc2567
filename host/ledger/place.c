/* Where a ledger lies on the disk: see place.h. */
#include "ledger/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"

/* File systems on which neither SQLite's log nor locks can be trusted. */
static const struct {
    unsigned long magic;
    const char *name;
} network_systems[] = {
    {0x6969, "NFS"}, {0x517b, "SMB"}, {0xff534d42, "SMB"}, {0xfe534d42, "SMB"}, {0x01021997, "9p"},
};

static char *beside(const char *path, const char *suffix)
{
    struct tn_buf text = {0};
    tn_buf_puts(&text, path);
    tn_buf_puts(&text, suffix);
    return tn_buf_take(&text, NULL);
}

static int check_url(const char *url, const char **path, struct tn_err *err)
{
    if (!url || !*url)
        return tn_err_set(err, TENURE_EINVAL, "no ledger was named: give a path or sqlite:PATH");
    if (strncmp(url, "postgres:", 9) == 0 || strncmp(url, "postgresql:", 11) == 0)
        return tn_err_set(err, TENURE_ENOTSUP,
                          "a ledger on PostgreSQL is not supported yet: give a path or sqlite:PATH");
    *path = strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
    if (!**path)
        return tn_err_set(err, TENURE_EINVAL, "ledger '%s' names no file: give a path or sqlite:PATH", url);
    return TENURE_OK;
}

/* What lies in path's folder is hidden from us. */
static int closed_folder(const char *path, struct tn_err *err)
{
    const char *slash = strrchr(path, '/');
    int len = slash ? (int)(slash - path) : 1;
    return tn_err_set(err, TENURE_EIO,
                      "permission denied: the ledger's folder '%.*s' may not be entered; check its rights, or choose "
                      "another ledger with --ledger",
                      len > 0 ? len : 1, slash ? path : ".");
}

/* Every folder on the way that is missing, for our eyes only. text is changed and put back. */
static int make_folders(char *text, struct tn_err *err)
{
    for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(text, 0700) == 0 || errno == EEXIST;
        int reason = errno;
        struct stat info;
        if (!made && stat(text, &info) == 0)
            made = true; /* a folder above us that may not be written, but is there */
        if (!made && errno == EACCES)
            closed_folder(text, err);
        else if (!made)
            tn_err_set(err, TENURE_EIO, "folder '%s' of the ledger cannot be made: %s", text, strerror(reason));
        *slash = '/';
        if (!made)
            return TENURE_EIO;
    }
    return TENURE_OK;
}

/* The file with all symbolic links followed; of a file that is not there yet, the folder's. */
static int resolve(const char *path, char **out, struct tn_err *err)
{
    char real[PATH_MAX];
    if (realpath(path, real)) {
        *out = strdup(real);
        return *out ? TENURE_OK : tn_err_no_memory(err);
    }
    if (errno == EACCES)
        return closed_folder(path, err);
    if (errno != ENOENT)
        return tn_err_set(err, TENURE_EIO, "ledger '%s' cannot be reached: %s", path, strerror(errno));
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return tn_err_no_memory(err);
    char *found = realpath(folder, real);
    int reason = errno;
    free(folder);
    if (!found)
        return tn_err_set(err, TENURE_EIO, "folder of the ledger '%s' cannot be reached: %s", path, strerror(reason));
    struct tn_buf text = {0};
    tn_buf_printf(&text, "%s/%s", strcmp(real, "/") == 0 ? "" : real, slash ? slash + 1 : path);
    *out = tn_buf_take(&text, NULL);
    return *out ? TENURE_OK : tn_err_no_memory(err);
}

/* Calls ask with the folder the file lies in. */
static int of_folder(const char *path, int (*ask)(const char *folder, void *answer), void *answer)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (!folder)
        return -1;
    int rc = ask(folder, answer);
    free(folder);
    return rc;
}

static int ask_statfs(const char *folder, void *answer)
{
    return statfs(folder, answer);
}

static int ask_statvfs(const char *folder, void *answer)
{
    return statvfs(folder, answer);
}

static int check_kind(const char *path, struct tn_err *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return tn_err_set(err, TENURE_EINVAL, "'%s' is %s, not a ledger: name a file", path,
                          S_ISDIR(info.st_mode) ? "a folder" : "no regular file");
    struct statfs system;
    if (of_folder(path, ask_statfs, &system) != 0)
        return tn_err_set(err, TENURE_EIO, "folder of the ledger '%s' cannot be reached: %s", path, strerror(errno));
    for (size_t i = 0; i < sizeof network_systems / sizeof *network_systems; i++) {
        if (((unsigned long)system.f_type & 0xffffffff) == network_systems[i].magic)
            return tn_err_set(err, TENURE_ENOTSUP,
                              "ledger '%s' lies on a network file system (%s), where a crash could lose "
                              "it: choose a local disk",
                              path, network_systems[i].name);
    }
    return TENURE_OK;
}

int tn_place_find(const char *url, char **path, struct tn_err *err)
{
    const char *given = NULL;
    int rc = check_url(url, &given, err);
    if (rc < 0 || !given)
        return rc;
    char *copy = strdup(given), *found = NULL;
    if (!copy)
        return tn_err_no_memory(err);
    rc = make_folders(copy, err);
    if (rc == TENURE_OK && copy[strlen(copy) - 1] == '/')
        rc = tn_err_set(err, TENURE_EINVAL, "'%s' is a folder, not a ledger: name a file", given);
    if (rc == TENURE_OK)
        rc = resolve(copy, &found, err);
    free(copy);
    if (found)
        rc = check_kind(found, err);
    if (rc < 0) {
        free(found);
        return rc;
    }
    *path = found;
    return TENURE_OK;
}

/*
 * The file comes to its name only after our descriptor of it is closed: closing any descriptor of a file drops the
 * locks that SQLite holds on it elsewhere in this process.
 */
int tn_place_create(const char *path, struct tn_err *err)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return TENURE_OK;
    struct tn_buf name = {0};
    tn_buf_printf(&name, "%s.new-%016llx", path, (unsigned long long)tn_random64());
    if (name.failed) {
        tn_buf_deinit(&name);
        return tn_err_no_memory(err);
    }
    int fd = open(name.data, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    bool made = fd >= 0;
    if (made) {
        close(fd);
        made = renameat2(AT_FDCWD, name.data, AT_FDCWD, path, RENAME_NOREPLACE) == 0 || errno == EEXIST;
    }
    int reason = errno;
    if (fd >= 0)
        unlink(name.data); /* still there when another process was faster, or on failure */
    tn_buf_deinit(&name);
    if (!made)
        return tn_err_set(err, reason == ENOSPC ? TENURE_ENOSPC : TENURE_EIO,
                          "ledger '%s' cannot be made: %s; check the folder's rights or choose another with --ledger",
                          path, strerror(reason));
    return TENURE_OK;
}

int64_t tn_place_free_bytes(const char *path)
{
    struct statvfs info;
    if (of_folder(path, ask_statvfs, &info) != 0)
        return INT64_MAX;
    return (int64_t)(info.f_bavail * info.f_frsize);
}

int tn_place_no_room(const char *path, struct tn_err *err)
{
    int64_t left = tn_place_free_bytes(path);
    return tn_err_set(err, TENURE_ENOSPC,
                      "only %lld MB are free on the disk of the ledger '%s': make room for at least %lld MB, "
                      "then try again",
                      (long long)(left >> 20), path, (long long)(TN_PLACE_MIN_FREE >> 20));
}

int tn_place_check_room(const char *path, struct tn_err *err)
{
    return tn_place_free_bytes(path) >= TN_PLACE_MIN_FREE ? TENURE_OK : tn_place_no_room(path, err);
}

bool tn_place_has(const char *path, const char *suffix, int64_t *bytes)
{
    struct stat info;
    char *name = beside(path, suffix);
    bool there = name && stat(name, &info) == 0;
    *bytes = there ? info.st_size : 0;
    free(name);
    return there;
}

/* Best effort: without ballast a full disk is only less comfortable. */
void tn_place_ballast_make(const char *path)
{
    char *name = beside(path, ".ballast");
    if (!name)
        return;
    struct stat info;
    if (stat(name, &info) != 0 || info.st_blocks * 512 < TN_PLACE_BALLAST_BYTES) {
        int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 && posix_fallocate(fd, 0, TN_PLACE_BALLAST_BYTES) != 0)
            unlink(name);
        if (fd >= 0)
            close(fd);
    }
    free(name);
}

void tn_place_ballast_drop(const char *path)
{
    char *name = beside(path, ".ballast");
    if (name)
        unlink(name);
    free(name);
}
