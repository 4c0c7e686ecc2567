/*
 * What Azure refuses, in words, and what can be known of it before Azure is asked.
 *
 * One table of rules: the code, the words for it and what to do instead, what the rule looks at, and its source. A rule is
 * asked once before a quote, or before an update. It looks at what is known already (facts.h), and asks nothing:
 *
 *   vetoes   Azure is certain to refuse it: nothing is asked, the quote comes back as a refused one does
 *   doubts   by a date, an amount or a grouping that Azure may see differently: the quote decides
 *
 * Where the quote then decides otherwise than the rule, Azure's word counts, and what is said of it says so, too. What is
 * not known speaks neither for nor against anything, and amounts are compared in one currency or not at all.
 *
 * Sources: the ErrorResponseCode of the Microsoft.Capacity REST reference 2022-11-01; "Self-service exchanges and refunds for
 * Azure Reservations" and "Changes to the Azure reservation exchange policy" in the Azure documentation. No refused exchange
 * is on record: the codes of exchanges are assumed, and any other code is passed on as it is. Codes in lower case are ours.
 */
#ifndef TN_AZURE_POLICY_H
#define TN_AZURE_POLICY_H

#include "azure/call.h"

#define TN_POLICY_CODE 64
#define TN_POLICY_TEXT 384

/* What an operation is to the rules: which of them look at it. */
enum {
    TN_POLICY_REFUND = 1,
    TN_POLICY_EXCHANGE = 2,
    TN_POLICY_PURCHASE = 4,
    TN_POLICY_UPDATE = 8,
    TN_POLICY_SPLIT = 16,
    TN_POLICY_MERGE = 32
};
/* Azure takes these without a quote, and refuses them late: what they act on is looked at before. */
#define TN_POLICY_LOOKS (TN_POLICY_SPLIT | TN_POLICY_MERGE)

enum tn_policy_force {
    TN_POLICY_EXPLAINS, /* Azure alone can know: the rule has the words only */
    TN_POLICY_DOUBTS,
    TN_POLICY_VETOES
};

struct tn_policy_case;

/* Each knows more than the one before. */
enum tn_policy_opinion { TN_POLICY_UNKNOWN, TN_POLICY_FINE, TN_POLICY_AGAINST };

struct tn_policy_rule {
    const char *code;
    const char *words;   /* where the service says nothing but the code */
    const char *instead; /* what to do instead; NULL: nothing that is known here */
    const char *kept;    /* what to do where it is known that it cannot be refunded either; NULL: the same */
    unsigned of;         /* TN_POLICY_REFUND … */
    enum tn_policy_force force;
    /* What it finds: why it is against it, or what speaks for it. NULL: it explains. */
    enum tn_policy_opinion (*look)(const struct tn_policy_case *it, char found[TN_POLICY_TEXT]);
    const char *looks_at, *source; /* for people; looks_at NULL: it explains */
};
extern const struct tn_policy_rule tn_policy_rules[]; /* ends with a NULL code */

/* One sentence for a person: the service's message, or ours where it has none (NULL, ""), and what to do instead, where that
 * is known: that is never cut off. text has room for TN_POLICY_TEXT at least. kept: see tn_policy_keeps(). */
void tn_policy_explain(const char *code, const char *message, bool kept, char *text, size_t size);

/* Whether it is known that something of what would be given back cannot be refunded: by what the list of reservations says
 * of it, or by its type. To refund it and buy again is no advice then. */
bool tn_policy_keeps(const struct tn_operation *op, const struct tn_values *values);

/* An entry of policyErrors that has no code, or is no object at all, blocks as any other: its code is TN_POLICY_NO_CODE, and
 * its message says what the answer has. False: it has a code. */
#define TN_POLICY_NO_CODE "unexplained"
bool tn_policy_tell_nothing(struct tn_json entry, char text[TN_POLICY_TEXT]);

/* Before anything is asked: 1: it is vetoed, code and found say by what and why; 0: it is not. Negative: err is set.
 * now_s: the time of day. L: for documents. */
int tn_policy_judge(const struct tn_operation *op, const struct tn_values *values, int64_t now_s, lua_State *L,
                    char code[TN_POLICY_CODE], char found[TN_POLICY_TEXT], struct tn_err *err);

/* Members of what a vetoed quote is answered with: a name that Azure cannot use, at the top; and
 * "policyErrors": [{"code", "message"}]. */
#define TN_POLICY_VETOED "$vetoed"
/* Member of a refusal of something that cannot be refunded either; the same kind of name. */
#define TN_POLICY_KEPT "$kept"
void tn_policy_write_error(struct tn_json_writer *w, const char *code, const char *message);

/* The answer of a quoting operation that was vetoed, as the call's page. Negative: err is set. */
int tn_policy_answer(struct tn_call *call, const char *code, const char *found, struct tn_err *err);

/* The service has quoted: what was doubted and is allowed all the same becomes quote->doubts, and where it is refused the
 * refusal says what was known here of its reason. Negative: err is set. */
int tn_policy_weigh(struct tn_quote *quote, int64_t now_s, lua_State *L, struct tn_err *err);

/* The service refused without a policy of its own (HTTP 400 …): what its code means, or else what was doubted here, is added to
 * its words. What says nothing of the request (404, 403, 5xx) stays as it is. */
void tn_policy_tell(const struct tn_operation *op, const struct tn_values *values, int64_t now_s, lua_State *L,
                    struct tn_err *failure);

#endif
