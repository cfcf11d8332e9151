#include "publish_world.h"

#include "base/text.h"
#include "publish/source.h"

struct world world;

struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s", err.message);
    return name;
}

/* ---- the world ----------------------------------------------------------------------------------
 */

void add_listed(const char *type, const char *host, const char *value)
{
    struct sp_listed *listed = sp_array_push(&world.records);
    sp_copy_text(listed->type, sizeof(listed->type), type);
    listed->host = name_of(host);
    listed->value = sp_strdup(value);
    listed->ttl = 60;
    if (strcmp(type, "CNAME") == 0)
        listed->target = name_of(value);
}

static ssize_t find_listed(const char *type, const struct sp_name *host)
{
    for (size_t i = 0; i < world.records.n; i++)
        if (strcmp(world.records.items[i].type, type) == 0 &&
            sp_name_equal(&world.records.items[i].host, host))
            return (ssize_t)i;
    return -1;
}

void remove_listed(const char *host)
{
    struct sp_name name = name_of(host);
    ssize_t at = find_listed("CNAME", &name);
    assert_true(at >= 0);
    sp_listed_fini(&world.records.items[at]);
    world.records.items[at] = world.records.items[--world.records.n];
}

bool points_to(const char *host, const char *target)
{
    struct sp_name host_name = name_of(host), target_name = name_of(target);
    ssize_t i = find_listed("CNAME", &host_name);
    return i >= 0 && sp_name_equal(&world.records.items[i].target, &target_name);
}

/* False: nobody is there any more to hear of it. */
static bool happens(bool is_answer)
{
    world.n_events += !world.is_dead;
    world.is_dead |= world.n_events == world.kill_at;
    if (!world.is_dead && is_answer && world.n_events == world.cancel_at)
        sp_publication_cancel(world.publication);
    return !world.is_dead;
}

/* ---- the provider -------------------------------------------------------------------------------
 */

struct sp_provider {
    const struct sp_plugin *plugin;
    void *arg;
    sp_zones_fn on_zones;
    sp_listed_fn on_listed;
    sp_applied_fn on_applied;
    struct sp_change *changes;
    size_t n_changes;
    unsigned n_calls;
    enum fault fault; /* of the write under way */
    bool is_gone, is_refused, is_crashed;
};
static struct sp_provider the_provider, the_other;

struct sp_provider *sp_provider_new(SP_UNUSED struct sp_loop *loop, SP_UNUSED struct sp_http *http,
                                    const struct sp_provider_config *config, struct sp_err *err)
{
    if (!world.has_credentials) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "credentials-missing", "PDNS_API_KEY is not set");
        return NULL;
    }
    struct sp_provider *provider = config->plugin == &world.other ? &the_other : &the_provider;
    *provider = (struct sp_provider){.plugin = config->plugin};
    return provider;
}

void sp_provider_free(struct sp_provider *provider)
{
    if (provider)
        provider->is_gone = true;
}

const struct sp_description *sp_provider_description(const struct sp_provider *provider)
{
    return &provider->plugin->description;
}

const char *sp_provider_foreign_endpoint(SP_UNUSED const struct sp_provider *provider)
{
    return "http://127.0.0.1:8081";
}

unsigned sp_provider_http_calls(const struct sp_provider *provider)
{
    return provider->n_calls;
}

/* This provider never makes anybody wait, and its clock is ours. */
void sp_provider_tell_waits(SP_UNUSED struct sp_provider *provider, SP_UNUSED sp_wait_fn fn,
                            SP_UNUSED void *arg)
{
}

void sp_provider_hurry(SP_UNUSED struct sp_provider *provider)
{
}

int64_t sp_provider_clock_skew_s(SP_UNUSED const struct sp_provider *provider)
{
    return 0;
}

static void called(struct sp_provider *provider, const char *what)
{
    sp_buf_printf(&world.log, "%s ", what);
    provider->n_calls++;
}

static void give_zones(void *arg)
{
    struct sp_provider *provider = arg;
    struct sp_zone zones[4] = {0};
    struct sp_err err = SP_ERR_INIT;
    size_t n = 0;
    bool is_other = provider == &the_other;
    const char *const *names = is_other ? world.other_zones : world.zones;
    const char *server = is_other ? world.other_name_server : world.name_server;
    for (; n < 4 && names[n]; n++) {
        zones[n].name = name_of(names[n]);
        zones[n].id = sp_strdup(names[n]);
        zones[n].is_read_only = world.is_read_only;
        zones[n].is_listed = world.is_listed;
        for (size_t i = 0; world.is_listed && i < world.records.n; i++)
            sp_listed_copy(sp_array_push(&zones[n].records), &world.records.items[i]);
        if (server)
            *sp_array_push(&zones[n].name_servers) = name_of(server);
    }
    if (provider->is_crashed)
        sp_err_set(&err, SP_ERR_PLUGIN, "plugin-crashed", "the plugin fell over");
    if (happens(true) && !provider->is_gone)
        provider->on_zones(provider->arg, zones, provider->is_crashed ? 0 : n, &err);
    while (n)
        sp_zone_fini(&zones[--n]);
}

