/* Values: see values.h. */
#include "azure/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/table_argument.h"
#include "base/clock.h"
#include "base/id.h"

#define MAX_TEXT 4096
#define MAX_LIST 100

void tn_values_deinit(struct tn_values *values)
{
    for (size_t i = 0; i < TN_MAX_ARGUMENTS; i++) {
        free(values->of[i].text);
        free(values->of[i].order);
        free(values->of[i].returned);
        free(values->of[i].facts);
        tn_quote_unref(values->of[i].quote);
    }
    *values = (struct tn_values){0};
}

/* NULL where there is nothing to copy, or no memory. */
static void *copy_bytes(const void *from, size_t bytes)
{
    void *copy = from && bytes ? malloc(bytes) : NULL;
    if (copy)
        memcpy(copy, from, bytes);
    return copy;
}

int tn_values_copy(struct tn_values *to, const struct tn_values *from, struct tn_err *err)
{
    *to = *from;
    bool whole = true;
    for (size_t i = 0; i < TN_MAX_ARGUMENTS; i++) {
        const struct tn_argument_value *value = &from->of[i];
        to->of[i].text = value->text ? strdup(value->text) : NULL;
        to->of[i].order = value->order ? strdup(value->order) : NULL;
        to->of[i].returned = copy_bytes(value->returned, value->returned_count * sizeof *value->returned);
        to->of[i].facts = copy_bytes(value->facts, sizeof *value->facts);
        tn_quote_ref(value->quote);
        whole = whole && !to->of[i].text == !value->text && !to->of[i].order == !value->order &&
                !to->of[i].returned == !value->returned && !to->of[i].facts == !value->facts;
    }
    if (whole)
        return TENURE_OK;
    tn_values_deinit(to);
    return tn_err_no_memory(err);
}

int tn_argument_index(const struct tn_operation *op, const char *name)
{
    for (int i = 0; op->arguments[i].name; i++) {
        if (strcmp(op->arguments[i].name, name) == 0)
            return i;
    }
    return -1;
}

const char *tn_argument_instead(const struct tn_operation *op, const char *name)
{
    for (const struct tn_instead *instead = op->instead; instead && instead->name; instead++) {
        if (strcmp(instead->name, name) == 0)
            return instead->advice;
    }
    return NULL;
}

int tn_argument_unknown(const struct tn_operation *op, const char *name, struct tn_err *err)
{
    const char *names[TN_MAX_OPTIONS + 1], *instead = tn_argument_instead(op, name);
    tn_operation_options(op, names);
    if (instead)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s cannot be changed in place: %s", op->module, op->name, name,
                          instead);
    const char *close = tn_closest(name, names);
    if (close)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: there is no option '%.60s' (did you mean '%s'?)", op->module,
                          op->name, name, close);
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: there is no option '%.60s'", op->module, op->name, name);
}

const struct tn_argument_value *tn_values_get(const struct tn_operation *op, const struct tn_values *values,
                                              const char *name)
{
    static const struct tn_argument_value absent;
    int index = tn_argument_index(op, name);
    return index < 0 ? &absent : &values->of[index];
}

/* "reservations.refund: reason must be …" */
static int wrong(const struct tn_operation *op, size_t argument, const char *given, const char *expected,
                 struct tn_err *err)
{
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is '%.80s', but takes %s", op->module, op->name,
                      op->arguments[argument].name, given, expected);
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

/* If *at begins with the word (any case) and a slash, moves past both. */
static bool skip_segment(const char **at, const char *word)
{
    size_t len = strlen(word);
    if (strncasecmp(*at, word, len) != 0 || (*at)[len] != '/')
        return false;
    *at += len + 1;
    return true;
}

/* Takes the GUID at *at, up to a slash or the end, and moves past it and the slash. */
static bool take_guid(const char **at, char guid[37])
{
    size_t len = strcspn(*at, "/");
    if (!tn_guid_valid(*at, len))
        return false;
    memcpy(guid, *at, len);
    guid[len] = '\0';
    tn_id_fold(guid);
    *at += len + ((*at)[len] == '/');
    return true;
}

