#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"

/* What the callbacks did, in order. */
struct trail {
    struct sp_loop *loop;
    struct sp_timer *timer;
    char steps[32];
    size_t n;
};

static void step(struct trail *trail, char c)
{
    assert_true(trail->n + 1 < sizeof(trail->steps));
    trail->steps[trail->n++] = c;
}

static void step_a(void *arg)
{
    step(arg, 'a');
}

static void step_b(void *arg)
{
    step(arg, 'b');
}

static void step_stop(void *arg)
{
    struct trail *trail = arg;
    step(trail, 's');
    sp_loop_stop(trail->loop);
}

/* Defers, and shows that the deferred call waits for this one to return. */
static void step_defer(void *arg)
{
    struct trail *trail = arg;
    sp_loop_defer(trail->loop, step_a, trail);
    step(trail, 'd');
}

static void test_deferred_calls_run_later_and_in_order(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    sp_loop_defer(trail.loop, step_defer, &trail);
    sp_loop_defer(trail.loop, step_b, &trail);
    assert_string_equal(trail.steps, "");
    sp_loop_run(trail.loop);
    assert_string_equal(trail.steps, "dba");
    sp_loop_run(trail.loop); /* nothing left: returns at once */
    sp_loop_free(trail.loop);
}

static void test_timers(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    uint64_t start_ms = sp_monotonic_ms();
    sp_timer_start(trail.loop, 20, step_b, &trail);
    sp_timer_start(trail.loop, 1, step_defer, &trail);
    struct sp_timer *stopped = sp_timer_start(trail.loop, 5, step_b, &trail);
    sp_timer_stop(&stopped);
    assert_null(stopped);
    sp_timer_stop(&stopped);
    sp_loop_run(trail.loop);
    assert_string_equal(trail.steps, "dab");
    assert_true(sp_monotonic_ms() - start_ms >= 19);
    sp_loop_free(trail.loop);
}

static void step_stop_timer(void *arg)
{
    struct trail *trail = arg;
    step(trail, 'x');
    sp_timer_stop(&trail->timer);
}

static void test_a_timer_stopped_from_another_callback_never_fires(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    trail.timer = sp_timer_start(trail.loop, 2, step_a, &trail);
    sp_timer_start(trail.loop, 1, step_stop_timer, &trail);
    sp_loop_run(trail.loop);
    assert_string_equal(trail.steps, "x");
    sp_loop_free(trail.loop);
}

static void test_stop_leaves_the_loop_usable(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    sp_timer_start(trail.loop, 1, step_stop, &trail);
    trail.timer = sp_timer_start(trail.loop, 60000, step_a, &trail);
    sp_loop_run(trail.loop);
    assert_string_equal(trail.steps, "s");
    sp_timer_stop(&trail.timer);
    sp_loop_run(trail.loop);
    sp_loop_free(trail.loop);
}

static void defer_from_close(uv_handle_t *handle)
{
    struct trail *trail = handle->data;
    free(handle);
    step(trail, 'c');
    sp_loop_defer(trail->loop, step_stop_timer, trail);
}

static void test_free_runs_what_is_left(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    uv_timer_t *handle = sp_new(uv_timer_t);
    uv_timer_init(sp_loop_uv(trail.loop), handle);
    handle->data = &trail;
    trail.timer = sp_timer_start(trail.loop, 60000, step_b, &trail);
    uv_close((uv_handle_t *)handle, defer_from_close);
    sp_loop_defer(trail.loop, step_defer, &trail);
    sp_loop_defer(trail.loop, step_stop, &trail);
    sp_loop_free(trail.loop);
    assert_string_equal(trail.steps, "dsacx");
    sp_loop_free(NULL);
}

static void test_interrupt(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    sp_loop_watch_interrupt(trail.loop, step_stop, &trail);
    sp_loop_run(trail.loop); /* watching alone keeps nobody waiting */
    assert_false(sp_loop_is_interrupted(trail.loop));
    trail.timer = sp_timer_start(trail.loop, 60000, step_a, &trail);
    raise(SIGTERM);
    sp_loop_run(trail.loop);
    assert_true(sp_loop_is_interrupted(trail.loop));
    assert_string_equal(trail.steps, "s");
    sp_timer_stop(&trail.timer);
    sp_loop_free(trail.loop);
}

static void step_hangup(void *arg)
{
    struct trail *trail = arg;
    step_a(trail);
    sp_loop_stop(trail->loop);
}

static void test_hangup(void **state)
{
    (void)state;
    struct trail trail = {.loop = sp_loop_new()};
    sp_loop_watch_interrupt(trail.loop, step_stop, &trail);
    sp_loop_watch_hangup(trail.loop, step_hangup, &trail);
    sp_loop_run(trail.loop); /* watching alone keeps nobody waiting */
    trail.timer = sp_timer_start(trail.loop, 60000, step_b, &trail);
    for (size_t i = 0; i < 3; i++) {
        raise(SIGHUP);
        sp_loop_run(trail.loop);
    }
    assert_string_equal(trail.steps, "aaa");
    assert_false(sp_loop_is_interrupted(trail.loop));
    sp_timer_stop(&trail.timer);
    sp_loop_free(trail.loop);
}

static void raise_again(void *arg)
{
    (void)arg;
    raise(SIGINT);
}

static void test_a_second_signal_ends_the_process(void **state)
{
    (void)state;
    static struct trail trail; /* static, so that nothing counts as leaked when the child ends */
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        trail.loop = sp_loop_new();
        sp_loop_watch_interrupt(trail.loop, raise_again, NULL);
        trail.timer = sp_timer_start(trail.loop, 30000, step_a, &trail);
        raise(SIGINT);
        sp_loop_run(trail.loop);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deferred_calls_run_later_and_in_order),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_a_timer_stopped_from_another_callback_never_fires),
        cmocka_unit_test(test_stop_leaves_the_loop_usable),
        cmocka_unit_test(test_free_runs_what_is_left),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_hangup),
        cmocka_unit_test(test_a_second_signal_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
