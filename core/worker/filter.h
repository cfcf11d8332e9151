/*
 * The system calls a worker may make (seccomp), as two allow-lists. What is on neither raises
 * SIGSYS.
 */
#ifndef SP_WORKER_FILTER_H
#define SP_WORKER_FILTER_H

/* Before the plugin is loaded; needs no_new_privs. 0 or an errno value. */
int sp_filter_load(void);
/* Before it is called, on top of the first: both lists must allow a call from now on. */
int sp_filter_tighten(void);

#endif
