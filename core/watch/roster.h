/*
 * The domains under watch, and whose turn it is: who has been due longest comes first, so that
 * nobody waits for ever behind those that are looked at often.
 */
#ifndef SP_WATCH_ROSTER_H
#define SP_WATCH_ROSTER_H

#include "ledger/outbox.h"
#include "watch/rhythm.h"

struct sp_roster_domain {
    struct sp_name name;
    struct sp_rhythm rhythm;
    struct sp_rhythm_plan plan; /* of the next look */
    enum sp_status told;        /* what was told last; NONE: nothing yet */
    int64_t doubted_at_ms;      /* since when its end of "connected" is in doubt; 0: it is not */
    bool is_looking;            /* then it is not in the queue */
    bool is_waiting;            /* the look under way goes on for a while */
    bool is_gone;               /* withdrawn during a look: forgotten with its end */
    size_t place;               /* in the queue */
};

struct sp_roster {
    SP_ARRAY(struct sp_roster_domain *) domains; /* by name; owned */
    SP_ARRAY(struct sp_roster_domain *) queue;   /* a heap by the time of the plan; borrows */
};

void sp_roster_fini(struct sp_roster *roster);
/*
 * Takes over what the ledger has at NOW_MS: BRIEFS, by name. New domains come in, those that are
 * not there leave, and what another process did to one (published it, looked at it) changes its
 * turn. What a domain was when it came in counts as told, unless IS_TOLD is false: then it is news.
 */
void sp_roster_update(struct sp_roster *roster, const sp_ledger_briefs *briefs, bool is_told,
                      int64_t now_ms);
/* The clock was turned back to NOW_MS: nothing was looked at later than that. */
void sp_roster_step_back(struct sp_roster *roster, int64_t now_ms);
/* Who is due first, or NULL when there is nobody to look at: the plan says when. */
struct sp_roster_domain *sp_roster_first(const struct sp_roster *roster);
/* A look begins: DOMAIN has no turn meanwhile. */
void sp_roster_begin(struct sp_roster *roster, struct sp_roster_domain *domain);
/* It has ended: the next is planned from the domain's rhythm, not before NOT_BEFORE_MS. A domain
 * that is gone is dead then. */
void sp_roster_end(struct sp_roster *roster, struct sp_roster_domain *domain,
                   int64_t not_before_ms);

#endif
