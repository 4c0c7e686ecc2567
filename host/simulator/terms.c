/* The words of OData filters: see terms.h. */
#include "simulator/terms.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/id.h"

bool tn_sim_take_word(const char **at, const char *word)
{
    size_t len = strlen(word);
    const char *from = *at + strspn(*at, " ");
    if (strncasecmp(from, word, len) != 0 || (from[len] && from[len] != ' '))
        return false;
    *at = from + len;
    return true;
}

bool tn_sim_take_value(const char **at, char *value, size_t size)
{
    size_t len = 0;
    *at += strspn(*at, " ");
    bool quoted = **at == '\'';
    *at += quoted;
    for (; **at; (*at)++) {
        if (quoted ? **at == '\'' && (*at)[1] != '\'' : **at == ' ' || **at == ')')
            break;
        *at += quoted && **at == '\'';
        if (len + 1 == size)
            return false;
        value[len++] = **at;
    }
    value[len] = '\0';
    if (!quoted)
        return len > 0;
    if (**at != '\'')
        return false;
    (*at)++;
    return true;
}

/* "(…)" behind a function's name: nothing, or one quoted text. */
static bool take_argument(const char **at, struct tn_sim_term *term)
{
    (*at)++;
    if (**at == '\'' && !tn_sim_take_value(at, term->value, sizeof term->value))
        return false;
    if (**at != ')')
        return false;
    (*at)++;
    return true;
}

static bool take_term(const char **at, struct tn_sim_term *term)
{
    static const char *const comparisons[] = {"eq", "ge", "le", "gt", "lt", NULL};
    *at += strspn(*at, " ");
    size_t len = strcspn(*at, " (");
    if (len == 0 || len >= sizeof term->field)
        return false;
    snprintf(term->field, sizeof term->field, "%.*s", (int)len, *at);
    *at += len;
    if (**at == '(')
        return take_argument(at, term);
    for (size_t i = 0; comparisons[i]; i++) {
        if (!tn_sim_take_word(at, comparisons[i]))
            continue;
        snprintf(term->comparison, sizeof term->comparison, "%s", comparisons[i]);
        return tn_sim_take_value(at, term->value, sizeof term->value);
    }
    return false;
}

bool tn_sim_terms_parse(struct tn_sim_terms *terms, const char *text)
{
    *terms = (struct tn_sim_terms){.count = 0};
    for (const char *at = text; terms->count < TN_SIM_MOST_TERMS;) {
        if (!take_term(&at, &terms->list[terms->count++]))
            return false;
        at += strspn(at, " ");
        if (!*at)
            return true;
        if (!tn_sim_take_word(&at, "and"))
            return false;
    }
    return false;
}

bool tn_sim_term_is(const struct tn_sim_term *term, const char *field, const char *comparison)
{
    return tn_id_equal(term->field, field) && strcmp(term->comparison, comparison) == 0;
}

bool tn_sim_term_time(const struct tn_sim_term *term, int64_t *seconds)
{
    return tn_time_parse(term->value, strlen(term->value), seconds);
}
