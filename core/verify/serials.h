/*
 * Which version of its zone each server has, for a record about which they disagree: asks each
 * address for the SOA record.
 */
#ifndef SP_VERIFY_SERIALS_H
#define SP_VERIFY_SERIALS_H

#include "verify/observation.h"

struct sp_serials;

/* Whether RECORD's servers answer for its zone and disagree, and some serial is not known. */
bool sp_serials_are_wanted(const struct sp_record_observation *record);
/* Asks the servers of RECORD that answer and whose serial is not known; fills record->seen, which
 * must stay as it is. ON_DONE is called once, from a DNS callback; the serials may be freed inside.
 */
struct sp_serials *sp_serials_start(struct sp_dns_client *client,
                                    struct sp_record_observation *record, unsigned *counter,
                                    sp_loop_fn on_done, void *arg);
/* Takes what FROM, a record of the same zone, knows of the same addresses. */
void sp_serials_copy(struct sp_record_observation *record,
                     const struct sp_record_observation *from);
void sp_serials_free(struct sp_serials **serials); /* cancels; accepts a pointer to NULL */

#endif
