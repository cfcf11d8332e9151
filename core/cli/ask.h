/*
 * Questions on the terminal.
 */
#ifndef SP_CLI_ASK_H
#define SP_CLI_ASK_H

#include "base/buf.h"
#include "base/err.h"

enum sp_answer {
    SP_ANSWER_NO,
    SP_ANSWER_YES,
    SP_ANSWER_NONE, /* the input ended */
};

/* Prints QUESTION on stderr and reads a line: yes for "y" and "yes", no for any other. Ctrl-C
 * answers no, and is then delivered as if it had come after the question. */
enum sp_answer sp_ask_yes(const char *question);
/* Prints PROMPT on a line of its own and appends the lines typed, up to an empty one or the end of
 * the input; empty lines in front are skipped. ERR: cancelled, by Ctrl-C. */
int sp_ask_lines(const char *prompt, struct sp_buf *ret_text, struct sp_err *err);

#endif
