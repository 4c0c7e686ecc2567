/* A disk and a memory that fail on demand, in test builds only: see kill_disk.h. */
#include "ledger/kill_disk.h"

#include <sqlite3.h>
#include <stddef.h>

#include "base/killpoint.h"

#define CHECKPOINT_PAGES 8

static sqlite3_vfs disk;
static sqlite3_vfs *real_disk;
static sqlite3_mem_methods memory, real_memory;

/* SQLite has one set of methods for the database and another for its log; each is shadowed. */
static struct shadow {
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
    int of_database; /* in WAL mode only a checkpoint writes there */
} shadows[8];

static const struct shadow *shadow_of(const sqlite3_file *file)
{
    return (const struct shadow *)((const char *)file->pMethods - offsetof(struct shadow, methods));
}

static int on_sync(sqlite3_file *file, int flags)
{
    return tn_kill_take_fault(TN_KILL_EIO) ? SQLITE_IOERR_FSYNC : shadow_of(file)->real->xSync(file, flags);
}

static int on_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    const struct shadow *shadow = shadow_of(file);
    if (shadow->of_database)
        TN_KILL_POINT("K14");
    return tn_kill_take_fault(TN_KILL_ENOSPC) ? SQLITE_FULL : shadow->real->xWrite(file, bytes, len, at);
}

static int on_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    int rc = real_disk->xOpen(real_disk, name, file, flags, out_flags);
    int of_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    size_t i = 0;
    if (rc != SQLITE_OK || !file->pMethods)
        return rc;
    while (shadows[i].real && (shadows[i].real != file->pMethods || shadows[i].of_database != of_database))
        i++;
    if (!shadows[i].real) {
        shadows[i].methods = *file->pMethods;
        shadows[i].methods.xSync = on_sync;
        shadows[i].methods.xWrite = on_write;
        shadows[i].of_database = of_database;
        shadows[i].real = file->pMethods;
    }
    file->pMethods = &shadows[i].methods;
    return rc;
}

static void *on_malloc(int size)
{
    return tn_kill_take_fault(TN_KILL_ENOMEM) ? NULL : real_memory.xMalloc(size);
}

static void *on_realloc(void *block, int size)
{
    return tn_kill_take_fault(TN_KILL_ENOMEM) ? NULL : real_memory.xRealloc(block, size);
}

void tn_kill_disk_install(void)
{
    if (real_disk || !tn_kill_chosen(NULL))
        return;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    memory = real_memory;
    memory.xMalloc = on_malloc;
    memory.xRealloc = on_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    real_disk = sqlite3_vfs_find(NULL);
    disk = *real_disk;
    disk.zName = "kill";
    disk.xOpen = on_open;
    sqlite3_vfs_register(&disk, 1);
}

void tn_kill_disk_prepare(struct sqlite3 *handle)
{
    if (tn_kill_chosen("K14"))
        sqlite3_wal_autocheckpoint(handle, CHECKPOINT_PAGES);
}
