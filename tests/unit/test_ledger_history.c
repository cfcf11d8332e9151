/* What the ledger keeps of looks: spans of equal ones, where a record was first seen, until when
 * caches may hold something else, and the course of a set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "ledger/history.h"

#define RETURN_PATH "sk1.example.com"
#define SELECTOR    "sk1a._domainkey.example.com"
#define NS1         "192.0.2.1"
#define NS2         "2001:db8::2"

/* A ledger in a folder of its own, with the set of example.com in it. */
struct diary {
    char folder[64], path[96];
    struct sp_ledger *ledger;
    struct sp_record_set set;
};

static struct sp_name name(const char *text)
{
    struct sp_name parsed;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&parsed, text, &err), 0);
    return parsed;
}

static void add(struct sp_record_set *set, const char *host, const char *target)
{
    struct sp_name host_name = name(host), target_name = name(target);
    sp_record_set_add(set, &host_name, &target_name);
}

static void put(struct diary *diary, bool is_merge)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_ledger_put_set(diary->ledger, &diary->set, "powerdns", "example.com", is_merge, &err) <
        0)
        fail_msg("%s", err.message);
}

static int setup(void **state)
{
    struct diary *diary = sp_new(struct diary);
    struct sp_err err = SP_ERR_INIT;
    sp_copy_text(diary->folder, sizeof(diary->folder), "/tmp/signpost-history-XXXXXX");
    assert_non_null(mkdtemp(diary->folder));
    snprintf(diary->path, sizeof(diary->path), "%s/ledger.db", diary->folder);
    diary->ledger = sp_ledger_open(diary->path, &err);
    assert_non_null(diary->ledger);
    diary->set.domain = name("example.com");
    add(&diary->set, RETURN_PATH, "u1.mailer.example");
    add(&diary->set, SELECTOR, "a.dkim.mailer.example");
    put(diary, true);
    *state = diary;
    return 0;
}

