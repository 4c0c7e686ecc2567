/* Faults below us: reads and writes that fail, memory that runs out at the n-th time. Nothing is lost, nothing
 * half-written. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/lab.h"

/* ---- a disk that fails on demand: the system's own, except for the next sync or write -----------------------------
 */

static int fail_syncs, fail_writes; /* how many of the next ones fail */
static sqlite3_vfs shim;
static sqlite3_vfs *real_vfs;

/* SQLite has one set of methods for the database and another for its log; each is shadowed. */
static struct {
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
} shadows[8];

static const sqlite3_io_methods *real_of(const sqlite3_file *file)
{
    size_t i = 0;
    while (file->pMethods != &shadows[i].methods)
        i++;
    return shadows[i].real;
}

static bool take_one(int *faults)
{
    return __atomic_load_n(faults, __ATOMIC_SEQ_CST) > 0 && __atomic_sub_fetch(faults, 1, __ATOMIC_SEQ_CST) >= 0;
}

static int shim_sync(sqlite3_file *file, int flags)
{
    return take_one(&fail_syncs) ? SQLITE_IOERR_FSYNC : real_of(file)->xSync(file, flags);
}

static int shim_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    return take_one(&fail_writes) ? SQLITE_IOERR_WRITE : real_of(file)->xWrite(file, bytes, len, at);
}

static int shim_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    int rc = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
    size_t i = 0;
    if (rc != SQLITE_OK || !file->pMethods)
        return rc;
    while (shadows[i].real && shadows[i].real != file->pMethods)
        i++;
    if (!shadows[i].real) {
        shadows[i].methods = *file->pMethods;
        shadows[i].methods.xSync = shim_sync;
        shadows[i].methods.xWrite = shim_write;
        shadows[i].real = file->pMethods;
    }
    file->pMethods = &shadows[i].methods;
    return rc;
}

static void put_shim_in(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    shim = *real_vfs;
    shim.zName = "faulty";
    shim.xOpen = shim_open;
    CHECK(sqlite3_vfs_register(&shim, 1) == SQLITE_OK);
}

static void open_with_effects(struct lab *lab)
{
    lab_make(lab);
    CHECK(lab_open(lab) == 0);
    lab_run(lab, "r-1");
    lab_guard(lab, "r-1", "worth=100 USD");
    CHECK(lab_plan(lab, "r-1", "a", "1 EUR", "1 USD") == 0);
    CHECK(lab_plan(lab, "r-1", "b", "1 EUR", "1 USD") == 0);
    CHECK(lab_approve(lab, "r-1") == 0);
}

