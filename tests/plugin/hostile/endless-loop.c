/* Never comes back. */
#define EVIL_NAME "evil-endless-loop"
#define EVIL_ENV  "EVIL_ENDLESS_LOOP_TOKEN"
#include "evil.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    volatile unsigned turns = 0;
    for (;;)
        turns++;
    return evil_succeeded(call);
}
