/* The ledger's works, and the thread that does them: see ledger.h. */
#include "ledger/ledger.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/killpoint.h"
#include "ledger/audit.h"
#include "ledger/database.h"
#include "ledger/place.h"
#include "ledger/sqlite.h"
#include "ledger/worker.h"

#define SEAL_AFTER_MS 1000
#define GROUP_MAX 1024 /* works in one commit: more would only delay the first of them */

struct work_list {
    struct tn_ledger_work *first, *last;
};

struct tn_ledger {
    struct tn_loop *loop;
    char *path;
    struct tn_worker *worker;
    struct tn_db *db; /* the thread's own, once it runs */
    uv_async_t finished_async;
    bool closed;     /* loop's side */
    bool threadless; /* works run in jobs of the loop */
    struct tn_job work_job, finished_job;
    struct tn_timer seal_timer;
    char *actor;
    pthread_t thread;
    pthread_mutex_t mutex; /* over all that follows */
    pthread_cond_t wanted;
    struct work_list queue, finished;
    int64_t wall_ms; /* the loop's clock at the latest submission */
    uint64_t in_flight;
    struct tn_ledger_counts counts;
    bool unsealed;       /* events are waiting to be sealed, or the head to be written, */
    int64_t seal_due_ms; /* by then, on the monotonic clock */
    char suspicion[TN_SUSPICION_TEXT];
    bool stopping;
};

static void append(struct work_list *list, struct tn_ledger_work *work)
{
    work->next = NULL;
    if (list->last)
        list->last->next = work;
    else
        list->first = work;
    list->last = work;
}

static struct tn_ledger_work *take_first(struct work_list *list)
{
    struct tn_ledger_work *work = list->first;
    if (work) {
        list->first = work->next;
        list->last = work->next ? list->last : NULL;
        work->next = NULL;
    }
    return work;
}

/* ---- the ledger thread ------------------------------------------------------------------------------------------ */

/* One piece inside its savepoint. Work without done() may be gone once it ran, so its error is kept here. */
static void run_work(struct tn_db *db, struct tn_ledger_work *work, struct work_list *ran)
{
    bool waited_for = work->done;
    struct tn_err err = {0};
    if (db->failed.code == 0 && tn_db_run(db, &err, "SAVEPOINT work", NULL, 0) < 0)
        tn_db_fail(db, err.code, "%s", err.msg); /* run() gets to know, as it does when there is no transaction */
    err = (struct tn_err){0};
    int rc = work->run(db, work, &err);
    if (rc < 0 && err.code == 0)
        tn_err_set(&err, rc, "%s", tn_status_text(rc));
    if (rc >= 0)
        err = (struct tn_err){0};
    if (db->failed.code == 0 && rc < 0 && tn_db_run(db, NULL, "ROLLBACK TO work", NULL, 0) < 0)
        tn_db_fail(db, TENURE_EIO, "ledger '%s': a failed piece of work cannot be undone alone", db->path);
    if (db->failed.code == 0 && tn_db_run(db, NULL, "RELEASE work", NULL, 0) < 0)
        tn_db_fail(db, TENURE_EIO, "ledger '%s': a piece of work cannot be closed", db->path);
    if (!waited_for)
        return;
    work->err = err;
    append(ran, work);
}

/* Everything is run exactly once, also when the transaction cannot begin: then all it does answers why. */
static size_t run_group(struct tn_db *db, struct work_list *group, int64_t wall_ms, struct work_list *ran)
{
    struct tn_err err = {0};
    size_t count = 0;
    db->patience = group->first->reads ? TN_DB_READS : TN_DB_WAITS;
    if (tn_db_begin(db, wall_ms, &err) < 0)
        tn_db_fail(db, err.code, "%s", err.msg);
    for (struct tn_ledger_work *work = take_first(group); work; work = take_first(group), count++)
        run_work(db, work, ran);
    bool committed = tn_db_commit(db, &err) == TENURE_OK;
    TN_KILL_NOTED("K3", committed);
    for (struct tn_ledger_work *work = committed ? NULL : ran->first; work; work = work->next)
        work->err = err;
    return count;
}

/* ---- sealing ---------------------------------------------------------------------------------------------------- */

