/* The book of changes: see book.h. */
#include "simulator/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "simulator/call.h"
#include "simulator/world.h"

#define MAX_KINDS 64

struct tn_sim_effect tn_sim_effect_of(const struct tn_sim_call *call, const char *kind, const char *state)
{
    struct tn_sim_effect effect = {.kind = kind, .state = state};
    const char *correlation = call->headers[TN_SIM_CORRELATION_REQUEST_ID];
    if (!correlation)
        correlation = call->headers[TN_SIM_CLIENT_REQUEST_ID];
    snprintf(effect.customer, sizeof effect.customer, "%s", call->customer->id);
    snprintf(effect.correlation_id, sizeof effect.correlation_id, "%s", correlation ? correlation : "");
    return effect;
}

size_t tn_sim_book_add(struct tn_sim_book *book, const struct tn_sim_effect *effect)
{
    struct tn_sim_effect *grown = tn_array_grow(book->effects, book->count, sizeof *grown);
    if (!grown)
        return 0;
    book->effects = grown;
    book->effects[book->count++] = *effect;
    return book->count;
}

void tn_sim_book_settle(struct tn_sim_book *book, size_t seq, const char *state)
{
    if (seq > 0 && seq <= book->count)
        book->effects[seq - 1].state = state;
}

void tn_sim_book_correct(struct tn_sim_book *book, size_t seq, struct tn_money amount)
{
    if (seq > 0 && seq <= book->count)
        book->effects[seq - 1].amount = amount;
}

static void write_line(const struct tn_sim_line *line, struct tn_json_writer *w)
{
    char text[TN_MONEY_TEXT];
    tn_jw_object(w);
    tn_jw_kv_string(w, "kind", line->kind);
    tn_jw_kv_string(w, "order", line->order);
    tn_jw_kv_string(w, "reservation", line->reservation[0] ? line->reservation : NULL);
    tn_jw_kv_int(w, "quantity", line->quantity);
    tn_jw_kv_string(w, "amount", tn_money_amount(&line->amount, text));
    tn_jw_kv_string(w, "currency", line->amount.currency);
    tn_jw_kv_string(w, "state", line->state);
    tn_jw_object_end(w);
}

static void write_lines(const struct tn_sim_effect *effect, struct tn_json_writer *w)
{
    tn_jw_key(w, "lines");
    tn_jw_array(w);
    for (size_t i = 0; i < effect->line_count; i++)
        write_line(&effect->lines[i], w);
    tn_jw_array_end(w);
}

static void write_effect(const struct tn_sim_effect *effect, size_t seq, struct tn_json_writer *w)
{
    char text[TN_MONEY_TEXT];
    tn_jw_object(w);
    tn_jw_kv_int(w, "seq", (int64_t)seq);
    tn_jw_kv_string(w, "kind", effect->kind);
    tn_jw_kv_string(w, "customer", effect->customer);
    tn_jw_kv_string(w, "reservation", effect->reservation[0] ? effect->reservation : NULL);
    tn_jw_kv_int(w, "quantity", effect->quantity);
    tn_jw_kv_string(w, "amount", effect->has_amount ? tn_money_amount(&effect->amount, text) : NULL);
    tn_jw_kv_string(w, "currency", effect->has_amount ? effect->amount.currency : NULL);
    tn_jw_kv_string(w, "correlation_id", effect->correlation_id[0] ? effect->correlation_id : NULL);
    tn_jw_kv_string(w, "state", effect->state);
    if (effect->lines)
        write_lines(effect, w);
    tn_jw_object_end(w);
}

void tn_sim_book_write(const struct tn_sim_book *book, struct tn_json_writer *w)
{
    tn_jw_array(w);
    for (size_t i = 0; i < book->count; i++)
        write_effect(&book->effects[i], i + 1, w);
    tn_jw_array_end(w);
}

void tn_sim_book_counts(const struct tn_sim_book *book, struct tn_json_writer *w)
{
    const char *kinds[MAX_KINDS];
    int64_t counts[MAX_KINDS] = {0};
    size_t known = 0;
    for (size_t i = 0; i < book->count; i++) {
        size_t at = 0;
        while (at < known && strcmp(kinds[at], book->effects[i].kind) != 0)
            at++;
        if (at == MAX_KINDS)
            continue;
        if (at == known)
            kinds[known++] = book->effects[i].kind;
        counts[at]++;
    }
    for (size_t at = 0; at < known; at++)
        tn_jw_kv_int(w, kinds[at], counts[at]);
}

void tn_sim_book_deinit(struct tn_sim_book *book)
{
    free(book->effects);
    *book = (struct tn_sim_book){0};
}
