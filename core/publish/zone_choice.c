#include "publish/zone_choice.h"

#include "base/text.h"

/* The zone that the DNS finds above the host; NULL when it could not be told. "No such name" names
 * the zone it comes from, and that zone is where the record goes. */
static const struct sp_name *delegated_zone(const struct sp_delegation *delegation)
{
    bool is_known =
        delegation->state == SP_DELEGATION_FOUND || delegation->state == SP_DELEGATION_NXDOMAIN;
    return is_known && sp_name_is_set(&delegation->zone) ? &delegation->zone : NULL;
}

static bool is_delegated(const struct sp_zone_question *question, const struct sp_zone *zone)
{
    const struct sp_name *delegated = delegated_zone(question->delegation);
    return delegated && sp_name_equal(delegated, &zone->name);
}

/* No resolver could tell: that says nothing about the delegation. */
static bool is_unknown(const struct sp_zone_question *question)
{
    return question->delegation->state == SP_DELEGATION_FAILED ||
           question->delegation->state == SP_DELEGATION_SILENT;
}

static bool shares_server(const struct sp_zone *zone, const struct sp_delegation *delegation)
{
    SP_ARRAY_FOREACH (&zone->name_servers, name) {
        SP_ARRAY_FOREACH (&delegation->servers, server) {
            if (sp_name_equal(name, &server->name))
                return true;
        }
    }
    return false;
}

/* A public and a private zone, say, or one that was left behind at another provider. */
int sp_zone_rank(const struct sp_zone_question *question, const struct sp_zone *zone)
{
    return 4 * shares_server(zone, question->delegation) + 2 * !zone->is_not_active +
           !zone->is_read_only;
}

/* "ID (NOTE)": the note has what tells people one from another, the account say. */
static char *zone_label(const struct sp_zone *zone)
{
    const char *id = zone->id ? zone->id : "";
    char *label =
        zone->note ? sp_asprintf("%.100s (%.150s)", id, zone->note) : sp_asprintf("%.100s", id);
    char *escaped = sp_escaped(label);
    free(label);
    return escaped;
}

static int refuse_ambiguous(const struct sp_zone_question *question, const struct sp_zone *a,
                            const struct sp_zone *b, struct sp_err *err)
{
    char *label_a = zone_label(a), *label_b = zone_label(b);
    sp_err_set(
        err, SP_ERR_REFUSED, "zone-ambiguous",
        "%s has two zones %s: %.300s and %.300s, and the name servers in the DNS do not tell "
        "which of them is served",
        question->label, SP_NAME_STR(&a->name), label_a, label_b);
    free(label_a);
    free(label_b);
    return sp_err_fix(err,
                      "remove the one that is not served, or use a credential that sees only one");
}

/* "news.example.com or example.com": where the host could live, the host's own parents. */
static void list_parents(const struct sp_name *host, struct sp_buf *out)
{
    size_t n = sp_name_count_labels(host);
    for (size_t strip = 1; strip + 2 <= n && strip <= 4; strip++) {
        struct sp_name parent = sp_name_strip(host, strip);
        sp_buf_printf(out, "%s%s", strip > 1 ? " or " : "", SP_NAME_STR(&parent));
    }
}

static int fail_no_domain(const struct sp_zone_question *question, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_PROVIDER, "zone-not-found",
               "the domain %s does not exist in the DNS, and %s has no zone for it",
               SP_NAME_STR(question->domain), question->label);
    return sp_err_fix(err, "check its spelling; a new domain is registered first, and its zone set "
                           "up at its provider");
}

static int fail_not_found(const struct sp_zone_question *question, struct sp_err *err)
{
    const struct sp_name *delegated = delegated_zone(question->delegation);
    struct sp_buf parents = SP_BUF_INIT(4 * SP_NAME_TEXT_SIZE);
    if (question->delegation->state == SP_DELEGATION_NXDOMAIN)
        return fail_no_domain(question, err);
    list_parents(question->host, &parents);
    sp_err_set(err, SP_ERR_PROVIDER, "zone-not-found",
               "%s has no zone for %s that this credential sees (looked for %s)", question->label,
               SP_NAME_STR(question->host), sp_buf_str(&parents));
    sp_buf_fini(&parents);
    if (delegated && question->delegation->state == SP_DELEGATION_FOUND &&
        question->delegation->servers.n)
        return sp_err_fix(
            err,
            "the zone %s is served by %s: name the provider behind it with --provider, or use "
            "the credential of the account that holds it",
            SP_NAME_STR(delegated), SP_NAME_STR(&question->delegation->servers.items[0].name));
    return sp_err_fix(err, "add the zone at %s, or name another provider with --provider",
                      question->label);
}

static int refuse_shadowed(const struct sp_zone_question *question, const struct sp_zone *zone,
                           struct sp_err *err)
{
    sp_err_set(err, SP_ERR_REFUSED, "zone-shadowed",
               "%s lies in the zone %s, which is delegated away from %s: a record in the zone %s "
               "of %s would "
               "never be seen",
               SP_NAME_STR(question->host), SP_NAME_STR(&question->delegation->zone),
               SP_NAME_STR(&zone->name), SP_NAME_STR(&zone->name), question->label);
    return sp_err_fix(err, "publish where %s is edited: name that provider with --provider",
                      SP_NAME_STR(&question->delegation->zone));
}

