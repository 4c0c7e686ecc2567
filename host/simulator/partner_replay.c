/* Partner Center, MS-RequestId: see partner_replay.h. */
#include "simulator/partner_replay.h"

#include <string.h>

#include "simulator/state.h"

/* False: it is a read, or has no such id. */
static bool key_of(const struct tn_sim_call *call, char key[TN_GUID_TEXT])
{
    struct tn_buf text = {0};
    const char *id = call->headers[TN_SIM_MS_REQUEST_ID];
    if (!id || strcmp(call->method, "GET") == 0)
        return false;
    tn_buf_printf(&text, "%s %s", call->method, id);
    for (size_t i = 0; i < call->segment_count; i++)
        tn_buf_printf(&text, "/%s", call->segments[i]);
    bool made = !text.failed;
    if (made) {
        tn_id_fold(text.data);
        tn_guid_derive(key, tn_buf_text(&text));
    }
    tn_buf_deinit(&text);
    return made;
}

bool tn_sim_partner_replay(struct tn_sim_call *call)
{
    char key[TN_GUID_TEXT];
    const struct tn_sim_reply *reply = key_of(call, key) ? tn_sim_store_find(&call->simulator->replies, key) : NULL;
    if (!reply)
        return false;
    call->answer->status = reply->status;
    tn_buf_puts(&call->answer->body, reply->body);
    if (reply->location)
        tn_sim_answer_header(call->answer, "Location", "%s", reply->location);
    return true;
}

void tn_sim_partner_keep(struct tn_sim_call *call)
{
    struct tn_simulator *simulator = call->simulator;
    struct tn_sim_answer *answer = call->answer;
    struct tn_sim_reply reply = {.status = answer->status};
    if (answer->body.failed || !key_of(call, reply.id))
        return;
    reply.body = tn_sim_world_text(&simulator->world, tn_buf_text(&answer->body));
    bool kept = reply.body;
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, "Location") == 0) {
            reply.location = tn_sim_world_text(&simulator->world, tn_sim_answer_header_value(answer, i));
            kept &= reply.location != NULL;
        }
    }
    if (!kept || !tn_sim_store_add(&simulator->replies, &reply))
        answer->body.failed = true;
}