static bool has_label(const struct sp_name *name, const char *label)
{
    return label && sp_name_has_label(name, label);
}

/* The time that a crash takes passes at once. */
static bool crashes(struct sp_source *source, const struct sp_wanted_zone *wanted, size_t n)
{
    bool is_crashed = false;
    for (size_t i = 0; i < n; i++)
        is_crashed |= has_label(&wanted[i].host, world.crashing_label);
    if (is_crashed)
        source->asked_at_ms -= world.crash_takes_ms;
    return is_crashed;
}

void sp_provider_find_zones(struct sp_provider *provider, const struct sp_wanted_zone *wanted,
                            size_t n, sp_zones_fn fn, void *arg)
{
    called(provider, "find");
    provider->is_crashed = crashes(arg, wanted, n);
    provider->on_zones = fn;
    provider->arg = arg;
    sp_loop_defer(world.loop, give_zones, provider);
}

static void give_records(void *arg)
{
    struct sp_provider *provider = arg;
    struct sp_err err = SP_ERR_INIT;
    if (provider->is_crashed)
        sp_err_set(&err, SP_ERR_PLUGIN, "plugin-crashed", "the plugin fell over");
    else if (world.fault == LIST_FAILS)
        sp_err_set(&err, SP_ERR_PROVIDER, "http-500", "the provider is unwell");
    if (happens(true) && !provider->is_gone)
        provider->on_listed(provider->arg, world.records.items,
                            sp_err_is_set(&err) ? 0 : world.records.n, &err);
}

void sp_provider_list_records(struct sp_provider *provider, SP_UNUSED const struct sp_zone *zone,
                              const struct sp_name *hosts, size_t n, sp_listed_fn fn, void *arg)
{
    called(provider, "list");
    provider->is_crashed = false;
    for (size_t i = 0; i < n; i++)
        provider->is_crashed |= has_label(&hosts[i], world.list_crashing_label);
    if (world.on_listing)
        world.on_listing();
    provider->on_listed = fn;
    provider->arg = arg;
    if (world.fault != LIST_HANGS)
        sp_loop_defer(world.loop, give_records, provider);
}

static void make_change(const struct sp_change *change)
{
    ssize_t at = find_listed(change->type, &change->host);
    if (change->action == SP_ACTION_CREATE && change->before) {
        add_listed(change->before->type, SP_NAME_STR(&change->host), change->before->value);
        return;
    }
    if (change->action != SP_ACTION_CREATE) {
        assert_true(at >= 0);
        sp_listed_fini(&world.records.items[at]);
        world.records.items[at] = world.records.items[--world.records.n];
    }
    if (change->action != SP_ACTION_DELETE)
        add_listed("CNAME", SP_NAME_STR(&change->host), SP_NAME_STR(&change->target));
}

static bool is_taken(const struct sp_change *change)
{
    const char *host = SP_NAME_STR(&change->host);
    if (change->action == SP_ACTION_CREATE && change->before)
        return !world.is_restore_refused;
    return change->action == SP_ACTION_DELETE ||
           !((world.refused_host && strcmp(host, world.refused_host) == 0) ||
             has_label(&change->host, world.refused_label));
}

/* Deletions first, as the engine's provider orders them. False: one was refused, and the rest is
 * not looked at. */
static bool make_changes(struct sp_change *changes, size_t n)
{
    for (size_t i = 0; i < n && world.powerdns.description.is_atomic; i++)
        if (!is_taken(&changes[i]))
            return false;
    for (int is_rest = 0; is_rest < 2; is_rest++) {
        for (size_t i = 0; i < n; i++) {
            if ((changes[i].action != SP_ACTION_DELETE) != is_rest)
                continue;
            if (!is_taken(&changes[i]))
                return false;
            make_change(&changes[i]);
            changes[i].is_applied = true;
        }
    }
    return true;
}

static void give_outcome(void *arg)
{
    struct sp_provider *provider = arg;
    struct sp_err err = SP_ERR_INIT;
    bool is_lost = provider->fault == ANSWER_LOST || provider->fault == WRITE_LOST;
    if (provider->is_crashed)
        sp_err_set(&err, SP_ERR_PLUGIN, "plugin-crashed", "the plugin fell over");
    else if (is_lost || provider->fault == APPLY_FAILS)
        sp_err_set(&err, SP_ERR_PROVIDER, "http-lost", "no answer came back");
    else if (provider->is_refused)
        sp_err_set(&err, SP_ERR_REFUSED, "conflict", "the provider does not want it");
    if (happens(true) && !provider->is_gone)
        provider->on_applied(provider->arg, is_lost, &err);
}

