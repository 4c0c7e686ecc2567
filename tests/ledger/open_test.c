/* Opening: what is refused and left as it was, what is made with which rights, and a disk that is full. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "ledger/lab.h"

static void write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, len, file) == len);
    if (file)
        fclose(file);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t max)
{
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, max, file) : 0;
    if (file)
        fclose(file);
    return len;
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *handle = NULL;
    CHECK(sqlite3_open(path, &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(handle);
}

static mode_t mode_of(const char *path)
{
    struct stat info = {0};
    return stat(path, &info) == 0 ? info.st_mode & 07777 : 0;
}

/* Opening fails with this code, its message names the file and holds the word, and the file is as it was. */
static void expect_refused(struct lab *lab, int code, const char *word)
{
    static unsigned char before[1 << 16], after[1 << 16];
    size_t before_len = read_file(lab->path, before, sizeof before);
    CHECK(lab_open(lab) == code);
    if (!strstr(lab->err.msg, lab->path) || !strstr(lab->err.msg, word))
        fprintf(stderr, "message: %s\n", lab->err.msg);
    CHECK(strstr(lab->err.msg, lab->path) && strstr(lab->err.msg, word));
    CHECK(read_file(lab->path, after, sizeof after) == before_len && memcmp(before, after, before_len) == 0);
    lab_remove(lab);
}

static void test_not_a_ledger(void)
{
    struct lab lab;
    lab_make(&lab);
    static const char text[] = "customer;amount\nkowalski;12\n";
    write_file(lab.path, text, sizeof text - 1);
    expect_refused(&lab, TENURE_EINVAL, "not a ledger");

    lab_make(&lab);
    run_sql(lab.path, "CREATE TABLE recipe (name TEXT)");
    expect_refused(&lab, TENURE_EINVAL, "another program's database");

    lab_make(&lab);
    run_sql(lab.path, "PRAGMA journal_mode=WAL; CREATE TABLE recipe (name TEXT)");
    expect_refused(&lab, TENURE_EINVAL, "another program's database");

    lab_make(&lab);
    run_sql(lab.path, "PRAGMA application_id=252006673"); /* a GeoPackage or so */
    expect_refused(&lab, TENURE_EINVAL, "another program's database");
}

static void copy_file(const char *from, const char *to)
{
    static unsigned char bytes[1 << 16];
    write_file(to, bytes, read_file(from, bytes, sizeof bytes));
}

/* Another program's database whose process died: its log must not be worked into it by us either. */
static void test_log_of_another(void)
{
    struct lab lab;
    char log[600], other[600], other_log[700];
    sqlite3 *handle = NULL;
    lab_make(&lab);
    snprintf(log, sizeof log, "%s-wal", lab.path);
    snprintf(other, sizeof other, "%s/other.db", lab.folder);
    snprintf(other_log, sizeof other_log, "%s-wal", other);
    CHECK(sqlite3_open(other, &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, "PRAGMA journal_mode=WAL; CREATE TABLE recipe (name TEXT)", NULL, NULL, NULL) ==
          SQLITE_OK);
    copy_file(other, lab.path);
    copy_file(other_log, log);
    sqlite3_close(handle);
    struct stat before = {0}, after = {0};
    CHECK(stat(log, &before) == 0 && before.st_size > 0);
    CHECK(lab_open(&lab) == TENURE_EINVAL);
    CHECK(stat(log, &after) == 0 && after.st_size == before.st_size);
    lab_close(&lab);
    expect_refused(&lab, TENURE_EINVAL, "another program's database");
}

static void test_newer_version(void)
{
    struct lab lab;
    lab_make(&lab);
    CHECK(lab_open(&lab) == 0);
    lab_close(&lab);
    run_sql(lab.path, "PRAGMA user_version=5");
    expect_refused(&lab, TENURE_ENOTSUP, "newer tenure");
}

