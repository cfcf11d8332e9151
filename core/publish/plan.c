#include "publish/plan.h"

#include "base/text.h"

static struct sp_step *push(struct sp_plan *plan, size_t record, enum sp_action action,
                            const struct sp_listed *before, uint32_t ttl)
{
    struct sp_step *step = sp_array_push(&plan->steps);
    step->record = record;
    step->action = action;
    step->before = before;
    step->ttl = ttl;
    return step;
}

static struct sp_step *push_refused(struct sp_plan *plan, size_t record, enum sp_action action,
                                    const struct sp_listed *before, uint32_t ttl)
{
    struct sp_step *step = push(plan, record, action, before, ttl);
    step->is_refused = true;
    return step;
}

static void add_up(struct sp_plan *plan)
{
    SP_ARRAY_FOREACH (&plan->steps, step) {
        if (step->is_refused) {
            plan->is_refused = true;
        } else if (step->action != SP_ACTION_KEEP) {
            plan->has_changes = true;
            plan->needs_yes |= step->action != SP_ACTION_CREATE;
        }
    }
}

static bool is_cname(const struct sp_listed *listed)
{
    return sp_ascii_equal(listed->type, "CNAME");
}

/* Signatures of a CNAME stand beside it by right (RFC 4034, sections 3 and 4; RFC 2181,
 * section 10.1). */
static bool may_stand_beside(const struct sp_listed *listed)
{
    return sp_ascii_equal(listed->type, "RRSIG") || sp_ascii_equal(listed->type, "NSEC") ||
           sp_ascii_equal(listed->type, "NSEC3");
}

/* What stands at one host. Borrows of the listing. */
struct site {
    SP_ARRAY(const struct sp_listed *) others; /* in the way, as listed */
    const struct sp_listed *same;        /* the wanted target; an enabled one if there is one */
    const struct sp_listed *other_cname; /* the first */
    const struct sp_listed *foreign;     /* the first obstacle that is not to be touched */
    const struct sp_listed *forbidden;   /* NS or SOA, else a type that was not named */
};

static bool is_never_removed(const char *type)
{
    return sp_ascii_equal(type, "NS") || sp_ascii_equal(type, "SOA");
}

static bool may_remove_type(const struct sp_plan_policy *policy, const char *type)
{
    if (is_never_removed(type))
        return false;
    for (size_t i = 0; i < policy->n_replace_types; i++)
        if (sp_ascii_equal(policy->replace_types[i], type))
            return true;
    return false;
}

static bool is_same(const struct sp_record *wanted, const struct sp_listed *listed)
{
    return is_cname(listed) && sp_name_equal(&listed->target, &wanted->target);
}

/* Whether LISTED stands in the way of the wanted record. */
static bool is_other(const struct site *site, const struct sp_record *wanted,
                     const struct sp_listed *listed)
{
    if (may_stand_beside(listed) || is_same(wanted, listed))
        return false;
    /* Beside the wanted record a CNAME that is not served does no harm. */
    return !(is_cname(listed) && listed->is_disabled && site->same);
}

static void site_add_other(struct site *site, const struct sp_listed *listed,
                           const struct sp_plan_policy *policy)
{
    if (listed->is_foreign && !site->foreign)
        site->foreign = listed;
    if (is_cname(listed)) {
        site->other_cname = site->other_cname ? site->other_cname : listed;
    } else if (!may_remove_type(policy, listed->type) &&
               (!site->forbidden || is_never_removed(listed->type))) {
        site->forbidden = listed;
    }
    *sp_array_push(&site->others) = listed;
}

static void site_look(struct site *site, const struct sp_record *wanted,
                      const struct sp_listed *listed, size_t n_listed,
                      const struct sp_plan_policy *policy)
{
    for (size_t i = 0; i < n_listed; i++)
        if (sp_name_equal(&listed[i].host, &wanted->host) && is_same(wanted, &listed[i]) &&
            (!site->same || (site->same->is_disabled && !listed[i].is_disabled)))
            site->same = &listed[i];
    for (size_t i = 0; i < n_listed; i++)
        if (sp_name_equal(&listed[i].host, &wanted->host) && is_other(site, wanted, &listed[i]))
            site_add_other(site, &listed[i], policy);
    if (site->same && site->same->is_disabled && site->same->is_foreign)
        site->foreign = site->same;
}

static uint32_t ttl_of(const struct sp_record *wanted, const struct sp_plan_policy *policy)
{
    uint32_t ttl = wanted->ttl ? wanted->ttl : policy->ttl_default;
    if (ttl < policy->ttl_min)
        ttl = policy->ttl_min;
    if (policy->ttl_max && ttl > policy->ttl_max)
        ttl = policy->ttl_max;
    return ttl;
}

