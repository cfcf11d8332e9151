#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/credentials.h"

/* ---- an environment of our own ------------------------------------------------------------------
 */

static struct {
    const char *name;
    char *value;
} environment[12];

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
    return sp_credentials_load(description, NULL, fake_getenv, err);
}

static const struct sp_http_request request = {
    .method = "GET",
    .url = "https://route53.amazonaws.com/2013-04-01/"
           "hostedzonesbyname?dnsname=example.com.&maxitems=100",
};
#define NOW_S 1767225600 /* 20260101T000000Z */

static void expect_headers(const struct sp_credentials *credentials, const char *first,
                           const char *second)
{
    const char *const want[] = {"Accept: x", first, second};
    sp_http_headers headers = {.n = 0};
    sp_http_headers_add(&headers, "Accept", "x");
    sp_credentials_apply(credentials, &request, NOW_S, &headers);
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
    assert_string_equal(err.message, "no credential for Cloud is set: it takes CLOUD_API_TOKEN (or "
                                     "CLOUD_TOKEN), or CLOUD_EMAIL and CLOUD_KEY");
    assert_string_equal(err.fix, "set CLOUD_API_TOKEN (or CLOUD_API_TOKEN_FILE naming a file). "
                                 "Make a token at https://cloud.example/tokens.");
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
    sp_credentials_apply(credentials, &request, NOW_S, &headers);
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

/* ---- AWS --------------------------------------------------------------------------------------
 */

static struct sp_description make_aws(void)
{
    struct sp_description description = {.name = sp_strdup("my-dns"), .label = sp_strdup("My DNS")};
    struct sp_auth *auth = sp_array_push(&description.auths);
    auth->scheme = SP_AUTH_AWS_SIGV4;
    auth->help = sp_strdup("");
    auth->service = sp_strdup("route53");
    auth->region = sp_strdup("us-east-1");
    add_secret(auth, SP_AWS_ACCESS_KEY_ID, "AWS_ACCESS_KEY_ID", NULL);
    add_secret(auth, SP_AWS_SECRET_ACCESS_KEY, "AWS_SECRET_ACCESS_KEY", NULL);
    add_secret(auth, SP_AWS_SESSION_TOKEN, "AWS_SESSION_TOKEN", NULL);
    auth->secrets.items[2].is_optional = true;
    return description;
}

static void expect_signature(const struct sp_credentials *credentials, const char *url,
                             const char *words, const char *token)
{
    sp_http_headers headers = {.n = 0};
    struct sp_http_request there = request;
    there.url = url;
    sp_credentials_apply(credentials, &there, NOW_S, &headers);
    assert_non_null(sp_http_headers_find(&headers, "authorization"));
    if (!strstr(sp_http_headers_find(&headers, "authorization"), words))
        fail_msg("%s", sp_http_headers_find(&headers, "authorization"));
    const char *sent = sp_http_headers_find(&headers, "x-amz-security-token");
    assert_true(token ? sent && strcmp(sent, token) == 0 : !sent);
    sp_http_headers_free(&headers);
}

static void test_aws_variables(void **state)
{
    static const char signature[] =
        "f8fe2b666161cdaf3769edfab693cc1d5a423268dca5019078201cbbd8a5944c";
    struct sp_description description = make_aws();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    set("AWS_ACCESS_KEY_ID", "AKID");
    set("AWS_SECRET_ACCESS_KEY", "SECRET");
    set("AWS_PROFILE", "not there: the variables come first");
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    assert_string_equal(sp_credentials_source(credentials), "AWS_ACCESS_KEY_ID");
    assert_false(sp_credentials_need_renewal(credentials, NOW_S));
    assert_true(sp_credentials_state_time(credentials));
    expect_signature(credentials, request.url, signature, NULL);
    assert_true(sp_credentials_own_header(credentials, "x-amz-date"));
    assert_true(sp_credentials_own_header(credentials, "Authorization"));
    assert_true(sp_credentials_own_header(credentials, "x-amz-security-token"));
    assert_false(sp_credentials_own_header(credentials, "content-type"));
    sp_credentials_free(credentials);

    set("AWS_SESSION_TOKEN", "FwoG/+==");
    credentials = load(&description, &err);
    expect_signature(credentials, request.url, "x-amz-security-token, Signature=", "FwoG/+==");
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_aws_region(void **state)
{
    static const struct {
        const char *url, *region;
    } rows[] = {
        {"https://route53.amazonaws.com/", "us-east-1"},
        {"https://route53-fips.amazonaws.com/", "us-east-1"},
        {"https://route53.amazonaws.com.cn/x", "cn-northwest-1"},
        {"https://route53.us-gov.amazonaws.com:443/", "us-gov-west-1"},
        {"https://route53.c2s.ic.gov", "us-iso-east-1"},
        {"https://route53.sc2s.sgov.gov", "us-isob-east-1"},
        {"http://127.0.0.1:8080/", "us-east-1"},
        {"https://evil.example/.amazonaws.com.cn", "us-east-1"},
    };
    struct sp_description description = make_aws();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    set("AWS_ACCESS_KEY_ID", "AKID");
    set("AWS_SECRET_ACCESS_KEY", "SECRET");
    set("AWS_REGION", "eu-central-1"); /* where the user's machines are */
    struct sp_credentials *credentials = load(&description, &err);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *scope = sp_asprintf("/20260101/%s/route53/aws4_request", rows[i].region);
        expect_signature(credentials, rows[i].url, scope, NULL);
        free(scope);
    }
    sp_credentials_free(credentials);
    set("SIGNPOST_MY_DNS_REGION", "eusc-de-east-1");
    credentials = load(&description, &err);
    expect_signature(credentials, rows[2].url, "/20260101/eusc-de-east-1/route53/", NULL);
    sp_credentials_free(credentials);
    set("SIGNPOST_MY_DNS_REGION", "eu/central");
    assert_null(load(&description, &err));
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_string_equal(err.code, "bad-region");
    assert_non_null(strstr(err.message, "SIGNPOST_MY_DNS_REGION is \"eu/central\""));
    sp_description_fini(&description);
}

/* With a profile at hand, half a pair of variables must not make another identity of it. */
static void test_aws_half(void **state)
{
    struct sp_description description = make_aws();
    struct sp_err err = SP_ERR_INIT;
    char *path = make_file("[default]\naws_access_key_id=A\naws_secret_access_key=B\n", 0600);
    (void)state;
    set("AWS_SHARED_CREDENTIALS_FILE", path);
    set("AWS_SECRET_ACCESS_KEY", "SECRET");
    assert_null(load(&description, &err));
    assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
    assert_string_equal(err.message, "AWS_SECRET_ACCESS_KEY is set, but not AWS_ACCESS_KEY_ID");

    set("AWS_SECRET_ACCESS_KEY", "");
    struct sp_credentials *credentials = load(&description, &err);
    assert_non_null(credentials);
    expect_signature(credentials, request.url, "Credential=A/20260101/", NULL);
    sp_credentials_free(credentials);
    unlink(path);
    free(path);
    sp_description_fini(&description);
}

/* A plugin with variables of its own does not get the user's profile. */
static void test_aws_of_a_stranger(void **state)
{
    struct sp_description description = make_aws();
    struct sp_err err = SP_ERR_INIT;
    char *path = make_file("[default]\naws_access_key_id=A\naws_secret_access_key=B\n", 0600);
    char **variable = &description.auths.items[0].secrets.items[0].env.items[0];
    (void)state;
    set("AWS_SHARED_CREDENTIALS_FILE", path);
    free(*variable);
    *variable = sp_strdup("MY_DNS_ACCESS_KEY_ID");
    assert_null(load(&description, &err));
    assert_string_equal(err.code, "credentials-missing");
    assert_null(strstr(err.message, "AWS_PROFILE"));
    unlink(path);
    free(path);
    sp_description_fini(&description);
}

static void test_aws_missing(void **state)
{
    struct sp_description description = make_aws();
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_null(load(&description, &err));
    assert_string_equal(err.code, "credentials-missing");
    assert_string_equal(err.message,
                        "no credential for My DNS is set: it takes AWS_ACCESS_KEY_ID and "
                        "AWS_SECRET_ACCESS_KEY, or a profile of the AWS tools");
    assert_string_equal(err.fix,
                        "set AWS_ACCESS_KEY_ID (or AWS_ACCESS_KEY_ID_FILE naming a file) and "
                        "AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY_FILE naming a "
                        "file), or AWS_PROFILE to a profile of the AWS tools");
    sp_description_fini(&description);
}

/* ---- credential_process ------------------------------------------------------------------------
 */

struct renewal {
    struct sp_loop *loop;
    struct sp_err err;
    unsigned n;
};

static void on_renewed(void *arg, const struct sp_err *err)
{
    struct renewal *renewal = arg;
    renewal->err = *err;
    renewal->n++;
}

/* A profile whose process is a script that ends in TAIL. */
static struct sp_credentials *load_process(const struct sp_description *description,
                                           const char *tail)
{
    struct sp_err err = SP_ERR_INIT;
    char *text = sp_asprintf("[default]\ncredential_process = /bin/sh -c \"%s\"\n", tail);
    char *path = make_file(text, 0600);
    set("AWS_SHARED_CREDENTIALS_FILE", path);
    struct sp_credentials *credentials = load(description, &err);
    assert_non_null(credentials);
    unlink(path);
    free(path);
    free(text);
    return credentials;
}

static void renew(struct sp_credentials *credentials, struct renewal *ret)
{
    *ret = (struct renewal){.loop = sp_loop_new()};
    sp_credentials_renew(credentials, ret->loop, on_renewed, ret);
    assert_int_equal(ret->n, 0);
    sp_loop_run(ret->loop);
    assert_int_equal(ret->n, 1);
    sp_loop_free(ret->loop);
}

#define ANSWER(more)                                                                               \
    "echo "                                                                                        \
    "'{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"AKID\\\",\\\"SecretAccessKey\\\":"                \
    "\\\"SECRET\\\"" more "}'"

static void test_process(void **state)
{
    struct sp_description description = make_aws();
    struct renewal renewal;
    (void)state;
    struct sp_credentials *credentials = load_process(&description, ANSWER(""));
    char *want = sp_asprintf("credential_process of the profile default in %s",
                             fake_getenv("AWS_SHARED_CREDENTIALS_FILE"));
    assert_string_equal(sp_credentials_source(credentials), want);
    assert_true(sp_credentials_need_renewal(credentials, 0));
    renew(credentials, &renewal);
    assert_string_equal(renewal.err.message, "");
    assert_false(sp_credentials_need_renewal(credentials, INT64_MAX));
    expect_signature(credentials, request.url,
                     "f8fe2b666161cdaf3769edfab693cc1d5a423268dca5019078201cbbd8a5944c", NULL);
    assert_string_equal(sp_credentials_source(credentials), want);
    sp_credentials_free(credentials);
    free(want);

    credentials =
        load_process(&description, ANSWER(",\\\"SessionToken\\\":\\\"T\\\",\\\"Expiration\\\":"
                                          "\\\"2100-01-01T00:00:00Z\\\""));
    renew(credentials, &renewal);
    expect_signature(credentials, request.url, "x-amz-security-token", "T");
    assert_false(sp_credentials_need_renewal(credentials, 4102444800 - SP_AWS_RENEW_S - 1));
    assert_true(sp_credentials_need_renewal(credentials, 4102444800 - SP_AWS_RENEW_S));
    renew(credentials, &renewal); /* again: the old ones go */
    expect_signature(credentials, request.url, "Credential=AKID", "T");
    sp_credentials_free(credentials);
    sp_description_fini(&description);
}

static void test_process_failures(void **state)
{
    static const struct {
        const char *tail, *message, *fix;
    } rows[] = {
        {"echo log in first >&2; exit 3", "/bin/sh failed (exit status 3)", "log in first"},
        {"kill -9 $$", "/bin/sh was ended by signal 9", "run it by hand"},
        {"echo hello", "it wrote no JSON object", "run it by hand"},
        {"echo '{\\\"Version\\\":2}'", "not of Version 1", "run it by hand"},
        {"head -c 100000 /dev/zero", "wrote more than a credential takes", "run it by hand"},
        {ANSWER(",\\\"Expiration\\\":\\\"2001-01-01T00:00:00Z\\\""),
         "handed out keys whose Expiration is over", "log in again"},
        {ANSWER("") "; exit 1", "failed (exit status 1)", "run it by hand"},
    };
    struct sp_description description = make_aws();
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct renewal renewal;
        print_message("%s\n", rows[i].tail);
        struct sp_credentials *credentials = load_process(&description, rows[i].tail);
        renew(credentials, &renewal);
        assert_int_equal(renewal.err.kind, SP_ERR_CREDENTIALS);
        assert_string_equal(renewal.err.code, "credential-process");
        if (!strstr(renewal.err.message, rows[i].message) ||
            !strstr(renewal.err.message, "credential_process of the profile default in "))
            fail_msg("%s", renewal.err.message);
        if (!strstr(renewal.err.fix, rows[i].fix))
            fail_msg("%s", renewal.err.fix);
        assert_null(strstr(renewal.err.message, "SECRET"));
        assert_null(strstr(renewal.err.fix, "SECRET"));
        sp_credentials_free(credentials);
    }
    sp_description_fini(&description);
}

