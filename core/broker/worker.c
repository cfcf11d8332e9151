#include "broker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "plugin/wire.h"

struct sp_worker {
    struct sp_loop *loop;
    struct sp_worker_events events;
    void *arg;
    char *subject;
    const char *task;
    uv_process_t process;
    uv_pipe_t socket, errors;
    unsigned n_handles; /* not closed yet; the last one to close frees the worker */
    bool is_running, is_socket_open, is_errors_open;
    bool has_ended, is_freed;
    struct sp_timer *deadline, *grace;
    unsigned limit_ms;
    struct sp_err cause; /* the first thing known to be wrong */
    int64_t exit_status;
    int term_signal;
    struct sp_buf in;
    char tail[SP_WORKER_STDERR_MAX]; /* the last bytes of its standard error */
    size_t tail_len;
    char chunk[65536];
};

struct sending {
    uv_write_t request; /* first: freed by it */
    struct sp_buf bytes;
};

/* ---- how it ends -------------------------------------------------------------------------------
 */

static void on_handle_closed(uv_handle_t *handle)
{
    struct sp_worker *worker = handle->data;
    if (--worker->n_handles || !worker->is_freed)
        return;
    sp_buf_fini(&worker->in);
    free(worker->subject);
    free(worker);
}

static void close_pipe(uv_pipe_t *pipe, bool *is_open)
{
    if (!*is_open)
        return;
    *is_open = false;
    uv_close((uv_handle_t *)pipe, on_handle_closed);
}

static void kill_process(struct sp_worker *worker)
{
    if (worker->is_running)
        (void)uv_process_kill(&worker->process, SIGKILL);
}

/* The cause is kept, the process killed; on_end comes when it is gone. */
static void give_up(struct sp_worker *worker, const char *code, const char *predicate)
{
    if (!sp_err_is_set(&worker->cause))
        sp_err_set(&worker->cause, SP_ERR_PLUGIN, code, "%s %s", worker->subject, predicate);
    sp_timer_stop(&worker->deadline);
    kill_process(worker);
}

void sp_worker_give_up(struct sp_worker *worker, const char *code, const char *why)
{
    give_up(worker, code, why);
}

static const char *while_task(const struct sp_worker *worker, char text[80])
{
    snprintf(text, 80, "%s%.60s", worker->task ? " while " : "", worker->task ? worker->task : "");
    return text;
}

static void name_signal(struct sp_worker *worker)
{
    int number = worker->term_signal;
    const char *name = sigabbrev_np(number);
    char task[80];
    if (number == SIGXCPU)
        sp_err_set(&worker->cause, SP_ERR_PLUGIN, "plugin-timeout",
                   "%s used up its %d s of processor time%s and was stopped", worker->subject,
                   SP_WORKER_CPU_S, while_task(worker, task));
    else if (number == SIGSYS)
        sp_err_set(&worker->cause, SP_ERR_PLUGIN, "plugin-violation",
                   "%s made a system call that is not allowed%s; the sandbox stopped it",
                   worker->subject, while_task(worker, task));
    else
        sp_err_set(&worker->cause, SP_ERR_PLUGIN, "plugin-crashed", "%s %s (signal %d, SIG%s)%s",
                   worker->subject, number == SIGKILL ? "was killed" : "crashed", number,
                   name ? name : "?", while_task(worker, task));
}

/* The sentence of a death that nothing announced. */
static void find_cause(struct sp_worker *worker)
{
    char task[80];
    if (sp_err_is_set(&worker->cause))
        return;
    if (worker->term_signal)
        name_signal(worker);
    else
        sp_err_set(&worker->cause, SP_ERR_PLUGIN, "plugin-crashed",
                   "%s ended its process (exit status %lld)%s", worker->subject,
                   (long long)worker->exit_status, while_task(worker, task));
}

/* The last words, on one line, safe to print. */
static void add_last_words(struct sp_worker *worker)
{
    struct sp_buf escaped = SP_BUF_INIT(sizeof(worker->tail) * 8);
    struct sp_span words = sp_span_trim((struct sp_span){worker->tail, worker->tail_len});
    size_t room = sizeof(worker->cause.fix) - 64;
    if (words.len > room) {
        words.bytes += words.len - room;
        words.len = room;
    }
    sp_escape_terminal(&escaped, words.bytes, words.len);
    if (escaped.len && !worker->cause.fix[0])
        sp_err_fix(&worker->cause, "its last words: %.400s", sp_buf_str(&escaped));
    sp_buf_fini(&escaped);
}

