#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verdict_rows.h"

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void set_seen(struct sp_seen *seen, char letter, const struct sp_record *record)
{
    char text[SP_NAME_TEXT_SIZE + 32];
    switch (letter) {
    case 'L':
        seen->kind = SP_SEEN_LIVE;
        break;
    case 'w':
        seen->kind = SP_SEEN_LIVE;
        seen->findings.is_wildcard = true;
        break;
    case 'W':
        seen->kind = SP_SEEN_OTHER_CNAME;
        seen->target = name_of("parked.example");
        seen->findings.is_wildcard = true;
        break;
    case 'E':
        seen->kind = SP_SEEN_OTHER_CNAME;
        seen->target = name_of("sk48601.elsewhere.example");
        seen->n_dname_labels = 2;
        break;
    case 'k':
        seen->kind = SP_SEEN_NODATA;
        seen->findings.other_types[0] = SP_DNS_TXT;
        seen->findings.has_old_key = true;
        break;
    case 'f':
        seen->kind = SP_SEEN_NODATA;
        seen->findings.other_types[0] = SP_DNS_AAAA;
        seen->findings.addresses = SP_ADDRESSES_TARGET;
        break;
    case 'X':
        seen->findings.has_doubled = true;
        seen->kind = SP_SEEN_NXDOMAIN;
        break;
    case 'N':
        seen->kind = SP_SEEN_NXDOMAIN;
        break;
    case 'T':
        seen->findings.other_types[0] = SP_DNS_TXT;
        seen->kind = SP_SEEN_NODATA;
        break;
    case '4':
        seen->findings.other_types[0] = SP_DNS_A;
        seen->findings.addresses = SP_ADDRESSES_OTHER;
        seen->kind = SP_SEEN_NODATA;
        break;
    case 'D':
        seen->kind = SP_SEEN_NODATA;
        break;
    case 'O':
        seen->kind = SP_SEEN_OTHER_CNAME;
        seen->target = name_of("old.mailer.example");
        break;
    case 'S':
        snprintf(text, sizeof(text), "%s.example.com", SP_NAME_STR(&record->target));
        seen->kind = SP_SEEN_OTHER_CNAME;
        seen->target = name_of(text);
        break;
    case 'F':
        seen->kind = SP_SEEN_LAME;
        seen->rcode = SP_DNS_REFUSED;
        break;
    case 'A':
        seen->kind = SP_SEEN_LAME;
        break;
    case 'V':
        seen->kind = SP_SEEN_FAILING;
        seen->rcode = SP_DNS_SERVFAIL;
        break;
    case 'U':
        seen->kind = SP_SEEN_UNREACHABLE;
        break;
    default:
        assert_int_equal(letter, '?');
    }
}

static void set_behind(struct sp_behind *behind, char letter, const struct sp_record *record)
{
    static const struct {
        char letter;
        struct sp_behind behind;
    } meanings[] = {
        {'-', {.kind = SP_BEHIND_NOT_ASKED}},
        {'E', {.kind = SP_BEHIND_EXISTS, .key = {.state = SP_DKIM_KEY_NONE}}},
        {'K', {.kind = SP_BEHIND_EXISTS, .key = {.n_bits = 2048}}},
        {'M',
         {.kind = SP_BEHIND_EXISTS,
          .key = {.state = SP_DKIM_KEY_MALFORMED, .fault = SP_DKIM_FAULT_BASE64}}},
        {'R', {.kind = SP_BEHIND_EXISTS, .key = {.state = SP_DKIM_KEY_REVOKED}}},
        {'5', {.kind = SP_BEHIND_EXISTS, .key = {.state = SP_DKIM_KEY_WEAK, .n_bits = 512}}},
        {'1', {.kind = SP_BEHIND_EXISTS, .key = {.n_bits = 1024}}},
        {'m',
         {.kind = SP_BEHIND_EXISTS,
          .key = {.n_bits = 2048, .digest = {.is_set = true, .sha256 = {2}}}}},
        {'k',
         {.kind = SP_BEHIND_EXISTS,
          .key = {.n_bits = 2048, .digest = {.is_set = true, .sha256 = {1}}}}},
        {'e', {.kind = SP_BEHIND_EXISTS, .key = {.type = SP_DKIM_ED25519, .n_bits = 256}}},
        {'t', {.kind = SP_BEHIND_EXISTS, .key = {.n_bits = 2048, .is_testing = true}}},
        {'u', {.kind = SP_BEHIND_EXISTS, .key = {.n_bits = 1024, .is_testing = true}}},
        {'x', {.kind = SP_BEHIND_EXISTS, .is_without_mx = true}},
        {'s', {.kind = SP_BEHIND_EXISTS, .is_without_spf = true}},
        {'b', {.kind = SP_BEHIND_EXISTS, .is_without_mx = true, .is_without_spf = true}},
        {'G', {.kind = SP_BEHIND_NO_SUCH_NAME}},
        {'?', {.kind = SP_BEHIND_UNKNOWN, .status = SP_TRANSPORT_OK, .rcode = SP_DNS_SERVFAIL}},
        {'@', {.kind = SP_BEHIND_LOOP}},
        {'B', {.kind = SP_BEHIND_BOGUS, .bogus = {.is_bogus = true}}},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(meanings); i++)
        if (meanings[i].letter == letter) {
            *behind = meanings[i].behind;
            behind->end = record->target;
            behind->n_hops = 1;
            return;
        }
    fail();
}

struct scene {
    struct sp_observation observation;
    struct sp_delegation delegation;
    struct sp_superseded superseded[3];
    struct sp_verdict_context context;
};

static void add_server(struct sp_delegation *delegation, size_t i)
{
    char name[48];
    struct sp_dns_server *server = sp_array_push(&delegation->servers);
    snprintf(name, sizeof(name), "ns%zu.example.com", i + 1);
    server->name = name_of(name);
    *sp_array_push(&server->addresses) =
        (struct sp_address){.family = 4, .bytes = {127, 0, 0, (uint8_t)(i + 1)}, .port = 53};
}

