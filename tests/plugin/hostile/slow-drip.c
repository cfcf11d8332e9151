/* Reports a zone now and then, for ever: never silent for long. */
#define EVIL_NAME "evil-slow-drip"
#define EVIL_ENV  "EVIL_SLOW_DRIP_TOKEN"
#include "evil.h"
#include "own-frames.h"

#include <time.h>

/* Sleeping is not allowed in the sandbox. */
static void wait_two_seconds(void)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec - start.tv_sec < 2);
}

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    while (send_own_frame(FOUND_ONE_ZONE) == 0)
        wait_two_seconds();
    return evil_succeeded(call);
}
