/*
 * From observation to judgement: a pure function (CONTRACT, "From finding to status").
 */
#ifndef SP_VERIFY_VERDICT_H
#define SP_VERIFY_VERDICT_H

#include "verify/observation.h"

enum sp_status { SP_STATUS_NONE, SP_STATUS_PENDING, SP_STATUS_CONNECTED, SP_STATUS_ERROR };
enum sp_state {
    SP_STATE_LIVE,
    SP_STATE_MISSING,
    SP_STATE_WRONG,
    SP_STATE_UNREACHABLE,
    SP_STATE_PARTIAL
};
enum sp_until { SP_UNTIL_KEY, SP_UNTIL_RECORDS };

/* Diagnosis codes; sp_code_name() gives the contract's words. Append; never re-order. */
enum sp_code {
    SP_CODE_NONE,
    SP_CODE_MISSING,
    SP_CODE_PARTIAL_PROPAGATION,
    SP_CODE_WRONG_TARGET,
    SP_CODE_DOUBLED_SUFFIX,
    SP_CODE_TARGET_SUFFIX_APPENDED,
    SP_CODE_CONFLICTING_RECORDS,
    SP_CODE_LAME_SERVER,
    SP_CODE_SERVER_UNREACHABLE,
    SP_CODE_NOT_DELEGATED,
    SP_CODE_DOMAIN_NOT_FOUND,
    SP_CODE_CNAME_LOOP,
    SP_CODE_TARGET_MISSING,
    SP_CODE_DKIM_KEY_MISSING,
    SP_CODE_DKIM_KEY_MALFORMED,
    SP_CODE_DKIM_KEY_REVOKED,
    SP_CODE_SELECTOR_IDLE,
    SP_CODE_DELEGATION_FROM_RESOLVER, /* a warning alone, never a record's diagnosis */
    SP_CODE_PROXIED_OR_FLATTENED,
    SP_CODE_WILDCARD_ONLY,
    SP_CODE_DKIM_KEY_WEAK,
    SP_CODE_DKIM_KEY_TESTING,
    SP_CODE_RETURN_PATH_MX_MISSING,
    SP_CODE_RETURN_PATH_SPF_MISSING,
    SP_CODE_DELEGATION_MISMATCH, /* a warning alone, never a record's diagnosis */
    SP_CODE_DNSSEC_BOGUS,
    SP_CODE_PORT_53_BLOCKED,     /* a warning alone, never a record's diagnosis */
    SP_CODE_PORT_53_INTERCEPTED, /* likewise */
    SP_CODE_DKIM_KEY_MISMATCH,
};

struct sp_diagnosis {
    enum sp_code code; /* SP_CODE_NONE: nothing is wrong */
    bool is_blocking;
    char message[512];
    char fix[512]; /* one sentence saying what the user should do */
};

/* A target that we replaced: while it may still be served, seeing it is no error. An unset target
 * stands for the records of other types that we removed at the host. */
struct sp_superseded {
    struct sp_name host, target;
    int64_t until_s;
};

/* A record that we wrote. */
struct sp_written {
    struct sp_name host;
    int64_t at_s;
    bool was_absent;    /* no CNAME stood there */
    uint32_t old_ttl_s; /* of the one that did */
};

struct sp_verdict_context {
    int64_t now_s;
    int64_t published_at_s; /* 0: unknown, the window counts as just opened */
    int64_t window_s;       /* SP_WINDOW_S, or the profile's */
    enum sp_until until;
    bool is_zone_at_provider; /* the provider holds the zone: an undelegated one is that, not absent
                               */
    const char *provider_label; /* for the fix ("at GoDaddy"), or NULL */
    const struct sp_superseded *superseded;
    size_t n_superseded;
    const struct sp_written *written; /* what is known to have been written, in any order */
    size_t n_written;
    int64_t looked_at_s;    /* when the last look before these ones was; 0: never */
    int64_t caches_until_s; /* what earlier looks told of it, as in the verdict; 0: nothing */
};

struct sp_record_verdict {
    enum sp_state state;
    struct sp_diagnosis diagnosis;
    SP_ARRAY(enum sp_state) servers; /* parallel to the observation's `seen` */
};

/* Where the parts of a verdict's message begin, "after 48 hours, none of the 3 records is live ...;
 * FINDING": offsets, each not before the one above. */
struct sp_message_parts {
    size_t window_at;  /* "after 48 hours, ", which may be empty */
    size_t count_at;   /* how many records are live, and where */
    size_t finding_at; /* "; FINDING"; 0: there is none */
    size_t worst;      /* the record whose finding that is */
};

struct sp_verdict {
    enum sp_status status;
    char message[512]; /* answers the question in one line */
    struct sp_message_parts parts;
    bool is_records_live, is_key_live;
    /* True when waiting cannot help: stop early. */
    bool is_permanent;
    int64_t caches_until_s;                     /* sp_expiry_reach() */
    SP_ARRAY(struct sp_record_verdict) records; /* parallel to the observation's */
    SP_ARRAY(struct sp_diagnosis) warnings;     /* advisory, domain-wide, each once */
};

void sp_verdict_reach(const struct sp_observation *observation,
                      const struct sp_verdict_context *context, struct sp_verdict *ret_verdict);
void sp_verdict_fini(struct sp_verdict *verdict);

const char *sp_code_name(enum sp_code code);        /* "doubled-suffix" */
const char *sp_status_name(enum sp_status status);  /* "connected" */
const char *sp_status_badge(enum sp_status status); /* "Connected", "Pending validation", "Error" */
const char *sp_state_name(enum sp_state state);     /* "live" */

#endif
