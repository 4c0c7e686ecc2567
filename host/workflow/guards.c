/*
 * Guards: how much of an effect a run may do, altogether and for one customer, and how much may go wrong in it.
 */
#include <stdio.h>
#include <string.h>

#include "workflow/loader.h"

#define SHARE_OF_AT_LEAST 20 /* one of the first three that fails says nothing about the rest */

/* Whose guard is being read. */
struct guarded {
    const char *operation;
    bool per_customer;
};

static struct tn_guard_row *add_guard(struct tn_loader *loader, const struct guarded *guarded, enum tn_guard_kind kind)
{
    struct tn_guard_row *guard = &loader->workflow->guards[loader->workflow->guard_count++];
    *guard =
        (struct tn_guard_row){.operation = guarded->operation, .per_customer = guarded->per_customer, .kind = kind};
    return guard;
}

/* How many rows the section can make: one for each leaf. */
static size_t count_leaves(const struct tn_yaml *node)
{
    size_t count = node->kind == TN_YAML_SCALAR;
    for (const struct tn_yaml *child = node->first; child; child = child->next)
        count += count_leaves(child);
    return count;
}

void tn_read_guards(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    workflow->guards = tn_arena_alloc(loader->arena, count_leaves(node), sizeof *workflow->guards);
    if (!workflow->guards)
        loader->no_memory = true;
    else
        tn_section_read(loader, key->inside, node, "guards", workflow);
}

void tn_read_guard(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    (void)into;
    const char *name = node->key->text;
    const struct tn_operation *op = tn_effect_by_name(name);
    if (!op) {
        char closest[128], hint[160] = "guards go by effect, for example: refund: {count: 500}";
        if (tn_operation_suggest(name, 0, closest, sizeof closest))
            snprintf(hint, sizeof hint, "did you mean '%s'?", closest);
        tn_problem(loader, node->key, hint, "no effect is called '%.80s'", name);
        return;
    }
    char where[96];
    snprintf(where, sizeof where, "the guard of %s", name);
    struct guarded guarded = {.operation = op->name};
    if (tn_section_read(loader, key->inside, node, where, &guarded) && node->count == 0)
        tn_problem(loader, node, "for example: {count: 500, worth: 60000 USD}", "the guard of %s limits nothing", name);
}

void tn_read_guard_per_customer(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node,
                                void *into)
{
    const struct guarded *whole = into;
    struct guarded guarded = {.operation = whole->operation, .per_customer = true};
    char where[96];
    snprintf(where, sizeof where, "per_customer of %s", whole->operation);
    if (tn_section_read(loader, key->inside, node, where, &guarded) && node->count == 0)
        tn_problem(loader, node, "for example: {count: 5}", "%s limits nothing", where);
}

void tn_read_guard_share(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct tn_workflow *workflow = into;
    struct tn_guard_row guard = {
        .operation = "",
        .kind = strcmp(key->name, "failures") == 0 ? TN_GUARD_FAILURES : TN_GUARD_UNREACHABLE,
        .of_at_least = SHARE_OF_AT_LEAST,
    };
    bool read = node->kind == TN_YAML_MAPPING
                    ? tn_section_read(loader, key->inside, node, key->name, &guard) && tn_yaml_get(node, "share")
                    : tn_read_percent(loader, key, node, &guard.share_ppm);
    if (read)
        workflow->guards[workflow->guard_count++] = guard;
}

void tn_read_guard_in_flight(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    struct guarded whole_run = {.operation = ""};
    int64_t count;
    (void)into;
    if (tn_read_count(loader, key, node, &count))
        add_guard(loader, &whole_run, TN_GUARD_IN_FLIGHT)->count = count;
}

void tn_read_guard_count(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    int64_t count;
    if (tn_read_count(loader, key, node, &count))
        add_guard(loader, into, TN_GUARD_COUNT)->count = count;
}

/* A cap is an amount of nothing or more, written as a person reads it. */
static int check_cap(const char *text, const struct tn_money *money, struct tn_err *err)
{
    if (tn_money_sign(money) < 0)
        return tn_err_set(err, TENURE_EINVAL, "a cap cannot be negative");
    if (tn_leading_zero(text))
        return tn_err_set(err, TENURE_EINVAL, "'%.40s' starts with a zero: write the number without it", text);
    return TENURE_OK;
}

