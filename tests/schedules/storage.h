/*
 * What the machine's disk holds: the ledger's folder and the files in it, as bytes in memory. Whoever names them, SQLite
 * (disk.c) or the ledger itself (calls.c), finds the same.
 */
#ifndef TESTS_SCHEDULES_STORAGE_H
#define TESTS_SCHEDULES_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connections; /* SQLite's, of one file: see connections.h */

struct stored {
    struct stored *next;
    char path[160]; /* "": nobody finds it any more */
    unsigned char *bytes;
    size_t size, room;
    size_t reserved; /* asked for and never written */
    int users;       /* whoever has it open: without a name it lives as long as they do */
    struct connections *connections;
};

/* An empty folder, the first of its files. Nobody has anything open. */
void storage_format(const char *folder);

/* The folder's own path, "" before there is one. */
const char *storage_folder(void);

/* The first of all files; each has the next. */
struct stored *storage_first(void);
struct stored *storage_find(const char *path);                /* NULL: there is none */
struct stored *storage_make(const char *path);                /* "": one without a name */
void storage_remove(struct stored *stored);                   /* its name */
void storage_rename(struct stored *stored, const char *path); /* over whatever is called so */

void storage_open(struct stored *stored);
void storage_close(struct stored *stored);

size_t storage_read(const struct stored *stored, void *bytes, size_t len, size_t offset); /* how much there was */
void storage_write(struct stored *stored, const void *bytes, size_t len, size_t offset);
void storage_resize(struct stored *stored, size_t size);

/* Another one after each change of any file. */
uint64_t storage_version(void);

#endif
