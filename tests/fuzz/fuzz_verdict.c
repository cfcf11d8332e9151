/*
 * Verdicts on facts of every combination: the same facts give the same verdict; nothing is
 * connected that is not live; nothing that is only slow is an error; every finding says what is so
 * and what to do, in printable words.
 */
#include <stdlib.h>

#include "base/text.h"
#include "verify/verdict.h"

enum { NOW = 1800000000, SERVERS = 3 };

struct input {
    const uint8_t *bytes;
    size_t len, at;
};

struct scene {
    struct sp_observation observation;
    struct sp_delegation delegations[3];
    struct sp_superseded superseded[2];
    struct sp_verdict_context context;
    bool is_harmless; /* nothing but what may still come right by itself */
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static unsigned take(struct input *input, unsigned n)
{
    return input->at < input->len ? input->bytes[input->at++] % n : 0;
}

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    require(sp_name_parse(&name, text, &err) == 0);
    return name;
}

static struct sp_name take_name(struct input *input)
{
    static const char *const texts[] = {
        "u1.mailer.example", "a.dkim.mailer.example", "u1.mailer.example.example.com", "u1",
        "u1.mailer.exmaple", "old.mailer.example",    "\\027[31m.\\255\\000.example",  ".",
    };
    return name_of(texts[take(input, SP_ARRAY_LEN(texts))]);
}

static void take_findings(struct input *input, struct sp_seen *seen)
{
    static const uint16_t types[] = {0, SP_DNS_A, SP_DNS_AAAA, SP_DNS_TXT, SP_DNS_MX};
    unsigned bits = take(input, 256);
    seen->is_probed = bits & 1;
    if (seen->kind == SP_SEEN_NODATA && bits & 2)
        for (size_t i = 0; i < 2; i++)
            seen->findings.other_types[i] = types[take(input, SP_ARRAY_LEN(types))];
    if (!seen->findings.other_types[0])
        seen->findings.other_types[1] = 0;
    seen->findings.has_old_key = bits & 4;
    seen->findings.has_doubled = bits & 8;
    seen->findings.has_short = bits & 16;
    seen->findings.is_wildcard = bits & 32;
    seen->findings.addresses = (enum sp_addresses)take(input, SP_ADDRESSES_OTHER + 1);
    seen->has_serial = bits & 64;
    seen->serial = take(input, 3);
}

static void take_seen(struct input *input, struct scene *scene,
                      struct sp_record_observation *record, const struct sp_dns_server *server)
{
    struct sp_seen *seen = sp_array_push(&record->seen);
    seen->server = &server->name;
    seen->address = server->addresses.items[0];
    seen->kind = (enum sp_seen_kind)take(input, SP_SEEN_FAILING + 1);
    seen->rcode =
        seen->kind == SP_SEEN_LAME || seen->kind == SP_SEEN_FAILING ? (uint8_t)take(input, 16) : 0;
    if (seen->kind == SP_SEEN_OTHER_CNAME) {
        seen->target = take_name(input);
        seen->n_dname_labels = (uint8_t)take(input, 3);
    }
    take_findings(input, seen);
    scene->is_harmless &= seen->kind != SP_SEEN_OTHER_CNAME && seen->kind != SP_SEEN_LAME &&
                          !seen->findings.other_types[0] && !seen->findings.has_doubled;
}

static void take_behind(struct input *input, struct scene *scene,
                        struct sp_record_observation *record)
{
    struct sp_behind *behind = &record->behind;
    behind->kind = (enum sp_behind_kind)take(input, SP_BEHIND_LOOP + 1);
    behind->end = take_name(input);
    behind->n_hops = (uint8_t)take(input, SP_DNS_CHAIN_MAX + 1);
    behind->is_too_long = take(input, 2);
    behind->rcode = (uint8_t)take(input, 16);
    behind->status = (enum sp_transport_status)take(input, SP_TRANSPORT_FAILED + 1);
    behind->key.state = (enum sp_dkim_key_state)take(input, SP_DKIM_KEY_WEAK + 1);
    behind->key.fault = (enum sp_dkim_fault)take(input, SP_DKIM_FAULT_SEVERAL + 1);
    behind->key.n_bits = 512 * take(input, 5);
    behind->key.is_testing = take(input, 2);
    behind->is_without_mx = take(input, 2);
    behind->is_without_spf = take(input, 2);
    scene->is_harmless &=
        behind->kind != SP_BEHIND_LOOP &&
        (behind->kind != SP_BEHIND_EXISTS || behind->key.state == SP_DKIM_KEY_VALID ||
         behind->key.state == SP_DKIM_KEY_NONE || record->record.leg != SP_LEG_DKIM);
}

