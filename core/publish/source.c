#include "publish/source.h"

#include "publish/errand.h"
#include "publish/zone_job.h"

/* Nobody looks at a silent screen for half a minute and thinks of patience. */
static void on_wait(void *arg, uint64_t wait_ms, enum sp_wait why)
{
    static const char *const words[] = {
        [SP_WAIT_ASKED] = "asks to wait",
        [SP_WAIT_UNWELL] = "is unwell; asking again in",
        [SP_WAIT_LIMIT] = "takes no more requests for now; going on in",
    };
    const struct sp_source *source = arg;
    char *text = sp_asprintf("%s %s %u s", sp_source_label(source), words[why],
                             (unsigned)((wait_ms + 999) / 1000));
    if (source->payer)
        sp_errand_progress(source->payer, text);
    free(text);
}

struct sp_source *sp_source_new(struct sp_publication *publication, const struct sp_plugin *plugin,
                                const char *endpoint)
{
    struct sp_source *source = sp_new(struct sp_source);
    const struct sp_publish_config *config = publication->config;
    source->publication = publication;
    source->plugin = plugin;
    if (!sp_source_has_api(source))
        return source;
    const struct sp_provider_config provider = {
        .plugin = plugin,
        .worker_path = config->catalog->config.worker_path,
        .endpoint = endpoint,
        .is_dry_run = config->is_dry_run,
    };
    source->provider = sp_provider_new(config->loop, config->http, &provider, &source->err);
    if (source->provider)
        sp_provider_tell_waits(source->provider, on_wait, source);
    return source;
}

void sp_source_free(struct sp_source *source)
{
    sp_provider_free(source->provider);
    SP_ARRAY_FOREACH (&source->zones, known)
        sp_zone_fini(&known->zone);
    sp_array_free(&source->zones);
    sp_domain_index_fini(&source->zone_index);
    sp_array_free(&source->wanted);
    sp_array_free(&source->asks);
    sp_array_free(&source->writes.jobs);
    sp_array_free(&source->reads.jobs);
    free(source);
}

bool sp_source_has_api(const struct sp_source *source)
{
    return source->plugin->description.has_functions;
}

const char *sp_source_label(const struct sp_source *source)
{
    return source->plugin->description.label;
}

/* ---- one call at a time -------------------------------------------------------------------------
 */

static struct sp_zone_job *take(struct sp_job_queue *queue)
{
    return queue->n_taken < queue->jobs.n ? queue->jobs.items[queue->n_taken++] : NULL;
}

void sp_source_next(struct sp_source *source)
{
    source->is_busy = false;
    while (!source->is_busy && !source->publication->is_cancelled) {
        struct sp_zone_job *job = take(&source->writes);
        if (!job)
            job = take(&source->reads);
        if (!job)
            return;
        source->payer = sp_zone_job_payer(job);
        source->is_busy = true; /* what a job that cannot begin sets off waits for its turn */
        if (!sp_zone_job_run(job))
            source->is_busy = false;
    }
}

void sp_source_enqueue(struct sp_source *source, struct sp_zone_job *job, bool is_write)
{
    struct sp_job_queue *queue = is_write ? &source->writes : &source->reads;
    *sp_array_push(&queue->jobs) = job;
    if (!source->is_busy)
        sp_source_next(source);
}

/* Once for each domain that the provider serves: what else depends on the clock is off as well. */
static void warn_of_clock(const struct sp_source *source)
{
    int64_t skew_s = sp_provider_clock_skew_s(source->provider);
    if (!skew_s)
        return;
    sp_result_warn(&source->payer->result, "clock-off",
                   "set this computer's clock, for example with a time service (NTP)",
                   "this computer's clock is %lld minutes %s that of %s; requests were signed with "
                   "the provider's time",
                   (long long)((skew_s < 0 ? -skew_s : skew_s) + 30) / 60,
                   skew_s < 0 ? "ahead of" : "behind", sp_source_label(source));
}

void sp_source_settle(struct sp_source *source)
{
    if (!source->provider)
        return;
    unsigned n = sp_provider_http_calls(source->provider);
    if (source->payer) {
        source->payer->result.http_calls += n - source->n_counted;
        warn_of_clock(source);
    }
    source->n_counted = n;
}

void sp_source_hurry(struct sp_source *source)
{
    sp_source_settle(source);
    if (source->provider)
        sp_provider_hurry(source->provider);
}
