/* One process: see process.h. */
#include "process.h"

#include <errno.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "azure/call.h"
#include "disk.h"
#include "json/json.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "lua/script.h"
#include "oracle.h"
#include "service.h"
#include "wire.h"
#include "workflow/run.h"

const char *const crash_names[CRASHES] = {"never",        "between two steps", "at a write",          "at a sync",
                                          "after a sync", "before sending",    "right after sending", "at an answer"};

struct process {
    struct world *world;
    struct process_plan plan;
    struct chance chance; /* what it draws by itself, apart from the world's */
    struct tn_loop *loop;
    lua_State *documents;
    struct tn_http *http;
    struct tn_auth *auth;
    struct tn_engine *engine;
    struct tn_ledger *ledger;
    struct tn_run *run;
    struct tn_run_setup setup;
    struct tn_ledger_work work;
    char run_id[48];
    struct tn_err err;
    uint64_t groups; /* commits seen */
    int64_t passed;  /* points of the kind it ends at */
    int64_t stopped_until_ms;
    bool dead, over, applies;
};

/* ---- for the disk and the wire ---------------------------------------------------------------------------------- */

bool process_is_dead(const struct process *process)
{
    return process->dead;
}

void process_kill(struct process *process)
{
    process->dead = true;
}

bool process_reaches(struct process *process, enum crash point)
{
    if (!process->dead && process->plan.crash == point && process->passed++ == process->plan.after) {
        tell(process->world, "process %d ends %s", process->plan.number, crash_names[point]);
        process->dead = true;
    }
    return process->dead;
}

int process_disk_trouble(struct process *process, bool sync)
{
    struct world *world = process->world;
    if (process->dead)
        return EIO;
    if (!world->weather.disk || chance_below(&world->chance, 20000) >= world->weather.disk)
        return 0;
    int trouble = sync || chance_hits(&world->chance, 300) ? EIO : ENOSPC;
    tell(world, "the disk of process %d %s", process->plan.number, trouble == EIO ? "fails" : "is full");
    return trouble;
}

void process_random(struct process *process, void *bytes, size_t len)
{
    unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        at[i] = (unsigned char)chance_next(&process->chance);
}

struct world *process_world(const struct process *process)
{
    return process->world;
}

struct tn_loop *process_loop(const struct process *process)
{
    return process->loop;
}

const char *process_worker(const struct process *process)
{
    return tn_ledger_worker(process->ledger);
}

