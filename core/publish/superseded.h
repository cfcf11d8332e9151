/*
 * What was written, and what it replaced: while caches and slow servers may still hold an old
 * target, seeing it is no error.
 */
#ifndef SP_PUBLISH_SUPERSEDED_H
#define SP_PUBLISH_SUPERSEDED_H

#include "ledger/ledger.h"
#include "verify/verdict.h"

typedef SP_ARRAY(struct sp_superseded) sp_superseded_list;
typedef SP_ARRAY(struct sp_written) sp_written_list;

/* Appends that TARGET (unset: records of another type) stood at HOST with TTL seconds until
 * SINCE_S; nothing when it can be served no more, its time and a secondary's (SP_SECONDARY_LAG_S)
 * being over. */
void sp_superseded_add(sp_superseded_list *list, const struct sp_name *host,
                       const struct sp_name *target, uint32_t ttl, int64_t since_s);
/* Appends what earlier runs wrote at DOMAIN's hosts, and what they replaced there, out of the
 * ledger. ERR: internal. */
int sp_superseded_read(struct sp_ledger *ledger, const struct sp_name *domain,
                       sp_superseded_list *list, sp_written_list *written, struct sp_err *err);

#endif
