/*
 * Writing a zone: the changes of a round go in as few calls as the provider takes. A round that it
 * refuses is parted between its errands; what it is too unwell for is not tried for anybody else.
 */
#include <stdarg.h>

#include "base/limits.h"
#include "publish/errand.h"
#include "publish/image.h"
#include "publish/zone_job.h"

static void go_on(struct sp_zone_job *job);

static void end_writing(struct sp_zone_job *job)
{
    sp_zone_job_conclude(job);
    sp_source_next(job->source);
}

/* Nothing more is sent, for ERR. */
static void stop(struct sp_zone_job *job, const struct sp_err *err)
{
    job->rounds.n = 0;
    job->err = *err;
}

/* ---- a call -------------------------------------------------------------------------------------
 */

/* Whether the round under way still has to make the change of ORIGIN. */
static bool is_open(const struct sp_zone_job *job, const struct sp_job_origin *origin)
{
    const struct sp_job_round *round = &job->rounds.items[job->rounds.n - 1];
    return origin->portion >= round->first && origin->portion < round->end &&
           !job->portions.items[origin->portion]->has_failed &&
           job->changes.items[origin->change].outcome == SP_OUTCOME_PLANNED;
}

static void add_to_call(struct sp_zone_job *job, size_t change)
{
    job->changes.items[change].is_called = true;
    *sp_array_push(&job->call) = job->changes.items[change].change;
    *sp_array_push(&job->called) = change;
}

static void cut_call(struct sp_zone_job *job, size_t n)
{
    for (size_t i = n; i < job->called.n; i++)
        job->changes.items[job->called.items[i]].is_called = false;
    job->call.n = job->called.n = n;
}

/* Its first errand pays. */
static void fill_call(struct sp_zone_job *job)
{
    const struct sp_description *provider = &job->source->plugin->description;
    cut_call(job, 0);
    SP_ARRAY_FOREACH (&job->origins, origin) {
        const struct sp_change *change = &job->changes.items[origin->change].change;
        if (!is_open(job, origin) || job->changes.items[origin->change].is_called)
            continue;
        if (job->call.n == 0)
            job->source->payer = job->portions.items[origin->portion]->errand;
        else if (job->call.n > provider->batch_max &&
                 !sp_name_equal(&job->call.items[job->call.n - 1].host, &change->host))
            break; /* hosts are not parted */
        add_to_call(job, origin->change);
    }
    if (job->call.n)
        cut_call(job, sp_batch_len(job->call.items, job->call.n, provider));
}

/* What the call brought so far. */
static void take_applied(struct sp_zone_job *job)
{
    for (size_t i = 0; i < job->call.n; i++)
        if (job->call.items[i].is_applied)
            job->changes.items[job->called.items[i]].outcome = SP_OUTCOME_APPLIED;
}

static void fail_portion(struct sp_portion *portion, const struct sp_err *err)
{
    portion->has_failed = true;
    portion->err = *err;
}

/* The portions for which changes went with the call that are not made, in order. The caller frees
 * the array. */
static sp_batch_indexes list_members(const struct sp_zone_job *job)
{
    sp_batch_indexes members = {0};
    bool *is_member = sp_alloc(job->portions.n, sizeof(*is_member));
    SP_ARRAY_FOREACH (&job->origins, origin) {
        if (job->changes.items[origin->change].is_called && is_open(job, origin))
            is_member[origin->portion] = true;
    }
    for (size_t i = 0; i < job->portions.n; i++)
        if (is_member[i])
            *sp_array_push(&members) = i;
    free(is_member);
    return members;
}

static void fail_members(struct sp_zone_job *job)
{
    sp_batch_indexes members = list_members(job);
    SP_ARRAY_FOREACH (&members, member)
        fail_portion(job->portions.items[*member], &job->call_err);
    sp_array_free(&members);
}

/* The others hear whose failure it was. */
static void fail_all(struct sp_zone_job *job)
{
    struct sp_err err = job->call_err;
    sp_err_prefix(&err, "not sent, as a change for another domain of the zone failed");
    fail_members(job);
    stop(job, &err);
}

/* ---- refusals -----------------------------------------------------------------------------------
 */

/* A zone that has no room for one domain has none for the next. */
static bool is_full(const struct sp_err *err)
{
    return strcmp(err->code, "quota-exceeded") == 0;
}

/* What one domain alone can be the cause of. */
static bool is_particular(const struct sp_err *err)
{
    return err->kind == SP_ERR_REFUSED || err->kind == SP_ERR_PLUGIN ||
           strcmp(err->code, "unsupported") == 0 || is_full(err);
}