static void end_if_gone(struct sp_worker *worker)
{
    if (worker->is_running || worker->is_socket_open || worker->is_errors_open ||
        worker->has_ended || worker->is_freed)
        return;
    worker->has_ended = true;
    sp_timer_stop(&worker->deadline);
    sp_timer_stop(&worker->grace);
    find_cause(worker);
    add_last_words(worker);
    struct sp_err err = worker->cause;
    worker->events.on_end(worker->arg, &err);
}

/* The process has ended, but somebody holds its pipes; or the other way round. */
static void on_grace_over(void *arg)
{
    struct sp_worker *worker = arg;
    worker->grace = NULL;
    if (worker->is_running) {
        give_up(worker, "plugin-crashed", "closed its connection without a word");
        return;
    }
    close_pipe(&worker->socket, &worker->is_socket_open);
    close_pipe(&worker->errors, &worker->is_errors_open);
    end_if_gone(worker);
}

static void start_grace(struct sp_worker *worker)
{
    sp_timer_stop(&worker->grace);
    worker->grace = sp_timer_start(worker->loop, SP_WORKER_GRACE_MS, on_grace_over, worker);
}

static void on_exit_of_process(uv_process_t *process, int64_t exit_status, int term_signal)
{
    struct sp_worker *worker = process->data;
    worker->is_running = false;
    worker->exit_status = exit_status;
    worker->term_signal = term_signal;
    uv_close((uv_handle_t *)process, on_handle_closed);
    if (worker->is_freed)
        return;
    if (worker->is_socket_open || worker->is_errors_open)
        start_grace(worker);
    end_if_gone(worker);
}

/* ---- deadlines ---------------------------------------------------------------------------------
 */

static void on_deadline(void *arg)
{
    struct sp_worker *worker = arg;
    char predicate[160], task[80];
    worker->deadline = NULL;
    snprintf(predicate, sizeof(predicate), "did not answer within %g s%s and was stopped",
             worker->limit_ms / 1000.0, while_task(worker, task));
    give_up(worker, "plugin-timeout", predicate);
}

static void keep_loop_alive(struct sp_worker *worker, bool is_wanted)
{
    uv_handle_t *handles[] = {(uv_handle_t *)&worker->process, (uv_handle_t *)&worker->socket,
                              (uv_handle_t *)&worker->errors};
    for (size_t i = 0; i < SP_ARRAY_LEN(handles); i++) {
        if (is_wanted)
            uv_ref(handles[i]);
        else
            uv_unref(handles[i]);
    }
}

void sp_worker_expect_within(struct sp_worker *worker, unsigned ms)
{
    sp_timer_stop(&worker->deadline);
    worker->limit_ms = ms;
    keep_loop_alive(worker, ms != 0);
    if (ms && worker->is_running)
        worker->deadline = sp_timer_start(worker->loop, ms, on_deadline, worker);
}

void sp_worker_set_task(struct sp_worker *worker, const char *task)
{
    worker->task = task;
}

/* ---- reading -----------------------------------------------------------------------------------
 */

/* What people call the system calls that plugins are seen to try. */
static const char *deed_of(const char *name)
{
    static const struct {
        const char *name, *deed;
    } deeds[] = {
        {"socket", "open a socket"},      {"socketpair", "open a socket"},
        {"connect", "open a connection"}, {"bind", "open a socket"},
        {"execve", "start a program"},    {"execveat", "start a program"},
        {"fork", "start a process"},      {"vfork", "start a process"},
        {"clone", "start a process"},     {"clone3", "start a process"},
        {"open", "open a file"},          {"openat", "open a file"},
        {"openat2", "open a file"},       {"creat", "write a file"},
        {"unlink", "delete a file"},      {"unlinkat", "delete a file"},
        {"rename", "rename a file"},      {"renameat", "rename a file"},
        {"renameat2", "rename a file"},   {"mkdir", "make a folder"},
        {"mkdirat", "make a folder"},     {"ptrace", "look into another process"},
        {"kill", "signal a process"},     {"tgkill", "signal a process"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(deeds); i++)
        if (strcmp(deeds[i].name, name) == 0)
            return deeds[i].deed;
    return "make a forbidden system call";
}

static void take_violation(struct sp_worker *worker, json_t *meta)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(meta, "violation", &err);
    struct sp_json_reader member = sp_json_member(&top, "syscall");
    int number = (int)sp_json_integer(&member, 0, INT_MAX);
    member = sp_json_member(&top, "name");
    const char *name = sp_json_string(&member, SP_LABEL_MAX);
    char predicate[320];
    snprintf(predicate, sizeof(predicate),
             "tried to %s (%s%ssystem call %d); the sandbox stopped it", deed_of(name),
             SP_EXCERPT(name), name[0] ? ", " : "", number);
    give_up(worker, "plugin-violation", predicate);
}

