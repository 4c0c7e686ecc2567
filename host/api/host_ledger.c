/* The ledgers that a host has open: see tn_host_ledger(). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/config.h"
#include "api/host.h"

static void close_ledger(struct tn_open_ledger *open)
{
    tn_ledger_close(open->ledger);
    free(open->url);
    free(open);
}

void tn_host_close_ledgers(struct tenure_host *host)
{
    while (host->ledgers) {
        struct tn_open_ledger *open = host->ledgers;
        host->ledgers = open->next;
        close_ledger(open);
    }
}

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
