/*
 * Why a resolver answers SERVFAIL: because DNSSEC validation failed, or because it could not
 * resolve. Its own words (RFC 8914) tell first; then whether it answers with checking disabled.
 */
#ifndef SP_DNS_DOUBT_H
#define SP_DNS_DOUBT_H

#include "dns/client.h"

/* What a resolver that validates holds against a zone. */
struct sp_bogus {
    bool is_bogus;
    struct sp_dns_ede ede; /* why, where it says so */
    struct sp_address resolver;
};

struct sp_doubt;

/* Called once, from a DNS callback; the doubt may be freed inside. When BOGUS says so, REPLY is
 * the answer that the resolver gives without checking; else it is the failure there was. */
typedef void (*sp_doubt_fn)(void *arg, const struct sp_dns_reply *reply,
                            const struct sp_bogus *bogus);

/* Whether REPLY is a failure that has a reason to be doubted. */
bool sp_doubt_is_due(const struct sp_dns_reply *reply);
/*
 * Rechecks FAILURE, a resolver's reply to the question NAME TYPE, at that resolver. A failure
 * without words may have passed by now: then the zone's SOA record is asked for unchecked, which
 * has to work, and checked, which has to fail, before anything is held against the zone.
 */
struct sp_doubt *sp_doubt_start(struct sp_dns_client *client, const struct sp_dns_reply *failure,
                                const struct sp_name *name, uint16_t type, unsigned *counter,
                                sp_doubt_fn fn, void *arg);
void sp_doubt_free(struct sp_doubt **doubt); /* cancels; accepts a pointer to NULL */

#endif
