/* Changes of a zone as the API takes them: of whole record sets, all in one batch or none. */
#ifndef SIGNPOST_ROUTE53_BATCH_H
#define SIGNPOST_ROUTE53_BATCH_H

#include <signpost/plugin.h>

/* Route 53 quotas, per batch: ResourceRecord elements, of which an update takes two, and characters
 * in their values. */
enum { BATCH_ELEMENTS_MAX = 1000, BATCH_CHARACTERS_MAX = 32000 };
enum { BATCH_CHANGES_MAX = BATCH_ELEMENTS_MAX / 2 };

/* apply_changes(), with POSTs to PATH: one, unless long values need several. */
int batch_apply(struct signpost_call *call, const char *const *path, size_t n_path,
                const struct signpost_change *const *changes, size_t n);

#endif
