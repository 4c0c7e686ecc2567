/*
 * Requests "exec" and "call": a script without a workflow, and any primitive from the shell.
 *
 * Reads by call are answered at once. Whatever changes something is a run of one customer with plan, approval and
 * ledger like any other; its script is kept with the run, so that apply finds it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/call_answer.h"
#include "api/caps.h"
#include "api/run_request.h"
#include "azure/table_argument.h"
#include "base/id.h"

#define MAX_SCRIPT_BYTES (1u << 20)

/* Short names stand for ids where worlds are made up: on a simulator. Elsewhere they are ids or domains, or a mistake.
 */
static int find_tenant(const struct tn_connection *connection, const char *customer, char tenant[256],
                       struct tn_err *err)
{
    size_t len = strlen(customer);
    if (tn_guid_valid(customer, len) || strchr(customer, '.')) {
        snprintf(tenant, 256, "%s", customer);
        return TENURE_OK;
    }
    if (!tn_engine_cloud(connection->engine)->loopback)
        return tn_err_set(err, TENURE_EINVAL, "--customer '%.80s' is neither a tenant id nor a domain", customer);
    tn_guid_derive(tenant, customer);
    return TENURE_OK;
}

/* ---- the script of a run without a workflow --------------------------------------------------------------------- */

/* A run of one call is called after its operation; NULL: it is one of a script. */
#define CALL "call "
static const struct tn_operation *called_by(const char *name)
{
    size_t len = sizeof CALL - 1;
    return strncmp(name, CALL, len) == 0 ? tn_operation_by_dotted(name + len) : NULL;
}

/* given: the request, or what was kept of it: --cap and --http. */
static int make_workflow(struct tn_run_request *state, const struct tn_request *given, const char *name,
                         const char *file, const char *source, size_t len, const char *customer, struct tn_err *err)
{
    struct tn_caps caps = {0};
    const char **hosts = NULL;
    size_t host_count = 0;
    int rc = tn_caps_read(given, called_by(name), &caps, err);
    if (rc == TENURE_OK)
        rc = tn_request_list(given, "http", false, &hosts, &host_count, err);
    struct tn_single single = {
        .name = name,
        .file = file,
        .source = source,
        .source_len = len,
        .customer = customer,
        .caps = caps.rows,
        .cap_count = caps.count,
        .hosts = hosts,
        .host_count = host_count,
        .any_host = called_by(name),
    };
    if (rc == TENURE_OK)
        rc = tn_workflow_single(&single, &state->workflow, err);
    free(caps.rows);
    free(hosts);
    return rc;
}

/* ctx.with, written as YAML with its values quoted, so that they are text and nothing else. */
static int set_with(struct tn_run_request *state, struct tn_json with, struct tn_err *err)
{
    struct tn_buf yaml = {0};
    size_t count = 0;
    for (struct tn_json_iter it = tn_json_each(with); tn_json_next(&it);) {
        struct tn_json_writer w;
        const char *text = tn_json_string(it.value, "", NULL);
        tn_jw_init(&w, &yaml);
        tn_jw_string(&w, it.key);
        tn_buf_puts(&yaml, ": ");
        tn_jw_init(&w, &yaml);
        tn_jw_string(&w, text ? text : "");
        tn_buf_putc(&yaml, '\n');
        count++;
    }
    int rc = TENURE_OK;
    if (count && strstr(tn_buf_text(&yaml), "${{"))
        rc = tn_err_set(err, TENURE_EINVAL, "--with: a value holds ${{, which only workflow files may");
    struct tn_diagnostics *problems = NULL;
    if (rc == TENURE_OK && count)
        rc = tn_diagnostics_new("--with", tn_buf_text(&yaml), yaml.len, &problems);
    if (rc == TENURE_OK && count)
        rc = tn_yaml_parse(tn_buf_text(&yaml), yaml.len, problems, &state->with);
    if (rc < 0 && err->code == 0)
        tn_err_set(err, rc, "--with: not usable as names and values");
    if (state->with)
        state->workflow->steps[0].with = tn_yaml_root(state->with);
    tn_diagnostics_free(problems);
    tn_buf_deinit(&yaml);
    return rc;
}

