/* The doors of include/tenure: hosts. See host.h. */
#include "api/host.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/config.h"
#include "api/contact.h"
#include "api/request.h"
#include "base/id.h"
#include "net/url.h"

extern char **environ;

const char *tenure_version(void)
{
    return TENURE_VERSION;
}

/* ---- environment ------------------------------------------------------------------------------------------------ */

static int copy_environment(struct tenure_host *host, const char *const *from)
{
    size_t count = 0;
    while (from && from[count])
        count++;
    host->environment = calloc(count + 1, sizeof *host->environment);
    if (!host->environment)
        return TENURE_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        host->environment[i] = strdup(from[i]);
        if (!host->environment[i])
            return TENURE_ENOMEM;
    }
    return TENURE_OK;
}

/* Secrets are in there: wiped, not only freed. */
static void free_environment(struct tenure_host *host)
{
    for (char **at = host->environment; at && *at; at++) {
        explicit_bzero(*at, strlen(*at));
        free(*at);
    }
    free(host->environment);
    host->environment = NULL;
}

static const char *find_variable(const char *const *list, const char *name)
{
    size_t len = strlen(name);
    for (; list && *list; list++) {
        if (strncmp(*list, name, len) == 0 && (*list)[len] == '=' && (*list)[len + 1])
            return *list + len + 1;
    }
    return NULL;
}

const char *tn_host_variable(const struct tenure_host *host, const char *name)
{
    return find_variable((const char *const *)host->environment, name);
}

char *tn_host_actor(const struct tenure_host *host, char *text, size_t size)
{
    char machine[256] = "localhost", buffer[4096];
    struct passwd entry, *found = NULL;
    const char *user = tn_host_variable(host, "SUDO_USER");
    if (!user && getpwuid_r(getuid(), &entry, buffer, sizeof buffer, &found) == 0 && found)
        user = found->pw_name;
    gethostname(machine, sizeof machine - 1);
    snprintf(text, size, "%s@%s", user ? user : "unknown", machine);
    return text;
}

/* ---- making and freeing ----------------------------------------------------------------------------------------- */

