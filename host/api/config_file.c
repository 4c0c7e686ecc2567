/* Configuration files: see config_file.h. */
#include "api/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/auth.h"
#include "azure/support_contact.h"
#include "base/id.h"
#include "base/json_write.h"
#include "workflow/package.h"
#include "yaml/yaml.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

struct reading {
    const struct tn_config_place *place;
    struct tn_diagnostics *problems;
    bool no_memory;
};

#define PROBLEM(reading, node, hint, ...) \
    tn_diagnostics_add((reading)->problems, (node)->line, (node)->column, hint, __VA_ARGS__)

/* ---- settings --------------------------------------------------------------------------------------------------- */

static bool tenant_valid(const char *text)
{
    size_t len = strlen(text);
    return tn_guid_valid(text, len) || (len <= 253 && strchr(text, '.') && text[0] != '.' && text[len - 1] != '.' &&
                                        !strstr(text, "..") && strspn(text, LETTERS DIGITS ".-") == len);
}

static bool guid_valid(const char *text)
{
    return tn_guid_valid(text, strlen(text));
}

static bool variable_valid(const char *text)
{
    return text[0] && !strchr(DIGITS, text[0]) && strspn(text, LETTERS DIGITS "_") == strlen(text);
}

static bool wait_valid(const char *text)
{
    int64_t ms;
    return tn_wait_parse(text, &ms);
}

static bool settle_valid(const char *text)
{
    return strcmp(text, "auto") == 0 || strcmp(text, "manual") == 0;
}

static const struct setting {
    const char *key, *takes, *example;
    bool (*valid)(const char *text); /* NULL: it has a reader of its own */
    bool secret;                     /* what is wrong here may be a secret: never shown */
} settings[TN_SETTING_COUNT] = {
    [TN_SETTING_TENANT] = {"tenant", "the partner's own tenant, a GUID or a domain", "contoso.com", tenant_valid,
                           false},
    [TN_SETTING_CLIENT_ID] = {"client_id", "the application's id, a GUID", "11111111-2222-3333-4444-555555555555",
                              guid_valid, false},
    [TN_SETTING_CLIENT_SECRET_ENV] = {"client_secret_env", "the name of the environment variable that has the secret",
                                      "PARTNER_SECRET", variable_valid, true},
    [TN_SETTING_REFRESH_TOKEN_ENV] = {"refresh_token_env",
                                      "the name of the environment variable that has the user's refresh token",
                                      "PARTNER_TOKEN", variable_valid, true},
    [TN_SETTING_CLOUD] = {"cloud", "a cloud's name or its base URL", "public", NULL, false},
    [TN_SETTING_LEDGER] = {"ledger", "where runs are kept", "~/contoso/ledger.db", NULL, false},
    [TN_SETTING_CONTACT] = {"contact", "a mapping: whom support answers", "{first_name: Ada, last_name: Doe, …}", NULL,
                            false},
    [TN_SETTING_QUIET] = {"quiet", "a time up to a day", "15 minutes", wait_valid, false},
    [TN_SETTING_SETTLE] = {"settle", "auto or manual", "manual", settle_valid, false},
    [TN_SETTING_GIVE_UP] = {"give_up", "a time up to a day", "10 minutes", wait_valid, false},
};

const char *tn_setting_key(enum tn_setting setting)
{
    return settings[setting].key;
}

