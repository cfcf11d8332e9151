#include "verify/verdict.h"

#include "verify/expiry.h"
#include "verify/judgement.h"
#include "verify/wording.h"

const char *sp_code_name(enum sp_code code)
{
    static const char *const names[] = {
        [SP_CODE_NONE] = "none",
        [SP_CODE_MISSING] = "missing",
        [SP_CODE_PARTIAL_PROPAGATION] = "partial-propagation",
        [SP_CODE_WRONG_TARGET] = "wrong-target",
        [SP_CODE_DOUBLED_SUFFIX] = "doubled-suffix",
        [SP_CODE_TARGET_SUFFIX_APPENDED] = "target-suffix-appended",
        [SP_CODE_CONFLICTING_RECORDS] = "conflicting-records",
        [SP_CODE_LAME_SERVER] = "lame-server",
        [SP_CODE_SERVER_UNREACHABLE] = "server-unreachable",
        [SP_CODE_NOT_DELEGATED] = "not-delegated",
        [SP_CODE_DOMAIN_NOT_FOUND] = "domain-not-found",
        [SP_CODE_CNAME_LOOP] = "cname-loop",
        [SP_CODE_TARGET_MISSING] = "target-missing",
        [SP_CODE_DKIM_KEY_MISSING] = "dkim-key-missing",
        [SP_CODE_DKIM_KEY_MALFORMED] = "dkim-key-malformed",
        [SP_CODE_DKIM_KEY_REVOKED] = "dkim-key-revoked",
        [SP_CODE_SELECTOR_IDLE] = "selector-idle",
        [SP_CODE_DELEGATION_FROM_RESOLVER] = "delegation-from-resolver",
        [SP_CODE_PROXIED_OR_FLATTENED] = "proxied-or-flattened",
        [SP_CODE_WILDCARD_ONLY] = "wildcard-only",
        [SP_CODE_DKIM_KEY_WEAK] = "dkim-key-weak",
        [SP_CODE_DKIM_KEY_TESTING] = "dkim-key-testing",
        [SP_CODE_RETURN_PATH_MX_MISSING] = "return-path-mx-missing",
        [SP_CODE_RETURN_PATH_SPF_MISSING] = "return-path-spf-missing",
        [SP_CODE_DELEGATION_MISMATCH] = "delegation-mismatch",
        [SP_CODE_DNSSEC_BOGUS] = "dnssec-bogus",
        [SP_CODE_PORT_53_BLOCKED] = "port-53-blocked",
        [SP_CODE_PORT_53_INTERCEPTED] = "port-53-intercepted",
        [SP_CODE_DKIM_KEY_MISMATCH] = "dkim-key-mismatch",
    };
    return names[code];
}

const char *sp_status_name(enum sp_status status)
{
    static const char *const names[] = {"none", "pending", "connected", "error"};
    return names[status];
}

const char *sp_status_badge(enum sp_status status)
{
    static const char *const badges[] = {"", "Pending validation", "Connected", "Error"};
    return badges[status];
}

const char *sp_state_name(enum sp_state state)
{
    static const char *const names[] = {"live", "missing", "wrong", "unreachable", "partial"};
    return names[state];
}

static void warn(struct sp_verdict *verdict, const struct sp_diagnosis *diagnosis)
{
    SP_ARRAY_FOREACH (&verdict->warnings, warning)
        if (warning->code == diagnosis->code && strcmp(warning->message, diagnosis->message) == 0)
            return;
    *sp_array_push(&verdict->warnings) = *diagnosis;
}

/* Servers that are lame, silent or out of reach, as long as others answer for RECORD's zone. */
static void warn_of_servers(const struct sp_record_observation *record,
                            const struct sp_verdict_context *context, struct sp_verdict *verdict)
{
    struct sp_tally tally = sp_tally_of(record);
    struct sp_diagnosis diagnosis;
    if (!record->delegation || sp_tally_reachable(&tally) == 0)
        return;
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (sp_judge_server(seen) != SP_STATE_UNREACHABLE)
            continue;
        sp_word_server(record, seen, context, &diagnosis);
        warn(verdict, &diagnosis);
    }
    SP_ARRAY_FOREACH (&record->delegation->servers, server) {
        if (server->addresses.n)
            continue;
        sp_word_unaddressed(server, &diagnosis);
        warn(verdict, &diagnosis);
    }
}