static void take_bad_frame(struct sp_worker *worker, const struct sp_err *err)
{
    char predicate[512], task[80];
    snprintf(predicate, sizeof(predicate), "broke the protocol%s: %.300s", while_task(worker, task),
             err->message);
    give_up(worker, "plugin-bad-frame", predicate);
}

static void take_frames(struct sp_worker *worker)
{
    struct sp_frame frame;
    struct sp_err err = SP_ERR_INIT;
    int got = 0;
    while (!worker->is_freed && !sp_err_is_set(&worker->cause) &&
           (got = sp_frame_decode(&worker->in, &frame, &err)) > 0) {
        if (strcmp(sp_wire_type(frame.meta), "violation") == 0)
            take_violation(worker, frame.meta);
        else
            worker->events.on_frame(worker->arg, &frame);
        sp_frame_fini(&frame);
    }
    if (got < 0)
        take_bad_frame(worker, &err);
}

static void on_alloc(uv_handle_t *handle, size_t wanted SP_UNUSED, uv_buf_t *ret)
{
    struct sp_worker *worker = handle->data;
    *ret = uv_buf_init(worker->chunk, sizeof(worker->chunk));
}

static void on_socket_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct sp_worker *worker = stream->data;
    if (len < 0) {
        close_pipe(&worker->socket, &worker->is_socket_open);
        if (worker->is_running)
            start_grace(worker);
        end_if_gone(worker);
        return;
    }
    if (sp_err_is_set(&worker->cause))
        return; /* given up: what it still says does not count */
    sp_buf_append(&worker->in, buf->base, (size_t)len);
    take_frames(worker);
}

static void on_errors_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct sp_worker *worker = stream->data;
    size_t max = sizeof(worker->tail);
    if (len < 0) {
        close_pipe(&worker->errors, &worker->is_errors_open);
        end_if_gone(worker);
        return;
    }
    const char *bytes = buf->base;
    size_t n = (size_t)len;
    if (n > max) {
        bytes += n - max;
        n = max;
    }
    size_t kept = worker->tail_len + n > max ? max - n : worker->tail_len;
    memmove(worker->tail, worker->tail + worker->tail_len - kept, kept);
    memcpy(worker->tail + kept, bytes, n);
    worker->tail_len = kept + n;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static void on_sent(uv_write_t *request, int status SP_UNUSED)
{
    /* A failure to write is the worker's death, which is told by its exit. */
    struct sending *sending = (struct sending *)request;
    sp_buf_fini(&sending->bytes);
    free(sending);
}

void sp_worker_send(struct sp_worker *worker, json_t *meta, const void *body, size_t body_len)
{
    struct sp_err err = SP_ERR_INIT;
    struct sending *sending = sp_new(struct sending);
    sp_buf_init(&sending->bytes, SP_FRAME_HEADER + SP_FRAME_META_MAX + (size_t)SP_FRAME_BODY_MAX);
    if (sp_frame_encode(&sending->bytes, meta, body, body_len, &err) < 0) {
        give_up(worker, "plugin-bad-frame", "asked for more than fits into one frame");
        on_sent(&sending->request, 0);
        return;
    }
    uv_buf_t buf = uv_buf_init(sending->bytes.data, (unsigned)sending->bytes.len);
    if (!worker->is_socket_open ||
        uv_write(&sending->request, (uv_stream_t *)&worker->socket, &buf, 1, on_sent) < 0)
        on_sent(&sending->request, 0);
}

/* ---- birth -------------------------------------------------------------------------------------
 */

const char *sp_worker_policy(struct sp_err *err)
{
    const char *policy = getenv("SIGNPOST_SANDBOX");
    if (!policy || !*policy || strcmp(policy, "required") == 0)
        return "required";
    if (strcmp(policy, "best-effort") == 0)
        return "best-effort";
    sp_err_set(err, SP_ERR_USAGE, "bad-sandbox",
               "SIGNPOST_SANDBOX is \"%s\": it takes required or best-effort", SP_EXCERPT(policy));
    return NULL;
}