static void refuse_apex(struct sp_step *step, const struct sp_record *wanted)
{
    step->is_barred = true;
    sp_err_set(
        &step->err, SP_ERR_REFUSED, "cname-at-apex",
        "%s is the top of its own zone, and a CNAME cannot stand there: the zone's SOA and NS "
        "records do (RFC 1034, section 3.6.2)",
        SP_NAME_STR(&wanted->host));
    sp_err_fix(&step->err, "ask the platform for a record whose host lies below %s",
               SP_NAME_STR(&wanted->host));
}

static void refuse_foreign(struct sp_step *step, const struct sp_record *wanted,
                           const struct sp_listed *foreign)
{
    char *note =
        sp_escaped(foreign->note ? foreign->note : "the provider keeps it in a way of its own");
    step->is_barred = true;
    sp_err_set(&step->err, SP_ERR_REFUSED, "foreign-record",
               "at %s stands a %s record that signpost does not touch: %.300s",
               SP_NAME_STR(&wanted->host), foreign->type, note);
    sp_err_fix(&step->err, "remove it at the provider yourself, then run this again");
    free(note);
}

/* "TXT, A": each type once. */
static void list_types(const struct site *site, struct sp_buf *out, const char *between)
{
    for (size_t i = 0; i < site->others.n; i++) {
        const char *type = site->others.items[i]->type;
        bool is_new = !is_cname(site->others.items[i]);
        for (size_t j = 0; j < i && is_new; j++)
            is_new = !sp_ascii_equal(site->others.items[j]->type, type);
        if (is_new)
            sp_buf_printf(out, "%s%s", out->len ? between : "", type);
    }
}

static void want_type(struct sp_plan *plan, const char *type)
{
    SP_ARRAY_FOREACH (&plan->wants_types, known) {
        if (sp_ascii_equal(*known, type))
            return;
    }
    sp_strings_add(&plan->wants_types, type);
}

/* Every flag that a host with records in the way takes, so that nobody learns of them one by one.
 */
static void want_all(struct sp_plan *plan, const struct site *site)
{
    SP_ARRAY_FOREACH (&site->others, other) {
        if (is_cname(*other))
            plan->wants_replace = true;
        else
            want_type(plan, (*other)->type);
    }
}

static void refuse_type(struct sp_step *step, const struct sp_record *wanted,
                        const struct site *site)
{
    struct sp_buf types = SP_BUF_INIT(256);
    const char *type = site->forbidden->type;
    step->is_barred = is_never_removed(type);
    list_types(site, &types, ", ");
    sp_err_set(&step->err, SP_ERR_REFUSED, "other-type",
               "at %s there are records of other types (%s), and a CNAME cannot stand beside them",
               SP_NAME_STR(&wanted->host), sp_buf_str(&types));
    if (step->is_barred) {
        sp_err_fix(&step->err,
                   "%s is delegated to other servers by its %s record: signpost never removes that",
                   SP_NAME_STR(&wanted->host), type);
    } else {
        sp_buf_clear(&types);
        list_types(site, &types, ",");
        sp_err_fix(&step->err,
                   "if nothing needs them any more, --replace-types %s removes them first",
                   sp_buf_str(&types));
    }
    sp_buf_fini(&types);
}

static void refuse_target(struct sp_step *step, const struct sp_record *wanted,
                          const struct sp_listed *other)
{
    sp_err_set(&step->err, SP_ERR_REFUSED, "other-target", "%s already points to %s, not to %s",
               SP_NAME_STR(&wanted->host), SP_NAME_STR(&other->target),
               SP_NAME_STR(&wanted->target));
    sp_err_fix(&step->err, "if that is out of date, --replace changes it");
}

/* Removes what stands in the way and leaves one CNAME with the wanted target. */
static void settle(struct sp_plan *plan, size_t record, const struct site *site, uint32_t ttl)
{
    /* The record to turn into the wanted one: an identical one that is disabled, or another CNAME.
     */
    const struct sp_listed *turned = site->same ? site->same : site->other_cname;
    for (size_t i = 0; i < site->others.n; i++)
        if (site->others.items[i] != turned)
            push(plan, record, SP_ACTION_DELETE, site->others.items[i], site->others.items[i]->ttl);
    if (site->same && !site->same->is_disabled)
        push(plan, record, SP_ACTION_KEEP, site->same, site->same->ttl);
    else
        push(plan, record, turned ? SP_ACTION_UPDATE : SP_ACTION_CREATE, turned, ttl);
}

