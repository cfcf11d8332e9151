/*
 * signpost plugin ABI, version 1: the one header a provider plugin needs.
 *
 * A plugin is a shared object that describes one DNS provider's API as data and adds three
 * functions that speak it. It runs in a process of its own, without network, files, environment or
 * credentials: signpost_http() hands a request to the engine, which checks it against the
 * description, adds the credential, sends it, retries where that is safe, and returns the answer.
 * The code is straight-line and blocking. Nothing crosses the border with an owner: what the engine
 * passes in lives until the function returns, what a plugin passes out is copied at once, what
 * signpost_http() returns lives until the function returns.
 *
 * Rules of change: members are only ever appended, never re-typed or re-used; every struct is
 * stamped with its size, every nested array with its stride (struct signpost_pair never grows), and
 * none ends in padding, so that an appended member never lies in bytes an older plugin left
 * undefined. A member that an older plugin lacks is zero, and zero means the strict or harmless
 * value. Members and flags that an older engine does not know must be zero there; it refuses the
 * plugin otherwise, as what it would overlook may be a restriction. Types are those of libc's
 * <stddef.h> and <stdint.h>.
 *
 * A minimal plugin:
 *
 *     static const struct signpost_plugin plugin = {
 *         .name = "example", .label = "Example DNS", .host_style = SIGNPOST_HOST_RELATIVE, ...
 *         .find_zones = example_find_zones,
 *         .list_records = example_list_records,
 *         .apply_changes = example_apply_changes,
 *     };
 *     SIGNPOST_PLUGIN(plugin)
 */
#ifndef SIGNPOST_PLUGIN_H
#define SIGNPOST_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIGNPOST_ABI   1u
#define SIGNPOST_MAGIC 0x53504c31u /* "SPL1" */

/* What a function returns. After a negative value the engine shows the sentence given to
 * signpost_fail(), or one of its own. */
#define SIGNPOST_OK                0
#define SIGNPOST_AUTH              (-1) /* the credential is wrong, expired or lacks a permission */
#define SIGNPOST_FORBIDDEN_BY_PLAN (-2) /* right credential; the account's plan has no API */
#define SIGNPOST_ZONE_NOT_FOUND    (-3) /* the zone vanished between look-up and use */
#define SIGNPOST_CONFLICT          (-4) /* another record stands in the way; nothing was applied */
#define SIGNPOST_RATE_LIMITED      (-5) /* nothing was applied: the engine waits and calls again */
#define SIGNPOST_TRANSIENT         (-6) /* the provider is unwell; nothing was applied */
#define SIGNPOST_BAD_REPLY         (-7) /* the reply is not what the API documents */
#define SIGNPOST_UNSUPPORTED       (-8) /* this zone or record cannot be handled by this API */
#define SIGNPOST_AMBIGUOUS         (-9) /* sent, effect unknown: the engine reads what is there */
#define SIGNPOST_QUOTA_EXCEEDED    (-10) /* the zone or account holds as many records as it may */

/* How the provider wants a record's host written, and how it lists it. */
#define SIGNPOST_HOST_FQDN     1u /* sk48601.example.com */
#define SIGNPOST_HOST_FQDN_DOT 2u /* sk48601.example.com. */
#define SIGNPOST_HOST_RELATIVE 3u /* sk48601, `apex` for the zone itself */
/* How it wants a target written; both are understood on reading. */
#define SIGNPOST_TARGET_PLAIN 1u
#define SIGNPOST_TARGET_DOT   2u

/* Functions, as bits: where an operation may be used. */
#define SIGNPOST_IN_FIND_ZONES    1u
#define SIGNPOST_IN_LIST_RECORDS  2u
#define SIGNPOST_IN_APPLY_CHANGES 4u
#define SIGNPOST_IN_SYNC_STATUS   8u

/* Flags of an operation. Any method but GET and HEAD changes something, with or without the flag.
 */
