/*
 * What the ledger has of an errand's domain: intents that an earlier run left open, which records
 * are signpost's own, and which another domain has as well.
 */
#include "publish/errand.h"
#include "publish/image.h"
#include "publish/zone_job.h"

/* A domain of this run gives its records back, too. */
static bool is_in_run(const struct sp_publication *publication, const struct sp_name *domain)
{
    for (size_t i = 0; i < publication->n_errands; i++)
        if (sp_name_equal(&publication->errands[i].set->domain, domain))
            return true;
    return false;
}

static int recall_shared(struct sp_errand *errand, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&errand->set->records, record) {
        sp_ledger_domains others;
        if (sp_ledger_list_sharers(errand->publication->config->ledger, &errand->set->domain,
                                   record, &others, err) < 0)
            return -1;
        SP_ARRAY_FOREACH (&others, other) {
            if (!is_in_run(errand->publication, other))
                *sp_array_push(&errand->shared) = (struct sp_shared_record){record->host, *other};
        }
        sp_array_free(&others);
    }
    return 0;
}

const struct sp_name *sp_errand_sharer(const struct sp_errand *errand, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&errand->shared, shared) {
        if (sp_name_equal(&shared->host, host))
            return &shared->other;
    }
    return NULL;
}

int sp_errand_recall(struct sp_errand *errand, struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    if (sp_ledger_list_changes(config->ledger, &errand->set->domain, !config->only_ours,
                               &errand->history, err) < 0)
        return -1;
    return config->only_ours ? recall_shared(errand, err) : 0;
}

/* Whether the listing tells of CHANGE. What other errands want there may not have been listed. */
static bool was_listed(const struct sp_portion *portion, const struct sp_ledger_change *change,
                       struct sp_name *ret_host)
{
    struct sp_err ignored = SP_ERR_INIT;
    if (sp_name_parse(ret_host, change->host, &ignored) < 0 ||
        strcmp(change->provider, portion->source->plugin->description.name) != 0 ||
        strcmp(change->zone, SP_NAME_STR(&portion->zone)) != 0)
        return false;
    SP_ARRAY_FOREACH (&portion->wanted, wanted) {
        if (sp_name_equal(&wanted->host, ret_host))
            return true;
    }
    return false;
}

static void settle_one(struct sp_errand *errand, const struct sp_portion *portion,
                       struct sp_ledger_change *change, const struct sp_name *host)
{
    enum sp_outcome outcome = sp_image_settle(change->before, change->after, host,
                                              portion->job->listed.items, portion->job->listed.n);
    change->outcome = sp_strdup(sp_outcome_name(outcome));
    if (outcome == SP_OUTCOME_APPLIED && change->after &&
        change->intended_at_s > errand->settled_at_s)
        errand->settled_at_s = change->intended_at_s;
}

int sp_errand_settle(struct sp_errand *errand, const struct sp_portion *portion, struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    SP_ARRAY(struct sp_ledger_change) settled = {0}; /* shallow copies */
    int status = 0;
    SP_ARRAY_FOREACH (&errand->history, change) {
        struct sp_name host;
        if (change->outcome || !was_listed(portion, change, &host))
            continue;
        settle_one(errand, portion, change, &host);
        *sp_array_push(&settled) = *change;
    }
    if (settled.n && !config->is_dry_run)
        status = sp_ledger_resolve(config->ledger, settled.items, settled.n, err);
    sp_array_free(&settled);
    return status;
}

bool sp_errand_has_open(const struct sp_errand *errand, const struct sp_portion *portion)
{
    SP_ARRAY_FOREACH (&errand->history, change) {
        struct sp_name ignored;
        if (!change->outcome && was_listed(portion, change, &ignored))
            return true;
    }
    return false;
}

bool sp_errand_wrote(const struct sp_errand *errand, const struct sp_record *record)
{
    bool is_ours = false;
    SP_ARRAY_FOREACH (&errand->history, change) {
        const char *value = json_string_value(json_object_get(change->after, "value"));
        if (!change->outcome || strcmp(change->outcome, "applied") != 0 ||
            strcmp(change->type, record->type) != 0 ||
            strcmp(change->host, SP_NAME_STR(&record->host)) != 0)
            continue;
        is_ours = value && strcmp(value, SP_NAME_STR(&record->target)) == 0;
    }
    return is_ours;
}
