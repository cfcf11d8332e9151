/* Hands in a struct without its size. */
#define EVIL_NAME "evil-unstamped-zone"
#define EVIL_ENV  "EVIL_UNSTAMPED_ZONE_TOKEN"
#include "evil.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    const struct signpost_zone zone = {.name = "example.com"};
    signpost_found_zone(call, &zone);
    return SIGNPOST_OK;
}
