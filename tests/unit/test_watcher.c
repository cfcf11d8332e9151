/* What the daemon decides, one decision at a time; test_soak.c has a month of all of them together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "watch/watcher.h"

#define T0     (1700000000ll * 1000)
#define MINUTE (60 * 1000ll)
#define HOUR   (60 * MINUTE)

struct begun {
    struct sp_roster_domain *domain;
    uint64_t wait_ms;
};

/* A watcher whose looks are ended by hand, and another process's hold on its ledger. */
struct desk {
    char folder[64], path[96];
    struct sp_ledger *ledger, *others;
    struct sp_watcher watcher;
    struct begun looks[SP_WATCH_LOOKS_MAX];
    size_t n_looks, n_changes;
    enum sp_status from, to; /* of the last change */
};

static void on_look(void *arg, struct sp_roster_domain *domain, uint64_t wait_ms)
{
    struct desk *desk = arg;
    assert_true(desk->n_looks < SP_ARRAY_LEN(desk->looks));
    desk->looks[desk->n_looks++] = (struct begun){domain, wait_ms};
}

static void on_change(void *arg, const struct sp_result *result, enum sp_status from)
{
    struct desk *desk = arg;
    desk->n_changes++;
    desk->from = from;
    desk->to = result->status;
}

static int setup(void **state)
{
    struct desk *desk = sp_new(struct desk);
    struct sp_err err = SP_ERR_INIT;
    sp_copy_text(desk->folder, sizeof(desk->folder), "/tmp/signpost-watcher-XXXXXX");
    assert_non_null(mkdtemp(desk->folder));
    snprintf(desk->path, sizeof(desk->path), "%s/ledger.db", desk->folder);
    desk->ledger = sp_ledger_open(desk->path, &err);
    desk->others = sp_ledger_open(desk->path, &err);
    assert_true(desk->ledger && desk->others);
    sp_watcher_init(&desk->watcher,
                    &(struct sp_watcher_config){desk->ledger, on_look, on_change, desk});
    *state = desk;
    return 0;
}

static int teardown(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct desk *desk = *state;
    char path[128];
    sp_watcher_fini(&desk->watcher);
    sp_ledger_close(desk->ledger);
    sp_ledger_close(desk->others);
    for (size_t i = 0; i < SP_ARRAY_LEN(endings); i++) {
        snprintf(path, sizeof(path), "%s%s", desk->path, endings[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(desk->folder), 0);
    free(desk);
    return 0;
}

static struct sp_record_set set_of(const char *domain)
{
    struct sp_record_set set = {0};
    struct sp_name host, target;
    struct sp_err err = SP_ERR_INIT;
    char text[64];
    snprintf(text, sizeof(text), "sk1.%s", domain);
    assert_int_equal(sp_name_parse(&set.domain, domain, &err), 0);
    assert_int_equal(sp_name_parse(&host, text, &err), 0);
    assert_int_equal(sp_name_parse(&target, "u1.mailer.example", &err), 0);
    sp_record_set_add(&set, &host, &target);
    return set;
}

static void write_check(struct sp_ledger *ledger, const struct sp_name *domain,
                        enum sp_status status, int64_t at_ms)
{
    char word[16], message[] = "as scripted";
    struct sp_err err = SP_ERR_INIT;
    sp_copy_text(word, sizeof(word), sp_status_name(status));
    const struct sp_ledger_check check = {.at_s = at_ms / 1000, .status = word, .message = message};
    if (sp_ledger_add_check(ledger, domain, &check, &err) < 0)
        fail_msg("%s", err.message);
}

/* Another process puts DOMAIN into the ledger, with a look at AT_MS that found STATUS, if any. */
static void put(struct desk *desk, const char *domain, enum sp_status status, int64_t at_ms)
{
    struct sp_record_set set = set_of(domain);
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_ledger_put_set(desk->others, &set, "", "", true, &err), 0);
    if (status != SP_STATUS_NONE)
        write_check(desk->others, &set.domain, status, at_ms);
    sp_record_set_fini(&set);
}

static void put_many(struct desk *desk, size_t n, enum sp_status status, int64_t at_ms)
{
    char domain[32];
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_ledger_begin(desk->others, &err), 0);
    for (size_t i = 0; i < n; i++) {
        snprintf(domain, sizeof(domain), "d%03zu.example", i);
        put(desk, domain, status, at_ms);
    }
    assert_int_equal(sp_ledger_end(desk->others, &err), 0);
}