int tenure_host_new(const tenure_host_options *options, tenure_host **out)
{
    static const tenure_host_options defaults = TENURE_HOST_OPTIONS_INIT;
    if (!options)
        options = &defaults;
    struct tenure_host *host = calloc(1, sizeof *host);
    if (!host)
        return TENURE_ENOMEM;
    host->on_event = options->on_event;
    host->user = options->user;
    int rc = copy_environment(host, options->environment ? options->environment : (const char *const *)environ);
    if (rc == TENURE_OK)
        rc = tn_loop_new(NULL, &host->loop, NULL);
    if (rc == TENURE_OK)
        rc = tn_json_state_new(&host->documents, NULL);
    if (rc < 0) {
        tenure_host_free(host);
        return rc;
    }
    *out = host;
    return TENURE_OK;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static void free_connections(struct tenure_host *host)
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

static void close_ledger(struct tn_open_ledger *open)
{
    tn_ledger_close(open->ledger);
    free(open->url);
    free(open);
}

static void close_ledgers(struct tenure_host *host)
{
    while (host->ledgers) {
        struct tn_open_ledger *open = host->ledgers;
        host->ledgers = open->next;
        close_ledger(open);
    }
}

void tenure_host_free(tenure_host *host)
{
    if (!host)
        return;
    close_ledgers(host); /* first: its thread works on what requests own */
    tn_requests_free(host);
    free_connections(host);
    tn_simulator_stop(host->simulator);
    if (host->policy)
        lua_close(host->policy);
    if (host->documents)
        lua_close(host->documents);
    tn_loop_free(host->loop);
    if (host->temporary)
        nftw(host->temporary, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(host->temporary);
    tn_config_free(host->config);
    free_environment(host);
    free(host);
}

/* ---- the loop's doors ------------------------------------------------------------------------------------------- */

int tenure_host_fd(const tenure_host *host)
{
    return tn_loop_fd(host->loop);
}

int tenure_host_timeout_ms(const tenure_host *host)
{
    return tn_loop_timeout_ms(host->loop);
}

int tenure_host_step(tenure_host *host, int max_wait_ms)
{
    if (host->request_count > 0)
        tn_loop_step(host->loop, max_wait_ms);
    return host->request_count;
}

void tn_host_emit(struct tn_request *request, const char *kind, const char *text, const char *json)
{
    struct tenure_host *host = request->host;
    if (!host->on_event)
        return;
    tenure_event event = {
        .size = sizeof event, .request = request->id, .kind = kind, .text = text, .json = json ? json : "{}"};
    host->on_event(host->user, &event);
}

/* ---- clouds ----------------------------------------------------------------------------------------------------- */

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
    identity->tenant = find_variable(variables, "AZURE_TENANT_ID");
    identity->client_id = find_variable(variables, "AZURE_CLIENT_ID");
    identity->secret = find_variable(variables, "AZURE_CLIENT_SECRET");
    identity->refresh_token = strdup(find_variable(variables, "TENURE_REFRESH_TOKEN"));
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
    if (rc == TENURE_OK)
        tn_engine_take_contact(connection->engine, &with->contact);
    return rc;
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

/* ---- ledgers ---------------------------------------------------------------------------------------------------- */

static int temporary_ledger(struct tenure_host *host, struct tn_buf *path, struct tn_err *err)
{
    if (!host->temporary) {
        const char *base = tn_host_variable(host, "TMPDIR");
        struct tn_buf pattern = {0};
        tn_buf_printf(&pattern, "%s/tenure-XXXXXX", base ? base : "/tmp");
        char *folder = tn_buf_take(&pattern, NULL);
        if (!folder || !mkdtemp(folder)) {
            free(folder);
            return tn_err_set(err, TENURE_EIO, "a temporary folder for the simulator's ledger cannot be made: %m");
        }
        host->temporary = folder;
    }
    tn_buf_printf(path, "%s/ledger.db", host->temporary);
    return TENURE_OK;
}

/* $XDG_STATE_HOME/tenure/ledger.db, or where that is by default. */
static int default_ledger(const struct tenure_host *host, struct tn_buf *path, struct tn_err *err)
{
    const char *state = tn_host_variable(host, "XDG_STATE_HOME");
    const char *home = tn_host_variable(host, "HOME");
    if (state && state[0] == '/')
        tn_buf_printf(path, "%s/tenure/ledger.db", state);
    else if (home)
        tn_buf_printf(path, "%s/.local/state/tenure/ledger.db", home);
    else
        return tn_err_set(err, TENURE_EINVAL,
                          "HOME is not set: say where the ledger is with --ledger or TENURE_LEDGER");
    return TENURE_OK;
}

/* The file that a ledger's address names. */
static const char *ledger_file(const char *url)
{
    return strncmp(url, "sqlite:", 7) == 0 ? url + 7 : url;
}

/* One that is open already. What was opened while the disk was full, only to be read, is of no use to who changes. */
static int find_open(struct tenure_host *host, const char *url, enum tn_ledger_use use, struct tn_ledger **out,
                     struct tn_err *err)
{
    struct tn_open_ledger **at = &host->ledgers;
    while (*at && strcmp((*at)->url, url) != 0)
        at = &(*at)->next;
    struct tn_open_ledger *found = *at;
    if (!found || use == TN_LEDGER_READ || !tn_ledger_read_only(found->ledger)) {
        *out = found ? found->ledger : NULL;
        return TENURE_OK;
    }
    if (tn_ledger_busy(found->ledger))
        return tn_err_set(err, TENURE_EBUSY, "the ledger '%s' is just being read: try again", url);
    *at = found->next;
    close_ledger(found);
    return TENURE_OK;
}

/* Where the request's ledger is: its address. */
static int ledger_address(struct tn_request *request, const struct tn_setting_value *value, struct tn_buf *path,
                          struct tn_err *err)
{
    struct tenure_host *host = request->host;
    int rc = TENURE_OK;
    if (host->simulator && (value->source == TN_SETTING_NOWHERE || value->source == TN_SETTING_PROFILE))
        rc = temporary_ledger(host, path, err);
    else if (value->text)
        tn_buf_puts(path, value->text);
    else
        rc = default_ledger(host, path, err);
    return rc == TENURE_OK && path->failed ? tn_err_no_memory(err) : rc;
}

/* One that is configured may be made by looking too: then there simply was nothing yet. */
static int check_there(const struct tn_setting_value *value, const char *url, struct tn_err *err)
{
    bool typed = value->source == TN_SETTING_FLAG || value->source == TN_SETTING_ENVIRONMENT;
    if (!typed || strstr(url, "://") || access(ledger_file(url), F_OK) == 0 || errno != ENOENT)
        return TENURE_OK; /* what else is the matter with it, opening it tells */
    return tn_err_set(err, TENURE_ENOENT, "there is no ledger at '%s' (%s)", ledger_file(url), value->origin);
}

/* url: the host's, once it is open. */
static int open_ledger(struct tenure_host *host, struct tn_buf *url, enum tn_ledger_use use, struct tn_ledger **out,
                       struct tn_err *err)
{
    struct tn_open_ledger *open = calloc(1, sizeof *open);
    if (!open)
        return tn_err_no_memory(err);
    int rc = use == TN_LEDGER_READ ? tn_ledger_open_to_read(host->loop, url->data, &open->ledger, err)
                                   : tn_ledger_open(host->loop, url->data, &open->ledger, err);
    if (rc < 0) {
        free(open);
        return rc;
    }
    open->url = tn_buf_take(url, NULL);
    open->next = host->ledgers;
    host->ledgers = open;
    *out = open->ledger;
    return TENURE_OK;
}

int tn_host_ledger(struct tn_request *request, enum tn_ledger_use use, struct tn_ledger **out, struct tn_err *err)
{
    struct tn_setting_value value;
    struct tn_buf url = {0};
    struct tn_ledger *found = NULL;
    int rc = tn_host_setting(request, TN_SETTING_LEDGER, &value, err);
    if (rc >= 0)
        rc = ledger_address(request, &value, &url, err);
    if (rc >= 0)
        rc = find_open(request->host, url.data, use, &found, err);
    if (rc >= 0 && !found && use != TN_LEDGER_BEGIN)
        rc = check_there(&value, url.data, err);
    if (rc >= 0 && !found)
        rc = open_ledger(request->host, &url, use, &found, err);
    tn_buf_deinit(&url);
    if (rc >= 0)
        *out = found;
    return rc < 0 ? rc : TENURE_OK;
}
