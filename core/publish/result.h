/*
 * What came of one domain: everything a report says, in one struct, filled by publish and verify
 * runs and rendered by cli.
 */
#ifndef SP_PUBLISH_RESULT_H
#define SP_PUBLISH_RESULT_H

#include "broker/provider.h"
#include "dns/dns_host.h"
#include "verify/why.h"

struct sp_ledger_history;

enum sp_outcome {
    SP_OUTCOME_PLANNED,
    SP_OUTCOME_APPLIED,
    SP_OUTCOME_UNCHANGED,
    SP_OUTCOME_REFUSED,
    SP_OUTCOME_FAILED,
    SP_OUTCOME_ROLLED_BACK,
    SP_OUTCOME_UNKNOWN,
};
const char *sp_outcome_name(enum sp_outcome outcome);
const char *sp_action_name(enum sp_action action);

struct sp_result_change {
    enum sp_action action;
    enum sp_outcome outcome;
    char type[16];
    struct sp_name host, zone;
    char *provider, *sent_host;
    char *from, *to; /* NULL: none. A CNAME's target without final dot; other types as listed */
    uint32_t ttl;    /* 0: unknown */
};

struct sp_result_server {
    struct sp_name name;
    struct sp_address address;
    enum sp_state state;
};
struct sp_result_record {
    struct sp_record record;
    struct sp_name zone;            /* unset: unknown */
    char *provider;                 /* or NULL */
    const struct sp_dns_host *page; /* where a person edits the zone; NULL: unknown */
    struct sp_name name_server;     /* by which PAGE was recognised */
    bool has_state;                 /* false where nothing was verified: records, dry run */
    enum sp_state state;
    struct sp_diagnosis diagnosis;
    SP_ARRAY(struct sp_result_server) servers;
};
struct sp_result_warning {
    bool is_from_verdict; /* replaced by the next verdict's */
    char code[48];
    char message[512], fix[512];
};

struct sp_result {
    struct sp_name domain;
    struct sp_name zone;   /* of the domain's first record; unset: unknown */
    char *provider;        /* or NULL */
    char *provider_reason; /* why this one: "recognised by ns1.example.net"; or NULL */
    char *endpoint;        /* shown when it is not the provider's own; or NULL */
    enum sp_status status; /* NONE: null in the report */
    char message[512];
    struct sp_message_parts parts; /* of the message, when a verdict gave it */
    bool has_verdict, is_records_live, is_key_live;
    SP_ARRAY(struct sp_result_change) changes;
    SP_ARRAY(struct sp_result_record) records;
    SP_ARRAY(struct sp_result_warning) warnings;
    struct sp_err err; /* kind NONE: null */
    unsigned http_calls, dns_queries;
    uint64_t elapsed_ms;
    bool is_dry_run;
    bool wants_why; /* `why` is filled with each verdict */
    struct sp_why why;
    /* The last known times, for status and text output; 0: unknown. */
    int64_t published_at_s, checked_at_s;
    int64_t connected_at_s; /* when an earlier look found it connected last */
    int64_t
        caches_until_s; /* until when caches may hold an old answer; 0: nothing is known of it */
    const struct sp_ledger_history *history; /* a borrow; NULL: not asked for */
    struct sp_course course;
};

/* RESULT for SET: its domain and records, copied. */
void sp_result_init(struct sp_result *result, const struct sp_record_set *set);
void sp_result_fini(struct sp_result *result);
/* Takes over what a verdict says, record by record, in place of what an earlier one said. */
void sp_result_set_verdict(struct sp_result *result, const struct sp_observation *observation,
                           const struct sp_verdict *verdict);
/* Takes over a message that was kept of an earlier verdict, and finds its parts; whose finding it
 * holds is not known any more (worst: beyond the records). */
void sp_result_set_kept(struct sp_result *result, const char *message);
/* The records in the zone of the domain have its provider, where none is known of their own. */
void sp_result_share_provider(struct sp_result *result);
/* FIX may be "". The same warning is kept once. */
void sp_result_warn(struct sp_result *result, const char *code, const char *fix, const char *format,
                    ...) SP_PRINTF(4, 5);
bool sp_result_has_planned(const struct sp_result *result);
/* The exit code this one domain would give (CONTRACT), and the worst of several; an interruption
 * (130) is worse than all. IS_DETAILED: --dry-run --exit-code. */
int sp_result_exit_code(const struct sp_result *result, bool is_detailed);
int sp_exit_code_worst(int a, int b);

#endif
