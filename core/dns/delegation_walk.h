/*
 * The walk from the top down to the closest enclosing zone of a name, one step a label. Steps are
 * shared by all names that pass through them. For delegation.c alone.
 *
 * Where the world is the internet's (not with a resolver on loopback, nor with another port than
 * 53), the walk begins at the top-level domain, and the step right below it or below a public
 * suffix, that of the registered domain, asks two at once: the servers of the zone above for what
 * they delegate, and the resolver for what the zone says of itself.
 */
#ifndef SP_DNS_DELEGATION_WALK_H
#define SP_DNS_DELEGATION_WALK_H

#include "dns/delegation_zone.h"

/* What one message tells a step that asked a zone's own server. */
enum sp_word {
    SP_WORD_NOTHING, /* not authoritative and no referral downward: lame */
    SP_WORD_NO_CUT,
    SP_WORD_NXDOMAIN,
    SP_WORD_ZONE,  /* step->zone has become a deeper one, and the step's name is dealt with */
    SP_WORD_GO_ON, /* step->zone has become a deeper one, above the step's name: to be asked again
                      there */
};

/* One question to a zone's own server. */
struct sp_step_ask {
    struct sp_step *step;
    struct sp_dns_query *query;
    struct sp_address server;
};

/* What is known about the zone cuts at and above one name. */
struct sp_step {
    struct sp_name_node node;
    struct sp_walk *walk;
    struct sp_step *parent; /* one label less; NULL at the top */
    bool may_resolve;       /* a suffix of a sender domain: resolvers may be asked for it */
    unsigned *counter;

    bool is_done;
    struct sp_zone *zone;                /* the closest enclosing zone; NULL: none, see failure */
    bool is_end;                         /* nothing deeper exists, or can be learnt */
    const struct sp_delegation *failure; /* why there is no zone */
    struct sp_delegation failed;         /* what `failure` points to when it arose here */
    struct sp_waiters waiters;

    struct sp_dns_query *resolver_query;
    struct sp_doubt *doubt; /* of its failure */
    bool is_authentic;      /* what the resolver said is validated; or */
    struct sp_bogus bogus;  /* it is said without checking */
    struct sp_step_ask asks[SP_DNS_WALK_ASKS_MAX];
    size_t n_asks; /* of the present zone's servers */
    size_t n_asks_pending;
    size_t n_hosts_started; /* of the present zone's name servers */
    size_t n_cuts;          /* met within this step */
    struct sp_timer *hedge, *deadline;

    /* Both are asked, and not both have spoken. */
    bool is_beside;
    enum sp_word word;             /* that of the zone above; NOTHING: none yet */
    bool is_resolved;              /* the resolver has spoken, and */
    struct sp_zone *resolved;      /* names this zone, or NULL */
    struct sp_dns_query *ds_query; /* at the server that delegates */
};

struct sp_walk {
    struct sp_loop *loop;
    struct sp_zone_store *store;
    bool asks_parent;              /* the zone above the domain is asked beside the resolver */
    struct sp_name_table steps[2]; /* by may_resolve */
};

struct sp_walk *sp_walk_new(struct sp_loop *loop, struct sp_dns_client *client);
void sp_walk_free(struct sp_walk *walk); /* cancels; accepts NULL */
/* The step of NAME, a name within DOMAIN, under way or done; wait with
 * sp_waiters_add(&step->waiters). */
struct sp_step *sp_walk_get(struct sp_walk *walk, const struct sp_name *domain,
                            const struct sp_name *name, unsigned *counter);

#endif
