#include "verify/observe.h"

#include "verify/schedule.h"
#include "verify/watch.h"

static void on_step(void *arg);

static int64_t now_s(const struct sp_verification *v)
{
    return v->config.at_s ? v->config.at_s : sp_wall_s();
}

void sp_verification_step_soon(void *arg)
{
    struct sp_verification *v = arg;
    if (!v->step && !v->is_over)
        v->step = sp_timer_start(v->loop, 0, on_step, v);
}

/* Everything that a verdict needs is there. At the last look nothing under way is left out; while
 * waiting, no news is held up by what may never be answered. */
static bool is_ready(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch) {
        const struct sp_record_observation *record = watch->record;
        if (!record->delegation || watch->soa ||
            ((watch->probe || watch->serials) && (v->is_last || !v->has_verdict)))
            return false;
        if (watch->trial ||
            (watch->chase && (v->is_last || record->behind.kind == SP_BEHIND_NOT_ASKED)))
            return false;
        SP_ARRAY_FOREACH (&record->seen, seen)
            if (seen->kind == SP_SEEN_NOTHING_YET)
                return false;
    }
    return sp_watches_know_path(v) && (!v->is_last || !sp_asking_is_busy(v->asking));
}

static bool has_changed(const struct sp_verdict *before, const struct sp_verdict *after)
{
    if (before->status != after->status || before->records.n != after->records.n ||
        before->is_key_live != after->is_key_live)
        return true;
    for (size_t i = 0; i < after->records.n; i++)
        if (before->records.items[i].state != after->records.items[i].state ||
            before->records.items[i].diagnosis.code != after->records.items[i].diagnosis.code)
            return true;
    return false;
}

/* Nothing of this verification is under way or will come any more. */
static void stop(struct sp_verification *v)
{
    if (!v->is_over)
        sp_dns_client_count_looks(v->config.client, -1, v->config.wait_ms > 0);
    v->is_over = true;
    sp_timer_stop(&v->step);
    sp_timer_stop(&v->tick);
    sp_timer_stop(&v->limit);
    sp_watches_stop_path(v);
    SP_WATCHES_FOREACH (v, watch) {
        sp_watch_stop_finding(watch);
        sp_probe_free(&watch->probe);
        sp_serials_free(&watch->serials);
        sp_dns_query_cancel(&watch->soa);
        sp_follow_free(&watch->chase);
        sp_trial_free(&watch->trial);
    }
    sp_asking_free(&v->asking);
    sp_delegations_free(v->again);
    v->again = NULL;
}

/* Reaches a verdict. Nothing is connected on answers that were heard long ago: false, and no
 * verdict, while they are being confirmed. */
static bool reach(struct sp_verification *v, struct sp_verdict *ret_verdict)
{
    v->observation.at_s = v->config.context.now_s = now_s(v);
    sp_verdict_reach(&v->observation, &v->config.context, ret_verdict);
    v->config.context.caches_until_s = ret_verdict->caches_until_s;
    if (ret_verdict->status != SP_STATUS_CONNECTED) {
        v->confirm_ms = 0;
        return true;
    }
    if (!v->confirm_ms)
        v->confirm_ms = sp_monotonic_ms();
    if (sp_watches_are_fresh(v))
        return true;
    sp_verdict_fini(ret_verdict);
    if (!v->is_out_of_time) {
        sp_watches_refresh(v);
        return false;
    }
    sp_watches_forget_old(v);
    sp_verdict_reach(&v->observation, &v->config.context, ret_verdict);
    return true;
}

/* Nothing of V may be touched afterwards: FN may have freed it. */
static void conclude(struct sp_verification *v)
{
    struct sp_verdict before = v->verdict, after;
    bool is_first = !v->has_verdict;
    if (!reach(v, &after))
        return;
    v->verdict = after;
    v->has_verdict = true;
    bool is_final =
        v->is_last || after.status == SP_STATUS_CONNECTED || after.status == SP_STATUS_ERROR;
    bool is_news = is_first || is_final || has_changed(&before, &v->verdict);
    sp_verdict_fini(&before);
    if (is_final)
        stop(v);
    if (is_news && v->config.evidence)
        sp_evidence_note(v->config.evidence, &v->observation, &v->config.context,
                         v->config.provider, &v->verdict);
    if (is_news)
        v->fn(v->arg, &v->observation, &v->verdict, is_final);
}

