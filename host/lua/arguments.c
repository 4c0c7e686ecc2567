/* Arguments of primitives: see arguments.h. */
#include "lua/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "azure/table_argument.h"
#include "base/id.h"
#include "lua/operation.h"
#include "lua/value.h"
#include "lua/view.h"

#define MOST_TEXTS 100 /* in a list */

struct reading {
    lua_State *L;
    const struct tn_script_run *run;
    const struct tn_operation *op;
    struct tn_values *values;
    struct tn_call_options *options;
    struct tn_err *err;
};

void tn_call_options_deinit(struct tn_call_options *options)
{
    free(options->tenant);
    free(options->once);
    *options = (struct tn_call_options){0};
}

/* Mixing keeps two steps of one scope apart, and both from no binding at all (0). */
uint64_t tn_quote_binding(uint64_t bound_to, size_t step)
{
    uint64_t mixed = (bound_to ^ ((uint64_t)step + 1) * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    return (mixed ^ (mixed >> 31)) | 1;
}

/* ---- kinds of values --------------------------------------------------------------------------------------------- */

/* What the value at index is, for a person. */
static const char *describe(lua_State *L, int index)
{
    const struct tn_record *record = tn_record_test(L, index);
    if (record)
        return record->name;
    if (tn_quote_test(L, index))
        return "quote";
    if (tn_money_test(L, index))
        return "money";
    if (tn_outcome_test(L, index))
        return "outcome";
    return tn_view_is(L, index) ? "table" : luaL_typename(L, index);
}

static int wrong(const struct reading *r, const char *name, const char *expected, int index)
{
    return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: %s takes %s, not a %s", r->op->module, r->op->name, name, expected,
                      describe(r->L, index));
}

/* The text at index, which C functions can read to its end; NULL, with err set, when it is none. */
static const char *check_text(const struct reading *r, const char *name, const char *expected, int index)
{
    size_t len = 0;
    bool is_text = lua_type(r->L, index) == LUA_TSTRING;
    const char *text = is_text ? lua_tolstring(r->L, index, &len) : tn_placeholder_test(r->L, index);
    if (!text)
        wrong(r, name, expected, index);
    else if (is_text && strlen(text) != len) {
        tn_err_set(r->err, TENURE_EINVAL, "%s.%s: %s has a NUL in it", r->op->module, r->op->name, name);
        text = NULL;
    }
    return text;
}

static const char *expectation(enum tn_type type)
{
    switch (type) {
    case TN_TYPE_RESERVATION:
        return "a reservation, its full id or its GUID";
    case TN_TYPE_ORDER:
        return "an order, a reservation, a full id or a GUID";
    case TN_TYPE_CUSTOMER:
        return "a customer, a tenant id or a domain";
    case TN_TYPE_SUBSCRIPTION:
        return "a subscription: its GUID or its id";
    case TN_TYPE_LIST:
        return "a list of texts";
    case TN_TYPE_RETURNS:
        return "a list of reservations, each whole or as {reservation = …, quantity = …}";
    case TN_TYPE_PURCHASES:
    case TN_TYPE_SAVINGS_PLANS:
        return "a list of tables";
    case TN_TYPE_QUOTE:
        return "a quote, as the quoting operation answered it";
    case TN_TYPE_INTEGER:
        return "a whole number";
    case TN_TYPE_DATE:
    case TN_TYPE_DURATION:
        return "whole seconds";
    case TN_TYPE_BOOLEAN:
        return "true or false";
    case TN_TYPE_MONEY:
        return "money";
    case TN_TYPE_JSON:
        return "a table of plain data, or JSON";
    default:
        return "text";
    }
}

/* Whether a record may stand for its id in that argument. A plain id is that of the record it is called after. */
static bool record_fits(const struct tn_argument *argument, const struct tn_record *record)
{
    bool reservation = strcmp(record->name, "reservation") == 0 || strcmp(record->name, "order_reservation") == 0;
    switch (argument->type) {
    case TN_TYPE_ID:
        return strcmp(record->name, argument->name) == 0;
    case TN_TYPE_RESERVATION:
        return reservation;
    case TN_TYPE_ORDER:
        return reservation || strcmp(record->name, "order") == 0;
    case TN_TYPE_CUSTOMER:
        return strcmp(record->name, "customer") == 0;
    default:
        return false;
    }
}

