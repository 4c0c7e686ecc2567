/*
 * Microsoft.Support: its long-running operations. See support.h.
 *
 * The URLs to ask at are signed and long, as Azure's are: some three thousand characters that have to come back as they
 * went out.
 */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "simulator/arm.h"
#include "simulator/operation.h"
#include "simulator/route.h"
#include "simulator/state.h"
#include "simulator/support.h"

#define CERTIFICATE_CHARS 2500
#define SIGNATURE_CHARS 342
#define DIGEST_CHARS 43

struct tn_sim_support_operation {
    char id[TN_GUID_TEXT];
    struct tn_sim_ticket *ticket;
    struct tn_sim_message *message; /* in it; NULL: it is the ticket that is made */
    enum tn_sim_state state;
    bool fails;
    size_t seq; /* in the book */
    int64_t began_ms;
};

/* ---- its URLs --------------------------------------------------------------------------------------------------- */

static void put_noise(struct tn_buf *out, struct tn_sim_random *random, size_t chars)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < chars; i++)
        tn_buf_putc(out, alphabet[tn_sim_random_next(random) % 64]);
}

/* The same for an operation each time, and for no other. */
static void put_signature(struct tn_buf *out, const struct tn_sim_support_operation *operation)
{
    char digest[TN_DIGEST_TEXT];
    tn_digest(digest, operation->id, sizeof operation->id - 1);
    struct tn_sim_random random = {0};
    for (size_t i = 0; i < 16; i++)
        random.state = random.state << 4 | (uint64_t)(strchr("0123456789abcdef", digest[i]) - "0123456789abcdef");
    tn_buf_printf(out, "t=%lld&c=", (long long)operation->began_ms);
    put_noise(out, &random, CERTIFICATE_CHARS);
    tn_buf_puts(out, "&s=");
    put_noise(out, &random, SIGNATURE_CHARS);
    tn_buf_puts(out, "&h=");
    put_noise(out, &random, DIGEST_CHARS);
}

static void add_url(struct tn_sim_call *call, const struct tn_sim_support_operation *operation, const char *header,
                    const char *resource)
{
    char path[TN_SIM_SUPPORT_PATH];
    struct tn_buf url = {0};
    tn_sim_ticket_path(operation->ticket, path);
    tn_buf_printf(&url, "%s%s/%s/%s?api-version=%s&", call->simulator->url, path, resource, operation->id,
                  tn_sim_arm_version(call));
    put_signature(&url, operation);
    tn_sim_answer_header(call->answer, header, "%s", tn_buf_text(&url));
    call->answer->body.failed |= url.failed;
    tn_buf_deinit(&url);
}

void tn_sim_support_accepted(struct tn_sim_call *call, const struct tn_sim_support_operation *operation)
{
    call->answer->status = 202;
    add_url(call, operation, "Azure-AsyncOperation", "operationsStatus");
    add_url(call, operation, "Location", "operationResults");
    tn_sim_answer_header(call->answer, "Retry-After", "%lld", (long long)(call->simulator->settle_ms / 1000));
}

/* ---- its life --------------------------------------------------------------------------------------------------- */

/* Tickets are numbered by the day and as they come. */
static void settle_ticket(struct tn_simulator *simulator, struct tn_sim_ticket *ticket)
{
    int year, month, day;
    ticket->created = ticket->modified = tn_loop_wall_ms(simulator->loop) / 1000;
    tn_civil_from_days(ticket->created / TN_SIM_DAY, &year, &month, &day);
    unsigned date = (unsigned)(year % 100 * 10000 + month * 100 + day);
    snprintf(ticket->number, sizeof ticket->number, "%06u0010%06u", date % 1000000,
             ++simulator->tickets_made % 1000000);
}

/* An operation while it goes on; what clients ask about outlives it. */
struct settling {
    struct tn_sim_operation operation; /* first */
    struct tn_sim_support_operation *asked;
};

static void on_settled(struct tn_sim_operation *settling)
{
    struct tn_simulator *simulator = settling->simulator;
    struct tn_sim_support_operation *operation = ((struct settling *)settling)->asked;
    struct tn_sim_message *message = operation->message;
    operation->state = operation->fails ? TN_SIM_FAILED : TN_SIM_SUCCEEDED;
    if (message) {
        message->state = operation->state;
        message->created = tn_loop_wall_ms(simulator->loop) / 1000;
    } else {
        operation->ticket->state = operation->state;
        settle_ticket(simulator, operation->ticket);
    }
    tn_sim_book_settle(&simulator->book, operation->seq, operation->fails ? "failed" : "succeeded");
    tn_sim_operation_end(settling);
}

/* NULL: out of memory. */
static struct tn_sim_support_operation *begin_operation(struct tn_simulator *simulator)
{
    struct tn_sim_support_operation *operation = tn_arena_alloc(simulator->world.arena, 1, sizeof *operation);
    if (!operation)
        return NULL;
    tn_sim_random_guid(&simulator->ids, operation->id);
    if (!tn_sim_index_put(&simulator->support_operations, operation->id, operation))
        return NULL;
    struct settling *settling = tn_sim_operation_begin(simulator, sizeof *settling, simulator->settle_ms, on_settled);
    if (!settling)
        return NULL;
    settling->asked = operation;
    operation->state = TN_SIM_PENDING;
    operation->began_ms = tn_loop_wall_ms(simulator->loop);
    return operation;
}

