/* The effects of a run as policy gets them: see effect_facts.h. */
#include "api/effect_facts.h"

#include <string.h>

#include "azure/operation.h"

struct walk {
    struct tn_policy_list *facts;
    struct tn_db *db;
    struct tn_err *err;
    const struct tn_effect_row *effect;
    struct tn_json_writer *w;
};

static int on_item(void *arg, const struct tn_item_row *item)
{
    struct walk *walk = arg;
    if (item->index != walk->effect->item)
        return 0;
    if (item->item) {
        tn_jw_key(walk->w, "item");
        tn_jw_raw(walk->w, item->item, strlen(item->item));
    }
    return 1;
}

/* Whether it has to be paid; of one that needs a person also what was answered, of which its lines are read. */
static void write_nature(const struct tn_effect_row *effect, struct tn_json_writer *w)
{
    const struct tn_operation *op = tn_effect_by_name(effect->operation);
    bool needs_person = effect->state == TN_EFFECT_PARTIAL || effect->state == TN_EFFECT_UNKNOWN;
    if (op && op->moves & TN_MOVES_PAY)
        tn_jw_kv_bool(w, "pays", true);
    if (needs_person && effect->outcome)
        tn_jw_kv_json(w, "outcome", effect->outcome);
}

static int on_effect(void *arg, const struct tn_effect_row *effect)
{
    struct walk *walk = arg;
    struct tn_json_writer w;
    bool known;
    int rc = TENURE_OK;
    tn_jw_init(&w, &walk->facts->values);
    walk->effect = effect;
    walk->w = &w;
    tn_jw_object(&w);
    tn_jw_key(&w, "effect");
    tn_effect_write(effect, &w);
    write_nature(effect, &w);
    if (effect->snapshot) {
        tn_jw_key(&w, "snapshot");
        tn_jw_raw(&w, effect->snapshot, strlen(effect->snapshot));
    } else {
        rc = tn_items_each(walk->db, effect->run, effect->customer, effect->step, TN_PASS_PLAN, &known, on_item, walk,
                           walk->err);
    }
    tn_jw_object_end(&w);
    tn_buf_putc(&walk->facts->values, '\0');
    return rc < 0 ? rc : 0;
}

int tn_effect_facts_gather(struct tn_db *db, const char *run, unsigned states, struct tn_policy_list *facts,
                           struct tn_err *err)
{
    struct walk walk = {.facts = facts, .db = db, .err = err};
    tn_buf_reset(&facts->values); /* a transaction may be run again */
    facts->at = 0;
    int rc = tn_effect_each(db, run, NULL, states, on_effect, &walk, err);
    return rc >= 0 && facts->values.failed ? tn_err_no_memory(err) : rc;
}
