/*
 * How long caches may hold that a record is absent: one question for each zone, and only when
 * that is not known yet.
 */
#include "verify/watch.h"

#include "verify/expiry.h"
#include "verify/seen.h"

static void on_soa(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_watch *watch = arg;
    watch->soa = NULL;
    sp_seen_take_negative(watch->record, reply);
    sp_verification_step_soon(watch->verification);
}

/* Another record of the same zone has it, or asks already. */
static bool is_asked(const struct sp_watch *watch)
{
    SP_WATCHES_FOREACH (watch->verification, other) {
        if (sp_watch_has_zone(other) && (other->soa || other->record->has_negative_ttl) &&
            sp_name_equal(&other->delegation.zone, &watch->delegation.zone))
            return true;
    }
    return false;
}

void sp_watch_ask_soa(struct sp_watch *watch)
{
    struct sp_verification *v = watch->verification;
    if (watch->record->seen.n && !is_asked(watch) &&
        sp_expiry_wants_soa(watch->record, &v->config.context))
        watch->soa = sp_dns_ask(v->config.client, &watch->record->seen.items[0].address,
                                &watch->delegation.zone, SP_DNS_SOA, v->counter, on_soa, watch);
}