static void add_record(struct scene *scene, const char *host, const char *target,
                       const char *servers, char behind)
{
    struct sp_record_observation *record = sp_array_push(&scene->observation.records);
    record->record =
        (struct sp_record){.type = "CNAME", .host = name_of(host), .target = name_of(target)};
    record->record.leg = sp_leg_of_host(&record->record.host);
    record->delegation = &scene->delegation;
    for (size_t i = 0; servers[i]; i++) {
        const struct sp_dns_server *server = &scene->delegation.servers.items[i];
        struct sp_seen *seen = sp_array_push(&record->seen);
        seen->server = &server->name;
        seen->address = server->addresses.items[0];
        set_seen(seen, servers[i], &record->record);
    }
    if (behind == 'm' || behind == 'k')
        record->record.key = (struct sp_key_digest){.is_set = true, .sha256 = {1}};
    set_behind(&record->behind, behind, &record->record);
}

static void set_trust(struct scene *scene, size_t i, char letter)
{
    const struct sp_bogus bogus = {
        .is_bogus = true,
        .ede = {.is_given = true, .code = 7, .text = "of SOA"},
        .resolver = scene->observation.resolver,
    };
    struct sp_trust *trust = &scene->observation.records.items[i].trust;
    if (letter == 'Z')
        scene->delegation.bogus = bogus;
    else
        *trust = (struct sp_trust){.kind = letter == 'v'   ? SP_TRUST_VALID
                                           : letter == 'n' ? SP_TRUST_NOT_JUDGED
                                           : letter == 'u' ? SP_TRUST_UNKNOWN
                                                           : SP_TRUST_BOGUS,
                                   .bogus = letter == 'B' ? bogus : (struct sp_bogus){0}};
}

static void set_hearsay(struct sp_record_observation *record, const struct row *row, size_t i)
{
    struct sp_hearsay *hearsay = &record->hearsay;
    record->path = row->path;
    for (const char *at = row->hearsay[i]; at && *at; at++) {
        hearsay->is_heard = true;
        hearsay->n_live += *at == 'L';
        hearsay->n_other += *at == 'O';
        hearsay->n_absent += *at == 'A';
        hearsay->n_silent += *at == 'S';
    }
    if (hearsay->n_other)
        hearsay->other = name_of("old.mailer.example");
}

static void supersede(struct scene *scene, char letter)
{
    bool is_over = letter == 'o' || letter == 't';
    for (size_t i = 0; i < 3; i++) {
        struct sp_superseded *old = &scene->superseded[i];
        old->host = scene->observation.records.items[i].record.host;
        old->until_s = is_over ? NOW - 1 : NOW + 60;
        if (letter == 'O' || letter == 'o')
            old->target = name_of("old.mailer.example");
    }
    scene->context.superseded = scene->superseded;
    scene->context.n_superseded = 3;
}

static void scene_init(struct scene *scene, const struct row *row)
{
    static const char *const hosts[3][2] = {
        {"sk48601.example.com", "u1.mailer.example"},
        {"sk48601a._domainkey.example.com", "a.dkim.mailer.example"},
        {"sk48601b._domainkey.example.com", "b.dkim.mailer.example"},
    };
    memset(scene, 0, sizeof(*scene));
    scene->observation.domain = name_of("example.com");
    scene->observation.resolver =
        (struct sp_address){.family = 4, .bytes = {127, 0, 0, 53}, .port = 5300};
    scene->delegation.state = row->delegation;
    scene->delegation.parent = row->parent;
    if (row->delegation == SP_DELEGATION_FOUND)
        scene->delegation.zone = name_of("example.com");
    for (size_t i = 0; i < strlen(row->servers[0]); i++)
        add_server(&scene->delegation, i);
    for (size_t i = 0; i < 3; i++)
        add_record(scene, hosts[i][0], hosts[i][1], row->servers[i], row->behind[i]);
    for (size_t i = 0; i < 3; i++)
        set_hearsay(&scene->observation.records.items[i], row, i);
    for (size_t i = 0; row->trust && i < 3; i++)
        set_trust(scene, i, row->trust[i]);
    scene->context = (struct sp_verdict_context){
        .now_s = NOW,
        .published_at_s =
            row->age_h || row->age_min ? NOW - row->age_h * HOUR - row->age_min * 60 : 0,
        .window_s = SP_WINDOW_S,
        .until = row->until,
        .is_zone_at_provider = row->is_zone_at_provider,
    };
    if (row->superseded)
        supersede(scene, row->superseded[0]);
}

static void scene_fini(struct scene *scene)
{
    SP_ARRAY_FOREACH (&scene->delegation.servers, server)
        sp_array_free(&server->addresses);
    sp_array_free(&scene->delegation.servers);
    sp_observation_fini(&scene->observation);
}

static char letter_of(enum sp_state state)
{
    return "lmwup"[state];
}

static void check_row(const struct row *row)
{
    struct scene scene;
    struct sp_verdict verdict;
    size_t n_warnings = 0;
    scene_init(&scene, row);
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(sp_status_name(verdict.status), sp_status_name(row->status));
    assert_int_equal(verdict.records.n, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct sp_record_verdict *record = &verdict.records.items[i];
        const struct sp_diagnosis *diagnosis = &record->diagnosis;
        char severity = diagnosis->code == SP_CODE_NONE ? '-' : diagnosis->is_blocking ? 'b' : 'a';
        assert_int_equal(letter_of(record->state), row->states[i]);
        assert_string_equal(sp_code_name(diagnosis->code), sp_code_name(row->codes[i]));
        assert_int_equal(severity, row->severities[i]);
        assert_int_equal(diagnosis->message[0] != '\0', severity != '-');
        assert_int_equal(diagnosis->fix[0] != '\0', severity != '-');
        assert_int_equal(record->servers.n, strlen(row->servers[i]));
    }
    while (n_warnings < 3 && row->warnings[n_warnings])
        n_warnings++;
    assert_int_equal(verdict.warnings.n, n_warnings);
    for (size_t i = 0; i < n_warnings; i++) {
        const struct sp_diagnosis *warning = &verdict.warnings.items[i];
        assert_string_equal(sp_code_name(warning->code), sp_code_name(row->warnings[i]));
        assert_false(warning->is_blocking);
        assert_true(warning->message[0] && warning->fix[0]);
    }
    assert_int_equal(verdict.is_records_live, strcmp(row->states, "lll") == 0);
    assert_int_equal(verdict.is_key_live, row->is_key_live);
    assert_int_equal(verdict.is_permanent, row->is_permanent);
    assert_true(verdict.message[0]);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_table(void **state)
{
    (void)state;
    assert_true(SP_ARRAY_LEN(rows) >= 60);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        print_message("  %s\n", rows[i].name);
        check_row(&rows[i]);
    }
}

