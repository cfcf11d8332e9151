#include "dns/delegation_zone.h"

#include "base/limits.h"

static const uint16_t address_types[2] = {SP_DNS_A, SP_DNS_AAAA};

void sp_waiters_add(struct sp_waiters *waiters, void (*fn)(void *arg), void *arg)
{
    *sp_array_push(&waiters->items) = (struct sp_waiter){fn, arg};
}

void sp_waiters_call(struct sp_waiters *waiters)
{
    struct sp_waiters called = *waiters;
    *waiters = (struct sp_waiters){0};
    SP_ARRAY_FOREACH (&called.items, waiter)
        waiter->fn(waiter->arg);
    sp_array_free(&called.items);
}

struct sp_zone_store *sp_zone_store_new(struct sp_loop *loop, struct sp_dns_client *client)
{
    struct sp_zone_store *store = sp_new(struct sp_zone_store);
    store->loop = loop;
    store->client = client;
    store->has_ipv6 = sp_dns_client_has_ipv6(client);
    return store;
}

static void stop_queries(struct sp_zone_host *host)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(host->queries); i++) {
        sp_dns_query_cancel(&host->queries[i]);
        sp_doubt_free(&host->doubts[i]);
    }
}

static bool is_asking(const struct sp_zone_host *host)
{
    return host->queries[0] || host->queries[1] || host->doubts[0] || host->doubts[1];
}

static void free_host(struct sp_zone_host *host)
{
    stop_queries(host);
    sp_timer_stop(&host->patience);
    sp_array_free(&host->addresses);
    sp_array_free(&host->waiters.items);
    free(host);
}

static void free_zone(struct sp_zone *zone)
{
    SP_ARRAY_FOREACH (&zone->delegation.servers, server)
        sp_array_free(&server->addresses);
    sp_array_free(&zone->delegation.servers);
    sp_array_free(&zone->hosts);
    sp_array_free(&zone->waiters.items);
    free(zone);
}

void sp_zone_store_free(struct sp_zone_store *store)
{
    struct sp_zone_host *host;
    struct sp_zone *zone;
    size_t bucket = 0;
    if (!store)
        return;
    while ((host = sp_name_table_take(&store->hosts, &bucket)))
        free_host(host);
    bucket = 0;
    while ((zone = sp_name_table_take(&store->zones, &bucket)))
        free_zone(zone);
    free(store);
}

static void take_host(struct sp_zone_store *store, const struct sp_zone_host *former)
{
    struct sp_zone_host *host = sp_new(struct sp_zone_host);
    host->node.name = former->node.name;
    host->store = store;
    host->has_unroutable = former->has_unroutable;
    host->is_started = host->is_done = true;
    SP_ARRAY_FOREACH (&former->addresses, address)
        *sp_array_push(&host->addresses) = *address;
    sp_name_table_add(&store->hosts, &host->node);
}

void sp_zone_store_take_hosts(struct sp_zone_store *store, const struct sp_zone_store *former)
{
    size_t n = 0;
    for (size_t i = 0; i < SP_ARRAY_LEN(former->hosts.buckets); i++)
        for (const struct sp_name_node *node = former->hosts.buckets[i]; node; node = node->next) {
            const struct sp_zone_host *host = (const struct sp_zone_host *)node;
            if (host->is_done && host->is_shared && host->addresses.n && n++ < SP_DNS_HOSTS_KEPT)
                take_host(store, host);
        }
}

static void add_address(struct sp_zone_host *host, const struct sp_dns_rr *rr)
{
    struct sp_address address = {.family = rr->type == SP_DNS_A ? 4 : 6};
    memcpy(address.bytes, rr->address, rr->type == SP_DNS_A ? 4 : 16);
    address.port = sp_dns_client_authoritative_port(host->store->client);
    SP_ARRAY_FOREACH (&host->addresses, known)
        if (sp_address_equal(known, &address))
            return;
    if (!sp_dns_client_has_route(host->store->client, &address))
        host->has_unroutable = true;
    else if (host->addresses.n < SP_DNS_ADDRESSES_MAX)
        *sp_array_push(&host->addresses) = address;
}

static void add_glue(struct sp_zone_host *host, const struct sp_dns_message *message)
{
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section != SP_DNS_ADDITIONAL || !sp_name_equal(&rr->owner, &host->node.name))
            continue;
        for (size_t type = 0; type < SP_ARRAY_LEN(address_types); type++)
            if (rr->type == address_types[type]) {
                host->has_glue[type] = true;
                add_address(host, rr);
            }
    }
}

