#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "verify/schedule.h"

static void test_starts_dense(void **state)
{
    (void)state;
    assert_int_equal(sp_schedule_next_ms(0), 100);
    assert_int_equal(sp_schedule_next_ms(4999), 100);
    assert_int_equal(sp_schedule_next_ms(9999), 199);
}

/* What a look takes itself has to fit in. */
static void test_is_within_five_percent_after_ten_seconds(void **state)
{
    (void)state;
    for (uint64_t elapsed_ms = 10000; elapsed_ms < 25 * SP_POLL_LAST_MS; elapsed_ms += 997)
        assert_int_equal(sp_schedule_next_ms(elapsed_ms), elapsed_ms / 25);
}

static void test_is_bounded_and_never_falls(void **state)
{
    uint64_t last = 0;
    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t delay_ms = sp_schedule_next_ms(1ull << bits);
        assert_in_range(delay_ms, SP_POLL_FIRST_MS, SP_POLL_LAST_MS);
        assert_true(delay_ms >= last);
        last = delay_ms;
    }
    assert_int_equal(sp_schedule_next_ms(UINT64_MAX), SP_POLL_LAST_MS);
}

static void test_probes(void **state)
{
    (void)state;
    assert_int_equal(sp_schedule_probe_ms(0), 2000);
    assert_int_equal(sp_schedule_probe_ms(20000), 2000);
    assert_int_equal(sp_schedule_probe_ms(30000), 3000);
    assert_int_equal(sp_schedule_probe_ms(UINT64_MAX), SP_POLL_LAST_MS);
}

/* Two days of waiting cost few looks, the first minute is watched closely. */
static void test_number_of_looks(void **state)
{
    uint64_t elapsed_ms = 0;
    unsigned n = 0, n_first_minute = 0;
    (void)state;
    while (elapsed_ms < (uint64_t)SP_WINDOW_S * 1000) {
        elapsed_ms += sp_schedule_next_ms(elapsed_ms);
        n++;
        n_first_minute += elapsed_ms < 60000;
    }
    assert_in_range(n_first_minute, 60, 140);
    assert_in_range(n, 2800, 3100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_dense),
        cmocka_unit_test(test_is_within_five_percent_after_ten_seconds),
        cmocka_unit_test(test_is_bounded_and_never_falls),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_number_of_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
