/*
 * A checked read cursor over borrowed bytes: the only way in which anything foreign is parsed. A
 * read past the end yields zeroes or empty spans and marks the cursor as failed for good; the
 * caller reads freely and looks once, with sp_cursor_is_ok().
 */
#ifndef SP_BASE_CURSOR_H
#define SP_BASE_CURSOR_H

#include "base/base.h"

struct sp_cursor {
    const uint8_t *bytes;
    size_t len;
    size_t at; /* always <= len */
    bool has_failed;
};

/* A borrowed run of bytes inside somebody's buffer; not NUL-terminated. */
struct sp_span {
    const char *bytes;
    size_t len;
};

struct sp_cursor sp_cursor_of(const void *bytes, size_t len);
static inline bool sp_cursor_is_ok(const struct sp_cursor *cursor)
{
    return !cursor->has_failed;
}
static inline size_t sp_cursor_left(const struct sp_cursor *cursor)
{
    return cursor->len - cursor->at;
}
static inline bool sp_cursor_is_end(const struct sp_cursor *cursor)
{
    return cursor->at == cursor->len;
}
void sp_cursor_fail(struct sp_cursor *cursor);
uint8_t sp_cursor_u8(struct sp_cursor *cursor);
uint16_t sp_cursor_u16(struct sp_cursor *cursor); /* big-endian */
uint32_t sp_cursor_u32(struct sp_cursor *cursor); /* big-endian */
struct sp_span sp_cursor_take(struct sp_cursor *cursor, size_t len);
void sp_cursor_skip(struct sp_cursor *cursor, size_t len);
/* Moves to an absolute offset (DNS compression pointers); fails past the end. */
void sp_cursor_seek(struct sp_cursor *cursor, size_t at);
/* The next byte without taking it, or -1 at the end (which is no failure). */
int sp_cursor_peek(const struct sp_cursor *cursor);
/* The bytes up to, and without, the next '\n'; takes the newline and drops a '\r' before it. False
 * at the end of the input. */
bool sp_cursor_line(struct sp_cursor *cursor, struct sp_span *ret_line);
/* The longest run of bytes that are (or, with _until, are not) in SET, a C string. */
struct sp_span sp_cursor_while(struct sp_cursor *cursor, const char *set);
struct sp_span sp_cursor_until(struct sp_cursor *cursor, const char *set);

/* Comparing and copying spans. sp_span_dup gives an owned C string. */
bool sp_span_is(struct sp_span span, const char *text);
struct sp_span sp_span_of(const char *text);
struct sp_span sp_span_trim(struct sp_span span); /* ASCII blanks at both ends */
char *sp_span_dup(struct sp_span span);

#endif
