/* The ledger's own calls: see calls.h. */
#include "calls.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "process.h"
#include "storage.h"

#define FIRST_DESCRIPTOR 1000000 /* the kernel's are below */
#define DESCRIPTORS 64
#define FIRST_PROCESS 1000
#define MEMORY_SYSTEM 0x01021994 /* tmpfs: what is in memory lies on no network */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static struct process *served;

/* One that is open; stored NULL: none. */
static struct descriptor {
    struct stored *stored;
    size_t at;
    int lock; /* LOCK_SH, LOCK_EX, 0: none */
} descriptors[DESCRIPTORS];

void calls_serve(struct process *process)
{
    served = process;
}

/* ---- what is ours ----------------------------------------------------------------------------------------------- */

/* Everything below the folder, and itself. */
static bool is_ours(const char *path)
{
    const char *folder = storage_folder();
    size_t len = strlen(folder);
    return len > 0 && strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static struct descriptor *of(int fd)
{
    return fd >= FIRST_DESCRIPTOR && fd < FIRST_DESCRIPTOR + DESCRIPTORS ? &descriptors[fd - FIRST_DESCRIPTOR] : NULL;
}

static int failed(int reason)
{
    errno = reason;
    return -1;
}

/* The folder itself is also named with a slash behind it. */
static struct stored *find(const char *path)
{
    return strncmp(path, storage_folder(), strlen(path) - 1) == 0 ? storage_find(storage_folder()) : storage_find(path);
}

static int open_stored(struct stored *stored)
{
    int i = 0;
    while (i < DESCRIPTORS && descriptors[i].stored)
        i++;
    if (i == DESCRIPTORS)
        abort();
    storage_open(stored);
    descriptors[i] = (struct descriptor){.stored = stored};
    return FIRST_DESCRIPTOR + i;
}

static int open_path(const char *path, int flags)
{
    struct stored *stored = find(path);
    if (stored && flags & O_EXCL)
        return failed(EEXIST);
    if (!stored && !(flags & O_CREAT))
        return failed(ENOENT);
    if (!stored)
        stored = storage_make(path);
    if (flags & O_TRUNC)
        storage_resize(stored, 0);
    return open_stored(stored);
}

static int open_boot_id(void)
{
    struct stored *stored = storage_make("");
    storage_write(stored, process_world(served)->boot_id, 36, 0);
    return open_stored(stored);
}

static void describe(const struct stored *stored, struct stat *info)
{
    size_t blocks = stored->size > stored->reserved ? stored->size : stored->reserved;
    *info = (struct stat){.st_mode = strcmp(stored->path, storage_folder()) == 0 ? S_IFDIR | 0700 : S_IFREG | 0600,
                          .st_nlink = *stored->path != '\0',
                          .st_size = (off_t)stored->size,
                          .st_blocks = (blkcnt_t)(blocks / 512)};
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
    va_end(args);
    if (served && strcmp(path, BOOT_ID) == 0)
        return open_boot_id();
    return is_ours(path) ? open_path(path, flags) : __real_open(path, flags, mode);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
    struct descriptor *own = of(fd);
    if (!own)
        return __real_close(fd);
    storage_close(own->stored);
    own->stored = NULL;
    return 0;
}

ssize_t __real_read(int fd, void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
    struct descriptor *own = of(fd);
    if (!own)
        return __real_read(fd, bytes, len);
    size_t count = storage_read(own->stored, bytes, len, own->at);
    own->at += count;
    return (ssize_t)count;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    struct descriptor *own = of(fd);
    if (!own)
        return __real_write(fd, bytes, len);
    storage_write(own->stored, bytes, len, own->at);
    own->at += len;
    return (ssize_t)len;
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

int __real_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len);
int __wrap_posix_fallocate(int fd, off_t offset, off_t len)
{
    struct descriptor *own = of(fd);
    if (!own)
        return __real_posix_fallocate(fd, offset, len);
    own->stored->reserved = (size_t)(offset + len);
    return 0;
}

/* One thread: a lock that somebody else holds would be waited for in vain. */
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __wrap_flock(int fd, int operation)
{
    struct descriptor *own = of(fd);
    int lock = operation & (LOCK_SH | LOCK_EX);
    if (!own)
        return __real_flock(fd, operation);
    for (const struct descriptor *other = descriptors; other < descriptors + DESCRIPTORS; other++) {
        bool is_other = other != own && other->stored == own->stored;
        if (is_other && other->lock && (lock == LOCK_EX || other->lock == LOCK_EX))
            return operation & LOCK_NB ? failed(EWOULDBLOCK) : (abort(), -1);
    }
    own->lock = lock;
    return 0;
}

int __real_fstat(int fd, struct stat *info);
int __wrap_fstat(int fd, struct stat *info);
int __wrap_fstat(int fd, struct stat *info)
{
    const struct descriptor *own = of(fd);
    if (!own)
        return __real_fstat(fd, info);
    describe(own->stored, info);
    return 0;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

int __real_stat(const char *path, struct stat *info);
int __wrap_stat(const char *path, struct stat *info);
int __wrap_stat(const char *path, struct stat *info)
{
    if (!is_ours(path))
        return __real_stat(path, info);
    const struct stored *stored = find(path);
    if (!stored)
        return failed(ENOENT);
    describe(stored, info);
    return 0;
}

static int remove_path(const char *path)
{
    struct stored *stored = storage_find(path);
    if (!stored)
        return failed(ENOENT);
    storage_remove(stored);
    return 0;
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    if (served && process_is_dead(served))
        return failed(EIO);
    return is_ours(path) ? remove_path(path) : __real_unlink(path);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    if (served && process_reaches(served, CRASH_SYNC))
        return failed(EIO);
    if (!is_ours(from))
        return __real_rename(from, to);
    struct stored *stored = storage_find(from);
    if (!stored)
        return failed(ENOENT);
    storage_rename(stored, to);
    return 0;
}

/* Only RENAME_NOREPLACE, from one path to another. */
int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (!is_ours(from))
        return __real_renameat2(from_folder, from, to_folder, to, flags);
    struct stored *stored = storage_find(from);
    if (!stored || storage_find(to))
        return failed(stored ? EEXIST : ENOENT);
    storage_rename(stored, to);
    return 0;
}

/* ---- the folder ------------------------------------------------------------------------------------------------- */

/* It is there, and so is every folder on the way to it. */
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode)
{
    return strncmp(path, storage_folder(), strlen(path)) == 0 ? failed(EEXIST) : __real_mkdir(path, mode);
}

