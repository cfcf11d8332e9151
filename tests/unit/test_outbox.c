#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/outbox.h"

struct place {
    char folder[64], path[96];
    struct sp_ledger *ledger;
};

static struct sp_name name(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name parsed;
    assert_int_equal(sp_name_parse(&parsed, text, &err), 0);
    return parsed;
}

static void put(struct sp_ledger *ledger, const char *domain)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = {.domain = name(domain)};
    assert_int_equal(sp_ledger_put_set(ledger, &set, "", "", true, &err), 0);
}

static void check(struct sp_ledger *ledger, const char *domain, int64_t at_s, const char *status)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name of = name(domain);
    char word[16], message[] = "1 of 3 \xff records";
    snprintf(word, sizeof(word), "%s", status);
    const struct sp_ledger_check seen = {.at_s = at_s, .status = word, .message = message};
    assert_int_equal(sp_ledger_add_check(ledger, &of, &seen, &err), 0);
}

static sp_ledger_events events_at(struct sp_ledger *ledger, int64_t now_s)
{
    struct sp_err err = SP_ERR_INIT;
    sp_ledger_events events;
    assert_int_equal(sp_ledger_list_events(ledger, now_s, &events, &err), 0);
    return events;
}

static void settle(struct sp_ledger *ledger, const char *id, bool is_over, int64_t next_at_s)
{
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_ledger_settle_event(ledger, id, is_over, next_at_s, &err), 0);
}

static void open_outbox(struct sp_ledger *ledger, bool is_open)
{
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_ledger_open_outbox(ledger, is_open, &err), 0);
}

static size_t count_events(struct sp_ledger *ledger)
{
    sp_ledger_events events = events_at(ledger, INT64_MAX);
    size_t n = events.n;
    sp_ledger_events_free(&events);
    return n;
}

static void test_only_changes_are_kept(void **state)
{
    struct place *place = *state;
    put(place->ledger, "example.com");
    check(place->ledger, "example.com", 100, "pending"); /* nobody wants to know */
    open_outbox(place->ledger, true);
    check(place->ledger, "example.com", 101, "pending");
    check(place->ledger, "stranger.example", 101, "error"); /* not in the ledger */
    assert_int_equal(count_events(place->ledger), 0);
    check(place->ledger, "example.com", 102, "connected");
    sp_ledger_events events = events_at(place->ledger, 0);
    assert_int_equal(events.n, 1);
    assert_int_equal(events.items[0].at_s, 102);
    assert_int_equal(events.items[0].attempts, 0);
    assert_string_equal(events.items[0].domain, "example.com");
    assert_int_equal(strncmp(events.items[0].id, "msg_", 4), 0);
    char *wanted = sp_asprintf("{\"id\":\"%s\",\"at\":\"1970-01-01T00:01:42Z\","
                               "\"domain\":\"example.com\",\"from\":\"pending\","
                               "\"to\":\"connected\",\"message\":\"1 of 3 \xef\xbf\xbd records\"}",
                               events.items[0].id);
    assert_string_equal(events.items[0].body, wanted);
    free(wanted);
    sp_ledger_events_free(&events);
    open_outbox(place->ledger, false);
    check(place->ledger, "example.com", 103, "error");
    assert_int_equal(count_events(place->ledger), 1);
}

static void test_the_first_status_is_a_change(void **state)
{
    struct place *place = *state;
    open_outbox(place->ledger, true);
    put(place->ledger, "example.com");
    check(place->ledger, "example.com", 100, "pending");
    sp_ledger_events events = events_at(place->ledger, 0);
    assert_int_equal(events.n, 1);
    assert_non_null(strstr(events.items[0].body, "\"from\":null,\"to\":\"pending\""));
    sp_ledger_events_free(&events);
}

static void test_order_and_repetition(void **state)
{
    struct place *place = *state;
    open_outbox(place->ledger, true);
    put(place->ledger, "b.example");
    put(place->ledger, "a.example");
    check(place->ledger, "b.example", 100, "pending");
    check(place->ledger, "b.example", 101, "connected");
    check(place->ledger, "a.example", 102, "error");
    sp_ledger_events events = events_at(place->ledger, 1000);
    assert_int_equal(events.n, 2); /* the oldest of each domain, in order */
    assert_string_equal(events.items[0].domain, "b.example");
    assert_non_null(strstr(events.items[0].body, "\"to\":\"pending\""));
    settle(place->ledger, events.items[0].id, false, 1010);
    sp_ledger_events again = events_at(place->ledger, 1009);
    assert_int_equal(again.n, 1); /* and what comes after it waits with it */
    assert_string_equal(again.items[0].domain, "a.example");
    sp_ledger_events_free(&again);
    again = events_at(place->ledger, 1010);
    assert_int_equal(again.n, 2);
    assert_string_equal(again.items[0].id, events.items[0].id);
    assert_string_equal(again.items[0].body, events.items[0].body);
    assert_int_equal(again.items[0].attempts, 1);
    settle(place->ledger, again.items[0].id, true, 0);
    settle(place->ledger, again.items[1].id, true, 0);
    sp_ledger_events_free(&again);
    again = events_at(place->ledger, 1010);
    assert_int_equal(again.n, 1);
    assert_non_null(strstr(again.items[0].body, "\"from\":\"pending\",\"to\":\"connected\""));
    sp_ledger_events_free(&again);
    sp_ledger_events_free(&events);
}