/* The thread waits by the real clock, whatever the loop's clock says. */
static int64_t monotonic_ms(const struct tn_ledger *ledger)
{
    const struct tn_clock *clock = ledger->threadless ? tn_loop_clock(ledger->loop) : &tn_clock_system;
    return clock->monotonic_ms(clock->arg);
}

enum sealing { SEALED_ALL, SEALED_SOME, SEALED_NOT };

/* One batch in a transaction of its own; then the head goes outside. What fails is tried again: the next to seal takes
 * all that is there. */
static enum sealing seal(struct tn_ledger *ledger, int64_t wall_ms)
{
    struct tn_db *db = ledger->db;
    db->patience = TN_DB_TRIES;
    if (tn_db_begin(db, wall_ms, NULL) < 0)
        return SEALED_NOT;
    int more = tn_audit_seal_some(db, NULL);
    if (more < 0)
        db->ops->rollback(db);
    if (more < 0 || tn_db_commit(db, NULL) < 0)
        return SEALED_NOT;
    return more > 0 ? SEALED_SOME : SEALED_ALL;
}

static bool publish(struct tn_ledger *ledger)
{
    struct tn_db *db = ledger->db;
    db->failed.code = TENURE_OK; /* of a transaction that is over */
    bool published = !db->sealed || tn_audit_publish(db, NULL) == TENURE_OK;
    if (published)
        db->sealed = false;
    return published;
}

/* After a group, or when the time has come: what is left to be sealed, and when. Under the mutex. */
static void plan_sealing(struct tn_ledger *ledger, enum sealing sealing, bool tried)
{
    struct tn_db *db = ledger->db;
    int64_t now_ms = monotonic_ms(ledger);
    if (tried)
        ledger->unsealed = sealing != SEALED_ALL;
    if (tried && ledger->unsealed)
        ledger->seal_due_ms = sealing == SEALED_SOME ? now_ms : now_ms + SEAL_AFTER_MS;
    if (db->events_written && !ledger->unsealed) {
        ledger->unsealed = true;
        ledger->seal_due_ms = now_ms + SEAL_AFTER_MS;
    }
    db->events_written = false;
    if (strcmp(ledger->suspicion, db->suspicion) != 0)
        memcpy(ledger->suspicion, db->suspicion, sizeof ledger->suspicion);
}

/* What only reads is not held up by what writes, in this process or another. */
static bool fits(const struct work_list *group, const struct tn_ledger_work *work)
{
    return work && (!group->first || group->first->reads == work->reads);
}

/* What is done at once: works in one transaction, and perhaps sealing. */
struct round {
    struct work_list group;
    int64_t wall_ms;
    bool seal_now;
};

/* Under the mutex. False: nothing to do. */
static bool take_round(struct tn_ledger *ledger, struct round *round)
{
    *round = (struct round){.wall_ms = ledger->wall_ms};
    for (size_t i = 0; i < GROUP_MAX && fits(&round->group, ledger->queue.first); i++)
        append(&round->group, take_first(&ledger->queue));
    round->seal_now = ledger->unsealed && monotonic_ms(ledger) >= ledger->seal_due_ms;
    return round->group.first || round->seal_now;
}

/* True: works were done, and those that are waited for are in ledger->finished. */
static bool do_round(struct tn_ledger *ledger, struct round *round)
{
    struct work_list ran = {0};
    size_t count = round->group.first ? run_group(ledger->db, &round->group, round->wall_ms, &ran) : 0;
    enum sealing sealing = round->seal_now ? seal(ledger, round->wall_ms) : SEALED_ALL;
    if (!publish(ledger))
        sealing = SEALED_NOT;
    pthread_mutex_lock(&ledger->mutex);
    plan_sealing(ledger, sealing, round->seal_now || sealing == SEALED_NOT);
    if (count > 0) {
        ledger->counts.works += count;
        ledger->counts.groups++;
    }
    size_t unheard = count;
    for (struct tn_ledger_work *work = take_first(&ran); work; work = take_first(&ran), unheard--)
        append(&ledger->finished, work);
    ledger->in_flight -= unheard; /* those that nobody waits for */
    pthread_mutex_unlock(&ledger->mutex);
    return count > 0;
}

