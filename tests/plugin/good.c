/* A well-behaved plugin for an invented API, using every service and every function of the header.
 */
#include <signpost/plugin.h>

#include <stdio.h>
#include <string.h>

static int get(struct signpost_call *call, const char *const *path, size_t n_path,
               struct signpost_response *response)
{
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    request.method = "GET";
    request.path = path;
    request.n_path = n_path;
    int code = signpost_http(call, &request, response);
    if (code != SIGNPOST_OK)
        return code;
    if (response->status == 429) {
        signpost_retry_after(call, 7);
        return signpost_fail(call, SIGNPOST_RATE_LIMITED, "too many requests");
    }
    if (response->status != 200)
        return signpost_fail(call, SIGNPOST_AUTH, response->body);
    return SIGNPOST_OK;
}

/* The reply is one zone a line. */
static int good_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    static const char *const path[] = {"zones"};
    static const char *const servers[] = {"ns1.good.example", "ns2.good.example"};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    int code = get(call, path, 1, &response);
    if (code != SIGNPOST_OK || n == 0 || !wanted[0]->name)
        return code;
    char *text = signpost_alloc(call, response.body_len + 1);
    memcpy(text, response.body, response.body_len);
    for (char *line = text; *line;) {
        char *end = line + strcspn(line, "\n");
        int is_last = *end == '\0';
        *end = '\0';
        struct signpost_zone zone = {
            .size = sizeof(zone),
            .id = line,
            .name = line,
            .name_servers = servers,
            .n_name_servers = 2,
        };
        signpost_found_zone(call, &zone);
        line = is_last ? end : end + 1;
    }
    return SIGNPOST_OK;
}

/* Reports for every host the record "host TTL value" that stands in the reply's line. */
static int good_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                             const char *const *hosts, size_t n)
{
    const char *const path[] = {"zones", zone->id, "records"};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    int code = get(call, path, 3, &response);
    if (code != SIGNPOST_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        const struct signpost_record record = {
            .size = sizeof(record),
            .type = "CNAME",
            .host = hosts[i],
            .value = response.body,
            .ttl = 300,
            .id = "r1",
        };
        signpost_found_record(call, &record);
    }
    return SIGNPOST_OK;
}

static int good_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                              const struct signpost_change *const *changes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *const path[] = {"zones", zone->id, "records"};
        const struct signpost_pair headers[] = {{"Content-Type", "text/plain"}};
        const struct signpost_pair query[] = {{"dry run", "no & never"}};
        const struct signpost_record *record =
            changes[i]->after ? changes[i]->after : changes[i]->before;
        struct signpost_request request = SIGNPOST_REQUEST_INIT;
        struct signpost_response response = SIGNPOST_RESPONSE_INIT;
        char *body = signpost_alloc(call, 512);
        int len = snprintf(body, 512, "%u %s %s", changes[i]->action, record->host, record->value);
        request.method = "POST";
        request.path = path;
        request.n_path = 3;
        request.headers = headers;
        request.n_headers = 1;
        request.query = query;
        request.n_query = 1;
        request.body = body;
        request.body_len = len > 0 ? (size_t)len : 0;
        int code = signpost_http(call, &request, &response);
        if (code != SIGNPOST_OK)
            return code;
        if (response.status != 201 || response.n_headers != 1 ||
            strcmp(response.headers[0].name, "content-type") != 0)
            return signpost_fail(call, SIGNPOST_CONFLICT, "a record stands in the way");
        signpost_applied(call, i);
    }
    return SIGNPOST_OK;
}

static int good_sync_status(struct signpost_call *call, const struct signpost_zone *zone)
{
    (void)call;
    return strcmp(zone->id, "in-sync") == 0;
}

static const struct signpost_origin origins[] = {
    {.url = "https://api.good.example/v1", .endpoint_env = "GOOD_API_URL"},
};
static const struct signpost_operation operations[] = {
    {.method = "GET",
     .path = "/zones",
     .functions = SIGNPOST_IN_FIND_ZONES,
     .flags = SIGNPOST_REPEATABLE},
    {.method = "GET",
     .path = "/zones/{id}/records",
     .functions = SIGNPOST_IN_LIST_RECORDS,
     .flags = SIGNPOST_REPEATABLE},
    {.method = "POST",
     .path = "/zones/{id}/records",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES},
};
static const char *const token_env[] = {"GOOD_TOKEN", "GOOD_API_TOKEN"};
static const struct signpost_secret secrets[] = {
    {.name = "token", .label = "API token", .env = token_env, .n_env = 2},
};
static const struct signpost_pair auth_headers[] = {{"X-Token", "v1 {token}"}};
static const struct signpost_auth auths[] = {
    {.scheme = "bearer", .secrets = secrets, .n_secrets = 1, .help = "Made under Account."},
    {.scheme = "header",
     .secrets = secrets,
     .n_secrets = 1,
     .headers = auth_headers,
     .n_headers = 1},
};
static const char *const name_servers[] = {".Good.example."};
static const char *const record_types[] = {"CNAME", "TXT"};

static const struct signpost_plugin plugin = {
    .name = "good",
    .label = "Good DNS",
    .version = "1",
    .url = "https://good.example/api",
    .host_style = SIGNPOST_HOST_FQDN_DOT,
    .target_style = SIGNPOST_TARGET_DOT,
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = 3,
    .auths = auths,
    .n_auths = 2,
    .name_servers = name_servers,
    .n_name_servers = 1,
    .record_types = record_types,
    .n_record_types = 2,
    .ttl_min = 60,
    .ttl_max = 86400,
    .ttl_default = 300,
    .requests_per_minute = 600,
    .find_zones = good_find_zones,
    .list_records = good_list_records,
    .apply_changes = good_apply_changes,
    .sync_status = good_sync_status,
};

SIGNPOST_PLUGIN(plugin)
