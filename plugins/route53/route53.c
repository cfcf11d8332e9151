/*
 * Amazon Route 53, API 2013-04-01 (https://docs.aws.amazon.com/Route53/latest/APIReference/).
 *
 * Its lists are positioned, not filtered: a page begins at a name and goes on in the order of
 * signpost_name_order(), so that it answers for all names between its first and its last. Changes
 * are of whole record sets, all of them in one batch or none.
 */
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

#include "kit/pages.h"
#include "kit/xml.h"

#define VERSION "2013-04-01"
#define BATCH   "ChangeResourceRecordSets"

static const struct kit_rule rules[] = {
    /* Too many requests are answered with 400, and without Retry-After. */
    {.error = "Throttling*", .code = SIGNPOST_RATE_LIMITED},
    {.error = "PriorRequestNotComplete*", .code = SIGNPOST_RATE_LIMITED},
    {.error = "IncompleteSignature*", .code = SIGNPOST_AUTH},
    {.error = "NoSuchHostedZone*", .code = SIGNPOST_ZONE_NOT_FOUND},
    /* A batch that the zone as it is now does not take; others are refused for what they hold. */
    {.error = "InvalidChangeBatch: *exist*", .code = SIGNPOST_CONFLICT},
    {.error = "InvalidChangeBatch: *not found*", .code = SIGNPOST_CONFLICT},
    {.error = "InvalidChangeBatch: *do not match*", .code = SIGNPOST_CONFLICT},
    {.code = SIGNPOST_OK},
};

/* A list: what its document holds, the parameters by which a page is positioned, and the elements
 * that tell where the next page begins. */
struct list {
    const char *what, *root, *item, *page_size;
    const char *position[3], *next[3];
    void (*take)(struct list *list, const struct kit_xml *page, size_t i); /* the I-th element */
    struct signpost_call *call;
    const char *const *path;
    size_t n_path;
    struct kit_names names; /* where zones are looked for */
    struct zone *zones;     /* those found there */
};

static int read_page(void *arg, const struct kit_position *from, struct kit_position *ret_next)
{
    struct list *list = arg;
    struct signpost_request request = {sizeof(request), "GET", list->path, list->n_path};
    const struct signpost_pair query[4] = {{"maxitems", list->page_size},
                                           {list->position[0], from->name},
                                           {list->position[1], from->further[0]},
                                           {list->position[2], from->further[1]}};
    struct kit_xml page;
    request.query = query;
    for (request.n_query = 2; request.n_query < 4; request.n_query++)
        if (!query[request.n_query].value || !*query[request.n_query].value)
            break;
    int code = kit_xml_send(list->call, rules, list->what, request, NULL, list->root, &page);
    for (size_t i = 0; code == SIGNPOST_OK && i < page.n; i++)
        if (kit_xml_is(&page, i, list->item))
            list->take(list, &page, i);
    if (code != SIGNPOST_OK || strcmp(kit_xml_text(&page, 0, "IsTruncated"), "true") != 0)
        return code;
    ret_next->name = kit_xml_text(&page, 0, list->next[0]);
    for (size_t i = 1; i < 3 && list->next[i]; i++)
        ret_next->further[i - 1] = kit_xml_text(&page, 0, list->next[i]);
    return SIGNPOST_OK;
}

/* ---- zones ---- */

struct zone {
    struct zone *next;
    const char *name, *id, *service;
    int is_private;
};

static void take_zone(struct list *list, const struct kit_xml *page, size_t i)
{
    const char *id = strrchr(kit_xml_text(page, i, "Id"), '/');
    const char *name = kit_xml_text(page, i, "Name");
    if (!id || !kit_names_has(&list->names, name))
        return;
    struct zone *zone = signpost_alloc(list->call, sizeof(*zone));
    *zone = (struct zone){
        .next = list->zones,
        .name = name,
        .id = id + 1,
        .service = kit_xml_text(page, i, "ServicePrincipal"),
        .is_private = strcmp(kit_xml_text(page, i, "PrivateZone"), "true") == 0,
    };
    list->zones = zone;
}

static const struct list zone_list = {
    .what = "looking for the zone",
    .root = "ListHostedZonesByNameResponse",
    .item = "HostedZone",
    .page_size = "100",
    .position = {"dnsname", "hostedzoneid"},
    .next = {"NextDNSName", "NextHostedZoneId"},
    .take = take_zone,
};

/* Looks for zones at the wanted names and above them; with IS_SHORT not further up than the cut
 * that the DNS shows. A zone of a single label is nobody's. */
