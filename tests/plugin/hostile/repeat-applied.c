/* Says of the first change, again and again, that it is done. */
#define EVIL_NAME   "evil-repeat-applied"
#define EVIL_ENV    "EVIL_REPEAT_APPLIED_TOKEN"
#define EVIL_WRITES 1
#include "evil.h"
#include "own-frames.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strncmp(wanted[i]->name, "sk1.", 4) != 0)
            continue; /* the other domain of the test */
        struct signpost_zone zone = {.size = sizeof(zone)};
        zone.name = wanted[i]->guess ? wanted[i]->guess : wanted[i]->name;
        signpost_found_zone(call, &zone);
    }
    return SIGNPOST_OK;
}

static int evil_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                             const char *const *hosts, size_t n)
{
    (void)call;
    (void)zone;
    (void)hosts;
    (void)n;
    return SIGNPOST_OK;
}

static int evil_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                              const struct signpost_change *const *changes, size_t n)
{
    (void)zone;
    (void)changes;
    (void)n;
    while (send_own_frame("{\"type\":\"applied\",\"index\":0}") == 0) {
    }
    return evil_succeeded(call);
}
