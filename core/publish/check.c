#include "publish/check.h"

#include "base/limits.h"
#include "publish/remember.h"
#include "publish/superseded.h"

struct sp_check {
    const struct sp_check_config *config;
    const struct sp_record_set *set;
    struct sp_result result;
    struct sp_verification *verification;
    sp_superseded_list superseded;
    uint64_t started_ms;
    char *provider; /* as the ledger knows it; "" if it does not */
    bool is_known;  /* the ledger has a set of this domain */
    bool is_whole;  /* and every record of it is looked at */
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

/* Remembers the set of a domain that the ledger did not know. */
static int put_set(struct sp_check *check, struct sp_err *err)
{
    const struct sp_result *result = &check->result;
    const char *zone = sp_name_is_set(&result->zone) ? SP_NAME_STR(&result->zone) : "";
    return sp_ledger_put_set(check->config->ledger, check->set, "", zone, true, err);
}

/* A look changes no set that is known, and counts for the domain only if it was at all of it. That
 * what was seen could not be written is worth saying, but no other verdict. */
static void remember(struct sp_check *check)
{
    struct sp_result *result = &check->result;
    struct sp_err *err = check->config->ledger_err;
    if (check->is_known ? !check->is_whole : !is_domain_there(result))
        return;
    if (!sp_err_is_set(err) && (check->is_known || put_set(check, err) == 0))
        (void)sp_result_remember(result, check->config->ledger, err);
    if (sp_err_is_set(err))
        sp_result_warn(result, "ledger", err->fix, "this look is not remembered: %s", err->message);
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct sp_check *check = arg;
    sp_result_set_verdict(&check->result, observation, verdict);
    check->result.elapsed_ms = sp_monotonic_ms() - check->started_ms;
    if (is_final)
        remember(check);
    check->fn(check->arg, check, is_final);
}

static int read_entry(struct sp_check *check, int64_t *ret_published_at_s, struct sp_err *err)
{
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    struct sp_ledger *ledger = check->config->ledger;
    *ret_published_at_s = 0;
    if (sp_ledger_get(ledger, &check->set->domain, &entry, &is_found, err) < 0)
        return -1;
    bool is_used = is_found && !entry.is_withdrawn;
    check->provider = sp_strdup(is_used ? entry.provider : "");
    check->is_known = is_used;
    check->is_whole = is_used && sp_record_set_covers(check->set, &entry.set);
    if (is_used)
        *ret_published_at_s = entry.published_at_s;
    if (is_found)
        sp_ledger_entry_fini(&entry);
    return is_used ? sp_superseded_read(ledger, &check->set->domain, &check->superseded, err) : 0;
}

struct sp_check *sp_check_start(const struct sp_check_config *config,
                                const struct sp_record_set *set, sp_check_fn fn, void *arg,
                                struct sp_err *err)
{
    struct sp_check *check = sp_new(struct sp_check);
    struct sp_verification_config look = {
        .client = config->client,
        .delegations = config->delegations,
        .context = {.window_s = SP_WINDOW_S, .until = config->until},
        .wait_ms = config->wait_ms,
    };
    check->config = config;
    check->set = set;
    check->started_ms = sp_monotonic_ms();
    check->fn = fn;
    check->arg = arg;
    sp_result_init(&check->result, set);
    if (read_entry(check, &look.context.published_at_s, err) < 0) {
        sp_check_free(&check);
        return NULL;
    }
    if (*check->provider)
        check->result.provider = sp_strdup(check->provider);
    check->result.published_at_s = look.context.published_at_s;
    look.context.is_zone_at_provider = *check->provider && strcmp(check->provider, "manual") != 0;
    look.context.superseded = check->superseded.items;
    look.context.n_superseded = check->superseded.n;
    check->verification = sp_verification_start(config->loop, &look, set,
                                                &check->result.dns_queries, on_verdict, check);
    return check;
}

void sp_check_interrupt(struct sp_check *check)
{
    sp_verification_free(&check->verification);
    sp_err_set(&check->result.err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    check->result.elapsed_ms = sp_monotonic_ms() - check->started_ms;
}

const struct sp_result *sp_check_result(const struct sp_check *check)
{
    return &check->result;
}

void sp_check_free(struct sp_check **check)
{
    struct sp_check *c = *check;
    if (!c)
        return;
    sp_verification_free(&c->verification);
    sp_result_fini(&c->result);
    sp_array_free(&c->superseded);
    free(c->provider);
    free(c);
    *check = NULL;
}