bool tn_wait_parse(const char *text, int64_t *ms)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1},          {"s", 1000},       {"second", 1000},   {"seconds", 1000}, {"minute", 60000},
                 {"minutes", 60000}, {"hour", 3600000}, {"hours", 3600000}, {"day", 86400000}, {"days", 86400000}};
    size_t digits = strspn(text, DIGITS);
    int64_t number = 0;
    if (digits == 0 || digits > 8 || (digits > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    const char *unit = text + digits + strspn(text + digits, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0 && number <= 86400000 / units[i].ms) {
            *ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static const char *kind_of(const struct tn_yaml *node)
{
    return node->kind == TN_YAML_MAPPING ? "a mapping" : node->kind == TN_YAML_SEQUENCE ? "a list" : "nothing";
}

static bool is_text(const struct tn_yaml *node)
{
    return node->kind == TN_YAML_SCALAR && !tn_yaml_is_null(node) && node->len > 0;
}

static void problem_value(struct reading *r, const struct setting *setting, const struct tn_yaml *node)
{
    char hint[160];
    snprintf(hint, sizeof hint, "for example: %s: %s", setting->key, setting->example);
    if (!is_text(node))
        PROBLEM(r, node, hint, "'%s' takes %s, not %s", setting->key, setting->takes, kind_of(node));
    else if (setting->secret)
        PROBLEM(r, node, hint, "'%s' takes %s, and this is no name of one", setting->key, setting->takes);
    else
        PROBLEM(r, node, hint, "'%s' takes %s, not '%.80s'", setting->key, setting->takes, node->text);
}

static char *copy(struct reading *r, const char *text)
{
    char *made = strdup(text);
    r->no_memory |= !made;
    return made;
}

static char *read_cloud(struct reading *r, const struct setting *setting, const struct tn_yaml *node)
{
    struct tn_cloud cloud;
    struct tn_err err = {0};
    if (!is_text(node)) {
        problem_value(r, setting, node);
    } else if (strcmp(node->text, "simulator") == 0) {
        return copy(r, node->text);
    } else if (tn_cloud_find(&cloud, node->text, &err) < 0) {
        PROBLEM(r, node, NULL, "%s", err.msg);
    } else if (r->place->project && strstr(node->text, "://") && !cloud.loopback) {
        PROBLEM(r, node, "put it into your own config.yaml, or give it with --cloud or TENURE_CLOUD",
                "a project's file cannot say where a cloud is: secrets are sent there");
    } else {
        return copy(r, node->text);
    }
    return NULL;
}

/* A ledger that moved with the current folder would forget what was sent from another one. */
static char *read_ledger(struct reading *r, const struct setting *setting, const struct tn_yaml *node)
{
    struct tn_buf path = {0};
    if (!is_text(node)) {
        problem_value(r, setting, node);
        return NULL;
    }
    const char *text = strncmp(node->text, "sqlite:", 7) == 0 ? node->text + 7 : node->text;
    bool in_home = strncmp(text, "~/", 2) == 0;
    if (text[0] == '/' || strchr(text, ':'))
        return copy(r, text);
    if (in_home ? !r->place->home : !r->place->folder) {
        PROBLEM(r, node, "for example: ledger: ~/contoso/ledger.db",
                "'ledger' must not depend on the current folder: write a path that begins with / or ~/");
        return NULL;
    }
    tn_buf_printf(&path, "%s/%s", in_home ? r->place->home : r->place->folder, text + (in_home ? 2 : 0));
    char *made = tn_buf_take(&path, NULL);
    r->no_memory |= !made;
    return made;
}

static void problem_key(struct reading *r, const struct tn_yaml *key, const char *const *keys, const char *where)
{
    char hint[160], list[128];
    size_t used = 0;
    const char *closest = tn_closest(key->text, keys);
    for (size_t i = 0; keys[i] && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", keys[i]);
    if (closest)
        snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
    else
        snprintf(hint, sizeof hint, "it takes: %s", list);
    PROBLEM(r, key, hint, "unknown key '%.80s' in %s", key->text, where);
}

static bool check_contact(struct reading *r, const char *key, const struct tn_yaml *value)
{
    if (!is_text(value))
        PROBLEM(r, value, NULL, "'%s' takes text, not %s", key, kind_of(value));
    else if (strcmp(key, "country") == 0 && (value->len != 3 || strspn(value->text, LETTERS) != 3))
        PROBLEM(r, value, "for example: country: CHE", "'country' takes the three letters of a country, not '%.80s'",
                value->text);
    else if (strcmp(key, "method") == 0 && strcmp(value->text, "email") != 0 && strcmp(value->text, "phone") != 0)
        PROBLEM(r, value, NULL, "'method' takes email or phone, not '%.80s'", value->text);
    else
        return true;
    return false;
}

static char *read_contact(struct reading *r, const struct setting *setting, const struct tn_yaml *node)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    if (node->kind != TN_YAML_MAPPING) {
        problem_value(r, setting, node);
        return NULL;
    }
    tn_jw_init(&w, &json);
    tn_jw_object(&w);
    for (const struct tn_yaml *value = node->first; value; value = value->next) {
        const char *const *key = tn_support_contact_keys;
        while (*key && strcmp(*key, value->key->text) != 0)
            key++;
        if (!*key)
            problem_key(r, value->key, tn_support_contact_keys, "'contact'");
        else if (check_contact(r, *key, value))
            tn_jw_kv_string(&w, *key, value->text);
    }
    tn_jw_object_end(&w);
    char *made = tn_buf_take(&json, NULL);
    r->no_memory |= !made;
    return made;
}

static char *read_setting(struct reading *r, enum tn_setting index, const struct tn_yaml *node)
{
    const struct setting *setting = &settings[index];
    if (index == TN_SETTING_CLOUD)
        return read_cloud(r, setting, node);
    if (index == TN_SETTING_LEDGER)
        return read_ledger(r, setting, node);
    if (index == TN_SETTING_CONTACT)
        return read_contact(r, setting, node);
    if (is_text(node) && setting->valid(node->text))
        return copy(r, node->text);
    problem_value(r, setting, node);
    return NULL;
}

/* Where a text speaks of a secret, under any of its names. */
static char *find_secret_word(const char *text)
{
    static const char *const words[] = {"secret", "password", "token", NULL};
    char *word = NULL;
    for (size_t i = 0; words[i] && !word; i++)
        word = strcasestr(text, words[i]);
    return word;
}

/* ---- profiles --------------------------------------------------------------------------------------------------- */

static void read_key(struct reading *r, struct tn_profile *profile, const struct tn_yaml *node)
{
    const char *keys[TN_SETTING_COUNT + 1] = {0};
    char where[96];
    for (int i = 0; i < TN_SETTING_COUNT; i++) {
        keys[i] = settings[i].key;
        if (strcmp(keys[i], node->key->text) != 0)
            continue;
        profile->values[i] = (struct tn_profile_value){
            .text = read_setting(r, (enum tn_setting)i, node), .line = node->line, .column = node->column};
        return;
    }
    if (find_secret_word(node->key->text)) {
        PROBLEM(r, node->key,
                strcasestr(node->key->text, "token")
                    ? "put it into an environment variable and name that: refresh_token_env: PARTNER_TOKEN"
                    : "put it into an environment variable and name that: client_secret_env: PARTNER_SECRET",
                "a secret does not belong into this file");
        return;
    }
    snprintf(where, sizeof where, "profile '%s'", profile->name);
    problem_key(r, node->key, keys, where);
}

static void read_profile(struct reading *r, struct tn_config_file *file, const struct tn_yaml *node)
{
    const char *name = node->key->text;
    size_t len = strlen(name);
    if (len == 0 || len > TN_PROFILE_NAME_MAX || strspn(name, LETTERS DIGITS "._-") != len || name[0] == '-') {
        PROBLEM(r, node->key, "letters, digits, '.', - and _, at most 64", "'%.80s' cannot be the name of a profile",
                name);
        return;
    }
    if (node->kind != TN_YAML_MAPPING) {
        PROBLEM(r, node, "for example: main: {tenant: contoso.com}", "profile '%s' is a mapping of settings, not %s",
                name, is_text(node) ? "text" : kind_of(node));
        return;
    }
    struct tn_profile *profile = calloc(1, sizeof *profile);
    if (!profile) {
        r->no_memory = true;
        return;
    }
    memcpy(profile->name, name, len + 1);
    profile->next = file->profiles;
    file->profiles = profile;
    for (const struct tn_yaml *value = node->first; value; value = value->next)
        read_key(r, profile, value);
}

static void read_default(struct reading *r, struct tn_config_file *file, const struct tn_yaml *node)
{
    if (!is_text(node) || node->len > TN_PROFILE_NAME_MAX) {
        PROBLEM(r, node, "for example: default: main", "'default' takes the name of a profile");
        return;
    }
    snprintf(file->first_choice, sizeof file->first_choice, "%s", node->text);
    file->line = node->line;
    file->column = node->column;
}

static void read_top(struct reading *r, struct tn_config_file *file, const struct tn_yaml *top)
{
    static const char *const keys[] = {"default", "profiles", NULL};
    if (top->kind == TN_YAML_SCALAR && tn_yaml_is_null(top))
        return; /* an empty file says nothing, which is fine */
    if (top->kind != TN_YAML_MAPPING) {
        PROBLEM(r, top, "its keys: default, profiles", "a configuration is a mapping of keys, not %s",
                is_text(top) ? "text" : kind_of(top));
        return;
    }
    for (const struct tn_yaml *value = top->first; value; value = value->next) {
        if (strcmp(value->key->text, keys[0]) == 0)
            read_default(r, file, value);
        else if (strcmp(value->key->text, keys[1]) != 0)
            problem_key(r, value->key, keys, "the configuration");
        else if (value->kind != TN_YAML_MAPPING)
            PROBLEM(r, value, "for example: profiles: {main: {tenant: contoso.com}}",
                    "'profiles' takes a mapping of names to settings, not %s",
                    is_text(value) ? "text" : kind_of(value));
        else
            for (const struct tn_yaml *profile = value->first; profile; profile = profile->next)
                read_profile(r, file, profile);
    }
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* Messages show lines of the file: what a line says of a secret is blotted out. */
static void blot_secrets(char *bytes)
{
    for (char *line = bytes; *line; line += strspn(line, "\n")) {
        size_t len = strcspn(line, "\n");
        char end = line[len];
        line[len] = '\0';
        char *word = find_secret_word(line);
        for (char *at = word ? strchr(word, ':') : NULL; at && *++at;)
            *at = *at == ' ' ? ' ' : '*';
        line[len] = end;
        line += len;
    }
}

/* Open a file that nobody else can have changed. *fd -1: there is none. */
static int open_own(const char *path, int *fd, struct tn_err *err)
{
    struct stat info;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return TENURE_OK;
    if (*fd < 0 || fstat(*fd, &info) < 0)
        tn_err_set(err, TENURE_EINVAL, "cannot open '%s': %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        tn_err_set(err, TENURE_EINVAL, "'%s' is not a file", path);
    else if (info.st_mode & S_IWOTH)
        tn_err_set(err, TENURE_EINVAL, "everybody on this machine can change '%s': it is not used until you chmod o-w",
                   path);
    else if (info.st_uid != geteuid() && info.st_uid != 0)
        tn_err_set(err, TENURE_EINVAL, "'%s' belongs to another user (%lu): a configuration must be your own or root's",
                   path, (unsigned long)info.st_uid);
    else
        return TENURE_OK;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return err->code;
}

static int parse(struct reading *r, struct tn_config_file *file, const char *bytes, size_t len, struct tn_err *err)
{
    struct tn_yaml_doc *doc = NULL;
    char *shown = strdup(bytes);
    int rc = TENURE_ENOMEM;
    if (shown) {
        blot_secrets(shown);
        rc = tn_diagnostics_new(r->place->path, shown, strlen(shown), &r->problems);
    }
    if (rc == TENURE_OK)
        rc = tn_yaml_parse(bytes, len, r->problems, &doc);
    if (rc == TENURE_OK)
        read_top(r, file, tn_yaml_root(doc));
    tn_yaml_free(doc);
    free(shown);
    if (rc == TENURE_ENOMEM || r->no_memory)
        return tn_err_no_memory(err);
    if (tn_diagnostics_count(r->problems))
        return tn_err_set(err, TENURE_EINVAL, "%s has mistakes", r->place->path);
    return TENURE_OK;
}

int tn_config_file_load(const struct tn_config_place *place, struct tn_config_file **out, struct tn_buf *text,
                        struct tn_err *err)
{
    struct reading reading = {.place = place};
    char *bytes = NULL;
    size_t len;
    int fd;
    int rc = open_own(place->path, &fd, err);
    if (rc < 0 || fd < 0)
        return rc;
    struct tn_config_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(place->path))) {
        close(fd);
        rc = tn_err_no_memory(err);
    } else {
        rc = tn_file_read(fd, place->path, TN_YAML_MAX_BYTES, &bytes, &len, err);
    }
    if (rc == TENURE_OK)
        rc = parse(&reading, file, bytes, len, err);
    if (rc == TENURE_EINVAL && reading.problems)
        tn_diagnostics_text(reading.problems, text);
    tn_diagnostics_free(reading.problems);
    free(bytes);
    if (rc < 0) {
        tn_config_file_free(file);
        return rc;
    }
    *out = file;
    return TENURE_OK;
}

void tn_config_file_free(struct tn_config_file *file)
{
    while (file && file->profiles) {
        struct tn_profile *profile = file->profiles;
        file->profiles = profile->next;
        for (int i = 0; i < TN_SETTING_COUNT; i++)
            free(profile->values[i].text);
        free(profile);
    }
    if (file)
        free(file->path);
    free(file);
}

const struct tn_profile *tn_config_file_find(const struct tn_config_file *file, const char *name)
{
    const struct tn_profile *profile = file ? file->profiles : NULL;
    while (profile && strcmp(profile->name, name) != 0)
        profile = profile->next;
    return profile;
}
