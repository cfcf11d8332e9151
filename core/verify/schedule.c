#include "verify/schedule.h"

#include "base/limits.h"

static uint64_t between(uint64_t min_ms, uint64_t delay_ms, uint64_t max_ms)
{
    return delay_ms < min_ms ? min_ms : delay_ms > max_ms ? max_ms : delay_ms;
}

uint64_t sp_schedule_next_ms(uint64_t elapsed_ms)
{
    uint64_t share = elapsed_ms < SP_POLL_DENSE_MS ? 50 : 25;
    return between(SP_POLL_FIRST_MS, elapsed_ms / share, SP_POLL_LAST_MS);
}

uint64_t sp_schedule_probe_ms(uint64_t elapsed_ms)
{
    return between(SP_LOOK_PROBE_MS, elapsed_ms / 10, SP_POLL_LAST_MS);
}
