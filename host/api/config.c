/* Configuration: see config.h. */
#include "api/config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/credential.h"
#include "base/id.h"
#include "workflow/package.h"

#define QUIET_DEFAULT_MS 900000
#define QUIET_LEAST_MS 300000
#define GIVE_UP_DEFAULT_MS 600000
#define TOKEN_FILE_BYTES (64u << 10)

struct tn_config {
    struct tn_config_file *project, *user; /* NULL: there is none */
    char *user_path;                       /* where the user's is looked for; NULL: nowhere */
};

static const struct {
    const char *flag, *variable;
} names[TN_SETTING_COUNT] = {
    [TN_SETTING_TENANT] = {NULL, "AZURE_TENANT_ID"}, [TN_SETTING_CLIENT_ID] = {NULL, "AZURE_CLIENT_ID"},
    [TN_SETTING_CLOUD] = {"cloud", "TENURE_CLOUD"},  [TN_SETTING_LEDGER] = {"ledger", "TENURE_LEDGER"},
    [TN_SETTING_QUIET] = {NULL, "TENURE_QUIET"}, /* --quiet is about talk */
    [TN_SETTING_SETTLE] = {NULL, "TENURE_SETTLE"},   [TN_SETTING_GIVE_UP] = {NULL, "TENURE_GIVE_UP"},
};

/* ---- files ------------------------------------------------------------------------------------------------------ */

void tn_config_free(struct tn_config *config)
{
    if (!config)
        return;
    tn_config_file_free(config->project);
    tn_config_file_free(config->user);
    free(config->user_path);
    free(config);
}

static int load_user(const struct tenure_host *host, struct tn_config *config, struct tn_buf *text, struct tn_err *err)
{
    const char *folder = tn_host_variable(host, "XDG_CONFIG_HOME"), *home = tn_host_variable(host, "HOME");
    struct tn_buf path = {0};
    if (folder && folder[0] == '/')
        tn_buf_printf(&path, "%s/tenure/config.yaml", folder);
    else if (home)
        tn_buf_printf(&path, "%s/.config/tenure/config.yaml", home);
    else
        return TENURE_OK;
    config->user_path = tn_buf_take(&path, NULL);
    struct tn_config_place place = {.path = config->user_path, .home = home};
    return place.path ? tn_config_file_load(&place, &config->user, text, err) : tn_err_no_memory(err);
}

/* From the current folder upwards; the first file found is the project's. */
static int load_project(const struct tenure_host *host, struct tn_config *config, struct tn_buf *text,
                        struct tn_err *err)
{
    char *folder = getcwd(NULL, 0);
    int rc = TENURE_OK;
    while (folder && rc == TENURE_OK && !config->project) {
        struct tn_buf path = {0};
        tn_buf_printf(&path, "%s/.tenure/config.yaml", folder);
        struct tn_config_place place = {
            .path = tn_buf_text(&path), .home = tn_host_variable(host, "HOME"), .folder = folder, .project = true};
        rc = path.failed ? tn_err_no_memory(err) : tn_config_file_load(&place, &config->project, text, err);
        tn_buf_deinit(&path);
        char *slash = strrchr(folder, '/');
        if (!slash || !*folder)
            break;
        *slash = '\0';
    }
    free(folder);
    return rc;
}

/* Both files are read before either is complained about. */
static int load(struct tn_request *request, struct tn_err *err)
{
    struct tenure_host *host = request->host;
    struct tn_err other = {0};
    if (host->config)
        return TENURE_OK;
    struct tn_config *config = calloc(1, sizeof *config);
    if (!config)
        return tn_err_no_memory(err);
    int rc = load_project(host, config, &request->text, err);
    if (load_user(host, config, &request->text, &other) < 0 && rc == TENURE_OK)
        rc = tn_err_set(err, other.code, "%s", other.msg);
    if (rc < 0) {
        tn_config_free(config);
        return rc;
    }
    host->config = config;
    return TENURE_OK;
}

/* ---- profiles --------------------------------------------------------------------------------------------------- */

static size_t add_names(const struct tn_config_file *file, const char **list, size_t count, size_t room)
{
    for (const struct tn_profile *profile = file ? file->profiles : NULL; profile && count < room;
         profile = profile->next)
        list[count++] = profile->name;
    return count;
}

