#include "publish/zone_job.h"

#include <stdarg.h>

#include "base/text.h"
#include "publish/errand.h"
#include "publish/image.h"

struct sp_zone_job *sp_zone_job_new(struct sp_source *source, const struct sp_zone *zone)
{
    struct sp_zone_job *job = sp_new(struct sp_zone_job);
    job->source = source;
    job->zone = zone;
    return job;
}

static void forget_listing(struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->listed, listed)
        sp_listed_fini(listed);
    sp_array_free(&job->listed);
}

void sp_zone_job_free(struct sp_zone_job *job)
{
    forget_listing(job);
    SP_ARRAY_FOREACH (&job->intents, intent)
        sp_ledger_change_fini(intent);
    sp_array_free(&job->intents);
    sp_array_free(&job->origins);
    sp_array_free(&job->alone);
    sp_array_free(&job->orphaned);
    sp_array_free(&job->restores);
    sp_array_free(&job->changes);
    sp_array_free(&job->hosts);
    sp_array_free(&job->portions);
    free(job);
}

void sp_zone_job_add(struct sp_zone_job *job, struct sp_portion *portion)
{
    *sp_array_push(&job->portions) = portion;
    job->n_undecided++;
}

struct sp_errand *sp_zone_job_payer(const struct sp_zone_job *job)
{
    struct sp_portion *payer = NULL;
    SP_ARRAY_FOREACH (&job->portions, portion) {
        bool is_served = job->next_call == SP_JOB_LIST || (*portion)->is_approved;
        if (!payer && is_served && !(*portion)->errand->is_finished)
            payer = *portion;
    }
    return payer ? payer->errand : job->portions.items[0]->errand;
}

/* ---- gathering ----------------------------------------------------------------------------------
 */

static struct sp_change change_of(const struct sp_portion *portion, const struct sp_step *step)
{
    const struct sp_record *wanted = &portion->wanted.items[step->record];
    struct sp_change change = {
        .action = step->action, .before = step->before, .host = wanted->host, .ttl = step->ttl};
    if (step->action != SP_ACTION_DELETE)
        change.target = wanted->target;
    sp_copy_text(change.type, sizeof(change.type),
                 step->action == SP_ACTION_DELETE ? step->before->type : wanted->type);
    return change;
}

/* Two errands that want the same at a host have planned the same steps. */
static size_t find_change(const struct sp_zone_job *job, const struct sp_change *change)
{
    for (size_t i = 0; i < job->changes.n; i++) {
        const struct sp_change *known = &job->changes.items[i];
        if (known->action == change->action && known->before == change->before &&
            sp_name_equal(&known->host, &change->host) &&
            sp_name_equal(&known->target, &change->target))
            return i;
    }
    return SIZE_MAX;
}

static void add_step(struct sp_zone_job *job, struct sp_portion *portion, size_t step)
{
    struct sp_change change = change_of(portion, &portion->plan.steps.items[step]);
    size_t at = find_change(job, &change);
    if (at == SIZE_MAX) {
        at = job->changes.n;
        *sp_array_push(&job->changes) = change;
    }
    sp_portion_change(portion, step)->ttl = job->changes.items[at].ttl;
    *sp_array_push(&job->origins) = (struct sp_job_origin){portion, step, at};
}

/* Steps for one record are neighbours, deletions first (plan.h). */
static bool makes_room(const struct sp_plan *plan, size_t record)
{
    bool has_deletion = false, has_other = false;
    SP_ARRAY_FOREACH (&plan->steps, step) {
        if (step->record == record && step->action != SP_ACTION_KEEP) {
            has_deletion |= step->action == SP_ACTION_DELETE;
            has_other |= step->action != SP_ACTION_DELETE;
        }
    }
    return has_deletion && has_other;
}

/* Hosts where room has to be made come last: they may take calls of their own (batch.h). */
static void gather(struct sp_zone_job *job, bool are_making_room)
{
    SP_ARRAY_FOREACH (&job->portions, item) {
        struct sp_portion *portion = *item;
        for (size_t i = 0; portion->is_approved && i < portion->plan.steps.n; i++) {
            const struct sp_step *step = &portion->plan.steps.items[i];
            if (step->action != SP_ACTION_KEEP &&
                makes_room(&portion->plan, step->record) == are_making_room)
                add_step(job, portion, i);
        }
    }
}

void sp_zone_job_decided(struct sp_zone_job *job)
{
    if (--job->n_undecided)
        return;
    gather(job, false);
    gather(job, true);
    job->next_call = SP_JOB_WRITE;
    if (job->changes.n)
        sp_source_enqueue(job->source, job, true);
}

/* ---- outcomes -----------------------------------------------------------------------------------
 */

