/* Contacts: see support_contact.h. */
#include "azure/support_contact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

const char *const tn_support_contact_keys[] = {"first_name", "last_name", "email",  "phone", "country",
                                               "time_zone",  "language",  "method", NULL};
const char *const tn_support_contact_methods[] = {"email", "phone", NULL};

static const char *const required[] = {"first_name", "last_name", "email", "country", "time_zone", NULL};

void tn_support_contact_deinit(struct tn_support_contact *contact)
{
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++)
        free(contact->texts[i]);
    *contact = (struct tn_support_contact){0};
}

int tn_support_contact_read(struct tn_support_contact *contact, lua_State *L, const char *json, struct tn_err *err)
{
    struct tn_json_doc *doc = NULL;
    bool whole = true;
    int rc = tn_json_parse(L, json, strlen(json), 0, &doc, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++) {
        const char *text = tn_json_string(tn_json_root(doc), tn_support_contact_keys[i], NULL);
        free(contact->texts[i]);
        contact->texts[i] = text ? strdup(text) : NULL;
        whole = whole && !contact->texts[i] == !text;
    }
    tn_json_close(doc);
    return whole ? TENURE_OK : tn_err_no_memory(err);
}

/* What a contact says of a key; NULL: nothing. */
static const char *text_of(char *const texts[], const char *key)
{
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++) {
        if (strcmp(tn_support_contact_keys[i], key) == 0)
            return texts[i];
    }
    return NULL;
}

/* "first_name, email" of texts in the order of the keys; "": nothing is missing. */
static void list_missing(char *const texts[], char list[128])
{
    const char *method = text_of(texts, "method");
    size_t len = 0;
    list[0] = '\0';
    for (const char *const *key = required; *key; key++) {
        if (!text_of(texts, *key))
            len += (size_t)snprintf(list + len, 128 - len, "%s%s", len ? ", " : "", *key);
    }
    if (method && strcmp(method, "phone") == 0 && !text_of(texts, "phone"))
        snprintf(list + len, 128 - len, "%sphone", len ? ", " : "");
}

int tn_support_contact_check(const struct tn_support_contact *contact, struct tn_err *err)
{
    char missing[128];
    list_missing(contact->texts, missing);
    if (!missing[0])
        return TENURE_OK;
    if (err)
        snprintf(err->name, sizeof err->name, TN_SUPPORT_CONTACT_MISSING);
    return tn_err_set(err, TENURE_EINVAL, "support has to know whom to answer: write %s into 'contact' of %s", missing,
                      contact->where[0] ? contact->where : "the profile");
}

/* A contact that a call says by itself is whole, too. */
static int check_own(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    char *texts[TN_SUPPORT_CONTACT_KEYS], missing[128];
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++)
        texts[i] = tn_values_get(op, values, tn_support_contact_keys[i])->text;
    list_missing(texts, missing);
    if (!missing[0])
        return TENURE_OK;
    if (err)
        snprintf(err->name, sizeof err->name, TN_SUPPORT_CONTACT_MISSING);
    return tn_err_set(err, TENURE_EINVAL,
                      "%s.%s: its contact lacks %s: give the whole of it, or nothing, and it is the profile's",
                      op->module, op->name, missing);
}

int tn_support_contact_fill(const struct tn_support_contact *contact, const struct tn_operation *op,
                            struct tn_values *values, struct tn_err *err)
{
    bool own = false;
    if (!op->takes_contact)
        return TENURE_OK;
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++)
        own = own || tn_values_get(op, values, tn_support_contact_keys[i])->given;
    if (own)
        return check_own(op, values, err);
    int rc = tn_support_contact_check(contact, err);
    if (rc < 0)
        tn_err_prefix(err, "%s.%s", op->module, op->name);
    for (size_t i = 0; rc == TENURE_OK && i < TN_SUPPORT_CONTACT_KEYS; i++) {
        int argument = tn_argument_index(op, tn_support_contact_keys[i]);
        if (contact->texts[i])
            rc = tn_values_set_text(op, values, (size_t)argument, contact->texts[i], err);
    }
    return rc;
}
