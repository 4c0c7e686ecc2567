/*
 * Tokens: see auth.h.
 *
 *   none ── get ──▶ asking ──┬─ token ──▶ held ── at 80 % of its life, get ──▶ held, asking for the next
 *                            └─ error ──▶ refused (remembered for a while) ──▶ none
 *
 * An entry is one tenant, one service, and who acts there. Who asks while it is asking waits in the entry's list. A token that is held is
 * given out while it lives, even when its renewal fails.
 */
#include "auth/auth.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/credential.h"
#include "auth/refusal.h"
#include "auth/request.h"
#include "base/id.h"

#define FIRST_BUCKETS 64
#define TENANT_BYTES 254
#define REFUSAL_KEPT_MS 30000 /* a thousand calls for one broken customer are one question */
#define TROUBLE_KEPT_MS 5000  /* the network or the login host: may be over soon */
#define RETIRED_KEPT_MS 1000  /* longer than any step of the loop in which a token was lent */
#define FRESH_MS 1000         /* what has just come is given to those who wait for it, however short its life */
#define RENEW_SHARE 80        /* percent of the life of a token */
#define USABLE_SHARE 95

struct tn_token_entry {
    struct tn_token_entry *next; /* in its bucket */
    struct tn_auth *auth;
    uint64_t hash;
    enum tn_service service;
    bool as_user;
    char *token;                       /* NULL: none held */
    int64_t renew_ms, usable_until_ms; /* monotonic */
    struct tn_err *refusal;            /* NULL: none remembered */
    int64_t refusal_until_ms;
    struct tn_token_request *request; /* NULL: not asking */
    int64_t asked_ms;
    struct tn_token_wait *first, *last; /* who waits for the answer */
    size_t wait_count;                  /* those, and who is about to be told */
    char tenant[];                      /* in lower case */
};

/* A token that is given out no more, but may still be lent for the rest of this step. */
struct retired {
    struct retired *next;
    int64_t at_ms;
    char *token;
};

struct tn_auth {
    struct tn_loop *loop;
    struct tn_http *http;
    struct lua_State *doc_state;
    struct tn_cloud cloud;
    struct tn_credential *credential;
    struct tn_token_entry **buckets;
    size_t bucket_count, entry_count; /* bucket_count is a power of two */
    size_t hand;                      /* the bucket that is looked through next for what nobody needs */
    uint64_t seed;
    struct retired *retired;
    struct tn_token_entry *nobody; /* for waits that fail before they have an entry */
};

/* ---- the table -------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct tn_auth *auth, struct tn_token_for whom)
{
    uint64_t hash = auth->seed ^ (uint64_t)whom.service ^ (uint64_t)whom.as_user << 8;
    for (const char *tenant = whom.tenant; *tenant; tenant++)
        hash = (hash ^ (unsigned char)tolower((unsigned char)*tenant)) * 0x100000001b3u; /* FNV-1a */
    return hash ^ (hash >> 29);
}

static void retire_token(struct tn_token_entry *entry)
{
    struct tn_auth *auth = entry->auth;
    if (!entry->token)
        return;
    struct retired *retired = malloc(sizeof *retired);
    if (retired) {
        *retired = (struct retired){auth->retired, tn_loop_now_ms(auth->loop), entry->token};
        auth->retired = retired;
    } else {
        tn_secret_free(entry->token);
    }
    entry->token = NULL;
}

static void free_retired(struct tn_auth *auth, int64_t before_ms)
{
    struct retired **link = &auth->retired, *retired;
    while ((retired = *link)) {
        if (retired->at_ms >= before_ms) {
            link = &retired->next;
            continue;
        }
        *link = retired->next;
        tn_secret_free(retired->token);
        free(retired);
    }
}

static struct tn_token_entry *new_entry(struct tn_auth *auth, struct tn_token_for whom)
{
    size_t len = strlen(whom.tenant);
    struct tn_token_entry *entry = calloc(1, sizeof *entry + len + 1);
    if (!entry)
        return NULL;
    entry->auth = auth;
    entry->service = whom.service;
    entry->as_user = whom.as_user;
    memcpy(entry->tenant, whom.tenant, len);
    tn_id_fold(entry->tenant);
    entry->hash = hash_of(auth, whom);
    return entry;
}

static void free_entry(struct tn_token_entry *entry)
{
    if (!entry)
        return;
    tn_token_request_free(entry->request);
    tn_secret_free(entry->token);
    free(entry->refusal);
    free(entry);
}

