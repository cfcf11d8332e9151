/*
 * What has been told of what goes wrong, so that a cause is told once and not every time it is met.
 */
#ifndef SP_WATCH_TROUBLE_H
#define SP_WATCH_TROUBLE_H

#include "base/err.h"
#include "base/limits.h"

struct sp_trouble_cause {
    char text[sizeof(((struct sp_err *)0)->message)]; /* "": there is none */
    uint64_t met_ms;
};

/* Zeroed: nothing has been told. */
struct sp_trouble {
    struct sp_trouble_cause causes[SP_WATCH_CAUSES];
};

/* Whether TEXT is to be told at NOW_MS (monotonic): it was not met for SP_WATCH_TROUBLE_MS, or is
 * not among the SP_WATCH_CAUSES met last. */
bool sp_trouble_is_news(struct sp_trouble *trouble, const char *text, uint64_t now_ms);

#endif
