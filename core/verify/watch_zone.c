#include "verify/watch.h"

#include <stdlib.h>

#include "verify/seen.h"

static void delegation_fini(struct sp_delegation *delegation)
{
    SP_ARRAY_FOREACH (&delegation->servers, server)
        sp_array_free(&server->addresses);
    sp_array_free(&delegation->servers);
}

static int by_name(const void *a, const void *b)
{
    const struct sp_dns_server *left = a, *right = b;
    return strcmp(SP_NAME_STR(&left->name), SP_NAME_STR(&right->name));
}

/* In an order of its own: that of the resolver's answer is another one each time, and what is seen
 * twice should read the same twice. */
static void delegation_copy(struct sp_delegation *copy, const struct sp_delegation *from)
{
    delegation_fini(copy);
    *copy = *from;
    memset(&copy->servers, 0, sizeof(copy->servers));
    SP_ARRAY_FOREACH (&from->servers, server) {
        struct sp_dns_server *added = sp_array_push(&copy->servers);
        *added = *server;
        memset(&added->addresses, 0, sizeof(added->addresses));
        added->is_own = server->is_own;
        added->is_parents = server->is_parents;
        SP_ARRAY_FOREACH (&server->addresses, address)
            *sp_array_push(&added->addresses) = *address;
    }
    if (copy->servers.n)
        qsort(copy->servers.items, copy->servers.n, sizeof(*copy->servers.items), by_name);
}

bool sp_watch_has_zone(const struct sp_watch *watch)
{
    return watch->record->delegation && watch->record->delegation->state == SP_DELEGATION_FOUND;
}

/* They borrow what is about to be replaced. */
static void forget_answers(struct sp_watch *watch)
{
    sp_probe_free(&watch->probe);
    sp_serials_free(&watch->serials);
    watch->has_asked_serials = false;
    sp_dns_query_cancel(&watch->soa);
}

/* No zone is known, or the servers of the known one refer to a zone below. */
static bool has_to_be_found(const struct sp_watch *watch)
{
    SP_ARRAY_FOREACH (&watch->record->seen, seen)
        if (sp_seen_is_referral(seen))
            return true;
    return !sp_watch_has_zone(watch);
}

static void on_delegation(void *arg, const struct sp_delegation *delegation)
{
    struct sp_watch *watch = arg;
    watch->is_finding = false;
    if (sp_watch_has_zone(watch) && delegation->state != SP_DELEGATION_FOUND)
        return;
    forget_answers(watch);
    delegation_copy(&watch->delegation, delegation);
    watch->record->delegation = &watch->delegation;
    if (sp_watch_has_zone(watch)) {
        sp_asking_start(watch->verification->asking, watch->record);
        sp_watch_ask_soa(watch);
    }
    sp_verification_step_soon(watch->verification);
}

void sp_watch_find_zone(struct sp_watch *watch, struct sp_delegations *delegations)
{
    struct sp_verification *v = watch->verification;
    watch->is_finding = true;
    v->found_ms = sp_monotonic_ms();
    sp_delegations_find(delegations, &v->observation.domain, &watch->record->record.host,
                        v->counter, on_delegation, watch);
}

void sp_watches_find_again(struct sp_verification *v, uint64_t now_ms)
{
    bool has_any = false;
    SP_WATCHES_FOREACH (v, watch) {
        has_any |= has_to_be_found(watch);
        if (watch->is_finding)
            return;
    }
    if (!has_any || now_ms - v->found_ms < SP_LOOK_SILENT_MS)
        return;
    sp_delegations_free(v->again);
    v->again = sp_delegations_new(v->loop, v->config.client);
    SP_WATCHES_FOREACH (v, watch)
        if (has_to_be_found(watch))
            sp_watch_find_zone(watch, v->again);
}

void sp_watch_stop_finding(struct sp_watch *watch)
{
    if (watch->is_finding)
        sp_delegations_cancel(watch->verification->config.delegations, on_delegation, watch);
    watch->is_finding = false;
}

void sp_watch_forget_zone(struct sp_watch *watch)
{
    delegation_fini(&watch->delegation);
}
