#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "watch/rhythm.h"

#define SECOND 1000ll
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define T0     (1700000000ll * SECOND)
#define MIDDLE 0x80000000u /* the jitter that moves nothing */

struct row {
    const char *what;
    struct sp_rhythm rhythm;
    int64_t at_ms;
    uint64_t wait_ms;
};

static const struct row rows[] = {
    {"never looked at, never published: at once", {.jitter = MIDDLE}, 0, 0},
    {"never looked at, just published", {.published_at_ms = T0, .jitter = MIDDLE}, T0 + 100, 0},
    {"connected long ago and published anew",
     {SP_STATUS_CONNECTED, .published_at_ms = T0, .checked_at_ms = T0 - HOUR, .jitter = MIDDLE},
     T0 + 100,
     SP_WATCH_WAIT_MS},
    {"in error, and published anew",
     {SP_STATUS_ERROR, T0, T0 - 3 * DAY, T0 - 9 * DAY, .jitter = MIDDLE},
     T0 + 100,
     SP_WATCH_WAIT_MS},
    {"pending, in the first second",
     {SP_STATUS_PENDING, T0, T0 + 1 * SECOND, T0, .jitter = MIDDLE},
     T0 + 1 * SECOND + 100,
     SP_WATCH_WAIT_MS},
    {"pending for a minute: 5 %",
     {SP_STATUS_PENDING, T0, T0 + MINUTE, T0, .jitter = MIDDLE},
     T0 + MINUTE + 3 * SECOND,
     SP_WATCH_WAIT_MS},
    {"pending for ten minutes: no longer kept under watch",
     {SP_STATUS_PENDING, T0, T0 + 10 * MINUTE, T0, .jitter = MIDDLE},
     T0 + 10 * MINUTE + 30 * SECOND,
     0},
    {"pending for 20 hours",
     {SP_STATUS_PENDING, T0, T0 + 20 * HOUR, T0, .jitter = MIDDLE},
     T0 + 21 * HOUR,
     0},
    {"pending at the end of the window: a look right then",
     {SP_STATUS_PENDING, T0, T0 + 47 * HOUR, T0, .jitter = MIDDLE},
     T0 + 48 * HOUR + SECOND,
     0},
    {"the profile has another window",
     {SP_STATUS_PENDING, T0, T0 + 47 * HOUR, T0, .window_ms = 72 * HOUR, .jitter = MIDDLE},
     T0 + 47 * HOUR + 47 * HOUR / 20,
     0},
    {"published at an unknown time: there is no end of the window",
     {SP_STATUS_PENDING, 0, T0 + 1000 * DAY, T0, .jitter = MIDDLE},
     T0 + 1001 * DAY,
     0},
    {"pending anew, long after publishing: dense again",
     {SP_STATUS_PENDING, T0, T0 + 90 * DAY, T0 + 90 * DAY, .jitter = MIDDLE},
     T0 + 90 * DAY + 100,
     SP_WATCH_WAIT_MS},
    {"right after an expiry",
     {SP_STATUS_PENDING, T0, T0 + 50 * MINUTE, T0, .expires_at_ms = T0 + 51 * MINUTE,
      .jitter = MIDDLE},
     T0 + 51 * MINUTE + SECOND,
     0},
    {"an expiry that is over, or later than the next look, changes nothing",
     {SP_STATUS_PENDING, T0, T0 + 60 * MINUTE, T0, .expires_at_ms = T0 + 40 * MINUTE,
      .jitter = MIDDLE},
     T0 + 63 * MINUTE,
     0},
    {"an error: the end of the window changes nothing",
     {SP_STATUS_ERROR, T0, T0 + 40 * HOUR, T0, .window_ms = 41 * HOUR, .jitter = MIDDLE},
     T0 + 44 * HOUR,
     0},
    {"connected: nor does it here",
     {SP_STATUS_CONNECTED, T0, T0 + 30 * HOUR, T0, .jitter = MIDDLE},
     T0 + 54 * HOUR,
     0},
    {"connected: a day",
     {SP_STATUS_CONNECTED, T0, T0 + 5 * DAY, T0 + HOUR, .jitter = MIDDLE},
     T0 + 6 * DAY,
     0},
    {"connected: spread, the earliest",
     {SP_STATUS_CONNECTED, T0, T0 + 5 * DAY, T0 + HOUR, .jitter = 0},
     T0 + 6 * DAY - DAY / 10,
     0},
    {"connected, and caches expire",
     {SP_STATUS_CONNECTED, T0, T0 + HOUR, T0, .expires_at_ms = T0 + 2 * HOUR, .jitter = MIDDLE},
     T0 + 2 * HOUR + SECOND,
     0},
    {"an end of connected is to be confirmed",
     {SP_STATUS_CONNECTED, T0, T0 + 4 * DAY, T0, .doubtful_at_ms = T0 + 5 * DAY, .jitter = MIDDLE},
     T0 + 5 * DAY + 30 * SECOND,
     0},
    {"a fresh error",
     {SP_STATUS_ERROR, T0, T0 + MINUTE, T0 + MINUTE, .jitter = MIDDLE},
     T0 + MINUTE + 5 * MINUTE,
     0},
    {"an error of ten hours",
     {SP_STATUS_ERROR, T0, T0 + 10 * HOUR, T0, .jitter = MIDDLE},
     T0 + 11 * HOUR,
     0},
    {"an old error: daily",
     {SP_STATUS_ERROR, T0, T0 + 90 * DAY, T0, .jitter = MIDDLE},
     T0 + 91 * DAY,
     0},
    {"an error since an unknown time",
     {SP_STATUS_ERROR, 0, T0, 0, .jitter = MIDDLE},
     T0 + 5 * MINUTE,
     0},
    {"a clock that was turned back: no negative age",
     {SP_STATUS_PENDING, T0, T0, T0 + DAY, .jitter = MIDDLE},
     T0 + 100,
     SP_WATCH_WAIT_MS},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_rhythm_plan plan = sp_rhythm_plan(&rows[i].rhythm);
        if (plan.at_ms != rows[i].at_ms || plan.wait_ms != rows[i].wait_ms)
            fail_msg("%s: at %+lld ms, wait %llu", rows[i].what, (long long)(plan.at_ms - T0),
                     (unsigned long long)plan.wait_ms);
    }
}

