/*
 * Cloudflare API v4 (https://developers.cloudflare.com/api/).
 *
 * Names of records are whole, in A-labels, without a final dot; names of zones come in Unicode. One
 * batch is one database transaction, whose order is deletes, patches, puts, posts (page "Batch
 * record changes"). A proxied name is answered with addresses of Cloudflare's: its record is listed
 * as disabled (stored, and not what the DNS says), and a disabled one put back is proxied again.
 */
#include <stdio.h>
#include <string.h>

#include <signpost/plugin.h>

#include "kit/json.h"

/* Numbers have changed without notice, so that their groups are kept wide. */
static const struct kit_rule rules[] = {
    {.status = 429, .code = SIGNPOST_RATE_LIMITED},
    {.error = "6003 *", .code = SIGNPOST_AUTH}, /* a header that holds no token */
    {.error = "910[3-9] *", .code = SIGNPOST_AUTH},
    {.error = "10000 *", .code = SIGNPOST_AUTH},
    {.error = "81044 *", .code = SIGNPOST_CONFLICT}, /* what was to be changed is gone */
    {.error = "8105[3-8] *", .code = SIGNPOST_CONFLICT},
    {.error = "81045 *", .code = SIGNPOST_QUOTA_EXCEEDED},
    {.error = "700[03] *", .code = SIGNPOST_ZONE_NOT_FOUND},
    {.code = SIGNPOST_OK},
};

/* The first error counts: of a batch no other is told. */
static void read_error(struct signpost_call *call, const json_t *json, char *ret_error, size_t size)
{
    const json_t *error = json_array_get(json_object_get(json, "errors"), 0);
    const json_t *cause = json_array_get(json_object_get(error, "error_chain"), 0);
    (void)call;
    if (error)
        snprintf(ret_error, size, "%d %.300s%s%.300s",
                 (int)json_integer_value(json_object_get(error, "code")),
                 kit_json_text(error, "message"), cause ? ": " : "",
                 kit_json_text(cause, "message"));
}

/* What claims success and is no answer of this API does not tell what was done. */
static int is_answer(const struct signpost_request *request,
                     const struct signpost_response *response, const json_t *json)
{
    (void)request;
    return response->status / 100 == 2 && json_is_true(json_object_get(json, "success"));
}

static const struct kit_json_api api = {rules, read_error, is_answer};

/* A list that comes in pages; the first of the query's pairs is the page's. */
struct list {
    struct signpost_call *call;
    const char *what;
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

static void list_init(struct list *list, struct signpost_call *call, const char *what,
                      const char *const *path, size_t n_path, const char *per_page,
                      void (*take)(const struct list *list, const json_t *item))
{
    *list =
        (struct list){.call = call, .what = what, .take = take, .n_pages = 1, .max = (size_t)-1};
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
        code = kit_json_send(list->call, &api, list->what, list->request, NULL, &json);
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
    const char *names[16], *status = kit_json_text(json, "status"),
                           *type = kit_json_text(json, "type");
    int is_paused = json_is_true(json_object_get(json, "paused"));
    char note[512];
    struct signpost_zone zone = {.size = sizeof(zone), .note = note, .name_servers = names};
    zone.id = kit_json_text(json, "id");
    zone.name = kit_json_text(json, "name");
    if (strcmp(type, "secondary") == 0)
        zone.flags = SIGNPOST_ZONE_READ_ONLY;
    else if (is_paused || strcmp(status, "active") != 0 || strcmp(type, "full") != 0)
        zone.flags = SIGNPOST_ZONE_NOT_ACTIVE;
    for (size_t i = 0; i < json_array_size(servers) && i < 16; i++)
        if (json_is_string(json_array_get(servers, i)))
            names[zone.n_name_servers++] = json_string_value(json_array_get(servers, i));
    snprintf(note, sizeof(note), "status %.20s%s, type %.20s, in the account %.200s", status,
             is_paused ? " but paused" : "", type,
             kit_json_text(json_object_get(json, "account"), "name"));
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
    list_init(&list, call, "looking for the zone", path, 1, "50",
              take_zone); /* the API's maximum */
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
    struct signpost_record record = {.size = sizeof(record), .host = kit_json_text(json, "name")};
    record.type = kit_json_text(json, "type");
    record.value = kit_json_text(json, "content");
    record.id = kit_json_text(json, "id");
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
    list_init(&list, call, "reading the zone", path, 3, "1000", take_record);
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
    const struct signpost_request request = {sizeof(request), "POST", path, 4};
    json_t *batch = json_pack("{s:[], s:[], s:[]}", "deletes", "patches", "posts");
    for (size_t i = 0; i < n; i++)
        add_change(batch, changes[i]);
    return kit_json_send(call, &api, "changing the zone", request, batch, NULL);
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
    {.scheme = "bearer",
     .secrets = token_secrets,
     .n_secrets = 1,
     .help =
         "It needs Zone / Zone / Read and Zone / DNS / Edit for the zone: dash.cloudflare.com, My "
         "Profile, API Tokens, Create Token, template Edit zone DNS, and add Zone / Zone / Read."},
    {.scheme = "header",
     .secrets = key_secrets,
     .n_secrets = 2,
     .headers = key_headers,
     .n_headers = 2,
     .help = "The global API key may do everything in the account: an API token is safer."},
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
    SIGNPOST_LIST(origins),
    SIGNPOST_LIST(operations),
    SIGNPOST_LIST(auths),
    SIGNPOST_LIST(name_servers),
    SIGNPOST_LIST(record_types),
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