/* Every code of this version has at least one row. */
static void test_table_is_complete(void **state)
{
    (void)state;
    for (enum sp_code code = SP_CODE_NONE; code <= SP_CODE_DKIM_KEY_MISMATCH; code++) {
        bool has_row = code == SP_CODE_DELEGATION_FROM_RESOLVER ||
                       code == SP_CODE_DELEGATION_MISMATCH || code == SP_CODE_PORT_53_BLOCKED ||
                       code == SP_CODE_PORT_53_INTERCEPTED; /* warnings alone */
        for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
            for (size_t k = 0; k < 3; k++)
                has_row |= rows[i].codes[k] == code;
        assert_true(has_row);
    }
}

static void check_words(const struct row *row, const char *message, const char *first_message,
                        const char *first_fix)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, row);
    scene.context.provider_label = "GoDaddy";
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.message, message);
    assert_string_equal(verdict.records.items[0].diagnosis.message, first_message);
    assert_string_equal(verdict.records.items[0].diagnosis.fix, first_fix);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* Where a person edits the zone at a host that is known, its own words are used. */
static void check_page(const struct row *row, const char *name_server, const char *fix)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, row);
    SP_ARRAY_FOREACH (&scene.delegation.servers, server)
        server->name = name_of(name_server);
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.records.items[0].diagnosis.fix, fix);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_words_of_known_hosts(void **state)
{
    const struct row doubled = {.servers = {"XX", "LL", "LL"}, .behind = "---"};
    const struct row missing = {.servers = ALL("NN"), .behind = "---"};
    const struct row other = {.servers = ALL("OO"), .behind = "---"};
    const struct row appended = {.servers = ALL("SS"), .behind = "---"};
    const struct row wildcard = {.servers = ALL("WW"), .behind = "---"};
    const struct row proxied = {.servers = ALL("44"), .behind = "---"};
    (void)state;
    check_page(&doubled, "ns1.domaincontrol.com",
               "GoDaddy appends the domain: enter \"sk48601\" only in the box \"Name\", and delete "
               "sk48601.example.com.example.com");
    check_page(&doubled, "ns1.nobody.example",
               "your DNS provider appends the domain: enter \"sk48601\" only, and delete "
               "sk48601.example.com.example.com");
    check_page(&missing, "ns1.worldnic.com",
               "add a CNAME record at Network Solutions with \"sk48601\" in the box \"Alias\" and "
               "\"u1.mailer.example.\" in the box \"Other Host\"; if it is there already, wait");
    check_page(&missing, "ns1.sedoparking.com",
               "at your domain's registrar, set the name servers of example.com to those of the "
               "DNS provider where you enter its records");
    check_page(&missing, "sedoparking.com.nobody.example",
               "add a CNAME record at your DNS provider with the host \"sk48601\" (in full: "
               "sk48601.example.com) pointing to \"u1.mailer.example\"; if it is there already, "
               "wait");
    check_page(&other, "ns1.domaincontrol.com",
               "at GoDaddy, change the CNAME record with the host \"sk48601\" (in full: "
               "sk48601.example.com) to point to \"u1.mailer.example\", in the box \"Value\"");
    check_page(&appended, "ns1.worldnic.com",
               "at Network Solutions, write the target of the host \"sk48601\" with a final dot in "
               "the box \"Other Host\": \"u1.mailer.example.\"");
    check_page(&wildcard, "ns1.gandi.net",
               "add a CNAME record at Gandi with \"sk48601\" in the box \"Name\" and "
               "\"u1.mailer.example\" as its target");
    check_page(&proxied, "abe.ns.cloudflare.com",
               "at Cloudflare, set the proxy status of \"sk48601\" to \"DNS only\" (the grey "
               "cloud); if it is no CNAME record there, make it one that points to "
               "\"u1.mailer.example\"");
}

/* When the window is over, nobody is told to wait any more. */
static void test_words_after_the_window(void **state)
{
    static const char again[] = "; then start the verification at the platform again";
    static const struct row late[] = {
        {.servers = ALL("NN"), .behind = "---", .age_h = 49},
        {.servers = ALL("LN"), .behind = "---", .age_h = 49},
        {.servers = ALL("UU"), .behind = "---", .age_h = 49},
        {.servers = ALL("VV"), .behind = "---", .age_h = 49},
        {.servers = ALL("LL"), .behind = "GGG", .age_h = 49},
        {.servers = ALL("LL"), .behind = "EEE", .age_h = 49},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(late); i++) {
        struct scene scene;
        struct sp_verdict verdict;
        scene_init(&scene, &late[i]);
        sp_verdict_reach(&scene.observation, &scene.context, &verdict);
        assert_int_equal(verdict.status, SP_STATUS_ERROR);
        SP_ARRAY_FOREACH (&verdict.records, record) {
            const char *fix = record->diagnosis.fix;
            bool is_platform_s = record->state == SP_STATE_LIVE;
            if (record->diagnosis.code == SP_CODE_NONE)
                continue;
            if (strstr(fix, "wait") || strstr(fix, "try again") ||
                (is_platform_s ? strncmp(fix, again + 7, strlen(again + 7)) != 0
                               : !strstr(fix, again)))
                fail_msg("row %zu: %s", i, fix);
        }
        sp_verdict_fini(&verdict);
        scene_fini(&scene);
    }
    check_words(
        &(struct row){.servers = ALL("LL"), .behind = "GEE", .age_h = 49},
        "after 48 hours, all 3 records are live at 2 of 2 name servers; your side is done; the "
        "platform has still not published its target: u1.mailer.example does not exist",
        "your side is done; the platform has still not published its target: u1.mailer.example "
        "does not exist",
        "start the verification at the platform again, because its 48 hours are over; if the "
        "target still does not come, ask the platform behind u1.mailer.example for it");
}