static int read_record(const struct reading *r, size_t argument, int index)
{
    const struct tn_argument *row = &r->op->arguments[argument];
    if (!record_fits(row, tn_record_test(r->L, index)))
        return wrong(r, row->name, expectation(row->type), index);
    if (!tn_record_push_id(r->L, index))
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: the %s has no id", r->op->module, r->op->name, row->name);
    const char *id = lua_tostring(r->L, -1);
    struct tn_facts facts = {0};
    if (row->type == TN_TYPE_RESERVATION)
        tn_record_facts(r->L, index, &facts);
    int rc = row->type == TN_TYPE_RESERVATION
                 ? tn_values_set_reservation(r->op, r->values, argument, id, &facts, r->err)
                 : tn_values_set_text(r->op, r->values, argument, id, r->err);
    lua_pop(r->L, 1);
    return rc;
}

static int read_quote(const struct reading *r, size_t argument, int index)
{
    struct tn_quote *quote = tn_quote_test(r->L, index);
    if (!quote)
        return wrong(r, r->op->arguments[argument].name, expectation(TN_TYPE_QUOTE), index);
    if (quote->bound_to != tn_quote_binding(r->run->scope->bound_to, r->run->step))
        return tn_err_set(r->err, TENURE_EINVAL,
                          "%s.%s: this quote was made for another customer or in another step; ask for a "
                          "quote here",
                          r->op->module, r->op->name);
    return tn_values_set_quote(r->op, r->values, argument, quote, r->err);
}

static int read_integer(const struct reading *r, size_t argument, int index)
{
    const struct tn_argument *row = &r->op->arguments[argument];
    int whole;
    lua_Integer integer = lua_tointegerx(r->L, index, &whole);
    if (!whole || lua_type(r->L, index) != LUA_TNUMBER)
        return wrong(r, row->name, expectation(row->type), index);
    if (row->type == TN_TYPE_INTEGER)
        return tn_values_set_integer(r->op, r->values, argument, integer, r->err);
    r->values->of[argument].integer = integer;
    r->values->of[argument].given = true;
    return TENURE_OK;
}

/* A list of texts; text is read as a shell's. */
static int read_list(const struct reading *r, size_t argument, int index)
{
    const char *name = r->op->arguments[argument].name, *texts[MOST_TEXTS];
    if (lua_type(r->L, index) == LUA_TSTRING) {
        const char *text = check_text(r, name, expectation(TN_TYPE_LIST), index);
        return text ? tn_values_set_text(r->op, r->values, argument, text, r->err) : r->err->code;
    }
    if (!lua_istable(r->L, index) && !tn_view_is(r->L, index))
        return wrong(r, name, expectation(TN_TYPE_LIST), index);
    size_t count = (size_t)luaL_len(r->L, index);
    if (count > MOST_TEXTS)
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: %s has more than %d texts", r->op->module, r->op->name, name,
                          MOST_TEXTS);
    for (size_t i = 0; i < count; i++) {
        lua_geti(r->L, index, (lua_Integer)i + 1);
        texts[i] = check_text(r, name, expectation(TN_TYPE_LIST), lua_gettop(r->L));
        lua_pop(r->L, 1); /* the table keeps it */
        if (!texts[i])
            return r->err->code;
    }
    return tn_values_set_list(r->op, r->values, argument, texts, count, r->err);
}

