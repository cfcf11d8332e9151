/*
 * GoDaddy Domains API v1 (https://developer.godaddy.com/doc/endpoint/domains).
 *
 * A zone is its name, and hosts are relative to it: one in full would be doubled. A record has no
 * id, and a PUT replaces all that its path covers. Zones are not looked up (`GET /v1/domains` knows
 * only those that are registered here as well) but found by reading their records; what was read is
 * kept for the listing that follows, once, so that a zone is read in one call.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <signpost/plugin.h>

enum { PAGE = 500, PAGES_MAX = 200 };

/* What was read at the HOSTS wanted, by zone: records, or null where there is no such zone. */
static json_t *known, *hosts;

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value ? value : "";
}

static const char denied[] =
    "; a classic key works only for accounts with ten domains or more or with Discount Domain Club "
    "Premier";

static int meaning_of(const struct signpost_response *response, const json_t *json,
                      const char *method)
{
    const char *code = text(json, "code"), *message = text(json, "message");
    int status = (int)response->status, is_write = strcmp(method, "GET") != 0;
    if (status == 401 || (status == 403 && strstr(message, "scope")))
        return SIGNPOST_AUTH;
    if ((status == 403 && json) || strcmp(code, "QUOTA_EXCEEDED") == 0)
        return SIGNPOST_FORBIDDEN_BY_PLAN;
    if (status == 404 || (status == 422 && !is_write)) /* 422: not even a domain name */
        return SIGNPOST_ZONE_NOT_FOUND;
    if (status == 429 || status == 409) /* 409: for seconds after a change it takes no other one */
        return SIGNPOST_RATE_LIMITED;
    /* Whether a PATCH stops at once or half-way is not documented. */
    if (status == 422 && (strcmp(code, "DUPLICATE_RECORD") == 0 || strstr(message, "conflict")))
        return strcmp(method, "PATCH") == 0 ? SIGNPOST_AMBIGUOUS : SIGNPOST_CONFLICT;
    if (status == 400 || status == 422)
        return SIGNPOST_UNSUPPORTED;
    if (is_write && (status >= 500 || status < 300))
        return SIGNPOST_AMBIGUOUS;
    return status >= 500 ? SIGNPOST_TRANSIENT : SIGNPOST_BAD_REPLY;
}

static int fail(struct signpost_call *call, const struct signpost_request *request,
                const struct signpost_response *response, const json_t *json)
{
    const json_t *field = json_array_get(json_object_get(json, "fields"), 0);
    json_int_t seconds = json_integer_value(json_object_get(json, "retryAfterSec"));
    int code = meaning_of(response, json, request->method);
    char message[1024];
    snprintf(message, sizeof(message), "HTTP %d for %s of %s: %s%s%.300s%s%.100s%s%.100s%s",
             (int)response->status, request->method, request->path[2], text(json, "code"),
             json ? ": " : "", json ? text(json, "message") : response->body, field ? "; " : "",
             text(field, "path"), field ? " " : "", text(field, "message"),
             response->status == 403 && code == SIGNPOST_FORBIDDEN_BY_PLAN ? denied : "");
    if (seconds > 0 && seconds <= 86400)
        signpost_retry_after(call, (uint32_t)seconds);
    return signpost_fail(call, code, message);
}

/* One call, of the first 4 of PATH or of all 6. A write that went well has no body, or null; what
 * is to be deleted and is not there is gone. *RET_JSON (owned) is what was read. */
static int send(struct signpost_call *call, const char *method, const char *const *path,
                const char *offset, json_t *body, json_t **ret_json)
{
    static const struct signpost_pair headers[] = {{"Content-Type", "application/json"}};
    const struct signpost_pair query[] = {{"limit", "500"}, {"offset", offset}};
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    int is_read = ret_json != NULL;
    char *sent = body ? json_dumps(body, JSON_COMPACT) : NULL;
    request.method = method;
    request.path = path;
    request.n_path = path[4] ? 6 : 4;
    request.query = query;
    request.n_query = is_read + (offset != NULL);
    request.headers = headers;
    request.n_headers = sent != NULL;
    request.body = sent;
    request.body_len = sent ? strlen(sent) : 0;
    int code = signpost_http(call, &request, &response);
    free(sent);
    json_decref(body);
    if (code != SIGNPOST_OK)
        return code;
    json_t *json = json_loadb(response.body, response.body_len, 0, NULL);
    int is_empty = response.body_len == 0 || strcmp(response.body, "null") == 0;
    int is_gone = json && strcmp(method, "DELETE") == 0 && response.status == 404 &&
                  strcmp(text(json, "code"), "UNKNOWN_DOMAIN") != 0;
    if (!is_gone && (response.status / 100 != 2 || !(is_read ? json_is_array(json) : is_empty)))
        code = fail(call, &request, &response, json);
    if (is_read && code == SIGNPOST_OK)
        *ret_json = json_incref(json);
    json_decref(json);
    return code;
}

