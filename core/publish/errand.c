#include "publish/errand.h"

#include "base/text.h"
#include "publish/zone_job.h"

void sp_errand_init(struct sp_errand *errand, struct sp_publication *publication,
                    const struct sp_record_set *set)
{
    *errand = (struct sp_errand){.publication = publication, .set = set};
    sp_result_init(&errand->result, set);
    errand->result.is_dry_run = publication->config->is_dry_run;
    errand->result.wants_why = publication->config->wants_why;
    errand->placements = sp_alloc(set->records.n, sizeof(errand->placements[0]));
    for (size_t i = 0; i < set->records.n; i++)
        errand->placements[i].errand = errand;
}

void sp_errand_fini(struct sp_errand *errand)
{
    sp_verification_free(&errand->verification);
    SP_ARRAY_FOREACH (&errand->portions, portion)
        sp_portion_free(*portion);
    sp_array_free(&errand->portions);
    SP_ARRAY_FOREACH (&errand->history, change)
        sp_ledger_change_fini(change);
    sp_array_free(&errand->history);
    sp_array_free(&errand->shared);
    sp_past_fini(&errand->past);
    free(errand->placements);
    sp_result_fini(&errand->result);
}

void sp_errand_progress(struct sp_errand *errand, const char *phase)
{
    const struct sp_publish_config *config = errand->publication->config;
    if (config->on_progress && !errand->is_finished)
        config->on_progress(config->arg, &errand->result, phase);
}

/* ---- the end ------------------------------------------------------------------------------------
 */

/* Zone jobs wait for each of their errands; one that is done in any way is waited for no more. */
void sp_errand_release(struct sp_errand *errand)
{
    if (errand->is_released || errand->publication->is_cancelled)
        return;
    errand->is_released = true;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if ((*portion)->job)
            sp_zone_job_decided((*portion)->job);
    }
}

/* "planned" is the word for what was not to be done, and for what a person does: what an API was to
 * do in a run that ends early was refused, or failed. */
static void close_plan(struct sp_errand *errand)
{
    const struct sp_err *err = &errand->result.err;
    if (errand->publication->config->is_dry_run || !sp_err_is_set(err))
        return;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        SP_ARRAY_FOREACH (&(*portion)->reported, at) {
            if (!(*portion)->job || *at == SIZE_MAX ||
                errand->result.changes.items[*at].outcome != SP_OUTCOME_PLANNED)
                continue;
            errand->result.changes.items[*at].outcome =
                err->kind == SP_ERR_REFUSED ? SP_OUTCOME_REFUSED : SP_OUTCOME_FAILED;
        }
    }
}

void sp_errand_finish(struct sp_errand *errand, const struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    struct sp_result *result = &errand->result;
    if (errand->is_finished)
        return;
    errand->is_finished = true;
    if (err)
        result->err = *err;
    close_plan(errand);
    if (!result->message[0])
        sp_copy_text(result->message, sizeof(result->message), result->err.message);
    result->elapsed_ms = sp_monotonic_ms() - errand->publication->started_ms;
    if (config->on_result)
        config->on_result(config->arg, result);
    sp_publication_errand_finished(errand->publication);
}

void sp_errand_fail(struct sp_errand *errand, const struct sp_err *err)
{
    sp_errand_finish(errand, err);
    sp_errand_release(errand);
}

void sp_errand_set_interrupted(struct sp_err *err)
{
    sp_err_set(err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    sp_err_fix(err, "run it again: it goes on from what is there");
}

static bool is_being_written(const struct sp_errand *errand)
{
    bool is_writing = false;
    SP_ARRAY_FOREACH (&errand->portions, portion)
        is_writing |= (*portion)->is_approved && (*portion)->job && (*portion)->job->is_writing;
    return is_writing;
}

void sp_errand_cancel(struct sp_errand *errand, bool is_time_up)
{
    struct sp_err err = SP_ERR_INIT;
    if (errand->is_finished || (is_being_written(errand) && !is_time_up))
        return;
    sp_errand_set_interrupted(&err);
    if (errand->result.has_verdict && errand->past.was_connected)
        sp_errand_remember_check(errand);
    sp_errand_finish(errand, &err);
}

/* ---- after the write ----------------------------------------------------------------------------
 */

/* Something was changed in this run: the window of 48 hours opens anew. */
static bool has_applied(const struct sp_errand *errand)
{
    bool is_applied = false;
    SP_ARRAY_FOREACH (&errand->result.changes, change)
        is_applied |= change->outcome == SP_OUTCOME_APPLIED;
    return is_applied;
}

static void warn_of_ledger(struct sp_errand *errand, const struct sp_err *err)
{
    sp_result_warn(&errand->result, "ledger", err->fix, "this run is not remembered: %s",
                   err->message);
}

/* Whether a person still has to delete the record at HOST. */
static bool is_left(const struct sp_errand *errand, const struct sp_name *host)
{
    bool is_left = false;
    SP_ARRAY_FOREACH (&errand->result.changes, change)
        is_left |= change->outcome == SP_OUTCOME_PLANNED && sp_name_equal(&change->host, host);
    return is_left;
}

/* What is left for a person stays remembered. */
static void withdraw(struct sp_errand *errand)
{
    const struct sp_record_set *set = errand->set;
    struct sp_err err = SP_ERR_INIT;
    SP_ARRAY(struct sp_name) hosts = {0};
    SP_ARRAY_FOREACH (&set->records, record) {
        if (!is_left(errand, &record->host))
            *sp_array_push(&hosts) = record->host;
    }
    if (hosts.n && sp_ledger_withdraw(errand->publication->config->ledger, &set->domain,
                                      hosts.items, hosts.n, &err) < 0)
        warn_of_ledger(errand, &err);
    sp_array_free(&hosts);
}

static const char *why_nothing(const struct sp_errand *errand)
{
    bool has_left = false;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        SP_ARRAY_FOREACH (&(*portion)->plan.steps, step)
            has_left |= step->is_left;
    }
    return !has_left          ? "none of the records is there"
           : errand->shared.n ? "what is there stays"
                              : "what is there was there before";
}

