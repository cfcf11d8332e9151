#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "watch/roster.h"

#define T0_S 1700000000ll
#define T0   (T0_S * 1000)

static void add(sp_ledger_briefs *briefs, const char *domain, const char *status, int64_t checked_s)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_brief *brief = sp_array_push(briefs);
    assert_int_equal(sp_name_parse(&brief->domain, domain, &err), 0);
    brief->status = sp_strdup(status);
    brief->checked_at_s = brief->since_s = checked_s;
}

static void update(struct sp_roster *roster, sp_ledger_briefs *briefs, bool is_told, int64_t now_ms)
{
    sp_roster_update(roster, briefs, is_told, now_ms);
    sp_ledger_briefs_free(briefs);
}

/* The name of who is first, or NULL; until the next call. */
static const char *first(const struct sp_roster *roster)
{
    static char text[SP_NAME_TEXT_SIZE];
    const struct sp_roster_domain *domain = sp_roster_first(roster);
    if (!domain)
        return NULL;
    snprintf(text, sizeof(text), "%s", SP_NAME_STR(&domain->name));
    return text;
}

static void test_who_is_due_longest_comes_first(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    (void)state;
    add(&briefs, "a.example", "error", T0_S);
    add(&briefs, "b.example", NULL, 0);
    add(&briefs, "c.example", "pending", T0_S);
    update(&roster, &briefs, true, T0);
    static const char *const order[] = {"b.example", "c.example", "a.example"};
    for (size_t i = 0; i < SP_ARRAY_LEN(order); i++) {
        assert_string_equal(first(&roster), order[i]);
        sp_roster_begin(&roster, sp_roster_first(&roster));
    }
    assert_null(first(&roster));
    for (size_t i = 0; i < roster.domains.n; i++)
        sp_roster_end(&roster, roster.domains.items[i], T0 + 1000 * (int64_t)(3 - i));
    assert_int_equal(roster.queue.n, 3);
    sp_roster_fini(&roster);
}

/* A thousand domains that come, are looked at, and leave, against a plain search. */
static void test_queue_is_in_order(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    char domain[32];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(domain, sizeof(domain), "d%04d.example", i);
        add(&briefs, domain, "connected", T0_S + sp_random_below(86400));
    }
    update(&roster, &briefs, true, T0 + SP_WATCH_DAY_MS);
    for (int round = 0; round < 3000; round++) {
        struct sp_roster_domain *turn = sp_roster_first(&roster);
        SP_ARRAY_FOREACH (&roster.domains, other)
            assert_true((*other)->plan.at_ms >= turn->plan.at_ms);
        sp_roster_begin(&roster, turn);
        turn->rhythm.checked_at_ms = turn->plan.at_ms;
        sp_roster_end(&roster, turn, 0);
    }
    for (int i = 0; i < 1000; i += 3) {
        snprintf(domain, sizeof(domain), "d%04d.example", i);
        add(&briefs, domain, "connected", T0_S);
    }
    update(&roster, &briefs, true, T0 + 90 * SP_WATCH_DAY_MS);
    assert_int_equal(roster.domains.n, 334);
    int64_t last = 0;
    while (sp_roster_first(&roster)) {
        assert_true(sp_roster_first(&roster)->plan.at_ms >= last);
        last = sp_roster_first(&roster)->plan.at_ms;
        sp_roster_begin(&roster, sp_roster_first(&roster));
    }
    sp_roster_fini(&roster);
}

static void test_others_come_and_leave(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    (void)state;
    add(&briefs, "b.example", "connected", T0_S);
    add(&briefs, "d.example", "connected", T0_S);
    update(&roster, &briefs, true, T0);
    struct sp_roster_domain *b = roster.domains.items[0], *d = roster.domains.items[1];
    assert_int_equal(b->told, SP_STATUS_CONNECTED);
    sp_roster_begin(&roster, b);
    add(&briefs, "a.example", NULL, 0);
    add(&briefs, "c.example", "error", T0_S);
    update(&roster, &briefs, false, T0);
    assert_int_equal(roster.domains.n, 3); /* B leaves with the end of its look; D is dead */
    (void)d;
    assert_string_equal(first(&roster), "a.example");
    assert_int_equal(roster.domains.items[2]->told, SP_STATUS_NONE); /* its error is news */
    sp_roster_end(&roster, b, 0);
    assert_int_equal(roster.domains.n, 2);
    assert_int_equal(roster.queue.n, 2);
    sp_roster_fini(&roster);
}

