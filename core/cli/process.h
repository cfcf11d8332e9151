/*
 * The process as a whole, before anything else happens.
 */
#ifndef SP_CLI_PROCESS_H
#define SP_CLI_PROCESS_H

/* No core file, no debugger of the same user, and a closed pipe is an error to report, not a death.
 */
void sp_process_harden(void);

#endif
