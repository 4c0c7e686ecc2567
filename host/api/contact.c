/* What a connection has to say: see contact.h. */
#include "api/contact.h"

#include "net/url.h"

static void put_time(struct tn_buf *text, int64_t ms)
{
    if (ms >= 120000)
        tn_buf_printf(text, "%lld minutes", (long long)(ms / 60000));
    else
        tn_buf_printf(text, "%lld s", (long long)((ms + 999) / 1000));
}

/* Others are asked by plain HTTP: that one of them is lost is the business of who asked it. */
static bool is_of_cloud(const struct tn_connection *connection, const char *origin)
{
    const struct tn_cloud *cloud = tn_engine_cloud(connection->engine);
    bool found = tn_url_same_origin(origin, cloud->login);
    for (size_t i = 0; !found && i < TN_SERVICE_COUNT; i++)
        found = cloud->origin[i][0] && tn_url_same_origin(origin, cloud->origin[i]);
    return found;
}

static void put_silent(struct tn_buf *text, const struct tn_connection *connection,
                       const struct tn_http_contact_event *event)
{
    tn_buf_printf(text, "%s; what is asked of it is tried again", event->err.msg);
    if (event->met && is_of_cloud(connection, event->origin)) {
        tn_buf_puts(text, ", for at most ");
        put_time(text, connection->give_up_ms);
    }
}

static void put_back(struct tn_buf *text, const struct tn_http_contact_event *event)
{
    tn_buf_printf(text, "'%s' answers again, after ", event->origin);
    put_time(text, event->silent_ms);
}

void tn_contact_changed(void *arg, const struct tn_http_contact_event *event)
{
    struct tn_connection *connection = arg;
    struct tn_buf text = {0};
    if (event->contact == TN_HTTP_SILENT)
        put_silent(&text, connection, event);
    else if (event->contact == TN_HTTP_BACK)
        put_back(&text, event);
    for (struct tn_link *at = connection->host->requests, *next; at; at = next) {
        struct tn_request *request = tn_container_of(at, struct tn_request, link);
        next = at->next;
        if (text.len)
            tn_host_emit(request, event->contact == TN_HTTP_SILENT ? "warning" : "notice", tn_buf_text(&text), NULL);
        else if (request->kind->lost && request->state && is_of_cloud(connection, event->origin))
            request->kind->lost(request, connection, &event->err);
    }
    tn_buf_deinit(&text);
}

void tn_contact_strange_word(void *arg, const char *text)
{
    const struct tn_connection *connection = arg;
    for (struct tn_link *at = connection->host->requests, *next; at; at = next) {
        next = at->next;
        tn_host_emit(tn_container_of(at, struct tn_request, link), "notice", text, NULL);
    }
}
