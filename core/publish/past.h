/*
 * What the ledger knows of a domain that a verdict and its report depend on.
 */
#ifndef SP_PUBLISH_PAST_H
#define SP_PUBLISH_PAST_H

#include "publish/result.h"
#include "publish/superseded.h"

struct sp_past {
    int64_t looked_at_s, caches_until_s; /* the last look, and what looks told; 0: nothing */
    bool was_connected;                  /* at the last look */
    char *zone_servers;                  /* as in the ledger's entry */
    sp_superseded_list superseded;
    sp_written_list written;
};

/* Takes what ENTRY, of a domain that is not withdrawn, tells, for PAST and for RESULT, and reads
 * the rest. ERR: internal. */
int sp_past_read(struct sp_past *past, struct sp_ledger *ledger,
                 const struct sp_ledger_entry *entry, struct sp_result *result, struct sp_err *err);
void sp_past_fini(struct sp_past *past);
/* Fills in what CONTEXT is told of it; the lists are borrowed. */
void sp_past_tell(const struct sp_past *past, struct sp_verdict_context *context);

#endif
