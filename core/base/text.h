/*
 * Small words about text: ASCII without the locale, numbers, durations, and the escaping of foreign
 * text for the place where it is printed.
 */
#ifndef SP_BASE_TEXT_H
#define SP_BASE_TEXT_H

#include "base/buf.h"
#include "base/cursor.h"

char sp_ascii_lower(char c);
bool sp_ascii_is_alnum(char c);
/* Equal but for the case of ASCII letters. */
bool sp_ascii_equal(const char *a, const char *b);
bool sp_ascii_starts(const char *text, const char *prefix); /* case-insensitive */

/* A whole decimal number, digits only, at most MAX; -1 otherwise. */
int sp_parse_u64(const char *text, uint64_t max, uint64_t *ret_value);
/* A duration as users write it: "90" (seconds), "500ms", "30s", "10m", "2h", "1d"; in ms. */
int sp_parse_duration_ms(const char *text, uint64_t *ret_ms);

/* Appends TEXT made safe for a terminal, a log and one line: every control character, DEL, C1
 * control, bidirectional override and invalid UTF-8 byte as \xNN or \u{NNNN}; printable UTF-8
 * stays. */
void sp_escape_terminal(struct sp_buf *out, const char *text, size_t len);
/* The same, as an owned string. */
char *sp_escaped(const char *text);
/* A short piece of foreign TEXT for an error message, safe for a terminal; "..." where it is cut.
 */
#define SP_EXCERPT_SIZE 128
const char *sp_excerpt(const char *text, char ret_excerpt[SP_EXCERPT_SIZE]);
/* The same for use inside an expression; lives until the end of the enclosing block. */
#define SP_EXCERPT(text) sp_excerpt((text), (char[SP_EXCERPT_SIZE]){0})
/* One UTF-8 scalar value (RFC 3629) at the start of LEN bytes; its length, 0 if there is none. */
size_t sp_utf8_decode(const char *bytes, size_t len, uint32_t *ret_value);
/* Copies SRC into a fixed array, cut at its size, always terminated. */
void sp_copy_text(char *ret_text, size_t size, const char *src);

#endif