static void check_parts(const struct row *row, const char *window, const char *count, size_t worst)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, row);
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    const struct sp_message_parts *parts = &verdict.parts;
    const char *message = verdict.message;
    assert_int_equal(parts->window_at, 0);
    assert_int_equal(parts->count_at, strlen(window));
    assert_memory_equal(message, window, strlen(window));
    assert_memory_equal(message + parts->count_at, count, strlen(count));
    if (worst == SIZE_MAX) {
        assert_int_equal(parts->finding_at, 0);
    } else {
        assert_int_equal(parts->finding_at, strlen(window) + strlen(count));
        assert_int_equal(parts->worst, worst);
        assert_memory_equal(message + parts->finding_at, "; ", 2);
        assert_string_equal(message + parts->finding_at + 2,
                            verdict.records.items[worst].diagnosis.message);
    }
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_parts_of_the_message(void **state)
{
    static const char count[] = "2 of 3 records are live at every name server";
    (void)state;
    check_parts(&(struct row){.servers = ALL("LL"), .behind = "EKK"}, "",
                "all 3 records are live at 2 of 2 name servers", SIZE_MAX);
    check_parts(&(struct row){.servers = {"LL", "NN", "LL"}, .behind = "---"}, "", count, 1);
    check_parts(&(struct row){.servers = {"LL", "LL", "NN"}, .behind = "---", .age_h = 49},
                "after 48 hours, ", count, 2);
}

static void test_words(void **state)
{
    (void)state;
    check_words(&(struct row){.servers = ALL("LL"), .behind = "EKK"},
                "all 3 records are live at 2 of 2 name servers", "", "");
    check_words(
        &(struct row){.servers = {"LN", "LL", "LL"}, .behind = "---"},
        "2 of 3 records are live at every name server; sk48601.example.com is missing at "
        "ns2.example.com, while it is live at ns1.example.com",
        "sk48601.example.com is missing at ns2.example.com, while it is live at ns1.example.com",
        "wait until ns2.example.com has the change too; if that takes more than an hour, ask "
        "GoDaddy why it lags");
    check_words(
        &(struct row){.servers = {"LO", "LL", "LL"}, .behind = "---"},
        "2 of 3 records are live at every name server; sk48601.example.com points to "
        "old.mailer.example at ns2.example.com, while it is live at ns1.example.com",
        "sk48601.example.com points to old.mailer.example at ns2.example.com, while it is live at "
        "ns1.example.com",
        "wait until ns2.example.com has the change too; if that takes more than an hour, ask "
        "GoDaddy why it lags");
    check_words(
        &(struct row){.servers = ALL("NN"), .behind = "---", .age_h = 49},
        "after 48 hours, none of the 3 records is live at every name server; sk48601.example.com "
        "is missing at ns1.example.com and ns2.example.com",
        "sk48601.example.com is missing at ns1.example.com and ns2.example.com",
        "add a CNAME record at GoDaddy with the host \"sk48601\" (in full: sk48601.example.com) "
        "pointing to \"u1.mailer.example\"; if it is there already, ask GoDaddy why its name "
        "servers do not serve it; then start the verification at the platform again");
    check_words(
        &(struct row){.servers = {"XX", "LL", "LL"}, .behind = "---"},
        "2 of 3 records are live at every name server; sk48601.example.com is missing, but "
        "sk48601.example.com.example.com exists: the zone's name was appended to a host that had "
        "it already",
        "sk48601.example.com is missing, but sk48601.example.com.example.com exists: the zone's "
        "name was appended to a host that had it already",
        "GoDaddy appends the domain: enter \"sk48601\" only, and delete "
        "sk48601.example.com.example.com");
    check_words(
        &(struct row){.servers = {"SS", "LL", "LL"}, .behind = "---"},
        "2 of 3 records are live at every name server; sk48601.example.com points to "
        "u1.mailer.example.example.com instead of u1.mailer.example: the final dot was lost and "
        "the zone's name was appended",
        "sk48601.example.com points to u1.mailer.example.example.com instead of "
        "u1.mailer.example: the final dot was lost and the zone's name was appended",
        "at GoDaddy, write the target of the host \"sk48601\" with a final dot: "
        "\"u1.mailer.example.\"");
    check_words(
        &(struct row){.servers = ALL("LL"), .behind = "GKK"},
        "all 3 records are live at 2 of 2 name servers; your side is done; the platform has not "
        "published its target yet: u1.mailer.example does not exist",
        "your side is done; the platform has not published its target yet: u1.mailer.example does "
        "not exist",
        "wait for the platform behind u1.mailer.example to publish it; if it does not, report this "
        "to the platform");
    check_words(
        &(struct row){.servers = ALL("LL"), .behind = "?KK"},
        "all 3 records are live at 2 of 2 name servers; what stands behind sk48601.example.com "
        "could not be looked up: the resolver 127.0.0.53:5300 answers SERVFAIL for "
        "u1.mailer.example",
        "what stands behind sk48601.example.com could not be looked up: the resolver "
        "127.0.0.53:5300 answers SERVFAIL for u1.mailer.example",
        "check that the resolver 127.0.0.53:5300 works, or name another one with --resolver");
    check_words(
        &(struct row){.servers = ALL("FVUA"), .behind = "---"},
        "none of the 3 records is live at every name server; no name server of example.com answers "
        "for it: ns1.example.com answers REFUSED, ns2.example.com answers SERVFAIL, "
        "ns3.example.com is silent and 1 more",
        "no name server of example.com answers for it: ns1.example.com answers REFUSED, "
        "ns2.example.com answers SERVFAIL, ns3.example.com is silent and 1 more",
        "wait; if it lasts, ask GoDaddy why its name servers do not answer for example.com");
    check_words(
        &(struct row){.servers = ALL("UU"), .behind = "---"},
        "none of the 3 records is live at every name server; no name server of example.com answers "
        "over UDP or TCP: ns1.example.com and ns2.example.com",
        "no name server of example.com answers over UDP or TCP: ns1.example.com and "
        "ns2.example.com",
        "check that questions to the name servers of example.com can leave this machine (UDP and "
        "TCP, port 53) and that the servers are up, then try again");
}

