#include "verify/expiry.h"

#include "base/limits.h"
#include "verify/judgement.h"

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

uint32_t sp_expiry_negative_s(uint32_t soa_ttl, uint32_t soa_minimum)
{
    uint32_t lesser = soa_ttl < soa_minimum ? soa_ttl : soa_minimum;
    return lesser < SP_CACHE_NEGATIVE_MAX_S ? lesser : SP_CACHE_NEGATIVE_MAX_S;
}

static int64_t kept_s(uint32_t ttl)
{
    return ttl < SP_CACHE_POSITIVE_MAX_S ? ttl : SP_CACHE_POSITIVE_MAX_S;
}

static const struct sp_written *last_written(const struct sp_verdict_context *context,
                                             const struct sp_name *host)
{
    const struct sp_written *last = NULL;
    for (size_t i = 0; i < context->n_written; i++)
        if (sp_name_equal(&context->written[i].host, host) &&
            (!last || context->written[i].at_s >= last->at_s))
            last = &context->written[i];
    return last;
}

/* What the zone said of absent names, at whichever of its servers. */
static bool find_negative(const struct sp_observation *observation,
                          const struct sp_record_observation *record, uint32_t *ret_ttl)
{
    SP_ARRAY_FOREACH (&observation->records, other) {
        if (!other->has_negative_ttl || !other->delegation || !record->delegation ||
            !sp_name_equal(&other->delegation->zone, &record->delegation->zone))
            continue;
        *ret_ttl = other->negative_ttl_s;
        return true;
    }
    return false;
}

/* For how long caches go on asking SERVER though the zone above names it no more: as long as they
 * keep the NS set that does. */
static int64_t asked_for_s(const struct sp_delegation *delegation, const struct sp_name *server)
{
    if (!delegation || !server || delegation->parent != SP_PARENT_DIFFERS)
        return 0;
    SP_ARRAY_FOREACH (&delegation->servers, known) {
        if (!known->is_parents && sp_name_equal(&known->name, server))
            return kept_s(delegation->ns_ttl_s);
    }
    return 0;
}

/* An old answer that is served now may be fetched now, or as long as the server is asked. */
static int64_t until_of_served(const struct sp_record_observation *record, int64_t now_s)
{
    int64_t until_s = 0;
    SP_ARRAY_FOREACH (&record->seen, seen) {
        enum sp_state state = sp_judge_server(seen);
        bool is_old = state == SP_STATE_MISSING || state == SP_STATE_WRONG;
        if (is_old && seen->has_old_ttl)
            until_s = later(until_s, now_s + asked_for_s(record->delegation, seen->server) +
                                         kept_s(seen->old_ttl_s));
    }
    return until_s;
}

static int64_t until_of_record(const struct sp_observation *observation,
                               const struct sp_record_observation *record,
                               const struct sp_verdict_context *context)
{
    const struct sp_written *written = last_written(context, &record->record.host);
    uint32_t ttl = 0;
    int64_t until_s = 0;
    if (written && !written->was_absent)
        until_s = written->at_s + kept_s(written->old_ttl_s);
    else if (written && find_negative(observation, record, &ttl))
        until_s = written->at_s + ttl;
    if (written || sp_tally_of(record).n_live)
        until_s = later(until_s, until_of_served(record, context->now_s));
    return until_s;
}

int64_t sp_expiry_reach(const struct sp_observation *observation,
                        const struct sp_verdict_context *context)
{
    int64_t until_s = context->caches_until_s;
    SP_ARRAY_FOREACH (&observation->records, record)
        until_s = later(until_s, until_of_record(observation, record, context));
    return until_s > context->now_s ? until_s : 0;
}

bool sp_expiry_wants_soa(const struct sp_record_observation *record,
                         const struct sp_verdict_context *context)
{
    const struct sp_written *written = last_written(context, &record->record.host);
    return written && written->was_absent && context->looked_at_s < written->at_s &&
           context->now_s - written->at_s < SP_CACHE_NEGATIVE_MAX_S;
}
