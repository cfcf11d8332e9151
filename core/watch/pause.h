/*
 * How long to leave a receiver alone that has not taken an event.
 */
#ifndef SP_WATCH_PAUSE_H
#define SP_WATCH_PAUSE_H

#include "base/base.h"

/* The pause after attempt number ATTEMPTS (from 1): doubles from SP_WEBHOOK_BACKOFF_MS to
 * SP_WEBHOOK_BACKOFF_MAX_MS; half of it by chance. Pure but for RANDOM_BELOW. */
uint32_t sp_pause_ms(unsigned attempts, uint32_t (*random_below)(uint32_t below));

#endif