/* The intents are there before the provider hears of the change. */
static void assert_intended(const struct sp_change *changes, size_t n)
{
    struct sp_err err = SP_ERR_INIT;
    sp_ledger_entries entries;
    sp_ledger_changes open;
    size_t n_open = 0;
    assert_true(n > 0);
    assert_int_equal(sp_ledger_list(world.ledger, &entries, &err), 0);
    SP_ARRAY_FOREACH (&entries, entry) {
        assert_int_equal(
            sp_ledger_list_changes(world.ledger, &entry->set.domain, true, &open, &err), 0);
        SP_ARRAY_FOREACH (&open, change) {
            n_open++;
            sp_ledger_change_fini(change);
        }
        sp_array_free(&open);
        sp_ledger_entry_fini(entry);
    }
    sp_array_free(&entries);
    assert_true(n_open >= n);
    assert_non_null(changes);
}

void sp_provider_apply(struct sp_provider *provider, SP_UNUSED const struct sp_zone *zone,
                       struct sp_change *changes, size_t n, sp_applied_fn fn, void *arg)
{
    if (!happens(false))
        return;
    called(provider, "apply");
    provider->fault = world.n_good_applies && world.n_good_applies-- ? NO_FAULT : world.fault;
    if (provider->n_calls < 10) /* it takes its time */
        assert_intended(changes, n);
    sp_buf_printf(&world.batches, "%zu ", n);
    provider->is_crashed = false;
    for (size_t i = 0; i < n; i++) {
        changes[i].is_applied = false;
        provider->is_crashed |= has_label(&changes[i].host, world.apply_crashing_label);
    }
    provider->is_refused = !provider->is_crashed && provider->fault != APPLY_FAILS &&
                           provider->fault != WRITE_LOST && !make_changes(changes, n);
    /* Without an answer nobody knows. */
    for (size_t i = 0; i < n && (provider->fault == ANSWER_LOST || provider->fault == APPLY_HANGS);
         i++)
        changes[i].is_applied = false;
    provider->on_applied = fn;
    provider->arg = arg;
    provider->changes = changes;
    provider->n_changes = n;
    if (provider->fault == APPLY_LATE)
        sp_timer_start(world.loop, 200, give_outcome, provider);
    else if (provider->fault != APPLY_HANGS)
        sp_loop_defer(world.loop, give_outcome, provider);
}

void sp_listed_copy(struct sp_listed *ret, const struct sp_listed *from)
{
    *ret = *from;
    ret->value = sp_strdup(from->value);
}

void sp_listed_fini(struct sp_listed *listed)
{
    free(listed->value);
}

void sp_zone_fini(struct sp_zone *zone)
{
    SP_ARRAY_FOREACH (&zone->records, record)
        sp_listed_fini(record);
    sp_array_free(&zone->records);
    free(zone->id);
    free(zone->note);
    sp_array_free(&zone->name_servers);
}

/* ---- catalog and credentials --------------------------------------------------------------------
 */

const struct sp_plugin *sp_catalog_find(const struct sp_catalog *catalog, const char *name,
                                        struct sp_err *err)
{
    SP_ARRAY_FOREACH (&catalog->plugins, plugin) {
        if (strcmp((*plugin)->description.name, name) == 0)
            return *plugin;
    }
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-not-found", "there is no plugin %s", name);
    return NULL;
}

const struct sp_plugin *sp_catalog_recognise(SP_UNUSED const struct sp_catalog *catalog,
                                             const struct sp_name *const *name_servers, size_t n,
                                             size_t *ret_by)
{
    if (!world.recognised_zone || n == 0)
        return NULL;
    struct sp_name zone = name_of(world.recognised_zone);
    *ret_by = 0;
    return sp_name_is_within(name_servers[0], &zone) ? world.recognised : NULL;
}

struct sp_credentials {
    int unused;
};

struct sp_credentials *sp_credentials_load(SP_UNUSED const struct sp_description *description,
                                           SP_UNUSED const sp_configured_secrets *configured,
                                           SP_UNUSED char *(*get_env)(const char *name),
                                           SP_UNUSED struct sp_err *err)
{
    return world.has_credentials ? sp_new(struct sp_credentials) : NULL;
}

void sp_credentials_free(struct sp_credentials *credentials)
{
    free(credentials);
}

/* ---- the DNS ------------------------------------------------------------------------------------
 */

struct lookup {
    sp_delegation_fn fn;
    void *arg;
    struct sp_delegation *delegation;
    struct lookup *next;
    bool is_gone;
};
static struct lookup *lookups; /* under way, newest first */

