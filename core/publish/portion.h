/*
 * What one errand wants in one zone: its records there, the plan for them, and how they are
 * reported.
 */
#ifndef SP_PUBLISH_PORTION_H
#define SP_PUBLISH_PORTION_H

#include "publish/plan.h"
#include "publish/source.h"

struct sp_portion {
    struct sp_errand *errand;
    struct sp_source *source;
    struct sp_zone_job *job; /* NULL: a person edits this zone */
    struct sp_name zone;
    SP_ARRAY(struct sp_record) wanted;
    sp_listed_list by_hand; /* what a person is told to remove: stands in for a listing */
    struct sp_plan plan;
    SP_ARRAY(size_t) reported; /* by step: its index in the result's changes */
    bool is_approved;          /* its changes may be made */
    bool is_made;              /* they are, all of them */
    bool has_failed;           /* they are not, for ERR, and no more of them is sent */
    struct sp_err err;
};

struct sp_portion *sp_portion_new(struct sp_errand *errand, struct sp_source *source,
                                  struct sp_zone_job *job, const struct sp_name *zone);
void sp_portion_free(struct sp_portion *portion);
/* Plans against LISTED; for a zone edited by hand against nothing. */
void sp_portion_plan(struct sp_portion *portion, const struct sp_listed *listed, size_t n_listed);
/* Adds the planned steps for HOST to the errand's result. */
void sp_portion_report(struct sp_portion *portion, const struct sp_name *host);
/* Whether it has changes for an API to make. */
bool sp_portion_has_writes(const struct sp_portion *portion);
struct sp_result_change *sp_portion_change(const struct sp_portion *portion, size_t step);

#endif
