#include "publish/publish.h"

#include "publish/errand.h"
#include "publish/same_host.h"
#include "publish/zone_job.h"

/* ---- sources ------------------------------------------------------------------------------------
 */

struct sp_source *sp_publication_source(struct sp_publication *publication,
                                        const struct sp_plugin *plugin)
{
    SP_ARRAY_FOREACH (&publication->sources, source) {
        if ((*source)->plugin == plugin)
            return *source;
    }
    const char *endpoint =
        plugin == publication->endpoint_plugin ? publication->config->endpoint : NULL;
    struct sp_source *source = sp_source_new(publication, plugin, endpoint);
    *sp_array_push(&publication->sources) = source;
    return source;
}

static bool takes_credentials(const struct sp_plugin *plugin)
{
    return plugin->is_usable && plugin->description.has_functions &&
           plugin->description.auths.n > 0;
}

/* A credential that is set but cannot be read counts: the source made of it will say what is wrong.
 */
static bool has_credentials(const struct sp_plugin *plugin)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_credentials *credentials =
        sp_credentials_load(&plugin->description, plugin->configured, getenv, &err);
    bool is_there = credentials || err.kind == SP_ERR_USAGE;
    sp_credentials_free(credentials);
    return is_there;
}

/* Who can be asked for zones. An endpoint given without a provider's name belongs to the only one
 * with a credential at hand: no credential is ever sent to an address that was meant for another.
 */
static int settle_candidates(struct sp_publication *publication, struct sp_err *err)
{
    const struct sp_catalog *catalog = publication->config->catalog;
    SP_ARRAY_FOREACH (&catalog->plugins, plugin) {
        if (!takes_credentials(*plugin))
            continue;
        if (has_credentials(*plugin))
            *sp_array_push(&publication->candidates) = *plugin;
        else
            *sp_array_push(&publication->unasked) = *plugin;
    }
    if (!publication->config->endpoint)
        return 0;
    if (publication->candidates.n == 1) {
        publication->endpoint_plugin = publication->candidates.items[0];
        return 0;
    }
    sp_err_set(err, SP_ERR_USAGE, "endpoint-needs-provider", "--endpoint was given, but %s",
               publication->candidates.n ? "there are credentials for several providers"
                                         : "there is no credential at hand to use there");
    return sp_err_fix(err, "name the provider it belongs to with --provider");
}

/* The provider that was named: everything about it is checked before any question is asked. */
static int settle_named(struct sp_publication *publication, struct sp_err *err)
{
    const struct sp_plugin *plugin =
        sp_catalog_find(publication->config->catalog, publication->config->provider, err);
    if (!plugin)
        return -1;
    publication->endpoint_plugin = plugin;
    struct sp_source *source = sp_publication_source(publication, plugin);
    if (sp_err_is_set(&source->err)) {
        *err = source->err;
        return -1;
    }
    return 0;
}

static void fail_all(struct sp_publication *publication, const struct sp_err *err)
{
    for (size_t i = 0; i < publication->n_errands; i++)
        sp_errand_finish(&publication->errands[i], err);
}

/* ---- the ways of a run --------------------------------------------------------------------------
 */

static void begin_errands(struct sp_publication *publication)
{
    for (size_t i = 0; i < publication->n_errands; i++)
        if (!publication->errands[i].is_finished)
            sp_errand_place(&publication->errands[i]);
    SP_ARRAY_FOREACH (&publication->jobs, job) {
        if ((*job)->portions.n)
            sp_zone_job_start(*job);
    }
    for (size_t i = 0; i < publication->n_errands; i++)
        sp_errand_begin(&publication->errands[i]);
}

static void on_found(struct sp_source *source)
{
    struct sp_publication *publication = source->publication;
    if (--publication->n_finding == 0 && !publication->is_cancelled)
        begin_errands(publication);
}

static void recognise(struct sp_publication *publication, struct sp_placement *placement)
{
    const struct sp_delegation *delegation = placement->delegation;
    SP_ARRAY(const struct sp_name *) names = {0};
    size_t by = 0;
    SP_ARRAY_FOREACH (&delegation->servers, server)
        *sp_array_push(&names) = &server->name;
    const struct sp_plugin *plugin =
        names.n ? sp_catalog_recognise(publication->config->catalog, names.items, names.n, &by)
                : NULL;
    if (plugin) {
        placement->source = sp_publication_source(publication, plugin);
        placement->recognised_by = names.items[by];
    }
    sp_array_free(&names);
}

