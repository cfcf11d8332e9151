/*
 * When to look again while waiting: dense at first, then in proportion to the time already waited.
 */
#ifndef SP_VERIFY_SCHEDULE_H
#define SP_VERIFY_SCHEDULE_H

#include "base/base.h"

/* The delay before the next look, in ms, ELAPSED_MS after the wait began: SP_POLL_FIRST_MS at
 * first, 2 % of the elapsed time up to SP_POLL_DENSE_MS, 4 % later, SP_POLL_LAST_MS at most. So a
 * change is known, with the time that a look takes, within 5 % of the elapsed time. Pure. */
uint64_t sp_schedule_next_ms(uint64_t elapsed_ms);
/* The pause between two probes of one missing record, in ms: SP_LOOK_PROBE_MS at first, 10 % of the
 * elapsed time from twenty seconds on, SP_POLL_LAST_MS at most. Pure. */
uint64_t sp_schedule_probe_ms(uint64_t elapsed_ms);

#endif
