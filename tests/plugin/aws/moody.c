/* A plugin for an invented API that signs as AWS does and says no in as many ways. The body of an
 * answer that is not 200 begins with a word: "Throttling", perhaps with seconds behind it,
 * "Unwell", or anything else for a credential that is refused. A zone named "untold" is written to
 * without telling what is done. */
#include <signpost/plugin.h>

#include <stdlib.h>
#include <string.h>

static int judge(struct signpost_call *call, const struct signpost_response *response)
{
    static const char throttling[] = "Throttling", unwell[] = "Unwell";
    if (response->status == 200)
        return SIGNPOST_OK;
    if (strncmp(response->body, throttling, strlen(throttling)) == 0) {
        signpost_retry_after(call,
                             (uint32_t)strtoul(response->body + strlen(throttling), NULL, 10));
        return signpost_fail(call, SIGNPOST_RATE_LIMITED, "slow down");
    }
    if (strncmp(response->body, unwell, strlen(unwell)) == 0)
        return signpost_fail(call, SIGNPOST_TRANSIENT, "unwell");
    return signpost_fail(call, SIGNPOST_AUTH, response->body);
}

static int send(struct signpost_call *call, const char *method, const char *id)
{
    const char *const path[] = {"zones", id};
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    request.method = method;
    request.path = path;
    request.n_path = 2;
    int code = signpost_http(call, &request, &response);
    return code == SIGNPOST_OK ? judge(call, &response) : code;
}

static int moody_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                            size_t n)
{
    int code = n ? send(call, "GET", wanted[0]->name) : SIGNPOST_OK;
    if (code != SIGNPOST_OK)
        return code;
    const struct signpost_zone zone = {.size = sizeof(zone), .id = "z", .name = "example.com"};
    signpost_found_zone(call, &zone);
    return SIGNPOST_OK;
}

static int moody_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                              const char *const *hosts, size_t n)
{
    (void)hosts;
    (void)n;
    return send(call, "GET", zone->id);
}

static int moody_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                               const struct signpost_change *const *changes, size_t n)
{
    (void)changes;
    for (size_t i = 0; i < n; i++) {
        int code = send(call, "POST", zone->id);
        if (code != SIGNPOST_OK)
            return code;
        if (strcmp(zone->id, "untold") != 0)
            signpost_applied(call, i);
    }
    return SIGNPOST_OK;
}

static const struct signpost_origin origins[] = {{.url = "https://moody.amazonaws.com"}};
static const struct signpost_operation operations[] = {
    {.method = "GET",
     .path = "/zones/{id}",
     .functions = SIGNPOST_IN_FIND_ZONES | SIGNPOST_IN_LIST_RECORDS,
     .flags = SIGNPOST_REPEATABLE,
     .requests_per_minute = 200},
    {.method = "POST",
     .path = "/zones/{id}",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES,
     .requests_per_minute = 200},
};
static const char *const id_env[] = {"AWS_ACCESS_KEY_ID"};
static const char *const key_env[] = {"AWS_SECRET_ACCESS_KEY"};
static const char *const token_env[] = {"AWS_SESSION_TOKEN"};
static const struct signpost_secret secrets[] = {
    {.name = "access_key_id", .label = "access key ID", .env = id_env, .n_env = 1},
    {.name = "secret_access_key", .label = "secret access key", .env = key_env, .n_env = 1},
    {.name = "session_token",
     .label = "session token",
     .env = token_env,
     .n_env = 1,
     .flags = SIGNPOST_OPTIONAL},
};
static const struct signpost_auth auths[] = {
    {.scheme = "aws-sigv4",
     .secrets = secrets,
     .n_secrets = 3,
     .help = "Make a key in IAM.",
     .service = "moody",
     .region = "us-east-1"},
};
static const char *const record_types[] = {"CNAME"};

static const struct signpost_plugin plugin = {
    .name = "moody",
    .label = "Moody DNS",
    .version = "1",
    .url = "https://moody.example/api",
    .host_style = SIGNPOST_HOST_FQDN,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = 2,
    .auths = auths,
    .n_auths = 1,
    .record_types = record_types,
    .n_record_types = 1,
    .requests_per_minute = 2, /* which would hold up every test: the operations have their own */
    .batch_max = 10,
    .find_zones = moody_find_zones,
    .list_records = moody_list_records,
    .apply_changes = moody_apply_changes,
    .requests_window_s = 3,
};

SIGNPOST_PLUGIN(plugin)
