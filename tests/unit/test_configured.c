#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/loop.h"
#include "broker/credentials.h"

/* What the environment has; NULL: nothing. */
static char *token_variable, *key_variable;

static char *fake_getenv(const char *name)
{
    if (strcmp(name, "CLOUD_TOKEN") == 0)
        return token_variable;
    return strcmp(name, "CLOUD_KEY") == 0 ? key_variable : NULL;
}

static void add_secret(struct sp_auth *auth, const char *name, const char *variable)
{
    struct sp_secret_field *field = sp_array_push(&auth->secrets);
    field->name = sp_strdup(name);
    field->label = sp_strdup(name);
    sp_strings_add(&field->env, variable);
}

/* A token, or an address and a key. */
static struct sp_description make_description(void)
{
    struct sp_description description = {.name = sp_strdup("cloud"), .label = sp_strdup("Cloud")};
    struct sp_auth *auth = sp_array_push(&description.auths);
    auth->scheme = SP_AUTH_BEARER;
    auth->help = sp_strdup("");
    add_secret(auth, "token", "CLOUD_TOKEN");
    auth = sp_array_push(&description.auths);
    auth->scheme = SP_AUTH_HEADER;
    auth->help = sp_strdup("");
    add_secret(auth, "email", "CLOUD_EMAIL");
    add_secret(auth, "key", "CLOUD_KEY");
    sp_pairs_add(&auth->headers, "X-Auth", "{email}:{key}");
    return description;
}

static struct sp_configured *add(sp_configured_secrets *secrets, const char *name)
{
    struct sp_configured *configured = sp_array_push(secrets);
    *configured = (struct sp_configured){.name = sp_strdup(name)};
    return configured;
}

static void add_value(sp_configured_secrets *secrets, const char *name, const char *value)
{
    add(secrets, name)->value = sp_secret_new(value, strlen(value));
}

static void add_script(sp_configured_secrets *secrets, const char *name, const char *script)
{
    sp_command_words *words = &add(secrets, name)->command;
    *sp_array_push(words) = sp_strdup("/bin/sh");
    *sp_array_push(words) = sp_strdup("-c");
    *sp_array_push(words) = sp_strdup(script);
}

struct renewal {
    struct sp_err err;
    unsigned n;
};

static void on_renewed(void *arg, const struct sp_err *err)
{
    struct renewal *renewal = arg;
    renewal->err = *err;
    renewal->n++;
}

static struct sp_err renew(struct sp_credentials *credentials)
{
    struct renewal renewal = {.n = 0};
    struct sp_loop *loop = sp_loop_new();
    sp_credentials_renew(credentials, loop, on_renewed, &renewal);
    sp_loop_run(loop);
    assert_int_equal(renewal.n, 1);
    sp_loop_free(loop);
    return renewal.err;
}

static void expect_header(const struct sp_credentials *credentials, const char *name,
                          const char *value)
{
    sp_http_headers headers = {.n = 0};
    const struct sp_http_request request = {.method = "GET", .url = "https://cloud.example/"};
    sp_credentials_apply(credentials, &request, 0, &headers);
    assert_string_equal(sp_http_headers_find(&headers, name), value);
    sp_http_headers_free(&headers);
}

/* Loads what is whole without running a program. */
static void expect(const sp_configured_secrets *secrets, const char *source, const char *name,
                   const char *value)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    struct sp_credentials *credentials =
        sp_credentials_load(&description, secrets, fake_getenv, &err);
    if (!credentials)
        fail_msg("%s", err.message);
    assert_false(sp_credentials_need_renewal(credentials, 0));
    assert_string_equal(sp_credentials_source(credentials), source);
    expect_header(credentials, name, value);
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_the_environment_goes_first(void **state)
{
    sp_configured_secrets secrets = {.n = 0};
    char of_environment[] = "env-token", key[] = "env-key";
    (void)state;
    add_value(&secrets, "token", "config-token");
    add_value(&secrets, "email", "a@example.com");
    expect(&secrets, "config: value", "Authorization", "Bearer config-token");
    token_variable = of_environment;
    expect(&secrets, "CLOUD_TOKEN", "Authorization", "Bearer env-token");
    token_variable = NULL;
    sp_configured_fini(&secrets);
    /* Half a way in each. */
    key_variable = key;
    add_value(&secrets, "email", "a@example.com");
    expect(&secrets, "config: value", "X-Auth", "a@example.com:env-key");
    key_variable = NULL;
    sp_configured_fini(&secrets);
}

