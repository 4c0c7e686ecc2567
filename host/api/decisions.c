/* The file of decisions: see decisions.h. */
#include "api/decisions.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "api/effect_facts.h"
#include "auth/auth.h"
#include "base/text.h"
#include "workflow/workflow.h"

struct decision {
    size_t key; /* where it begins in keys */
    int line;
    bool yes;
    bool known; /* the run has such an effect */
};

/* ---- the file --------------------------------------------------------------------------------------------------- */

static int column_of(const struct tn_csv_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcasecmp(row->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static size_t count(const struct tn_decisions *decisions)
{
    return decisions->decisions.len / sizeof(struct decision);
}

static struct decision *find(const struct tn_decisions *decisions, const char *key)
{
    struct decision *list = (void *)decisions->decisions.data;
    for (size_t i = 0; i < count(decisions); i++) {
        if (strcmp(decisions->keys.data + list[i].key, key) == 0)
            return &list[i];
    }
    return NULL;
}

static int decide(struct tn_decisions *decisions, const char *key, bool yes, int line, struct tn_err *err)
{
    const struct decision *before = find(decisions, key);
    if (before && before->yes != yes)
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s:%d: the effect %.12s is %s here, and line %d says otherwise: leave one of them",
                          decisions->file, line, key, yes ? "approved" : "not approved", before->line);
    if (before)
        return TENURE_OK;
    const struct decision decision = {.key = decisions->keys.len, .line = line, .yes = yes};
    tn_buf_put(&decisions->keys, key, strlen(key) + 1);
    tn_buf_put(&decisions->decisions, &decision, sizeof decision);
    return decisions->keys.failed || decisions->decisions.failed ? tn_err_no_memory(err) : TENURE_OK;
}

static void keep_texts(struct tn_json_writer *w, const char *key, const char *const *texts, size_t count)
{
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (size_t i = 0; i < count; i++)
        tn_jw_string(w, texts[i]);
    tn_jw_array_end(w);
}

static void keep_head(struct tn_decisions *decisions, const struct tn_csv_row *row)
{
    struct tn_json_writer w;
    tn_jw_init(&w, &decisions->head);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "name", decisions->file);
    tn_jw_key(&w, "separator");
    tn_jw_string_len(&w, &row->separator, 1);
    keep_texts(&w, "names", row->names, row->count);
    tn_jw_object_end(&w);
}

static int keep_line(struct tn_decisions *decisions, const struct tn_csv_row *row, struct tn_err *err)
{
    struct tn_json_writer w;
    if (decisions->head.len == 0)
        keep_head(decisions, row);
    tn_jw_init(&w, &decisions->lines.values);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "line", row->line);
    keep_texts(&w, "cells", row->cells, row->count);
    tn_jw_key(&w, "columns");
    tn_jw_array(&w);
    for (size_t i = 0; i < row->count; i++)
        tn_jw_int(&w, row->columns[i]);
    tn_jw_array_end(&w);
    tn_jw_object_end(&w);
    tn_buf_putc(&decisions->lines.values, '\0');
    return decisions->head.failed || decisions->lines.values.failed ? tn_err_no_memory(err) : TENURE_OK;
}

/* Whoever rejects leaves the effect as it is: nobody said yes to it. */
static int on_csv_row(void *arg, const struct tn_csv_row *row, struct tn_err *err)
{
    static const char *const yes[] = {"approve", "approved", "yes", "y", "x", NULL};
    static const char *const no[] = {"", "reject", "rejected", "no", "n", NULL};
    struct tn_decisions *decisions = arg;
    char word[64], key[128];
    int key_at = column_of(row, "key"), decision_at = column_of(row, "decision");
    if (key_at < 0 || decision_at < 0)
        return tn_err_set(
            err, TENURE_EINVAL,
            "%.200s:1: the file has no column \"%s\": make it with `tenure report RUN --effects --format csv`",
            decisions->file, key_at < 0 ? "key" : "decision");
    snprintf(word, sizeof word, "%s", row->cells[decision_at]);
    snprintf(key, sizeof key, "%s", row->cells[key_at]);
    bool approves = tn_text_among_any_case(tn_text_trim(word), yes);
    if (!approves && !tn_text_among_any_case(word, no))
        return tn_err_set(err, TENURE_EINVAL,
                          "%.200s:%d:%d: '%.40s' is no decision: write approve (or yes, y, x); reject (or no, n) and "
                          "nothing leave the effect not approved",
                          decisions->file, row->line, row->columns[decision_at], word);
    int rc = decide(decisions, tn_text_trim(key), approves, row->line, err);
    return rc < 0 ? rc : keep_line(decisions, row, err);
}

