/* Says through the header's own function that one change is done twice. */
#define EVIL_NAME   "evil-applied-twice"
#define EVIL_ENV    "EVIL_APPLIED_TWICE_TOKEN"
#define EVIL_WRITES 1
#include "evil.h"

EVIL_FINDS_NOTHING

static int evil_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                             const char *const *hosts, size_t n)
{
    (void)zone;
    (void)hosts;
    (void)n;
    return evil_succeeded(call);
}

static int evil_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                              const struct signpost_change *const *changes, size_t n)
{
    (void)zone;
    (void)changes;
    (void)n;
    signpost_applied(call, 0);
    signpost_applied(call, 0);
    return SIGNPOST_OK;
}