/* HOST of ZONE in full, in lower case. */
static const char *whole(const char *host, const char *zone, char ret_name[512])
{
    int is_apex = strcmp(host, "@") == 0;
    snprintf(ret_name, 512, "%.255s%s%.255s", is_apex ? "" : host, is_apex ? "" : ".", zone);
    for (char *at = ret_name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return ret_name;
}

/* Those of ITEMS at names that are wanted. The owner of an SRV record has its service in front, and
 * what is empty was left over from an older account: they stand in nobody's way. */
static void keep(json_t *records, const json_t *items, const char *zone, const json_t *names)
{
    char name[512];
    json_t *item;
    size_t i;
    json_array_foreach (items, i, item) {
        const json_t *priority = json_object_get(item, "priority");
        const char *data = text(item, "data");
        if (!json_object_get(names, whole(text(item, "name"), zone, name)) || !*data ||
            *text(item, "service"))
            continue;
        if (strcmp(text(item, "type"), "MX") == 0)
            json_object_set_new(item, "data",
                                json_sprintf("%d %s", (int)json_integer_value(priority), data));
        json_array_append(records, item);
    }
}

/* The records of ZONE at NAMES: SIGNPOST_OK and *RET_RECORDS (owned). By its documentation OFFSET
 * counts records, by what its clients see it counts pages from 1; page 2 tells which: two records
 * on, it would begin with the third of page 1. Behind the last page is an empty one, or 422. */
static int read_zone(struct signpost_call *call, const char *zone, const json_t *names,
                     json_t **ret_records)
{
    const char *const path[] = {"v1", "domains", zone, "records", NULL};
    json_t *third = NULL, *records = json_array();
    size_t step = 1, n = PAGE;
    int code = SIGNPOST_OK;
    for (size_t page = 1; code == SIGNPOST_OK && n == PAGE && page < PAGES_MAX; page++) {
        char offset[24];
        json_t *items = NULL;
        snprintf(offset, sizeof(offset), "%zu", step == 1 ? page : (page - 1) * step);
        code = send(call, "GET", path, page == 1 ? NULL : offset, NULL, &items);
        if (code == SIGNPOST_ZONE_NOT_FOUND && page > 1)
            code = SIGNPOST_OK;
        n = json_array_size(items);
        if (page == 1)
            third = json_incref(json_array_get(items, 2));
        if (page == 2 && step == 1 && n && json_equal(json_array_get(items, 0), third)) {
            step = n = PAGE;
            page = 1;
        } else {
            keep(records, items, zone, names);
        }
        json_decref(items);
    }
    json_decref(third);
    *ret_records = records;
    if (code == SIGNPOST_OK && n == PAGE)
        return signpost_fail(call, SIGNPOST_UNSUPPORTED, "the zone has too many records to read");
    return code;
}

/* Reads ZONE unless that was done: 1 when it is there, 0 when it is not, or an error. */
static int look(struct signpost_call *call, const char *zone)
{
    json_t *records = json_object_get(known, zone);
    if (records)
        return json_is_array(records);
    int code = read_zone(call, zone, hosts, &records);
    if (code == SIGNPOST_OK)
        json_object_set(known, zone, records);
    else if (code == SIGNPOST_ZONE_NOT_FOUND)
        json_object_set_new(known, zone, json_null());
    json_decref(records);
    return code == SIGNPOST_OK ? 1 : code == SIGNPOST_ZONE_NOT_FOUND ? 0 : code;
}

static int godaddy_find_zones(struct signpost_call *call,
                              const struct signpost_wanted *const *wanted, size_t n)
{
    size_t n_hosts = json_object_size(hosts);
    hosts = hosts ? hosts : json_object();
    known = known ? known : json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(hosts, wanted[i]->name, json_true());
    /* A call that is repeated wants the same again, and goes on where it ended. */
    if (json_object_size(hosts) != n_hosts)
        json_object_clear(known);
    for (size_t i = 0; i < n; i++) {
        /* The longest suffix that is there. */
        const char *at = wanted[i]->guess ? wanted[i]->guess : wanted[i]->name;
        int found = 0;
        while (at && strchr(at, '.') && (found = look(call, at)) == 0)
            at = strchr(at, '.') + 1;
        if (found < 0)
            return found;
    }
    for (void *it = json_object_iter(known); it; it = json_object_iter_next(known, it)) {
        struct signpost_zone zone = {.size = sizeof(zone), .id = json_object_iter_key(it)};
        zone.name = zone.id;
        if (json_is_array(json_object_iter_value(it)))
            signpost_found_zone(call, &zone);
    }
    return SIGNPOST_OK;
}

static int godaddy_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                const char *const *relative, size_t n)
{
    json_t *records = json_object_get(known, zone->id), *names = json_object(), *item;
    int code = SIGNPOST_OK, is_known = json_is_array(records);
    char name[512];
    size_t i;
    for (i = 0; i < n; i++) {
        json_object_set_new(names, whole(relative[i], zone->id, name), json_true());
        is_known = is_known && json_object_get(hosts, name);
    }
    if (is_known)
        json_incref(records);
    else
        code = read_zone(call, zone->id, names, &records);
    json_object_del(known, zone->id); /* used once: after a change it would be wrong */
    json_array_foreach (records, i, item) {
        struct signpost_record record = {.size = sizeof(record), .type = text(item, "type")};
        record.host = text(item, "name");
        record.value = text(item, "data");
        record.ttl = (uint32_t)json_integer_value(json_object_get(item, "ttl"));
        signpost_found_record(call, &record);
    }
    json_decref(names);
    json_decref(records);
    return code;
}

