#include "base/cursor.h"

struct sp_cursor sp_cursor_of(const void *bytes, size_t len)
{
    return (struct sp_cursor){.bytes = bytes, .len = bytes ? len : 0};
}

void sp_cursor_fail(struct sp_cursor *cursor)
{
    cursor->has_failed = true;
    cursor->at = cursor->len;
}

static bool has(struct sp_cursor *cursor, size_t len)
{
    if (!cursor->has_failed && sp_cursor_left(cursor) >= len)
        return true;
    sp_cursor_fail(cursor);
    return false;
}

uint8_t sp_cursor_u8(struct sp_cursor *cursor)
{
    return has(cursor, 1) ? cursor->bytes[cursor->at++] : 0;
}

uint16_t sp_cursor_u16(struct sp_cursor *cursor)
{
    if (!has(cursor, 2))
        return 0;
    const uint8_t *b = cursor->bytes + cursor->at;
    cursor->at += 2;
    return (uint16_t)(b[0] << 8 | b[1]);
}

uint32_t sp_cursor_u32(struct sp_cursor *cursor)
{
    if (!has(cursor, 4))
        return 0;
    uint32_t high = sp_cursor_u16(cursor);
    return high << 16 | sp_cursor_u16(cursor);
}

struct sp_span sp_cursor_take(struct sp_cursor *cursor, size_t len)
{
    if (!has(cursor, len) || len == 0)
        return (struct sp_span){.bytes = ""};
    struct sp_span span = {(const char *)cursor->bytes + cursor->at, len};
    cursor->at += len;
    return span;
}

void sp_cursor_skip(struct sp_cursor *cursor, size_t len)
{
    if (has(cursor, len))
        cursor->at += len;
}

void sp_cursor_seek(struct sp_cursor *cursor, size_t at)
{
    if (cursor->has_failed || at > cursor->len)
        sp_cursor_fail(cursor);
    else
        cursor->at = at;
}

int sp_cursor_peek(const struct sp_cursor *cursor)
{
    return sp_cursor_is_end(cursor) ? -1 : cursor->bytes[cursor->at];
}

bool sp_cursor_line(struct sp_cursor *cursor, struct sp_span *ret_line)
{
    if (sp_cursor_is_end(cursor))
        return false;
    struct sp_span line = sp_cursor_until(cursor, "\n");
    if (!sp_cursor_is_end(cursor))
        cursor->at++;
    if (line.len && line.bytes[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}

static struct sp_span run(struct sp_cursor *cursor, const char *set, bool wanted)
{
    size_t start = cursor->at;
    while (!sp_cursor_is_end(cursor)) {
        uint8_t c = cursor->bytes[cursor->at];
        bool is_member = c != '\0' && strchr(set, c) != NULL;
        if (is_member != wanted)
            break;
        cursor->at++;
    }
    if (cursor->at == start)
        return (struct sp_span){.bytes = ""};
    return (struct sp_span){(const char *)cursor->bytes + start, cursor->at - start};
}

struct sp_span sp_cursor_while(struct sp_cursor *cursor, const char *set)
{
    return run(cursor, set, true);
}

struct sp_span sp_cursor_until(struct sp_cursor *cursor, const char *set)
{
    return run(cursor, set, false);
}

bool sp_span_is(struct sp_span span, const char *text)
{
    return strlen(text) == span.len && (span.len == 0 || memcmp(span.bytes, text, span.len) == 0);
}

struct sp_span sp_span_of(const char *text)
{
    return (struct sp_span){text, strlen(text)};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sp_span sp_span_trim(struct sp_span span)
{
    while (span.len && is_blank(span.bytes[0])) {
        span.bytes++;
        span.len--;
    }
    while (span.len && is_blank(span.bytes[span.len - 1]))
        span.len--;
    return span;
}

char *sp_span_dup(struct sp_span span)
{
    char *copy = sp_alloc(span.len + 1, 1);
    if (span.len)
        memcpy(copy, span.bytes, span.len);
    return copy;
}
