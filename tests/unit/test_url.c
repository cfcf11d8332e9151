#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/url.h"

static void test_check_base(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        {"https://api.example.net", "https://api.example.net"},
        {"https://api.example.net/", "https://api.example.net"},
        {"https://API.Example.NET/v4/", "https://api.example.net/v4"},
        {"https://api.example.net:443/v4", "https://api.example.net/v4"},
        {"https://api.example.net:8443", "https://api.example.net:8443"},
        {"HTTPS://api.example.net", "https://api.example.net"},
        {"http://127.0.0.1:8081", "http://127.0.0.1:8081"},
        {"http://127.0.0.1:8081/api/v1//", "http://127.0.0.1:8081/api/v1"},
        {"http://localhost:8081", "http://localhost:8081"},
        {"http://LOCALHOST", "http://localhost"},
        {"http://[::1]:8081", "http://[::1]:8081"},
        {"http://127.1:80", "http://127.0.0.1"},
        {"https://127.0.0.1", "https://127.0.0.1"},
        {"http://api.example.net", NULL},
        {"http://192.0.2.1", NULL},
        {"http://127.0.0.1.example.net", NULL},
        {"http://localhost.example.net", NULL},
        {"http://128.0.0.1", NULL},
        {"https://user@api.example.net", NULL},
        {"https://user:secret@api.example.net", NULL},
        {"https://api.example.net?x=1", NULL},
        {"https://api.example.net/#x", NULL},
        {"https://api.example.net/a b", NULL},
        {"https://api.example.net\\@evil.example", NULL},
        {"https://api.example.net/\r\nX: y", NULL},
        {"ftp://api.example.net", NULL},
        {"file:///etc/passwd", NULL},
        {"api.example.net", NULL},
        {"https://", NULL},
        {"", NULL},
        {"https://api.example.net:99999", NULL},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        char *url = NULL;
        int got = sp_url_check_base(rows[i].text, &url, &err);
        if (got != (rows[i].want ? 0 : -1))
            fail_msg("%s: got %d, %s", rows[i].text, got, err.message);
        if (rows[i].want) {
            assert_string_equal(url, rows[i].want);
        } else {
            assert_int_equal(err.kind, SP_ERR_USAGE);
            assert_string_equal(err.code, "bad-endpoint");
            assert_null(strstr(err.message, "secret"));
            assert_true(err.fix[0] != '\0');
        }
        free(url);
    }
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"https://user:pass@hooks.example.net/", "a user name or password may not stand in it"},
        {"https://user@hooks.example.net/", "a user name or password may not stand in it"},
        {"https://", "it names no host"},
        {"https://:443/in", "it names no host"},
        {"https://hooks.example.net:99999/", "its port is no number up to 65535"},
        {"hooks", "it does not begin with https://"},
        {"gopher2://hooks.example.net/", "it does not begin with https://"},
        {"ftp://hooks.example.net/", "only https is spoken"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        char *url = NULL;
        assert_int_equal(sp_url_check_target(rows[i].text, &url, &err), -1);
        if (!strstr(err.message, rows[i].why))
            fail_msg("%s: %s", rows[i].text, err.message);
    }
}

/* Its path and query stay as they are, and are not cited: there may be a secret in them. */
static void test_check_target(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        {"https://Hooks.example.net/T1/B2?token=x", "https://hooks.example.net/T1/B2?token=x"},
        {"https://hooks.example.net/in/", "https://hooks.example.net/in/"},
        {"http://127.0.0.1:8081/secret-path", "http://127.0.0.1:8081/secret-path"},
        {"http://hooks.example.net/secret-path", NULL},
        {"https://user:secret-path@hooks.example.net/", NULL},
        {"https://hooks.example.net/secret-path#x", NULL},
        {"ftp://hooks.example.net/secret-path", NULL},
        {"secret-path", NULL},
        {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        char *url = NULL;
        int got = sp_url_check_target(rows[i].text, &url, &err);
        if (got != (rows[i].want ? 0 : -1))
            fail_msg("%s: got %d, %s", rows[i].text, got, err.message);
        if (rows[i].want) {
            assert_string_equal(url, rows[i].want);
        } else {
            assert_string_equal(err.code, "bad-webhook");
            assert_null(strstr(err.message, "secret-path"));
        }
        free(url);
    }
}

