/*
 * One zone at one source: listed once for all errands that have records in it, written once when
 * each of them is decided. Intents are in the ledger before the write, outcomes after it. A write
 * is one call or several (batch.h); what a call that failed removed in vain is put back.
 */
#ifndef SP_PUBLISH_ZONE_JOB_H
#define SP_PUBLISH_ZONE_JOB_H

#include "publish/batch.h"
#include "publish/portion.h"
#include "publish/source.h"

/* A step of one errand and the change that carries it out; steps of several errands that want the
 * same thing share one. Parallel to the intents. */
struct sp_job_origin {
    struct sp_portion *portion;
    size_t step;
    size_t change;
};

struct sp_zone_job {
    struct sp_source *source;
    const struct sp_zone *zone;             /* a borrow from the source */
    SP_ARRAY(struct sp_portion *) portions; /* borrows: errands own them */
    SP_ARRAY(struct sp_name) hosts;         /* each once */
    sp_listed_list listed;                  /* owned copies */
    SP_ARRAY(struct sp_err) alone; /* of portions that are listed one by one: how it went */
    size_t n_undecided;            /* portions whose errand has not decided yet */
    enum { SP_JOB_LIST, SP_JOB_WRITE } next_call;
    bool is_writing;                    /* from the intents to the outcomes */
    SP_ARRAY(struct sp_change) changes; /* those of one host are neighbours */
    size_t n_sent;                      /* changes that were handed to the provider, in batches */
    size_t first_of_call;               /* of those, the first that went with the last call */
    SP_ARRAY(struct sp_job_origin) origins;
    sp_ledger_changes intents;
    struct sp_err err; /* of the write */
    /* What is put back after a write that failed half-way. */
    sp_batch_indexes orphaned;
    SP_ARRAY(struct sp_change) restores; /* parallel to it */
    bool is_restored;                    /* what became of them is known */
};

struct sp_zone_job *sp_zone_job_new(struct sp_source *source, const struct sp_zone *zone);
void sp_zone_job_free(struct sp_zone_job *job);
void sp_zone_job_add(struct sp_zone_job *job, struct sp_portion *portion);
/* Queues the listing; each errand hears of it by sp_errand_listed(). */
void sp_zone_job_start(struct sp_zone_job *job);
/* Makes that call (zone_listing.c). */
void sp_zone_job_list(struct sp_zone_job *job);
/* One of the errands is decided. After the last one the approved changes are queued; each errand
 * that has some hears of their end by sp_errand_written(). */
void sp_zone_job_decided(struct sp_zone_job *job);
/* Makes the next call. False: there was nothing to call after all. */
bool sp_zone_job_run(struct sp_zone_job *job);
/* Whom the next call is counted on. */
struct sp_errand *sp_zone_job_payer(const struct sp_zone_job *job);
/* After a cancel, when time is up: what is not known to be applied is unknown. */
void sp_zone_job_give_up(struct sp_zone_job *job);

#endif
