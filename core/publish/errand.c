#include "publish/errand.h"

#include "base/text.h"
#include "publish/image.h"
#include "publish/zone_job.h"

void sp_errand_init(struct sp_errand *errand, struct sp_publication *publication,
                    const struct sp_record_set *set)
{
    *errand = (struct sp_errand){.publication = publication, .set = set};
    sp_result_init(&errand->result, set);
    errand->result.is_dry_run = publication->config->is_dry_run;
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
    sp_array_free(&errand->superseded);
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
static void release(struct sp_errand *errand)
{
    if (errand->is_released || errand->publication->is_cancelled)
        return;
    errand->is_released = true;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        if ((*portion)->job)
            sp_zone_job_decided((*portion)->job);
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
    if (!result->message[0])
        sp_copy_text(result->message, sizeof(result->message), result->err.message);
    result->elapsed_ms = sp_monotonic_ms() - errand->publication->started_ms;
    if (config->on_result)
        config->on_result(config->arg, result);
    sp_publication_errand_finished(errand->publication, errand);
}

/* Not placed in any job yet, or nothing to write: finished errands still release the others. */
static void fail(struct sp_errand *errand, const struct sp_err *err)
{
    sp_errand_finish(errand, err);
    release(errand);
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
    sp_err_set(&err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    sp_err_fix(&err, "run it again: it goes on from what is there");
    if (errand->result.has_verdict)
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
        sp_copy_text(result->message, sizeof(result->message),
                     "nothing to take back: none of the records is there");
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
    bool is_found = false, is_anew = has_applied(errand);
    if (is_anew)
        errand->result.published_at_s = sp_wall_s();
    if (sp_ledger_mark_published(ledger, domain, sp_wall_s(), is_anew, &err) < 0 ||
        sp_ledger_get(ledger, domain, &entry, &is_found, &err) < 0)
        warn_of_ledger(errand, &err);
    if (is_found)
        errand->result.published_at_s = entry.published_at_s;
    sp_ledger_entry_fini(&entry);
}

/* Everything is written, or nothing had to be. */
static void go_on(struct sp_errand *errand)
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
        go_on(errand);
}

/* ---- planning and deciding ----------------------------------------------------------------------
 */

/* Intents that an earlier run left open: what is there now tells what became of them. */
static int settle_leftovers(struct sp_errand *errand, struct sp_portion *portion,
                            struct sp_err *err)
{
    struct sp_ledger *ledger = errand->publication->config->ledger;
    const struct sp_zone_job *job = portion->job;
    sp_ledger_changes open;
    if (sp_ledger_list_changes(ledger, &errand->set->domain, true, &open, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&open, change) {
        struct sp_name host;
        struct sp_err ignored = SP_ERR_INIT;
        bool is_listed = sp_name_parse(&host, change->host, &ignored) == 0 &&
                         strcmp(change->provider, portion->source->plugin->description.name) == 0 &&
                         strcmp(change->zone, SP_NAME_STR(&portion->zone)) == 0;
        bool is_asked = false;
        for (size_t i = 0; is_listed && i < job->hosts.n; i++)
            is_asked |= sp_name_equal(&job->hosts.items[i], &host);
        if (is_asked)
            change->outcome = sp_strdup(sp_outcome_name(sp_image_settle(
                change->before, change->after, &host, job->listed.items, job->listed.n)));
    }
    int status = open.n ? sp_ledger_resolve(ledger, open.items, open.n, err) : 0;
    SP_ARRAY_FOREACH (&open, change)
        sp_ledger_change_fini(change);
    sp_array_free(&open);
    return status;
}

static int refuse_read_only(const struct sp_portion *portion, struct sp_err *err)
{
    const struct sp_zone *zone = portion->job->zone;
    sp_err_set(err, SP_ERR_REFUSED, "zone-read-only",
               "the zone %s must not be written at %s%s%.300s", SP_NAME_STR(&zone->name),
               sp_source_label(portion->source), zone->note ? ": " : "",
               zone->note ? zone->note : "");
    return sp_err_fix(err, "publish where the zone is edited: name that provider with --provider");
}

/* "A,TXT": the types that were named and those that would have to be, each once. */
static void list_wanted_types(const struct sp_errand *errand, struct sp_buf *out)
{
    const struct sp_publish_config *config = errand->publication->config;
    sp_strings types = {0};
    for (size_t i = 0; i < config->n_replace_types; i++)
        sp_strings_add(&types, config->replace_types[i]);
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        SP_ARRAY_FOREACH (&(*portion)->plan.wants_types, type)
            sp_strings_add(&types, *type);
    }
    for (size_t i = 0; i < types.n; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i && is_new; j++)
            is_new = !sp_ascii_equal(types.items[j], types.items[i]);
        if (is_new)
            sp_buf_printf(out, "%s%s", i ? "," : "", types.items[i]);
    }
    sp_strings_free(&types);
}

/* All the flags that the domain takes, so that nobody learns of them one by one. */
static void fix_replaceable(const struct sp_errand *errand, struct sp_err *err)
{
    struct sp_buf types = SP_BUF_INIT(sizeof(err->fix));
    bool wants_replace = errand->publication->config->may_replace;
    SP_ARRAY_FOREACH (&errand->portions, portion)
        wants_replace |= (*portion)->plan.wants_replace;
    list_wanted_types(errand, &types);
    sp_err_fix(err, "if nothing needs what is there any more, run it again with %s%s%s%s--yes",
               wants_replace ? "--replace " : "", types.len ? "--replace-types " : "",
               sp_buf_str(&types), types.len ? " " : "");
    sp_buf_fini(&types);
}

