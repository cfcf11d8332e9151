#include "publish/sweep.h"

#include <sys/queue.h>

#include "base/limits.h"
#include "publish/window.h"
#include "verify/schedule.h"

/* Checks that share what they learn of zones. */
struct generation {
    struct sp_check_config config;
    size_t n_started, n_open;
};

/* A check under way, or decided and not yet told. */
struct slot {
    TAILQ_ENTRY(slot) link;
    struct sp_sweep *sweep;
    struct generation *generation;
    struct sp_check *check;
    struct sp_record_set set;
    size_t number; /* of the set */
    bool is_kept;  /* pending: looked at again in the next round */
};
TAILQ_HEAD(slot_list, slot);
typedef SP_ARRAY(size_t) numbers;

struct sp_sweep {
    struct sp_check_config config;
    const struct sp_set_list *sets;
    struct sp_sweep_events events;
    void *arg;
    struct generation *generation; /* the present one */
    struct slot_list open, decided;
    size_t n_open, n_decided, window;
    numbers round, next_round;     /* places in `sets` */
    size_t at;                     /* in the round */
    bool is_first, is_last;        /* round */
    uint64_t started_ms, round_ms; /* of the round */
    struct sp_timer *flush, *pause;
    uint64_t flush_ms;
    struct sp_err err;
};

static void fill(struct sp_sweep *sweep);
static void on_flush(void *arg);

/* ---- generations ---- */

static struct generation *generation_new(struct sp_sweep *sweep, uint64_t wait_ms)
{
    const struct generation *former = sweep->generation;
    struct generation *generation = sp_new(struct generation);
    generation->config = sweep->config;
    generation->config.wait_ms = wait_ms;
    generation->config.is_remembered_later = true;
    generation->config.chases =
        wait_ms ? NULL : sp_chases_new(sweep->config.loop, sweep->config.client);
    generation->config.delegations =
        former ? sp_delegations_new_after(sweep->config.loop, sweep->config.client,
                                          former->config.delegations)
               : sp_delegations_new(sweep->config.loop, sweep->config.client);
    return generation;
}

static void generation_free(struct generation *generation)
{
    sp_chases_free(generation->config.chases);
    sp_delegations_free(generation->config.delegations);
    free(generation);
}

/* Of the former one only what its last checks still wait for is kept: some are slow. */
static void begin_generation(struct sp_sweep *sweep, uint64_t wait_ms)
{
    struct generation *former = sweep->generation;
    sweep->generation = generation_new(sweep, wait_ms);
    if (former && former->n_open == 0) {
        generation_free(former);
    } else if (former) {
        sp_delegations_retire(former->config.delegations);
        sp_chases_retire(former->config.chases);
    }
}

static void slot_free(struct slot *slot)
{
    struct sp_sweep *sweep = slot->sweep;
    struct generation *generation = slot->generation;
    sp_check_free(&slot->check);
    sp_record_set_fini(&slot->set);
    free(slot);
    if (--generation->n_open == 0 && generation != sweep->generation)
        generation_free(generation);
}

/* ---- what is decided ---- */

static uint64_t rest_ms(const struct sp_sweep *sweep)
{
    uint64_t gone_ms = sp_monotonic_ms() - sweep->started_ms;
    return gone_ms < sweep->config.wait_ms ? sweep->config.wait_ms - gone_ms : 0;
}

static bool is_waiting(const struct sp_sweep *sweep)
{
    return sweep->generation->config.wait_ms > 0;
}

static bool is_round_over(const struct sp_sweep *sweep)
{
    return sweep->n_open == 0 && (sweep->at == sweep->round.n || sp_err_is_set(&sweep->err));
}

/* One alone is told at once; many are committed together. */
static void flush_soon(struct sp_sweep *sweep)
{
    bool is_due = is_round_over(sweep) || sweep->sets->n <= SP_SWEEP_FEW ||
                  sweep->n_decided >= SP_SWEEP_COMMIT_MAX;
    uint64_t delay_ms = is_due ? 0 : SP_SWEEP_COMMIT_MS, at_ms = sp_monotonic_ms() + delay_ms;
    if (sweep->flush && sweep->flush_ms <= at_ms)
        return;
    sp_timer_stop(&sweep->flush);
    sweep->flush_ms = at_ms;
    sweep->flush = sp_timer_start(sweep->config.loop, delay_ms, on_flush, sweep);
}

