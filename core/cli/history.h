/*
 * The earlier looks at a domain, as `status --history` shows them.
 */
#ifndef SP_CLI_HISTORY_H
#define SP_CLI_HISTORY_H

#include "base/buf.h"
#include "base/json.h"
#include "ledger/history.h"

/* Appends a line for each span of equal looks, then where each record was first seen; times in the
 * zone of the machine. */
void sp_history_put(struct sp_buf *out, const struct sp_ledger_history *history, bool has_color);
/* The member `history` of the report, with the time until which caches may hold what stood before
 * (0: nothing is known of it, or it is over); a new reference. */
json_t *sp_history_to_json(const struct sp_ledger_history *history, int64_t caches_until_s);

#endif
