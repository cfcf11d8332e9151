#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/aws_profile.h"

static int read_text(const char *text, const char *name, bool is_config, struct sp_aws_profile *ret,
                     struct sp_err *err)
{
    return sp_aws_profile_read(text, strlen(text), name, is_config, ret, err);
}

/* "LINE ID SECRET TOKEN COMMAND UNUSED", "-" for what is not there; owned. */
static char *describe(const struct sp_aws_profile *profile)
{
    const struct sp_aws_keys *keys = &profile->keys;
    return sp_asprintf("%u %s %s %s %s %s", profile->line,
                       keys->access_key_id ? sp_secret_peek(keys->access_key_id) : "-",
                       keys->secret_access_key ? sp_secret_peek(keys->secret_access_key) : "-",
                       keys->session_token ? sp_secret_peek(keys->session_token) : "-",
                       profile->command ? profile->command : "-",
                       profile->unused ? profile->unused : "-");
}

static void test_read(void **state SP_UNUSED)
{
#define KEYS "aws_access_key_id = A\naws_secret_access_key = B\n"
    static const struct {
        const char *text, *name;
        bool is_config;
        const char *want;
    } rows[] = {
        {"", "default", false, "0 - - - - -"},
        {"[default]\n" KEYS, "default", false, "1 A B - - -"},
        {"[default]\n" KEYS, "work", false, "0 - - - - -"},
        {"\xef\xbb\xbf[default]\r\naws_access_key_id=A\r\nAWS_SECRET_ACCESS_KEY: B\r\n", "default",
         false, "1 A B - - -"},
        {"# keys\n\n[other]\n" KEYS "[work]\n ; mine\naws_access_key_id = C\n"
         "aws_secret_access_key=/=+\naws_session_token =T==\n",
         "work", false, "6 C /=+ T== - -"},
        {"[work]\n" KEYS "[work]\naws_access_key_id = C\n", "work", false, "1 C B - - -"},
        {"[a]\n" KEYS "aws_session_token =\n", "a", false, "1 A B - - -"},
        {"[a]\n" KEYS "aws_security_token = T", "a", false, "1 A B T - -"},
        {"[ a b ]\n" KEYS, "a b", false, "1 A B - - -"},
        {"[a] ; mine\n" KEYS, "a", false, "1 A B - - -"},
        /* the config file */
        {"[profile work]\n" KEYS, "work", true, "1 A B - - -"},
        {"[profile \"my work\"]\n" KEYS, "my work", true, "1 A B - - -"},
        {"[profile   'my work']\n" KEYS, "my work", true, "1 A B - - -"},
        {"[work]\n" KEYS, "work", true, "0 - - - - -"},
        {"[default]\n" KEYS, "default", true, "1 A B - - -"},
        {"[profile default]\n" KEYS, "default", true, "1 A B - - -"},
        {"[profiles work]\n" KEYS, "work", true, "0 - - - - -"},
        {"[profile]\n" KEYS, "", true, "0 - - - - -"},
        {"[profile work]\ncredential_process = /opt/get \"a b\" # c\n", "work", true,
         "1 - - - /opt/get \"a b\" # c -"},
        {"[profile work]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = y\n", "work", true,
         "1 - - - - role_arn"},
        {"[profile work]\nsso_session=x\nregion=eu-central-1\ns3 =\n  max_queue_size = 1\n  a\n",
         "work", true, "1 - - - - sso_session"},
        {"[sso-session x]\nsso_start_url = y\n", "default", true, "0 - - - - -"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_aws_profile profile;
        struct sp_err err = SP_ERR_INIT;
        if (read_text(rows[i].text, rows[i].name, rows[i].is_config, &profile, &err))
            fail_msg("%zu: %s", i, err.message);
        char *got = describe(&profile);
        assert_string_equal(got, rows[i].want);
        free(got);
        sp_aws_profile_fini(&profile);
    }
}

static void test_refusals(void **state SP_UNUSED)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {KEYS, "line 1 stands before the first [section]"},
        {"\n[a\n", "line 2 starts a [section] and does not end it"},
        {"[]\n", "line 1 starts a [section] and does not end it"},
        {"[a]\nSECRET\n", "line 2 is neither a [section] nor a setting such as key = value"},
        {"[b]\n= SECRET\n", "line 2 is neither a [section] nor"},
        {"[a]\naws_secret_access_key = SEC\n  RET\n", "line 3 goes on with a value"},
        {"[a]\ncredential_process = x\n\ty\n", "line 3 goes on with a value"},
        {"[a]\ncredential_process =\n", "line 2 has a credential_process that is empty"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_aws_profile profile;
        struct sp_err err = SP_ERR_INIT;
        if (read_text(rows[i].text, "a", false, &profile, &err) == 0)
            fail_msg("accepted: %s", rows[i].text);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_string_equal(err.code, "aws-profile");
        if (strncmp(err.message, rows[i].want, strlen(rows[i].want)) != 0)
            fail_msg("\"%s\" is not \"%s\"", err.message, rows[i].want);
        assert_null(strstr(err.message, "SEC"));
        assert_null(profile.keys.secret_access_key);
    }
}

static void test_too_long(void **state SP_UNUSED)
{
    static const char *const keys[] = {"aws_access_key_id", "credential_process"};
    char *value = sp_alloc(SP_SECRET_MAX + 2, 1);
    memset(value, 'x', SP_SECRET_MAX + 1);
    for (size_t i = 0; i < SP_ARRAY_LEN(keys); i++) {
        struct sp_aws_profile profile;
        struct sp_err err = SP_ERR_INIT;
        char *text = sp_asprintf("[a]\n%s = %s\n", keys[i], value);
        assert_int_equal(read_text(text, "a", false, &profile, &err), -1);
        assert_non_null(strstr(err.message, "too long"));
        free(text);
    }
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