static void refuse_replaceable(struct sp_plan *plan, size_t record, const struct sp_record *wanted,
                               const struct site *site, uint32_t ttl)
{
    if (site->forbidden)
        refuse_type(push_refused(plan, record, SP_ACTION_CREATE, site->forbidden, ttl), wanted,
                    site);
    else
        refuse_target(push_refused(plan, record, SP_ACTION_UPDATE, site->other_cname, ttl), wanted,
                      site->other_cname);
    want_all(plan, site);
}

static void plan_one(struct sp_plan *plan, const struct sp_name *zone,
                     const struct sp_record *wanted, size_t record, const struct site *site,
                     const struct sp_plan_policy *policy)
{
    uint32_t ttl = ttl_of(wanted, policy);
    if (sp_name_equal(&wanted->host, zone))
        refuse_apex(push_refused(plan, record, SP_ACTION_CREATE, NULL, ttl), wanted);
    else if (site->foreign)
        refuse_foreign(push_refused(plan, record,
                                    is_cname(site->foreign) ? SP_ACTION_UPDATE : SP_ACTION_CREATE,
                                    site->foreign, ttl),
                       wanted, site->foreign);
    else if (site->forbidden || (site->other_cname && !policy->may_replace))
        refuse_replaceable(plan, record, wanted, site, ttl);
    else
        settle(plan, record, site, ttl);
}

void sp_plan_publish(const struct sp_name *zone, const struct sp_record *wanted, size_t n_wanted,
                     const struct sp_listed *listed, size_t n_listed,
                     const struct sp_plan_policy *policy, struct sp_plan *ret_plan)
{
    *ret_plan = (struct sp_plan){0};
    for (size_t i = 0; i < n_wanted; i++) {
        struct site site = {0};
        site_look(&site, &wanted[i], listed, n_listed, policy);
        plan_one(ret_plan, zone, &wanted[i], i, &site, policy);
        sp_array_free(&site.others);
    }
    add_up(ret_plan);
}

/* ---- taking back --------------------------------------------------------------------------------
 */

static void refuse_not_ours(struct sp_step *step, const struct sp_record *wanted,
                            const struct sp_listed *other)
{
    step->is_barred = true;
    sp_err_set(&step->err, SP_ERR_REFUSED, "not-ours",
               "%s points to %s now, not to %s: somebody changed it since",
               SP_NAME_STR(&wanted->host), SP_NAME_STR(&other->target),
               SP_NAME_STR(&wanted->target));
    sp_err_fix(&step->err, "leave it, or remove it at the provider yourself");
}

static void plan_taking_back(struct sp_plan *plan, const struct sp_record *wanted, size_t record,
                             const struct sp_listed *listed, size_t n_listed, bool may_delete)
{
    const struct sp_listed *ours = NULL, *other = NULL;
    for (size_t i = 0; i < n_listed; i++) {
        if (!is_cname(&listed[i]) || !sp_name_equal(&listed[i].host, &wanted->host))
            continue;
        if (sp_name_equal(&listed[i].target, &wanted->target))
            ours = &listed[i];
        else
            other = &listed[i];
    }
    /* Another target beside ours: some APIs remove all CNAMEs of a host at once, so nothing is
     * removed. */
    if (other)
        refuse_not_ours(push_refused(plan, record, SP_ACTION_DELETE, other, other->ttl), wanted,
                        other);
    else if (ours && !may_delete)
        push(plan, record, SP_ACTION_KEEP, ours, ours->ttl)->is_left = true;
    else if (ours && ours->is_foreign)
        refuse_foreign(push_refused(plan, record, SP_ACTION_DELETE, ours, ours->ttl), wanted, ours);
    else
        push(plan, record, ours ? SP_ACTION_DELETE : SP_ACTION_KEEP, ours, ours ? ours->ttl : 0);
}

void sp_plan_unpublish(const struct sp_record *wanted, size_t n_wanted,
                       const struct sp_listed *listed, size_t n_listed, const bool *may_delete,
                       struct sp_plan *ret_plan)
{
    *ret_plan = (struct sp_plan){0};
    for (size_t i = 0; i < n_wanted; i++)
        plan_taking_back(ret_plan, &wanted[i], i, listed, n_listed, !may_delete || may_delete[i]);
    add_up(ret_plan);
}

void sp_plan_fini(struct sp_plan *plan)
{
    sp_array_free(&plan->steps);
    sp_strings_free(&plan->wants_types);
    *plan = (struct sp_plan){0};
}
