/*
 * The event loop: one thread, one libuv loop, our own timers over an injected clock.
 *
 * Everything of a host happens inside tn_loop_step(), on the thread that calls it. Other threads may only call
 * tn_loop_wake(). Callbacks never run inside the call that arms them: a finished thing is queued as a job and comes up
 * in the same or the next step.
 *
 *   foreign poll loop ──▶ tn_loop_fd / tn_loop_timeout_ms ──▶ tn_loop_step ─┬▶ jobs   (run queue, in order)
 *                                                                            ├▶ timers (heap, by due time)
 *                                                                            └▶ I/O    (libuv handles of the rooms)
 */
#ifndef TN_LOOP_LOOP_H
#define TN_LOOP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct uv_loop_s;
struct tn_loop;

/* clock is borrowed for the life of the loop; NULL: the system's. */
int tn_loop_new(const struct tn_clock *clock, struct tn_loop **out, struct tn_err *err);

/* Everything that used the loop is gone before it; uv handles that are closing are waited for. NULL is fine. */
void tn_loop_free(struct tn_loop *loop);

int tn_loop_fd(const struct tn_loop *loop);         /* readable when there is something to do; for a foreign poll() */
int tn_loop_timeout_ms(const struct tn_loop *loop); /* how long poll() may wait: 0 now, -1 for ever */

/* Do what is due, waiting at most max_wait_ms for it (0: not at all, -1: as long as it takes). True while jobs, timers
 * or I/O are left. */
bool tn_loop_step(struct tn_loop *loop, int max_wait_ms);

struct uv_loop_s *tn_loop_uv(struct tn_loop *loop);
const struct tn_clock *tn_loop_clock(const struct tn_loop *loop);
int64_t tn_loop_now_ms(const struct tn_loop *loop);  /* monotonic, read once per step */
int64_t tn_loop_wall_ms(const struct tn_loop *loop); /* since 1970 UTC */

/* The monotonic time less what went by while something was due and the process was stopped or starved: for how long
 * may be tried again. A process that wakes up after a day has not tried for a day. */
int64_t tn_loop_ran_ms(const struct tn_loop *loop);

/* From any thread: make a waiting tn_loop_step() return. */
void tn_loop_wake(struct tn_loop *loop);

/* A piece of work for this or the next step; embedded in what it belongs to, zeroed before first use. */
struct tn_job {
    void (*run)(struct tn_job *job);
    struct tn_job *prev, *next; /* NULL unless queued */
};
void tn_job_post(struct tn_loop *loop, struct tn_job *job,
                 void (*run)(struct tn_job *job)); /* no-op when queued already */
void tn_job_cancel(struct tn_loop *loop, struct tn_job *job);
static inline bool tn_job_queued(const struct tn_job *job)
{
    return job->next;
}

/* A timer, embedded in what waits, zeroed before first use. It fires once. */
struct tn_timer {
    void (*fire)(struct tn_timer *timer);
    int64_t due_ms;
    uint64_t order; /* of starts: timers due at the same time fire in this order */
    size_t slot;    /* place in the heap + 1; 0 when stopped */
};
/* TENURE_ENOMEM only when the heap has to grow and cannot. Restarting a running timer moves it. */
int tn_timer_start(struct tn_loop *loop, struct tn_timer *timer, int64_t delay_ms,
                   void (*fire)(struct tn_timer *timer));
void tn_timer_stop(struct tn_loop *loop, struct tn_timer *timer);
static inline bool tn_timer_running(const struct tn_timer *timer)
{
    return timer->slot;
}

/* The struct that a member is embedded in. */
#define tn_container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