/* The parent was asked who serves RECORD's zone, and did not tell, or not the same as the zone. */
static void warn_of_parent(const struct sp_observation *observation,
                           const struct sp_record_observation *record, struct sp_verdict *verdict)
{
    const struct sp_delegation *delegation = record->delegation;
    struct sp_diagnosis diagnosis;
    if (!delegation || delegation->state != SP_DELEGATION_FOUND)
        return;
    if (record->path != SP_PATH_OPEN) {
        sp_word_path(observation, record, &diagnosis);
        warn(verdict, &diagnosis);
        return;
    }
    if (sp_name_is_set(&delegation->silent_parent)) {
        sp_word_parent(observation, delegation, &diagnosis);
        warn(verdict, &diagnosis);
    }
    if (delegation->parent == SP_PARENT_DIFFERS) {
        sp_word_mismatch(delegation, &diagnosis);
        warn(verdict, &diagnosis);
    }
}

/* What works behind a live record, but is not as it should be. */
static void warn_of_advice(const struct sp_observation *observation,
                           const struct sp_record_observation *record,
                           const struct sp_verdict_context *context, struct sp_verdict *verdict)
{
    enum sp_code codes[2];
    size_t n = sp_judge_advice(record, codes);
    struct sp_diagnosis diagnosis;
    for (size_t i = 0; i < n; i++) {
        struct sp_judgement judgement = {.state = SP_STATE_LIVE, .code = codes[i]};
        sp_word_diagnosis(observation, record, context, &judgement, &diagnosis);
        warn(verdict, &diagnosis);
    }
}

/* Judges one record; the more telling of what is wrong with it and what is wrong behind it. */
static struct sp_judgement judge_record(const struct sp_observation *observation,
                                        const struct sp_record_observation *record,
                                        const struct sp_verdict_context *context,
                                        struct sp_verdict *verdict)
{
    struct sp_judgement zone = sp_judge_zone(record, context);
    struct sp_judgement behind = sp_judge_behind(observation, record, context);
    struct sp_diagnosis diagnosis;
    warn_of_parent(observation, record, verdict);
    warn_of_servers(record, context, verdict);
    if (zone.code == SP_CODE_WILDCARD_ONLY && !zone.is_blocking) {
        sp_word_diagnosis(observation, record, context, &zone, &diagnosis);
        warn(verdict, &diagnosis);
    }
    if (zone.state != SP_STATE_LIVE || zone.is_blocking || behind.code == SP_CODE_NONE)
        return zone;
    if (!behind.is_blocking) {
        sp_word_diagnosis(observation, record, context, &behind, &diagnosis);
        warn(verdict, &diagnosis);
    }
    warn_of_advice(observation, record, context, verdict);
    return behind;
}

/* A more telling judgement comes first in the message: errors before what is pending, then what
 * cannot come right by itself, then what lies at the customer's side before what lies at the
 * platform's. */
static bool is_worse(const struct sp_judgement *a, const struct sp_judgement *b)
{
    if (a->status != b->status)
        return a->status == SP_STATUS_ERROR;
    return a->state != SP_STATE_LIVE && b->state == SP_STATE_LIVE;
}

static bool is_permanent(enum sp_code code)
{
    switch (code) {
    case SP_CODE_WRONG_TARGET:
    case SP_CODE_DOUBLED_SUFFIX:
    case SP_CODE_TARGET_SUFFIX_APPENDED:
    case SP_CODE_CONFLICTING_RECORDS:
    case SP_CODE_PROXIED_OR_FLATTENED:
    case SP_CODE_WILDCARD_ONLY:
    case SP_CODE_NOT_DELEGATED:
    case SP_CODE_DOMAIN_NOT_FOUND:
    case SP_CODE_CNAME_LOOP:
    case SP_CODE_DNSSEC_BOGUS:
    case SP_CODE_DKIM_KEY_MALFORMED:
    case SP_CODE_DKIM_KEY_REVOKED:
    case SP_CODE_DKIM_KEY_WEAK:
    case SP_CODE_DKIM_KEY_MISMATCH:
        return true;
    default:
        return false;
    }
}

