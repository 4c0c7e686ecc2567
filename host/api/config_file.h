/*
 * One configuration file: profiles, each a named set of settings.
 *
 *   default: main
 *   profiles:
 *     main:
 *       tenant: contoso.onmicrosoft.com
 *       client_id: 11111111-2222-3333-4444-555555555555
 *       client_secret_env: PARTNER_SECRET   # the variable that has the secret; a secret itself is refused
 *       refresh_token_env: PARTNER_TOKEN    # the variable that has the refresh token of a user to act as
 *       cloud: public
 *       ledger: ~/contoso/ledger.db
 *       contact:                            # whom support answers: see azure/support_contact.h
 *         first_name: Ada
 *         last_name: Doe
 *         email: ada@contoso.com
 *         country: POL
 *         time_zone: Central European Standard Time
 *       quiet: 15 minutes
 *       settle: auto
 *
 * A project's file may come from somebody else, so it can do less: its cloud is a known one or on loopback, because
 * secrets go to where the cloud is. A file that anybody may change, or that belongs to another user, is refused.
 */
#ifndef TN_API_CONFIG_FILE_H
#define TN_API_CONFIG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum tn_setting {
    TN_SETTING_TENANT,
    TN_SETTING_CLIENT_ID,
    TN_SETTING_CLIENT_SECRET_ENV,
    TN_SETTING_REFRESH_TOKEN_ENV,
    TN_SETTING_CLOUD,
    TN_SETTING_LEDGER,
    TN_SETTING_CONTACT, /* as JSON */
    TN_SETTING_QUIET,
    TN_SETTING_SETTLE,
    TN_SETTING_GIVE_UP,
    TN_SETTING_COUNT
};

#define TN_PROFILE_NAME_MAX 64

struct tn_profile_value {
    char *text; /* NULL: the profile does not say */
    int line, column;
};

struct tn_profile {
    struct tn_profile *next;
    char name[TN_PROFILE_NAME_MAX + 1];
    struct tn_profile_value values[TN_SETTING_COUNT];
};

struct tn_config_file {
    char *path;
    struct tn_profile *profiles;
    char first_choice[TN_PROFILE_NAME_MAX + 1]; /* `default`; "": none */
    int line, column;                           /* of `default` */
};

struct tn_config_place {
    const char *path;
    const char *home;   /* what ~/ stands for; NULL: nothing */
    const char *folder; /* what a relative ledger starts at; NULL: it must be absolute */
    bool project;
};

/* Read a file. *out stays NULL when there is none. TENURE_EINVAL: text tells everything that is wrong with it. */
int tn_config_file_load(const struct tn_config_place *place, struct tn_config_file **out, struct tn_buf *text,
                        struct tn_err *err);
void tn_config_file_free(struct tn_config_file *file); /* NULL is fine */

const struct tn_profile *tn_config_file_find(const struct tn_config_file *file, const char *name); /* NULL: none */

/* The key of a setting in a profile. */
const char *tn_setting_key(enum tn_setting setting);

/* "15 minutes", "2s": a whole number with a unit, at most a day. */
bool tn_wait_parse(const char *text, int64_t *ms);

#endif
