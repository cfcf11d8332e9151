#include "verify/watch.h"

#include "verify/judgement.h"
#include "verify/schedule.h"
#include "verify/seen.h"

/* The miss to probe: one that holds other records tells more. NULL: there is none. */
static struct sp_seen *find_miss(const struct sp_watch *watch)
{
    struct sp_seen *miss = NULL;
    struct sp_tally tally = sp_tally_of(watch->record);
    if (tally.n_live || !sp_watch_has_zone(watch))
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
    struct sp_watch *watch = arg;
    sp_probe_free(&watch->probe);
    SP_ARRAY_FOREACH (&watch->record->seen, seen) {
        if (seen->kind != watch->probed_kind)
            continue;
        seen->is_probed = true;
        seen->has_doubled = result->has_doubled;
        if (seen->kind == SP_SEEN_NODATA)
            memcpy(seen->other_types, result->other_types, sizeof(seen->other_types));
    }
    sp_verification_step_soon(watch->verification);
}

static void start_probe(struct sp_watch *watch, const struct sp_seen *miss)
{
    struct sp_verification *v = watch->verification;
    watch->probed_kind = miss->kind;
    watch->probed_ms = sp_monotonic_ms();
    watch->probe = sp_probe_start(v->config.client, &watch->record->record, &watch->delegation.zone,
                                  miss, v->counter, on_probe, watch);
}

void sp_watches_probe(struct sp_verification *v)
{
    if ((v->has_verdict && !v->is_last) || sp_asking_is_busy(v->asking))
        return;
    SP_WATCHES_FOREACH (v, watch) {
        const struct sp_seen *miss = watch->probe ? NULL : find_miss(watch);
        if (miss && !miss->is_probed)
            start_probe(watch, miss);
    }
}

void sp_watches_forget_probes(struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            seen->is_probed = false;
}

/* The record whose miss has to be explained again, the longest unexplained first; or NULL. */
static struct sp_watch *find_due(const struct sp_verification *v, uint64_t now_ms)
{
    uint64_t pause_ms = sp_schedule_probe_ms(now_ms - v->started_ms);
    struct sp_watch *due = NULL;
    SP_WATCHES_FOREACH (v, watch) {
        const struct sp_seen *miss = watch->probe ? NULL : find_miss(watch);
        if (miss && (!miss->is_probed || now_ms - watch->probed_ms >= pause_ms) &&
            (!due || watch->probed_ms < due->probed_ms))
            due = watch;
    }
    return due;
}

uint64_t sp_watches_probe_again(struct sp_verification *v, uint64_t now_ms, uint64_t delay_ms)
{
    uint64_t spent_ms = SP_POLL_FIRST_MS; /* the look itself */
    struct sp_watch *watch;
    do {
        watch = find_due(v, now_ms);
        if (watch) {
            start_probe(watch, find_miss(watch));
            spent_ms += (uint64_t)sp_probe_n_asked(watch->probe) * SP_POLL_FIRST_MS;
        }
    } while (watch && spent_ms < delay_ms);
    return spent_ms > delay_ms ? spent_ms : delay_ms;
}
