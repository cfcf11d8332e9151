/*
 * GoDaddy Domains API v1 (https://developer.godaddy.com/doc/endpoint/domains).
 *
 * A zone is its name, and hosts are relative to it: one in full would be doubled. A record has no
 * id, and a PUT replaces all that its path covers. Zones are not looked up (`GET /v1/domains` knows
 * only those that are registered here as well) but found by reading their records.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

#include "kit/json.h"

enum { PAGE = 500, PAGES_MAX = 200 };

/* ---- answers ---- */

static const struct kit_rule rules[] = {
    {403, NULL, "*scope*", SIGNPOST_AUTH},
    {403, NULL, "?*", SIGNPOST_FORBIDDEN_BY_PLAN},
    {0, NULL, "QUOTA_EXCEEDED: *", SIGNPOST_FORBIDDEN_BY_PLAN},
    {403, NULL, NULL, SIGNPOST_BAD_REPLY},
    {409, NULL, NULL, SIGNPOST_RATE_LIMITED},    /* for seconds after a change it takes no other */
    {422, "GET", NULL, SIGNPOST_ZONE_NOT_FOUND}, /* not even a domain name */
    /* Whether a PATCH stops at once or half-way is not documented. */
    {422, "PATCH", "DUPLICATE_RECORD: *", SIGNPOST_AMBIGUOUS},
    {422, "PATCH", "*conflict*", SIGNPOST_AMBIGUOUS},
    {422, NULL, "DUPLICATE_RECORD: *", SIGNPOST_CONFLICT},
    {422, NULL, "*conflict*", SIGNPOST_CONFLICT},
    {.code = SIGNPOST_OK},
};

/* ACCESS_DENIED is what accounts hear whose classic keys may not. */
static void read_error(struct signpost_call *call, const json_t *json, char *ret_error, size_t size)
{
    const json_t *field = json_array_get(json_object_get(json, "fields"), 0);
    const char *code = kit_json_text(json, "code"), *message = kit_json_text(json, "message");
    json_int_t seconds = json_integer_value(json_object_get(json, "retryAfterSec"));
    int is_denied = strcmp(code, "ACCESS_DENIED") == 0 && !strstr(message, "scope");
    if (json)
        snprintf(ret_error, size, "%.100s: %.300s%s%.100s%s%.100s%s", code, message,
                 field ? "; " : "", kit_json_text(field, "path"), field ? " " : "",
                 kit_json_text(field, "message"),
                 is_denied ? "; a classic key works only for accounts with ten domains or more or "
                             "with Discount Domain Club Premier"
                           : "");
    if (seconds > 0 && seconds <= 86400)
        signpost_retry_after(call, (uint32_t)seconds);
}

/* A write that went well has no body, or null; what is to be deleted and is not there is gone. */
static int is_answer(const struct signpost_request *request,
                     const struct signpost_response *response, const json_t *json)
{
    if (response->status == 404 && json && strcmp(request->method, "DELETE") == 0)
        return strcmp(kit_json_text(json, "code"), "UNKNOWN_DOMAIN") != 0;
    if (response->status / 100 != 2)
        return 0;
    return strcmp(request->method, "GET") == 0
               ? json_is_array(json)
               : response->body_len == 0 || strcmp(response->body, "null") == 0;
}

static const struct kit_json_api api = {rules, read_error, is_answer};

/* ---- reading ---- */

static int read_page(struct signpost_call *call, const char *zone, size_t offset,
                     json_t **ret_items)
{
    const char *const path[] = {"v1", "domains", zone, "records"};
    char number[24];
    const struct signpost_pair query[] = {{"limit", "500"}, {"offset", number}};
    struct signpost_request request = {sizeof(request), "GET", path, 4, query};
    snprintf(number, sizeof(number), "%zu", offset);
    request.n_query = offset ? 2 : 1;
    return kit_json_send(call, &api, "reading the zone", request, NULL, ret_items);
}

/* The owner of an SRV record has its service in front, and what is empty was left over from an
 * older account: they stand in nobody's way. */
static void report_record(struct signpost_call *call, const json_t *item)
{
    struct signpost_record record = {
        .size = sizeof(record),
        .type = kit_json_text(item, "type"),
        .host = kit_json_text(item, "name"),
        .value = kit_json_text(item, "data"),
        .ttl = (uint32_t)json_integer_value(json_object_get(item, "ttl")),
    };
    int priority = (int)json_integer_value(json_object_get(item, "priority"));
    char value[512];
    if (!*record.value || *kit_json_text(item, "service"))
        return;
    if (strcmp(record.type, "MX") == 0) {
        snprintf(value, sizeof(value), "%d %.400s", priority, record.value);
        record.value = value;
    }
    signpost_found_record(call, &record);
}

