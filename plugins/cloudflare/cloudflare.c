/*
 * Cloudflare API v4 (https://developers.cloudflare.com/api/).
 *
 * Names of records are whole, in A-labels, without a final dot; names of zones come in Unicode. One
 * batch is one database transaction, whose order is deletes, patches, puts, posts (page "Batch
 * record changes"). A proxied name is answered with addresses of Cloudflare's: its record is listed
 * as disabled (stored, and not what the DNS says), and a disabled one put back is proxied again.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <signpost/plugin.h>

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value ? value : "";
}

/* Numbers have changed without notice, so that their groups are kept wide. */
static int meaning_of(json_int_t number, int status, int is_write)
{
    if (status == 429)
        return SIGNPOST_RATE_LIMITED;
    if (status >= 500)
        return is_write ? SIGNPOST_AMBIGUOUS : SIGNPOST_TRANSIENT;
    /* 6003: a header that holds no token; 81044: what was to be changed is gone. */
    if (number == 6003 || (number >= 9103 && number <= 9109) || number == 10000)
        return SIGNPOST_AUTH;
    if (number == 81044 || (number >= 81053 && number <= 81058))
        return SIGNPOST_CONFLICT;
    if (number == 81045)
        return SIGNPOST_QUOTA_EXCEEDED;
    if (number == 7000 || number == 7003 || status == 404)
        return SIGNPOST_ZONE_NOT_FOUND;
    if (status >= 400)
        return status == 401 || status == 403 ? SIGNPOST_AUTH : SIGNPOST_UNSUPPORTED;
    /* What claims success and is no answer of this API does not tell what was done. */
    return is_write && status < 300 ? SIGNPOST_AMBIGUOUS : SIGNPOST_BAD_REPLY;
}

/* The first error counts: of a batch no other is told. */
static int fail(struct signpost_call *call, const struct signpost_request *request,
                const struct signpost_response *response, const json_t *json)
{
    const json_t *error = json_array_get(json_object_get(json, "errors"), 0);
    const json_t *cause = json_array_get(json_object_get(error, "error_chain"), 0);
    json_int_t number = json_integer_value(json_object_get(error, "code"));
    int status = (int)response->status;
    char message[1024];
    snprintf(message, sizeof(message), "HTTP %d for %s %s: %d %.300s%s%.300s", status,
             request->method, request->path[request->n_path - 1], (int)number,
             error ? text(error, "message") : "(not the API's JSON) ", cause ? ": " : "",
             error ? text(cause, "message") : response->body);
    return signpost_fail(call, meaning_of(number, status, request->body != NULL), message);
}

/* One call of the API: SIGNPOST_OK or the error, and *RET_JSON (owned; NULL where it is none). */
static int call_api(struct signpost_call *call, const struct signpost_request *request,
                    json_t **ret_json)
{
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    int code = signpost_http(call, request, &response);
    if (code != SIGNPOST_OK)
        return code;
    *ret_json = json_loadb(response.body, response.body_len, 0, NULL);
    if (response.status / 100 == 2 && json_is_true(json_object_get(*ret_json, "success")))
        return SIGNPOST_OK;
    return fail(call, request, &response, *ret_json);
}

/* A list that comes in pages; the first of the query's pairs is the page's. */
struct list {
    struct signpost_call *call;
    struct signpost_request request;
    struct signpost_pair query[7];
    void (*take)(const struct list *list, const json_t *item);
    size_t n_items, n_pages; /* as the last answer says */
    size_t max;              /* what has more pages is not taken */
};

static void add_query(struct list *list, const char *name, const char *value)
{
    list->query[list->request.n_query++] = (struct signpost_pair){name, value};
}

static void list_init(struct list *list, struct signpost_call *call, const char *const *path,
                      size_t n_path, const char *per_page,
                      void (*take)(const struct list *list, const json_t *item))
{
    *list = (struct list){.call = call, .take = take, .n_pages = 1, .max = (size_t)-1};
    list->request = (struct signpost_request){sizeof(list->request), "GET", path, n_path};
    list->request.query = list->query;
    add_query(list, "page", NULL);
    add_query(list, "per_page", per_page);
}

