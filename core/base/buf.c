#include "base/buf.h"

#include <stdarg.h>

void sp_buf_init(struct sp_buf *buf, size_t max_bytes)
{
    *buf = (struct sp_buf)SP_BUF_INIT(max_bytes);
}

void sp_buf_fini(struct sp_buf *buf)
{
    if (buf->is_secret && buf->data)
        explicit_bzero(buf->data, buf->cap);
    free(buf->data);
    buf->data = NULL;
    buf->len = buf->cap = 0;
    buf->has_overflowed = false;
}

void sp_buf_clear(struct sp_buf *buf)
{
    if (buf->is_secret && buf->data)
        explicit_bzero(buf->data, buf->cap);
    buf->len = 0;
    buf->has_overflowed = false;
    if (buf->data)
        buf->data[0] = '\0';
}

/* Moves to a larger allocation; a secret leaves no copy behind. */
static void grow(struct sp_buf *buf, size_t cap)
{
    char *data;
    if (buf->is_secret) {
        data = sp_alloc(cap, 1);
        if (buf->data) {
            memcpy(data, buf->data, buf->len);
            explicit_bzero(buf->data, buf->cap);
            free(buf->data);
        }
    } else {
        data = sp_resize(buf->data, cap, 1);
    }
    buf->data = data;
    buf->cap = cap;
}

char *sp_buf_reserve(struct sp_buf *buf, size_t len)
{
    if (buf->has_overflowed || len > buf->max_bytes || buf->len > buf->max_bytes - len) {
        buf->has_overflowed = true;
        return NULL;
    }
    size_t need = buf->len + len + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap < need)
            cap *= 2;
        grow(buf, cap);
    }
    return buf->data + buf->len;
}

void sp_buf_added(struct sp_buf *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void sp_buf_append(struct sp_buf *buf, const void *bytes, size_t len)
{
    char *at = sp_buf_reserve(buf, len);
    if (!at)
        return;
    if (len)
        memcpy(at, bytes, len);
    sp_buf_added(buf, len);
}

void sp_buf_puts(struct sp_buf *buf, const char *text)
{
    sp_buf_append(buf, text, strlen(text));
}

void sp_buf_putc(struct sp_buf *buf, char c)
{
    sp_buf_append(buf, &c, 1);
}

void sp_buf_printf(struct sp_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *at = len < 0 ? NULL : sp_buf_reserve(buf, (size_t)len);
    if (!at)
        return;
    va_start(args, format);
    vsnprintf(at, (size_t)len + 1, format, args);
    va_end(args);
    sp_buf_added(buf, (size_t)len);
}

void sp_buf_put_u16(struct sp_buf *buf, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    sp_buf_append(buf, bytes, sizeof(bytes));
}

void sp_buf_put_u32(struct sp_buf *buf, uint32_t value)
{
    sp_buf_put_u16(buf, (uint16_t)(value >> 16));
    sp_buf_put_u16(buf, (uint16_t)value);
}

void sp_buf_drop(struct sp_buf *buf, size_t len)
{
    if (len == 0)
        return;
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
    buf->data[buf->len] = '\0';
}

const char *sp_buf_str(const struct sp_buf *buf)
{
    return buf->data ? buf->data : "";
}

char *sp_buf_steal(struct sp_buf *buf)
{
    char *data = buf->data ? buf->data : sp_strdup("");
    buf->data = NULL;
    buf->len = buf->cap = 0;
    buf->has_overflowed = false;
    return data;
}
