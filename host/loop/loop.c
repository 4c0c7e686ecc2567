/* The event loop: see loop.h. */
#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#define STALL_MS 1000 /* to be later than this is no longer the work of a busy moment */

struct tn_loop {
    uv_loop_t uv;
    uv_timer_t wake_timer; /* the one wake-up: armed for the earliest of our timers */
    uv_async_t wake_async;
    const struct tn_clock *clock;
    struct tn_job queue;  /* ring; queue.next is the first job */
    struct tn_job marker; /* queued behind the last job of a round while it runs */
    struct tn_timer **heap;
    size_t heap_len, heap_cap;
    uint64_t starts; /* of timers, ever */
    int64_t now_ms, stalled_ms;
};

static void on_wake_timer(uv_timer_t *timer)
{
    (void)timer; /* its only purpose is to end uv_run's wait */
}

static void on_wake_async(uv_async_t *async)
{
    (void)async;
}

int tn_loop_new(const struct tn_clock *clock, struct tn_loop **out, struct tn_err *err)
{
    struct tn_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return tn_err_no_memory(err);
    int rc = uv_loop_init(&loop->uv);
    if (rc < 0) {
        free(loop);
        return tn_err_set(err, TENURE_EIO, "event loop: %s", uv_strerror(rc));
    }
    loop->clock = clock ? clock : &tn_clock_system;
    loop->queue.next = loop->queue.prev = &loop->queue;
    loop->now_ms = loop->clock->monotonic_ms(loop->clock->arg);
    uv_timer_init(&loop->uv, &loop->wake_timer);
    rc = uv_async_init(&loop->uv, &loop->wake_async, on_wake_async);
    if (rc < 0) {
        uv_close((uv_handle_t *)&loop->wake_timer, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        uv_loop_close(&loop->uv);
        free(loop);
        return tn_err_set(err, TENURE_EIO, "event loop: %s", uv_strerror(rc));
    }
    uv_unref((uv_handle_t *)&loop->wake_async);
    *out = loop;
    return TENURE_OK;
}

void tn_loop_free(struct tn_loop *loop)
{
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->wake_timer, NULL);
    uv_close((uv_handle_t *)&loop->wake_async, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&loop->uv);
    assert(rc == 0); /* a room left a handle open */
    (void)rc;
    free(loop->heap);
    free(loop);
}

struct uv_loop_s *tn_loop_uv(struct tn_loop *loop)
{
    return &loop->uv;
}

const struct tn_clock *tn_loop_clock(const struct tn_loop *loop)
{
    return loop->clock;
}

int tn_loop_fd(const struct tn_loop *loop)
{
    return uv_backend_fd(&loop->uv);
}

int64_t tn_loop_now_ms(const struct tn_loop *loop)
{
    return loop->now_ms;
}

int64_t tn_loop_ran_ms(const struct tn_loop *loop)
{
    return loop->now_ms - loop->stalled_ms;
}

int64_t tn_loop_wall_ms(const struct tn_loop *loop)
{
    return loop->clock->wall_ms(loop->clock->arg);
}

void tn_loop_wake(struct tn_loop *loop)
{
    uv_async_send(&loop->wake_async);
}

/* ---- jobs ------------------------------------------------------------------------------------------------------- */

void tn_job_post(struct tn_loop *loop, struct tn_job *job, void (*run)(struct tn_job *job))
{
    if (tn_job_queued(job))
        return;
    job->run = run;
    job->prev = loop->queue.prev;
    job->next = &loop->queue;
    job->prev->next = job;
    loop->queue.prev = job;
}

void tn_job_cancel(struct tn_loop *loop, struct tn_job *job)
{
    (void)loop;
    if (!tn_job_queued(job))
        return;
    job->prev->next = job->next;
    job->next->prev = job->prev;
    job->next = job->prev = NULL;
}

/* Runs what is queued now; what those jobs queue comes up in the next round, so that I/O is never starved. */
static void run_jobs(struct tn_loop *loop)
{
    tn_job_post(loop, &loop->marker, NULL);
    while (loop->queue.next != &loop->marker) {
        struct tn_job *job = loop->queue.next;
        tn_job_cancel(loop, job);
        job->run(job);
    }
    tn_job_cancel(loop, &loop->marker);
}

static bool jobs_waiting(const struct tn_loop *loop)
{
    return loop->queue.next != &loop->queue;
}

/* ---- timers: a binary heap, earliest first ---------------------------------------------------------------------- */

static void place(struct tn_loop *loop, size_t index, struct tn_timer *timer)
{
    loop->heap[index] = timer;
    timer->slot = index + 1;
}

static bool is_before(const struct tn_timer *a, const struct tn_timer *b)
{
    return a->due_ms < b->due_ms || (a->due_ms == b->due_ms && a->order < b->order);
}

static void sift_up(struct tn_loop *loop, size_t index, struct tn_timer *timer)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;
        if (is_before(loop->heap[parent], timer))
            break;
        place(loop, index, loop->heap[parent]);
        index = parent;
    }
    place(loop, index, timer);
}