static void intend_origin(struct sp_zone_job *job, const struct sp_job_origin *origin)
{
    const struct sp_change *change = &job->changes.items[origin->change];
    const struct sp_errand *errand = origin->portion->errand;
    struct sp_ledger_change *intent = sp_array_push(&job->intents);
    intent->domain = sp_strdup(SP_NAME_STR(&errand->set->domain));
    intent->zone = sp_strdup(SP_NAME_STR(&job->zone->name));
    intent->zone_id = sp_strdup(job->zone->id ? job->zone->id : "");
    intent->provider = sp_strdup(job->source->plugin->description.name);
    intent->action = sp_strdup(sp_action_name(change->action));
    intent->type = sp_strdup(change->type);
    intent->host = sp_strdup(SP_NAME_STR(&change->host));
    intent->before = change->before ? sp_image_of_listed(change->before) : NULL;
    if (change->action != SP_ACTION_DELETE)
        intent->after = sp_image_of_wanted(&change->target, change->ttl);
}

/* How the changes of one errand went. */
struct tally {
    bool has_changes, is_all_applied;
    bool is_unsent; /* what is missing was not sent: the failure was somebody else's */
};

static struct tally count_changes(const struct sp_zone_job *job, const struct sp_portion *portion)
{
    struct tally tally = {.is_all_applied = true, .is_unsent = true};
    SP_ARRAY_FOREACH (&job->origins, origin) {
        if (origin->portion != portion)
            continue;
        tally.has_changes = true;
        if (sp_portion_change(portion, origin->step)->outcome == SP_OUTCOME_APPLIED)
            continue;
        tally.is_all_applied = false;
        tally.is_unsent &= origin->change >= job->n_sent;
    }
    return tally;
}

/* A call is refused for one of its changes, and not said for which. */
static void blame_nobody(const struct sp_zone_job *job, struct sp_err *err)
{
    const struct sp_portion *first = NULL;
    bool is_shared = false;
    SP_ARRAY_FOREACH (&job->origins, origin) {
        if (origin->change < job->first_of_call || origin->change >= job->n_sent)
            continue;
        first = first ? first : origin->portion;
        is_shared |= origin->portion != first;
    }
    if (!is_shared || (err->kind != SP_ERR_REFUSED && strcmp(err->code, "unsupported") != 0))
        return;
    sp_err_prefix(err, "one of the changes of several domains that were sent together was not "
                       "accepted");
    sp_err_fix(err, "run it again for each domain by itself");
}

/* Tells every errand with changes here how they went. */
static void tell_errands(struct sp_zone_job *job)
{
    if (job->source->publication->is_cancelled && !sp_err_is_set(&job->err))
        sp_errand_set_interrupted(&job->err); /* for those whose changes were not sent any more */
    blame_nobody(job, &job->err);
    struct sp_err unsent = job->err;
    if (sp_err_is_set(&unsent) && job->n_sent)
        sp_err_prefix(&unsent, "not sent, as a change for another domain of the zone failed");
    job->is_writing = false;
    SP_ARRAY_FOREACH (&job->portions, item) {
        struct tally tally = count_changes(job, *item);
        if (tally.has_changes)
            sp_errand_written((*item)->errand, tally.is_all_applied ? NULL
                                               : tally.is_unsent    ? &unsent
                                                                    : &job->err);
    }
}

static void resolve(struct sp_zone_job *job)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_ledger_resolve(job->source->publication->config->ledger, job->intents.items,
                          job->intents.n, &err) == 0)
        return;
    SP_ARRAY_FOREACH (&job->origins, origin)
        sp_result_warn(&origin->portion->errand->result, "ledger", err.fix,
                       "the outcome was not written down: %s", err.message);
}

/* LAST is what became of the changes of the last call that are not known to be applied; what was
 * not sent has failed in any case. */
static enum sp_outcome outcome_of(const struct sp_zone_job *job, size_t i, enum sp_outcome last)
{
    for (size_t k = 0; k < job->orphaned.n; k++) {
        if (job->orphaned.items[k] != i)
            continue;
        return job->restores.items[k].is_applied ? SP_OUTCOME_ROLLED_BACK
               : job->is_restored                ? SP_OUTCOME_APPLIED
                                                 : SP_OUTCOME_UNKNOWN;
    }
    if (job->changes.items[i].is_applied)
        return SP_OUTCOME_APPLIED;
    return i < job->n_sent ? last : SP_OUTCOME_FAILED;
}

/* What is unknown stays open in the ledger: the next run reads and decides. */
static void conclude(struct sp_zone_job *job, enum sp_outcome last)
{
    for (size_t i = 0; i < job->origins.n; i++) {
        const struct sp_job_origin *origin = &job->origins.items[i];
        enum sp_outcome outcome = outcome_of(job, origin->change, last);
        sp_portion_change(origin->portion, origin->step)->outcome = outcome;
        if (outcome != SP_OUTCOME_UNKNOWN)
            job->intents.items[i].outcome = sp_strdup(sp_outcome_name(outcome));
    }
    resolve(job);
    tell_errands(job);
}

