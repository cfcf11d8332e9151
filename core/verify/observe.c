#include "verify/observe.h"

#include "verify/asking.h"
#include "verify/behind.h"
#include "verify/judgement.h"
#include "verify/probe.h"
#include "verify/schedule.h"
#include "verify/seen.h"

/* One record; parallel to the observation's. */
struct watch {
    struct sp_verification *verification;
    struct sp_record_observation *record;
    struct sp_delegation delegation; /* a copy, so that look-ups can be forgotten and repeated */
    struct sp_probe *probe;
    enum sp_seen_kind probed_kind; /* the answer that was probed last, and when */
    uint64_t probed_ms;
    struct sp_chase *chase;
    uint64_t chased_ms; /* when what stands behind was last heard of */
    bool is_finding;    /* its delegation */
};

struct sp_verification {
    struct sp_loop *loop;
    struct sp_verification_config config;
    struct sp_observation observation;
    struct watch *watches;
    struct sp_asking *asking;
    struct sp_delegations *again; /* own look-ups, once those shared with others gave no zone */
    struct sp_verdict verdict;
    bool has_verdict, is_last, is_out_of_time, is_over;
    uint64_t confirm_ms;           /* since when old answers are being confirmed; 0: they are not */
    uint64_t started_ms, found_ms; /* found_ms: delegations were last looked for */
    uint64_t behind_since_ms, behind_ms; /* first and last look behind the records */
    struct sp_timer *step, *tick, *limit;
    unsigned *counter;
    sp_verdict_fn fn;
    void *arg;
};

static void on_step(void *arg);

/* Goes on from the loop, with nobody's callback below on the stack: FN may free everything there.
 */
static void step_soon(void *arg)
{
    struct sp_verification *v = arg;
    if (!v->step && !v->is_over)
        v->step = sp_timer_start(v->loop, 0, on_step, v);
}

static struct watch *watches_end(const struct sp_verification *v)
{
    return v->watches + v->observation.records.n;
}

/* ---- delegations ---- */

static void delegation_fini(struct sp_delegation *delegation)
{
    SP_ARRAY_FOREACH (&delegation->servers, server)
        sp_array_free(&server->addresses);
    sp_array_free(&delegation->servers);
}

static void delegation_copy(struct sp_delegation *copy, const struct sp_delegation *from)
{
    delegation_fini(copy);
    *copy = *from;
    memset(&copy->servers, 0, sizeof(copy->servers));
    SP_ARRAY_FOREACH (&from->servers, server) {
        struct sp_dns_server *added = sp_array_push(&copy->servers);
        added->name = server->name;
        added->has_unroutable = server->has_unroutable;
        SP_ARRAY_FOREACH (&server->addresses, address)
            *sp_array_push(&added->addresses) = *address;
    }
}

static bool has_zone(const struct watch *watch)
{
    return watch->record->delegation && watch->record->delegation->state == SP_DELEGATION_FOUND;
}

static void on_delegation(void *arg, const struct sp_delegation *delegation)
{
    struct watch *watch = arg;
    watch->is_finding = false;
    delegation_copy(&watch->delegation, delegation);
    watch->record->delegation = &watch->delegation;
    if (has_zone(watch))
        sp_asking_start(watch->verification->asking, watch->record);
    step_soon(watch->verification);
}

static void find_delegation(struct watch *watch, struct sp_delegations *delegations)
{
    struct sp_verification *v = watch->verification;
    watch->is_finding = true;
    v->found_ms = sp_monotonic_ms();
    sp_delegations_find(delegations, &v->observation.domain, &watch->record->record.host,
                        v->counter, on_delegation, watch);
}

/* Failed look-ups are remembered by those who made them: asks anew, with a memory of its own. */
static void find_again(struct sp_verification *v, uint64_t now_ms)
{
    bool has_any = false;
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        has_any |= !has_zone(watch);
        if (watch->is_finding)
            return;
    }
    if (!has_any || now_ms - v->found_ms < SP_LOOK_SILENT_MS)
        return;
    sp_delegations_free(v->again);
    v->again = sp_delegations_new(v->loop, v->config.client);
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++)
        if (!has_zone(watch))
            find_delegation(watch, v->again);
}

/* ---- why a record is missing ---- */

/* The miss to probe: one that holds other records tells more. NULL: there is none. */
static struct sp_seen *find_miss(const struct watch *watch)
{
    struct sp_seen *miss = NULL;
    struct sp_tally tally = sp_tally_of(watch->record);
    if (tally.n_live || !has_zone(watch))
        return NULL;
    SP_ARRAY_FOREACH (&watch->record->seen, seen) {
        if (!sp_seen_is_miss(seen))
            continue;
        if (!miss || (miss->kind == SP_SEEN_NXDOMAIN && seen->kind == SP_SEEN_NODATA))
            miss = seen;
    }
    return miss;
}

