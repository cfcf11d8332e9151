/*
 * Workers that die in every way, each with its sentence; then the soak: workers started, killed and
 * freed at random moments, under ASan. This program is its own fake worker: started under the name
 * signpost-worker, it does what the word in the "plugin" file says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/worker.h"
#include "plugin/wire.h"

#define SOAK_MS 3000
#define N_SLOTS 8

static char *own_path; /* not /proc/self/exe, which is another program under valgrind */

/* ---- the fake worker ----------------------------------------------------------------------------
 */

static void say(json_t *meta)
{
    struct sp_buf out = SP_BUF_INIT(SP_FRAME_META_MAX);
    struct sp_err err = SP_ERR_INIT;
    if (sp_frame_encode(&out, meta, NULL, 0, &err) == 0 &&
        write(SP_WORKER_SOCKET_FD, out.data, out.len) < 0)
        _exit(9);
    json_decref(meta);
    sp_buf_fini(&out);
}

static void say_bytes(int fd, const char *bytes, size_t len)
{
    if (write(fd, bytes, len) < 0)
        _exit(9);
}

static unsigned count_descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    closedir(dir);
    return n - 3; /* ".", ".." and the directory itself */
}

static void die(int number)
{
    signal(number, SIG_DFL); /* the sanitizer's handlers say other things */
    raise(number);
}

static void act(const char *word)
{
    static const char many[4096] = "noise";
    if (strcmp(word, "segv") == 0)
        die(SIGSEGV);
    else if (strcmp(word, "kill") == 0)
        die(SIGKILL);
    else if (strcmp(word, "sys") == 0)
        die(SIGSYS);
    else if (strcmp(word, "exit") == 0)
        _exit(3);
    else if (strcmp(word, "words") == 0)
        say_bytes(STDERR_FILENO, "first\nlast\x1b[31m words\n", 22), _exit(1);
    else if (strcmp(word, "huge") == 0)
        say_bytes(SP_WORKER_SOCKET_FD, "SPF1\xff\xff\xff\xff\0\0\0\0", 12);
    else if (strcmp(word, "garbage") == 0)
        say_bytes(SP_WORKER_SOCKET_FD, "HTTP/1.1 200 OK\r\n", 17);
    else if (strcmp(word, "hangup") == 0)
        close(SP_WORKER_SOCKET_FD);
    else if (strcmp(word, "violation") == 0)
        say(json_pack("{s:s, s:i, s:s}", "type", "violation", "syscall", 41, "name", "socket"));
    else if (strcmp(word, "unknown") == 0)
        say(json_pack("{s:s, s:i, s:s}", "type", "violation", "syscall", 9999, "name", ""));
    else if (strcmp(word, "hello") == 0)
        say(json_pack("{s:s, s:i, s:i}", "type", "hello", "descriptors", (int)count_descriptors(),
                      "variables", environ[0] ? 1 : 0));
    else if (strcmp(word, "noise") == 0)
        for (unsigned i = 0; i < 64; i++)
            say_bytes(STDERR_FILENO, many, sizeof(many));
}

static void SP_NORETURN be_a_worker(void)
{
    static const char *const words[] = {"segv",   "exit",      "words", "huge",  "garbage",
                                        "hangup", "violation", "hello", "noise", "silent"};
    char word[32] = "";
    if (read(SP_WORKER_PLUGIN_FD, word, sizeof(word) - 1) < 0)
        _exit(8);
    if (strcmp(word, "random") == 0) {
        usleep(sp_random_below(20000));
        act(words[sp_random_below(SP_ARRAY_LEN(words))]);
        usleep(sp_random_below(20000));
        act(words[sp_random_below(SP_ARRAY_LEN(words))]);
    } else {
        act(word);
    }
    for (;;)
        pause();
}

/* ---- deaths -------------------------------------------------------------------------------------
 */

struct outcome {
    struct sp_loop *loop;
    struct sp_worker *worker;
    unsigned n_frames, n_ends;
    int n_descriptors, n_variables;
    struct sp_err err;
};

static void on_frame(void *arg, struct sp_frame *frame)
{
    struct outcome *outcome = arg;
    outcome->n_frames++;
    outcome->n_descriptors = (int)json_integer_value(json_object_get(frame->meta, "descriptors"));
    outcome->n_variables = (int)json_integer_value(json_object_get(frame->meta, "variables"));
    sp_worker_free(outcome->worker); /* the hardest moment */
    outcome->worker = NULL;
}

