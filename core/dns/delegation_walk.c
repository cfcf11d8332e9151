#include "dns/delegation_walk.h"

#include "base/limits.h"
#include "names/suffix.h"

/* What one message tells a step that asked a zone's own server. */
enum word {
    WORD_NOTHING, /* not authoritative and no referral downward: lame */
    WORD_NO_CUT,
    WORD_NXDOMAIN,
    WORD_ZONE,  /* step->zone has become a deeper one, and the step's name is dealt with */
    WORD_GO_ON, /* step->zone has become a deeper one, above the step's name: to be asked again
                   there */
};

static void ask_next(struct sp_step *step);
static void ask_servers(struct sp_step *step);

struct sp_walk *sp_walk_new(struct sp_loop *loop, struct sp_dns_client *client)
{
    struct sp_walk *walk = sp_new(struct sp_walk);
    walk->loop = loop;
    walk->store = sp_zone_store_new(loop, client);
    return walk;
}

static void stop_asking(struct sp_step *step)
{
    for (size_t i = 0; i < step->n_asks; i++)
        sp_dns_query_cancel(&step->asks[i].query);
    step->n_asks = step->n_asks_pending = step->n_hosts_started = 0;
    sp_timer_stop(&step->hedge);
    sp_timer_stop(&step->deadline);
}

void sp_walk_free(struct sp_walk *walk)
{
    if (!walk)
        return;
    for (size_t i = 0; i < SP_ARRAY_LEN(walk->steps); i++) {
        struct sp_step *step;
        size_t bucket = 0;
        while ((step = sp_name_table_take(&walk->steps[i], &bucket))) {
            stop_asking(step);
            sp_dns_query_cancel(&step->resolver_query);
            sp_array_free(&step->waiters.items);
            free(step);
        }
    }
    sp_zone_store_free(walk->store);
    free(walk);
}

static void finish(struct sp_step *step)
{
    stop_asking(step);
    if (step->zone)
        step->failure = NULL;
    step->is_done = true;
    sp_waiters_call(&step->waiters);
}

static void fail(struct sp_step *step, enum sp_delegation_state state, const struct sp_name *zone,
                 const struct sp_address *server, const char *word)
{
    struct sp_delegation *failed = &step->failed;
    failed->state = state;
    failed->zone = *zone;
    snprintf(failed->detail, sizeof(failed->detail),
             "%s %s when asked for the name servers of %.120s", SP_ADDRESS_PORT_STR(server), word,
             SP_NAME_STR(&step->node.name));
    step->zone = NULL;
    step->failure = failed;
}

/*
 * The step's name does not exist, says SERVER, and there is a zone above it. Right below a public
 * suffix the domain is not registered, whereas mail.example.com need not exist before its records
 * are published. Without the list both would look alike; where a zone is cut it never decides.
 */
static void end_below_zone(struct sp_step *step, const struct sp_address *server)
{
    const struct sp_name *zone = &step->zone->node.name;
    step->is_end = true;
    bool is_right_below = sp_name_count_labels(&step->node.name) == sp_name_count_labels(zone) + 1;
    if (step->may_resolve && is_right_below && sp_suffix_is_public(zone))
        fail(step, SP_DELEGATION_NXDOMAIN, zone, server, "says NXDOMAIN");
}

/* ---- the resolver's word ---- */

static const struct sp_dns_rr *find_soa(const struct sp_dns_message *message)
{
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section == SP_DNS_AUTHORITY && rr->type == SP_DNS_SOA)
            return rr;
    }
    return NULL;
}

/* A zone made of the resolver's answer, or NULL. A server that is no resolver but holds the parent
 * zone answers with a referral instead. */
static struct sp_zone *resolved_zone(struct sp_step *step, const struct sp_dns_message *message)
{
    const struct sp_name *name = &step->node.name;
    bool has_answer = sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_NS) != NULL;
    if (message->rcode != SP_DNS_NOERROR || sp_name_count_labels(name) < 2 ||
        sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_CNAME))
        return NULL;
    if (!has_answer && !sp_dns_message_find(message, SP_DNS_AUTHORITY, name, SP_DNS_NS))
        return NULL;
    return sp_zone_get(step->walk->store, name, message,
                       has_answer ? SP_DNS_ANSWER : SP_DNS_AUTHORITY);
}

/* No zone is known yet, and the resolver's reply names none. */
static void fail_resolved(struct sp_step *step, const struct sp_dns_reply *reply)
{
    static const struct sp_name nowhere = {0};
    const struct sp_dns_message *message = reply->message;
    if (!message) {
        fail(step, SP_DELEGATION_SILENT, &nowhere, &reply->server,
             reply->status == SP_TRANSPORT_FAILED ? "gives no valid answer" : "gives no answer");
        return;
    }
    const struct sp_dns_rr *soa = find_soa(message);
    const struct sp_name *zone = soa ? &soa->owner : &nowhere;
    char word[32];
    snprintf(word, sizeof(word), "says %s", sp_dns_rcode_name(message->rcode));
    if (message->rcode == SP_DNS_NXDOMAIN) {
        step->is_end = true;
        fail(step, SP_DELEGATION_NXDOMAIN, zone, &reply->server, word);
    } else if (message->rcode == SP_DNS_REFUSED) {
        fail(step, SP_DELEGATION_REFUSED, &nowhere, &reply->server, word);
    } else if (message->rcode != SP_DNS_NOERROR) {
        fail(step, SP_DELEGATION_FAILED, &nowhere, &reply->server, word);
    } else {
        fail(step, SP_DELEGATION_NO_NS, zone, &reply->server, "names none");
    }
}

