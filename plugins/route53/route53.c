/*
 * Amazon Route 53, API 2013-04-01 (https://docs.aws.amazon.com/Route53/latest/APIReference/).
 *
 * list.c reads the two lists, batch.c writes changes, answer.c makes sense of XML and errors.
 */
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

#include "batch.h"
#include "list.h"

#define VERSION "2013-04-01"

/* ---- zones --------------------------------------------------------------------------------------
 */

static const struct list zone_list = {
    .what = "looking for the zone",
    .root = "ListHostedZonesByNameResponse",
    .item = "HostedZone",
    .page_size = "100",
    .position = {"dnsname", "hostedzoneid"},
    .next = {"NextDNSName", "NextHostedZoneId"},
};

struct found {
    struct place place;
    struct found *next;
    const char *id, *service;
    int is_private;
};

static void on_zone(struct walk *walk, const struct answer *answer, size_t i)
{
    struct place place = place_of(walk->call, answer_text(answer, i, "Name"));
    const char *id = strrchr(answer_text(answer, i, "Id"), '/');
    if (!id || !walk_is_at(walk, &place))
        return;
    struct found *found = signpost_alloc(walk->call, sizeof(*found));
    *found = (struct found){
        .place = place,
        .next = walk->arg,
        .id = id + 1,
        .service = answer_text(answer, i, "ServicePrincipal"),
        .is_private = strcmp(answer_text(answer, i, "PrivateZone"), "true") == 0,
    };
    walk->arg = found;
}

static size_t count_labels(const char *name)
{
    size_t n = 0;
    for (; *name; name++)
        n += *name == '.';
    return n;
}

/* Looks for zones at the wanted names and above them; with IS_SHORT not further up than the cut
 * that the DNS shows. A zone of a single label is nobody's. */
static int look(struct walk *walk, const struct signpost_wanted *const *wanted, size_t n,
                int is_short)
{
    size_t n_max = 1;
    for (size_t i = 0; i < n; i++)
        n_max += count_labels(wanted[i]->name);
    walk->places = signpost_alloc(walk->call, n_max * sizeof(*walk->places));
    walk->n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t top = is_short && wanted[i]->guess ? count_labels(wanted[i]->guess) : 0;
        const char *name = wanted[i]->name;
        for (size_t left = count_labels(name); left >= 2 && left >= top; left--) {
            walk->places[walk->n++] = place_of(walk->call, name);
            name = strchr(name, '.') + 1;
        }
    }
    return walk_read(walk);
}

/* Its name servers tell one of two public zones of one name from the other. */
static int report_with_servers(struct signpost_call *call, struct signpost_zone *zone)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id};
    struct answer answer = {.call = call};
    int code =
        answer_get(&answer, "looking at the zone", path, 3, NULL, 0, "GetHostedZoneResponse");
    if (code != SIGNPOST_OK)
        return code;
    const char **servers = signpost_alloc(call, answer.n * sizeof(*servers));
    for (size_t i = 0; i < answer.n; i++)
        if (answer_is(&answer, i, "NameServer"))
            servers[zone->n_name_servers++] = answer.elements[i].text;
    zone->name_servers = servers;
    signpost_found_zone(call, zone);
    return SIGNPOST_OK;
}

/* A private zone is never the one. It is told only where no public zone could be meant, so that
 * people learn why nothing was found. */
static int report_zone(struct signpost_call *call, const struct found *all,
                       const struct found *zone)
{
    int has_public = 0, has_namesake = 0;
    struct signpost_zone told = {.size = sizeof(told), .id = zone->id, .name = zone->place.name};
    for (const struct found *other = all; other; other = other->next) {
        const char *key = other->place.key;
        has_public |= !other->is_private && strncmp(key, zone->place.key, strlen(key)) == 0;
        has_namesake |= !other->is_private && other != zone && strcmp(key, zone->place.key) == 0;
    }
    if (zone->is_private && has_public)
        return SIGNPOST_OK;
    if (zone->is_private)
        told.note = "it is a private hosted zone, which is seen in its VPCs alone; what the world "
                    "is to see goes into a public hosted zone of that name";
    else if (*zone->service)
        told.note = "another AWS service made it, and edits it";
    told.flags = told.note ? SIGNPOST_ZONE_READ_ONLY : 0;
    if (has_namesake)
        return report_with_servers(call, &told);
    signpost_found_zone(call, &told);
    return SIGNPOST_OK;
}

static int route53_find_zones(struct signpost_call *call,
                              const struct signpost_wanted *const *wanted, size_t n)
{
    static const char *const path[] = {VERSION, "hostedzonesbyname"};
    struct walk walk = {
        .call = call, .list = &zone_list, .path = path, .n_path = 2, .on_item = on_zone};
    int code = look(&walk, wanted, n, 1);
    /* What is above the cut is of no use, but tells people what is wrong. */
    if (code == SIGNPOST_OK && !walk.arg)
        code = look(&walk, wanted, n, 0);
    const struct found *all = walk.arg;
    for (const struct found *zone = all; zone && code == SIGNPOST_OK; zone = zone->next)
        code = report_zone(call, all, zone);
    return code;
}

/* ---- reading ------------------------------------------------------------------------------------
 */

static const struct list record_list = {
    .what = "reading the zone",
    .root = "ListResourceRecordSetsResponse",
    .item = "ResourceRecordSet",
    .page_size = "300",
    .position = {"name", "type", "identifier"},
    .next = {"NextRecordName", "NextRecordType", "NextRecordIdentifier"},
};