/* The first record's diagnosis, when its first server shows TARGET. */
static void check_target(const char *target, const char *message)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, &(struct row){.servers = {"O", "L", "L"}, .behind = "---"});
    scene.observation.records.items[0].seen.items[0].target = name_of(target);
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.records.items[0].diagnosis.message, message);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* What a wrong target tells of its origin. */
static void test_words_of_targets(void **state)
{
    (void)state;
    check_target("old.mailer.example",
                 "sk48601.example.com points to old.mailer.example at ns1.example.com instead of "
                 "u1.mailer.example");
    check_target("u1.mailer.exmaple",
                 "sk48601.example.com points to u1.mailer.exmaple at ns1.example.com instead of "
                 "u1.mailer.example, which looks like a typing error");
    check_target("b.dkim.mailer.example",
                 "sk48601.example.com points to b.dkim.mailer.example at ns1.example.com instead "
                 "of u1.mailer.example, which belongs to sk48601b._domainkey.example.com");
    check_target("u1", "sk48601.example.com points to u1 at ns1.example.com instead of "
                       "u1.mailer.example: the end of the target, mailer.example, is not there");
}

static void test_words_of_findings(void **state)
{
    (void)state;
    check_words(&(struct row){.servers = {"44", "LL", "LL"}, .behind = "---"},
                "2 of 3 records are live at every name server; sk48601.example.com has addresses "
                "(A) instead of the CNAME at ns1.example.com and ns2.example.com: not those of "
                "u1.mailer.example, so it is proxied or another record",
                "sk48601.example.com has addresses (A) instead of the CNAME at ns1.example.com and "
                "ns2.example.com: not those of u1.mailer.example, so it is proxied or another "
                "record",
                "at GoDaddy, switch off the proxy for \"sk48601\" (in full: sk48601.example.com); "
                "if these are A records of their own, delete them and add the CNAME pointing to "
                "\"u1.mailer.example\"");
    check_words(&(struct row){.servers = {"ff", "LL", "LL"}, .behind = "---"},
                "2 of 3 records are live at every name server; sk48601.example.com has addresses "
                "(AAAA) instead of the CNAME at ns1.example.com and ns2.example.com: those of "
                "u1.mailer.example, so the CNAME is flattened",
                "sk48601.example.com has addresses (AAAA) instead of the CNAME at ns1.example.com "
                "and ns2.example.com: those of u1.mailer.example, so the CNAME is flattened",
                "at GoDaddy, enter \"sk48601\" (in full: sk48601.example.com) as a CNAME record, "
                "not as ALIAS or ANAME, and switch off flattening for it");
    check_words(&(struct row){.servers = {"WW", "LL", "LL"}, .behind = "---"},
                "2 of 3 records are live at every name server; sk48601.example.com is not there: a "
                "wildcard record answers for it at ns1.example.com and ns2.example.com, with a "
                "CNAME to parked.example",
                "sk48601.example.com is not there: a wildcard record answers for it at "
                "ns1.example.com and ns2.example.com, with a CNAME to parked.example",
                "add a CNAME record at GoDaddy with the host \"sk48601\" (in full: "
                "sk48601.example.com) pointing to \"u1.mailer.example\"");
    check_words(&(struct row){.servers = {"EE", "LL", "LL"}, .behind = "---"},
                "2 of 3 records are live at every name server; sk48601.example.com leads to "
                "sk48601.elsewhere.example instead of u1.mailer.example: a DNAME record at "
                "example.com redirects everything below it",
                "sk48601.example.com leads to sk48601.elsewhere.example instead of "
                "u1.mailer.example: a DNAME record at example.com redirects everything below it",
                "at GoDaddy, remove the DNAME record at example.com, or have the record made where "
                "it leads: no other record can stand below it");
    check_words(&(struct row){.servers = {"kk", "LL", "LL"}, .behind = "---"},
                "2 of 3 records are live at every name server; sk48601.example.com has TXT records "
                "instead of the CNAME at ns1.example.com and ns2.example.com, an old DKIM key "
                "among them; a CNAME cannot stand beside them",
                "sk48601.example.com has TXT records instead of the CNAME at ns1.example.com and "
                "ns2.example.com, an old DKIM key among them; a CNAME cannot stand beside them",
                "at GoDaddy, delete the TXT records with the host \"sk48601\" (in full: "
                "sk48601.example.com) and add the CNAME pointing to \"u1.mailer.example\" there");
}

/* The diagnosis of record I when BEHIND stands behind it, in the words of MESSAGE. */
static void check_behind(size_t i, const struct sp_behind *behind, const char *message,
                         const char *fix)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, &(struct row){.servers = ALL("LL"), .behind = "EKK"});
    SP_ARRAY_FOREACH (&scene.observation.records, record)
        if (i == 0 || record->record.leg == SP_LEG_DKIM)
            record->behind = *behind;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.records.items[i].diagnosis.message, message);
    assert_string_equal(verdict.records.items[i].diagnosis.fix, fix);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

#define A_KEY "the DKIM key behind sk48601a._domainkey.example.com, at k.mailer.example"