/* ---- writing ---- */

/* As PATCH and PUT take it. */
static json_t *json_of(const struct signpost_record *record)
{
    const char *blank = strcmp(record->type, "MX") == 0 ? strchr(record->value, ' ') : NULL;
    json_t *json = json_pack("{s:s, s:s, s:s, s:i}", "type", record->type, "name", record->host,
                             "data", blank ? blank + 1 : record->value, "ttl", (int)record->ttl);
    if (blank)
        json_object_set_new(json, "priority", json_integer(strtol(record->value, NULL, 10)));
    return json;
}

/* A deletion takes all records of a type at a host: those of a type that makes room for a CNAME all
 * go, and a CNAME is alone at its host, so that nothing is lost that is not meant. */
static int godaddy_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                 const struct signpost_change *const *changes, size_t n)
{
    const char *path[] = {"v1", "domains", zone->id, "records", NULL, NULL};
    json_t *added = json_array();
    int code = SIGNPOST_OK;
    for (size_t i = 0; i < n && code == SIGNPOST_OK; i++) {
        int is_deletion = changes[i]->action == SIGNPOST_DELETE;
        const struct signpost_record *record = is_deletion ? changes[i]->before : changes[i]->after;
        path[4] = record->type;
        path[5] = record->host;
        if (changes[i]->action == SIGNPOST_CREATE)
            json_array_append_new(added, json_of(record));
        else if (is_deletion)
            code = send(call, "DELETE", path, NULL, NULL, NULL);
        else
            code = send(call, "PUT", path, NULL, json_pack("[o]", json_of(record)), NULL);
        if (code == SIGNPOST_OK && changes[i]->action != SIGNPOST_CREATE)
            signpost_applied(call, i);
    }
    path[4] = NULL;
    if (code == SIGNPOST_OK && json_array_size(added))
        code = send(call, "PATCH", path, NULL, json_incref(added), NULL);
    json_decref(added);
    for (size_t i = 0; i < n && code == SIGNPOST_OK; i++)
        if (changes[i]->action == SIGNPOST_CREATE)
            signpost_applied(call, i);
    return code;
}

/* ---- description ---- */

static const struct signpost_origin origins[] = {{.url = "https://api.godaddy.com"}};
#define RECORDS "/v1/domains/{zone}/records"
#define RECORD  RECORDS "/{type}/{name}"
/* No PUT of all records or of a type: they take away what is not named. 60 calls each a minute. */
static const struct signpost_operation operations[] = {
    {"GET", RECORDS, SIGNPOST_IN_FIND_ZONES | SIGNPOST_IN_LIST_RECORDS, 0, 0, 60},
    {"PATCH", RECORDS, SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES, 0, 60},
    {"PUT", RECORD, SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES | SIGNPOST_REPEATABLE, 0, 60},
    {"DELETE", RECORD, SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES, 0, 60},
};

static const char *const token_env[] = {"GODADDY_API_TOKEN"};
static const char *const key_env[] = {"GODADDY_API_KEY"};
static const char *const secret_env[] = {"GODADDY_API_SECRET"};
static const struct signpost_secret token[] = {{"token", "access token", token_env, 1, 0}};
static const struct signpost_secret key_and_secret[] = {{"key", "API key", key_env, 1, 0},
                                                        {"secret", "API secret", secret_env, 1, 0}};
static const char help[] = "Make a personal access token with the scopes domains.domain:read and "
                           "domains.dns:update at developer.godaddy.com.";
static const char help_classic[] = "Classic keys are announced to end after 2026: make a token.";
static const struct signpost_pair sso_key[] = {{"Authorization", "sso-key {key}:{secret}"}};
static const struct signpost_auth auths[] = {
    {.scheme = "bearer", .secrets = token, .n_secrets = 1, .help = help},
    {"header", key_and_secret, 2, sso_key, 1, help_classic, NULL, NULL},
};

static const char *const name_servers[] = {"domaincontrol.com"};
static const char *const record_types[] = {"CNAME", "TXT", "A", "AAAA", "MX", "CAA"};

static const struct signpost_plugin plugin = {
    .name = "godaddy",
    .label = "GoDaddy",
    .version = "1",
    .url = "https://developer.godaddy.com/doc/endpoint/domains",
    .host_style = SIGNPOST_HOST_RELATIVE,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@",
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = 4,
    .auths = auths,
    .n_auths = 2,
    .name_servers = name_servers,
    .n_name_servers = 1,
    .record_types = record_types,
    .n_record_types = 6,
    .ttl_min = 600,
    .ttl_max = 604800,
    .ttl_default = 3600,
    .batch_max = 100,
    .find_zones = godaddy_find_zones,
    .list_records = godaddy_list_records,
    .apply_changes = godaddy_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
