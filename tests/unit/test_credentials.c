#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker/credentials.h"

/* ---- an environment of our own ------------------------------------------------------------------
 */

static struct {
    const char *name;
    char *value;
} environment[8];

static void set(const char *name, const char *value)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(environment); i++) {
        if (environment[i].name && strcmp(environment[i].name, name) != 0)
            continue;
        environment[i].name = name;
        free(environment[i].value);
        environment[i].value = sp_strdup(value);
        return;
    }
    fail();
}

static char *fake_getenv(const char *name)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(environment); i++)
        if (environment[i].name && strcmp(environment[i].name, name) == 0)
            return environment[i].value;
    return NULL;
}

static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(environment); i++) {
        free(environment[i].value);
        environment[i].value = NULL;
        environment[i].name = NULL;
    }
    return 0;
}

/* ---- descriptions -------------------------------------------------------------------------------
 */

static void add_secret(struct sp_auth *auth, const char *name, const char *variable,
                       const char *other)
{
    struct sp_secret_field *field = sp_array_push(&auth->secrets);
    field->name = sp_strdup(name);
    field->label = sp_strdup("API key");
    sp_strings_add(&field->env, variable);
    if (other)
        sp_strings_add(&field->env, other);
}

/* As Cloudflare's: a token, or an address and a key. */
static struct sp_description make_description(void)
{
    struct sp_description description = {.name = sp_strdup("cloud"), .label = sp_strdup("Cloud")};
    struct sp_auth *auth = sp_array_push(&description.auths);
    auth->scheme = SP_AUTH_BEARER;
    auth->help = sp_strdup("Make a token at https://cloud.example/tokens.");
    add_secret(auth, "token", "CLOUD_API_TOKEN", "CLOUD_TOKEN");
    auth = sp_array_push(&description.auths);
    auth->scheme = SP_AUTH_HEADER;
    auth->help = sp_strdup("");
    add_secret(auth, "email", "CLOUD_EMAIL", NULL);
    add_secret(auth, "key", "CLOUD_KEY", NULL);
    sp_pairs_add(&auth->headers, "X-Auth-Email", "{email}");
    sp_pairs_add(&auth->headers, "X-Auth-Key", "sso {key}:{email} end");
    return description;
}

static struct sp_credentials *load(const struct sp_description *description, struct sp_err *err)
{
    return sp_credentials_load(description, fake_getenv, err);
}

static void expect_headers(const struct sp_credentials *credentials, const char *first,
                           const char *second)
{
    const char *const want[] = {"Accept: x", first, second};
    sp_http_headers headers = {.n = 0};
    sp_http_headers_add(&headers, "Accept", "x");
    sp_credentials_apply(credentials, &headers);
    assert_int_equal(headers.n, second ? 3 : 2);
    for (size_t i = 0; i < headers.n; i++) {
        char *line = sp_asprintf("%s: %s", headers.items[i].name, headers.items[i].value);
        assert_string_equal(line, want[i]);
        free(line);
    }
    sp_http_headers_free(&headers);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

static void test_bearer(void **state)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    set("CLOUD_API_TOKEN", ""); /* set to nothing is not set */
    set("CLOUD_TOKEN", "secret-token");
    set("CLOUD_EMAIL", "me@example.com");
    set("CLOUD_KEY", "secret-key");
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "CLOUD_TOKEN");
    expect_headers(credentials, "Authorization: Bearer secret-token", NULL);
    assert_true(sp_credentials_own_header(credentials, "aUTHORIZATION"));
    assert_false(sp_credentials_own_header(credentials, "X-Auth-Key"));
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_headers(void **state)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    set("CLOUD_EMAIL", "me@example.com");
    set("CLOUD_KEY", "secret-key");
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "CLOUD_EMAIL");
    expect_headers(credentials, "X-Auth-Email: me@example.com",
                   "X-Auth-Key: sso secret-key:me@example.com end");
    assert_true(sp_credentials_own_header(credentials, "x-auth-key"));
    assert_false(sp_credentials_own_header(credentials, "Authorization"));
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_missing(void **state)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    set("CLOUD_KEY", "secret-key"); /* half of a way is none */
    assert_null(load(&description, &err));
    assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
    assert_string_equal(err.code, "credentials-missing");
    assert_string_equal(err.message, "no credential for Cloud: set CLOUD_API_TOKEN (or "
                                     "CLOUD_TOKEN, or CLOUD_API_TOKEN_FILE naming a file), or "
                                     "CLOUD_EMAIL (or CLOUD_EMAIL_FILE naming a file) and "
                                     "CLOUD_KEY (or CLOUD_KEY_FILE naming a file)");
    assert_non_null(strstr(err.fix, "set CLOUD_API_TOKEN (or "));
    assert_non_null(strstr(err.fix, ". Make a token at https://cloud.example/tokens."));
    sp_description_fini(&description);
}

