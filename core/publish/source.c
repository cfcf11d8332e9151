#include "publish/source.h"

#include "base/limits.h"
#include "publish/errand.h"
#include "publish/zone_job.h"

/* Nobody looks at a silent screen for half a minute and thinks of patience. */
static void on_wait(void *arg, uint64_t wait_ms, bool has_asked)
{
    const struct sp_source *source = arg;
    char *text = sp_asprintf("%s %s %u s", sp_source_label(source),
                             has_asked ? "asks to wait" : "is unwell; asking again in",
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

/* ---- zones --------------------------------------------------------------------------------------
 */

void sp_source_want(struct sp_source *source, struct sp_errand *errand, const struct sp_name *host,
                    const struct sp_delegation *delegation)
{
    struct sp_wanted_zone *wanted = sp_array_push(&source->wanted);
    struct sp_source_ask *ask = source->asks.n ? &source->asks.items[source->asks.n - 1] : NULL;
    wanted->host = *host;
    if (delegation->state == SP_DELEGATION_FOUND)
        wanted->guess = delegation->zone;
    if (!ask || ask->errand != errand) {
        ask = sp_array_push(&source->asks);
        ask->errand = errand;
        ask->first = source->wanted.n - 1;
    }
    ask->n++;
}

static bool is_known(const struct sp_source *source, const struct sp_zone *zone)
{
    SP_ARRAY_FOREACH (&source->zones, known) {
        if (sp_name_equal(&known->zone.name, &zone->name) && strcmp(known->zone.id, zone->id) == 0)
            return true;
    }
    return false;
}

static void take_zone(struct sp_source *source, const struct sp_zone *zone)
{
    /* Two errands that are asked about one by one may share a zone; one answer names it once. */
    if (source->n_asked && is_known(source, zone))
        return;
    struct sp_zone *copy = &sp_array_push(&source->zones)->zone;
    copy->name = zone->name;
    copy->id = sp_strdup(zone->id);
    copy->note = sp_strdup(zone->note);
    copy->is_read_only = zone->is_read_only;
    copy->is_not_active = zone->is_not_active;
    SP_ARRAY_FOREACH (&zone->name_servers, name)
        *sp_array_push(&copy->name_servers) = *name;
}

static void take_zones(struct sp_source *source, const struct sp_zone *zones, size_t n)
{
    for (size_t i = 0; i < n; i++)
        take_zone(source, &zones[i]);
}

static void end_finding(struct sp_source *source)
{
    source->on_found(source);
    sp_source_next(source);
}

/* ---- one errand alone ---------------------------------------------------------------------------
 */

bool sp_source_begin_alone(struct sp_source *source, struct sp_errand *errand, struct sp_err *err)
{
    if (source->failing_ms < SP_PLUGIN_FAILING_MS) {
        source->payer = errand;
        source->asked_at_ms = sp_monotonic_ms();
        return true;
    }
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-not-asked",
               "the plugin %s was not asked about this domain: it failed for %u others, which took "
               "%u s",
               source->plugin->description.name, source->n_failures,
               (unsigned)(source->failing_ms / 1000));
    sp_err_fix(err, "run it again without the domains it failed for");
    return false;
}

void sp_source_end_alone(struct sp_source *source, const struct sp_err *err)
{
    sp_source_settle(source);
    if (!sp_err_is_set(err))
        return;
    source->n_failures++;
    source->failing_ms += sp_monotonic_ms() - source->asked_at_ms;
}

static void ask_alone(struct sp_source *source);

static void on_zones_of_one(void *arg, const struct sp_zone *zones, size_t n,
                            const struct sp_err *err)
{
    struct sp_source *source = arg;
    sp_source_end_alone(source, err);
    source->asks.items[source->n_asked - 1].err = *err;
    take_zones(source, zones, n);
    ask_alone(source);
}

static void ask_alone(struct sp_source *source)
{
    while (source->n_asked < source->asks.n) {
        struct sp_source_ask *ask = &source->asks.items[source->n_asked++];
        if (!sp_source_begin_alone(source, ask->errand, &ask->err))
            continue;
        sp_provider_find_zones(source->provider, &source->wanted.items[ask->first], ask->n,
                               on_zones_of_one, source);
        return;
    }
    end_finding(source);
}

static void on_zones(void *arg, const struct sp_zone *zones, size_t n, const struct sp_err *err)
{
    struct sp_source *source = arg;
    sp_source_settle(source);
    take_zones(source, zones, n);
    if (err->kind == SP_ERR_PLUGIN && source->asks.n > 1) {
        ask_alone(source);
        return;
    }
    if (sp_err_is_set(err))
        source->err = *err;
    end_finding(source);
}

void sp_source_find(struct sp_source *source, void (*fn)(struct sp_source *source))
{
    source->on_found = fn;
    source->is_busy = true;
    source->payer = source->asks.items[0].errand;
    sp_provider_find_zones(source->provider, source->wanted.items, source->wanted.n, on_zones,
                           source);
}

const struct sp_err *sp_source_failure(const struct sp_source *source,
                                       const struct sp_errand *errand)
{
    if (sp_err_is_set(&source->err))
        return &source->err;
    SP_ARRAY_FOREACH (&source->asks, ask) {
        if (ask->errand == errand && sp_err_is_set(&ask->err))
            return &ask->err;
    }
    return NULL;
}

bool sp_source_holds(const struct sp_source *source, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&source->zones, known) {
        if (sp_name_is_within(host, &known->zone.name))
            return true;
    }
    return false;
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
