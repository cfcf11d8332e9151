/*
 * What the daemon decides: whom to look at, how many at once, and what is a change. It has no clock
 * and makes no look itself, so that a test can drive it through a month in a minute.
 */
#ifndef SP_WATCH_WATCHER_H
#define SP_WATCH_WATCHER_H

#include "ledger/outbox.h"
#include "publish/result.h"
#include "watch/roster.h"

struct sp_watcher_config {
    struct sp_ledger *ledger;
    /* Begins a look at DOMAIN that takes up to WAIT_MS: its end is told with sp_watcher_looked(),
     * and never from inside. DOMAIN is valid until then. */
    void (*look)(void *arg, struct sp_roster_domain *domain, uint64_t wait_ms);
    /* The status is another than the one told last; FROM is NONE for a new domain. */
    void (*on_change)(void *arg, const struct sp_result *result, enum sp_status from);
    void *arg;
};

struct sp_watcher {
    struct sp_watcher_config config;
    struct sp_roster roster;
    int64_t ledger_version, read_at_ms;  /* of the last reading; when to look there again */
    int64_t turned_at_ms, allowed_at_ms; /* the last turn; since when looks are counted */
    bool has_read;
    unsigned n_looks, n_waits; /* under way */
};

/* CONFIG is copied. */
void sp_watcher_init(struct sp_watcher *watcher, const struct sp_watcher_config *config);
/* Looks under way are to be ended before; none is told any more. */
void sp_watcher_fini(struct sp_watcher *watcher);

/* Does what is due at NOW_MS: takes over what others wrote to the ledger, begins looks.
 * RET_NEXT_MS: when to come again at the latest; also to come after the end of a look. ERR:
 * internal, "ledger": it could not be read; all the rest is done. */
int sp_watcher_turn(struct sp_watcher *watcher, int64_t now_ms, int64_t *ret_next_ms,
                    struct sp_err *err);

/*
 * Whether what a look found counts: not for a domain that has left the ledger meanwhile. What was
 * connected is not given up for a single look: a second one has to agree, SP_WATCH_CONFIRM_MS
 * later; and where no server answers at all, which says more about the network here than about the
 * domain, for SP_WATCH_SILENCE_MS.
 */
bool sp_watcher_counts(struct sp_watcher *watcher, struct sp_roster_domain *domain,
                       const struct sp_result *result, int64_t now_ms);
/* The look at DOMAIN has ended with RESULT; NULL: it could not be made. HAS_COUNTED: as
 * sp_watcher_counts() said, and it is in the ledger. DOMAIN may be dead afterwards. */
void sp_watcher_looked(struct sp_watcher *watcher, struct sp_roster_domain *domain,
                       const struct sp_result *result, bool has_counted, int64_t now_ms);

#endif
