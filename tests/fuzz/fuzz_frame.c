/* Any bytes as they may come out of the socket: whatever is taken for a frame is one, survives
 * being encoded again, and is found at the same place however the bytes are cut. */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "plugin/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct sp_frame *frame)
{
    struct sp_buf buf = SP_BUF_INIT(SP_FRAME_META_MAX + SP_FRAME_BODY_MAX);
    struct sp_err err = SP_ERR_INIT;
    struct sp_frame again;
    int result = sp_frame_encode(&buf, frame->meta, frame->body, frame->body_len, &err);
    assert(result == 0);
    result = sp_frame_decode(&buf, &again, &err);
    assert(result == 1 && buf.len == 0);
    assert(json_equal(again.meta, frame->meta));
    assert(again.body_len == frame->body_len);
    assert(frame->body_len == 0 || memcmp(again.body, frame->body, frame->body_len) == 0);
    sp_frame_fini(&again);
    sp_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sp_buf whole = SP_BUF_INIT(SP_FRAME_META_MAX + SP_FRAME_BODY_MAX);
    struct sp_err err = SP_ERR_INIT;
    struct sp_frame frame;
    size_t frame_len = 0;
    int result;
    sp_buf_append(&whole, data, size);
    do {
        size_t before = whole.len;
        if (before >= SP_FRAME_HEADER && sp_frame_peek_len(whole.data, &frame_len, &err))
            frame_len = 0;
        result = sp_frame_decode(&whole, &frame, &err);
        if (result == 1) {
            assert(before - whole.len == frame_len);
            assert(json_is_object(frame.meta));
            check_round_trip(&frame);
            sp_frame_fini(&frame);
        } else {
            assert(whole.len == before);
        }
    } while (result == 1);
    assert(result == 0 || sp_err_is_set(&err));
    sp_buf_fini(&whole);
    return 0;
}
