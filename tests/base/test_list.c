/* Lists whose members carry their link: leaving from anywhere, taking from the front. */
#include "base/list.h"

#include "check.h"

static void test_leave_and_take(void)
{
    struct tn_link *list = NULL, links[3] = {{0}};
    CHECK(!tn_link_take(&list));
    for (int i = 0; i < 3; i++)
        tn_link_enter(&list, &links[i]);
    CHECK(list == &links[2] && list->next == &links[1] && list->next->next == &links[0]);
    tn_link_leave(&links[1]);
    tn_link_leave(&links[1]);
    CHECK(list == &links[2] && list->next == &links[0] && !links[0].next);
    CHECK(tn_link_take(&list) == &links[2]);
    tn_link_leave(&links[2]);
    CHECK(list == &links[0]);
    tn_link_enter(&list, &links[1]);
    tn_link_leave(&links[0]);
    tn_link_leave(&links[1]);
    CHECK(!list);
}

int main(void)
{
    test_leave_and_take();
    return check_result();
}
