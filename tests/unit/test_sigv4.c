#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/sigv4.h"

#define NOW_S 1767225600 /* 20260101T000000Z */
#define R53   "https://route53.amazonaws.com/2013-04-01/"
#define PLAIN "host;x-amz-date"

struct row {
    const char *what, *method, *url;
    const char *headers[2][2];
    const char *body, *token, *region;
    const char *want_names, *want_signature; /* as botocore signs them */
};

static const struct row rows[] = {
    {"sorted query", "GET", R53 "hostedzonesbyname?dnsname=example.com.&maxitems=100",
     .want_names = PLAIN,
     .want_signature = "f8fe2b666161cdaf3769edfab693cc1d5a423268dca5019078201cbbd8a5944c"},
    {"unsorted query", "GET",
     R53 "hostedzone/Z1/rrset?name=a._domainkey.example.com.&type=CNAME&maxitems=3",
     .want_names = PLAIN,
     .want_signature = "5ae774dfe452ce34e0feaa5581698089d4dd2ad02dc105feba4300e612c45082"},
    {"body",
     "POST",
     R53 "hostedzone/Z1/rrset/",
     {{"Content-Type", "text/xml"}},
     .body = "<x/>",
     .want_names = "content-type;" PLAIN,
     .want_signature = "af71d8942d191bb4cb3790fc43507fb48ed0de7943934d2280be8936768341f0"},
    {"session token", "GET", R53 "hostedzone",
     .token = "FwoG/+==", .want_names = PLAIN ";x-amz-security-token",
     .want_signature = "2d4a7ff374437e17f0a5635a1a249a12adcfed70b962f4d99d9b8d3ce98be35d"},
    {"lower-case escape", "GET", R53 "hostedzone/Z1/rrset?name=%5c052.example.com",
     .want_names = PLAIN,
     .want_signature = "1281445019ac3e1ed88ace090bbb35a933b6d8b38b037831d1c08de3e7e23a04"},
    {"bare asterisk", "GET", R53 "hostedzone/Z1/rrset?name=*.example.com", .want_names = PLAIN,
     .want_signature = "f707f62f487f65c5c23346bec5cd80d50ba659c2201a8fd1f1eee1ea5b9936b7"},
    {"parameter without value", "GET", R53 "hostedzone?name", .want_names = PLAIN,
     .want_signature = "3c14644a59e4c5f037718e83babd544ae1b72788c60f4ae1f96dbca5ddaa0cd6"},
    {"parameter three times", "GET", R53 "hostedzone?a=b&a=%20&a=B", .want_names = PLAIN,
     .want_signature = "3642673db71940b8c26d87ca973fabdacd7d40a5b463d59453571e90b3681cc5"},
    {"header that begins as another",
     "GET",
     R53 "hostedzone",
     {{"X-A-B", "2"}, {"X-A", "1"}},
     .want_names = "host;x-a;x-a-b;x-amz-date",
     .want_signature = "62ca8a50afd44f3bf86d256ff861b01058c2a7e78abd822efa8884d2419f1f10"},
    {"escaped slash in the path", "GET", R53 "change/%2Fchange%2FC1", .want_names = PLAIN,
     .want_signature = "f54661db7c6ff0afb1f77b06811889a0d7b98dc633cf945e47666a6bd929a751"},
    {"repeated header",
     "GET",
     R53 "hostedzone",
     {{"X-A", "2  3 "}, {"x-a", " 1"}},
     .want_names = "host;x-a;x-amz-date",
     .want_signature = "0a39c826f20f0a03c5ff52f74232ce834b8caaa6f55eaaf9d28a246f6262d170"},
    {"what proxies change",
     "GET",
     R53 "hostedzone",
     {{"User-Agent", "x"}, {"Expect", ""}},
     .want_names = PLAIN,
     .want_signature = "c4fcc5fbfeccdd3b43e1c8635aab58ffaf004a615545eff2a5ab05a64ed56ed9"},
    {"port, no path", "GET", "http://127.0.0.1:8080", .want_names = PLAIN,
     .want_signature = "d919a6bb05b47fb0b0b6c9c55ecc8953d4118bb315eecd8eaabc8ed99401570c"},
    {"another region", "GET", "https://route53.amazonaws.com.cn/", .region = "cn-northwest-1",
     .want_names = PLAIN,
     .want_signature = "934b7360fc0b6a265ae954be02bb55c7768df13166eb5cc8191956efdb7f2f4f"},
};

