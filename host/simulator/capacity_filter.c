/* The $filter of the list of reservations: see capacity_filter.h. */
#include "simulator/capacity_filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "simulator/capacity_write.h"

static const char *const field_names[TN_SIM_FIELDS] = {
    [TN_SIM_BY_SKU] = "sku/name",
    [TN_SIM_BY_TYPE] = "properties/reservedResourceType",
    [TN_SIM_BY_DISPLAY_NAME] = "properties/displayName",
    [TN_SIM_BY_DISPLAY_STATE] = "properties/displayProvisioningState",
    [TN_SIM_BY_STATE] = "properties/provisioningState",
    [TN_SIM_BY_TERM] = "properties/term",
    [TN_SIM_BY_QUANTITY] = "properties/quantity",
    [TN_SIM_BY_RENEW] = "properties/renew",
    [TN_SIM_BY_ARCHIVED] = "properties/archived",
    [TN_SIM_BY_SCOPE] = "properties/appliedScopeType",
    [TN_SIM_BY_FRIENDLY_SCOPE] = "properties/userFriendlyAppliedScopeType",
};

static bool take_word(const char **at, const char *word)
{
    size_t len = strlen(word);
    *at += strspn(*at, " ");
    if (strncasecmp(*at, word, len) != 0 || ((*at)[len] && (*at)[len] != ' '))
        return false;
    *at += len;
    return true;
}

static bool take_field(const char **at, enum tn_sim_field *field)
{
    for (int i = 0; i < TN_SIM_FIELDS; i++) {
        if (take_word(at, field_names[i])) {
            *field = (enum tn_sim_field)i;
            return true;
        }
    }
    return false;
}

/* 'text' with '' for a quote inside, or a bare number, true, false. */
static bool take_value(const char **at, char *value, size_t size)
{
    size_t len = 0;
    *at += strspn(*at, " ");
    bool quoted = **at == '\'';
    *at += quoted;
    for (; **at; (*at)++) {
        if (quoted ? **at == '\'' && (*at)[1] != '\'' : **at == ' ')
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

bool tn_sim_filter_parse(struct tn_sim_filter *filter, const char *text)
{
    *filter = (struct tn_sim_filter){0};
    bool or_before = false;
    for (const char *at = text; filter->count < TN_SIM_MAX_TERMS;) {
        size_t n = filter->count++;
        filter->terms[n].or_before = or_before;
        if (!take_field(&at, &filter->terms[n].field) || !take_word(&at, "eq") ||
            !take_value(&at, filter->terms[n].value, sizeof filter->terms[n].value))
            return false;
        at += strspn(at, " ");
        if (!*at)
            return true;
        or_before = take_word(&at, "or");
        if (!or_before && !take_word(&at, "and"))
            return false;
    }
    return false;
}

static const char *field_text(const struct tn_sim_reservation *reservation, enum tn_sim_field field,
                              enum tn_sim_state state, int64_t now_seconds, char number[24])
{
    switch (field) {
    case TN_SIM_BY_SKU:
        return reservation->sku;
    case TN_SIM_BY_TYPE:
        return reservation->type;
    case TN_SIM_BY_DISPLAY_NAME:
        return reservation->name;
    case TN_SIM_BY_DISPLAY_STATE:
        return tn_sim_display_state(reservation, state, now_seconds);
    case TN_SIM_BY_STATE:
        return tn_sim_state_name(state);
    case TN_SIM_BY_TERM:
        return reservation->order->years == 3 ? "P3Y" : "P1Y";
    case TN_SIM_BY_RENEW:
        return reservation->renew ? "true" : "false";
    case TN_SIM_BY_ARCHIVED:
        return reservation->archived ? "true" : "false";
    case TN_SIM_BY_QUANTITY:
        snprintf(number, 24, "%lld", (long long)reservation->quantity);
        return number;
    default:
        return reservation->shared ? "Shared" : "Single";
    }
}

bool tn_sim_filter_passes(const struct tn_sim_filter *filter, const struct tn_sim_reservation *reservation,
                          enum tn_sim_state state, int64_t now_seconds)
{
    bool passes = true;
    char number[24];
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->terms[i].or_before) {
            if (passes)
                return true;
            passes = true;
        }
        passes = passes && tn_id_equal(filter->terms[i].value,
                                       field_text(reservation, filter->terms[i].field, state, now_seconds, number));
    }
    return passes;
}
