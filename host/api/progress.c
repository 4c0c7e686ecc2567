/* Events of a run in words: see progress.h. */
#include "api/progress.h"

#include <string.h>

static void put_money(const struct tn_run_progress *progress, struct tn_buf *text)
{
    char amount[TN_MONEY_TEXT];
    for (size_t i = 0; i < progress->money_count; i++)
        tn_buf_printf(text, "%s%s %s", i ? " + " : ", ", tn_money_amount(&progress->money[i], amount),
                      progress->money[i].currency);
}

/* "apply 120/300 customers, 45 refunds sent, 38 settled, 1204.50 EUR, 12/s, 15 s left" */
static void put_text(const struct tn_run_progress *progress, struct tn_buf *text)
{
    bool plan = progress->pass == TN_PASS_PLAN;
    tn_buf_printf(text, "%s: %zu/%zu customers", plan ? "planning" : "applying", progress->ended, progress->customers);
    if (plan)
        tn_buf_printf(text, ", %llu effects", (unsigned long long)progress->planned);
    else
        tn_buf_printf(text, ", %llu effects sent, %llu settled", (unsigned long long)progress->sent,
                      (unsigned long long)progress->settled);
    if (progress->unknown)
        tn_buf_printf(text, ", %llu unknown", (unsigned long long)progress->unknown);
    put_money(progress, text);
    if (progress->ended && progress->elapsed_ms > 0) {
        double rate = (double)progress->ended * 1000 / (double)progress->elapsed_ms;
        double left = (double)(progress->customers - progress->ended) / rate;
        tn_buf_printf(text, ", %.0f customers/s, %.0f s left", rate, left);
    }
}

static void put_json(const struct tn_run_progress *progress, struct tn_buf *json)
{
    struct tn_json_writer w;
    tn_jw_init(&w, json);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "pass", progress->pass == TN_PASS_PLAN ? "plan" : "apply");
    tn_jw_kv_int(&w, "customers", (int64_t)progress->customers);
    tn_jw_kv_int(&w, "ended", (int64_t)progress->ended);
    tn_jw_kv_int(&w, "planned", (int64_t)progress->planned);
    tn_jw_kv_int(&w, "refused", (int64_t)progress->refused);
    tn_jw_kv_int(&w, "sent", (int64_t)progress->sent);
    tn_jw_kv_int(&w, "settled", (int64_t)progress->settled);
    tn_jw_kv_int(&w, "unknown", (int64_t)progress->unknown);
    tn_jw_key(&w, "money");
    tn_jw_array(&w);
    for (size_t i = 0; i < progress->money_count; i++)
        tn_jw_money(&w, &progress->money[i]);
    tn_jw_array_end(&w);
    tn_jw_kv_int(&w, "elapsed_ms", progress->elapsed_ms);
    tn_jw_object_end(&w);
}

void tn_progress_emit(struct tn_request *request, const struct tn_run_progress *progress)
{
    struct tn_buf text = {0}, json = {0};
    put_text(progress, &text);
    put_json(progress, &json);
    tn_host_emit(request, "progress", tn_buf_text(&text), tn_buf_text(&json));
    tn_buf_deinit(&text);
    tn_buf_deinit(&json);
}

void tn_log_emit(struct tn_request *request, const char *customer, const char *step, const char *text,
                 const char *fields)
{
    struct tn_buf line = {0}, json = {0};
    struct tn_json_writer w;
    tn_buf_printf(&line, "%s%s%s%s%s", customer ? customer : "", customer ? " " : "", step ? step : "",
                  customer || step ? ": " : "", text);
    if (fields)
        tn_buf_printf(&line, " %s", fields);
    tn_jw_init(&w, &json);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "customer", customer);
    tn_jw_kv_string(&w, "step", step);
    tn_jw_kv_string(&w, "text", text);
    tn_jw_key(&w, "fields");
    if (fields)
        tn_jw_raw(&w, fields, strlen(fields));
    else
        tn_jw_null(&w);
    tn_jw_object_end(&w);
    tn_host_emit(request, "log", tn_buf_text(&line), tn_buf_text(&json));
    tn_buf_deinit(&line);
    tn_buf_deinit(&json);
}
