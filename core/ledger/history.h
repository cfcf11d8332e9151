/*
 * What earlier looks found. Equal looks, one after the other, are one span with a count, and only
 * the last SP_LEDGER_SPANS_MAX spans of a domain are kept: what never changes takes no room.
 */
#ifndef SP_LEDGER_HISTORY_H
#define SP_LEDGER_HISTORY_H

#include "ledger/ledger.h"

struct sp_ledger_span {
    struct sp_ledger_check check; /* as of the last look of the span */
    int64_t first_at_s;
    int64_t n_looks;
};
typedef SP_ARRAY(struct sp_ledger_span) sp_ledger_spans;

typedef SP_ARRAY(struct sp_ledger_sighting) sp_ledger_sightings;
void sp_ledger_sightings_free(sp_ledger_sightings *sightings);

struct sp_ledger_history {
    sp_ledger_spans spans;         /* oldest first */
    sp_ledger_sightings sightings; /* of the records in the set: by record, then by time */
};
/* That of DOMAIN. ERR: internal, "ledger". */
int sp_ledger_read_history(struct sp_ledger *ledger, const struct sp_name *domain,
                           struct sp_ledger_history *ret_history, struct sp_err *err);
void sp_ledger_history_fini(struct sp_ledger_history *history);

#endif
