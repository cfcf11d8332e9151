#include "dns/delegation_walk.h"

#include "base/limits.h"
#include "dns/delegation_word.h"

static void ask_next(struct sp_step *step);
static void ask_servers(struct sp_step *step);
static void check_settled(struct sp_step *step);

struct sp_walk *sp_walk_new(struct sp_loop *loop, struct sp_dns_client *client)
{
    struct sp_walk *walk = sp_new(struct sp_walk);
    walk->loop = loop;
    walk->store = sp_zone_store_new(loop, client);
    walk->asks_parent = !sp_address_is_loopback(sp_dns_client_resolver(client)) &&
                        sp_dns_client_authoritative_port(client) == 53;
    return walk;
}

static void stop_servers(struct sp_step *step)
{
    for (size_t i = 0; i < step->n_asks; i++)
        sp_dns_query_cancel(&step->asks[i].query);
    step->n_asks = step->n_asks_pending = step->n_hosts_started = 0;
    sp_timer_stop(&step->hedge);
}

static void stop_resolving(struct sp_step *step)
{
    sp_dns_query_cancel(&step->resolver_query);
    sp_doubt_free(&step->doubt);
}

static void stop_asking(struct sp_step *step)
{
    stop_servers(step);
    sp_dns_query_cancel(&step->ds_query);
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
            stop_resolving(step);
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
    stop_resolving(step);
    if (step->zone) {
        step->failure = NULL;
        if (step->bogus.is_bogus)
            step->zone->bogus = step->bogus;
        if (sp_name_equal(&step->zone->node.name, &step->node.name))
            step->zone->is_authentic = step->is_authentic;
    }
    step->is_done = true;
    sp_waiters_call(&step->waiters);
}

/* ---- the resolver's word ---- */

/* The servers of the zone above, if there is one, had the first word. */
static void take_resolvers_zone(struct sp_step *step, struct sp_zone *zone)
{
    const struct sp_zone *above = step->zone     ? step->zone
                                  : step->parent ? step->parent->zone
                                                 : NULL;
    if (above)
        zone->silent_parent = above->node.name;
    zone->is_denied = step->word != SP_WORD_NOTHING;
    step->zone = zone;
}

static void take_resolved(struct sp_step *step, const struct sp_dns_reply *reply)
{
    struct sp_zone *zone = reply->message ? sp_word_resolved_zone(step, reply->message) : NULL;
    /* No answer about a top-level domain says anything of what is below. */
    bool is_hint = step->walk->asks_parent && sp_name_count_labels(&step->node.name) == 1;
    if (step->is_beside) {
        step->is_resolved = true;
        step->resolved = zone;
        check_settled(step);
        return;
    }
    if (zone)
        take_resolvers_zone(step, zone);
    else if (!step->zone && is_hint)
        step->failure = NULL;
    else if (!step->zone)
        sp_word_fail_resolved(step, reply);
    else if (reply->message && reply->message->rcode == SP_DNS_NXDOMAIN)
        sp_word_end_below_zone(step, &reply->server);
    finish(step);
}

static void on_doubted(void *arg, const struct sp_dns_reply *reply, const struct sp_bogus *bogus)
{
    struct sp_step *step = arg;
    step->bogus = *bogus;
    sp_doubt_free(&step->doubt);
    take_resolved(step, reply);
}

static void on_resolved(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_step *step = arg;
    step->resolver_query = NULL;
    step->is_authentic = reply->message && reply->message->is_authentic;
    if (sp_doubt_is_due(reply))
        step->doubt = sp_doubt_start(step->walk->store->client, reply, &step->node.name, SP_DNS_NS,
                                     step->counter, on_doubted, step);
    else
        take_resolved(step, reply);
}

static void ask_resolver(struct sp_step *step)
{
    step->resolver_query = sp_dns_resolve(step->walk->store->client, &step->node.name, SP_DNS_NS,
                                          step->counter, on_resolved, step);
}

/* ---- the word of the zone's own servers ---- */

/* The word of the zone above and the resolver's are there, or had their time. Where both speak of a
 * zone, it has the servers that either names. */
static void settle(struct sp_step *step)
{
    struct sp_zone *above = step->zone;
    step->is_beside = false;
    stop_asking(step);
    if (step->word == SP_WORD_ZONE) {
        finish(step);
    } else if (step->resolved) {
        /* A resolver may know what the public tree does not: split horizon. */
        take_resolvers_zone(step, step->resolved);
        finish(step);
    } else if (step->is_resolved && step->word == SP_WORD_NXDOMAIN) {
        sp_word_end_below_zone(step, &above->preferred);
        finish(step);
    } else {
        if (sp_word_is_above_domains(&above->node.name))
            step->zone = NULL; /* so that the resolver's word tells why */
        if (!step->resolver_query && !step->doubt)
            ask_resolver(step);
    }
}

