/*
 * Where the records of a domain are edited, as far as the ledger has kept it: the zone and the
 * provider of what was written, and those of the domain's first record.
 */
#ifndef SP_PUBLISH_WHEREABOUTS_H
#define SP_PUBLISH_WHEREABOUTS_H

#include "ledger/ledger.h"
#include "publish/result.h"

struct sp_whereabout {
    struct sp_name host, zone; /* HOST unset: what holds for the domain */
    char *provider;
};
struct sp_whereabouts {
    SP_ARRAY(struct sp_whereabout) items;
};

/* Of ENTRY's domain. RET_WHEREABOUTS is to be finished, also after a failure. ERR: as the ledger
 * says. */
int sp_whereabouts_read(struct sp_ledger *ledger, const struct sp_ledger_entry *entry,
                        struct sp_whereabouts *ret_whereabouts, struct sp_err *err);
void sp_whereabouts_fini(struct sp_whereabouts *whereabouts);

/* Gives RESULT's records the zones they were written to. One that publishing only found has the
 * domain's if it stands right below it: of any other host there may be a zone in between. */
void sp_whereabouts_tell_zones(const struct sp_whereabouts *whereabouts, struct sp_result *result);
/* Gives a record that has a zone and no provider the one by which that zone was edited. */
void sp_whereabouts_tell_providers(const struct sp_whereabouts *whereabouts,
                                   struct sp_result *result);

#endif