static void write_kept(struct tn_json_writer *w, const char *name, struct tn_json value)
{
    tn_jw_key(w, name);
    if (tn_json_write(value, w, NULL) < 0)
        tn_jw_null(w);
}

/* Everything needed to make the workflow again, as one JSON object. */
static void write_single(struct tn_json_writer *w, const char *name, const char *file, const char *source, size_t len,
                         const char *customer, const struct tn_request *request, struct tn_json with)
{
    tn_jw_object(w);
    tn_jw_kv_string(w, "name", name);
    tn_jw_kv_string(w, "file", file);
    tn_jw_key(w, "source");
    tn_jw_string_len(w, source, len);
    tn_jw_kv_string(w, "customer", customer);
    write_kept(w, "cap", tn_json_find(request->arguments, "cap"));
    write_kept(w, "http", tn_json_find(request->arguments, "http"));
    write_kept(w, "with", with);
    tn_jw_object_end(w);
}

int tn_single_restore(struct tn_run_request *state, struct tn_json single, struct tn_err *err)
{
    struct tn_request stored = {.arguments = single};
    size_t len = 0;
    const char *source = tn_json_string(single, "source", &len);
    const char *name = tn_json_string(single, "name", NULL), *file = tn_json_string(single, "file", NULL);
    if (!source || !name || !file)
        return tn_err_set(err, TENURE_EINVAL, "run %s has neither a workflow file nor a script", state->id);
    int rc = make_workflow(state, &stored, name, file, source, len, tn_json_string(single, "customer", NULL), err);
    if (rc == TENURE_OK)
        rc = set_with(state, tn_json_find(single, "with"), err);
    return rc;
}

/* Plan a script; with "yes", apply it too. */
static int plan_script(struct tn_run_request *state, const char *name, const char *file, const char *source, size_t len,
                       struct tn_json with, struct tn_err *err)
{
    struct tn_request *request = state->request;
    const char *cloud = tn_request_text(request, "cloud"), *customer = tn_request_text(request, "customer");
    char tenant[256];
    struct tn_buf single = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &state->inputs);
    tn_jw_object(&w);
    tn_jw_object_end(&w);
    int rc = tn_host_connect(request, cloud, &state->connection, err);
    if (rc == TENURE_OK && customer)
        rc = find_tenant(state->connection, customer, tenant, err);
    if (rc == TENURE_OK)
        rc = make_workflow(state, request, name, file, source, len, customer ? tenant : NULL, err);
    if (rc == TENURE_OK)
        rc = set_with(state, with, err);
    tn_jw_init(&w, &single);
    write_single(&w, name, file, source, len, customer ? tenant : NULL, request, with);
    state->apply_after_plan = tn_request_flag(request, "yes");
    if (rc == TENURE_OK)
        rc = tn_run_request_plan(state, cloud, tn_buf_text(&single), err);
    tn_buf_deinit(&single);
    return rc;
}

/* ---- exec ------------------------------------------------------------------------------------------------------- */

static int read_script(const char *file, struct tn_buf *source, struct tn_err *err)
{
    char chunk[8192];
    size_t len;
    source->limit = MAX_SCRIPT_BYTES;
    FILE *stream = fopen(file, "re");
    if (!stream)
        return tn_err_set(err, TENURE_EINVAL, "%s: %m", file);
    while ((len = fread(chunk, 1, sizeof chunk, stream)) > 0)
        tn_buf_put(source, chunk, len);
    bool failed = ferror(stream);
    fclose(stream);
    if (failed)
        return tn_err_set(err, TENURE_EINVAL, "%s: cannot be read: is it a file?", file);
    if (source->failed)
        return tn_err_set(err, TENURE_EINVAL, "%s: longer than 1 MiB: not a script", file);
    return TENURE_OK;
}

