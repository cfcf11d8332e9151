/*
 * Why a record is missing at a server: asks that server what stands at the host instead, and
 * whether the record stands under the doubled name.
 */
#ifndef SP_VERIFY_PROBE_H
#define SP_VERIFY_PROBE_H

#include "verify/observation.h"

struct sp_probe;

struct sp_probe_result {
    bool has_doubled;
    uint16_t other_types[4]; /* as in struct sp_seen */
};
/* Called once, from the loop; the probe may be freed inside. */
typedef void (*sp_probe_fn)(void *arg, const struct sp_probe_result *result);

/*
 * Asks the server of SEEN, which has to be a miss, about RECORD in ZONE: at most five questions,
 * and one more for each type found at the host, under a random name beside it, to leave out what a
 * wildcard makes (RFC 4592): that is in no CNAME's way. The caller frees the result with
 * sp_probe_free, which also cancels.
 */
struct sp_probe *sp_probe_start(struct sp_dns_client *client, const struct sp_record *record,
                                const struct sp_name *zone, const struct sp_seen *seen,
                                unsigned *counter, sp_probe_fn fn, void *arg);
/* Questions under way. */
unsigned sp_probe_n_asked(const struct sp_probe *probe);
void sp_probe_free(struct sp_probe **probe); /* accepts a pointer to NULL */

#endif
