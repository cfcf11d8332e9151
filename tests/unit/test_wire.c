#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "plugin/wire.h"

static json_t *parse(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    json_t *json = sp_json_parse(text, strlen(text), "the row", &err);
    if (!json)
        fail_msg("%s", err.message);
    return json;
}

static void assert_refusal(const struct sp_err *err, int result, const char *text,
                           const char *words)
{
    if (result == 0)
        fail_msg("accepted: %s", text);
    assert_int_equal(err->kind, SP_ERR_PLUGIN);
    assert_string_equal(err->code, "bad-frame");
    if (!strstr(err->message, words))
        fail_msg("\"%s\" lacks \"%s\"", err->message, words);
}

static void test_codes(void **state SP_UNUSED)
{
    for (int code = SIGNPOST_QUOTA_EXCEEDED; code < SIGNPOST_OK; code++)
        assert_int_equal(sp_wire_code_parse(sp_wire_code_name(code)), code);
    assert_string_equal(sp_wire_code_name(SIGNPOST_FORBIDDEN_BY_PLAN), "forbidden-by-plan");
    assert_string_equal(sp_wire_code_name(-4711), "bad-reply");
    assert_int_equal(sp_wire_code_parse("sandbox"), SIGNPOST_OK);
}

/* What is read and written again is the same JSON. */

#define ZONE                                                                                       \
    "{\"id\":\"z1\",\"name\":\"example.com\",\"note\":null,\"flags\":3,\"name_servers\":[\"a\"]}"
#define RECORD                                                                                     \
    "{\"type\":\"CNAME\",\"host\":\"sk1\",\"value\":\"u1.example\",\"id\":null,\"note\":\"x\","    \
    "\"ttl\":4294967295,\"flags\":1}"

static const char *const calls[] = {
    "{\"type\":\"call\",\"function\":\"find_zones\",\"dry_run\":true,\"wanted\":[{\"name\":"
    "\"a.example\",\"guess\":null},{\"name\":\"b.example\",\"guess\":\"example\"}]}",
    "{\"type\":\"call\",\"function\":\"list_records\",\"dry_run\":false,\"zone\":" ZONE
    ",\"hosts\":[\"sk1\",\"@\"]}",
    "{\"type\":\"call\",\"function\":\"apply_changes\",\"dry_run\":false,\"zone\":" ZONE
    ",\"changes\":[{\"action\":1,\"after\":" RECORD "},{\"action\":2,\"before\":" RECORD
    ",\"after\":" RECORD "},{\"action\":3,\"before\":" RECORD "}]}",
    "{\"type\":\"call\",\"function\":\"sync_status\",\"dry_run\":false,\"zone\":" ZONE "}",
};

static void test_calls_round_trip(void **state SP_UNUSED)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(calls); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_wire_call call;
        json_t *json = parse(calls[i]);
        if (sp_wire_call_from_json(json, &call, &err))
            fail_msg("%s: %s", calls[i], err.message);
        json_t *again = sp_wire_call_to_json(&call);
        assert_true(json_equal(json, again));
        json_decref(again);
        json_decref(json);
        sp_wire_call_fini(&call);
    }
}

static void test_call_members(void **state SP_UNUSED)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_call call;
    json_t *json = parse(calls[2]);
    assert_int_equal(sp_wire_call_from_json(json, &call, &err), 0);
    assert_int_equal(call.function, SIGNPOST_IN_APPLY_CHANGES);
    assert_string_equal(call.zone.name, "example.com");
    assert_null(call.zone.note);
    assert_int_equal(call.changes.n, 3);
    assert_false(call.changes.items[0].has_before);
    assert_int_equal(call.changes.items[2].before.ttl, UINT32_MAX);
    assert_null(call.changes.items[1].after.id);
    json_decref(json);
    sp_wire_call_fini(&call);
}

