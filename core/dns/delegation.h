/*
 * Which zone holds a name, and where that zone is served: zone cut, name servers, every address.
 *
 * The walk never asks a cache for a name that is about to be created, so that it plants no negative
 * answer (RFC 2308, RFC 8020): resolvers are asked for the NS set of suffixes of the sender domain,
 * from the top down to the first zone; below that the zone's own servers are asked, RD=0, down to
 * the parent of the host, and tell of deeper cuts by referral, by NS or by the SOA of a negative
 * answer. When those stay silent for SP_DNS_PARENT_MS the resolver's word serves. A CNAME is never
 * followed.
 *
 * With a resolver that is not on this host and port 53, the zone above the domain is asked beside
 * the resolver, for SP_DNS_PARENT_MS at most, and the servers that either names make the
 * delegation.
 */
#ifndef SP_DNS_DELEGATION_H
#define SP_DNS_DELEGATION_H

#include "dns/doubt.h"

struct sp_dns_server {
    struct sp_name name;
    SP_ARRAY(struct sp_address) addresses; /* families without a route are left out */
    bool has_unroutable;                   /* it has addresses that this host has no route to */
    bool is_own, is_parents;               /* who names it: the zone itself, the zone above */
};

/* What the zone above says, beside what the zone says of itself. */
enum sp_parent {
    SP_PARENT_UNHEARD, /* not asked, or silent, or its servers serve the zone as well */
    SP_PARENT_ALONE,   /* it delegates; what the zone says of itself is not known */
    SP_PARENT_AGREES,  /* both name the same servers */
    SP_PARENT_DIFFERS, /* they do not: the delegation has the servers of both */
    SP_PARENT_DENIES,  /* it does not delegate the zone, which the resolver knows all the same */
};

/* The two sets of servers, a bit each; an empty set is one not known. */
enum sp_parent sp_parent_compare(uint32_t own, uint32_t parents);

enum sp_delegation_state {
    SP_DELEGATION_FOUND,
    SP_DELEGATION_NXDOMAIN, /* the sender domain does not exist; `zone` is where that was said */
    SP_DELEGATION_NO_NS,    /* only the top-level domain, or nothing at all, was found above it */
    SP_DELEGATION_REFUSED,  /* the resolver refuses to answer for it */
    SP_DELEGATION_FAILED,   /* the resolver answers SERVFAIL */
    SP_DELEGATION_SILENT,   /* no resolver answered */
};

struct sp_delegation {
    enum sp_delegation_state state;
    struct sp_name zone; /* the closest enclosing zone of the host */
    SP_ARRAY(struct sp_dns_server) servers;
    struct sp_name silent_parent; /* the zone above, when none of its servers gave an answer of use:
                                     then the NS set is the resolver's word; or unset */
    enum sp_parent parent;
    uint32_t ns_ttl_s;        /* the longest that was heard for its NS set; 0: none was */
    bool is_ds_known, has_ds; /* whether the zone above holds a DS record: the zone is signed */
    bool is_authentic;        /* the resolver has validated the NS set: signed, with valid data */
    struct sp_bogus bogus;    /* it could not; all here is then what it says without checking */
    char detail[256];         /* for messages: what answered what, when state is not FOUND */
};

typedef void (*sp_delegation_fn)(void *arg, const struct sp_delegation *delegation);

/* Looks up, and remembers for the run, delegations; lookups of names of one zone share their
 * queries. */
struct sp_delegations;
struct sp_delegations *sp_delegations_new(struct sp_loop *loop, struct sp_dns_client *client);
/* The same, with the addresses of those name servers that several zones or domains have shared in
 * FORMER, which is not retired: for a run over more domains than all of their zones should be
 * remembered for. */
struct sp_delegations *sp_delegations_new_after(struct sp_loop *loop, struct sp_dns_client *client,
                                                const struct sp_delegations *former);
void sp_delegations_free(struct sp_delegations *delegations); /* cancels; accepts NULL */
/* Nobody new will ask for a while: forgets what was found, once everybody who waits has been told.
 * Delegations that were given out are no more from then on; who asks later has it looked up anew.
 */
void sp_delegations_retire(struct sp_delegations *delegations);

/* A new counter, at 0, that lives as long as DELEGATIONS: what is looked up for a domain may go on
 * when whoever asked is gone. */
unsigned *sp_delegations_counter(struct sp_delegations *delegations);

/* Finds the zone of HOST, a name within DOMAIN. The delegation is a borrow that lives as long as
 * DELEGATIONS, if they are not retired. FN is called once, from the loop, never from inside this
 * call. COUNTER as in client.h. */
void sp_delegations_find(struct sp_delegations *delegations, const struct sp_name *domain,
                         const struct sp_name *host, unsigned *counter, sp_delegation_fn fn,
                         void *arg);
/* FN will not be called for ARG any more; what is looked up for it goes on and is remembered. */
void sp_delegations_cancel(struct sp_delegations *delegations, sp_delegation_fn fn, void *arg);

#endif
