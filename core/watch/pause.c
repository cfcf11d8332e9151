#include "watch/pause.h"

#include "base/limits.h"

uint32_t sp_pause_ms(unsigned attempts, uint32_t (*random_below)(uint32_t below))
{
    uint32_t pause_ms = SP_WEBHOOK_BACKOFF_MS;
    for (unsigned i = 1; i < attempts && pause_ms < SP_WEBHOOK_BACKOFF_MAX_MS; i++)
        pause_ms *= 2;
    if (pause_ms > SP_WEBHOOK_BACKOFF_MAX_MS)
        pause_ms = SP_WEBHOOK_BACKOFF_MAX_MS;
    return pause_ms / 2 + random_below(pause_ms / 2 + 1);
}