/* Nothing is waited for any more: all that is left, once. */
static void seal_rest(struct tn_ledger *ledger)
{
    enum sealing sealing = ledger->unsealed ? SEALED_SOME : SEALED_ALL;
    while (sealing == SEALED_SOME)
        sealing = seal(ledger, ledger->wall_ms);
    publish(ledger);
}

static void wait_for_work(struct tn_ledger *ledger)
{
    int rc = 0;
    while (!ledger->queue.first && !ledger->stopping && rc != ETIMEDOUT) {
        const struct timespec due = {.tv_sec = ledger->seal_due_ms / 1000,
                                     .tv_nsec = ledger->seal_due_ms % 1000 * 1000000};
        rc = ledger->unsealed ? pthread_cond_timedwait(&ledger->wanted, &ledger->mutex, &due)
                              : pthread_cond_wait(&ledger->wanted, &ledger->mutex);
    }
}

static void *ledger_thread(void *arg)
{
    struct tn_ledger *ledger = arg;
    struct round round;
    pthread_mutex_lock(&ledger->mutex);
    for (;;) {
        wait_for_work(ledger);
        take_round(ledger, &round);
        if (!round.group.first && ledger->stopping)
            break;
        pthread_mutex_unlock(&ledger->mutex);
        if (do_round(ledger, &round))
            uv_async_send(&ledger->finished_async);
        pthread_mutex_lock(&ledger->mutex);
    }
    pthread_mutex_unlock(&ledger->mutex);
    seal_rest(ledger);
    return NULL;
}

/* ---- the loop's side -------------------------------------------------------------------------------------------- */

static void free_ledger(struct tn_ledger *ledger)
{
    if (ledger->db)
        ledger->db->ops->close(ledger->db);
    tn_worker_close(ledger->worker);
    pthread_mutex_destroy(&ledger->mutex);
    pthread_cond_destroy(&ledger->wanted);
    free(ledger->actor);
    free(ledger->path);
    free(ledger);
}

static void on_closed(uv_handle_t *handle)
{
    free_ledger(tn_container_of(handle, struct tn_ledger, finished_async));
}

static struct tn_ledger_work *take_finished(struct tn_ledger *ledger, bool *idle)
{
    pthread_mutex_lock(&ledger->mutex);
    struct tn_ledger_work *work = take_first(&ledger->finished);
    ledger->in_flight -= work ? 1 : 0;
    *idle = ledger->in_flight == 0;
    pthread_mutex_unlock(&ledger->mutex);
    return work;
}

/* done() may submit more, and may close the ledger: then the rest is not told. */
static void tell_finished(struct tn_ledger *ledger)
{
    bool idle = false;
    while (!ledger->closed) {
        struct tn_ledger_work *work = take_finished(ledger, &idle);
        if (!work)
            break;
        work->done(work);
    }
    if (!ledger->closed && idle)
        uv_unref((uv_handle_t *)&ledger->finished_async);
}

static void on_finished(uv_async_t *async)
{
    tell_finished(tn_container_of(async, struct tn_ledger, finished_async));
}

/* ---- without a thread ------------------------------------------------------------------------------------------- */

static void on_finished_job(struct tn_job *job)
{
    tell_finished(tn_container_of(job, struct tn_ledger, finished_job));
}

static void on_work_job(struct tn_job *job);

static void on_seal_timer(struct tn_timer *timer)
{
    struct tn_ledger *ledger = tn_container_of(timer, struct tn_ledger, seal_timer);
    tn_job_post(ledger->loop, &ledger->work_job, on_work_job);
}

static void on_work_job(struct tn_job *job)
{
    struct tn_ledger *ledger = tn_container_of(job, struct tn_ledger, work_job);
    struct round round;
    if (take_round(ledger, &round) && do_round(ledger, &round))
        tn_job_post(ledger->loop, &ledger->finished_job, on_finished_job);
    if (ledger->queue.first)
        tn_job_post(ledger->loop, job, on_work_job);
    else if (ledger->unsealed) /* without memory for the timer the next work seals */
        tn_timer_start(ledger->loop, &ledger->seal_timer, ledger->seal_due_ms - monotonic_ms(ledger), on_seal_timer);
}

