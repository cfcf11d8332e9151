#include "publish/zone_job.h"

#include "base/text.h"
#include "publish/errand.h"

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
    sp_timer_stop(&job->listing);
    forget_listing(job);
    SP_ARRAY_FOREACH (&job->intents, intent)
        sp_ledger_change_fini(intent);
    sp_array_free(&job->intents);
    sp_array_free(&job->origins);
    sp_array_free(&job->alone);
    sp_array_free(&job->orphaned);
    sp_array_free(&job->restores);
    sp_array_free(&job->call);
    sp_array_free(&job->called);
    sp_array_free(&job->rounds);
    sp_array_free(&job->changes);
    sp_domain_index_fini(&job->change_index);
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

/* Two errands that want the same at a host have planned the same steps. SIZE_MAX: none such yet. */
static size_t find_change(const struct sp_zone_job *job, const struct sp_change *change)
{
    size_t at;
    if (!sp_domain_index_find(&job->change_index, &change->host, &at))
        return SIZE_MAX;
    for (; at < job->changes.n; at++) {
        const struct sp_change *known = &job->changes.items[at].change;
        if (!sp_name_equal(&known->host, &change->host))
            return SIZE_MAX;
        if (known->action == change->action && known->before == change->before &&
            sp_name_equal(&known->target, &change->target))
            return at;
    }
    return SIZE_MAX;
}

static void add_step(struct sp_zone_job *job, size_t portion, size_t step)
{
    struct sp_portion *wanting = job->portions.items[portion];
    struct sp_change change = change_of(wanting, &wanting->plan.steps.items[step]);
    size_t at = find_change(job, &change);
    if (at == SIZE_MAX) {
        at = job->changes.n;
        *sp_array_push(&job->changes) = (struct sp_job_change){.change = change};
        sp_domain_index_add(&job->change_index, &change.host, at);
    }
    sp_portion_change(wanting, step)->ttl = job->changes.items[at].change.ttl;
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

/* They may take calls of their own (batch.h). */
static bool comes_last(const struct sp_portion *portion, const struct sp_step *step)
{
    return !portion->source->plugin->description.is_atomic &&
           makes_room(&portion->plan, step->record);
}

static void gather(struct sp_zone_job *job, bool are_last)
{
    for (size_t at = 0; at < job->portions.n; at++) {
        const struct sp_portion *portion = job->portions.items[at];
        for (size_t i = 0; portion->is_approved && i < portion->plan.steps.n; i++) {
            const struct sp_step *step = &portion->plan.steps.items[i];
            if (step->action != SP_ACTION_KEEP && comes_last(portion, step) == are_last)
                add_step(job, at, i);
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

/* ---- calls --------------------------------------------------------------------------------------
 */

bool sp_zone_job_run(struct sp_zone_job *job)
{
    if (job->next_call == SP_JOB_WRITE)
        return sp_zone_job_write(job);
    sp_zone_job_list(job);
    return true;
}

void sp_zone_job_give_up(struct sp_zone_job *job)
{
    if (!job->is_writing)
        return;
    SP_ARRAY_FOREACH (&job->changes, change) {
        if (change->is_called && change->outcome == SP_OUTCOME_PLANNED)
            change->outcome = SP_OUTCOME_UNKNOWN;
    }
    sp_zone_job_conclude(job);
}
