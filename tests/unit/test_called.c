/* What a worker reports of a call: kept, counted and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/called.h"

#define ZONE "{\"id\":\"1\",\"name\":\"a.example\",\"note\":null,\"flags\":0,\"name_servers\":[]}"
#define RECORD                                                                                     \
    "{\"type\":\"CNAME\",\"host\":\"a\",\"value\":\"b\",\"id\":null,\"note\":null,\"ttl\":60,"     \
    "\"flags\":0}"

/* The sentence with which a found frame of this text is refused, or "". A copy in WHY. */
static const char *take(struct sp_called *called, const char *text, size_t meta_len,
                        struct sp_err *why)
{
    struct sp_frame frame = {.meta = json_loads(text, 0, NULL), .meta_len = meta_len};
    assert_non_null(frame.meta);
    *why = (struct sp_err)SP_ERR_INIT;
    int result = sp_called_take_found(called, &frame, why);
    assert_int_equal(result, sp_err_is_set(why) ? -1 : 0);
    sp_frame_fini(&frame);
    return why->message;
}

static void test_found(void **state)
{
    static const struct {
        uint32_t function;
        const char *text, *message;
    } rows[] = {
        {SIGNPOST_IN_FIND_ZONES, "{\"zones\":[" ZONE "," ZONE "]}", ""},
        {SIGNPOST_IN_LIST_RECORDS, "{\"records\":[" RECORD "]}", ""},
        {SIGNPOST_IN_FIND_ZONES, "{\"zones\":[]}", "it reported nothing"},
        {SIGNPOST_IN_LIST_RECORDS, "{\"records\":[]}", "it reported nothing"},
        {SIGNPOST_IN_FIND_ZONES, "{\"records\":[" RECORD "]}",
         "it reported what was not asked for"},
        {SIGNPOST_IN_LIST_RECORDS, "{\"zones\":[" ZONE "]}", "it reported what was not asked for"},
        {SIGNPOST_IN_APPLY_CHANGES, "{\"records\":[" RECORD "]}",
         "it reported what was not asked for"},
        {SIGNPOST_IN_FIND_ZONES, "{\"zones\":{}}", "it reported what was not asked for"},
        {SIGNPOST_IN_FIND_ZONES, "{\"zones\":[{}]}", "zone.name: is missing"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_called called;
        struct sp_err why;
        sp_called_init(&called, rows[i].function, 0);
        assert_string_equal(take(&called, rows[i].text, strlen(rows[i].text), &why),
                            rows[i].message);
        if (!rows[i].message[0])
            assert_int_equal(called.zones.n + called.records.n, called.n_found);
        sp_called_fini(&called);
    }
}

/* In find_zones records are those of the zone told last, if it was listed. */
static void test_records_of_zones(void **state)
{
    static const char listed[] =
        "{\"zones\":[" ZONE ",{\"id\":\"2\",\"name\":\"b.example\",\"note\":null,\"flags\":4,"
        "\"name_servers\":[]}]}";
    static const char records[] = "{\"records\":[" RECORD "," RECORD "]}";
    static const char not_asked[] = "it reported what was not asked for";
    struct sp_called called;
    struct sp_err why;
    (void)state;
    sp_called_init(&called, SIGNPOST_IN_FIND_ZONES, 0);
    assert_string_equal(take(&called, records, 1, &why), not_asked);
    assert_string_equal(take(&called, listed, 1, &why), "");
    assert_string_equal(take(&called, records, 1, &why), "");
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "]}", 1, &why), "");
    assert_string_equal(take(&called, records, 1, &why), not_asked);
    assert_string_equal(take(&called, listed, 1, &why), "");
    assert_string_equal(take(&called, records, 1, &why), "");
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "],\"records\":[]}", 1, &why), not_asked);
    assert_int_equal(called.zones.n, 5);
    assert_int_equal(called.records.n, 4);
    assert_int_equal(called.zone_of.n, 4);
    assert_int_equal(called.zone_of.items[0], 1);
    assert_int_equal(called.zone_of.items[1], 1);
    assert_int_equal(called.zone_of.items[2], 4);
    sp_called_fini(&called);
    sp_called_init(&called, SIGNPOST_IN_LIST_RECORDS, 0);
    assert_string_equal(take(&called, records, 1, &why), "");
    assert_int_equal(called.zone_of.n, 0);
    sp_called_fini(&called);
    sp_called_init(&called, SIGNPOST_IN_APPLY_CHANGES, 0);
    assert_string_equal(take(&called, listed, 1, &why), not_asked);
    sp_called_fini(&called);
}

static void test_too_much(void **state)
{
    struct sp_called called;
    struct sp_err why;
    (void)state;
    sp_called_init(&called, SIGNPOST_IN_FIND_ZONES, 0);
    called.n_found = SP_PLUGIN_FOUND_MAX - 1;
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "]}", 1, &why), "");
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "]}", 1, &why),
                        "it reported more zones or records than one call may");
    sp_called_fini(&called);
    sp_called_init(&called, SIGNPOST_IN_FIND_ZONES, 0);
    assert_string_equal(
        take(&called, "{\"zones\":[" ZONE "]}", SP_PLUGIN_FOUND_BYTES_MAX - 1, &why), "");
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "]}", 1, &why), "");
    assert_string_equal(take(&called, "{\"zones\":[" ZONE "]}", 1, &why),
                        "it reported more bytes than one call may");
    assert_int_equal(called.zones.n, 2);
    sp_called_fini(&called);
}

static void test_applied(void **state)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"{\"index\":1}", ""},
        {"{\"index\":1}", "it reported the same change twice"},
        {"{\"index\":0}", ""},
        {"{\"index\":2}", "it reported a change that it was not given"},
        {"{\"index\":-1}", "it reported a change that it was not given"},
        {"{\"index\":\"0\"}", "it reported a change that it was not given"},
        {"{}", "it reported a change that it was not given"},
    };
    struct sp_called called;
    (void)state;
    sp_called_init(&called, SIGNPOST_IN_APPLY_CHANGES, 2);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        json_t *meta = json_loads(rows[i].text, 0, NULL);
        int result = sp_called_take_applied(&called, meta, &err);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(result, rows[i].message[0] ? -1 : 0);
        json_decref(meta);
    }
    assert_true(called.is_applied[0] && called.is_applied[1]);
    sp_called_distrust(&called);
    assert_false(called.is_applied[0] || called.is_applied[1]);
    sp_called_fini(&called);
}

static void test_success(void **state)
{
    struct sp_called called;
    (void)state;
    sp_called_init(&called, SIGNPOST_IN_APPLY_CHANGES, 2);
    called.is_unknown = true;
    sp_called_succeed(&called, 1);
    assert_true(called.is_applied[0] && called.is_applied[1] && !called.is_unknown);
    assert_int_equal(called.value, 1);
    sp_called_fini(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),    cmocka_unit_test(test_records_of_zones),
        cmocka_unit_test(test_too_much), cmocka_unit_test(test_applied),
        cmocka_unit_test(test_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
