/* Reports zones for ever, as fast as it can. */
#define EVIL_NAME "evil-endless-report"
#define EVIL_ENV  "EVIL_ENDLESS_REPORT_TOKEN"
#include "evil.h"
#include "own-frames.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    while (send_own_frame(FOUND_ONE_ZONE) == 0) {
    }
    return evil_succeeded(call);
}