#define WITHOUT_4 "DROP INDEX effect_named; ALTER TABLE effect DROP COLUMN named;"
#define WITHOUT_3                                                                 \
    WITHOUT_4                                                                     \
    "ALTER TABLE effect DROP COLUMN called; ALTER TABLE effect DROP COLUMN asks;" \
    "ALTER TABLE effect DROP COLUMN place;"
#define WITHOUT_2 WITHOUT_3 "DROP TABLE content; DROP TABLE run_content; DROP TABLE output;"

/* A ledger of an older format gets what it lacks, and keeps what it has. */
static void test_older_versions(void)
{
    static const char *const older[] = {WITHOUT_2 "PRAGMA user_version=1", WITHOUT_3 "PRAGMA user_version=2",
                                        WITHOUT_4 "PRAGMA user_version=3"};
    for (size_t at = 0; at < sizeof older / sizeof *older; at++) {
        struct lab lab;
        lab_make(&lab);
        CHECK(lab_open(&lab) == 0);
        lab_run(&lab, "r-old");
        lab_close(&lab);
        run_sql(lab.path, older[at]);
        for (int i = 0; i < 2; i++) {
            CHECK(lab_open(&lab) == 0);
            CHECK(lab_number(&lab, "PRAGMA user_version") == 4);
            CHECK(lab_number(&lab, "SELECT count(*) FROM output") == 0);
            CHECK(lab_number(&lab, "SELECT count(*) FROM content, run_content") == 0);
            CHECK(lab_number(&lab, "SELECT count(*) FROM pragma_table_info('effect') WHERE name IN ('called', 'asks', "
                                   "'place', 'named')") == 4);
            CHECK(lab_number(&lab, "SELECT count(*) FROM run") == 1);
            lab_close(&lab);
        }
        lab_remove(&lab);
    }
}

static void test_other_places(void)
{
    struct lab lab;
    lab_make(&lab);
    CHECK(mkdir(lab.path, 0700) == 0);
    CHECK(lab_open(&lab) == TENURE_EINVAL && strstr(lab.err.msg, "a folder"));
    CHECK(rmdir(lab.path) == 0 && mkfifo(lab.path, 0600) == 0);
    CHECK(lab_open(&lab) == TENURE_EINVAL && strstr(lab.err.msg, "no regular file"));
    lab_close(&lab);
    CHECK(tn_loop_new(NULL, &lab.loop, NULL) == 0);
    CHECK(tn_ledger_open(lab.loop, "postgres://here/ledger", &lab.ledger, &lab.err) == TENURE_ENOTSUP);
    CHECK(tn_ledger_open(lab.loop, "sqlite:", &lab.ledger, &lab.err) == TENURE_EINVAL);
    CHECK(tn_ledger_open(lab.loop, NULL, &lab.ledger, &lab.err) == TENURE_EINVAL);
    snprintf(lab.path, sizeof lab.path, "%s/", lab.folder);
    CHECK(lab_open(&lab) == TENURE_EINVAL);
    snprintf(lab.path, sizeof lab.path, "%s/ledger.db/below", lab.folder); /* below something that is no folder */
    CHECK(lab_open(&lab) == TENURE_EIO);
    lab_remove(&lab);
}