static bool grow(struct tn_auth *auth)
{
    size_t count = auth->bucket_count ? auth->bucket_count * 2 : FIRST_BUCKETS;
    struct tn_token_entry **buckets = calloc(count, sizeof(struct tn_token_entry *));
    if (!buckets)
        return auth->bucket_count > 0; /* a crowded table still works */
    for (size_t i = 0; i < auth->bucket_count; i++) {
        struct tn_token_entry *entry;
        while ((entry = auth->buckets[i])) {
            auth->buckets[i] = entry->next;
            entry->next = buckets[entry->hash & (count - 1)];
            buckets[entry->hash & (count - 1)] = entry;
        }
    }
    free(auth->buckets);
    auth->buckets = buckets;
    auth->bucket_count = count;
    return true;
}

static bool is_for(const struct tn_token_entry *entry, uint64_t hash, struct tn_token_for whom)
{
    return entry->hash == hash && entry->service == whom.service && entry->as_user == whom.as_user &&
           tn_id_equal(entry->tenant, whom.tenant);
}

static struct tn_token_entry *find_entry(const struct tn_auth *auth, struct tn_token_for whom)
{
    uint64_t hash = hash_of(auth, whom);
    struct tn_token_entry *entry = auth->bucket_count ? auth->buckets[hash & (auth->bucket_count - 1)] : NULL;
    while (entry && !is_for(entry, hash, whom))
        entry = entry->next;
    return entry;
}

static struct tn_token_entry *find_or_add_entry(struct tn_auth *auth, struct tn_token_for whom)
{
    struct tn_token_entry *entry = find_entry(auth, whom);
    if (entry)
        return entry;
    if (auth->entry_count >= auth->bucket_count && !grow(auth))
        return NULL;
    entry = new_entry(auth, whom);
    if (!entry)
        return NULL;
    struct tn_token_entry **bucket = &auth->buckets[entry->hash & (auth->bucket_count - 1)];
    entry->next = *bucket;
    *bucket = entry;
    auth->entry_count++;
    return entry;
}

/* ---- what an entry knows ---------------------------------------------------------------------------------------- */

static int64_t now_ms(const struct tn_auth *auth)
{
    return tn_loop_now_ms(auth->loop);
}

static bool token_usable(const struct tn_token_entry *entry)
{
    return entry->token && now_ms(entry->auth) < entry->usable_until_ms;
}

static bool token_due(const struct tn_token_entry *entry)
{
    return now_ms(entry->auth) >= entry->renew_ms;
}

static const struct tn_err *refusal_of(const struct tn_token_entry *entry)
{
    return entry->refusal && now_ms(entry->auth) < entry->refusal_until_ms ? entry->refusal : NULL;
}

static void remember_token(struct tn_token_entry *entry, char *token, int64_t life_ms)
{
    retire_token(entry);
    free(entry->refusal);
    entry->refusal = NULL;
    entry->token = token;
    entry->renew_ms = entry->asked_ms + life_ms * RENEW_SHARE / 100;
    entry->usable_until_ms = entry->asked_ms + life_ms * USABLE_SHARE / 100;
    if (entry->usable_until_ms < now_ms(entry->auth) + FRESH_MS)
        entry->usable_until_ms = now_ms(entry->auth) + FRESH_MS;
}

/* Without memory it is not remembered: the next call asks again. */
static void remember_refusal(struct tn_token_entry *entry, const struct tn_err *err)
{
    if (!entry->refusal)
        entry->refusal = malloc(sizeof *entry->refusal);
    if (entry->refusal)
        *entry->refusal = *err;
    entry->refusal_until_ms = now_ms(entry->auth) + (err->code == TENURE_EAUTH ? REFUSAL_KEPT_MS : TROUBLE_KEPT_MS);
}

