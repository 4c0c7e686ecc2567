/* What a request to Microsoft.Consumption is about, and for which days: see consumption.h. */
#include <stdio.h>
#include <string.h>

#include "simulator/arm.h"
#include "simulator/capacity.h"
#include "simulator/consumption.h"
#include "simulator/state.h"
#include "simulator/terms.h"

#define NARROW_SEGMENTS 9 /* of a path that names a reservation or a billing profile, where others have 7 */

bool tn_sim_asked_read(struct tn_sim_call *call, struct tn_sim_asked *asked)
{
    bool narrow = call->segment_count == NARROW_SEGMENTS;
    *asked = (struct tn_sim_asked){.order = NULL};
    if (tn_id_equal(call->segments[1], "Microsoft.Billing")) {
        asked->account = call->params[0];
        asked->profile = narrow ? call->params[1] : NULL;
        return true;
    }
    asked->order = tn_sim_capacity_order(call);
    if (asked->order && narrow)
        asked->reservation = tn_sim_capacity_reservation(call, tn_sim_capacity_sight(call));
    return asked->order && (!narrow || asked->reservation);
}

void tn_sim_asked_text(const struct tn_sim_asked *asked, char *text, size_t size)
{
    if (asked->account && asked->profile)
        snprintf(text, size, "providers/Microsoft.Billing/billingAccounts/%.120s/billingProfiles/%.60s", asked->account,
                 asked->profile);
    else
        snprintf(text, size, "providers/Microsoft.Billing/billingAccounts/%.120s", asked->account);
}

size_t tn_sim_asked_customers(const struct tn_sim_call *call, struct tn_sim_customer *const **first)
{
    const struct tn_sim_world *world = &call->simulator->world;
    bool all = call->customer == world->partner;
    *first = all ? world->customers : (struct tn_sim_customer *const *)&call->customer;
    return all ? world->customer_count : 1;
}

bool tn_sim_asked_days(struct tn_sim_call *call, const char *filter, const char *field, struct tn_sim_span *days)
{
    struct tn_sim_terms terms;
    *days = (struct tn_sim_span){INT64_MIN, INT64_MAX};
    bool good = !filter || tn_sim_terms_parse(&terms, filter);
    for (size_t i = 0; good && filter && i < terms.count; i++) {
        int64_t seconds;
        const struct tn_sim_term *term = &terms.list[i];
        good = tn_sim_term_time(term, &seconds);
        if (good && tn_sim_term_is(term, field, "ge"))
            days->first = tn_sim_day_of(seconds);
        else if (good && tn_sim_term_is(term, field, "le"))
            days->last = tn_sim_day_of(seconds);
        else
            good = false;
    }
    if (!good)
        tn_sim_arm_error(call, 400, "BadRequest",
                         "Invalid query parameter $filter: it compares %s with dates, by ge and le, joined by AND.",
                         field);
    return good;
}