int tn_decisions_read(struct tn_decisions *decisions, const char *file, struct tn_err *err)
{
    decisions->file = file;
    return tn_csv_read(file, on_csv_row, decisions, err);
}

void tn_decisions_deinit(struct tn_decisions *decisions)
{
    tn_buf_deinit(&decisions->keys);
    tn_buf_deinit(&decisions->decisions);
    tn_buf_deinit(&decisions->head);
    tn_buf_deinit(&decisions->lines.values);
}

/* ---- its keys --------------------------------------------------------------------------------------------------- */

bool tn_decisions_approve(struct tn_decisions *decisions, const char *key)
{
    struct decision *decision = find(decisions, key);
    if (decision)
        decision->known = true;
    return decision && decision->yes;
}

int tn_decisions_check_known(const struct tn_decisions *decisions, const char *run, struct tn_err *err)
{
    const struct decision *list = (const void *)decisions->decisions.data;
    for (size_t i = 0; i < count(decisions); i++) {
        if (list[i].yes && !list[i].known)
            return tn_err_set(err, TENURE_EINVAL,
                              "%.200s:%d: run %s has no effect '%.12s': the file was made for another plan, or its key "
                              "was changed; nothing is approved",
                              decisions->file, list[i].line, run, decisions->keys.data + list[i].key);
    }
    return TENURE_OK;
}

/* ---- its other cells -------------------------------------------------------------------------------------------- */

struct comparison {
    struct tn_decisions *decisions;
    struct tn_policy_list effects;
    struct tn_buf run;        /* JSON: {id, request} */
    struct tn_buf difference; /* the answer: one sentence; empty where there is none */
};

static int on_run(void *arg, const struct tn_run_row *row)
{
    struct comparison *comparison = arg;
    struct tn_json_writer w;
    tn_buf_reset(&comparison->run);
    tn_jw_init(&w, &comparison->run);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", row->id);
    tn_jw_kv_json(&w, "request", row->request ? row->request : "{}");
    tn_jw_object_end(&w);
    return 0;
}

/* (comparison) → what report/decisions.lua says is in its difference */
static int find_difference(lua_State *L)
{
    struct comparison *comparison = lua_touserdata(L, 1);
    const struct tn_buf *head = &comparison->decisions->head;
    tn_policy_open(L);
    tn_policy_require(L, "report.decisions");
    tn_policy_decode(L, tn_buf_text(head), head->len);
    tn_policy_push_next(L, &comparison->decisions->lines);
    lua_setfield(L, -2, "next_line");
    tn_policy_decode(L, tn_buf_text(&comparison->run), comparison->run.len);
    lua_getfield(L, -1, "request");
    lua_getfield(L, -1, "cloud");
    lua_pushstring(L, tn_cloud_portal(lua_tostring(L, -1)));
    lua_setfield(L, -4, "portal");
    lua_pop(L, 2);
    tn_policy_push_next(L, &comparison->effects);
    lua_setfield(L, -2, "next_effect");
    lua_call(L, 2, 1);
    if (!lua_isnil(L, -1))
        tn_buf_puts(&comparison->difference, luaL_checkstring(L, -1));
    return 0;
}

static int compare(struct comparison *comparison, struct tn_err *err)
{
    lua_State *L = luaL_newstate();
    int rc = TENURE_OK;
    if (!L)
        return tn_err_no_memory(err);
    comparison->decisions->lines.at = 0; /* a transaction may be run again */
    lua_pushcfunction(L, find_difference);
    lua_pushlightuserdata(L, comparison);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        rc = tn_err_set(err, TENURE_EINTERNAL, "comparing %.200s with the plan failed, nothing is approved: %s",
                        comparison->decisions->file, lua_tostring(L, -1));
    else if (comparison->difference.failed)
        rc = tn_err_no_memory(err);
    else if (comparison->difference.len)
        rc = tn_err_set(err, TENURE_EINVAL, "%s", tn_buf_text(&comparison->difference));
    lua_close(L);
    return rc;
}

int tn_decisions_compare(struct tn_decisions *decisions, struct tn_db *db, const char *run, struct tn_err *err)
{
    struct comparison comparison = {.decisions = decisions};
    if (decisions->head.len == 0) /* no line but the header */
        return TENURE_OK;
    int rc = tn_run_find(db, run, on_run, &comparison, err);
    if (rc >= 0 && comparison.run.failed)
        rc = tn_err_no_memory(err);
    if (rc >= 0)
        rc = tn_effect_facts_gather(db, run, 1u << TN_EFFECT_PLANNED, &comparison.effects, err);
    if (rc >= 0)
        rc = compare(&comparison, err);
    tn_buf_deinit(&comparison.effects.values);
    tn_buf_deinit(&comparison.run);
    tn_buf_deinit(&comparison.difference);
    return rc;
}
