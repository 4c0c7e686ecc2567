/* The simulator's life: see simulator.h. */
#include "simulator/simulator.h"

#include <assert.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator/dispatch.h"
#include "simulator/operation.h"
#include "simulator/partner_replay.h"
#include "simulator/population.h"
#include "simulator/purchase.h"
#include "simulator/refund.h"
#include "simulator/server.h"
#include "simulator/state.h"
#include "simulator/token.h"
#include "simulator/web.h"
#include "simulator/world_file.h"

#define CUSTOMERS 10
#define RESERVATIONS 10
#define SETTLE_MS 2000
#define MOST_CUSTOMERS 1000000
#define MOST_MS ((int64_t)24 * 3600 * 1000)

static int check_options(const struct tn_simulator_options *options, struct tn_err *err)
{
    if (options->customers < -1 || options->customers > MOST_CUSTOMERS)
        return tn_err_set(err, TENURE_EINVAL, "--customers is a number from 0 to %d", MOST_CUSTOMERS);
    if (options->reservations < -1 || options->reservations > 10000)
        return tn_err_set(err, TENURE_EINVAL, "--reservations is a number from 0 to 10000");
    if (options->latency_ms < 0 || options->latency_ms > MOST_MS)
        return tn_err_set(err, TENURE_EINVAL, "--latency is a number of milliseconds, at most a day");
    if (options->settle_ms < -1 || options->settle_ms > MOST_MS)
        return tn_err_set(err, TENURE_EINVAL, "--settle is a number of milliseconds, at most a day");
    return TENURE_OK;
}

static int make_world(struct tn_simulator *simulator, const struct tn_simulator_options *options, struct tn_err *err)
{
    int64_t today = tn_loop_wall_ms(simulator->loop) / 1000 / TN_SIM_DAY;
    int64_t customers = options->customers >= 0 ? options->customers : options->world ? 0 : CUSTOMERS;
    int64_t reservations = options->reservations >= 0 ? options->reservations : RESERVATIONS;
    int rc = tn_sim_world_init(&simulator->world, options->seed, today, err);
    if (rc == TENURE_OK && options->world)
        rc = tn_sim_world_file_load(&simulator->world, options->world, err);
    if (rc == TENURE_OK)
        rc = tn_sim_population_add(&simulator->world, customers, reservations, err);
    return rc;
}

static int set_faults(struct tn_simulator *simulator, const char *text, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    if (!text)
        return TENURE_OK;
    int rc = tn_json_parse(simulator->json, text, strlen(text), 0, &doc, err);
    if (rc < 0 || !tn_sim_object_text(text))
        rc = tn_err_set(err, TENURE_EINVAL, "faults: not a JSON object such as {\"drop\": 0.05}");
    else
        rc = tn_sim_faults_set(&simulator->faults, tn_json_root(doc), err);
    tn_json_close(doc);
    return rc;
}

/* The secret has characters that a form must escape, as real ones do. */
static void make_credentials(struct tn_simulator *simulator, uint64_t seed)
{
    char name[64];
    snprintf(name, sizeof name, "application of seed %llu", (unsigned long long)seed);
    tn_guid_derive(simulator->client_id, name);
    snprintf(simulator->client_secret, sizeof simulator->client_secret,
             "sim~%.8s+%.8s/%.8s=", simulator->client_id + 24, simulator->client_id + 28, simulator->client_id);
    snprintf(simulator->refresh_token, sizeof simulator->refresh_token, "1.sim~%.12s_%.8s-%.8s",
             simulator->client_id + 24, simulator->client_id, simulator->client_id + 28);
}

/* The environment a client needs, as NAME=value and inside the ready line. */
static int make_ready(struct tn_simulator *simulator, struct tn_err *err)
{
    const struct {
        const char *name, *value;
    } variables[] = {
        {"AZURE_TENANT_ID", simulator->world.partner->id},
        {"AZURE_CLIENT_ID", simulator->client_id},
        {"AZURE_CLIENT_SECRET", simulator->client_secret},
        {"TENURE_REFRESH_TOKEN", simulator->refresh_token},
        {"TENURE_CLOUD", simulator->url},
        {"TENURE_QUIET", "2s"},
        {"TENURE_CA_FILE", simulator->certificate.path},
    };
    static_assert(sizeof variables / sizeof *variables < TN_SIM_ENVIRONMENT, "the list of variables ends with NULL");
    size_t count = sizeof variables / sizeof *variables - (simulator->certificate.path ? 0 : 1);
    struct tn_json_writer w;
    tn_jw_init(&w, &simulator->ready);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "url", simulator->url);
    tn_jw_kv_string(&w, "tenant", simulator->world.partner->id);
    tn_jw_key(&w, "env");
    tn_jw_object(&w);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(variables[i].name) + strlen(variables[i].value) + 2;
        tn_jw_kv_string(&w, variables[i].name, variables[i].value);
        simulator->environment[i] = malloc(size);
        if (!simulator->environment[i])
            return tn_err_no_memory(err);
        snprintf(simulator->environment[i], size, "%s=%s", variables[i].name, variables[i].value);
    }
    tn_jw_object_end(&w);
    tn_jw_object_end(&w);
    return simulator->ready.failed ? tn_err_no_memory(err) : TENURE_OK;
}

