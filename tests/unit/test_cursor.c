#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cursor.h"

static void test_integers(void **state)
{
    (void)state;
    struct sp_cursor cursor = sp_cursor_of("\1\2\3\xff\xfe\xfd\xfc", 7);
    assert_int_equal(sp_cursor_peek(&cursor), 1);
    assert_int_equal(sp_cursor_u8(&cursor), 1);
    assert_int_equal(sp_cursor_u16(&cursor), 0x0203);
    assert_int_equal(sp_cursor_u32(&cursor), 0xfffefdfc);
    assert_true(sp_cursor_is_end(&cursor));
    assert_true(sp_cursor_is_ok(&cursor));
    assert_int_equal(sp_cursor_peek(&cursor), -1);
    assert_true(sp_cursor_is_ok(&cursor));
}

static void test_a_short_read_fails_for_good(void **state)
{
    (void)state;
    struct sp_cursor cursor = sp_cursor_of("\1\2\3", 3);
    assert_int_equal(sp_cursor_u32(&cursor), 0);
    assert_false(sp_cursor_is_ok(&cursor));
    sp_cursor_seek(&cursor, 0);
    assert_int_equal(sp_cursor_u8(&cursor), 0);
    assert_int_equal(sp_cursor_take(&cursor, 0).len, 0);
    assert_false(sp_cursor_is_ok(&cursor));
}

static void test_bounds(void **state)
{
    (void)state;
    struct sp_cursor cursor = sp_cursor_of("abc", 3);
    sp_cursor_seek(&cursor, 3);
    assert_true(sp_cursor_is_ok(&cursor));
    sp_cursor_seek(&cursor, 1);
    assert_true(sp_span_is(sp_cursor_take(&cursor, 2), "bc"));
    cursor = sp_cursor_of("abc", 3);
    assert_int_equal(sp_cursor_take(&cursor, SIZE_MAX).len, 0);
    assert_false(sp_cursor_is_ok(&cursor));
    cursor = sp_cursor_of("abc", 3);
    sp_cursor_seek(&cursor, 4);
    assert_false(sp_cursor_is_ok(&cursor));
    cursor = sp_cursor_of(NULL, 3);
    sp_cursor_skip(&cursor, 1);
    assert_false(sp_cursor_is_ok(&cursor));
}

static void test_lines(void **state)
{
    (void)state;
    static const char text[] = "one\r\n\ntwo\rx\nlast";
    static const char *const expected[] = {"one", "", "two\rx", "last"};
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    struct sp_span line;
    for (size_t i = 0; i < SP_ARRAY_LEN(expected); i++) {
        assert_true(sp_cursor_line(&cursor, &line));
        assert_true(sp_span_is(line, expected[i]));
    }
    assert_false(sp_cursor_line(&cursor, &line));
    assert_true(sp_cursor_is_ok(&cursor));
    cursor = sp_cursor_of("a\n", 2);
    assert_true(sp_cursor_line(&cursor, &line));
    assert_false(sp_cursor_line(&cursor, &line));
}

static void test_runs(void **state)
{
    (void)state;
    struct sp_cursor cursor = sp_cursor_of("12ab\0\xff", 6);
    assert_true(sp_span_is(sp_cursor_while(&cursor, "0123456789"), "12"));
    assert_int_equal(sp_cursor_while(&cursor, "0123456789").len, 0);
    assert_true(sp_span_is(sp_cursor_until(&cursor, "b"), "a"));
    assert_int_equal(sp_cursor_until(&cursor, "x").len, 3); /* a NUL is never in the set */
    assert_true(sp_cursor_is_end(&cursor));
    assert_true(sp_cursor_is_ok(&cursor));
}

static void test_spans(void **state)
{
    (void)state;
    struct sp_span nothing = {0};
    char *copy = sp_span_dup(sp_span_trim(sp_span_of(" \t a b \r\n")));
    assert_string_equal(copy, "a b");
    free(copy);
    assert_true(sp_span_is(nothing, ""));
    assert_false(sp_span_is(nothing, "a"));
    assert_false(sp_span_is(sp_span_of("ab"), "a"));
    assert_int_equal(sp_span_trim(sp_span_of(" \n")).len, 0);
    copy = sp_span_dup(nothing);
    assert_string_equal(copy, "");
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers), cmocka_unit_test(test_a_short_read_fails_for_good),
        cmocka_unit_test(test_bounds),   cmocka_unit_test(test_lines),
        cmocka_unit_test(test_runs),     cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
