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
void sp_ledger_spans_free(sp_ledger_spans *spans);

typedef SP_ARRAY(struct sp_ledger_sighting) sp_ledger_sightings;
void sp_ledger_sightings_free(sp_ledger_sightings *sightings);

/* Both: 0, or -1 with ERR (internal, "ledger"); free with the function above. */

/* The spans of DOMAIN, oldest first. */
int sp_ledger_list_spans(struct sp_ledger *ledger, const struct sp_name *domain,
                         sp_ledger_spans *ret_spans, struct sp_err *err);
/* Where, and since when, the records of DOMAIN's set have been seen live: by record, then by
 * time. */
int sp_ledger_list_sightings(struct sp_ledger *ledger, const struct sp_name *domain,
                             sp_ledger_sightings *ret_sightings, struct sp_err *err);

#endif