static void on_record_set(struct walk *walk, const struct answer *answer, size_t i)
{
    struct place place = place_of(walk->call, answer_text(answer, i, "Name"));
    const char *alias = answer_text(answer, i, "DNSName");
    struct signpost_record record = {
        .size = sizeof(record),
        .type = answer_text(answer, i, "Type"),
        .host = place.name,
        .ttl = (uint32_t)strtoul(answer_text(answer, i, "TTL"), NULL, 10),
    };
    if (!walk_is_at(walk, &place))
        return;
    if (*alias)
        record.note = "it is an alias";
    else if (*answer_text(answer, i, "SetIdentifier"))
        record.note = "it is one of several that are chosen from by weight, place or health";
    else if (*answer_text(answer, i, "TrafficPolicyInstanceId"))
        record.note = "a traffic policy made it";
    record.flags = record.note ? SIGNPOST_RECORD_FOREIGN : 0;
    if (*alias) {
        record.value = alias;
        signpost_found_record(walk->call, &record);
    }
    for (i++; i < answer->n && !answer_is(answer, i, walk->list->item); i++) {
        if (!answer_is(answer, i, "Value"))
            continue;
        record.value = answer->elements[i].text;
        signpost_found_record(walk->call, &record);
    }
}

static int route53_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                const char *const *hosts, size_t n)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id, "rrset"};
    struct walk walk = {.call = call,
                        .list = &record_list,
                        .path = path,
                        .n_path = 4,
                        .n = n,
                        .on_item = on_record_set};
    walk.places = signpost_alloc(call, (n + 1) * sizeof(*walk.places));
    for (size_t i = 0; i < n; i++)
        walk.places[i] = place_of(call, hosts[i]);
    return walk_read(&walk);
}

static int route53_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                 const struct signpost_change *const *changes, size_t n)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id, "rrset"};
    return batch_apply(call, path, sizeof(path) / sizeof(path[0]), changes, n);
}

/* ---- description --------------------------------------------------------------------------------
 */

/* AWS_ENDPOINT_URL_ROUTE_53: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
static const struct signpost_origin origins[] = {
    {.url = "https://route53.amazonaws.com", .endpoint_env = "AWS_ENDPOINT_URL_ROUTE_53"},
};

/* The last one has a final slash in the API's model, and is taken without as well. */
static const struct signpost_operation operations[] = {
    {.method = "GET",
     .path = "/" VERSION "/hostedzonesbyname",
     .functions = SIGNPOST_IN_FIND_ZONES},
    {.method = "GET",
     .path = "/" VERSION "/hostedzone/{zone}",
     .functions = SIGNPOST_IN_FIND_ZONES},
    {.method = "GET",
     .path = "/" VERSION "/hostedzone/{zone}/rrset",
     .functions = SIGNPOST_IN_LIST_RECORDS},
    {.method = "POST",
     .path = "/" VERSION "/hostedzone/{zone}/rrset",
     .functions = SIGNPOST_IN_APPLY_CHANGES,
     .flags = SIGNPOST_MUTATES},
};

static const char *const id_env[] = {"AWS_ACCESS_KEY_ID"};
static const char *const key_env[] = {"AWS_SECRET_ACCESS_KEY"};
static const char *const token_env[] = {"AWS_SESSION_TOKEN"};
static const struct signpost_secret secrets[] = {
    {.name = "access_key_id", .label = "access key id", .env = id_env, .n_env = 1},
    {.name = "secret_access_key", .label = "secret access key", .env = key_env, .n_env = 1},
    {.name = "session_token",
     .label = "session token",
     .env = token_env,
     .n_env = 1,
     .flags = SIGNPOST_OPTIONAL},
};
/* The API is one for the world, and signed for this region wherever the user works. */
static const struct signpost_auth auths[] = {
    {.scheme = "aws-sigv4",
     .secrets = secrets,
     .n_secrets = sizeof(secrets) / sizeof(secrets[0]),
     .help = "It must allow route53:ListHostedZonesByName on *, and "
             "route53:ListResourceRecordSets and route53:ChangeResourceRecordSets on the hosted "
             "zone.",
     .service = "route53",
     .region = "us-east-1"},
};

/* ns-2048.awsdns-64.com: the four of a hosted zone lie in four top-level domains. */
static const char *const name_servers[] = {"awsdns-*.com", "awsdns-*.net", "awsdns-*.org",
                                           "awsdns-*.co.uk"};

static const char *const record_types[] = {"CNAME", "TXT",   "A",    "AAAA", "MX",
                                           "SRV",   "CAA",   "SPF",  "PTR",  "NAPTR",
                                           "DS",    "SSHFP", "TLSA", "SVCB", "HTTPS"};

static const struct signpost_plugin plugin = {
    .name = "route53",
    .label = "Amazon Route 53",
    .version = "1",
    .url = "https://docs.aws.amazon.com/Route53/latest/APIReference/",
    .host_style = SIGNPOST_HOST_FQDN_DOT,
    .target_style = SIGNPOST_TARGET_DOT,
    .octal_read = 1,
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = sizeof(operations) / sizeof(operations[0]),
    .auths = auths,
    .n_auths = 1,
    .name_servers = name_servers,
    .n_name_servers = sizeof(name_servers) / sizeof(name_servers[0]),
    .record_types = record_types,
    .n_record_types = sizeof(record_types) / sizeof(record_types[0]),
    .ttl_max = 2147483647,
    .ttl_default = 300,
    /* "Throttling for Amazon Route 53 API requests": a bucket of 50 for all that the account does,
     * filled by 10 a second, by 5 before July 2026. */
    .requests_per_minute = 300,
    .requests_window_s = 10,
    .batch_max = BATCH_CHANGES_MAX,
    .is_atomic = 1,
    .find_zones = route53_find_zones,
    .list_records = route53_list_records,
    .apply_changes = route53_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
