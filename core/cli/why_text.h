/*
 * What a verdict rests on, drawn as a tree.
 */
#ifndef SP_CLI_WHY_TEXT_H
#define SP_CLI_WHY_TEXT_H

#include "verify/why.h"

/* Appends WHY, with its branches in Unicode or in ASCII; WIDTH as in cli/wrap.h: a line that is
 * broken goes on beside the branches that pass it. */
void sp_why_text_put(struct sp_buf *out, const struct sp_why *why, bool has_unicode,
                     unsigned width);

#endif