static void finish_taking_back(struct sp_errand *errand)
{
    struct sp_result *result = &errand->result;
    size_t n_applied = 0, n_by_hand = 0;
    withdraw(errand);
    SP_ARRAY_FOREACH (&result->changes, change) {
        n_applied += change->outcome == SP_OUTCOME_APPLIED;
        n_by_hand += change->outcome == SP_OUTCOME_PLANNED;
    }
    if (n_by_hand)
        snprintf(result->message, sizeof(result->message),
                 "%zu record%s to be deleted by hand; run `signpost unpublish %s` again when that "
                 "is done",
                 n_by_hand, n_by_hand == 1 ? " is" : "s are", SP_NAME_STR(&result->domain));
    else if (n_applied)
        snprintf(result->message, sizeof(result->message), "%zu record%s taken back", n_applied,
                 n_applied == 1 ? "" : "s");
    else
        snprintf(result->message, sizeof(result->message), "nothing to take back: %s",
                 why_nothing(errand));
    sp_errand_finish(errand, NULL);
}

static void take_back_by_hand(struct sp_errand *errand)
{
    const struct sp_publish_config *config = errand->publication->config;
    if (sp_result_has_planned(&errand->result) && config->on_manual)
        config->on_manual(config->arg, &errand->result, sp_errand_manual_provider(errand));
    finish_taking_back(errand);
}

static void note_published(struct sp_errand *errand)
{
    struct sp_ledger *ledger = errand->publication->config->ledger;
    const struct sp_name *domain = &errand->set->domain;
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    /* What an earlier run wrote without seeing its end was published then. */
    int64_t written_at_s = has_applied(errand) ? sp_wall_s() : errand->settled_at_s;
    if (sp_ledger_get(ledger, domain, &entry, &is_found, &err) < 0) {
        warn_of_ledger(errand, &err);
        errand->result.published_at_s = written_at_s;
        return;
    }
    bool is_anew = written_at_s > entry.published_at_s;
    int64_t at_s = is_anew ? written_at_s : sp_wall_s();
    errand->result.published_at_s = is_anew || !entry.published_at_s ? at_s : entry.published_at_s;
    if (sp_ledger_mark_published(ledger, domain, at_s, is_anew, &err) < 0)
        warn_of_ledger(errand, &err);
    sp_ledger_entry_fini(&entry);
}

void sp_errand_go_on(struct sp_errand *errand)
{
    bool is_cancelled = errand->publication->is_cancelled;
    if (errand->publication->config->is_unpublish) {
        if (sp_errand_manual_provider(errand) && !is_cancelled)
            sp_errand_glance(errand, take_back_by_hand);
        else
            finish_taking_back(errand);
        return;
    }
    note_published(errand);
    if (is_cancelled)
        sp_errand_cancel(errand, true);
    else
        sp_errand_verify(errand);
}

void sp_errand_written(struct sp_errand *errand, const struct sp_err *err)
{
    if (err && !sp_err_is_set(&errand->trouble))
        errand->trouble = *err;
    errand->n_unwritten--;
    if (errand->publication->is_cancelled &&
        (errand->n_unwritten || sp_err_is_set(&errand->trouble)))
        sp_errand_cancel(errand, false); /* the rest is not begun any more */
    else if (errand->n_unwritten)
        return;
    else if (sp_err_is_set(&errand->trouble))
        sp_errand_finish(errand, &errand->trouble);
    else
        sp_errand_go_on(errand);
}
