/* The loop: jobs in order, timers by due time over a clock we hold still, and being woken from another thread. */
#include "loop/loop.h"

#include <poll.h>
#include <pthread.h>
#include <uv.h>

#include "check.h"

static int64_t now;

static int64_t read_clock(void *arg)
{
    (void)arg;
    return now;
}

static const struct tn_clock still = {.monotonic_ms = read_clock, .boottime_ms = read_clock, .wall_ms = read_clock};

static char trace[256];
static struct tn_loop *loop;

static void start(const struct tn_clock *clock)
{
    trace[0] = '\0';
    now = 1000;
    CHECK(tn_loop_new(clock, &loop, NULL) == TENURE_OK);
}

struct item {
    struct tn_job job;
    struct tn_timer timer;
    char letter;
    struct item *other;
};

static void note(char letter)
{
    size_t len = strlen(trace);
    trace[len] = letter;
    trace[len + 1] = '\0';
}

static void on_job(struct tn_job *job)
{
    note(tn_container_of(job, struct item, job)->letter);
}

static void on_timer(struct tn_timer *timer)
{
    note(tn_container_of(timer, struct item, timer)->letter);
}

/* ---- jobs ------------------------------------------------------------------------------------------------------- */

static void on_job_posts_other(struct tn_job *job)
{
    struct item *item = tn_container_of(job, struct item, job);
    note(item->letter);
    tn_job_post(loop, &item->other->job, on_job);
}

static void on_job_cancels_other(struct tn_job *job)
{
    struct item *item = tn_container_of(job, struct item, job);
    note(item->letter);
    tn_job_cancel(loop, &item->other->job);
}

static void on_job_again(struct tn_job *job)
{
    note('.');
    tn_job_post(loop, job, on_job_again);
}

static void test_jobs(void)
{
    start(&still);
    struct item a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'};
    tn_job_post(loop, &a.job, on_job);
    tn_job_post(loop, &b.job, on_job);
    tn_job_post(loop, &a.job, on_job); /* queued already: stays where it is */
    tn_job_post(loop, &c.job, on_job);
    tn_job_cancel(loop, &b.job);
    tn_job_cancel(loop, &b.job);
    CHECK(tn_loop_timeout_ms(loop) == 0);
    CHECK_TEXT(trace, ""); /* never inside the call that posts */
    CHECK(!tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "ac");
    CHECK(!tn_job_queued(&a.job) && tn_loop_timeout_ms(loop) == -1);
    trace[0] = '\0';
    a.other = &c;
    tn_job_post(loop, &a.job, on_job_cancels_other);
    tn_job_post(loop, &b.job, on_job);
    tn_job_post(loop, &c.job, on_job);
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "ab");
    trace[0] = '\0';
    a.other = &b;
    tn_job_post(loop, &a.job, on_job_posts_other);
    while (tn_loop_step(loop, 0))
        ;
    CHECK_TEXT(trace, "ab");
    trace[0] = '\0';
    tn_job_post(loop, &a.job, on_job_again); /* one that posts itself for ever does not keep a step from ending */
    CHECK(tn_loop_step(loop, -1));
    CHECK(strlen(trace) <= 2);
    tn_job_cancel(loop, &a.job);
    tn_loop_free(loop);
}

/* ---- timers ----------------------------------------------------------------------------------------------------- */

static void test_timers(void)
{
    start(&still);
    struct item a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'};
    CHECK(tn_timer_start(loop, &a.timer, 30, on_timer) == TENURE_OK);
    CHECK(tn_timer_start(loop, &b.timer, 10, on_timer) == TENURE_OK);
    CHECK(tn_timer_start(loop, &c.timer, 20, on_timer) == TENURE_OK);
    CHECK(tn_loop_timeout_ms(loop) == 10);
    CHECK(tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "");
    now += 9;
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "");
    now += 1;
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "b");
    CHECK(!tn_timer_running(&b.timer) && tn_timer_running(&a.timer));
    tn_timer_stop(loop, &c.timer);
    tn_timer_stop(loop, &c.timer);
    CHECK(tn_timer_start(loop, &a.timer, 100, on_timer) == TENURE_OK); /* moved, not doubled */
    now += 50;
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "b");
    now += 50;
    CHECK(!tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "ba");
    CHECK(tn_timer_start(loop, &a.timer, -5, on_timer) == TENURE_OK);
    CHECK(!tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "baa");
    trace[0] = '\0';
    struct item *const same_time[] = {&c, &a, &b, &c, NULL}; /* due together: in the order of their last start */
    for (int i = 0; same_time[i]; i++)
        CHECK(tn_timer_start(loop, &same_time[i]->timer, 10, on_timer) == TENURE_OK);
    now += 10;
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "abc");
    tn_loop_free(loop);
}

static void on_timer_restarts(struct tn_timer *timer)
{
    struct item *item = tn_container_of(timer, struct item, timer);
    note(item->letter);
    if (strlen(trace) < 3)
        tn_timer_start(loop, timer, 10, on_timer_restarts);
}

static void on_timer_stops_other(struct tn_timer *timer)
{
    struct item *item = tn_container_of(timer, struct item, timer);
    note(item->letter);
    tn_timer_stop(loop, &item->other->timer);
}

static void on_timer_starts_other(struct tn_timer *timer)
{
    struct item *item = tn_container_of(timer, struct item, timer);
    note(item->letter);
    tn_timer_start(loop, &item->other->timer, 5, on_timer);
}

