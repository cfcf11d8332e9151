/*
 * What a write of a zone is to do and what came of it: in the ledger, in the report, and for each
 * errand.
 */
#include "base/text.h"
#include "publish/errand.h"
#include "publish/image.h"
#include "publish/zone_job.h"

static void intend_origin(struct sp_zone_job *job, const struct sp_job_origin *origin)
{
    const struct sp_change *change = &job->changes.items[origin->change].change;
    const struct sp_errand *errand = job->portions.items[origin->portion]->errand;
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

int sp_zone_job_intend(struct sp_zone_job *job, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&job->origins, origin)
        intend_origin(job, origin);
    return sp_ledger_intend(job->source->publication->config->ledger, job->intents.items,
                            job->intents.n, err);
}

static void resolve(struct sp_zone_job *job)
{
    struct sp_err err = SP_ERR_INIT;
    if (!job->is_writing)
        return; /* the ledger did not take the intents */
    if (sp_ledger_resolve(job->source->publication->config->ledger, job->intents.items,
                          job->intents.n, &err) == 0)
        return;
    SP_ARRAY_FOREACH (&job->origins, origin)
        sp_result_warn(&job->portions.items[origin->portion]->errand->result, "ledger", err.fix,
                       "the outcome was not written down: %s", err.message);
}

/* Tells every errand with changes here how they went. */
static void tell_errands(struct sp_zone_job *job)
{
    job->is_writing = false;
    if (!sp_err_is_set(&job->err))
        sp_errand_set_interrupted(&job->err); /* nothing else ends it before all is sent */
    SP_ARRAY_FOREACH (&job->portions, item) {
        struct sp_portion *portion = *item;
        if (portion->is_approved)
            sp_errand_written(portion->errand, portion->is_made      ? NULL
                                               : portion->has_failed ? &portion->err
                                                                     : &job->err);
    }
}

void sp_zone_job_conclude(struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->portions, portion)
        (*portion)->is_made = true;
    for (size_t i = 0; i < job->origins.n; i++) {
        const struct sp_job_origin *origin = &job->origins.items[i];
        struct sp_portion *portion = job->portions.items[origin->portion];
        enum sp_outcome outcome = job->changes.items[origin->change].outcome;
        if (outcome == SP_OUTCOME_PLANNED)
            outcome = SP_OUTCOME_FAILED;
        sp_portion_change(portion, origin->step)->outcome = outcome;
        portion->is_made &= outcome == SP_OUTCOME_APPLIED;
        if (outcome != SP_OUTCOME_UNKNOWN)
            job->intents.items[i].outcome = sp_strdup(sp_outcome_name(outcome));
    }
    resolve(job);
    tell_errands(job);
}