static void test_none_needed(void **state)
{
    struct sp_description description = {.name = NULL};
    struct sp_err err = SP_ERR_INIT;
    sp_http_headers headers = {.n = 0};
    (void)state;
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "");
    assert_false(sp_credentials_own_header(credentials, "Authorization"));
    sp_credentials_apply(credentials, &headers);
    assert_int_equal(headers.n, 0);
    sp_credentials_free(credentials);
}

static char *make_file(const char *content, mode_t mode)
{
    char *path = sp_strdup("/tmp/signpost-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static void test_file(void **state)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    char *path = make_file("secret-from-file\n", 0600);
    (void)state;
    set("CLOUD_API_TOKEN_FILE", path);
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "CLOUD_API_TOKEN_FILE");
    expect_headers(credentials, "Authorization: Bearer secret-from-file", NULL);
    sp_credentials_free(credentials);

    set("CLOUD_API_TOKEN", "first"); /* the value comes before the file */
    credentials = load(&description, &err);
    expect_headers(credentials, "Authorization: Bearer first", NULL);
    sp_credentials_free(credentials);
    unlink(path);
    free(path);
    sp_description_fini(&description);
}

static void test_bad_files(void **state)
{
    struct sp_description description = make_description();
    char *open_path = make_file("secret", 0666), *empty_path = make_file("", 0600);
    const struct {
        const char *path, *want;
    } files[] = {
        {"/nonexistent/secret", "cannot read the secret file /nonexistent/secret"},
        {open_path, "can be written by others"},
        {empty_path, "is empty"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(files); i++) {
        struct sp_err err = SP_ERR_INIT;
        set("CLOUD_API_TOKEN_FILE", files[i].path);
        assert_null(load(&description, &err));
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_non_null(strstr(err.message, "CLOUD_API_TOKEN_FILE: "));
        assert_non_null(strstr(err.message, files[i].want));
    }
    unlink(open_path);
    unlink(empty_path);
    free(open_path);
    free(empty_path);
    sp_description_fini(&description);
}

static void test_control_characters(void **state)
{
    static const char *const values[] = {"a\r\nX: y", "a\nb", "a\x01", "a\x7f"};
    struct sp_description description = make_description();
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(values); i++) {
        struct sp_err err = SP_ERR_INIT;
        set("CLOUD_API_TOKEN", values[i]);
        assert_null(load(&description, &err));
        assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
        assert_string_equal(err.code, "credentials-unusable");
        assert_null(strstr(err.message, values[i]));
    }
    sp_description_fini(&description);
}

static void test_redact(void **state)
{
    struct sp_description description = make_description();
    struct sp_err err = SP_ERR_INIT;
    struct sp_buf text = SP_BUF_INIT(1024);
    (void)state;
    set("CLOUD_EMAIL", "me@example.com");
    set("CLOUD_KEY", "secret key");
    struct sp_credentials *credentials = load(&description, &err);
    sp_buf_puts(&text, "bad key secret key (secret%20key) of me@example.com");
    assert_int_equal(sp_credentials_redact(credentials, &text), 3);
    assert_string_equal(sp_buf_str(&text), "bad key [secret] ([secret]) of [secret]");
    sp_buf_fini(&text);
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_scrub(void **state)
{
    static const char *const names[] = {"CLOUD_API_TOKEN", "CLOUD_TOKEN", "CLOUD_KEY",
                                        "CLOUD_API_TOKEN_FILE", "CLOUD_EMAIL_FILE"};
    struct sp_description description = make_description();
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        setenv(names[i], "x", 1);
    setenv("CLOUD_OTHER", "x", 1);
    sp_credentials_scrub_environment(&description);
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        assert_null(getenv(names[i]));
    assert_string_equal(getenv("CLOUD_OTHER"), "x");
    sp_description_fini(&description);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear_environment)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_bearer),
        TEST(test_headers),
        TEST(test_missing),
        TEST(test_none_needed),
        TEST(test_file),
        TEST(test_bad_files),
        TEST(test_control_characters),
        TEST(test_redact),
        TEST(test_scrub),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
