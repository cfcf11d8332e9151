/*
 * A plugin in the worker's address space: the shared object behind a descriptor, and its entry
 * points.
 */
#ifndef SP_WORKER_LOAD_H
#define SP_WORKER_LOAD_H

#include "plugin/description.h"

struct sp_loaded {
    const struct signpost_plugin *raw_plugin; /* the plugin's own; members of ABI 1 are there */
    struct sp_description description;
};

/*
 * Loads the shared object open at FD and reads its description. The object stays for the process's
 * life-time: closing it would run its code once more. ERR (plugin): "plugin-load" when it would not
 * load or lacks the entry point, "abi-mismatch" or "bad-description".
 */
int sp_loaded_open(struct sp_loaded *ret, int fd, struct sp_err *err);
void sp_loaded_fini(struct sp_loaded *loaded);

#endif