static void check_settled(struct sp_step *step)
{
    if (step->word != SP_WORD_NOTHING && step->is_resolved && !step->ds_query)
        settle(step);
}

static void on_ds(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_step *step = arg;
    const struct sp_dns_message *message = reply->message;
    step->ds_query = NULL;
    if (message && message->is_authoritative && message->rcode == SP_DNS_NOERROR) {
        step->zone->is_ds_known = true;
        step->zone->has_ds =
            sp_dns_message_find(message, SP_DNS_ANSWER, &step->node.name, SP_DNS_DS) != NULL;
    }
    if (step->is_beside)
        check_settled(step);
    else
        finish(step);
}

static void ask_ds(struct sp_step *step, const struct sp_address *server)
{
    step->ds_query = sp_dns_ask(step->walk->store->client, server, &step->node.name, SP_DNS_DS,
                                step->counter, on_ds, step);
}

/* A server that is authoritative for the name serves the zone itself, beside the one above. */
static void take_word(struct sp_step *step, enum sp_word word, const struct sp_dns_reply *reply)
{
    step->word = word;
    stop_servers(step);
    if (word == SP_WORD_ZONE && !reply->message->is_authoritative)
        ask_ds(step, &reply->server);
    check_settled(step);
}

/* None of the zone's servers says anything of use, or not in time. */
static void give_up(struct sp_step *step)
{
    if (step->is_beside) {
        settle(step);
        return;
    }
    stop_asking(step);
    if (step->word == SP_WORD_ZONE) { /* all but its DS record is known */
        finish(step);
        return;
    }
    if (step->may_resolve) {
        ask_resolver(step);
        return;
    }
    step->is_end = true;
    finish(step);
}

/* A zone below one that is not signed cannot be broken (RFC 4035, section 5.2). */
static bool is_below_signed(const struct sp_zone *above, const struct sp_zone *zone)
{
    return zone && zone != above && !zone->is_ds_known && (above->has_ds || above->is_authentic);
}

static void on_asked(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_step_ask *ask = arg;
    struct sp_step *step = ask->step;
    struct sp_zone *asked_zone = step->zone;
    enum sp_word word = reply->message ? sp_word_judge(step, reply->message) : SP_WORD_NOTHING;
    ask->query = NULL;
    step->n_asks_pending--;
    if (word == SP_WORD_NOTHING) {
        ask_next(step);
        return;
    }
    asked_zone->preferred = reply->server;
    if (step->is_beside && word != SP_WORD_GO_ON) {
        take_word(step, word, reply);
        return;
    }
    if (word == SP_WORD_NXDOMAIN)
        sp_word_end_below_zone(step, &reply->server);
    if (word == SP_WORD_GO_ON) {
        ask_servers(step);
    } else if (is_below_signed(asked_zone, step->zone)) {
        step->word = word;
        stop_servers(step);
        ask_ds(step, &reply->server);
    } else {
        finish(step);
    }
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
    /* Below the domain nobody else can tell of a cut, and one that is missed makes the zone's
     * servers look lame: there the last of them is waited for. */
    if (!step->deadline && step->may_resolve)
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
    bool is_asking = !step->is_done && step->n_hosts_started > 0;
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

static void ask_both(struct sp_step *step)
{
    step->is_beside = true;
    ask_resolver(step);
    ask_servers(step);
    if (!step->deadline && step->is_beside) /* the look-up of its servers has its end, too */
        step->deadline = sp_timer_start(step->walk->loop, SP_DNS_PARENT_MS, on_deadline, step);
}

static void begin(void *arg)
{
    struct sp_step *step = arg;
    if (step->parent) {
        step->zone = step->parent->zone;
        step->is_end = step->parent->is_end;
        step->failure = step->parent->failure;
    }
    bool is_domain = step->may_resolve && step->zone && step->walk->asks_parent &&
                     sp_word_is_above_domains(&step->zone->node.name);
    if (step->is_end)
        finish(step);
    else if (is_domain)
        ask_both(step);
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
    size_t n_top = n_domain < 2 || walk->asks_parent ? 1 : 2;
    for (size_t n = n_domain ? n_top : 0; n <= n_name; n++) {
        struct sp_name suffix = sp_name_suffix(name, n);
        step = get_step(walk, &suffix, n <= n_domain, step, counter);
    }
    return step;
}
