/* Crashes in the middle of a call. */
#define EVIL_NAME "evil-crash-call"
#define EVIL_ENV  "EVIL_CRASH_CALL_TOKEN"
#include "evil.h"

static int *volatile nowhere;

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    *nowhere = 1;
    return evil_succeeded(call);
}