static int start_exec(struct tn_request *request, struct tn_err *err)
{
    struct tn_run_request *state = request->state;
    struct tn_buf source = {0};
    struct tn_json_doc *with = NULL;
    const char *file;
    char name[128];
    int rc = tn_run_request_begin(state, request, err);
    if (rc == TENURE_OK)
        rc = tn_request_required(request, "file", &file, err);
    if (rc == TENURE_OK)
        rc = read_script(file, &source, err);
    struct tn_buf pairs = {0};
    const char **given = NULL;
    size_t count = 0;
    if (rc == TENURE_OK)
        rc = tn_request_list(request, "with", false, &given, &count, err);
    struct tn_json_writer w;
    tn_jw_init(&w, &pairs);
    tn_jw_object(&w);
    for (size_t i = 0; rc == TENURE_OK && i < count; i++) {
        const char *equals = strchr(given[i], '=');
        if (!equals || equals == given[i]) {
            rc = tn_err_set(err, TENURE_EINVAL, "--with '%.80s': write NAME=VALUE", given[i]);
            break;
        }
        char key[128];
        snprintf(key, sizeof key, "%.*s", (int)(equals - given[i]), given[i]);
        tn_jw_kv_string(&w, key, equals + 1);
    }
    tn_jw_object_end(&w);
    free(given);
    if (rc == TENURE_OK)
        rc = tn_json_parse(request->host->documents, tn_buf_text(&pairs), pairs.len, 0, &with, err);
    if (rc == TENURE_OK) {
        const char *slash = strrchr(file, '/');
        snprintf(name, sizeof name, "exec %.100s", slash ? slash + 1 : file);
        rc = plan_script(state, name, file, tn_buf_text(&source), source.len, tn_json_root(with), err);
    }
    tn_json_close(with);
    tn_buf_deinit(&pairs);
    tn_buf_deinit(&source);
    return rc;
}

const struct tn_request_kind tn_request_exec = {
    .name = "exec",
    .state_size = sizeof(struct tn_run_request),
    .start = start_exec,
    .cancel = tn_run_request_cancel,
    .lost = tn_run_request_lost,
    .end = tn_run_request_end,
};

/* ---- call ------------------------------------------------------------------------------------------------------- */

/* One request, two lives: a read is a call, an effect is a run. */
struct call_request {
    struct tn_run_request run;
    struct tn_call call;
    struct tn_call_answer answer;
    struct tn_connection *connection;
    char tenant[256];
    bool calling;
};

/* An argument as the shell gave it; of several times the JSON list of what each of them gave, in several. */
static const char *given_text(struct tn_json given, struct tn_buf *several)
{
    const char *text = tn_json_string(given, "", NULL);
    struct tn_json_writer w;
    if (text || tn_json_type_of(given, "") != TN_JSON_ARRAY)
        return text ? text : "";
    tn_buf_reset(several);
    tn_jw_init(&w, several);
    tn_jw_array(&w);
    for (struct tn_json_iter it = tn_json_each(given); tn_json_next(&it);) {
        text = tn_json_string(it.value, "", NULL);
        if (text && *text == '{') /* a table of a list of them */
            tn_jw_raw(&w, text, strlen(text));
        else
            tn_jw_string(&w, text ? text : "");
    }
    tn_jw_array_end(&w);
    return tn_buf_text(several);
}

static int set_argument(const struct tn_operation *op, struct tn_values *values, size_t index, struct tn_json given,
                        struct tn_err *err)
{
    const struct tn_argument *argument = &op->arguments[index];
    bool list = argument->type == TN_TYPE_LIST || tn_table_argument_row(argument->type);
    bool several = tn_json_type_of(given, "") == TN_JSON_ARRAY;
    struct tn_buf made = {0};
    if (values->of[index].given || (several && !list))
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: %s is given twice", op->module, op->name, argument->name);
    const char *text = given_text(given, &made);
    int rc = made.failed ? tn_err_no_memory(err) : tn_values_set_text(op, values, index, text, err);
    tn_buf_deinit(&made);
    return rc;
}

/* As the shell spells it: --billing-scope. */
static void spell(char spelled[64], const char *name)
{
    snprintf(spelled, 64, "%s", name);
    for (char *c = spelled; *c; c++)
        *c = (char)(*c == '_' ? '-' : *c);
}

