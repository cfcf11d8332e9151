/*
 * One thing asked of a provider, from names to the plugin's texts and back: cut into calls that fit
 * a frame and the plugin's batches, its results collected until it is delivered.
 */
#ifndef SP_BROKER_JOB_H
#define SP_BROKER_JOB_H

#include "broker/conversation.h"
#include "broker/provider.h"

struct sp_job {
    struct sp_job *next;
    const struct sp_description *description;
    struct sp_err err;        /* why it could not even be asked */
    struct sp_wire_call call; /* all of it */
    struct sp_name zone;
    size_t n, at, n_batch;     /* items in all, done, and in the call under way */
    struct sp_change *changes; /* the asker's; item i of the call is changes[order[i]] */
    size_t *order;
    SP_ARRAY(struct sp_zone) zones;
    sp_listed_list records;
    bool is_unknown;
    sp_zones_fn on_zones; /* one of the three */
    sp_listed_fn on_listed;
    sp_applied_fn on_applied;
    void *arg;
};

struct sp_job *sp_job_find_zones(const struct sp_description *description,
                                 const struct sp_wanted_zone *wanted, size_t n);
struct sp_job *sp_job_list_records(const struct sp_description *description,
                                   const struct sp_zone *zone, const struct sp_name *hosts,
                                   size_t n);
/* CHANGES is borrowed until the delivery. */
struct sp_job *sp_job_apply(const struct sp_description *description, const struct sp_zone *zone,
                            struct sp_change *changes, size_t n);
void sp_job_free(struct sp_job *job);

/* The next call to make, a view into JOB; false when all are done. */
bool sp_job_next_call(struct sp_job *job, struct sp_wire_call *ret_call);
/* Takes in what the call brought, whether it succeeded or not. */
void sp_job_take(struct sp_job *job, struct sp_called *called);
/* Calls the asker and frees JOB. */
void sp_job_deliver(struct sp_job *job, const struct sp_err *err);

#endif
