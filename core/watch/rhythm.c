#include "watch/rhythm.h"

#include "base/limits.h"

/* Times in the ledger are whole seconds: one later, what was to happen then has happened. */
#define SECOND_MS 1000

static int64_t between(int64_t min_ms, int64_t delay_ms, int64_t max_ms)
{
    return delay_ms < min_ms ? min_ms : delay_ms > max_ms ? max_ms : delay_ms;
}

/* DELAY_MS moved by up to a tenth either way. */
static int64_t spread(int64_t delay_ms, uint32_t jitter)
{
    if (delay_ms < SP_WATCH_SPREAD_MIN_MS)
        return delay_ms;
    return delay_ms - delay_ms / 10 + (int64_t)((uint64_t)delay_ms / 5 * jitter >> 32);
}

/* For how long it had been so when it was looked at last. */
static int64_t age_ms(const struct sp_rhythm *rhythm)
{
    int64_t since_ms = rhythm->published_at_ms > rhythm->changed_at_ms ? rhythm->published_at_ms
                                                                       : rhythm->changed_at_ms;
    int64_t age = since_ms ? rhythm->checked_at_ms - since_ms : 0;
    return age > 0 ? age : 0;
}

static int64_t delay_ms(const struct sp_rhythm *rhythm)
{
    int64_t age = age_ms(rhythm);
    switch (rhythm->status) {
    case SP_STATUS_NONE:
        return 0;
    case SP_STATUS_PENDING:
        return between(SP_POLL_FIRST_MS, age / 20, SP_WATCH_DAY_MS);
    case SP_STATUS_CONNECTED:
        return SP_WATCH_DAY_MS;
    case SP_STATUS_ERROR:
        return between(SP_WATCH_ERROR_MIN_MS, age / 10, SP_WATCH_DAY_MS);
    }
    return SP_WATCH_DAY_MS;
}

/* AT_MS, or MOMENT_MS when that comes before it and after the last look. */
static int64_t not_after(int64_t at_ms, int64_t moment_ms, const struct sp_rhythm *rhythm)
{
    return moment_ms > rhythm->checked_at_ms && moment_ms < at_ms ? moment_ms : at_ms;
}

struct sp_rhythm_plan sp_rhythm_plan(const struct sp_rhythm *rhythm)
{
    struct sp_rhythm_plan plan = {0};
    int64_t published_ms = rhythm->published_at_ms;
    if (rhythm->status == SP_STATUS_NONE || published_ms > rhythm->checked_at_ms) {
        plan.at_ms = published_ms ? published_ms + SP_POLL_FIRST_MS : 0;
        plan.wait_ms = rhythm->status == SP_STATUS_NONE ? 0 : SP_WATCH_WAIT_MS;
        return plan;
    }
    if (rhythm->doubtful_at_ms) {
        plan.at_ms = rhythm->doubtful_at_ms + SP_WATCH_CONFIRM_MS;
        return plan;
    }
    plan.at_ms = rhythm->checked_at_ms + spread(delay_ms(rhythm), rhythm->jitter);
    if (rhythm->status == SP_STATUS_PENDING && age_ms(rhythm) < SP_WATCH_DENSE_MS)
        plan.wait_ms = SP_WATCH_WAIT_MS;
    if (rhythm->expires_at_ms)
        plan.at_ms = not_after(plan.at_ms, rhythm->expires_at_ms + SECOND_MS, rhythm);
    if (rhythm->status == SP_STATUS_PENDING && published_ms) {
        int64_t window_ms = rhythm->window_ms ? rhythm->window_ms : SP_WINDOW_S * 1000ll;
        plan.at_ms = not_after(plan.at_ms, published_ms + window_ms + SECOND_MS, rhythm);
    }
    return plan;
}