/* When to come again. */
static int64_t turn(struct desk *desk, int64_t now_ms)
{
    int64_t next_ms;
    struct sp_err err = SP_ERR_INIT;
    if (sp_watcher_turn(&desk->watcher, now_ms, &next_ms, &err) < 0)
        fail_msg("%s", err.message);
    return next_ms;
}

/* Ends the look at DOMAIN: its record was in STATE. Whether that counted. */
static bool end_look(struct desk *desk, struct sp_roster_domain *domain, enum sp_status status,
                     enum sp_state state, int64_t now_ms)
{
    struct sp_record_set set = set_of(SP_NAME_STR(&domain->name));
    struct sp_result result;
    sp_result_init(&result, &set);
    result.status = status;
    result.records.items[0].has_state = true;
    result.records.items[0].state = state;
    bool has_counted = sp_watcher_counts(&desk->watcher, domain, &result, now_ms);
    if (has_counted)
        write_check(desk->ledger, &domain->name, status, now_ms);
    sp_watcher_looked(&desk->watcher, domain, &result, has_counted, now_ms);
    sp_result_fini(&result);
    sp_record_set_fini(&set);
    return has_counted;
}

/* A look at the only domain, which is due at NOW_MS. */
static bool look(struct desk *desk, enum sp_status status, enum sp_state state, int64_t now_ms)
{
    desk->n_looks = 0;
    turn(desk, now_ms);
    assert_int_equal(desk->n_looks, 1);
    return end_look(desk, desk->looks[0].domain, status, state, now_ms);
}

static const struct sp_roster_domain *only(const struct desk *desk)
{
    assert_int_equal(desk->watcher.roster.domains.n, 1);
    return desk->watcher.roster.domains.items[0];
}

/* ---- changes ------------------------------------------------------------------------------------
 */

static void a_change_is_told_once(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.example", SP_STATUS_PENDING, T0);
    assert_true(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + MINUTE));
    assert_int_equal(desk->n_changes, 0); /* what it was when the daemon began is no news */
    assert_true(look(desk, SP_STATUS_CONNECTED, SP_STATE_LIVE, T0 + 2 * MINUTE));
    assert_int_equal(desk->n_changes, 1);
    assert_int_equal(desk->from, SP_STATUS_PENDING);
    assert_int_equal(desk->to, SP_STATUS_CONNECTED);
    assert_true(look(desk, SP_STATUS_CONNECTED, SP_STATE_LIVE, T0 + 48 * HOUR));
    assert_int_equal(desk->n_changes, 1);
    put(desk, "b.example", SP_STATUS_NONE, 0);
    assert_true(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + 48 * HOUR + MINUTE));
    assert_int_equal(desk->n_changes, 2);
    assert_int_equal(desk->from, SP_STATUS_NONE);
}

/* How long it has been so decides when it is looked at again. */
static void since_when_a_status_is_what_it_is(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.example", SP_STATUS_PENDING, T0);
    turn(desk, T0);
    assert_true(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + 10 * HOUR));
    assert_int_equal(only(desk)->rhythm.changed_at_ms, T0);
    assert_true(only(desk)->plan.at_ms > T0 + 10 * HOUR + 25 * MINUTE); /* 5 %, less a tenth */
    assert_true(look(desk, SP_STATUS_ERROR, SP_STATE_WRONG, T0 + 20 * HOUR));
    assert_int_equal(only(desk)->rhythm.changed_at_ms, T0 + 20 * HOUR);
    assert_true(only(desk)->plan.at_ms <= T0 + 20 * HOUR + 6 * MINUTE);
}

static void a_look_that_could_not_be_made(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.example", SP_STATUS_NONE, 0);
    turn(desk, T0);
    assert_int_equal(desk->n_looks, 1);
    sp_watcher_looked(&desk->watcher, desk->looks[0].domain, NULL, false, T0);
    turn(desk, T0 + SP_WATCH_FAILED_MS - 1);
    assert_int_equal(desk->n_looks, 1);
    turn(desk, T0 + SP_WATCH_FAILED_MS);
    assert_int_equal(desk->n_looks, 2);
    assert_int_equal(desk->n_changes, 0);
    assert_true(
        end_look(desk, desk->looks[1].domain, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + HOUR));
}