static void give_delegation(void *arg)
{
    struct lookup *lookup = arg, **at = &lookups;
    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
    if (happens(true) && !lookup->is_gone)
        lookup->fn(lookup->arg, lookup->delegation);
    free(lookup);
}

void sp_delegations_find(SP_UNUSED struct sp_delegations *delegations,
                         SP_UNUSED const struct sp_name *domain, const struct sp_name *host,
                         unsigned *counter, sp_delegation_fn fn, void *arg)
{
    struct lookup *lookup = sp_new(struct lookup);
    struct sp_delegation *delegation = sp_new(struct sp_delegation);
    *sp_array_push(&world.delegations) = delegation;
    delegation->state = SP_DELEGATION_NO_NS;
    for (size_t i = 0; i < 4 && world.delegated[i] && delegation->state; i++) {
        struct sp_name zone = name_of(world.delegated[i]);
        char *server = sp_asprintf("ns1.%s", world.delegated[i]);
        if (sp_name_is_within(host, &zone)) {
            delegation->state = SP_DELEGATION_FOUND;
            delegation->zone = zone;
            sp_array_push(&delegation->servers)->name = name_of(server);
        }
        free(server);
    }
    world.n_lookups++;
    (*counter)++;
    *lookup = (struct lookup){fn, arg, delegation, lookups, false};
    lookups = lookup;
    sp_loop_defer(world.loop, give_delegation, lookup);
}

void sp_delegations_cancel(SP_UNUSED struct sp_delegations *delegations,
                           SP_UNUSED sp_delegation_fn fn, void *arg)
{
    for (struct lookup *lookup = lookups; lookup; lookup = lookup->next)
        lookup->is_gone |= lookup->arg == arg;
}

/* ---- the verification ---------------------------------------------------------------------------
 */

struct sp_verification {
    const struct sp_record_set *set;
    sp_verdict_fn fn;
    void *arg;
    size_t n_looks;
    bool is_pending, is_gone;
    struct sp_verification_config config;
};

static void look(void *arg);

static void look_soon(struct sp_verification *verification)
{
    verification->is_pending = true;
    sp_loop_defer(world.loop, look, verification);
}

static void look(void *arg)
{
    struct sp_verification *verification = arg;
    struct sp_observation observation = {.domain = verification->set->domain, .at_s = 4242};
    struct sp_verdict verdict = {.status = SP_STATUS_CONNECTED, .is_records_live = true};
    verification->is_pending = false;
    if (verification->is_gone)
        sp_verification_free(&verification);
    if (!verification || !happens(true))
        return;
    SP_ARRAY_FOREACH (&verification->set->records, record) {
        struct sp_record_verdict *judged = sp_array_push(&verdict.records);
        struct sp_record_observation *observed = sp_array_push(&observation.records);
        observed->record = *record;
        bool is_live = points_to(SP_NAME_STR(&record->host), SP_NAME_STR(&record->target));
        struct sp_seen *seen = sp_array_push(&observed->seen);
        seen->server = &verification->set->domain;
        seen->kind = world.is_dns_silent ? SP_SEEN_UNREACHABLE
                     : is_live           ? SP_SEEN_LIVE
                                         : SP_SEEN_NXDOMAIN;
        judged->state = is_live ? SP_STATE_LIVE : SP_STATE_MISSING;
        if (!is_live)
            verdict.status = SP_STATUS_PENDING;
    }
    sp_copy_text(verdict.message, sizeof(verdict.message), sp_status_name(verdict.status));
    bool is_final = !world.is_verification_stuck &&
                    (verification->n_looks++ > 0 || verification->config.wait_ms == 0 ||
                     verdict.status == SP_STATUS_CONNECTED);
    verification->fn(verification->arg, &observation, &verdict, is_final);
    sp_array_free(&verdict.records);
    SP_ARRAY_FOREACH (&observation.records, observed)
        sp_array_free(&observed->seen);
    sp_array_free(&observation.records);
    if (!is_final && !world.is_verification_stuck)
        look_soon(verification);
}

struct sp_verification *sp_verification_start(SP_UNUSED struct sp_loop *loop,
                                              const struct sp_verification_config *config,
                                              const struct sp_record_set *set, unsigned *counter,
                                              sp_verdict_fn fn, void *arg)
{
    struct sp_verification *verification = sp_new(struct sp_verification);
    *verification = (struct sp_verification){.set = set, .fn = fn, .arg = arg, .config = *config};
    sp_copy_text(world.shown_provider, sizeof(world.shown_provider),
                 config->context.provider_label ? config->context.provider_label : "");
    *counter += 2;
    look_soon(verification);
    return verification;
}

void sp_verification_free(struct sp_verification **verification)
{
    if (*verification && (*verification)->is_pending)
        (*verification)->is_gone = true;
    else
        free(*verification);
    *verification = NULL;
}
