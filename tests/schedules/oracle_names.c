/*
 * Effects that name what they ask for: they may be asked for again when in doubt, but what is said of them in the end must
 * be so, and nothing else may have changed. See oracle.h.
 */
#include <stdio.h>
#include <string.h>

#include "oracle_effect.h"
#include "reader.h"
#include "service.h"

/* What the script asks for. */
static void name_for(const char *reservation, char name[40])
{
    size_t len = strlen(reservation);
    snprintf(name, 40, "kept-%.12s", reservation + (len > 12 ? len - 12 : 0));
}

struct names_truth oracle_names_truth(const struct world *world, const char *key, int64_t attempts)
{
    const struct changes *changes = service_changes(world->service);
    struct names_truth truth = {0};
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        if (!effect_asked(key, attempts, change->correlation))
            continue;
        truth.given = truth.given || !change->failed;
        truth.open = truth.open || change->settled_ms > world->now_ms;
    }
    return truth;
}

void oracle_check_name(struct world *world, const struct effect *effect)
{
    char wanted[40];
    const char *reservation = strrchr(effect->subject, '/') + 1;
    struct names_truth truth = oracle_names_truth(world, effect->key, effect->attempt);
    const char *name = changes_name(service_changes(world->service), reservation, INT64_MAX); /* reads may lag */
    name_for(reservation, wanted);
    tell(world, "%.8s of %.8s: %s at attempt %lld; %s, called '%s'", effect->key, reservation, effect->state,
         (long long)effect->attempt, truth.given ? "given" : "not given", name);
    if (effect_succeeded(effect) && strcmp(name, wanted) != 0)
        violate(world, UNLISTED, "%.8s is %s, and %s is called '%s'", effect->key, effect->state, reservation, name);
    if (effect_came_to_nothing(effect) && truth.given)
        violate(world, UNLISTED, "%.8s is %s, and %s is called '%s' by it", effect->key, effect->state, reservation,
                name);
}

static bool asked_by_any(const struct world *world, const struct change *change)
{
    bool found = false;
    sqlite3_stmt *rows = reader_ask(world, "SELECT key, attempt, subject FROM effect WHERE operation = 'update'", NULL);
    while (!found && reader_next(rows))
        found = strstr(reader_text(rows, 2), change->reservation) &&
                effect_asked(reader_text(rows, 0), reader_int(rows, 1), change->correlation);
    reader_done(rows);
    return found;
}

/* What is in doubt counts, so that no more is ever given than a run may give. */
static void check_cap(struct world *world)
{
    char run[48] = "";
    int64_t given = 0;
    sqlite3_stmt *rows = reader_ask(world,
                                    "SELECT effect.run, key, attempt, cap_count FROM effect JOIN guard ON"
                                    " guard.run = effect.run AND guard.operation = effect.operation"
                                    " WHERE effect.operation = 'update' ORDER BY effect.run",
                                    NULL);
    while (reader_next(rows)) {
        if (strcmp(run, reader_text(rows, 0)) != 0)
            given = 0;
        snprintf(run, sizeof run, "%s", reader_text(rows, 0));
        given += oracle_names_truth(world, reader_text(rows, 1), reader_int(rows, 2)).given;
        if (given > reader_int(rows, 3))
            violate(world, GUARD, "run %s: %lld names given, %lld allowed", run, (long long)given,
                    (long long)reader_int(rows, 3));
    }
    reader_done(rows);
}

void oracle_check_names(struct world *world)
{
    const struct changes *changes = service_changes(world->service);
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        char wanted[40];
        name_for(change->reservation, wanted);
        if (!asked_by_any(world, change) || strcmp(change->name, wanted) != 0)
            violate(world, UNLISTED, "%s was called '%s', which no effect asked for", change->reservation,
                    change->name);
    }
    check_cap(world);
}
