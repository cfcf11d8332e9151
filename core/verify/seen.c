#include "verify/seen.h"

#include "verify/expiry.h"

/* Takes one CNAME at the host: the wanted one, or another (the first that differs). */
static void take_target(struct sp_seen *seen, const struct sp_record *record,
                        const struct sp_dns_rr *rr)
{
    if (seen->kind == SP_SEEN_OTHER_CNAME)
        return;
    seen->kind = sp_name_equal(&rr->target, &record->target) ? SP_SEEN_LIVE : SP_SEEN_OTHER_CNAME;
    if (seen->kind != SP_SEEN_OTHER_CNAME)
        return;
    seen->target = rr->target;
    seen->has_old_ttl = true;
    seen->old_ttl_s = rr->ttl;
}

static bool is_dname_over(const struct sp_dns_rr *rr, const struct sp_name *host)
{
    return rr->type == SP_DNS_DNAME && sp_name_is_within(host, &rr->owner) &&
           !sp_name_equal(host, &rr->owner);
}

/* The CNAMEs at the host, and whether a DNAME above made them (RFC 6672, section 3.1): a server
 * gives both. */
static bool take_cnames(struct sp_seen *seen, const struct sp_record *record,
                        const struct sp_dns_message *message)
{
    seen->kind = SP_SEEN_NOTHING_YET;
    SP_ARRAY_FOREACH (&message->records, rr) {
        if (rr->section != SP_DNS_ANSWER)
            continue;
        if (is_dname_over(rr, &record->host))
            seen->n_dname_labels = (uint8_t)sp_name_count_labels(&rr->owner);
        if (rr->type == SP_DNS_CNAME && sp_name_equal(&rr->owner, &record->host))
            take_target(seen, record, rr);
    }
    return seen->kind != SP_SEEN_NOTHING_YET;
}

/* A negative answer carries the SOA record of its zone (RFC 2308, section 3). */
static void take_soa(struct sp_seen *seen, const struct sp_dns_message *message)
{
    SP_ARRAY_FOREACH (&message->records, rr) {
        if (rr->type != SP_DNS_SOA || rr->section == SP_DNS_ADDITIONAL)
            continue;
        seen->has_serial = true;
        seen->serial = rr->soa->serial;
        seen->has_old_ttl = true;
        seen->old_ttl_s = sp_expiry_negative_s(rr->ttl, rr->soa->minimum);
    }
}

bool sp_seen_is_cut(const struct sp_dns_message *message, const struct sp_name *host)
{
    uint16_t type = message->is_authoritative ? SP_DNS_SOA : SP_DNS_NS;
    return message->rcode == SP_DNS_NOERROR &&
           sp_dns_message_find(message, SP_DNS_AUTHORITY, host, type);
}

/* Whether MESSAGE refers to a zone between ZONE and HOST, neither included. */
static bool is_referral_below(const struct sp_dns_message *message, const struct sp_name *zone,
                              const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&message->records, rr)
        if (rr->section == SP_DNS_AUTHORITY && rr->type == SP_DNS_NS &&
            sp_name_is_within(host, &rr->owner) && sp_name_is_within(&rr->owner, zone) &&
            !sp_name_equal(&rr->owner, zone))
            return true;
    return false;
}

static enum sp_seen_kind kind_without_authority(const struct sp_dns_message *message,
                                                const struct sp_name *host,
                                                const struct sp_name *zone)
{
    if (sp_seen_is_cut(message, host))
        return SP_SEEN_NODATA;
    return is_referral_below(message, zone, host) ? SP_SEEN_FAILING : SP_SEEN_LAME;
}

/* NS records at the host are in the CNAME's way as others are. A referral to a zone below ZONE is
 * what its servers have to give, and the record's zone is another one. Any other answer without
 * authority is lame, whatever it says: a referral, a cache. SERVFAIL is not: it is
 * what a server says that has the zone and a problem with it, as an expired copy (RFC 1035,
 * section 4.1.1). */
static void take_message(struct sp_seen *seen, const struct sp_record *record,
                         const struct sp_name *zone, const struct sp_dns_message *message)
{
    bool is_about_name = message->rcode == SP_DNS_NOERROR || message->rcode == SP_DNS_NXDOMAIN;
    if (!is_about_name) {
        seen->kind = message->rcode == SP_DNS_REFUSED ? SP_SEEN_LAME : SP_SEEN_FAILING;
        seen->rcode = message->rcode;
    } else if (!message->is_authoritative) {
        seen->kind = kind_without_authority(message, &record->host, zone);
    } else if (!take_cnames(seen, record, message)) {
        seen->kind = message->rcode == SP_DNS_NXDOMAIN ? SP_SEEN_NXDOMAIN : SP_SEEN_NODATA;
        take_soa(seen, message);
    }
}

/* MESSAGE may be NULL. */
static void take_nsid(struct sp_seen *seen, const struct sp_dns_message *message)
{
    if (!message)
        return;
    memcpy(seen->nsid, message->nsid, message->nsid_len);
    seen->nsid_len = (uint8_t)message->nsid_len;
}

bool sp_seen_take(struct sp_seen *seen, const struct sp_record *record, const struct sp_name *zone,
                  const struct sp_dns_reply *reply)
{
    struct sp_seen now = {.server = seen->server, .address = seen->address};
    if (reply->status == SP_TRANSPORT_OK)
        take_message(&now, record, zone, reply->message);
    else
        now.kind = SP_SEEN_UNREACHABLE;
    take_nsid(&now, reply->message);
    bool has_changed =
        now.kind != seen->kind || now.rcode != seen->rcode ||
        now.n_dname_labels != seen->n_dname_labels ||
        (now.kind == SP_SEEN_OTHER_CNAME && !sp_name_equal(&now.target, &seen->target));
    if (has_changed) {
        *seen = now;
        return true;
    }
    if (now.nsid_len) {
        memcpy(seen->nsid, now.nsid, now.nsid_len);
        seen->nsid_len = now.nsid_len;
    }
    if (now.has_serial) {
        seen->has_serial = true;
        seen->serial = now.serial;
    }
    return false;
}

void sp_seen_take_serial(struct sp_seen *seen, const struct sp_dns_reply *reply)
{
    struct sp_seen told = {0};
    if (reply->status != SP_TRANSPORT_OK || !reply->message->is_authoritative)
        return;
    take_soa(&told, reply->message);
    seen->has_serial |= told.has_serial;
    seen->serial = told.has_serial ? told.serial : seen->serial;
}

void sp_seen_take_negative(struct sp_record_observation *record, const struct sp_dns_reply *reply)
{
    struct sp_seen told = {0};
    if (reply->status != SP_TRANSPORT_OK || !reply->message->is_authoritative)
        return;
    take_soa(&told, reply->message);
    record->has_negative_ttl = told.has_old_ttl;
    record->negative_ttl_s = told.old_ttl_s;
}