static void test_new_and_empty(void)
{
    struct lab lab;
    lab_make(&lab);
    write_file(lab.path, "", 0);
    CHECK(lab_open(&lab) == 0);
    CHECK(lab_run(&lab, "r-1") == 0);
    lab_remove(&lab);

    lab_make(&lab);
    char folder[600];
    snprintf(lab.path, sizeof lab.path, "%s/a #%%41?b/c/ledger.db", lab.folder);
    CHECK(lab_open(&lab) == 0);
    CHECK(lab_run(&lab, "r-1") == 0);
    CHECK(mode_of(lab.path) == 0600);
    snprintf(folder, sizeof folder, "%s-wal", lab.path);
    CHECK(mode_of(folder) == 0600);
    snprintf(folder, sizeof folder, "%s.ballast", lab.path);
    CHECK(mode_of(folder) == 0600);
    struct stat info;
    CHECK(stat(folder, &info) == 0 && info.st_size == 4 << 20);
    snprintf(folder, sizeof folder, "%s.worker-%s", lab.path, tn_ledger_worker(lab.ledger));
    CHECK(mode_of(folder) == 0600);
    CHECK_TEXT(tn_ledger_path(lab.ledger), lab.path);
    lab_close(&lab);
    CHECK(mode_of(folder) == 0); /* nothing of a worker stays */
    CHECK(lab_open(&lab) == 0);  /* again, and it is still there */
    CHECK(lab_run(&lab, "r-1") == TENURE_EBUSY);
    lab_close(&lab);
    unlink(lab.path);
    snprintf(folder, sizeof folder, "%s.ballast", lab.path);
    unlink(folder);
    snprintf(folder, sizeof folder, "%s/a #%%41?b", lab.folder);
    CHECK(mode_of(folder) == 0700);
    snprintf(folder, sizeof folder, "%s/a #%%41?b/c", lab.folder);
    CHECK(mode_of(folder) == 0700);
    rmdir(folder);
    *strrchr(folder, '/') = '\0';
    rmdir(folder);
    lab_remove(&lab);
}

static void test_durable(void)
{
    struct lab lab;
    char text[256];
    lab_make(&lab);
    CHECK(lab_open(&lab) == 0);
    lab_text(&lab, "PRAGMA journal_mode", text);
    CHECK_TEXT(text, "wal");
    CHECK(lab_number(&lab, "PRAGMA application_id") == 0x746e7572);
    CHECK(lab_number(&lab, "PRAGMA user_version") == 4);
    lab_text(&lab, "SELECT value FROM meta WHERE name = 'ledger'", text);
    CHECK(strlen(text) == 36);
    lab_remove(&lab);
}

static void test_stale_worker_files(void)
{
    struct lab lab;
    char stale[600];
    lab_make(&lab);
    snprintf(stale, sizeof stale, "%s.worker-w-0123456789abcdef", lab.path);
    write_file(stale, "", 0);
    CHECK(lab_open(&lab) == 0);
    CHECK(mode_of(stale) == 0);
    /* One that a run still names stays until the run is taken over. */
    CHECK(lab_run(&lab, "r-1") == 0);
    lab_number(&lab, "UPDATE run SET worker = 'w-0123456789abcdef'");
    lab_close(&lab);
    write_file(stale, "", 0);
    CHECK(lab_open(&lab) == 0);
    CHECK(mode_of(stale) != 0);
    lab_remove(&lab);
}

/* ---- disks ------------------------------------------------------------------------------------------------------ */

/* A small disk of our own, where that is permitted. */
static bool mount_disk(struct lab *lab, const char *options)
{
    lab_make(lab);
    if (mount("none", lab->folder, "tmpfs", 0, options) == 0)
        return true;
    printf("skipped: no disk can be mounted here (%s)\n", strerror(errno));
    lab_remove(lab);
    return false;
}

static void unmount_disk(struct lab *lab)
{
    lab_close(lab);
    CHECK(umount(lab->folder) == 0);
    rmdir(lab->folder);
}

/* Leaves this many bytes on the disk. */
static void fill_disk(struct lab *lab, size_t left)
{
    char path[600], block[4096] = {0};
    snprintf(path, sizeof path, "%s/filler", lab->folder);
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
    while (fd >= 0 && write(fd, block, sizeof block) == (ssize_t)sizeof block)
        continue;
    off_t size = lseek(fd, 0, SEEK_END);
    CHECK(fd >= 0 && ftruncate(fd, size > (off_t)left ? size - (off_t)left : 0) == 0);
    if (fd >= 0)
        close(fd);
}

static void empty_disk(struct lab *lab)
{
    char path[600];
    snprintf(path, sizeof path, "%s/filler", lab->folder);
    unlink(path);
}