/* Libraries open descriptors without O_CLOEXEC (libcurl 7.88 does); none is for the worker. */
static void close_all_on_exec(void)
{
    static const unsigned close_range_cloexec = 1u << 2;
    if (syscall(SYS_close_range, 3u, UINT_MAX, close_range_cloexec) == 0)
        return;
    for (int fd = 3; fd < sysconf(_SC_OPEN_MAX) && fd < 65536; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int spawn(struct sp_worker *worker, const struct sp_worker_config *config, int plugin_fd,
                 const char *policy)
{
    char program[] = "signpost-worker";
    char *arguments[] = {program, sp_strdup(policy), NULL}, *environment[] = {NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&worker->errors},
        [SP_WORKER_SOCKET_FD] = {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
                                 .data.stream = (uv_stream_t *)&worker->socket},
        [SP_WORKER_PLUGIN_FD] = {.flags = UV_INHERIT_FD, .data.fd = plugin_fd},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit_of_process,
        /* Out of the terminal's foreground group: Ctrl-C is the engine's to act on, which lets a
         * write under way finish. The worker ends with its socket. */
        .flags = UV_PROCESS_DETACHED,
        .file = config->worker_path,
        .args = arguments,
        .env = environment,
        .stdio = stdio,
        .stdio_count = SP_ARRAY_LEN(stdio),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* a dead worker is told by its exit */
    close_all_on_exec();
    int code = uv_spawn(sp_loop_uv(worker->loop), &worker->process, &options);
    free(arguments[1]);
    return code;
}

static struct sp_worker *prepare(struct sp_loop *loop, const struct sp_worker_config *config)
{
    struct sp_worker *worker = sp_new(struct sp_worker);
    worker->loop = loop;
    worker->subject = sp_strdup(config->subject);
    sp_buf_init(&worker->in, SP_FRAME_HEADER + SP_FRAME_META_MAX + (size_t)SP_FRAME_BODY_MAX +
                                 sizeof(worker->chunk));
    if (uv_pipe_init(sp_loop_uv(loop), &worker->socket, 0) < 0 ||
        uv_pipe_init(sp_loop_uv(loop), &worker->errors, 0) < 0)
        abort();
    worker->socket.data = worker->errors.data = worker->process.data = worker;
    worker->is_socket_open = worker->is_errors_open = true;
    worker->n_handles = 3;
    return worker;
}

struct sp_worker *sp_worker_new(struct sp_loop *loop, const struct sp_worker_config *config,
                                const struct sp_worker_events *events, void *arg,
                                struct sp_err *err)
{
    const char *policy = sp_worker_policy(err);
    if (!policy)
        return NULL;
    int fd = open(config->plugin_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        sp_err_set(err, SP_ERR_PLUGIN, "plugin-load", "%s cannot be opened: %s: %s",
                   config->subject, SP_EXCERPT(config->plugin_path), strerror(errno));
        return NULL;
    }
    struct sp_worker *worker = prepare(loop, config);
    int code = spawn(worker, config, fd, policy);
    close(fd);
    if (code < 0) {
        sp_err_set(err, SP_ERR_PLUGIN, "plugin-load", "%s has no worker: %s does not start: %s",
                   config->subject, config->worker_path, uv_strerror(code));
        uv_close((uv_handle_t *)&worker->process, on_handle_closed);
        sp_worker_free(worker);
        return NULL;
    }
    worker->is_running = true;
    worker->events = *events;
    worker->arg = arg;
    uv_read_start((uv_stream_t *)&worker->socket, on_alloc, on_socket_read);
    uv_read_start((uv_stream_t *)&worker->errors, on_alloc, on_errors_read);
    return worker;
}

void sp_worker_free(struct sp_worker *worker)
{
    if (!worker || worker->is_freed)
        return;
    worker->is_freed = true;
    sp_timer_stop(&worker->deadline);
    sp_timer_stop(&worker->grace);
    keep_loop_alive(worker, true); /* until it is reaped */
    kill_process(worker);
    close_pipe(&worker->socket, &worker->is_socket_open);
    close_pipe(&worker->errors, &worker->is_errors_open);
    if (worker->n_handles == 0) {
        /* Everything closed before: no close callback is left to do it. */
        sp_buf_fini(&worker->in);
        free(worker->subject);
        free(worker);
    }
}
