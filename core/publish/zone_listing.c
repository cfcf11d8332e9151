/*
 * Listing a zone for all errands that have records in it, and for each alone where the plugin falls
 * over.
 */
#include "publish/errand.h"
#include "publish/zone_job.h"

static void list_alone(struct sp_zone_job *job);

static bool wants(const struct sp_portion *portion, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&portion->wanted, wanted) {
        if (sp_name_equal(&wanted->host, host))
            return true;
    }
    return false;
}

/* Whether HOST is one of the N-th portion's, and was not listed for one before it. */
static bool is_new_host(const struct sp_zone_job *job, size_t n, const struct sp_name *host)
{
    bool is_new = wants(job->portions.items[n], host);
    for (size_t i = 0; i < n && is_new; i++)
        is_new = sp_err_is_set(&job->alone.items[i]) || !wants(job->portions.items[i], host);
    return is_new;
}

/* Errands hear of it at the end: they keep pointers into the listing. */
static void end_alone(struct sp_zone_job *job)
{
    for (size_t i = 0; i < job->portions.n; i++)
        sp_errand_listed(job->portions.items[i]->errand, &job->alone.items[i]);
    sp_source_next(job->source);
}

static void on_listed_alone(void *arg, const struct sp_listed *records, size_t n,
                            const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    size_t at = job->alone.n - 1;
    sp_source_end_alone(job->source, err);
    if (job->source->publication->is_cancelled)
        return;
    job->alone.items[at] = *err;
    for (size_t i = 0; i < n; i++)
        if (is_new_host(job, at, &records[i].host))
            sp_listed_copy(sp_array_push(&job->listed), &records[i]);
    list_alone(job);
}

static void list_alone(struct sp_zone_job *job)
{
    while (job->alone.n < job->portions.n) {
        const struct sp_portion *portion = job->portions.items[job->alone.n];
        struct sp_err *err = sp_array_push(&job->alone);
        SP_ARRAY(struct sp_name) hosts = {0};
        if (!sp_source_begin_alone(job->source, portion->errand, err))
            continue;
        SP_ARRAY_FOREACH (&portion->wanted, wanted)
            *sp_array_push(&hosts) = wanted->host;
        sp_provider_list_records(job->source->provider, job->zone, hosts.items, hosts.n,
                                 on_listed_alone, job);
        sp_array_free(&hosts);
        return;
    }
    end_alone(job);
}

static void on_listed(void *arg, const struct sp_listed *records, size_t n,
                      const struct sp_err *err)
{
    struct sp_zone_job *job = arg;
    struct sp_source *source = job->source;
    sp_source_settle(source);
    if (source->publication->is_cancelled)
        return;
    if (err->kind == SP_ERR_PLUGIN && job->portions.n > 1) {
        list_alone(job);
        return;
    }
    for (size_t i = 0; i < n; i++)
        sp_listed_copy(sp_array_push(&job->listed), &records[i]);
    SP_ARRAY_FOREACH (&job->portions, portion)
        sp_errand_listed((*portion)->errand, err);
    sp_source_next(source);
}

static void add_host(struct sp_zone_job *job, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&job->hosts, known) {
        if (sp_name_equal(known, host))
            return;
    }
    *sp_array_push(&job->hosts) = *host;
}

void sp_zone_job_start(struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->portions, portion) {
        SP_ARRAY_FOREACH (&(*portion)->wanted, wanted)
            add_host(job, &wanted->host);
    }
    job->next_call = SP_JOB_LIST;
    sp_source_enqueue(job->source, job, false);
}

static void hand_out(void *arg)
{
    const struct sp_err none = SP_ERR_INIT;
    struct sp_zone_job *job = arg;
    job->listing = NULL;
    on_listed(job, job->zone->records.items, job->zone->records.n, &none);
}

/* What was read before the history was says nothing about intents: another run may have written
 * them down, and carried them out, in between. */
static bool may_hand_out(const struct sp_zone_job *job)
{
    SP_ARRAY_FOREACH (&job->portions, portion) {
        if (sp_errand_has_open((*portion)->errand, *portion))
            return false;
    }
    return job->zone->is_listed;
}

void sp_zone_job_list(struct sp_zone_job *job)
{
    if (may_hand_out(job)) {
        job->listing = sp_timer_start(job->source->publication->config->loop, 0, hand_out, job);
        return;
    }
    SP_ARRAY_FOREACH (&job->portions, portion)
        sp_errand_progress((*portion)->errand, "reading");
    sp_provider_list_records(job->source->provider, job->zone, job->hosts.items, job->hosts.n,
                             on_listed, job);
}