static void on_verdict(void *arg, struct sp_check *check, bool is_final)
{
    struct slot *slot = arg;
    struct sp_sweep *sweep = slot->sweep;
    const struct sp_result *result = sp_check_result(check);
    bool is_pending = result->status == SP_STATUS_PENDING;
    slot->is_kept =
        is_final && is_pending && !is_waiting(sweep) && !sweep->is_last && rest_ms(sweep);
    if (!is_final && sp_check_is_progress(check))
        sp_checks_remember(&check, 1);
    if (!is_final || slot->is_kept)
        sweep->events.news(sweep->arg, result);
    if (!is_final)
        return;
    TAILQ_REMOVE(&sweep->open, slot, link);
    TAILQ_INSERT_TAIL(&sweep->decided, slot, link);
    sweep->n_open--;
    sweep->n_decided++;
    sweep->window = sp_window_next(
        sweep->window, sp_dns_client_n_waiting(sweep->config.client, SP_SWEEP_DELAY_MS));
    fill(sweep);
    flush_soon(sweep);
}

/* A look that settles nothing is remembered once. */
static void commit(struct sp_sweep *sweep)
{
    SP_ARRAY(struct sp_check *) checks = {0};
    struct slot *slot;
    TAILQ_FOREACH(slot, &sweep->decided, link)
    if (sweep->is_first || !slot->is_kept)
        *sp_array_push(&checks) = slot->check;
    sp_checks_remember(checks.items, checks.n);
    sp_array_free(&checks);
}

static void tell(struct slot *slot)
{
    struct sp_sweep *sweep = slot->sweep;
    if (slot->is_kept)
        *sp_array_push(&sweep->next_round) = slot->number;
    else
        sweep->events.decided(sweep->arg, sp_check_result(slot->check),
                              sp_check_has_changed(slot->check));
}

static void flush(struct sp_sweep *sweep)
{
    struct slot *slot;
    sp_timer_stop(&sweep->flush);
    commit(sweep);
    while ((slot = TAILQ_FIRST(&sweep->decided))) {
        TAILQ_REMOVE(&sweep->decided, slot, link);
        sweep->n_decided--;
        tell(slot);
        slot_free(slot);
    }
}

/* ---- rounds ---- */

/* Few enough are kept under watch until the end; of more, each gets one look. */
static void begin_round(struct sp_sweep *sweep)
{
    uint64_t left_ms = rest_ms(sweep);
    bool may_wait = left_ms && sweep->round.n <= SP_SWEEP_AT_ONCE_MAX;
    sweep->at = 0;
    sweep->round_ms = sp_monotonic_ms();
    sweep->is_last = left_ms == 0;
    begin_generation(sweep, may_wait ? left_ms : 0);
    fill(sweep);
}

static void on_pause_over(void *arg)
{
    struct sp_sweep *sweep = arg;
    sweep->pause = NULL;
    begin_round(sweep);
    if (is_round_over(sweep))
        flush_soon(sweep);
}

/* At least as long as the round took, so that servers have as much rest as they had work. */
static uint64_t pause_after(const struct sp_sweep *sweep)
{
    uint64_t now_ms = sp_monotonic_ms(), took_ms = now_ms - sweep->round_ms;
    uint64_t pause_ms = sp_schedule_next_ms(now_ms - sweep->started_ms);
    pause_ms = pause_ms < took_ms ? took_ms : pause_ms;
    return pause_ms < SP_SWEEP_PAUSE_MS ? SP_SWEEP_PAUSE_MS : pause_ms;
}

static void end_round(struct sp_sweep *sweep)
{
    uint64_t left_ms = rest_ms(sweep), pause_ms = pause_after(sweep);
    if (sweep->next_round.n == 0 || sp_err_is_set(&sweep->err)) {
        const struct sp_err err = sweep->err;
        sweep->events.over(sweep->arg, sp_err_is_set(&err) ? &err : NULL);
        return;
    }
    sp_array_free(&sweep->round);
    sweep->round = sweep->next_round;
    sweep->next_round = (numbers){0};
    sweep->is_first = false;
    sweep->pause = sp_timer_start(sweep->config.loop, pause_ms < left_ms ? pause_ms : left_ms,
                                  on_pause_over, sweep);
}

