/*
 * What one answer of one name server says about one record.
 */
#ifndef SP_VERIFY_SEEN_H
#define SP_VERIFY_SEEN_H

#include "verify/observation.h"

/* Takes REPLY, to the question for RECORD's CNAME, into SEEN. True when the answer differs from the
 * last one; what was found behind that is then forgotten. */
bool sp_seen_take(struct sp_seen *seen, const struct sp_record *record,
                  const struct sp_dns_reply *reply);
/* Whether MESSAGE refers to servers of HOST itself: the host is a zone of its own. */
bool sp_seen_is_cut(const struct sp_dns_message *message, const struct sp_name *host);
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