static int unknown_profile(const struct tn_config *config, const char *origin, const char *name, struct tn_err *err)
{
    const char *list[65] = {0};
    size_t count = add_names(config->project, list, 0, 64);
    count = add_names(config->user, list, count, 64);
    const char *closest = tn_closest(name, list);
    if (closest)
        return tn_err_set(err, TENURE_EINVAL, "%s: there is no profile '%.80s' (did you mean '%s'?)", origin, name,
                          closest);
    return tn_err_set(err, TENURE_EINVAL, "%s: there is no profile '%.80s': %s", origin, name,
                      count
                          ? "see the config.yaml of the project and your own"
                          : "profiles are in $XDG_CONFIG_HOME/tenure/config.yaml and a project's .tenure/config.yaml");
}

static const char *first_choice(const struct tn_config_file *file, char *origin, size_t size)
{
    if (!file || !file->first_choice[0])
        return NULL;
    snprintf(origin, size, "%s:%d:%d", file->path, file->line, file->column);
    return file->first_choice;
}

int tn_host_profile(struct tn_request *request, const char **name, struct tn_err *err)
{
    const struct tenure_host *host = request->host;
    char origin[320] = "--profile";
    int rc = load(request, err);
    if (rc < 0)
        return rc;
    const struct tn_config *config = host->config;
    *name = tn_request_text(request, "profile");
    if (!*name && request->profile[0]) {
        *name = request->profile;
        snprintf(origin, sizeof origin, "the run's profile");
    }
    if (!*name && (*name = tn_host_variable(host, "TENURE_PROFILE")))
        snprintf(origin, sizeof origin, "TENURE_PROFILE");
    if (!*name)
        *name = first_choice(config->project, origin, sizeof origin);
    if (!*name)
        *name = first_choice(config->user, origin, sizeof origin);
    if (*name && !tn_config_file_find(config->project, *name) && !tn_config_file_find(config->user, *name))
        return unknown_profile(config, origin, *name, err);
    return TENURE_OK;
}

/* ---- settings --------------------------------------------------------------------------------------------------- */

static bool find_in(const struct tn_config_file *file, const char *profile, enum tn_setting setting,
                    struct tn_setting_value *value)
{
    const struct tn_profile *found = tn_config_file_find(file, profile);
    if (!found || !found->values[setting].text)
        return false;
    value->text = found->values[setting].text;
    value->source = TN_SETTING_PROFILE;
    snprintf(value->origin, sizeof value->origin, "%s:%d:%d", file->path, found->values[setting].line,
             found->values[setting].column);
    return true;
}

static bool find_outside(const struct tn_request *request, enum tn_setting setting, struct tn_setting_value *value)
{
    const char *flag = names[setting].flag, *variable = names[setting].variable;
    if (flag && (value->text = tn_request_text(request, flag))) {
        value->source = TN_SETTING_FLAG;
        snprintf(value->origin, sizeof value->origin, "--%s", flag);
    } else if (variable && (value->text = tn_host_variable(request->host, variable))) {
        value->source = TN_SETTING_ENVIRONMENT;
        snprintf(value->origin, sizeof value->origin, "%s", variable);
    }
    return value->text;
}

/* Who says --profile expects its settings: what the environment puts before them is said aloud, once. */
static void warn_overridden(struct tn_request *request, const char *profile)
{
    const struct tn_config *config = request->host->config;
    struct tn_buf text = {0};
    if (request->profile_told || !tn_request_text(request, "profile"))
        return;
    request->profile_told = true;
    for (int i = 0; i < TN_SETTING_COUNT; i++) {
        struct tn_setting_value outside = {0}, inside = {0};
        bool both = (find_in(config->project, profile, i, &inside) || find_in(config->user, profile, i, &inside)) &&
                    find_outside(request, i, &outside);
        if (both && outside.source == TN_SETTING_ENVIRONMENT && strcmp(outside.text, inside.text) != 0)
            tn_buf_printf(&text, "%s%s", text.len ? ", " : "", outside.origin);
    }
    if (text.len) {
        tn_buf_printf(&text, ": the environment goes before profile '%s'; unset what should come from there", profile);
        tn_host_emit(request, "warning", tn_buf_text(&text), NULL);
    }
    tn_buf_deinit(&text);
}

int tn_host_setting(struct tn_request *request, enum tn_setting setting, struct tn_setting_value *value,
                    struct tn_err *err)
{
    const char *profile;
    *value = (struct tn_setting_value){0};
    int rc = tn_host_profile(request, &profile, err);
    if (rc < 0)
        return rc;
    if (profile)
        warn_overridden(request, profile);
    const struct tn_config *config = request->host->config;
    if (!find_outside(request, setting, value) && profile && !find_in(config->project, profile, setting, value))
        find_in(config->user, profile, setting, value);
    return TENURE_OK;
}