#define SIGNPOST_MUTATES    1u /* changes something at the provider: never sent in a dry run */
#define SIGNPOST_REPEATABLE 2u /* sending it twice is the same as once: may be retried */

struct signpost_pair {
    const char *name;
    const char *value;
};

/* Where requests may go. */
struct signpost_origin {
    const char *url; /* "https://api.example.net/v4"; NULL: the operator must give an endpoint */
    const char *endpoint_env; /* a variable of the provider's own tools that holds it, or NULL */
};

/* What requests may be. PATH is a template of segments below the origin's URL:
 * "/zones/{id}/records". A {name} stands for exactly one non-empty segment. */
struct signpost_operation {
    const char *method;
    const char *path;
    uint32_t functions; /* SIGNPOST_IN_... */
    uint32_t flags;
    size_t origin;              /* index */
    size_t requests_per_minute; /* a limit of its own, in place of the plugin's; 0: none */
};

/* Flags of a secret. */
#define SIGNPOST_OPTIONAL 1u /* used when it is there; the way to authenticate is whole without */

/* One secret value of a credential. */
struct signpost_secret {
    const char *name;       /* "api_key": used in templates and in the operator's config */
    const char *label;      /* "API key": shown to people */
    const char *const *env; /* variables, best first; each is also tried as NAME_FILE */
    size_t n_env;
    size_t flags; /* SIGNPOST_OPTIONAL */
};

/*
 * One way to authenticate; the first whose secrets are all there is used. Schemes of this version:
 *   "bearer"     one secret, sent as `Authorization: Bearer VALUE`
 *   "header"     `headers` with {secret} in the values, as {"X-API-Key", "{api_key}"}; a header
 *                with an optional secret that is not there is left out
 *   "aws-sigv4"  AWS Signature Version 4 with the secrets "access_key_id", "secret_access_key" and,
 *                optional, "session_token"; `service` and `region` name what is signed for. The
 *                region follows the host where the operator's endpoint is one of another AWS
 *                partition, and the operator's SIGNPOST_<PLUGIN>_REGION above all. Where
 *                access_key_id may come from AWS_ACCESS_KEY_ID, the profile of the AWS tools
 *                (AWS_PROFILE, ~/.aws) is a further source.
 * A scheme that the engine does not know makes the plugin unusable, with a clear message.
 */
struct signpost_auth {
    const char *scheme;
    const struct signpost_secret *secrets;
    size_t n_secrets; /* their stride is signpost_plugin.secret_size */
    const struct signpost_pair *headers;
    size_t n_headers;
    const char *help;    /* one sentence: where to get it and with which permissions */
    const char *service; /* aws-sigv4: "route53"; NULL otherwise */
    const char *region;  /* aws-sigv4: "us-east-1"; NULL otherwise */
};

/* ---- what passes through the functions ---- */

struct signpost_call; /* the engine's; hand it back */

/* A name for which a zone is wanted. Names are in the provider's convention for zones: with a final
 * dot exactly under SIGNPOST_HOST_FQDN_DOT. They come in the order of signpost_name_order(), each
 * once. */
struct signpost_wanted {
    size_t size;       /* sizeof(struct signpost_wanted), set by the engine */
    const char *name;  /* the record's host, whole */
    const char *guess; /* the zone cut seen in DNS, or else the domain as registered; or NULL */
};

#define SIGNPOST_ZONE_READ_ONLY  1u /* exists, but must not be written here (a secondary, say) */
#define SIGNPOST_ZONE_NOT_ACTIVE 2u /* exists, but is not served yet */
/* Its records at the wanted names were read to find it: all that list_records() would report for
 * them follows at once by signpost_found_record(), and list_records() is not called before the
 * first change. */
#define SIGNPOST_ZONE_LISTED 4u

