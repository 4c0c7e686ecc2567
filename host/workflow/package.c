/* Packages: see package.h. */
#include "workflow/package.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/utf8.h"

/* O_NONBLOCK: opening a pipe must not wait for its writer. */
#define FILE_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static bool has_package_file(const char *folder, size_t len)
{
    char path[4096 + sizeof "/package.yaml"];
    struct stat info;
    int written = snprintf(path, sizeof path, "%.*s/package.yaml", (int)len, folder);
    return written > 0 && (size_t)written < sizeof path && stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

char *tn_package_root(const char *file)
{
    const char *slash = strrchr(file, '/');
    size_t own = slash ? (size_t)(slash - file) : 0;
    size_t len = own;
    while (len && len < 4096 && !has_package_file(file, len)) {
        do
            len--;
        while (len && file[len] != '/');
    }
    if (len == 0 && !has_package_file(file, 0))
        len = own;
    return len ? strndup(file, len) : strdup("/");
}

int tn_package_open_walking(int root, const char *path)
{
    int folder = dup(root);
    while (folder >= 0) {
        char name[256];
        size_t len = strcspn(path, "/");
        if (len >= sizeof name) {
            close(folder);
            return -ENAMETOOLONG;
        }
        memcpy(name, path, len);
        name[len] = '\0';
        bool last = path[len] == '\0';
        if (len == 0 && !last) { /* a//b */
            path++;
            continue;
        }
        int flags = last ? FILE_FLAGS | O_NOFOLLOW : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        int next = strcmp(name, "..") == 0 ? -1 : openat(folder, name, flags);
        int reason = strcmp(name, "..") == 0 ? EXDEV : errno;
        close(folder);
        if (next < 0)
            return -reason;
        if (last)
            return next;
        folder = next;
        path += len + 1;
    }
    return -errno;
}

int tn_package_open(int root, const char *path)
{
    struct open_how how = {.flags = FILE_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (int attempt = 0; attempt < 8; attempt++) {
        long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0)
            return (int)fd;
        if (errno == ENOSYS || errno == EPERM ||
            errno == EINVAL) /* an old kernel, or a container that knows no openat2 */
            return tn_package_open_walking(root, path);
        if (errno != EAGAIN && errno != EINTR) /* EAGAIN: something was renamed while the kernel looked */
            return -errno;
    }
    return -EAGAIN;
}

/* Everything up to the end; waits where there is nothing yet. Closes the descriptor. */
static int read_all(int fd, const char *name, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err)
{
    struct tn_buf buf = {.limit = max_bytes + 1};
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int rc = TENURE_OK;
    tn_buf_puts(&buf, "");
    while (!buf.failed && buf.len <= max_bytes) {
        char chunk[16384];
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && (errno == EINTR || (errno == EAGAIN && (poll(&readable, 1, -1) >= 0 || errno == EINTR))))
            continue;
        if (got < 0) {
            rc = tn_err_set(err, TENURE_EIO, "cannot read '%s': %s", name, strerror(errno));
            goto out;
        }
        if (got == 0)
            break;
        size_t room = max_bytes + 1 - buf.len;
        tn_buf_put(&buf, chunk, (size_t)got < room ? (size_t)got : room);
    }
    if (buf.failed)
        rc = tn_err_no_memory(err);
    else if (buf.len > max_bytes)
        rc = tn_err_set(err, TENURE_EIO, "'%s' is larger than %zu KiB", name, max_bytes >> 10);
    else if (!(*bytes = tn_buf_take(&buf, len)))
        rc = tn_err_no_memory(err);
out:
    close(fd);
    tn_buf_deinit(&buf);
    return rc;
}

static int not_a_file(int fd, const char *name, struct tn_err *err)
{
    close(fd);
    return tn_err_set(err, TENURE_EINVAL, "'%s' is not a file", name);
}

int tn_file_read(int fd, const char *name, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return not_a_file(fd, name, err);
    return read_all(fd, name, max_bytes, bytes, len, err);
}

int tn_path_read(const char *file, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err)
{
    bool standard_input = strcmp(file, "/dev/stdin") == 0; /* opening that fails where it is a socket */
    int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(file, FILE_FLAGS);
    struct stat info;
    if (fd < 0)
        return tn_err_set(err, errno == ENOENT ? TENURE_ENOENT : TENURE_EIO, "cannot open '%s': %s", file,
                          strerror(errno));
    bool ends = fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
    if (!ends && !standard_input)
        return not_a_file(fd, file, err);
    return read_all(fd, file, max_bytes, bytes, len, err);
}

