/*
 * Request "report": what a run planned and did, for people who were not there.
 *
 * The ledger thread writes down what it has (summary, approvals, one JSON object per effect); the page itself is
 * policy, written in report/: report.lua is called with that and asks for the effects one by one, so that a run of many
 * thousands is never one document. A report has a Lua state of its own, gone with the request.
 */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "api/effect_facts.h"
#include "api/effect_lines.h"
#include "api/host.h"
#include "api/policy.h"
#include "auth/auth.h"
#include "azure/operation.h"
#include "base/id.h"
#include "base/text.h"
#include "ledger/store.h"

#define MAX_JSON_BYTES (1u << 30)

struct report {
    struct tn_request *request;
    struct tn_ledger_work work;
    char run[128];
    struct tn_buf kept;            /* JSON: what the run was started with */
    struct tn_buf summary;         /* JSON */
    struct tn_buf approvals;       /* JSON: the events of approvals */
    struct tn_policy_list effects; /* see effect_facts.h */
    struct tn_audit_head head;
    struct tn_buf text; /* the report */
};

/* ---- what the ledger has ---------------------------------------------------------------------------------------- */

static int on_run(void *arg, const struct tn_run_row *row)
{
    struct report *report = arg;
    snprintf(report->run, sizeof report->run, "%s", row->id);
    tn_buf_puts(&report->kept, row->request ? row->request : "{}");
    return 0;
}

static int on_event(void *arg, const struct tn_event_row *event)
{
    if (strcmp(event->kind, "approval") == 0)
        tn_event_write(event, arg);
    return 0;
}

static int gather_approvals(struct tn_db *db, struct report *report, struct tn_err *err)
{
    struct tn_json_writer w;
    tn_jw_init(&w, &report->approvals);
    tn_jw_array(&w);
    int rc = tn_audit_export(db, report->run, on_event, &w, err);
    tn_jw_array_end(&w);
    return rc;
}

static int gather(struct tn_db *db, struct tn_ledger_work *work, struct tn_err *err)
{
    struct report *report = tn_container_of(work, struct report, work);
    struct tn_json_writer w;
    int rc = tn_run_find(db, report->run, on_run, report, err);
    tn_jw_init(&w, &report->summary);
    if (rc == TENURE_OK)
        rc = tn_summary_write(db, report->run, &w, err);
    if (rc == TENURE_OK)
        rc = gather_approvals(db, report, err);
    if (rc == TENURE_OK)
        rc = tn_audit_head(db, &report->head, NULL, err);
    if (rc == TENURE_OK)
        rc = tn_effect_facts_gather(db, report->run, 0, &report->effects, err);
    bool failed = report->kept.failed || report->summary.failed || report->approvals.failed;
    return rc == TENURE_OK && failed ? tn_err_no_memory(err) : rc;
}

/* ---- what report.lua gets --------------------------------------------------------------------------------------- */

static struct report *report_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* The lines of the effect on top become its member. One whose answer nobody can read here has none, as on the page of
 * `tenure why`, which a person is sent to. */
static void add_lines(lua_State *L, struct report *report, const char *json, size_t len)
{
    lua_State *documents = report->request->host->documents;
    struct tn_json_doc *doc = NULL;
    tn_buf_reset(&report->text);
    if (tn_json_parse(documents, json, len, 0, &doc, NULL) < 0)
        return;
    int rc = tn_effect_lines_write(tn_json_string(tn_json_root(doc), "effect.operation", NULL),
                                   tn_json_find(tn_json_root(doc), "outcome"), documents, &report->text, NULL);
    tn_json_close(doc);
    if (rc <= 0)
        return;
    tn_policy_decode(L, tn_buf_text(&report->text), report->text.len);
    lua_setfield(L, -2, "lines");
}