static void sift_down(struct tn_loop *loop, size_t index, struct tn_timer *timer)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= loop->heap_len)
            break;
        if (child + 1 < loop->heap_len && is_before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (is_before(timer, loop->heap[child]))
            break;
        place(loop, index, loop->heap[child]);
        index = child;
    }
    place(loop, index, timer);
}

int tn_timer_start(struct tn_loop *loop, struct tn_timer *timer, int64_t delay_ms, void (*fire)(struct tn_timer *timer))
{
    tn_timer_stop(loop, timer);
    if (loop->heap_len == loop->heap_cap) {
        size_t cap = loop->heap_cap ? loop->heap_cap * 2 : 64;
        struct tn_timer **heap = realloc(loop->heap, cap * sizeof *heap);
        if (!heap)
            return TENURE_ENOMEM;
        loop->heap = heap;
        loop->heap_cap = cap;
    }
    timer->fire = fire;
    timer->due_ms = loop->clock->monotonic_ms(loop->clock->arg) + (delay_ms > 0 ? delay_ms : 0);
    timer->order = ++loop->starts;
    loop->heap_len++;
    sift_up(loop, loop->heap_len - 1, timer);
    return TENURE_OK;
}

void tn_timer_stop(struct tn_loop *loop, struct tn_timer *timer)
{
    if (!tn_timer_running(timer))
        return;
    size_t index = timer->slot - 1;
    timer->slot = 0;
    struct tn_timer *last = loop->heap[--loop->heap_len];
    if (last == timer)
        return;
    if (index > 0 && is_before(last, loop->heap[(index - 1) / 2]))
        sift_up(loop, index, last);
    else
        sift_down(loop, index, last);
}

/* One that is started meanwhile waits for the next step, however short its delay. */
static void fire_timers(struct tn_loop *loop)
{
    uint64_t last = loop->starts;
    while (loop->heap_len > 0 && loop->heap[0]->due_ms <= loop->now_ms && loop->heap[0]->order <= last) {
        struct tn_timer *timer = loop->heap[0];
        tn_timer_stop(loop, timer);
        timer->fire(timer);
    }
}

/* ---- stepping --------------------------------------------------------------------------------------------------- */

/* Milliseconds until something of ours is due: 0 now, -1 never. */
static int own_timeout_ms(const struct tn_loop *loop)
{
    if (jobs_waiting(loop))
        return 0;
    if (loop->heap_len == 0)
        return -1;
    int64_t wait = loop->heap[0]->due_ms - loop->clock->monotonic_ms(loop->clock->arg);
    return wait <= 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

int tn_loop_timeout_ms(const struct tn_loop *loop)
{
    int own = own_timeout_ms(loop), uv = uv_loop_alive(&loop->uv) ? uv_backend_timeout(&loop->uv) : -1;
    if (own < 0 || uv < 0)
        return own > uv ? own : uv;
    return own < uv ? own : uv;
}

static int shorter(int wait_ms, int max_wait_ms)
{
    if (wait_ms < 0)
        return max_wait_ms;
    return max_wait_ms < 0 || wait_ms < max_wait_ms ? wait_ms : max_wait_ms;
}

/* One round of I/O, waiting at most wait_ms (-1: until something happens). */
static void poll_io(struct tn_loop *loop, int wait_ms)
{
    if (wait_ms == 0) {
        uv_run(&loop->uv, UV_RUN_NOWAIT);
        return;
    }
    if (wait_ms > 0) {
        uv_update_time(&loop->uv);
        uv_timer_start(&loop->wake_timer, on_wake_timer, (uint64_t)wait_ms, 0);
    } else {
        uv_ref((uv_handle_t *)&loop->wake_async); /* so that uv waits even when only another thread can wake it */
    }
    uv_run(&loop->uv, UV_RUN_ONCE);
    uv_timer_stop(&loop->wake_timer);
    uv_unref((uv_handle_t *)&loop->wake_async);
}

static void update_time(struct tn_loop *loop)
{
    int64_t now_ms = loop->clock->monotonic_ms(loop->clock->arg), due_ms = now_ms;
    if (jobs_waiting(loop))
        due_ms = loop->now_ms;
    else if (loop->heap_len > 0)
        due_ms = loop->heap[0]->due_ms > loop->now_ms ? loop->heap[0]->due_ms : loop->now_ms;
    if (now_ms - due_ms > STALL_MS)
        loop->stalled_ms += now_ms - due_ms;
    loop->now_ms = now_ms;
}

bool tn_loop_step(struct tn_loop *loop, int max_wait_ms)
{
    update_time(loop);
    run_jobs(loop);
    poll_io(loop, shorter(own_timeout_ms(loop), max_wait_ms));
    update_time(loop);
    fire_timers(loop);
    run_jobs(loop);
    return jobs_waiting(loop) || loop->heap_len > 0 || uv_loop_alive(&loop->uv);
}
