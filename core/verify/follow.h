/*
 * What stands behind a target, asked once for all domains of a run that point there at about the
 * same time.
 */
#ifndef SP_VERIFY_FOLLOW_H
#define SP_VERIFY_FOLLOW_H

#include "verify/behind.h"

struct sp_follow;
struct sp_chases; /* what is shared */

struct sp_chases *sp_chases_new(struct sp_loop *loop, struct sp_dns_client *client);
void sp_chases_free(struct sp_chases *chases); /* nobody may follow any more; accepts NULL */
/* Few will follow from now on: keeps no answer for others. Accepts NULL. */
void sp_chases_retire(struct sp_chases *chases);

/* As sp_chase_start(), by CHASES, if that is not NULL: then an answer is at most SP_LOOK_FRESH_MS
 * old, of the last SP_CHASES_KEPT, and COUNTER, which has to live as long as CHASES, counts what is
 * asked for the first only.
 */
struct sp_follow *sp_follow_start(struct sp_dns_client *client, struct sp_chases *chases,
                                  const struct sp_record *record, unsigned *counter, sp_chase_fn fn,
                                  void *arg);
void sp_follow_free(struct sp_follow **follow); /* cancels; accepts a pointer to NULL */

#endif
