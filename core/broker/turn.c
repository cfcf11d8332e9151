#include "broker/turn.h"

#include "base/limits.h"

struct sp_turn {
    struct sp_conversation *conversation;
    struct sp_outlet *outlet;
    struct sp_credentials *credentials;
    struct sp_wire_call call;
    sp_called_fn fn;
    void *arg;
    unsigned tries;
    uint64_t waited_ms;
    struct sp_timer *timer; /* the wait before the next try */
    struct sp_err failure;  /* of the last one */
    bool is_hurried;
};

static void start(void *arg);

void sp_turn_free(struct sp_turn *turn)
{
    if (!turn)
        return;
    sp_timer_stop(&turn->timer);
    free(turn);
}

static void conclude(struct sp_turn *turn, struct sp_called *called, const struct sp_err *err)
{
    sp_called_fn fn = turn->fn;
    void *arg = turn->arg;
    struct sp_err told = *err; /* it may lie in TURN */
    sp_turn_free(turn);
    fn(arg, called, &told);
}

/* Without a call, or between two: nothing came of it. */
static void conclude_empty(struct sp_turn *turn, const struct sp_err *err)
{
    struct sp_called called;
    sp_called_init(&called, turn->call.function, turn->call.changes.n);
    conclude(turn, &called, err);
    sp_called_fini(&called);
}

static bool has_effect(const struct sp_called *called)
{
    for (size_t i = 0; i < called->n_changes; i++)
        if (called->is_applied[i])
            return true;
    return called->is_unknown || called->has_written;
}

static bool may_repeat(const struct sp_turn *turn, const struct sp_called *called)
{
    if (turn->is_hurried || turn->tries >= SP_CALL_TRIES)
        return false;
    if (called->code == SIGNPOST_RATE_LIMITED)
        return !has_effect(called);
    return called->code == SIGNPOST_TRANSIENT && !called->has_repeated &&
           called->function != SIGNPOST_IN_APPLY_CHANGES;
}

/* How long to wait before the next try; -1 when that is beyond what may be waited. */
static int64_t wait_before_next_ms(const struct sp_turn *turn, const struct sp_called *called)
{
    uint64_t wait_ms = sp_back_off_ms(SP_CALL_BACKOFF_MS, turn->tries, sp_random_below);
    uint64_t asked_ms = called->retry_after_s * 1000ull;
    if (wait_ms < asked_ms)
        wait_ms = asked_ms;
    return turn->waited_ms + wait_ms > SP_CALL_WAIT_MS ? -1 : (int64_t)wait_ms;
}

static void on_called(void *arg, struct sp_called *called, const struct sp_err *err)
{
    struct sp_turn *turn = arg;
    int64_t wait_ms = may_repeat(turn, called) ? wait_before_next_ms(turn, called) : -1;
    if (wait_ms < 0) {
        conclude(turn, called, err);
        return;
    }
    turn->failure = *err;
    turn->waited_ms += (uint64_t)wait_ms;
    turn->timer = sp_timer_start(turn->outlet->loop, (uint64_t)wait_ms, start, turn);
    sp_outlet_tell_wait(turn->outlet, (uint64_t)wait_ms,
                        called->code == SIGNPOST_RATE_LIMITED ? SP_WAIT_ASKED : SP_WAIT_UNWELL);
}

static void speak(struct sp_turn *turn)
{
    if (!sp_conversation_is_alive(turn->conversation)) {
        conclude_empty(turn, &turn->failure); /* the worker died while we waited */
        return;
    }
    turn->tries++;
    sp_conversation_call(turn->conversation, turn->outlet, &turn->call, on_called, turn);
}

static void on_renewed(void *arg, const struct sp_err *err)
{
    struct sp_turn *turn = arg;
    if (sp_err_is_set(err))
        conclude_empty(turn, err);
    else
        speak(turn);
}

static void start(void *arg)
{
    struct sp_turn *turn = arg;
    turn->timer = NULL;
    if (sp_credentials_need_renewal(turn->credentials, sp_wall_s() + turn->outlet->clock_skew_s))
        sp_credentials_renew(turn->credentials, turn->outlet->loop, on_renewed, turn);
    else
        speak(turn);
}

struct sp_turn *sp_turn_new(struct sp_conversation *conversation, struct sp_outlet *outlet,
                            struct sp_credentials *credentials, const struct sp_wire_call *call,
                            sp_called_fn fn, void *arg)
{
    struct sp_turn *turn = sp_new(struct sp_turn);
    turn->conversation = conversation;
    turn->outlet = outlet;
    turn->credentials = credentials;
    turn->call = *call;
    turn->fn = fn;
    turn->arg = arg;
    sp_err_set(&turn->failure, SP_ERR_PLUGIN, "plugin-crashed",
               "the plugin %s ended its process before it was called", outlet->description->name);
    start(turn);
    return turn;
}

void sp_turn_hurry(struct sp_turn *turn)
{
    turn->is_hurried = true;
    if (turn->timer)
        conclude_empty(turn, &turn->failure);
    else
        sp_conversation_hurry(turn->conversation);
}