/* The middle one of its members; 0: there is but one, or all of them want the same host. */
static size_t middle_of_call(const struct sp_zone_job *job)
{
    sp_batch_indexes members = list_members(job);
    bool is_one_host = true;
    for (size_t i = 1; i < job->call.n; i++)
        is_one_host &= sp_name_equal(&job->call.items[i].host, &job->call.items[0].host);
    size_t middle = members.n > 1 && !is_one_host ? members.items[members.n / 2] : 0;
    sp_array_free(&members);
    return middle;
}

static void part_round(struct sp_zone_job *job, size_t middle)
{
    const struct sp_job_round round = job->rounds.items[--job->rounds.n];
    *sp_array_push(&job->rounds) = (struct sp_job_round){middle, round.end};
    *sp_array_push(&job->rounds) = (struct sp_job_round){round.first, middle};
}

static void take_refusal(struct sp_zone_job *job)
{
    size_t middle = is_particular(&job->call_err) ? middle_of_call(job) : 0;
    job->has_crashed |= job->call_err.kind == SP_ERR_PLUGIN;
    if (middle && job->n_refused++ < SP_PARTED_CALLS_MAX) {
        part_round(job, middle);
    } else if (middle) {
        sp_err_prefix(&job->call_err, "one of the changes of several domains that were sent "
                                      "together was not accepted");
        sp_err_fix(&job->call_err, "run it again for each domain by itself");
        fail_all(job);
    } else if (is_particular(&job->call_err) && !is_full(&job->call_err)) {
        fail_members(job);
    } else {
        fail_all(job);
    }
    go_on(job);
}

/* ---- putting back -------------------------------------------------------------------------------
 */

static void put_more(struct sp_err *err, const char *format, ...) SP_PRINTF(2, 3);
static void put_more(struct sp_err *err, const char *format, ...)
{
    size_t len = strlen(err->message);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message + len, sizeof(err->message) - len, format, args);
    va_end(args);
}

static void tell_of_restores(struct sp_zone_job *job, const struct sp_err *err)
{
    size_t n_left = 0;
    SP_ARRAY_FOREACH (&job->restores, restore)
        n_left += !restore->is_applied;
    if (n_left == 0) {
        put_more(&job->call_err, "; what had been removed for it was put back");
        return;
    }
    put_more(&job->call_err, "; %zu record%s removed for it could not be put back: %.300s", n_left,
             n_left == 1 ? "" : "s", err->message);
    sp_err_fix(&job->call_err,
               "the report shows under \"from\" what was removed: put it back at the "
               "provider, or run the same command again");
}

/* Without room a record is not tried again, for whichever errand. */
static void fail_roomless(struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->orphaned, i) {
        SP_ARRAY_FOREACH (&job->origins, origin) {
            const struct sp_job_change *change = &job->changes.items[origin->change];
            if (change->is_called && change->outcome == SP_OUTCOME_PLANNED &&
                sp_name_equal(&change->change.host, &job->call.items[*i].host))
                fail_portion(job->portions.items[origin->portion], &job->call_err);
        }
    }
}

static void on_restored(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    if (!job->is_writing)
        return; /* given up */
    sp_source_settle(job->source);
    for (size_t i = 0; i < job->orphaned.n; i++)
        job->changes.items[job->called.items[job->orphaned.items[i]]].outcome =
            job->restores.items[i].is_applied ? SP_OUTCOME_ROLLED_BACK
            : is_unknown                      ? SP_OUTCOME_UNKNOWN
                                              : SP_OUTCOME_APPLIED;
    tell_of_restores(job, err);
    fail_roomless(job);
    take_refusal(job);
}

/* What was removed to make room for a record that was then refused. What becomes of it is unknown
 * until the answer is there. False: nothing. */
static bool put_back(struct sp_zone_job *job)
{
    sp_array_free(&job->orphaned);
    job->restores.n = 0;
    sp_batch_list_orphaned(job->call.items, job->call.n, &job->orphaned);
    SP_ARRAY_FOREACH (&job->orphaned, i) {
        struct sp_change *restore = sp_array_push(&job->restores);
        *restore = job->call.items[*i];
        restore->action = SP_ACTION_CREATE;
        restore->is_applied = false;
        job->changes.items[job->called.items[*i]].outcome = SP_OUTCOME_UNKNOWN;
    }
    if (job->restores.n)
        sp_provider_apply(job->source->provider, job->zone, job->restores.items, job->restores.n,
                          on_restored, job);
    return job->restores.n > 0;
}

