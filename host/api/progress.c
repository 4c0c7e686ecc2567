/* Events of a run in words: see progress.h. */
#include "api/progress.h"

#include <string.h>

#define SHOWN_CURRENCIES 3 /* as many as a line of a terminal has room for */

/* 1204.50 as 1,204.50 */
static void put_grouped(struct tn_buf *text, const char *amount)
{
    size_t whole = strcspn(amount, ".");
    for (size_t i = 0; amount[i]; i++) {
        bool between = i > 0 && i < whole && amount[i - 1] != '-';
        tn_buf_printf(text, "%s%c", between && (whole - i) % 3 == 0 ? "," : "", amount[i]);
    }
}

static void put_money(const struct tn_run_money *sums, const char *what, struct tn_buf *text)
{
    char amount[TN_MONEY_TEXT];
    size_t shown = sums->count > SHOWN_CURRENCIES ? SHOWN_CURRENCIES : sums->count;
    for (size_t i = 0; i < shown; i++) {
        tn_buf_puts(text, i ? " + " : ", ");
        put_grouped(text, tn_money_amount(&sums->list[i], amount));
        tn_buf_printf(text, " %s", sums->list[i].currency);
    }
    if (shown < sums->count)
        tn_buf_printf(text, " + %zu more", sums->count - shown);
    if (shown)
        tn_buf_printf(text, " %s", what);
}

static void write_money(struct tn_json_writer *w, const char *key, const struct tn_run_money *sums)
{
    tn_jw_key(w, key);
    tn_jw_array(w);
    for (size_t i = 0; i < sums->count; i++)
        tn_jw_money(w, &sums->list[i]);
    tn_jw_array_end(w);
}

static void put_rate(const struct tn_run_progress *progress, struct tn_buf *text)
{
    double rate = (double)progress->ended * 1000 / (double)progress->elapsed_ms;
    double left_s = (double)(progress->customers - progress->ended) / rate;
    tn_buf_printf(text, rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
    if (left_s >= 5400)
        tn_buf_printf(text, ", %.1f h left", left_s / 3600);
    else if (left_s >= 90)
        tn_buf_printf(text, ", %.0f min left", left_s / 60);
    else
        tn_buf_printf(text, ", %.0f s left", left_s);
}

/* "applying: 120/300 customers, 12/s, 15 s left, 45 effects sent, 38 settled, 1,204.50 EUR back". A narrow terminal shows
 * the beginning, so what changes what a person does comes first. */
static void put_text(const struct tn_run_progress *progress, struct tn_buf *text)
{
    bool plan = progress->pass == TN_PASS_PLAN;
    tn_buf_printf(text, "%s: %zu/%zu customers", plan ? "planning" : "applying", progress->ended, progress->customers);
    if (progress->unknown)
        tn_buf_printf(text, ", %llu UNKNOWN", (unsigned long long)progress->unknown);
    if (progress->ended && progress->elapsed_ms > 0)
        put_rate(progress, text);
    if (plan && progress->planned)
        tn_buf_printf(text, ", %llu effect%s", (unsigned long long)progress->planned,
                      progress->planned == 1 ? "" : "s");
    if (plan && progress->refused)
        tn_buf_printf(text, ", %llu refused", (unsigned long long)progress->refused);
    if (!plan && progress->sent)
        tn_buf_printf(text, ", %llu sent, %llu settled", (unsigned long long)progress->sent,
                      (unsigned long long)progress->settled);
    put_money(&progress->back, "back", text);
    put_money(&progress->pay, plan ? "to pay" : "paid", text);
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
    write_money(&w, "back", &progress->back);
    write_money(&w, "pay", &progress->pay);
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
    if (customer && !*customer)
        customer = NULL; /* of a step that is nobody's */
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
