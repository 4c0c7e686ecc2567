/* Files in memory: see storage.h. */
#include "storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ROOM ((size_t)256 << 10)

static struct stored *files;
static struct stored *spare; /* with the room they once had */
static char folder[128];
static uint64_t version;

const char *storage_folder(void)
{
    return folder;
}

uint64_t storage_version(void)
{
    return version;
}

struct stored *storage_first(void)
{
    return files;
}

static void set_aside(struct stored *stored)
{
    struct stored **at = &files;
    while (*at != stored)
        at = &(*at)->next;
    *at = stored->next;
    stored->next = spare;
    spare = stored;
}

void storage_format(const char *path)
{
    while (files) {
        if (files->users > 0)
            abort();
        set_aside(files);
    }
    snprintf(folder, sizeof folder, "%s", path);
    storage_make(folder);
}

struct stored *storage_find(const char *path)
{
    struct stored *stored = *path ? files : NULL;
    while (stored && strcmp(stored->path, path) != 0)
        stored = stored->next;
    return stored;
}

struct stored *storage_make(const char *path)
{
    struct stored *stored = spare ? spare : calloc(1, sizeof *stored);
    if (!stored)
        abort();
    spare = stored->next;
    *stored = (struct stored){.next = files, .bytes = stored->bytes, .room = stored->room};
    snprintf(stored->path, sizeof stored->path, "%s", path);
    files = stored;
    return stored;
}

void storage_remove(struct stored *stored)
{
    version++;
    stored->path[0] = '\0';
    if (stored->users == 0)
        set_aside(stored);
}

void storage_rename(struct stored *stored, const char *path)
{
    version++;
    struct stored *replaced = storage_find(path);
    if (replaced && replaced != stored)
        storage_remove(replaced);
    snprintf(stored->path, sizeof stored->path, "%s", path);
}

void storage_open(struct stored *stored)
{
    stored->users++;
}

void storage_close(struct stored *stored)
{
    if (--stored->users == 0 && !*stored->path)
        set_aside(stored);
}

size_t storage_read(const struct stored *stored, void *bytes, size_t len, size_t offset)
{
    size_t there = stored->size > offset ? stored->size - offset : 0;
    size_t count = there < len ? there : len;
    if (count > 0)
        memcpy(bytes, stored->bytes + offset, count);
    return count;
}

static void make_room(struct stored *stored, size_t size)
{
    if (size <= stored->room)
        return;
    stored->room = size < LEAST_ROOM ? LEAST_ROOM : 2 * size;
    stored->bytes = realloc(stored->bytes, stored->room);
    if (!stored->bytes)
        abort();
}

void storage_resize(struct stored *stored, size_t size)
{
    version++;
    make_room(stored, size);
    if (size > stored->size)
        memset(stored->bytes + stored->size, 0, size - stored->size);
    stored->size = size;
}

void storage_write(struct stored *stored, const void *bytes, size_t len, size_t offset)
{
    version++;
    if (offset > stored->size)
        storage_resize(stored, offset);
    make_room(stored, offset + len);
    if (len > 0)
        memcpy(stored->bytes + offset, bytes, len);
    if (offset + len > stored->size)
        stored->size = offset + len;
}
