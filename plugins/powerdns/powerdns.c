/*
 * PowerDNS Authoritative Server, HTTP API v1 (https://doc.powerdns.com/authoritative/http-api/).
 *
 * Names are whole and canonical, with the final dot; anything else is answered with 422. An rrset
 * is replaced as a whole, and all rrsets of one PATCH are one backend transaction.
 */
#include <stdio.h>
#include <string.h>

#include <signpost/plugin.h>

#include "kit/json.h"

#define ZONES "api", "v1", "servers", "localhost", "zones"
enum { N_ZONES = 5 };

static const struct kit_rule rules[] = {
    {422, NULL, "*Conflicts with*", SIGNPOST_CONFLICT},
    {.code = SIGNPOST_OK},
};

/* Refusals by the web server itself are plain text. */
static void read_error(struct signpost_call *call, const json_t *json, char *ret_error, size_t size)
{
    (void)call;
    snprintf(ret_error, size, "%s", kit_json_text(json, "error"));
}

static const struct kit_json_api api = {.rules = rules, .read_error = read_error};

/* ---- zones ---- */

static void report_zone(struct signpost_call *call, const json_t *json)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *kind = json_string_value(json_object_get(json, "kind"));
    struct signpost_zone zone = {.size = sizeof(zone), .id = id, .name = name};
    if (!id || !name)
        return;
    /* A secondary takes a PATCH with 204 and loses it at the next transfer. */
    if (kind && (strcmp(kind, "Slave") == 0 || strcmp(kind, "Secondary") == 0 ||
                 strcmp(kind, "Consumer") == 0)) {
        zone.flags = SIGNPOST_ZONE_READ_ONLY;
        zone.note =
            "this server is a secondary of the zone: change it at the primary, from which the "
            "next transfer would overwrite any change made here";
    }
    signpost_found_zone(call, &zone);
}

/* Asks for the zones, or for the one called NAME; the number found, or a negative error. Where
 * every server has its zones, one that has nothing is no PowerDNS, or a part of one. */
static int find(struct signpost_call *call, const char *name)
{
    static const char *const path[] = {ZONES};
    /* Without dnssec=false the server computes the DNSSEC state of every zone. */
    const struct signpost_pair query[] = {{"dnssec", "false"}, {"zone", name}};
    struct signpost_request request = {sizeof(request), "GET", path, N_ZONES, query};
    json_t *list = NULL, *item;
    size_t i;
    request.n_query = name ? 2 : 1;
    int code = kit_json_send(call, &api, "looking for the zone", request, NULL, &list);
    if (code == SIGNPOST_ZONE_NOT_FOUND)
        return signpost_fail(call, SIGNPOST_BAD_REPLY,
                             "looking for the zone: HTTP 404 for /api/v1/servers/localhost/zones: "
                             "this is not the base address of the server's web server");
    if (code != SIGNPOST_OK)
        return code;
    int n = (int)json_array_size(list);
    json_array_foreach (list, i, item)
        report_zone(call, item);
    json_decref(list);
    return n;
}

static int powerdns_find_zones(struct signpost_call *call,
                               const struct signpost_wanted *const *wanted, size_t n)
{
    /* One zone in sight is asked for by name; anything else is answered by one listing. */
    const char *guess = wanted[0]->guess;
    for (size_t i = 1; i < n && guess; i++)
        if (!wanted[i]->guess || strcmp(wanted[i]->guess, guess) != 0)
            guess = NULL;
    int found = guess ? find(call, guess) : 0;
    if (found == 0)
        found = find(call, NULL);
    return found < 0 ? found : SIGNPOST_OK;
}

/* ---- reading ---- */

static void report_rrset(struct signpost_call *call, const json_t *rrset)
{
    const json_t *item;
    size_t i;
    struct signpost_record record = {
        .size = sizeof(record),
        .type = kit_json_text(rrset, "type"),
        .host = kit_json_text(rrset, "name"),
        .ttl = (uint32_t)json_integer_value(json_object_get(rrset, "ttl")),
    };
    json_array_foreach (json_object_get(rrset, "records"), i, item) {
        record.value = kit_json_text(item, "content");
        record.flags =
            json_is_true(json_object_get(item, "disabled")) ? SIGNPOST_RECORD_DISABLED : 0;
        signpost_found_record(call, &record);
    }
}

/* The whole zone is read: `rrset_name` takes one name, and hides disabled records (seen with 4.7).
 */
static int powerdns_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                 const char *const *hosts, size_t n)
{
    const char *const path[] = {ZONES, zone->id};
    const struct signpost_request request = {sizeof(request), "GET", path, N_ZONES + 1};
    json_t *json = NULL, *rrset;
    size_t i;
    (void)hosts, (void)n;
    int code = kit_json_send(call, &api, "reading the zone", request, NULL, &json);
    json_t *rrsets = json_object_get(json, "rrsets");
    if (code == SIGNPOST_OK && !json_is_array(rrsets))
        code =
            signpost_fail(call, SIGNPOST_BAD_REPLY, "reading the zone: the answer has no rrsets");
    json_array_foreach (rrsets, i, rrset)
        report_rrset(call, rrset);
    json_decref(json);
    return code;
}

