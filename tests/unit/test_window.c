#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "publish/window.h"

#define LEAST SP_SWEEP_AT_ONCE_MIN
#define MOST  SP_SWEEP_AT_ONCE_MAX

static void test_table(void **state)
{
    static const struct {
        size_t window, n_waiting, next;
    } rows[] = {
        {LEAST, 0, LEAST + 1},
        {LEAST, LEAST / 4 - 1, LEAST + 1},
        {LEAST, LEAST / 4, LEAST},
        {LEAST, 100000, LEAST},
        {LEAST + 1, 100000, LEAST}, /* never below, not for a moment either */
        {160, 39, 161},
        {160, 40, 149},
        {MOST - 1, 0, MOST},
        {MOST, 0, MOST},
        {MOST, MOST / 4 - 1, MOST},
        {MOST, MOST / 4, MOST - MOST / 16 - 1},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_int_equal(sp_window_next(rows[i].window, rows[i].n_waiting), rows[i].next);
}

/* Servers that keep up see all of it after some hundreds of checks; those that do not are relieved
 * after some dozens. */
static void test_how_soon(void **state)
{
    size_t window = LEAST, n_up = 0, n_down = 0;
    (void)state;
    for (; window < MOST; n_up++)
        window = sp_window_next(window, 0);
    for (; window > LEAST; n_down++)
        window = sp_window_next(window, window);
    assert_int_equal(n_up, MOST - LEAST);
    assert_true(n_down < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_how_soon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