bool tn_reservation_id_parse(const char *text, char order[37], char reservation[37])
{
    order[0] = reservation[0] = '\0';
    const char *at = text;
    if (*at != '/') {
        if (!take_guid(&at, reservation))
            return false;
        if (!*at)
            return true;
        memcpy(order, reservation, 37);
        return take_guid(&at, reservation) && !*at;
    }
    at++;
    if (!skip_segment(&at, "providers") || !skip_segment(&at, "microsoft.capacity") ||
        !skip_segment(&at, "reservationorders") || !take_guid(&at, order))
        return false;
    if (!*at)
        return true;
    if (!skip_segment(&at, "reservations") || !take_guid(&at, reservation))
        return false;
    return !*at || skip_segment(&at, "revisions");
}

static int replace(char **slot, const char *text, struct tn_err *err)
{
    char *copy = strdup(text);
    if (!copy)
        return tn_err_no_memory(err);
    free(*slot);
    *slot = copy;
    return TENURE_OK;
}

static int set_reservation(const struct tn_operation *op, struct tn_argument_value *value, size_t argument,
                           const char *text, struct tn_err *err)
{
    char order[37], reservation[37];
    if (!tn_reservation_id_parse(text, order, reservation) || !reservation[0])
        return wrong(op, argument, text, "a reservation: a record, its full id, or its GUID", err);
    int rc = replace(&value->text, reservation, err);
    if (rc == TENURE_OK && order[0])
        rc = replace(&value->order, order, err);
    return rc;
}

/* A bare GUID is the order's own here. */
/* One of its reservations names an order, but not to an effect that is another one on the reservation itself. */
static int set_order(const struct tn_operation *op, struct tn_argument_value *value, size_t argument, const char *text,
                     struct tn_err *err)
{
    char order[37], reservation[37];
    bool tells_apart = op->class != TN_CLASS_READ && tn_argument_index(op, "reservation") >= 0;
    if (!tn_reservation_id_parse(text, order, reservation))
        return wrong(op, argument, text, "an order: a record, its full id, its GUID, or one of its reservations", err);
    if (tells_apart && order[0] && reservation[0])
        return wrong(op, argument, text,
                     "an order, and a right on one is none on the other: give it as reservation, or the order's own id",
                     err);
    return replace(&value->text, order[0] ? order : reservation, err);
}

static bool plausible_domain(const char *text)
{
    size_t len = strlen(text);
    return len > 2 && len < 254 && strchr(text, '.') && text[0] != '.' && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len &&
           !strstr(text, "..");
}

static int set_customer(const struct tn_operation *op, struct tn_argument_value *value, size_t argument,
                        const char *text, struct tn_err *err)
{
    if (!tn_guid_valid(text, strlen(text)) && !plausible_domain(text))
        return wrong(op, argument, text, "a customer: a record, a tenant id, or a domain", err);
    return replace(&value->text, text, err);
}

bool tn_subscription_id_parse(const char *text, char subscription[37])
{
    const char *at = text + (*text == '/');
    return (*text != '/' || skip_segment(&at, "subscriptions")) && take_guid(&at, subscription) && !*at;
}

static int set_subscription(const struct tn_operation *op, struct tn_argument_value *value, size_t argument,
                            const char *text, struct tn_err *err)
{
    char guid[37];
    if (!tn_subscription_id_parse(text, guid))
        return wrong(op, argument, text, "a subscription: its GUID, or /subscriptions/ and its GUID", err);
    return replace(&value->text, guid, err);
}

/* ---- plain values ----------------------------------------------------------------------------------------------- */

static int check_line(const struct tn_operation *op, size_t argument, const char *text, struct tn_err *err)
{
    if (strlen(text) > MAX_TEXT)
        return wrong(op, argument, text, "at most 4096 bytes", err);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool breaks = (*c == '\n' || *c == '\t') && op->arguments[argument].place == TN_IN_BODY;
        if ((*c < 0x20 && !breaks) || *c == 0x7f)
            return wrong(op, argument, "text with control characters", "plain text", err);
    }
    return TENURE_OK;
}