/* Neither the operation nor the one that quotes it (NULL: none) has an argument of that name. */
static int unknown_argument(const struct tn_operation *op, const struct tn_operation *quote, const char *given,
                            struct tn_err *err)
{
    const char *names[2 * TN_MAX_ARGUMENTS + 1], *instead = tn_argument_instead(op, given);
    char shown[64], close[64];
    size_t count = 0;
    spell(shown, given);
    if (instead)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s: --%s cannot be changed in place: %s", op->module, op->name, shown,
                          instead);
    for (size_t i = 0; op->arguments[i].name; i++)
        names[count] = op->arguments[i].name, count += op->arguments[i].type != TN_TYPE_QUOTE;
    for (size_t i = 0; quote && quote->arguments[i].name; i++)
        names[count++] = quote->arguments[i].name;
    names[count] = NULL;
    const char *found = tn_closest(given, names);
    spell(close, found ? found : "");
    return tn_err_set(err, TENURE_EINVAL, "%s.%s has no argument --%s%s%s%s", op->module, op->name, shown,
                      found ? "; did you mean --" : "", close, found ? "?" : "");
}

/* Set the arguments of an operation from the shell: the first bare, the others by name. */
static int read_arguments(struct tn_request *request, const struct tn_operation *op, struct tn_values *values,
                          struct tn_err *err)
{
    const char *first = tn_request_text(request, "first");
    int rc = TENURE_OK;
    if (first && !op->arguments[0].name)
        return tn_err_set(err, TENURE_EINVAL, "%s.%s takes no arguments", op->module, op->name);
    if (first)
        rc = tn_values_set_text(op, values, 0, first, err);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(request->arguments, "arguments"));
         rc == TENURE_OK && tn_json_next(&it);) {
        int index = tn_argument_index(op, it.key);
        if (index < 0)
            return unknown_argument(op, NULL, it.key, err);
        rc = set_argument(op, values, (size_t)index, it.value, err);
    }
    return rc;
}

/* --customer, where an argument of the operation is the customer. */
static int name_customer(const struct tn_operation *op, const char *tenant, struct tn_values *values,
                         struct tn_err *err)
{
    for (size_t i = 0; op->arguments[i].name; i++) {
        if (op->arguments[i].type == TN_TYPE_CUSTOMER && !values->of[i].given)
            return tn_values_set_text(op, values, i, tenant, err);
    }
    return TENURE_OK;
}

static void on_answer(struct tn_call *call)
{
    struct call_request *state = call->owner;
    struct tn_request *request = state->run.request;
    struct tn_buf json = {0}, output = {0};
    struct tn_json_writer w;
    struct tn_err err = call->err;
    state->calling = false;
    tn_jw_init(&w, &json);
    tn_json_set_base(call->L, tn_engine_cloud(state->connection->engine)->portal);
    if (err.code == 0)
        tn_call_answer_write(&state->answer, call, &w, &err);
    if (err.code == 0)
        tn_host_render(request, "rows", tn_buf_text(&json), json.len, &output, &err);
    if (err.code < 0) {
        /* Of a customer as in a run; where it is the cloud or the partner's own tenant, the call has failed. */
        bool unreachable = err.code == TENURE_EAUTH || err.code == TENURE_EUNREACHABLE || err.code == TENURE_EPERM;
        tn_request_fail(request, &err, unreachable && tn_request_text(request, "customer") ? 3 : 0);
    } else {
        struct tn_request_result result = {.output = tn_buf_text(&output), .output_bytes = output.len};
        tn_request_finish(request, &result);
    }
    tn_buf_deinit(&json);
    tn_buf_deinit(&output);
}

static int start_read(struct call_request *state, const struct tn_operation *op, struct tn_err *err)
{
    struct tn_request *request = state->run.request;
    const char *customer = tn_request_text(request, "customer");
    int rc = read_arguments(request, op, &state->call.values, err);
    if (rc == TENURE_OK && !customer)
        rc = tn_values_check(op, &state->call.values, err);
    if (rc == TENURE_OK)
        rc = tn_host_connect(request, tn_request_text(request, "cloud"), &state->connection, err);
    if (rc == TENURE_OK && customer)
        rc = find_tenant(state->connection, customer, state->tenant, err);
    if (rc == TENURE_OK && customer)
        rc = name_customer(op, state->tenant, &state->call.values, err);
    if (rc == TENURE_OK && customer)
        rc = tn_values_check(op, &state->call.values, err);
    if (rc < 0)
        return rc;
    state->call.op = op;
    state->call.most = state->answer.most;
    state->call.tenant = customer && op->service == TN_SERVICE_ARM ? state->tenant : NULL;
    state->call.L = request->host->documents;
    state->call.done = on_answer;
    state->call.owner = state;
    state->calling = true;
    struct tn_caller *caller = tn_engine_caller(state->connection->engine);
    caller->start(caller, &state->call);
    return TENURE_OK;
}

