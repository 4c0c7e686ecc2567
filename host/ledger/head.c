/* The head file: see head.h. */
#include "ledger/head.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 20
#define LOCK_WAIT_MS 5

char *tn_head_path(const char *ledger_path)
{
    struct tn_buf name = {0};
    tn_buf_printf(&name, "%s.head", ledger_path);
    return tn_buf_take(&name, NULL);
}

static bool is_digest(const char *text)
{
    return strlen(text) == TN_DIGEST_TEXT - 1 && strspn(text, "0123456789abcdef") == TN_DIGEST_TEXT - 1;
}

static bool parse(const char *text, struct tn_head_file *out)
{
    char rest;
    return sscanf(text, "ledger %36s number %" SCNd64 " hash %64s %c", out->ledger, &out->head.number, out->head.hash,
                  &rest) == 3 &&
           out->head.number >= 0 && tn_guid_valid(out->ledger, strlen(out->ledger)) && is_digest(out->head.hash);
}

void tn_head_read(const char *file, struct tn_head_file *out)
{
    char text[256];
    *out = (struct tn_head_file){.found = TN_HEAD_UNREADABLE};
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        out->found = errno == ENOENT ? TN_HEAD_MISSING : TN_HEAD_UNREADABLE;
        return;
    }
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    if (parse(text, out))
        out->found = TN_HEAD_READ;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* The folder, locked against other writers of heads in it; -1. A stopped process must not hold us for ever. */
static int lock_folder(const char *ledger_path)
{
    const char *slash = strrchr(ledger_path, '/');
    char *folder = slash ? strndup(ledger_path, (size_t)(slash - ledger_path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(folder);
    for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        const struct timespec wait = {.tv_nsec = LOCK_WAIT_MS * 1000000L};
        if (i == LOCK_TRIES || (errno != EWOULDBLOCK && errno != EINTR)) {
            close(fd);
            return -1;
        }
        nanosleep(&wait, NULL);
    }
    return fd;
}

static bool write_durably(const char *file, const char *text, size_t len)
{
    int fd = open(file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int reason = errno;
    close(fd);
    errno = reason;
    return written;
}

static int replace(const char *file, const char *fresh, int folder, const char *ledger,
                   const struct tn_audit_head *head, struct tn_err *err)
{
    char text[256];
    int len = snprintf(text, sizeof text, "ledger %s\nnumber %" PRId64 "\nhash %s\n", ledger, head->number, head->hash);
    if (write_durably(fresh, text, (size_t)len) && rename(fresh, file) == 0 && fsync(folder) == 0)
        return TENURE_OK;
    int reason = errno;
    unlink(fresh);
    return tn_err_set(err, reason == ENOSPC ? TENURE_ENOSPC : TENURE_EIO, "audit head '%s' cannot be written: %s", file,
                      strerror(reason));
}

int tn_head_write(const char *ledger_path, const char *ledger, const struct tn_audit_head *head, bool force,
                  struct tn_err *err)
{
    struct tn_buf fresh = {0};
    char *file = tn_head_path(ledger_path);
    tn_buf_printf(&fresh, "%s.head.new", ledger_path);
    if (!file || fresh.failed) {
        free(file);
        tn_buf_deinit(&fresh);
        return tn_err_no_memory(err);
    }
    int rc = TENURE_OK, folder = lock_folder(ledger_path);
    if (folder < 0) {
        rc = tn_err_set(err, TENURE_EBUSY, "audit head '%s' is being written by another process", file);
    } else {
        struct tn_head_file present;
        tn_head_read(file, &present);
        bool ahead =
            present.found == TN_HEAD_READ && tn_id_equal(present.ledger, ledger) && present.head.number >= head->number;
        if (force || !ahead)
            rc = replace(file, fresh.data, folder, ledger, head, err);
        close(folder);
    }
    tn_buf_deinit(&fresh);
    free(file);
    return rc;
}