/* --endpoint without --provider was given to the one provider with a credential at hand; name
 * servers that tell of another one leave open whose address it is. */
static int check_endpoint(const struct sp_publication *publication, struct sp_err *err)
{
    const struct sp_plugin *owner = publication->endpoint_plugin;
    for (size_t i = 0; i < publication->n_errands && publication->config->endpoint; i++) {
        const struct sp_errand *errand = &publication->errands[i];
        for (size_t j = 0; j < errand->set->records.n && !errand->is_finished; j++) {
            const struct sp_placement *placement = &errand->placements[j];
            if (!placement->source || placement->source->plugin == owner)
                continue;
            sp_err_set(err, SP_ERR_USAGE, "endpoint-of-another",
                       "--endpoint would go to %s, the only provider with a credential at hand, "
                       "but the name server %s of %s belongs to %s",
                       owner->description.label, SP_NAME_STR(placement->recognised_by),
                       SP_NAME_STR(&errand->set->domain), sp_source_label(placement->source));
            return sp_err_fix(err, "name the provider it belongs to with --provider");
        }
    }
    return 0;
}

/* Everyone whose credential is at hand is asked for the hosts that nobody recognised. */
static void ask_around(struct sp_publication *publication, struct sp_placement *placement,
                       const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&publication->candidates, plugin) {
        struct sp_source *source = sp_publication_source(publication, *plugin);
        if (source->provider)
            sp_source_want(source, placement->errand, host, placement->delegation);
        else
            sp_result_warn(&placement->errand->result, "provider-not-asked", source->err.fix,
                           "%s was not asked for the zone: %s", sp_source_label(source),
                           source->err.message);
    }
}

/* Whom each record's zone is looked for at, where the name servers or --provider tell. */
static void choose_sources(struct sp_publication *publication)
{
    for (size_t i = 0; i < publication->n_errands; i++) {
        struct sp_errand *errand = &publication->errands[i];
        for (size_t j = 0; j < errand->set->records.n && !errand->is_finished; j++) {
            if (publication->is_named)
                errand->placements[j].source = publication->sources.items[0];
            else
                recognise(publication, &errand->placements[j]);
        }
    }
}

static void want_zones(struct sp_publication *publication, struct sp_errand *errand)
{
    for (size_t i = 0; i < errand->set->records.n && !errand->is_finished; i++) {
        struct sp_placement *placement = &errand->placements[i];
        const struct sp_name *host = &errand->set->records.items[i].host;
        if (!placement->source)
            ask_around(publication, placement, host);
        else if (placement->source->provider)
            sp_source_want(placement->source, errand, host, placement->delegation);
    }
}

/* Every delegation is known: one look-up of zones a source. */
static void find_zones(struct sp_publication *publication)
{
    struct sp_err err = SP_ERR_INIT;
    choose_sources(publication);
    if (check_endpoint(publication, &err) < 0) {
        fail_all(publication, &err);
        return;
    }
    for (size_t i = 0; i < publication->n_errands; i++)
        want_zones(publication, &publication->errands[i]);
    SP_ARRAY_FOREACH (&publication->sources, source)
        publication->n_finding += (*source)->wanted.n > 0;
    if (publication->n_finding == 0)
        begin_errands(publication);
    SP_ARRAY_FOREACH (&publication->sources, source) {
        if ((*source)->wanted.n)
            sp_source_find(*source, on_found);
    }
}

static void on_delegation(void *arg, const struct sp_delegation *delegation)
{
    struct sp_placement *placement = arg;
    struct sp_publication *publication = placement->errand->publication;
    placement->delegation = delegation;
    if (--publication->n_lookups == 0 && !publication->is_cancelled)
        find_zones(publication);
}

static void look_up(struct sp_publication *publication)
{
    const struct sp_publish_config *config = publication->config;
    for (size_t i = 0; i < publication->n_errands; i++) {
        struct sp_errand *errand = &publication->errands[i];
        sp_errand_progress(errand, "zones");
        for (size_t j = 0; j < errand->set->records.n && !errand->is_finished; j++) {
            publication->n_lookups++;
            sp_delegations_find(config->delegations, &errand->set->domain,
                                &errand->set->records.items[j].host, &errand->result.dns_queries,
                                on_delegation, &errand->placements[j]);
        }
    }
}

