#include "dns/delegation_word.h"

#include "base/limits.h"
#include "names/suffix.h"

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

bool sp_word_is_above_domains(const struct sp_name *zone)
{
    return sp_name_count_labels(zone) == 1 || sp_suffix_is_public(zone);
}

void sp_word_end_below_zone(struct sp_step *step, const struct sp_address *server)
{
    const struct sp_name *zone = &step->zone->node.name;
    step->is_end = true;
    bool is_right_below = sp_name_count_labels(&step->node.name) == sp_name_count_labels(zone) + 1;
    if (step->may_resolve && is_right_below && sp_word_is_above_domains(zone))
        fail(step, SP_DELEGATION_NXDOMAIN, zone, server, "says NXDOMAIN");
}

static const struct sp_dns_rr *find_soa(const struct sp_dns_message *message)
{
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section == SP_DNS_AUTHORITY && rr->type == SP_DNS_SOA)
            return rr;
    }
    return NULL;
}

struct sp_zone *sp_word_resolved_zone(struct sp_step *step, const struct sp_dns_message *message)
{
    const struct sp_name *name = &step->node.name;
    bool has_answer = sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_NS) != NULL;
    size_t n_labels = sp_name_count_labels(name);
    if (message->rcode != SP_DNS_NOERROR || n_labels < (step->walk->asks_parent ? 1 : 2) ||
        sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_CNAME))
        return NULL;
    if (!has_answer && !sp_dns_message_find(message, SP_DNS_AUTHORITY, name, SP_DNS_NS))
        return NULL;
    return sp_zone_get(step->walk->store, name, message,
                       has_answer ? SP_DNS_ANSWER : SP_DNS_AUTHORITY);
}

void sp_word_fail_resolved(struct sp_step *step, const struct sp_dns_reply *reply)
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
static enum sp_word go_deeper(struct sp_step *step, const struct sp_name *zone,
                              const struct sp_dns_message *message, enum sp_dns_section section)
{
    step->zone = sp_zone_get(step->walk->store, zone, message, section);
    if (sp_name_equal(zone, &step->node.name))
        return SP_WORD_ZONE;
    return ++step->n_cuts < SP_DNS_CUTS_MAX ? SP_WORD_GO_ON : SP_WORD_ZONE;
}

enum sp_word sp_word_judge(struct sp_step *step, const struct sp_dns_message *message)
{
    const struct sp_name *name = &step->node.name;
    const struct sp_dns_rr *rr;
    if (message->rcode != SP_DNS_NOERROR && message->rcode != SP_DNS_NXDOMAIN)
        return SP_WORD_NOTHING;
    if (!message->is_authoritative) {
        rr = message->rcode == SP_DNS_NOERROR ? find_referral(step, message) : NULL;
        return rr ? go_deeper(step, &rr->owner, message, SP_DNS_AUTHORITY) : SP_WORD_NOTHING;
    }
    if (sp_dns_message_find(message, SP_DNS_ANSWER, name, SP_DNS_NS))
        return go_deeper(step, name, message, SP_DNS_ANSWER);
    rr = find_soa(message);
    if (rr && is_deeper(step, &rr->owner)) {
        step->zone = sp_zone_get_like(step->walk->store, &rr->owner, step->zone);
        step->is_end = message->rcode == SP_DNS_NXDOMAIN;
        return SP_WORD_ZONE;
    }
    return message->rcode == SP_DNS_NXDOMAIN ? SP_WORD_NXDOMAIN : SP_WORD_NO_CUT;
}
