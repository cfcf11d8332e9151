/* Until when caches may hold an old answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "verify/expiry.h"

enum { NOW = 1800000000, HOUR = 3600, DAY = 24 * HOUR };

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void test_negative_answers(SP_UNUSED void **state)
{
    static const struct {
        uint32_t ttl, minimum, kept;
    } rows[] = {
        {3600, 300, 300},    {300, 3600, 300},        {0, 3600, 0},    {3600, 0, 0},
        {DAY, DAY + 1, DAY}, {7 * DAY, 2 * DAY, DAY}, {600, 600, 600}, {4000000000u, 60, 60},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_int_equal(sp_expiry_negative_s(rows[i].ttl, rows[i].minimum), rows[i].kept);
}

/*
 * One record, a letter a server: L live  N no such name  O another target  U silent; those of N and
 * O with their TTL. WRITTEN: how long ago, a: where nothing stood, c: over a CNAME of old_ttl.
 */
struct row {
    const char *what;
    const char *servers;
    uint32_t served_ttl;
    int64_t zone_ttl; /* what the zone's SOA record said; -1: it was not asked */
    char written;
    int64_t ago_s;
    uint32_t old_ttl;
    int64_t known_in_s;    /* what earlier looks told, from now; 0: nothing */
    int64_t expected_in_s; /* 0: nothing to tell */
    int64_t looked_ago_s;  /* 0: never */
    bool is_soa_wanted;
};
static const struct row rows[] = {
    {"nothing is known of live records", "LL", 0, -1, '-', 0, 0, 0, 0, 0, false},
    {"a cache may know that it was absent", "LL", 0, 900, 'a', 60, 0, 0, 840, 0, true},
    {"the SOA record stayed unknown", "LL", 0, -1, 'a', 60, 0, 0, 0, 0, true},
    {"an earlier look asked for it", "LL", 0, -1, 'a', 60, 0, 300, 300, 30, false},
    {"the look was before the writing", "LL", 0, 900, 'a', 60, 0, 300, 840, 90, true},
    {"what was known holds on", "LL", 0, 900, 'a', 60, 0, 2000, 2000, 0, true},
    {"all is over", "LL", 0, 900, 'a', 901, 0, 0, 0, 0, true},
    {"to the second", "LL", 0, 900, 'a', 900, 0, 0, 0, 0, true},
    {"one second left", "LL", 0, 900, 'a', 899, 0, 0, 1, 0, true},
    {"no cache knows it after a day", "LL", 0, DAY, 'a', DAY, 0, 0, 0, 0, false},
    {"the old target has its TTL", "LL", 0, 900, 'c', 60, 300, 0, 240, 0, false},
    {"which is over", "LL", 0, 900, 'c', 600, 300, 0, 0, 0, false},
    {"a TTL of years is kept for a week", "LL", 0, -1, 'c', DAY, 90 * DAY, 0, 6 * DAY, 0, false},
    {"one server still denies it", "LN", 600, -1, 'a', 60, 0, 0, 600, 0, true},
    {"and the zone's TTL is longer", "LN", 600, 900, 'a', 60, 0, 0, 840, 0, true},
    {"one server has the old target", "LO", 700, -1, 'c', 60, 300, 0, 700, 0, false},
    {"written, and nowhere yet", "NN", 600, -1, 'a', 60, 0, 0, 600, 0, true},
    {"not written, and nowhere", "NN", 600, -1, '-', 0, 0, 0, 0, 0, false},
    {"not ours, but on its way", "LN", 600, -1, '-', 0, 0, 0, 600, 0, false},
    {"a silent server says nothing", "LU", 600, -1, '-', 0, 0, 0, 0, 0, false},
    {"earlier looks are over", "LL", 0, -1, '-', 0, 0, -5, 0, 100, false},
};

static void add_server(struct sp_record_observation *record, char letter, uint32_t ttl)
{
    struct sp_seen *seen = sp_array_push(&record->seen);
    seen->kind = letter == 'L'   ? SP_SEEN_LIVE
                 : letter == 'N' ? SP_SEEN_NXDOMAIN
                 : letter == 'O' ? SP_SEEN_OTHER_CNAME
                                 : SP_SEEN_UNREACHABLE;
    seen->has_old_ttl = letter == 'N' || letter == 'O';
    seen->old_ttl_s = seen->has_old_ttl ? ttl : 0;
}

