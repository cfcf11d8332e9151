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
/* The member `history` of the report; a new reference. */
json_t *sp_history_to_json(const struct sp_ledger_history *history);

#endif