static void begin(void *arg)
{
    struct sp_publication *publication = arg;
    struct sp_err err = SP_ERR_INIT;
    if (publication->is_cancelled)
        return;
    int status = publication->is_named ? settle_named(publication, &err)
                                       : settle_candidates(publication, &err);
    if (status < 0) {
        fail_all(publication, &err);
        return;
    }
    if (!publication->config->is_unpublish)
        sp_publication_refuse_same_hosts(publication);
    look_up(publication);
}

/* ---- life ---------------------------------------------------------------------------------------
 */

/* After a cancel: delegations still looked up would come back here. */
static void forget_lookups(struct sp_errand *errand)
{
    for (size_t i = 0; i < errand->set->records.n; i++)
        if (!errand->placements[i].delegation)
            sp_delegations_cancel(errand->publication->config->delegations, on_delegation,
                                  &errand->placements[i]);
}

static void on_end(void *arg)
{
    struct sp_publication *publication = arg;
    sp_timer_stop(&publication->grace);
    for (size_t i = 0; i < publication->n_errands; i++) {
        sp_verification_free(&publication->errands[i].verification);
        forget_lookups(&publication->errands[i]);
    }
    SP_ARRAY_FOREACH (&publication->sources, source) {
        sp_source_settle(*source);
        publication->n_http_calls += (*source)->n_counted;
        sp_provider_free((*source)->provider);
        (*source)->provider = NULL;
    }
    if (publication->config->on_done)
        publication->config->on_done(publication->config->arg);
}

void sp_publication_errand_finished(struct sp_publication *publication)
{
    if (--publication->n_open == 0)
        sp_loop_defer(publication->config->loop, on_end, publication);
}

struct sp_publication *sp_publication_start(const struct sp_publish_config *config,
                                            const struct sp_record_set *sets, size_t n)
{
    struct sp_publication *publication = sp_new(struct sp_publication);
    publication->config = config;
    publication->errands = sp_alloc(n, sizeof(publication->errands[0]));
    publication->n_errands = publication->n_open = n;
    publication->started_ms = sp_monotonic_ms();
    publication->is_named = strcmp(config->provider, "auto") != 0;
    for (size_t i = 0; i < n; i++)
        sp_errand_init(&publication->errands[i], publication, &sets[i]);
    sp_loop_defer(config->loop, n ? begin : on_end, publication);
    return publication;
}

unsigned sp_publication_http_calls(const struct sp_publication *publication)
{
    unsigned n = publication->n_http_calls;
    SP_ARRAY_FOREACH (&publication->sources, source) {
        if ((*source)->provider)
            n += sp_provider_http_calls((*source)->provider);
    }
    return n;
}

static void on_grace_over(void *arg)
{
    struct sp_publication *publication = arg;
    publication->grace = NULL;
    SP_ARRAY_FOREACH (&publication->jobs, job)
        sp_zone_job_give_up(*job);
    for (size_t i = 0; i < publication->n_errands; i++)
        sp_errand_cancel(&publication->errands[i], true);
}

void sp_publication_cancel(struct sp_publication *publication)
{
    if (publication->is_cancelled || publication->n_open == 0)
        return;
    publication->is_cancelled = true;
    SP_ARRAY_FOREACH (&publication->sources, source)
        sp_source_hurry(*source);
    for (size_t i = 0; i < publication->n_errands; i++)
        sp_errand_cancel(&publication->errands[i], false);
    if (publication->n_open)
        publication->grace = sp_timer_start(publication->config->loop, SP_CANCEL_GRACE_MS,
                                            on_grace_over, publication);
}

void sp_publication_free(struct sp_publication *publication)
{
    if (!publication)
        return;
    sp_timer_stop(&publication->grace);
    SP_ARRAY_FOREACH (&publication->jobs, job)
        sp_zone_job_free(*job);
    for (size_t i = 0; i < publication->n_errands; i++)
        sp_errand_fini(&publication->errands[i]);
    SP_ARRAY_FOREACH (&publication->sources, source)
        sp_source_free(*source);
    sp_array_free(&publication->candidates);
    sp_array_free(&publication->unasked);
    sp_array_free(&publication->jobs);
    sp_array_free(&publication->sources);
    free(publication->errands);
    free(publication);
}
