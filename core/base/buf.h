/*
 * A byte builder born with a maximum. Appending past the maximum appends nothing and marks the
 * buffer as overflowed for good, so a builder function appends freely and its caller looks once,
 * with sp_buf_is_ok(). The bytes are always followed by a NUL that does not count.
 */
#ifndef SP_BASE_BUF_H
#define SP_BASE_BUF_H

#include "base/base.h"

struct sp_buf {
    char *data; /* never NULL once something was appended; owned */
    size_t len;
    size_t cap;
    size_t max_bytes;
    bool has_overflowed;
    bool is_secret; /* wiped when grown, cleared and freed */
};

/* For the caller's storage: `struct sp_buf buf = SP_BUF_INIT(SP_TEXT_MAX);` */
#define SP_BUF_INIT(max)                                                                           \
    {                                                                                              \
        .max_bytes = (max)                                                                         \
    }

void sp_buf_init(struct sp_buf *buf, size_t max_bytes);
/* Frees (and wipes, if secret) the bytes; BUF may be used again afterwards. */
void sp_buf_fini(struct sp_buf *buf);
/* Empties without freeing; forgets an overflow. */
void sp_buf_clear(struct sp_buf *buf);
void sp_buf_append(struct sp_buf *buf, const void *bytes, size_t len);
void sp_buf_puts(struct sp_buf *buf, const char *text);
void sp_buf_putc(struct sp_buf *buf, char c);
void sp_buf_printf(struct sp_buf *buf, const char *format, ...) SP_PRINTF(2, 3);
/* Big-endian (network order) integers. */
void sp_buf_put_u16(struct sp_buf *buf, uint16_t value);
void sp_buf_put_u32(struct sp_buf *buf, uint32_t value);
/* Room for LEN more bytes: where to write them, or NULL past the maximum. Follow with
 * sp_buf_added(). */
char *sp_buf_reserve(struct sp_buf *buf, size_t len);
void sp_buf_added(struct sp_buf *buf, size_t len);
/* Drops the first LEN bytes (LEN <= buf->len). */
void sp_buf_drop(struct sp_buf *buf, size_t len);
/* The bytes as a C string; "" for an empty buffer. A borrow, valid until the next change. */
const char *sp_buf_str(const struct sp_buf *buf);
/* The bytes, owned by the caller and NUL-terminated; BUF is empty afterwards. Never NULL. */
char *sp_buf_steal(struct sp_buf *buf);
static inline bool sp_buf_is_ok(const struct sp_buf *buf)
{
    return !buf->has_overflowed;
}

#endif
