/* The machine's disk: see disk.h. */
#include "disk.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "connections.h"
#include "process.h"
#include "storage.h"

#define MOST_UNSYNCED 4096
#define SECTOR 4096

static struct process *served;

void disk_serve(struct process *process)
{
    served = process;
    calls_serve(process);
}

/* ---- what a power failure takes --------------------------------------------------------------------------------- */

/* A write that was not synced: what stood there before. */
struct unsynced {
    struct stored *stored;
    size_t offset, old_size, len;
    unsigned char *old;
};
static struct unsynced unsynced[MOST_UNSYNCED];
static size_t unsynced_count;

/* Of one file, or of all. */
static void forget_unsynced(const struct stored *stored)
{
    size_t kept = 0;
    for (size_t i = 0; i < unsynced_count; i++) {
        if (stored && unsynced[i].stored != stored)
            unsynced[kept++] = unsynced[i];
        else
            free(unsynced[i].old);
    }
    unsynced_count = kept;
}

static void note_write(struct stored *stored, size_t len, size_t offset)
{
    if (unsynced_count == MOST_UNSYNCED)
        abort();
    struct unsynced *write = &unsynced[unsynced_count++];
    *write = (struct unsynced){stored, offset, stored->size, 0, malloc(len + 1)};
    if (!write->old)
        abort();
    write->len = storage_read(stored, write->old, len, offset);
}

static void put_back(const struct unsynced *write)
{
    storage_write(write->stored, write->old, write->len, write->offset);
    storage_resize(write->stored, write->old_size);
}

/* From some write on nothing reached the disk. */
void disk_lose_power(struct world *world)
{
    size_t kept = (size_t)chance_below(&world->chance, (int64_t)unsynced_count + 1);
    tell(world, "the power fails: %zu of %zu writes that were not synced are lost", unsynced_count - kept,
         unsynced_count);
    for (size_t i = unsynced_count; i > kept; i--)
        put_back(&unsynced[i - 1]);
    forget_unsynced(NULL);
}

void disk_format(struct world *world)
{
    char folder[128];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(world->ledger, '/') - world->ledger), world->ledger);
    forget_unsynced(NULL);
    storage_format(folder);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

struct file {
    sqlite3_file base;
    struct process *owner; /* NULL: the test's own */
    struct connection connection;
};

static struct file *of(sqlite3_file *file)
{
    return (struct file *)file;
}

static bool is_gone(const struct file *file)
{
    return file->owner && process_is_dead(file->owner);
}

/* What lies beyond the end reads as zeros, and is said to. */
static int on_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
    if (is_gone(of(file)))
        return SQLITE_IOERR_READ;
    size_t count = storage_read(of(file)->connection.stored, bytes, (size_t)len, (size_t)offset);
    if (count == (size_t)len)
        return SQLITE_OK;
    memset((char *)bytes + count, 0, (size_t)len - count);
    return SQLITE_IOERR_SHORT_READ;
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
        note_write(own->connection.stored, (size_t)len, (size_t)offset);
    storage_write(own->connection.stored, bytes, (size_t)len, (size_t)offset);
    return SQLITE_OK;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (is_gone(of(file)))
        return SQLITE_IOERR_TRUNCATE;
    storage_resize(of(file)->connection.stored, (size_t)size);
    return SQLITE_OK;
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
    forget_unsynced(own->connection.stored);
    if (own->owner && process_reaches(own->owner, CRASH_SYNCED))
        return SQLITE_IOERR_FSYNC;
    return SQLITE_OK;
}

static int on_close(sqlite3_file *file)
{
    connection_close(&of(file)->connection);
    return SQLITE_OK;
}

static int on_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)of(file)->connection.stored->size;
    return SQLITE_OK;
}

static int on_lock(sqlite3_file *file, int lock)
{
    return connection_lock(&of(file)->connection, lock);
}

static int on_unlock(sqlite3_file *file, int lock)
{
    connection_unlock(&of(file)->connection, lock);
    return SQLITE_OK;
}

static int on_check_lock(sqlite3_file *file, int *held)
{
    *held = connection_reserved(&of(file)->connection);
    return SQLITE_OK;
}

static int on_control(sqlite3_file *file, int op, void *arg)
{
    (void)file, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int on_sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

/* As SQLite takes every disk to be. */
static int on_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int on_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **map)
{
    connection_index_map(&of(file)->connection, region, size, extend, map);
    return SQLITE_OK;
}

static int on_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return connection_index_lock(&of(file)->connection, offset, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
    (void)file;
}

static int on_shm_unmap(sqlite3_file *file, int remove)
{
    (void)remove;
    connection_index_unmap(&of(file)->connection);
    return SQLITE_OK;
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

/* ---- the folder ------------------------------------------------------------------------------------------------- */

/* The database is there before SQLite is: only what lies beside it is made here. */
static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct file *own = of(file);
    *own = (struct file){.owner = vfs->pAppData ? NULL : served};
    if (is_gone(own))
        return SQLITE_CANTOPEN;
    struct stored *stored = path ? storage_find(path) : NULL;
    if (!stored && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    if (!stored)
        stored = storage_make(path ? path : "");
    connection_open(&own->connection, stored);
    own->base.pMethods = &methods;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs, (void)sync;
    if (served && process_is_dead(served))
        return SQLITE_IOERR_DELETE;
    struct stored *stored = storage_find(path);
    if (!stored)
        return SQLITE_IOERR_DELETE_NOENT;
    forget_unsynced(stored);
    storage_remove(stored);
    return SQLITE_OK;
}

/* An empty one counts as none. */
static int on_access(sqlite3_vfs *vfs, const char *path, int flags, int *yes)
{
    (void)vfs;
    const struct stored *stored = storage_find(path);
    *yes = stored && (flags != SQLITE_ACCESS_EXISTS || stored->size > 0);
    return SQLITE_OK;
}

static int on_full_path(sqlite3_vfs *vfs, const char *path, int size, char *full)
{
    (void)vfs;
    snprintf(full, (size_t)size, "%s", path);
    return SQLITE_OK;
}

/* What has nothing to do with files is SQLite's own. */
static void install(sqlite3_vfs *vfs, const char *name, bool is_own)
{
    *vfs = *sqlite3_vfs_find("unix-none");
    vfs->zName = name;
    vfs->pAppData = is_own ? vfs : NULL;
    vfs->szOsFile = (int)sizeof(struct file);
    vfs->xOpen = on_open;
    vfs->xDelete = on_delete;
    vfs->xAccess = on_access;
    vfs->xFullPathname = on_full_path;
    vfs->pNext = NULL;
    sqlite3_vfs_register(vfs, !is_own);
}

/* One thread, no statistics: nobody else is there to be kept out. */
void disk_install(void)
{
    static sqlite3_vfs of_processes, own;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    install(&of_processes, "schedules", false);
    install(&own, DISK_OWN, true);
}