static void on_flush(void *arg)
{
    struct sp_sweep *sweep = arg;
    sweep->flush = NULL;
    flush(sweep);
    if (is_round_over(sweep))
        end_round(sweep);
}

static void start_next(struct sp_sweep *sweep)
{
    if (!is_waiting(sweep) && sweep->generation->n_started >= SP_SWEEP_GENERATION)
        begin_generation(sweep, 0);
    struct slot *slot = sp_new(struct slot);
    slot->sweep = sweep;
    slot->generation = sweep->generation;
    slot->number = sweep->round.items[sweep->at++];
    slot->set = sp_set_list_get(sweep->sets, slot->number);
    slot->generation->n_open++;
    slot->generation->n_started++;
    slot->check =
        sp_check_start(&slot->generation->config, &slot->set, on_verdict, slot, &sweep->err);
    if (!slot->check) {
        slot_free(slot);
        return;
    }
    TAILQ_INSERT_TAIL(&sweep->open, slot, link);
    sweep->n_open++;
}

static void fill(struct sp_sweep *sweep)
{
    while (sweep->at < sweep->round.n && !sp_err_is_set(&sweep->err) &&
           (is_waiting(sweep) || sweep->n_open < sweep->window))
        start_next(sweep);
}

struct sp_sweep *sp_sweep_start(const struct sp_check_config *check, const struct sp_set_list *sets,
                                const struct sp_sweep_events *events, void *arg)
{
    struct sp_sweep *sweep = sp_new(struct sp_sweep);
    sweep->config = *check;
    sweep->sets = sets;
    sweep->events = *events;
    sweep->arg = arg;
    sweep->window = SP_SWEEP_AT_ONCE_MIN;
    sweep->is_first = true;
    sweep->started_ms = sp_monotonic_ms();
    TAILQ_INIT(&sweep->open);
    TAILQ_INIT(&sweep->decided);
    for (size_t i = 0; i < sets->n; i++)
        *sp_array_push(&sweep->round) = i;
    begin_round(sweep);
    if (is_round_over(sweep))
        flush_soon(sweep);
    return sweep;
}

/* ---- an early end ---- */

static void tell_interrupted(struct sp_sweep *sweep, size_t number)
{
    struct sp_result result;
    struct sp_record_set set = sp_set_list_get(sweep->sets, number);
    sp_result_init(&result, &set);
    sp_err_set(&result.err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    sweep->events.decided(sweep->arg, &result, false);
    sp_result_fini(&result);
    sp_record_set_fini(&set);
}

void sp_sweep_interrupt(struct sp_sweep *sweep)
{
    struct slot *slot;
    sp_timer_stop(&sweep->pause);
    flush(sweep);
    while ((slot = TAILQ_FIRST(&sweep->open))) {
        TAILQ_REMOVE(&sweep->open, slot, link);
        sweep->n_open--;
        sp_check_interrupt(slot->check);
        sweep->events.decided(sweep->arg, sp_check_result(slot->check), false);
        slot_free(slot);
    }
    SP_ARRAY_FOREACH (&sweep->next_round, number)
        tell_interrupted(sweep, *number);
    while (sweep->at < sweep->round.n)
        tell_interrupted(sweep, sweep->round.items[sweep->at++]);
    sweep->events.over(sweep->arg, NULL);
}

static void free_slots(struct slot_list *slots)
{
    struct slot *slot;
    while ((slot = TAILQ_FIRST(slots))) {
        TAILQ_REMOVE(slots, slot, link);
        slot_free(slot);
    }
}

void sp_sweep_free(struct sp_sweep **sweep)
{
    struct sp_sweep *s = *sweep;
    if (!s)
        return;
    sp_timer_stop(&s->flush);
    sp_timer_stop(&s->pause);
    free_slots(&s->open);
    free_slots(&s->decided);
    generation_free(s->generation);
    sp_array_free(&s->round);
    sp_array_free(&s->next_round);
    free(s);
    *sweep = NULL;
}
