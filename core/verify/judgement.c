#include "verify/judgement.h"

#include "verify/mistake.h"
#include "verify/seen.h"

/* When a blocking finding of a code is an error (CONTRACT, "From finding to status"). */
enum patience {
    AT_ONCE,
    AFTER_WINDOW, /* it may still come right by itself */
    NEVER,
};

/* Never while the publish time is unknown. */
static bool is_window_over(const struct sp_verdict_context *context)
{
    int64_t window_s = context->window_s > 0 ? context->window_s : SP_WINDOW_S;
    return context->published_at_s && context->now_s - context->published_at_s > window_s;
}

enum sp_state sp_judge_server(const struct sp_seen *seen)
{
    switch (seen->kind) {
    case SP_SEEN_LIVE:
        return SP_STATE_LIVE;
    case SP_SEEN_OTHER_CNAME:
        return SP_STATE_WRONG;
    case SP_SEEN_NXDOMAIN:
        return SP_STATE_MISSING;
    case SP_SEEN_NODATA:
        return seen->findings.other_types[0] ? SP_STATE_WRONG : SP_STATE_MISSING;
    case SP_SEEN_NOTHING_YET:
    case SP_SEEN_LAME:
    case SP_SEEN_UNREACHABLE:
    case SP_SEEN_FAILING:
        break;
    }
    return SP_STATE_UNREACHABLE;
}

struct sp_tally sp_tally_of(const struct sp_record_observation *record)
{
    struct sp_tally tally = {0};
    SP_ARRAY_FOREACH (&record->seen, seen) {
        enum sp_state state = sp_judge_server(seen);
        tally.n_live += state == SP_STATE_LIVE;
        tally.n_missing += state == SP_STATE_MISSING;
        tally.n_wrong += state == SP_STATE_WRONG;
        tally.n_lame += seen->kind == SP_SEEN_LAME;
        tally.n_silent += state == SP_STATE_UNREACHABLE && seen->kind != SP_SEEN_LAME;
    }
    return tally;
}

static struct sp_judgement blocking(enum sp_state state, enum sp_code code, enum patience patience,
                                    const struct sp_verdict_context *context)
{
    bool is_error = patience == AT_ONCE || (patience == AFTER_WINDOW && is_window_over(context));
    return (struct sp_judgement){
        .state = state,
        .code = code,
        .is_blocking = true,
        .is_late = is_error && patience == AFTER_WINDOW,
        .status = is_error ? SP_STATUS_ERROR : SP_STATUS_PENDING,
    };
}

static struct sp_judgement advisory(enum sp_state state, enum sp_code code)
{
    return (struct sp_judgement){.state = state, .code = code, .status = SP_STATUS_CONNECTED};
}

/* No server to ask: the delegation is at fault, or the resolver that was asked for it. */
static struct sp_judgement judge_delegation(const struct sp_delegation *delegation,
                                            const struct sp_verdict_context *context)
{
    switch (delegation->state) {
    case SP_DELEGATION_NXDOMAIN:
    case SP_DELEGATION_NO_NS:
        return blocking(SP_STATE_MISSING,
                        context->is_zone_at_provider ? SP_CODE_NOT_DELEGATED
                                                     : SP_CODE_DOMAIN_NOT_FOUND,
                        AT_ONCE, context);
    case SP_DELEGATION_REFUSED:
        if (context->is_zone_at_provider)
            return blocking(SP_STATE_UNREACHABLE, SP_CODE_NOT_DELEGATED, AT_ONCE, context);
        break;
    case SP_DELEGATION_SILENT: /* nothing at all was learnt: a network of our own that is down */
        return blocking(SP_STATE_UNREACHABLE, SP_CODE_SERVER_UNREACHABLE, NEVER, context);
    case SP_DELEGATION_FAILED:
    case SP_DELEGATION_FOUND:
        break;
    }
    return blocking(SP_STATE_UNREACHABLE, SP_CODE_SERVER_UNREACHABLE, AFTER_WINDOW, context);
}

/* TARGET unset stands for records of other types. */
static bool is_superseded(const struct sp_verdict_context *context, const struct sp_name *host,
                          const struct sp_name *target)
{
    for (size_t i = 0; i < context->n_superseded; i++) {
        const struct sp_superseded *old = &context->superseded[i];
        bool is_it = sp_name_is_set(target) ? sp_name_equal(&old->target, target)
                                            : !sp_name_is_set(&old->target);
        if (is_it && context->now_s < old->until_s && sp_name_equal(&old->host, host))
            return true;
    }
    return false;
}

