/*
 * A question on the terminal.
 */
#ifndef SP_CLI_ASK_H
#define SP_CLI_ASK_H

#include "base/base.h"

/* Prints QUESTION on stderr and reads a line: true for "y" and "yes". Ctrl-C answers no, and is
 * then delivered as if it had come after the question. */
bool sp_ask_yes(const char *question);

#endif
