#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/limits.h"

static json_t *parsed(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    json_t *value = sp_json_parse(text, strlen(text), "test", &err);
    if (!value)
        fail_msg("%s: %s", text, err.message);
    return value;
}

static void test_bad_documents(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "{",        "{\"a\":1,\"a\":2}",
                                        "[1] x",      "\"text\"", "[\"\\u0000\"]",
                                        "[\"\xff\"]", "[1e999]",  "[\"\\ud800\"]"};
    for (size_t i = 0; i < SP_ARRAY_LEN(texts); i++) {
        struct sp_err err = SP_ERR_INIT;
        assert_null(sp_json_parse(texts[i], strlen(texts[i]), "records.json", &err));
        assert_string_equal(err.code, "bad-json");
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_non_null(strstr(err.message, "records.json"));
    }
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char text[2 * SP_JSON_DEPTH_MAX + 2];
    struct sp_err err = SP_ERR_INIT;
    memset(text, '[', SP_JSON_DEPTH_MAX + 1);
    memset(text + SP_JSON_DEPTH_MAX + 1, ']', SP_JSON_DEPTH_MAX + 1);
    json_t *value = sp_json_parse(text + 1, sizeof(text) - 2, "test", &err);
    assert_non_null(value);
    json_decref(value);
    assert_null(sp_json_parse(text, sizeof(text), "test", &err));
    assert_non_null(strstr(err.message, "nested"));
    json_decref(
        parsed("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"]"));
}

static void test_reader(void **state)
{
    (void)state;
    json_t *value = parsed("{\"host\": \"sk1\", \"ttl\": 300, \"on\": true, \"list\": [1, 2], "
                           "\"none\": null}");
    struct sp_err err = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(value, "doc", &err);
    struct sp_json_reader host = sp_json_member(&top, "host"), ttl = sp_json_member(&top, "ttl");
    struct sp_json_reader on = sp_json_member(&top, "on"), list = sp_json_member(&top, "list");
    struct sp_json_reader none = sp_json_optional(&top, "none"), item = sp_json_item(&list, 1);
    assert_string_equal(sp_json_string(&host, 3), "sk1");
    assert_int_equal(sp_json_integer(&ttl, 0, 300), 300);
    assert_true(sp_json_bool(&on));
    assert_int_equal(sp_json_length(&list, 2), 2);
    assert_int_equal(sp_json_integer(&item, 0, 9), 2);
    assert_false(sp_json_is_present(&none));
    assert_string_equal(sp_json_string(&none, 9), "");
    assert_int_equal(sp_json_integer(&none, 1, 2), 0);
    assert_false(sp_json_bool(&none));
    assert_int_equal(sp_json_length(&none, 9), 0);
    assert_false(sp_err_is_set(&err));
    json_decref(value);
}

static void expect_error(const struct sp_err *err, const char *message)
{
    assert_string_equal(err->message, message);
    assert_string_equal(err->code, "bad-json");
}

static void test_reader_errors_name_the_place(void **state)
{
    (void)state;
    json_t *value = parsed("{\"domains\": [{\"host\": 7}, {\"host\": \"x\"}], \"extra\": 1}");
    struct sp_err err = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(value, "fleet", &err);
    struct sp_json_reader domains = sp_json_member(&top, "domains");
    struct sp_json_reader first = sp_json_item(&domains, 0), second = sp_json_item(&domains, 1);
    struct sp_json_reader bad = sp_json_member(&first, "host"),
                          good = sp_json_member(&second, "host");
    assert_string_equal(sp_json_string(&bad, 9), "");
    expect_error(&err, "fleet.domains[0].host: expected a string");
    /* The first error stays, and everything after it gives defaults. */
    assert_string_equal(sp_json_string(&good, 9), "");
    assert_int_equal(sp_json_length(&domains, 9), 0);
    sp_json_member(&second, "missing");
    expect_error(&err, "fleet.domains[0].host: expected a string");

    sp_err_clear(&err);
    assert_string_equal(sp_json_string(&good, 0), "");
    expect_error(&err, "fleet.domains[1].host: is longer than 0 bytes");
    sp_err_clear(&err);
    sp_json_member(&top, "missing");
    expect_error(&err, "fleet.missing: is missing");
    sp_err_clear(&err);
    assert_int_equal(sp_json_length(&domains, 1), 0);
    expect_error(&err, "fleet.domains: has 2 items, more than the 1 allowed");
    sp_err_clear(&err);
    assert_int_equal(sp_json_integer(&bad, 8, 9), 0);
    expect_error(&err, "fleet.domains[0].host: expected a whole number from 8 to 9");
    sp_err_clear(&err);
    sp_json_only(&top, (const char *const[]){"domains", NULL});
    expect_error(&err, "fleet: unknown member \"extra\"");
    sp_err_clear(&err);
    sp_json_only(&domains, (const char *const[]){NULL});
    expect_error(&err, "fleet.domains: expected an object");
    json_decref(value);
}

static void test_foreign_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        {"plain", 5, "plain"},
        {"b\xc3\xbc", 3, "bü"},
        {"\xc3\xbc\xff!", 4, "ü\xef\xbf\xbd!"},
        {"\xc3", 1, "\xef\xbf\xbd"},
        {"\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"", 0, ""},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        json_t *text = sp_json_text(rows[i].bytes, rows[i].len);
        assert_string_equal(json_string_value(text), rows[i].text);
        json_decref(text);
    }
    json_t *nul = sp_json_text("a\0b", 3), *none = sp_json_text_or_null(NULL);
    assert_int_equal(json_string_length(nul), 3);
    assert_true(json_is_null(none));
    json_decref(nul);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_documents), cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_reader),        cmocka_unit_test(test_reader_errors_name_the_place),
        cmocka_unit_test(test_foreign_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
