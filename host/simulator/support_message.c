/* Microsoft.Support: what is said in tickets. See support.h. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/state.h"
#include "simulator/support.h"
#include "simulator/terms.h"

#define PAGE 10
#define MOST_OF_PAGE 100
#define ID_TEXT 500

void tn_sim_message_write(struct tn_json_writer *w, const struct tn_sim_message *message)
{
    char path[TN_SIM_SUPPORT_PATH], text[ID_TEXT], time[TN_TIME_TEXT];
    struct tn_buf subject = {0};
    tn_sim_ticket_path(message->ticket, path);
    snprintf(text, sizeof text, "%s/supportTickets/%.255s/communications/%s", path, message->ticket->name, message->id);
    tn_jw_object(w);
    tn_jw_kv_string(w, "id", text);
    tn_jw_kv_string(w, "name", message->id);
    tn_jw_kv_string(w, "type", "Microsoft.Support/communications");
    tn_jw_key(w, "properties");
    tn_jw_object(w);
    tn_jw_kv_string(w, "communicationType", "Web");
    tn_jw_kv_string(w, "communicationDirection", message->name ? "Outbound" : "Inbound");
    tn_jw_kv_string(w, "sender", message->sender);
    tn_buf_printf(&subject, "%s - TrackingID#%s", message->subject, message->ticket->number);
    tn_jw_kv_string(w, "subject", tn_buf_text(&subject));
    w->out->failed |= subject.failed;
    tn_buf_deinit(&subject);
    tn_jw_kv_string(w, "body", message->body);
    tn_jw_kv_string(w, "createdDate", tn_time_format(message->created, time));
    tn_jw_object_end(w);
    tn_jw_object_end(w);
}

static struct tn_sim_message *find_message(const struct tn_sim_ticket *ticket, const char *name)
{
    struct tn_sim_message *one = ticket->messages;
    while (one && !(one->state != TN_SIM_FAILED &&
                    (tn_id_equal(one->id, name) || (one->name && tn_id_equal(one->name, name)))))
        one = one->next;
    return one;
}

static void answer_message(struct tn_sim_call *call, const struct tn_sim_message *message)
{
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_sim_message_write(&w, message);
}

void tn_sim_support_get_message(struct tn_sim_call *call)
{
    struct tn_sim_place place;
    const struct tn_sim_ticket *ticket = tn_sim_ticket_named(call, &place);
    const struct tn_sim_message *message = ticket ? find_message(ticket, place.message) : NULL;
    if (message && message->state == TN_SIM_SUCCEEDED)
        answer_message(call, message);
    else if (ticket)
        tn_sim_arm_error(call, 404, "ResourceNotFound", "There is no communication '%.255s' in the ticket.",
                         place.message);
}

/* ---- creating --------------------------------------------------------------------------------------------------- */

/* Whoever is no person has to say whom an answer goes to. */
static bool read_message(struct tn_sim_call *call, struct tn_sim_message *wanted)
{
    struct tn_json root;
    if (!tn_sim_call_json(call, &root)) {
        tn_sim_arm_error(call, 400, "InvalidRequestContent", "The request content was not a JSON object.");
        return false;
    }
    wanted->subject = tn_json_string(root, "properties.subject", NULL);
    wanted->body = tn_json_string(root, "properties.body", NULL);
    wanted->sender = tn_json_string(root, "properties.sender", NULL);
    if (wanted->subject && wanted->subject[0] && wanted->body && wanted->body[0] && wanted->sender &&
        strchr(wanted->sender, '@'))
        return true;
    tn_sim_arm_error(call, 400, "BadRequest",
                     "A communication needs a subject, a body and a sender, which is an e-mail address.");
    return false;
}

static void answer_repeated(struct tn_sim_call *call, const struct tn_sim_message *there,
                            const struct tn_sim_message *wanted)
{
    if (strcmp(there->subject, wanted->subject) != 0 || strcmp(there->body, wanted->body) != 0)
        tn_sim_arm_error(call, 409, "ResourceAlreadyExists", "There is another communication of this name.");
    else if (there->state == TN_SIM_PENDING)
        tn_sim_support_accepted(call, there->operation);
    else
        answer_message(call, there);
}

/* A copy whose texts live in the world; NULL: out of memory. */
static struct tn_sim_message *keep_message(struct tn_simulator *simulator, const struct tn_sim_message *wanted)
{
    struct tn_sim_world *world = &simulator->world;
    struct tn_sim_message *kept = tn_arena_alloc(world->arena, 1, sizeof *kept);
    if (!kept)
        return NULL;
    *kept = *wanted;
    kept->name = wanted->name ? tn_sim_world_text(world, wanted->name) : NULL;
    kept->subject = tn_sim_world_text(world, wanted->subject);
    kept->body = tn_sim_world_text(world, wanted->body);
    kept->sender = tn_sim_world_text(world, wanted->sender);
    tn_sim_random_guid(&simulator->ids, kept->id);
    bool whole = kept->subject && kept->body && kept->sender && !kept->name == !wanted->name;
    return whole ? kept : NULL;
}

