/*
 * What stands behind a record: follows its target through the resolvers to the end of the chain,
 * and reads the key there.
 */
#ifndef SP_VERIFY_BEHIND_H
#define SP_VERIFY_BEHIND_H

#include "verify/observation.h"

struct sp_chase;
/* Called once, from the loop; the chase may be freed inside. */
typedef void (*sp_chase_fn)(void *arg, const struct sp_behind *behind);

/* Starts at RECORD's target: its host is never asked of a cache. */
struct sp_chase *sp_chase_start(struct sp_dns_client *client, const struct sp_record *record,
                                unsigned *counter, sp_chase_fn fn, void *arg);
void sp_chase_free(struct sp_chase **chase); /* cancels; accepts a pointer to NULL */

#endif