/* ---- answers ------------------------------------------------------------------------------------
 */

/* Nobody knows what became of the changes of the call that are not seen to be there: they may still
 * arrive. A plugin that fell over may do better for others; a provider that is silent will not. */
static void lose_call(struct sp_zone_job *job)
{
    if (job->call_err.kind == SP_ERR_PLUGIN) {
        job->has_crashed = true;
        fail_members(job);
    } else {
        fail_all(job);
    }
    SP_ARRAY_FOREACH (&job->called, change) {
        if (job->changes.items[*change].outcome == SP_OUTCOME_PLANNED)
            job->changes.items[*change].outcome = SP_OUTCOME_UNKNOWN;
    }
}

/* What made room for a record that may still arrive is not put back: it would stand in its way. */
static void tell_of_removed(struct sp_zone_job *job)
{
    sp_batch_indexes removed = {0};
    for (size_t i = 0; i < job->call.n; i++)
        job->call.items[i].is_applied =
            job->changes.items[job->called.items[i]].outcome == SP_OUTCOME_APPLIED;
    sp_batch_list_orphaned(job->call.items, job->call.n, &removed);
    if (removed.n)
        put_more(&job->call_err, "; %zu record%s removed for it %s gone", removed.n,
                 removed.n == 1 ? "" : "s", removed.n == 1 ? "is" : "are");
    sp_array_free(&removed);
}

static void on_listed_again(void *arg, const struct sp_listed *records, size_t n,
                            const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    size_t n_lost = 0;
    if (!job->is_writing)
        return; /* given up */
    sp_source_settle(job->source);
    for (size_t i = 0; i < job->origins.n && !sp_err_is_set(err); i++) {
        const struct sp_ledger_change *intent = &job->intents.items[i];
        struct sp_job_change *change = &job->changes.items[job->origins.items[i].change];
        if (change->is_called && change->outcome == SP_OUTCOME_PLANNED &&
            sp_image_settle(intent->before, intent->after, &change->change.host, records, n) ==
                SP_OUTCOME_APPLIED)
            change->outcome = SP_OUTCOME_APPLIED;
    }
    SP_ARRAY_FOREACH (&job->called, change)
        n_lost += job->changes.items[*change].outcome != SP_OUTCOME_APPLIED;
    if (n_lost) {
        tell_of_removed(job);
        lose_call(job);
    }
    go_on(job);
}

static void on_applied(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    if (!job->is_writing)
        return; /* given up */
    if (job->has_crashed && err->kind == SP_ERR_PLUGIN)
        sp_source_end_alone(source, err);
    else
        sp_source_settle(source);
    job->call_err = *err;
    take_applied(job);
    if (is_unknown && !source->publication->is_cancelled) {
        sp_provider_list_records(source->provider, job->zone, job->hosts.items, job->hosts.n,
                                 on_listed_again, job);
    } else if (is_unknown) {
        lose_call(job);
        go_on(job);
    } else if (!sp_err_is_set(err)) {
        go_on(job);
    } else if (!put_back(job)) {
        take_refusal(job);
    }
}

/* ---- the way through ----------------------------------------------------------------------------
 */

/* A plugin that crashes is given time for so many calls, not for ever. */
static bool may_call(struct sp_zone_job *job)
{
    struct sp_err err = SP_ERR_INIT;
    if (!job->has_crashed || sp_source_begin_alone(job->source, job->source->payer, &err))
        return true;
    stop(job, &err);
    return false;
}

/* The source stays busy with this job until its last call. False: nothing more to send. */
static bool send_more(struct sp_zone_job *job)
{
    while (job->rounds.n && !job->source->publication->is_cancelled) {
        fill_call(job);
        if (job->call.n == 0) {
            job->rounds.n--;
        } else if (may_call(job)) {
            sp_provider_apply(job->source->provider, job->zone, job->call.items, job->call.n,
                              on_applied, job);
            return true;
        }
    }
    return false;
}

static void go_on(struct sp_zone_job *job)
{
    if (!send_more(job))
        end_writing(job);
}

bool sp_zone_job_write(struct sp_zone_job *job)
{
    if (sp_zone_job_intend(job, &job->err) < 0) {
        sp_zone_job_conclude(job);
        return false;
    }
    job->is_writing = true;
    SP_ARRAY_FOREACH (&job->portions, portion) {
        if ((*portion)->is_approved)
            sp_errand_progress((*portion)->errand, "writing");
    }
    *sp_array_push(&job->rounds) = (struct sp_job_round){0, job->portions.n};
    return send_more(job);
}
