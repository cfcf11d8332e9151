/* Reports nothing, again and again. */
#define EVIL_NAME "evil-empty-report"
#define EVIL_ENV  "EVIL_EMPTY_REPORT_TOKEN"
#include "evil.h"
#include "own-frames.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    while (send_own_frame("{\"type\":\"found\",\"zones\":[]}") == 0) {
    }
    return evil_succeeded(call);
}
