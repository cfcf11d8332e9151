#include "http/pace.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/limits.h"

/* None given, or too short for a single request: a minute. */
static uint32_t window_of(uint32_t per_minute, uint32_t window_s)
{
    return (uint64_t)per_minute * window_s < 60 ? 60 : window_s;
}

void sp_pace_init(struct sp_pace *pace, uint32_t per_minute, uint32_t window_s)
{
    uint64_t seconds = window_of(per_minute, window_s), n = per_minute * seconds / 60;
    uint64_t parts = n / SP_PACE_MAX + 1;
    *pace = (struct sp_pace){
        .n_max = (size_t)(n / parts),
        .window_ms = (seconds * 1000 + parts - 1) / parts + SP_PACE_SLACK_MS,
    };
    if (pace->n_max)
        pace->taken_ms = sp_alloc(pace->n_max, sizeof(*pace->taken_ms));
}

void sp_pace_fini(struct sp_pace *pace)
{
    free(pace->taken_ms);
    *pace = (struct sp_pace){.n_max = 0};
}

uint64_t sp_pace_take(struct sp_pace *pace, uint64_t now_ms)
{
    if (!pace->n_max)
        return 0;
    if (pace->n_taken < pace->n_max) {
        pace->taken_ms[pace->n_taken++] = now_ms;
        return 0;
    }
    uint64_t free_ms = pace->taken_ms[pace->oldest] + pace->window_ms;
    if (now_ms < free_ms)
        return free_ms - now_ms;
    pace->taken_ms[pace->oldest] = now_ms;
    pace->oldest = (pace->oldest + 1) % pace->n_max;
    return 0;
}