/* What goes by while something is due and nobody steps is time in which the process did not run. */
static void test_stalls(void)
{
    start(&still);
    struct item a = {.letter = 'a'};
    int64_t began = tn_loop_ran_ms(loop);
    now += 100000; /* nothing was due: it may wait as long as it likes */
    tn_loop_step(loop, 0);
    CHECK(tn_loop_ran_ms(loop) - began == 100000);
    CHECK(tn_timer_start(loop, &a.timer, 5000, on_timer) == TENURE_OK);
    now += 5900; /* a busy moment */
    tn_loop_step(loop, 0);
    CHECK(tn_loop_ran_ms(loop) - began == 105900);
    CHECK(tn_timer_start(loop, &a.timer, 5000, on_timer) == TENURE_OK);
    now += 605000; /* stopped for ten minutes */
    tn_loop_step(loop, 0);
    CHECK(tn_loop_ran_ms(loop) - began == 110900);
    tn_job_post(loop, &a.job, on_job);
    now += 600000;
    tn_loop_step(loop, 0);
    CHECK(tn_loop_ran_ms(loop) - began == 110900);
    CHECK(tn_loop_now_ms(loop) - began == 1310900);
    CHECK_TEXT(trace, "aaa");
    tn_loop_free(loop);
}

static void test_timers_in_callbacks(void)
{
    start(&still);
    struct item a = {.letter = 'a'}, b = {.letter = 'b'};
    tn_timer_start(loop, &a.timer, 10, on_timer_restarts);
    for (int i = 0; i < 10; i++) {
        now += 10;
        tn_loop_step(loop, 0);
    }
    CHECK_TEXT(trace, "aaa");
    trace[0] = '\0';
    a.other = &b;
    tn_timer_start(loop, &a.timer, 1, on_timer_stops_other);
    tn_timer_start(loop, &b.timer, 2, on_timer);
    now += 10; /* both are due in the same step */
    CHECK(!tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "a");
    trace[0] = '\0';
    tn_timer_start(loop, &a.timer, 1, on_timer_starts_other);
    now += 10;
    CHECK(tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "a");
    now += 5;
    tn_loop_step(loop, 0);
    CHECK_TEXT(trace, "ab");
    tn_loop_free(loop);
}

/* Zero delay, restarted from inside: must come up in a later step, or the step would never end. */
static void on_timer_at_once(struct tn_timer *timer)
{
    note('z');
    if (strlen(trace) < 100)
        tn_timer_start(loop, timer, 0, on_timer_at_once);
}

static void test_zero_delay_ends_the_step(void)
{
    start(&still);
    struct item a = {0};
    tn_timer_start(loop, &a.timer, 0, on_timer_at_once);
    CHECK(tn_loop_step(loop, 0));
    CHECK_TEXT(trace, "z");
    tn_timer_stop(loop, &a.timer);
    tn_loop_free(loop);
}

static int64_t last_due;
static int fired, out_of_order;

static void on_timer_in_order(struct tn_timer *timer)
{
    out_of_order += timer->due_ms < last_due;
    last_due = timer->due_ms;
    fired++;
}

/* From 0 to below limit; the same in every run. */
static unsigned any(unsigned limit)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return (state >> 16) % limit;
}

/* A thousand timers, moved and stopped at random, fire once each and in order. */
static void test_heap(void)
{
    enum { COUNT = 1000 };
    static struct item items[COUNT];
    start(&still);
    for (int i = 0; i < COUNT * 20; i++) {
        struct item *item = &items[any(COUNT)];
        if (any(4) == 0)
            tn_timer_stop(loop, &item->timer);
        else
            tn_timer_start(loop, &item->timer, any(500), on_timer_in_order);
    }
    int running = 0;
    for (int i = 0; i < COUNT; i++)
        running += tn_timer_running(&items[i].timer);
    last_due = fired = out_of_order = 0;
    while (tn_loop_step(loop, 0))
        now += 7;
    CHECK(fired == running && running > 0 && out_of_order == 0);
    tn_loop_free(loop);
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static void *wake(void *arg)
{
    (void)arg;
    tn_loop_wake(loop);
    return NULL;
}

/* With nothing of its own to do a step waits for ever; only the other thread ends it. */
static void test_wake(void)
{
    start(NULL);
    pthread_t thread;
    for (int i = 0; i < 20; i++) {
        CHECK(pthread_create(&thread, NULL, wake, NULL) == 0);
        CHECK(!tn_loop_step(loop, -1));
        pthread_join(thread, NULL);
    }
    struct pollfd readable = {.fd = tn_loop_fd(loop), .events = POLLIN};
    while (poll(&readable, 1, 0) > 0)
        tn_loop_step(loop, 0);
    tn_loop_wake(loop);
    CHECK(poll(&readable, 1, 10000) == 1); /* a foreign poll sees it, too */
    tn_loop_step(loop, 0);
    tn_loop_free(loop);
    tn_loop_free(NULL);
}

static void test_real_timer(void)
{
    start(NULL);
    struct item a = {.letter = 'a'};
    tn_timer_start(loop, &a.timer, 5, on_timer);
    while (tn_loop_step(loop, -1))
        ;
    CHECK_TEXT(trace, "a");
    CHECK(!tn_loop_step(loop, 1));
    tn_loop_free(loop);
}

static void on_uv_timer(uv_timer_t *timer)
{
    note('u');
    uv_close((uv_handle_t *)timer, NULL);
}

/* Handles of the rooms live in the same step. */
static void test_uv_handles(void)
{
    start(NULL);
    uv_timer_t timer;
    uv_timer_init(tn_loop_uv(loop), &timer);
    uv_timer_start(&timer, on_uv_timer, 1, 0);
    while (tn_loop_step(loop, -1))
        ;
    CHECK_TEXT(trace, "u");
    tn_loop_free(loop);
}

int main(void)
{
    test_jobs();
    test_timers();
    test_stalls();
    test_timers_in_callbacks();
    test_zero_delay_ends_the_step();
    test_heap();
    test_wake();
    test_real_timer();
    test_uv_handles();
    return check_result();
}
