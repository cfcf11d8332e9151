/*
 * Checks of many domains: so many at once, the next as one is decided; what was decided is
 * committed to the ledger, several at a time, and only then told. Memory does not grow with their
 * number, but for the sets as a list has them: zones are forgotten again, addresses of name servers
 * that several domains share are not.
 *
 * With a wait, and more pending domains than are kept under watch at once, they are looked at again
 * in rounds, until few enough are left or the time is over.
 */
#ifndef SP_PUBLISH_SWEEP_H
#define SP_PUBLISH_SWEEP_H

#include "publish/check.h"
#include "records/set_list.h"

struct sp_sweep;

/* All of them with ARG, and never from inside a call of this header but sp_sweep_interrupt(). */
struct sp_sweep_events {
    /* What is seen of a domain that is not decided. */
    void (*news)(void *arg, const struct sp_result *result);
    /* Once for each domain. HAS_CHANGED: not the status that the ledger had. */
    void (*decided)(void *arg, const struct sp_result *result, bool has_changed);
    /* Nothing will come any more; ERR (internal, "ledger") is why it ended early, or NULL. The
     * sweep may be freed inside. */
    void (*over)(void *arg, const struct sp_err *err);
};

/* CHECK is how each is checked; its delegations and IS_REMEMBERED_LATER are the sweep's business.
 * SETS is borrowed; there is at least one. */
struct sp_sweep *sp_sweep_start(const struct sp_check_config *check, const struct sp_set_list *sets,
                                const struct sp_sweep_events *events, void *arg);
/* Ends it: tells of every domain that is not decided, as interrupted, then that it is over. */
void sp_sweep_interrupt(struct sp_sweep *sweep);
void sp_sweep_free(struct sp_sweep **sweep); /* cancels; accepts a pointer to NULL */

#endif