static int teardown(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct diary *diary = *state;
    char path[128];
    sp_ledger_close(diary->ledger);
    sp_record_set_fini(&diary->set);
    for (size_t i = 0; i < SP_ARRAY_LEN(endings); i++) {
        snprintf(path, sizeof(path), "%s%s", diary->path, endings[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(diary->folder), 0);
    free(diary);
    return 0;
}

/* Remembers a look at DOMAIN, and frees what CHECK says. */
static void look_at(struct diary *diary, const char *domain, struct sp_ledger_check check)
{
    struct sp_name domain_name = name(domain);
    struct sp_err err = SP_ERR_INIT;
    if (sp_ledger_add_check(diary->ledger, &domain_name, &check, &err) < 0)
        fail_msg("%s", err.message);
    free(check.status);
    free(check.message);
}

static struct sp_ledger_check check(int64_t at_s, const char *status, const char *message)
{
    return (struct sp_ledger_check){
        .at_s = at_s, .status = sp_strdup(status), .message = sp_strdup(message)};
}

static void look(struct diary *diary, int64_t at_s, const char *status, const char *message)
{
    look_at(diary, "example.com", check(at_s, status, message));
}

/* A look that sees HOST point to TARGET at the name server of ADDRESS. */
static void see(struct diary *diary, int64_t at_s, const char *host, const char *target,
                const char *address)
{
    struct sp_ledger_sighting seen = {.host = sp_strdup(host),
                                      .target = sp_strdup(target),
                                      .server = sp_strdup("ns.example.net"),
                                      .address = sp_strdup(address)};
    struct sp_ledger_check one = check(at_s, "pending", "one record is live");
    one.sightings = &seen;
    one.n_sightings = 1;
    look_at(diary, "example.com", one);
    free(seen.host);
    free(seen.target);
    free(seen.server);
    free(seen.address);
}

static struct sp_ledger_history history_of(struct diary *diary, const char *domain)
{
    struct sp_ledger_history history;
    struct sp_name domain_name = name(domain);
    struct sp_err err = SP_ERR_INIT;
    if (sp_ledger_read_history(diary->ledger, &domain_name, &history, &err) < 0)
        fail_msg("%s", err.message);
    return history;
}

static struct sp_ledger_entry entry_of(struct diary *diary)
{
    struct sp_ledger_entry entry;
    struct sp_err err = SP_ERR_INIT;
    bool is_found;
    assert_int_equal(sp_ledger_get(diary->ledger, &diary->set.domain, &entry, &is_found, &err), 0);
    assert_true(is_found);
    return entry;
}

static void assert_span(const struct sp_ledger_span *span, const char *status, int64_t first_at_s,
                        int64_t at_s, int64_t n_looks)
{
    assert_string_equal(span->check.status, status);
    assert_int_equal(span->first_at_s, first_at_s);
    assert_int_equal(span->check.at_s, at_s);
    assert_int_equal(span->n_looks, n_looks);
}

/* ---- spans --------------------------------------------------------------------------------------
 */

static void equal_looks_are_one_span(void **state)
{
    struct diary *diary = *state;
    for (int64_t at_s = 100; at_s <= 140; at_s += 10)
        look(diary, at_s, "pending", "2 records are missing");
    look_at(diary, "stranger.example", check(150, "pending", "2 records are missing"));
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.spans.n, 1);
    assert_span(&history.spans.items[0], "pending", 100, 140, 5);
    sp_ledger_history_fini(&history);
    history = history_of(diary, "stranger.example");
    assert_int_equal(history.spans.n, 0);
    sp_ledger_history_fini(&history);
}

/* Each of what a look says: the status, the words, whether records and key are live. What was said
 * before and is said again is a span of its own. */
static void any_change_begins_a_span(void **state)
{
    struct diary *diary = *state;
    struct sp_ledger_check live = check(500, "pending", "b"), keyed = check(600, "pending", "b");
    live.is_records_live = keyed.is_records_live = keyed.is_key_live = true;
    look(diary, 100, "pending", "a");
    look(diary, 200, "error", "a");
    look(diary, 300, "error", "b");
    look(diary, 400, "pending", "b");
    look_at(diary, "example.com", live);
    look_at(diary, "example.com", keyed);
    look(diary, 700, "pending", "a");
    look(diary, 800, "pending", "a");
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.spans.n, 7);
    for (size_t i = 0; i < 6; i++)
        assert_span(&history.spans.items[i], i == 1 || i == 2 ? "error" : "pending",
                    100 * (int64_t)(i + 1), 100 * (int64_t)(i + 1), 1);
    assert_span(&history.spans.items[6], "pending", 700, 800, 2);
    assert_true(history.spans.items[4].check.is_records_live);
    assert_false(history.spans.items[4].check.is_key_live);
    assert_true(history.spans.items[5].check.is_key_live);
    sp_ledger_history_fini(&history);
}

static void looks_at_two_domains_do_not_mix(void **state)
{
    struct diary *diary = *state;
    struct sp_record_set other = {.domain = name("other.example")};
    struct sp_err err = SP_ERR_INIT;
    add(&other, "sk2.other.example", "u2.mailer.example");
    assert_int_equal(
        sp_ledger_put_set(diary->ledger, &other, "powerdns", "other.example", true, &err), 0);
    for (int64_t at_s = 100; at_s < 400; at_s += 100) {
        look(diary, at_s, "pending", "a");
        look_at(diary, "other.example", check(at_s + 50, "error", "b"));
    }
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.spans.n, 1);
    assert_span(&history.spans.items[0], "pending", 100, 300, 3);
    sp_ledger_history_fini(&history);
    history = history_of(diary, "other.example");
    assert_int_equal(history.spans.n, 1);
    assert_span(&history.spans.items[0], "error", 150, 350, 3);
    sp_ledger_history_fini(&history);
    sp_record_set_fini(&other);
}

