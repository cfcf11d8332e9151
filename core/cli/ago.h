/*
 * Times as people say them.
 */
#ifndef SP_CLI_AGO_H
#define SP_CLI_AGO_H

#include "base/buf.h"

/* Appends "just now", "40 seconds ago", "2 minutes ago", "3 hours ago" or "5 days ago". */
void sp_ago_put(struct sp_buf *out, int64_t at_s, int64_t now_s);

#endif