void tn_sim_support_create_message(struct tn_sim_call *call)
{
    struct tn_sim_place place;
    struct tn_sim_message wanted = {.subject = NULL};
    struct tn_sim_ticket *ticket = tn_sim_ticket_named(call, &place);
    if (!ticket || !tn_sim_support_name_good(call, place.message))
        return;
    if (tn_guid_valid(place.message, strlen(place.message))) {
        tn_sim_arm_error(call, 400, "ResourceNameInvalid", "The name of a communication must not be a GUID.");
        return;
    }
    if (!read_message(call, &wanted))
        return;
    const struct tn_sim_message *there = find_message(ticket, place.message);
    if (there) {
        answer_repeated(call, there, &wanted);
        return;
    }
    if (ticket->closed) {
        tn_sim_arm_error(call, 400, "BadRequest", "The support ticket '%.255s' is closed.", ticket->name);
        return;
    }
    wanted.name = place.message;
    wanted.ticket = ticket;
    struct tn_sim_message *message = keep_message(call->simulator, &wanted);
    if (!message) {
        call->answer->body.failed = true;
        return;
    }
    tn_sim_support_begin(call, "create_communication", ticket, message);
    if (!message->operation)
        return;
    message->next = ticket->messages;
    ticket->messages = message;
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* False: not a filter of communications. */
static bool passes(const struct tn_sim_message *message, const struct tn_sim_term *term, bool *passed)
{
    int64_t seconds;
    if (tn_sim_term_is(term, "communicationType", "eq"))
        *passed = tn_id_equal(term->value, "Web");
    else if (tn_sim_term_is(term, "createdDate", "ge") && tn_sim_term_time(term, &seconds))
        *passed = message->created >= seconds;
    else if (tn_sim_term_is(term, "createdDate", "gt") && tn_sim_term_time(term, &seconds))
        *passed = message->created > seconds;
    else
        return false;
    return true;
}

/* False: the refusal is written. */
static bool read_query(struct tn_sim_call *call, struct tn_sim_terms *terms, int64_t *skip, int64_t *top)
{
    static const struct tn_sim_message any = {.subject = NULL};
    const char *filter = tn_sim_call_query(call, "$filter");
    bool unused, good = true;
    *terms = (struct tn_sim_terms){.count = 0};
    *top = PAGE;
    if (!tn_sim_arm_skip(call, skip))
        return false;
    if (filter)
        good = tn_sim_terms_parse(terms, filter);
    for (size_t i = 0; good && i < terms->count; i++)
        good = passes(&any, &terms->list[i], &unused);
    if (good && tn_sim_call_number(call, "$top", top) && *top > 0 && *top <= MOST_OF_PAGE)
        return true;
    tn_sim_arm_error(call, 400, "BadRequest", "%s",
                     good ? "The $top is a number from 1 to 100."
                          : "The $filter is not understood: communicationType by eq, createdDate by gt or ge.");
    return false;
}

void tn_sim_support_list_messages(struct tn_sim_call *call)
{
    struct tn_sim_place where;
    struct tn_sim_terms terms;
    int64_t skip, top, place = 0;
    bool more = false;
    const struct tn_sim_ticket *ticket = tn_sim_ticket_named(call, &where);
    if (!ticket || !read_query(call, &terms, &skip, &top))
        return;
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_key(&w, "value");
    tn_jw_array(&w);
    for (const struct tn_sim_message *one = ticket->messages; one && !more; one = one->next) {
        bool passed = one->state == TN_SIM_SUCCEEDED;
        for (size_t i = 0; passed && i < terms.count; i++)
            passes(one, &terms.list[i], &passed);
        if (!passed)
            continue;
        more = place == skip + top;
        if (place >= skip && !more)
            tn_sim_message_write(&w, one);
        place += !more;
    }
    tn_jw_array_end(&w);
    if (more)
        tn_sim_arm_next_link(call, &w, "$skiptoken", place);
    tn_jw_object_end(&w);
}

/* ---- support's own ---------------------------------------------------------------------------------------------- */

static bool answer_in(struct tn_simulator *simulator, struct tn_sim_ticket *ticket, const char *text, bool close)
{
    struct tn_sim_message wanted = {.ticket = ticket, .body = text, .sender = "support@example.com"};
    wanted.state = TN_SIM_SUCCEEDED;
    wanted.subject = ticket->fields[TN_SIM_TICKET_TITLE];
    wanted.created = tn_loop_wall_ms(simulator->loop) / 1000;
    struct tn_sim_message *message = keep_message(simulator, &wanted);
    if (!message)
        return false;
    message->next = ticket->messages;
    ticket->messages = message;
    ticket->modified = message->created;
    ticket->closed = close;
    return true;
}

bool tn_sim_support_answer(struct tn_simulator *simulator, const char *text, bool close)
{
    for (size_t i = 0; i < simulator->world.customer_count; i++) {
        for (struct tn_sim_ticket *one = simulator->world.customers[i]->tickets; one; one = one->next) {
            if (one->state == TN_SIM_SUCCEEDED && !one->closed && !answer_in(simulator, one, text, close))
                return false;
        }
    }
    return true;
}
