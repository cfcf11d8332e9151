/*
 * A provider as the engine uses it: a plugin, a credential and an endpoint, with names instead of
 * texts. Behind it are a worker, the gate, the pace, retries and conversions; calls queue up one
 * after another.
 */
#ifndef SP_BROKER_PROVIDER_H
#define SP_BROKER_PROVIDER_H

#include "broker/catalog.h"
#include "broker/credentials.h"
#include "broker/exchange.h"
#include "http/http.h"

struct sp_provider;

struct sp_provider_config {
    const struct sp_plugin *plugin;
    const char *worker_path;
    const char *endpoint; /* the operator's base URL, or NULL for the plugin's own */
    bool is_dry_run;      /* then no mutating request passes the gate, whatever is called */
};

/* A record as the provider lists it. */
struct sp_listed {
    char type[16];
    struct sp_name host;
    struct sp_name target; /* CNAME */
    char *value;           /* as listed */
    char *id, *note;
    uint32_t ttl;
    bool is_foreign, is_disabled;
};
typedef SP_ARRAY(struct sp_listed) sp_listed_list;
void sp_listed_copy(struct sp_listed *ret, const struct sp_listed *from);
void sp_listed_fini(struct sp_listed *listed);

struct sp_zone {
    struct sp_name name;
    char *id, *note;
    bool is_read_only, is_not_active;
    SP_ARRAY(struct sp_name) name_servers;
    bool is_listed;         /* its records at the wanted hosts were read to find it */
    sp_listed_list records; /* they, then */
};

void sp_zone_fini(struct sp_zone *zone);

enum sp_action { SP_ACTION_CREATE, SP_ACTION_UPDATE, SP_ACTION_DELETE, SP_ACTION_KEEP };

struct sp_change {
    enum sp_action action; /* not KEEP here */
    /* Borrowed. Of a creation: NULL, or the record to be put back as it was listed; then target,
     * type and ttl do not count. */
    const struct sp_listed *before;
    struct sp_name host, target; /* the wanted CNAME; unused for a deletion */
    char type[16];
    uint32_t ttl;
    bool is_applied; /* out */
};

struct sp_wanted_zone {
    struct sp_name host;
    struct sp_name guess; /* the zone cut seen in DNS; unset if unknown */
};

/* ERR: credentials, usage (bad endpoint), plugin. Starts no process yet. */
struct sp_provider *sp_provider_new(struct sp_loop *loop, struct sp_http *http,
                                    const struct sp_provider_config *config, struct sp_err *err);
void sp_provider_free(struct sp_provider *provider); /* cancels; accepts NULL */
const struct sp_description *sp_provider_description(const struct sp_provider *provider);
/* The base URL in use when it is not the plugin's documented one, else NULL: to be shown. */
const char *sp_provider_foreign_endpoint(const struct sp_provider *provider);
/* FN is told of every wait of a second or more before something is sent. */
void sp_provider_tell_waits(struct sp_provider *provider, sp_wait_fn fn, void *arg);
/* Ctrl-C: the call under way waits no more to be made again; it ends with its failure instead. */
void sp_provider_hurry(struct sp_provider *provider);
/* How far the provider's clock is ahead of ours, in seconds, where it refused a signature for that;
 * else 0. To be shown. */
int64_t sp_provider_clock_skew_s(const struct sp_provider *provider);
/* HTTP requests sent since the start, retries included. */
unsigned sp_provider_http_calls(const struct sp_provider *provider);

/* ERR is cleared on success; kinds: credentials, provider, refused, plugin. Results are borrows for
 * the time of the callback. Callbacks come from the loop, never from inside the call. */
typedef void (*sp_zones_fn)(void *arg, const struct sp_zone *zones, size_t n,
                            const struct sp_err *err);
typedef void (*sp_listed_fn)(void *arg, const struct sp_listed *records, size_t n,
                             const struct sp_err *err);
/* IS_UNKNOWN: the provider may or may not have applied what is not marked as applied. */
typedef void (*sp_applied_fn)(void *arg, bool is_unknown, const struct sp_err *err);

/* The order and the repetition of wanted names and hosts do not matter. */
void sp_provider_find_zones(struct sp_provider *provider, const struct sp_wanted_zone *wanted,
                            size_t n, sp_zones_fn fn, void *arg);
void sp_provider_list_records(struct sp_provider *provider, const struct sp_zone *zone,
                              const struct sp_name *hosts, size_t n, sp_listed_fn fn, void *arg);
/* CHANGES must stay until the callback; is_applied is set in them. Split by the plugin's batch_max.
 */
void sp_provider_apply(struct sp_provider *provider, const struct sp_zone *zone,
                       struct sp_change *changes, size_t n, sp_applied_fn fn, void *arg);

#endif