struct signpost_zone {
    size_t size; /* sizeof(struct signpost_zone); set by both sides */
    const char *id;
    const char *name; /* U-labels and escapes are understood */
    uint32_t flags;
    const char *note;                /* why, for the flags: shown to people; or NULL */
    const char *const *name_servers; /* what the provider says serves it; may be empty */
    size_t n_name_servers;
};

#define SIGNPOST_RECORD_FOREIGN  1u /* an alias, weighted set, read-only row: never touch it */
#define SIGNPOST_RECORD_DISABLED 2u /* stored but not served */

struct signpost_record {
    size_t size; /* sizeof(struct signpost_record); set by both sides */
    const char *type;
    const char *host;  /* in the provider's convention, relative to the zone */
    const char *value; /* CNAME: target in its convention; others as the provider writes */
    uint32_t ttl;      /* seconds; 0: unknown */
    uint32_t flags;
    const char *id;   /* the provider's handle, or NULL */
    const char *note; /* what makes it foreign: shown to people; or NULL */
};

#define SIGNPOST_CREATE 1u
#define SIGNPOST_UPDATE 2u /* same host and type, another value */
#define SIGNPOST_DELETE 3u

/* Deletions come first, so that what stands in the way is gone when it is replaced. Among them, and
 * among the others, changes of one host are neighbours, and of those the ones of one type; hosts
 * come in the order of signpost_name_order(). */
struct signpost_change {
    size_t size;
    uint32_t action;
    const struct signpost_record *before; /* as listed, with id; NULL for a creation */
    const struct signpost_record *after;  /* NULL for a deletion */
};

/* ---- HTTP ---- */

struct signpost_request {
    size_t size; /* sizeof(struct signpost_request); SIGNPOST_REQUEST_INIT sets it */
    const char *method;
    const char *const *path; /* segments, not encoded: {"zones", id, "records"} */
    size_t n_path;
    const struct signpost_pair *query; /* not encoded */
    size_t n_query;
    const struct signpost_pair *headers; /* Content-Type and the like; never authentication */
    size_t n_headers;
    const void *body;
    size_t body_len;
    size_t origin; /* index */
};

struct signpost_response {
    size_t size;      /* sizeof(struct signpost_response); SIGNPOST_RESPONSE_INIT sets it */
    int32_t status;   /* HTTP status, 100 to 599 */
    const char *body; /* followed by a NUL that body_len does not count */
    size_t body_len;
    const struct signpost_pair *headers; /* the harmless ones, names in lower case */
    size_t n_headers;
};

#define SIGNPOST_REQUEST_INIT                                                                      \
    {                                                                                              \
        sizeof(struct signpost_request), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                              \
    }
#define SIGNPOST_RESPONSE_INIT                                                                     \
    {                                                                                              \
        sizeof(struct signpost_response), 0, 0, 0, 0, 0                                            \
    }

/* ---- the plugin ---- */

struct signpost_plugin {
    /* Stamps, written by SIGNPOST_PLUGIN(). Leave them out. */
    uint32_t magic;
    uint32_t abi;
    size_t size;
    size_t origin_size; /* strides of the arrays below: sizeof(struct signpost_origin) */
    size_t operation_size;
    size_t auth_size;
    size_t secret_size; /* of the arrays in every signpost_auth */

    const char *name;    /* [a-z][a-z0-9-]*: what follows --provider */
    const char *label;   /* "PowerDNS Authoritative Server" */
    const char *version; /* the plugin's own */
    const char *url;     /* where its documentation is */

    uint32_t host_style;   /* SIGNPOST_HOST_... */
    uint32_t target_style; /* SIGNPOST_TARGET_... */
    const char *apex;      /* relative hosts: "@" or ""; NULL otherwise */
    uint32_t octal_read;   /* 1: escapes in listed names are octal */

    const struct signpost_origin *origins;
    size_t n_origins;
    const struct signpost_operation *operations;
    size_t n_operations;
    const struct signpost_auth *auths; /* alternatives; none: no credential needed */
    size_t n_auths;