static void on_step(void *arg)
{
    struct sp_verification *v = arg;
    v->step = NULL;
    v->config.context.now_s = now_s(v);
    sp_watches_check_path(v);
    sp_watches_probe(v);
    sp_watches_chase(v);
    if (is_ready(v))
        conclude(v);
}

/* ---- waiting ---- */

/* What has not come by now does not come. */
static void on_limit(void *arg)
{
    struct sp_verification *v = arg;
    v->limit = NULL;
    /* A question that waits for its turn, behind those of other domains or its own, is no silence.
     */
    uint64_t may_wait_ms = v->n_held < SP_LOOK_HELD_OWN ? 0 : SP_LOOK_LAST_MS;
    if (sp_dns_client_delay_ms(v->config.client) > may_wait_ms && v->n_held < SP_LOOK_HELD_MAX) {
        v->n_held++;
        v->limit = sp_timer_start(v->loop, SP_LOOK_LAST_MS, on_limit, v);
        return;
    }
    v->is_out_of_time = true;
    conclude(v);
}

static void on_wait_over(void *arg)
{
    struct sp_verification *v = arg;
    v->limit =
        sp_timer_start(v->loop, v->has_verdict ? SP_LOOK_LAST_MS : SP_LOOK_MAX_MS, on_limit, v);
    v->is_last = true;
    sp_timer_stop(&v->tick);
    if (v->has_verdict) {
        sp_watches_forget_probes(v);
        sp_asking_all(v->asking);
    }
    sp_verification_step_soon(v);
}

static void on_tick(void *arg)
{
    struct sp_verification *v = arg;
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t delay_ms = sp_schedule_next_ms(now_ms - v->started_ms);
    sp_watches_find_again(v, now_ms);
    if (v->has_verdict || sp_watches_are_explaining(v)) {
        sp_asking_poll(v->asking);
        sp_verification_step_soon(v);
    }
    if (v->has_verdict) /* the first look has ended */
        sp_watches_probe_again(v, now_ms);
    v->tick = sp_timer_start(v->loop, delay_ms, on_tick, v);
}

struct sp_verification *sp_verification_start(struct sp_loop *loop,
                                              const struct sp_verification_config *config,
                                              const struct sp_record_set *set, unsigned *counter,
                                              sp_verdict_fn fn, void *arg)
{
    struct sp_verification *v = sp_new(struct sp_verification);
    v->loop = loop;
    v->config = *config;
    v->counter = counter;
    v->fn = fn;
    v->arg = arg;
    v->started_ms = sp_monotonic_ms();
    v->config.context.now_s = now_s(v);
    v->observation.domain = set->domain;
    v->observation.resolver = *sp_dns_client_resolver(config->client);
    sp_array_reserve(&v->observation.records, set->records.n);
    SP_ARRAY_FOREACH (&set->records, record)
        sp_array_push(&v->observation.records)->record = *record;
    v->asking = sp_asking_new(loop, config->client, counter, sp_verification_step_soon, v);
    sp_dns_client_count_looks(config->client, 1, config->wait_ms > 0);
    v->watches = sp_alloc(v->observation.records.n, sizeof(*v->watches));
    SP_WATCHES_FOREACH (v, watch) {
        watch->verification = v;
        watch->record = &v->observation.records.items[watch - v->watches];
        sp_watch_find_zone(watch, config->delegations);
    }
    if (config->wait_ms) {
        v->tick = sp_timer_start(loop, sp_schedule_next_ms(0), on_tick, v);
        v->limit = sp_timer_start(loop, config->wait_ms, on_wait_over, v);
    } else {
        on_wait_over(v);
    }
    return v;
}

void sp_verification_free(struct sp_verification **verification)
{
    struct sp_verification *v = *verification;
    if (!v)
        return;
    stop(v);
    SP_WATCHES_FOREACH (v, watch)
        sp_watch_forget_zone(watch);
    free(v->watches);
    sp_verdict_fini(&v->verdict);
    sp_observation_fini(&v->observation);
    free(v);
    *verification = NULL;
}
