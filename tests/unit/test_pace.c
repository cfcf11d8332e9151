#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/base.h"
#include "base/limits.h"
#include "http/pace.h"

static void test_what_providers_state(void **state)
{
    static const struct {
        uint32_t per_minute, window_s, n;
    } rows[] = {
        {240, 300, 1200},                            /* Cloudflare: 1200 in five minutes */
        {300, 10, 50},    {60, 60, 60}, {60, 0, 60}, /* no window: a minute */
        {1, 0, 1},        {1, 10, 1},                /* a sixth: one in a minute */
        {7, 10, 1},       {0, 0, 0},    {0, 300, 0},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_pace pace;
        sp_pace_init(&pace, rows[i].per_minute, rows[i].window_s);
        assert_int_equal(pace.n_max, rows[i].n);
        sp_pace_fini(&pace);
    }
}

static void test_all_at_once(void **state)
{
    struct sp_pace pace;
    (void)state;
    sp_pace_init(&pace, 240, 300);
    for (unsigned i = 0; i < 1200; i++)
        assert_int_equal(sp_pace_take(&pace, 1000 + i), 0);
    uint64_t wait_ms = sp_pace_take(&pace, 2200);
    assert_int_equal(wait_ms, 300000 + SP_PACE_SLACK_MS - 1200);
    assert_int_equal(sp_pace_take(&pace, 2200 + wait_ms - 1), 1);
    assert_int_equal(sp_pace_take(&pace, 2200 + wait_ms), 0);
    /* The second of the first lot came 1 ms after the first. */
    assert_int_equal(sp_pace_take(&pace, 2200 + wait_ms), 1);
    sp_pace_fini(&pace);
}

/* A question that is answered with a wait does not count. */
static void test_asking_is_free(void **state)
{
    struct sp_pace pace;
    (void)state;
    sp_pace_init(&pace, 1, 0);
    assert_int_equal(sp_pace_take(&pace, 5), 0);
    for (uint64_t now_ms = 5; now_ms < 60005; now_ms += 1000)
        assert_int_equal(sp_pace_take(&pace, now_ms), 60005 + SP_PACE_SLACK_MS - now_ms);
    assert_int_equal(sp_pace_take(&pace, 60005 + SP_PACE_SLACK_MS), 0);
    sp_pace_fini(&pace);
    /* A window too short for one is no leave to send one in each. */
    sp_pace_init(&pace, 1, 10);
    assert_int_equal(sp_pace_take(&pace, 5), 0);
    assert_int_equal(sp_pace_take(&pace, 5), 60000 + SP_PACE_SLACK_MS);
    sp_pace_fini(&pace);
}

static void test_no_limit(void **state)
{
    struct sp_pace pace;
    (void)state;
    sp_pace_init(&pace, 0, 300);
    for (unsigned i = 0; i < 2 * SP_PACE_MAX; i++)
        assert_int_equal(sp_pace_take(&pace, 5), 0);
    sp_pace_fini(&pace);
}

/* Requests at random times, as often as is allowed: no window holds more than the number, and
 * whoever waits as told gets all of it. */
static void check_windows(uint32_t per_minute, uint32_t window_s, uint32_t gap_ms)
{
    struct sp_pace pace;
    SP_ARRAY(uint64_t) taken = {.n = 0};
    uint64_t n_max = (uint64_t)per_minute * window_s / 60, now_ms = 7;
    size_t first = 0;
    sp_pace_init(&pace, per_minute, window_s);
    while (taken.n < 3 * n_max + 3) {
        uint64_t wait_ms = sp_pace_take(&pace, now_ms);
        if (wait_ms == 0) {
            *sp_array_push(&taken) = now_ms;
            while (taken.items[first] + (uint64_t)window_s * 1000 <= now_ms)
                first++;
            if (taken.n - first > n_max)
                fail_msg("%zu in %u s, of %llu", taken.n - first, window_s,
                         (unsigned long long)n_max);
        }
        now_ms += wait_ms + sp_random_below(gap_ms + 1);
    }
    sp_array_free(&taken);
    sp_pace_fini(&pace);
}

static void test_any_window(void **state)
{
    static const uint32_t windows_s[] = {1, 10, 60, 300};
    (void)state;
    for (uint32_t per_minute = 1; per_minute <= 3000; per_minute = per_minute * 2 + 1)
        for (size_t i = 0; i < SP_ARRAY_LEN(windows_s); i++)
            if (per_minute * windows_s[i] >= 60)
                for (uint32_t gap_ms = 0; gap_ms <= 1000; gap_ms = gap_ms * 30 + 1)
                    check_windows(per_minute, windows_s[i], gap_ms);
}

/* More than are remembered: in parts, so that the whole window still holds no more. */
static void test_a_large_number(void **state)
{
    struct sp_pace pace;
    (void)state;
    check_windows(7000, 60, 3);
    check_windows(SP_PACE_MAX + 1, 60, 0);
    sp_pace_init(&pace, UINT32_MAX, 86400);
    assert_in_range(pace.n_max, 1, SP_PACE_MAX);
    sp_pace_fini(&pace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_providers_state), cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_asking_is_free),       cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_any_window),           cmocka_unit_test(test_a_large_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
