/*
 * The process as a whole, before anything else happens.
 */
#ifndef SP_CLI_PROCESS_H
#define SP_CLI_PROCESS_H

/* No core file, no debugger of the same user; as many open files as looking at many servers needs;
 * a closed pipe is an error to report, not a death; and descriptors 0 to 2 are open, so that no
 * other file gets one of them. */
void sp_process_harden(void);

#endif
