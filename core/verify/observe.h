/*
 * Looks: asks every address of every name server of each record's zone, and what stands behind;
 * once, or again and again until the verdict is final.
 */
#ifndef SP_VERIFY_OBSERVE_H
#define SP_VERIFY_OBSERVE_H

#include "verify/evidence.h"
#include "verify/follow.h"

struct sp_verification;

struct sp_verification_config {
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    struct sp_verdict_context context; /* now_s is filled in at each look; the rest is borrowed */
    uint64_t wait_ms;                  /* 0: one look */
    struct sp_chases *chases;     /* shared with other domains, if not NULL; only for one look */
    int64_t at_s;                 /* the time it is now; 0: as the clock has it */
    struct sp_evidence *evidence; /* each verdict is noted there; or NULL */
    const char *provider;         /* its name, for the evidence; or NULL */
};

/* After each look whose verdict differs from the last one (and the first); and at the end. Both
 * borrow. */
typedef void (*sp_verdict_fn)(void *arg, const struct sp_observation *observation,
                              const struct sp_verdict *verdict, bool is_final);

/*
 * Starts. The first look asks every (record, server address) at once and ends with the first
 * verdict. While waiting, one question a server and tick is asked until its answer changes, then
 * the rest, and now and then everything that is not live, so that no server is asked more than
 * about ten times a second; a silent one is asked every two seconds. Misses are probed (other
 * types, doubled suffix) at the first look, when they change, now and then (sp_schedule_probe_ms)
 * and at the last look, at one server for each record. What stands behind is asked of the
 * resolvers once all records are live. Ends with the final verdict: connected, error, or the wait
 * is over. FN is never called from inside and may free the verification. COUNTER counts DNS
 * messages; it has to live as long as the client. SET is copied.
 */
struct sp_verification *sp_verification_start(struct sp_loop *loop,
                                              const struct sp_verification_config *config,
                                              const struct sp_record_set *set, unsigned *counter,
                                              sp_verdict_fn fn, void *arg);
void sp_verification_free(struct sp_verification **verification); /* cancels; accepts NULL */

#endif