static void test_words_of_keys(void **state)
{
    struct sp_name end = name_of("k.mailer.example");
    static const struct {
        struct sp_dkim_key key;
        uint8_t n_hops;
        const char *message, *fix;
    } keys[] = {
        {{.state = SP_DKIM_KEY_WEAK, .n_bits = 768},
         1,
         A_KEY ", has only 768 bits: receivers must not accept it (RFC 8301, section 3.2)",
         "ask the platform behind a.dkim.mailer.example for a key of 2048 bits"},
        {{.n_bits = 1024},
         2,
         A_KEY " (hop 2 of the chain), has only 1024 bits: it works, but 2048 are recommended (RFC "
               "8301, section 3.2)",
         "ask the platform behind a.dkim.mailer.example for a key of 2048 bits"},
        {{.n_bits = 2048, .is_testing = true},
         1,
         A_KEY ", is marked as a test (t=y): receivers treat mail signed with it as unsigned",
         "ask the platform behind a.dkim.mailer.example to take the mark off"},
        {{.state = SP_DKIM_KEY_REVOKED},
         1,
         A_KEY ", is revoked: its p= is empty",
         "report this to the platform behind a.dkim.mailer.example: it must publish a valid key "
         "there"},
        {{.state = SP_DKIM_KEY_MALFORMED, .fault = SP_DKIM_FAULT_SEVERAL},
         1,
         A_KEY ", cannot be used: there is more than one key record (RFC 6376, section 3.6.1)",
         "report this to the platform behind a.dkim.mailer.example: it must publish a valid key "
         "there"},
        {{.state = SP_DKIM_KEY_NONE},
         3,
         "your side is done; the platform has not published its key yet: k.mailer.example (hop 3 "
         "of the chain) has no DKIM key",
         "wait for the platform behind a.dkim.mailer.example to publish it; if it does not, report "
         "this to the platform"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(keys); i++) {
        struct sp_behind behind = {
            .kind = SP_BEHIND_EXISTS, .end = end, .n_hops = keys[i].n_hops, .key = keys[i].key};
        check_behind(1, &behind, keys[i].message, keys[i].fix);
    }
}

static void test_words_of_chains(void **state)
{
    struct sp_behind behind = {
        .kind = SP_BEHIND_NO_SUCH_NAME, .end = name_of("x.example"), .n_hops = 3};
    const char *const fix = "check that \"u1.mailer.example\" is the target the platform gave for "
                            "the host \"sk48601\"; if it is, report the chain to the platform";
    (void)state;
    check_behind(0, &behind,
                 "your side is done; the platform has not published its target yet: x.example (hop "
                 "3 of the chain) does not exist",
                 "wait for the platform behind u1.mailer.example to publish it; if it does not, "
                 "report this to the platform");
    behind.kind = SP_BEHIND_LOOP;
    check_behind(0, &behind,
                 "the CNAME chain behind sk48601.example.com comes back to itself, from x.example",
                 fix);
    behind.is_too_long = true;
    check_behind(0, &behind,
                 "the CNAME chain behind sk48601.example.com has more than 8 names, and was "
                 "followed to x.example",
                 fix);
    behind = (struct sp_behind){
        .kind = SP_BEHIND_EXISTS, .end = name_of("x.example"), .n_hops = 1, .is_without_mx = true};
    check_behind(0, &behind,
                 "the return path sk48601.example.com leads to x.example, which has no MX record: "
                 "bounces may not arrive",
                 "ask the platform behind u1.mailer.example to publish an MX record there");
    behind.is_without_mx = false;
    behind.is_without_spf = true;
    check_behind(0, &behind,
                 "the return path sk48601.example.com leads to x.example, which has no SPF record: "
                 "SPF cannot pass",
                 "ask the platform behind u1.mailer.example to publish an SPF record there");
}

static void check_bogus(const char *trust, const char *message)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, &(struct row){.servers = ALL("LL"), .behind = "EKK", .trust = trust});
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.records.items[0].diagnosis.message, message);
    assert_string_equal(verdict.records.items[0].diagnosis.fix,
                        "have your DNS provider sign example.com anew; if the DS record at your "
                        "domain's registrar is not the one that your DNS provider gives for it "
                        "now, replace or remove that");
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void check_path(const char *hearsay, const char *message, const char *all)
{
    struct scene scene;
    struct sp_verdict verdict;
    scene_init(&scene, &(struct row){.servers = ALL("UU"),
                                     .behind = "---",
                                     .path = SP_PATH_BLOCKED,
                                     .hearsay = ALL(hearsay)});
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(verdict.records.items[0].diagnosis.message, message);
    assert_memory_equal(verdict.message, all, strlen(all));
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_words_of_a_blocked_path(void **state)
{
    (void)state;
    check_path("L", "", "all 3 records are live, as seen by the resolver 127.0.0.53:5300 only");
    check_path("LL", "", "all 3 records are live, as seen by the 2 resolvers only");
    check_path("O",
               "the resolver 127.0.0.53:5300 sees sk48601.example.com pointing to "
               "old.mailer.example, and the name servers of example.com cannot be asked from here",
               "none of the 3 records is live, as seen by the resolver 127.0.0.53:5300 only; ");
    check_path("LAS",
               "the 3 resolvers do not agree on sk48601.example.com, or do not see it: it is live "
               "for 1 of 3 resolvers, and the name servers of example.com cannot be asked from "
               "here",
               "none of the 3 records is live, as seen by the 3 resolvers only; ");
    check_path("S",
               "the resolver 127.0.0.53:5300 gives no answer for sk48601.example.com, and the name "
               "servers of example.com cannot be asked from here",
               "none of the 3 records is live");
}

static void test_words_of_dnssec(void **state)
{
    struct sp_behind behind = {
        .kind = SP_BEHIND_BOGUS,
        .end = name_of("x.example"),
        .n_hops = 2,
        .bogus = {.is_bogus = true,
                  .resolver = {.family = 4, .bytes = {127, 0, 0, 53}, .port = 5300}},
    };
    (void)state;
    check_bogus("ZZZ", "the zone example.com fails DNSSEC validation, so that no resolver that "
                       "validates sees it: the resolver 127.0.0.53:5300 says \"signature expired\" "
                       "(of SOA)");
    check_bogus("Bvv", "the record sk48601.example.com fails DNSSEC validation, so that no "
                       "resolver that validates sees it: the resolver 127.0.0.53:5300 says "
                       "\"signature expired\" (of SOA)");
    check_behind(0, &behind,
                 "x.example, behind sk48601.example.com, fails DNSSEC validation: the resolver "
                 "127.0.0.53:5300 answers SERVFAIL for it, and gives an answer only with checking "
                 "disabled",
                 "tell the platform behind u1.mailer.example that DNSSEC of that zone is broken; "
                 "nothing needs to be done at your DNS provider");
}

/* Servers that disagree tell which version of the zone they have. */
static void test_words_of_versions(void **state)
{
    static const struct {
        uint32_t serials[2];
        const char *message, *fix;
    } versions[] = {
        {{8, 7},
         "sk48601.example.com is missing at ns2.example.com (serial 7), while it is live at "
         "ns1.example.com (serial 8)",
         "wait until ns2.example.com (serial 7) has the change too; if that takes more than an "
         "hour, ask your DNS provider why it lags"},
        {{8, 8},
         "sk48601.example.com is missing at ns2.example.com (serial 8), while it is live at "
         "ns1.example.com (serial 8)",
         "wait; if that takes more than an hour, ask your DNS provider why its name servers hold "
         "different records under one serial of example.com"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(versions); i++) {
        struct scene scene;
        struct sp_verdict verdict;
        scene_init(&scene, &(struct row){.servers = ALL("LN"), .behind = "---"});
        for (size_t k = 0; k < 2; k++) {
            scene.observation.records.items[0].seen.items[k].has_serial = true;
            scene.observation.records.items[0].seen.items[k].serial = versions[i].serials[k];
        }
        sp_verdict_reach(&scene.observation, &scene.context, &verdict);
        assert_string_equal(verdict.records.items[0].diagnosis.message, versions[i].message);
        assert_string_equal(verdict.records.items[0].diagnosis.fix, versions[i].fix);
        sp_verdict_fini(&verdict);
        scene_fini(&scene);
    }
}

/* A sender domain below its zone: what a page of the zone was told in part. */
static void test_words_of_a_short_host(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"NN", "LL", "LL"}, .behind = "---"});
    scene.observation.domain = name_of("mail.example.com");
    struct sp_record_observation *record = &scene.observation.records.items[0];
    record->record.host = name_of("sk48601.mail.example.com");
    record->seen.items[0].findings.has_short = true;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_PENDING);
    assert_int_equal(verdict.records.items[0].diagnosis.code, SP_CODE_MISSING);
    assert_string_equal(verdict.records.items[0].diagnosis.message,
                        "sk48601.mail.example.com is missing, but sk48601.example.com exists: the "
                        "zone there is example.com, and a part of the host was left out");
    assert_string_equal(verdict.records.items[0].diagnosis.fix,
                        "at your DNS provider, enter the host \"sk48601.mail\" (in full: "
                        "sk48601.mail.example.com), and delete sk48601.example.com");
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* What a warning says of one server. */
static void test_words_of_a_server(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = ALL("LV"), .behind = "EKK"});
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.warnings.n, 1);
    assert_string_equal(
        verdict.warnings.items[0].message,
        "the name server ns2.example.com (127.0.0.2) fails: it answers SERVFAIL for example.com");
    assert_string_equal(verdict.warnings.items[0].fix,
                        "wait; if it lasts, ask your DNS provider why ns2.example.com fails");
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* The worst comes first in the message: an error before what is pending. */
static void test_message_names_the_error(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"NN", "LL", "OO"}, .behind = "---"});
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_non_null(
        strstr(verdict.message, "sk48601b._domainkey.example.com points to old.mailer.example"));
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* Of what is pending, what the customer can do comes before what the platform has to do. */
static void test_message_names_the_customers_side(void **state)
{
    static const struct {
        struct row row;
        const char *missing;
    } cases[] = {
        {{.servers = {"NN", "LL", "LL"}, .behind = "-GG"}, "sk48601.example.com is missing"},
        {{.servers = {"LL", "LL", "NN"}, .behind = "GG-"},
         "sk48601b._domainkey.example.com is missing"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(cases); i++) {
        struct scene scene;
        struct sp_verdict verdict;
        scene_init(&scene, &cases[i].row);
        sp_verdict_reach(&scene.observation, &scene.context, &verdict);
        assert_int_equal(verdict.status, SP_STATUS_PENDING);
        assert_int_equal(verdict.records.items[1].diagnosis.code, SP_CODE_TARGET_MISSING);
        assert_non_null(strstr(verdict.message, cases[i].missing));
        sp_verdict_fini(&verdict);
        scene_fini(&scene);
    }
}

/* An answer that nobody can have asked for must stay one harmless line. */
static void test_hostile_target(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    struct sp_name hostile = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sp_name_push_label(&hostile,
                                            "\x1b[31m\n;\"\\ \xff"
                                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                            55),
                         0);
    assert_int_equal(sp_name_close(&hostile), 0);
    scene_init(&scene, &(struct row){.servers = ALL("OO"), .behind = "---"});
    scene.observation.records.items[0].seen.items[0].target = hostile;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    const char *message = verdict.records.items[0].diagnosis.message;
    for (const char *c = message; *c; c++)
        assert_in_range(*c, 0x20, 0x7e);
    assert_int_equal(verdict.status, SP_STATUS_ERROR);
    assert_non_null(strstr(verdict.records.items[0].diagnosis.fix, "u1.mailer.example"));
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* Two addresses of one server in different states are told apart. */
static void test_addresses_of_one_server(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = ALL("LN"), .behind = "---"});
    SP_ARRAY_FOREACH (&scene.observation.records, record)
        record->seen.items[1].server = record->seen.items[0].server;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_string_equal(
        verdict.records.items[0].diagnosis.message,
        "sk48601.example.com is missing at ns1.example.com (127.0.0.2), while it is live at "
        "ns1.example.com (127.0.0.1)");
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* A server to which there is no route is a warning, and counts among the servers. */
static void test_server_without_route(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = ALL("L"), .behind = "EKK"});
    struct sp_dns_server *server = sp_array_push(&scene.delegation.servers);
    server->name = name_of("ns6.example.com");
    server->has_unroutable = true;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_CONNECTED);
    assert_string_equal(verdict.message, "all 3 records are live at 1 of 2 name servers");
    assert_int_equal(verdict.warnings.n, 1);
    assert_int_equal(verdict.warnings.items[0].code, SP_CODE_SERVER_UNREACHABLE);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* The report says that the parent was out of reach, once, and it hinders nothing. */