int process_number(const struct process *process)
{
    return process->plan.number;
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

/* As the host does it: a cloud that is given up ends the pass, resumably. */
static void on_contact(void *arg, const struct tn_http_contact_event *event)
{
    struct process *process = arg;
    if (event->contact != TN_HTTP_LOST || !process->run || process->over)
        return;
    tell(process->world, "process %d gives the service up: %s", process->plan.number, event->err.msg);
    process->world->lost++;
    tn_run_lost(process->run, &event->err);
}

static int connect_engine(struct process *process, struct tn_err *err)
{
    struct tn_http_options options = {
        .allow_plain = true, .transport = wire_new(process), .watcher = {.on_contact = on_contact, .arg = process}};
    struct tn_credential *credential = NULL;
    struct tn_cloud cloud;
    int rc = tn_http_new(process->loop, &options, &process->http, err);
    if (rc == TENURE_OK)
        rc = tn_cloud_find(&cloud, SERVICE_URL, err);
    if (rc == TENURE_OK)
        rc = tn_credential_secret("a-client", "a-secret", NULL, &credential, err);
    if (rc == TENURE_OK)
        rc = tn_auth_new(process->loop, process->http, process->documents, &cloud, credential, &process->auth, err);
    if (rc == TENURE_OK)
        rc = tn_engine_new(process->loop, process->http, process->auth, SERVICE_TENANT, &process->engine, err);
    return rc;
}

static void on_pass_done(void *arg, const struct tn_err *err)
{
    struct process *process = arg;
    process->over = true;
    process->err = *err;
}

static void fill_setup(struct process *process)
{
    process->setup = (struct tn_run_setup){.loop = process->loop,
                                           .engine = process->engine,
                                           .ledger = process->ledger,
                                           .scripts = &tn_script_lua,
                                           .documents = process->documents,
                                           .workflow = process->plan.workflow,
                                           .inputs = "{}",
                                           .request = "{}",
                                           .actor = "schedule@test",
                                           .concurrency = process->plan.concurrency,
                                           .partner_tenant = SERVICE_TENANT,
                                           .quiet_ms = process->world->quiet_ms,
                                           .settle_by_hand = process->plan.manual,
                                           .no_wait = process->plan.no_wait,
                                           .done = on_pass_done,
                                           .arg = process};
}

struct process *process_open(struct world *world, const struct process_plan *plan, struct tn_err *err)
{
    struct process *process = calloc(1, sizeof *process);
    if (!process)
        abort();
    *process = (struct process){.world = world, .plan = *plan, .chance = {chance_next(&world->chance)}};
    disk_serve(process);
    int rc = tn_loop_new(&world->machine, &process->loop, err);
    if (rc == TENURE_OK)
        rc = tn_json_state_new(&process->documents, err);
    if (rc == TENURE_OK)
        rc = tn_ledger_open_threadless(process->loop, world->ledger, &process->ledger, err);
    if (rc == TENURE_OK)
        rc = connect_engine(process, err);
    disk_serve(NULL);
    if (rc < 0) {
        if (!process->dead)
            tell(world, "process %d cannot open the ledger: %s", plan->number, err->msg);
        process_close(process);
        return NULL;
    }
    fill_setup(process);
    return process;
}

void process_close(struct process *process)
{
    disk_serve(process);
    tn_ledger_close(process->ledger);
    tn_run_free(process->run);
    tn_engine_free(process->engine);
    tn_auth_free(process->auth);
    tn_http_free(process->http);
    if (process->documents)
        lua_close(process->documents);
    tn_loop_free(process->loop);
    disk_serve(NULL);
    free(process);
}

/* ---- what it does ----------------------------------------------------------------------------------------------- */

static void end_with(struct process *process, const struct tn_err *err)
{
    process->over = true;
    process->err = *err;
}

void process_plan(struct process *process)
{
    struct tn_err err = {0};
    disk_serve(process);
    if (tn_run_plan(&process->setup, &process->run, &err) < 0)
        end_with(process, &err);
    else
        snprintf(process->run_id, sizeof process->run_id, "%s", tn_run_id(process->run));
    disk_serve(NULL);
}

static int approve(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct process *process = tn_container_of(work, struct process, work);
    int64_t approved;
    return tn_effect_approve(db, process->run_id, NULL, 0, "schedule@test", "all of it", &approved, err);
}

bool process_is_too_late(const struct tn_err *err)
{
    return strcmp(err->name, "plan-expired") == 0;
}

/* Here a plan is approved as a whole, so what was approved in time leaves nothing that it could be too late for. */
static void on_approved(struct tn_ledger_work *work)
{
    struct process *process = tn_container_of(work, struct process, work);
    struct tn_err err = work->err;
    if (process_is_too_late(&err) && oracle_run_approved(process->world, process->run_id))
        violate(process->world, STUCK, "approving a second time: %s", err.msg);
    if (err.code == 0)
        tn_run_apply(&process->setup, process->run_id, &process->run, &err);
    if (err.code < 0)
        end_with(process, &err);
}

void process_apply(struct process *process, const char *run)
{
    process->applies = true;
    snprintf(process->run_id, sizeof process->run_id, "%s", run);
    disk_serve(process);
    process->work = (struct tn_ledger_work){.run = approve, .done = on_approved};
    tn_ledger_submit(process->ledger, &process->work);
    disk_serve(NULL);
}

void process_interrupt(struct process *process)
{
    disk_serve(process);
    if (process->run && !process->over)
        tn_run_interrupt(process->run, 30000);
    disk_serve(NULL);
}

struct unknown {
    struct process *process;
    char key[80];
    enum tn_effect_state state;
};

/* One whose truth is out. */
static int on_unknown(void *arg, const struct tn_effect_row *effect)
{
    struct unknown *unknown = arg;
    snprintf(unknown->key, sizeof unknown->key, "%s", effect->key);
    return oracle_truth(unknown->process->world, effect->key, effect->attempt, &unknown->state);
}

static int settle(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct process *process = tn_container_of(work, struct process, work);
    struct unknown unknown = {.process = process};
    int rc = tn_effect_each(db, process->run_id, NULL, 1u << TN_EFFECT_UNKNOWN, on_unknown, &unknown, err);
    if (rc <= 0)
        return rc;
    tell(process->world, "a person settles %.8s as %s", unknown.key, tn_effect_state_name(unknown.state));
    return tn_effect_settle(db, unknown.key, unknown.state, "person@test", "seen in the portal", err);
}

/* One after another is somebody else's morning. */
static void on_settled(struct tn_ledger_work *work)
{
    struct process *process = tn_container_of(work, struct process, work);
    end_with(process, &work->err);
}

void process_settle(struct process *process, const char *run)
{
    snprintf(process->run_id, sizeof process->run_id, "%s", run);
    disk_serve(process);
    process->work = (struct tn_ledger_work){.run = settle, .done = on_settled};
    tn_ledger_submit(process->ledger, &process->work);
    disk_serve(NULL);
}

/* The audit as `tenure audit --verify` does it. */
static int verify(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct process *process = tn_container_of(work, struct process, work);
    struct tn_buf text = {0};
    struct tn_json_writer w;
    bool sound = false;
    tn_jw_init(&w, &text);
    int rc = tn_audit_verify(db, NULL, &w, &sound, err);
    if (rc < 0 || !sound)
        violate(process->world, CHAIN, "the audit finds: %.800s", rc < 0 ? err->msg : tn_buf_text(&text));
    tn_buf_deinit(&text);
    return rc;
}

static void on_verified(struct tn_ledger_work *work)
{
    struct process *process = tn_container_of(work, struct process, work);
    end_with(process, &work->err);
}

void process_audit(struct process *process)
{
    disk_serve(process);
    process->over = false;
    process->work = (struct tn_ledger_work){.run = verify, .done = on_verified};
    tn_ledger_submit(process->ledger, &process->work);
    disk_serve(NULL);
}

const char *process_run(const struct process *process)
{
    return process->run_id;
}

bool process_over(const struct process *process, const struct tn_err **err)
{
    *err = &process->err;
    return process->over;
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

void process_step(struct process *process)
{
    if (process_reaches(process, CRASH_STEP))
        return;
    disk_serve(process);
    tn_loop_step(process->loop, 0);
    disk_serve(NULL);
    uint64_t groups = tn_ledger_counts(process->ledger).groups;
    if (groups != process->groups)
        oracle_committed(process->world, process->applies ? process->run_id : NULL);
    process->groups = groups;
}

int process_wait_ms(const struct process *process)
{
    int64_t stopped_ms = process->stopped_until_ms - process->world->now_ms;
    if (stopped_ms > 0)
        return stopped_ms > 60000 ? 60000 : (int)stopped_ms;
    return tn_loop_timeout_ms(process->loop);
}

void process_stop(struct process *process, int64_t until_ms)
{
    tell(process->world, "process %d is stopped for %lld s", process->plan.number,
         (long long)(until_ms - process->world->now_ms) / 1000);
    process->stopped_until_ms = until_ms;
}
