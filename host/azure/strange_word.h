/*
 * Words of a state that nobody here knows: that one was seen is told once for each operation and word, and what goes on
 * is waited for all the same.
 *
 * ARM lets a provider say whatever it likes while an operation runs ("all other values": the ARM asynchronous operations
 * reference); the words known here are those of its documentation and of Microsoft.Capacity 2022-11-01, of Partner
 * Center, and those on record. A word may mean an end, too: so a person is told what is being waited for.
 */
#ifndef TN_AZURE_STRANGE_WORD_H
#define TN_AZURE_STRANGE_WORD_H

#include "azure/operation.h"
#include "loop/loop.h"

/* Called from a job of its own, never from inside a call. text: one sentence, gone after the call. */
struct tn_strange_watcher {
    void (*on_word)(void *arg, const char *text);
    void *arg;
};

#define TN_STRANGE_WORDS 16 /* beyond so many nothing more is told */

/* Of an engine, on whose loop it lives. */
struct tn_strange_words {
    struct tn_loop *loop;
    struct tn_strange_watcher watcher; /* on_word NULL: nobody is told */
    struct tn_strange_word {
        const struct tn_operation *op;
        char word[64], customer[64];
    } of[TN_STRANGE_WORDS];
    size_t count, told;
    struct tn_job job;
};

void tn_strange_init(struct tn_strange_words *words, struct tn_loop *loop);
void tn_strange_deinit(struct tn_strange_words *words);

/* What an operation, or what it changes, says of its state while it is followed. Words that are known, and NULL and "",
 * tell nothing. customer: a tenant id; NULL: the partner itself. */
void tn_strange_note(struct tn_strange_words *words, const struct tn_operation *op, const char *customer,
                     const char *word);

#endif