    /* Suffixes by which it is recognised; a `*` may end a label: "domaincontrol.com",
     * "awsdns-*.co.uk". */
    const char *const *name_servers;
    size_t n_name_servers;
    const char *const *record_types; /* that it can list and delete; CNAME must be among them */
    size_t n_record_types;

    uint32_t ttl_min; /* seconds; 0: no minimum */
    uint32_t ttl_max; /* 0: no maximum */
    uint32_t ttl_default;
    uint32_t requests_per_minute; /* the provider's limit; 0: none known; see requests_window_s */
    uint32_t batch_max;           /* changes of one apply_changes(); 0: 1 */
    uint32_t is_atomic;           /* 1: apply_changes() applies all of them or none */

    /*
     * All three or none: a plugin without functions describes a provider without an API, where the
     * engine shows what to type and waits.
     *
     * - find_zones: for each of the N wanted names, report with signpost_found_zone() every zone
     *   that the credential can see and that could hold it; the engine takes the longest match. No
     *   zone at all is not an error.
     * - list_records: report with signpost_found_record() all records, of every type, at each of
     *   the N hosts, which come in the order of signpost_name_order(), each once. Records at other
     *   hosts may be reported as well: they are dropped, however many there are.
     * - apply_changes: apply N changes (at most batch_max). When not atomic, tell each that is done
     *   with signpost_applied(); what is not told when an error is returned counts as not applied.
     * - sync_status: whether the provider's servers have the last change: 1 yes, 0 not yet.
     *   Optional.
     */
    int (*find_zones)(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                      size_t n);
    int (*list_records)(struct signpost_call *call, const struct signpost_zone *zone,
                        const char *const *hosts, size_t n);
    int (*apply_changes)(struct signpost_call *call, const struct signpost_zone *zone,
                         const struct signpost_change *const *changes, size_t n);
    int (*sync_status)(struct signpost_call *call, const struct signpost_zone *zone);

    /* Characters in the values of one apply_changes(), before and after both counted; 0: no such
     * limit. Changes of one host stay together even above it. */
    size_t batch_characters_max;
    /* Seconds in which the provider counts requests; 0: 60. All limits, an operation's own as well,
     * mean requests_per_minute * requests_window_s / 60 in any such window, at once if need be:
     * 1200 in five minutes are 240 and 300. At most a day. */
    size_t requests_window_s;
};

/* An array of the description and its length: SIGNPOST_LIST(origins) sets .origins and .n_origins
 * from an array of that name. */
#define SIGNPOST_LIST(member) .member = (member), .n_##member = sizeof(member) / sizeof((member)[0])

/* ---- what the engine offers ---- */

/* Use the functions below, not the table. */
struct signpost_host {
    size_t size;
    int (*http)(struct signpost_call *call, const struct signpost_request *request,
                struct signpost_response *response);
    void (*found_zone)(struct signpost_call *call, const struct signpost_zone *zone);
    void (*found_record)(struct signpost_call *call, const struct signpost_record *record);
    void (*applied)(struct signpost_call *call, size_t i);
    int (*fail)(struct signpost_call *call, int code, const char *message);
    void (*retry_after)(struct signpost_call *call, uint32_t seconds);
    void *(*alloc)(struct signpost_call *call, size_t len);
    int (*name_order)(struct signpost_call *call, const char *a, const char *b);
    int (*name_is_below)(struct signpost_call *call, const char *name, const char *zone);
};

struct signpost_call {
    const struct signpost_host *host;
};

/*
 * Sends REQUEST and waits. SIGNPOST_OK when the provider answered, whatever the status: judge
 * response->status. Otherwise a negative code, whose sentence the engine already has:
 * SIGNPOST_TRANSIENT (nothing was sent, or a repeatable request failed through all retries),
 * SIGNPOST_AMBIGUOUS (sent, no answer); return it as it is.
 */
