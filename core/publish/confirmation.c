/*
 * After publishing: looking at the name servers until the verdict is final.
 */
#include "publish/errand.h"
#include "publish/remember.h"

static void add_written(sp_written_list *written, const struct sp_portion *portion,
                        const struct sp_step *step)
{
    bool was_absent = !step->before || !sp_name_is_set(&step->before->target);
    *sp_array_push(written) = (struct sp_written){
        .host = portion->wanted.items[step->record].host,
        .at_s = sp_wall_s(),
        .was_absent = was_absent,
        .old_ttl_s = was_absent ? 0 : step->before->ttl,
    };
}

/* What this run wrote, and what it replaced. */
static void supersede_here(struct sp_errand *errand)
{
    SP_ARRAY_FOREACH (&errand->portions, item) {
        SP_ARRAY_FOREACH (&(*item)->plan.steps, step) {
            if (!(*item)->is_approved || !(*item)->job || step->action == SP_ACTION_KEEP)
                continue;
            if (step->before)
                sp_superseded_add(&errand->past.superseded, &step->before->host,
                                  &step->before->target, step->before->ttl, sp_wall_s());
            if (step->action != SP_ACTION_DELETE)
                add_written(&errand->past.written, *item, step);
        }
    }
}

void sp_errand_remember_check(struct sp_errand *errand)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_result_remember(&errand->result, errand->publication->config->ledger, &err) < 0)
        sp_result_warn(&errand->result, "ledger", err.fix, "this look is not remembered: %s",
                       err.message);
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

/* ---- one look at what a person edits ------------------------------------------------------------
 */

/* Some server says that it is not there, and none that it is; or nothing serves the name any more.
 */
static bool is_gone(const struct sp_record_observation *observed)
{
    bool is_live = false, is_denied = false;
    SP_ARRAY_FOREACH (&observed->seen, seen) {
        is_live |= seen->kind == SP_SEEN_LIVE;
        is_denied |= seen->kind == SP_SEEN_OTHER_CNAME || seen->kind == SP_SEEN_NXDOMAIN ||
                     seen->kind == SP_SEEN_NODATA;
    }
    bool is_unserved =
        observed->delegation && (observed->delegation->state == SP_DELEGATION_NXDOMAIN ||
                                 observed->delegation->state == SP_DELEGATION_NO_NS);
    return !is_live && (is_denied || is_unserved);
}

static bool is_settled(const struct sp_errand *errand, const struct sp_name *host,
                       const struct sp_observation *observation, const struct sp_verdict *verdict)
{
    for (size_t i = 0; i < observation->records.n && i < verdict->records.n; i++)
        if (sp_name_equal(&observation->records.items[i].record.host, host))
            return errand->publication->config->is_unpublish
                       ? is_gone(&observation->records.items[i])
                       : verdict->records.items[i].state == SP_STATE_LIVE;
    return false;
}

static void settle_by_hand(struct sp_errand *errand, const struct sp_observation *observation,
                           const struct sp_verdict *verdict)
{
    const struct sp_publish_config *config = errand->publication->config;
    bool is_taken_back = config->is_unpublish && !config->is_dry_run;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        for (size_t i = 0; !(*portion)->job && i < (*portion)->plan.steps.n; i++) {
            struct sp_result_change *change = sp_portion_change(*portion, i);
            if (change->outcome != SP_OUTCOME_PLANNED ||
                !is_settled(errand, &change->host, observation, verdict))
                continue;
            change->outcome = is_taken_back ? SP_OUTCOME_APPLIED : SP_OUTCOME_UNCHANGED;
            if (!is_taken_back)
                change->action = SP_ACTION_KEEP;
        }
    }
}

static void on_glance(void *arg, const struct sp_observation *observation,
                      const struct sp_verdict *verdict, bool is_final)
{
    struct sp_errand *errand = arg;
    if (errand->is_finished || !is_final)
        return;
    settle_by_hand(errand, observation, verdict);
    errand->on_glanced(errand);
}

void sp_errand_glance(struct sp_errand *errand, void (*fn)(struct sp_errand *errand))
{
    const struct sp_publish_config *config = errand->publication->config;
    errand->on_glanced = fn;
    errand->look = (struct sp_verification_config){
        .client = config->client,
        .delegations = config->delegations,
        .context = {.window_s = SP_WINDOW_S, .until = SP_UNTIL_RECORDS},
    };
    sp_errand_progress(errand, "verifying");
    errand->verification = sp_verification_start(config->loop, &errand->look, errand->set,
                                                 &errand->result.dns_queries, on_glance, errand);
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
    if (is_final || !errand->past.was_connected)
        sp_errand_remember_check(errand);
    if (is_final) {
        sp_errand_finish(errand, NULL);
    } else {
        sp_errand_progress(errand, "verifying");
    }
}

/* The first provider with an API that has a part in it, or NULL. */
static const struct sp_source *api_source(const struct sp_errand *errand)
{
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if ((*portion)->job)
            return (*portion)->source;
    }
    return NULL;
}

/* Without what the ledger knows of earlier runs a verdict is stricter, nothing else. When it was
 * published is known of this run. */
static void read_past(struct sp_errand *errand)
{
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_ledger *ledger = errand->publication->config->ledger;
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    int64_t published_at_s = errand->result.published_at_s;
    if (sp_ledger_get(ledger, &errand->set->domain, &entry, &is_found, &ignored) < 0 || !is_found)
        return;
    (void)sp_past_read(&errand->past, ledger, &entry, &errand->result, &ignored);
    errand->result.published_at_s = published_at_s;
    sp_ledger_entry_fini(&entry);
}

void sp_errand_verify(struct sp_errand *errand)
{
    const struct sp_publish_config *config = errand->publication->config;
    const struct sp_source *source = api_source(errand);
    read_past(errand);
    supersede_here(errand);
    errand->look = (struct sp_verification_config){
        .client = config->client,
        .delegations = config->delegations,
        .wait_ms = config->wait_ms,
        .evidence = config->evidence,
        .provider = errand->result.provider,
        .context = {.published_at_s = errand->result.published_at_s,
                    .window_s = errand->result.course.window_s,
                    .until = config->until,
                    .is_zone_at_provider = source != NULL,
                    .provider_label = source ? sp_source_label(source) : NULL},
    };
    sp_past_tell(&errand->past, &errand->look.context);
    sp_errand_progress(errand, "verifying");
    errand->verification = sp_verification_start(config->loop, &errand->look, errand->set,
                                                 &errand->result.dns_queries, on_verdict, errand);
}
