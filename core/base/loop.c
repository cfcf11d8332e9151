#include "base/loop.h"

#include <signal.h>
#include <unistd.h>

#include "base/array.h"

struct deferred {
    sp_loop_fn fn;
    void *arg;
};

struct sp_loop {
    uv_loop_t uv;
    uv_async_t wake; /* keeps the loop turning while calls are deferred */
    uv_signal_t signals[2], hangup;
    SP_ARRAY(struct deferred) deferred;
    sp_loop_fn on_interrupt, on_hangup;
    void *interrupt_arg, *hangup_arg;
    struct sp_trace *trace;
    bool is_interrupted;
    int signal; /* the one that interrupted */
};

struct sp_timer {
    uv_timer_t uv;
    sp_loop_fn fn;
    void *arg;
};

void sp_loop_set_trace(struct sp_loop *loop, struct sp_trace *trace)
{
    loop->trace = trace;
}

struct sp_trace *sp_loop_trace(const struct sp_loop *loop)
{
    return loop->trace;
}

static void run_deferred(struct sp_loop *loop)
{
    /* A deferred call may defer more: take the list, leave an empty one. */
    while (loop->deferred.n) {
        struct deferred *items = loop->deferred.items;
        size_t n = loop->deferred.n;
        loop->deferred.items = NULL;
        loop->deferred.n = loop->deferred.cap = 0;
        for (size_t i = 0; i < n; i++)
            items[i].fn(items[i].arg);
        free(items);
    }
    uv_unref((uv_handle_t *)&loop->wake);
}

static void on_wake(uv_async_t *wake)
{
    run_deferred(wake->data);
}

struct sp_loop *sp_loop_new(void)
{
    struct sp_loop *loop = sp_new(struct sp_loop);
    if (uv_loop_init(&loop->uv) < 0 || uv_async_init(&loop->uv, &loop->wake, on_wake) < 0)
        abort();
    loop->wake.data = loop;
    uv_unref((uv_handle_t *)&loop->wake);
    return loop;
}

void sp_loop_free(struct sp_loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < SP_ARRAY_LEN(loop->signals); i++)
        if (loop->on_interrupt)
            uv_close((uv_handle_t *)&loop->signals[i], NULL);
    if (loop->on_hangup)
        uv_close((uv_handle_t *)&loop->hangup, NULL);
    /* The wake-up handle stays open meanwhile: close callbacks may defer, the deferred may close.
     */
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ; /* stopped before everything was closed */
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop->uv) != 0) {
        uv_print_all_handles(&loop->uv, stderr);
        abort(); /* somebody's handle outlived the loop: a defect, never a user's fault */
    }
    sp_array_free(&loop->deferred);
    free(loop);
}

uv_loop_t *sp_loop_uv(struct sp_loop *loop)
{
    return &loop->uv;
}

void sp_loop_run(struct sp_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void sp_loop_stop(struct sp_loop *loop)
{
    uv_stop(&loop->uv);
}

void sp_loop_defer(struct sp_loop *loop, sp_loop_fn fn, void *arg)
{
    *sp_array_push(&loop->deferred) = (struct deferred){fn, arg};
    uv_ref((uv_handle_t *)&loop->wake);
    uv_async_send(&loop->wake);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_timer(uv_timer_t *uv)
{
    struct sp_timer *timer = uv->data;
    sp_loop_fn fn = timer->fn;
    void *arg = timer->arg;
    uv_close((uv_handle_t *)uv, free_timer);
    fn(arg);
}

struct sp_timer *sp_timer_start(struct sp_loop *loop, uint64_t delay_ms, sp_loop_fn fn, void *arg)
{
    struct sp_timer *timer = sp_new(struct sp_timer);
    timer->fn = fn;
    timer->arg = arg;
    if (uv_timer_init(&loop->uv, &timer->uv) < 0)
        abort();
    timer->uv.data = timer;
    uv_update_time(&loop->uv);
    uv_timer_start(&timer->uv, on_timer, delay_ms, 0);
    return timer;
}

void sp_timer_stop(struct sp_timer **timer)
{
    if (!*timer)
        return;
    uv_timer_stop(&(*timer)->uv);
    uv_close((uv_handle_t *)&(*timer)->uv, free_timer);
    *timer = NULL;
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct sp_loop *loop = handle->data;
    if (loop->is_interrupted)
        _exit(128 + number);
    loop->is_interrupted = true;
    loop->signal = number;
    loop->on_interrupt(loop->interrupt_arg);
}

static void watch_signal(struct sp_loop *loop, uv_signal_t *handle, uv_signal_cb fn, int number)
{
    if (uv_signal_init(&loop->uv, handle) < 0)
        abort();
    handle->data = loop;
    uv_signal_start(handle, fn, number);
    uv_unref((uv_handle_t *)handle);
}

void sp_loop_watch_interrupt(struct sp_loop *loop, sp_loop_fn fn, void *arg)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    loop->on_interrupt = fn;
    loop->interrupt_arg = arg;
    for (size_t i = 0; i < SP_ARRAY_LEN(numbers); i++)
        watch_signal(loop, &loop->signals[i], on_signal, numbers[i]);
}

static void on_hangup(uv_signal_t *handle, SP_UNUSED int number)
{
    struct sp_loop *loop = handle->data;
    loop->on_hangup(loop->hangup_arg);
}

void sp_loop_watch_hangup(struct sp_loop *loop, sp_loop_fn fn, void *arg)
{
    loop->on_hangup = fn;
    loop->hangup_arg = arg;
    watch_signal(loop, &loop->hangup, on_hangup, SIGHUP);
}

bool sp_loop_is_interrupted(const struct sp_loop *loop)
{
    return loop->is_interrupted;
}

int sp_loop_interrupted_by(const struct sp_loop *loop)
{
    return loop->signal;
}