static void take_delegation(struct input *input, struct scene *scene,
                            struct sp_delegation *delegation)
{
    static const char *const names[SERVERS] = {"ns1.example.com", "ns2.example.com",
                                               "ns1.domaincontrol.com"};
    unsigned state = take(input, 16);
    delegation->state =
        state <= SP_DELEGATION_SILENT ? (enum sp_delegation_state)state : SP_DELEGATION_FOUND;
    scene->is_harmless &= delegation->state != SP_DELEGATION_NXDOMAIN &&
                          delegation->state != SP_DELEGATION_NO_NS &&
                          delegation->state != SP_DELEGATION_REFUSED;
    if (delegation->state == SP_DELEGATION_FOUND)
        delegation->zone = name_of("example.com");
    delegation->parent = (enum sp_parent)take(input, SP_PARENT_DENIES + 1);
    for (unsigned i = 0, n = take(input, SERVERS + 1); i < n; i++) {
        struct sp_dns_server *server = sp_array_push(&delegation->servers);
        server->name = name_of(names[i]);
        *sp_array_push(&server->addresses) =
            (struct sp_address){.family = 4, .bytes = {192, 0, 2, (uint8_t)i}, .port = 53};
    }
}

static void take_record(struct input *input, struct scene *scene, size_t i)
{
    static const char *const hosts[] = {"sk1.mail.example.com", "a._domainkey.mail.example.com",
                                        "b._domainkey.mail.example.com"};
    struct sp_record_observation *record = sp_array_push(&scene->observation.records);
    record->record = (struct sp_record){.type = "CNAME", .host = name_of(hosts[i])};
    record->record.target = take_name(input);
    record->record.leg = sp_leg_of_host(&record->record.host);
    take_delegation(input, scene, &scene->delegations[i]);
    if (take(input, 16))
        record->delegation = &scene->delegations[i];
    if (record->delegation && record->delegation->state == SP_DELEGATION_FOUND)
        SP_ARRAY_FOREACH (&record->delegation->servers, server)
            take_seen(input, scene, record, server);
    take_behind(input, scene, record);
}

static void take_context(struct input *input, struct scene *scene)
{
    static const int64_t ages_s[] = {0, 60, 24 * 3600, 49 * 3600};
    int64_t age_s = ages_s[take(input, SP_ARRAY_LEN(ages_s))];
    scene->context = (struct sp_verdict_context){
        .now_s = NOW,
        .published_at_s = age_s ? NOW - age_s : 0,
        .window_s = SP_WINDOW_S,
        .until = (enum sp_until)take(input, 2),
        .is_zone_at_provider = take(input, 2),
        .provider_label = take(input, 2) ? "Cloudflare" : NULL,
        .superseded = scene->superseded,
        .n_superseded = take(input, 3),
    };
    scene->is_harmless &= age_s <= SP_WINDOW_S;
    for (size_t i = 0; i < SP_ARRAY_LEN(scene->superseded); i++) {
        scene->superseded[i].host = name_of("sk1.mail.example.com");
        if (take(input, 2))
            scene->superseded[i].target = take_name(input);
        scene->superseded[i].until_s = NOW + 10 - (int64_t)take(input, 20);
    }
}

static void check_words(const char *text)
{
    require(text[0]);
    for (; *text; text++)
        require(*text >= 0x20 && *text < 0x7f);
}

static void check_diagnosis(const struct sp_diagnosis *diagnosis)
{
    if (diagnosis->code == SP_CODE_NONE)
        return;
    check_words(diagnosis->message);
    check_words(diagnosis->fix);
}

static void check_verdict(const struct scene *scene, const struct sp_verdict *verdict)
{
    bool is_connected = verdict->status == SP_STATUS_CONNECTED;
    bool has_blocking = false;
    check_words(verdict->message);
    SP_ARRAY_FOREACH (&verdict->records, record) {
        check_diagnosis(&record->diagnosis);
        has_blocking |= record->diagnosis.code != SP_CODE_NONE && record->diagnosis.is_blocking;
        require(!is_connected || record->state == SP_STATE_LIVE);
    }
    SP_ARRAY_FOREACH (&verdict->warnings, warning) {
        check_diagnosis(warning);
        require(!warning->is_blocking);
    }
    require(!is_connected || (verdict->records.n && !has_blocking));
    require(!is_connected || verdict->is_key_live || scene->context.until == SP_UNTIL_RECORDS);
    require(verdict->status != SP_STATUS_ERROR || has_blocking);
    require(verdict->status != SP_STATUS_ERROR || !scene->is_harmless);
    require(!verdict->is_permanent || verdict->status == SP_STATUS_ERROR);
    require(!verdict->is_key_live || verdict->is_records_live);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct input input = {.bytes = bytes, .len = len};
    struct scene scene = {.is_harmless = true};
    struct sp_verdict verdict, again;
    scene.observation.domain = name_of("mail.example.com");
    take_context(&input, &scene);
    for (size_t i = 0, n = take(&input, 4); i < n; i++)
        take_record(&input, &scene, i);
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    sp_verdict_reach(&scene.observation, &scene.context, &again);
    require(verdict.status == again.status && strcmp(verdict.message, again.message) == 0);
    check_verdict(&scene, &verdict);
    sp_verdict_fini(&verdict);
    sp_verdict_fini(&again);
    for (size_t i = 0; i < SP_ARRAY_LEN(scene.delegations); i++) {
        SP_ARRAY_FOREACH (&scene.delegations[i].servers, server)
            sp_array_free(&server->addresses);
        sp_array_free(&scene.delegations[i].servers);
    }
    sp_observation_fini(&scene.observation);
    return 0;
}
