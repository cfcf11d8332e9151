#include "worker/channel.h"

#include <errno.h>
#include <unistd.h>

#include "base/limits.h"

#define FRAME_MAX ((size_t)SP_FRAME_HEADER + SP_FRAME_META_MAX + SP_FRAME_BODY_MAX)

void sp_channel_init(struct sp_channel *channel, int fd)
{
    channel->fd = fd;
    sp_buf_init(&channel->in, FRAME_MAX);
    sp_buf_init(&channel->out, FRAME_MAX);
}

void sp_channel_fini(struct sp_channel *channel)
{
    sp_buf_fini(&channel->in);
    sp_buf_fini(&channel->out);
}

static int write_all(int fd, const char *bytes, size_t len, struct sp_err *err)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return sp_err_set(err, SP_ERR_PLUGIN, "engine-gone", "the engine has gone away");
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int sp_channel_send(struct sp_channel *channel, json_t *meta, const void *body, size_t body_len,
                    struct sp_err *err)
{
    sp_buf_clear(&channel->out);
    int result = sp_frame_encode(&channel->out, meta, body, body_len, err);
    if (result == 0)
        result = write_all(channel->fd, channel->out.data, channel->out.len, err);
    json_decref(meta);
    return result;
}

/* Reads until the buffer holds LEN bytes: 1, or 0 at the end of the input, or -1. */
static int fill(struct sp_channel *channel, size_t len, struct sp_err *err)
{
    while (channel->in.len < len) {
        size_t want = len - channel->in.len;
        char *at = sp_buf_reserve(&channel->in, want);
        ssize_t n = at ? read(channel->fd, at, want) : -1;
        if (at && n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return sp_err_set(err, SP_ERR_PLUGIN, "engine-gone", "the engine has gone away");
        if (n == 0)
            return 0;
        sp_buf_added(&channel->in, (size_t)n);
    }
    return 1;
}

int sp_channel_receive(struct sp_channel *channel, struct sp_frame *ret_frame, struct sp_err *err)
{
    size_t len;
    int result = fill(channel, SP_FRAME_HEADER, err);
    if (result <= 0)
        return result;
    if (sp_frame_peek_len(channel->in.data, &len, err))
        return -1;
    result = fill(channel, len, err);
    return result <= 0 ? result : sp_frame_decode(&channel->in, ret_frame, err);
}