int tn_simulator_start(struct tn_loop *loop, const struct tn_simulator_options *options, struct tn_simulator **out,
                       struct tn_err *err)
{
    int rc = check_options(options, err);
    if (rc < 0)
        return rc;
    struct tn_simulator *simulator = calloc(1, sizeof *simulator);
    if (!simulator)
        return tn_err_no_memory(err);
    simulator->loop = loop;
    simulator->latency_ms = options->latency_ms;
    simulator->settle_ms = options->settle_ms >= 0 ? options->settle_ms : SETTLE_MS;
    simulator->ids = tn_sim_random_part(options->seed, UINT64_MAX - 1);
    simulator->tokens = (struct tn_sim_store){.entry_bytes = sizeof(struct tn_sim_token), .max = TN_SIM_MAX_TOKENS};
    simulator->sessions =
        (struct tn_sim_store){.entry_bytes = sizeof(struct tn_sim_session), .max = TN_SIM_MAX_SESSIONS};
    simulator->prices = (struct tn_sim_store){.entry_bytes = sizeof(struct tn_sim_priced), .max = TN_SIM_MAX_PRICED};
    simulator->pages = (struct tn_sim_store){.entry_bytes = sizeof(struct tn_sim_page), .max = TN_SIM_MAX_PAGES};
    simulator->replies = (struct tn_sim_store){.entry_bytes = sizeof(struct tn_sim_reply), .max = TN_SIM_MAX_REPLIES};
    tn_sim_faults_init(&simulator->faults, options->seed);
    make_credentials(simulator, options->seed);
    rc = tn_json_state_new(&simulator->json, err);
    if (rc == TENURE_OK)
        rc = make_world(simulator, options, err);
    if (rc == TENURE_OK)
        rc = set_faults(simulator, options->faults, err);
    if (rc == TENURE_OK && options->tls)
        rc = tn_sim_certificate_make(&simulator->certificate, options->folder, err);
    if (rc == TENURE_OK)
        rc = tn_sim_server_start(simulator, options->listen ? options->listen : "127.0.0.1:0", &simulator->server, err);
    if (rc == TENURE_OK)
        rc = make_ready(simulator, err);
    if (rc == TENURE_OK) {
        *out = simulator;
        simulator = NULL;
    }
    tn_simulator_stop(simulator);
    return rc;
}

void tn_simulator_stop(struct tn_simulator *simulator)
{
    if (!simulator)
        return;
    tn_sim_server_stop(simulator->server);
    tn_sim_certificate_deinit(&simulator->certificate);
    tn_sim_deferred_stop(simulator);
    tn_sim_operations_stop(simulator);
    tn_sim_store_deinit(&simulator->tokens);
    tn_sim_store_deinit(&simulator->sessions);
    tn_sim_store_deinit(&simulator->prices);
    tn_sim_store_deinit(&simulator->pages);
    tn_sim_index_deinit(&simulator->exchanges);
    tn_sim_index_deinit(&simulator->support_operations);
    tn_sim_store_deinit(&simulator->replies);
    tn_sim_book_deinit(&simulator->book);
    tn_sim_world_deinit(&simulator->world);
    if (simulator->json)
        lua_close(simulator->json);
    for (size_t i = 0; i < TN_SIM_ENVIRONMENT; i++)
        free(simulator->environment[i]);
    tn_buf_deinit(&simulator->ready);
    free(simulator);
}

const char *tn_simulator_url(const struct tn_simulator *simulator)
{
    return simulator->url;
}

const char *tn_simulator_ready(const struct tn_simulator *simulator)
{
    return tn_buf_text(&simulator->ready);
}

const char *const *tn_simulator_environment(const struct tn_simulator *simulator)
{
    return (const char *const *)simulator->environment;
}
