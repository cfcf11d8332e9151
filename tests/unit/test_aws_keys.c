#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "broker/aws_keys.h"
#include "broker/aws_time.h"
#include "broker/command.h"

static void test_time(void **state SP_UNUSED)
{
    static const struct {
        const char *text;
        int64_t want_s;
    } rows[] = {
        {"1970-01-01T00:00:01Z", 1},
        {"2026-01-01T00:00:00Z", 1767225600},
        {"2026-01-01T00:00:00+00:00", 1767225600},
        {"2026-01-01T01:30:00.123456+01:30", 1767225600},
        {"2025-12-31T19:00:00-0500", 1767225600},
        {"2028-02-29T23:59:59Z", 1835481599},
        {"", -1},
        {"2026-01-01", -1},
        {"2026-01-01T00:00:00", -1},
        {"2026-01-01 00:00:00Z", -1},
        {"2026-13-01T00:00:00Z", -1},
        {"2026-01-01T24:00:00Z", -1},
        {"2026-01-01T00:00:00Zz", -1},
        {"2026-01-01T00:00:00+1", -1},
        {"1969-12-31T23:59:59Z", -1},
        {"+026-01-01T00:00:00Z", -1},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        if (sp_aws_time_parse(rows[i].text) != rows[i].want_s)
            fail_msg("%s: %lld", rows[i].text, (long long)sp_aws_time_parse(rows[i].text));
    }
}

#define START "{\"Version\":1,\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"SECRET\""

static void test_answer(void **state SP_UNUSED)
{
    static const struct {
        const char *text, *token;
        int64_t expires_s;
    } rows[] = {
        {START "}", NULL, 0},
        {START ",\"SessionToken\":null,\"Expiration\":null}\n", NULL, 0},
        {START
         ",\"SessionToken\":\"T\",\"Expiration\":\"2026-01-01T00:00:00Z\",\"AccountId\":\"1\"}",
         "T", 1767225600},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_aws_keys keys;
        struct sp_err err = SP_ERR_INIT;
        if (sp_aws_keys_read(rows[i].text, strlen(rows[i].text), &keys, &err))
            fail_msg("%s", err.message);
        assert_string_equal(sp_secret_peek(keys.access_key_id), "AKID");
        assert_string_equal(sp_secret_peek(keys.secret_access_key), "SECRET");
        assert_true(rows[i].token ? strcmp(sp_secret_peek(keys.session_token), rows[i].token) == 0
                                  : !keys.session_token);
        assert_int_equal(keys.expires_s, rows[i].expires_s);
        sp_aws_keys_fini(&keys);
        assert_null(keys.access_key_id);
    }
}

static void test_bad_answers(void **state SP_UNUSED)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "no JSON object"},
        {"SECRET", "no JSON object"},
        {"[]", "no JSON object"},
        {"{}", "not of Version 1"},
        {"{\"Version\":\"1\"}", "not of Version 1"},
        {"{\"Version\":1,\"SecretAccessKey\":\"SECRET\"}", "no AccessKeyId"},
        {"{\"Version\":1,\"AccessKeyId\":1}", "no AccessKeyId"},
        {"{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"\"}", "no SecretAccessKey"},
        {START ",\"SessionToken\":\"\"}", "SessionToken"},
        {START ",\"Expiration\":1767225600}", "Expiration"},
        {START ",\"Expiration\":\"tomorrow\"}", "Expiration"},
        {START ",\"Version\":1}", "no JSON object"}, /* a member twice */
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_aws_keys keys;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(sp_aws_keys_read(rows[i].text, strlen(rows[i].text), &keys, &err), -1);
        assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
        if (!strstr(err.message, rows[i].want) || strstr(err.message, "SECRET"))
            fail_msg("%s", err.message);
        assert_null(keys.access_key_id);
        assert_null(keys.secret_access_key);
    }
}

/* As Python's shlex.split() splits them. */
static void test_words(void **state SP_UNUSED)
{
    static const struct {
        const char *command, *want; /* words between bars; or how the message begins */
        bool is_bad;
    } rows[] = {
        {"/opt/get", "/opt/get|", false},
        {"  aws-vault\texec  -j work ", "aws-vault|exec|-j|work|", false},
        {"'/opt/my tool' \"a b\" c'd'\"e\"f", "/opt/my tool|a b|cdef|", false},
        {"a '' \"\"", "a|||", false},
        {"a \\' \\  b\\\\c", "a|'| |b\\c|", false},
        {"a '\\n' \"\\n\" \"\\\"\\\\\"", "a|\\n|\\n|\"\\|", false},
        {"C:\\\\x\\\\y.exe", "C:\\x\\y.exe|", false},
        {"a $HOME ~ * `x` ;#&|>", "a|$HOME|~|*|`x`|;#&|>|", false},
        {"", "names no program", true},
        {"   ", "names no program", true},
        {"'' a", "names no program", true},
        {"a 'b", "has a quote or a backslash that nothing follows", true},
        {"a \"b\\\"", "has a quote", true},
        {"a \\", "has a quote or a backslash", true},
        {"a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a "
         "a "
         "a a a a a a a a a a a a a a a a a a a a",
         "has too many words", true},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        sp_command_words words;
        struct sp_err err = SP_ERR_INIT;
        struct sp_buf got = SP_BUF_INIT(SP_TEXT_MAX);
        int ret = sp_command_split(rows[i].command, &words, &err);
        assert_int_equal(ret, rows[i].is_bad ? -1 : 0);
        SP_ARRAY_FOREACH (&words, word) {
            sp_buf_printf(&got, "%s|", *word);
        }
        assert_string_equal(sp_buf_str(&got), rows[i].is_bad ? "" : rows[i].want);
        if (rows[i].is_bad && strncmp(err.message, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("%s", err.message);
        sp_buf_fini(&got);
        sp_command_words_free(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