static void test_file(void **state)
{
    sp_configured_secrets secrets = {.n = 0};
    char path[] = "/tmp/signpost-configured-XXXXXX", source[64];
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(write(fd, "file-token\n", 11), 11);
    close(fd);
    add(&secrets, "token")->file = sp_strdup(path);
    snprintf(source, sizeof(source), "config: file %s", path);
    expect(&secrets, source, "Authorization", "Bearer file-token");
    unlink(path);
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    assert_null(sp_credentials_load(&description, &secrets, fake_getenv, &err));
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_non_null(strstr(err.message, path));
    sp_description_fini(&description);
    sp_configured_fini(&secrets);
}

static void test_commands(void **state)
{
    sp_configured_secrets secrets = {.n = 0};
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    add_script(&secrets, "email", "echo a@example.com");
    add_script(&secrets, "key", "printf 'the-key\\r\\nurl: https://cloud.example\\n'");
    struct sp_credentials *credentials =
        sp_credentials_load(&description, &secrets, fake_getenv, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "config: command /bin/sh");
    assert_true(sp_credentials_need_renewal(credentials, 0));
    /* Nothing to take out of a text yet. */
    struct sp_buf text = SP_BUF_INIT(100);
    sp_buf_puts(&text, "the-key");
    assert_int_equal(sp_credentials_redact(credentials, &text), 0);
    err = renew(credentials);
    assert_string_equal(err.message, "");
    assert_false(sp_credentials_need_renewal(credentials, INT64_MAX));
    expect_header(credentials, "X-Auth", "a@example.com:the-key");
    assert_int_equal(sp_credentials_redact(credentials, &text), 1);
    sp_buf_fini(&text);
    sp_credentials_free(credentials);
    sp_description_fini(&description);
    sp_configured_fini(&secrets);
}

static void test_commands_that_fail(void **state)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        {"echo not logged in >&2; exit 2", "/bin/sh failed (exit status 2)"},
        {"true", "its first line is empty"},
        {"echo; echo the-key", "its first line is empty"},
        {"printf 'the-\\001key\\n'", "control character"},
        {"head -c 20000 /dev/zero | tr '\\0' x", "too long"},
        {"head -c 100000 /dev/zero", "wrote more than a credential takes"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        sp_configured_secrets secrets = {.n = 0};
        struct sp_description description = make_description();
        struct sp_err err = SP_ERR_INIT;
        add_script(&secrets, "token", rows[i].script);
        struct sp_credentials *credentials =
            sp_credentials_load(&description, &secrets, fake_getenv, &err);
        assert_non_null(credentials);
        err = renew(credentials);
        assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
        if (!strstr(err.message, rows[i].message) || strstr(err.message, "the-key"))
            fail_msg("row %zu: %s", i, err.message);
        assert_non_null(strstr(err.message, "the configuration's command for token"));
        assert_true(sp_credentials_need_renewal(credentials, 0));
        sp_credentials_free(credentials);
        sp_description_fini(&description);
        sp_configured_fini(&secrets);
    }
}

static void test_a_name_that_is_none(void **state)
{
    sp_configured_secrets secrets = {.n = 0};
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    char of_environment[] = "env-token";
    (void)state;
    token_variable = of_environment;
    add_value(&secrets, "tokn", "config-token");
    assert_null(sp_credentials_load(&description, &secrets, fake_getenv, &err));
    token_variable = NULL;
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_non_null(strstr(err.message, "\"tokn\""));
    assert_non_null(strstr(err.fix, "token, email, key"));
    sp_description_fini(&description);
    sp_configured_fini(&secrets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_goes_first),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_commands_that_fail),
        cmocka_unit_test(test_a_name_that_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
