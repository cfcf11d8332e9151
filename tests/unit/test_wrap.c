#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/wrap.h"

static void test_commands(void **state)
{
    static const struct {
        const char *command;
        unsigned width;
        const char *shown;
    } rows[] = {
        {"signpost verify example.com --wait", 0, "signpost verify example.com --wait"},
        {"signpost verify example.com --wait", 40, "signpost verify example.com --wait"},
        {"signpost verify example.com --wait", 39, "signpost verify example.com \\\n      --wait"},
        {"signpost verify example.com", 20, "signpost \\\n      verify \\\n      example.com"},
        {"a b --x y --z", 14, "a b \\\n      --x y \\\n      --z"},
        /* What is quoted stays in one piece. */
        {"a 'b c d e f' g", 16, "a \\\n      'b c d e f' \\\n      g"},
        {"a 'it'\\'' s' g", 17, "a \\\n      'it'\\'' s' \\\n      g"},
        /* A word too long for a line is left whole. */
        {"a bbbbbbbbbbbbbbbbbbbb c", 10, "a \\\n      bbbbbbbbbbbbbbbbbbbb \\\n      c"},
        {"", 10, ""},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf out = SP_BUF_INIT(4096);
        sp_wrap_command(&out, rows[i].command, 6, rows[i].width);
        assert_string_equal(sp_buf_str(&out), rows[i].shown);
        sp_buf_fini(&out);
    }
}

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
        const char *shown;
    } rows[] = {
        {"  one two three\n", 0, "  one two three\n"},
        {"  one two three\n", 10, "  one two\n  three\n"},
        /* What goes on behind a sign stands deeper than the next sign. */
        {"  + one two three\n  + four\n", 12, "  + one two\n    three\n  + four\n"},
        {"  a one two\n", 8, "  a one\n  two\n"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf out = SP_BUF_INIT(4096);
        sp_wrap_puts(&out, rows[i].text, rows[i].width);
        assert_string_equal(sp_buf_str(&out), rows[i].shown);
        sp_buf_fini(&out);
    }
}

static void test_columns(void **state)
{
    (void)state;
    assert_int_equal(sp_wrap_columns(""), 0);
    assert_int_equal(sp_wrap_columns("m\xc3\xbcller"), 6);
    assert_int_equal(sp_wrap_columns("\033[31mred\033[0m"), 3);
    assert_int_equal(sp_wrap_columns("\xe4\xbe\x8b\xe3\x81\x88.example"), 12); /* two wide ones */
    assert_int_equal(sp_wrap_columns("e\xcc\x81"), 1); /* a combining accent */
    assert_int_equal(sp_wrap_columns("\xff\xfe"), 2);  /* no characters */
    assert_int_equal(sp_wrap_columns("\033[31"), 0);   /* a colour cut off */
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
        const char *shown;
    } rows[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdefg", 6, "abc..."},
        {"abcdefg", 3, "abc"},
        {"m\xc3\xbcller", 5, "m\xc3\xbc..."},
        /* No half of a wide character. */
        {"\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b", 5, "\xe4\xbe\x8b..."},
        {"\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b", 6, "\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf out = SP_BUF_INIT(4096);
        sp_wrap_cut(&out, rows[i].text, rows[i].width);
        assert_string_equal(sp_buf_str(&out), rows[i].shown);
        sp_buf_fini(&out);
    }
}

static void test_from(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
        const char *shown;
    } rows[] = {
        {"one two three", 0, "one two three"},
        {"one two three", 11, "one two\n    three"},
        {"one two three", 8, "one\n    two\n    three"},
        {"one two three", 3, "one\n    two\n    three"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf out = SP_BUF_INIT(4096);
        sp_wrap_from(&out, rows[i].text, 4, rows[i].width);
        assert_string_equal(sp_buf_str(&out), rows[i].shown);
        sp_buf_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands), cmocka_unit_test(test_lines),
        cmocka_unit_test(test_columns),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