static void on_resolved(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_step *step = arg;
    step->resolver_query = NULL;
    struct sp_zone *zone = reply->message ? resolved_zone(step, reply->message) : NULL;
    if (zone) {
        if (step->zone) /* its servers had the first word, and did not take it */
            zone->silent_parent = step->zone->node.name;
        step->zone = zone;
    } else if (!step->zone)
        fail_resolved(step, reply);
    else if (reply->message && reply->message->rcode == SP_DNS_NXDOMAIN)
        end_below_zone(step, &reply->server);
    finish(step);
}

static void ask_resolver(struct sp_step *step)
{
    step->resolver_query = sp_dns_resolve(step->walk->store->client, &step->node.name, SP_DNS_NS,
                                          step->counter, on_resolved, step);
}

/* ---- the word of the zone's own servers ---- */

/* A zone that contains the step's name and lies strictly below the present zone. */
static bool is_deeper(const struct sp_step *step, const struct sp_name *zone)
{
    return sp_name_is_within(&step->node.name, zone) &&
           sp_name_is_within(zone, &step->zone->node.name) &&
           !sp_name_equal(zone, &step->zone->node.name);
}

static const struct sp_dns_rr *find_referral(const struct sp_step *step,
                                             const struct sp_dns_message *message)
{
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section == SP_DNS_AUTHORITY && rr->type == SP_DNS_NS && is_deeper(step, &rr->owner))
            return rr;
    }
    return NULL;
}

/* Both the parent's referral and the child's own NS set come from servers the parent named. */
static enum word go_deeper(struct sp_step *step, const struct sp_name *zone,
                           const struct sp_dns_message *message, enum sp_dns_section section)
{
    step->zone = sp_zone_get(step->walk->store, zone, message, section);
    if (sp_name_equal(zone, &step->node.name))
        return WORD_ZONE;
    return ++step->n_cuts < SP_DNS_CUTS_MAX ? WORD_GO_ON : WORD_ZONE;
}

static enum word judge(struct sp_step *step, const struct sp_dns_message *message)
{
    const struct sp_name *name = &step->node.name;
    const struct sp_dns_rr *rr;
    if (message->rcode != SP_DNS_NOERROR && message->rcode != SP_DNS_NXDOMAIN)
        return WORD_NOTHING;
    if (!message->is_authoritative) {
        rr = message->rcode == SP_DNS_NOERROR ? find_referral(step, message) : NULL;
        return rr ? go_deeper(step, &rr->owner, message, SP_DNS_AUTHORITY) : WORD_NOTHING;
    }
    if (sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_NS))
        return go_deeper(step, name, message, SP_DNS_ANSWER);
    rr = find_soa(message);
    if (rr && is_deeper(step, &rr->owner)) {
        step->zone = sp_zone_get_like(step->walk->store, &rr->owner, step->zone);
        step->is_end = message->rcode == SP_DNS_NXDOMAIN;
        return WORD_ZONE;
    }
    return message->rcode == SP_DNS_NXDOMAIN ? WORD_NXDOMAIN : WORD_NO_CUT;
}

/* None of the zone's servers says anything of use, or not in time. */
static void give_up(struct sp_step *step)
{
    stop_asking(step);
    if (step->may_resolve) {
        ask_resolver(step);
        return;
    }
    step->is_end = true;
    finish(step);
}

static void on_asked(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_step_ask *ask = arg;
    struct sp_step *step = ask->step;
    struct sp_zone *asked_zone = step->zone;
    enum word word = reply->message ? judge(step, reply->message) : WORD_NOTHING;
    ask->query = NULL;
    step->n_asks_pending--;
    if (word == WORD_NOTHING) {
        ask_next(step);
        return;
    }
    asked_zone->preferred = reply->server;
    if (word == WORD_NXDOMAIN)
        end_below_zone(step, &reply->server);
    if (word == WORD_GO_ON)
        ask_servers(step);
    else
        finish(step);
}

static void on_hedge(void *arg)
{
    struct sp_step *step = arg;
    step->hedge = NULL;
    ask_next(step);
}

static void on_deadline(void *arg)
{
    struct sp_step *step = arg;
    step->deadline = NULL;
    give_up(step);
}