static void end_writing(struct sp_zone_job *job, enum sp_outcome last)
{
    conclude(job, last);
    sp_source_next(job->source);
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

static void on_restored(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    size_t n_left = 0;
    if (!job->is_writing)
        return; /* given up */
    sp_source_settle(job->source);
    job->is_restored = !is_unknown;
    SP_ARRAY_FOREACH (&job->restores, restore)
        n_left += !restore->is_applied;
    if (n_left == 0) {
        put_more(&job->err, "; what had been removed for it was put back");
    } else {
        put_more(&job->err, "; %zu record%s removed for it could not be put back: %.300s", n_left,
                 n_left == 1 ? "" : "s", err->message);
        sp_err_fix(&job->err,
                   "the report shows under \"from\" what was removed: put it back at the "
                   "provider, or run the same command again");
    }
    end_writing(job, SP_OUTCOME_FAILED);
}

/* What was removed to make room for a record that was then refused. False: nothing. */
static bool put_back(struct sp_zone_job *job)
{
    sp_batch_list_orphaned(job->changes.items, job->n_sent, &job->orphaned);
    SP_ARRAY_FOREACH (&job->orphaned, i) {
        const struct sp_change *deletion = &job->changes.items[*i];
        struct sp_change *restore = sp_array_push(&job->restores);
        *restore = *deletion;
        restore->action = SP_ACTION_CREATE;
        restore->is_applied = false;
    }
    if (job->restores.n)
        sp_provider_apply(job->source->provider, job->zone, job->restores.items, job->restores.n,
                          on_restored, job);
    return job->restores.n > 0;
}

/* ---- writing ------------------------------------------------------------------------------------
 */

static bool send_batch(struct sp_zone_job *job);

/* The answer to the write was lost: what is there now tells what was applied by now. What is not
 * there may still arrive. */
static void on_listed_again(void *arg, const struct sp_listed *records, size_t n,
                            const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    bool is_all_applied = true;
    if (!job->is_writing)
        return; /* given up */
    sp_source_settle(job->source);
    for (size_t i = 0; i < job->origins.n; i++) {
        const struct sp_ledger_change *intent = &job->intents.items[i];
        struct sp_change *change = &job->changes.items[job->origins.items[i].change];
        if (job->origins.items[i].change >= job->n_sent)
            continue;
        change->is_applied |=
            !sp_err_is_set(err) && sp_image_settle(intent->before, intent->after, &change->host,
                                                   records, n) == SP_OUTCOME_APPLIED;
        is_all_applied &= change->is_applied;
    }
    if (!is_all_applied || !send_batch(job))
        end_writing(job, SP_OUTCOME_UNKNOWN);
}

static void on_applied(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    if (!job->is_writing)
        return; /* given up */
    job->err = *err;
    sp_source_settle(source);
    if (is_unknown && !source->publication->is_cancelled)
        sp_provider_list_records(source->provider, job->zone, job->hosts.items, job->hosts.n,
                                 on_listed_again, job);
    else if (is_unknown)
        end_writing(job, SP_OUTCOME_UNKNOWN);
    else if (sp_err_is_set(err) ? !put_back(job) : !send_batch(job))
        end_writing(job, SP_OUTCOME_FAILED);
}

/* The source stays busy with this job until its last batch. False: nothing more to send. */
static bool send_batch(struct sp_zone_job *job)
{
    const struct sp_description *provider = &job->source->plugin->description;
    size_t first = job->n_sent, n = job->changes.n - first;
    if (n == 0 || job->source->publication->is_cancelled)
        return false;
    n = sp_batch_len(job->changes.items + first, n, provider->batch_max, provider->is_atomic);
    job->first_of_call = first;
    job->n_sent += n;
    sp_provider_apply(job->source->provider, job->zone, job->changes.items + first, n, on_applied,
                      job);
    return true;
}

static bool write_changes(struct sp_zone_job *job)
{
    const struct sp_publish_config *config = job->source->publication->config;
    SP_ARRAY_FOREACH (&job->origins, origin)
        intend_origin(job, origin);
    if (sp_ledger_intend(config->ledger, job->intents.items, job->intents.n, &job->err) < 0) {
        SP_ARRAY_FOREACH (&job->origins, origin)
            sp_portion_change(origin->portion, origin->step)->outcome = SP_OUTCOME_FAILED;
        tell_errands(job);
        return false;
    }
    job->is_writing = true;
    SP_ARRAY_FOREACH (&job->portions, portion) {
        if ((*portion)->is_approved)
            sp_errand_progress((*portion)->errand, "writing");
    }
    return send_batch(job);
}

bool sp_zone_job_run(struct sp_zone_job *job)
{
    if (job->next_call == SP_JOB_WRITE)
        return write_changes(job);
    sp_zone_job_list(job);
    return true;
}

void sp_zone_job_give_up(struct sp_zone_job *job)
{
    if (job->is_writing)
        conclude(job, SP_OUTCOME_UNKNOWN);
}
