/* What is said on standard error: see talk.h. */
#include "cli/talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/output.h"

#define TERMINAL_PERIOD_MS 100
#define PLAIN_PERIOD_MS 5000

static int64_t now_ms(void)
{
    return tn_clock_system.monotonic_ms(tn_clock_system.arg);
}

/* Standard error is the last resort: when it fails nobody is left to tell. */
static void say(const char *text, size_t len)
{
    tn_cli_write_all(STDERR_FILENO, text, len);
}

void tn_cli_talk_init(struct tn_cli_talk *talk, bool quiet, bool log)
{
    *talk = (struct tn_cli_talk){.terminal = isatty(STDERR_FILENO), .quiet = quiet, .log = log};
}

void tn_cli_talk_clear(struct tn_cli_talk *talk)
{
    if (talk->shown)
        say("\r\033[K", 4);
    talk->shown = false;
}

/* How many bytes of the text fit in so many columns, a character being one. */
static size_t fit(const char *text, int columns)
{
    size_t len = strlen(text), at = 0;
    for (int column = 0; at < len && column < columns; column++) {
        size_t step = tn_utf8_valid_at(text + at, len - at);
        at += step ? step : 1;
    }
    return at;
}

static void show_progress(struct tn_cli_talk *talk)
{
    char line[TN_CLI_PROGRESS_BYTES + 8];
    int bytes;
    if (talk->terminal) {
        int columns = tn_cli_terminal_width(STDERR_FILENO);
        bytes = snprintf(line, sizeof line, "\r%.*s\033[K", (int)fit(talk->progress, columns - 1), talk->progress);
    } else {
        bytes = snprintf(line, sizeof line, "%s\n", talk->progress);
    }
    say(line, (size_t)bytes);
    talk->shown = talk->terminal;
    talk->stale = false;
    talk->next_ms = now_ms() + (talk->terminal ? TERMINAL_PERIOD_MS : PLAIN_PERIOD_MS);
}

void tn_cli_talk_progress(struct tn_cli_talk *talk, const char *text)
{
    if (talk->quiet)
        return;
    snprintf(talk->progress, sizeof talk->progress, "%s", text);
    talk->stale = true;
    tn_cli_talk_tick(talk);
}

void tn_cli_talk_tick(struct tn_cli_talk *talk)
{
    if (talk->stale && now_ms() >= talk->next_ms)
        show_progress(talk);
}

int tn_cli_talk_wait_ms(const struct tn_cli_talk *talk)
{
    if (!talk->stale)
        return -1;
    int64_t wait_ms = talk->next_ms - now_ms();
    return wait_ms > 0 ? (int)wait_ms : 0;
}

static void say_line(const char *prefix, const char *fmt, va_list args)
{
    struct tn_buf line = {0};
    char *text = NULL;
    int bytes = vasprintf(&text, fmt, args);
    if (bytes < 0 || !tn_buf_puts(&line, prefix) || !tn_buf_puts(&line, text) || !tn_buf_putc(&line, '\n'))
        say("tenure: out of memory\n", 22);
    else
        say(line.data, line.len);
    if (bytes >= 0)
        free(text);
    tn_buf_deinit(&line);
}

void tn_cli_talk_line(struct tn_cli_talk *talk, const char *fmt, ...)
{
    va_list args;
    tn_cli_talk_clear(talk);
    va_start(args, fmt);
    say_line("", fmt, args);
    va_end(args);
}

void tn_cli_complain(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say_line("tenure: ", fmt, args);
    va_end(args);
}
