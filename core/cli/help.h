/*
 * What --help prints, made from the tables of commands and options.
 */
#ifndef SP_CLI_HELP_H
#define SP_CLI_HELP_H

#include "cli/command.h"

/* COMMAND: its arguments, options and examples; NULL: the commands. */
void sp_help_put(struct sp_buf *out, const struct sp_command *command);

#endif
