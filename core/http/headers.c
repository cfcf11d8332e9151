#include "http/headers.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

void sp_http_headers_add(sp_http_headers *headers, const char *name, const char *value)
{
    struct sp_http_header *header = sp_array_push(headers);
    header->name = sp_strdup(name);
    header->value = sp_strdup(value);
}

const char *sp_http_headers_find(const sp_http_headers *headers, const char *name)
{
    SP_ARRAY_FOREACH (headers, header) {
        if (sp_ascii_equal(header->name, name))
            return header->value;
    }
    return NULL;
}

int sp_http_headers_read_line(sp_http_headers *headers, const char *line, size_t len)
{
    struct sp_cursor cursor = sp_cursor_of(line, len);
    struct sp_span name = sp_cursor_until(&cursor, ":\r\n");
    if (sp_cursor_peek(&cursor) != ':') {
        if (name.len >= 5 && memcmp(name.bytes, "HTTP/", 5) == 0)
            sp_http_headers_free(headers);
        return 0;
    }
    if (len > SP_HTTP_HEADER_MAX || headers->n >= SP_HTTP_HEADERS_MAX)
        return -1;
    sp_cursor_skip(&cursor, 1);
    struct sp_http_header *header = sp_array_push(headers);
    header->name = sp_span_dup(sp_span_trim(name));
    for (char *c = header->name; *c; c++)
        *c = sp_ascii_lower(*c);
    header->value = sp_span_dup(sp_span_trim(sp_cursor_take(&cursor, sp_cursor_left(&cursor))));
    return 0;
}

void sp_http_headers_free(sp_http_headers *headers)
{
    SP_ARRAY_FOREACH (headers, header) {
        explicit_bzero(header->value, strlen(header->value));
        free(header->name);
        free(header->value);
    }
    sp_array_free(headers);
}
