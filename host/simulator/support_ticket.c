/* Microsoft.Support: tickets. See support.h. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "simulator/arm.h"
#include "simulator/state.h"
#include "simulator/support.h"
#include "simulator/terms.h"

#define PAGE 10
#define MOST_OF_PAGE 100
#define MOST_NAME 255

/* ---- names ------------------------------------------------------------------------------------------------------ */

/* What is wrong with a name; NULL: nothing. */
static const char *name_problem(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > MOST_NAME)
        return "The name must have from 1 to 255 characters.";
    if (strcspn(name, "<>%&:\\?/") < len)
        return "The name must not have any of < > % & : \\ ? / in it.";
    for (const char *at = name; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return "The name must not have control characters in it.";
    }
    if (strspn(name, "0123456789") == len)
        return "The name must not be a number.";
    if (len > 3 && (name[0] | 0x20) == 't' && (name[1] | 0x20) == 'm' && (name[2] | 0x20) == 'p' && name[3] == '-')
        return "The name must not begin with tmp-.";
    return NULL;
}

bool tn_sim_support_name_good(struct tn_sim_call *call, const char *name)
{
    const char *problem = name_problem(name);
    if (problem)
        tn_sim_arm_error(call, 400, "ResourceNameInvalid", "%s", problem);
    return !problem;
}

static bool is_message(const struct tn_sim_ticket *ticket, const char *name)
{
    const struct tn_sim_message *one = ticket->messages;
    while (one && !(one->name && one->state != TN_SIM_FAILED && tn_id_equal(one->name, name)))
        one = one->next;
    return one;
}

/* It does not mind a message that is named like a GUID, though creating one does: Azure's does not, either. */
void tn_sim_support_check_name(struct tn_sim_call *call)
{
    struct tn_sim_place place;
    struct tn_json root;
    const struct tn_sim_ticket *ticket = NULL;
    if (!tn_sim_support_enter(call, &place))
        return;
    bool of_ticket = tn_id_equal(call->segments[call->segment_count - 3], "supportTickets");
    if (of_ticket && !(ticket = tn_sim_ticket_named(call, &place)))
        return;
    const char *name = NULL, *type = NULL;
    if (tn_sim_call_json(call, &root)) {
        name = tn_json_string(root, "name", NULL);
        type = tn_json_string(root, "type", NULL);
    }
    bool known = type && (of_ticket ? tn_id_equal(type, "Microsoft.Support/communications")
                                    : tn_id_equal(type, "Microsoft.Support/supportTickets") ||
                                          tn_id_equal(type, "Microsoft.Support/fileWorkspaces"));
    if (!name || !known) {
        tn_sim_arm_error(call, 400, "BadRequest", "The request needs a name, and a type that has names here.");
        return;
    }
    const char *problem = name_problem(name);
    place.ticket = name;
    bool taken =
        of_ticket ? is_message(ticket, name)
                  : tn_id_equal(type, "Microsoft.Support/supportTickets") && tn_sim_ticket_find(call->customer, &place);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_bool(&w, "nameAvailable", !problem && !taken);
    if (problem || taken) {
        tn_jw_kv_string(&w, "reason", problem ? "Invalid" : "AlreadyExists");
        tn_jw_kv_string(&w, "message", problem ? problem : "The name is used already.");
    }
    tn_jw_object_end(&w);
}

/* ---- which one -------------------------------------------------------------------------------------------------- */

bool tn_sim_support_enter(struct tn_sim_call *call, struct tn_sim_place *place)
{
    bool in_subscription = tn_id_equal(call->segments[0], "subscriptions");
    const char *const *params = call->params + in_subscription;
    *place = (struct tn_sim_place){in_subscription, params[0], params[1]};
    return !in_subscription || tn_sim_arm_subscription(call, call->params[0]);
}

struct tn_sim_ticket *tn_sim_ticket_find(const struct tn_sim_customer *customer, const struct tn_sim_place *place)
{
    struct tn_sim_ticket *one = customer->tickets;
    while (one && !(one->state != TN_SIM_FAILED && one->in_subscription == place->in_subscription &&
                    tn_id_equal(one->name, place->ticket)))
        one = one->next;
    return one;
}