/* Everything wrong that is served for RECORD is what we replaced. */
static bool is_all_superseded(const struct sp_record_observation *record,
                              const struct sp_verdict_context *context)
{
    static const struct sp_name none;
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (sp_judge_server(seen) != SP_STATE_WRONG)
            continue;
        const struct sp_name *target = seen->kind == SP_SEEN_OTHER_CNAME ? &seen->target : &none;
        if (!is_superseded(context, &record->record.host, target))
            return false;
    }
    return true;
}

/* The other types at the host: addresses alone are what a proxy or a flattened CNAME shows. */
static enum sp_code code_of_types(const struct sp_findings *findings)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(findings->other_types) && findings->other_types[i]; i++)
        if (findings->other_types[i] != SP_DNS_A && findings->other_types[i] != SP_DNS_AAAA)
            return SP_CODE_CONFLICTING_RECORDS;
    return SP_CODE_PROXIED_OR_FLATTENED;
}

static enum sp_code code_of_target(const struct sp_record_observation *record,
                                   const struct sp_seen *seen)
{
    const struct sp_name *zone = &record->delegation->zone;
    if (sp_mistake_in_target(&record->record.target, zone, &seen->target) == SP_TARGET_APPENDED)
        return SP_CODE_TARGET_SUFFIX_APPENDED;
    return seen->findings.is_wildcard ? SP_CODE_WILDCARD_ONLY : SP_CODE_WRONG_TARGET;
}

static enum sp_code code_of_seen(const struct sp_record_observation *record,
                                 const struct sp_seen *seen)
{
    if (seen->kind == SP_SEEN_OTHER_CNAME)
        return code_of_target(record, seen);
    if (seen->kind == SP_SEEN_NODATA && seen->findings.other_types[0])
        return code_of_types(&seen->findings);
    return sp_seen_is_miss(seen) && seen->findings.has_doubled ? SP_CODE_DOUBLED_SUFFIX
                                                               : SP_CODE_MISSING;
}

/* The most telling code of a record that is live nowhere. */
static enum sp_code code_of_absent(const struct sp_record_observation *record)
{
    static const enum sp_code order[] = {
        SP_CODE_CONFLICTING_RECORDS, SP_CODE_PROXIED_OR_FLATTENED, SP_CODE_TARGET_SUFFIX_APPENDED,
        SP_CODE_WRONG_TARGET,        SP_CODE_WILDCARD_ONLY,        SP_CODE_DOUBLED_SUFFIX,
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(order); i++)
        SP_ARRAY_FOREACH (&record->seen, seen)
            if (code_of_seen(record, seen) == order[i])
                return order[i];
    return SP_CODE_MISSING;
}

/* A server that has not fetched a record just published still answers from the wildcard. */
static bool is_just_published(const struct sp_verdict_context *context)
{
    return context->published_at_s && context->now_s - context->published_at_s < SP_SECONDARY_LAG_S;
}

static bool is_all_wildcard(const struct sp_record_observation *record)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->kind == SP_SEEN_LIVE && !seen->findings.is_wildcard)
            return false;
    return true;
}

static struct sp_judgement judge_absent(const struct sp_record_observation *record,
                                        const struct sp_verdict_context *context)
{
    enum sp_code code = code_of_absent(record);
    struct sp_judgement judgement;
    if (code == SP_CODE_MISSING)
        return blocking(SP_STATE_MISSING, code, AFTER_WINDOW, context);
    if (code == SP_CODE_DOUBLED_SUFFIX)
        return blocking(SP_STATE_MISSING, code, AT_ONCE, context);
    if (code == SP_CODE_WILDCARD_ONLY)
        return blocking(SP_STATE_WRONG, code, is_just_published(context) ? NEVER : AT_ONCE,
                        context);
    bool is_old = is_all_superseded(record, context);
    judgement = blocking(SP_STATE_WRONG, code, is_old ? NEVER : AT_ONCE, context);
    judgement.is_superseded = is_old;
    return judgement;
}

/* The resolvers' word alone: good enough for what all of them see, and for nothing against it, as
 * they may keep what was there before. */