/* ---- writing ---- */

static int is_deletion(const json_t *rrset)
{
    return strcmp(json_string_value(json_object_get(rrset, "changetype")), "DELETE") == 0;
}

/* The entry for the same name and type as RRSET; -1: none. */
static int find_rrset(const json_t *rrsets, const json_t *rrset)
{
    json_t *known;
    size_t i;
    json_array_foreach (rrsets, i, known) {
        if (json_equal(json_object_get(known, "name"), json_object_get(rrset, "name")) &&
            json_equal(json_object_get(known, "type"), json_object_get(rrset, "type")))
            return (int)i;
    }
    return -1;
}

/* Several records of one name and type are one rrset here, and naming it twice is an error: one
 * deletion removes them all, and so does a replacement. Anything else named twice is for the server
 * to refuse. */
static void add_rrset(json_t *rrsets, json_t *rrset)
{
    int at = find_rrset(rrsets, rrset);
    if (at >= 0 && is_deletion(rrset))
        json_decref(rrset);
    else if (at >= 0 && is_deletion(json_array_get(rrsets, (size_t)at)))
        json_array_set_new(rrsets, (size_t)at, rrset);
    else
        json_array_append_new(rrsets, rrset);
}

static json_t *rrset_of(const struct signpost_change *change)
{
    if (change->action == SIGNPOST_DELETE)
        return json_pack("{s:s, s:s, s:s}", "name", change->before->host, "type",
                         change->before->type, "changetype", "DELETE");
    return json_pack("{s:s, s:s, s:i, s:s, s:[{s:s, s:b}]}", "name", change->after->host, "type",
                     change->after->type, "ttl", (int)change->after->ttl, "changetype", "REPLACE",
                     "records", "content", change->after->value, "disabled", 0);
}

static int powerdns_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                  const struct signpost_change *const *changes, size_t n)
{
    const char *const path[] = {ZONES, zone->id};
    const struct signpost_request request = {sizeof(request), "PATCH", path, N_ZONES + 1};
    json_t *rrsets = json_array();
    for (size_t i = 0; i < n; i++)
        add_rrset(rrsets, rrset_of(changes[i]));
    return kit_json_send(call, &api, "changing the zone", request,
                         json_pack("{s:o}", "rrsets", rrsets), NULL);
}

/* ---- description ---- */

/* No address of its own: every server has its own. */
static const struct signpost_origin origins[] = {{.endpoint_env = "PDNS_API_URL"}};

static const struct signpost_operation operations[] = {
    {.method = "GET",
     .path = "/api/v1/servers/localhost/zones",
     .functions = SIGNPOST_IN_FIND_ZONES},
    {.method = "GET",
     .path = "/api/v1/servers/localhost/zones/{zone}",
     .functions = SIGNPOST_IN_LIST_RECORDS},
    {.method = "PATCH",
     .path = "/api/v1/servers/localhost/zones/{zone}",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES},
};

static const char *const api_key_env[] = {"PDNS_API_KEY"};
static const struct signpost_secret secrets[] = {
    {.name = "api_key", .label = "API key", .env = api_key_env, .n_env = 1},
};
static const struct signpost_pair auth_headers[] = {{"X-API-Key", "{api_key}"}};
static const struct signpost_auth auths[] = {
    {.scheme = "header",
     .secrets = secrets,
     .n_secrets = 1,
     .headers = auth_headers,
     .n_headers = 1,
     .help = "It must be the value of `api-key` in the server's pdns.conf, where `api=yes` and "
             "`webserver=yes` must be set and `webserver-allow-from` must contain your address."},
};

/* Nearly all types there are: a record of any of them can stand in a CNAME's way. */
static const char *const record_types[] = {"CNAME", "TXT", "A",     "AAAA", "MX",    "SRV",
                                           "CAA",   "SPF", "SSHFP", "TLSA", "HTTPS", "SVCB"};

static const struct signpost_plugin plugin = {
    .name = "powerdns",
    .label = "PowerDNS",
    .version = "1",
    .url = "https://doc.powerdns.com/authoritative/http-api/",
    .host_style = SIGNPOST_HOST_FQDN_DOT,
    .target_style = SIGNPOST_TARGET_DOT,
    SIGNPOST_LIST(origins),
    SIGNPOST_LIST(operations),
    SIGNPOST_LIST(auths),
    SIGNPOST_LIST(record_types),
    .ttl_max = 2147483647,
    .ttl_default = 3600,
    .batch_max = 1000,
    .is_atomic = 1,
    .find_zones = powerdns_find_zones,
    .list_records = powerdns_list_records,
    .apply_changes = powerdns_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
