/* The doors of include/tenure: hosts. See host.h. */
#include "api/host.h"

#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/config.h"
#include "api/request.h"
#include "base/id.h"

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

const char *tn_variable_find(const char *const *list, const char *name)
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
    return tn_variable_find((const char *const *)host->environment, name);
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

void tenure_host_free(tenure_host *host)
{
    if (!host)
        return;
    tn_host_close_ledgers(host); /* first: its thread works on what requests own */
    tn_requests_free(host);
    tn_host_disconnect(host);
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
