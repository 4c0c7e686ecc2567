/*
 * Contacts: whom support answers.
 *
 * A ticket needs one (Microsoft.Support REST 2024-04-01, Support Tickets - Create: contactDetails). It is the call's own,
 * said with the arguments named like the keys, or the profile's; never a mixture of two people.
 *
 *   first_name last_name email   who it is
 *   country                      three letters, ISO 3166: CHE
 *   time_zone                    as Windows names it: W. Europe Standard Time
 *   language                     en-US unless given
 *   phone                        needed to be called
 *   method                       email or phone; phone where there is a number, unless given
 */
#ifndef TN_AZURE_SUPPORT_CONTACT_H
#define TN_AZURE_SUPPORT_CONTACT_H

#include <lua.h>

#include "azure/values.h"

#define TN_SUPPORT_CONTACT_KEYS 8
#define TN_SUPPORT_CONTACT_MISSING "no-contact" /* err->name where something is missing */

extern const char *const tn_support_contact_keys[TN_SUPPORT_CONTACT_KEYS + 1]; /* NULL-ended */
extern const char *const tn_support_contact_methods[];                         /* NULL-ended */

/* The profile's; zeroed: it says nothing. */
struct tn_support_contact {
    char *texts[TN_SUPPORT_CONTACT_KEYS]; /* in the order of the keys; owned; NULL: not said */
    char where[512];                      /* for messages: "profile 'main' in FILE" */
};

/* Read one from a JSON object of its keys. L decodes. */
int tn_support_contact_read(struct tn_support_contact *contact, lua_State *L, const char *json, struct tn_err *err);
void tn_support_contact_deinit(struct tn_support_contact *contact);

/* Whether it is whole, for a call that says nothing of its own. TENURE_EINVAL, with the name TN_SUPPORT_CONTACT_MISSING: what
 * is missing, all of it, and where it belongs. */
int tn_support_contact_check(const struct tn_support_contact *contact, struct tn_err *err);

/* Give a call of a row that takes a contact the profile's, unless it has its own. TENURE_EINVAL as tn_support_contact_check(). */
int tn_support_contact_fill(const struct tn_support_contact *contact, const struct tn_operation *op,
                            struct tn_values *values, struct tn_err *err);

#endif
