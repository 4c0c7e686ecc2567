/* The transport over libcurl: see curl.h. What one attempt is and does is in transfer.c, how curl sits on the loop in
 * multi.c. */
#include "net/curl.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/headers.h"
#include "net/multi.h"
#include "net/transfer.h"
#include "tenure/tenure.h"

#define IDLE_TRANSFERS 256

struct curl_transport {
    struct tn_transport base;
    struct tn_loop *loop;
    struct tn_transfer_settings settings;
    struct tn_multi reads, effects;
    struct tn_http_transfer *idle;
    size_t idle_count;
};

static struct curl_transport *of(struct tn_transport *transport)
{
    return tn_container_of(transport, struct curl_transport, base);
}

/* ---- transfers -------------------------------------------------------------------------------------------------- */

static struct tn_multi *multi_of(struct curl_transport *transport, enum tn_http_class class)
{
    return class == TN_HTTP_EFFECT ? &transport->effects : &transport->reads;
}

static struct tn_http_transfer *take_transfer(struct curl_transport *transport, enum tn_http_class class)
{
    struct tn_http_transfer *transfer = transport->idle;
    if (class == TN_HTTP_EFFECT || !transfer)
        return tn_transfer_new(&transport->settings, multi_of(transport, class), class);
    transport->idle = transfer->next_idle;
    transport->idle_count--;
    return transfer;
}

/* The handles of reads are used again; an effect's has had its one use. */
static void give_transfer(struct curl_transport *transport, struct tn_http_transfer *transfer)
{
    if (transfer->exchange->class == TN_HTTP_EFFECT || transport->idle_count == IDLE_TRANSFERS) {
        tn_transfer_free(transfer);
        return;
    }
    tn_transfer_clear(transfer);
    transfer->next_idle = transport->idle;
    transport->idle = transfer;
    transport->idle_count++;
}

/* ---- attempts --------------------------------------------------------------------------------------------------- */

static struct tn_http_transfer *start(struct tn_transport *transport, struct tn_http_exchange *exchange,
                                      uint32_t timeout_ms)
{
    struct curl_transport *own = of(transport);
    struct tn_http_transfer *transfer = take_transfer(own, exchange->class);
    if (!transfer)
        return NULL;
    if (tn_transfer_prepare(transfer, exchange, timeout_ms) &&
        tn_multi_add(multi_of(own, exchange->class), transfer->easy))
        return transfer;
    tn_transfer_free(transfer);
    return NULL;
}

static void cancel(struct tn_transport *transport, struct tn_http_transfer *transfer)
{
    struct curl_transport *own = of(transport);
    tn_multi_remove(multi_of(own, transfer->exchange->class), transfer->easy);
    give_transfer(own, transfer);
}

static void conclude(struct curl_transport *transport, CURL *easy, CURLcode result)
{
    struct tn_http_transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    struct tn_http_exchange *exchange = transfer->exchange;
    tn_transfer_conclude(transfer, result, tn_loop_wall_ms(transport->loop));
    exchange->multiplexed = tn_transfer_multiplexed(transfer);
    give_transfer(transport, transfer);
    transport->base.finished(exchange);
}

static void on_read_finished(struct tn_multi *multi, CURL *easy, CURLcode result)
{
    conclude(tn_container_of(multi, struct curl_transport, reads), easy, result);
}

static void on_effect_finished(struct tn_multi *multi, CURL *easy, CURLcode result)
{
    conclude(tn_container_of(multi, struct curl_transport, effects), easy, result);
}

/* ---- its life --------------------------------------------------------------------------------------------------- */

static int copy_text(char **out, const char *text, const char *what, struct tn_err *err)
{
    if (!text)
        return TENURE_OK;
    if (!tn_header_text_plain(text))
        return tn_err_set(err, TENURE_EINVAL, "the %s has a control character in it: write it on one line", what);
    *out = strdup(text);
    return *out ? TENURE_OK : tn_err_no_memory(err);
}

/* Otherwise the server would be blamed, customer by customer. What is wrong inside a certificate, its use tells. */
static int check_ca_file(const char *path, struct tn_err *err)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    bool found = false;
    errno = file ? 0 : errno;
    while (file && !found && getline(&line, &size, file) >= 0)
        found = strncmp(line, "-----BEGIN ", 11) == 0 && strstr(line, "CERTIFICATE-----");
    int reason = found ? 0 : errno;
    free(line);
    if (file)
        fclose(file);
    if (found)
        return TENURE_OK;
    if (reason)
        return tn_err_set(err, TENURE_EINVAL, "TENURE_CA_FILE: cannot read the certificate file '%s': %s", path,
                          strerror(reason));
    return tn_err_set(err, TENURE_EINVAL,
                      "TENURE_CA_FILE: there is no certificate in '%s': name a file in PEM, with a line that says "
                      "-----BEGIN CERTIFICATE-----",
                      path);
}

static int copy_settings(struct tn_transfer_settings *settings, const struct tn_http_options *options,
                         struct tn_err *err)
{
    const char *user_agent = options->user_agent ? options->user_agent : "tenure/" TENURE_VERSION;
    settings->allow_plain = options->allow_plain;
    int rc = options->ca_file ? check_ca_file(options->ca_file, err) : TENURE_OK;
    if (rc == TENURE_OK)
        rc = copy_text(&settings->user_agent, user_agent, "user agent", err);
    if (rc == TENURE_OK)
        rc = copy_text(&settings->ca_file, options->ca_file, "name of the certificate file", err);
    return rc == TENURE_OK ? copy_text(&settings->proxy, options->proxy, "proxy", err) : rc;
}

static int set_up_multis(struct curl_transport *transport, uint32_t read_connections, struct tn_err *err)
{
    int rc = tn_multi_init(&transport->reads, transport->loop, on_read_finished, err);
    if (rc == TENURE_OK)
        rc = tn_multi_init(&transport->effects, transport->loop, on_effect_finished, err);
    if (rc < 0)
        return rc;
    curl_multi_setopt(transport->reads.curl, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(transport->reads.curl, CURLMOPT_MAX_HOST_CONNECTIONS, (long)read_connections);
    curl_multi_setopt(transport->reads.curl, CURLMOPT_MAXCONNECTS, 4L * (long)read_connections);
    return TENURE_OK;
}

static void free_transport(struct tn_transport *transport)
{
    struct curl_transport *own = of(transport);
    struct tn_http_transfer *transfer;
    while ((transfer = own->idle)) {
        own->idle = transfer->next_idle;
        tn_transfer_free(transfer);
    }
    tn_multi_deinit(&own->reads);
    tn_multi_deinit(&own->effects);
    free(own->settings.user_agent);
    free(own->settings.ca_file);
    free(own->settings.proxy);
    free(own);
    curl_global_cleanup();
}

int tn_curl_transport_new(struct tn_loop *loop, const struct tn_http_options *options, uint32_t read_connections,
                          struct tn_transport **out, struct tn_err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return tn_err_no_memory(err);
    struct curl_transport *transport = calloc(1, sizeof *transport);
    if (!transport) {
        curl_global_cleanup();
        return tn_err_no_memory(err);
    }
    transport->base = (struct tn_transport){.start = start, .cancel = cancel, .free = free_transport};
    transport->loop = loop;
    int rc = copy_settings(&transport->settings, options, err);
    if (rc == TENURE_OK)
        rc = set_up_multis(transport, read_connections, err);
    if (rc < 0) {
        free_transport(&transport->base);
        return rc;
    }
    *out = &transport->base;
    return TENURE_OK;
}
