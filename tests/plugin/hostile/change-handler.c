/* Installs its own handler over the one that reports violations. */
#define EVIL_NAME "evil-change-handler"
#define EVIL_ENV  "EVIL_CHANGE_HANDLER_TOKEN"
#include "evil.h"

#include <signal.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    return signal(SIGSYS, SIG_IGN) != SIG_ERR ? evil_succeeded(call) : SIGNPOST_UNSUPPORTED;
}