/* All that is left, as the thread does it when it is stopped. */
static void finish_works(struct tn_ledger *ledger)
{
    struct round round;
    tn_job_cancel(ledger->loop, &ledger->work_job);
    tn_job_cancel(ledger->loop, &ledger->finished_job);
    tn_timer_stop(ledger->loop, &ledger->seal_timer);
    while (ledger->queue.first && take_round(ledger, &round))
        do_round(ledger, &round);
    seal_rest(ledger);
}

/* ---- submitting ------------------------------------------------------------------------------------------------- */

void tn_ledger_submit(struct tn_ledger *ledger, struct tn_ledger_work *work)
{
    work->err = (struct tn_err){0};
    int64_t wall_ms = tn_loop_wall_ms(ledger->loop);
    pthread_mutex_lock(&ledger->mutex);
    ledger->wall_ms = wall_ms;
    ledger->in_flight++;
    append(&ledger->queue, work);
    pthread_cond_signal(&ledger->wanted);
    pthread_mutex_unlock(&ledger->mutex);
    uv_ref((uv_handle_t *)&ledger->finished_async); /* the loop stays alive until it has come back */
    if (ledger->threadless)
        tn_job_post(ledger->loop, &ledger->work_job, on_work_job);
}

bool tn_ledger_busy(const struct tn_ledger *ledger)
{
    struct tn_ledger *own = (struct tn_ledger *)ledger;
    pthread_mutex_lock(&own->mutex);
    bool busy = own->in_flight > 0;
    pthread_mutex_unlock(&own->mutex);
    return busy;
}

struct tn_ledger_counts tn_ledger_counts(const struct tn_ledger *ledger)
{
    struct tn_ledger *own = (struct tn_ledger *)ledger;
    pthread_mutex_lock(&own->mutex);
    struct tn_ledger_counts counts = own->counts;
    pthread_mutex_unlock(&own->mutex);
    return counts;
}

int tn_ledger_set_actor(struct tn_ledger *ledger, const char *actor, struct tn_err *err)
{
    char *copy = strdup(actor);
    if (!copy)
        return tn_err_no_memory(err);
    free(ledger->actor);
    ledger->actor = copy;
    ledger->db->actor = copy;
    return TENURE_OK;
}

bool tn_ledger_suspect(const struct tn_ledger *ledger)
{
    struct tn_ledger *own = (struct tn_ledger *)ledger;
    pthread_mutex_lock(&own->mutex);
    bool suspect = *own->suspicion;
    pthread_mutex_unlock(&own->mutex);
    return suspect;
}

char *tn_ledger_suspicion(const struct tn_ledger *ledger, char text[TN_SUSPICION_TEXT])
{
    struct tn_ledger *own = (struct tn_ledger *)ledger;
    pthread_mutex_lock(&own->mutex);
    memcpy(text, own->suspicion, TN_SUSPICION_TEXT);
    pthread_mutex_unlock(&own->mutex);
    return text;
}

bool tn_ledger_read_only(const struct tn_ledger *ledger)
{
    return ledger->db->read_only; /* never changes */
}

const char *tn_ledger_path(const struct tn_ledger *ledger)
{
    return ledger->path;
}