static int read_list(struct list *list)
{
    int code = SIGNPOST_OK;
    for (size_t i, page = 1; code == SIGNPOST_OK && page <= list->n_pages; page++) {
        char number[24];
        json_t *json = NULL, *item;
        snprintf(number, sizeof(number), "%zu", page);
        list->query[0].value = number;
        code = call_api(list->call, &list->request, &json);
        const json_t *result = json_object_get(json, "result");
        const json_t *info = json_object_get(json, "result_info");
        /* What has nothing more to give ends, whatever it says. */
        json_int_t pages = json_integer_value(json_object_get(info, "total_pages"));
        list->n_pages = json_array_size(result) ? (size_t)pages : 0;
        list->n_items += json_array_size(result);
        if (code == SIGNPOST_OK && json_integer_value(json_object_get(info, "page")) != (int)page)
            code = signpost_fail(list->call, SIGNPOST_BAD_REPLY, "that is not the page asked for");
        if (code == SIGNPOST_OK && list->n_pages > list->max)
            code = SIGNPOST_UNSUPPORTED;
        json_array_foreach (result, i, item)
            if (code == SIGNPOST_OK)
                list->take(list, item);
        json_decref(json);
    }
    return code;
}

/* Not served as it is: what is paused, pending, or a part of a zone elsewhere (partial). */
static void take_zone(const struct list *list, const json_t *json)
{
    const json_t *servers = json_object_get(json, "name_servers");
    const char *names[16], *status = text(json, "status"), *type = text(json, "type");
    int is_paused = json_is_true(json_object_get(json, "paused"));
    char note[512];
    struct signpost_zone zone = {.size = sizeof(zone), .note = note, .name_servers = names};
    zone.id = text(json, "id");
    zone.name = text(json, "name");
    if (strcmp(type, "secondary") == 0)
        zone.flags = SIGNPOST_ZONE_READ_ONLY;
    else if (is_paused || strcmp(status, "active") != 0 || strcmp(type, "full") != 0)
        zone.flags = SIGNPOST_ZONE_NOT_ACTIVE;
    for (size_t i = 0; i < json_array_size(servers) && i < 16; i++)
        if (json_is_string(json_array_get(servers, i)))
            names[zone.n_name_servers++] = json_string_value(json_array_get(servers, i));
    snprintf(note, sizeof(note), "status %.20s%s, type %.20s, in the account %.200s", status,
             is_paused ? " but paused" : "", type, text(json_object_get(json, "account"), "name"));
    signpost_found_zone(list->call, &zone);
}

/* Reads the zones called NAME, or all of them (NULL): how many there are, or a negative error,
 * which is SIGNPOST_UNSUPPORTED for more than MAX pages. ASKED remembers the names. */
static int find(struct signpost_call *call, const char *name, size_t max, json_t *asked)
{
    static const char *const path[] = {"zones"};
    const json_t *known = name ? json_object_get(asked, name) : NULL;
    struct list list;
    if (known)
        return (int)json_integer_value(known);
    list_init(&list, call, path, 1, "50", take_zone); /* the API's maximum */
    list.max = max;
    if (name)
        add_query(&list, "name", name);
    int code = read_list(&list);
    if (code != SIGNPOST_OK)
        return code;
    if (name)
        json_object_set_new(asked, name, json_integer((json_int_t)list.n_items));
    return (int)list.n_items;
}

/* Asks for zones by name: the guess, then the host and its parents. */
static int walk(struct signpost_call *call, const struct signpost_wanted *const *wanted, size_t n)
{
    json_t *asked = json_object();
    int found = 0;
    for (size_t i = 0; i < n && found >= 0; i++) {
        const char *name = wanted[i]->name;
        found = wanted[i]->guess ? find(call, wanted[i]->guess, (size_t)-1, asked) : 0;
        for (; found == 0 && strchr(name, '.'); name = strchr(name, '.') + 1)
            found = find(call, name, (size_t)-1, asked);
    }
    json_decref(asked);
    return found < 0 ? found : SIGNPOST_OK;
}

