/*
 * What the resolvers say of a record: asked only where its name servers cannot be asked from this
 * network, as that makes the resolvers keep what they find.
 */
#ifndef SP_VERIFY_HEARSAY_H
#define SP_VERIFY_HEARSAY_H

#include "verify/observation.h"

struct sp_hearing;
/* Called once, from the loop; the hearing may be freed inside. */
typedef void (*sp_hearing_fn)(void *arg, const struct sp_hearsay *hearsay);

/* Asks every resolver for RECORD, which is borrowed. */
struct sp_hearing *sp_hearing_start(struct sp_dns_client *client, const struct sp_record *record,
                                    unsigned *counter, sp_hearing_fn fn, void *arg);
void sp_hearing_free(struct sp_hearing **hearing); /* cancels; accepts a pointer to NULL */

#endif
