/*
 * Landlock: which files can be opened. It holds for constructors as well, where the filter cannot
 * look into a path.
 */
#ifndef SP_WORKER_LANDLOCK_H
#define SP_WORKER_LANDLOCK_H

/* Leaves reading the system's libraries and the file open as SP_WORKER_PLUGIN_FD, and nothing else
 * that the kernel's version of Landlock knows. Needs no_new_privs. 0, or an errno value: ENOSYS or
 * EOPNOTSUPP on a kernel without it. */
int sp_landlock_restrict(void);

#endif