/* Withdrawn during a look, and published again before it ended: it stays. */
static void test_it_comes_back_during_a_look(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    (void)state;
    add(&briefs, "a.example", "connected", T0_S);
    update(&roster, &briefs, true, T0);
    sp_roster_begin(&roster, sp_roster_first(&roster));
    update(&roster, &briefs, false, T0);
    add(&briefs, "a.example", NULL, 0);
    update(&roster, &briefs, false, T0);
    assert_int_equal(roster.domains.n, 1);
    sp_roster_end(&roster, roster.domains.items[0], 0);
    assert_int_equal(sp_roster_first(&roster)->rhythm.status, SP_STATUS_NONE);
    sp_roster_fini(&roster);
}

static void test_what_others_did_changes_the_turn(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    (void)state;
    add(&briefs, "a.example", "connected", T0_S);
    update(&roster, &briefs, true, T0);
    int64_t planned = sp_roster_first(&roster)->plan.at_ms;
    add(&briefs, "a.example", "connected", T0_S); /* nothing */
    update(&roster, &briefs, false, T0 + 5000);
    assert_int_equal(sp_roster_first(&roster)->plan.at_ms, planned);
    add(&briefs, "a.example", "connected", T0_S + 3600); /* a look */
    update(&roster, &briefs, false, T0 + 3600 * 1000);
    assert_int_equal(sp_roster_first(&roster)->plan.at_ms, planned + 3600 * 1000);
    add(&briefs, "a.example", "error", T0_S + 3700); /* another status: it is to be told */
    update(&roster, &briefs, false, T0 + 3700 * 1000);
    assert_int_equal(sp_roster_first(&roster)->plan.at_ms, 0);
    assert_int_equal(sp_roster_first(&roster)->told, SP_STATUS_CONNECTED);
    sp_roster_first(&roster)->told = SP_STATUS_ERROR;
    add(&briefs, "a.example", "connected", T0_S + 3700); /* and again within the second */
    update(&roster, &briefs, false, T0 + 3700 * 1000);
    assert_int_equal(sp_roster_first(&roster)->plan.at_ms, 0);
    add(&briefs, "a.example", "error", T0_S + 3700); /* published again */
    briefs.items[0].published_at_s = T0_S + 3800;
    sp_roster_first(&roster)->told = SP_STATUS_ERROR;
    update(&roster, &briefs, false, T0 + 3800 * 1000);
    assert_int_equal(sp_roster_first(&roster)->plan.at_ms, T0 + 3800 * 1000 + SP_POLL_FIRST_MS);
    sp_roster_fini(&roster);
}

/* A machine that woke up with a clock of next year, and was set right. */
static void test_clock_goes_back(void **state)
{
    struct sp_roster roster = {0};
    sp_ledger_briefs briefs = {0};
    (void)state;
    add(&briefs, "a.example", "connected", T0_S + 365 * 86400);
    update(&roster, &briefs, true, T0);
    assert_true(sp_roster_first(&roster)->plan.at_ms < T0 + 2 * SP_WATCH_DAY_MS);
    sp_roster_first(&roster)->rhythm.checked_at_ms = T0 + 365 * SP_WATCH_DAY_MS;
    sp_roster_step_back(&roster, T0);
    assert_true(sp_roster_first(&roster)->plan.at_ms < T0 + 2 * SP_WATCH_DAY_MS);
    sp_roster_fini(&roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_due_longest_comes_first),
        cmocka_unit_test(test_queue_is_in_order),
        cmocka_unit_test(test_others_come_and_leave),
        cmocka_unit_test(test_it_comes_back_during_a_look),
        cmocka_unit_test(test_what_others_did_changes_the_turn),
        cmocka_unit_test(test_clock_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