static void test_call_refusals(void **state SP_UNUSED)
{
#define CALL(function, rest)                                                                       \
    "{\"type\":\"call\",\"function\":\"" function "\",\"dry_run\":false" rest "}"
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"[]", "expected an object"},
        {"{}", "call.function: is missing"},
        {"{\"type\":\"http\",\"function\":\"find_zones\",\"dry_run\":false,\"wanted\":[]}",
         "expected \"call\""},
        {CALL("drop_zones", ""), "expected the name of a function"},
        {"{\"type\":\"call\",\"function\":\"find_zones\",\"dry_run\":0,\"wanted\":[]}",
         "call.dry_run: expected true or false"},
        {CALL("find_zones", ""), "call.wanted: is missing"},
        {CALL("find_zones", ",\"wanted\":[],\"zone\":" ZONE), "unknown member \"zone\""},
        {CALL("find_zones", ",\"wanted\":[{\"guess\":\"a\"}]"), "call.wanted[0].name: is missing"},
        {CALL("find_zones", ",\"wanted\":[{\"name\":7}]"), "expected a string"},
        {CALL("list_records", ",\"hosts\":[]"), "call.zone: is missing"},
        {CALL("list_records", ",\"hosts\":[null],\"zone\":" ZONE), "call.hosts[0]"},
        {CALL("list_records", ",\"hosts\":{},\"zone\":" ZONE), "expected an array"},
        {CALL("sync_status", ",\"hosts\":[],\"zone\":" ZONE), "unknown member \"hosts\""},
        {CALL("apply_changes", ",\"zone\":" ZONE ",\"changes\":[{\"action\":1}]"),
         "call.changes[0]: before and after do not fit the action"},
        {CALL("apply_changes", ",\"zone\":" ZONE ",\"changes\":[{\"action\":0}]"), "do not fit"},
        {CALL("apply_changes", ",\"zone\":" ZONE ",\"changes\":[{\"action\":4}]"),
         "expected a whole number from 0 to 3"},
        {CALL("apply_changes", ",\"zone\":" ZONE ",\"changes\":[{\"action\":3,\"before\":" RECORD
                               ",\"after\":" RECORD "}]"),
         "do not fit"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_wire_call call;
        json_t *json = parse(rows[i].text);
        assert_refusal(&err, sp_wire_call_from_json(json, &call, &err), rows[i].text,
                       rows[i].words);
        json_decref(json);
    }
}

static void test_zones_and_records(void **state SP_UNUSED)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_zone zone;
    struct sp_wire_record record;
    json_t *json = parse(ZONE);
    assert_int_equal(sp_wire_zone_from_json(json, &zone, &err), 0);
    json_t *again = sp_wire_zone_to_json(&zone);
    assert_true(json_equal(json, again));
    json_decref(again);
    sp_wire_zone_fini(&zone);
    json_object_set_new(json, "flags", json_integer(8));
    assert_refusal(&err, sp_wire_zone_from_json(json, &zone, &err), "flags 8", "zone.flags");
    json_decref(json);

    json = parse(RECORD);
    sp_err_clear(&err);
    assert_int_equal(sp_wire_record_from_json(json, &record, &err), 0);
    again = sp_wire_record_to_json(&record);
    assert_true(json_equal(json, again));
    json_decref(again);
    sp_wire_record_fini(&record);
    json_object_set_new(json, "ttl", json_integer(-1));
    assert_refusal(&err, sp_wire_record_from_json(json, &record, &err), "ttl -1", "record.ttl");
    json_decref(json);
}

static void test_long_texts_are_refused(void **state SP_UNUSED)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_record record;
    char *text = sp_alloc(SP_PLUGIN_VALUE_MAX + 2, 1);
    json_t *json = parse(RECORD);
    memset(text, 'x', SP_PLUGIN_VALUE_MAX);
    json_object_set_new(json, "value", json_string(text));
    assert_int_equal(sp_wire_record_from_json(json, &record, &err), 0);
    sp_wire_record_fini(&record);
    text[SP_PLUGIN_VALUE_MAX] = 'x';
    json_object_set_new(json, "value", json_string(text));
    assert_refusal(&err, sp_wire_record_from_json(json, &record, &err), "a long value", "longer");
    json_decref(json);
    free(text);
}