static int sign(const struct row *row, sp_http_headers *ret_headers)
{
    struct sp_secret *secret = sp_secret_new("SECRET", strlen("SECRET"));
    sp_http_headers headers = {.n = 0};
    for (size_t i = 0; i < SP_ARRAY_LEN(row->headers); i++)
        if (row->headers[i][0])
            sp_http_headers_add(&headers, row->headers[i][0], row->headers[i][1]);
    const struct sp_sigv4_key key = {.access_key_id = "AKID",
                                     .secret_access_key = secret,
                                     .session_token = row->token,
                                     .region = row->region ? row->region : "us-east-1",
                                     .service = "route53"};
    const struct sp_sigv4_request request = {.method = row->method,
                                             .url = row->url,
                                             .headers = &headers,
                                             .body = row->body,
                                             .body_len = row->body ? strlen(row->body) : 0};
    int ret = sp_sigv4_sign(&key, &request, NOW_S, ret_headers);
    sp_http_headers_free(&headers);
    sp_secret_free(secret);
    return ret;
}

static void test_signatures(void **state SP_UNUSED)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        sp_http_headers added = {.n = 0};
        print_message("%s\n", row->what);
        assert_int_equal(sign(row, &added), 0);
        char *want = sp_asprintf("AWS4-HMAC-SHA256 Credential=AKID/20260101/%s/route53/aws4_request"
                                 ", SignedHeaders=%s, Signature=%s",
                                 row->region ? row->region : "us-east-1", row->want_names,
                                 row->want_signature);
        assert_string_equal(sp_http_headers_find(&added, "authorization"), want);
        assert_string_equal(sp_http_headers_find(&added, "x-amz-date"), "20260101T000000Z");
        const char *token = sp_http_headers_find(&added, "x-amz-security-token");
        assert_true(row->token ? token && strcmp(token, row->token) == 0 : !token);
        assert_int_equal(added.n, row->token ? 3 : 2);
        free(want);
        sp_http_headers_free(&added);
    }
}

/* The headers signed and those added may be one list. */
static void test_same_list(void **state SP_UNUSED)
{
    struct sp_secret *secret = sp_secret_new("SECRET", strlen("SECRET"));
    sp_http_headers headers = {.n = 0};
    const struct sp_sigv4_key key = {"AKID", secret, NULL, "us-east-1", "route53"};
    const struct sp_sigv4_request request = {"POST", R53 "hostedzone/Z1/rrset/", &headers, "<x/>",
                                             4};
    sp_http_headers_add(&headers, "Content-Type", "text/xml");
    assert_int_equal(sp_sigv4_sign(&key, &request, NOW_S, &headers), 0);
    assert_int_equal(headers.n, 3);
    assert_non_null(strstr(sp_http_headers_find(&headers, "authorization"), "af71d8942d191bb4"));
    sp_http_headers_free(&headers);
    sp_secret_free(secret);
}

static void test_refusals(void **state SP_UNUSED)
{
    char *value = sp_alloc(SP_HTTP_REQUEST_MAX + 1, 1);
    struct row bad[] = {
        {"no scheme", "GET", "route53.amazonaws.com/"},
        {"no host", "GET", "https:///x"},
        {"too large", "GET", R53 "hostedzone", {{"X-A", value}}},
    };
    memset(value, 'x', SP_HTTP_REQUEST_MAX);
    for (size_t i = 0; i < SP_ARRAY_LEN(bad); i++) {
        sp_http_headers added = {.n = 0};
        print_message("%s\n", bad[i].what);
        assert_int_equal(sign(&bad[i], &added), -1);
        assert_int_equal(added.n, 0);
    }
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_same_list),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