static void put_lua_string(struct tn_buf *source, const char *text)
{
    tn_buf_putc(source, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            tn_buf_printf(source, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            tn_buf_printf(source, "\\%03u", c);
        else
            tn_buf_putc(source, (char)c);
    }
    tn_buf_putc(source, '"');
}

static int64_t date_of(const char *text)
{
    int64_t seconds = 0;
    tn_time_parse(text, strlen(text), &seconds);
    return seconds;
}

/* One argument as a member of a Lua table, by its row's type. */
static void put_lua_member(struct tn_buf *source, const struct tn_argument *argument, const char *text)
{
    tn_buf_printf(source, "%s = ", argument->name);
    if (argument->type == TN_TYPE_INTEGER || argument->type == TN_TYPE_BOOLEAN)
        tn_buf_puts(source, text);
    else if (argument->type == TN_TYPE_DATE)
        tn_buf_printf(source, "%lld", (long long)date_of(text));
    else
        put_lua_string(source, text);
    tn_buf_puts(source, ", ");
}

/* The options table of one of the two calls: whatever of the given arguments its row has. The values were checked
 * before. */
static void put_lua_options(struct tn_buf *source, const struct tn_request *request, const struct tn_operation *op)
{
    struct tn_buf several = {0};
    tn_buf_puts(source, "{");
    for (struct tn_json_iter it = tn_json_each(tn_json_find(request->arguments, "arguments")); tn_json_next(&it);) {
        int index = tn_argument_index(op, it.key);
        if (index >= 0)
            put_lua_member(source, &op->arguments[index], given_text(it.value, &several));
    }
    source->failed = source->failed || several.failed;
    tn_buf_deinit(&several);
    if (op->takes_once) {
        tn_buf_puts(source, "once = ");
        put_lua_string(source, tn_request_text(request, "once"));
    }
    tn_buf_puts(source, "}");
}

/* What is missing but for the customer, before anything is asked of the service. */
static int check_given(const struct tn_operation *op, struct tn_values *values, const char *customer,
                       struct tn_err *err)
{
    static const char anybody[] = "00000000-0000-0000-0000-000000000000";
    int rc = customer ? name_customer(op, anybody, values, err) : TENURE_OK;
    return rc < 0 ? rc : tn_values_check(op, values, err);
}

/* Each argument belongs to the effect or to the operation that quotes it; check them against their rows. */
static int check_effect_arguments(struct tn_request *request, const struct tn_operation *op,
                                  const struct tn_operation *quote, struct tn_err *err)
{
    struct tn_values values = {0}, quote_values = {0};
    const char *first = tn_request_text(request, "first");
    int rc = TENURE_OK;
    if (!first)
        rc = tn_err_set(err, TENURE_EINVAL, "%s.%s: name the %s first", op->module, op->name, quote->arguments[0].name);
    if (rc == TENURE_OK)
        rc = tn_values_set_text(quote, &quote_values, 0, first, err);
    for (struct tn_json_iter it = tn_json_each(tn_json_find(request->arguments, "arguments"));
         rc == TENURE_OK && tn_json_next(&it);) {
        int of_effect = tn_argument_index(op, it.key), of_quote = tn_argument_index(quote, it.key);
        if (of_effect > 0)
            rc = set_argument(op, &values, (size_t)of_effect, it.value, err);
        else if (of_quote > 0)
            rc = set_argument(quote, &quote_values, (size_t)of_quote, it.value, err);
        else
            rc = unknown_argument(op, quote, it.key, err);
    }
    if (rc == TENURE_OK)
        rc = check_given(quote, &quote_values, tn_request_text(request, "customer"), err);
    tn_values_deinit(&values);
    tn_values_deinit(&quote_values);
    return rc;
}

static void put_lua_first(struct tn_buf *source, const struct tn_request *request)
{
    const char *first = tn_request_text(request, "first");
    if (first)
        put_lua_string(source, first);
    else
        tn_buf_puts(source, "nil");
}

static void put_lua_quote(struct tn_buf *source, const struct tn_request *request, const struct tn_operation *quote)
{
    tn_buf_printf(source, "  local quote = module.%s(", quote->name);
    put_lua_first(source, request);
    tn_buf_puts(source, ", ");
    put_lua_options(source, request, quote);
    tn_buf_puts(source, ")\n");
}

static int start_effect(struct call_request *state, const struct tn_operation *op, struct tn_err *err)
{
    struct tn_request *request = state->run.request;
    const struct tn_operation *quote = op->quoted_by ? tn_operation_find(op->module, op->quoted_by) : NULL;
    struct tn_buf source = {0};
    char name[128];
    struct tn_values values = {0};
    int rc = quote ? check_effect_arguments(request, op, quote, err) : read_arguments(request, op, &values, err);
    if (rc == TENURE_OK && !quote) /* a customer that is named by --customer is known only later */
        rc = check_given(op, &values, tn_request_text(request, "customer"), err);
    tn_values_deinit(&values);
    if (rc < 0)
        return rc;
    tn_buf_printf(&source, "local module = require \"tenure.%s\"\nreturn function()\n", op->module);
    if (quote)
        put_lua_quote(&source, request, quote);
    tn_buf_printf(&source, "  return module.%s(", op->name);
    if (quote)
        tn_buf_puts(&source, "quote");
    else
        put_lua_first(&source, request);
    tn_buf_puts(&source, ", ");
    put_lua_options(&source, request, op);
    tn_buf_puts(&source, ")\nend\n");
    snprintf(name, sizeof name, CALL "%s.%s", op->module, op->name);
    if (source.failed)
        rc = tn_err_no_memory(err);
    else
        rc = plan_script(&state->run, name, name, tn_buf_text(&source), source.len, (struct tn_json){0}, err);
    tn_buf_deinit(&source);
    return rc;
}

static int start_call(struct tn_request *request, struct tn_err *err)
{
    struct call_request *state = request->state;
    const char *dotted;
    int rc = tn_run_request_begin(&state->run, request, err);
    if (rc >= 0)
        rc = tn_request_required(request, "operation", &dotted, err);
    if (rc < 0)
        return rc;
    const struct tn_operation *op = tn_operation_by_dotted(dotted);
    if (!op)
        return tn_operation_unknown(dotted, err);
    rc = tn_call_answer_open(&state->answer, request, op, err);
    if (rc < 0)
        return rc;
    const char *once = tn_request_text(request, "once");
    if (once && !op->takes_once)
        return tn_err_set(err, TENURE_EINVAL, "%s takes no --once: it is the same again by what it asks for", dotted);
    if (op->takes_once && (!once || !*once))
        return tn_err_set(err, TENURE_EINVAL,
                          "%s: give it a name with --once that stays the same whenever it is asked for again", dotted);
    return op->class == TN_CLASS_READ ? start_read(state, op, err) : start_effect(state, op, err);
}

static void cancel_call(struct tn_request *request, bool again)
{
    struct call_request *state = request->state;
    struct tn_err err = {0};
    if (!state->calling) {
        tn_run_request_cancel(request, again);
        return;
    }
    tn_err_set(&err, TENURE_ECANCELED, "canceled");
    tn_request_fail(request, &err, 0);
}

static void end_call(struct tn_request *request)
{
    struct call_request *state = request->state;
    if (state->calling) {
        struct tn_caller *caller = tn_engine_caller(state->connection->engine);
        caller->cancel(caller, &state->call);
    }
    tn_call_release(&state->call);
    tn_call_answer_close(&state->answer);
    tn_values_deinit(&state->call.values);
    tn_run_request_end(request);
}

const struct tn_request_kind tn_request_call = {
    .name = "call",
    .state_size = sizeof(struct call_request),
    .start = start_call,
    .cancel = cancel_call,
    .lost = tn_run_request_lost,
    .end = end_call,
};