static struct sp_zone_host *get_host(struct sp_zone_store *store, const struct sp_name *name,
                                     const struct sp_name *zone,
                                     const struct sp_dns_message *message)
{
    struct sp_zone_host *host = sp_name_table_find(&store->hosts, name);
    if (host) {
        host->is_shared = true;
        return host;
    }
    host = sp_new(struct sp_zone_host);
    host->node.name = *name;
    host->store = store;
    sp_name_table_add(&store->hosts, &host->node);
    if (sp_name_is_within(name, zone))
        add_glue(host, message);
    return host;
}

static struct sp_zone *zone_new(struct sp_zone_store *store, const struct sp_name *name)
{
    struct sp_zone *zone = sp_new(struct sp_zone);
    zone->node.name = *name;
    sp_name_table_add(&store->zones, &zone->node);
    return zone;
}

_Static_assert(SP_DNS_SERVERS_MAX <= 32,
               "the hosts of a zone are numbered by the bits of a uint32_t");

/* The place of NAME among the zone's hosts, of which it becomes one; or -1: there is no room. */
static int place_host(struct sp_zone_store *store, struct sp_zone *zone, const struct sp_name *name,
                      const struct sp_dns_message *message)
{
    for (size_t i = 0; i < zone->hosts.n; i++)
        if (sp_name_equal(&zone->hosts.items[i]->node.name, name))
            return (int)i;
    if (zone->hosts.n == SP_DNS_SERVERS_MAX)
        return -1;
    *sp_array_push(&zone->hosts) = get_host(store, name, &zone->node.name, message);
    return (int)zone->hosts.n - 1;
}

struct sp_zone *sp_zone_get(struct sp_zone_store *store, const struct sp_name *name,
                            const struct sp_dns_message *message, enum sp_dns_section section)
{
    struct sp_zone *zone = sp_name_table_find(&store->zones, name);
    if (zone && zone->is_started)
        return zone;
    if (!zone)
        zone = zone_new(store, name);
    uint32_t *named = section == SP_DNS_ANSWER ? &zone->own_hosts : &zone->parents_hosts;
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section != section || rr->type != SP_DNS_NS || !sp_name_equal(&rr->owner, name))
            continue;
        int place = place_host(store, zone, &rr->target, message);
        if (place >= 0)
            *named |= 1u << place;
        if (rr->ttl > zone->ns_ttl_s)
            zone->ns_ttl_s = rr->ttl;
    }
    return zone;
}

struct sp_zone *sp_zone_get_like(struct sp_zone_store *store, const struct sp_name *name,
                                 const struct sp_zone *like)
{
    struct sp_zone *zone = sp_name_table_find(&store->zones, name);
    if (zone)
        return zone;
    zone = zone_new(store, name);
    for (size_t i = 0; i < like->hosts.n; i++)
        *sp_array_push(&zone->hosts) = like->hosts.items[i];
    return zone;
}

static void check_host_done(struct sp_zone_host *host)
{
    if (host->is_done || is_asking(host))
        return;
    sp_timer_stop(&host->patience);
    host->is_done = true;
    sp_waiters_call(&host->waiters);
}

static void on_patience_over(void *arg)
{
    struct sp_zone_host *host = arg;
    host->patience = NULL;
    stop_queries(host);
    check_host_done(host);
}

static void mind_patience(struct sp_zone_host *host)
{
    if (is_asking(host) && host->addresses.n && !host->patience)
        host->patience =
            sp_timer_start(host->store->loop, SP_DNS_FAMILY_MS, on_patience_over, host);
}

/* Only records of the name itself: an alias is no name server (RFC 2181, section 10.3). */
static void take_addresses(struct sp_zone_host *host, size_t type, const struct sp_dns_reply *reply)
{
    for (size_t i = 0; reply->message && i < reply->message->records.n; i++) {
        const struct sp_dns_rr *rr = &reply->message->records.items[i];
        if (rr->section == SP_DNS_ANSWER && rr->type == address_types[type] &&
            sp_name_equal(&rr->owner, &host->node.name))
            add_address(host, rr);
    }
    mind_patience(host);
    check_host_done(host);
}