static struct sp_judgement judge_hearsay(const struct sp_hearsay *hearsay,
                                         const struct sp_verdict_context *context)
{
    if (hearsay->n_live && !hearsay->n_other && !hearsay->n_absent)
        return advisory(SP_STATE_LIVE, SP_CODE_NONE);
    return blocking(SP_STATE_UNREACHABLE, SP_CODE_SERVER_UNREACHABLE, NEVER, context);
}

static struct sp_judgement judge_served(const struct sp_record_observation *record,
                                        const struct sp_verdict_context *context)
{
    static const struct sp_delegation unknown = {.state = SP_DELEGATION_SILENT};
    const struct sp_delegation *delegation = record->delegation ? record->delegation : &unknown;
    struct sp_tally tally = sp_tally_of(record);
    size_t n_reachable = sp_tally_reachable(&tally);
    if (delegation->state != SP_DELEGATION_FOUND)
        return judge_delegation(delegation, context);
    if (record->path != SP_PATH_OPEN)
        return judge_hearsay(&record->hearsay, context);
    if (n_reachable == 0 && tally.n_lame && tally.n_lame == record->seen.n)
        return blocking(SP_STATE_UNREACHABLE, SP_CODE_NOT_DELEGATED, AT_ONCE, context);
    if (n_reachable == 0)
        return blocking(SP_STATE_UNREACHABLE, SP_CODE_SERVER_UNREACHABLE, AFTER_WINDOW, context);
    if (tally.n_live == 0)
        return judge_absent(record, context);
    if (tally.n_live < n_reachable)
        return blocking(SP_STATE_PARTIAL, SP_CODE_PARTIAL_PROPAGATION, AFTER_WINDOW, context);
    if (is_all_wildcard(record))
        return advisory(SP_STATE_LIVE, SP_CODE_WILDCARD_ONLY);
    if (tally.n_lame)
        return advisory(SP_STATE_LIVE, SP_CODE_LAME_SERVER);
    if (tally.n_silent)
        return advisory(SP_STATE_LIVE, SP_CODE_SERVER_UNREACHABLE);
    return advisory(SP_STATE_LIVE, SP_CODE_NONE);
}

const struct sp_bogus *sp_judge_bogus(const struct sp_record_observation *record)
{
    const struct sp_delegation *delegation = record->delegation;
    if (record->trust.kind == SP_TRUST_BOGUS)
        return &record->trust.bogus;
    bool is_zone = delegation && delegation->state == SP_DELEGATION_FOUND;
    return is_zone && delegation->bogus.is_bogus ? &delegation->bogus : NULL;
}

/* Where validation fails, nobody who validates sees what the servers have. In a signed zone, that
 * it does not fail has to be seen; a resolver that cannot tell proves nothing, either way. */
struct sp_judgement sp_judge_zone(const struct sp_record_observation *record,
                                  const struct sp_verdict_context *context)
{
    struct sp_judgement served = judge_served(record, context);
    bool is_told_better = served.is_blocking && served.status == SP_STATUS_ERROR;
    if (!sp_judge_bogus(record) && served.state == SP_STATE_LIVE &&
        record->trust.kind == SP_TRUST_UNKNOWN)
        return blocking(served.state, SP_CODE_SERVER_UNREACHABLE, NEVER, context);
    if (!sp_judge_bogus(record) || is_told_better)
        return served;
    return blocking(served.state, SP_CODE_DNSSEC_BOGUS, AT_ONCE, context);
}

/* Keys are compared as such: the text of the same key may differ. */
static bool is_expected(const struct sp_record_observation *record)
{
    const struct sp_key_digest *wanted = &record->record.key, *found = &record->behind.key.digest;
    return !wanted->is_set ||
           (found->is_set && memcmp(wanted->sha256, found->sha256, sizeof(wanted->sha256)) == 0);
}

static bool has_valid_key(const struct sp_record_observation *record)
{
    return record->record.leg == SP_LEG_DKIM && record->behind.kind == SP_BEHIND_EXISTS &&
           record->behind.key.state == SP_DKIM_KEY_VALID && is_expected(record);
}

static bool has_any_valid_key(const struct sp_observation *observation)
{
    SP_ARRAY_FOREACH (&observation->records, record)
        if (has_valid_key(record))
            return true;
    return false;
}

