/* The index by GUID and the bounded store: nothing is lost by growing, removing or making room. */
#include <stdio.h>

#include "check.h"
#include "simulator/random.h"
#include "simulator/store.h"

#define MANY 5000

struct entry {
    char id[TN_GUID_TEXT];
    int number;
};

static struct entry entries[MANY];

static void make_entries(void)
{
    struct tn_sim_random random = {42};
    for (int i = 0; i < MANY; i++) {
        tn_sim_random_guid(&random, entries[i].id);
        entries[i].number = i;
        CHECK(tn_guid_valid(entries[i].id, strlen(entries[i].id)));
    }
}

static void test_find_and_remove(void)
{
    struct tn_sim_index index = {0};
    CHECK(!tn_sim_index_find(&index, entries[0].id));
    for (int i = 0; i < MANY; i++)
        CHECK(tn_sim_index_put(&index, entries[i].id, &entries[i]));
    CHECK(index.count == MANY);
    for (int i = 0; i < MANY; i += 2)
        tn_sim_index_remove(&index, entries[i].id);
    CHECK(index.count == MANY / 2);
    for (int i = 0; i < MANY; i++)
        CHECK(tn_sim_index_find(&index, entries[i].id) == (i % 2 ? &entries[i] : NULL));
    tn_sim_index_deinit(&index);
}

/* Ids have no case; what is no GUID is nobody's. */
static void test_spelling(void)
{
    struct tn_sim_index index = {0};
    CHECK(tn_sim_index_put(&index, "abcdef00-0000-0000-0000-00000000000a", &entries[0]));
    CHECK(tn_sim_index_find(&index, "ABCDEF00-0000-0000-0000-00000000000A") == &entries[0]);
    CHECK(!tn_sim_index_find(&index, "abcdef00-0000-0000-0000-00000000000b"));
    CHECK(!tn_sim_index_find(&index, "abcdef00"));
    CHECK(!tn_sim_index_find(&index, ""));
    CHECK(!tn_sim_index_put(&index, "no guid", &entries[0]));
    tn_sim_index_deinit(&index);
}

static void test_oldest_make_room(void)
{
    struct tn_sim_store store = {.entry_bytes = sizeof(struct entry), .max = 100};
    for (int i = 0; i < 1000; i++)
        CHECK(tn_sim_store_add(&store, &entries[i]));
    for (int i = 0; i < 1000; i++) {
        const struct entry *found = tn_sim_store_find(&store, entries[i].id);
        CHECK(i < 900 ? !found : found && found->number == i);
    }
    CHECK(store.count == 100 && store.index.count == 100);
    tn_sim_store_deinit(&store);
}

int main(void)
{
    make_entries();
    test_find_and_remove();
    test_spelling();
    test_oldest_make_room();
    return check_result();
}