const char *tn_ledger_worker(const struct tn_ledger *ledger)
{
    return tn_worker_id(ledger->worker);
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

/* Is it the ledger its head file knows, and was everything in it sealed? */
static int check_audit(struct tn_ledger *ledger, int64_t wall_ms, struct tn_err *err)
{
    ledger->wall_ms = ledger->db->wall_ms = wall_ms;
    int rc = tn_audit_check(ledger->db, err);
    if (rc == TENURE_OK)
        rc = tn_audit_unsealed(ledger->db, err);
    if (rc < 0)
        return rc;
    ledger->unsealed = rc > 0 && !ledger->db->read_only;
    ledger->seal_due_ms = monotonic_ms(ledger);
    memcpy(ledger->suspicion, ledger->db->suspicion, sizeof ledger->suspicion);
    return TENURE_OK;
}

static int open_to_write(struct tn_ledger *ledger, struct tn_err *err)
{
    int rc = tn_place_create(ledger->path, err);
    if (rc == TENURE_OK)
        rc = tn_sqlite_open(ledger->path, &ledger->db, err);
    if (rc == TENURE_OK)
        rc = tn_worker_open(ledger->path, &ledger->worker, err);
    if (rc < 0)
        return rc;
    ledger->db->worker = tn_worker_id(ledger->worker);
    tn_place_ballast_make(ledger->path);
    tn_worker_sweep(ledger->db);
    return TENURE_OK;
}

static int open_full(struct tn_ledger *ledger, struct tn_err *err)
{
    int rc = tn_sqlite_open_full(ledger->path, &ledger->db, err);
    if (rc == TENURE_OK)
        ledger->db->worker = "";
    return rc;
}

static int open_files(struct tn_ledger *ledger, const char *url, bool reads, struct tn_err *err)
{
    struct tn_err full = {0};
    int rc = tn_place_find(url, &ledger->path, err);
    if (rc < 0)
        return rc;
    if (tn_place_check_room(ledger->path, &full) == TENURE_OK)
        rc = open_to_write(ledger, err);
    else
        rc = reads ? open_full(ledger, err) : tn_err_set(err, full.code, "%s", full.msg);
    if (rc < 0)
        return rc;
    const struct tn_clock *clock = tn_loop_clock(ledger->loop);
    ledger->db->opened_awake_ms = clock->monotonic_ms(clock->arg);
    return check_audit(ledger, clock->wall_ms(clock->arg), err);
}

/* Signals belong to the program's own threads. */
static int start_thread(struct tn_ledger *ledger)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&ledger->thread, NULL, ledger_thread, ledger);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

enum opening { TO_WRITE, TO_READ, THREADLESS };

static int open_ledger(struct tn_loop *loop, const char *url, enum opening opening, struct tn_ledger **out,
                       struct tn_err *err)
{
    struct tn_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger)
        return tn_err_no_memory(err);
    ledger->loop = loop;
    ledger->threadless = opening == THREADLESS;
    pthread_mutex_init(&ledger->mutex, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&ledger->wanted, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = open_files(ledger, url, opening == TO_READ, err);
    if (rc < 0) {
        free_ledger(ledger);
        return rc;
    }
    int reason = uv_async_init(tn_loop_uv(loop), &ledger->finished_async, on_finished);
    if (reason < 0) {
        rc = tn_err_set(err, TENURE_EIO, "ledger '%s': %s", ledger->path, uv_strerror(reason));
        free_ledger(ledger);
        return rc;
    }
    uv_unref((uv_handle_t *)&ledger->finished_async);
    reason = ledger->threadless ? 0 : start_thread(ledger);
    if (reason != 0) {
        rc = tn_err_set(err, TENURE_EIO, "ledger '%s': no thread: %s", ledger->path, strerror(reason));
        uv_close((uv_handle_t *)&ledger->finished_async, on_closed);
        return rc;
    }
    if (ledger->threadless && ledger->unsealed)
        tn_job_post(loop, &ledger->work_job, on_work_job);
    *out = ledger;
    return TENURE_OK;
}

int tn_ledger_open(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err)
{
    return open_ledger(loop, url, TO_WRITE, out, err);
}

int tn_ledger_open_to_read(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err)
{
    return open_ledger(loop, url, TO_READ, out, err);
}

int tn_ledger_open_threadless(struct tn_loop *loop, const char *url, struct tn_ledger **out, struct tn_err *err)
{
    return open_ledger(loop, url, THREADLESS, out, err);
}

static void stop_thread(struct tn_ledger *ledger)
{
    pthread_mutex_lock(&ledger->mutex);
    ledger->stopping = true;
    pthread_cond_signal(&ledger->wanted);
    pthread_mutex_unlock(&ledger->mutex);
    pthread_join(ledger->thread, NULL);
}

/* The files are closed at once; the memory goes when the loop has let go of the handle. */
void tn_ledger_close(struct tn_ledger *ledger)
{
    if (!ledger || ledger->closed)
        return;
    ledger->closed = true;
    if (ledger->threadless)
        finish_works(ledger);
    else
        stop_thread(ledger);
    ledger->db->ops->close(ledger->db);
    ledger->db = NULL;
    tn_worker_close(ledger->worker);
    ledger->worker = NULL;
    uv_close((uv_handle_t *)&ledger->finished_async, on_closed);
}