/* Whatever is known: never before the last look, never more than a day and a tenth after it, and
 * never past the end of the window. */
static void test_bounds(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        int64_t checked_ms = T0 + sp_random_below(100u * 24 * 3600) * SECOND;
        struct sp_rhythm rhythm = {
            .status = (enum sp_status)(SP_STATUS_PENDING + sp_random_below(3)),
            .published_at_ms = checked_ms - sp_random_below(60u * 24 * 3600) * SECOND,
            .checked_at_ms = checked_ms,
            .changed_at_ms = checked_ms - sp_random_below(60u * 24 * 3600) * SECOND,
            .expires_at_ms = checked_ms + sp_random_below(4 * 3600) * SECOND - 2 * HOUR,
            .jitter = sp_random_below(UINT32_MAX),
        };
        int64_t at_ms = sp_rhythm_plan(&rhythm).at_ms;
        int64_t end_ms = rhythm.published_at_ms + 48 * HOUR;
        assert_true(at_ms >= checked_ms + 100);
        assert_true(at_ms <= checked_ms + DAY + DAY / 10);
        if (rhythm.status == SP_STATUS_PENDING && checked_ms <= end_ms)
            assert_true(at_ms <= end_ms + SECOND);
    }
}

static void test_spread_is_even(void **state)
{
    struct sp_rhythm rhythm = {SP_STATUS_CONNECTED, T0, T0, T0};
    unsigned n_early = 0;
    (void)state;
    for (unsigned i = 0; i < 10000; i++) {
        rhythm.jitter = i * (UINT32_MAX / 10000);
        int64_t delay = sp_rhythm_plan(&rhythm).at_ms - T0;
        assert_in_range(delay, DAY - DAY / 10, DAY + DAY / 10);
        n_early += delay < DAY;
    }
    assert_in_range(n_early, 4900, 5100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_spread_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