/* Plain data; text is read as a shell's. */
static int read_json(const struct reading *r, size_t argument, int index)
{
    const char *name = r->op->arguments[argument].name;
    struct tn_buf json = {0};
    int rc;
    if (lua_type(r->L, index) == LUA_TSTRING) {
        const char *text = check_text(r, name, expectation(TN_TYPE_JSON), index);
        return text ? tn_values_set_text(r->op, r->values, argument, text, r->err) : r->err->code;
    }
    if (!lua_istable(r->L, index) && !tn_view_is(r->L, index))
        return wrong(r, name, expectation(TN_TYPE_JSON), index);
    rc = tn_value_encode_plain(r->L, index, &json, r->err);
    if (rc < 0)
        tn_err_prefix(r->err, "%s.%s: %s", r->op->module, r->op->name, name);
    else
        rc = tn_values_set_text(r->op, r->values, argument, tn_buf_text(&json), r->err);
    tn_buf_deinit(&json);
    return rc;
}

/* ---- lists of tables --------------------------------------------------------------------------------------------- */

#define TABLES "tenure.tables" /* what is read of a list of tables: a userdata, as reading may raise */

static int mt_free_tables(lua_State *L)
{
    tn_table_argument_deinit(luaL_checkudata(L, 1, TABLES));
    return 0;
}

