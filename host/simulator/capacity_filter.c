/* The $filter and $orderby of the list of reservations: see capacity_filter.h. */
#include "simulator/capacity_filter.h"

#include <stdio.h>
#include <string.h>

#include "simulator/capacity_write.h"
#include "simulator/scope.h"
#include "simulator/terms.h"

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
    [TN_SIM_BY_FRIENDLY_RENEW] = "properties/userFriendlyRenewState",
    [TN_SIM_BY_EFFECTIVE] = "properties/effectiveDateTime",
    [TN_SIM_BY_EXPIRY_TIME] = "properties/expiryDateTime",
    [TN_SIM_BY_EXPIRY_DATE] = "properties/expiryDate",
};

static bool take_field(const char **at, enum tn_sim_field *field)
{
    *at += strspn(*at, " (");
    for (int i = 0; i < TN_SIM_FIELDS; i++) {
        if (tn_sim_take_word(at, field_names[i])) {
            *field = (enum tn_sim_field)i;
            return true;
        }
    }
    return false;
}

/* Brackets that change nothing: around one comparison, or around all. They stand where they please; only a mix of both
 * words with brackets could mean something else. */
static bool brackets_matter(const char *text)
{
    const char *and = strcasestr(text, " and "), * or = strcasestr(text, " or ");
    return strchr(text, '(') && and&& or ;
}

bool tn_sim_filter_parse(struct tn_sim_filter *filter, const char *text)
{
    *filter = (struct tn_sim_filter){0};
    if (brackets_matter(text))
        return false;
    bool or_before = false;
    for (const char *at = text; filter->count < TN_SIM_MAX_TERMS;) {
        size_t n = filter->count++;
        filter->terms[n].or_before = or_before;
        if (!take_field(&at, &filter->terms[n].field) || !tn_sim_take_word(&at, "eq") ||
            !tn_sim_take_value(&at, filter->terms[n].value, sizeof filter->terms[n].value))
            return false;
        at += strspn(at, " )");
        if (!*at)
            return true;
        or_before = tn_sim_take_word(&at, "or");
        if (!or_before && !tn_sim_take_word(&at, "and"))
            return false;
    }
    return false;
}

bool tn_sim_ordering_parse(struct tn_sim_ordering *ordering, const char *text)
{
    *ordering = (struct tn_sim_ordering){0};
    if (!take_field(&text, &ordering->field))
        return false;
    ordering->descends = tn_sim_take_word(&text, "desc");
    if (!ordering->descends)
        tn_sim_take_word(&text, "asc");
    return !text[strspn(text, " ")];
}

/* What the customer has set. */
static const char *settings_text(const struct tn_sim_settings *settings, enum tn_sim_field field,
                                 enum tn_sim_state state)
{
    switch (field) {
    case TN_SIM_BY_DISPLAY_NAME:
        return settings->name;
    case TN_SIM_BY_RENEW:
        return settings->renew ? "true" : "false";
    case TN_SIM_BY_ARCHIVED:
        return settings->archived ? "true" : "false";
    case TN_SIM_BY_SCOPE:
        return tn_sim_scope_type(settings->scope);
    case TN_SIM_BY_FRIENDLY_SCOPE:
        return tn_sim_scope_friendly(settings->scope);
    default:
        return tn_sim_renew_state(settings, state);
    }
}

static const char *time_text(int64_t seconds, const char *id, bool date, char text[TN_SIM_FIELD_TEXT])
{
    tn_sim_time_format(seconds, id, text);
    if (date)
        text[10] = '\0';
    return text;
}

const char *tn_sim_field_text(const struct tn_sim_reservation *reservation, const struct tn_sim_change *as,
                              enum tn_sim_field field, int64_t now_seconds, char text[TN_SIM_FIELD_TEXT])
{
    const struct tn_sim_order *order = reservation->order;
    switch (field) {
    case TN_SIM_BY_SKU:
        return reservation->sku;
    case TN_SIM_BY_TYPE:
        return reservation->type;
    case TN_SIM_BY_DISPLAY_STATE:
        return tn_sim_display_state(reservation, as->state, now_seconds);
    case TN_SIM_BY_STATE:
        return tn_sim_state_name(as->state);
    case TN_SIM_BY_TERM:
        return order->years == 3 ? "P3Y" : "P1Y";
    case TN_SIM_BY_QUANTITY:
        snprintf(text, TN_SIM_FIELD_TEXT, "%lld", (long long)reservation->quantity);
        return text;
    case TN_SIM_BY_EFFECTIVE:
        return time_text(as->at_seconds, reservation->id, false, text);
    case TN_SIM_BY_EXPIRY_TIME:
        return time_text(order->expires, order->id, false, text);
    case TN_SIM_BY_EXPIRY_DATE:
        return time_text(order->expires, order->id, true, text);
    default:
        return settings_text(tn_sim_settings_as(reservation, as), field, as->state);
    }
}

bool tn_sim_filter_passes(const struct tn_sim_filter *filter, const struct tn_sim_reservation *reservation,
                          const struct tn_sim_change *as, int64_t now_seconds)
{
    bool passes = true;
    char text[TN_SIM_FIELD_TEXT];
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->terms[i].or_before) {
            if (passes)
                return true;
            passes = true;
        }
        passes = passes && tn_id_equal(filter->terms[i].value,
                                       tn_sim_field_text(reservation, as, filter->terms[i].field, now_seconds, text));
    }
    return passes;
}
