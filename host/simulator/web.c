/* Hosts that are none of Azure's: see web.h. */
#include "simulator/web.h"

#include <stdio.h>
#include <string.h>

#include "simulator/control.h"
#include "simulator/route.h"
#include "simulator/state.h"

static struct tn_sim_page *find_page(struct tn_sim_call *call)
{
    char id[TN_GUID_TEXT];
    tn_guid_derive(id, call->params[0]);
    return tn_sim_store_find(&call->simulator->pages, id);
}

static void answer_text(struct tn_sim_call *call, int status, const char *type, const char *text)
{
    call->answer->status = status;
    call->answer->content_type = type;
    tn_buf_puts(&call->answer->body, text);
}

/* Anybody may ask, so that nobody's customer is told. False: out of memory. */
static bool book_it(const struct tn_sim_call *call)
{
    const char *correlation = call->headers[TN_SIM_CORRELATION_REQUEST_ID];
    struct tn_sim_effect effect = {.kind = tn_sim_operation_name(call->route->operation), .state = "succeeded"};
    snprintf(effect.correlation_id, sizeof effect.correlation_id, "%s", correlation ? correlation : "");
    return tn_sim_book_add(&call->simulator->book, &effect) > 0;
}

static struct tn_sim_page *make_page(struct tn_sim_call *call)
{
    struct tn_sim_page *page = find_page(call), made = {.text = NULL};
    tn_guid_derive(made.id, call->params[0]);
    return page ? page : tn_sim_store_add(&call->simulator->pages, &made);
}

/* text becomes what is there. */
static void keep(struct tn_sim_call *call, const char *text)
{
    struct tn_sim_page *page = make_page(call);
    const char *copy = page ? tn_sim_world_text(&call->simulator->world, text) : NULL;
    if (!copy || !book_it(call)) {
        call->answer->body.failed = true;
        return;
    }
    page->text = copy;
}

/* Of one line that looks like it; several of them are no JSON. */
static bool is_json(const char *text)
{
    return (*text == '{' || *text == '[') && text[strcspn(text, "\n") + (strchr(text, '\n') ? 1 : 0)] == '\0';
}

void tn_sim_web_get(struct tn_sim_call *call)
{
    const struct tn_sim_page *page = find_page(call);
    if (!page || !page->text)
        tn_sim_control_error(call, 404, "There is nothing at this address.");
    else
        answer_text(call, 200, is_json(page->text) ? NULL : "text/plain; charset=utf-8", page->text);
}

void tn_sim_web_put(struct tn_sim_call *call)
{
    keep(call, tn_buf_text(&call->body));
    call->answer->status = 204;
}

void tn_sim_web_add(struct tn_sim_call *call)
{
    const struct tn_sim_page *page = find_page(call);
    struct tn_buf text = {0};
    tn_buf_printf(&text, "%s%s\n", page && page->text ? page->text : "", tn_buf_text(&call->body));
    keep(call, tn_buf_text(&text));
    tn_buf_deinit(&text);
    answer_text(call, 200, "text/plain; charset=utf-8", "ok");
}

void tn_sim_web_delete(struct tn_sim_call *call)
{
    struct tn_sim_page *page = find_page(call);
    if (!page || !page->text) {
        tn_sim_control_error(call, 404, "There is nothing at this address.");
        return;
    }
    page->text = NULL;
    call->answer->status = 204;
    if (!book_it(call))
        call->answer->body.failed = true;
}