static int cloudflare_find_zones(struct signpost_call *call,
                                 const struct signpost_wanted *const *wanted, size_t n)
{
    size_t n_names = 1;
    for (size_t i = 1; i < n; i++)
        n_names += !wanted[i]->guess || !wanted[i - 1]->guess ||
                   strcmp(wanted[i]->guess, wanted[i - 1]->guess) != 0;
    /* Few are asked for by name; of many the list, unless its pages are more than the names. */
    int found = n_names > 3 ? find(call, NULL, n_names, NULL) : SIGNPOST_UNSUPPORTED;
    /* A token that is limited to some zones may not list (HTTP 403), but may ask by name. */
    if (found == SIGNPOST_UNSUPPORTED || found == SIGNPOST_AUTH)
        found = walk(call, wanted, n);
    /* The filter by name has been refused at times (lexicon, pull request 49). */
    if (found == SIGNPOST_UNSUPPORTED)
        found = find(call, NULL, (size_t)-1, NULL);
    return found < 0 ? found : SIGNPOST_OK;
}

/* The part of a DKIM host that its siblings share; another host whole. */
static const char *tail(const char *host)
{
    const char *shared = strstr(host, "._domainkey.");
    return shared ? shared : host;
}

/* Filters that let all the hosts through and little else; none where one call cannot say that: each
 * kind takes one value. `startswith` and `contains` let a whole name through as well. */
static void add_filters(struct list *list, const char *const *hosts, size_t n)
{
    static const char *const kinds[3] = {"name.exact", "name.startswith", "name.contains"};
    const char *suffix = hosts[0];
    size_t n_used = 0;
    for (size_t i = 0; i < n; i++)
        suffix = tail(hosts[i]) != hosts[i] ? tail(hosts[i]) : suffix;
    add_query(list, "match", "any");
    add_query(list, "name.endswith", suffix);
    for (size_t i = 0; i < n; i++)
        if (strcmp(tail(hosts[i]), suffix) != 0 && n_used++ < 3)
            add_query(list, kinds[n_used - 1], hosts[i]);
    if (n_used > 3)
        list->request.n_query = 2;
}

static void take_record(const struct list *list, const json_t *json)
{
    struct signpost_record record = {.size = sizeof(record), .host = text(json, "name")};
    record.type = text(json, "type");
    record.value = text(json, "content");
    record.id = text(json, "id");
    record.ttl = (uint32_t)json_integer_value(json_object_get(json, "ttl"));
    if (json_is_true(json_object_get(json, "proxied"))) {
        record.flags = SIGNPOST_RECORD_DISABLED;
        record.note = "proxied: the DNS shows addresses of Cloudflare's in its place";
    }
    if (json_is_true(json_object_get(json_object_get(json, "meta"), "read_only")) ||
        json_object_get(json, "data") || json_object_get(json, "priority")) {
        record.flags = SIGNPOST_RECORD_FOREIGN;
        record.note = "another product of Cloudflare keeps it (Email Routing, say), or its value "
                      "has parts that could not be put back after a failure";
    }
    signpost_found_record(list->call, &record);
}

static int cloudflare_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                   const char *const *hosts, size_t n)
{
    const char *const path[] = {"zones", zone->id, "dns_records"};
    struct list list;
    /* 1000 are about half a MiB; the API gives up to 5,000,000 at once. */
    list_init(&list, call, path, 3, "1000", take_record);
    add_filters(&list, hosts, n);
    return read_list(&list);
}

/* A patch leaves a comment and tags as they are; a put would clear them. */
static void add_change(json_t *batch, const struct signpost_change *change)
{
    static const char *const lists[] = {NULL, "posts", "patches", "deletes"};
    const struct signpost_record *after = change->after;
    json_t *item = json_object();
    if (after)
        json_object_update_new(item, json_pack("{s:s, s:s, s:s, s:i, s:b}", "type", after->type,
                                               "name", after->host, "content", after->value, "ttl",
                                               (int)after->ttl, "proxied",
                                               (after->flags & SIGNPOST_RECORD_DISABLED) != 0));
    if (change->before)
        json_object_set_new(item, "id", json_string(change->before->id));
    json_array_append_new(json_object_get(batch, lists[change->action]), item);
}