struct tn_sim_ticket *tn_sim_ticket_named(struct tn_sim_call *call, struct tn_sim_place *place)
{
    if (!tn_sim_support_enter(call, place))
        return NULL;
    struct tn_sim_ticket *ticket = tn_sim_ticket_find(call->customer, place);
    if (ticket && ticket->state == TN_SIM_SUCCEEDED)
        return ticket;
    tn_sim_arm_error(call, 404, "ResourceNotFound", "There is no support ticket '%.255s'.", place->ticket);
    return NULL;
}

static void answer_ticket(struct tn_sim_call *call, const struct tn_sim_ticket *ticket)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_ticket_write(&w, ticket);
}

void tn_sim_support_get_ticket(struct tn_sim_call *call)
{
    struct tn_sim_place place;
    const struct tn_sim_ticket *ticket = tn_sim_ticket_named(call, &place);
    if (ticket)
        answer_ticket(call, ticket);
}

/* ---- creating --------------------------------------------------------------------------------------------------- */

/* What is repeated is the ticket that was asked for first, unless it is another one under its name. (Nobody has
 * recorded what Azure does.) */
static void answer_repeated(struct tn_sim_call *call, const struct tn_sim_ticket *ticket,
                            const char *const fields[TN_SIM_TICKET_FIELDS])
{
    static const enum tn_sim_ticket_field telling[] = {TN_SIM_TICKET_TITLE, TN_SIM_TICKET_DESCRIPTION,
                                                       TN_SIM_TICKET_SERVICE, TN_SIM_TICKET_CLASSIFICATION};
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        if (strcmp(ticket->fields[telling[i]], fields[telling[i]]) == 0)
            continue;
        tn_sim_arm_error(call, 409, "ResourceAlreadyExists", "There is another support ticket '%.255s'.", ticket->name);
        return;
    }
    if (ticket->state == TN_SIM_PENDING)
        tn_sim_support_accepted(call, ticket->operation);
    else
        answer_ticket(call, ticket);
}

void tn_sim_support_create_ticket(struct tn_sim_call *call)
{
    struct tn_sim_world *world = &call->simulator->world;
    struct tn_sim_place place;
    struct tn_json root;
    const char *fields[TN_SIM_TICKET_FIELDS] = {NULL};
    if (!tn_sim_support_enter(call, &place) || !tn_sim_support_name_good(call, place.ticket))
        return;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return;
    }
    if (!tn_sim_ticket_read(call, tn_json_find(root, "properties"), false, fields))
        return;
    struct tn_sim_ticket *ticket = tn_sim_ticket_find(call->customer, &place);
    if (ticket) {
        answer_repeated(call, ticket, fields);
        return;
    }
    ticket = tn_arena_alloc(world->arena, 1, sizeof *ticket);
    const char *name = tn_sim_world_text(world, place.ticket);
    if (!ticket || !name) {
        call->answer->body.failed = true;
        return;
    }
    ticket->customer = call->customer;
    ticket->name = name;
    ticket->in_subscription = place.in_subscription;
    memcpy(ticket->fields, fields, sizeof ticket->fields);
    tn_sim_support_begin(call, "create_ticket", ticket, NULL);
    if (!ticket->operation)
        return;
    ticket->next = call->customer->tickets;
    call->customer->tickets = ticket;
}

/* ---- changing --------------------------------------------------------------------------------------------------- */

/* The body stands alone, without "properties" around it. False: the refusal is written. */
static bool read_patch(struct tn_sim_call *call, const struct tn_sim_ticket *ticket,
                       const char *fields[TN_SIM_TICKET_FIELDS], bool *closed)
{
    struct tn_json root;
    memcpy(fields, ticket->fields, sizeof ticket->fields);
    *closed = ticket->closed;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return false;
    }
    const char *status = tn_json_string(root, "status", NULL);
    if (!tn_sim_ticket_read(call, root, true, fields))
        return false;
    bool said = status && (tn_id_equal(status, "closed") || tn_id_equal(status, "open"));
    if (said)
        *closed = tn_id_equal(status, "closed");
    bool other = tn_json_type_of(root, "severity") != TN_JSON_ABSENT || tn_json_find(root, "contactDetails").doc ||
                 tn_json_type_of(root, "advancedDiagnosticConsent") != TN_JSON_ABSENT ||
                 tn_json_find(root, "secondaryConsent").doc;
    if (said || (!status && other))
        return true;
    tn_sim_arm_error(call, 400, "BadRequest", "%s",
                     status ? "The status of a ticket is open or closed."
                            : "There is nothing to update: severity, status, contactDetails, "
                              "advancedDiagnosticConsent or secondaryConsent, not within properties.");
    return false;
}