/* The last ones are kept, and what the entry says is the very last. */
static void so_many_spans_are_kept(void **state)
{
    struct diary *diary = *state;
    struct sp_err err = SP_ERR_INIT;
    const int64_t n = SP_LEDGER_SPANS_MAX + 7;
    assert_int_equal(sp_ledger_begin(diary->ledger, &err), 0);
    for (int64_t at_s = 1; at_s <= n; at_s++)
        look(diary, at_s, at_s % 2 ? "pending" : "error", "a");
    assert_int_equal(sp_ledger_end(diary->ledger, &err), 0);
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.spans.n, SP_LEDGER_SPANS_MAX);
    assert_int_equal(history.spans.items[0].check.at_s, 8);
    assert_int_equal(history.spans.items[SP_LEDGER_SPANS_MAX - 1].check.at_s, n);
    sp_ledger_history_fini(&history);
    struct sp_ledger_entry entry = entry_of(diary);
    assert_int_equal(entry.last.at_s, n);
    sp_ledger_entry_fini(&entry);
}

/* ---- sightings ----------------------------------------------------------------------------------
 */

static void assert_sighting(const struct sp_ledger_sighting *seen, const char *host,
                            const char *address, int64_t at_s)
{
    assert_string_equal(seen->host, host);
    assert_string_equal(seen->address, address);
    assert_int_equal(seen->at_s, at_s);
}

/* By record, as the set has them, then by time; a later look moves nothing. */
static void first_seen_stays(void **state)
{
    struct diary *diary = *state;
    see(diary, 100, SELECTOR, "a.dkim.mailer.example", NS2);
    see(diary, 200, SELECTOR, "a.dkim.mailer.example", NS1);
    see(diary, 300, RETURN_PATH, "u1.mailer.example", NS1);
    see(diary, 400, SELECTOR, "a.dkim.mailer.example", NS2);
    see(diary, 50, RETURN_PATH, "u1.mailer.example", NS1);
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.sightings.n, 3);
    assert_sighting(&history.sightings.items[0], RETURN_PATH, NS1, 300);
    assert_sighting(&history.sightings.items[1], SELECTOR, NS2, 100);
    assert_sighting(&history.sightings.items[2], SELECTOR, NS1, 200);
    assert_string_equal(history.sightings.items[0].target, "u1.mailer.example");
    assert_string_equal(history.sightings.items[0].server, "ns.example.net");
    sp_ledger_history_fini(&history);
}

/* Only what the set holds now is told: not another target's, nor a record's that was taken out. */
static void first_seen_is_of_the_records_in_the_set(void **state)
{
    struct diary *diary = *state;
    struct sp_err err = SP_ERR_INIT;
    see(diary, 100, RETURN_PATH, "u1.mailer.example", NS1);
    see(diary, 100, SELECTOR, "a.dkim.mailer.example", NS1);
    diary->set.records.items[0].target = name("u2.mailer.example");
    put(diary, true);
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.sightings.n, 1);
    assert_sighting(&history.sightings.items[0], SELECTOR, NS1, 100);
    sp_ledger_history_fini(&history);
    see(diary, 200, RETURN_PATH, "u2.mailer.example", NS1);
    const struct sp_name host = name(SELECTOR);
    assert_int_equal(sp_ledger_withdraw(diary->ledger, &diary->set.domain, &host, 1, &err), 0);
    put(diary, true);
    history = history_of(diary, "example.com");
    assert_int_equal(history.sightings.n, 1);
    assert_sighting(&history.sightings.items[0], RETURN_PATH, NS1, 200);
    sp_ledger_history_fini(&history);
}

/* A record that was written again is seen anew; one whose writing failed has stood there since. */
static void written_anew_is_seen_anew(void **state)
{
    static const char *const outcomes[] = {"failed", "applied"};
    struct diary *diary = *state;
    struct sp_err err = SP_ERR_INIT;
    see(diary, 100, RETURN_PATH, "u1.mailer.example", NS1);
    see(diary, 100, SELECTOR, "a.dkim.mailer.example", NS1);
    for (size_t i = 0; i < SP_ARRAY_LEN(outcomes); i++) {
        struct sp_ledger_change change = {.domain = sp_strdup("example.com"),
                                          .zone = sp_strdup("example.com"),
                                          .zone_id = sp_strdup("example.com."),
                                          .provider = sp_strdup("powerdns"),
                                          .action = sp_strdup("update"),
                                          .type = sp_strdup("CNAME"),
                                          .host = sp_strdup(SELECTOR)};
        assert_int_equal(sp_ledger_intend(diary->ledger, &change, 1, &err), 0);
        change.outcome = sp_strdup(outcomes[i]);
        assert_int_equal(sp_ledger_resolve(diary->ledger, &change, 1, &err), 0);
        sp_ledger_change_fini(&change);
        struct sp_ledger_history history = history_of(diary, "example.com");
        assert_int_equal(history.sightings.n, i == 0 ? 2 : 1);
        assert_sighting(&history.sightings.items[0], RETURN_PATH, NS1, 100);
        sp_ledger_history_fini(&history);
    }
}