/* What can be said of a path without looking at the disk. */
static int check_path(const char *path, struct tn_err *err)
{
    if (!*path)
        return tn_err_set(err, TENURE_EINVAL, "the path is empty");
    if (*path == '/')
        return tn_err_set(err, TENURE_EINVAL, "'%s' is absolute: write the path from the package root", path);
    for (const char *at = path; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return tn_err_set(err, TENURE_EINVAL, "the path holds a control character");
    }
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t len = strcspn(part, "/");
        if (len == 2 && memcmp(part, "..", 2) == 0)
            return tn_err_set(err, TENURE_EINVAL, "'%s' leads upwards: no '..' in a path of a package", path);
    }
    return TENURE_OK;
}

static int open_failed(int reason, const char *root, const char *path, struct tn_err *err)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
        return tn_err_set(err, TENURE_ENOENT, "no file '%s' in %s", path, root);
    case EXDEV:
    case ELOOP:
        return tn_err_set(err, TENURE_EINVAL, "'%s' leads out of the package %s", path, root);
    default:
        return tn_err_set(err, TENURE_EIO, "cannot open '%s' in %s: %s", path, root, strerror(reason));
    }
}

int tn_package_read(const char *root, const char *path, size_t max_bytes, char **bytes, size_t *len, struct tn_err *err)
{
    int rc = check_path(path, err);
    if (rc < 0)
        return rc;
    int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return tn_err_set(err, TENURE_EIO, "cannot open the package %s: %s", root, strerror(errno));
    int fd = tn_package_open(folder, path);
    close(folder);
    if (fd < 0)
        return open_failed(-fd, root, path, err);
    return tn_file_read(fd, path, max_bytes, bytes, len, err);
}

bool tn_package_suggest(const char *root, const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *wanted = slash ? slash + 1 : path;
    int folder_len = (int)(wanted - path);
    char folder[4096];
    if (check_path(path, NULL) < 0 || snprintf(folder, sizeof folder, "%.*s.", folder_len, path) >= (int)sizeof folder)
        return false;
    int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = top < 0 ? -1 : tn_package_open(top, folder);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (!entries && fd >= 0)
        close(fd);
    size_t best = strcspn(wanted, ".") / 3 + 1; /* ".lua" is alike everywhere */
    bool found = false;
    struct dirent *entry;
    for (int seen = 0; entries && seen < 1000 && (entry = readdir(entries)); seen++) {
        size_t distance = tn_edit_distance(wanted, entry->d_name, best);
        if (distance > best || (found && distance == best))
            continue;
        best = distance;
        found = true;
        snprintf(out, size, "%.*s%s", folder_len, path, entry->d_name);
    }
    if (entries)
        closedir(entries);
    if (top >= 0)
        close(top);
    return found;
}

static int check_script(const char *path, const char *bytes, size_t len, struct tn_err *err)
{
    if (len && bytes[0] == '\x1b')
        return tn_err_set(err, TENURE_EINVAL, "'%s' is compiled Lua: scripts are read as source text only", path);
    size_t bad = tn_utf8_check(bytes, len);
    const char *nul = memchr(bytes, '\0', len);
    if (nul && (size_t)(nul - bytes) < bad)
        bad = (size_t)(nul - bytes);
    if (bad == len)
        return TENURE_OK;
    int line = 1;
    for (size_t i = 0; i < bad; i++)
        line += bytes[i] == '\n';
    return tn_err_set(err, TENURE_EINVAL, "%s:%d: not UTF-8 text: save the script as UTF-8", path, line);
}

int tn_package_read_script(const char *root, const char *path, char **bytes, size_t *len, struct tn_err *err)
{
    char *text = NULL;
    size_t text_len = 0;
    int rc = tn_package_read(root, path, TN_SCRIPT_MAX_BYTES, &text, &text_len, err);
    if (rc < 0)
        return rc;
    rc = check_script(path, text, text_len, err);
    if (rc < 0) {
        free(text);
        return rc;
    }
    *bytes = text;
    *len = text_len;
    return TENURE_OK;
}
