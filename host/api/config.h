/*
 * Configuration: what a request works with where its own arguments do not say.
 *
 *   flag ─▶ environment ─▶ the profile in the project's file ─▶ the same profile in the user's file
 *
 * The user's file is $XDG_CONFIG_HOME/tenure/config.yaml, the project's is .tenure/config.yaml in the current folder or
 * the nearest one above it. Both have the same keys (config_file.h). A profile is chosen by --profile, for a run that
 * exists by what it was planned with, by TENURE_PROFILE, by `default` of the project's file, then of the user's;
 * without any of these no profile is used. The files are read once, when a request first asks.
 */
#ifndef TN_API_CONFIG_H
#define TN_API_CONFIG_H

#include "api/config_file.h"
#include "api/host.h"
#include "azure/support_contact.h"

struct tn_config;
void tn_config_free(struct tn_config *config); /* NULL is fine */

enum tn_setting_source { TN_SETTING_NOWHERE, TN_SETTING_FLAG, TN_SETTING_ENVIRONMENT, TN_SETTING_PROFILE };

struct tn_setting_value {
    const char *text; /* NULL: nobody says; borrowed, lives as long as the request */
    enum tn_setting_source source;
    char origin[320]; /* for messages: "--cloud", "TENURE_CLOUD", "FILE:4:12" */
};

/* What a setting is for a request. TENURE_EINVAL: a configuration file has mistakes (the request's text tells them), or
 * there is no such profile. */
int tn_host_setting(struct tn_request *request, enum tn_setting setting, struct tn_setting_value *value,
                    struct tn_err *err);

/* The name of the profile that a request uses; NULL: none. */
int tn_host_profile(struct tn_request *request, const char **name, struct tn_err *err);

/* How long evidence that nothing happened must hold before an effect is tried again: 15 minutes unless told otherwise,
 * and never less than 5 where the cloud is not on loopback. */
int tn_host_quiet_ms(struct tn_request *request, const struct tn_cloud *cloud, int64_t *quiet_ms, struct tn_err *err);

/* How long a cloud that cannot be reached is tried again before it is given up: 10 minutes unless told otherwise. */
int tn_host_give_up_ms(struct tn_request *request, int64_t *give_up_ms, struct tn_err *err);

/* Whether an unknown effect waits for a person even where a probe found that nothing happened. */
int tn_host_settle_manual(struct tn_request *request, bool *manual, struct tn_err *err);

/* Whom support answers, and where a person writes that down; what is missing is told when it is needed. Its texts are
 * the caller's, tn_support_contact_deinit(). */
int tn_host_support_contact(struct tn_request *request, struct tn_support_contact *contact, struct tn_err *err);

/* The application of a request, its secret, and the refresh token of the user it can act as: both go with the id, so one
 * that the environment has is never sent for an id that a profile names together with a variable of its own. */
struct tn_host_identity {
    const char *tenant, *client_id, *secret; /* borrowed */
    char *refresh_token;                     /* owned; NULL: there is no user */
};
int tn_host_identity(struct tn_request *request, struct tn_host_identity *identity, struct tn_err *err);
void tn_host_identity_deinit(struct tn_host_identity *identity); /* wipes */

#endif
