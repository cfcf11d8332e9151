#include "broker/command.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

struct sp_command {
    struct sp_loop *loop;
    char *subject, *program;
    sp_command_read_fn read;
    sp_command_fn fn; /* NULL once cancelled */
    void *arg;
    uv_process_t process;
    uv_pipe_t out, errors;
    unsigned n_handles; /* not closed yet; the last one to close tells the end and frees */
    bool is_running, is_out_open, is_errors_open;
    bool is_leader; /* of a session of its own */
    struct sp_timer *deadline, *grace;
    struct sp_err cause; /* the first thing known to be wrong */
    int64_t exit_status;
    int term_signal;
    struct sp_buf answer, words; /* standard output; the beginning of standard error */
    char chunk[4096];
};

/* ---- how it ends -------------------------------------------------------------------------------
 */

/* What it said before it failed, on one line, safe to print. */
static void add_words(struct sp_command *process, struct sp_err *err)
{
    struct sp_buf escaped = SP_BUF_INIT(SP_WORKER_STDERR_MAX * 8);
    struct sp_span words =
        sp_span_trim((struct sp_span){sp_buf_str(&process->words), process->words.len});
    sp_escape_terminal(&escaped, words.bytes, words.len < 360 ? words.len : 360);
    if (escaped.len)
        sp_err_fix(err, "run it by hand; it said: %.400s", sp_buf_str(&escaped));
    else
        sp_err_fix(err, "run it by hand to see what it writes");
    sp_buf_fini(&escaped);
}

static void find_fault(struct sp_command *process, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    if (sp_err_is_set(&process->cause)) {
        *err = process->cause;
    } else if (process->term_signal) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "%s: %s was ended by signal %d",
                   process->subject, SP_EXCERPT(process->program), process->term_signal);
    } else if (process->exit_status) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "%s: %s failed (exit status %d)",
                   process->subject, SP_EXCERPT(process->program), (int)process->exit_status);
    } else if (process->read(process->arg, sp_buf_str(&process->answer), process->answer.len,
                             &why) < 0) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "%s: %s: %s", process->subject,
                   SP_EXCERPT(process->program), why.message);
    }
    if (sp_err_is_set(err) && !err->fix[0])
        add_words(process, err);
}

static void tell_end(struct sp_command *process)
{
    struct sp_err err = SP_ERR_INIT;
    find_fault(process, &err);
    process->fn(process->arg, &err);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct sp_command *process = handle->data;
    if (--process->n_handles)
        return;
    sp_timer_stop(&process->deadline);
    sp_timer_stop(&process->grace);
    if (process->fn)
        tell_end(process);
    sp_buf_fini(&process->answer);
    sp_buf_fini(&process->words);
    free(process->subject);
    free(process->program);
    free(process);
}

static void close_pipe(uv_pipe_t *pipe, bool *is_open)
{
    if (*is_open)
        uv_close((uv_handle_t *)pipe, on_handle_closed);
    *is_open = false;
}

static void close_pipes(void *arg)
{
    struct sp_command *process = arg;
    process->grace = NULL;
    close_pipe(&process->out, &process->is_out_open);
    close_pipe(&process->errors, &process->is_errors_open);
}

/* A leader with all that it has started. */
static void kill_process(struct sp_command *process)
{
    if (process->is_running)
        (void)uv_kill(process->is_leader ? -process->process.pid : process->process.pid, SIGKILL);
}

static void give_up(struct sp_command *process, const char *predicate)
{
    if (!sp_err_is_set(&process->cause))
        sp_err_set(&process->cause, SP_ERR_CREDENTIALS, "credential-process", "%s: %s %s",
                   process->subject, SP_EXCERPT(process->program), predicate);
    kill_process(process);
}

static void on_deadline(void *arg)
{
    struct sp_command *process = arg;
    char predicate[80];
    process->deadline = NULL;
    snprintf(predicate, sizeof(predicate), "did not end within %d s and was stopped",
             SP_COMMAND_MS / 1000);
    give_up(process, predicate);
}

/* A child that it left behind may hold the pipes open. */
static void on_exit_of_process(uv_process_t *uv, int64_t exit_status, int term_signal)
{
    struct sp_command *process = uv->data;
    process->is_running = false;
    process->exit_status = exit_status;
    process->term_signal = term_signal;
    sp_timer_stop(&process->deadline);
    if (process->is_out_open || process->is_errors_open)
        process->grace = sp_timer_start(process->loop, SP_WORKER_GRACE_MS, close_pipes, process);
    uv_close((uv_handle_t *)uv, on_handle_closed);
}

/* ---- reading -----------------------------------------------------------------------------------
 */

