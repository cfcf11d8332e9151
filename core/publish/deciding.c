/*
 * Deciding an errand: planning against what is there, refusing, asking, approving.
 */
#include "base/text.h"
#include "publish/errand.h"
#include "publish/zone_job.h"

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
    sp_errand_fail(errand, NULL);
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
    sp_errand_release(errand);
    if (!has_writes)
        sp_errand_go_on(errand);
}

/* What the provider said of the zone that holds the domain's first record. */
static int remember_servers(struct sp_errand *errand, struct sp_err *err)
{
    struct sp_buf servers = SP_BUF_INIT(SP_TEXT_MAX);
    SP_ARRAY_FOREACH (&errand->portions, item) {
        const struct sp_portion *portion = *item;
        if (!portion->job || !sp_name_equal(&portion->zone, &errand->result.zone))
            continue;
        SP_ARRAY_FOREACH (&portion->job->zone->name_servers, server)
            sp_buf_printf(&servers, "%s%s", servers.len ? " " : "", SP_NAME_STR(server));
    }
    int status = sp_ledger_mark_served(errand->publication->config->ledger, &errand->set->domain,
                                       sp_buf_str(&servers), err);
    sp_buf_fini(&servers);
    return status;
}

static int remember_set(struct sp_errand *errand, struct sp_err *err)
{
    const struct sp_publish_config *config = errand->publication->config;
    if (config->is_unpublish)
        return 0;
    if (sp_ledger_put_set(config->ledger, errand->set, errand->result.provider,
                          SP_NAME_STR(&errand->result.zone), true, err) < 0)
        return -1;
    return remember_servers(errand, err);
}

static int plan_portions(struct sp_errand *errand, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&errand->portions, item) {
        struct sp_portion *portion = *item;
        if (portion->job && sp_errand_settle(errand, portion, err) < 0)
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
        sp_errand_fail(errand, &err);
    else if (find_refusal(errand, &err) < 0)
        sp_errand_fail(errand, &err);
    else if (errand->publication->config->is_dry_run)
        end_dry_run(errand);
    else if (ask(errand, &err) < 0)
        sp_errand_fail(errand, &err);
    else if (remember_set(errand, &err) < 0)
        sp_errand_fail(errand, &err);
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
        sp_errand_fail(errand, &errand->trouble);
    else
        decide(errand);
}
