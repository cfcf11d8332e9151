#include "plugin/frame.h"

#include "base/cursor.h"
#include "base/limits.h"

static int check_lengths(size_t meta_len, size_t body_len, struct sp_err *err)
{
    if (meta_len > SP_FRAME_META_MAX)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-frame",
                          "a frame announces %zu bytes of JSON, more than the %u allowed", meta_len,
                          SP_FRAME_META_MAX);
    if (body_len > SP_FRAME_BODY_MAX)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-frame",
                          "a frame announces a body of %zu bytes, more than the %u allowed",
                          body_len, SP_FRAME_BODY_MAX);
    return 0;
}

static int read_header(const void *header, size_t *ret_meta_len, size_t *ret_body_len,
                       struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(header, SP_FRAME_HEADER);
    uint32_t magic = sp_cursor_u32(&cursor);
    *ret_meta_len = sp_cursor_u32(&cursor);
    *ret_body_len = sp_cursor_u32(&cursor);
    if (magic != SP_FRAME_MAGIC)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-frame",
                          "what arrived is no frame: it starts with 0x%08x, not with 0x%08x", magic,
                          SP_FRAME_MAGIC);
    return check_lengths(*ret_meta_len, *ret_body_len, err);
}

int sp_frame_encode(struct sp_buf *out, json_t *meta, const void *body, size_t body_len,
                    struct sp_err *err)
{
    char *text = json_dumps(meta, JSON_COMPACT);
    size_t meta_len = text ? strlen(text) : 0;
    int result = check_lengths(meta_len, body_len, err);
    if (result == 0) {
        sp_buf_put_u32(out, SP_FRAME_MAGIC);
        sp_buf_put_u32(out, (uint32_t)meta_len);
        sp_buf_put_u32(out, (uint32_t)body_len);
        sp_buf_append(out, text, meta_len);
        sp_buf_append(out, body, body_len);
        if (!sp_buf_is_ok(out))
            result = sp_err_set(err, SP_ERR_PLUGIN, "bad-frame",
                                "more than %zu bytes are waiting to be sent", out->max_bytes);
    }
    free(text);
    return result;
}

int sp_frame_peek_len(const void *header, size_t *ret_len, struct sp_err *err)
{
    size_t meta_len, body_len;
    if (read_header(header, &meta_len, &body_len, err))
        return -1;
    *ret_len = SP_FRAME_HEADER + meta_len + body_len;
    return 0;
}

static json_t *parse_meta(const char *text, size_t len, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    json_t *meta = sp_json_parse(text, len, "a frame", &why);
    if (!meta) {
        sp_err_set(err, SP_ERR_PLUGIN, "bad-frame", "%s", why.message);
    } else if (!json_is_object(meta)) {
        sp_err_set(err, SP_ERR_PLUGIN, "bad-frame", "the JSON part of a frame is not an object");
        json_decref(meta);
        meta = NULL;
    }
    return meta;
}

int sp_frame_decode(struct sp_buf *in, struct sp_frame *ret_frame, struct sp_err *err)
{
    size_t meta_len, body_len;
    if (in->len < SP_FRAME_HEADER)
        return 0;
    if (read_header(in->data, &meta_len, &body_len, err))
        return -1;
    if (in->len - SP_FRAME_HEADER < meta_len + body_len)
        return 0;
    struct sp_frame frame = {.meta_len = meta_len, .body_len = body_len};
    frame.meta = parse_meta(in->data + SP_FRAME_HEADER, meta_len, err);
    if (!frame.meta)
        return -1;
    if (body_len) {
        frame.body = sp_alloc(body_len + 1, 1);
        memcpy(frame.body, in->data + SP_FRAME_HEADER + meta_len, body_len);
    }
    sp_buf_drop(in, SP_FRAME_HEADER + meta_len + body_len);
    *ret_frame = frame;
    return 1;
}

void sp_frame_fini(struct sp_frame *frame)
{
    json_decref(frame->meta);
    free(frame->body);
    *frame = (struct sp_frame){.meta = NULL};
}