static void on_alloc(uv_handle_t *handle, size_t wanted SP_UNUSED, uv_buf_t *ret)
{
    struct sp_command *process = handle->data;
    *ret = uv_buf_init(process->chunk, sizeof(process->chunk));
}

static void on_out(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct sp_command *process = stream->data;
    if (len < 0) {
        close_pipe(&process->out, &process->is_out_open);
        return;
    }
    sp_buf_append(&process->answer, buf->base, (size_t)len);
    explicit_bzero(process->chunk, sizeof(process->chunk));
    if (!sp_buf_is_ok(&process->answer))
        give_up(process, "wrote more than a credential takes");
}

static void on_errors(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct sp_command *process = stream->data;
    if (len < 0) {
        close_pipe(&process->errors, &process->is_errors_open);
        return;
    }
    size_t room = SP_WORKER_STDERR_MAX - process->words.len;
    sp_buf_append(&process->words, buf->base, (size_t)len < room ? (size_t)len : room);
}

/* ---- birth -------------------------------------------------------------------------------------
 */

static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int spawn(struct sp_command *process, const sp_command_words *words)
{
    char **arguments = sp_alloc(words->n + 1, sizeof(*arguments));
    uv_stdio_container_t stdio[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&process->out},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
         .data.stream = (uv_stream_t *)&process->errors},
    };
    memcpy(arguments, words->items, words->n * sizeof(*arguments));
    process->is_leader = !has_terminal();
    const uv_process_options_t options = {
        .exit_cb = on_exit_of_process,
        .flags = process->is_leader ? UV_PROCESS_DETACHED : 0,
        .file = arguments[0],
        .args = arguments,
        .stdio = stdio,
        .stdio_count = SP_ARRAY_LEN(stdio),
    };
    int code = uv_spawn(sp_loop_uv(process->loop), &process->process, &options);
    free(arguments);
    return code;
}

static struct sp_command *prepare(struct sp_loop *loop, const char *subject,
                                  sp_command_read_fn read, sp_command_fn fn, void *arg)
{
    struct sp_command *process = sp_new(struct sp_command);
    process->loop = loop;
    process->subject = sp_strdup(subject);
    process->program = sp_strdup("the command");
    process->read = read;
    process->fn = fn;
    process->arg = arg;
    sp_buf_init(&process->answer, SP_COMMAND_ANSWER_MAX);
    sp_buf_init(&process->words, SP_WORKER_STDERR_MAX);
    process->answer.is_secret = true;
    if (uv_pipe_init(sp_loop_uv(loop), &process->out, 0) < 0 ||
        uv_pipe_init(sp_loop_uv(loop), &process->errors, 0) < 0)
        abort();
    process->out.data = process->errors.data = process->process.data = process;
    process->is_out_open = process->is_errors_open = true;
    process->n_handles = 2;
    return process;
}

static void run(struct sp_command *process, const sp_command_words *words)
{
    char predicate[128];
    free(process->program);
    process->program = sp_strdup(words->items[0]);
    int code = spawn(process, words);
    process->n_handles++; /* libuv has made the handle, whether it started or not */
    if (code < 0) {
        snprintf(predicate, sizeof(predicate), "does not start: %.80s", uv_strerror(code));
        give_up(process, predicate);
        uv_close((uv_handle_t *)&process->process, on_handle_closed);
        close_pipes(process);
        return;
    }
    process->is_running = true;
    process->deadline = sp_timer_start(process->loop, SP_COMMAND_MS, on_deadline, process);
    uv_read_start((uv_stream_t *)&process->out, on_alloc, on_out);
    uv_read_start((uv_stream_t *)&process->errors, on_alloc, on_errors);
}

struct sp_command *sp_command_start(struct sp_loop *loop, const sp_command_words *words,
                                    const char *subject, sp_command_read_fn read, sp_command_fn fn,
                                    void *arg)
{
    struct sp_command *process = prepare(loop, subject, read, fn, arg);
    run(process, words);
    return process;
}

struct sp_command *sp_command_start_line(struct sp_loop *loop, const char *line,
                                         const char *subject, sp_command_read_fn read,
                                         sp_command_fn fn, void *arg)
{
    struct sp_command *process = prepare(loop, subject, read, fn, arg);
    struct sp_err why = SP_ERR_INIT;
    sp_command_words words;
    if (sp_command_split(line, &words, &why) < 0) {
        give_up(process, why.message);
        close_pipes(process);
        return process;
    }
    run(process, &words);
    sp_command_words_free(&words);
    return process;
}

void sp_command_cancel(struct sp_command **process)
{
    if (!*process)
        return;
    (*process)->fn = NULL;
    kill_process(*process);
    sp_timer_stop(&(*process)->deadline);
    sp_timer_stop(&(*process)->grace);
    close_pipes(*process);
    *process = NULL;
}
