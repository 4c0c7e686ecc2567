/* The keys of the workflow language: see schema.h. */
#include "workflow/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "workflow/join.h"
#include "workflow/loader.h"

#define MAX_KEYS_OF_SECTION 32

static const char *const customers_from[] = {"partner-center", NULL};

#define IN(section) .where = TN_SECTION_##section
#define AT(type, member) .offset = offsetof(struct tn_##type, member)
#define LATER .later = true

const struct tn_key tn_keys[] = {
    {IN(WORKFLOW), .name = "tenure", .type = TN_KEY_COUNT, .required = true, .least = 1, .most = 1, .example = "1",
     .doc = "The version of the workflow language.", .read = tn_read_nothing},
    {IN(WORKFLOW), .name = "name", .type = TN_KEY_NAME, .required = true, .example = "refund-idle", AT(workflow, name),
     .doc = "What the workflow is called in lists and reports."},
    {IN(WORKFLOW), .name = "summary", .type = TN_KEY_TEXT, .example = "Refund what is hardly used.",
     AT(workflow, summary), .doc = "One sentence: what it does."},
    {IN(WORKFLOW), .name = "inputs", .type = TN_KEY_NAMED, .inside = TN_SECTION_INPUT, .read = tn_read_inputs,
     .example = "{min_worth: {type: money, default: 100 USD}}", .doc = "What a run may be told, by name."},
    {IN(WORKFLOW), .name = "permissions", .type = TN_KEY_TEXTS, .required = true, .read = tn_read_permissions,
     .example = "[reservations:list]",
     .doc = "The operations its scripts may use: module:name, http:HOST, or http:get:HOST."},
    {IN(WORKFLOW), .name = "customers", .type = TN_KEY_SECTION, .inside = TN_SECTION_CUSTOMERS, .required = true,
     .example = "{from: partner-center}", .read = tn_read_customers, .doc = "Whose customers it runs over."},
    {IN(WORKFLOW), .name = "concurrency", .type = TN_KEY_COUNT, .least = 1, .most = 1000, .example = "64",
     AT(workflow, concurrency), .doc = "Customers at work at once."},
    {IN(WORKFLOW), .name = "guards", .type = TN_KEY_SECTION, .inside = TN_SECTION_GUARDS, .read = tn_read_guards,
     .example = "{refund: {count: 500, worth: 60000 USD}}", .doc = "What a run must not cross, by effect."},
    {IN(WORKFLOW), .name = "tolerance", .type = TN_KEY_SECTION, .inside = TN_SECTION_TOLERANCE,
     .example = "{amount: 1%, proration: true}", .doc = "How far a fresh quote may be from the plan to its cost."},
    {IN(WORKFLOW), .name = "expires", .type = TN_KEY_DURATION, .least = 1, .most = 366 * 86400, .example = "7 days",
     AT(workflow, expires_s), .doc = "How long a plan may be approved."},
    {IN(WORKFLOW), .name = "limits", .type = TN_KEY_SECTION, .inside = TN_SECTION_LIMITS,
     .example = "{cpu: 2 s, memory: 64 MB}", .doc = "What the scripts may use for one item."},
    {IN(WORKFLOW), .name = "before", .type = TN_KEY_SECTIONS, .inside = TN_SECTION_STEP, .read = tn_read_steps,
     .example = "[{id: rates, run: scripts/rates.lua}]",
     .doc = "Scripts that run once, as the partner, ahead of all customers, who see what they gave as ctx.before."},
    {IN(WORKFLOW), .name = "steps", .type = TN_KEY_SECTIONS, .inside = TN_SECTION_STEP, .required = true,
     .read = tn_read_steps, .example = "[{id: refund, run: scripts/refund.lua}]",
     .doc = "The scripts, in order, for each customer."},
    {IN(WORKFLOW), .name = "after", .type = TN_KEY_SECTIONS, .inside = TN_SECTION_STEP, .read = tn_read_steps,
     .example = "[{id: sum, run: scripts/sum.lua}]",
     .doc = "Scripts that run once when every customer has ended, and read what was written as ctx.outputs."},
    {IN(WORKFLOW), .name = "outputs", .type = TN_KEY_NAMED, .inside = TN_SECTION_OUTPUT, .read = tn_read_outputs,
     .example = "{refunds: {file: refunds.csv, columns: {reservation: reservation, back: money}}}",
     .doc = "Tables that scripts fill with ctx.output, by name."},
    {IN(WORKFLOW), .name = "use", LATER},

    {IN(INPUT), .name = "type", .type = TN_KEY_WORD, .required = true, .example = "percent", .words = tn_input_types,
     .doc = "What kind of value it takes.", .read = tn_read_input_type},
    {IN(INPUT), .name = "default", .type = TN_KEY_ANY, .example = "5%", .read = tn_read_nothing,
     .doc = "The value where none is given."},
    {IN(INPUT), .name = "optional", .type = TN_KEY_BOOLEAN, .example = "true", AT(input, optional),
     .doc = "It may be left out; scripts then see nil."},
    {IN(INPUT), .name = "help", .type = TN_KEY_TEXT, .example = "a reservation bought last week is not idle",
     AT(input, help), .doc = "One sentence for the person who gives it."},
    {IN(INPUT), .name = "needs_contact", .type = TN_KEY_BOOLEAN, .example = "true", AT(input, needs_contact),
     .doc = "Unless it is absent or false, scripts ask support: no plan begins without a `contact` in the profile."},
    {IN(INPUT), .name = "of", .type = TN_KEY_ANY, .example = "[small, large]", .read = tn_read_nothing,
     .doc = "The words of a choice, as a list; the type of a list's elements."},
    {IN(INPUT), .name = "columns", .type = TN_KEY_MAPPING, .inside = TN_SECTION_TABLE_COLUMN,
     .read = tn_read_input_columns, .example = "{customer: customer, quantity: integer}",
     .doc = "The columns of a table, and what each holds."},

    {IN(CUSTOMERS), .name = "from", .type = TN_KEY_WORD, .example = "partner-center", .words = customers_from,
     .read = tn_read_customers_from, .doc = "All customers of the partner."},
    {IN(CUSTOMERS), .name = "file", .type = TN_KEY_TEXT, .example = "ours.csv", .read = tn_read_customers_file,
     .doc = "A CSV file beneath the package root with a column id or domain."},
    {IN(CUSTOMERS), .name = "list", .type = TN_KEY_TEXTS, .example = "[contoso.com]", .read = tn_read_customers_list,
     .doc = "Tenant ids or domains."},
    {IN(CUSTOMERS), .name = "where", .type = TN_KEY_EXPRESSION, .example = "customer.domain ~= \"contoso.com\"",
     AT(customers_source, where), .doc = "Lua: which of them."},
    {IN(CUSTOMERS), .name = "details", .type = TN_KEY_BOOLEAN, .example = "true", AT(customers_source, details),
     .doc = "Read each customer of the partner alone, which tells country and currency: a request for each."},
    {IN(CUSTOMERS), .name = "join", .type = TN_KEY_SECTION, .inside = TN_SECTION_JOIN, .read = tn_read_customers_join,
     .example = "{file: our-customers.csv, by: id}", .doc = "A CSV file that says more of them, as customer.data."},
    {IN(CUSTOMERS), .name = "rows", .type = TN_KEY_NAME, .example = "changes", .read = tn_read_customers_rows,
     .doc = "A table input: only customers with rows in it; scripts see theirs as ctx.rows."},

    {IN(JOIN), .name = "file", .type = TN_KEY_TEXT, .required = true, .example = "our-customers.csv", AT(join, file),
     .doc = "A CSV file beneath the package root."},
    {IN(JOIN), .name = "by", .type = TN_KEY_WORD, .required = true, .example = "id", .words = tn_join_words,
     .read = tn_read_join_by, .doc = "Its column that says whose a row is: the customer's id, domain or name."},
    {IN(JOIN), .name = "columns", .type = TN_KEY_MAPPING, .inside = TN_SECTION_COLUMN, .read = tn_read_join_columns,
     .example = "{seats: integer}", .doc = "What kind of value a column holds; text where this does not say."},

    {IN(COLUMN), .name = "type", .type = TN_KEY_WORD, .required = true, .example = "choice", .words = tn_input_types,
     .doc = "What kind of value it holds.", .read = tn_read_input_type},
    {IN(COLUMN), .name = "of", .type = TN_KEY_TEXTS, .example = "[small, large]", .read = tn_read_nothing,
     .doc = "The words of a choice."},

    {IN(TABLE_COLUMN), .name = "type", .type = TN_KEY_WORD, .required = true, .example = "choice",
     .words = tn_input_types, .doc = "What kind of value it holds.", .read = tn_read_input_type},
    {IN(TABLE_COLUMN), .name = "of", .type = TN_KEY_TEXTS, .example = "[small, large]", .read = tn_read_nothing,
     .doc = "The words of a choice."},
    {IN(TABLE_COLUMN), .name = "required", .type = TN_KEY_BOOLEAN, .example = "true", AT(input, required),
     .doc = "An empty cell is an error."},
    {IN(TABLE_COLUMN), .name = "optional", .type = TN_KEY_BOOLEAN, .example = "true", AT(input, optional),
     .doc = "The file may be without it, as if its cells were empty."},

    {IN(GUARDS), .name = "failures", .type = TN_KEY_SHARE, .inside = TN_SECTION_SHARE, .most = 1000000,
     .read = tn_read_guard_share, .example = "{share: 5%, of_at_least: 40}",
     .doc = "Customers that may fail, of those ended."},
    {IN(GUARDS), .name = "unreachable", .type = TN_KEY_SHARE, .inside = TN_SECTION_SHARE, .most = 1000000,
     .read = tn_read_guard_share, .example = "15%",
     .doc = "Customers without token, rights or consent, of those ended."},
    {IN(GUARDS), .name = "in_flight", .type = TN_KEY_COUNT, .least = 1, .most = 1000000, .example = "500",
     .read = tn_read_guard_in_flight, .doc = "Effects sent and not yet final; more of them wait."},
    {IN(GUARDS), .type = TN_KEY_SECTION, .inside = TN_SECTION_GUARD, .example = "{count: 500, worth: 60000 USD}",
     .doc = "Limits of one effect.", .read = tn_read_guard},

    {IN(GUARD), .name = "count", .type = TN_KEY_COUNT, .least = 0, .most = 1000000000, .example = "500",
     .doc = "How many of them.", .read = tn_read_guard_count},
    {IN(GUARD), .name = "worth", .type = TN_KEY_MONEY, .example = "60000 USD", .read = tn_read_guard_worth,
     .doc = "Their worth together, in USD."},
    {IN(GUARD), .name = "back", .type = TN_KEY_AMOUNTS, .example = "{PLN: 200000, EUR: 45000}",
     .read = tn_read_guard_amounts, .doc = "What comes back, by billing currency."},
    {IN(GUARD), .name = "pay", .type = TN_KEY_AMOUNTS, .example = "{EUR: 1000}", .read = tn_read_guard_amounts,
     .doc = "What has to be paid, by billing currency."},
    {IN(GUARD), .name = "per_customer", .type = TN_KEY_SECTION, .inside = TN_SECTION_CUSTOMER_GUARD,
     .example = "{count: 5}", .read = tn_read_guard_per_customer, .doc = "The same for each customer by itself."},

    {IN(CUSTOMER_GUARD), .name = "count", .type = TN_KEY_COUNT, .least = 0, .most = 1000000000, .example = "5",
     .doc = "How many of them for one customer.", .read = tn_read_guard_count},
    {IN(CUSTOMER_GUARD), .name = "worth", .type = TN_KEY_MONEY, .example = "6000 USD", .read = tn_read_guard_worth,
     .doc = "Their worth together for one customer, in USD."},
    {IN(CUSTOMER_GUARD), .name = "back", .type = TN_KEY_AMOUNTS, .example = "{PLN: 2000, EUR: 450}",
     .read = tn_read_guard_amounts, .doc = "What comes back, by billing currency."},
    {IN(CUSTOMER_GUARD), .name = "pay", .type = TN_KEY_AMOUNTS, .example = "{EUR: 1000}", .read = tn_read_guard_amounts,
     .doc = "What has to be paid, by billing currency."},

    {IN(SHARE), .name = "share", .type = TN_KEY_PERCENT, .required = true, .most = 1000000, .example = "5%",
     AT(guard_row, share_ppm), .doc = "Which share of the customers ended stops the run when it is reached."},
    {IN(SHARE), .name = "of_at_least", .type = TN_KEY_COUNT, .least = 1, .most = 1000000, .example = "40",
     AT(guard_row, of_at_least), .doc = "How many customers must have ended before it counts; 20 if it is not said."},

    {IN(TOLERANCE), .name = "amount", .type = TN_KEY_PERCENT, .most = 10000, .example = "1%",
     AT(workflow, tolerance.basis_points), .doc = "How much less may come back, or more be paid, than was planned."},
    {IN(TOLERANCE), .name = "proration", .type = TN_KEY_BOOLEAN, .example = "true", AT(workflow, tolerance.proration),
     .doc = "Whether the days that passed since the plan are granted beside it."},

    {IN(LIMITS), .name = "cpu", .type = TN_KEY_TIME, .least = 10, .most = 600000, .example = "2 s",
     AT(workflow, cpu_ms), .doc = "Computing time: ms, s or minutes."},
    {IN(LIMITS), .name = "memory", .type = TN_KEY_SIZE, .least = 1 << 20, .most = INT64_C(4) << 30, .example = "64 MB",
     AT(workflow, memory_bytes), .doc = "Memory: KB, MB or GB, each 1024 of the one before."},

    {IN(OUTPUT), .name = "file", .type = TN_KEY_TEXT, .example = "refunds.csv", AT(output, file),
     .doc = "What it is called as a file, whose ending says the format; NAME.csv where this does not say."},
    {IN(OUTPUT), .name = "columns", .type = TN_KEY_MAPPING, .inside = TN_SECTION_COLUMN, .required = true,
     .read = tn_read_output_columns, .example = "{reservation: reservation, back: money}",
     .doc = "Its columns, and what each holds."},

    {IN(STEP), .name = "id", .type = TN_KEY_NAME, .required = true, .example = "refund", AT(step, id),
     .doc = "What later steps and reports call it."},
    {IN(STEP), .name = "each", .type = TN_KEY_EXPRESSION, .example = "reservations.list{state = \"Succeeded\"}",
     AT(step, each), .doc = "Lua: a list; the script runs once for each of its items."},
    {IN(STEP), .name = "when", .type = TN_KEY_EXPRESSION, .example = "item.can.refund", AT(step, when),
     .doc = "Lua: whether to run at all."},
    {IN(STEP), .name = "run", .type = TN_KEY_TEXT, .required = true, .example = "scripts/refund.lua",
     .read = tn_read_step_run, .doc = "The script, by its path from the package root."},
    {IN(STEP), .name = "with", .type = TN_KEY_MAPPING, .example = "{min_worth: \"${{ inputs.min_worth }}\"}",
     .read = tn_read_step_with, .doc = "What the script sees as ctx.with."},
    {IN(STEP), .name = "follows", .type = TN_KEY_NAME, .example = "refund", .read = tn_read_step_follows,
     .doc =
         "An earlier step whose outcomes its effects answer: they may come in apply, within their guard, unplanned."},
    {IN(STEP), .name = "use", LATER},

    {.where = TN_SECTION_NONE},
};

const struct tn_key *tn_key_find(enum tn_section where, const char *name)
{
    const struct tn_key *any = NULL;
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE; key++) {
        if (key->where != where)
            continue;
        if (!key->name)
            any = key;
        else if (strcmp(key->name, name) == 0)
            return key;
    }
    return any;
}

const char *tn_key_suggest(enum tn_section where, const char *name)
{
    const char *names[MAX_KEYS_OF_SECTION + 1] = {0};
    size_t count = 0;
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE; key++) {
        if (key->where == where && key->name && count < MAX_KEYS_OF_SECTION)
            names[count++] = key->name;
    }
    return tn_closest(name, names);
}

void tn_key_list(enum tn_section where, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct tn_key *key = tn_keys; key->where != TN_SECTION_NONE && used < size; key++) {
        if (key->where == where && key->name && !key->later)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", key->name);
    }
}
