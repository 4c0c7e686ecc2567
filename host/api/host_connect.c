/* The clouds that a host talks to, as whom: see tn_host_connect(). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/config.h"
#include "api/contact.h"
#include "api/host.h"
#include "base/id.h"

/* A simulator of the host's own, for --cloud simulator. */
static int own_simulator(struct tenure_host *host, struct tn_err *err)
{
    struct tn_simulator_options options = {.customers = 10, .reservations = 10, .settle_ms = -1};
    if (host->simulator)
        return TENURE_OK;
    return tn_simulator_start(host->loop, &options, &host->simulator, err);
}

/* Who the host's own simulator knows. */
static int own_identity(const struct tenure_host *host, struct tn_host_identity *identity, struct tn_err *err)
{
    const char *const *variables = tn_simulator_environment(host->simulator);
    identity->tenant = tn_variable_find(variables, "AZURE_TENANT_ID");
    identity->client_id = tn_variable_find(variables, "AZURE_CLIENT_ID");
    identity->secret = tn_variable_find(variables, "AZURE_CLIENT_SECRET");
    identity->refresh_token = strdup(tn_variable_find(variables, "TENURE_REFRESH_TOKEN"));
    return identity->refresh_token ? TENURE_OK : tn_err_no_memory(err);
}

/* The cloud by its name, and who acts in it. */
static int find_cloud(struct tn_request *request, const char *name, struct tn_cloud *cloud,
                      struct tn_host_identity *identity, struct tn_err *err)
{
    struct tenure_host *host = request->host;
    struct tn_setting_value value;
    int64_t quiet_ms;
    bool manual;
    int rc = tn_host_setting(request, TN_SETTING_CLOUD, &value, err);
    if (rc == TENURE_OK && !name)
        name = value.text;
    if (rc == TENURE_OK && name && strcmp(name, "simulator") == 0) {
        rc = own_simulator(host, err);
        name = rc == TENURE_OK ? tn_simulator_url(host->simulator) : NULL;
    }
    if (rc == TENURE_OK)
        rc = tn_cloud_find(cloud, name, err);
    if (rc == TENURE_OK)
        rc = tn_host_quiet_ms(request, cloud, &quiet_ms, err); /* what is wrong is refused before anything happens */
    if (rc == TENURE_OK)
        rc = tn_host_settle_manual(request, &manual, err);
    if (rc < 0)
        return rc;
    if (!host->simulator || !name || strcmp(name, tn_simulator_url(host->simulator)) != 0)
        return tn_host_identity(request, identity, err);
    return own_identity(host, identity, err);
}

/* What a connection is made of, which is what tells it from others. */
struct connecting {
    struct tn_cloud cloud;
    struct tn_host_identity identity;
    struct tn_support_contact contact; /* owned, until the connection takes it */
    struct tn_credential *credential;  /* the same */
    int64_t give_up_ms;
};

static char *connection_key(const struct connecting *with)
{
    struct tn_buf key = {0};
    const struct tn_host_identity *identity = &with->identity;
    char user[TN_DIGEST_TEXT] = "";
    if (identity->refresh_token)
        tn_digest(user, identity->refresh_token, strlen(identity->refresh_token));
    tn_buf_printf(&key, "%s %s %s %s %" PRId64, with->cloud.name, identity->tenant, identity->client_id, user,
                  with->give_up_ms);
    for (size_t i = 0; i < TN_SUPPORT_CONTACT_KEYS; i++)
        tn_buf_printf(&key, " %s", with->contact.texts[i] ? with->contact.texts[i] : "-");
    tn_buf_printf(&key, " %s", with->contact.where);
    return tn_buf_take(&key, NULL);
}

static int open_connection(struct tenure_host *host, struct connecting *with, struct tn_connection *connection,
                           struct tn_err *err)
{
    struct tn_http_options options = {.ca_file = tn_host_variable(host, "TENURE_CA_FILE"),
                                      .proxy = NULL,
                                      .allow_plain = with->cloud.loopback,
                                      .read_deadline_ms = (uint32_t)connection->give_up_ms,
                                      .watcher = {.on_contact = tn_contact_changed, .arg = connection}};
    connection->tenant = strdup(with->identity.tenant);
    if (!connection->tenant)
        return tn_err_no_memory(err);
    int rc = tn_http_new(host->loop, &options, &connection->http, err);
    if (rc < 0)
        return rc;
    rc = tn_auth_new(host->loop, connection->http, host->documents, &with->cloud, with->credential, &connection->auth,
                     err);
    if (rc < 0)
        return rc;
    with->credential = NULL; /* taken */
    rc = tn_engine_new(host->loop, connection->http, connection->auth, connection->tenant, &connection->engine, err);
    if (rc < 0)
        return rc;
    tn_engine_take_contact(connection->engine, &with->contact);
    tn_engine_strange_words(connection->engine)->watcher =
        (struct tn_strange_watcher){.on_word = tn_contact_strange_word, .arg = connection};
    return TENURE_OK;
}

/* The connection that is there already, or a new one. */
static int connect_with(struct tenure_host *host, struct connecting *with, struct tn_connection **out,
                        struct tn_err *err)
{
    char *key = connection_key(with);
    for (struct tn_connection *at = host->connections; key && at; at = at->next) {
        if (strcmp(at->key, key) == 0) {
            free(key);
            *out = at;
            return TENURE_OK;
        }
    }
    struct tn_connection *connection = key ? calloc(1, sizeof *connection) : NULL;
    if (!connection) {
        free(key);
        return tn_err_no_memory(err);
    }
    connection->host = host;
    connection->give_up_ms = with->give_up_ms;
    connection->key = key;
    connection->next = host->connections;
    host->connections = connection; /* whatever happens now, the host frees it */
    int rc = open_connection(host, with, connection, err);
    if (rc == TENURE_OK)
        *out = connection;
    else
        connection->key[0] = '\0'; /* half open: never found again */
    return rc;
}

/* libcurl writes the keys of its connections where this says. The command takes it out of its own environment; a library
 * may only say so. */
static void warn_of_key_log(struct tn_request *request)
{
    if (getenv("SSLKEYLOGFILE"))
        tn_host_emit(request, "warning",
                     "SSLKEYLOGFILE is set: who has that file can read what goes over TLS, secrets too; unset it",
                     NULL);
}

int tn_host_connect(struct tn_request *request, const char *name, struct tn_connection **out, struct tn_err *err)
{
    struct connecting with = {0};
    warn_of_key_log(request);
    int rc = find_cloud(request, name, &with.cloud, &with.identity, err);
    if (rc == TENURE_OK)
        rc = tn_host_give_up_ms(request, &with.give_up_ms, err);
    if (rc == TENURE_OK)
        rc = tn_host_support_contact(request, &with.contact, err);
    if (rc == TENURE_OK)
        rc = tn_credential_secret(with.identity.client_id, with.identity.secret, with.identity.refresh_token,
                                  &with.credential, err);
    if (rc == TENURE_OK)
        rc = connect_with(request->host, &with, out, err);
    tn_support_contact_deinit(&with.contact);
    tn_credential_free(with.credential);
    tn_host_identity_deinit(&with.identity);
    return rc;
}

void tn_host_disconnect(struct tenure_host *host)
{
    while (host->connections) {
        struct tn_connection *connection = host->connections;
        host->connections = connection->next;
        tn_engine_free(connection->engine);
        tn_auth_free(connection->auth);
        tn_http_free(connection->http);
        free(connection->key);
        free(connection->tenant);
        free(connection);
    }
}
