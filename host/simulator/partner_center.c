/* Partner Center: see partner_center.h. */
#include "simulator/partner_center.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "simulator/state.h"
#include "simulator/token.h"

#define TOKEN_PREFIX "seek-" /* continuation tokens are opaque to clients: the place in the list */

void tn_sim_partner_headers(struct tn_sim_call *call)
{
    char id[TN_GUID_TEXT];
    const char *request = call->headers[TN_SIM_MS_REQUEST_ID], *correlation = call->headers[TN_SIM_MS_CORRELATION_ID];
    tn_sim_random_guid(&call->simulator->ids, id);
    tn_sim_answer_header(call->answer, "MS-RequestId", "%s", request ? request : id);
    tn_sim_answer_header(call->answer, "MS-CorrelationId", "%s", correlation ? correlation : id);
    tn_sim_answer_header(call->answer, "MS-CV", "%.22s.0", id);
    tn_sim_answer_header(call->answer, "MS-ServerId", "simulator");
}

void tn_sim_partner_error(struct tn_sim_call *call, int status, int code, const char *fmt, ...)
{
    char description[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(description, sizeof description, fmt, args);
    va_end(args);
    struct tn_json_writer w = tn_sim_answer_json(call->answer, status);
    tn_jw_object(&w);
    tn_jw_kv_int(&w, "code", code);
    tn_jw_kv_string(&w, "description", description);
    tn_jw_key(&w, "data");
    tn_jw_array(&w);
    tn_jw_array_end(&w);
    tn_jw_kv_string(&w, "source", "PartnerApiServiceCore");
    tn_jw_object_end(&w);
}

bool tn_sim_partner_admit(struct tn_sim_call *call)
{
    switch (tn_sim_token_check(call, TN_SIM_FOR_PARTNER_CENTER)) {
    case TN_SIM_TOKEN_GOOD:
        if (call->customer == call->simulator->world.partner)
            return true;
        tn_sim_partner_error(call, 401, 800001, "The token is not for the partner's own tenant.");
        break;
    case TN_SIM_TOKEN_MISSING:
        tn_sim_partner_error(call, 401, 800001, "The request carries no token.");
        break;
    case TN_SIM_TOKEN_EXPIRED:
        tn_sim_partner_error(call, 401, 800001, "The token has expired.");
        break;
    default:
        tn_sim_partner_error(call, 401, 800001, "The token is invalid.");
        break;
    }
    tn_sim_answer_header(call->answer, "WWW-Authenticate", "Bearer");
    return false;
}

/* Nothing tells the code; this is the one of a denied access. */
bool tn_sim_partner_user(struct tn_sim_call *call)
{
    if (call->user)
        return true;
    tn_sim_partner_error(call, 403, 2032,
                         "Access denied: this needs the token of a user, not of an application alone.");
    return false;
}

/* ---- what the path names ---------------------------------------------------------------------------------------- */

struct tn_sim_customer *tn_sim_partner_customer(struct tn_sim_call *call)
{
    struct tn_sim_world *world = &call->simulator->world;
    const char *id = call->params[0];
    if (!tn_guid_valid(id, strlen(id))) {
        tn_sim_partner_error(call, 400, 800002, "'%.60s' is not a customer id.", id);
        return NULL;
    }
    struct tn_sim_customer *customer = tn_sim_customer_find(world, id);
    if (customer && customer != world->partner)
        return customer;
    tn_sim_partner_error(call, 403, 20002, "There is no commerce relationship with the customer '%s'.", id);
    return NULL;
}

struct tn_sim_effect tn_sim_partner_effect(const struct tn_sim_call *call, const struct tn_sim_customer *customer,
                                           const char *kind, const char *state)
{
    struct tn_sim_effect effect = tn_sim_effect_of(call, kind, state);
    const char *correlation = call->headers[TN_SIM_MS_CORRELATION_ID];
    if (!correlation)
        correlation = call->headers[TN_SIM_MS_REQUEST_ID];
    memcpy(effect.customer, customer->id, sizeof effect.customer);
    snprintf(effect.correlation_id, sizeof effect.correlation_id, "%s", correlation ? correlation : "");
    return effect;
}

/* ---- pieces of bodies ------------------------------------------------------------------------------------------- */

void tn_sim_partner_attributes(struct tn_json_writer *w, const char *type, const char *etag)
{
    tn_jw_key(w, "attributes");
    tn_jw_object(w);
    if (etag)
        tn_jw_kv_string(w, "etag", etag);
    tn_jw_kv_string(w, "objectType", type);
    tn_jw_object_end(w);
}

void tn_sim_partner_link(struct tn_json_writer *w, const char *name, const char *uri, const char *token)
{
    tn_jw_key(w, name);
    tn_jw_object(w);
    tn_jw_kv_string(w, "uri", uri);
    tn_jw_kv_string(w, "method", "GET");
    tn_jw_key(w, "headers");
    tn_jw_array(w);
    if (token) {
        tn_jw_object(w);
        tn_jw_kv_string(w, "key", "MS-ContinuationToken");
        tn_jw_kv_string(w, "value", token);
        tn_jw_object_end(w);
    }
    tn_jw_array_end(w);
    tn_jw_object_end(w);
}

void tn_sim_partner_self(struct tn_json_writer *w, const char *fmt, ...)
{
    char uri[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(uri, sizeof uri, fmt, args);
    va_end(args);
    tn_jw_key(w, "links");
    tn_jw_object(w);
    tn_sim_partner_link(w, "self", uri, NULL);
    tn_jw_object_end(w);
}

void tn_sim_partner_items(struct tn_json_writer *w, int64_t count)
{
    tn_jw_object(w);
    tn_jw_kv_int(w, "totalCount", count);
    tn_jw_key(w, "items");
    tn_jw_array(w);
}

void tn_sim_partner_items_end(struct tn_json_writer *w)
{
    tn_jw_array_end(w);
    tn_sim_partner_attributes(w, "Collection", NULL);
    tn_jw_object_end(w);
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

bool tn_sim_partner_page(struct tn_sim_call *call, int64_t size, int64_t most, struct tn_sim_page *page)
{
    const char *seek = tn_sim_call_query(call, "seekOperation"), *token = call->headers[TN_SIM_MS_CONTINUATION];
    char rest;
    long long from = 0;
    *page = (struct tn_sim_page){.size = size};
    if (!tn_sim_call_number(call, "size", &page->size)) {
        tn_sim_partner_error(call, 400, 800002, "The query's size is not a number.");
        return false;
    }
    if (page->size < 1 || page->size > most)
        page->size = page->size < 1 ? size : most;
    if (!seek)
        return true;
    if (!token || sscanf(token, TOKEN_PREFIX "%lld%c", &from, &rest) != 1 || from < 0) {
        tn_sim_partner_error(call, 400, 800002, "seekOperation needs the MS-ContinuationToken of the page before.");
        return false;
    }
    page->from = from;
    return true;
}

void tn_sim_partner_seek(struct tn_json_writer *w, const char *uri, bool more, int64_t from)
{
    struct tn_buf next = {0};
    char token[40];
    snprintf(token, sizeof token, TOKEN_PREFIX "%lld", (long long)from);
    tn_buf_printf(&next, "%s&seekOperation=Next", uri);
    tn_jw_key(w, "links");
    tn_jw_object(w);
    tn_sim_partner_link(w, "self", uri, NULL);
    if (more)
        tn_sim_partner_link(w, "next", tn_buf_text(&next), token);
    tn_jw_object_end(w);
    if (more)
        tn_jw_kv_string(w, "continuationToken", token);
    w->out->failed |= next.failed;
    tn_buf_deinit(&next);
}
