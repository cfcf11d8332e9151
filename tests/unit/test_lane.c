#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns/lane.h"

enum { POLLS = 8, PLACES = SP_DNS_INFLIGHT_MAX + 8 };

struct guest {
    struct sp_lane_place place;
    struct sp_loop *loop;
    uint64_t at_ms; /* when it was let in; 0: not yet */
    unsigned stay_ms;
};

static const struct sp_address servers[] = {
    {.family = 4, .bytes = {192, 0, 2, 1}, .port = 53},
    {.family = 4, .bytes = {192, 0, 2, 2}, .port = 53},
};

static void on_end(void *arg)
{
    struct guest *guest = arg;
    sp_lane_leave(&guest->place, true);
}

static void on_let_in(void *arg)
{
    struct guest *guest = arg;
    assert_int_equal(guest->at_ms, 0);
    guest->at_ms = sp_monotonic_ms();
    sp_lane_note_sent(&guest->place);
    if (guest->stay_ms)
        sp_timer_start(guest->loop, guest->stay_ms, on_end, guest);
}

static void enter(struct sp_lanes *lanes, struct guest *guest, struct sp_loop *loop, size_t server,
                  bool is_poll, unsigned stay_ms)
{
    *guest = (struct guest){.loop = loop, .stay_ms = stay_ms};
    sp_lane_enter(lanes, &guest->place, &servers[server], is_poll, on_let_in, guest);
}

