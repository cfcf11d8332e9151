/*
 * Mistakes that people and pages make when a name is entered: where the record stands then, and
 * what a wrong target tells of its origin. Pure functions of names.
 */
#ifndef SP_VERIFY_MISTAKE_H
#define SP_VERIFY_MISTAKE_H

#include "names/name.h"

/* HOST with ZONE behind it once more: a page that appends the zone was given the whole name. False
 * when that is no name. */
bool sp_mistake_doubled(const struct sp_name *host, const struct sp_name *zone,
                        struct sp_name *ret_name);
/* HOST of the sender domain DOMAIN, which lies below ZONE, without the labels between the two: a
 * page of the zone was given what stands in front of the sender domain. False when there are none.
 */
bool sp_mistake_short(const struct sp_name *host, const struct sp_name *domain,
                      const struct sp_name *zone, struct sp_name *ret_name);

enum sp_target_mistake {
    SP_TARGET_OTHER,    /* nothing that the name tells */
    SP_TARGET_APPENDED, /* WANTED with ZONE behind it: the final dot was lost */
    SP_TARGET_CUT,      /* the first labels of WANTED alone */
    SP_TARGET_MISTYPED, /* at most two letters are wrong, missing, too many or swapped */
};
/* What is wrong with FOUND, which is not WANTED, as the target of a record in ZONE. */
enum sp_target_mistake sp_mistake_in_target(const struct sp_name *wanted,
                                            const struct sp_name *zone,
                                            const struct sp_name *found);

#endif