void tn_read_guard_worth(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    static const char hint[] = "for example: worth: 60000 USD";
    struct tn_money money;
    struct tn_err err = {0};
    if (node->kind != TN_YAML_SCALAR || tn_yaml_is_null(node))
        tn_problem_kind(loader, key, node, "money");
    else if (tn_money_parse_text(&money, node->text, &err) < 0 || check_cap(node->text, &money, &err) < 0)
        tn_problem(loader, node, hint, "%s", err.msg);
    else if (strcmp(money.currency, "USD") != 0)
        tn_problem(loader, node, "write USD, or a cap by billing currency: back: {EUR: 45000}",
                   "worth counts in USD, not in %s", money.currency);
    else
        add_guard(loader, into, TN_GUARD_WORTH)->cap = money;
}

static void add_amount(struct tn_loader *loader, const struct tn_yaml *node, enum tn_guard_kind kind,
                       const struct guarded *guarded)
{
    const char *currency = node->key->text;
    struct tn_money money;
    struct tn_err err = {0};
    if (!tn_currency_valid(currency, strlen(currency)))
        tn_problem(loader, node->key, "for example: {EUR: 45000}", "'%.40s' is not a currency: three capital letters",
                   currency);
    else if (!tn_currency_in_use(currency))
        tn_problem(loader, node->key, "for example: {EUR: 45000}",
                   "'%s' is no currency in use (ISO 4217), so that nothing would ever count under this cap", currency);
    else if (node->kind != TN_YAML_SCALAR || !node->plain || tn_yaml_is_null(node))
        tn_problem(loader, node, "for example: {EUR: 45000}", "'%s' takes an amount, not %s", currency,
                   tn_node_kind(node));
    else if (tn_money_parse(&money, node->text, currency, &err) < 0 || check_cap(node->text, &money, &err) < 0)
        tn_problem(loader, node, "for example: {EUR: 45000}", "%s", err.msg);
    else
        add_guard(loader, guarded, kind)->cap = money;
}

void tn_read_guard_amounts(struct tn_loader *loader, const struct tn_key *key, const struct tn_yaml *node, void *into)
{
    if (node->kind != TN_YAML_MAPPING) {
        tn_problem_kind(loader, key, node, "amounts by currency");
        return;
    }
    if (node->count == 0)
        tn_problem(loader, node, "for example: {EUR: 45000}", "'%s' names no currency", key->name);
    enum tn_guard_kind kind = strcmp(key->name, "back") == 0 ? TN_GUARD_BACK : TN_GUARD_PAY;
    for (const struct tn_yaml *amount = node->first; amount; amount = amount->next)
        add_amount(loader, amount, kind, into);
}

bool tn_workflow_counts(const struct tn_workflow *workflow, const struct tn_operation *op)
{
    for (size_t i = 0; i < workflow->guard_count; i++) {
        const struct tn_guard_row *guard = &workflow->guards[i];
        if (guard->kind == TN_GUARD_COUNT && !guard->per_customer && strcmp(guard->operation, op->name) == 0)
            return true;
    }
    return false;
}

/* Money that no cap covers is refused; where nobody tells how much it is, that is known before anything is planned. */
static void check_untold_money(struct tn_loader *loader, const struct tn_yaml *permissions)
{
    for (const struct tn_yaml *node = permissions->first; node; node = node->next) {
        const struct tn_operation *op = node->text ? tn_operation_by_permission(node->text) : NULL;
        if (!op || !op->untold_money || tn_workflow_counts(loader->workflow, op))
            continue;
        char hint[160];
        snprintf(hint, sizeof hint, "add it to guards, for example: %s: {count: 5}", op->name);
        tn_problem(loader, node, hint,
                   "'%s' costs money, and nobody tells how much: only a cap by count can cover it, and there is none",
                   node->text);
    }
}

void tn_check_guards(struct tn_loader *loader, const struct tn_yaml *permissions, const struct tn_yaml *guards)
{
    const struct tn_workflow *workflow = loader->workflow;
    if (permissions)
        check_untold_money(loader, permissions);
    if (!permissions || !guards || guards->kind != TN_YAML_MAPPING)
        return;
    if (workflow->permission_count + workflow->host_count != permissions->count)
        return; /* one of them is wrong and was reported: it may be the one that is missed here */
    for (const struct tn_yaml *guard = guards->first; guard; guard = guard->next) {
        const struct tn_operation *op = tn_effect_by_name(guard->key->text);
        if (!op || tn_workflow_permits(workflow, op))
            continue;
        char hint[160], permission[TN_PERMISSION_TEXT];
        snprintf(hint, sizeof hint, "add %s to permissions, or take the guard out",
                 tn_operation_permission(op, permission));
        tn_problem(loader, guard->key, hint, "a guard for '%s', which permissions do not name", op->name);
    }
}