/* The simulator that the host runs itself comes with a quiet time of its own. */
static void own_simulators_quiet(const struct tenure_host *host, const struct tn_cloud *cloud,
                                 struct tn_setting_value *value)
{
    static const char name[] = "TENURE_QUIET=";
    if (!host->simulator || strcmp(cloud->name, tn_simulator_url(host->simulator)) != 0)
        return;
    for (const char *const *at = tn_simulator_environment(host->simulator); *at; at++) {
        if (strncmp(*at, name, strlen(name)) == 0)
            value->text = *at + strlen(name);
    }
}

static int parse_wait(const struct tn_setting_value *value, const char *example, int64_t *ms, struct tn_err *err)
{
    if (value->text && !tn_wait_parse(value->text, ms))
        return tn_err_set(err, TENURE_EINVAL, "%s takes a time up to a day such as %s, not '%.80s'", value->origin,
                          example, value->text);
    return TENURE_OK;
}

int tn_host_give_up_ms(struct tn_request *request, int64_t *give_up_ms, struct tn_err *err)
{
    struct tn_setting_value value;
    int rc = tn_host_setting(request, TN_SETTING_GIVE_UP, &value, err);
    *give_up_ms = GIVE_UP_DEFAULT_MS;
    return rc < 0 ? rc : parse_wait(&value, "10 minutes", give_up_ms, err);
}

int tn_host_quiet_ms(struct tn_request *request, const struct tn_cloud *cloud, int64_t *quiet_ms, struct tn_err *err)
{
    struct tn_setting_value value;
    int rc = tn_host_setting(request, TN_SETTING_QUIET, &value, err);
    if (rc < 0)
        return rc;
    if (value.source != TN_SETTING_ENVIRONMENT)
        own_simulators_quiet(request->host, cloud, &value);
    *quiet_ms = QUIET_DEFAULT_MS;
    rc = parse_wait(&value, "15 minutes", quiet_ms, err);
    if (rc < 0)
        return rc;
    if (*quiet_ms < QUIET_LEAST_MS && !cloud->loopback)
        return tn_err_set(
            err, TENURE_EINVAL,
            "%s: a quiet time of %.80s is too short for %s: Azure may show an effect minutes after it was "
            "made, and it would be made twice; write at least 5 minutes",
            value.origin, value.text, cloud->name);
    return TENURE_OK;
}

int tn_host_settle_manual(struct tn_request *request, bool *manual, struct tn_err *err)
{
    struct tn_setting_value value;
    int rc = tn_host_setting(request, TN_SETTING_SETTLE, &value, err);
    if (rc < 0)
        return rc;
    *manual = value.text && strcmp(value.text, "manual") == 0;
    if (value.text && !*manual && strcmp(value.text, "auto") != 0)
        return tn_err_set(err, TENURE_EINVAL, "%s takes auto or manual, not '%.80s'", value.origin, value.text);
    return TENURE_OK;
}

/* ---- whom support answers --------------------------------------------------------------------------------------- */

/* "profile 'main' in FILE": the file that says something of it, or has it. */
static void tell_contact_place(const struct tn_config *config, const char *profile, const char *origin, char *where,
                               size_t size)
{
    const char *user = config->user_path ? config->user_path : "$XDG_CONFIG_HOME/tenure/config.yaml";
    bool of_user = profile && tn_config_file_find(config->user, profile);
    if (origin[0])
        snprintf(where, size, "profile '%s' (%s)", profile, origin);
    else if (profile)
        snprintf(where, size, "profile '%s' in %s", profile, of_user ? user : config->project->path);
    else
        snprintf(where, size, "a profile in %s, and choose that with --profile", user);
}

int tn_host_support_contact(struct tn_request *request, struct tn_support_contact *contact, struct tn_err *err)
{
    struct tn_setting_value value;
    const char *profile = NULL;
    int rc = tn_host_profile(request, &profile, err);
    if (rc == TENURE_OK)
        rc = tn_host_setting(request, TN_SETTING_CONTACT, &value, err);
    if (rc == TENURE_OK && value.text)
        rc = tn_support_contact_read(contact, request->host->documents, value.text, err);
    if (rc == TENURE_OK)
        tell_contact_place(request->host->config, profile, value.origin, contact->where, sizeof contact->where);
    else
        tn_support_contact_deinit(contact);
    return rc;
}

/* ---- who acts --------------------------------------------------------------------------------------------------- */

static int missing(struct tn_request *request, enum tn_setting setting, const char *what, struct tn_err *err)
{
    const char *profile = NULL;
    tn_host_profile(request, &profile, NULL);
    if (!profile)
        return tn_err_set(err, TENURE_EINVAL, "%s is not set: %s", names[setting].variable, what);
    return tn_err_set(err, TENURE_EINVAL, "neither %s nor '%s' of profile '%s' is set: %s", names[setting].variable,
                      tn_setting_key(setting), profile, what);
}