char *__real_realpath(const char *path, char *real);
char *__wrap_realpath(const char *path, char *real);
char *__wrap_realpath(const char *path, char *real)
{
    if (!is_ours(path) || !real)
        return __real_realpath(path, real);
    const struct stored *stored = find(path);
    errno = ENOENT;
    return stored ? strcpy(real, stored->path) : NULL;
}

/* There is always room. */
int __real_statfs(const char *path, struct statfs *info);
int __wrap_statfs(const char *path, struct statfs *info);
int __wrap_statfs(const char *path, struct statfs *info)
{
    if (!is_ours(path))
        return __real_statfs(path, info);
    *info = (struct statfs){.f_type = MEMORY_SYSTEM};
    return 0;
}

int __real_statvfs(const char *path, struct statvfs *info);
int __wrap_statvfs(const char *path, struct statvfs *info);
int __wrap_statvfs(const char *path, struct statvfs *info)
{
    if (!is_ours(path))
        return __real_statvfs(path, info);
    *info = (struct statvfs){.f_frsize = 4096, .f_bavail = 1 << 20};
    return 0;
}

/* The one walk over the folder that is under way. What is removed meanwhile is not looked at again. */
static struct walk {
    int fd;
    const struct stored *next;
    struct dirent entry;
} walk;

DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
DIR *__wrap_opendir(const char *path)
{
    if (!is_ours(path))
        return __real_opendir(path);
    walk = (struct walk){.fd = open_stored(find(path)), .next = storage_first()};
    return (DIR *)(void *)&walk;
}

struct dirent *__real_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder);
struct dirent *__wrap_readdir(DIR *folder)
{
    if ((void *)folder != &walk)
        return __real_readdir(folder);
    const struct stored *stored = walk.next;
    if (!stored || strcmp(stored->path, storage_folder()) == 0) /* made first, and so the last of all */
        return NULL;
    walk.next = stored->next;
    const char *slash = strrchr(stored->path, '/');
    snprintf(walk.entry.d_name, sizeof walk.entry.d_name, "%s", slash ? slash + 1 : "");
    return &walk.entry;
}

int __real_dirfd(DIR *folder);
int __wrap_dirfd(DIR *folder);
int __wrap_dirfd(DIR *folder)
{
    return (void *)folder == &walk ? walk.fd : __real_dirfd(folder);
}

int __real_closedir(DIR *folder);
int __wrap_closedir(DIR *folder);
int __wrap_closedir(DIR *folder)
{
    return (void *)folder == &walk ? __wrap_close(walk.fd) : __real_closedir(folder);
}

int __real_openat(int folder, const char *name, int flags, ...);
int __wrap_openat(int folder, const char *name, int flags, ...);
int __wrap_openat(int folder, const char *name, int flags, ...)
{
    char path[400];
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? (mode_t)va_arg(args, int) : 0;
    va_end(args);
    if (!of(folder))
        return __real_openat(folder, name, flags, mode);
    snprintf(path, sizeof path, "%s/%s", storage_folder(), name);
    return open_path(path, flags);
}

int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags)
{
    char path[400];
    if (!of(folder))
        return __real_unlinkat(folder, name, flags);
    snprintf(path, sizeof path, "%s/%s", storage_folder(), name);
    return remove_path(path);
}

/* ---- who it is -------------------------------------------------------------------------------------------------- */

/* The ledger notes them. They are as long wherever a seed is played. */
pid_t __real_getpid(void);
pid_t __wrap_getpid(void);
pid_t __wrap_getpid(void)
{
    return served ? FIRST_PROCESS + process_number(served) : __real_getpid();
}

int __real_gethostname(char *name, size_t size);
int __wrap_gethostname(char *name, size_t size);
int __wrap_gethostname(char *name, size_t size)
{
    if (!served)
        return __real_gethostname(name, size);
    snprintf(name, size, "%s", "vm");
    return 0;
}

/* ---- chance ----------------------------------------------------------------------------------------------------- */

ssize_t __real_getrandom(void *bytes, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
    if (!served)
        return __real_getrandom(bytes, len, flags);
    process_random(served, bytes, len);
    return (ssize_t)len;
}
