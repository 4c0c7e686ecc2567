/* The HTTP client over TLS: whom it trusts, and what becomes of a connection that died while it was kept. */
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "net/client.h"

/* ---- a server with a certificate of its own ---------------------------------------------------------------------- */

struct tls_server {
    SSL_CTX *context;
    int fd;
    pthread_t thread;
    char url[64];
    atomic_int requests;
    atomic_int begun, ended; /* connections */
    atomic_int latest;       /* the descriptor of the latest one */
};

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"tenure test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *host = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, host, -1);
    X509_EXTENSION_free(host);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static void make_context(struct tls_server *server, char path[])
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    server->context = SSL_CTX_new(TLS_server_method());
    if (!file || !PEM_write_X509(file, certificate) || SSL_CTX_use_certificate(server->context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(server->context, key) != 1) {
        fprintf(stderr, "cannot make a certificate in %s\n", path);
        exit(1);
    }
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void serve(struct tls_server *server, SSL *ssl)
{
    char request[4096];
    if (SSL_accept(ssl) != 1)
        return;
    if (SSL_read(ssl, request, sizeof request) > 0) {
        static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        atomic_fetch_add(&server->requests, 1);
        SSL_write(ssl, answer, sizeof answer - 1);
        SSL_read(ssl, request, sizeof request); /* until the client says that it has its answer, or hangs up */
    }
}

static void *accept_connections(void *arg)
{
    struct tls_server *server = arg;
    int fd;
    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(server->context);
        SSL_set_fd(ssl, fd);
        atomic_store(&server->latest, fd);
        atomic_fetch_add(&server->begun, 1);
        serve(server, ssl);
        const struct linger at_once = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd); /* with a reset */
        SSL_free(ssl);
        atomic_fetch_add(&server->ended, 1);
    }
    return NULL;
}

static void start(struct tls_server *server, char path[])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    sigset_t pipe;
    make_context(server, path);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(server->fd, 16) < 0 ||
        getsockname(server->fd, (struct sockaddr *)&address, &len) < 0) {
        perror("listen");
        exit(1);
    }
    snprintf(server->url, sizeof server->url, "https://127.0.0.1:%d/", ntohs(address.sin_port));
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL); /* in the server's thread, which inherits it; not in ours */
    pthread_create(&server->thread, NULL, accept_connections, server);
    pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
}

static void stop(struct tls_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->fd);
    SSL_CTX_free(server->context);
}

static void wait_until_idle(struct tls_server *server)
{
    for (int i = 0; i < 20 * CLIENT_STEPS_MAX && atomic_load(&server->ended) != atomic_load(&server->begun); i++)
        usleep(1000);
    CHECK(atomic_load(&server->ended) == atomic_load(&server->begun));
}

/* ---- the client -------------------------------------------------------------------------------------------------- */

static struct tn_http *new_client(const char *ca_file)
{
    struct tn_http *http = NULL;
    struct tn_err err = {0};
    CHECK(tn_http_new(client_loop, &(struct tn_http_options){.ca_file = ca_file}, &http, &err) == TENURE_OK);
    return http;
}

static void test_trusted(struct tls_server *server, const char *ca_file, enum tn_http_class class)
{
    struct tn_http *http = new_client(ca_file);
    struct get get;
    get_read(&get, NULL, server->url);
    get.exchange.class = class;
    get_run_by(&get, http);
    get_answered(&get, 200, "ok");
    tn_http_release(&get.exchange);
    tn_http_free(http); /* and with it the connection: the server has only one at a time */
}

static void test_untrusted(struct tls_server *server)
{
    struct tn_http *http = new_client(NULL);
    struct get get;
    get_read(&get, NULL, server->url);
    get_run_by(&get, http);
    get_failed(&get, TN_HTTP_NOT_SENT, TENURE_EUNREACHABLE);
    CHECK(!get.exchange.err.retryable);
    CHECK(get.exchange.attempts == 1);
    CHECK(strstr(get.exchange.err.msg, "certificate"));
    CHECK(atomic_load(&server->requests) == 2); /* those of before */
    tn_http_release(&get.exchange);
    tn_http_free(http);
}

/* A connection that is kept for the next read is reset meanwhile. The next read takes another one, and SIGPIPE, which a
 * farewell to the dead one may raise, neither ends the process nor stays behind in it. */
static void test_reset_connection(struct tls_server *server, const char *ca_file)
{
    struct tn_http *http = new_client(ca_file);
    struct get get;
    wait_until_idle(server);
    get_read(&get, NULL, server->url);
    get_run_by(&get, http);
    get_answered(&get, 200, "ok");
    tn_http_release(&get.exchange);
    shutdown(atomic_load(&server->latest),
             SHUT_RD); /* ends the server's wait, and with it the connection that is kept here */
    wait_until_idle(server);
    get_read(&get, NULL, server->url);
    get_run_by(&get, http); /* finds it dead and goes over another one */
    get_answered(&get, 200, "ok");
    tn_http_release(&get.exchange);
    tn_http_free(http);
    sigset_t blocked, pending;
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, NULL, &blocked);
    CHECK(!sigismember(&pending, SIGPIPE) && !sigismember(&blocked, SIGPIPE));
}

int main(void)
{
    static struct tls_server server;
    char path[] = "/tmp/tenure-test-tls-XXXXXX";
    signal(SIGPIPE, SIG_DFL);
    client_open();
    start(&server, path);
    test_trusted(&server, path, TN_HTTP_READ);
    test_trusted(&server, path, TN_HTTP_EFFECT);
    test_untrusted(&server);
    test_reset_connection(&server, path);
    stop(&server);
    unlink(path);
    client_close();
    return check_result();
}
