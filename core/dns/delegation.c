#include "dns/delegation.h"

#include <sys/queue.h>

#include "dns/delegation_walk.h"

enum { COUNTERS = 128 };

struct counters {
    SLIST_ENTRY(counters) link;
    size_t n;
    unsigned values[COUNTERS];
};

/* One caller of sp_delegations_find(). */
struct find {
    LIST_ENTRY(find) link;
    struct sp_delegations *delegations; /* NULL once they are freed */
    struct sp_step *step;
    unsigned *counter;
    const struct sp_delegation *found;
    bool is_found;
    sp_delegation_fn fn;
    void *arg;
};

struct sp_delegations {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_walk *walk; /* NULL: nothing is known */
    bool is_retired;
    LIST_HEAD(, find) finds;
    SLIST_HEAD(, counters) counters;
};

enum sp_parent sp_parent_compare(uint32_t own, uint32_t parents)
{
    if (!parents)
        return SP_PARENT_UNHEARD;
    if (!own)
        return SP_PARENT_ALONE;
    return own == parents ? SP_PARENT_AGREES : SP_PARENT_DIFFERS;
}

struct sp_delegations *sp_delegations_new(struct sp_loop *loop, struct sp_dns_client *client)
{
    struct sp_delegations *delegations = sp_new(struct sp_delegations);
    delegations->loop = loop;
    delegations->client = client;
    delegations->walk = sp_walk_new(loop, client);
    LIST_INIT(&delegations->finds);
    SLIST_INIT(&delegations->counters);
    return delegations;
}

struct sp_delegations *sp_delegations_new_after(struct sp_loop *loop, struct sp_dns_client *client,
                                                const struct sp_delegations *former)
{
    struct sp_delegations *delegations = sp_delegations_new(loop, client);
    sp_zone_store_take_hosts(delegations->walk->store, former->walk->store);
    return delegations;
}

unsigned *sp_delegations_counter(struct sp_delegations *delegations)
{
    struct counters *counters = SLIST_FIRST(&delegations->counters);
    if (!counters || counters->n == COUNTERS) {
        counters = sp_new(struct counters);
        SLIST_INSERT_HEAD(&delegations->counters, counters, link);
    }
    return &counters->values[counters->n++];
}

static void free_counters(struct sp_delegations *delegations)
{
    struct counters *counters;
    while ((counters = SLIST_FIRST(&delegations->counters))) {
        SLIST_REMOVE_HEAD(&delegations->counters, link);
        free(counters);
    }
}

void sp_delegations_free(struct sp_delegations *delegations)
{
    struct find *find;
    if (!delegations)
        return;
    while ((find = LIST_FIRST(&delegations->finds))) {
        LIST_REMOVE(find, link);
        if (find->is_found)
            find->delegations = NULL; /* its deferred call will free it */
        else
            free(find);
    }
    sp_walk_free(delegations->walk);
    free_counters(delegations);
    free(delegations);
}

static void forget_if_retired(struct sp_delegations *delegations)
{
    if (!delegations->is_retired || !LIST_EMPTY(&delegations->finds))
        return;
    sp_walk_free(delegations->walk);
    delegations->walk = NULL;
}

void sp_delegations_retire(struct sp_delegations *delegations)
{
    delegations->is_retired = true;
    forget_if_retired(delegations);
}

/* Runs user code, which may free the delegations: from the loop, with nothing of the walk below it
 * on the stack. */
static void on_deferred(void *arg)
{
    struct find *find = arg;
    if (find->delegations && find->fn)
        find->fn(find->arg, find->found);
    if (find->delegations) {
        LIST_REMOVE(find, link);
        forget_if_retired(find->delegations);
    }
    free(find);
}

static void conclude(struct find *find, const struct sp_delegation *found)
{
    find->found = found;
    find->is_found = true;
    sp_loop_defer(find->delegations->loop, on_deferred, find);
}

static void on_zone(void *arg)
{
    struct find *find = arg;
    conclude(find, &find->step->zone->delegation);
}

static void on_step(void *arg)
{
    struct find *find = arg;
    struct sp_zone *zone = find->step->zone;
    if (!zone) {
        conclude(find, find->step->failure);
        return;
    }
    sp_zone_start(zone, find->counter);
    if (zone->is_done)
        on_zone(find);
    else
        sp_waiters_add(&zone->waiters, on_zone, find);
}

void sp_delegations_find(struct sp_delegations *delegations, const struct sp_name *domain,
                         const struct sp_name *host, unsigned *counter, sp_delegation_fn fn,
                         void *arg)
{
    struct find *find = sp_new(struct find);
    bool is_below = sp_name_count_labels(host) > sp_name_count_labels(domain);
    struct sp_name last = is_below ? sp_name_strip(host, 1) : *host;
    find->delegations = delegations;
    find->counter = counter;
    find->fn = fn;
    find->arg = arg;
    LIST_INSERT_HEAD(&delegations->finds, find, link);
    if (!delegations->walk)
        delegations->walk = sp_walk_new(delegations->loop, delegations->client);
    find->step = sp_walk_get(delegations->walk, domain, &last, counter);
    if (find->step->is_done)
        on_step(find);
    else
        sp_waiters_add(&find->step->waiters, on_step, find);
}

void sp_delegations_cancel(struct sp_delegations *delegations, sp_delegation_fn fn, void *arg)
{
    struct find *find;
    LIST_FOREACH(find, &delegations->finds, link)
    if (find->fn == fn && find->arg == arg)
        find->fn = NULL;
}