static inline int signpost_http(struct signpost_call *call, const struct signpost_request *request,
                                struct signpost_response *response)
{
    return call->host->http(call, request, response);
}
/* Reports a zone that find_zones() sees. */
static inline void signpost_found_zone(struct signpost_call *call, const struct signpost_zone *zone)
{
    call->host->found_zone(call, zone);
}
/* Reports a record that list_records() sees; in find_zones(), one of the zone that was reported
 * last, with SIGNPOST_ZONE_LISTED. */
static inline void signpost_found_record(struct signpost_call *call,
                                         const struct signpost_record *record)
{
    call->host->found_record(call, record);
}
/* Tells that change I of apply_changes() is done. */
static inline void signpost_applied(struct signpost_call *call, size_t i)
{
    call->host->applied(call, i);
}
/* Keeps the sentence that goes with CODE and returns CODE: `return signpost_fail(call,
 * SIGNPOST_AUTH, "the token may not edit DNS");`. Put the provider's own code and text into it. */
static inline int signpost_fail(struct signpost_call *call, int code, const char *message)
{
    return (call->host->fail)(call, code, message); /* a test library may have a macro fail() */
}
/* How long to wait, with SIGNPOST_RATE_LIMITED, where the reply says it elsewhere than in a
 * Retry-After header: that one the engine reads itself. */
static inline void signpost_retry_after(struct signpost_call *call, uint32_t seconds)
{
    call->host->retry_after(call, seconds);
}
/* Zeroed memory that lives until the function returns; never NULL, never freed by the plugin. */
static inline void *signpost_alloc(struct signpost_call *call, size_t len)
{
    return call->host->alloc(call, len);
}
/*
 * Below 0, 0 or above 0 as A comes before, is, or comes behind B: two whole names as the provider
 * writes them, with or without a final dot, in any case, escaped as octal_read says. The order is
 * the one in which lists of zones and records are paged that are sorted by reversed labels: ASCII
 * order of "com.example.www.", where the dot behind the last label counts. What is no name comes
 * last.
 */
static inline int signpost_name_order(struct signpost_call *call, const char *a, const char *b)
{
    return call->host->name_order(call, a, b);
}
/* 1 when NAME is ZONE or lies below it, else 0; names as above. */
static inline int signpost_name_is_below(struct signpost_call *call, const char *name,
                                         const char *zone)
{
    return call->host->name_is_below(call, name, zone);
}

typedef const struct signpost_plugin *(*signpost_plugin_v1_fn)(void);

#if defined(__GNUC__)
#define SIGNPOST_EXPORT __attribute__((visibility("default")))
#else
#define SIGNPOST_EXPORT
#endif

#ifdef __cplusplus
#define SIGNPOST_EXTERN extern "C"
#else
#define SIGNPOST_EXTERN extern
#endif

/* Stamps the description and exports the only symbol that the engine looks for. */
#define SIGNPOST_PLUGIN(description)                                                               \
    SIGNPOST_EXTERN SIGNPOST_EXPORT const struct signpost_plugin *signpost_plugin_v1(void);        \
    SIGNPOST_EXPORT const struct signpost_plugin *signpost_plugin_v1(void)                         \
    {                                                                                              \
        static struct signpost_plugin stamped;                                                     \
        stamped = (description);                                                                   \
        stamped.magic = SIGNPOST_MAGIC;                                                            \
        stamped.abi = SIGNPOST_ABI;                                                                \
        stamped.size = sizeof(struct signpost_plugin);                                             \
        stamped.origin_size = sizeof(struct signpost_origin);                                      \
        stamped.operation_size = sizeof(struct signpost_operation);                                \
        stamped.auth_size = sizeof(struct signpost_auth);                                          \
        stamped.secret_size = sizeof(struct signpost_secret);                                      \
        return &stamped;                                                                           \
    }

#ifdef __cplusplus
}
#endif

#endif /* SIGNPOST_PLUGIN_H */