#define SEGMENTS(...)                                                                              \
    (const char *[])                                                                               \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void test_build(void **state)
{
    static const struct sp_url_query query[] = {{"name", "a b&c=d/ü"}, {"x\r\ny", ""}};
    static const char *const none[] = {NULL};
    const struct {
        const char *base;
        const char *const *segments;
        size_t n_query;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"https://h.example", none, 0, "https://h.example/"},
        {"https://h.example/v4", none, 0, "https://h.example/v4"},
        {"https://h.example", none, 1, "https://h.example/?name=a%20b%26c%3Dd%2F%C3%BC"},
        {"https://h.example/v4", SEGMENTS("zones"), 0, "https://h.example/v4/zones"},
        {"https://h.example/v4", SEGMENTS("zones", "example.com.", "x"), 2,
         "https://h.example/v4/zones/example.com./x?name=a%20b%26c%3Dd%2F%C3%BC&x%0D%0Ay="},
        {"https://h.example", SEGMENTS("a%2e%2E"), 0, "https://h.example/a%252e%252E"},
        {"https://h.example", SEGMENTS("%2e%2e"), 0, "https://h.example/%252e%252e"},
        {"https://h.example", SEGMENTS("=2Fa", "b?c#d"), 0, "https://h.example/%3D2Fa/b%3Fc%23d"},
        {"https://h.example", SEGMENTS("..."), 0, "https://h.example/..."},
        {"https://h.example", SEGMENTS("@evil.example"), 0, "https://h.example/%40evil.example"},
        {"https://h.example", SEGMENTS(""), 0, NULL},
        {"https://h.example", SEGMENTS("a", "", "b"), 0, NULL},
        {"https://h.example", SEGMENTS("."), 0, NULL},
        {"https://h.example", SEGMENTS("a", ".."), 0, NULL},
        {"https://h.example", SEGMENTS("a/b"), 0, NULL},
        {"https://h.example", SEGMENTS("..\\b"), 0, NULL},
        {"https://h.example", SEGMENTS("a\r\nb"), 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        size_t n = 0;
        while (rows[i].segments[n])
            n++;
        char *url = sp_url_build(rows[i].base, rows[i].segments, n, query, rows[i].n_query, &err);
        if (rows[i].want) {
            if (!url)
                fail_msg("row %zu: %s", i, err.message);
            assert_string_equal(url, rows[i].want);
        } else {
            if (url)
                fail_msg("row %zu was built: %s", i, url);
            assert_int_equal(err.kind, SP_ERR_PLUGIN);
            assert_string_equal(err.code, "bad-request");
        }
        free(url);
    }
}

static void test_build_is_bounded(void **state)
{
    struct sp_err err = SP_ERR_INIT;
    static char long_text[SP_HTTP_URL_MAX + 1];
    const char *segments[] = {long_text};
    (void)state;
    memset(long_text, 'a', sizeof(long_text) - 1);
    assert_null(sp_url_build("https://h.example", segments, 1, NULL, 0, &err));
    assert_string_equal(err.code, "bad-request");
}

static void test_origin(void **state)
{
    static const struct {
        const char *url, *origin;
        bool is_loopback;
    } rows[] = {
        {"https://api.example.net/v4/zones?key=secret", "https://api.example.net", false},
        {"https://api.example.net:8443/", "https://api.example.net:8443", false},
        {"http://127.0.0.1:8081/api", "http://127.0.0.1:8081", true},
        {"http://[::1]:8081/api", "http://[::1]:8081", true},
        {"https://localhost/", "https://localhost", true},
        {"nonsense", "", false},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *origin = sp_url_origin(rows[i].url);
        assert_string_equal(origin, rows[i].origin);
        assert_int_equal(sp_url_is_loopback(rows[i].url), rows[i].is_loopback);
        free(origin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_base),       cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_check_target),     cmocka_unit_test(test_build),
        cmocka_unit_test(test_build_is_bounded), cmocka_unit_test(test_origin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
