/*
 * One zone at one source: listed once for all errands that have records in it, written when each of
 * them is decided. Intents are in the ledger before the write, outcomes after it. A write is one
 * call or several (batch.h); what a call that failed removed in vain is put back. What the provider
 * refuses for several errands together is sent again for half of them and half of them, so that
 * each gets the outcome that it would have had alone.
 */
#ifndef SP_PUBLISH_ZONE_JOB_H
#define SP_PUBLISH_ZONE_JOB_H

#include "publish/batch.h"
#include "publish/portion.h"
#include "publish/source.h"

/* One change to the zone, and how far it has come. */
struct sp_job_change {
    struct sp_change change;
    enum sp_outcome outcome; /* PLANNED: not made, as far as is known */
    bool is_called;          /* it went with the call under way */
};

/* A step of one portion and the change that carries it out; steps of several portions that want the
 * same thing share one. Parallel to the intents. */
struct sp_job_origin {
    size_t portion, step, change; /* indexes: of the job's portions, the portion's plan, the job */
};

/* Neighbours among the portions, whose changes are sent together. */
struct sp_job_round {
    size_t first, end;
};

struct sp_zone_job {
    struct sp_source *source;
    const struct sp_zone *zone;             /* a borrow from the source */
    SP_ARRAY(struct sp_portion *) portions; /* borrows: errands own them */
    SP_ARRAY(struct sp_name) hosts;         /* each once */
    sp_listed_list listed;                  /* owned copies */
    struct sp_timer *listing;               /* a listing that is there already is handed out */
    SP_ARRAY(struct sp_err) alone; /* of portions that are listed one by one: how it went */
    size_t n_undecided;            /* portions whose errand has not decided yet */
    enum { SP_JOB_LIST, SP_JOB_WRITE } next_call;
    /* Writing. */
    bool is_writing;                        /* from the intents to the outcomes */
    SP_ARRAY(struct sp_job_change) changes; /* those of one host are neighbours */
    struct sp_domain_index change_index;    /* the first of each host */
    SP_ARRAY(struct sp_job_origin) origins;
    sp_ledger_changes intents;
    SP_ARRAY(struct sp_job_round) rounds; /* to be written; the last one is under way */
    SP_ARRAY(struct sp_change) call;      /* copies of the changes that went with the call */
    sp_batch_indexes called;              /* which they are; parallel to it */
    struct sp_err call_err;               /* why that call failed */
    unsigned n_refused;                   /* calls that were parted */
    bool has_crashed;                     /* the plugin did, in one of them */
    sp_batch_indexes orphaned;            /* of the call: deletions that are to be put back */
    SP_ARRAY(struct sp_change) restores;  /* how; parallel to it */
    struct sp_err err;                    /* why no more is sent */
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

/* Writes down the intents and begins to write. False: the ledger does not take them, and the
 * errands have heard of it (zone_writing.c). */
bool sp_zone_job_write(struct sp_zone_job *job);
/* What is to be done, for the ledger. ERR: internal (zone_outcome.c). */
int sp_zone_job_intend(struct sp_zone_job *job, struct sp_err *err);
/* The outcomes, for the ledger, the report and the errands: what is still planned has failed; what
 * is unknown stays open in the ledger, so that the next run reads and decides (zone_outcome.c). */
void sp_zone_job_conclude(struct sp_zone_job *job);

#endif
