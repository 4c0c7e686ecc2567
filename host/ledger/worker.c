/* Workers: see worker.h. */
#include "ledger/worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "ledger/database.h"
#include "ledger/store.h"

#define INFIX ".worker-"
#define MAX_TRIES 8

struct tn_worker {
    char id[24];
    char *file;
    int fd;
};

static char *file_of(const char *ledger_path, const char *id)
{
    struct tn_buf name = {0};
    tn_buf_printf(&name, "%s" INFIX "%s", ledger_path, id);
    return tn_buf_take(&name, NULL);
}

/* Between making the file and locking it somebody may have swept it away as a dead one's: then its name is gone. */
static bool lock_new_file(struct tn_worker *worker)
{
    worker->fd = open(worker->file, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (worker->fd < 0)
        return false;
    struct stat info;
    if (flock(worker->fd, LOCK_EX) == 0 && fstat(worker->fd, &info) == 0 && info.st_nlink > 0)
        return true;
    int reason = errno;
    close(worker->fd);
    worker->fd = -1;
    errno = reason;
    return false;
}

int tn_worker_open(const char *ledger_path, struct tn_worker **out, struct tn_err *err)
{
    struct tn_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return tn_err_no_memory(err);
    worker->fd = -1;
    int rc = TENURE_OK;
    for (int try = 0; try < MAX_TRIES && worker->fd < 0 && rc == TENURE_OK; try++) {
        free(worker->file);
        snprintf(worker->id, sizeof worker->id, "w-%016llx", (unsigned long long)tn_random64());
        worker->file = file_of(ledger_path, worker->id);
        if (!worker->file)
            rc = tn_err_no_memory(err);
        else if (!lock_new_file(worker))
            rc =
                try + 1 == MAX_TRIES || errno == EACCES || errno == EROFS || errno == ENOSPC
                    ? tn_err_set(err, errno == ENOSPC ? TENURE_ENOSPC : TENURE_EIO,
                                 "worker file '%s' beside the ledger cannot be made: %s", worker->file, strerror(errno))
                    : TENURE_OK;
    }
    if (rc < 0) {
        tn_worker_close(worker);
        return rc;
    }
    *out = worker;
    return TENURE_OK;
}

void tn_worker_close(struct tn_worker *worker)
{
    if (!worker)
        return;
    if (worker->file && worker->fd >= 0) {
        unlink(worker->file);
        close(worker->fd);
    }
    free(worker->file);
    free(worker);
}

const char *tn_worker_id(const struct tn_worker *worker)
{
    return worker->id;
}

/* Those who only ask take the lock shared, so that they never see each other. */
bool tn_worker_alive(const char *ledger_path, const char *id)
{
    char *file = file_of(ledger_path, id);
    if (!file)
        return true;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool alive = fd >= 0 ? flock(fd, LOCK_SH | LOCK_NB) != 0 : errno != ENOENT;
    if (fd >= 0)
        close(fd);
    free(file);
    return alive;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static bool needed(struct tn_db *db, const char *id)
{
    int64_t count = 1;
    tn_db_number(db, NULL, &count,
                 "SELECT (SELECT count(*) FROM run WHERE worker = $1)"
                 " + (SELECT count(*) FROM effect WHERE worker = $1 AND state = 'intended')",
                 TN_BIND(tn_text(id)));
    return count > 0;
}

static void sweep_folder(struct tn_db *db, DIR *folder, const char *name)
{
    size_t prefix = strlen(name);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        const char *rest = entry->d_name + prefix;
        if (strncmp(entry->d_name, name, prefix) != 0 || strncmp(rest, INFIX, sizeof INFIX - 1) != 0)
            continue;
        const char *id = rest + sizeof INFIX - 1;
        if (tn_id_equal(id, db->worker))
            continue;
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            continue;
        if (flock(fd, LOCK_SH | LOCK_NB) == 0 && !needed(db, id))
            unlinkat(dirfd(folder), entry->d_name, 0); /* under the lock: nobody can have become it meanwhile */
        close(fd);
    }
}

void tn_worker_sweep(struct tn_db *db)
{
    const char *slash = strrchr(db->path, '/');
    char *folder_path = strndup(db->path, (size_t)(slash - db->path) + 1);
    DIR *folder = folder_path ? opendir(folder_path) : NULL;
    if (folder) {
        sweep_folder(db, folder, slash + 1);
        closedir(folder);
    }
    free(folder_path);
}

int tn_worker_enrol(struct tn_db *db, struct tn_err *err)
{
    char machine[256] = "";
    gethostname(machine, sizeof machine - 1);
    int rc = tn_db_run(
        db, err,
        "INSERT INTO worker (id, process, machine, started) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        TN_BIND(tn_text(db->worker), tn_int(getpid()), tn_text(machine), tn_int(tn_db_now_ms(db))));
    if (rc <= 0)
        return rc;
    return tn_db_run(
        db, err,
        "DELETE FROM worker WHERE id <> $1 AND NOT EXISTS (SELECT 1 FROM run WHERE run.worker = worker.id)"
        " AND NOT EXISTS (SELECT 1 FROM effect WHERE effect.worker = worker.id AND effect.state = 'intended')",
        TN_BIND(tn_text(db->worker)));
}

void tn_worker_describe(struct tn_db *db, const char *id, char text[128])
{
    struct tn_rows rows;
    snprintf(text, 128, "another process (worker %.40s)", id);
    if (tn_db_select(db, &rows, NULL, "SELECT process, machine FROM worker WHERE id = $1", TN_BIND(tn_text(id))) < 0)
        return;
    if (tn_rows_next(&rows, NULL) > 0) {
        const char *machine = tn_rows_text(&rows, 1);
        snprintf(text, 128, "process %lld on %.80s", (long long)tn_rows_int(&rows, 0), machine ? machine : "?");
    }
    tn_rows_end(&rows);
}
