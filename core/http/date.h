/*
 * Times as HTTP writes them (RFC 9110, section 5.6.7), in all the forms a server may use.
 */
#ifndef SP_HTTP_DATE_H
#define SP_HTTP_DATE_H

#include <stdint.h>

/* "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since 1970; -1 for what is no time, and without
 * libcurl, which reads it. */
int64_t sp_http_date_parse(const char *text);

#endif
