/* Faults: see fault.h. */
#include "simulator/fault.h"

#include <stdio.h>
#include <string.h>

#include "simulator/route.h"

#define SESSION_MS ((int64_t)15 * 60 * 1000)
#define TOKEN_SECONDS 3599
#define MOST_MS ((int64_t)3600 * 1000)

/* Each fault's name, and the name, default and limit of its own number. */
static const struct kind {
    const char *name;
    const char *number;
    int64_t by_default, most;
} kinds[TN_SIM_FAULTS] = {
    [TN_SIM_THROTTLE] = {"throttle", "retry_after", 1, 3600},
    [TN_SIM_ERROR] = {"error", "status", 0, 599},
    [TN_SIM_DROP] = {"drop", NULL, 0, 0},
    [TN_SIM_LOSE] = {"lose", NULL, 0, 0},
    [TN_SIM_LATE] = {"late", "after_ms", 1500, MOST_MS},
    [TN_SIM_STALE] = {"stale", "for_ms", 1000, MOST_MS},
    [TN_SIM_TRUNCATE] = {"truncate", NULL, 0, 0},
    [TN_SIM_SLOW] = {"slow", "ms", 2000, MOST_MS},
    [TN_SIM_EXPIRE_SESSION] = {"expire_session", NULL, 0, 0},
    [TN_SIM_EXPIRE_TOKEN] = {"expire_token", NULL, 0, 0},
    [TN_SIM_FAIL_OPERATION] = {"fail_operation", NULL, 0, 0},
};

static const char *const setting_names[] = {
    "throttle", "error",      "drop",           "lose",         "late",           "stale",
    "truncate", "slow",       "expire_session", "expire_token", "fail_operation", "repeated_session",
    "updates",  "session_ms", "token_seconds",  NULL,
};

static const char *const repeated_words[] = {"refuse", "accept"}, *const update_words[] = {"sync", "async"};

void tn_sim_faults_init(struct tn_sim_faults *faults, uint64_t seed)
{
    *faults = (struct tn_sim_faults){.session_ms = SESSION_MS, .token_seconds = TOKEN_SECONDS};
    faults->random = tn_sim_random_part(seed, UINT64_MAX);
}

/* ---- reading the JSON object ------------------------------------------------------------------------------------ */

static int bad(struct tn_err *err, const char *fault, const char *what)
{
    return tn_err_set(err, TENURE_EINVAL, "faults: '%s' %s", fault, what);
}

static int read_share(struct tn_json value, const char *path, const char *fault, double *share, struct tn_err *err)
{
    if (!tn_json_double(value, path, share) || !(*share >= 0 && *share <= 1))
        return bad(err, fault,
                   "needs a probability from 0 to 1, or an object such as {\"next\": 3, \"on\": \"refund\"}");
    return TENURE_OK;
}

static int read_count(struct tn_json value, const char *fault, const char *name, int64_t most, int64_t *count,
                      struct tn_err *err)
{
    if (!tn_json_int(value, "", count) || *count < 0 || *count > most)
        return tn_err_set(err, TENURE_EINVAL, "faults: '%s' needs a whole number from 0 to %lld as '%s'", fault,
                          (long long)most, name);
    return TENURE_OK;
}

static int read_aim(struct tn_json value, const char *fault, struct tn_sim_rule *rule, struct tn_err *err)
{
    const char *on = tn_json_string(value, "", NULL);
    if (!on)
        return bad(err, fault, "needs the name of an operation as 'on'");
    for (const struct tn_sim_route *route = tn_sim_routes; route->method; route++) {
        if (route->service != TN_SIM_CONTROL && tn_sim_operation_is(route->operation, on)) {
            snprintf(rule->on, sizeof rule->on, "%s", on);
            return TENURE_OK;
        }
    }
    return tn_err_set(err, TENURE_EINVAL, "faults: '%s' is aimed at '%.40s', which is no operation of the simulator",
                      fault, on);
}