void tn_sim_support_update_ticket(struct tn_sim_call *call)
{
    const char *fields[TN_SIM_TICKET_FIELDS];
    struct tn_sim_place place;
    bool closed;
    struct tn_sim_ticket *ticket = tn_sim_ticket_named(call, &place);
    if (!ticket || !read_patch(call, ticket, fields, &closed))
        return;
    struct tn_sim_effect effect = tn_sim_effect_of(call, "update_ticket", "succeeded");
    if (!tn_sim_book_add(&call->simulator->book, &effect)) {
        call->answer->body.failed = true;
        return;
    }
    memcpy(ticket->fields, fields, sizeof ticket->fields);
    ticket->closed = closed;
    ticket->modified = tn_loop_wall_ms(call->simulator->loop) / 1000;
    answer_ticket(call, ticket);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

static bool is_id(const char *id, const char *wanted)
{
    const char *last = strrchr(id, '/');
    return tn_id_equal(id, wanted) || (last && tn_id_equal(last + 1, wanted));
}

/* False: not a filter of tickets. */
static bool passes(const struct tn_sim_ticket *ticket, const struct tn_sim_term *term, bool *passed)
{
    int64_t seconds;
    if (tn_sim_term_is(term, "status", "eq"))
        *passed = tn_id_equal(term->value, ticket->closed ? "Closed" : "Open");
    else if (tn_sim_term_is(term, "serviceId", "eq"))
        *passed = is_id(ticket->fields[TN_SIM_TICKET_SERVICE], term->value);
    else if (tn_sim_term_is(term, "problemClassificationId", "eq"))
        *passed = is_id(ticket->fields[TN_SIM_TICKET_CLASSIFICATION], term->value);
    else if (tn_sim_term_is(term, "createdDate", "ge") && tn_sim_term_time(term, &seconds))
        *passed = ticket->created >= seconds;
    else if (tn_sim_term_is(term, "createdDate", "gt") && tn_sim_term_time(term, &seconds))
        *passed = ticket->created > seconds;
    else
        return false;
    return true;
}

static bool passes_all(const struct tn_sim_ticket *ticket, const struct tn_sim_terms *terms)
{
    bool passed = true;
    for (size_t i = 0; passed && i < terms->count; i++)
        passes(ticket, &terms->list[i], &passed);
    return passed;
}

/* What a request for the list wants. */
struct query {
    struct tn_sim_place place;
    struct tn_sim_terms terms;
    int64_t skip, top;
};

static bool read_query(struct tn_sim_call *call, struct query *query)
{
    static const struct tn_sim_ticket any = {
        .fields = {[TN_SIM_TICKET_SERVICE] = "", [TN_SIM_TICKET_CLASSIFICATION] = ""}};
    const char *filter = tn_sim_call_query(call, "$filter");
    bool good = true, unused;
    *query = (struct query){.top = PAGE};
    if (!tn_sim_support_enter(call, &query->place) || !tn_sim_arm_skip(call, &query->skip))
        return false;
    if (filter)
        good = tn_sim_terms_parse(&query->terms, filter);
    for (size_t i = 0; good && i < query->terms.count; i++)
        good = passes(&any, &query->terms.list[i], &unused);
    if (good && tn_sim_call_number(call, "$top", &query->top) && query->top > 0 && query->top <= MOST_OF_PAGE)
        return true;
    tn_sim_arm_error(call, 400, "BadRequest", "%s",
                     good ? "The $top is a number from 1 to 100."
                          : "The $filter is not understood: status, serviceId, problemClassificationId by eq, "
                            "createdDate by gt or ge, joined by and.");
    return false;
}

void tn_sim_support_list_tickets(struct tn_sim_call *call)
{
    struct query query;
    int64_t place = 0;
    bool more = false;
    if (!read_query(call, &query))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_ticket *one = call->customer->tickets; one && !more; one = one->next) {
        if (one->state != TN_SIM_SUCCEEDED || one->in_subscription != query.place.in_subscription ||
            !passes_all(one, &query.terms))
            continue;
        more = place == query.skip + query.top;
        if (place >= query.skip && !more)
            tn_sim_ticket_write(&w, one);
        place += !more;
    }
    tn_jw_array_end(&w);
    if (more)
        tn_sim_arm_next_link(call, &w, "$skiptoken", place);
    tn_jw_object_end(&w);
}