static void test_silent_parent(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = ALL("LL"), .behind = "EKK"});
    scene.delegation.silent_parent = name_of("com");
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_CONNECTED);
    assert_int_equal(verdict.warnings.n, 1);
    assert_string_equal(sp_code_name(verdict.warnings.items[0].code), "delegation-from-resolver");
    assert_string_equal(verdict.warnings.items[0].message,
                        "the parent zone com did not say who serves example.com; the name servers "
                        "asked are those that the resolver 127.0.0.53:5300 names");
    assert_int_equal(verdict.records.items[0].diagnosis.code, SP_CODE_NONE);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_words_of_the_zone_above(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = ALL("LLL"), .behind = "EKK"});
    scene.delegation.parent = SP_PARENT_DIFFERS;
    scene.delegation.servers.items[0].is_own = scene.delegation.servers.items[0].is_parents = true;
    scene.delegation.servers.items[1].is_own = true;
    scene.delegation.servers.items[2].is_parents = true;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.warnings.n, 1);
    assert_string_equal(verdict.warnings.items[0].message,
                        "the zone above and example.com name different name servers: only above "
                        "ns3.example.com, only in the zone ns2.example.com; all were asked");
    sp_verdict_fini(&verdict);
    scene.delegation.parent = SP_PARENT_DENIES;
    scene.delegation.silent_parent = name_of("com");
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.warnings.n, 1);
    assert_string_equal(verdict.warnings.items[0].message,
                        "the parent zone com does not delegate example.com; the name servers asked "
                        "are those that the resolver 127.0.0.53:5300 names");
    assert_string_equal(verdict.warnings.items[0].fix,
                        "nothing, if example.com is meant for your own network alone; else check "
                        "at its registrar that it is registered and has its name servers");
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* Records of one set may lie in zones with troubles of their own. */
static void test_records_in_two_zones(void **state)
{
    struct scene scene;
    struct sp_delegation below = {.state = SP_DELEGATION_SILENT};
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"LL", "", ""}, .behind = "---"});
    scene.observation.records.items[1].delegation = &below;
    scene.observation.records.items[2].delegation = NULL;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_PENDING);
    assert_int_equal(verdict.records.items[0].state, SP_STATE_LIVE);
    assert_int_equal(verdict.records.items[1].diagnosis.code, SP_CODE_SERVER_UNREACHABLE);
    assert_int_equal(verdict.records.items[2].diagnosis.code, SP_CODE_SERVER_UNREACHABLE);
    assert_non_null(strstr(verdict.records.items[1].diagnosis.message, "127.0.0.53:5300"));
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* A set may have no selector at all: then there is no key to wait for. */
static void test_a_set_without_selectors(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"LL", "LL", "LL"}, .behind = "EKK"});
    scene.observation.records.n = 1;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_CONNECTED);
    assert_true(verdict.is_records_live && verdict.is_key_live);
    sp_verdict_fini(&verdict);
    scene.observation.records.items[0].behind.kind = SP_BEHIND_NO_SUCH_NAME;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_PENDING);
    assert_false(verdict.is_key_live);
    sp_verdict_fini(&verdict);
    scene.observation.records.n = 3;
    scene_fini(&scene);
}

