#include "verify/watch.h"

#include "verify/judgement.h"
#include "verify/schedule.h"
#include "verify/seen.h"

/* The lower, the sooner: a CNAME is explained by one question, and a miss that holds other records
 * tells more than one that does not. */
static unsigned rank(const struct sp_seen *seen)
{
    enum { CNAME, NODATA, NXDOMAIN, KNOWN_CNAME, NONE };
    switch (seen->kind) {
    case SP_SEEN_OTHER_CNAME:
        return seen->is_probed ? KNOWN_CNAME : CNAME;
    case SP_SEEN_NODATA:
        return NODATA;
    case SP_SEEN_NXDOMAIN:
        return NXDOMAIN;
    default:
        return NONE;
    }
}

/* Whether some record of the set is answered by a wildcard's CNAME. */
static bool has_wildcard(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            if (seen->kind == SP_SEEN_OTHER_CNAME && seen->findings.is_wildcard)
                return true;
    return false;
}

/* The first live answer that the wildcard may have made as well. */
static struct sp_seen *find_doubtful(const struct sp_watch *watch, const struct sp_tally *tally)
{
    if (tally->n_live < sp_tally_reachable(tally) || !has_wildcard(watch->verification))
        return NULL;
    SP_ARRAY_FOREACH (&watch->record->seen, seen)
        if (seen->kind == SP_SEEN_LIVE && !seen->is_probed)
            return seen;
    return NULL;
}

/* Another server that gives the answer of SUBJECT: what names beside the host hold can be asked
 * there. SUBJECT itself, if there is none. */
static const struct sp_seen *find_other(const struct sp_watch *watch, const struct sp_seen *subject)
{
    const struct sp_seen *items = watch->record->seen.items;
    for (size_t n = watch->record->seen.n, i = 1; i < n; i++) {
        const struct sp_seen *other = &items[((size_t)(subject - items) + i) % n];
        if (other->kind == subject->kind)
            return other;
    }
    return subject;
}

/* The answer to probe, a wrong one or none; or one that is live by a wildcard. NULL: there is none.
 * Of several alike another one for each record, so that no server is asked for all. */
static struct sp_seen *find_subject(const struct sp_watch *watch)
{
    struct sp_seen *subject = NULL;
    struct sp_tally tally = sp_tally_of(watch->record);
    if (!sp_watch_has_zone(watch))
        return NULL;
    if (tally.n_live)
        return find_doubtful(watch, &tally);
    size_t first = (size_t)(watch - watch->verification->watches);
    for (size_t n = watch->record->seen.n, i = 0; i < n; i++) {
        struct sp_seen *seen = &watch->record->seen.items[(first + i) % n];
        if ((sp_seen_is_miss(seen) || seen->kind == SP_SEEN_OTHER_CNAME) &&
            (!subject || rank(seen) < rank(subject)))
            subject = seen;
    }
    return subject;
}

static bool is_wildcards(const struct sp_watch *watch, const struct sp_seen *seen,
                         const struct sp_name *wildcard)
{
    const struct sp_name *target =
        seen->kind == SP_SEEN_LIVE ? &watch->record->record.target : &seen->target;
    return (seen->kind == SP_SEEN_LIVE || seen->kind == SP_SEEN_OTHER_CNAME) &&
           sp_name_equal(target, wildcard);
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
        seen->findings = result->findings;
        seen->findings.is_wildcard = is_wildcards(watch, seen, &result->wildcard);
    }
    sp_verification_step_soon(watch->verification);
}

static void start_probe(struct sp_watch *watch, const struct sp_seen *subject, bool is_patient)
{
    struct sp_verification *v = watch->verification;
    watch->probed_kind = subject->kind;
    watch->probed_ms = sp_monotonic_ms();
    watch->probe = sp_probe_start(
        v->config.client, &watch->record->record, &v->observation.domain, &watch->delegation.zone,
        subject, &find_other(watch, subject)->address, is_patient, v->counter, on_probe, watch);
}

static void on_serials(void *arg)
{
    struct sp_watch *asked = arg;
    struct sp_verification *v = asked->verification;
    sp_serials_free(&asked->serials);
    SP_WATCHES_FOREACH (v, watch)
        sp_serials_copy(watch->record, asked->record);
    sp_verification_step_soon(v);
}

/* One record's servers are asked for the others of the same zone, too. */
static bool is_asked_for(const struct sp_watch *watch)
{
    const struct sp_verification *v = watch->verification;
    SP_WATCHES_FOREACH (v, other)
        if (other->serials && sp_name_equal(&other->delegation.zone, &watch->delegation.zone))
            return true;
    return false;
}

static void ask_serials(struct sp_watch *watch)
{
    struct sp_verification *v = watch->verification;
    if (watch->has_asked_serials || !sp_watch_has_zone(watch) ||
        !sp_serials_are_wanted(watch->record) || is_asked_for(watch))
        return;
    watch->has_asked_serials = true;
    watch->serials =
        sp_serials_start(v->config.client, watch->record, v->counter, on_serials, watch);
}

bool sp_watches_are_explaining(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        if (watch->probe || watch->serials)
            return true;
    return false;
}

/* What is being explained is not there any more. */
static bool is_moot(const struct sp_watch *watch)
{
    SP_ARRAY_FOREACH (&watch->record->seen, seen)
        if (seen->kind == watch->probed_kind)
            return false;
    return true;
}

void sp_watches_probe(struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        if (watch->probe && is_moot(watch))
            sp_probe_free(&watch->probe);
    if ((v->has_verdict && !v->is_last) || sp_asking_is_busy(v->asking))
        return;
    SP_WATCHES_FOREACH (v, watch) {
        const struct sp_seen *subject = watch->probe ? NULL : find_subject(watch);
        if (subject && !subject->is_probed)
            start_probe(watch, subject, false);
        ask_serials(watch);
    }
}

void sp_watches_forget_probes(struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch) {
        sp_probe_free(&watch->probe); /* it may have patience */
        watch->has_asked_serials = false;
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            seen->is_probed = seen->has_serial = false;
    }
}

/* The record that has to be explained again, the longest unexplained first; or NULL. One at a time.
 */
static struct sp_watch *find_due(const struct sp_verification *v, uint64_t now_ms)
{
    uint64_t pause_ms = sp_schedule_probe_ms(now_ms - v->started_ms);
    struct sp_watch *due = NULL;
    SP_WATCHES_FOREACH (v, watch) {
        if (watch->probe)
            return NULL;
        const struct sp_seen *subject = find_subject(watch);
        if (subject && (!subject->is_probed || now_ms - watch->probed_ms >= pause_ms) &&
            (!due || watch->probed_ms < due->probed_ms))
            due = watch;
    }
    return due;
}

void sp_watches_probe_again(struct sp_verification *v, uint64_t now_ms)
{
    struct sp_watch *watch = find_due(v, now_ms);
    if (watch)
        start_probe(watch, find_subject(watch), true);
}