static int cloudflare_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                    const struct signpost_change *const *changes, size_t n)
{
    const char *const path[] = {"zones", zone->id, "dns_records", "batch"};
    const struct signpost_pair header = {"Content-Type", "application/json"};
    json_t *batch = json_pack("{s:[], s:[], s:[]}", "deletes", "patches", "posts"), *json = NULL;
    for (size_t i = 0; i < n; i++)
        add_change(batch, changes[i]);
    char *body = json_dumps(batch, JSON_COMPACT);
    json_decref(batch);
    struct signpost_request request = {sizeof(request), "POST", path, 4};
    request.headers = &header;
    request.n_headers = 1;
    request.body = body;
    request.body_len = strlen(body);
    int code = call_api(call, &request, &json);
    free(body);
    json_decref(json);
    return code;
}

static const struct signpost_origin origins[] = {
    {"https://api.cloudflare.com/client/v4", "CLOUDFLARE_BASE_URL"},
};
static const struct signpost_operation operations[] = {
    {"GET", "/zones", SIGNPOST_IN_FIND_ZONES},
    {"GET", "/zones/{zone}/dns_records", SIGNPOST_IN_LIST_RECORDS},
    {"POST", "/zones/{zone}/dns_records/batch", SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES},
};
static const char *const token_env[] = {"CLOUDFLARE_API_TOKEN", "CF_DNS_API_TOKEN", "CF_API_TOKEN"};
static const char *const email_env[] = {"CLOUDFLARE_EMAIL"};
static const char *const key_env[] = {"CLOUDFLARE_API_KEY"};
static const struct signpost_secret token_secrets[] = {{"api_token", "API token", token_env, 3}};
static const struct signpost_secret key_secrets[] = {{"email", "e-mail address", email_env, 1},
                                                     {"api_key", "global API key", key_env, 1}};
static const struct signpost_pair key_headers[] = {{"X-Auth-Email", "{email}"},
                                                   {"X-Auth-Key", "{api_key}"}};
static const struct signpost_auth auths[] = {
    {"bearer", token_secrets, 1, NULL, 0,
     "It needs Zone / Zone / Read and Zone / DNS / Edit for the zone: dash.cloudflare.com, My "
     "Profile, API Tokens, Create Token, template Edit zone DNS, and add Zone / Zone / Read."},
    {"header", key_secrets, 2, key_headers, 2,
     "The global API key may do everything in the account: an API token is safer."},
};
static const char *const name_servers[] = {"ns.cloudflare.com"};
/* Those that can be put back from what is listed. */
static const char *const record_types[] = {"CNAME", "TXT", "A", "AAAA"};

static const struct signpost_plugin plugin = {
    .name = "cloudflare",
    .label = "Cloudflare",
    .version = "1",
    .url = "https://developers.cloudflare.com/api/",
    .host_style = SIGNPOST_HOST_FQDN,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = sizeof(operations) / sizeof(operations[0]),
    .auths = auths,
    .n_auths = sizeof(auths) / sizeof(auths[0]),
    .name_servers = name_servers,
    .n_name_servers = 1,
    .record_types = record_types,
    .n_record_types = sizeof(record_types) / sizeof(record_types[0]),
    .ttl_min = 60,
    .ttl_max = 86400,
    .ttl_default = 3600,
    .requests_per_minute = 240, /* 1200 in five minutes, of all that the user does */
    .requests_window_s = 300,
    .batch_max = 200, /* of a Free zone; others take 3500 */
    .is_atomic = 1,
    .find_zones = cloudflare_find_zones,
    .list_records = cloudflare_list_records,
    .apply_changes = cloudflare_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
