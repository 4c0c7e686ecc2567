/*
 * A list whose members carry their own link, so that each can leave it by itself.
 */
#ifndef TN_BASE_LIST_H
#define TN_BASE_LIST_H

#include <stddef.h>

/* Embedded in the member, zeroed before first use; a list is a pointer to its first link. */
struct tn_link {
    struct tn_link *next, **at; /* at: whatever points to this one */
};

static inline void tn_link_enter(struct tn_link **list, struct tn_link *link)
{
    link->next = *list;
    link->at = list;
    if (link->next)
        link->next->at = &link->next;
    *list = link;
}

static inline void tn_link_leave(struct tn_link *link)
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
static inline struct tn_link *tn_link_take(struct tn_link **list)
{
    struct tn_link *first = *list;
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