/* What one server told stands for all that still give the answer it gave then. */
static void on_probe(void *arg, const struct sp_probe_result *result)
{
    struct watch *watch = arg;
    sp_probe_free(&watch->probe);
    SP_ARRAY_FOREACH (&watch->record->seen, seen) {
        if (seen->kind != watch->probed_kind)
            continue;
        seen->is_probed = true;
        seen->has_doubled = result->has_doubled;
        if (seen->kind == SP_SEEN_NODATA)
            memcpy(seen->other_types, result->other_types, sizeof(seen->other_types));
    }
    step_soon(watch->verification);
}

static void start_probe(struct watch *watch, const struct sp_seen *miss)
{
    struct sp_verification *v = watch->verification;
    watch->probed_kind = miss->kind;
    watch->probed_ms = sp_monotonic_ms();
    watch->probe = sp_probe_start(v->config.client, &watch->record->record, &watch->delegation.zone,
                                  miss, v->counter, on_probe, watch);
}

/* For the first look and the last: neither ends before every miss is explained. */
static void start_probes(struct sp_verification *v)
{
    if ((v->has_verdict && !v->is_last) || sp_asking_is_busy(v->asking))
        return;
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        const struct sp_seen *miss = watch->probe ? NULL : find_miss(watch);
        if (miss && !miss->is_probed)
            start_probe(watch, miss);
    }
}

static void forget_probes(struct sp_verification *v)
{
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++)
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            seen->is_probed = false;
}

/* The record whose miss has to be explained again, the longest unexplained first; or NULL. */
static struct watch *find_due(const struct sp_verification *v, uint64_t now_ms)
{
    uint64_t pause_ms = sp_schedule_probe_ms(now_ms - v->started_ms);
    struct watch *due = NULL;
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        const struct sp_seen *miss = watch->probe ? NULL : find_miss(watch);
        if (miss && (!miss->is_probed || now_ms - watch->probed_ms >= pause_ms) &&
            (!due || watch->probed_ms < due->probed_ms))
            due = watch;
    }
    return due;
}

/* Between the first look and the last: someone may be typing the record in, at the wrong place.
 * Probes what is due, as much as the pause until the next look is worth, but at least one record.
 * Returns the pause after which no server was asked too often: DELAY_MS or more. */
static uint64_t probe_again(struct sp_verification *v, uint64_t now_ms, uint64_t delay_ms)
{
    uint64_t spent_ms = SP_POLL_FIRST_MS; /* the look itself */
    struct watch *watch;
    do {
        watch = find_due(v, now_ms);
        if (watch) {
            start_probe(watch, find_miss(watch));
            spent_ms += (uint64_t)sp_probe_n_asked(watch->probe) * SP_POLL_FIRST_MS;
        }
    } while (watch && spent_ms < delay_ms);
    return spent_ms > delay_ms ? spent_ms : delay_ms;
}

/* ---- what stands behind the records ---- */

static void on_chase(void *arg, const struct sp_behind *behind)
{
    struct watch *watch = arg;
    watch->record->behind = *behind;
    watch->chased_ms = sp_monotonic_ms();
    sp_chase_free(&watch->chase);
    step_soon(watch->verification);
}

static void start_chase(struct watch *watch)
{
    struct sp_verification *v = watch->verification;
    watch->chase =
        sp_chase_start(v->config.client, &watch->record->record, v->counter, on_chase, watch);
}

static bool is_all_live(const struct sp_verification *v)
{
    for (const struct watch *watch = v->watches; watch < watches_end(v); watch++)
        if (sp_judge_zone(watch->record, &v->config.context).state != SP_STATE_LIVE)
            return false;
    return true;
}

/* The first look behind follows the records at once; then what still hinders is looked at again, at
 * a pace of its own: a resolver keeps a negative answer for a while anyway. */
static void start_chases(struct sp_verification *v)
{
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t pause_ms = sp_schedule_next_ms(now_ms - v->behind_since_ms);
    bool is_first = !v->behind_since_ms;
    if (!is_all_live(v))
        return;
    if (is_first)
        v->behind_since_ms = now_ms;
    if (pause_ms < SP_LOOK_BEHIND_MS)
        pause_ms = SP_LOOK_BEHIND_MS;
    bool is_due = !v->is_last && now_ms - v->behind_ms >= pause_ms;
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        struct sp_judgement behind =
            sp_judge_behind(&v->observation, watch->record, &v->config.context);
        bool is_new = watch->record->behind.kind == SP_BEHIND_NOT_ASKED;
        if (watch->chase || !(is_new || (is_due && behind.is_blocking)))
            continue;
        v->behind_ms = now_ms;
        start_chase(watch);
    }
}

/* ---- answers that are old ---- */

