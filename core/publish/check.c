#include "publish/check.h"

#include "base/limits.h"
#include "publish/past.h"
#include "publish/remember.h"

struct sp_check {
    const struct sp_check_config *config;
    const struct sp_record_set *set;
    struct sp_result result;
    struct sp_verification *verification;
    struct sp_past past;
    uint64_t started_ms;
    unsigned *counter; /* of DNS messages: what is looked up for others, too, outlives the check */
    char *provider;    /* as the ledger knows it; "" if it does not */
    struct sp_name zone; /* where that provider has it; unset if the ledger does not know */
    char *was;           /* the status of the last look that it knows; or NULL */
    bool is_known;       /* the ledger has a set of this domain, */
    bool is_published;   /* which was published, not only looked at; */
    bool is_whole;       /* every record of it is looked at, */
    bool is_part;        /* and nothing else */
    sp_check_fn fn;
    void *arg;
};

/* A mistyped domain is not worth remembering. */
static bool is_domain_there(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        if (record->diagnosis.code == SP_CODE_DOMAIN_NOT_FOUND)
            return false;
    }
    return true;
}

/* What was published stands; otherwise the records that were looked at last are remembered. */
static bool is_set_news(const struct sp_check *check)
{
    return !check->is_known || (!check->is_published && !check->is_part);
}

static int put_set(struct sp_check *check, struct sp_err *err)
{
    const struct sp_result *result = &check->result;
    const char *zone = sp_name_is_set(&result->zone) ? SP_NAME_STR(&result->zone) : "";
    if (sp_ledger_put_set(check->config->ledger, check->set, "", zone, false, err) < 0)
        return -1;
    check->is_known = check->is_whole = check->is_part = true;
    return 0;
}

/* A look counts for the domain only if it was at all of what is remembered. */
static bool is_worth_remembering(const struct sp_check *check)
{
    return check->is_known ? check->is_whole || is_set_news(check)
                           : is_domain_there(&check->result);
}

static bool is_at_others(const struct sp_check *check)
{
    return check->is_known && !check->is_whole && !check->is_part;
}

static void write_looks(struct sp_check *const *checks, size_t n, struct sp_err *err)
{
    struct sp_ledger *ledger = checks[0]->config->ledger;
    struct sp_err end_err = SP_ERR_INIT;
    if (sp_ledger_begin(ledger, err) < 0)
        return;
    for (size_t i = 0; i < n && !sp_err_is_set(err); i++)
        if (is_worth_remembering(checks[i]) &&
            (!is_set_news(checks[i]) || put_set(checks[i], err) == 0))
            (void)sp_result_remember(&checks[i]->result, ledger, err);
    if (sp_ledger_end(ledger, &end_err) < 0 && !sp_err_is_set(err))
        *err = end_err;
}

/* That what was seen could not be written is worth saying, but no other verdict. */
void sp_checks_remember(struct sp_check *const *checks, size_t n)
{
    if (n == 0)
        return;
    struct sp_err *err = checks[0]->config->ledger_err;
    if (!sp_err_is_set(err))
        write_looks(checks, n, err);
    for (size_t i = 0; i < n && sp_err_is_set(err); i++)
        if (is_worth_remembering(checks[i]))
            sp_result_warn(&checks[i]->result, "ledger", err->fix,
                           "this look is not remembered: %s", err->message);
}

static void take_effort(struct sp_check *check)
{
    check->result.dns_queries = *check->counter;
    check->result.elapsed_ms = sp_monotonic_ms() - check->started_ms;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return true;
    return false;
}

/* Whether one of the servers that were looked at is among SERVERS, names divided by blanks. */
static bool is_served_by(const struct sp_result_record *record, const char *servers)
{
    SP_ARRAY_FOREACH (&record->servers, server)
        if (has_word(servers, SP_NAME_STR(&server->name)))
            return true;
    return false;
}

