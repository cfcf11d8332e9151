#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/trouble.h"

static void test_alternating_causes_are_told_once(void **state)
{
    struct sp_trouble trouble = {0};
    unsigned n_told = 0;
    (void)state;
    for (uint64_t now_ms = 1000; now_ms < 24ull * 3600 * 1000; now_ms += 1000)
        n_told += sp_trouble_is_news(&trouble, now_ms / 1000 % 2 ? "full" : "held", now_ms);
    assert_int_equal(n_told, 2);
}

static void test_a_return_is_told(void **state)
{
    struct sp_trouble trouble = {0};
    (void)state;
    assert_true(sp_trouble_is_news(&trouble, "full", 5));
    assert_false(sp_trouble_is_news(&trouble, "full", 5));
    assert_false(sp_trouble_is_news(&trouble, "full", 4 + SP_WATCH_TROUBLE_MS));
    assert_false(sp_trouble_is_news(&trouble, "full", 3 + 2ull * SP_WATCH_TROUBLE_MS));
    assert_true(sp_trouble_is_news(&trouble, "full", 3 + 3ull * SP_WATCH_TROUBLE_MS));
}

static void test_the_oldest_makes_room(void **state)
{
    struct sp_trouble trouble = {0};
    char text[16];
    (void)state;
    for (unsigned i = 0; i <= SP_WATCH_CAUSES; i++) {
        snprintf(text, sizeof(text), "cause %u", i);
        assert_true(sp_trouble_is_news(&trouble, text, 100 + i));
    }
    assert_false(sp_trouble_is_news(&trouble, text, 200));
    assert_false(sp_trouble_is_news(&trouble, "cause 1", 201));
    assert_true(sp_trouble_is_news(&trouble, "cause 0", 202));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alternating_causes_are_told_once),
        cmocka_unit_test(test_a_return_is_told),
        cmocka_unit_test(test_the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