static void on_end(void *arg, const struct sp_err *err)
{
    struct outcome *outcome = arg;
    outcome->n_ends++;
    outcome->err = *err;
    sp_worker_free(outcome->worker);
    outcome->worker = NULL;
}

static const struct sp_worker_events events = {.on_frame = on_frame, .on_end = on_end};

static char *write_word(const char *word)
{
    char *path = sp_strdup("/tmp/signpost-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, word, strlen(word)), strlen(word));
    close(fd);
    return path;
}

static struct outcome run(const char *word)
{
    struct outcome outcome = {.loop = sp_loop_new()};
    char *path = write_word(word);
    const struct sp_worker_config config = {own_path, path, "the plugin fake"};
    outcome.worker = sp_worker_new(outcome.loop, &config, &events, &outcome, &outcome.err);
    assert_non_null(outcome.worker);
    sp_worker_set_task(outcome.worker, "finding zones");
    sp_worker_expect_within(outcome.worker, strcmp(word, "silent") == 0 ? 150 : 5000);
    sp_loop_run(outcome.loop);
    assert_null(outcome.worker);
    sp_loop_free(outcome.loop);
    unlink(path);
    free(path);
    return outcome;
}

static void test_deaths(void **state)
{
    static const struct {
        const char *word, *code, *message;
    } rows[] = {
        {"segv", "plugin-crashed", "crashed (signal 11, SIGSEGV) while finding zones"},
        {"kill", "plugin-crashed", "was killed (signal 9, SIGKILL) while finding zones"},
        {"sys", "plugin-violation",
         "made a system call that is not allowed while finding zones; the sandbox stopped it"},
        {"exit", "plugin-crashed", "ended its process (exit status 3) while finding zones"},
        {"silent", "plugin-timeout",
         "did not answer within 0.15 s while finding zones and was stopped"},
        {"huge", "plugin-bad-frame",
         "broke the protocol while finding zones: a frame announces 4294967295 bytes of JSON, more "
         "than the 1048576 allowed"},
        {"garbage", "plugin-bad-frame",
         "broke the protocol while finding zones: what arrived is no frame: it starts with "
         "0x48545450, not with 0x53504631"},
        {"hangup", "plugin-crashed", "closed its connection without a word"},
        {"violation", "plugin-violation",
         "tried to open a socket (socket, system call 41); the sandbox stopped it"},
        {"unknown", "plugin-violation",
         "tried to make a forbidden system call (system call 9999); the sandbox stopped it"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct outcome outcome = run(rows[i].word);
        char *want = sp_asprintf("the plugin fake %s", rows[i].message);
        assert_int_equal(outcome.n_ends, 1);
        assert_int_equal(outcome.n_frames, 0);
        assert_int_equal(outcome.err.kind, SP_ERR_PLUGIN);
        assert_string_equal(outcome.err.message, want);
        assert_string_equal(outcome.err.code, rows[i].code);
        assert_string_equal(outcome.err.fix, "");
        free(want);
    }
}

static void test_last_words(void **state)
{
    (void)state;
    struct outcome outcome = run("words");
    assert_string_equal(outcome.err.message,
                        "the plugin fake ended its process (exit status 1) while finding zones");
    assert_string_equal(outcome.err.fix, "its last words: first\\x0alast\\x1b[31m words");
}

static void test_no_inheritance(void **state)
{
    (void)state;
    int leaky = fcntl(STDOUT_FILENO, F_DUPFD, 100); /* no O_CLOEXEC */
    assert_true(leaky >= 100);
    struct outcome outcome = run("hello");
    close(leaky);
    assert_int_equal(outcome.n_frames, 1);
    assert_int_equal(outcome.n_ends, 0);
    assert_int_equal(outcome.n_descriptors, 5); /* 0, 1, 2, the socket, the plugin */
    assert_int_equal(outcome.n_variables, 0);
}

static void test_no_start(void **state)
{
    static const struct {
        const char *worker_path, *plugin_path, *policy, *code;
        enum sp_err_kind kind;
    } rows[] = {
        {"/nonexistent/worker", "/proc/self/exe", NULL, "plugin-load", SP_ERR_PLUGIN},
        {"/proc/self/exe", "/nonexistent/plugin.so", "best-effort", "plugin-load", SP_ERR_PLUGIN},
        {"/proc/self/exe", "/proc/self/exe", "off", "bad-sandbox", SP_ERR_USAGE},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_loop *loop = sp_loop_new();
        struct sp_err err = SP_ERR_INIT;
        const struct sp_worker_config config = {rows[i].worker_path, rows[i].plugin_path,
                                                "the plugin fake"};
        if (rows[i].policy)
            setenv("SIGNPOST_SANDBOX", rows[i].policy, 1);
        assert_null(sp_worker_new(loop, &config, &events, NULL, &err));
        unsetenv("SIGNPOST_SANDBOX");
        assert_int_equal(err.kind, rows[i].kind);
        assert_string_equal(err.code, rows[i].code);
        sp_loop_free(loop);
    }
}

/* ---- the soak -----------------------------------------------------------------------------------
 */

struct soak;

struct slot {
    struct soak *soak;
    struct sp_worker *worker;
};

struct soak {
    struct sp_loop *loop;
    struct sp_timer *timer;
    char *path;
    struct slot slots[N_SLOTS];
    uint64_t end_ms;
    unsigned n_started, n_ended, n_freed, n_frames;
};

static void free_slot(struct slot *slot)
{
    slot->soak->n_freed += slot->worker != NULL;
    sp_worker_free(slot->worker);
    slot->worker = NULL;
}

static void on_soak_frame(void *arg, struct sp_frame *frame)
{
    struct slot *slot = arg;
    assert_non_null(slot->worker);
    slot->soak->n_frames++;
    if (sp_random_below(3) == 0)
        free_slot(slot);
    else
        sp_worker_send(slot->worker, frame->meta, NULL, 0);
}

static void on_soak_end(void *arg, const struct sp_err *err)
{
    struct slot *slot = arg;
    assert_non_null(slot->worker);
    assert_int_equal(err->kind, SP_ERR_PLUGIN);
    slot->soak->n_ended++;
    sp_worker_free(slot->worker);
    slot->worker = NULL;
}

static void start(struct slot *slot)
{
    static const struct sp_worker_events soak_events = {on_soak_frame, on_soak_end};
    struct sp_err err = SP_ERR_INIT;
    const struct sp_worker_config config = {own_path, slot->soak->path, "the plugin fake"};
    slot->worker = sp_worker_new(slot->soak->loop, &config, &soak_events, slot, &err);
    assert_non_null(slot->worker);
    sp_worker_expect_within(slot->worker, sp_random_below(100));
    slot->soak->n_started++;
}

static void on_tick(void *arg)
{
    struct soak *soak = arg;
    bool is_over = sp_monotonic_ms() >= soak->end_ms;
    soak->timer = NULL;
    for (size_t i = 0; i < N_SLOTS; i++) {
        struct slot *slot = &soak->slots[i];
        if (is_over || (slot->worker && sp_random_below(12) == 0))
            free_slot(slot);
        else if (!slot->worker && sp_random_below(2))
            start(slot);
    }
    if (!is_over)
        soak->timer = sp_timer_start(soak->loop, sp_random_below(10), on_tick, soak);
}

static void run_soak(struct soak *soak, unsigned soak_ms)
{
    soak->loop = sp_loop_new();
    soak->path = write_word("random");
    soak->end_ms = sp_monotonic_ms() + soak_ms;
    for (size_t i = 0; i < N_SLOTS; i++)
        soak->slots[i].soak = soak;
    on_tick(soak);
    sp_loop_run(soak->loop);
    sp_loop_free(soak->loop);
    unlink(soak->path);
    free(soak->path);
}

static void test_soak(void **state)
{
    struct soak warm_up = {.n_started = 0}, soak = {.n_started = 0};
    (void)state;
    run_soak(&warm_up, 50);
    unsigned n_before = count_descriptors();
    run_soak(&soak, SOAK_MS);
    print_message("%u started: %u ended, %u freed; %u frames\n", soak.n_started, soak.n_ended,
                  soak.n_freed, soak.n_frames);
    assert_int_equal(soak.n_ended + soak.n_freed, soak.n_started);
    assert_true(soak.n_ended > 3 && soak.n_freed > 3);
    assert_int_equal(count_descriptors(), n_before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* every child was reaped */
    assert_int_equal(errno, ECHILD);
}

int main(int argc, char **argv)
{
    (void)argc;
    if (strcmp(argv[0], "signpost-worker") == 0)
        be_a_worker();
    own_path = realpath(argv[0], NULL);
    if (!own_path)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deaths),         cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_no_inheritance), cmocka_unit_test(test_no_start),
        cmocka_unit_test(test_soak),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(own_path);
    return n_failed;
}
