#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "plugin/frame.h"

#define ROOM (SP_FRAME_META_MAX + SP_FRAME_BODY_MAX)

static void put_header(struct sp_buf *buf, uint32_t magic, uint32_t meta_len, uint32_t body_len)
{
    sp_buf_put_u32(buf, magic);
    sp_buf_put_u32(buf, meta_len);
    sp_buf_put_u32(buf, body_len);
}

static void test_round_trip(void **state SP_UNUSED)
{
    static const char body[] = "raw\0bytes";
    struct sp_buf buf = SP_BUF_INIT(ROOM);
    struct sp_err err = SP_ERR_INIT;
    struct sp_frame frame;
    json_t *meta = json_pack("{s:s, s:i}", "type", "http", "origin", 7);
    assert_int_equal(sp_frame_encode(&buf, meta, body, sizeof(body), &err), 0);
    assert_int_equal(sp_frame_encode(&buf, meta, NULL, 0, &err), 0);

    assert_int_equal(sp_frame_decode(&buf, &frame, &err), 1);
    assert_true(json_equal(frame.meta, meta));
    assert_int_equal(frame.body_len, sizeof(body));
    assert_memory_equal(frame.body, body, sizeof(body));
    assert_int_equal(frame.body[frame.body_len], '\0');
    sp_frame_fini(&frame);

    assert_int_equal(sp_frame_decode(&buf, &frame, &err), 1);
    assert_true(json_equal(frame.meta, meta));
    assert_null(frame.body);
    sp_frame_fini(&frame);

    assert_int_equal(buf.len, 0);
    assert_int_equal(sp_frame_decode(&buf, &frame, &err), 0);
    json_decref(meta);
    sp_buf_fini(&buf);
}

/* However the bytes are cut, nothing is taken before the last one is there. */
static void test_every_prefix_needs_more(void **state SP_UNUSED)
{
    struct sp_buf whole = SP_BUF_INIT(ROOM), part = SP_BUF_INIT(ROOM);
    struct sp_err err = SP_ERR_INIT;
    struct sp_frame frame;
    json_t *meta = json_pack("{s:s}", "type", "done");
    assert_int_equal(sp_frame_encode(&whole, meta, "xyz", 3, &err), 0);
    for (size_t i = 0; i + 1 < whole.len; i++) {
        sp_buf_append(&part, whole.data + i, 1);
        assert_int_equal(sp_frame_decode(&part, &frame, &err), 0);
        assert_int_equal(part.len, i + 1);
    }
    sp_buf_append(&part, whole.data + whole.len - 1, 1);
    assert_int_equal(sp_frame_decode(&part, &frame, &err), 1);
    sp_frame_fini(&frame);
    json_decref(meta);
    sp_buf_fini(&whole);
    sp_buf_fini(&part);
}

static void test_refusals(void **state SP_UNUSED)
{
    static const struct {
        uint32_t magic, meta_len, body_len;
        const char *meta, *words;
    } rows[] = {
        {0x47455420, 0, 0, "", "what arrived is no frame: it starts with 0x47455420"},
        {SP_FRAME_MAGIC, UINT32_MAX, 0, "", "announces 4294967295 bytes of JSON"},
        {SP_FRAME_MAGIC, SP_FRAME_META_MAX + 1, 0, "", "more than the 1048576 allowed"},
        {SP_FRAME_MAGIC, 2, UINT32_MAX, "{}", "a body of 4294967295 bytes"},
        {SP_FRAME_MAGIC, 2, SP_FRAME_BODY_MAX + 1, "{}", "more than the 67108864 allowed"},
        {SP_FRAME_MAGIC, 0, 0, "", "not valid JSON"},
        {SP_FRAME_MAGIC, 2, 0, "[]", "is not an object"},
        {SP_FRAME_MAGIC, 8, 0, "{\"a\":1,}", "not valid JSON"},
        {SP_FRAME_MAGIC, 13, 0, "{\"a\":1,\"a\":2}", "not valid JSON"},
        {SP_FRAME_MAGIC, 14, 0, "{\"a\":\"\\u0000\"}", "not valid JSON"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf buf = SP_BUF_INIT(ROOM);
        struct sp_err err = SP_ERR_INIT;
        struct sp_frame frame;
        put_header(&buf, rows[i].magic, rows[i].meta_len, rows[i].body_len);
        sp_buf_puts(&buf, rows[i].meta);
        assert_int_equal(sp_frame_decode(&buf, &frame, &err), -1);
        assert_int_equal(err.kind, SP_ERR_PLUGIN);
        assert_string_equal(err.code, "bad-frame");
        if (!strstr(err.message, rows[i].words))
            fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.message, rows[i].words);
        sp_buf_fini(&buf);
    }
}

static void test_deep_nesting_is_refused(void **state SP_UNUSED)
{
    struct sp_buf text = SP_BUF_INIT(ROOM), buf = SP_BUF_INIT(ROOM);
    struct sp_err err = SP_ERR_INIT;
    struct sp_frame frame;
    sp_buf_puts(&text, "{\"a\":");
    for (int i = 0; i < 100000; i++)
        sp_buf_putc(&text, '[');
    put_header(&buf, SP_FRAME_MAGIC, (uint32_t)text.len, 0);
    sp_buf_append(&buf, text.data, text.len);
    assert_int_equal(sp_frame_decode(&buf, &frame, &err), -1);
    assert_non_null(strstr(err.message, "nested"));
    sp_buf_fini(&text);
    sp_buf_fini(&buf);
}

static void test_peek_len(void **state SP_UNUSED)
{
    struct sp_buf buf = SP_BUF_INIT(ROOM);
    struct sp_err err = SP_ERR_INIT;
    size_t len = 0;
    put_header(&buf, SP_FRAME_MAGIC, 100, 1000);
    assert_int_equal(sp_frame_peek_len(buf.data, &len, &err), 0);
    assert_int_equal(len, SP_FRAME_HEADER + 1100);
    sp_buf_clear(&buf);
    put_header(&buf, SP_FRAME_MAGIC, 0xffffffff, 0xffffffff);
    assert_int_equal(sp_frame_peek_len(buf.data, &len, &err), -1);
    sp_buf_fini(&buf);
}

static void test_encoding_keeps_the_limits(void **state SP_UNUSED)
{
    struct sp_buf buf = SP_BUF_INIT(ROOM), small = SP_BUF_INIT(20);
    struct sp_err err = SP_ERR_INIT;
    json_t *meta = json_object();
    char *text = sp_alloc(SP_FRAME_META_MAX, 1);
    assert_int_equal(sp_frame_encode(&small, meta, "0123456789", 10, &err), -1);
    assert_string_equal(err.message, "more than 20 bytes are waiting to be sent");
    assert_int_equal(sp_frame_encode(&buf, meta, "", (size_t)SP_FRAME_BODY_MAX + 1, &err), -1);
    memset(text, 'x', SP_FRAME_META_MAX - 1);
    json_object_set_new(meta, "text", json_string(text));
    assert_int_equal(sp_frame_encode(&buf, meta, NULL, 0, &err), -1);
    assert_int_equal(buf.len, 0);
    free(text);
    json_decref(meta);
    sp_buf_fini(&buf);
    sp_buf_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_every_prefix_needs_more),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test(test_peek_len),   cmocka_unit_test(test_encoding_keeps_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
