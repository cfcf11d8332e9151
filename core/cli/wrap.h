/*
 * Long lines for a narrow terminal.
 */
#ifndef SP_CLI_WRAP_H
#define SP_CLI_WRAP_H

#include "base/buf.h"

/*
 * Appends TEXT, lines with UTF-8 and colours in them, so that no line is wider than WIDTH columns:
 * it is broken at blanks, and goes on at the depth of its beginning. A word that is too long for a
 * line is left whole. 0: no limit.
 */
void sp_wrap_puts(struct sp_buf *out, const char *text, unsigned width);
/* TEXT in at most WIDTH columns: its end is replaced by "..." where it does not fit. */
void sp_wrap_cut(struct sp_buf *out, const char *text, unsigned width);

#endif
