/* Starting and stopping: what is refused, what a client is told, and that nothing is left behind. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "simulator/simulator.h"

static struct tn_loop *loop;

static const struct tn_simulator_options defaults = {.customers = -1, .reservations = -1, .settle_ms = -1};

static void refused(struct tn_simulator_options options, int code, const char *words)
{
    struct tn_simulator *simulator = NULL;
    struct tn_err err = {0};
    CHECK(tn_simulator_start(loop, &options, &simulator, &err) == code);
    CHECK(!simulator);
    if (!strstr(err.msg, words)) {
        CHECK(!"the message");
        fprintf(stderr, "expected %s, got: %s\n", words, err.msg);
    }
}

static void test_refused(void)
{
    struct tn_simulator_options options = defaults;
    static const char *const addresses[] = {"0.0.0.0:0", "192.0.2.1:80", "127.0.0.1", "127.0.0.1:99999", ":0",
                                            "",          "[::]:0"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        options.listen = addresses[i];
        refused(options, TENURE_EINVAL, "127.0.0.1:0");
    }
    options = defaults;
    options.faults = "{\"dorp\": 1}";
    refused(options, TENURE_EINVAL, "drop");
    options.faults = "{";
    refused(options, TENURE_EINVAL, "JSON object");
    options = defaults;
    options.customers = -5;
    refused(options, TENURE_EINVAL, "--customers");
    options = defaults;
    options.world = "/nowhere.yaml";
    refused(options, TENURE_ENOENT, "/nowhere.yaml");
}

static void test_told(void)
{
    struct tn_simulator *simulator = NULL, *second = NULL;
    struct tn_err err = {0};
    CHECK(tn_simulator_start(loop, &defaults, &simulator, &err) == TENURE_OK);
    const char *url = tn_simulator_url(simulator), *ready = tn_simulator_ready(simulator);
    CHECK(strncmp(url, "http://127.0.0.1:", 17) == 0);
    CHECK(strstr(ready, url) && strstr(ready, "\"AZURE_CLIENT_SECRET\":") && !strchr(ready, '\n'));
    const char *const *environment = tn_simulator_environment(simulator);
    static const char *const names[] = {"AZURE_TENANT_ID=",      "AZURE_CLIENT_ID=", "AZURE_CLIENT_SECRET=",
                                        "TENURE_REFRESH_TOKEN=", "TENURE_CLOUD=",    "TENURE_QUIET=2s"};
    const size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++)
        CHECK(environment[i] && strncmp(environment[i], names[i], strlen(names[i])) == 0);
    CHECK(!environment[count]);
    struct tn_simulator_options options = defaults;
    options.listen = url + 7; /* taken */
    CHECK(tn_simulator_start(loop, &options, &second, &err) == TENURE_EIO);
    tn_simulator_stop(simulator);
    tn_simulator_stop(NULL);
}

static int dial(const char *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    CHECK(sscanf(url, "http://127.0.0.1:%u", &port) == 1);
    address.sin_port = htons((uint16_t)port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

/* Everything the server says before it closes, or until it has answered. */
static size_t answer_of(int fd, const char *request, char *answer, size_t size)
{
    size_t len = 0;
    CHECK(write(fd, request, strlen(request)) == (ssize_t)strlen(request));
    for (int step = 0; step < 500; step++) {
        tn_loop_step(loop, 10);
        ssize_t got = recv(fd, answer + len, size - 1 - len, MSG_DONTWAIT);
        if (got == 0)
            break;
        len += got > 0 ? (size_t)got : 0;
        answer[len] = '\0';
        const char *body = strstr(answer, "\r\n\r\n");
        const char *length = strstr(answer, "Content-Length: ");
        if (body && length && strlen(body + 4) >= strtoul(length + 16, NULL, 10))
            break;
    }
    answer[len] = '\0';
    return len;
}

/* Two requests over one connection, in the same loop as everything else. */
static void test_answers(void)
{
    struct tn_simulator *simulator = NULL;
    char answer[8192];
    CHECK(tn_simulator_start(loop, &defaults, &simulator, NULL) == TENURE_OK);
    int fd = dial(tn_simulator_url(simulator));
    answer_of(fd, "GET /_simulator/effects HTTP/1.1\r\nHost: x\r\n\r\n", answer, sizeof answer);
    CHECK(strncmp(answer, "HTTP/1.1 200 ", 13) == 0 && strstr(answer, "\r\n\r\n[]"));
    answer_of(fd, "GET /providers/Microsoft.Capacity/reservations HTTP/1.1\r\nHost: x\r\n\r\n", answer, sizeof answer);
    CHECK(strncmp(answer, "HTTP/1.1 401 ", 13) == 0 && strstr(answer, "\"InvalidAuthenticationToken\""));
    close(fd);
    tn_simulator_stop(simulator);
}

/* A connection that is closed by a fault, and one whose answer is still held back when the simulator stops. */
static void test_stops_with_work(void)
{
    struct tn_simulator_options options = defaults;
    struct tn_simulator *simulator = NULL;
    char answer[8192];
    const char request[] = "GET /v1/customers HTTP/1.1\r\nHost: x\r\n\r\n";
    options.faults = "{\"lose\": {\"next\": 1}, \"late\": {\"next\": 1, \"after_ms\": 600000}, \"slow\": {\"ms\": "
                     "600000, \"on\": \"token\"}}";
    CHECK(tn_simulator_start(loop, &options, &simulator, NULL) == TENURE_OK);
    int lost = dial(tn_simulator_url(simulator)), late = dial(tn_simulator_url(simulator));
    int slow = dial(tn_simulator_url(simulator));
    CHECK(answer_of(lost, request, answer, sizeof answer) == 0);
    answer_of(late, request, answer, sizeof answer);
    CHECK(strncmp(answer, "HTTP/1.1 504 ", 13) == 0);
    const char token[] = "POST /x/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b";
    CHECK(write(slow, token, sizeof token - 1) == (ssize_t)sizeof token - 1);
    for (int step = 0; step < 20; step++)
        tn_loop_step(loop, 1);
    CHECK(recv(slow, answer, sizeof answer, MSG_DONTWAIT) < 0); /* still open, nothing said */
    tn_simulator_stop(simulator);
    close(lost);
    close(late);
    close(slow);
}

int main(void)
{
    CHECK(tn_loop_new(NULL, &loop, NULL) == TENURE_OK);
    test_refused();
    test_told();
    test_answers();
    test_stops_with_work();
    tn_loop_free(loop);
    return check_result();
}
