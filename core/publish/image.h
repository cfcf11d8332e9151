/*
 * What a record was before a change and should be after it, as JSON for the ledger; and what became
 * of a change whose outcome nobody saw, told from what stands there now.
 */
#ifndef SP_PUBLISH_IMAGE_H
#define SP_PUBLISH_IMAGE_H

#include "ledger/ledger.h"
#include "publish/result.h"

/* New references. */
json_t *sp_image_of_listed(const struct sp_listed *listed);
json_t *sp_image_of_wanted(const struct sp_name *target, uint32_t ttl);

/*
 * APPLIED, FAILED (what was before is there still) or UNKNOWN (neither: somebody else was at work)
 * for a change with these images (NULL for none) at HOST, by the records listed there.
 */
enum sp_outcome sp_image_settle(const json_t *before, const json_t *after,
                                const struct sp_name *host, const struct sp_listed *listed,
                                size_t n_listed);

#endif