static bool is_behind_old(const struct watch *watch, uint64_t at_ms)
{
    return watch->record->behind.kind != SP_BEHIND_NOT_ASKED &&
           watch->chased_ms + SP_LOOK_FRESH_MS < at_ms;
}

static bool is_fresh(const struct sp_verification *v)
{
    for (const struct watch *watch = v->watches; watch < watches_end(v); watch++)
        if (is_behind_old(watch, v->confirm_ms))
            return false;
    return sp_asking_is_fresh(v->asking, v->confirm_ms);
}

static void refresh(struct sp_verification *v)
{
    sp_asking_refresh(v->asking, v->confirm_ms);
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++)
        if (is_behind_old(watch, v->confirm_ms) && !watch->chase)
            start_chase(watch);
}

static void forget_old(struct sp_verification *v)
{
    sp_asking_forget_old(v->asking, v->confirm_ms);
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++)
        if (is_behind_old(watch, v->confirm_ms))
            memset(&watch->record->behind, 0, sizeof(watch->record->behind));
}

/* ---- verdicts ---- */

/* Everything that a verdict needs is there. At the last look nothing under way is left out; while
 * waiting, no news is held up by what may never be answered. */
static bool is_ready(const struct sp_verification *v)
{
    for (const struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        const struct sp_record_observation *record = watch->record;
        if (!record->delegation || (watch->probe && (v->is_last || !v->has_verdict)))
            return false;
        if (watch->chase && (v->is_last || record->behind.kind == SP_BEHIND_NOT_ASKED))
            return false;
        SP_ARRAY_FOREACH (&record->seen, seen)
            if (seen->kind == SP_SEEN_NOTHING_YET)
                return false;
    }
    return !v->is_last || !sp_asking_is_busy(v->asking);
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
    v->is_over = true;
    sp_timer_stop(&v->step);
    sp_timer_stop(&v->tick);
    sp_timer_stop(&v->limit);
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        if (watch->is_finding)
            sp_delegations_cancel(v->config.delegations, on_delegation, watch);
        watch->is_finding = false;
        sp_probe_free(&watch->probe);
        sp_chase_free(&watch->chase);
    }
    sp_asking_free(&v->asking);
    sp_delegations_free(v->again);
    v->again = NULL;
}

/* Reaches a verdict. Nothing is connected on answers that were heard long ago: false, and no
 * verdict, while they are being confirmed. */
static bool reach(struct sp_verification *v, struct sp_verdict *ret_verdict)
{
    v->observation.at_s = v->config.context.now_s = sp_wall_s();
    sp_verdict_reach(&v->observation, &v->config.context, ret_verdict);
    if (ret_verdict->status != SP_STATUS_CONNECTED) {
        v->confirm_ms = 0;
        return true;
    }
    if (!v->confirm_ms)
        v->confirm_ms = sp_monotonic_ms();
    if (is_fresh(v))
        return true;
    sp_verdict_fini(ret_verdict);
    if (!v->is_out_of_time) {
        refresh(v);
        return false;
    }
    forget_old(v);
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
    if (is_news)
        v->fn(v->arg, &v->observation, &v->verdict, is_final);
}

static void on_step(void *arg)
{
    struct sp_verification *v = arg;
    v->step = NULL;
    v->config.context.now_s = sp_wall_s();
    start_probes(v);
    start_chases(v);
    if (is_ready(v))
        conclude(v);
}

/* ---- waiting ---- */

/* What has not come by now does not come. */
static void on_limit(void *arg)
{
    struct sp_verification *v = arg;
    v->limit = NULL;
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
        forget_probes(v);
        sp_asking_all(v->asking);
    }
    step_soon(v);
}

static void on_tick(void *arg)
{
    struct sp_verification *v = arg;
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t delay_ms = sp_schedule_next_ms(now_ms - v->started_ms);
    find_again(v, now_ms);
    if (v->has_verdict) { /* the first look has ended */
        sp_asking_poll(v->asking);
        delay_ms = probe_again(v, now_ms, delay_ms);
        step_soon(v);
    }
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
    v->config.context.now_s = sp_wall_s();
    v->observation.domain = set->domain;
    v->observation.resolver = *sp_dns_client_resolver(config->client);
    SP_ARRAY_FOREACH (&set->records, record)
        sp_array_push(&v->observation.records)->record = *record;
    v->asking = sp_asking_new(loop, config->client, counter, step_soon, v);
    v->watches = sp_alloc(v->observation.records.n, sizeof(*v->watches));
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++) {
        watch->verification = v;
        watch->record = &v->observation.records.items[watch - v->watches];
        find_delegation(watch, config->delegations);
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
    for (struct watch *watch = v->watches; watch < watches_end(v); watch++)
        delegation_fini(&watch->delegation);
    free(v->watches);
    sp_verdict_fini(&v->verdict);
    sp_observation_fini(&v->observation);
    free(v);
    *verification = NULL;
}
