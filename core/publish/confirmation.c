/*
 * After publishing: looking at the name servers until the verdict is final.
 */
#include "publish/errand.h"

static void supersede(struct sp_errand *errand, const struct sp_name *host,
                      const struct sp_name *target, uint32_t ttl, int64_t since_s)
{
    int64_t until_s = since_s + ttl + SP_SECONDARY_LAG_S;
    if (sp_name_is_set(target) && until_s > sp_wall_s())
        *sp_array_push(&errand->superseded) =
            (struct sp_superseded){.host = *host, .target = *target, .until_s = until_s};
}

/* What this run replaced. */
static void supersede_here(struct sp_errand *errand)
{
    SP_ARRAY_FOREACH (&errand->portions, item) {
        SP_ARRAY_FOREACH (&(*item)->plan.steps, step) {
            if ((*item)->is_approved && step->action != SP_ACTION_KEEP && step->before)
                supersede(errand, &step->before->host, &step->before->target, step->before->ttl,
                          sp_wall_s());
        }
    }
}

static void supersede_change(struct sp_errand *errand, const struct sp_ledger_change *change)
{
    struct sp_name host, target;
    struct sp_err ignored = SP_ERR_INIT;
    const char *type = json_string_value(json_object_get(change->before, "type"));
    const char *value = json_string_value(json_object_get(change->before, "value"));
    json_int_t ttl = json_integer_value(json_object_get(change->before, "ttl"));
    if (!change->outcome || strcmp(change->outcome, "applied") != 0 || !type ||
        strcmp(type, "CNAME") != 0 || !value || sp_name_parse(&host, change->host, &ignored) < 0 ||
        sp_name_parse(&target, value, &ignored) < 0)
        return;
    supersede(errand, &host, &target, ttl > 0 && ttl < UINT32_MAX ? (uint32_t)ttl : 0,
              change->resolved_at_s);
}

/* What earlier runs replaced not long ago. Without it a verdict is stricter, nothing else. */
static void supersede_before(struct sp_errand *errand)
{
    sp_ledger_changes changes;
    struct sp_err ignored = SP_ERR_INIT;
    if (sp_ledger_list_changes(errand->publication->config->ledger, &errand->set->domain, false,
                               &changes, &ignored) < 0)
        return;
    SP_ARRAY_FOREACH (&changes, change) {
        supersede_change(errand, change);
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
}

void sp_errand_remember_check(struct sp_errand *errand)
{
    struct sp_result *result = &errand->result;
    struct sp_err err = SP_ERR_INIT;
    char *status = sp_strdup(sp_status_name(result->status));
    const struct sp_ledger_check check = {
        .at_s = result->checked_at_s,
        .status = status,
        .message = result->message,
        .is_records_live = result->is_records_live,
        .is_key_live = result->is_key_live,
    };
    if (sp_ledger_add_check(errand->publication->config->ledger, &errand->set->domain, &check,
                            &err) < 0)
        sp_result_warn(result, "ledger", err.fix, "this look is not remembered: %s", err.message);
    free(status);
}

/* ---- records that a person types ----------------------------------------------------------------
 */

static const struct sp_result_record *record_at(const struct sp_result *result,
                                                const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        if (sp_name_equal(&record->record.host, host))
            return record;
    }
    return NULL;
}

/* Creations still planned, after everything else was written, are those that a person makes. Those
 * whose records are live get ACTION and OUTCOME. True when some are not. */
static bool mark_live(struct sp_errand *errand, enum sp_action action, enum sp_outcome outcome)
{
    bool is_missing = false;
    SP_ARRAY_FOREACH (&errand->result.changes, change) {
        const struct sp_result_record *record = record_at(&errand->result, &change->host);
        if (change->outcome != SP_OUTCOME_PLANNED || !record)
            continue;
        if (record->has_state && record->state == SP_STATE_LIVE) {
            change->action = action;
            change->outcome = outcome;
        } else {
            is_missing = true;
        }
    }
    return is_missing;
}

const struct sp_description *sp_errand_manual_provider(const struct sp_errand *errand)
{
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if (!(*portion)->job)
            return &(*portion)->source->plugin->description;
    }
    return NULL;
}

/* ---- the verdicts -------------------------------------------------------------------------------
 */

static void look_first(struct sp_errand *errand)
{
    const struct sp_publish_config *config = errand->publication->config;
    const struct sp_description *provider = sp_errand_manual_provider(errand);
    errand->has_looked = true;
    if (provider && mark_live(errand, SP_ACTION_KEEP, SP_OUTCOME_UNCHANGED) && config->on_manual)
        config->on_manual(config->arg, &errand->result, provider);
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct sp_errand *errand = arg;
    if (errand->is_finished)
        return;
    sp_result_set_verdict(&errand->result, observation, verdict);
    if (!errand->has_looked)
        look_first(errand);
    else
        mark_live(errand, SP_ACTION_CREATE, SP_OUTCOME_APPLIED);
    if (is_final) {
        sp_errand_remember_check(errand);
        sp_errand_finish(errand, NULL);
    } else {
        sp_errand_progress(errand, "verifying");
    }
}

static bool is_by_api(const struct sp_errand *errand)
{
    bool is_by_api = false;
    SP_ARRAY_FOREACH (&errand->portions, portion)
        is_by_api |= (*portion)->job != NULL;
    return is_by_api;
}

void sp_errand_verify(struct sp_errand *errand)
{
    const struct sp_publish_config *config = errand->publication->config;
    bool has_api = is_by_api(errand);
    supersede_here(errand);
    supersede_before(errand);
    errand->look = (struct sp_verification_config){
        .client = config->client,
        .delegations = config->delegations,
        .wait_ms = config->wait_ms,
        .context = {.published_at_s = errand->result.published_at_s,
                    .window_s = SP_WINDOW_S,
                    .until = config->until,
                    .is_zone_at_provider = has_api,
                    .provider_label =
                        has_api ? sp_source_label(errand->placements[0].source) : NULL,
                    .superseded = errand->superseded.items,
                    .n_superseded = errand->superseded.n},
    };
    sp_errand_progress(errand, "verifying");
    errand->verification = sp_verification_start(config->loop, &errand->look, errand->set,
                                                 &errand->result.dns_queries, on_verdict, errand);
}