/* What was settled long ago goes, what was not stays. */
static void test_old_events_are_forgotten(void **state)
{
    struct place *place = *state;
    open_outbox(place->ledger, true);
    put(place->ledger, "example.com");
    check(place->ledger, "example.com", 100, "pending");
    check(place->ledger, "example.com", 101, "error");
    sp_ledger_events events = events_at(place->ledger, 1000);
    settle(place->ledger, events.items[0].id, true, 0);
    open_outbox(place->ledger, true);
    settle(place->ledger, events.items[0].id, false, 0); /* it is not there any more */
    assert_int_equal(count_events(place->ledger), 1);
    sp_ledger_events_free(&events);
}

static void test_briefs(void **state)
{
    struct place *place = *state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_name gone = name("b.example"), published = name("c.example");
    sp_ledger_briefs briefs;
    put(place->ledger, "c.example");
    put(place->ledger, "b.example");
    put(place->ledger, "a.example");
    assert_int_equal(sp_ledger_withdraw(place->ledger, &gone, NULL, 0, &err), 0);
    assert_int_equal(sp_ledger_mark_published(place->ledger, &published, 50, false, &err), 0);
    check(place->ledger, "c.example", 100, "pending");
    assert_int_equal(sp_ledger_list_briefs(place->ledger, &briefs, &err), 0);
    assert_int_equal(briefs.n, 2);
    assert_string_equal(SP_NAME_STR(&briefs.items[0].domain), "a.example");
    assert_null(briefs.items[0].status);
    assert_string_equal(SP_NAME_STR(&briefs.items[1].domain), "c.example");
    assert_string_equal(briefs.items[1].status, "pending");
    assert_int_equal(briefs.items[1].published_at_s, 50);
    assert_int_equal(briefs.items[1].checked_at_s, 100);
    sp_ledger_briefs_free(&briefs);
}

static void test_version_tells_of_others(void **state)
{
    struct place *place = *state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger *other = sp_ledger_open(place->path, &err);
    int64_t before, after;
    assert_int_equal(sp_ledger_version(place->ledger, &before, &err), 0);
    put(place->ledger, "own.example");
    assert_int_equal(sp_ledger_version(place->ledger, &after, &err), 0);
    assert_int_equal(before, after);
    put(other, "others.example");
    assert_int_equal(sp_ledger_version(place->ledger, &after, &err), 0);
    assert_int_not_equal(before, after);
    sp_ledger_close(other);
}

/* In a process of its own: a lock is not in one's own way. */
static int claim_elsewhere(const char *path)
{
    pid_t child = fork();
    int status;
    if (child == 0) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_ledger *ledger = sp_ledger_open(path, &err);
        int code = sp_ledger_claim(ledger, &err) == 0 ? 0 : 1;
        char number[32];
        snprintf(number, sizeof(number), "process %ld", (long)getppid());
        if (code && (strcmp(err.code, "already-watched") != 0 || !strstr(err.message, number)))
            code = 2;
        sp_ledger_close(ledger);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void test_one_watches(void **state)
{
    struct place *place = *state;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(claim_elsewhere(place->path), 0); /* and is over */
    assert_int_equal(sp_ledger_claim(place->ledger, &err), 0);
    assert_int_equal(sp_ledger_claim(place->ledger, &err), 0);
    assert_int_equal(claim_elsewhere(place->path), 1);
    sp_ledger_close(place->ledger);
    place->ledger = NULL;
    assert_int_equal(claim_elsewhere(place->path), 0);
}

static int set_up(void **state)
{
    static struct place place;
    struct sp_err err = SP_ERR_INIT;
    snprintf(place.folder, sizeof(place.folder), "/tmp/signpost-outbox-XXXXXX");
    if (!mkdtemp(place.folder))
        return -1;
    snprintf(place.path, sizeof(place.path), "%s/ledger.db", place.folder);
    place.ledger = sp_ledger_open(place.path, &err);
    *state = &place;
    return place.ledger ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-watch"};
    struct place *place = *state;
    char path[128];
    sp_ledger_close(place->ledger);
    for (size_t i = 0; i < SP_ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof(path), "%s%s", place->path, ends[i]);
        unlink(path);
    }
    return rmdir(place->folder);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_only_changes_are_kept),
        TEST(test_the_first_status_is_a_change),
        TEST(test_order_and_repetition),
        TEST(test_old_events_are_forgotten),
        TEST(test_briefs),
        TEST(test_version_tells_of_others),
        TEST(test_one_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