/* next_effect() → {effect, pays, lines, snapshot or item}; nothing at the end */
static int l_next_effect(lua_State *L)
{
    struct report *report = report_of(L);
    if (report->effects.at >= report->effects.values.len)
        return 0;
    const char *json = report->effects.values.data + report->effects.at;
    size_t len = strlen(json);
    report->effects.at += len + 1;
    tn_policy_decode(L, json, len);
    if (lua_getfield(L, -1, "outcome") != LUA_TNIL) {
        lua_pushvalue(L, -2);
        add_lines(L, report, json, len);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return 1;
}

/* encode(value) → JSON */
static int l_encode(lua_State *L)
{
    struct report *report = report_of(L);
    struct tn_json_writer w;
    struct tn_err err = {0};
    tn_buf_reset(&report->text);
    tn_jw_init(&w, &report->text);
    luaL_checkany(L, 1);
    if (tn_json_encode(L, 1, MAX_JSON_BYTES, NULL, &w, &err) < 0)
        return luaL_error(L, "%s", err.msg);
    if (report->text.failed)
        return luaL_error(L, "out of memory");
    lua_pushlstring(L, tn_buf_text(&report->text), report->text.len);
    return 1;
}

/* list() → a table that is an array, also while it is empty */
static int l_list(lua_State *L)
{
    lua_newtable(L);
    tn_json_push_array_mark(L);
    lua_setmetatable(L, -2);
    return 1;
}

/* digest(text) → SHA-256 in hexadecimal digits */
static int l_digest(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    char hex[TN_DIGEST_TEXT];
    tn_digest(hex, text, len);
    lua_pushstring(L, hex);
    return 1;
}

static void push_facts(lua_State *L, struct report *report)
{
    lua_newtable(L);
    tn_policy_decode(L, tn_buf_text(&report->summary), report->summary.len);
    lua_setfield(L, -2, "summary");
    tn_policy_decode(L, tn_buf_text(&report->approvals), report->approvals.len);
    lua_setfield(L, -2, "approvals");
    lua_newtable(L);
    lua_pushinteger(L, report->head.number);
    lua_setfield(L, -2, "number");
    lua_pushstring(L, report->head.hash);
    lua_setfield(L, -2, "hash");
    lua_setfield(L, -2, "head");
    tn_policy_decode(L, tn_buf_text(&report->kept), report->kept.len);
    lua_getfield(L, -1, "cloud");
    lua_pushstring(L, tn_cloud_portal(lua_tostring(L, -1)));
    lua_setfield(L, -4, "portal");
    lua_pop(L, 1);
    lua_setfield(L, -2, "request");
    lua_pushlightuserdata(L, report);
    lua_pushcclosure(L, l_next_effect, 1);
    lua_setfield(L, -2, "next_effect");
}

static void push_tools(lua_State *L, struct report *report)
{
    static const luaL_Reg functions[] = {{"encode", l_encode}, {"list", l_list}, {"digest", l_digest}, {NULL, NULL}};
    lua_newtable(L);
    lua_pushlightuserdata(L, report);
    luaL_setfuncs(L, functions, 1);
}

static void push_options(lua_State *L, const struct tn_request *request)
{
    lua_newtable(L);
    lua_pushstring(L, request->format);
    lua_setfield(L, -2, "format");
    lua_pushboolean(L, tn_request_flag(request, "effects"));
    lua_setfield(L, -2, "effects");
    lua_pushstring(L, tenure_version());
    lua_setfield(L, -2, "version");
}

/* ---- the report ------------------------------------------------------------------------------------------------- */

/* (report) → the text is in report->text */
static int write_report(lua_State *L)
{
    struct report *report = lua_touserdata(L, 1);
    size_t len;
    lua_settop(L, 0);
    tn_policy_open(L);
    tn_policy_require(L, "report.report");
    push_facts(L, report);
    push_options(L, report->request);
    push_tools(L, report);
    lua_call(L, 3, 1);
    const char *text = luaL_checklstring(L, -1, &len);
    tn_buf_reset(&report->text);
    tn_buf_put(&report->text, text, len);
    return 0;
}

static int make_text(struct report *report, struct tn_err *err)
{
    lua_State *L = luaL_newstate();
    if (!L)
        return tn_err_no_memory(err);
    int rc = TENURE_OK;
    lua_pushcfunction(L, write_report);
    lua_pushlightuserdata(L, report);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK)
        rc = tn_err_set(err, TENURE_EINTERNAL, "writing the report failed: %s", lua_tostring(L, -1));
    lua_close(L);
    return rc == TENURE_OK && report->text.failed ? tn_err_no_memory(err) : rc;
}

static void on_gathered(struct tn_ledger_work *work)
{
    struct report *report = tn_container_of(work, struct report, work);
    struct tn_request *request = report->request;
    struct tn_err err = work->err;
    if (err.code < 0) {
        tn_request_refuse(request, &err);
        return;
    }
    if (make_text(report, &err) < 0) {
        tn_request_fail(request, &err, 0);
        return;
    }
    struct tn_request_result result = {
        .run = report->run, .output = tn_buf_text(&report->text), .output_bytes = report->text.len};
    tn_request_finish(request, &result);
}

/* As it is asked for, else by the name of the file that it goes to. */
static int choose_format(struct tn_request *request, struct tn_err *err)
{
    static const char *const formats[] = {"html", "csv", "json", "md", NULL};
    const char *format = tn_request_text(request, "format"), *to = tn_request_text(request, "to");
    if (format && !tn_text_among(format, formats))
        return tn_err_set(err, TENURE_EINVAL, "report: there is no format '%.40s': write html, csv, json or md",
                          format);
    request->format = format ? format : tn_text_format(to, formats);
    if (!request->format && tn_text_ending(to))
        return tn_err_set(err, TENURE_EINVAL,
                          "report: '%.200s' does not say which format: call it .html, .csv, .json or .md, or give "
                          "--format",
                          to);
    if (!request->format)
        request->format = "md";
    return TENURE_OK;
}

static int start_report(struct tn_request *request, struct tn_err *err)
{
    struct report *report = request->state;
    struct tn_ledger *ledger;
    const char *id;
    report->request = request;
    int rc = tn_request_required(request, "run", &id, err);
    if (rc >= 0)
        rc = choose_format(request, err);
    if (rc >= 0)
        rc = tn_host_ledger(request, TN_LEDGER_READ, &ledger, err);
    if (rc < 0)
        return rc;
    snprintf(report->run, sizeof report->run, "%s", id);
    report->work = (struct tn_ledger_work){.run = gather, .done = on_gathered, .reads = true};
    tn_ledger_submit(ledger, &report->work);
    return TENURE_OK;
}

static void end_report(struct tn_request *request)
{
    struct report *report = request->state;
    tn_buf_deinit(&report->kept);
    tn_buf_deinit(&report->summary);
    tn_buf_deinit(&report->approvals);
    tn_buf_deinit(&report->effects.values);
    tn_buf_deinit(&report->text);
}

const struct tn_request_kind tn_request_report = {
    .name = "report",
    .state_size = sizeof(struct report),
    .start = start_report,
    .end = end_report,
};
