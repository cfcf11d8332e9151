/*
 * When a domain is looked at next, and for how long at a stretch. Times are milliseconds since 1970
 * (UTC): the clock of the wall counts, because it goes on while the machine sleeps.
 */
#ifndef SP_WATCH_RHYTHM_H
#define SP_WATCH_RHYTHM_H

#include "verify/verdict.h"

/* What is known of the domain; a time of 0 is unknown. */
struct sp_rhythm {
    enum sp_status status;   /* of the last look; SP_STATUS_NONE: there was none */
    int64_t published_at_ms; /* the last publishing */
    int64_t checked_at_ms;   /* the last look */
    int64_t changed_at_ms;   /* since when the status is what it is */
    int64_t window_ms;       /* 0: SP_WINDOW_S */
    int64_t expires_at_ms;   /* when no cache should hold the old answer any more */
    int64_t doubtful_at_ms;  /* the last look said that it is connected no more: to be confirmed */
    uint32_t jitter;         /* the domain's place in the spread of what is not urgent */
};

struct sp_rhythm_plan {
    int64_t at_ms;
    uint64_t wait_ms; /* how long to keep looking there; 0: one look */
};

/*
 * Pure. Never looked at: at once, for a first answer. Published since the last look: at once
 * (SP_POLL_FIRST_MS after publishing). Pending:
 * after 5 % of the time it has been pending, a day at most, and kept under watch without a pause
 * for the first SP_WATCH_DENSE_MS. Error: after 10 % of the time since, between
 * SP_WATCH_ERROR_MIN_MS and a day: a person may have mended it. Connected: a day, and
 * SP_WATCH_CONFIRM_MS while an end of that is in doubt. What is a minute away or more moves by up
 * to 10 % either way. Earlier than all that: right after a known expiry, and when the window ends.
 */
struct sp_rhythm_plan sp_rhythm_plan(const struct sp_rhythm *rhythm);

#endif
