/*
 * The zones met on a run and their name servers. A name server's addresses are looked up once,
 * however many zones it serves. For delegation.c and delegation_walk.c alone.
 */
#ifndef SP_DNS_DELEGATION_ZONE_H
#define SP_DNS_DELEGATION_ZONE_H

#include "dns/delegation.h"
#include "dns/name_table.h"

struct sp_waiter {
    void (*fn)(void *arg);
    void *arg;
};

/* Who is to be told, once, that something is done. */
struct sp_waiters {
    SP_ARRAY(struct sp_waiter) items;
};
void sp_waiters_add(struct sp_waiters *waiters, void (*fn)(void *arg), void *arg);
/* Empties the list and calls everybody who was on it, in order. */
void sp_waiters_call(struct sp_waiters *waiters);

/* A name server: the host of an NS record. */
struct sp_zone_host {
    struct sp_name_node node;
    struct sp_zone_store *store;
    SP_ARRAY(struct sp_address) addresses;
    bool has_unroutable;
    bool has_glue[2]; /* A, AAAA: given with the delegation, not looked up */
    struct sp_dns_query *queries[2];
    struct sp_doubt *doubts[2]; /* of failures of these */
    struct sp_timer *patience;  /* for the other family, once one has given an address */
    bool is_started, is_done;
    bool is_shared; /* by several zones, or domains */
    unsigned *counter;
    struct sp_waiters waiters;
};

struct sp_zone {
    struct sp_name_node node;
    SP_ARRAY(struct sp_zone_host *) hosts;
    /* By which of `hosts` the zone itself and the zone above name, a bit each; 0: not known. */
    uint32_t own_hosts, parents_hosts;
    uint32_t ns_ttl_s;
    struct sp_name silent_parent;           /* as in struct sp_delegation */
    bool is_denied;                         /* it has spoken, and does not delegate the zone */
    bool is_ds_known, has_ds, is_authentic; /* as in struct sp_delegation */
    struct sp_bogus bogus;
    struct sp_address preferred; /* the server that answered the walk last; family 0: none yet */
    bool is_started, is_done;    /* the look-up of every host */
    unsigned *counter;           /* of who started it: each domain has one of its own */
    struct sp_delegation delegation;
    struct sp_waiters waiters;
};

struct sp_zone_store {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    bool has_ipv6; /* else AAAA is not even asked */
    struct sp_name_table hosts, zones;
};

struct sp_zone_store *sp_zone_store_new(struct sp_loop *loop, struct sp_dns_client *client);
void sp_zone_store_free(struct sp_zone_store *store); /* cancels; accepts NULL */
/* Copies the shared name servers that FORMER has addresses of, SP_DNS_HOSTS_KEPT at most. */
void sp_zone_store_take_hosts(struct sp_zone_store *store, const struct sp_zone_store *former);

/* The zone NAME: the one known, or a new one. Unless its hosts are being looked up already, it gets
 * the servers that the NS records of NAME in SECTION of MESSAGE name: the answer section is the
 * zone's own word, the authority section that of the zone above. Addresses in the additional
 * section count for servers within NAME only: for others nobody but their own zone may speak. */
struct sp_zone *sp_zone_get(struct sp_zone_store *store, const struct sp_name *name,
                            const struct sp_dns_message *message, enum sp_dns_section section);
/* The zone NAME: the one known, or a new one that lies at the same servers as LIKE. */
struct sp_zone *sp_zone_get_like(struct sp_zone_store *store, const struct sp_name *name,
                                 const struct sp_zone *like);
/* Starts the address look-up of HOST, unless that was done; wait with
 * sp_waiters_add(&host->waiters). A server with an address of one family does not wait long for the
 * other: look-ups that a resolver leaves open are common for AAAA. */
void sp_zone_host_start(struct sp_zone_host *host, unsigned *counter);
/* Starts the look-up of every host, unless that was done; zone->delegation is filled once
 * zone->is_done is set. */
void sp_zone_start(struct sp_zone *zone, unsigned *counter);

#endif