static void test_requests(void **state SP_UNUSED)
{
    static const char text[] =
        "{\"type\":\"http\",\"origin\":1,\"method\":\"POST\",\"path\":[\"a\","
        "\"b/c\"],\"query\":[[\"q\",\"\"]],\"headers\":[[\"A\",\"x\\r\\n\"]]}";
    static const char *const broken[] = {
        "{\"type\":\"http\",\"origin\":-1,\"method\":\"G\",\"path\":[],\"query\":[],\"headers\":[]"
        "}",
        "{\"type\":\"http\",\"origin\":0,\"path\":[],\"query\":[],\"headers\":[]}",
        "{\"type\":\"http\",\"origin\":0,\"method\":\"G\",\"query\":[],\"headers\":[]}",
        "{\"type\":\"http\",\"origin\":0,\"method\":\"G\",\"path\":[],\"query\":[[\"a\"]],"
        "\"headers\":[]}",
        "{\"type\":\"http\",\"origin\":0,\"method\":\"G\",\"path\":[],\"query\":[],\"headers\":"
        "[[\"a\",null]]}",
        "{\"type\":\"http\",\"origin\":0,\"method\":\"G\",\"path\":[],\"query\":[],\"headers\":[],"
        "\"url\":\"https://evil.example\"}",
    };
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_request request;
    json_t *json = parse(text);
    assert_int_equal(sp_wire_request_from_json(json, &request, &err), 0);
    /* The gate judges what is asked for; here it only has to arrive as it is. */
    assert_string_equal(request.path.items[1], "b/c");
    assert_string_equal(request.headers.items[0].value, "x\r\n");
    json_t *again = sp_wire_request_to_json(&request);
    assert_true(json_equal(json, again));
    json_decref(again);
    json_decref(json);
    sp_wire_request_fini(&request);
    for (size_t i = 0; i < SP_ARRAY_LEN(broken); i++) {
        sp_err_clear(&err);
        json = parse(broken[i]);
        assert_refusal(&err, sp_wire_request_from_json(json, &request, &err), broken[i], "http");
        json_decref(json);
    }
}

static void test_answers(void **state SP_UNUSED)
{
    static const char *const texts[] = {
        "{\"type\":\"answer\",\"status\":207,\"headers\":[[\"etag\",\"x\"]]}",
        "{\"type\":\"answer\",\"code\":\"ambiguous\",\"message\":\"no answer\"}",
    };
    static const char *const broken[] = {
        "{\"type\":\"answer\",\"status\":99,\"headers\":[]}",
        "{\"type\":\"answer\",\"status\":200}",
        "{\"type\":\"answer\",\"code\":\"fine\",\"message\":\"\"}",
        "{\"type\":\"answer\",\"code\":\"auth\",\"message\":\"\",\"status\":200}",
        "{\"type\":\"done\",\"status\":200,\"headers\":[]}",
    };
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_answer answer;
    for (size_t i = 0; i < SP_ARRAY_LEN(texts); i++) {
        json_t *json = parse(texts[i]);
        assert_int_equal(sp_wire_answer_from_json(json, &answer, &err), 0);
        assert_int_equal(answer.code, i == 0 ? SIGNPOST_OK : SIGNPOST_AMBIGUOUS);
        json_t *again = sp_wire_answer_to_json(&answer);
        assert_true(json_equal(json, again));
        json_decref(again);
        json_decref(json);
        sp_wire_answer_fini(&answer);
    }
    for (size_t i = 0; i < SP_ARRAY_LEN(broken); i++) {
        json_t *json = parse(broken[i]);
        sp_err_clear(&err);
        assert_refusal(&err, sp_wire_answer_from_json(json, &answer, &err), broken[i], "answer");
        json_decref(json);
    }
}

static void test_fails(void **state SP_UNUSED)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_wire_fail fail;
    json_t *json = parse("{\"type\":\"fail\",\"code\":\"rate-limited\",\"message\":\"wait\","
                         "\"retry_after\":30}");
    assert_int_equal(sp_wire_fail_from_json(json, &fail, &err), 0);
    assert_int_equal(fail.retry_after_s, 30);
    json_t *again = sp_wire_fail_to_json(&fail);
    assert_true(json_equal(json, again));
    json_decref(again);
    sp_wire_fail_fini(&fail);
    json_object_del(json, "message");
    assert_refusal(&err, sp_wire_fail_from_json(json, &fail, &err), "no message",
                   "fail.message: is missing");
    json_decref(json);
}

static void test_types(void **state SP_UNUSED)
{
    json_t *json = parse("{\"type\":\"hello\"}"), *bad = parse("{\"type\":7}");
    assert_string_equal(sp_wire_type(json), "hello");
    assert_string_equal(sp_wire_type(bad), "");
    json_decref(json);
    json_decref(bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_calls_round_trip),
        cmocka_unit_test(test_call_members),
        cmocka_unit_test(test_call_refusals),
        cmocka_unit_test(test_zones_and_records),
        cmocka_unit_test(test_long_texts_are_refused),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_fails),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