static void take_doubt(struct sp_zone_host *host, size_t type, const struct sp_dns_reply *reply)
{
    sp_doubt_free(&host->doubts[type]);
    take_addresses(host, type, reply);
}

static void on_a_doubted(void *arg, const struct sp_dns_reply *reply, const struct sp_bogus *bogus)
{
    (void)bogus;
    take_doubt(arg, 0, reply);
}

static void on_aaaa_doubted(void *arg, const struct sp_dns_reply *reply,
                            const struct sp_bogus *bogus)
{
    (void)bogus;
    take_doubt(arg, 1, reply);
}

/* Where a zone is bogus, so are its servers' addresses; they are asked all the same. */
static void take_reply(struct sp_zone_host *host, size_t type, const struct sp_dns_reply *reply)
{
    static const sp_doubt_fn on_doubted[2] = {on_a_doubted, on_aaaa_doubted};
    host->queries[type] = NULL;
    if (sp_doubt_is_due(reply))
        host->doubts[type] =
            sp_doubt_start(host->store->client, reply, &host->node.name, address_types[type],
                           host->counter, on_doubted[type], host);
    else
        take_addresses(host, type, reply);
}

static void on_a(void *arg, const struct sp_dns_reply *reply)
{
    take_reply(arg, 0, reply);
}

static void on_aaaa(void *arg, const struct sp_dns_reply *reply)
{
    take_reply(arg, 1, reply);
}

void sp_zone_host_start(struct sp_zone_host *host, unsigned *counter)
{
    static const sp_dns_fn on_reply[2] = {on_a, on_aaaa};
    const bool is_wanted[2] = {true, host->store->has_ipv6};
    if (host->is_started)
        return;
    host->is_started = true;
    host->counter = counter;
    for (size_t type = 0; type < SP_ARRAY_LEN(address_types); type++)
        if (is_wanted[type] && !host->has_glue[type])
            host->queries[type] =
                sp_dns_resolve(host->store->client, &host->node.name, address_types[type], counter,
                               on_reply[type], host);
    mind_patience(host);
    check_host_done(host);
}

static void fill_delegation(struct sp_zone *zone)
{
    struct sp_delegation *delegation = &zone->delegation;
    delegation->state = SP_DELEGATION_FOUND;
    delegation->zone = zone->node.name;
    delegation->silent_parent = zone->silent_parent;
    delegation->is_ds_known = zone->is_ds_known;
    delegation->has_ds = zone->has_ds;
    delegation->is_authentic = zone->is_authentic;
    delegation->bogus = zone->bogus;
    delegation->ns_ttl_s = zone->ns_ttl_s;
    delegation->parent = zone->is_denied ? SP_PARENT_DENIES
                                         : sp_parent_compare(zone->own_hosts, zone->parents_hosts);
    for (size_t i = 0; i < zone->hosts.n; i++) {
        const struct sp_zone_host *host = zone->hosts.items[i];
        struct sp_dns_server *server = sp_array_push(&delegation->servers);
        server->name = host->node.name;
        server->has_unroutable = host->has_unroutable;
        server->is_own = zone->own_hosts >> i & 1;
        server->is_parents = zone->parents_hosts >> i & 1;
        for (size_t at = 0; at < host->addresses.n; at++)
            *sp_array_push(&server->addresses) = host->addresses.items[at];
    }
}

static void check_zone_done(void *arg)
{
    struct sp_zone *zone = arg;
    if (zone->is_done)
        return;
    for (size_t i = 0; i < zone->hosts.n; i++)
        if (!zone->hosts.items[i]->is_done)
            return;
    zone->is_done = true;
    fill_delegation(zone);
    sp_waiters_call(&zone->waiters);
}

static void note_sharing(struct sp_zone *zone, const unsigned *counter)
{
    if (counter == zone->counter)
        return;
    SP_ARRAY_FOREACH (&zone->hosts, host)
        (*host)->is_shared = true;
}

void sp_zone_start(struct sp_zone *zone, unsigned *counter)
{
    if (zone->is_started) {
        note_sharing(zone, counter);
        return;
    }
    zone->is_started = true;
    zone->counter = counter;
    for (size_t i = 0; i < zone->hosts.n; i++) {
        struct sp_zone_host *host = zone->hosts.items[i];
        sp_zone_host_start(host, counter);
        if (!host->is_done)
            sp_waiters_add(&host->waiters, check_zone_done, zone);
    }
    check_zone_done(zone);
}