/* The first refusal, one that no flag allows before all others; NULL: none. RET_N: how many. */
static const struct sp_step *first_refused(const struct sp_errand *errand, size_t *ret_n)
{
    const struct sp_step *first = NULL;
    *ret_n = 0;
    SP_ARRAY_FOREACH (&errand->portions, item) {
        SP_ARRAY_FOREACH (&(*item)->plan.steps, step) {
            *ret_n += step->is_refused;
            if (step->is_refused && (!first || (step->is_barred && !first->is_barred)))
                first = step;
        }
    }
    return first;
}

static int find_refusal(const struct sp_errand *errand, struct sp_err *err)
{
    size_t n;
    const struct sp_step *refused = first_refused(errand, &n);
    SP_ARRAY_FOREACH (&errand->portions, item) {
        if ((*item)->job && (*item)->job->zone->is_read_only && sp_portion_has_writes(*item))
            return refuse_read_only(*item, err);
    }
    if (!refused)
        return 0;
    *err = refused->err;
    if (!refused->is_barred)
        fix_replaceable(errand, err);
    size_t len = strlen(err->message);
    if (n > 1)
        snprintf(err->message + len, sizeof(err->message) - len, " (and %zu more of its records)",
                 n - 1);
    return -1;
}

static int ask(struct sp_errand *errand, struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    bool needs_yes = false;
    SP_ARRAY_FOREACH (&errand->portions, portion)
        needs_yes |= (*portion)->job && (*portion)->plan.needs_yes;
    if (!needs_yes || config->has_yes)
        return 0;
    if (!config->confirm) {
        sp_err_set(err, SP_ERR_REFUSED, "needs-yes",
                   "records that are there would be %s, and nobody said yes to that",
                   config->is_unpublish ? "removed" : "changed or removed");
        return sp_err_fix(err, "look at the plan with --dry-run, then run this again with --yes");
    }
    if (config->confirm(config->arg, &errand->result))
        return 0;
    sp_err_set(err, SP_ERR_REFUSED, "declined", "not changed: the answer was no");
    return sp_err_fix(err, "run it again and answer y, or use --yes");
}

/* Nobody said yes: nothing of the plan is done. */
static void refuse_planned(struct sp_errand *errand, const struct sp_err *err)
{
    SP_ARRAY_FOREACH (&errand->result.changes, change) {
        if (change->outcome == SP_OUTCOME_PLANNED)
            change->outcome = SP_OUTCOME_REFUSED;
    }
    fail(errand, err);
}

static void finish_dry_run(struct sp_errand *errand)
{
    size_t n = 0;
    SP_ARRAY_FOREACH (&errand->result.changes, change)
        n += change->outcome == SP_OUTCOME_PLANNED;
    if (n)
        snprintf(errand->result.message, sizeof(errand->result.message),
                 "%zu change%s planned, nothing changed", n, n == 1 ? "" : "s");
    else
        sp_copy_text(errand->result.message, sizeof(errand->result.message), "nothing to change");
    fail(errand, NULL);
}

/* The DNS tells of records that no API lists whether they are there already. */
static void end_dry_run(struct sp_errand *errand)
{
    if (sp_errand_manual_provider(errand))
        sp_errand_glance(errand, finish_dry_run);
    else
        finish_dry_run(errand);
}

static void approve(struct sp_errand *errand)
{
    bool has_writes = false;
    SP_ARRAY_FOREACH (&errand->portions, portion) {
        (*portion)->is_approved = sp_portion_has_writes(*portion);
        errand->n_unwritten += (*portion)->is_approved;
        has_writes |= (*portion)->is_approved;
    }
    release(errand);
    if (!has_writes)
        go_on(errand);
}

static int remember_set(struct sp_errand *errand, struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    if (config->is_unpublish)
        return 0;
    return sp_ledger_put_set(config->ledger, errand->set, errand->result.provider,
                             SP_NAME_STR(&errand->result.zone), true, err);
}

static int plan_portions(struct sp_errand *errand, struct sp_err *err)
{
    bool is_dry_run = errand->publication->config->is_dry_run;
    SP_ARRAY_FOREACH (&errand->portions, item) {
        struct sp_portion *portion = *item;
        if (portion->job && !is_dry_run && settle_leftovers(errand, portion, err) < 0)
            return -1;
        if (portion->job)
            sp_portion_plan(portion, portion->job->listed.items, portion->job->listed.n);
        else
            sp_portion_plan(portion, NULL, 0);
    }
    for (size_t i = 0; i < errand->set->records.n; i++)
        sp_portion_report(errand->placements[i].portion, &errand->set->records.items[i].host);
    return 0;
}

static void decide(struct sp_errand *errand)
{
    struct sp_err err = SP_ERR_INIT;
    if (plan_portions(errand, &err) < 0)
        fail(errand, &err);
    else if (find_refusal(errand, &err) < 0)
        fail(errand, &err);
    else if (errand->publication->config->is_dry_run)
        end_dry_run(errand);
    else if (ask(errand, &err) < 0)
        refuse_planned(errand, &err);
    else if (remember_set(errand, &err) < 0)
        fail(errand, &err);
    else
        approve(errand);
}

void sp_errand_begin(struct sp_errand *errand)
{
    if (!errand->is_finished && errand->n_unlisted == 0)
        decide(errand);
}

void sp_errand_listed(struct sp_errand *errand, const struct sp_err *err)
{
    if (sp_err_is_set(err) && !sp_err_is_set(&errand->trouble))
        errand->trouble = *err;
    if (--errand->n_unlisted)
        return;
    if (sp_err_is_set(&errand->trouble))
        fail(errand, &errand->trouble);
    else
        decide(errand);
}
