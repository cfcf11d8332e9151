/*
 * Placing an errand: for each record its source, its zone there and the job of that zone.
 */
#include "broker/catalog.h"
#include "publish/errand.h"
#include "publish/zone_choice.h"
#include "publish/zone_job.h"

static struct sp_source *manual_source(struct sp_errand *errand, struct sp_err *err)
{
    const struct sp_plugin *manual =
        sp_catalog_find(errand->publication->config->catalog, "manual", err);
    return manual ? sp_publication_source(errand->publication, manual) : NULL;
}

/* A credential that is there but could not be used leaves open whether it holds the zone. */
static int fail_unasked(const struct sp_source *source, const struct sp_err *failure,
                        struct sp_err *err)
{
    *err = *failure;
    sp_err_prefix(err, "no plugin recognises the name servers, and %s could not be asked",
                  sp_source_label(source));
    if (!err->fix[0])
        sp_err_fix(err, "name the provider with --provider, or \"--provider manual\" to edit the "
                        "zone yourself");
    return -1;
}

/* "PowerDNS needs PDNS_API_KEY": what the first way to authenticate takes. */
static void put_needs(struct sp_buf *out, const struct sp_description *provider)
{
    const char *before = " needs ";
    sp_buf_printf(out, "%s%s", out->len ? ", " : "", provider->label);
    SP_ARRAY_FOREACH (&provider->auths.items[0].secrets, secret) {
        if (secret->env.n && !secret->is_optional) {
            sp_buf_printf(out, "%s%s", before, secret->env.items[0]);
            before = " and ";
        }
    }
}

/* A forgotten variable would look like a provider without an API. */
static void warn_of_no_credential(struct sp_errand *errand)
{
    const struct sp_publication *publication = errand->publication;
    struct sp_buf needs = SP_BUF_INIT(SP_TEXT_MAX);
    if (publication->candidates.n || !publication->unasked.n)
        return;
    SP_ARRAY_FOREACH (&publication->unasked, plugin)
        put_needs(&needs, &(*plugin)->description);
    sp_result_warn(&errand->result, "no-credential",
                   "set one, or name the provider with --provider",
                   "no credential is set, so no provider could be asked (%s)", sp_buf_str(&needs));
    sp_buf_fini(&needs);
}

static struct sp_zone_question question_of(const struct sp_placement *placement,
                                           const struct sp_source *source,
                                           const struct sp_name *host)
{
    return (struct sp_zone_question){
        .host = host,
        .delegation = placement->delegation,
        .label = sp_source_label(source),
        .is_named = placement->errand->publication->is_named,
        .domain = &placement->errand->set->domain,
    };
}

static struct sp_source_zone *choose_zone(const struct sp_zone_question *question,
                                          const struct sp_source *source, struct sp_err *err)
{
    size_t n;
    struct sp_source_zone *candidates = sp_source_zones_above(source, question->host, &n);
    SP_ARRAY(const struct sp_zone *) zones = {0};
    for (size_t i = 0; i < n; i++)
        *sp_array_push(&zones) = &candidates[i].zone;
    ssize_t chosen = sp_zone_choose(question, zones.items, zones.n, err);
    sp_array_free(&zones);
    return chosen < 0 ? NULL : &candidates[chosen];
}

/* Who holds a host whose name servers nobody recognised. */
struct claim {
    struct sp_source *best, *rival; /* a zone that can be used; as much speaks for the rival's */
    struct sp_source *holder;       /* the first with a zone at all */
    const struct sp_source *unasked;
    const struct sp_zone *zone; /* the best one's */
    int rank;
};

