/*
 * A third-party plugin as its author would write it from docs/writing-a-plugin.md and the public
 * header alone: a provider whose API speaks lines of text. NAME, VARIABLE and the like are given by
 * the compiler's command line, so that the tests can make it claim what it must not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

#ifndef NAME
#define NAME "tiny"
#endif
#ifndef VARIABLE
#define VARIABLE "TINY_API_TOKEN"
#endif
#ifndef NAME_SERVERS
#define NAME_SERVERS "tiny-dns.example"
#endif
#ifndef CRASHES_ON /* a part of a name on which it falls over */
#define CRASHES_ON "boom"
#endif
#ifndef LIST_CRASHES_ON /* the same when it lists records */
#define LIST_CRASHES_ON "bang"
#endif
#ifndef SNEAKY /* find_zones() tries to write */
#define SNEAKY 0
#endif
#define LINE_MAX_LEN 1024

static const struct signpost_origin origins[] = {{.url = "https://api.tiny-dns.example"}};

static const struct signpost_operation operations[] = {
    {.method = "GET", .path = "/v1/zones", .functions = SIGNPOST_IN_FIND_ZONES},
    {.method = "GET",
     .path = "/v1/zones/{zone}/records",
     .functions = SIGNPOST_IN_LIST_RECORDS | SIGNPOST_IN_APPLY_CHANGES},
    {.method = "POST",
     .path = "/v1/zones/{zone}/records",
     .functions = SIGNPOST_IN_APPLY_CHANGES | (SNEAKY ? SIGNPOST_IN_FIND_ZONES : 0),
     .flags = SIGNPOST_MUTATES},
    {.method = "PUT",
     .path = "/v1/zones/{zone}/records/{id}",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES | SIGNPOST_REPEATABLE},
    {.method = "DELETE",
     .path = "/v1/zones/{zone}/records/{id}",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES},
};

static const char *const variables[] = {VARIABLE};
static const struct signpost_secret secrets[] = {
    {.name = "token", .label = "API token", .env = variables, .n_env = 1}};
static const struct signpost_auth auths[] = {{.scheme = "bearer",
                                              .secrets = secrets,
                                              .n_secrets = 1,
                                              .help = "Make one on the page of your account."}};
static const char *const name_servers[] = {NAME_SERVERS};
static const char *const record_types[] = {"CNAME", "TXT", "A"};

/* Sends a request; SIGNPOST_OK if the provider did as asked, otherwise what its answer means. */
static int call_api(struct signpost_call *call, const char *method, const char *const *path,
                    size_t n_path, const char *body, struct signpost_response *response)
{
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    int rc;

    request.method = method;
    request.path = path;
    request.n_path = n_path;
    request.body = body;
    request.body_len = body ? strlen(body) : 0;
    rc = signpost_http(call, &request, response);
    if (rc != SIGNPOST_OK)
        return rc;
    switch (response->status) {
    case 200:
        return SIGNPOST_OK;
    case 401:
        return signpost_fail(call, SIGNPOST_AUTH, response->body);
    case 403:
        return signpost_fail(call, SIGNPOST_FORBIDDEN_BY_PLAN, response->body);
    case 404:
        return signpost_fail(call, SIGNPOST_ZONE_NOT_FOUND, response->body);
    case 409:
        return signpost_fail(call, SIGNPOST_CONFLICT, response->body);
    case 429:
        return signpost_fail(call, SIGNPOST_RATE_LIMITED, response->body);
    case 422:
        return signpost_fail(call, SIGNPOST_UNSUPPORTED, response->body);
    case 503:
        return signpost_fail(call, SIGNPOST_TRANSIENT, response->body);
    default:
        return signpost_fail(call, SIGNPOST_BAD_REPLY, response->body);
    }
}

static void crash_if(const char *name, const char *part)
{
    if (strstr(name, part))
        abort();
}

static int tiny_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    static const char *const path[] = {"v1", "zones"};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char id[256], name[256];
    int used, rc;

    for (size_t i = 0; i < n; i++)
        crash_if(wanted[i]->name, CRASHES_ON);
    if (SNEAKY) {
        static const char *const write_path[] = {"v1", "zones", "sneaky.example", "records"};
        rc = call_api(call, "POST", write_path, 4, "TXT 60 sneaky sneaky", &response);
        if (rc != SIGNPOST_OK)
            return rc;
    }
    rc = call_api(call, "GET", path, 2, NULL, &response);
    if (rc != SIGNPOST_OK)
        return rc;
    for (const char *at = response.body; sscanf(at, "%255s %255s\n%n", id, name, &used) == 2;
         at += used) {
        struct signpost_zone zone = {.size = sizeof(zone), .id = id, .name = name};
        signpost_found_zone(call, &zone);
    }
    return SIGNPOST_OK;
}

static int tiny_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                             const char *const *hosts, size_t n)
{
    const char *path[] = {"v1", "zones", zone->id, "records"};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char id[64], type[16], host[256], value[LINE_MAX_LEN];
    unsigned ttl;
    int used, rc;

    for (size_t i = 0; i < n; i++)
        crash_if(hosts[i], LIST_CRASHES_ON);
    rc = call_api(call, "GET", path, 4, NULL, &response);
    if (rc != SIGNPOST_OK)
        return rc;
    for (const char *at = response.body;
         sscanf(at, "%63s %15s %u %255s %1023[^\n]\n%n", id, type, &ttl, host, value, &used) == 5;
         at += used) {
        struct signpost_record record = {.size = sizeof(record),
                                         .id = id,
                                         .type = type,
                                         .host = host,
                                         .value = value,
                                         .ttl = ttl};
        signpost_found_record(call, &record);
    }
    return SIGNPOST_OK;
}

static int tiny_apply_one(struct signpost_call *call, const struct signpost_zone *zone,
                          const struct signpost_change *change)
{
    const char *path[] = {"v1", "zones", zone->id, "records",
                          change->before ? change->before->id : NULL};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char body[LINE_MAX_LEN];

    if (change->action == SIGNPOST_DELETE)
        return call_api(call, "DELETE", path, 5, NULL, &response);
    snprintf(body, sizeof(body), "%s %u %s %s", change->after->type, change->after->ttl,
             change->after->host, change->after->value);
    if (change->action == SIGNPOST_UPDATE)
        return call_api(call, "PUT", path, 5, body, &response);
    return call_api(call, "POST", path, 4, body, &response);
}

static int tiny_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                              const struct signpost_change *const *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = tiny_apply_one(call, zone, changes[i]);
        if (rc != SIGNPOST_OK)
            return rc;
        signpost_applied(call, i);
    }
    return SIGNPOST_OK;
}

static const struct signpost_plugin plugin = {
    .name = NAME,
    .label = "Tiny DNS",
    .version = "1.0",
    .url = "https://tiny-dns.example/docs",
    .host_style = SIGNPOST_HOST_RELATIVE,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@",
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = sizeof(operations) / sizeof(operations[0]),
    .auths = auths,
    .n_auths = 1,
    .name_servers = name_servers,
    .n_name_servers = 1,
    .record_types = record_types,
    .n_record_types = 3,
    .ttl_min = 600,
    .ttl_max = 86400,
    .ttl_default = 900,
    .batch_max = 10,
    .find_zones = tiny_find_zones,
    .list_records = tiny_list_records,
    .apply_changes = tiny_apply_changes,
};
SIGNPOST_PLUGIN(plugin)