static void what_has_left_the_ledger_counts_no_more(void **state)
{
    struct desk *desk = *state;
    struct sp_record_set set = set_of("a.example");
    struct sp_err err = SP_ERR_INIT;
    put(desk, "a.example", SP_STATUS_PENDING, T0);
    turn(desk, T0 + MINUTE);
    assert_int_equal(desk->n_looks, 1);
    assert_int_equal(
        sp_ledger_withdraw(desk->others, &set.domain, &set.records.items[0].host, 1, &err), 0);
    turn(desk, T0 + 2 * MINUTE);
    assert_false(
        end_look(desk, desk->looks[0].domain, SP_STATUS_CONNECTED, SP_STATE_LIVE, T0 + 3 * MINUTE));
    assert_int_equal(desk->n_changes, 0);
    assert_int_equal(desk->watcher.roster.domains.n, 0);
    sp_record_set_fini(&set);
}

/* ---- the end of "connected" ---------------------------------------------------------------------
 */

static void an_end_is_confirmed(void **state)
{
    struct desk *desk = *state;
    int64_t day_ms = T0 + 30 * HOUR;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    assert_false(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, day_ms));
    assert_int_equal(only(desk)->plan.at_ms, day_ms + SP_WATCH_CONFIRM_MS);
    assert_int_equal(desk->n_changes, 0);
    assert_true(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, day_ms + SP_WATCH_CONFIRM_MS));
    assert_int_equal(desk->n_changes, 1);
}

/* Seen well in between, it begins anew. */
static void a_hiccup_is_no_end(void **state)
{
    struct desk *desk = *state;
    int64_t day_ms = T0 + 30 * HOUR, next_ms = day_ms + 30 * HOUR;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    assert_false(look(desk, SP_STATUS_ERROR, SP_STATE_WRONG, day_ms));
    assert_true(look(desk, SP_STATUS_CONNECTED, SP_STATE_LIVE, day_ms + SP_WATCH_CONFIRM_MS));
    assert_false(look(desk, SP_STATUS_ERROR, SP_STATE_WRONG, next_ms));
    assert_int_equal(desk->n_changes, 0);
    assert_true(look(desk, SP_STATUS_ERROR, SP_STATE_WRONG, next_ms + SP_WATCH_CONFIRM_MS));
}

/* No server answers at all: that may well be the network here. */
static void silence_takes_longer(void **state)
{
    struct desk *desk = *state;
    int64_t day_ms = T0 + 30 * HOUR;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    for (int64_t gone_ms = 0; gone_ms < SP_WATCH_SILENCE_MS; gone_ms += SP_WATCH_CONFIRM_MS)
        assert_false(look(desk, SP_STATUS_PENDING, SP_STATE_UNREACHABLE, day_ms + gone_ms));
    assert_true(look(desk, SP_STATUS_PENDING, SP_STATE_UNREACHABLE, day_ms + SP_WATCH_SILENCE_MS));
    assert_int_equal(desk->n_changes, 1);
}

/* A doubt from a time that has yet to come counts for nothing. */
static void the_clock_goes_back_during_a_doubt(void **state)
{
    struct desk *desk = *state;
    int64_t wrong_ms = T0 + 60 * HOUR, right_ms = T0 + 30 * HOUR;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    assert_false(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, wrong_ms));
    desk->n_looks = 0;
    turn(desk, right_ms);
    assert_int_equal(desk->n_looks, 0);
    assert_false(look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, right_ms + SP_WATCH_CONFIRM_MS));
    assert_int_equal(only(desk)->doubted_at_ms, right_ms + SP_WATCH_CONFIRM_MS);
    assert_true(
        look(desk, SP_STATUS_PENDING, SP_STATE_MISSING, right_ms + 2 * SP_WATCH_CONFIRM_MS));
}

/* ---- the clock, the ledger, the pace ------------------------------------------------------------
 */