bool sp_judge_is_key_live(const struct sp_observation *observation)
{
    bool has_dkim = false;
    SP_ARRAY_FOREACH (&observation->records, record) {
        bool is_dkim = record->record.leg == SP_LEG_DKIM;
        has_dkim |= is_dkim;
        if (record->behind.kind == SP_BEHIND_LOOP ||
            (!is_dkim && record->behind.kind != SP_BEHIND_EXISTS))
            return false;
    }
    return observation->records.n && (!has_dkim || has_any_valid_key(observation));
}

static enum sp_code code_of_behind(const struct sp_record_observation *record)
{
    switch (record->behind.kind) {
    case SP_BEHIND_NOT_ASKED:
        return SP_CODE_NONE;
    case SP_BEHIND_UNKNOWN:
        return SP_CODE_SERVER_UNREACHABLE;
    case SP_BEHIND_NO_SUCH_NAME:
        return SP_CODE_TARGET_MISSING;
    case SP_BEHIND_LOOP:
        return SP_CODE_CNAME_LOOP;
    case SP_BEHIND_BOGUS:
        return SP_CODE_DNSSEC_BOGUS;
    case SP_BEHIND_EXISTS:
        break;
    }
    if (record->record.leg != SP_LEG_DKIM)
        return SP_CODE_NONE;
    switch (record->behind.key.state) {
    case SP_DKIM_KEY_VALID:
        return is_expected(record) ? SP_CODE_NONE : SP_CODE_DKIM_KEY_MISMATCH;
    case SP_DKIM_KEY_NONE:
        return SP_CODE_DKIM_KEY_MISSING;
    case SP_DKIM_KEY_REVOKED:
        return SP_CODE_DKIM_KEY_REVOKED;
    case SP_DKIM_KEY_WEAK:
        return SP_CODE_DKIM_KEY_WEAK;
    case SP_DKIM_KEY_MALFORMED:
        break;
    }
    return SP_CODE_DKIM_KEY_MALFORMED;
}

size_t sp_judge_advice(const struct sp_record_observation *record, enum sp_code ret_codes[2])
{
    const struct sp_behind *behind = &record->behind;
    const struct sp_dkim_key *key = &behind->key;
    size_t n = 0;
    if (has_valid_key(record) && key->type == SP_DKIM_RSA && key->n_bits < SP_DKIM_RSA_BITS_ENOUGH)
        ret_codes[n++] = SP_CODE_DKIM_KEY_WEAK;
    if (has_valid_key(record) && key->is_testing)
        ret_codes[n++] = SP_CODE_DKIM_KEY_TESTING;
    if (record->record.leg != SP_LEG_RETURN_PATH || behind->kind != SP_BEHIND_EXISTS)
        return n;
    if (behind->is_without_mx)
        ret_codes[n++] = SP_CODE_RETURN_PATH_MX_MISSING;
    if (behind->is_without_spf)
        ret_codes[n++] = SP_CODE_RETURN_PATH_SPF_MISSING;
    return n;
}

static enum patience patience_with_behind(enum sp_code code)
{
    if (code == SP_CODE_SERVER_UNREACHABLE) /* the resolver could not tell: that proves nothing */
        return NEVER;
    return code == SP_CODE_TARGET_MISSING || code == SP_CODE_DKIM_KEY_MISSING ? AFTER_WINDOW
                                                                              : AT_ONCE;
}

struct sp_judgement sp_judge_behind(const struct sp_observation *observation,
                                    const struct sp_record_observation *record,
                                    const struct sp_verdict_context *context)
{
    enum sp_code code = code_of_behind(record);
    enum sp_code advice[2];
    bool is_spare = record->record.leg == SP_LEG_DKIM && has_any_valid_key(observation);
    if (code == SP_CODE_NONE)
        return advisory(SP_STATE_LIVE, sp_judge_advice(record, advice) ? advice[0] : code);
    /* A loop is a fault of the records themselves: it does not depend on what counts as done. */
    if (code == SP_CODE_CNAME_LOOP)
        return blocking(SP_STATE_LIVE, code, AT_ONCE, context);
    if (is_spare && (code == SP_CODE_TARGET_MISSING || code == SP_CODE_DKIM_KEY_MISSING))
        return advisory(SP_STATE_LIVE, SP_CODE_SELECTOR_IDLE);
    if (is_spare || context->until == SP_UNTIL_RECORDS)
        return advisory(SP_STATE_LIVE, code);
    return blocking(SP_STATE_LIVE, code, patience_with_behind(code), context);
}