static struct tn_table_argument *push_tables(lua_State *L)
{
    struct tn_table_argument *tables = lua_newuserdatauv(L, sizeof *tables, 0);
    memset(tables, 0, sizeof *tables);
    if (luaL_newmetatable(L, TABLES)) {
        lua_pushcfunction(L, mt_free_tables);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return tables;
}

static int read_argument(const struct reading *r, size_t argument, int index);

/* The members of the plain table on top. */
static int read_members(const struct reading *r)
{
    int table = lua_gettop(r->L), rc = TENURE_OK;
    lua_pushnil(r->L);
    while (rc == TENURE_OK && lua_next(r->L, table)) {
        const char *name = lua_type(r->L, -2) == LUA_TSTRING ? lua_tostring(r->L, -2) : NULL;
        int argument = name ? tn_argument_index(r->op, name) : -1;
        if (!name)
            rc = tn_err_set(r->err, TENURE_EINVAL, "%s.%s: a table of it has members without a name", r->op->module,
                            r->op->name);
        else if (argument < 0)
            rc = tn_argument_unknown(r->op, name, r->err);
        else
            rc = read_argument(r, (size_t)argument, lua_gettop(r->L));
        lua_pop(r->L, 1);
    }
    lua_settop(r->L, table);
    return rc;
}

/* Pushes what a table or a view of one holds; false: it is neither. */
static bool push_content(lua_State *L, int index)
{
    bool view = tn_view_is(L, index);
    if (view)
        tn_view_push_content(L, index);
    else if (lua_istable(L, index))
        lua_pushvalue(L, index);
    return view || lua_istable(L, index);
}

/* One table of the list: the value on top. A reservation stands for all of it. */
static int read_table(const struct reading *r, struct tn_table_argument *tables)
{
    const struct reading inner = {
        .L = r->L, .run = r->run, .op = tables->row, .values = &tables->element, .err = r->err};
    int rc, index = lua_gettop(r->L);
    luaL_checkstack(r->L, 8, "argument");
    if (push_content(r->L, index))
        rc = read_members(&inner);
    else if (tables->row->arguments[0].type == TN_TYPE_RESERVATION)
        rc = read_argument(&inner, 0, index);
    else
        rc = wrong(r, r->op->arguments[tables->argument].name, "tables", index);
    lua_settop(r->L, index);
    return rc < 0 ? rc : tn_table_argument_add(tables, r->err);
}

/* A list of them; one alone is a list of one; text is read as a shell's. */
static int read_tables(const struct reading *r, size_t argument, int index)
{
    int top = lua_gettop(r->L), rc = TENURE_OK;
    if (lua_type(r->L, index) == LUA_TSTRING) {
        const char *text = check_text(r, r->op->arguments[argument].name, "text", index);
        return text ? tn_values_set_text(r->op, r->values, argument, text, r->err) : r->err->code;
    }
    struct tn_table_argument *tables = push_tables(r->L);
    tn_table_argument_begin(tables, r->op, argument);
    lua_Integer count = push_content(r->L, index) ? (lua_Integer)lua_rawlen(r->L, -1) : 0;
    for (lua_Integer i = 1; rc == TENURE_OK && i <= count; i++) {
        lua_rawgeti(r->L, top + 2, i);
        rc = read_table(r, tables);
        lua_settop(r->L, top + 2);
    }
    if (count == 0) {
        lua_pushvalue(r->L, index);
        rc = read_table(r, tables);
    }
    if (rc == TENURE_OK)
        rc = tn_table_argument_end(tables, r->values, r->err);
    tn_table_argument_deinit(tables);
    lua_settop(r->L, top);
    return rc;
}

/* ---- one argument ------------------------------------------------------------------------------------------------ */

static int read_money(const struct reading *r, size_t argument, int index)
{
    const struct tn_money *money = tn_money_test(r->L, index);
    if (!money)
        return wrong(r, r->op->arguments[argument].name, expectation(TN_TYPE_MONEY), index);
    r->values->of[argument].money = *money;
    r->values->of[argument].given = true;
    return TENURE_OK;
}

/* The value at index, for that argument of the row. nil counts as not given. */
static int read_argument(const struct reading *r, size_t argument, int index)
{
    const struct tn_argument *row = &r->op->arguments[argument];
    if (lua_isnoneornil(r->L, index))
        return TENURE_OK;
    switch (row->type) {
    case TN_TYPE_QUOTE:
        return read_quote(r, argument, index);
    case TN_TYPE_INTEGER:
    case TN_TYPE_DATE:
    case TN_TYPE_DURATION:
        return read_integer(r, argument, index);
    case TN_TYPE_MONEY:
        return read_money(r, argument, index);
    case TN_TYPE_RETURNS:
    case TN_TYPE_PURCHASES:
    case TN_TYPE_SAVINGS_PLANS:
        return read_tables(r, argument, index);
    case TN_TYPE_LIST:
        return read_list(r, argument, index);
    case TN_TYPE_JSON:
        return read_json(r, argument, index);
    case TN_TYPE_BOOLEAN:
        if (!lua_isboolean(r->L, index))
            return wrong(r, row->name, expectation(row->type), index);
        return tn_values_set_boolean(r->op, r->values, argument, lua_toboolean(r->L, index), r->err);
    default:
        break;
    }
    if (tn_record_test(r->L, index))
        return read_record(r, argument, index);
    const char *text = check_text(r, row->name, expectation(row->type), index);
    return text ? tn_values_set_text(r->op, r->values, argument, text, r->err) : r->err->code;
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static int set_option(const struct reading *r, char **slot, const char *text)
{
    char *copy = strdup(text);
    if (!copy)
        return tn_err_no_memory(r->err);
    free(*slot);
    *slot = copy;
    return TENURE_OK;
}

static int read_customer(const struct reading *r, int index)
{
    const struct tn_record *record = tn_record_test(r->L, index);
    static const struct tn_argument row = {.type = TN_TYPE_CUSTOMER};
    if (record && record_fits(&row, record) && tn_record_push_id(r->L, index)) {
        int rc = set_option(r, &r->options->tenant, lua_tostring(r->L, -1));
        lua_pop(r->L, 1);
        return rc;
    }
    const char *text = check_text(r, "customer", expectation(TN_TYPE_CUSTOMER), index);
    return text ? set_option(r, &r->options->tenant, text) : r->err->code;
}

static int read_once(const struct reading *r, int index)
{
    const char *text = check_text(r, "once", "text", index);
    if (text && !*text)
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: once is empty", r->op->module, r->op->name);
    return text ? set_option(r, &r->options->once, text) : r->err->code;
}

/* One option: its name and its value are the two topmost values. */
static int read_option(const struct reading *r)
{
    int value = lua_gettop(r->L);
    if (lua_type(r->L, -2) != LUA_TSTRING)
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: options are given by name, as in {name = value}",
                          r->op->module, r->op->name);
    const char *name = lua_tostring(r->L, -2);
    int argument = tn_argument_index(r->op, name);
    if (argument >= 0 && r->values->of[argument].given)
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: %s is given twice", r->op->module, r->op->name, name);
    if (argument >= 0)
        return read_argument(r, (size_t)argument, value);
    if (tn_operation_takes_customer(r->op) && strcmp(name, "customer") == 0)
        return read_customer(r, value);
    if (r->op->takes_once && strcmp(name, "once") == 0)
        return read_once(r, value);
    return tn_argument_unknown(r->op, name, r->err);
}

static int read_options(const struct reading *r, int index)
{
    int rc = TENURE_OK;
    lua_pushnil(r->L);
    while (rc == TENURE_OK && lua_next(r->L, index)) {
        rc = read_option(r);
        lua_pop(r->L, 1);
    }
    return rc;
}

static int read_bare(const struct reading *r)
{
    if (lua_isnil(r->L, 1))
        return TENURE_OK;
    if (!r->op->arguments[0].name)
        return tn_err_set(r->err, TENURE_EINVAL, "%s.%s: takes no argument, but a %s was given", r->op->module,
                          r->op->name, describe(r->L, 1));
    return read_argument(r, 0, 1);
}

/* Where nothing was said: the scope's customer, and a name that must not be forgotten. */
static int complete(const struct reading *r)
{
    if (r->op->takes_once && !r->options->once)
        return tn_err_set(r->err, TENURE_EINVAL,
                          "%s.%s: give this effect a name that stays the same whenever it is asked for again, "
                          "e.g. {once = \"rebuy \" .. item.id}",
                          r->op->module, r->op->name);
    bool own = tn_operation_as_partner(r->op, r->values);
    if (tn_operation_takes_customer(r->op) && !r->options->tenant && !own && r->run->scope->customer[0])
        return set_option(r, &r->options->tenant, r->run->scope->customer);
    return TENURE_OK;
}

/* An argument that names the customer means the scope's when it is not given. */
static int default_customer(const struct reading *r)
{
    for (size_t i = 0; r->op->arguments[i].name; i++) {
        if (r->op->arguments[i].type != TN_TYPE_CUSTOMER || r->values->of[i].given || !r->run->scope->customer[0])
            continue;
        int rc = tn_values_set_text(r->op, r->values, i, r->run->scope->customer, r->err);
        if (rc < 0)
            return rc;
    }
    return TENURE_OK;
}

/* One table is the options, unless what it should hold is a quote: a copy of one stands in its place and is refused. */
static bool has_only_options(lua_State *L, const struct tn_operation *op)
{
    if (!lua_istable(L, 1) || !lua_isnoneornil(L, 2))
        return false;
    if (!op->arguments[0].name || op->arguments[0].type != TN_TYPE_QUOTE)
        return true;
    lua_pushstring(L, op->arguments[0].name);
    bool named = lua_rawget(L, 1) != LUA_TNIL;
    lua_pop(L, 1);
    return named;
}

/* Options that come from an earlier step, or a row, are a view; they are read as the table that it shows. */
static void show_options(lua_State *L)
{
    int index = lua_isnoneornil(L, 2) ? 1 : 2;
    if (!tn_view_is(L, index))
        return;
    tn_view_push_content(L, index);
    lua_replace(L, index);
}

int tn_arguments_read(lua_State *L, const struct tn_script_run *run, const struct tn_operation *op,
                      struct tn_values *values, struct tn_call_options *options, struct tn_err *err)
{
    const struct reading r = {.L = L, .run = run, .op = op, .values = values, .options = options, .err = err};
    luaL_checkstack(L, 8, op->name);
    show_options(L);
    bool only_options = has_only_options(L, op);
    int rc = only_options ? TENURE_OK : read_bare(&r);
    if (rc == TENURE_OK && (only_options || lua_istable(L, 2)))
        rc = read_options(&r, only_options ? 1 : 2);
    else if (rc == TENURE_OK && !lua_isnil(L, 2))
        rc = tn_err_set(err, TENURE_EINVAL, "%s.%s: options are given in a table, not as a %s", op->module, op->name,
                        describe(L, 2));
    if (rc == TENURE_OK)
        rc = default_customer(&r);
    if (rc == TENURE_OK)
        rc = tn_values_check(op, values, err);
    return rc == TENURE_OK ? complete(&r) : rc;
}
