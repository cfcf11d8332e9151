/*
 * Until when caches may hold what stood in the DNS before, as far as that can be seen from here.
 *
 * A cache keeps an answer for as long as its TTL says; that a name or a type is not there it keeps
 * for the lesser of the TTL and the MINIMUM field of the zone's SOA record (RFC 2308, section 5).
 * It can have asked up to the moment at which the last server gave up the old answer.
 */
#ifndef SP_VERIFY_EXPIRY_H
#define SP_VERIFY_EXPIRY_H

#include "verify/verdict.h"

/* Seconds for which a cache may hold that something is not there, by the zone's SOA record. */
uint32_t sp_expiry_negative_s(uint32_t soa_ttl, uint32_t soa_minimum);

/*
 * Seconds since 1970, later than CONTEXT's now; 0 when nothing is known of an old answer, or no
 * cache should hold one any more. Counted are the records that were written (context->written),
 * and those of which one server gives an old answer while another has the record. What earlier
 * looks found (context->caches_until_s) holds on. Pure.
 */
int64_t sp_expiry_reach(const struct sp_observation *observation,
                        const struct sp_verdict_context *context);
/* Whether the TTLs of RECORD's zone are missing for that: it was written where nothing stood,
 * lately enough for a cache to know of it, and no look since has told the time. */
bool sp_expiry_wants_soa(const struct sp_record_observation *record,
                         const struct sp_verdict_context *context);

#endif
