#include "broker/provider.h"

#include "base/limits.h"
#include "base/text.h"
#include "broker/conversation.h"
#include "broker/endpoint.h"
#include "broker/job.h"
#include "broker/turn.h"
#include "http/url.h"

struct sp_provider {
    struct sp_loop *loop;
    const struct sp_plugin *plugin;
    char *worker_path, *subject;
    bool is_dry_run;
    bool is_foreign;
    struct sp_credentials *credentials;
    struct sp_outlet outlet;
    struct sp_conversation *conversation; /* started with the first job, kept while it lives */
    struct sp_turn *turn;                 /* the call under way */
    unsigned call_ms;                     /* of its own for each call */
    bool is_greeted;
    bool is_busy;          /* the first job is under way, or the greeting for it */
    struct sp_timer *next; /* the first job starts from the loop */
    struct sp_job *first, **last;
};

/* ---- endpoints ----------------------------------------------------------------------------------
 */

static int refuse_without_endpoint(const struct sp_description *description,
                                   const char *own_variable, const char *variable,
                                   struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "no-endpoint",
               "%s has no documented address: its endpoint is needed", description->label);
    return sp_err_fix(err, "give --endpoint URL, or set %s%s%s", variable ? variable : own_variable,
                      variable ? " or " : "", variable ? own_variable : "");
}

/* The plugin's own address is not the user's fault. */
static int check_documented(const struct sp_description *description, const char *url,
                            char **ret_url, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    if (sp_url_check_base(url, ret_url, &why) == 0)
        return 0;
    if (why.kind == SP_ERR_INTERNAL) {
        *err = why;
        return -1;
    }
    sp_err_set(err, SP_ERR_PLUGIN, "bad-description", "the plugin %s: %s", description->name,
               why.message);
    return sp_err_fix(err, "this is for the plugin's author to put right: an origin's url is https "
                           "and has no query");
}

static int add_base(struct sp_provider *provider, const struct sp_provider_config *config, size_t i,
                    struct sp_err *err)
{
    const struct sp_description *description = &config->plugin->description;
    const struct sp_origin *origin = &description->origins.items[i];
    char *own_variable = sp_endpoint_variable(description->name), *base = NULL, *documented = NULL;
    const char *from;
    const char *text =
        sp_endpoint_of_operator(description, i, config->endpoint, own_variable, &from);
    int ret = 0;
    if (origin->url)
        ret = check_documented(description, origin->url, &documented, err);
    if (ret == 0 && text && (ret = sp_url_check_base(text, &base, err)) < 0)
        sp_err_prefix(err, "%s", from);
    else if (ret == 0 && !text && !documented)
        ret = refuse_without_endpoint(description, own_variable, origin->endpoint_env, err);
    if (ret == 0) {
        const char *used = base ? base : documented;
        provider->is_foreign |= i == 0 && (!documented || strcmp(used, documented) != 0);
        sp_strings_add(&provider->outlet.bases, used);
    }
    free(own_variable);
    free(base);
    free(documented);
    return ret;
}

/* ---- jobs, one after another --------------------------------------------------------------------
 */

static void run_next(void *arg);

static void schedule(struct sp_provider *provider)
{
    if (provider->first && !provider->is_busy && !provider->next)
        provider->next = sp_timer_start(provider->loop, 0, run_next, provider);
}

/* The asker hears last: it may free the provider. */
static void finish(struct sp_provider *provider, const struct sp_err *err)
{
    struct sp_job *job = provider->first;
    provider->is_busy = false;
    provider->first = job->next;
    if (!provider->first)
        provider->last = &provider->first;
    schedule(provider);
    sp_job_deliver(job, err);
}

static void drop_conversation(struct sp_provider *provider)
{
    sp_conversation_free(provider->conversation);
    provider->conversation = NULL;
    provider->is_greeted = false;
}

static void call_on(struct sp_provider *provider);

static void on_called(void *arg, struct sp_called *called, const struct sp_err *err)
{
    struct sp_provider *provider = arg;
    struct sp_err told = *err;
    provider->turn = NULL;
    sp_job_take(provider->first, called);
    if (strcmp(told.code, "plugin-timeout") == 0)
        provider->call_ms = SP_PLUGIN_THINK_MS; /* it shall not hold up the run again and again */
    if (sp_err_is_set(&told))
        finish(provider, &told);
    else
        call_on(provider);
}

static void call_on(struct sp_provider *provider)
{
    const struct sp_err none = SP_ERR_INIT;
    struct sp_wire_call call;
    if (!sp_job_next_call(provider->first, &call)) {
        finish(provider, &none);
        return;
    }
    call.is_dry_run = provider->is_dry_run;
    provider->turn = sp_turn_new(provider->conversation, &provider->outlet, provider->credentials,
                                 &call, on_called, provider);
}

/* The gate and the credential go by the description the catalog holds; a file that was swapped
 * since is not what was looked at. */
static bool is_same_description(const struct sp_description *a, const struct sp_description *b)
{
    json_t *json_a = sp_description_to_json(a), *json_b = sp_description_to_json(b);
    bool is_same = json_equal(json_a, json_b);
    json_decref(json_a);
    json_decref(json_b);
    return is_same;
}