/* Whoever polls, for whichever domain: the pace of one address is kept, and no other address's. */
static void paces_polls(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[POLLS], other, urgent;
    (void)state;
    for (size_t i = 0; i < POLLS; i++)
        enter(lanes, &guests[i], loop, 0, true, 5);
    enter(lanes, &other, loop, 1, true, 5);
    enter(lanes, &urgent, loop, 0, false, 5);
    assert_int_not_equal(guests[0].at_ms, 0);
    assert_int_equal(guests[1].at_ms, 0);
    assert_int_not_equal(other.at_ms, 0);
    assert_int_not_equal(urgent.at_ms, 0);
    sp_loop_run(loop);
    for (size_t i = 1; i < POLLS; i++)
        assert_in_range(guests[i].at_ms - guests[i - 1].at_ms, SP_DNS_POLL_GAP_MS - 1, 4000);
    /* The question in between took a poll's turn. */
    assert_in_range(guests[1].at_ms - guests[0].at_ms, 2 * SP_DNS_POLL_GAP_MS - 1, 4000);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static void polls_soon_after_a_burst(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[PLACES], poll;
    (void)state;
    for (size_t i = 0; i < 20; i++)
        enter(lanes, &guests[i], loop, 0, false, 1);
    enter(lanes, &poll, loop, 0, true, 1);
    sp_loop_run(loop);
    assert_in_range(poll.at_ms - guests[0].at_ms, SP_DNS_POLL_PAUSE_MS - 1,
                    SP_DNS_POLL_PAUSE_MS + 2000);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

enum { ASKED = 5, WAITING = 12, CHANGE = 2, SECOND_MAX = 10 };

/* A first look, then polls without a pause, and after any of them the questions that a change is
 * worth: never more than ten in a second, and no longer pause than the one that is allowed. */
static void leaves_room_for_a_change(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[ASKED + WAITING];
    (void)state;
    for (size_t i = 0; i < ASKED + WAITING; i++)
        enter(lanes, &guests[i], loop, 0, i >= ASKED, 1);
    sp_loop_run(loop);
    for (size_t i = ASKED; i < ASKED + WAITING; i++) {
        size_t first = i;
        while (first && guests[i].at_ms - guests[first - 1].at_ms < 1000)
            first--;
        assert_in_range(i + 1 - first, 1, SECOND_MAX - CHANGE);
        assert_in_range(guests[i].at_ms - guests[i - 1].at_ms, SP_DNS_POLL_GAP_MS - 1,
                        SP_DNS_POLL_PAUSE_MS + 1000);
    }
    /* What the first look took is paid back after a while. */
    size_t last = ASKED + WAITING - 1;
    assert_in_range(guests[last].at_ms - guests[last - 3].at_ms, 0, 3 * SP_DNS_POLL_PAUSE_MS - 1);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static size_t count_in(const struct guest *guests, size_t n)
{
    size_t n_in = 0;
    for (size_t i = 0; i < n; i++)
        n_in += guests[i].at_ms != 0;
    return n_in;
}

static void caps_what_is_under_way(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[PLACES];
    (void)state;
    for (size_t i = 0; i < PLACES; i++)
        enter(lanes, &guests[i], loop, 0, false, 0);
    assert_int_equal(count_in(guests, PLACES), SP_DNS_INFLIGHT_MAX);
    sp_lane_leave(&guests[PLACES - 1].place, true); /* was waiting */
    assert_int_equal(count_in(guests, PLACES), SP_DNS_INFLIGHT_MAX);
    sp_lane_leave(&guests[0].place, true);
    assert_int_equal(count_in(guests, PLACES), SP_DNS_INFLIGHT_MAX + 1);
    sp_lane_leave(&guests[0].place, true); /* is gone */
    assert_int_equal(count_in(guests, PLACES), SP_DNS_INFLIGHT_MAX + 1);
    for (size_t i = 0; i < PLACES; i++)
        sp_lane_leave(&guests[i].place, false);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static void asks_less_at_once_under_a_limit(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[PLACES];
    (void)state;
    enter(lanes, &guests[0], loop, 0, false, 0);
    sp_lane_manner(&guests[0].place)->limited_until_ms = sp_monotonic_ms() + 60000;
    for (size_t i = 1; i < PLACES; i++)
        enter(lanes, &guests[i], loop, 0, false, 0);
    assert_int_equal(count_in(guests, PLACES), SP_DNS_LIMITED_INFLIGHT);
    sp_lane_manner(&guests[0].place)->limited_until_ms = 0;
    sp_lane_leave(&guests[0].place, true);
    assert_int_equal(count_in(guests, PLACES), SP_DNS_INFLIGHT_MAX + 1);
    for (size_t i = 0; i < PLACES; i++)
        sp_lane_leave(&guests[i].place, false);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static void forgets_who_has_left(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[3];
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(guests); i++)
        enter(lanes, &guests[i], loop, 0, true, 0);
    sp_lane_leave(&guests[1].place, true);
    sp_lane_leave(&guests[2].place, true);
    sp_lane_leave(&guests[0].place, true);
    uint64_t started_ms = sp_monotonic_ms();
    sp_loop_run(loop); /* nothing keeps it alive */
    assert_in_range(sp_monotonic_ms() - started_ms, 0, SP_DNS_POLL_GAP_MS / 2);
    assert_int_equal(count_in(guests, 3), 1);
    sp_lanes_free(lanes);
    sp_lanes_free(NULL);
    sp_loop_free(loop);
}

enum { PACED = 30, QPS = 100 };

/* What was asked for keeps to the pace at each address, and what is under way is no matter. */
static void keeps_the_pace(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[PACED], others[PACED];
    (void)state;
    sp_lanes_set_pace(lanes, QPS, true);
    uint64_t started_ms = sp_monotonic_ms();
    for (size_t i = 0; i < PACED; i++) {
        enter(lanes, &guests[i], loop, 0, false, 1);
        enter(lanes, &others[i], loop, 1, false, 1);
    }
    assert_int_equal(guests[PACED - 1].at_ms, 0);
    sp_loop_run(loop);
    assert_in_range(guests[PACED - 1].at_ms - started_ms, (PACED - 2) * 1000 / QPS, 4000);
    for (size_t i = 10; i < PACED; i++)
        assert_in_range(guests[i].at_ms - guests[i - 10].at_ms, 9 * 1000 / QPS - 10, 4000);
    /* Both at the same time, not one after the other. */
    assert_in_range(others[PACED - 1].at_ms - guests[PACED - 1].at_ms + 100, 0, 200);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static void spares_whom_it_is_told_to(void **state)
{
    static const struct sp_address own = {.family = 4, .bytes = {127, 0, 0, 1}, .port = 53};
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[PACED], spared[PACED];
    (void)state;
    sp_lanes_set_pace(lanes, 1, true);
    sp_lanes_spare(lanes, &servers[1]);
    for (size_t i = 0; i < PACED; i++) {
        enter(lanes, &spared[i], loop, 1, false, 1);
        assert_int_not_equal(spared[i].at_ms, 0);
        guests[i] = (struct guest){.loop = loop, .stay_ms = 1};
        sp_lane_enter(lanes, &guests[i].place, &own, false, on_let_in, &guests[i]);
        assert_int_not_equal(guests[i].at_ms, 0);
    }
    sp_loop_run(loop);
    sp_lanes_free(lanes);
    sp_loop_free(loop);
}

static void stop(void *arg)
{
    sp_loop_stop(arg);
}

/* Many at one slow address are few of all that are asked for: the others' number does not count. */
static void tells_how_many_have_long_waited(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[4];
    (void)state;
    sp_lanes_set_pace(lanes, 5, false);
    for (size_t i = 0; i < 3; i++)
        enter(lanes, &guests[i], loop, 0, false, 0);
    assert_int_equal(sp_lanes_n_waiting(lanes, 0), 2);
    assert_int_equal(sp_lanes_n_waiting(lanes, 40), 0);
    sp_timer_start(loop, 50, stop, loop);
    sp_loop_run(loop);
    enter(lanes, &guests[3], loop, 1, false, 0);
    assert_int_equal(sp_lanes_n_waiting(lanes, 40), 2);
    sp_lane_leave(&guests[2].place, false);
    assert_int_equal(sp_lanes_n_waiting(lanes, 40), 1);
    sp_lane_leave(&guests[1].place, false);
    assert_int_equal(sp_lanes_n_waiting(lanes, 0), 0);
    sp_lane_leave(&guests[0].place, false);
    sp_lane_leave(&guests[3].place, false);
    sp_lanes_free(lanes);
    sp_loop_run(loop);
    sp_loop_free(loop);
}

static void tells_how_long_somebody_waits(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_lanes *lanes = sp_lanes_new(loop);
    struct guest guests[3];
    (void)state;
    sp_lanes_set_pace(lanes, 5, false);
    assert_int_equal(sp_lanes_delay_ms(lanes), 0);
    for (size_t i = 0; i < 3; i++)
        enter(lanes, &guests[i], loop, 0, false, 0);
    sp_timer_start(loop, 50, stop, loop);
    sp_loop_run(loop);
    assert_in_range(sp_lanes_delay_ms(lanes), 49, 150);
    for (size_t i = 0; i < 3; i++)
        sp_lane_leave(&guests[i].place, false);
    assert_int_equal(sp_lanes_delay_ms(lanes), 0);
    sp_lanes_free(lanes);
    sp_loop_run(loop);
    sp_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paces_polls),
        cmocka_unit_test(polls_soon_after_a_burst),
        cmocka_unit_test(leaves_room_for_a_change),
        cmocka_unit_test(keeps_the_pace),
        cmocka_unit_test(spares_whom_it_is_told_to),
        cmocka_unit_test(tells_how_long_somebody_waits),
        cmocka_unit_test(tells_how_many_have_long_waited),
        cmocka_unit_test(caps_what_is_under_way),
        cmocka_unit_test(asks_less_at_once_under_a_limit),
        cmocka_unit_test(forgets_who_has_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