/* Servers that change their addresses all the time do not fill the ledger: the oldest go. */
static void so_many_sightings_are_kept(void **state)
{
    struct diary *diary = *state;
    struct sp_err err = SP_ERR_INIT;
    const int64_t n = SP_LEDGER_SIGHTINGS_MAX + 5;
    char address[32];
    assert_int_equal(sp_ledger_begin(diary->ledger, &err), 0);
    for (int64_t at_s = 1; at_s <= n; at_s++) {
        snprintf(address, sizeof(address), "2001:db8::%x", (unsigned)at_s);
        see(diary, at_s, SELECTOR, "a.dkim.mailer.example", address);
    }
    assert_int_equal(sp_ledger_end(diary->ledger, &err), 0);
    struct sp_ledger_history history = history_of(diary, "example.com");
    assert_int_equal(history.sightings.n, SP_LEDGER_SIGHTINGS_MAX);
    assert_int_equal(history.sightings.items[0].at_s, 6);
    assert_int_equal(history.sightings.items[SP_LEDGER_SIGHTINGS_MAX - 1].at_s, n);
    sp_ledger_history_fini(&history);
}

/* ---- times of the set ---------------------------------------------------------------------------
 */

static void put_course(struct diary *diary, int64_t window_s, const char *text, const char *url)
{
    sp_course_fini(&diary->set.course);
    diary->set.course = (struct sp_course){.window_s = window_s,
                                           .finish_text = text ? sp_strdup(text) : NULL,
                                           .finish_url = url ? sp_strdup(url) : NULL};
    put(diary, true);
}

static void assert_course(struct diary *diary, int64_t window_s, const char *text, const char *url)
{
    struct sp_ledger_entry entry = entry_of(diary);
    const struct sp_course *course = &entry.set.course;
    assert_int_equal(course->window_s, window_s);
    assert_string_equal(course->finish_text ? course->finish_text : "none", text);
    assert_string_equal(course->finish_url ? course->finish_url : "none", url);
    sp_ledger_entry_fini(&entry);
}

/* A set without a course, as one that was pasted, leaves the course that is known as it is. */
static void the_course(void **state)
{
    struct diary *diary = *state;
    assert_course(diary, 0, "none", "none");
    put_course(diary, 3600, "tick the box", "https://mailer.example/");
    assert_course(diary, 3600, "tick the box", "https://mailer.example/");
    put_course(diary, 0, NULL, NULL);
    assert_course(diary, 3600, "tick the box", "https://mailer.example/");
    put_course(diary, 0, "click Finish", NULL);
    assert_course(diary, 0, "click Finish", "none");
    put_course(diary, 0, NULL, "https://mailer.example/done");
    assert_course(diary, 0, "none", "https://mailer.example/done");
    put_course(diary, 7200, NULL, NULL);
    assert_course(diary, 7200, "none", "none");
}

static int64_t caches_until(struct diary *diary)
{
    struct sp_ledger_entry entry = entry_of(diary);
    int64_t until_s = entry.caches_until_s;
    sp_ledger_entry_fini(&entry);
    return until_s;
}

static void told_until(struct diary *diary, int64_t caches_until_s)
{
    struct sp_ledger_check one = check(100, "pending", "a");
    one.caches_until_s = caches_until_s;
    look_at(diary, "example.com", one);
}