static void ask_server(struct sp_step *step, const struct sp_address *server)
{
    struct sp_step_ask *ask = &step->asks[step->n_asks++];
    step->n_asks_pending++;
    ask->step = step;
    ask->server = *server;
    ask->query = sp_dns_ask(step->walk->store->client, server, &step->node.name, SP_DNS_NS,
                            step->counter, on_asked, ask);
    sp_timer_stop(&step->hedge);
    step->hedge = sp_timer_start(step->walk->loop, SP_DNS_HEDGE_MS, on_hedge, step);
    if (!step->deadline)
        step->deadline = sp_timer_start(step->walk->loop, SP_DNS_PARENT_MS, on_deadline, step);
}

static bool is_asked(const struct sp_step *step, const struct sp_address *server)
{
    for (size_t i = 0; i < step->n_asks; i++)
        if (sp_address_equal(&step->asks[i].server, server))
            return true;
    return false;
}

/* The next address to ask among those known: who answered before, then every server's first
 * address, every server's second, and so on. */
static const struct sp_address *pick_server(const struct sp_step *step)
{
    const struct sp_zone *zone = step->zone;
    if (step->n_asks == SP_DNS_WALK_ASKS_MAX)
        return NULL;
    if (zone->preferred.family && !is_asked(step, &zone->preferred))
        return &zone->preferred;
    for (size_t round = 0; round < SP_DNS_ADDRESSES_MAX; round++)
        for (size_t i = 0; i < step->n_hosts_started; i++) {
            const struct sp_zone_host *host = zone->hosts.items[i];
            if (host->is_done && round < host->addresses.n &&
                !is_asked(step, &host->addresses.items[round]))
                return &host->addresses.items[round];
        }
    return NULL;
}

static bool has_pending_host(const struct sp_step *step)
{
    for (size_t i = 0; i < step->n_hosts_started; i++)
        if (!step->zone->hosts.items[i]->is_done)
            return true;
    return false;
}

/* A name server's addresses are there. May come late, when the step has gone on to other things. */
static void on_host(void *arg)
{
    struct sp_step *step = arg;
    bool is_asking = !step->is_done && !step->resolver_query && step->n_hosts_started > 0;
    if (is_asking && (step->n_asks_pending == 0 || !step->hedge))
        ask_next(step);
}

static void start_host(struct sp_step *step)
{
    struct sp_zone_host *host = step->zone->hosts.items[step->n_hosts_started++];
    sp_zone_host_start(host, step->counter);
    if (!host->is_done)
        sp_waiters_add(&host->waiters, on_host, step);
}

/* Asks one more server, or looks one more up, or gives up when nothing more can come. */
static void ask_next(struct sp_step *step)
{
    const struct sp_address *server = pick_server(step);
    while (!server && step->n_asks < SP_DNS_WALK_ASKS_MAX && !has_pending_host(step) &&
           step->n_hosts_started < step->zone->hosts.n) {
        start_host(step);
        server = pick_server(step);
    }
    if (server)
        ask_server(step, server);
    else if (step->n_asks_pending == 0 && !has_pending_host(step))
        give_up(step);
}

/* Two look-ups side by side, so that one dead name needs no waiting for. */
static void ask_servers(struct sp_step *step)
{
    stop_asking(step);
    while (step->n_hosts_started < 2 && step->n_hosts_started < step->zone->hosts.n)
        start_host(step);
    ask_next(step);
}

/* ---- the steps ---- */

static void begin(void *arg)
{
    struct sp_step *step = arg;
    if (step->parent) {
        step->zone = step->parent->zone;
        step->is_end = step->parent->is_end;
        step->failure = step->parent->failure;
    }
    if (step->is_end)
        finish(step);
    else if (step->zone)
        ask_servers(step);
    else if (step->may_resolve)
        ask_resolver(step);
    else
        finish(step);
}

static struct sp_step *get_step(struct sp_walk *walk, const struct sp_name *name, bool may_resolve,
                                struct sp_step *parent, unsigned *counter)
{
    struct sp_step *step = sp_name_table_find(&walk->steps[may_resolve], name);
    if (step)
        return step;
    step = sp_new(struct sp_step);
    step->node.name = *name;
    step->walk = walk;
    step->parent = parent;
    step->may_resolve = may_resolve;
    step->counter = counter;
    sp_name_table_add(&walk->steps[may_resolve], &step->node);
    if (parent && !parent->is_done)
        sp_waiters_add(&parent->waiters, begin, step);
    else
        begin(step);
    return step;
}

struct sp_step *sp_walk_get(struct sp_walk *walk, const struct sp_name *domain,
                            const struct sp_name *name, unsigned *counter)
{
    size_t n_domain = sp_name_count_labels(domain), n_name = sp_name_count_labels(name);
    struct sp_step *step = NULL;
    if (n_name > n_domain + SP_DNS_CUTS_MAX)
        n_name = n_domain + SP_DNS_CUTS_MAX;
    for (size_t n = n_domain < 2 ? n_domain : 2; n <= n_name; n++) {
        struct sp_name suffix = sp_name_suffix(name, n);
        step = get_step(walk, &suffix, n <= n_domain, step, counter);
    }
    return step;
}
