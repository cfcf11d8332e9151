/*
 * Questions on the terminal.
 */
#ifndef SP_CLI_ASK_H
#define SP_CLI_ASK_H

#include "base/buf.h"
#include "base/err.h"

/* Prints QUESTION on stderr and reads a line: true for "y" and "yes". Ctrl-C answers no, and is
 * then delivered as if it had come after the question. */
bool sp_ask_yes(const char *question);
/* Prints PROMPT on a line of its own and appends the lines typed, up to an empty one or the end of
 * the input; empty lines in front are skipped. ERR: cancelled, by Ctrl-C. */
int sp_ask_lines(const char *prompt, struct sp_buf *ret_text, struct sp_err *err);

#endif