/* The latest is kept, also by a look that knows nothing; what begins afresh has none. */
static void caches_until_the_latest(void **state)
{
    struct diary *diary = *state;
    struct sp_err err = SP_ERR_INIT;
    const struct sp_name hosts[] = {name(RETURN_PATH), name(SELECTOR)};
    assert_int_equal(caches_until(diary), 0);
    told_until(diary, 5000);
    told_until(diary, 4000);
    told_until(diary, 0);
    assert_int_equal(caches_until(diary), 5000);
    told_until(diary, 6000);
    assert_int_equal(caches_until(diary), 6000);
    assert_int_equal(sp_ledger_withdraw(diary->ledger, &diary->set.domain, hosts, 1, &err), 0);
    put(diary, true);
    assert_int_equal(caches_until(diary), 6000);
    look(diary, 200, "connected", "live");
    assert_int_equal(sp_ledger_withdraw(diary->ledger, &diary->set.domain, hosts, 2, &err), 0);
    put(diary, true);
    struct sp_ledger_entry entry = entry_of(diary);
    assert_int_equal(entry.caches_until_s, 0);
    assert_int_equal(entry.connected_at_s, 0);
    sp_ledger_entry_fini(&entry);
}

/* ---- sets that were only looked at --------------------------------------------------------------
 */

static struct sp_ledger_entry put_at(struct diary *diary, const char *host, const char *provider,
                                     bool is_merge)
{
    struct sp_record_set set = {.domain = name("looked.example")};
    struct sp_ledger_entry entry = {0};
    struct sp_err err = SP_ERR_INIT;
    bool is_found = false;
    add(&set, host, "u1.mailer.example");
    assert_int_equal(sp_ledger_put_set(diary->ledger, &set, provider, "", is_merge, &err), 0);
    assert_int_equal(sp_ledger_get(diary->ledger, &set.domain, &entry, &is_found, &err), 0);
    assert_true(is_found);
    sp_record_set_fini(&set);
    return entry;
}

static void assert_put(struct diary *diary, const char *host, const char *provider, bool is_merge,
                       size_t n_records, bool was_connected)
{
    struct sp_ledger_entry entry = put_at(diary, host, provider, is_merge);
    assert_int_equal(entry.set.records.n, n_records);
    assert_int_equal(entry.connected_at_s != 0, was_connected);
    sp_ledger_entry_fini(&entry);
}

static void a_look_gives_way(void **state)
{
    struct diary *diary = *state;
    const char *const one = "sk1.looked.example", *const two = "sk2.looked.example";
    assert_put(diary, one, "", false, 1, false);
    look_at(diary, "looked.example", check(100, "connected", "live"));
    assert_put(diary, one, "", false, 1, true);
    assert_put(diary, two, "", false, 1, false); /* another set was never connected */
    assert_put(diary, one, "powerdns", true, 1, false);
    look_at(diary, "looked.example", check(200, "connected", "live"));
    assert_put(diary, one, "powerdns", true, 1, true);
    assert_put(diary, two, "powerdns", true, 2, false); /* publishing adds */
}

/* What was published once and taken back is, when it is looked at, only looked at. */
static void a_look_at_what_was_taken_back(void **state)
{
    struct diary *diary = *state;
    struct sp_name domain = name("looked.example"), host = name("sk1.looked.example");
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_entry entry;
    assert_put(diary, "sk1.looked.example", "powerdns", true, 1, false);
    assert_int_equal(sp_ledger_withdraw(diary->ledger, &domain, &host, 1, &err), 0);
    entry = put_at(diary, "sk1.looked.example", "", false);
    assert_string_equal(entry.provider, "");
    sp_ledger_entry_fini(&entry);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_looks_are_one_span),
        TEST(any_change_begins_a_span),
        TEST(looks_at_two_domains_do_not_mix),
        TEST(so_many_spans_are_kept),
        TEST(first_seen_stays),
        TEST(first_seen_is_of_the_records_in_the_set),
        TEST(written_anew_is_seen_anew),
        TEST(so_many_sightings_are_kept),
        TEST(the_course),
        TEST(caches_until_the_latest),
        TEST(a_look_gives_way),
        TEST(a_look_at_what_was_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