void tn_sim_support_begin(struct tn_sim_call *call, const char *kind, struct tn_sim_ticket *ticket,
                          struct tn_sim_message *message)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_effect effect = tn_sim_effect_of(call, kind, "pending");
    struct tn_sim_support_operation *operation = begin_operation(simulator);
    if (!operation) {
        call->answer->body.failed = true;
        return;
    }
    operation->ticket = ticket;
    operation->message = message;
    operation->fails = tn_sim_fault_hits(&simulator->faults, TN_SIM_FAIL_OPERATION, call->route->operation, NULL);
    operation->seq = tn_sim_book_add(&simulator->book, &effect);
    if (message) {
        message->operation = operation;
        message->state = TN_SIM_PENDING;
    } else {
        ticket->operation = operation;
        ticket->state = TN_SIM_PENDING;
    }
    tn_sim_support_accepted(call, operation);
}

/* ---- asking for it ---------------------------------------------------------------------------------------------- */

static bool is_signed(const struct tn_sim_call *call, const struct tn_sim_support_operation *operation)
{
    static const char *const names[] = {"t", "c", "s", "h"};
    struct tn_buf right = {0}, given = {0};
    put_signature(&right, operation);
    for (size_t i = 0; i < 4; i++) {
        const char *value = tn_sim_call_query(call, names[i]);
        tn_buf_printf(&given, i ? "&%s=" : "%s=", names[i]);
        tn_buf_puts(&given, value ? value : "");
    }
    bool same = !right.failed && !given.failed && strcmp(tn_buf_text(&right), tn_buf_text(&given)) == 0;
    tn_buf_deinit(&right);
    tn_buf_deinit(&given);
    return same;
}

/* The operation that the path names; NULL: the refusal is written. */
static struct tn_sim_support_operation *named_operation(struct tn_sim_call *call)
{
    struct tn_sim_place place;
    if (!tn_sim_support_enter(call, &place))
        return NULL;
    struct tn_sim_support_operation *operation = tn_sim_index_find(&call->simulator->support_operations, place.ticket);
    const struct tn_sim_ticket *ticket = operation ? operation->ticket : NULL;
    if (!ticket || ticket->customer != call->customer || ticket->in_subscription != place.in_subscription)
        tn_sim_arm_error(call, 404, "ResourceNotFound", "There is no operation '%.60s'.", place.ticket);
    else if (!is_signed(call, operation))
        tn_sim_arm_error(call, 403, "Forbidden",
                         "The signature of the operation's URL is not right: use it as it was "
                         "sent, to the last character.");
    else
        return operation;
    return NULL;
}

static void write_error(struct tn_json_writer *w)
{
    tn_jw_key(w, "error");
    tn_jw_object(w);
    tn_jw_kv_string(w, "code", "InternalServerError");
    tn_jw_kv_string(w, "message", "The request could not be completed. Please try again later.");
    tn_jw_object_end(w);
}

void tn_sim_support_status(struct tn_sim_call *call)
{
    const struct tn_sim_support_operation *operation = named_operation(call);
    char path[TN_SIM_SUPPORT_PATH], id[TN_SIM_SUPPORT_PATH + 80];
    if (!operation)
        return;
    tn_sim_ticket_path(operation->ticket, path);
    snprintf(id, sizeof id, "%s/operationsStatus/%s", path, operation->id);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, 200);
    tn_jw_object(&w);
    tn_jw_kv_string(&w, "id", id);
    tn_jw_kv_string(&w, "name", operation->id);
    tn_jw_kv_string(&w, "status",
                    operation->state == TN_SIM_PENDING ? "InProgress" : tn_sim_state_name(operation->state));
    if (operation->state == TN_SIM_SUCCEEDED && !operation->message) {
        tn_jw_key(&w, "properties");
        tn_jw_object(&w);
        tn_jw_kv_string(&w, "supportTicketId", operation->ticket->number);
        tn_jw_kv_string(&w, "supportTicketCreationWarning", "");
        tn_jw_object_end(&w);
    }
    if (operation->state == TN_SIM_FAILED)
        write_error(&w);
    tn_jw_object_end(&w);
    if (operation->state == TN_SIM_PENDING)
        tn_sim_answer_header(call->answer, "Retry-After", "%lld", (long long)(call->simulator->settle_ms / 1000));
}

void tn_sim_support_result(struct tn_sim_call *call)
{
    const struct tn_sim_support_operation *operation = named_operation(call);
    if (!operation)
        return;
    if (operation->state == TN_SIM_PENDING) {
        tn_sim_support_accepted(call, operation);
        return;
    }
    struct tn_json_writer w = tn_sim_answer_json(call->answer, operation->state == TN_SIM_FAILED ? 500 : 200);
    if (operation->state == TN_SIM_FAILED) {
        tn_jw_object(&w);
        write_error(&w);
        tn_jw_object_end(&w);
    } else if (operation->message) {
        tn_sim_message_write(&w, operation->message);
    } else {
        tn_sim_ticket_write(&w, operation->ticket);
    }
}
