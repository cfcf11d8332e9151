#include "publish/zone_job.h"

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

/* ---- listing ------------------------------------------------------------------------------------
 */

static void on_listed(void *arg, const struct sp_listed *records, size_t n,
                      const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    sp_source_settle(source);
    if (source->publication->is_cancelled)
        return;
    for (size_t i = 0; i < n; i++)
        sp_listed_copy(sp_array_push(&job->listed), &records[i]);
    SP_ARRAY_FOREACH (&job->portions, portion)
        sp_errand_listed((*portion)->errand, err);
    sp_source_next(source);
}

void sp_zone_job_start(struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->portions, portion) {
        SP_ARRAY_FOREACH (&(*portion)->wanted, wanted)
            *sp_array_push(&job->hosts) = wanted->host;
    }
    job->next_call = SP_JOB_LIST;
    sp_source_enqueue(job->source, job, false);
}

/* ---- writing ------------------------------------------------------------------------------------
 */

static void add_step(struct sp_zone_job *job, struct sp_portion *portion, size_t i)
{
    const struct sp_step *step = &portion->plan.steps.items[i];
    const struct sp_record *wanted = &portion->wanted.items[step->record];
    struct sp_change *change = sp_array_push(&job->changes);
    change->action = step->action;
    change->before = step->before;
    change->host = wanted->host;
    if (step->action != SP_ACTION_DELETE)
        change->target = wanted->target;
    sp_copy_text(change->type, sizeof(change->type),
                 step->action == SP_ACTION_DELETE ? step->before->type : wanted->type);
    change->ttl = step->ttl;
    *sp_array_push(&job->origins) = (struct sp_job_origin){portion, i};
}

/* Deletions first: what stands in the way is gone when it is replaced (plugin.h). */
static void gather(struct sp_zone_job *job, bool is_deletions)
{
    SP_ARRAY_FOREACH (&job->portions, item) {
        struct sp_portion *portion = *item;
        for (size_t i = 0; portion->is_approved && i < portion->plan.steps.n; i++) {
            enum sp_action action = portion->plan.steps.items[i].action;
            if (action != SP_ACTION_KEEP && (action == SP_ACTION_DELETE) == is_deletions)
                add_step(job, portion, i);
        }
    }
}

void sp_zone_job_decided(struct sp_zone_job *job)
{
    if (--job->n_undecided)
        return;
    gather(job, true);
    gather(job, false);
    job->next_call = SP_JOB_WRITE;
    if (job->changes.n)
        sp_source_enqueue(job->source, job, true);
}

static void intend_change(struct sp_zone_job *job, size_t i)
{
    const struct sp_change *change = &job->changes.items[i];
    const struct sp_errand *errand = job->origins.items[i].portion->errand;
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

/* Tells every errand with changes here how they went. */
static void tell_errands(struct sp_zone_job *job)
{
    job->is_writing = false;
    SP_ARRAY_FOREACH (&job->portions, item) {
        bool has_changes = false, is_all_applied = true;
        for (size_t i = 0; i < job->origins.n; i++)
            if (job->origins.items[i].portion == *item) {
                has_changes = true;
                is_all_applied &= sp_portion_change(*item, job->origins.items[i].step)->outcome ==
                                  SP_OUTCOME_APPLIED;
            }
        if (has_changes)
            sp_errand_written((*item)->errand, is_all_applied ? NULL : &job->err);
    }
}

/* What is unknown stays open in the ledger: the next run reads and decides. */
static void set_outcome(struct sp_zone_job *job, size_t i, enum sp_outcome outcome)
{
    const struct sp_job_origin *origin = &job->origins.items[i];
    sp_portion_change(origin->portion, origin->step)->outcome = outcome;
    if (outcome != SP_OUTCOME_UNKNOWN)
        job->intents.items[i].outcome = sp_strdup(sp_outcome_name(outcome));
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

static void conclude(struct sp_zone_job *job, enum sp_outcome outcome_of_rest)
{
    for (size_t i = 0; i < job->changes.n; i++)
        set_outcome(job, i,
                    job->changes.items[i].is_applied ? SP_OUTCOME_APPLIED : outcome_of_rest);
    resolve(job);
    tell_errands(job);
}

static void on_applied(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    if (!job->is_writing)
        return; /* given up */
    job->err = *err;
    sp_source_settle(source);
    if (is_unknown && !source->publication->is_cancelled) {
        job->next_call = SP_JOB_LIST_AGAIN;
        sp_source_enqueue(source, job, true);
    } else {
        conclude(job, is_unknown                 ? SP_OUTCOME_UNKNOWN
                      : sp_err_is_set(&job->err) ? SP_OUTCOME_FAILED
                                                 : SP_OUTCOME_APPLIED);
    }
    sp_source_next(source);
}

/* The answer to the write was lost: what is there now tells. */
static void on_listed_again(void *arg, const struct sp_listed *records, size_t n,
                            const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    sp_source_settle(source);
    for (size_t i = 0; i < job->changes.n; i++) {
        const struct sp_ledger_change *intent = &job->intents.items[i];
        enum sp_outcome outcome = SP_OUTCOME_UNKNOWN;
        if (job->changes.items[i].is_applied)
            outcome = SP_OUTCOME_APPLIED;
        else if (!sp_err_is_set(err))
            outcome = sp_image_settle(intent->before, intent->after, &job->changes.items[i].host,
                                      records, n);
        set_outcome(job, i, outcome);
    }
    resolve(job);
    tell_errands(job);
    sp_source_next(source);
}

static bool write_changes(struct sp_zone_job *job)
{
    const struct sp_publish_config *config = job->source->publication->config;
    for (size_t i = 0; i < job->changes.n; i++)
        intend_change(job, i);
    if (sp_ledger_intend(config->ledger, job->intents.items, job->intents.n, &job->err) < 0) {
        for (size_t i = 0; i < job->changes.n; i++)
            set_outcome(job, i, SP_OUTCOME_FAILED);
        tell_errands(job);
        return false;
    }
    job->is_writing = true;
    SP_ARRAY_FOREACH (&job->portions, portion) {
        if ((*portion)->is_approved)
            sp_errand_progress((*portion)->errand, "writing");
    }
    sp_provider_apply(job->source->provider, job->zone, job->changes.items, job->changes.n,
                      on_applied, job);
    return true;
}

bool sp_zone_job_run(struct sp_zone_job *job)
{
    struct sp_provider *provider = job->source->provider;
    switch (job->next_call) {
    case SP_JOB_LIST:
        SP_ARRAY_FOREACH (&job->portions, portion)
            sp_errand_progress((*portion)->errand, "reading");
        sp_provider_list_records(provider, job->zone, job->hosts.items, job->hosts.n, on_listed,
                                 job);
        return true;
    case SP_JOB_WRITE:
        return write_changes(job);
    case SP_JOB_LIST_AGAIN:
        sp_provider_list_records(provider, job->zone, job->hosts.items, job->hosts.n,
                                 on_listed_again, job);
        return true;
    }
    return false;
}

void sp_zone_job_give_up(struct sp_zone_job *job)
{
    if (job->is_writing)
        conclude(job, SP_OUTCOME_UNKNOWN);
}
