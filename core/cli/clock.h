/*
 * Moments as a person reads them off a clock.
 */
#ifndef SP_CLI_CLOCK_H
#define SP_CLI_CLOCK_H

#include "base/buf.h"
#include "base/json.h"

/* Appends "14:32 CET", with the day in front ("2026-11-25 14:32 CET") unless that is the day of
 * NOW_S. Seconds since 1970; in the zone of the machine. */
void sp_clock_put(struct sp_buf *out, int64_t at_s, int64_t now_s);
/* The same, always with the day. */
void sp_clock_put_day(struct sp_buf *out, int64_t at_s);
/* "2026-11-25T13:32:00Z" (RFC 3339); and back: -1 for anything else.
 */
void sp_clock_put_utc(struct sp_buf *out, int64_t at_s);
int64_t sp_clock_parse_utc(const char *text);
/* The same for a report; a new reference. */
json_t *sp_clock_to_json(int64_t at_s);

#endif
