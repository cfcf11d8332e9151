#include "publish/portion.h"

#include "base/text.h"
#include "publish/errand.h"

struct sp_portion *sp_portion_new(struct sp_errand *errand, struct sp_source *source,
                                  struct sp_zone_job *job, const struct sp_name *zone)
{
    struct sp_portion *portion = sp_new(struct sp_portion);
    portion->errand = errand;
    portion->source = source;
    portion->job = job;
    portion->zone = *zone;
    return portion;
}

void sp_portion_free(struct sp_portion *portion)
{
    sp_plan_fini(&portion->plan);
    sp_array_free(&portion->wanted);
    sp_array_free(&portion->reported);
    sp_array_free(&portion->by_hand);
    free(portion);
}

/* Nobody can list the zone, so what is to be taken back is taken to be there. */
static void assume_there(struct sp_portion *portion)
{
    SP_ARRAY_FOREACH (&portion->wanted, wanted) {
        struct sp_listed *listed = sp_array_push(&portion->by_hand);
        sp_copy_text(listed->type, sizeof(listed->type), wanted->type);
        listed->host = wanted->host;
        listed->target = wanted->target;
        listed->ttl = wanted->ttl;
    }
}

static void plan_publishing(struct sp_portion *portion, const struct sp_listed *listed,
                            size_t n_listed)
{
    const struct sp_publish_config *config = portion->errand->publication->config;
    const struct sp_description *provider = &portion->source->plugin->description;
    const struct sp_plan_policy policy = {
        .may_replace = config->may_replace,
        .replace_types = config->replace_types,
        .n_replace_types = config->n_replace_types,
        .ttl_min = provider->ttl_min,
        .ttl_max = provider->ttl_max,
        .ttl_default = provider->ttl_default,
    };
    sp_plan_publish(&portion->zone, portion->wanted.items, portion->wanted.n, listed, n_listed,
                    &policy, &portion->plan);
}

/* What publishing found there stays, and what another domain has as well. Of what a person typed
 * the ledger knows nothing. */
static void plan_taking_back(struct sp_portion *portion, const struct sp_listed *listed,
                             size_t n_listed)
{
    bool only_ours = portion->errand->publication->config->only_ours && portion->job;
    bool *may_delete = sp_alloc(portion->wanted.n, sizeof(*may_delete));
    for (size_t i = 0; i < portion->wanted.n; i++)
        may_delete[i] =
            !only_ours || (sp_errand_wrote(portion->errand, &portion->wanted.items[i]) &&
                           !sp_errand_sharer(portion->errand, &portion->wanted.items[i].host));
    sp_plan_unpublish(portion->wanted.items, portion->wanted.n, listed, n_listed, may_delete,
                      &portion->plan);
    free(may_delete);
}

void sp_portion_plan(struct sp_portion *portion, const struct sp_listed *listed, size_t n_listed)
{
    if (!portion->errand->publication->config->is_unpublish) {
        plan_publishing(portion, listed, n_listed);
    } else if (portion->job) {
        plan_taking_back(portion, listed, n_listed);
    } else {
        assume_there(portion);
        plan_taking_back(portion, portion->by_hand.items, portion->by_hand.n);
    }
    for (size_t i = 0; i < portion->plan.steps.n; i++)
        *sp_array_push(&portion->reported) = SIZE_MAX;
}

/* The host as it goes to the provider. */
static char *sent_host(const struct sp_portion *portion, const struct sp_name *host)
{
    struct sp_buf out = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
    struct sp_err ignored = SP_ERR_INIT;
    if (sp_convention_write_host(&portion->source->plugin->description.convention, host,
                                 &portion->zone, &out, &ignored) < 0)
        sp_buf_clear(&out); /* outside its zone: placing does not let that happen */
    return sp_buf_steal(&out);
}

static char *value_of(const struct sp_listed *listed)
{
    if (sp_name_is_set(&listed->target))
        return sp_strdup(SP_NAME_STR(&listed->target));
    return sp_strdup(listed->value);
}

static enum sp_outcome planned_outcome(const struct sp_step *step)
{
    return step->is_refused                 ? SP_OUTCOME_REFUSED
           : step->action == SP_ACTION_KEEP ? SP_OUTCOME_UNCHANGED
                                            : SP_OUTCOME_PLANNED;
}

static void warn_of_left(const struct sp_portion *portion, const struct sp_record *wanted)
{
    const struct sp_name *sharer = sp_errand_sharer(portion->errand, &wanted->host);
    char *fix = sp_asprintf("to delete it all the same, name it: --record %s=%s",
                            SP_NAME_STR(&wanted->host), SP_NAME_STR(&wanted->target));
    if (sharer)
        sp_result_warn(&portion->errand->result, "still-published", fix,
                       "%s was published for %s as well, so it stays", SP_NAME_STR(&wanted->host),
                       SP_NAME_STR(sharer));
    else
        sp_result_warn(&portion->errand->result, "not-published-here", fix,
                       "%s was there before signpost was asked to publish it, so it stays",
                       SP_NAME_STR(&wanted->host));
    free(fix);
}

static void report_step(struct sp_portion *portion, size_t i)
{
    const struct sp_step *step = &portion->plan.steps.items[i];
    const struct sp_record *wanted = &portion->wanted.items[step->record];
    bool is_taken_back = portion->errand->publication->config->is_unpublish;
    portion->reported.items[i] = portion->errand->result.changes.n;
    struct sp_result_change *change = sp_array_push(&portion->errand->result.changes);
    change->action = step->action;
    change->outcome = planned_outcome(step);
    sp_copy_text(change->type, sizeof(change->type),
                 step->action == SP_ACTION_DELETE ? step->before->type : wanted->type);
    change->host = wanted->host;
    change->zone = portion->zone;
    change->provider = sp_strdup(portion->source->plugin->description.name);
    change->sent_host = sent_host(portion, &wanted->host);
    if (step->before && (step->is_refused || step->action != SP_ACTION_CREATE))
        change->from = value_of(step->before);
    if (step->action != SP_ACTION_DELETE && !is_taken_back)
        change->to = sp_strdup(SP_NAME_STR(&wanted->target));
    change->ttl = step->ttl;
    if (step->is_left)
        warn_of_left(portion, wanted);
}

void sp_portion_report(struct sp_portion *portion, const struct sp_name *host)
{
    for (size_t i = 0; i < portion->plan.steps.n; i++)
        if (sp_name_equal(&portion->wanted.items[portion->plan.steps.items[i].record].host, host))
            report_step(portion, i);
}

bool sp_portion_has_writes(const struct sp_portion *portion)
{
    return portion->job && portion->plan.has_changes;
}

struct sp_result_change *sp_portion_change(const struct sp_portion *portion, size_t step)
{
    return &portion->errand->result.changes.items[portion->reported.items[step]];
}
