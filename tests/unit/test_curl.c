#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dlfcn.h>
#include <stdio.h>

/* The code under test with another dynamic linker in front of it, one that finds what a test wants.
 */
static void *fake_dlopen(const char *file, int flags);
static char *fake_dlerror(void);
static void *fake_dlsym(void *handle, const char *name);
static int fake_dlclose(void *handle);
#define dlopen  fake_dlopen
#define dlerror fake_dlerror
#define dlsym   fake_dlsym
#define dlclose fake_dlclose
#include "http/curl.c"

#include <cmocka.h>

#include "http/http.h"
#include "http/url.h"

static const char *missing; /* what is not there: "libcurl.so.4", a function or NULL */
static curl_version_info_data version;
static unsigned n_open;

static void *fake_dlopen(const char *file, int flags)
{
    assert_string_equal(file, "libcurl.so.4");
    assert_int_equal(flags, RTLD_NOW | RTLD_LOCAL);
    if (missing && strcmp(missing, file) == 0)
        return NULL;
    n_open++;
    return &version;
}

static int fake_dlclose(void *handle)
{
    assert_ptr_equal(handle, &version);
    n_open--;
    return 0;
}

static char *fake_dlerror(void)
{
    static char message[] = "libcurl.so.4: not found";
    return message;
}

static curl_version_info_data *fake_version_info(CURLversion asked SP_UNUSED)
{
    return &version;
}

static void *fake_dlsym(void *handle, const char *name)
{
    curl_version_info_data *(*function)(CURLversion asked) = fake_version_info;
    void *symbol;
    assert_ptr_equal(handle, &version);
    memcpy(&symbol, &function, sizeof(symbol));
    return missing && strcmp(missing, name) == 0 ? NULL : symbol;
}

static void test_refused(void **state)
{
    static const struct {
        const char *missing;
        unsigned version;
        int features;
        const char *ares, *want;
    } rows[] = {
        {"libcurl.so.4", 0, 0, NULL, "not found"},
        {"curl_url_strerror", 0, 0, NULL, "not found"},
        {NULL, 0x0756ff, CURL_VERSION_ASYNCHDNS, NULL,
         "it is version fake, and 7.87.0 or newer is needed"},
        {NULL, 0x075700, 0, NULL, "it has no threaded resolver"},
        {NULL, 0x075700, CURL_VERSION_ASYNCHDNS, "1.18.1", "it has no threaded resolver"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        missing = rows[i].missing;
        version = (curl_version_info_data){.version = "fake",
                                           .version_num = rows[i].version,
                                           .features = rows[i].features,
                                           .ares = rows[i].ares};
        assert_null(sp_curl_load(&err));
        assert_int_equal(n_open, 0);
        char *want = sp_asprintf("libcurl.so.4 cannot be loaded: %s", rows[i].want);
        assert_string_equal(err.message, want);
        assert_int_equal(err.kind, SP_ERR_INTERNAL);
        assert_string_equal(err.code, "libcurl");
        assert_true(err.fix[0] != '\0');
        free(want);
    }
}

static void test_urls_without_it(void **state)
{
    struct sp_err err = SP_ERR_INIT;
    char *url = NULL;
    (void)state;
    missing = "libcurl.so.4";
    assert_int_equal(sp_url_check_base("https://api.example.net", &url, &err), -1);
    assert_null(url);
    assert_string_equal(err.code, "libcurl");
    sp_err_clear(&err);
    assert_null(sp_url_build("https://api.example.net", NULL, 0, NULL, 0, &err));
    assert_string_equal(err.code, "libcurl");
    char *origin = sp_url_origin("https://api.example.net");
    assert_string_equal(origin, "");
    assert_false(sp_url_is_loopback("http://localhost"));
    free(origin);
}

static void on_response(void *arg, struct sp_http_response *response)
{
    unsigned *n = arg;
    ++*n;
    assert_int_equal(response->status, SP_HTTP_NOT_SENT);
    assert_string_equal(response->message, "nothing can be sent: libcurl.so.4 cannot be loaded: "
                                           "not found");
}

static void test_requests_without_it(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct sp_http *http = sp_http_new(loop);
    const struct sp_http_request request = {
        .method = "POST", .url = "https://api.example.net/", .body = "x", .body_len = 1};
    unsigned n = 0;
    (void)state;
    missing = "libcurl.so.4";
    sp_http_send(http, &request, on_response, &n);
    struct sp_transfer *cancelled = sp_http_send(http, &request, on_response, &n);
    sp_transfer_cancel(&cancelled);
    assert_int_equal(n, 0); /* never from inside */
    sp_loop_run(loop);
    assert_int_equal(n, 1);
    sp_http_send(http, &request, on_response, &n);
    sp_http_free(http);
    sp_loop_run(loop);
    assert_int_equal(n, 1);
    sp_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_urls_without_it),
        cmocka_unit_test(test_requests_without_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