/* Freed while its program runs: that is killed, nothing is called, nothing is left. */
static void test_process_cancelled(void **state)
{
    struct sp_description description = make_aws();
    struct renewal renewal = {.loop = sp_loop_new()};
    (void)state;
    struct sp_credentials *credentials = load_process(&description, "exec sleep 1000");
    uint64_t started_ms = sp_monotonic_ms();
    sp_credentials_renew(credentials, renewal.loop, on_renewed, &renewal);
    sp_credentials_free(credentials);
    sp_loop_run(renewal.loop);
    assert_int_equal(renewal.n, 0);
    assert_true(sp_monotonic_ms() - started_ms < 5000);
    sp_loop_free(renewal.loop);
    sp_description_fini(&description);
}

/* ---- headers with an optional secret ------------------------------------------------------------
 */

static void test_optional_header(void **state)
{
    struct sp_description description = make_description();
    struct sp_auth *auth = &description.auths.items[1];
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    add_secret(auth, "shopper", "CLOUD_SHOPPER", NULL);
    auth->secrets.items[2].is_optional = true;
    free(auth->headers.items[1].value);
    auth->headers.items[1].value = sp_strdup("for {shopper}");
    set("CLOUD_EMAIL", "me@example.com");
    set("CLOUD_KEY", "secret-key");
    struct sp_credentials *credentials = load(&description, &err);
    expect_headers(credentials, "X-Auth-Email: me@example.com", NULL);
    sp_credentials_free(credentials);
    set("CLOUD_SHOPPER", "77");
    credentials = load(&description, &err);
    expect_headers(credentials, "X-Auth-Email: me@example.com", "X-Auth-Key: for 77");
    sp_credentials_free(credentials);
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
        TEST(test_aws_variables),
        TEST(test_aws_region),
        TEST(test_aws_half),
        TEST(test_aws_of_a_stranger),
        TEST(test_aws_missing),
        TEST(test_process),
        TEST(test_process_failures),
        TEST(test_process_cancelled),
        TEST(test_optional_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