/* Of a key that cannot be used, that it is a test as well is not worth a word. */
static void test_a_revoked_key_that_is_a_test(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"LL", "LL", "LL"}, .behind = "ERK"});
    scene.observation.records.items[1].behind.key.is_testing = true;
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_CONNECTED);
    assert_int_equal(verdict.warnings.n, 1);
    assert_int_equal(verdict.warnings.items[0].code, SP_CODE_DKIM_KEY_REVOKED);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

/* Another key of a kind that has no digest is another key. */
static void test_an_expected_key_and_one_without_a_digest(void **state)
{
    struct scene scene;
    struct sp_verdict verdict;
    (void)state;
    scene_init(&scene, &(struct row){.servers = {"LL", "LL", "LL"}, .behind = "EKK"});
    for (size_t i = 1; i < 3; i++)
        scene.observation.records.items[i].record.key = (struct sp_key_digest){.is_set = true};
    sp_verdict_reach(&scene.observation, &scene.context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_ERROR);
    assert_int_equal(verdict.records.items[1].diagnosis.code, SP_CODE_DKIM_KEY_MISMATCH);
    sp_verdict_fini(&verdict);
    scene_fini(&scene);
}

static void test_empty_set_is_never_connected(void **state)
{
    struct sp_observation observation = {0};
    struct sp_verdict_context context = {.until = SP_UNTIL_RECORDS};
    struct sp_verdict verdict;
    (void)state;
    sp_verdict_reach(&observation, &context, &verdict);
    assert_int_equal(verdict.status, SP_STATUS_PENDING);
    assert_false(verdict.is_records_live || verdict.is_key_live);
    sp_verdict_fini(&verdict);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(sp_code_name(SP_CODE_SELECTOR_IDLE), "selector-idle");
    assert_string_equal(sp_code_name(SP_CODE_DOUBLED_SUFFIX), "doubled-suffix");
    assert_string_equal(sp_status_name(SP_STATUS_CONNECTED), "connected");
    assert_string_equal(sp_status_badge(SP_STATUS_PENDING), "Pending validation");
    assert_string_equal(sp_state_name(SP_STATE_PARTIAL), "partial");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_is_complete),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_words_after_the_window),
        cmocka_unit_test(test_parts_of_the_message),
        cmocka_unit_test(test_words_of_known_hosts),
        cmocka_unit_test(test_words_of_targets),
        cmocka_unit_test(test_words_of_findings),
        cmocka_unit_test(test_words_of_keys),
        cmocka_unit_test(test_words_of_chains),
        cmocka_unit_test(test_words_of_dnssec),
        cmocka_unit_test(test_words_of_a_blocked_path),
        cmocka_unit_test(test_words_of_versions),
        cmocka_unit_test(test_words_of_a_short_host),
        cmocka_unit_test(test_words_of_a_server),
        cmocka_unit_test(test_message_names_the_error),
        cmocka_unit_test(test_message_names_the_customers_side),
        cmocka_unit_test(test_hostile_target),
        cmocka_unit_test(test_addresses_of_one_server),
        cmocka_unit_test(test_server_without_route),
        cmocka_unit_test(test_silent_parent),
        cmocka_unit_test(test_words_of_the_zone_above),
        cmocka_unit_test(test_records_in_two_zones),
        cmocka_unit_test(test_a_set_without_selectors),
        cmocka_unit_test(test_a_revoked_key_that_is_a_test),
        cmocka_unit_test(test_an_expected_key_and_one_without_a_digest),
        cmocka_unit_test(test_empty_set_is_never_connected),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
