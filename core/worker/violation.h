/*
 * What happens when a plugin makes a system call that the filter does not allow: a violation frame
 * to the engine, naming the call, and the end of the process.
 */
#ifndef SP_WORKER_VIOLATION_H
#define SP_WORKER_VIOLATION_H

/* Installs the handler of SIGSYS; under the filter nobody can change it any more. */
void sp_violation_watch(void);

#endif