static const char *const unknown_fix = "name a working resolver with --resolver";

static int refuse_unknown(const struct sp_zone_question *question, const struct sp_zone *zone,
                          struct sp_err *err)
{
    sp_err_set(err, SP_ERR_REFUSED, "delegation-unknown",
               "whether %s is delegated could not be checked: %s", SP_NAME_STR(&zone->name),
               question->delegation->detail);
    return sp_err_fix(err, "%s", unknown_fix);
}

/* A resolver that refuses may hold for the whole world, or for this machine alone. */
static const char *undelegated_fix(const struct sp_zone_question *question)
{
    return question->delegation->state == SP_DELEGATION_REFUSED
               ? "name a resolver that answers with --resolver, or set the name servers of the "
                 "zone at its registrar"
               : "set the name servers of the zone at its registrar";
}

static int refuse_undelegated(const struct sp_zone_question *question, const struct sp_zone *zone,
                              struct sp_err *err)
{
    sp_err_set(err, SP_ERR_REFUSED, "not-delegated",
               "%s holds the zone %s, but nothing in the DNS points there%s%s", question->label,
               SP_NAME_STR(&zone->name), question->delegation->detail[0] ? ": " : "",
               question->delegation->detail);
    return sp_err_fix(err, "%s; or name the provider with --provider to publish there all the same",
                      undelegated_fix(question));
}

static int cross_check(const struct sp_zone_question *question, const struct sp_zone *zone,
                       struct sp_err *err)
{
    const struct sp_name *delegated = delegated_zone(question->delegation);
    if (delegated && !sp_name_is_within(&zone->name, delegated))
        return refuse_shadowed(question, zone, err);
    if (!is_delegated(question, zone) && !question->is_named)
        return is_unknown(question) ? refuse_unknown(question, zone, err)
                                    : refuse_undelegated(question, zone, err);
    return 0;
}

ssize_t sp_zone_choose(const struct sp_zone_question *question, const struct sp_zone *const *zones,
                       size_t n, struct sp_err *err)
{
    ssize_t best = -1, rival = -1;
    for (size_t i = 0; i < n; i++) {
        size_t labels = sp_name_count_labels(&zones[i]->name);
        /* The root holds everything and nobody's records. */
        if (labels == 0 || !sp_name_is_within(question->host, &zones[i]->name))
            continue;
        size_t best_labels = best < 0 ? 0 : sp_name_count_labels(&zones[best]->name);
        int difference = best < 0 || labels > best_labels ? 1
                         : labels < best_labels           ? -1
                                                          : sp_zone_rank(question, zones[i]) -
                                                      sp_zone_rank(question, zones[best]);
        if (difference > 0) {
            best = (ssize_t)i;
            rival = -1;
        } else if (difference == 0) {
            rival = (ssize_t)i;
        }
    }
    if (best < 0)
        return fail_not_found(question, err);
    if (rival >= 0)
        return refuse_ambiguous(question, zones[best], zones[rival], err);
    return cross_check(question, zones[best], err) < 0 ? -1 : best;
}

static void warn_undelegated(const struct sp_zone_question *question, const struct sp_zone *zone,
                             struct sp_result *result)
{
    const char *detail = question->delegation->detail;
    if (is_unknown(question))
        sp_result_warn(result, "delegation-unknown", unknown_fix,
                       "whether %s is delegated could not be checked: %s", SP_NAME_STR(&zone->name),
                       detail);
    else
        sp_result_warn(result, "not-delegated", undelegated_fix(question),
                       "%s holds the zone %s, but nothing in the DNS points there%s%s",
                       question->label, SP_NAME_STR(&zone->name), detail[0] ? ": " : "", detail);
}

void sp_zone_warn(const struct sp_zone_question *question, const struct sp_zone *zone,
                  struct sp_result *result)
{
    const struct sp_delegation *delegation = question->delegation;
    const char *name = SP_NAME_STR(&zone->name);
    if (!is_delegated(question, zone))
        warn_undelegated(question, zone, result);
    if (zone->is_not_active)
        sp_result_warn(result, "zone-not-active", "finish setting the zone up at the provider",
                       "the zone %s is not active at %s%s%.200s", name, question->label,
                       zone->note ? ": " : "", zone->note ? zone->note : "");
    if (is_delegated(question, zone) && zone->name_servers.n && delegation->servers.n &&
        !shares_server(zone, delegation))
        sp_result_warn(
            result, "other-name-servers",
            "compare the name servers set at the registrar with those the provider gives",
            "%s is served by %s, but %s says it serves it by %s", name,
            SP_NAME_STR(&delegation->servers.items[0].name), question->label,
            SP_NAME_STR(&zone->name_servers.items[0]));
}
