/*
 * What one answer of one name server says about one record.
 */
#ifndef SP_VERIFY_SEEN_H
#define SP_VERIFY_SEEN_H

#include "verify/observation.h"

/* Takes REPLY, to the question for RECORD's CNAME in ZONE, into SEEN. True when the answer differs
 * from the last one; what was found behind that is then forgotten. */
bool sp_seen_take(struct sp_seen *seen, const struct sp_record *record, const struct sp_name *zone,
                  const struct sp_dns_reply *reply);
/* Whether MESSAGE, a server's, shows that HOST is a zone of its own: it refers to the servers of
 * HOST itself, or it is empty with HOST's own SOA record (RFC 2308, section 3). */
bool sp_seen_is_cut(const struct sp_dns_message *message, const struct sp_name *host);
/* Whether SEEN's server referred to a zone below the one that it was asked for: that is no longer
 * the record's, or never was. */
static inline bool sp_seen_is_referral(const struct sp_seen *seen)
{
    return seen->kind == SP_SEEN_FAILING && seen->rcode == SP_DNS_NOERROR;
}
/* Takes REPLY, to the question for the zone's SOA record, into SEEN. */
void sp_seen_take_serial(struct sp_seen *seen, const struct sp_dns_reply *reply);
/* Takes REPLY, to the same question, for what RECORD's zone says of absent names. */
void sp_seen_take_negative(struct sp_record_observation *record, const struct sp_dns_reply *reply);
/* Authoritative, and not the wanted CNAME nor another one. */
static inline bool sp_seen_is_miss(const struct sp_seen *seen)
{
    return seen->kind == SP_SEEN_NXDOMAIN || seen->kind == SP_SEEN_NODATA;
}

#endif