/* What the file says, without the line's end that editors put after it. */
static int read_token_file(const char *path, char **token, struct tn_err *err)
{
    char *bytes = NULL;
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return tn_err_set(err, TENURE_EINVAL, "TENURE_REFRESH_TOKEN_FILE: cannot open '%s': %m", path);
    int rc = tn_file_read(fd, path, TOKEN_FILE_BYTES, &bytes, &len, err);
    if (rc < 0)
        return tn_err_prefix(err, "TENURE_REFRESH_TOKEN_FILE");
    while (len > 0 && isspace((unsigned char)bytes[len - 1]))
        bytes[--len] = '\0';
    if (len == 0) {
        tn_secret_free(bytes);
        return tn_err_set(err, TENURE_EINVAL, "TENURE_REFRESH_TOKEN_FILE: there is no token in '%s'", path);
    }
    *token = bytes;
    return TENURE_OK;
}

static int copy_token(const char *text, char **token, struct tn_err *err)
{
    *token = strdup(text);
    return *token ? TENURE_OK : tn_err_no_memory(err);
}

/* The variable that the profile names; else, unless it names variables of its own for this application, the
 * environment's: the token before the file. */
static int find_refresh_token(struct tn_request *request, const struct tn_setting_value *client, char **token,
                              struct tn_err *err)
{
    const struct tenure_host *host = request->host;
    struct tn_setting_value named = {0}, secret = {0};
    int rc = TENURE_OK;
    if (client->source == TN_SETTING_PROFILE) {
        rc = tn_host_setting(request, TN_SETTING_REFRESH_TOKEN_ENV, &named, err);
        if (rc == TENURE_OK)
            rc = tn_host_setting(request, TN_SETTING_CLIENT_SECRET_ENV, &secret, err);
    }
    if (rc < 0)
        return rc;
    const char *text = tn_host_variable(host, named.text ? named.text : "TENURE_REFRESH_TOKEN");
    const char *file = tn_host_variable(host, "TENURE_REFRESH_TOKEN_FILE");
    if (named.text && !text)
        return tn_err_set(err, TENURE_EINVAL, "%s is not set: %s says that it has the user's refresh token", named.text,
                          named.origin);
    if (!named.text && secret.text)
        return TENURE_OK;
    if (text)
        return copy_token(text, token, err);
    return file ? read_token_file(file, token, err) : TENURE_OK;
}

static int find_secret(struct tn_request *request, const struct tn_setting_value *client, const char **secret,
                       struct tn_err *err)
{
    struct tn_setting_value named = {0};
    const char *variable = "AZURE_CLIENT_SECRET";
    if (client->source == TN_SETTING_PROFILE) {
        int rc = tn_host_setting(request, TN_SETTING_CLIENT_SECRET_ENV, &named, err);
        if (rc < 0)
            return rc;
    }
    if (named.text)
        variable = named.text;
    *secret = tn_host_variable(request->host, variable);
    if (*secret)
        return TENURE_OK;
    if (named.text)
        return tn_err_set(err, TENURE_EINVAL, "%s is not set: %s says that it has the application's secret", variable,
                          named.origin);
    return tn_err_set(err, TENURE_EINVAL,
                      "%s is not set: the application's secret; other credentials are not supported yet", variable);
}

int tn_host_identity(struct tn_request *request, struct tn_host_identity *identity, struct tn_err *err)
{
    struct tn_setting_value tenant = {0}, client = {0};
    int rc = tn_host_setting(request, TN_SETTING_TENANT, &tenant, err);
    if (rc == TENURE_OK && !tenant.text)
        rc = missing(request, TN_SETTING_TENANT, "the partner's own tenant, a GUID or a domain", err);
    if (rc == TENURE_OK)
        rc = tn_host_setting(request, TN_SETTING_CLIENT_ID, &client, err);
    if (rc == TENURE_OK && !client.text)
        rc = missing(request, TN_SETTING_CLIENT_ID, "the application that acts for the partner", err);
    if (rc < 0)
        return rc;
    identity->tenant = tenant.text;
    identity->client_id = client.text;
    rc = find_secret(request, &client, &identity->secret, err);
    return rc < 0 ? rc : find_refresh_token(request, &client, &identity->refresh_token, err);
}

void tn_host_identity_deinit(struct tn_host_identity *identity)
{
    tn_secret_free(identity->refresh_token);
    *identity = (struct tn_host_identity){0};
}