static int set_string(const struct tn_operation *op, struct tn_argument_value *value, size_t argument, const char *text,
                      struct tn_err *err)
{
    const struct tn_argument *row = &op->arguments[argument];
    int rc = check_line(op, argument, text, err);
    if (rc < 0)
        return rc;
    if (row->choices) {
        const char *const *choice = row->choices;
        while (*choice && strcmp(*choice, text) != 0)
            choice++;
        if (!*choice) {
            char expected[256] = "one of";
            for (choice = row->choices; *choice; choice++) {
                size_t len = strlen(expected);
                snprintf(expected + len, sizeof expected - len, "%s %s", choice == row->choices ? "" : ",", *choice);
            }
            return wrong(op, argument, text, expected, err);
        }
    }
    return replace(&value->text, text, err);
}

/* Of a full id, which may be given, a path needs what stands behind its last slash. */
static int set_id(const struct tn_operation *op, struct tn_argument_value *value, size_t argument, const char *text,
                  struct tn_err *err)
{
    const char *slash = op->arguments[argument].place == TN_IN_PATH && *text == '/' ? strrchr(text, '/') : NULL;
    return set_string(op, value, argument, slash ? slash + 1 : text, err);
}

int tn_values_set_list(const struct tn_operation *op, struct tn_values *values, size_t argument,
                       const char *const *texts, size_t count, struct tn_err *err)
{
    struct tn_buf json = {0};
    struct tn_json_writer w;
    int rc = count ? TENURE_OK : wrong(op, argument, "", "at least one", err);
    tn_jw_init(&w, &json);
    tn_jw_array(&w);
    for (size_t i = 0; rc == TENURE_OK && i < count; i++) {
        rc = check_line(op, argument, texts[i], err);
        tn_jw_string(&w, texts[i]);
    }
    tn_jw_array_end(&w);
    if (rc == TENURE_OK && json.failed)
        rc = tn_err_no_memory(err);
    if (rc == TENURE_OK)
        rc = replace(&values->of[argument].text, tn_buf_text(&json), err);
    tn_buf_deinit(&json);
    values->of[argument].given = rc == TENURE_OK;
    return rc;
}

static int set_list_json(const struct tn_operation *op, struct tn_values *values, size_t argument, struct tn_json list,
                         struct tn_err *err)
{
    const char *texts[MAX_LIST];
    size_t count = 0;
    for (struct tn_json_iter it = tn_json_each(list); tn_json_next(&it); count++) {
        const char *text = tn_json_string(it.value, "", NULL);
        if (!text || count == MAX_LIST)
            return wrong(op, argument, "another list", "a list of at most 100 texts", err);
        texts[count] = text; /* the document keeps it */
    }
    return tn_values_set_list(op, values, argument, texts, count, err);
}

/* As a shell gives it: a JSON list, or one text. */
static int set_list_text(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *text,
                         struct tn_err *err)
{
    lua_State *L = NULL;
    struct tn_json_doc *doc = NULL;
    if (*text != '[')
        return tn_values_set_list(op, values, argument, &text, 1, err);
    int rc = tn_json_state_new(&L, err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, text, strlen(text), 0, &doc, err);
    if (rc == TENURE_EPROTO)
        rc = wrong(op, argument, text, "a JSON list: [\"…\", \"…\"]", err);
    if (rc == TENURE_OK)
        rc = set_list_json(op, values, argument, tn_json_root(doc), err);
    tn_json_close(doc);
    if (L)
        lua_close(L);
    return rc;
}

/* A list or an object, as JSON. It is kept as it was written. */
static int set_json(const struct tn_operation *op, struct tn_argument_value *value, size_t argument, const char *text,
                    struct tn_err *err)
{
    lua_State *L = NULL;
    struct tn_json_doc *doc = NULL;
    int rc = tn_json_state_new(&L, err);
    if (rc == TENURE_OK)
        rc = tn_json_parse(L, text, strlen(text), 0, &doc, err);
    enum tn_json_type type = doc ? tn_json_type_of(tn_json_root(doc), "") : TN_JSON_ABSENT;
    if (rc == TENURE_EPROTO || (rc == TENURE_OK && type != TN_JSON_OBJECT && type != TN_JSON_ARRAY))
        rc = wrong(op, argument, text, "a table, or the JSON of one: {\"text\": \"…\"}", err);
    tn_json_close(doc);
    if (L)
        lua_close(L);
    return rc == TENURE_OK ? replace(&value->text, text, err) : rc;
}

