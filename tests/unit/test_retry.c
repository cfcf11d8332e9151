#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "http/retry.h"

#define NOW_S 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */

static uint32_t longest(uint32_t below)
{
    return below - 1;
}

static uint32_t shortest(uint32_t below)
{
    (void)below;
    return 0;
}

static int64_t ask(enum sp_http_status status, long code, const char *retry_after, unsigned tries,
                   bool is_repeatable, uint32_t (*random_below)(uint32_t))
{
    char name[] = "retry-after";
    struct sp_http_header header = {.name = name, .value = sp_strdup(retry_after)};
    struct sp_http_response response = {.status = status, .code = code};
    struct sp_retry retry = {.tries = tries, .is_repeatable = is_repeatable};
    response.headers.items = &header;
    response.headers.n = retry_after ? 1 : 0;
    int64_t delay_ms = sp_retry_delay_ms(&retry, &response, NOW_S, random_below);
    free(header.value);
    return delay_ms;
}

static void test_decisions(void **state)
{
    static const struct {
        enum sp_http_status status;
        long code;
        const char *retry_after;
        unsigned tries;
        int64_t once, repeatable; /* the longest delay in ms, -1: given up */
    } rows[] = {
        {SP_HTTP_NOT_SENT, 0, NULL, 1, 250, 250},
        {SP_HTTP_NOT_SENT, 0, NULL, 2, 500, 500},
        {SP_HTTP_NOT_SENT, 0, NULL, 3, 1000, 1000},
        {SP_HTTP_NOT_SENT, 0, NULL, SP_HTTP_TRIES, -1, -1},
        {SP_HTTP_LOST, 0, NULL, 1, -1, 250},
        {SP_HTTP_LOST, 0, NULL, SP_HTTP_TRIES, -1, -1},
        {SP_HTTP_TOO_LARGE, 0, NULL, 1, -1, -1},
        {SP_HTTP_OK, 200, NULL, 1, -1, -1},
        {SP_HTTP_OK, 200, "5", 1, -1, -1},
        {SP_HTTP_OK, 301, NULL, 1, -1, -1},
        {SP_HTTP_OK, 401, NULL, 1, -1, -1},
        {SP_HTTP_OK, 404, NULL, 1, -1, -1},
        {SP_HTTP_OK, 409, NULL, 1, -1, -1},
        {SP_HTTP_OK, 501, NULL, 1, -1, -1},
        {SP_HTTP_OK, 429, NULL, 1, 250, 250},
        {SP_HTTP_OK, 429, "3", 1, 3000, 3000},
        {SP_HTTP_OK, 429, "0", 1, 250, 250},
        {SP_HTTP_OK, 429, "60", 1, 60000, 60000},
        {SP_HTTP_OK, 429, "61", 1, -1, -1},
        {SP_HTTP_OK, 429, "soon", 1, 250, 250},
        {SP_HTTP_OK, 429, "Tue, 14 Nov 2023 22:13:30 GMT", 1, 10000, 10000},
        {SP_HTTP_OK, 429, "Tue, 14 Nov 2023 22:13:00 GMT", 1, 250, 250},
        {SP_HTTP_OK, 429, "Tue, 14 Nov 2023 23:13:30 GMT", 1, -1, -1},
        {SP_HTTP_OK, 429, "3", SP_HTTP_TRIES, -1, -1},
        {SP_HTTP_OK, 503, "2", 1, 2000, 2000},
        {SP_HTTP_OK, 503, NULL, 1, -1, 250},
        {SP_HTTP_OK, 500, NULL, 1, -1, 250},
        {SP_HTTP_OK, 500, "2", 1, -1, 250},
        {SP_HTTP_OK, 502, NULL, 2, -1, 500},
        {SP_HTTP_OK, 504, NULL, 3, -1, 1000},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        int64_t once =
            ask(rows[i].status, rows[i].code, rows[i].retry_after, rows[i].tries, false, longest);
        int64_t repeatable =
            ask(rows[i].status, rows[i].code, rows[i].retry_after, rows[i].tries, true, longest);
        if (once != rows[i].once || repeatable != rows[i].repeatable)
            fail_msg("row %zu: %lld and %lld", i, (long long)once, (long long)repeatable);
    }
}

static void test_jitter_is_full(void **state)
{
    (void)state;
    assert_int_equal(ask(SP_HTTP_NOT_SENT, 0, NULL, 3, false, shortest), 0);
    assert_int_equal(ask(SP_HTTP_OK, 429, "1", 1, false, shortest), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_jitter_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
