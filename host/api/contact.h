/* Whether the cloud can be reached, said to everybody whose request is under way. */
#ifndef TN_API_CONTACT_H
#define TN_API_CONTACT_H

#include "api/host.h"

/* A struct tn_http_watcher's on_contact; arg is the connection. */
void tn_contact_changed(void *arg, const struct tn_http_contact_event *event);

#endif
