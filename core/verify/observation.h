/*
 * What was seen in the DNS for one record set at one time: facts only, no judgement, so that a
 * verdict can be reached again later from the same facts.
 */
#ifndef SP_VERIFY_OBSERVATION_H
#define SP_VERIFY_OBSERVATION_H

#include "dns/delegation.h"
#include "records/dkim_key.h"
#include "records/record.h"

enum sp_seen_kind {
    SP_SEEN_NOTHING_YET,
    SP_SEEN_LIVE,        /* authoritative, the wanted CNAME and nothing else */
    SP_SEEN_OTHER_CNAME, /* authoritative, a CNAME with another target */
    SP_SEEN_NXDOMAIN,    /* authoritative: no such name */
    SP_SEEN_NODATA,      /* authoritative: the name is there, a CNAME is not */
    SP_SEEN_LAME,        /* it does not serve the zone: REFUSED, not authoritative, or a referral */
    SP_SEEN_UNREACHABLE, /* silent over UDP and TCP */
    SP_SEEN_FAILING,     /* unwell: SERVFAIL, or another rcode that says nothing of the zone */
};

/* Whose addresses stand where the CNAME should be. */
enum sp_addresses {
    SP_ADDRESSES_UNKNOWN, /* the target's own could not be looked up */
    SP_ADDRESSES_TARGET,  /* every one is the wanted target's own */
    SP_ADDRESSES_OTHER,
};

/* What was found when a record was not there as wanted, and its server was asked why. */
struct sp_findings {
    uint16_t other_types[4]; /* NODATA: types found at the host (A, AAAA, TXT, MX) that no wildcard
                                made, 0-filled */
    bool has_wildcard_types; /* NODATA: such types are there, and a wildcard made them all */
    bool has_old_key;        /* a TXT record at the host is a DKIM key record */
    bool has_doubled;        /* a miss: host.zone.zone is a CNAME to the wanted target */
    bool has_short;          /* a miss: so is the name of sp_mistake_short() */
    bool is_wildcard;        /* a random name beside the host has the same CNAME */
    enum sp_addresses addresses; /* other_types holds A or AAAA */
};

/* One record at one address of one name server. */
struct sp_seen {
    const struct sp_name *server; /* a borrow, of the delegation */
    struct sp_address address;
    enum sp_seen_kind kind;
    struct sp_name target;  /* OTHER_CNAME */
    bool has_old_ttl;       /* OTHER_CNAME, NXDOMAIN, NODATA: it is told how long ... */
    uint32_t old_ttl_s;     /* ... a cache may keep this answer */
    uint8_t rcode;          /* LAME, FAILING */
    uint8_t n_dname_labels; /* LIVE, OTHER_CNAME: a DNAME (RFC 6672) of the host's last so many
                               labels made the CNAME; 0: none did */
    bool has_serial;
    uint32_t serial;               /* of the SOA record there, if has_serial */
    uint8_t nsid[SP_DNS_NSID_MAX]; /* which of the servers behind the address it was (RFC 5001) */
    uint8_t nsid_len;
    bool is_probed; /* the questions behind the findings were asked */
    struct sp_findings findings;
};

/* What stands behind a record, asked of the resolvers once all reachable servers have it. */
enum sp_behind_kind {
    SP_BEHIND_NOT_ASKED,
    SP_BEHIND_UNKNOWN, /* the resolvers could not tell; see rcode */
    SP_BEHIND_NO_SUCH_NAME,
    SP_BEHIND_EXISTS, /* and, for a dkim leg, `key` says what is there */
    SP_BEHIND_LOOP,   /* the chain comes back to itself, or has more than SP_DNS_CHAIN_MAX hops */
    SP_BEHIND_BOGUS,  /* it fails DNSSEC validation, see bogus */
};
struct sp_behind {
    enum sp_behind_kind kind;
    struct sp_name end;                    /* the last name of the chain */
    uint8_t n_hops;                        /* its place in it: 1 is the record's target */
    struct sp_name hops[SP_DNS_CHAIN_MAX]; /* so many; the last one is `end` */
    bool is_too_long;                      /* LOOP */
    enum sp_transport_status status;       /* UNKNOWN */
    uint8_t rcode;                         /* UNKNOWN, with status OK */
    struct sp_bogus bogus;                 /* BOGUS */
    struct sp_dkim_key key;             /* EXISTS, of a dkim leg: what the TXT records there are */
    bool is_without_mx, is_without_spf; /* EXISTS, of a return path: the end has no such record */
};

/* What a resolver says of the record's signatures; asked once all reachable servers have it, and
 * only in a zone that is signed. */
enum sp_trust_kind {
    SP_TRUST_NOT_ASKED,
    SP_TRUST_VALID,
    SP_TRUST_NOT_JUDGED, /* it does not validate */
    SP_TRUST_UNKNOWN,    /* it is silent, or fails for a reason that is none of DNSSEC */
    SP_TRUST_BOGUS,
};
struct sp_trust {
    enum sp_trust_kind kind;
    struct sp_bogus bogus;
};

/* Whether name servers can be asked from this network at all. */
enum sp_path {
    SP_PATH_OPEN,
    SP_PATH_BLOCKED,     /* none answers, of any zone */
    SP_PATH_INTERCEPTED, /* somebody else answers in their place */
};

/* What the resolvers say of the record where its servers cannot be asked: how many say what. */
struct sp_hearsay {
    bool is_heard;
    uint8_t n_live, n_other, n_absent, n_silent;
    struct sp_name other; /* n_other: the last such target */
};
static inline unsigned sp_hearsay_n(const struct sp_hearsay *hearsay)
{
    return (unsigned)hearsay->n_live + hearsay->n_other + hearsay->n_absent + hearsay->n_silent;
}

struct sp_record_observation {
    struct sp_record record;                /* what is wanted */
    const struct sp_delegation *delegation; /* a borrow; NULL: not known yet */
    SP_ARRAY(struct sp_seen) seen;
    bool has_negative_ttl;   /* one of them has told how long ... */
    uint32_t negative_ttl_s; /* ... a cache may keep that a name of the zone is not there */
    enum sp_path path;
    struct sp_hearsay hearsay;
    struct sp_trust trust;
    struct sp_behind behind;
};

struct sp_observation {
    struct sp_name domain;
    int64_t at_s;
    SP_ARRAY(struct sp_record_observation) records;
    struct sp_address resolver; /* whose words the delegations and `behind` are; for messages */
};

void sp_observation_fini(struct sp_observation *observation);

#endif
