#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "watch/signature.h"
#include "watch/webhook.h"

static struct sp_secret *key_of(const char *text, struct sp_err *err)
{
    struct sp_secret *secret = sp_secret_new(text, strlen(text));
    struct sp_secret *key = sp_signature_key(secret, err);
    sp_secret_free(secret);
    return key;
}

/* The example of the specification's reference libraries. */
static void test_signature(void **state)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_buf out = SP_BUF_INIT(1000);
    struct sp_secret *key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &err);
    (void)state;
    assert_non_null(key);
    assert_int_equal(sp_secret_len(key), 24);
    sp_signature_put(&out, key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                     "{\"test\": 2432232314}");
    assert_string_equal(sp_buf_str(&out), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    sp_secret_free(key);
    sp_buf_fini(&out);
}

static void test_keys(void **state)
{
    static const struct {
        const char *secret;
        size_t len; /* 0: refused */
    } rows[] = {
        {"whsec_MDEyMzQ1Njc4OWFiY2RlZg==", 16},
        {"whsec_MDEyMzQ1Njc4OWFiY2RlZmc=", 17},
        {"0123456789abcdef", 16}, /* not encoded: as it is */
        {"whsec_MDEyMzQ1Njc4OWFiY2Q=", 0},
        {"whsec_MDEyMzQ1Njc4OWFiY2RlZg", 0},
        {"whsec_MDEyMzQ1Njc4OWFi*2RlZg==", 0},
        {"whsec_", 0},
        {"0123456789abcde", 0},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_secret *key = key_of(rows[i].secret, &err);
        if ((key ? sp_secret_len(key) : 0) != rows[i].len)
            fail_msg("%s: %s", rows[i].secret, err.message);
        if (!key) {
            assert_int_equal(err.kind, SP_ERR_CREDENTIALS);
            assert_true(strlen(rows[i].secret) == 6 || !strstr(err.message, rows[i].secret));
        }
        sp_secret_free(key);
    }
}

static void test_arrival(void **state)
{
    static const struct {
        struct sp_http_response response;
        const char *why; /* NULL: it has arrived */
    } rows[] = {
        {{.status = SP_HTTP_OK, .code = 200}, NULL},
        {{.status = SP_HTTP_OK, .code = 204}, NULL},
        {{.status = SP_HTTP_OK, .code = 302}, "it answered with status 302"},
        {{.status = SP_HTTP_OK, .code = 500}, "it answered with status 500"},
        {{.status = SP_HTTP_LOST, .message = "no answer from https://x"},
         "no answer from https://x"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char why[256] = "";
        bool has_arrived = sp_webhook_has_arrived(&rows[i].response, why, sizeof(why));
        assert_int_equal(has_arrived, rows[i].why == NULL);
        assert_string_equal(why, rows[i].why ? rows[i].why : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