static void test_failed_sync(void)
{
    struct lab lab;
    open_with_effects(&lab);
    CHECK(lab_intend(&lab, "a", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    __atomic_store_n(&fail_syncs, 1, __ATOMIC_SEQ_CST);
    CHECK(lab_intend(&lab, "b", "1 EUR", "1 USD", NULL) == TN_VERDICT_NOT_NOW);
    CHECK(lab.err.code == TENURE_EIO && strstr(lab.err.msg, lab.path) && strstr(lab.err.msg, "check the disk"));
    /* Whatever the next sync says: this process sends nothing more, but still records what it knows. */
    CHECK(lab_intend(&lab, "b", "1 EUR", "1 USD", NULL) == TN_VERDICT_NOT_NOW && lab.err.code == TENURE_EIO);
    CHECK(lab_record(&lab, "a", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    lab_close(&lab);
    CHECK(lab_open(&lab) == 0);
    CHECK(lab_state(&lab, "a") == TN_EFFECT_SUCCEEDED);
    int64_t left;
    CHECK(lab_claim(&lab, &left) == 0);
    enum tn_effect_state b = lab_state(&lab, "b");
    CHECK(b == TN_EFFECT_APPROVED || b == TN_EFFECT_UNKNOWN); /* it may be there, and is never sent blindly */
    lab_remove(&lab);
}

static int insert_note(struct tn_db *db, void *arg, struct tn_err *err)
{
    (void)arg;
    return tn_event_insert(db, NULL, "note", NULL, NULL, err);
}

static void test_failed_write_fails_the_group(void)
{
    struct lab lab;
    open_with_effects(&lab);
    struct lab_work works[3] = {{.fn = insert_note}, {.fn = insert_note}, {.fn = insert_note}};
    __atomic_store_n(&fail_writes, 1, __ATOMIC_SEQ_CST);
    lab_do_together(&lab, works, 3);
    for (int i = 0; i < 3; i++)
        CHECK(works[i].work.err.code == TENURE_EIO);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'note'") == 0);
    lab_do_together(&lab, works, 3);
    for (int i = 0; i < 3; i++)
        CHECK(works[i].work.err.code == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event WHERE kind = 'note'") == 3);
    lab_remove(&lab);
}

static void test_failed_write_at_open(void)
{
    for (int count = 1; count < 30; count++) {
        struct lab lab;
        lab_make(&lab);
        __atomic_store_n(&fail_writes, count, __ATOMIC_SEQ_CST);
        CHECK(lab_open(&lab) == TENURE_EIO || lab.err.code == 0);
        __atomic_store_n(&fail_writes, 0, __ATOMIC_SEQ_CST);
        lab_close(&lab);
        CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
        CHECK(lab_run(&lab, "r-1") == 0);
        lab_remove(&lab);
    }
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* The linker sends our own allocations here (--wrap), SQLite's come through its configuration. */
static int64_t allocations_left = INT64_MAX;
static sqlite3_mem_methods real_memory;

static bool may_allocate(void)
{
    return __atomic_sub_fetch(&allocations_left, 1, __ATOMIC_SEQ_CST) >= 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return may_allocate() ? __real_realloc(memory, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return may_allocate() ? __real_strdup(text) : NULL;
}

static void *sqlite_malloc(int size)
{
    return may_allocate() ? real_memory.xMalloc(size) : NULL;
}

static void *sqlite_realloc(void *memory, int size)
{
    return may_allocate() ? real_memory.xRealloc(memory, size) : NULL;
}

static void put_memory_in(void)
{
    CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) == SQLITE_OK);
    sqlite3_mem_methods memory = real_memory;
    memory.xMalloc = sqlite_malloc;
    memory.xRealloc = sqlite_realloc;
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) == SQLITE_OK);
}

static void allow(int64_t count)
{
    __atomic_store_n(&allocations_left, count, __ATOMIC_SEQ_CST);
}

/* The whole life of an effect; every call may fail, and what succeeded must have happened. */
static void live(struct lab *lab, bool *sent, bool *succeeded)
{
    if (!lab->loop || lab_open(lab) < 0)
        return;
    lab_run(lab, "r-1");
    lab_guard(lab, "r-1", "worth=100 USD");
    lab_plan(lab, "r-1", "a", "1 EUR", "1 USD");
    lab_approve(lab, "r-1");
    *sent = lab_intend(lab, "a", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT;
    *succeeded = *sent && lab_record(lab, "a", 1, TN_EFFECT_SUCCEEDED, "1 EUR", "1 USD") == 0;
    free(lab_summary(lab, "r-1"));
}

static bool live_with(int64_t allocations)
{
    struct lab lab;
    bool sent = false, succeeded = false;
    lab_make(&lab);
    CHECK(tn_loop_new(NULL, &lab.loop, NULL) == 0);
    allow(allocations);
    live(&lab, &sent, &succeeded);
    bool enough = __atomic_load_n(&allocations_left, __ATOMIC_SEQ_CST) >= 0;
    allow(INT64_MAX);
    lab_close(&lab);
    CHECK(lab_open(&lab) == 0 && !tn_ledger_suspect(lab.ledger));
    enum tn_effect_state state = lab_state(&lab, "a");
    CHECK(!succeeded || state == TN_EFFECT_SUCCEEDED);
    CHECK(!sent || state == TN_EFFECT_INTENDED || state == TN_EFFECT_SUCCEEDED);
    CHECK(sent || (state != TN_EFFECT_INTENDED && state != TN_EFFECT_SUCCEEDED));
    if (enough)
        CHECK(succeeded);
    lab_remove(&lab);
    return enough;
}

/* Every n at first, then in strides: some thousands of allocations in all. */
static void test_memory(void)
{
    int64_t count = 0;
    while (!live_with(count) && count < 1000000)
        count += count < 60 ? 1 : 1 + count / 40;
    printf("out of memory at up to %lld allocations\n", (long long)count);
    CHECK(count > 200 && count < 1000000);
}

int main(void)
{
    put_memory_in(); /* before SQLite is first used */
    put_shim_in();
    test_failed_sync();
    test_failed_write_fails_the_group();
    test_failed_write_at_open();
    test_memory();
    return check_result();
}
