#include "verify/schedule.h"

#include "base/limits.h"

uint64_t sp_schedule_next_ms(uint64_t elapsed_ms)
{
    uint64_t delay_ms = elapsed_ms / 20;
    if (delay_ms < SP_POLL_FIRST_MS)
        return SP_POLL_FIRST_MS;
    return delay_ms > SP_POLL_LAST_MS ? SP_POLL_LAST_MS : delay_ms;
}
