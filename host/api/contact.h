/* What a connection has to say, to everybody whose request is under way: whether the cloud can be reached, and that it says
 * words which nobody here knows. */
#ifndef TN_API_CONTACT_H
#define TN_API_CONTACT_H

#include "api/host.h"

/* A struct tn_http_watcher's on_contact; arg is the connection. */
void tn_contact_changed(void *arg, const struct tn_http_contact_event *event);

/* A struct tn_strange_watcher's on_word; arg is the connection. */
void tn_contact_strange_word(void *arg, const char *text);

#endif
