#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buf.h"

static void test_append(void **state)
{
    (void)state;
    struct sp_buf buf = SP_BUF_INIT(100);
    assert_string_equal(sp_buf_str(&buf), "");
    sp_buf_puts(&buf, "ab");
    sp_buf_putc(&buf, 'c');
    sp_buf_printf(&buf, "-%d", 42);
    sp_buf_append(&buf, NULL, 0);
    assert_string_equal(sp_buf_str(&buf), "abc-42");
    assert_int_equal(buf.len, 6);
    sp_buf_drop(&buf, 4);
    assert_string_equal(sp_buf_str(&buf), "42");
    sp_buf_clear(&buf);
    sp_buf_put_u16(&buf, 0x0102);
    sp_buf_put_u32(&buf, 0xfffefd00);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.data, "\1\2\xff\xfe\xfd\0", 7);
    sp_buf_fini(&buf);
}

static void test_the_maximum_holds_and_overflow_lasts(void **state)
{
    (void)state;
    struct sp_buf buf = SP_BUF_INIT(4);
    sp_buf_puts(&buf, "abcd");
    assert_true(sp_buf_is_ok(&buf));
    sp_buf_putc(&buf, 'e');
    assert_false(sp_buf_is_ok(&buf));
    sp_buf_drop(&buf, 3);
    sp_buf_putc(&buf, 'f');
    sp_buf_printf(&buf, "%d", 1);
    assert_string_equal(sp_buf_str(&buf), "d");
    assert_false(sp_buf_is_ok(&buf));
    assert_null(sp_buf_reserve(&buf, 1));
    sp_buf_clear(&buf);
    assert_true(sp_buf_is_ok(&buf));
    assert_null(sp_buf_reserve(&buf, SIZE_MAX));
    sp_buf_fini(&buf);
}

static void test_a_large_buffer_grows_whole(void **state)
{
    (void)state;
    struct sp_buf buf;
    sp_buf_init(&buf, 1 << 20);
    buf.is_secret = true;
    for (int i = 0; i < 10000; i++)
        sp_buf_printf(&buf, "%05d", i);
    assert_int_equal(buf.len, 50000);
    assert_memory_equal(buf.data + 49995, "09999", 6);
    assert_memory_equal(buf.data, "0000000001", 10);
    sp_buf_fini(&buf);
    assert_string_equal(sp_buf_str(&buf), "");
}

static void test_reserve_and_steal(void **state)
{
    (void)state;
    struct sp_buf buf = SP_BUF_INIT(10);
    char *stolen = sp_buf_steal(&buf);
    assert_string_equal(stolen, "");
    free(stolen);
    memcpy(sp_buf_reserve(&buf, 10), "0123456789", 10);
    sp_buf_added(&buf, 10);
    stolen = sp_buf_steal(&buf);
    assert_string_equal(stolen, "0123456789");
    assert_int_equal(buf.len, 0);
    free(stolen);
}

static void test_array(void **state)
{
    (void)state;
    SP_ARRAY(int) numbers = {0};
    int sum = 0;
    SP_ARRAY_FOREACH (&numbers, number)
        sum += *number;
    for (int i = 0; i < 100; i++)
        *sp_array_push(&numbers) += i; /* a new item is zero */
    SP_ARRAY_FOREACH (&numbers, number)
        sum += *number;
    assert_int_equal(sum, 4950);
    sp_array_free(&numbers);
    assert_int_equal(numbers.n, 0);
}

static void test_random_below_covers_its_range(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t drawn = sp_random_below(5);
        assert_in_range(drawn, 0, 4);
        seen |= 1u << drawn;
    }
    assert_int_equal(seen, 31);
    assert_int_equal(sp_random_below(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_the_maximum_holds_and_overflow_lasts),
        cmocka_unit_test(test_a_large_buffer_grows_whole),
        cmocka_unit_test(test_reserve_and_steal),
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_random_below_covers_its_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
