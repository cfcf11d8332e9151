/*
 * One look, or wait, at a domain that is known already: what the ledger knows of it goes into the
 * verdict, and what was seen goes into the ledger.
 */
#ifndef SP_PUBLISH_CHECK_H
#define SP_PUBLISH_CHECK_H

#include "ledger/ledger.h"
#include "publish/result.h"
#include "verify/observe.h"

struct sp_check;

struct sp_check_config {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    struct sp_ledger *ledger;
    enum sp_until until;
    bool wants_why;               /* as in the result */
    uint64_t wait_ms;             /* 0: one look */
    struct sp_evidence *evidence; /* the verdicts are noted there; or NULL */
    /* The owner calls sp_checks_remember(); else the check does it itself. */
    bool is_remembered_later;
    struct sp_chases *chases; /* as in verify/observe.h; or NULL */
    /* Why nothing is written any more: shared by all checks of a run, because a ledger in use holds
     * each of them up for SP_LEDGER_BUSY_MS. Begin with SP_ERR_INIT. */
    struct sp_err *ledger_err;
};

/* A verdict that is news, with the check's result; the last one IS_FINAL: then the result is
 * complete, remembered, and CHECK may be freed inside. */
typedef void (*sp_check_fn)(void *arg, struct sp_check *check, bool is_final);

/* Starts to look at SET, which is borrowed, as CONFIG is; its delegations outlive the check. FN is
 * never called from inside. NULL with ERR: internal, "ledger". */
struct sp_check *sp_check_start(const struct sp_check_config *config,
                                const struct sp_record_set *set, sp_check_fn fn, void *arg,
                                struct sp_err *err);
void sp_check_free(struct sp_check **check); /* cancels; accepts a pointer to NULL */

/* Whether what is seen on the way to a final verdict is worth remembering at once: a set that was
 * connected is given its time, as one lost answer is no change. */
bool sp_check_is_progress(const struct sp_check *check);
/* Ends it at once, without calling FN: the result is what was seen last, remembered, and told as
 * interrupted. */
void sp_check_interrupt(struct sp_check *check);
const struct sp_result *sp_check_result(const struct sp_check *check);
/* Whether the status is another than the ledger had when the check began. */
bool sp_check_has_changed(const struct sp_check *check);
/* Remembers what N checks of one run have seen, in one transaction: on the disk when this
 * returns, or else each result warns of it. */
void sp_checks_remember(struct sp_check *const *checks, size_t n);

#endif