static int set_integer_text(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *text,
                            struct tn_err *err)
{
    char *end;
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return wrong(op, argument, text, "a whole number", err);
    return tn_values_set_integer(op, values, argument, integer, err);
}

int tn_values_set_integer(const struct tn_operation *op, struct tn_values *values, size_t argument, int64_t integer,
                          struct tn_err *err)
{
    if (op->arguments[argument].type != TN_TYPE_INTEGER)
        return wrong(op, argument, "a number", tn_type_name(op->arguments[argument].type), err);
    if (integer <= 0) { /* every integer argument there is counts something */
        char given[32];
        snprintf(given, sizeof given, "%lld", (long long)integer);
        return wrong(op, argument, given, "a whole number above 0", err);
    }
    values->of[argument].integer = integer;
    values->of[argument].given = true;
    return TENURE_OK;
}

int tn_values_set_boolean(const struct tn_operation *op, struct tn_values *values, size_t argument, bool boolean,
                          struct tn_err *err)
{
    if (op->arguments[argument].type != TN_TYPE_BOOLEAN)
        return wrong(op, argument, boolean ? "true" : "false", tn_type_name(op->arguments[argument].type), err);
    values->of[argument].boolean = boolean;
    values->of[argument].given = true;
    return TENURE_OK;
}

int tn_values_set_text(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *text,
                       struct tn_err *err)
{
    struct tn_argument_value *value = &values->of[argument];
    int rc;
    switch (op->arguments[argument].type) {
    case TN_TYPE_RESERVATION:
        rc = set_reservation(op, value, argument, text, err);
        break;
    case TN_TYPE_ORDER:
        rc = set_order(op, value, argument, text, err);
        break;
    case TN_TYPE_CUSTOMER:
        rc = set_customer(op, value, argument, text, err);
        break;
    case TN_TYPE_SUBSCRIPTION:
        rc = set_subscription(op, value, argument, text, err);
        break;
    case TN_TYPE_ID:
        rc = set_id(op, value, argument, text, err);
        break;
    case TN_TYPE_RETURNS:
    case TN_TYPE_PURCHASES:
    case TN_TYPE_SAVINGS_PLANS:
        return tn_table_argument_set_text(op, values, argument, text, err);
    case TN_TYPE_LIST:
        return set_list_text(op, values, argument, text, err);
    case TN_TYPE_INTEGER:
        return set_integer_text(op, values, argument, text, err);
    case TN_TYPE_JSON:
        rc = set_json(op, value, argument, text, err);
        break;
    case TN_TYPE_BOOLEAN:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            return wrong(op, argument, text, "true or false", err);
        return tn_values_set_boolean(op, values, argument, text[0] == 't', err);
    case TN_TYPE_DATE:
        rc = tn_time_parse(text, strlen(text), &value->integer)
                 ? TENURE_OK
                 : wrong(op, argument, text, "a date such as 2026-02-01", err);
        break;
    case TN_TYPE_MONEY:
        rc = tn_money_parse_text(&value->money, text, err);
        break;
    case TN_TYPE_QUOTE:
        return wrong(op, argument, text, "a quote, made by the operation that quotes it", err);
    default:
        rc = set_string(op, value, argument, text, err);
    }
    value->given = rc == TENURE_OK;
    return rc;
}

int tn_values_set_reservation(const struct tn_operation *op, struct tn_values *values, size_t argument, const char *id,
                              const struct tn_facts *facts, struct tn_err *err)
{
    int rc = tn_values_set_text(op, values, argument, id, err);
    return rc == TENURE_OK ? tn_argument_learn(&values->of[argument], facts, err) : rc;
}

