/*
 * A verification under way, as observe.c and the files that do a part of its work see it. For them
 * alone.
 */
#ifndef SP_VERIFY_WATCH_H
#define SP_VERIFY_WATCH_H

#include "verify/asking.h"
#include "verify/follow.h"
#include "verify/hearsay.h"
#include "verify/observe.h"
#include "verify/probe.h"
#include "verify/serials.h"
#include "verify/trial.h"

/* One record; parallel to the observation's. */
struct sp_watch {
    struct sp_verification *verification;
    struct sp_record_observation *record;
    struct sp_delegation delegation; /* a copy, so that look-ups can be forgotten and repeated */
    struct sp_probe *probe;
    enum sp_seen_kind probed_kind; /* the answer that was probed last, and when */
    uint64_t probed_ms;
    struct sp_serials *serials;
    bool has_asked_serials;
    struct sp_dns_query *soa; /* for its zone; see watch_soa.c */
    struct sp_follow *chase;
    struct sp_trial *trial;
    struct sp_hearing *hearing;
    uint64_t heard_ms;  /* when that began last */
    uint64_t chased_ms; /* when what stands behind was last heard of */
    bool is_finding;    /* its delegation */
};

struct sp_verification {
    struct sp_loop *loop;
    struct sp_verification_config config;
    struct sp_observation observation;
    struct sp_watch *watches;
    struct sp_asking *asking;
    struct sp_delegations *again; /* own look-ups, once those shared with others gave no zone */
    struct sp_verdict verdict;
    unsigned n_held; /* how often the end of the look was put off */
    bool has_verdict, is_last, is_out_of_time, is_over;
    uint64_t confirm_ms;           /* since when old answers are being confirmed; 0: they are not */
    uint64_t started_ms, found_ms; /* found_ms: delegations were last looked for */
    uint64_t behind_since_ms, behind_ms; /* first and last look behind the records */
    struct sp_dns_query *nobody;         /* at an address without a server; see watch_path.c */
    bool has_asked_nobody, has_nobody_answered;
    struct sp_timer *step, *tick, *limit;
    unsigned *counter;
    sp_verdict_fn fn;
    void *arg;
};

static inline struct sp_watch *sp_watches_end(const struct sp_verification *v)
{
    return v->watches + v->observation.records.n;
}
#define SP_WATCHES_FOREACH(v, watch)                                                               \
    for (struct sp_watch *watch = (v)->watches; watch < sp_watches_end(v); watch++)

/* observe.c: goes on from the loop, with nobody's callback below on the stack: the verdict's
 * receiver may free everything there. ARG is the verification. */
void sp_verification_step_soon(void *arg);

/* watch_zone.c: who serves the records. */
bool sp_watch_has_zone(const struct sp_watch *watch);
/* Starts to look for WATCH's zone in DELEGATIONS; the questions for its record follow at once. */
void sp_watch_find_zone(struct sp_watch *watch, struct sp_delegations *delegations);
/* Failed look-ups, and wrong ones, are remembered by those who made them: asks anew, with a memory
 * of its own. */
void sp_watches_find_again(struct sp_verification *v, uint64_t now_ms);
/* Cancels WATCH's look-up. */
void sp_watch_stop_finding(struct sp_watch *watch);
void sp_watch_forget_zone(struct sp_watch *watch);

/* watch_soa.c: how long caches may hold that WATCH's record is not there. After the questions for
 * the record itself. */
void sp_watch_ask_soa(struct sp_watch *watch);

/* watch_miss.c: why a record is not there. */
/* For the first look and the last: neither ends before everything wrong or missing is explained,
 * and it is known which version of the zone servers have that disagree. */
void sp_watches_probe(struct sp_verification *v);
/* Whether that is under way. */
bool sp_watches_are_explaining(const struct sp_verification *v);
/* Between the first look and the last: someone may be typing the record in, at the wrong place.
 * Probes one record that is due, with patience. */
void sp_watches_probe_again(struct sp_verification *v, uint64_t now_ms);
/* Has all of that explained once more. */
void sp_watches_forget_probes(struct sp_verification *v);

/* watch_path.c: whether name servers can be asked from here; where not, the resolvers are. */
void sp_watches_check_path(struct sp_verification *v);
/* Nothing of that is under way that a verdict needs. */
bool sp_watches_know_path(const struct sp_verification *v);
void sp_watches_stop_path(struct sp_verification *v);

/* watch_behind.c: what stands behind the records. */
/* The first look behind follows the records at once; then what still hinders is looked at again, at
 * a pace of its own: a resolver keeps a negative answer for a while anyway. */
void sp_watches_chase(struct sp_verification *v);
/* Whether no answer is older than SP_LOOK_FRESH_MS, counted from V's confirm_ms. */
bool sp_watches_are_fresh(const struct sp_verification *v);
void sp_watches_refresh(struct sp_verification *v);
void sp_watches_forget_old(struct sp_verification *v);

#endif