/* The zone may have moved since, or never have been what is delegated to. */
static void warn_of_servers(struct sp_check *check)
{
    const char *servers = check->past.zone_servers;
    if (!check->is_published || !servers || !*servers)
        return;
    SP_ARRAY_FOREACH (&check->result.records, record) {
        if (!record->servers.n || !sp_name_equal(&record->zone, &check->zone) ||
            is_served_by(record, servers))
            continue;
        sp_result_warn(&check->result, "other-name-servers",
                       "if the zone has moved, publish the records where it is served now; if not, "
                       "set the name servers at the registrar to those of the provider",
                       "%s is served by %s, but %s said, when the records were published there, "
                       "that it serves it by %.*s",
                       SP_NAME_STR(&record->zone), SP_NAME_STR(&record->servers.items[0].name),
                       check->provider, (int)strcspn(servers, " "), servers);
        return;
    }
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct sp_check *check = arg;
    sp_result_set_verdict(&check->result, observation, verdict);
    if (sp_name_equal(&check->zone, &check->result.zone))
        sp_result_share_provider(&check->result);
    take_effort(check);
    if (is_final) {
        sp_verification_free(&check->verification); /* many checks may wait to be told */
        warn_of_servers(check);
    }
    if (check->is_published && is_at_others(check))
        sp_result_warn(
            &check->result, "ledger",
            "publish these as well, or look at those with `signpost verify DOMAIN` alone",
            "this look is not remembered: other records of %s were published",
            SP_NAME_STR(&check->result.domain));
    if (!check->config->is_remembered_later && (is_final || sp_check_is_progress(check)))
        sp_checks_remember(&check, 1);
    check->fn(check->arg, check, is_final);
}

static int read_entry(struct sp_check *check, struct sp_err *err)
{
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    struct sp_ledger *ledger = check->config->ledger;
    if (sp_ledger_get(ledger, &check->set->domain, &entry, &is_found, err) < 0)
        return -1;
    bool is_used = is_found && !entry.is_withdrawn;
    struct sp_err ignored = SP_ERR_INIT;
    if (is_used && *entry.zone)
        (void)sp_name_parse(&check->zone, entry.zone, &ignored);
    check->provider = sp_strdup(is_used ? entry.provider : "");
    check->was = is_used && entry.last.status ? sp_strdup(entry.last.status) : NULL;
    check->is_known = is_used;
    check->is_published = is_used && *entry.provider;
    check->is_whole = is_used && sp_record_set_covers(check->set, &entry.set);
    check->is_part = is_used && sp_record_set_covers(&entry.set, check->set);
    int status = is_used ? sp_past_read(&check->past, ledger, &entry, &check->result, err) : 0;
    if (is_at_others(check))
        check->result.connected_at_s = 0; /* these never were, as far as is known */
    if (is_found)
        sp_ledger_entry_fini(&entry);
    return status;
}

struct sp_check *sp_check_start(const struct sp_check_config *config,
                                const struct sp_record_set *set, sp_check_fn fn, void *arg,
                                struct sp_err *err)
{
    struct sp_check *check = sp_new(struct sp_check);
    struct sp_verification_config look = {
        .client = config->client,
        .delegations = config->delegations,
        .context = {.until = config->until},
        .wait_ms = config->wait_ms,
        .chases = config->chases,
    };
    check->config = config;
    check->set = set;
    check->started_ms = sp_monotonic_ms();
    check->counter = sp_delegations_counter(config->delegations);
    check->fn = fn;
    check->arg = arg;
    sp_result_init(&check->result, set);
    check->result.wants_why = config->wants_why;
    if (read_entry(check, err) < 0) {
        sp_check_free(&check);
        return NULL;
    }
    if (*check->provider)
        check->result.provider = sp_strdup(check->provider);
    look.evidence = config->evidence;
    look.provider = check->result.provider;
    look.context.published_at_s = check->result.published_at_s;
    look.context.is_zone_at_provider = *check->provider && strcmp(check->provider, "manual") != 0;
    look.context.window_s = check->result.course.window_s;
    sp_past_tell(&check->past, &look.context);
    check->verification =
        sp_verification_start(config->loop, &look, set, check->counter, on_verdict, check);
    return check;
}

void sp_check_interrupt(struct sp_check *check)
{
    sp_verification_free(&check->verification);
    if (check->result.has_verdict && !sp_check_is_progress(check))
        sp_checks_remember(&check, 1);
    sp_err_set(&check->result.err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    take_effort(check);
}

bool sp_check_is_progress(const struct sp_check *check)
{
    return !check->past.was_connected;
}

const struct sp_result *sp_check_result(const struct sp_check *check)
{
    return &check->result;
}

bool sp_check_has_changed(const struct sp_check *check)
{
    return !check->was || strcmp(check->was, sp_status_name(check->result.status)) != 0;
}

void sp_check_free(struct sp_check **check)
{
    struct sp_check *c = *check;
    if (!c)
        return;
    sp_verification_free(&c->verification);
    sp_result_fini(&c->result);
    sp_past_fini(&c->past);
    free(c->provider);
    free(c->was);
    free(c);
    *check = NULL;
}
