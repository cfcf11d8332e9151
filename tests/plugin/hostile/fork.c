/* Starts another process during a call. */
#define EVIL_NAME "evil-fork"
#define EVIL_ENV  "EVIL_FORK_TOKEN"
#include "evil.h"

#include <unistd.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 ? evil_succeeded(call) : SIGNPOST_UNSUPPORTED;
}
