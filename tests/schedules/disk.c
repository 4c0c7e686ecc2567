/* The machine's disk: see disk.h. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

#define MOST_UNSYNCED 4096
#define MOST_FILES 8

static struct process *served;
static sqlite3_vfs *real, shim;

void disk_serve(struct process *process)
{
    served = process;
}

/* ---- what a power failure takes --------------------------------------------------------------------------------- */

/* A write that was not synced: what stood there before. */
struct unsynced {
    char *path;
    int64_t offset, old_size;
    int len;
    char *old;
};
static struct unsynced unsynced[MOST_UNSYNCED];
static size_t unsynced_count;

static void forget_unsynced(const char *path)
{
    size_t kept = 0;
    for (size_t i = 0; i < unsynced_count; i++) {
        if (path && strcmp(unsynced[i].path, path) != 0) {
            unsynced[kept++] = unsynced[i];
            continue;
        }
        free(unsynced[i].path);
        free(unsynced[i].old);
    }
    unsynced_count = kept;
}

static void put_back(const struct unsynced *write)
{
    int fd = open(write->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write->len > 0 && pwrite(fd, write->old, (size_t)write->len, write->offset) != write->len)
        perror(write->path);
    if (ftruncate(fd, write->old_size) != 0)
        perror(write->path);
    close(fd);
}

/* From some write on nothing reached the disk. The log's index lived in memory only. */
void disk_lose_power(struct world *world)
{
    char index[160];
    size_t kept = (size_t)chance_below(&world->chance, (int64_t)unsynced_count + 1);
    tell(world, "the power fails: %zu of %zu writes that were not synced are lost", unsynced_count - kept,
         unsynced_count);
    for (size_t i = unsynced_count; i > kept; i--)
        put_back(&unsynced[i - 1]);
    forget_unsynced(NULL);
    snprintf(index, sizeof index, "%s-shm", world->ledger);
    unlink(index);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

struct file {
    sqlite3_file base;
    struct process *owner; /* NULL: the test's own */
    char path[160];
    sqlite3_file *real;
};

static struct file *of(sqlite3_file *file)
{
    return (struct file *)file;
}

static bool is_gone(const struct file *file)
{
    return file->owner && process_is_dead(file->owner);
}

static void note_write(struct file *file, int len, int64_t offset)
{
    sqlite3_int64 size = 0;
    if (unsynced_count == MOST_UNSYNCED || file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK)
        abort();
    int64_t known = size > offset ? size - offset : 0;
    int old_len = known < len ? (int)known : len;
    struct unsynced *write = &unsynced[unsynced_count];
    *write = (struct unsynced){strdup(file->path), offset, size, old_len, malloc((size_t)old_len + 1)};
    if (!write->path || !write->old)
        abort();
    if (old_len > 0 && file->real->pMethods->xRead(file->real, write->old, old_len, offset) != SQLITE_OK)
        abort();
    unsynced_count++;
}

static int on_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    if (is_gone(of(file)))
        return SQLITE_IOERR_READ;
    return of(file)->real->pMethods->xRead(of(file)->real, bytes, len, offset);
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
    struct file *own = of(file);
    if (own->owner && process_reaches(own->owner, CRASH_WRITE))
        return SQLITE_IOERR_WRITE;
    int trouble = own->owner ? process_disk_trouble(own->owner, false) : 0;
    if (trouble)
        return trouble == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    if (own->owner && process_world(own->owner)->power_may_fail)
        note_write(own, len, offset);
    return own->real->pMethods->xWrite(own->real, bytes, len, offset);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (is_gone(of(file)))
        return SQLITE_IOERR_TRUNCATE;
    return of(file)->real->pMethods->xTruncate(of(file)->real, size);
}

/* Nothing to wait for: what counts is that it was asked for. */
static int on_sync(sqlite3_file *file, int flags)
{
    struct file *own = of(file);
    (void)flags;
    if (own->owner && process_reaches(own->owner, CRASH_SYNC))
        return SQLITE_IOERR_FSYNC;
    if (own->owner && process_disk_trouble(own->owner, true))
        return SQLITE_IOERR_FSYNC;
    forget_unsynced(own->path);
    if (own->owner && process_reaches(own->owner, CRASH_SYNCED))
        return SQLITE_IOERR_FSYNC;
    return SQLITE_OK;
}

