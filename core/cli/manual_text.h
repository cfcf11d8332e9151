/*
 * What to type, or to delete, at a provider without an API: both forms of each host side by side.
 */
#ifndef SP_CLI_MANUAL_TEXT_H
#define SP_CLI_MANUAL_TEXT_H

#include "publish/result.h"

/* PROVIDER may be NULL. HAS_UNICODE: the domain is shown in its own script as well. */
void sp_manual_text_put(struct sp_buf *out, const struct sp_result *result,
                        const struct sp_description *provider, bool has_unicode);

#endif
