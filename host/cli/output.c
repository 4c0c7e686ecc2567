/* Where data goes: see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW_SUFFIX ".XXXXXX"

bool tn_cli_write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

bool tn_cli_write_text(int fd, const char *data, size_t len)
{
    if (!tn_cli_write_all(fd, data, len))
        return false;
    return !len || data[len - 1] == '\n' || tn_cli_write_all(fd, "\n", 1);
}

static int write_failed(const char *path, struct tn_err *err)
{
    int code = errno == ENOSPC || errno == EDQUOT ? TENURE_ENOSPC : TENURE_EIO;
    return tn_err_set(err, code, "cannot write %s: %s", path ? path : "to standard output", strerror(errno));
}

/* A pipe, a terminal or a device cannot be replaced; nor can what /dev/stdout and its like stand for. */
static bool is_special(const char *path, const struct stat *st)
{
    return !S_ISREG(st->st_mode) || strncmp(path, "/dev/", 5) == 0;
}

static int write_special(const char *path, const char *data, size_t len, struct tn_err *err)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return write_failed(path, err);
    bool ok = tn_cli_write_text(fd, data, len);
    int rc = ok ? TENURE_OK : write_failed(path, err);
    close(fd);
    return rc;
}

/* Write a new file beside the target, bring it to the disk, put it in the target's place. */
static int replace_file(const char *target, mode_t mode, const char *data, size_t len, struct tn_err *err)
{
    char *fresh;
    if (asprintf(&fresh, "%s%s", target, NEW_SUFFIX) < 0)
        return tn_err_no_memory(err);
    int rc = TENURE_OK;
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0) {
        rc = write_failed(target, err);
        goto out;
    }
    bool ok = fchmod(fd, mode) == 0 && tn_cli_write_text(fd, data, len) && fsync(fd) == 0;
    if (!ok)
        rc = write_failed(target, err);
    if (close(fd) < 0 && ok)
        rc = write_failed(target, err);
    if (rc == TENURE_OK && rename(fresh, target) < 0)
        rc = write_failed(target, err);
    if (rc < 0)
        unlink(fresh);
out:
    free(fresh);
    return rc;
}

static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static int write_file(const char *path, const char *data, size_t len, struct tn_err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return replace_file(path, mode_of_new_files(), data, len, err);
    if (is_special(path, &st))
        return write_special(path, data, len, err);
    char *target = realpath(path, NULL); /* behind a symbolic link: the link stays */
    if (!target)
        return write_failed(path, err);
    int rc = replace_file(target, st.st_mode & 07777, data, len, err);
    free(target);
    return rc;
}

int tn_cli_output_write(const char *path, const char *data, size_t len, struct tn_err *err)
{
    if (path)
        return write_file(path, data, len, err);
    return tn_cli_write_text(STDOUT_FILENO, data, len) ? TENURE_OK : write_failed(NULL, err);
}

int tn_cli_output_check(const char *path, struct tn_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return tn_err_set(err, TENURE_EINVAL, "--to '%s' is a folder; name a file in it", path);
    if (stat(path, &st) == 0 && is_special(path, &st))
        return TENURE_OK;
    char *copy = strdup(path);
    if (!copy)
        return tn_err_no_memory(err);
    const char *folder = dirname(copy);
    int rc = TENURE_OK;
    if (access(folder, W_OK | X_OK) < 0)
        rc = tn_err_set(err, TENURE_EINVAL, "--to '%s' cannot be written: folder '%s': %s", path, folder,
                        strerror(errno));
    free(copy);
    return rc;
}

int tn_cli_terminal_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}
