#include "verify/seen.h"

/* The CNAMEs at the host: the wanted one alone, or another (the first that differs). */
static bool take_cnames(struct sp_seen *seen, const struct sp_record *record,
                        const struct sp_dns_message *message)
{
    seen->kind = SP_SEEN_NOTHING_YET;
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section != SP_DNS_ANSWER || rr->type != SP_DNS_CNAME ||
            !sp_name_equal(&rr->owner, &record->host))
            continue;
        if (!sp_name_equal(&rr->target, &record->target)) {
            seen->kind = SP_SEEN_OTHER_CNAME;
            seen->target = rr->target;
            return true;
        }
        seen->kind = SP_SEEN_LIVE;
    }
    return seen->kind == SP_SEEN_LIVE;
}

/* An answer without authority is lame whatever it says: a referral, a cache. SERVFAIL is not: it is
 * what a server says that has the zone and a problem with it, as an expired copy (RFC 1035,
 * section 4.1.1). */
static void take_message(struct sp_seen *seen, const struct sp_record *record,
                         const struct sp_dns_message *message)
{
    bool is_about_name = message->rcode == SP_DNS_NOERROR || message->rcode == SP_DNS_NXDOMAIN;
    if (!is_about_name) {
        seen->kind = message->rcode == SP_DNS_REFUSED ? SP_SEEN_LAME : SP_SEEN_FAILING;
        seen->rcode = message->rcode;
    } else if (!message->is_authoritative) {
        seen->kind = SP_SEEN_LAME;
    } else if (!take_cnames(seen, record, message)) {
        seen->kind = message->rcode == SP_DNS_NXDOMAIN ? SP_SEEN_NXDOMAIN : SP_SEEN_NODATA;
    }
}

bool sp_seen_take(struct sp_seen *seen, const struct sp_record *record,
                  const struct sp_dns_reply *reply)
{
    struct sp_seen now = {.server = seen->server, .address = seen->address};
    if (reply->status == SP_TRANSPORT_OK)
        take_message(&now, record, reply->message);
    else
        now.kind = SP_SEEN_UNREACHABLE;
    bool has_changed =
        now.kind != seen->kind || now.rcode != seen->rcode ||
        (now.kind == SP_SEEN_OTHER_CNAME && !sp_name_equal(&now.target, &seen->target));
    if (has_changed)
        *seen = now;
    return has_changed;
}