static void add_claim(struct claim *claim, struct sp_source *source,
                      const struct sp_placement *placement, const struct sp_name *host)
{
    const struct sp_zone_question question = question_of(placement, source, host);
    struct sp_err ignored = SP_ERR_INIT;
    const struct sp_source_zone *found = choose_zone(&question, source, &ignored);
    int rank = found ? sp_zone_rank(&question, &found->zone) : -1;
    size_t n;
    if (!claim->holder && sp_source_zones_above(source, host, &n))
        claim->holder = source;
    if (!claim->unasked && sp_source_failure(source, placement->errand))
        claim->unasked = source;
    if (found && (!claim->best || rank > claim->rank)) {
        claim->best = source;
        claim->rival = NULL;
        claim->zone = &found->zone;
        claim->rank = rank;
    } else if (found && rank == claim->rank) {
        claim->rival = source;
    }
}

static int refuse_rivals(const struct claim *claim, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_REFUSED, "provider-ambiguous",
               "%s and %s both hold the zone %s, and the name servers in the DNS do not tell which "
               "of them serves it",
               sp_source_label(claim->best), sp_source_label(claim->rival),
               SP_NAME_STR(&claim->zone->name));
    return sp_err_fix(err, "name the one that serves it with --provider");
}

/* There is no page at which the records of such a domain could be entered. */
static int refuse_absent(const struct sp_name *domain, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_REFUSED, "domain-not-found",
               "the domain %s does not exist in the DNS, and no credential at hand holds its zone",
               SP_NAME_STR(domain));
    return sp_err_fix(err, "check its spelling; a new domain is registered first, and its zone set "
                           "up at its provider");
}

/* The source whose zone is the delegated one, and served there as far as can be told; else one with
 * a zone that cannot be used, which will say why; else a person. */
static int claim_host(struct sp_errand *errand, struct sp_placement *placement,
                      const struct sp_name *host, struct sp_err *err)
{
    struct claim claim = {.rank = -1};
    SP_ARRAY_FOREACH (&errand->publication->sources, source) {
        if ((*source)->provider)
            add_claim(&claim, *source, placement, host);
    }
    if (claim.rival)
        return refuse_rivals(&claim, err);
    placement->source = claim.best ? claim.best : claim.holder;
    if (placement->source)
        return 0;
    if (claim.unasked)
        return fail_unasked(claim.unasked, sp_source_failure(claim.unasked, errand), err);
    if (placement->delegation->state == SP_DELEGATION_NXDOMAIN)
        return refuse_absent(&errand->set->domain, err);
    placement->source = manual_source(errand, err);
    if (placement->source)
        warn_of_no_credential(errand);
    return placement->source ? 0 : -1;
}

/* "powerdns was recognised by ...": for the text output and for --why. */
static char *reason_of(const struct sp_errand *errand, const struct sp_placement *placement)
{
    const struct sp_delegation *delegation = placement->delegation;
    if (errand->publication->is_named)
        return sp_strdup("named with --provider");
    if (placement->recognised_by)
        return sp_asprintf("recognised by %s", SP_NAME_STR(placement->recognised_by));
    if (sp_source_has_api(placement->source))
        return sp_asprintf("the credential for %s holds the zone",
                           placement->source->plugin->description.name);
    if (delegation->servers.n)
        return sp_asprintf("no plugin recognises %s, and no credential holds the zone",
                           SP_NAME_STR(&delegation->servers.items[0].name));
    return sp_strdup("no name servers were found, and no credential holds the zone");
}

static struct sp_zone_job *job_for(struct sp_source *source, struct sp_source_zone *zone)
{
    if (!zone->job) {
        zone->job = sp_zone_job_new(source, &zone->zone);
        *sp_array_push(&source->publication->jobs) = zone->job;
    }
    return zone->job;
}

static struct sp_portion *portion_for(struct sp_errand *errand, struct sp_source *source,
                                      struct sp_zone_job *job, const struct sp_name *zone)
{
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if ((*portion)->source == source && (*portion)->job == job &&
            sp_name_equal(&(*portion)->zone, zone))
            return *portion;
    }
    struct sp_portion *portion = sp_portion_new(errand, source, job, zone);
    *sp_array_push(&errand->portions) = portion;
    return portion;
}

