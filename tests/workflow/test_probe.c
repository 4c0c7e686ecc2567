/*
 * The n-th allocation fails while a probe begins: the run ends for want of memory. What could not be kept is never taken
 * for what was not there, which would list the effect for a person with a reason that is not so.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "check.h"
#include "workflow/pass.h"

static long left = -1; /* allocations that still succeed; negative: all */
static bool listed;    /* for a person, without a look; */
static bool told;      /* with the reason that there is nothing to compare with */

void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
char *__wrap_strdup(const char *text);

static bool granted(void)
{
    if (left > 0)
        left--;
    return left != 0;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return granted() ? __real_calloc(count, bytes) : NULL;
}

void *__wrap_realloc(void *block, size_t bytes)
{
    return granted() ? __real_realloc(block, bytes) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return granted() ? __real_strdup(text) : NULL;
}

/* ---- the ledger: at once, on this thread ------------------------------------------------------------------------- */

void __wrap_tn_ledger_submit(struct tn_ledger *ledger, struct tn_ledger_work *work);
int __wrap_tn_effect_find(struct tn_db *db, const char *key,
                          int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg, struct tn_err *err);
int __wrap_tn_effect_probed(struct tn_db *db, const char *key, int64_t attempt, const char *code, const char *evidence,
                            struct tn_err *err);

void __wrap_tn_ledger_submit(struct tn_ledger *ledger, struct tn_ledger_work *work)
{
    (void)ledger;
    int rc = work->run(NULL, work, &work->err);
    CHECK(rc == work->err.code);
    work->done(work);
}

int __wrap_tn_effect_find(struct tn_db *db, const char *key,
                          int (*on_row)(void *arg, const struct tn_effect_row *effect), void *arg, struct tn_err *err)
{
    (void)db, (void)err;
    static const char order[] = "00000000-0000-4000-8000-00000000000a";
    char subject[160];
    snprintf(subject, sizeof subject, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", order,
             order);
    const struct tn_effect_row row = {.key = key,
                                      .run = "r-1",
                                      .customer = "c1",
                                      .operation = "refund",
                                      .state = TN_EFFECT_UNKNOWN,
                                      .attempt = 1,
                                      .quantity = 1,
                                      .subject = subject,
                                      .request = "{}",
                                      .snapshot = "{}"};
    return on_row(arg, &row);
}

int __wrap_tn_effect_probed(struct tn_db *db, const char *key, int64_t attempt, const char *code, const char *evidence,
                            struct tn_err *err)
{
    (void)db, (void)key, (void)attempt, (void)code, (void)err;
    listed = true;
    told = told || strstr(evidence, "nothing was noted");
    return TENURE_OK;
}

/* A probe begins; the run's error. */
static int begin(struct tn_loop *loop, long allocations, bool *looks)
{
    struct tn_run run = {.setup = {.loop = loop, .quiet_ms = 1000}, .finishing = true};
    left = allocations;
    tn_pass_probe_start(&run, "key");
    left = -1;
    *looks = tn_pass_probes_open(&run);
    tn_pass_probes_free(&run, true);
    return run.err.code;
}

int main(void)
{
    struct tn_loop *loop;
    struct tn_err err = {0};
    if (tn_loop_new(&tn_clock_system, &loop, &err) < 0) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    bool looks = false;
    long failed = 0;
    for (long n = 1; !looks && n < 100; n++) {
        int code = begin(loop, n, &looks);
        /* Without a probe the next apply makes one; where no timer can be had, nobody can look. */
        CHECK(looks || listed ? code == 0 : n == 1 || code == TENURE_ENOMEM);
        failed += code == TENURE_ENOMEM;
        listed = false;
    }
    CHECK(looks && !told && failed >= 3);
    tn_loop_free(loop);
    return check_result();
}
