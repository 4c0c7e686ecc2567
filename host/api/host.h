/*
 * The doors of include/tenure, from inside: what a host owns, and how its requests work.
 *
 * A request is one name with arguments as JSON. Each kind of request is a file with one const struct tn_request_kind;
 * the table of them is in request.c. What several requests need (cloud connections, ledgers, the simulator) belongs to
 * the host and is made when first asked for.
 */
#ifndef TN_API_HOST_H
#define TN_API_HOST_H

#include <lua.h>

#include "auth/auth.h"
#include "azure/call.h"
#include "base/list.h"
#include "json/json.h"
#include "ledger/ledger.h"
#include "loop/loop.h"
#include "net/http.h"
#include "simulator/simulator.h"
#include "tenure/tenure.h"

struct tn_config;
struct tn_request;

/* One cloud with one credential, and everything that talks to it. */
struct tn_connection {
    struct tn_connection *next;
    struct tenure_host *host;
    char *key;    /* cloud, tenant, client, the user's token digested, patience: what makes it another one */
    char *tenant; /* the partner's */
    struct tn_http *http;
    struct tn_auth *auth;
    struct tn_engine *engine;
    int64_t give_up_ms; /* how long it is tried again when it cannot be reached */
};

struct tn_open_ledger {
    struct tn_open_ledger *next;
    char *url;
    struct tn_ledger *ledger;
};

struct tenure_host {
    struct tn_loop *loop;
    lua_State *documents; /* JSON that no script sees */
    lua_State *policy;    /* the embedded Lua that renders; opened when first needed */
    char **environment;   /* NAME=value, NULL-ended; owned */
    tenure_event_fn on_event;
    void *user;
    struct tn_connection *connections;
    struct tn_open_ledger *ledgers;
    struct tn_simulator *simulator;
    char *temporary;          /* folder of the simulator's ledger; removed at the end */
    struct tn_config *config; /* the files, once read */
    struct tn_link *requests;
    int request_count;
    uint64_t last_request;
};

/* ---- what requests share ---------------------------------------------------------------------------------------- */

/* The value of a NAME=value in a NULL-ended list; NULL when absent or empty. */
const char *tn_variable_find(const char *const *list, const char *name);

/* A variable of the host's environment; NULL when absent or empty. */
const char *tn_host_variable(const struct tenure_host *host, const char *name);

/* The cloud of a run (NULL: what the request's settings say, else public; "simulator" starts one), connected as who the
 * settings say. */
int tn_host_connect(struct tn_request *request, const char *cloud, struct tn_connection **out, struct tn_err *err);

/* Whoever wants what is there must not make a ledger by mistyping where it is. Whoever only reads can do so on a full
 * disk, too. */
enum tn_ledger_use { TN_LEDGER_READ, TN_LEDGER_CHANGE, TN_LEDGER_BEGIN };

/* The ledger that the request's settings say, else the default; while the host runs a simulator of its own a temporary
 * one, unless flag or environment name another. */
int tn_host_ledger(struct tn_request *request, enum tn_ledger_use use, struct tn_ledger **out, struct tn_err *err);

/* Everything that is open ends: the host itself does so, ledgers first, whose threads work on what requests own. */
void tn_host_disconnect(struct tenure_host *host);
void tn_host_close_ledgers(struct tenure_host *host);

void tn_host_emit(struct tn_request *request, const char *kind, const char *text, const char *json);

/* user@machine. Returns text. */
char *tn_host_actor(const struct tenure_host *host, char *text, size_t size);

/* ---- requests --------------------------------------------------------------------------------------------------- */

struct tn_request_kind {
    const char *name;
    size_t state_size;
    int (*start)(struct tn_request *request, struct tn_err *err); /* negative: the request ends with that error */
    void (*cancel)(struct tn_request *request, bool again);       /* NULL: it ends by itself, soon */
    void (*end)(struct tn_request *request);                      /* free what state holds; NULL: nothing */
    /* The cloud was given up; NULL: its reads fail, and that is all. */
    void (*lost)(struct tn_request *request, const struct tn_connection *connection, const struct tn_err *err);
};

struct tn_request {
    struct tenure_host *host;
    const struct tn_request_kind *kind;
    uint64_t id;
    struct tn_link link;
    struct tn_json_doc *doc;
    struct tn_json arguments;
    tenure_result_fn on_result;
    void *user;
    struct tn_job job;
    void *state;        /* state_size zeroed bytes */
    struct tn_buf text; /* a message longer than an error holds (diagnostics); empty: the error's own */
    const char *format; /* of its data; NULL: what argument "output" says */
    char profile[65];   /* that the request's run was planned with; "": none */
    bool profile_told;  /* what the environment puts before the profile was said */
    bool started, cancelled;
};

struct tn_request_result {
    int exit_code;
    const char *run;
    const char *output;
    size_t output_bytes;
    uint64_t pending;
    const char *message; /* said beside the output; NULL */
};
/* The request is over; it is freed. */
void tn_request_finish(struct tn_request *request, const struct tn_request_result *result);
/* The same with an error. exit 0: the one that fits the error. */
void tn_request_fail(struct tn_request *request, const struct tn_err *err, int exit_code);
/* The same before anything was asked of Azure: what is not there is what the request names, and so a wrong call. */
void tn_request_refuse(struct tn_request *request, const struct tn_err *err);

/* Arguments. Text: NULL when absent. A wrong type is TENURE_EINVAL naming the argument. */
const char *tn_request_text(const struct tn_request *request, const char *name);
int64_t tn_request_integer(const struct tn_request *request, const char *name, int64_t otherwise);
bool tn_request_flag(const struct tn_request *request, const char *name);
int tn_request_required(const struct tn_request *request, const char *name, const char **out, struct tn_err *err);

/* A list of texts: an array, or one text split at commas. NULL-ended, allocated in one piece: free() it. */
int tn_request_list(const struct tn_request *request, const char *name, bool split, const char ***out, size_t *count,
                    struct tn_err *err);

extern const struct tn_request_kind tn_request_plan, tn_request_run, tn_request_apply, tn_request_show, tn_request_runs,
    tn_request_check, tn_request_describe, tn_request_call, tn_request_exec, tn_request_test, tn_request_simulator,
    tn_request_report, tn_request_resume, tn_request_approve, tn_request_settle, tn_request_audit, tn_request_why,
    tn_request_output;

/* ---- rendering -------------------------------------------------------------------------------------------------- */

/* Turn data (JSON) into the format the request asks for ("output", "width", "color"), by render/render.lua. what
 * is its kind: "run", "rows", "effects" … */
int tn_host_render(struct tn_request *request, const char *what, const char *json, size_t len, struct tn_buf *out,
                   struct tn_err *err);

#endif
