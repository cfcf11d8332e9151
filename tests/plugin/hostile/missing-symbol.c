/* Exports no entry point. */
#define EVIL_NAME "evil-missing-symbol"
#define EVIL_ENV  "EVIL_MISSING_SYMBOL_TOKEN"
#define EVIL_HAS_ENTRY_POINT
#include "evil.h"

EVIL_FINDS_NOTHING

/* Something has to refer to the description. */
SIGNPOST_EXPORT const struct signpost_plugin *not_the_entry_point(void);
SIGNPOST_EXPORT const struct signpost_plugin *not_the_entry_point(void)
{
    return &evil_plugin;
}
