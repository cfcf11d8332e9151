/* plugins/kit: what answers mean, and the exchange of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/json.h"
#include "kit_call.h"

#include <cmocka.h>

static struct kit_call kit;

static int setup(void **state)
{
    (void)state;
    kit_call_init(&kit);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_call_fini(&kit);
    return 0;
}

static void test_what_answers_mean(void **state)
{
    static const struct kit_rule rules[] = {
        {422, "GET", NULL, SIGNPOST_ZONE_NOT_FOUND},
        {422, NULL, "DUPLICATE: *", SIGNPOST_CONFLICT},
        {0, NULL, "910[3-9]: *", SIGNPOST_AUTH},
        {403, NULL, "*plan*", SIGNPOST_FORBIDDEN_BY_PLAN},
        {0, NULL, NULL, SIGNPOST_OK},
    };
    static const struct {
        const char *method, *error;
        int status, code;
    } rows[] = {
        {"GET", "", 422, SIGNPOST_ZONE_NOT_FOUND},
        {"PUT", "", 422, SIGNPOST_UNSUPPORTED},
        {"PUT", "DUPLICATE: it is there", 422, SIGNPOST_CONFLICT},
        {"PUT", "DUPLICATE: it is there", 400, SIGNPOST_UNSUPPORTED},
        {"PUT", "9109: bad token", 400, SIGNPOST_AUTH},
        {"PUT", "9102: x", 400, SIGNPOST_UNSUPPORTED},
        {"GET", "not in your plan", 403, SIGNPOST_FORBIDDEN_BY_PLAN},
        {"GET", "no", 403, SIGNPOST_AUTH},
        {"GET", "", 401, SIGNPOST_AUTH},
        {"GET", "", 404, SIGNPOST_ZONE_NOT_FOUND},
        {"GET", "", 429, SIGNPOST_RATE_LIMITED},
        {"GET", "", 409, SIGNPOST_UNSUPPORTED},
        {"GET", "", 500, SIGNPOST_TRANSIENT},
        {"GET", "", 503, SIGNPOST_TRANSIENT},
        {"PATCH", "", 500, SIGNPOST_AMBIGUOUS},
        {"DELETE", "", 502, SIGNPOST_AMBIGUOUS},
        {"POST", "", 200, SIGNPOST_AMBIGUOUS},
        {"GET", "", 200, SIGNPOST_BAD_REPLY},
        {"GET", "", 302, SIGNPOST_BAD_REPLY},
        {"POST", "", 302, SIGNPOST_BAD_REPLY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct signpost_request request = {.size = sizeof(request), .method = rows[i].method};
        const struct signpost_response response = {
            .size = sizeof(response), .status = rows[i].status, .body = ""};
        int code = kit_reply_fail(&kit.base, rules, "doing it", &request, &response, rows[i].error);
        if (code != rows[i].code)
            fail_msg("row %zu: %d, not %d", i, code, rows[i].code);
    }
}

static void test_sentence(void **state)
{
    static char long_text[2000];
    const struct signpost_request request = {.size = sizeof(request), .method = "GET"};
    struct signpost_response response = {.size = sizeof(response), .status = 400, .body = ""};
    (void)state;
    kit_reply_fail(&kit.base, NULL, "reading", &request, &response, "7: no");
    assert_string_equal(kit.said, "reading: HTTP 400: 7: no");
    kit_reply_fail(&kit.base, NULL, "reading", &request, &response, "");
    assert_string_equal(kit.said, "reading: HTTP 400");
    response.body = "<html>\n<body>";
    kit_reply_fail(&kit.base, NULL, "reading", &request, &response, "");
    assert_string_equal(kit.said, "reading: HTTP 400: <html>");
    kit_reply_fail(&kit.base, NULL, "reading", &request, &response, "wrong signature\r\nof this");
    assert_string_equal(kit.said, "reading: HTTP 400: wrong signature");
    memset(long_text, 'x', sizeof(long_text) - 1);
    kit_reply_fail(&kit.base, NULL, long_text, &request, &response, long_text);
    assert_int_equal(strlen(kit.said), 100 + strlen(": HTTP 400: ") + 1000);
}

static void read_error(struct signpost_call *call, const json_t *json, char *ret_error, size_t size)
{
    snprintf(ret_error, size, "%s", json ? kit_json_text(json, "error") : "no JSON");
    signpost_retry_after(call, 3);
}

/* 404 is as good as done, but for a GET. */
static int is_array(const struct signpost_request *request,
                    const struct signpost_response *response, const json_t *json)
{
    if (strcmp(request->method, "GET") == 0)
        return response->status == 200 && json_is_array(json);
    return response->status == 404 || (response->status == 200 && !json);
}