/* Each call looks through one bucket, so that the tokens of customers who are done with do not pile up. */
static void sweep_bucket(struct tn_auth *auth)
{
    struct tn_token_entry **link = &auth->buckets[auth->hand++ & (auth->bucket_count - 1)], *entry;
    while ((entry = *link)) {
        if (entry->wait_count > 0 || entry->request || token_usable(entry) || refusal_of(entry)) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        auth->entry_count--;
        retire_token(entry);
        free_entry(entry);
    }
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

static void serve(struct tn_token_entry *entry, struct tn_token_wait *wait);

static void on_ready(struct tn_job *job)
{
    struct tn_token_wait *wait = tn_container_of(job, struct tn_token_wait, job);
    struct tn_token_entry *entry = wait->entry;
    if (!wait->err.code && !token_usable(entry)) { /* rejected since the job was posted */
        serve(entry, wait);
        return;
    }
    wait->token = wait->err.code ? NULL : entry->token;
    wait->entry = NULL;
    entry->wait_count--;
    wait->ready(wait); /* may free the wait */
}

/* The two places of a wait: in the entry's list, or told by a job. */
static void join(struct tn_token_entry *entry, struct tn_token_wait *wait)
{
    wait->prev = entry->last;
    wait->next = NULL;
    if (entry->last)
        entry->last->next = wait;
    else
        entry->first = wait;
    entry->last = wait;
}

static void leave(struct tn_token_entry *entry, struct tn_token_wait *wait)
{
    if (entry->first == wait)
        entry->first = wait->next;
    else
        wait->prev->next = wait->next;
    if (entry->last == wait)
        entry->last = wait->prev;
    else
        wait->next->prev = wait->prev;
    wait->prev = wait->next = NULL;
}

static void post_ready(struct tn_token_entry *entry, struct tn_token_wait *wait, const struct tn_err *err)
{
    if (err)
        wait->err = *err;
    tn_job_post(entry->auth->loop, &wait->job, on_ready);
}

static void release_waiters(struct tn_token_entry *entry, const struct tn_err *err)
{
    struct tn_token_wait *wait;
    while ((wait = entry->first)) {
        leave(entry, wait);
        post_ready(entry, wait, err);
    }
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* The login host may give a new refresh token with each token. Of two that were asked for at once either may come last:
 * both are good. */
static void use_refresh_token(struct tn_auth *auth, char *refresh_token)
{
    if (!refresh_token)
        return;
    tn_secret_free(auth->credential->refresh_token);
    auth->credential->refresh_token = refresh_token;
}

static int read_answer(struct tn_token_entry *entry, struct tn_token_request *request, struct tn_err *err)
{
    struct tn_auth *auth = entry->auth;
    struct tn_http_exchange *exchange = &request->exchange;
    struct tn_token_answer answer;
    if (exchange->fate != TN_HTTP_ANSWERED) {
        *err = exchange->err;
        return tn_err_prefix(err, "no token for tenant '%s'", entry->tenant);
    }
    if (exchange->status != 200) {
        const char *const secrets[] = {auth->credential->secret, request->refresh_token, NULL};
        tn_refusal_read(auth->doc_state, exchange, entry->tenant, secrets, err);
        return err->code;
    }
    err->http_status = exchange->status;
    int rc = tn_token_take(auth->doc_state, &exchange->answer, &answer, err);
    if (rc < 0)
        return tn_err_prefix(err, "no token for tenant '%s'", entry->tenant);
    remember_token(entry, answer.token, answer.life_ms);
    if (entry->as_user)
        use_refresh_token(auth, answer.refresh_token);
    else
        tn_secret_free(answer.refresh_token);
    return TENURE_OK;
}

static void on_answer(struct tn_http_exchange *exchange)
{
    struct tn_token_request *request = tn_container_of(exchange, struct tn_token_request, exchange);
    struct tn_token_entry *entry = request->owner;
    struct tn_err err = {0};
    int rc = read_answer(entry, request, &err);
    entry->request = NULL;
    tn_token_request_free(request);
    if (rc < 0)
        remember_refusal(entry, &err);
    release_waiters(entry, rc < 0 ? &err : NULL);
}

static int ask(struct tn_token_entry *entry, struct tn_err *err)
{
    struct tn_auth *auth = entry->auth;
    struct tn_token_request *request = NULL;
    const struct tn_token_for whom = {entry->tenant, entry->service, entry->as_user};
    int rc = tn_token_request_new(&auth->cloud, auth->credential, whom, &request, err);
    if (rc < 0)
        return rc;
    request->owner = entry;
    request->exchange.done = on_answer;
    entry->request = request;
    entry->asked_ms = now_ms(auth);
    tn_http_start(auth->http, &request->exchange);
    return TENURE_OK;
}

/* Give a usable token at once, whether or not its renewal goes well; else what is remembered; else ask. */
static void serve(struct tn_token_entry *entry, struct tn_token_wait *wait)
{
    const struct tn_err *refusal = refusal_of(entry);
    struct tn_err err = {0};
    bool usable = token_usable(entry), wanted = !refusal && !entry->request && (!usable || token_due(entry));
    int rc = wanted ? ask(entry, &err) : TENURE_OK;
    if (usable)
        post_ready(entry, wait, NULL);
    else if (refusal)
        post_ready(entry, wait, refusal);
    else if (rc < 0)
        post_ready(entry, wait, &err);
    else
        join(entry, wait);
}

/* ---- the door --------------------------------------------------------------------------------------------------- */

static int check_tenant(const char *tenant, struct tn_err *err)
{
    size_t len = 0;
    for (; tenant && tenant[len] && len < TENANT_BYTES; len++) {
        unsigned char byte = (unsigned char)tenant[len];
        if (byte >= 0x80 || !(isalnum(byte) || byte == '-' || byte == '.'))
            break;
    }
    if (len == 0 || tenant[len] != '\0' || strspn(tenant, ".") == len)
        return tn_err_set(err, TENURE_EINVAL, "'%.60s' is not a tenant: write its id (a GUID) or one of its domains",
                          tenant ? tenant : "");
    return TENURE_OK;
}

static int check_service(const struct tn_auth *auth, enum tn_service service, struct tn_err *err)
{
    if (auth->cloud.origin[service][0])
        return TENURE_OK;
    return tn_err_set(err, TENURE_ENOTSUP,
                      "the cloud %s has no Partner Center: use another cloud or list the customers in a file",
                      auth->cloud.name);
}

int tn_auth_check_user(const struct tn_auth *auth, struct tn_err *err)
{
    if (auth->credential->refresh_token)
        return TENURE_OK;
    snprintf(err->name, sizeof err->name, "no-user");
    return tn_err_set(
        err, TENURE_EAUTH,
        "this takes a user's token, an application's alone is not enough: sign in to the application as a "
        "user of the partner's (Secure Application Model) and set TENURE_REFRESH_TOKEN, or "
        "TENURE_REFRESH_TOKEN_FILE, to the refresh token");
}

static int check(const struct tn_auth *auth, struct tn_token_for whom, struct tn_err *err)
{
    int rc = check_tenant(whom.tenant, err);
    if (rc == TENURE_OK)
        rc = check_service(auth, whom.service, err);
    return rc == TENURE_OK && whom.as_user ? tn_auth_check_user(auth, err) : rc;
}

void tn_auth_get(struct tn_auth *auth, struct tn_token_for whom, struct tn_token_wait *wait)
{
    struct tn_token_entry *entry = NULL;
    wait->token = NULL;
    wait->err = (struct tn_err){0};
    free_retired(auth, now_ms(auth) - RETIRED_KEPT_MS);
    sweep_bucket(auth);
    if (check(auth, whom, &wait->err) == TENURE_OK) {
        entry = find_or_add_entry(auth, whom);
        if (!entry)
            tn_err_no_memory(&wait->err);
    }
    wait->entry = entry ? entry : auth->nobody;
    wait->entry->wait_count++;
    if (entry)
        serve(entry, wait);
    else
        post_ready(auth->nobody, wait, NULL);
}

void tn_auth_cancel(struct tn_token_wait *wait)
{
    struct tn_token_entry *entry = wait->entry;
    if (!entry)
        return;
    if (tn_job_queued(&wait->job))
        tn_job_cancel(entry->auth->loop, &wait->job);
    else
        leave(entry, wait);
    wait->entry = NULL;
    entry->wait_count--;
}

void tn_auth_reject(struct tn_auth *auth, struct tn_token_for whom, const char *token)
{
    struct tn_token_entry *entry = find_entry(auth, whom);
    if (entry && entry->token && token && strcmp(entry->token, token) == 0)
        retire_token(entry);
}

const struct tn_cloud *tn_auth_cloud(const struct tn_auth *auth)
{
    return &auth->cloud;
}

int tn_auth_new(struct tn_loop *loop, struct tn_http *http, struct lua_State *doc_state, const struct tn_cloud *cloud,
                struct tn_credential *credential, struct tn_auth **out, struct tn_err *err)
{
    struct tn_auth *auth = calloc(1, sizeof *auth);
    if (!auth)
        return tn_err_no_memory(err);
    auth->loop = loop;
    auth->http = http;
    auth->doc_state = doc_state;
    auth->cloud = *cloud;
    auth->seed = tn_random64();
    auth->nobody = new_entry(auth, (struct tn_token_for){.tenant = ""});
    if (!auth->nobody || !grow(auth)) {
        tn_auth_free(auth);
        return tn_err_no_memory(err);
    }
    auth->credential = credential;
    *out = auth;
    return TENURE_OK;
}

static void free_waiting_entry(struct tn_token_entry *entry)
{
    while (entry->first)
        tn_auth_cancel(entry->first);
    free_entry(entry);
}

void tn_auth_free(struct tn_auth *auth)
{
    if (!auth)
        return;
    for (size_t i = 0; i < auth->bucket_count; i++) {
        struct tn_token_entry *entry;
        while ((entry = auth->buckets[i])) {
            auth->buckets[i] = entry->next;
            free_waiting_entry(entry);
        }
    }
    free(auth->buckets);
    free_entry(auth->nobody);
    free_retired(auth, INT64_MAX);
    tn_credential_free(auth->credential);
    free(auth);
}