static void on_greeted(void *arg, struct sp_greeting *greeting, const struct sp_err *err)
{
    struct sp_provider *provider = arg;
    struct sp_err told = *err;
    if (greeting && !is_same_description(&greeting->description, &provider->plugin->description))
        sp_err_set(&told, SP_ERR_PLUGIN, "plugin-changed",
                   "%s describes itself otherwise than a moment ago: its file was changed",
                   provider->subject);
    if (sp_err_is_set(&told)) {
        drop_conversation(provider);
        finish(provider, &told);
        return;
    }
    provider->is_greeted = true;
    call_on(provider);
}

static void greet(struct sp_provider *provider)
{
    struct sp_err err = SP_ERR_INIT;
    const struct sp_worker_config config = {
        .worker_path = provider->worker_path,
        .plugin_path = provider->plugin->path,
        .subject = provider->subject,
    };
    provider->conversation =
        sp_conversation_new(provider->loop, &config, on_greeted, provider, &err);
    if (provider->conversation)
        sp_conversation_limit(provider->conversation, provider->call_ms);
    else
        finish(provider, &err);
}

static void run_next(void *arg)
{
    struct sp_provider *provider = arg;
    provider->next = NULL;
    provider->is_busy = true;
    if (sp_err_is_set(&provider->first->err)) {
        struct sp_err err = provider->first->err;
        finish(provider, &err);
        return;
    }
    if (provider->conversation && !sp_conversation_is_alive(provider->conversation))
        drop_conversation(provider);
    if (provider->is_greeted)
        call_on(provider);
    else
        greet(provider);
}

static struct sp_job *enqueue(struct sp_provider *provider, struct sp_job *job, void *arg)
{
    if (!provider->plugin->description.has_functions)
        sp_err_set(&job->err, SP_ERR_PROVIDER, "unsupported",
                   "%s has no API: its records are typed in by hand",
                   provider->plugin->description.label);
    job->arg = arg;
    *provider->last = job;
    provider->last = &job->next;
    schedule(provider);
    return job;
}

void sp_provider_find_zones(struct sp_provider *provider, const struct sp_wanted_zone *wanted,
                            size_t n, sp_zones_fn fn, void *arg)
{
    const struct sp_description *description = sp_provider_description(provider);
    enqueue(provider, sp_job_find_zones(description, wanted, n), arg)->on_zones = fn;
}

void sp_provider_list_records(struct sp_provider *provider, const struct sp_zone *zone,
                              const struct sp_name *hosts, size_t n, sp_listed_fn fn, void *arg)
{
    const struct sp_description *description = sp_provider_description(provider);
    enqueue(provider, sp_job_list_records(description, zone, hosts, n), arg)->on_listed = fn;
}

void sp_provider_apply(struct sp_provider *provider, const struct sp_zone *zone,
                       struct sp_change *changes, size_t n, sp_applied_fn fn, void *arg)
{
    const struct sp_description *description = sp_provider_description(provider);
    enqueue(provider, sp_job_apply(description, zone, changes, n), arg)->on_applied = fn;
}

/* ---- life ---------------------------------------------------------------------------------------
 */

struct sp_provider *sp_provider_new(struct sp_loop *loop, struct sp_http *http,
                                    const struct sp_provider_config *config, struct sp_err *err)
{
    const struct sp_description *description = &config->plugin->description;
    struct sp_provider *provider = sp_new(struct sp_provider);
    provider->loop = loop;
    provider->plugin = config->plugin;
    provider->worker_path = sp_strdup(config->worker_path);
    provider->subject = sp_asprintf("the plugin %s", description->name);
    provider->is_dry_run = config->is_dry_run;
    provider->call_ms = SP_PLUGIN_CALL_MS;
    provider->last = &provider->first;
    bool is_ok = true;
    for (size_t i = 0; i < description->origins.n && is_ok; i++)
        is_ok = add_base(provider, config, i, err) == 0;
    if (is_ok)
        provider->credentials =
            sp_credentials_load(description, config->plugin->configured, getenv, err);
    if (!provider->credentials) {
        sp_provider_free(provider);
        return NULL;
    }
    provider->outlet.loop = loop;
    provider->outlet.http = http;
    provider->outlet.description = description;
    provider->outlet.credentials = provider->credentials;
    sp_outlet_start(&provider->outlet);
    return provider;
}

void sp_provider_free(struct sp_provider *provider)
{
    if (!provider)
        return;
    sp_timer_stop(&provider->next);
    sp_conversation_free(provider->conversation);
    sp_turn_free(provider->turn);
    while (provider->first) {
        struct sp_job *job = provider->first;
        provider->first = job->next;
        sp_job_free(job);
    }
    sp_outlet_fini(&provider->outlet);
    sp_credentials_free(provider->credentials);
    free(provider->worker_path);
    free(provider->subject);
    free(provider);
}

const struct sp_description *sp_provider_description(const struct sp_provider *provider)
{
    return &provider->plugin->description;
}

const char *sp_provider_foreign_endpoint(const struct sp_provider *provider)
{
    return provider->is_foreign ? provider->outlet.bases.items[0] : NULL;
}

void sp_provider_tell_waits(struct sp_provider *provider, sp_wait_fn fn, void *arg)
{
    provider->outlet.on_wait = fn;
    provider->outlet.on_wait_arg = arg;
}

void sp_provider_hurry(struct sp_provider *provider)
{
    if (provider->turn)
        sp_turn_hurry(provider->turn);
}

int64_t sp_provider_clock_skew_s(const struct sp_provider *provider)
{
    return provider->outlet.clock_skew_s;
}

unsigned sp_provider_http_calls(const struct sp_provider *provider)
{
    return provider->outlet.n_sent;
}
