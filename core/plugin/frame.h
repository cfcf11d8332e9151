/*
 * Frames on the socket between engine and worker: a 12-byte header (magic "SPF1", length of the
 * JSON part, length of the raw part, both 32-bit big-endian), one JSON object, raw bytes. Both
 * lengths are checked against base/limits.h before anything is allocated. No file descriptors here.
 */
#ifndef SP_PLUGIN_FRAME_H
#define SP_PLUGIN_FRAME_H

#include "base/buf.h"
#include "base/json.h"

#define SP_FRAME_MAGIC  0x53504631u
#define SP_FRAME_HEADER 12

struct sp_frame {
    json_t *meta;    /* an object; owned */
    size_t meta_len; /* bytes it had on the socket */
    char *body;      /* owned, NUL-terminated; NULL when body_len is 0 */
    size_t body_len;
};

/* Appends an encoded frame. META is borrowed. -1 when a length passes its limit (ERR: plugin). */
int sp_frame_encode(struct sp_buf *out, json_t *meta, const void *body, size_t body_len,
                    struct sp_err *err);

/* Takes one whole frame from the front of IN, if there is one: 1 and RET_FRAME; 0 when more bytes
 * are needed; -1 (ERR: plugin, "bad-frame") when the bytes cannot be a frame: give the peer up. */
int sp_frame_decode(struct sp_buf *in, struct sp_frame *ret_frame, struct sp_err *err);
void sp_frame_fini(struct sp_frame *frame);

/* For a reader that allocates exactly: the whole length told by a header of SP_FRAME_HEADER bytes,
 * or -1. */
int sp_frame_peek_len(const void *header, size_t *ret_len, struct sp_err *err);

#endif
