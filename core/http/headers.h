/*
 * The headers of a request or of an answer, in order. A request's may hold a credential, so that
 * values are wiped when they are freed. Zeroed memory is an empty list.
 */
#ifndef SP_HTTP_HEADERS_H
#define SP_HTTP_HEADERS_H

#include "base/array.h"

struct sp_http_header {
    char *name, *value; /* owned */
};
typedef SP_ARRAY(struct sp_http_header) sp_http_headers;

/* Appends copies; the caller wipes its own. */
void sp_http_headers_add(sp_http_headers *headers, const char *name, const char *value);
/* The value of the first header of that name (any case), or NULL. A borrow. */
const char *sp_http_headers_find(const sp_http_headers *headers, const char *name);
/* Takes one line of an answer's head, of LEN bytes: a header is added, its name in lower case; a
 * status line empties the list, as what came before belongs to an interim answer (RFC 9110, section
 * 15.2). -1 past SP_HTTP_HEADER_MAX and SP_HTTP_HEADERS_MAX. */
int sp_http_headers_read_line(sp_http_headers *headers, const char *line, size_t len);
/* Wipes and frees; the list is empty afterwards. */
void sp_http_headers_free(sp_http_headers *headers);

#endif
