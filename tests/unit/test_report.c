#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/manual_text.h"
#include "cli/plan_text.h"
#include "cli/report.h"
#include "cli/report_text.h"

/* After the public plugin header, which has members called as its macros are. */
#include <cmocka.h>

#define HOSTILE "\033]0;owned\007\r\n::error::\xff\xfe\xe2\x80\xae<script>"

static struct sp_name name(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void set_diagnosis(struct sp_result_record *record, enum sp_code code, const char *message)
{
    record->diagnosis.code = code;
    record->diagnosis.is_blocking = true;
    snprintf(record->diagnosis.message, sizeof(record->diagnosis.message), "%s", message);
    snprintf(record->diagnosis.fix, sizeof(record->diagnosis.fix), "change it");
}

/* example.com with two records, the second one wrong, and one change. */
static void make(struct sp_result *result, const char *foreign)
{
    struct sp_record_set set = {.domain = name("example.com")};
    struct sp_name hosts[] = {name("sk1.example.com"), name("s1._domainkey.example.com")};
    struct sp_name targets[] = {name("u1.mailer.example"), name("a.dkim.mailer.example")};
    struct sp_err err = SP_ERR_INIT;
    for (size_t i = 0; i < SP_ARRAY_LEN(hosts); i++)
        sp_record_set_add(&set, &hosts[i], &targets[i]);
    sp_result_init(result, &set);
    sp_record_set_fini(&set);
    result->zone = name("example.com");
    result->provider = sp_strdup("powerdns");
    result->provider_reason = sp_strdup("recognised by ns1.example.net");
    result->status = SP_STATUS_ERROR;
    result->has_verdict = true;
    snprintf(result->message, sizeof(result->message), "1 of 2 records is live");
    SP_ARRAY_FOREACH (&result->records, record) {
        struct sp_result_server *server = sp_array_push(&record->servers);
        server->name = name("ns1.example.com");
        assert_int_equal(sp_address_parse(&server->address, "192.0.2.1:5300", 53, &err), 0);
        server->state = SP_STATE_LIVE;
        record->has_state = true;
        record->state = SP_STATE_LIVE;
        record->zone = result->zone;
    }
    result->records.items[1].state = result->records.items[1].servers.items[0].state =
        SP_STATE_WRONG;
    set_diagnosis(&result->records.items[1], SP_CODE_WRONG_TARGET, foreign);
    struct sp_result_change *change = sp_array_push(&result->changes);
    change->action = SP_ACTION_UPDATE;
    change->outcome = SP_OUTCOME_APPLIED;
    snprintf(change->type, sizeof(change->type), "CNAME");
    change->host = name("s1._domainkey.example.com");
    change->zone = result->zone;
    change->provider = sp_strdup("powerdns");
    change->sent_host = sp_strdup("s1._domainkey.example.com.");
    change->from = sp_strdup(foreign);
    change->to = sp_strdup("a.dkim.mailer.example");
    change->ttl = 3600;
    sp_result_warn(result, "server-unreachable", "wait", "%s", foreign);
}

static char *text_of(const struct sp_result *result, const struct sp_text_config *config)
{
    struct sp_buf out = SP_BUF_INIT(1 << 20);
    sp_report_text(&out, result, config);
    return sp_buf_steal(&out);
}

static const char *string_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_json_members(void **state)
{
    struct sp_result result;
    (void)state;
    make(&result, "found elsewhere.example");
    json_t *domain = sp_report_domain(&result);
    assert_int_equal(json_object_size(domain), 14);
    assert_string_equal(string_at(domain, "domain"), "example.com");
    assert_string_equal(string_at(domain, "status"), "error");
    assert_true(json_is_false(json_object_get(domain, "records_live")));
    assert_true(json_is_null(json_object_get(domain, "error")));
    json_t *record = json_array_get(json_object_get(domain, "records"), 1);
    assert_int_equal(json_object_size(record), 9);
    assert_string_equal(string_at(record, "leg"), "dkim");
    assert_string_equal(string_at(record, "state"), "wrong");
    assert_string_equal(string_at(json_object_get(record, "diagnosis"), "code"), "wrong-target");
    assert_string_equal(string_at(json_object_get(record, "diagnosis"), "severity"), "blocking");
    json_t *server = json_array_get(json_object_get(record, "servers"), 0);
    assert_string_equal(string_at(server, "address"), "192.0.2.1");
    json_t *change = json_array_get(json_object_get(domain, "changes"), 0);
    assert_int_equal(json_object_size(change), 10);
    assert_string_equal(string_at(change, "action"), "update");
    assert_string_equal(string_at(change, "outcome"), "applied");
    assert_string_equal(string_at(change, "sent_host"), "s1._domainkey.example.com.");
    json_decref(domain);
    sp_result_fini(&result);
}

static void test_json_of_nothing_known(void **state)
{
    static const char *const nulls[] = {"zone",         "provider", "status", "message",
                                        "records_live", "key_live", "error"};
    struct sp_record_set set = {.domain = name("example.com")};
    struct sp_name host = name("sk1.example.com"), target = name("u1.mailer.example");
    struct sp_result result;
    (void)state;
    sp_record_set_add(&set, &host, &target);
    sp_result_init(&result, &set);
    json_t *domain = sp_report_domain(&result);
    for (size_t i = 0; i < SP_ARRAY_LEN(nulls); i++)
        assert_true(json_is_null(json_object_get(domain, nulls[i])));
    json_t *record = json_array_get(json_object_get(domain, "records"), 0);
    assert_true(json_is_null(json_object_get(record, "state")));
    assert_true(json_is_null(json_object_get(record, "diagnosis")));
    json_decref(domain);
    sp_result_fini(&result);
    sp_record_set_fini(&set);
}

static void test_only_kinds_of_the_contract_are_errors(void **state)
{
    static const struct {
        enum sp_err_kind kind;
        const char *word; /* NULL: a warning instead */
    } rows[] = {
        {SP_ERR_CREDENTIALS, "credentials"},
        {SP_ERR_PROVIDER, "provider"},
        {SP_ERR_PLUGIN, "plugin"},
        {SP_ERR_REFUSED, "refused"},
        {SP_ERR_DNS, "dns"},
        {SP_ERR_INTERNAL, NULL},
        {SP_ERR_CANCELLED, NULL},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_record_set set = {.domain = name("example.com")};
        struct sp_result result;
        sp_result_init(&result, &set);
        sp_err_set(&result.err, rows[i].kind, "some-code", "it happened");
        json_t *domain = sp_report_domain(&result), *error = json_object_get(domain, "error");
        json_t *warnings = json_object_get(domain, "warnings");
        if (rows[i].word) {
            assert_string_equal(string_at(error, "kind"), rows[i].word);
            assert_int_equal(json_array_size(warnings), 0);
        } else {
            assert_true(json_is_null(error));
            assert_string_equal(string_at(json_array_get(warnings, 0), "code"), "some-code");
        }
        json_decref(domain);
        sp_result_fini(&result);
    }
}

static void test_text(void **state)
{
    struct sp_text_config config = {0};
    struct sp_result result;
    (void)state;
    make(&result, "found elsewhere.example");
    char *text = text_of(&result, &config);
    assert_string_equal(text,
                        "example.com  Error\n"
                        "  1 of 2 records is live\n"
                        "\n"
                        "  Host                       Points to              State\n"
                        "  sk1.example.com            u1.mailer.example      live\n"
                        "  s1._domainkey.example.com  a.dkim.mailer.example  wrong\n"
                        "    wrong-target: found elsewhere.example\n"
                        "    fix: change it\n"
                        "\n"
                        "  warning: found elsewhere.example\n"
                        "    fix: wait\n"
                        "\n"
                        "  0 created, 1 changed, 0 removed, 0 kept, via powerdns (recognised by "
                        "ns1.example.net)\n");
    free(text);
    config.width = 40;
    text = text_of(&result, &config);
    assert_non_null(strstr(
        text,
        "\n  Host       sk1.example.com\n  Points to  u1.mailer.example\n  State      live\n"));
    free(text);
    sp_result_fini(&result);
}

/* What stands below a record is not said again as a warning, unless there is no table. */
static void test_warnings(void **state)
{
    struct sp_text_config config = {0};
    struct sp_result result;
    (void)state;
    make(&result, "found elsewhere.example");
    sp_result_warn(&result, "wrong-target", "change it", "found elsewhere.example");
    sp_result_warn(&result, "ledger", "", "this look is not remembered");
    char *text = text_of(&result, &config);
    assert_non_null(
        strstr(text, "    wrong-target: found elsewhere.example\n    fix: change it\n"));
    assert_null(strstr(text, "  warning: found elsewhere.example\n    fix: change it\n"));
    assert_non_null(strstr(text, "\n  warning: this look is not remembered\n"));
    free(text);
    result.is_dry_run = true;
    text = text_of(&result, &config);
    assert_non_null(strstr(text, "  warning: found elsewhere.example\n    fix: change it\n"));
    free(text);
    sp_result_fini(&result);
}

static void test_a_plan(void **state)
{
    struct sp_result result;
    struct sp_buf out = SP_BUF_INIT(65536);
    (void)state;
    make(&result, "old.example");
    struct sp_result_change *change = &result.changes.items[0];
    sp_plan_text_lines(&out, &result, false);
    assert_string_equal(sp_buf_str(&out),
                        "  ~ UPDATE CNAME s1._domainkey.example.com -> a.dkim.mailer.example  "
                        "(was: old.example)  (sent as s1._domainkey.example.com.)\n");
    sp_buf_clear(&out);
    change->outcome = SP_OUTCOME_REFUSED;
    sp_plan_text_lines(&out, &result, false);
    sp_plan_text_count(&out, &result);
    assert_non_null(strstr(sp_buf_str(&out), "  ! REFUSE CNAME "));
    assert_non_null(strstr(sp_buf_str(&out), "(there is: old.example)"));
    assert_non_null(strstr(sp_buf_str(&out), "0 kept, 1 refused"));
    /* Beside it, what would have been no trouble. */
    struct sp_result_change *innocent = sp_array_push(&result.changes);
    innocent->action = SP_ACTION_CREATE;
    innocent->outcome = SP_OUTCOME_REFUSED;
    snprintf(innocent->type, sizeof(innocent->type), "CNAME");
    innocent->host = name("sk1.example.com");
    innocent->to = sp_strdup("u1.mailer.example");
    change = &result.changes.items[0];
    sp_buf_clear(&out);
    sp_plan_text_lines(&out, &result, false);
    assert_non_null(strstr(
        sp_buf_str(&out), "\n  + CREATE CNAME sk1.example.com -> u1.mailer.example  (not made)\n"));
    assert_non_null(strstr(sp_buf_str(&out), "  ! REFUSE CNAME s1._domainkey.example.com "));
    free(change->from);
    change->from = NULL;
    sp_buf_clear(&out);
    sp_plan_text_lines(&out, &result, false);
    assert_non_null(
        strstr(sp_buf_str(&out), "\n  ! REFUSE CNAME sk1.example.com -> u1.mailer.example\n"));
    change->from = sp_strdup("old.example");
    result.changes.n = 1;
    free(innocent->to);
    assert_true(sp_plan_text_has_trouble(&result));
    sp_buf_clear(&out);
    change->outcome = SP_OUTCOME_UNKNOWN;
    sp_plan_text_count(&out, &result);
    assert_string_equal(sp_buf_str(&out), "0 created, 0 changed, 0 removed, 0 kept, 1 unknown");
    sp_buf_clear(&out);
    change->outcome = SP_OUTCOME_ROLLED_BACK;
    sp_plan_text_count(&out, &result);
    assert_string_equal(sp_buf_str(&out), "0 created, 0 changed, 0 removed, 0 kept, 1 not done");
    sp_buf_clear(&out);
    change->outcome = SP_OUTCOME_PLANNED;
    sp_plan_text_count(&out, &result);
    assert_string_equal(sp_buf_str(&out), "0 to create, 1 to change, 0 to remove, 0 kept");
    sp_buf_fini(&out);
    sp_result_fini(&result);
}

static void test_zone_file(void **state)
{
    struct sp_result result;
    struct sp_buf out = SP_BUF_INIT(65536);
    (void)state;
    make(&result, HOSTILE);
    sp_report_text_zone(&out, &result);
    assert_string_equal(
        sp_buf_str(&out),
        "; example.com: 2 records\n"
        "sk1.example.com. 3600 IN CNAME u1.mailer.example. ; live\n"
        "s1._domainkey.example.com. 3600 IN CNAME a.dkim.mailer.example. ; wrong\n");
    sp_buf_fini(&out);
    sp_result_fini(&result);
}

static void test_manual(void **state)
{
    struct sp_result result;
    struct sp_buf out = SP_BUF_INIT(65536);
    (void)state;
    make(&result, HOSTILE);
    sp_manual_text_put(&out, &result, NULL, false);
    assert_string_equal(
        sp_buf_str(&out),
        "example.com  Enter these CNAME records where the zone example.com is edited:\n"
        "\n"
        "  Host, short    Host, whole                Points to\n"
        "  sk1            sk1.example.com            u1.mailer.example\n"
        "  s1._domainkey  s1._domainkey.example.com  a.dkim.mailer.example\n"
        "\n"
        "  If the page adds example.com by itself, enter the short form, else the whole one. If it "
        "does not say, try the short form first: most pages want that. A page that adds "
        "example.com to the target as well wants the target with a final dot.\n"
        "\n"
        "  As a zone file:\n"
        "\n"
        "  $ORIGIN example.com.\n"
        "  sk1 3600 IN CNAME u1.mailer.example.\n"
        "  s1._domainkey 3600 IN CNAME a.dkim.mailer.example.\n");
    sp_buf_fini(&out);
    sp_result_fini(&result);
}

/* A domain in its own script, unless it could be mistaken for another or cannot be shown. */
static void test_domains_in_their_script(void **state)
{
    static const struct {
        const char *domain;
        bool has_unicode;
        const char *shown;
    } rows[] = {
        {"example.com", true, "example.com"},
        {"müller.example", true, "müller.example (xn--mller-kva.example)"},
        {"müller.example", false, "xn--mller-kva.example"},
        /* Cyrillic and Latin in one label. */
        {"xn--pypal-4ve.example", true, "xn--pypal-4ve.example"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_record_set set = {0};
        struct sp_result result;
        struct sp_err err = SP_ERR_INIT;
        const struct sp_text_config config = {.has_unicode = rows[i].has_unicode};
        assert_int_equal(sp_name_parse(&set.domain, rows[i].domain, &err), 0);
        sp_result_init(&result, &set);
        char *text = text_of(&result, &config);
        char *wanted = sp_asprintf("%s  0 records\n", rows[i].shown);
        assert_string_equal(text, wanted);
        free(wanted);
        free(text);
        sp_result_fini(&result);
    }
}

static const struct sp_dns_host *page_of(const char *name_server)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    const struct sp_name *const names[] = {&name};
    assert_int_equal(sp_name_parse(&name, name_server, &err), 0);
    return sp_dns_host_find(names, 1);
}

static void check_page(const char *name_server, const char *expected)
{
    struct sp_result result;
    struct sp_buf out = SP_BUF_INIT(65536);
    struct sp_err err = SP_ERR_INIT;
    make(&result, HOSTILE);
    SP_ARRAY_FOREACH (&result.records, record) {
        record->page = page_of(name_server);
        assert_int_equal(sp_name_parse(&record->name_server, name_server, &err), 0);
    }
    sp_manual_text_put(&out, &result, NULL, false);
    assert_string_equal(sp_buf_str(&out), expected);
    sp_buf_fini(&out);
    sp_result_fini(&result);
}

#define AS_ZONE_FILE                                                                               \
    "\n"                                                                                           \
    "  As a zone file:\n"                                                                          \
    "\n"                                                                                           \
    "  $ORIGIN example.com.\n"                                                                     \
    "  sk1 3600 IN CNAME u1.mailer.example.\n"                                                     \
    "  s1._domainkey 3600 IN CNAME a.dkim.mailer.example.\n"

/* A page that is known is described in its own words, with the one form that it wants. */
static void test_manual_at_known_pages(void **state)
{
    (void)state;
    check_page("ns1.worldnic.com",
               "example.com  Enter these CNAME records at Network Solutions (recognised by "
               "ns1.worldnic.com):\n"
               "\n"
               "  Manage My Domain Names > the domain > Edit DNS > Manage Advanced DNS Records > "
               "Edit CNAME Records\n"
               "\n"
               "  Alias          Other Host\n"
               "  sk1            u1.mailer.example.\n"
               "  s1._domainkey  a.dkim.mailer.example.\n"
               "\n"
               "  Network Solutions adds example.com by itself: enter \"Alias\" as it stands here. "
               "The final dot of the target belongs to it.\n" AS_ZONE_FILE);
    check_page(
        "ns01.domaincontrol.com",
        "example.com  Enter these CNAME records at GoDaddy (recognised by "
        "ns01.domaincontrol.com):\n"
        "\n"
        "  Domain Portfolio > the domain > DNS > Add New Record\n"
        "  https://www.godaddy.com/help/add-a-cname-record-19236\n"
        "\n"
        "  Name           Value\n"
        "  sk1            u1.mailer.example\n"
        "  s1._domainkey  a.dkim.mailer.example\n"
        "\n"
        "  GoDaddy adds example.com by itself: enter \"Name\" as it stands here.\n" AS_ZONE_FILE);
    check_page("ns1.vercel-dns.com",
               "example.com  Enter these CNAME records at Vercel (recognised by "
               "ns1.vercel-dns.com):\n"
               "\n"
               "  Domains > the domain > DNS Records\n"
               "\n"
               "  Name           Value\n"
               "  sk1            u1.mailer.example\n"
               "  s1._domainkey  a.dkim.mailer.example\n"
               "\n"
               "  Vercel adds example.com by itself: enter \"Name\" as it stands here. Should "
               "example.com appear behind the target afterwards, enter the target with a final "
               "dot.\n" AS_ZONE_FILE);
    check_page(
        "docks01.rzone.de",
        "example.com  Enter these CNAME records at STRATO (recognised by docks01.rzone.de):\n"
        "\n"
        "  Domains > Domain management > the subdomain > settings > DNS > CNAME record > "
        "manage\n"
        "  https://www.strato.de/faq/domains/"
        "so-aendern-sie-den-cname-eintrag-fuer-ihre-subdomain/\n"
        "\n"
        "  Subdomain                  Points to\n"
        "  sk1.example.com            u1.mailer.example.\n"
        "  s1._domainkey.example.com  a.dkim.mailer.example.\n"
        "\n"
        "  STRATO has no box for the host: create each subdomain, then set its CNAME. The "
        "final dot of the target belongs to it.\n" AS_ZONE_FILE);
}

/* Whatever is foreign: no control character but our own line ends, and valid JSON. */
static void test_hostile_text(void **state)
{
    struct sp_text_config config = {.is_verbose = true};
    struct sp_result result;
    struct sp_buf errors = SP_BUF_INIT(65536);
    (void)state;
    make(&result, HOSTILE);
    snprintf(result.message, sizeof(result.message), "%s", HOSTILE);
    free(result.provider_reason);
    result.provider_reason = sp_strdup(HOSTILE);
    result.endpoint = sp_strdup(HOSTILE);
    char *text = text_of(&result, &config);
    sp_err_set(&result.err, SP_ERR_PROVIDER, "bad-reply", "%s", HOSTILE);
    sp_err_fix(&result.err, "%s", HOSTILE);
    sp_report_text_error(&errors, &result.domain, &result.err, &config);
    for (const char *at = text; *at; at++)
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    for (const char *at = sp_buf_str(&errors); *at; at++)
        assert_true((unsigned char)*at >= 0x20 || *at == '\n');
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_null(strstr(text, "\n::error"));
    json_t *domain = sp_report_domain(&result);
    char *dumped = json_dumps(domain, 0);
    json_t *again = json_loads(dumped, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(again);
    assert_true(json_equal(again, domain));
    json_decref(again);
    json_decref(domain);
    free(dumped);
    free(text);
    sp_buf_fini(&errors);
    sp_result_fini(&result);
}

/* The text when the message is BEFORE, WINDOW, COUNT and the finding of the record WORST. */
static char *text_with(struct sp_result *result, const char *before, const char *window,
                       const char *said, size_t worst)
{
    struct sp_text_config config = {0};
    struct sp_message_parts *parts = &result->parts;
    parts->window_at = strlen(before);
    parts->count_at = parts->window_at + strlen(window);
    parts->finding_at = parts->count_at + strlen(said);
    parts->worst = worst;
    char *message = sp_asprintf("%s%s%s; %s", before, window, said,
                                result->records.items[worst].diagnosis.message);
    sp_copy_text(result->message, sizeof(result->message), message);
    free(message);
    return text_of(result, &config);
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    while ((text = strstr(text, part))) {
        text += strlen(part);
        n++;
    }
    return n;
}

/* What stands below a record is not said above it as well. */
static void test_a_finding_is_said_once(void **state)
{
    struct sp_text_config config = {0};
    struct sp_result result;
    (void)state;
    make(&result, "foreign");
    set_diagnosis(&result.records.items[1], SP_CODE_WRONG_TARGET, "sk1 is elsewhere");
    char *text = text_with(&result, "was connected until noon; ", "after 48 hours, ",
                           "1 of 2 records is live", 1);
    assert_non_null(strstr(text, "  Error\n  was connected until noon; after 48 hours, 1 of 2 "
                                 "records is live\n\n"));
    assert_non_null(strstr(text, "wrong\n    wrong-target: sk1 is elsewhere\n    fix: "));
    assert_int_equal(count(text, "sk1 is elsewhere"), 1);
    free(text);
    result.parts = (struct sp_message_parts){0};
    SP_ARRAY_FOREACH (&result.records, record)
        record->has_state = false;
    set_diagnosis(&result.records.items[1], SP_CODE_NONE, "");
    text = text_of(&result, &config);
    assert_non_null(
        strstr(text, result.message)); /* from the ledger, which has no more than that */
    free(text);
    sp_result_fini(&result);
}

/* One that concerns the whole domain is read at once, with its fix. */
static void test_a_finding_of_all_records(void **state)
{
    struct sp_result result;
    (void)state;
    make(&result, "foreign");
    SP_ARRAY_FOREACH (&result.records, record)
        set_diagnosis(record, SP_CODE_NOT_DELEGATED, "there is no such zone");
    char *text = text_with(&result, "", "", "neither record is live", 0);
    assert_non_null(strstr(text, "  Error\n  not-delegated: there is no such zone\n  fix: change "
                                 "it\n  neither record is live\n\n"));
    assert_int_equal(count(text, "there is no such zone"), 1);
    free(text);
    result.status = SP_STATUS_PENDING;
    text = text_with(&result, "", "", "neither record is live", 0);
    assert_non_null(strstr(text, "  Pending validation\n  neither record is live\n  "
                                 "not-delegated: there is no such zone\n  fix: change it\n\n"));
    free(text);
    set_diagnosis(&result.records.items[0], SP_CODE_MISSING, "there is no such zone");
    text = text_with(&result, "", "", "neither record is live", 0);
    assert_non_null(strstr(text, "live\n    missing: there is no such zone\n"));
    assert_non_null(strstr(text, "wrong\n    not-delegated: there is no such zone\n"));
    free(text);
    sp_result_fini(&result);
}

/* One that concerns some of the records is said at the first of them. */
static void test_a_finding_of_some_records(void **state)
{
    struct sp_result result;
    (void)state;
    make(&result, "foreign");
    *sp_array_push(&result.records) = (struct sp_result_record){
        .record = result.records.items[0].record, .has_state = true, .state = SP_STATE_LIVE};
    for (size_t i = 0; i < 2; i++)
        set_diagnosis(&result.records.items[i], SP_CODE_NOT_DELEGATED, "there is no such zone");
    char *text = text_with(&result, "", "", "1 of 3 records is live", 0);
    assert_non_null(strstr(text, "live\n    not-delegated: there is no such zone\n    fix: "));
    assert_non_null(strstr(text, "wrong\n    not-delegated, as above\n"));
    free(text);
    sp_result_fini(&result);
}

/* What is wrong behind records that are all live: good news is not told as the reason of "Error",
 * nor as what came of the window. */
static void test_a_finding_behind_live_records(void **state)
{
    struct sp_result result;
    (void)state;
    make(&result, "foreign");
    result.is_records_live = true;
    set_diagnosis(&result.records.items[1], SP_CODE_DKIM_KEY_MISSING, "there is no key");
    char *text = text_with(&result, "was connected until noon; ", "after 48 hours, ",
                           "both records are live", 1);
    assert_non_null(strstr(text, "  Error\n  dkim-key-missing: there is no key\n  fix: change "
                                 "it\n  was connected until noon; both records are live\n\n"));
    assert_int_equal(count(text, "there is no key"), 1);
    assert_int_equal(count(text, "48 hours"), 0);
    free(text);
    sp_result_fini(&result);
}

static void check_line(const struct sp_result *result, unsigned width, const char *line)
{
    struct sp_text_config config = {.width = width};
    struct sp_buf out = SP_BUF_INIT(65536);
    sp_report_text_line(&out, result, 11, &config);
    assert_string_equal(sp_buf_str(&out), line);
    sp_buf_fini(&out);
}

/* A line of a list: its columns never touch, and what is cut off is not the reason. */
static void test_a_line(void **state)
{
    struct sp_result result;
    (void)state;
    make(&result, "sk1 is elsewhere");
    free(text_with(&result, "", "", "1 of 2 records is live", 1));
    check_line(&result, 0,
               "example.com  Error               1 of 2 records is live; sk1 is elsewhere\n");
    check_line(&result, 60, "example.com  Error               wrong-target: sk1 is els...\n");
    result.status = SP_STATUS_PENDING;
    check_line(&result, 0,
               "example.com  Pending validation  1 of 2 records is live; sk1 is elsewhere\n");
    struct sp_err err = SP_ERR_INIT;
    sp_err_set(&err, SP_ERR_DNS, "dns", "no resolver");
    result.err = err;
    check_line(&result, 0, "example.com  Failed              no resolver\n");
    sp_result_fini(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_members),
        cmocka_unit_test(test_json_of_nothing_known),
        cmocka_unit_test(test_only_kinds_of_the_contract_are_errors),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_a_finding_is_said_once),
        cmocka_unit_test(test_a_finding_of_all_records),
        cmocka_unit_test(test_a_finding_of_some_records),
        cmocka_unit_test(test_a_finding_behind_live_records),
        cmocka_unit_test(test_a_line),
        cmocka_unit_test(test_a_plan),
        cmocka_unit_test(test_zone_file),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_manual_at_known_pages),
        cmocka_unit_test(test_domains_in_their_script),
        cmocka_unit_test(test_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
