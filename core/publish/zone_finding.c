/*
 * Looking up the zones of a source: for all errands together, and for each alone where the plugin
 * falls over.
 */
#include "base/limits.h"
#include "names/suffix.h"
#include "publish/errand.h"
#include "publish/source.h"

void sp_source_want(struct sp_source *source, struct sp_errand *errand, const struct sp_name *host,
                    const struct sp_delegation *delegation)
{
    struct sp_wanted_zone *wanted = sp_array_push(&source->wanted);
    struct sp_source_ask *ask = source->asks.n ? &source->asks.items[source->asks.n - 1] : NULL;
    wanted->host = *host;
    /* A domain that was bought today is at its provider before the DNS knows of it. */
    wanted->guess =
        delegation->state == SP_DELEGATION_FOUND ? delegation->zone : sp_suffix_registered(host);
    if (!ask || ask->errand != errand) {
        ask = sp_array_push(&source->asks);
        ask->errand = errand;
        ask->first = source->wanted.n - 1;
    }
    ask->n++;
}

static void take_zones(struct sp_source *source, const struct sp_zone *zones, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sp_zone *copy = &sp_array_push(&source->zones)->zone;
        copy->name = zones[i].name;
        copy->id = sp_strdup(zones[i].id);
        copy->note = sp_strdup(zones[i].note);
        copy->is_read_only = zones[i].is_read_only;
        copy->is_not_active = zones[i].is_not_active;
        copy->is_listed = zones[i].is_listed;
        SP_ARRAY_FOREACH (&zones[i].name_servers, name)
            *sp_array_push(&copy->name_servers) = *name;
        SP_ARRAY_FOREACH (&zones[i].records, record)
            sp_listed_copy(sp_array_push(&copy->records), record);
    }
}

static int compare_names(const struct sp_name *a, const struct sp_name *b)
{
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->wire, b->wire, a->len);
}

static int compare_zones(const void *a, const void *b)
{
    const struct sp_zone *left = &((const struct sp_source_zone *)a)->zone;
    const struct sp_zone *right = &((const struct sp_source_zone *)b)->zone;
    int order = compare_names(&left->name, &right->name);
    return order ? order : strcmp(left->id ? left->id : "", right->id ? right->id : "");
}

/* A plugin may tell of a zone once for each host that it is asked about. What it read of it each
 * time is not all that was wanted. */
static void settle_zones(struct sp_source *source)
{
    size_t n = 0;
    if (source->zones.n)
        qsort(source->zones.items, source->zones.n, sizeof(source->zones.items[0]), compare_zones);
    SP_ARRAY_FOREACH (&source->zones, found) {
        if (n && compare_zones(&source->zones.items[n - 1], found) == 0) {
            source->zones.items[n - 1].zone.is_listed = false;
            sp_zone_fini(&found->zone);
        } else {
            source->zones.items[n++] = *found;
        }
    }
    source->zones.n = n;
    for (size_t i = 0; i < n; i++)
        sp_domain_index_add(&source->zone_index, &source->zones.items[i].zone.name, i);
}

struct sp_source_zone *sp_source_zones_above(const struct sp_source *source,
                                             const struct sp_name *host, size_t *ret_n)
{
    size_t first = 0, n = 0;
    if (sp_domain_index_find_above(&source->zone_index, host, &first))
        for (n = 1;
             first + n < source->zones.n && sp_name_equal(&source->zones.items[first + n].zone.name,
                                                          &source->zones.items[first].zone.name);)
            n++;
    *ret_n = n;
    return n ? &source->zones.items[first] : NULL;
}

static void end_finding(struct sp_source *source)
{
    settle_zones(source);
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
    while (source->n_asked < source->asks.n && !source->publication->is_cancelled) {
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
    if (source->n_failures == 0)
        return NULL;
    SP_ARRAY_FOREACH (&source->asks, ask) {
        if (ask->errand == errand && sp_err_is_set(&ask->err))
            return &ask->err;
    }
    return NULL;
}
