/* What is known of a reservation: see facts.h. */
#include "azure/facts.h"

#include <stdio.h>
#include <string.h>

#include "azure/record.h"

/* A word that does not fit is none that is known here. */
static void take_word(struct tn_json raw, const char *path, char *word, size_t size)
{
    const char *text = tn_json_string(raw, path, NULL);
    snprintf(word, size, "%s", text && strlen(text) < size ? text : "");
}

static enum tn_known flag(struct tn_json raw, const char *name)
{
    const struct tn_field *can = tn_record_field(&tn_record_reservation, "can");
    const char *list = tn_json_string(raw, can->path, NULL);
    if (!list || !*list)
        return TN_KNOWN_NOTHING;
    for (const struct tn_flag *one = can->flags; one->name; one++) {
        if (strcmp(one->name, name) == 0)
            return tn_record_flag(can, raw, one) > 0 ? TN_KNOWN_YES : TN_KNOWN_NOT;
    }
    return TN_KNOWN_NOTHING;
}

void tn_facts_read(struct tn_json raw, struct tn_facts *facts)
{
    struct tn_field_value purchased;
    *facts = (struct tn_facts){.refunds = flag(raw, "refund"), .exchanges = flag(raw, "exchange")};
    take_word(raw, "properties.reservedResourceType", facts->type, sizeof facts->type);
    take_word(raw, "properties.provisioningState", facts->state, sizeof facts->state);
    tn_json_int(raw, "properties.quantity", &facts->quantity);
    if (tn_record_read(tn_record_field(&tn_record_reservation, "purchased"), raw, &purchased, NULL) >= 0 &&
        purchased.present)
        facts->purchased_s = purchased.integer;
}
