/* Is made for an ABI that does not exist yet. */
#define EVIL_NAME "evil-wrong-abi"
#define EVIL_ENV  "EVIL_WRONG_ABI_TOKEN"
#define EVIL_HAS_ENTRY_POINT
#include "evil.h"

EVIL_FINDS_NOTHING

SIGNPOST_EXPORT const struct signpost_plugin *signpost_plugin_v1(void);
SIGNPOST_EXPORT const struct signpost_plugin *signpost_plugin_v1(void)
{
    static struct signpost_plugin stamped;
    stamped = evil_plugin;
    stamped.magic = SIGNPOST_MAGIC;
    stamped.abi = SIGNPOST_ABI + 6;
    stamped.size = sizeof(stamped);
    return &stamped;
}
