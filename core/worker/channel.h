/*
 * The worker's end of the socket: whole frames, sent and received blocking, one after another.
 */
#ifndef SP_WORKER_CHANNEL_H
#define SP_WORKER_CHANNEL_H

#include "plugin/frame.h"

struct sp_channel {
    int fd; /* borrowed */
    struct sp_buf in, out;
};

void sp_channel_init(struct sp_channel *channel, int fd);
void sp_channel_fini(struct sp_channel *channel);
/* Sends one frame; META is taken. -1 when the engine is gone or a length passes its limit (ERR:
 * plugin, "bad-frame" or "engine-gone"). */
int sp_channel_send(struct sp_channel *channel, json_t *meta, const void *body, size_t body_len,
                    struct sp_err *err);
/* Waits for the next frame: 1 and RET_FRAME, 0 when the engine has closed the socket, -1 and ERR.
 */
int sp_channel_receive(struct sp_channel *channel, struct sp_frame *ret_frame, struct sp_err *err);

#endif