static int look(struct list *list, const struct signpost_wanted *const *wanted, size_t n,
                int is_short)
{
    for (size_t i = 0; i < n; i++) {
        const char *top = is_short ? wanted[i]->guess : NULL, *name = wanted[i]->name, *dot;
        for (; (dot = strchr(name, '.')) && dot[1]; name = dot + 1)
            if (!top || signpost_name_is_below(list->call, name, top))
                kit_names_add(&list->names, name);
    }
    return kit_pages_read(list->call, list->names.items, list->names.n, read_page, list);
}

/* Its name servers tell one of two public zones of one name from the other. */
static int report_with_servers(struct signpost_call *call, struct signpost_zone *zone)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id};
    const struct signpost_request request = {sizeof(request), "GET", path, 3};
    struct kit_xml xml;
    int code = kit_xml_send(call, rules, "looking at the zone", request, NULL,
                            "GetHostedZoneResponse", &xml);
    if (code != SIGNPOST_OK)
        return code;
    const char **servers = signpost_alloc(call, xml.n * sizeof(*servers));
    for (size_t i = 0; i < xml.n; i++)
        if (kit_xml_is(&xml, i, "NameServer"))
            servers[zone->n_name_servers++] = xml.elements[i].text;
    zone->name_servers = servers;
    signpost_found_zone(call, zone);
    return SIGNPOST_OK;
}

/* A private zone is never the one. It is told only where no public zone could be meant, so that
 * people learn why nothing was found. */
static int report_zone(struct signpost_call *call, const struct zone *all, const struct zone *zone)
{
    int has_namesake = 0;
    struct signpost_zone told = {.size = sizeof(told), .id = zone->id, .name = zone->name};
    for (const struct zone *other = all; other; other = other->next) {
        has_namesake |= !other->is_private && other != zone && !strcmp(other->name, zone->name);
        if (zone->is_private && !other->is_private &&
            signpost_name_is_below(call, zone->name, other->name))
            return SIGNPOST_OK;
    }
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
    struct list list = zone_list;
    list.call = list.names.call = call;
    list.path = path;
    list.n_path = 2;
    int code = look(&list, wanted, n, 1);
    /* What is above the cut is of no use, but tells people what is wrong. */
    if (code == SIGNPOST_OK && !list.zones)
        code = look(&list, wanted, n, 0);
    for (const struct zone *zone = list.zones; zone && code == SIGNPOST_OK; zone = zone->next)
        code = report_zone(call, list.zones, zone);
    return code;
}

/* ---- records ---- */

static void take_record_set(struct list *list, const struct kit_xml *page, size_t i)
{
    const char *alias = kit_xml_text(page, i, "DNSName");
    struct signpost_record record = {
        .size = sizeof(record),
        .type = kit_xml_text(page, i, "Type"),
        .host = kit_xml_text(page, i, "Name"),
        .value = alias,
        .ttl = (uint32_t)strtoul(kit_xml_text(page, i, "TTL"), NULL, 10),
    };
    if (*alias)
        record.note = "it is an alias";
    else if (*kit_xml_text(page, i, "SetIdentifier"))
        record.note = "it is one of several that are chosen from by weight, place or health";
    else if (*kit_xml_text(page, i, "TrafficPolicyInstanceId"))
        record.note = "a traffic policy made it";
    record.flags = record.note ? SIGNPOST_RECORD_FOREIGN : 0;
    if (*alias)
        signpost_found_record(list->call, &record);
    for (i++; i < page->n && !kit_xml_is(page, i, list->item); i++) {
        record.value = page->elements[i].text;
        if (kit_xml_is(page, i, "Value"))
            signpost_found_record(list->call, &record);
    }
}

static const struct list record_list = {
    .what = "reading the zone",
    .root = "ListResourceRecordSetsResponse",
    .item = "ResourceRecordSet",
    .page_size = "300",
    .position = {"name", "type", "identifier"},
    .next = {"NextRecordName", "NextRecordType", "NextRecordIdentifier"},
    .take = take_record_set,
};

static int route53_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                const char *const *hosts, size_t n)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id, "rrset"};
    struct list list = record_list;
    list.call = call;
    list.path = path;
    list.n_path = 4;
    return kit_pages_read(call, hosts, n, read_page, &list);
}

/* The records that N changes of one host and type bring or take away. A removal must repeat all
 * that is there. */
