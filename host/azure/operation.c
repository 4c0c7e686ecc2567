/* The operation table: its modules, and looking rows up. See operation.h. */
#include "azure/operation.h"

#include <stdio.h>
#include <string.h>

#include "azure/modules/modules.h"
#include "azure/values.h"
#include "base/id.h"

const struct tn_module *const tn_modules[] = {&tn_module_customers,
                                              &tn_module_reservations,
                                              &tn_module_orders,
                                              &tn_module_usage,
                                              &tn_module_catalog,
                                              &tn_module_applied,
                                              &tn_module_roles,
                                              &tn_module_support,
                                              &tn_module_partner,
                                              &tn_module_http,
                                              NULL};

const struct tn_module *tn_module_find(const char *name)
{
    for (const struct tn_module *const *module = tn_modules; *module; module++) {
        if (strcmp((*module)->name, name) == 0)
            return *module;
    }
    return NULL;
}

const struct tn_record *tn_record_find(const char *name)
{
    for (const struct tn_module *const *module = tn_modules; *module; module++) {
        for (const struct tn_record *const *record = (*module)->records; *record; record++) {
            if (strcmp((*record)->name, name) == 0)
                return *record;
        }
    }
    return NULL;
}

const struct tn_operation *tn_operation_next(const struct tn_operation *op)
{
    const struct tn_module *const *module = tn_modules;
    if (!op)
        return (*module)->operations;
    if (op[1].module)
        return op + 1;
    while (strcmp((*module)->name, op->module) != 0)
        module++;
    return module[1] ? module[1]->operations : NULL;
}

/* The path that an argument chooses; NULL: none does. */
static const struct tn_path *chosen_path(const struct tn_operation *op, const struct tn_values *values)
{
    for (const struct tn_path *path = op->paths; path->argument; path++) {
        if (tn_values_get(op, values, path->argument)->given)
            return path;
    }
    return NULL;
}

const char *tn_operation_path(const struct tn_operation *op, const struct tn_values *values)
{
    const struct tn_path *path = chosen_path(op, values);
    return path ? path->path : op->path;
}

bool tn_operation_as_partner(const struct tn_operation *op, const struct tn_values *values)
{
    const struct tn_path *path = chosen_path(op, values);
    return path && path->as_partner;
}

bool tn_operation_takes_customer(const struct tn_operation *op)
{
    return op->service == TN_SERVICE_ARM;
}

size_t tn_operation_options(const struct tn_operation *op, const char *names[TN_MAX_OPTIONS + 1])
{
    size_t count = 0;
    for (; op->arguments[count].name; count++)
        names[count] = op->arguments[count].name;
    if (op->takes_once)
        names[count++] = "once";
    if (tn_operation_takes_customer(op))
        names[count++] = "customer";
    names[count] = NULL;
    return count;
}

const char *tn_operation_permission(const struct tn_operation *op, char text[TN_PERMISSION_TEXT])
{
    bool plain = op->service == TN_SERVICE_PLAIN, reads = op->class == TN_CLASS_READ;
    snprintf(text, TN_PERMISSION_TEXT, "%s:%s", op->module, !plain ? op->name : reads ? "get:HOST" : "HOST");
    return text;
}

const struct tn_operation *tn_operation_find(const char *module, const char *name)
{
    const struct tn_module *found = tn_module_find(module);
    for (const struct tn_operation *op = found ? found->operations : NULL; op && op->module; op++) {
        if (strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}

static const struct tn_operation *find_joined(const char *joined, char separator)
{
    const char *at = strchr(joined, separator);
    char module[64];
    if (!at || (size_t)(at - joined) >= sizeof module)
        return NULL;
    memcpy(module, joined, (size_t)(at - joined));
    module[at - joined] = '\0';
    return tn_operation_find(module, at + 1);
}

const struct tn_operation *tn_operation_by_permission(const char *permission)
{
    return find_joined(permission, ':');
}

const struct tn_operation *tn_operation_by_dotted(const char *dotted)
{
    return find_joined(dotted, '.');
}

const struct tn_operation *tn_effect_by_name(const char *name)
{
    for (const struct tn_operation *op = tn_operation_next(NULL); op; op = tn_operation_next(op)) {
        if (op->class != TN_CLASS_READ && strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}

bool tn_operation_suggest(const char *wrong, char separator, char *out, size_t size)
{
    size_t best = strlen(wrong) < 6 ? 1 : strlen(wrong) / 3; /* 'list' is no misspelt 'post' */
    bool found = false;
    for (const struct tn_operation *op = tn_operation_next(NULL); op; op = tn_operation_next(op)) {
        char name[128];
        if (separator)
            snprintf(name, sizeof name, "%s%c%s", op->module, separator, op->name);
        else if (op->class == TN_CLASS_READ)
            continue;
        else
            snprintf(name, sizeof name, "%s", op->name);
        size_t distance = tn_edit_distance(wrong, name, best);
        if (distance <= best && (!found || distance < best)) {
            best = distance;
            found = true;
            snprintf(out, size, "%s", name);
        }
    }
    return found;
}

int tn_operation_unknown(const char *dotted, struct tn_err *err)
{
    char close[128] = "";
    bool found = tn_operation_suggest(dotted, '.', close, sizeof close);
    if (tn_module_find(dotted))
        return tn_err_set(err, TENURE_EINVAL,
                          "'%s' is a module: `tenure describe --operations %s` lists its primitives", dotted, dotted);
    return tn_err_set(err, TENURE_EINVAL, "no primitive '%.80s'%s%s%s", dotted, found ? "; did you mean " : "", close,
                      found ? "?" : "");
}
