#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"

static void test_ascii(void **state)
{
    (void)state;
    assert_true(sp_ascii_equal("Example.COM", "eXAMPLE.com"));
    assert_false(sp_ascii_equal("a", "ab"));
    assert_false(sp_ascii_equal("[", "{"));
    assert_false(sp_ascii_equal("\xc3\x84", "\xc3\xa4"));
    assert_true(sp_ascii_starts("HTTPS://x", "https:"));
    assert_true(sp_ascii_starts("x", ""));
    assert_false(sp_ascii_starts("htt", "https:"));
    assert_true(sp_ascii_is_alnum('z') && sp_ascii_is_alnum('Z') && sp_ascii_is_alnum('0'));
    assert_false(sp_ascii_is_alnum('_') || sp_ascii_is_alnum('\xe4') || sp_ascii_is_alnum('\0'));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        int rc;
        uint64_t value;
    } rows[] = {
        {"0", 0, 0, 0},
        {"0042", 100, 0, 42},
        {"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, -1, 0},
        {"101", 100, -1, 0},
        {"", 100, -1, 0},
        {"-1", 100, -1, 0},
        {"+1", 100, -1, 0},
        {" 1", 100, -1, 0},
        {"1x", 100, -1, 0},
        {"0x1", 100, -1, 0},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        uint64_t value = 0;
        assert_int_equal(sp_parse_u64(rows[i].text, rows[i].max, &value), rows[i].rc);
        assert_int_equal(value, rows[i].value);
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        uint64_t ms;
    } rows[] = {
        {"90", 0, 90000},   {"500ms", 0, 500},   {"30s", 0, 30000}, {"10m", 0, 600000},
        {"2h", 0, 7200000}, {"1d", 0, 86400000}, {"0", 0, 0},       {"", -1, 0},
        {"s", -1, 0},       {"1w", -1, 0},       {"1.5h", -1, 0},   {"-1s", -1, 0},
        {"1 s", -1, 0},     {"1S", -1, 0},       {"1mss", -1, 0},   {"99999999999999999999", -1, 0},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        uint64_t ms = 0;
        assert_int_equal(sp_parse_duration_ms(rows[i].text, &ms), rows[i].rc);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t value;
    } rows[] = {
        {"a", 1, 'a'},
        {"\xc3\xbc", 2, 0xfc},
        {"\xe3\x80\x82", 3, 0x3002},
        {"\xf0\x9f\x92\xa9", 4, 0x1f4a9},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"\x80", 0, 0},
        {"\xc0\x80", 0, 0},
        {"\xe0\x80\x80", 0, 0},
        {"\xed\xa0\x80", 0, 0},
        {"\xf4\x90\x80\x80", 0, 0},
        {"\xff", 0, 0},
        {"\xc3", 0, 0},
        {"\xc3(", 0, 0},
        {"", 0, 0},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        uint32_t value = 0;
        size_t len = sp_utf8_decode(rows[i].bytes, strlen(rows[i].bytes), &value);
        assert_int_equal(len, rows[i].len);
        assert_int_equal(value, rows[i].value);
    }
}

static void test_terminal_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *escaped;
    } rows[] = {
        {"plain text, b\xc3\xbc"
         "cher",
         "plain text, bücher"},
        {"\x1b[31mred\n", "\\x1b[31mred\\x0a"},
        {"\x7f\r\t", "\\x7f\\x0d\\x09"},
        {"\xc2\x9b"
         "2J",
         "\\u{9b}2J"},
        {"\xe2\x80\xae", "\\u{202e}"},
        {"\xe2\x80\x8b", "\\u{200b}"},
        {"a\xff\xc3", "a\\xff\\xc3"},
        {"\xf3\xa0\x80\x81", "\\u{e0001}"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *escaped = sp_escaped(rows[i].text);
        assert_string_equal(escaped, rows[i].escaped);
        free(escaped);
    }
}

static void test_excerpt(void **state)
{
    (void)state;
    char text[1000];
    memset(text, 0, sizeof(text));
    assert_string_equal(SP_EXCERPT("short\x01"), "short\\x01");
    memset(text, 'a', SP_EXCERPT_SIZE - 4);
    assert_string_equal(SP_EXCERPT(text), text);
    memset(text, 'a', SP_EXCERPT_SIZE);
    assert_int_equal(strlen(SP_EXCERPT(text)), SP_EXCERPT_SIZE - 1);
    assert_non_null(strstr(SP_EXCERPT(text), "aaa..."));
    /* Cut between characters, never inside one. */
    for (size_t i = 0; i + 1 < sizeof(text) - 1; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    const char *cut = SP_EXCERPT(text);
    assert_null(strstr(cut, "\\x"));
    assert_string_equal(cut + strlen(cut) - 5, "\xc3\xbc...");
}

static void test_copy_text(void **state)
{
    (void)state;
    char text[4];
    sp_copy_text(text, sizeof(text), "ab");
    assert_string_equal(text, "ab");
    sp_copy_text(text, sizeof(text), "abcdef");
    assert_string_equal(text, "abc");
}

static void test_errors(void **state)
{
    (void)state;
    struct sp_err err = SP_ERR_INIT;
    assert_false(sp_err_is_set(&err));
    assert_int_equal(sp_err_set(&err, SP_ERR_DNS, "no-answer", "%s is silent", "ns1"), -1);
    assert_int_equal(sp_err_fix(&err, "ask again in %d s", 5), -1);
    assert_int_equal(sp_err_prefix(&err, "example.%s", "com"), -1);
    assert_string_equal(err.message, "example.com: ns1 is silent");
    assert_string_equal(err.fix, "ask again in 5 s");
    assert_string_equal(sp_err_kind_name(err.kind), "dns");
    sp_err_set(&err, SP_ERR_USAGE, "other", "another");
    assert_string_equal(err.fix, "");
    sp_err_clear(&err);
    assert_false(sp_err_is_set(&err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_terminal_escapes),
        cmocka_unit_test(test_excerpt),
        cmocka_unit_test(test_copy_text),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
