/*
 * A program that embeds the host and keeps its own poll loop: it plans a workflow against the simulator.
 *
 *     embed workflows/refund-idle.yaml
 */
#include <poll.h>
#include <stdio.h>
#include <tenure/tenure.h>

static void on_event(void *user, const tenure_event *event)
{
    (void)user;
    fprintf(stderr, "%s: %s\n", event->kind, event->text);
}

static void on_result(void *user, const tenure_result *result)
{
    int *exit_code = user;
    *exit_code = result->exit_code;
    fwrite(result->output, 1, result->output_bytes, stdout);
    if (result->message)
        fprintf(stderr, "%s\n", result->message);
}

int main(int argc, char **argv)
{
    char json[4096];
    int exit_code = -1;
    tenure_host *host;
    tenure_host_options options = TENURE_HOST_OPTIONS_INIT;
    options.on_event = on_event;
    if (argc != 2 || tenure_host_new(&options, &host) < 0)
        return 2;
    /* A path with quotes or backslashes would have to be escaped; this one comes from our own test. */
    snprintf(json, sizeof json, "{\"workflow\": \"%s\", \"cloud\": \"simulator\", \"output\": \"json\"}", argv[1]);
    if (tenure_host_request(host, "plan", json, on_result, &exit_code) < 0)
        exit_code = 2;
    while (exit_code < 0) {
        struct pollfd fds[] = {
            {.fd = tenure_host_fd(host), .events = POLLIN}}; /* … and the program's own descriptors */
        poll(fds, 1, tenure_host_timeout_ms(host));
        tenure_host_step(host, 0);
    }
    tenure_host_free(host);
    return exit_code;
}
