/*
 * Whether a record passes DNSSEC validation: asks the resolvers for it, which may be done once all
 * reachable servers have it, and hears why when they fail.
 */
#ifndef SP_VERIFY_TRIAL_H
#define SP_VERIFY_TRIAL_H

#include "verify/observation.h"

struct sp_trial;
/* Called once, from the loop; the trial may be freed inside. */
typedef void (*sp_trial_fn)(void *arg, const struct sp_trust *trust);

struct sp_trial *sp_trial_start(struct sp_dns_client *client, const struct sp_name *host,
                                unsigned *counter, sp_trial_fn fn, void *arg);
void sp_trial_free(struct sp_trial **trial); /* cancels; accepts a pointer to NULL */

#endif