static int read_member(const struct tn_json_iter *it, struct tn_sim_rule *rule, struct tn_err *err)
{
    const struct kind *kind = &kinds[rule->fault];
    if (strcmp(it->key, "next") == 0)
        return read_count(it->value, kind->name, "next", INT32_MAX, &rule->next, err);
    if (strcmp(it->key, "probability") == 0)
        return read_share(it->value, "", kind->name, &rule->probability, err);
    if (strcmp(it->key, "on") == 0)
        return read_aim(it->value, kind->name, rule, err);
    if (!kind->number || strcmp(it->key, kind->number) != 0)
        return tn_err_set(err, TENURE_EINVAL, "faults: '%s' has no setting '%.40s'; it knows next, probability, on%s%s",
                          kind->name, it->key, kind->number ? ", " : "", kind->number ? kind->number : "");
    int rc = read_count(it->value, kind->name, kind->number, kind->most, &rule->value, err);
    if (rc == TENURE_OK && rule->fault == TN_SIM_ERROR && rule->value < 500)
        return bad(err, kind->name, "needs a status from 500 to 599");
    return rc;
}

/* 0.05, or {"next": 3, "on": "refund"}: without next and probability it hits always. */
static int read_rule(struct tn_json value, struct tn_sim_rule *rule, struct tn_err *err)
{
    const char *name = kinds[rule->fault].name;
    *rule = (struct tn_sim_rule){
        .fault = rule->fault, .next = -1, .probability = 1, .value = kinds[rule->fault].by_default};
    if (tn_json_type_of(value, "") != TN_JSON_OBJECT)
        return read_share(value, "", name, &rule->probability, err);
    for (struct tn_json_iter it = tn_json_each(value); tn_json_next(&it);) {
        int rc = read_member(&it, rule, err);
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

static int add_rule(struct tn_sim_faults *faults, enum tn_sim_fault fault, struct tn_json value, struct tn_err *err)
{
    if (faults->count == TN_SIM_MAX_RULES)
        return tn_err_set(err, TENURE_EINVAL, "faults: more than %d of them", TN_SIM_MAX_RULES);
    struct tn_sim_rule *rule = &faults->rules[faults->count];
    rule->fault = fault;
    int rc = read_rule(value, rule, err);
    if (rc == TENURE_OK)
        faults->count++;
    return rc;
}

/* One rule or a list of them. */
static int read_fault(struct tn_sim_faults *faults, enum tn_sim_fault fault, struct tn_json value, struct tn_err *err)
{
    if (tn_json_type_of(value, "") != TN_JSON_ARRAY || tn_json_length(value) == 0)
        return add_rule(faults, fault, value, err);
    for (struct tn_json_iter it = tn_json_each(value); tn_json_next(&it);) {
        int rc = add_rule(faults, fault, it.value, err);
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

/* One of two words; *second tells which. */
static int read_word(struct tn_json value, const char *name, const char *const words[2], bool *second,
                     struct tn_err *err)
{
    const char *text = tn_json_string(value, "", NULL);
    if (!text || (strcmp(text, words[0]) != 0 && strcmp(text, words[1]) != 0))
        return tn_err_set(err, TENURE_EINVAL, "faults: '%s' is either \"%s\" or \"%s\"", name, words[0], words[1]);
    *second = strcmp(text, words[1]) == 0;
    return TENURE_OK;
}

static int read_setting(struct tn_sim_faults *faults, const char *name, struct tn_json value, struct tn_err *err)
{
    if (strcmp(name, "repeated_session") == 0)
        return read_word(value, name, repeated_words, &faults->accept_repeated_session, err);
    if (strcmp(name, "updates") == 0)
        return read_word(value, name, update_words, &faults->async_updates, err);
    if (strcmp(name, "session_ms") == 0)
        return read_count(value, name, name, 24 * MOST_MS, &faults->session_ms, err);
    if (strcmp(name, "token_seconds") == 0)
        return read_count(value, name, name, 24 * 3600, &faults->token_seconds, err);
    for (int fault = 0; fault < TN_SIM_FAULTS; fault++) {
        if (strcmp(kinds[fault].name, name) == 0)
            return read_fault(faults, (enum tn_sim_fault)fault, value, err);
    }
    const char *close = tn_closest(name, setting_names);
    return tn_err_set(err, TENURE_EINVAL, "faults: '%.40s' is no fault%s%s%s", name, close ? "; did you mean '" : "",
                      close ? close : "", close ? "'?" : "");
}

static int not_an_object(struct tn_err *err)
{
    return tn_err_set(err, TENURE_EINVAL, "faults: not a JSON object such as {\"drop\": 0.05}");
}

int tn_sim_faults_set(struct tn_sim_faults *faults, struct tn_json object, struct tn_err *err)
{
    struct tn_sim_faults fresh = {.session_ms = SESSION_MS, .token_seconds = TOKEN_SECONDS};
    fresh.random = faults->random;
    fresh.met = faults->met;
    enum tn_json_type type = tn_json_type_of(object, ""); /* an empty object may count as an array */
    if (type != TN_JSON_OBJECT && type != TN_JSON_ARRAY)
        return not_an_object(err);
    for (struct tn_json_iter it = tn_json_each(object); tn_json_next(&it);) {
        int rc = it.key ? read_setting(&fresh, it.key, it.value, err) : not_an_object(err);
        if (rc < 0)
            return rc;
    }
    *faults = fresh;
    return TENURE_OK;
}

/* ---- writing and using them ------------------------------------------------------------------------------------- */

static void write_rule(const struct tn_sim_rule *rule, struct tn_json_writer *w)
{
    tn_jw_object(w);
    if (rule->next >= 0) {
        tn_jw_kv_int(w, "next", rule->next);
    } else {
        tn_jw_key(w, "probability");
        tn_jw_double(w, rule->probability);
    }
    if (rule->on[0])
        tn_jw_kv_string(w, "on", rule->on);
    if (rule->value)
        tn_jw_kv_int(w, kinds[rule->fault].number, rule->value);
    tn_jw_object_end(w);
}

void tn_sim_faults_write(const struct tn_sim_faults *faults, struct tn_json_writer *w)
{
    tn_jw_object(w);
    for (int fault = 0; fault < TN_SIM_FAULTS; fault++) {
        bool any = false;
        for (size_t i = 0; i < faults->count; i++) {
            if (faults->rules[i].fault != (enum tn_sim_fault)fault)
                continue;
            if (!any) {
                tn_jw_key(w, kinds[fault].name);
                tn_jw_array(w);
            }
            any = true;
            write_rule(&faults->rules[i], w);
        }
        if (any)
            tn_jw_array_end(w);
    }
    tn_jw_kv_string(w, "repeated_session", repeated_words[faults->accept_repeated_session]);
    tn_jw_kv_string(w, "updates", update_words[faults->async_updates]);
    tn_jw_kv_int(w, "session_ms", faults->session_ms);
    tn_jw_kv_int(w, "token_seconds", faults->token_seconds);
    tn_jw_object_end(w);
}

static bool rule_hits(struct tn_sim_faults *faults, struct tn_sim_rule *rule)
{
    if (rule->next < 0)
        return tn_sim_random_chance(&faults->random, rule->probability);
    if (rule->next == 0)
        return false;
    rule->next--;
    return true;
}

bool tn_sim_fault_hits(struct tn_sim_faults *faults, enum tn_sim_fault fault, const char *operation, int64_t *value)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct tn_sim_rule *rule = &faults->rules[i];
        if (rule->fault != fault || (rule->on[0] && !tn_sim_operation_is(operation, rule->on)))
            continue;
        if (!rule_hits(faults, rule))
            continue;
        faults->met++;
        if (value)
            *value = rule->value;
        return true;
    }
    return false;
}
