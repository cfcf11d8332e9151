/*
 * Ending a run: what to type next, and the exit code.
 */
#ifndef SP_CLI_FOLLOW_UP_H
#define SP_CLI_FOLLOW_UP_H

#include "cli/input.h"
#include "cli/options.h"

/*
 * Ends the output of the command BIT, which is called NAME, with the command that comes next: the
 * same without
 * --dry-run after a plan, `verify --wait` for what is not connected, `status` after all is. INPUT
 * is NULL where no records were read. The exit code; 130 after an interruption.
 */
int sp_follow_up(struct sp_session *session, const char *name, enum sp_command_bit bit,
                 const struct sp_input *input);

#endif