static void assert_row(const struct row *row)
{
    struct sp_delegation delegation = {.zone = name_of("example.com")};
    struct sp_delegation elsewhere = {.zone = name_of("_domainkey.example.com")};
    struct sp_observation observation = {.at_s = NOW};
    struct sp_record_observation *record = sp_array_push(&observation.records);
    struct sp_written written = {.host = name_of("sk1.example.com"),
                                 .at_s = NOW - row->ago_s,
                                 .was_absent = row->written == 'a',
                                 .old_ttl_s = row->old_ttl};
    struct sp_written earlier = written;
    earlier.at_s -= 100 * HOUR; /* only the last one counts */
    earlier.old_ttl_s = 7 * DAY;
    struct sp_written list[] = {earlier, written, earlier};
    struct sp_verdict_context context = {
        .now_s = NOW,
        .written = list,
        .n_written = row->written == '-' ? 0 : SP_ARRAY_LEN(list),
        .caches_until_s = row->known_in_s ? NOW + row->known_in_s : 0,
        .looked_at_s = row->looked_ago_s ? NOW - row->looked_ago_s : 0,
    };
    record->record.host = written.host;
    record->delegation = &delegation;
    for (const char *letter = row->servers; *letter; letter++)
        add_server(record, *letter, row->served_ttl);
    /* What another zone said does not count; what the zone said was said for another name. */
    struct sp_record_observation *other = sp_array_push(&observation.records);
    other->record.host = name_of("sk1a._domainkey.example.com");
    other->delegation = &elsewhere;
    other->has_negative_ttl = true;
    other->negative_ttl_s = 20 * HOUR;
    other = sp_array_push(&observation.records);
    other->record.host = name_of("sk2.example.com");
    other->delegation = &delegation;
    other->has_negative_ttl = row->zone_ttl >= 0;
    other->negative_ttl_s = row->zone_ttl >= 0 ? (uint32_t)row->zone_ttl : 0;
    record = &observation.records.items[0];
    int64_t until_s = sp_expiry_reach(&observation, &context);
    int64_t expected_s = row->expected_in_s ? NOW + row->expected_in_s : 0;
    if (until_s != expected_s)
        fail_msg("%s: %lld, not %lld", row->what, (long long)(until_s ? until_s - NOW : 0),
                 (long long)row->expected_in_s);
    if (sp_expiry_wants_soa(record, &context) != row->is_soa_wanted)
        fail_msg("%s: the SOA record is%s wanted", row->what, row->is_soa_wanted ? " not" : "");
    sp_array_free(&observation.records.items[0].seen);
    sp_array_free(&observation.records);
}

static void test_rows(SP_UNUSED void **state)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_row(&rows[i]);
}

/* A change of name servers is under way: the old one is asked as long as caches keep its name. */
static void test_a_server_that_is_named_no_more(SP_UNUSED void **state)
{
    struct sp_delegation delegation = {.zone = name_of("example.com"), .ns_ttl_s = 2 * HOUR};
    struct sp_observation observation = {.at_s = NOW};
    struct sp_record_observation *record = sp_array_push(&observation.records);
    static const char *const names[] = {"ns.new.example", "ns.old.example"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++) {
        struct sp_dns_server *server = sp_array_push(&delegation.servers);
        server->name = name_of(names[i]);
        server->is_parents = i == 0;
        server->is_own = i == 1;
    }
    record->record.host = name_of("sk1.example.com");
    record->delegation = &delegation;
    add_server(record, 'L', 0);
    add_server(record, 'N', 600);
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        record->seen.items[i].server = &delegation.servers.items[i].name;
    const struct sp_verdict_context context = {.now_s = NOW};
    delegation.parent = SP_PARENT_AGREES;
    assert_int_equal(sp_expiry_reach(&observation, &context), NOW + 600);
    delegation.parent = SP_PARENT_DIFFERS;
    assert_int_equal(sp_expiry_reach(&observation, &context), NOW + 600 + 2 * HOUR);
    delegation.servers.items[1].is_parents = true;
    assert_int_equal(sp_expiry_reach(&observation, &context), NOW + 600);
    sp_array_free(&record->seen);
    sp_array_free(&observation.records);
    sp_array_free(&delegation.servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negative_answers),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_a_server_that_is_named_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