/* The ledger is read every two seconds, if somebody wrote there, and the next turn is then. */
static void what_others_write_is_seen(void **state)
{
    struct desk *desk = *state;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    assert_int_equal(turn(desk, T0), T0 + SP_WATCH_READ_MS);
    put(desk, "b.example", SP_STATUS_NONE, 0);
    turn(desk, T0 + SP_WATCH_READ_MS - 1);
    assert_int_equal(desk->n_looks, 0);
    turn(desk, T0 + SP_WATCH_READ_MS);
    assert_int_equal(desk->n_looks, 1);
    assert_string_equal(SP_NAME_STR(&desk->looks[0].domain->name), "b.example");
}

static void a_clock_that_was_wrong(void **state)
{
    struct desk *desk = *state;
    int64_t wrong_ms = T0 + 400 * HOUR;
    put(desk, "a.example", SP_STATUS_CONNECTED, T0);
    assert_true(look(desk, SP_STATUS_CONNECTED, SP_STATE_LIVE, wrong_ms));
    assert_true(only(desk)->plan.at_ms > wrong_ms);
    put(desk, "b.example", SP_STATUS_NONE, 0);
    desk->n_looks = 0;
    turn(desk, T0 + HOUR);
    assert_int_equal(desk->n_looks, 1); /* b.example: the ledger was read at once */
    assert_true(desk->watcher.roster.domains.items[0]->plan.at_ms < T0 + 30 * HOUR);
}

/* After a sleep all are due: a second's worth at once, then at the pace. */
static void no_stampede(void **state)
{
    struct desk *desk = *state;
    put_many(desk, 200, SP_STATUS_CONNECTED, T0);
    int64_t now_ms = T0 + 100 * HOUR, pace_ms = 1000 / SP_WATCH_LOOKS_S;
    assert_int_equal(turn(desk, now_ms), now_ms + pace_ms);
    assert_int_equal(desk->n_looks, SP_WATCH_LOOKS_S + 1);
    turn(desk, now_ms + pace_ms - 1);
    assert_int_equal(desk->n_looks, SP_WATCH_LOOKS_S + 1);
    turn(desk, now_ms + 3 * pace_ms);
    assert_int_equal(desk->n_looks, SP_WATCH_LOOKS_S + 4);
    turn(desk, now_ms + HOUR);
    assert_int_equal(desk->n_looks, SP_WATCH_LOOKS_MAX);
}

/* Fresh domains beyond those that are kept under watch get single looks, with a rest between. */
static void so_many_are_kept_under_watch(void **state)
{
    struct desk *desk = *state;
    put_many(desk, SP_WATCH_WAITS_MAX + 1, SP_STATUS_PENDING, T0);
    turn(desk, T0 + 1000);
    assert_int_equal(desk->n_looks, SP_WATCH_WAITS_MAX + 1);
    for (size_t i = 0; i <= SP_WATCH_WAITS_MAX; i++)
        assert_int_equal(desk->looks[i].wait_ms, i < SP_WATCH_WAITS_MAX ? SP_WATCH_WAIT_MS : 0);
    struct sp_roster_domain *kept = desk->looks[0].domain;
    struct sp_roster_domain *single = desk->looks[SP_WATCH_WAITS_MAX].domain;
    end_look(desk, single, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + 1100);
    assert_int_equal(single->plan.at_ms, T0 + 1100 + SP_WATCH_CROWDED_MS);
    end_look(desk, kept, SP_STATUS_PENDING, SP_STATE_MISSING, T0 + 11000);
    assert_true(kept->plan.at_ms < T0 + 11000 + SP_WATCH_CROWDED_MS);
    desk->n_looks = 0;
    turn(desk, T0 + 20000);
    assert_int_equal(desk->n_looks, 2);
    assert_int_equal(desk->looks[0].wait_ms + desk->looks[1].wait_ms, SP_WATCH_WAIT_MS);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_change_is_told_once),
        TEST(since_when_a_status_is_what_it_is),
        TEST(a_look_that_could_not_be_made),
        TEST(what_has_left_the_ledger_counts_no_more),
        TEST(an_end_is_confirmed),
        TEST(a_hiccup_is_no_end),
        TEST(silence_takes_longer),
        TEST(the_clock_goes_back_during_a_doubt),
        TEST(what_others_write_is_seen),
        TEST(a_clock_that_was_wrong),
        TEST(no_stampede),
        TEST(so_many_are_kept_under_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
