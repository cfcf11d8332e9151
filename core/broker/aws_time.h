/*
 * Times as the AWS tools write them (ISO 8601).
 */
#ifndef SP_BROKER_AWS_TIME_H
#define SP_BROKER_AWS_TIME_H

#include <stdint.h>

/* "2026-01-01T00:00:00Z", also with a fraction of a second and with +HH:MM, as seconds since 1970;
 * -1 for anything else. */
int64_t sp_aws_time_parse(const char *text);

#endif