int tn_argument_learn(struct tn_argument_value *value, const struct tn_facts *facts, struct tn_err *err)
{
    struct tn_facts *copy = copy_bytes(facts, sizeof *facts);
    if (!copy)
        return tn_err_no_memory(err);
    free(value->facts);
    value->facts = copy;
    value->integer = value->integer ? value->integer : facts->quantity;
    return TENURE_OK;
}

int tn_values_set_quote(const struct tn_operation *op, struct tn_values *values, size_t argument,
                        struct tn_quote *quote, struct tn_err *err)
{
    if (op->arguments[argument].type != TN_TYPE_QUOTE)
        return wrong(op, argument, "a quote", tn_type_name(op->arguments[argument].type), err);
    if (!op->quoted_by || strcmp(quote->op->name, op->quoted_by) != 0)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: takes a quote of %s.%s, not one of %s.%s", op->module, op->name,
                          op->module, op->quoted_by ? op->quoted_by : "nothing", quote->op->module, quote->op->name);
    tn_quote_unref(values->of[argument].quote);
    values->of[argument].quote = tn_quote_ref(quote);
    values->of[argument].given = true;
    return TENURE_OK;
}

/* ---- written ---------------------------------------------------------------------------------------------------- */

const char *tn_value_text(const struct tn_argument *argument, const struct tn_argument_value *value,
                          char made[TN_VALUE_TEXT])
{
    switch (argument->type) {
    case TN_TYPE_INTEGER:
    case TN_TYPE_DURATION:
        snprintf(made, TN_VALUE_TEXT, "%lld", (long long)value->integer);
        return made;
    case TN_TYPE_BOOLEAN:
        return value->boolean ? "true" : "false";
    case TN_TYPE_DATE:
        return tn_time_format(value->integer, made);
    default:
        return value->text;
    }
}

static void write_returned(const struct tn_argument_value *value, struct tn_json_writer *w)
{
    char id[160];
    tn_jw_array(w);
    for (size_t i = 0; i < value->returned_count; i++) {
        const struct tn_returned *one = &value->returned[i];
        tn_jw_object(w);
        if (one->quantity)
            tn_jw_kv_int(w, "quantity", one->quantity);
        snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", one->order,
                 one->reservation);
        tn_jw_kv_string(w, "reservation", one->order[0] ? id : one->reservation);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
}

void tn_argument_write(const struct tn_argument *argument, const struct tn_argument_value *value,
                       struct tn_json_writer *w)
{
    char made[TN_VALUE_TEXT], id[160];
    switch (argument->type) {
    case TN_TYPE_INTEGER:
        tn_jw_int(w, value->integer);
        break;
    case TN_TYPE_BOOLEAN:
        tn_jw_bool(w, value->boolean);
        break;
    case TN_TYPE_RETURNS:
        write_returned(value, w);
        break;
    case TN_TYPE_LIST:
    case TN_TYPE_JSON:
    case TN_TYPE_PURCHASES:
    case TN_TYPE_SAVINGS_PLANS:
        tn_jw_raw(w, value->text, strlen(value->text));
        break;
    case TN_TYPE_RESERVATION:
        if (!value->order) {
            tn_jw_string(w, value->text);
            break;
        }
        snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s/reservations/%s", value->order,
                 value->text);
        tn_jw_string(w, id);
        break;
    case TN_TYPE_ORDER:
        snprintf(id, sizeof id, "/providers/Microsoft.Capacity/reservationOrders/%s", value->text);
        tn_jw_string(w, id);
        break;
    case TN_TYPE_SUBSCRIPTION:
        snprintf(id, sizeof id, "/subscriptions/%s", value->text);
        tn_jw_string(w, id);
        break;
    case TN_TYPE_MONEY:
        tn_jw_money(w, &value->money);
        break;
    default:
        tn_jw_string(w, tn_value_text(argument, value, made));
    }
}

void tn_values_write(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w)
{
    tn_jw_object(w);
    for (size_t i = 0; op->arguments[i].name; i++) {
        if (!values->of[i].given || op->arguments[i].type == TN_TYPE_QUOTE)
            continue;
        tn_jw_key(w, op->arguments[i].name);
        tn_argument_write(&op->arguments[i], &values->of[i], w);
    }
    tn_jw_object_end(w);
}