/* Whether every record that the server NAME serves was seen live there. */
static bool is_server_live(const struct sp_observation *observation, const struct sp_name *name)
{
    SP_ARRAY_FOREACH (&observation->records, record) {
        bool is_asked = false, is_live = false;
        SP_ARRAY_FOREACH (&record->seen, seen) {
            if (!sp_name_equal(seen->server, name))
                continue;
            is_asked = true;
            is_live |= seen->kind == SP_SEEN_LIVE;
        }
        if (is_asked && !is_live)
            return false;
    }
    return true;
}

/* Counts the servers of all delegations, each name once, and those at which all is live. */
static void count_servers(const struct sp_observation *observation, size_t *ret_live,
                          size_t *ret_all)
{
    SP_ARRAY(const struct sp_name *) names = {0};
    *ret_live = 0;
    SP_ARRAY_FOREACH (&observation->records, record)
        for (size_t i = 0; record->delegation && i < record->delegation->servers.n; i++) {
            const struct sp_dns_server *server = &record->delegation->servers.items[i];
            bool is_known = false;
            for (size_t k = 0; k < names.n && !is_known; k++)
                is_known = sp_name_equal(names.items[k], &server->name);
            if (is_known)
                continue;
            *sp_array_push(&names) = &server->name;
            *ret_live += server->addresses.n && is_server_live(observation, &server->name);
        }
    *ret_all = names.n;
    sp_array_free(&names);
}

/* The records' judgements, in words; returns the index of the worst blocking one, or -1. */
static ssize_t judge_records(const struct sp_observation *observation,
                             const struct sp_verdict_context *context, struct sp_verdict *verdict)
{
    struct sp_judgement worst = {0};
    ssize_t worst_i = -1;
    SP_ARRAY_FOREACH (&observation->records, record) {
        struct sp_record_verdict *judged = sp_array_push(&verdict->records);
        struct sp_judgement judgement = judge_record(observation, record, context, verdict);
        judged->state = judgement.state;
        SP_ARRAY_FOREACH (&record->seen, seen)
            *sp_array_push(&judged->servers) = sp_judge_server(seen);
        if (judgement.code != SP_CODE_NONE)
            sp_word_diagnosis(observation, record, context, &judgement, &judged->diagnosis);
        verdict->is_records_live &= judgement.state == SP_STATE_LIVE;
        verdict->is_permanent |=
            judgement.status == SP_STATUS_ERROR && is_permanent(judgement.code);
        if (judgement.is_blocking && (worst_i < 0 || is_worse(&judgement, &worst))) {
            worst = judgement;
            worst_i = record - observation->records.items;
        }
    }
    if (worst_i >= 0)
        verdict->status = worst.status;
    return worst_i;
}

void sp_verdict_reach(const struct sp_observation *observation,
                      const struct sp_verdict_context *context, struct sp_verdict *ret_verdict)
{
    size_t n_live, n_all;
    memset(ret_verdict, 0, sizeof(*ret_verdict));
    ret_verdict->is_records_live = observation->records.n > 0;
    ret_verdict->caches_until_s = sp_expiry_reach(observation, context);
    ssize_t worst = judge_records(observation, context, ret_verdict);
    ret_verdict->is_key_live = ret_verdict->is_records_live && sp_judge_is_key_live(observation);
    if (worst < 0) {
        bool is_done = ret_verdict->is_records_live &&
                       (context->until == SP_UNTIL_RECORDS || ret_verdict->is_key_live);
        ret_verdict->status = is_done ? SP_STATUS_CONNECTED : SP_STATUS_PENDING;
    }
    count_servers(observation, &n_live, &n_all);
    sp_word_verdict(observation, context, worst < 0 ? NULL : &ret_verdict->records.items[worst],
                    n_live, n_all, ret_verdict);
}

void sp_verdict_fini(struct sp_verdict *verdict)
{
    SP_ARRAY_FOREACH (&verdict->records, record)
        sp_array_free(&record->servers);
    sp_array_free(&verdict->records);
    sp_array_free(&verdict->warnings);
}
