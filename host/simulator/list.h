/*
 * A list whose members carry their own link, so that each can leave it by itself.
 */
#ifndef TN_SIMULATOR_LIST_H
#define TN_SIMULATOR_LIST_H

#include <stddef.h>

/* Embedded in the member, zeroed before first use; a list is a pointer to its first link. */
struct tn_sim_link {
    struct tn_sim_link *next, **at; /* at: whatever points to this one */
};

static inline void tn_sim_link_enter(struct tn_sim_link **list, struct tn_sim_link *link)
{
    link->next = *list;
    link->at = list;
    if (link->next)
        link->next->at = &link->next;
    *list = link;
}

static inline void tn_sim_link_leave(struct tn_sim_link *link)
{
    if (!link->at)
        return;
    *link->at = link->next;
    if (link->next)
        link->next->at = link->at;
    link->next = NULL;
    link->at = NULL;
}

/* The first link, which leaves the list; NULL: it is empty. */
static inline struct tn_sim_link *tn_sim_link_take(struct tn_sim_link **list)
{
    struct tn_sim_link *first = *list;
    if (!first)
        return NULL;
    *list = first->next;
    if (*list)
        (*list)->at = list;
    first->next = NULL;
    first->at = NULL;
    return first;
}

#endif