static int write_much(struct tn_db *db, void *arg, struct tn_err *err)
{
    static char body[20000];
    (void)arg;
    memset(body, 'x', sizeof body - 1);
    int rc = 0;
    for (int i = 0; rc == 0 && i < 100; i++)
        rc = tn_event_insert(db, NULL, "much", NULL, body, err);
    return rc;
}

static void test_full_at_open(void)
{
    struct lab lab;
    if (!mount_disk(&lab, "size=60m"))
        return;
    CHECK(lab_open(&lab) == TENURE_ENOSPC);
    CHECK(strstr(lab.err.msg, lab.path) && strstr(lab.err.msg, "64 MB"));
    CHECK(mode_of(lab.path) == 0); /* nothing was made */
    unmount_disk(&lab);
}

static void test_full_while_running(void)
{
    struct lab lab;
    if (!mount_disk(&lab, "size=80m"))
        return;
    CHECK(lab_open(&lab) == 0);
    lab_run(&lab, "r-1");
    lab_guard(&lab, "r-1", "worth=100 USD");
    CHECK(lab_plan(&lab, "r-1", "sent", "1 EUR", "1 USD") == 0);
    CHECK(lab_plan(&lab, "r-1", "waiting", "1 EUR", "1 USD") == 0);
    CHECK(lab_approve(&lab, "r-1") == 0);
    CHECK(lab_intend(&lab, "sent", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    /* Little room: nothing new is sent, what was sent is recorded. */
    fill_disk(&lab, 1 << 20);
    CHECK(lab_intend(&lab, "waiting", "1 EUR", "1 USD", NULL) == TN_VERDICT_NOT_NOW);
    CHECK(lab.err.code == TENURE_ENOSPC);
    CHECK(lab_record(&lab, "sent", 1, TN_EFFECT_ACCEPTED, NULL, NULL) == 0);
    /* No room at all, the ballast gone too: the write fails with a plain reason and leaves no trace. */
    int64_t events = lab_number(&lab, "SELECT count(*) FROM event");
    fill_disk(&lab, 0);
    int rc = 0;
    for (int i = 0; rc == 0 && i < 20; i++)
        rc = lab_do(&lab, write_much, NULL);
    CHECK(rc == TENURE_ENOSPC);
    CHECK(strstr(lab.err.msg, lab.path) && strstr(lab.err.msg, "full"));
    CHECK(lab_state(&lab, "waiting") == TN_EFFECT_APPROVED);
    /* With room again it goes on. */
    empty_disk(&lab);
    CHECK(lab_record(&lab, "sent", 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0);
    CHECK(lab_intend(&lab, "waiting", "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT);
    CHECK(lab_number(&lab, "SELECT count(*) % 100 FROM event WHERE kind = 'much'") == 0);
    CHECK(lab_number(&lab, "SELECT count(*) FROM event") >= events);
    char text[256];
    lab_text(&lab, "PRAGMA integrity_check", text);
    CHECK_TEXT(text, "ok");
    unmount_disk(&lab);
}

static void test_read_only(void)
{
    struct lab lab;
    if (!mount_disk(&lab, "size=80m"))
        return;
    CHECK(mount("none", lab.folder, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=80m") == 0);
    CHECK(lab_open(&lab) == TENURE_EIO && strstr(lab.err.msg, lab.path));
    CHECK(mount("none", lab.folder, "tmpfs", MS_REMOUNT, "size=80m") == 0);
    CHECK(lab_open(&lab) == 0);
    lab_close(&lab);
    CHECK(mount("none", lab.folder, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=80m") == 0);
    CHECK(lab_open(&lab) == TENURE_EIO && strstr(lab.err.msg, lab.path));
    CHECK(strstr(lab.err.msg, "cannot be written") || strstr(lab.err.msg, "cannot be made"));
    unmount_disk(&lab);
}

int main(void)
{
    test_not_a_ledger();
    test_log_of_another();
    test_newer_version();
    test_older_versions();
    test_other_places();
    test_new_and_empty();
    test_durable();
    test_stale_worker_files();
    test_full_at_open();
    test_full_while_running();
    test_read_only();
    return check_result();
}
