/*
 * How many checks of a sweep are under way at once: as many as the name servers keep up with.
 */
#ifndef SP_PUBLISH_WINDOW_H
#define SP_PUBLISH_WINDOW_H

#include "base/base.h"

/*
 * After a check has ended, with WINDOW of them allowed: one more, until SP_SWEEP_AT_ONCE_MAX; or a
 * sixteenth less, down to SP_SWEEP_AT_ONCE_MIN, when N_WAITING questions have waited for their turn
 * for long and these are a quarter of the window: fewer than that are those of a slow server, which
 * is always there among hundreds. Pure.
 */
size_t sp_window_next(size_t window, size_t n_waiting);

#endif