static int on_close(sqlite3_file *file)
{
    return of(file)->real->pMethods->xClose(of(file)->real);
}

static int on_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return of(file)->real->pMethods->xFileSize(of(file)->real, size);
}

static int on_lock(sqlite3_file *file, int lock)
{
    return of(file)->real->pMethods->xLock(of(file)->real, lock);
}

static int on_unlock(sqlite3_file *file, int lock)
{
    return of(file)->real->pMethods->xUnlock(of(file)->real, lock);
}

static int on_check_lock(sqlite3_file *file, int *held)
{
    return of(file)->real->pMethods->xCheckReservedLock(of(file)->real, held);
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    return of(file)->real->pMethods->xFileControl(of(file)->real, op, arg);
}

static int on_sector_size(sqlite3_file *file)
{
    return of(file)->real->pMethods->xSectorSize(of(file)->real);
}

static int on_characteristics(sqlite3_file *file)
{
    return of(file)->real->pMethods->xDeviceCharacteristics(of(file)->real);
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **map)
{
    return of(file)->real->pMethods->xShmMap(of(file)->real, page, size, extend, map);
}

static int on_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return of(file)->real->pMethods->xShmLock(of(file)->real, offset, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    of(file)->real->pMethods->xShmBarrier(of(file)->real);
}

static int on_shm_unmap(sqlite3_file *file, int remove)
{
    return of(file)->real->pMethods->xShmUnmap(of(file)->real, remove && !is_gone(of(file)));
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_file_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct file *own = of(file);
    (void)vfs;
    *own = (struct file){.owner = served, .real = (sqlite3_file *)(void *)(own + 1)};
    snprintf(own->path, sizeof own->path, "%s", path ? path : "");
    if (is_gone(own))
        return SQLITE_CANTOPEN;
    int rc = real->xOpen(real, path, own->real, flags, out);
    if (rc == SQLITE_OK)
        own->base.pMethods = &methods;
    return rc;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs, (void)sync;
    if (served && process_is_dead(served))
        return SQLITE_IOERR_DELETE;
    forget_unsynced(path);
    return real->xDelete(real, path, 0);
}

/* One thread, no statistics: nobody else is there to be kept out. */
void disk_install(void)
{
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    real = sqlite3_vfs_find(DISK_BELOW);
    shim = *real;
    shim.zName = "schedules";
    shim.szOsFile = (int)sizeof(struct file) + real->szOsFile;
    shim.xOpen = on_open;
    shim.xDelete = on_delete;
    shim.pNext = NULL;
    sqlite3_vfs_register(&shim, 1);
}

/* The ballast stays: to make its four megabytes anew for each schedule would take longer than the schedule. */
void disk_format(struct world *world)
{
    char folder[160], file[512];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(world->ledger, '/') - world->ledger), world->ledger);
    forget_unsynced(NULL);
    DIR *entries = opendir(folder);
    for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries)) {
        if (strncmp(entry->d_name, "ledger.db", 9) != 0 || strcmp(entry->d_name, "ledger.db.ballast") == 0)
            continue;
        snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        unlink(file);
    }
    if (entries)
        closedir(entries);
}

/* ---- the calls of the ledger itself: linked in front of the C library's (see CMakeLists.txt) ---------------------- */

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    return served && process_is_dead(served) ? (errno = EIO, -1) : __real_unlink(path);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return served && process_reaches(served, CRASH_SYNC) ? (errno = EIO, -1) : __real_rename(from, to);
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
    va_end(args);
    if (served && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
        return process_open_boot_id(served);
    return __real_open(path, flags, mode);
}

ssize_t __real_getrandom(void *bytes, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
    if (!served)
        return __real_getrandom(bytes, len, flags);
    process_random(served, bytes, len);
    return (ssize_t)len;
}
