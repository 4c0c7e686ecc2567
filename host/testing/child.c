/* Child processes of specs: see child.h. */
#include "testing/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { INPUT, OUTPUT, ERRORS, STREAMS };

struct stream {
    uv_pipe_t pipe;
    struct tn_child *child;
    struct tn_buf text;
    bool ended;
};

struct tn_child {
    uv_process_t process;
    struct stream streams[STREAMS];
    uv_write_t write;
    char *input; /* owned while it is being written */
    void (*changed)(void *arg);
    void *arg;
    size_t line_start, line_searched; /* in the output: where the next line begins, how far a newline was looked for */
    int handles;                      /* that uv still knows */
    int64_t code;
    int signal;
    bool exited, overflowed, freed;
    char chunk[1 << 16]; /* what uv reads into; appended at once */
};

/* The memory goes when its owner and the loop have both let go. */
static void destroy_unless_used(struct tn_child *child)
{
    if (child->handles > 0 || !child->freed)
        return;
    tn_buf_deinit(&child->streams[OUTPUT].text);
    tn_buf_deinit(&child->streams[ERRORS].text);
    free(child->input);
    free(child);
}

static void on_closed(uv_handle_t *handle)
{
    struct tn_child *child = handle->data;
    child->handles--;
    destroy_unless_used(child);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void tell(struct tn_child *child)
{
    if (child->changed)
        child->changed(child->arg);
}

static void on_exited(uv_process_t *process, int64_t code, int signal)
{
    struct tn_child *child = process->data;
    child->exited = true;
    child->code = code;
    child->signal = signal;
    close_handle((uv_handle_t *)process);
    tell(child);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct tn_child *child = handle->data;
    (void)suggested;
    *buf = uv_buf_init(child->chunk, sizeof child->chunk);
}

static void on_read(uv_stream_t *from, ssize_t count, const uv_buf_t *buf)
{
    struct tn_child *child = from->data;
    struct stream *stream = tn_container_of(from, struct stream, pipe);
    if (count < 0) {
        stream->ended = true;
        close_handle((uv_handle_t *)from);
    } else if (!child->overflowed && !tn_buf_put(&stream->text, buf->base, (size_t)count)) {
        child->overflowed = true;
        tn_child_kill(child, SIGKILL, NULL);
    }
    tell(child);
}

static void on_written(uv_write_t *write, int status)
{
    struct tn_child *child = write->data;
    (void)status; /* a child may end without reading all of its input */
    close_handle((uv_handle_t *)&child->streams[INPUT].pipe);
}

static struct tn_child *child_new(struct tn_loop *loop, const struct tn_child_options *options)
{
    struct tn_child *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    if (options->input && options->input_len > 0) {
        child->input = malloc(options->input_len);
        if (!child->input) {
            free(child);
            return NULL;
        }
        memcpy(child->input, options->input, options->input_len);
    }
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &child->streams[i];
        uv_pipe_init(tn_loop_uv(loop), &stream->pipe, 0);
        stream->pipe.data = child;
        stream->text.limit = TN_CHILD_MAX_OUTPUT;
        child->handles++;
    }
    child->process.data = child;
    child->write.data = child;
    child->changed = options->changed;
    child->arg = options->arg;
    return child;
}

/* uv_spawn makes its handle known to the loop even when it fails. */
static int spawn(struct tn_child *child, struct tn_loop *loop, const struct tn_child_options *options)
{
    uv_stdio_container_t stdio[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        stdio[i].flags = UV_CREATE_PIPE | (i == INPUT ? UV_READABLE_PIPE : UV_WRITABLE_PIPE);
        stdio[i].data.stream = (uv_stream_t *)&child->streams[i].pipe;
    }
    if (!options->input)
        stdio[INPUT].flags = UV_IGNORE;
    uv_process_options_t how = {
        .exit_cb = on_exited,
        .file = options->arguments[0],
        .args = options->arguments,
        .env = options->environment,
        .cwd = options->folder,
        .stdio = stdio,
        .stdio_count = STREAMS,
    };
    child->handles++;
    int rc = uv_spawn(tn_loop_uv(loop), &child->process, &how);
    if (rc < 0)
        child->exited = true;
    return rc;
}