static int place_at_api(struct sp_errand *errand, struct sp_placement *placement,
                        const struct sp_record *record, struct sp_err *err)
{
    struct sp_source *source = placement->source;
    const struct sp_zone_question question = question_of(placement, source, &record->host);
    const struct sp_err *failure = sp_source_failure(source, errand);
    if (failure) {
        *err = *failure;
        return -1;
    }
    struct sp_source_zone *zone = choose_zone(&question, source, err);
    if (!zone)
        return -1;
    sp_zone_warn(&question, &zone->zone, &errand->result);
    placement->portion = portion_for(errand, source, job_for(source, zone), &zone->zone.name);
    return 0;
}

/* Where a person edits it, the zone is what the DNS says, or else the sender domain. */
static void place_by_hand(struct sp_errand *errand, struct sp_placement *placement,
                          struct sp_result_record *record)
{
    const struct sp_delegation *delegation = placement->delegation;
    const struct sp_name *zone =
        delegation->state == SP_DELEGATION_FOUND ? &delegation->zone : &errand->set->domain;
    placement->portion = portion_for(errand, placement->source, NULL, zone);
    record->page = sp_dns_host_of(delegation);
    if (record->page)
        record->name_server = delegation->servers.items[0].name;
}

static int place_record(struct sp_errand *errand, size_t i, struct sp_err *err)
{
    struct sp_placement *placement = &errand->placements[i];
    const struct sp_record *record = &errand->set->records.items[i];
    if (!placement->source && claim_host(errand, placement, &record->host, err) < 0)
        return -1;
    if (sp_source_has_api(placement->source)) {
        if (place_at_api(errand, placement, record, err) < 0)
            return -1;
    } else {
        place_by_hand(errand, placement, &errand->result.records.items[i]);
    }
    *sp_array_push(&placement->portion->wanted) = *record;
    errand->result.records.items[i].zone = placement->portion->zone;
    errand->result.records.items[i].provider =
        sp_strdup(placement->source->plugin->description.name);
    return 0;
}

/* What the result says of the whole domain is what holds for its first record. */
static void describe(struct sp_errand *errand)
{
    const struct sp_placement *first = &errand->placements[0];
    const char *endpoint = first->source && first->source->provider
                               ? sp_provider_foreign_endpoint(first->source->provider)
                               : NULL;
    if (!first->source)
        return;
    if (first->portion)
        errand->result.zone = first->portion->zone;
    errand->result.provider = sp_strdup(first->source->plugin->description.name);
    errand->result.provider_reason = reason_of(errand, first);
    errand->result.endpoint = sp_strdup(endpoint);
}

/* Who was only recognised may also be edited by a person, who needs no credential of the API. */
static void offer_manual(const struct sp_errand *errand, struct sp_err *err)
{
    size_t len = strlen(err->fix);
    if (err->kind == SP_ERR_CREDENTIALS && !errand->publication->is_named)
        snprintf(err->fix + len, sizeof(err->fix) - len,
                 "%sOr type the records in yourself: --provider manual shows where and how.",
                 len == 0                   ? ""
                 : err->fix[len - 1] == '.' ? " "
                                            : ". ");
}

void sp_errand_place(struct sp_errand *errand)
{
    struct sp_err err = SP_ERR_INIT;
    int status = 0;
    for (size_t i = 0; i < errand->set->records.n && status == 0; i++)
        status = place_record(errand, i, &err);
    if (status == 0)
        status = sp_errand_recall(errand, &err);
    describe(errand);
    if (status < 0) {
        offer_manual(errand, &err);
        sp_errand_finish(errand, &err);
        return;
    }
    /* Only now: an errand that fails has no part in any listing. */
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if ((*portion)->job) {
            sp_zone_job_add((*portion)->job, *portion);
            errand->n_unlisted++;
        }
    }
}
