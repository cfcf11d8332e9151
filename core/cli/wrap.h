/*
 * Long lines for a narrow terminal.
 */
#ifndef SP_CLI_WRAP_H
#define SP_CLI_WRAP_H

#include "base/buf.h"

/*
 * Appends TEXT, lines with UTF-8 and colours in them, so that no line is wider than WIDTH columns:
 * it is broken at blanks, and goes on at the depth of its beginning, or behind the sign that it
 * begins with ("+ CREATE ..."). A word that is too long for a
 * line is left whole. 0: no limit.
 */
void sp_wrap_puts(struct sp_buf *out, const char *text, unsigned width);
/* Appends TEXT, one line without its end, to a line of OUT that has COLUMN columns by now: it is
 * broken as above, and goes on in that column. */
void sp_wrap_from(struct sp_buf *out, const char *text, unsigned column, unsigned width);
/* TEXT in at most WIDTH columns: its end is replaced by "..." where it does not fit. */
void sp_wrap_cut(struct sp_buf *out, const char *text, unsigned width);

/* The columns that TEXT, UTF-8, takes: colours and marks on a character take none, most East Asian
 * characters two. */
unsigned sp_wrap_columns(const char *text);
/*
 * COMMAND, quoted for a POSIX shell as by sp_next_put, from column DEPTH on: it is broken
 * between words, though not behind an option that has a value, by a backslash at the end of the
 * line, and goes on at DEPTH, so that it can be typed as it stands. WIDTH as above.
 */
void sp_wrap_command(struct sp_buf *out, const char *command, unsigned depth, unsigned width);

#endif
