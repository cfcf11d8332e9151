/*
 * Why a record is not at a server as wanted: asks that server what stands at the host instead,
 * whether the record stands under another name, and what a random name beside the host has.
 */
#ifndef SP_VERIFY_PROBE_H
#define SP_VERIFY_PROBE_H

#include "verify/observation.h"

struct sp_probe;

struct sp_probe_result {
    struct sp_findings findings; /* is_wildcard left out: it depends on the CNAME at the host */
    struct sp_name wildcard;     /* the CNAME of a random name beside the host; or unset */
};
/* Called once, from the loop; the probe may be freed inside. */
typedef void (*sp_probe_fn)(void *arg, const struct sp_probe_result *result);

/*
 * Asks the server of SEEN, a miss or a CNAME, about RECORD of the sender domain DOMAIN in ZONE.
 * About a CNAME: one question, for a random name beside the host (RFC 4592). About a miss: at most
 * four, and two more of OTHER, the address of a server that says the same; then one under such a
 * name for each type found at the host, to leave out what a wildcard makes, that is in no CNAME's
 * way; and, where addresses stand at the host, the resolvers for those of the target. With
 * IS_PATIENT one after another, each as patient as a poll (sp_dns_poll). The caller frees the
 * result with sp_probe_free, which also cancels.
 */
struct sp_probe *sp_probe_start(struct sp_dns_client *client, const struct sp_record *record,
                                const struct sp_name *domain, const struct sp_name *zone,
                                const struct sp_seen *seen, const struct sp_address *other,
                                bool is_patient, unsigned *counter, sp_probe_fn fn, void *arg);
void sp_probe_free(struct sp_probe **probe); /* accepts a pointer to NULL */

#endif