/* How many of the objects that are open the next member is in, too: those above it have to be closed. */
static size_t shared_depth(const char *open, const char *where)
{
    size_t depth = 0;
    for (; *open && *where == *open; open++, where++)
        depth += *where == '.';
    return depth;
}

/* The members of a row stand in the order of its arguments; those of one object stand together. */
int tn_values_write_body(const struct tn_operation *op, const struct tn_values *values, struct tn_json_writer *w)
{
    const char *open = "";
    size_t depth = 0;
    bool begun = false;
    for (size_t i = 0; op->arguments[i].name; i++) {
        const struct tn_argument *argument = &op->arguments[i];
        const char *at = argument->where, *dot;
        if (argument->place != TN_IN_BODY || !at || !values->of[i].given)
            continue;
        if (!begun)
            tn_jw_object(w);
        begun = true;
        size_t shared = shared_depth(open, at);
        for (; depth > shared; depth--)
            tn_jw_object_end(w);
        for (size_t level = 0; (dot = strchr(at, '.')); level++, at = dot + 1) {
            if (level < depth)
                continue;
            tn_jw_key_len(w, at, (size_t)(dot - at));
            tn_jw_object(w);
            depth++;
        }
        tn_jw_key(w, at);
        tn_argument_write(argument, &values->of[i], w);
        open = argument->where;
    }
    for (; begun && depth > 0; depth--)
        tn_jw_object_end(w);
    if (begun)
        tn_jw_object_end(w);
    return TENURE_OK;
}

/* Whether a path template has "{name}" or "{name.order}" in it. */
static bool path_has(const char *path, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = path; (at = strchr(at, '{')); at++) {
        if (strncmp(at + 1, name, len) == 0 && (at[1 + len] == '}' || at[1 + len] == '.'))
            return true;
    }
    return false;
}

/* The arguments that choose a path, for a message: "reservation, order or billing_account". */
static int nothing_chosen(const struct tn_operation *op, struct tn_err *err)
{
    char names[160] = "";
    for (const struct tn_path *path = op->paths; path->argument; path++) {
        const char *joint = path == op->paths ? "" : path[1].argument ? ", " : " or ";
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", joint, path->argument);
    }
    return tn_err_set(err, TENURE_EINVAL, "%s.%s: name one of %s", op->module, op->name, names);
}

/* Each argument of the path has to be given, and none that only another path has: it would be forgotten silently. */
static int check_path(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    const char *path = tn_operation_path(op, values), *other = NULL;
    if (!path)
        return nothing_chosen(op, err);
    for (size_t i = 0; op->arguments[i].name; i++) {
        const struct tn_argument *argument = &op->arguments[i];
        bool has = path_has(path, argument->name);
        if (has && !values->of[i].given)
            return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is missing: %s", op->module, op->name, argument->name,
                              argument->doc);
        if (!has && argument->place == TN_IN_PATH && values->of[i].given)
            other = argument->name;
    }
    return other ? tn_err_set(err, TENURE_EINVAL, "%s.%s: %s does not go with what else is named", op->module, op->name,
                              other)
                 : TENURE_OK;
}

int tn_values_check_guid(const struct tn_operation *op, const struct tn_values *values, const char *name,
                         const char *takes, struct tn_err *err)
{
    const struct tn_argument_value *value = tn_values_get(op, values, name);
    const char *slash = value->given ? strrchr(value->text, '/') : NULL, *guid = slash ? slash + 1 : value->text;
    if (!value->given || tn_guid_valid(guid, strlen(guid)))
        return TENURE_OK;
    return wrong(op, (size_t)tn_argument_index(op, name), value->text, takes, err);
}

int tn_values_check(const struct tn_operation *op, const struct tn_values *values, struct tn_err *err)
{
    for (size_t i = 0; op->arguments[i].name; i++) {
        if (op->arguments[i].required && !values->of[i].given)
            return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is missing: %s", op->module, op->name,
                              op->arguments[i].name, op->arguments[i].doc);
    }
    int rc = check_path(op, values, err);
    return rc == TENURE_OK && op->check ? op->check(op, values, err) : rc;
}