/* Reports the records of ZONE, and before them, with IS_FINDING, the zone itself. By its
 * documentation OFFSET counts records, by what its clients see it counts pages from 1; page 2 tells
 * which: two records on, it would begin with the third of page 1. Behind the last page is an empty
 * one, or 422. */
static int read_zone(struct signpost_call *call, const char *name, int is_finding)
{
    const struct signpost_zone zone = {
        .size = sizeof(zone), .id = name, .name = name, .flags = SIGNPOST_ZONE_LISTED};
    json_t *third = NULL, *items, *item;
    size_t i, n = PAGE, step = 1;
    int code = SIGNPOST_OK;
    for (size_t page = 1; code == SIGNPOST_OK && n == PAGE && page < PAGES_MAX; page++) {
        items = NULL;
        code = read_page(call, name, page == 1 ? 0 : step == 1 ? page : (page - 1) * step, &items);
        if (code == SIGNPOST_ZONE_NOT_FOUND && page > 1)
            code = SIGNPOST_OK;
        if (code == SIGNPOST_OK && page == 1 && is_finding)
            signpost_found_zone(call, &zone);
        n = json_array_size(items);
        if (page == 1)
            third = json_incref(json_array_get(items, 2));
        if (page == 2 && step == 1 && n && json_equal(json_array_get(items, 0), third)) {
            step = n = PAGE;
            page = 1;
        } else {
            json_array_foreach (items, i, item)
                report_record(call, item);
        }
        json_decref(items);
    }
    json_decref(third);
    if (code == SIGNPOST_OK && n == PAGE)
        return signpost_fail(call, SIGNPOST_UNSUPPORTED, "the zone has too many records to read");
    return code;
}

/* The longest suffix that is there is the zone. KNOWN has those that were read. */
static int find_above(struct signpost_call *call, const char *name, json_t *known)
{
    for (; name && strchr(name, '.'); name = strchr(name, '.') + 1) {
        const json_t *is_there = json_object_get(known, name);
        int code = is_there ? SIGNPOST_OK : read_zone(call, name, 1);
        if (code != SIGNPOST_OK && code != SIGNPOST_ZONE_NOT_FOUND)
            return code;
        if (!is_there)
            json_object_set_new(known, name, json_boolean(code == SIGNPOST_OK));
        if (json_is_true(json_object_get(known, name)))
            break;
    }
    return SIGNPOST_OK;
}

static int godaddy_find_zones(struct signpost_call *call,
                              const struct signpost_wanted *const *wanted, size_t n)
{
    json_t *known = json_object();
    int code = SIGNPOST_OK;
    for (size_t i = 0; i < n && code == SIGNPOST_OK; i++)
        code = find_above(call, wanted[i]->guess ? wanted[i]->guess : wanted[i]->name, known);
    json_decref(known);
    return code;
}

static int godaddy_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                const char *const *hosts, size_t n)
{
    (void)hosts, (void)n;
    return read_zone(call, zone->id, 0);
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

static int send(struct signpost_call *call, const char *method, const char *const *path,
                json_t *body)
{
    struct signpost_request request = {.size = sizeof(request), .method = method, .path = path};
    request.n_path = path[4] ? 6 : 4;
    return kit_json_send(call, &api, "changing the zone", request, body, NULL);
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
            code = send(call, "DELETE", path, NULL);
        else
            code = send(call, "PUT", path, json_pack("[o]", json_of(record)));
        if (code == SIGNPOST_OK && changes[i]->action != SIGNPOST_CREATE)
            signpost_applied(call, i);
    }
    path[4] = NULL;
    if (code == SIGNPOST_OK && json_array_size(added))
        code = send(call, "PATCH", path, json_incref(added));
    json_decref(added);
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
    {.scheme = "header",
     .secrets = key_and_secret,
     .n_secrets = 2,
     .headers = sso_key,
     .n_headers = 1,
     .help = help_classic},
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
    SIGNPOST_LIST(origins),
    SIGNPOST_LIST(operations),
    SIGNPOST_LIST(auths),
    SIGNPOST_LIST(name_servers),
    SIGNPOST_LIST(record_types),
    .ttl_min = 600,
    .ttl_max = 604800,
    .ttl_default = 3600,
    .batch_max = 100,
    .find_zones = godaddy_find_zones,
    .list_records = godaddy_list_records,
    .apply_changes = godaddy_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