static void start_streams(struct tn_child *child, size_t input_len)
{
    uv_stream_t *input = (uv_stream_t *)&child->streams[INPUT].pipe;
    uv_buf_t bytes = uv_buf_init(child->input, (unsigned)input_len);
    if (!child->input || uv_write(&child->write, input, &bytes, 1, on_written) < 0)
        close_handle((uv_handle_t *)input);
    uv_read_start((uv_stream_t *)&child->streams[OUTPUT].pipe, on_alloc, on_read);
    uv_read_start((uv_stream_t *)&child->streams[ERRORS].pipe, on_alloc, on_read);
}

int tn_child_start(struct tn_loop *loop, const struct tn_child_options *options, struct tn_child **out,
                   struct tn_err *err)
{
    struct tn_child *child = child_new(loop, options);
    if (!child)
        return tn_err_no_memory(err);
    int rc = spawn(child, loop, options);
    if (rc < 0) {
        tn_child_free(child);
        return tn_err_set(err, rc == UV_ENOENT ? TENURE_ENOENT : TENURE_EIO, "start '%s'%s%s: %s",
                          options->arguments[0], options->folder ? " in " : "", options->folder ? options->folder : "",
                          uv_strerror(rc));
    }
    start_streams(child, options->input_len);
    *out = child;
    return TENURE_OK;
}

void tn_child_free(struct tn_child *child)
{
    if (!child)
        return;
    child->freed = true;
    child->changed = NULL;
    for (int i = 0; i < STREAMS; i++)
        close_handle((uv_handle_t *)&child->streams[i].pipe);
    if (!child->exited)
        uv_process_kill(&child->process, SIGKILL); /* on_exited closes */
    else
        close_handle((uv_handle_t *)&child->process);
    destroy_unless_used(child);
}

int tn_child_pid(const struct tn_child *child)
{
    return child->process.pid;
}

int tn_child_kill(struct tn_child *child, int signal, struct tn_err *err)
{
    int rc = child->exited ? 0 : uv_process_kill(&child->process, signal);
    if (rc < 0 && rc != UV_ESRCH)
        return tn_err_set(err, TENURE_EIO, "send signal %d to process %d: %s", signal, child->process.pid,
                          uv_strerror(rc));
    return TENURE_OK;
}

bool tn_child_ended(const struct tn_child *child)
{
    return child->exited && child->streams[OUTPUT].ended && child->streams[ERRORS].ended;
}

int tn_child_code(const struct tn_child *child)
{
    return (int)child->code;
}

int tn_child_signal(const struct tn_child *child)
{
    return child->signal;
}

bool tn_child_overflowed(const struct tn_child *child)
{
    return child->overflowed;
}

const struct tn_buf *tn_child_output(const struct tn_child *child)
{
    return &child->streams[OUTPUT].text;
}

const struct tn_buf *tn_child_errors(const struct tn_child *child)
{
    return &child->streams[ERRORS].text;
}

int tn_child_line(struct tn_child *child, const char **line, size_t *len)
{
    const struct stream *output = &child->streams[OUTPUT];
    const char *text = tn_buf_text(&output->text);
    const char *newline = memchr(text + child->line_searched, '\n', output->text.len - child->line_searched);
    child->line_searched = newline ? (size_t)(newline - text) + 1 : output->text.len;
    if (!newline && (!output->ended || child->line_start == output->text.len))
        return output->ended ? -1 : 0;
    *line = text + child->line_start;
    *len = (newline ? (size_t)(newline - text) : output->text.len) - child->line_start;
    child->line_start = child->line_searched;
    return 1;
}
