/*
 * A provider's limit on requests, kept by whoever sends them: pure, no I/O.
 */
#ifndef SP_HTTP_PACE_H
#define SP_HTTP_PACE_H

#include <stddef.h>
#include <stdint.h>

/* At most N_MAX requests in any WINDOW_MS, all of them at once if need be. */
struct sp_pace {
    size_t n_max;       /* 0: no limit */
    uint64_t window_ms; /* with SP_PACE_SLACK_MS */
    uint64_t *taken_ms; /* the last n_max times, a ring */
    size_t n_taken;
    size_t oldest; /* once the ring is full */
};

/* As many as PER_MINUTE means in WINDOW_S, rounded down, in any such window. A window of 0, or too
 * short for a single one: a minute. PER_MINUTE 0: no limit. More than SP_PACE_MAX are counted in as
 * many shorter windows, which together hold no more. */
void sp_pace_init(struct sp_pace *pace, uint32_t per_minute, uint32_t window_s);
void sp_pace_fini(struct sp_pace *pace);
/* A request at NOW_MS (monotonic): 0, and it counts, or the ms to wait before asking again. */
uint64_t sp_pace_take(struct sp_pace *pace, uint64_t now_ms);

#endif