static void add_set(struct kit_xml_out *out, const struct signpost_change *const *changes, size_t n,
                    int is_creation)
{
    const struct signpost_record *record = is_creation ? changes[0]->after : changes[0]->before;
    if (!record)
        return;
    kit_xml_add(out, "<Change>");
    kit_xml_add_element(out, "Action", is_creation ? "CREATE" : "DELETE");
    kit_xml_add(out, "<ResourceRecordSet>");
    kit_xml_add_element(out, "Name", record->host);
    kit_xml_add_element(out, "Type", record->type);
    kit_xml_add_number(out, "TTL", record->ttl);
    kit_xml_add(out, "<ResourceRecords>");
    for (size_t i = 0; i < n; i++) {
        record = is_creation ? changes[i]->after : changes[i]->before;
        kit_xml_add(out, "<ResourceRecord>");
        kit_xml_add_element(out, "Value", record->value);
        kit_xml_add(out, "</ResourceRecord>");
    }
    kit_xml_add(out, "</ResourceRecords></ResourceRecordSet></Change>");
}

static int is_same_set(const struct signpost_change *a, const struct signpost_change *b)
{
    const struct signpost_record *x = a->after ? a->after : a->before;
    const struct signpost_record *y = b->after ? b->after : b->before;
    return a->action == b->action && !strcmp(x->host, y->host) && !strcmp(x->type, y->type);
}

static int route53_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                 const struct signpost_change *const *changes, size_t n)
{
    const char *const path[] = {VERSION, "hostedzone", zone->id, "rrset"};
    const struct signpost_request request = {sizeof(request), "POST", path, 4};
    struct kit_xml_out out = {.call = call};
    struct kit_xml answer;
    kit_xml_add(&out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" BATCH "Request xmlns=\"https://"
                "route53.amazonaws.com/doc/" VERSION
                "/\"><ChangeBatch><Comment>signpost</Comment><Changes>");
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && is_same_set(changes[i], changes[end]);)
            end++;
        add_set(&out, changes + i, end - i, 0);
        add_set(&out, changes + i, end - i, 1);
    }
    kit_xml_add(&out, "</Changes></ChangeBatch></" BATCH "Request>");
    return kit_xml_send(call, rules, "changing the zone", request, &out, BATCH "Response", &answer);
}

/* ---- description ---- */

/* AWS_ENDPOINT_URL_ROUTE_53: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
static const struct signpost_origin origins[] = {
    {.url = "https://route53.amazonaws.com", .endpoint_env = "AWS_ENDPOINT_URL_ROUTE_53"},
};

/* The last one has a final slash in the API's model, and is taken without as well. */
static const struct signpost_operation operations[] = {
    {"GET", "/" VERSION "/hostedzonesbyname", SIGNPOST_IN_FIND_ZONES},
    {"GET", "/" VERSION "/hostedzone/{zone}", SIGNPOST_IN_FIND_ZONES},
    {"GET", "/" VERSION "/hostedzone/{zone}/rrset", SIGNPOST_IN_LIST_RECORDS},
    {"POST", "/" VERSION "/hostedzone/{zone}/rrset", SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES},
};

static const char *const id_env[] = {"AWS_ACCESS_KEY_ID"};
static const char *const key_env[] = {"AWS_SECRET_ACCESS_KEY"};
static const char *const token_env[] = {"AWS_SESSION_TOKEN"};
static const struct signpost_secret secrets[] = {
    {"access_key_id", "access key id", id_env, 1, 0},
    {"secret_access_key", "secret access key", key_env, 1, 0},
    {"session_token", "session token", token_env, 1, SIGNPOST_OPTIONAL},
};
/* The API is one for the world, and signed for this region wherever the user works. */
static const struct signpost_auth auths[] = {
    {.scheme = "aws-sigv4",
     SIGNPOST_LIST(secrets),
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
    SIGNPOST_LIST(origins),
    SIGNPOST_LIST(operations),
    SIGNPOST_LIST(auths),
    SIGNPOST_LIST(name_servers),
    SIGNPOST_LIST(record_types),
    .ttl_max = 2147483647,
    .ttl_default = 300,
    /* "Throttling for Amazon Route 53 API requests": a bucket of 50 for all that the account does,
     * filled by 10 a second, by 5 before July 2026. */
    .requests_per_minute = 300,
    .requests_window_s = 10,
    .batch_max = 500, /* of 1000 record elements, of which an update has two */
    .batch_characters_max = 32000,
    .is_atomic = 1,
    .find_zones = route53_find_zones,
    .list_records = route53_list_records,
    .apply_changes = route53_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