static void test_exchange(void **state)
{
    static const struct kit_json_api plain = {.read_error = read_error};
    static const struct kit_json_api strict = {.read_error = read_error, .is_answer = is_array};
    static const struct {
        const struct kit_json_api *api;
        const char *method, *answer;
        int status, code;
        const char *said;
    } rows[] = {
        {&plain, "GET", "{}", 200, SIGNPOST_OK, ""},
        {&plain, "GET", "", 200, SIGNPOST_BAD_REPLY, "doing: HTTP 200: no JSON"},
        {&plain, "POST", "", 204, SIGNPOST_OK, ""},
        {&plain, "POST", "<html>", 201, SIGNPOST_OK, ""},
        {&plain, "GET", "{\"error\":\"oh\"}", 403, SIGNPOST_AUTH, "doing: HTTP 403: oh"},
        {&plain, "GET", "{\"error\":7}", 403, SIGNPOST_AUTH, "doing: HTTP 403: {\"error\":7}"},
        {&plain, "GET", "[1", 500, SIGNPOST_TRANSIENT, "doing: HTTP 500: no JSON"},
        {&strict, "GET", "[]", 200, SIGNPOST_OK, ""},
        {&strict, "GET", "{}", 200, SIGNPOST_BAD_REPLY, "doing: HTTP 200: {}"},
        {&strict, "PUT", "{}", 200, SIGNPOST_AMBIGUOUS, "doing: HTTP 200: {}"},
        {&strict, "PUT", "", 200, SIGNPOST_OK, ""},
        {&strict, "PUT", "", 404, SIGNPOST_OK, ""},
        {&strict, "GET", "[]", 404, SIGNPOST_ZONE_NOT_FOUND, "doing: HTTP 404: []"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *json = NULL;
        kit.said[0] = '\0';
        kit.status = rows[i].status;
        kit.body = rows[i].answer;
        kit.retry_after_s = 0;
        int code = kit_json_send(&kit.base, rows[i].api, "doing",
                                 (struct signpost_request){.size = sizeof(struct signpost_request),
                                                           .method = rows[i].method},
                                 NULL, &json);
        if (code != rows[i].code || strcmp(kit.said, rows[i].said) != 0)
            fail_msg("row %zu: %d \"%s\"", i, code, kit.said);
        assert_int_equal(kit.retry_after_s, code == SIGNPOST_OK ? 0 : 3);
        if (code != SIGNPOST_OK)
            assert_null(json);
        json_decref(json);
    }
}

static void test_what_is_sent(void **state)
{
    static const struct kit_json_api api = {.rules = NULL};
    const struct signpost_pair query[] = {{"page", "1"}};
    const struct signpost_request request = {
        .size = sizeof(request), .method = "GET", .n_path = 3, .query = query, .n_query = 1};
    json_t *json = NULL;
    (void)state;
    kit.body = "{\"a\":1}";
    assert_int_equal(kit_json_send(&kit.base, &api, "doing", request, NULL, &json), SIGNPOST_OK);
    assert_string_equal(kit.sent, "GET 3 page=1");
    assert_int_equal(json_integer_value(json_object_get(json, "a")), 1);
    json_decref(json);
    assert_int_equal(
        kit_json_send(&kit.base, &api, "doing", request, json_pack("{s:[]}", "x"), NULL),
        SIGNPOST_OK);
    assert_string_equal(kit.sent, "GET 3 page=1 Content-Type: application/json {\"x\":[]}");
    /* What did not come through is told by the engine. */
    kit.code = SIGNPOST_AMBIGUOUS;
    assert_int_equal(kit_json_send(&kit.base, &api, "doing", request, json_object(), &json),
                     SIGNPOST_AMBIGUOUS);
    assert_string_equal(kit.said, "");
}

static void test_text(void **state)
{
    json_t *json = json_pack("{s:s, s:i}", "a", "b", "n", 7);
    (void)state;
    assert_string_equal(kit_json_text(json, "a"), "b");
    assert_string_equal(kit_json_text(json, "n"), "");
    assert_string_equal(kit_json_text(json, "none"), "");
    assert_string_equal(kit_json_text(NULL, "a"), "");
    json_decref(json);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_answers_mean), TEST(test_sentence), TEST(test_exchange),
        TEST(test_what_is_sent),      TEST(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
