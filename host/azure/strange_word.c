/* Words that nobody here knows: see strange_word.h. */
#include "azure/strange_word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool is_known(const char *word)
{
    static const char *const known[] = {/* ends */
                                        "Succeeded", "Completed", "Registered", "NotRegistered", "Failed", "Canceled",
                                        "Cancelled", "Expired", "BillingFailed", "Split", "Merged",
                                        /* under way */
                                        "Accepted", "Running", "InProgress", "Updating", "Creating", "Created",
                                        "Pending", "PendingResourceHold", "ConfirmedResourceHold", "PendingBilling",
                                        "ConfirmedBilling", "PendingCapacity", "ConfirmedCapacity", "PendingRefunds",
                                        "PendingPurchases", "Registering", NULL};
    return tn_text_among_any_case(word, known);
}

void tn_strange_init(struct tn_strange_words *words, struct tn_loop *loop)
{
    *words = (struct tn_strange_words){.loop = loop};
}

void tn_strange_deinit(struct tn_strange_words *words)
{
    tn_job_cancel(words->loop, &words->job);
}

static void tell(struct tn_job *job)
{
    struct tn_strange_words *words = tn_container_of(job, struct tn_strange_words, job);
    while (words->told < words->count) {
        const struct tn_strange_word *one = &words->of[words->told++];
        char text[384];
        snprintf(text, sizeof text,
                 "customer %s: %s.%s is in a state that is not known here, '%s': it is waited for as if it were under "
                 "way; look in the portal whether it has ended (said once for this word)",
                 one->customer, one->op->module, one->op->name, one->word);
        words->watcher.on_word(words->watcher.arg, text);
    }
}

/* For people and their terminals: what is no letter, digit or mark of a word is a '?'. */
static void take_word(char out[64], const char *word)
{
    size_t len = 0;
    for (; word[len] && len < 63; len++)
        out[len] = isalnum((unsigned char)word[len]) || strchr("-_. ", word[len]) ? word[len] : '?';
    out[len] = '\0';
}

void tn_strange_note(struct tn_strange_words *words, const struct tn_operation *op, const char *customer,
                     const char *word)
{
    if (!words->watcher.on_word || !word || !*word || is_known(word) || words->count == TN_STRANGE_WORDS)
        return;
    struct tn_strange_word *one = &words->of[words->count];
    take_word(one->word, word);
    for (size_t i = 0; i < words->count; i++) {
        if (words->of[i].op == op && strcasecmp(words->of[i].word, one->word) == 0)
            return;
    }
    words->count++;
    one->op = op;
    snprintf(one->customer, sizeof one->customer, "%s", customer ? customer : "(the partner itself)");
    tn_job_post(words->loop, &words->job, tell);
}
