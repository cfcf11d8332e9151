/*
 * A plugin that is whole but for its evil: name evil-CASE, one origin without a URL, GET /zones.
 * The source that includes this defines EVIL_NAME, EVIL_ENV and evil_find_zones(), and may do its
 * worst in a constructor instead.
 */
#ifndef EVIL_H
#define EVIL_H

#include <signpost/plugin.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n);

/* A case that defines EVIL_WRITES has its own. */
#ifdef EVIL_WRITES
static int evil_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                             const char *const *hosts, size_t n);
static int evil_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                              const struct signpost_change *const *changes, size_t n);
#else
static inline int evil_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                    const char *const *hosts, size_t n)
{
    (void)zone;
    (void)hosts;
    (void)n;
    return signpost_fail(call, SIGNPOST_UNSUPPORTED, "an evil plugin lists nothing");
}

static inline int evil_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                     const struct signpost_change *const *changes, size_t n)
{
    (void)zone;
    (void)changes;
    (void)n;
    return signpost_fail(call, SIGNPOST_UNSUPPORTED, "an evil plugin applies nothing");
}
#endif

/* What find_zones() of a case says when its evil went through. The tests look for this sentence. */
static inline int evil_succeeded(struct signpost_call *call)
{
    return signpost_fail(call, SIGNPOST_UNSUPPORTED, "the evil went through");
}

/* For the cases that do their evil elsewhere. */
#define EVIL_FINDS_NOTHING                                                                         \
    static int evil_find_zones(struct signpost_call *call,                                         \
                               const struct signpost_wanted *const *wanted, size_t n)              \
    {                                                                                              \
        (void)wanted;                                                                              \
        (void)n;                                                                                   \
        return evil_succeeded(call);                                                               \
    }

static const struct signpost_origin evil_origins[] = {{.url = NULL}};
static const struct signpost_operation evil_operations[] = {
    {.method = "GET", .path = "/zones", .functions = SIGNPOST_IN_FIND_ZONES},
};
static const char *const evil_env[] = {EVIL_ENV};
static const struct signpost_secret evil_secrets[] = {
    {.name = "token", .label = "token", .env = evil_env, .n_env = 1},
};
static const struct signpost_auth evil_auths[] = {
    {.scheme = "bearer", .secrets = evil_secrets, .n_secrets = 1},
};
static const char *const evil_types[] = {"CNAME"};
/* So that one domain of a run is recognised as this plugin's, and another is not. */
static const char *const evil_name_servers[] = {EVIL_NAME ".example"};
static const struct signpost_plugin evil_plugin = {
    .name = EVIL_NAME,
    .label = EVIL_NAME,
    .version = "1",
    .host_style = SIGNPOST_HOST_FQDN_DOT,
    .target_style = SIGNPOST_TARGET_DOT,
    .origins = evil_origins,
    .n_origins = 1,
    .operations = evil_operations,
    .n_operations = 1,
    .auths = evil_auths,
    .n_auths = 1,
    .record_types = evil_types,
    .n_record_types = 1,
    .name_servers = evil_name_servers,
    .n_name_servers = 1,
    .find_zones = evil_find_zones,
    .list_records = evil_list_records,
    .apply_changes = evil_apply_changes,
};

#ifndef EVIL_HAS_ENTRY_POINT
SIGNPOST_PLUGIN(evil_plugin)
#endif

#endif
