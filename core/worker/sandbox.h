/*
 * What the worker takes away from itself: step one before the plugin is loaded, step two before it
 * is called. sandbox.c says what each step allows and why.
 */
#ifndef SP_WORKER_SANDBOX_H
#define SP_WORKER_SANDBOX_H

#include "plugin/description.h"

struct sp_sandbox {
    sp_strings applied; /* measures in force, as hello tells them */
    sp_strings missing; /* measures that were not possible, each with the reason */
    bool has_filter;    /* system calls are filtered */
};

/*
 * Step one. With IS_REQUIRED every measure that the promise rests on must be possible: otherwise -1
 * and ERR (plugin, "sandbox"), naming the first that is not. Namespaces are an extra and never
 * required. In a build without the sandbox nothing is done, and `missing` says so.
 */
int sp_sandbox_enter(struct sp_sandbox *sandbox, bool is_required, struct sp_err *err);
/* Step two. ERR as above. */
int sp_sandbox_tighten(struct sp_sandbox *sandbox, struct sp_err *err);
void sp_sandbox_fini(struct sp_sandbox *sandbox);

#endif
