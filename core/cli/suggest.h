/*
 * "Did you mean ...?": the closest of a few words.
 */
#ifndef SP_CLI_SUGGEST_H
#define SP_CLI_SUGGEST_H

#include "base/base.h"

#define SP_SUGGEST_MAX 32 /* longest word that is compared */

/* The one of CANDIDATES (NULL-terminated) that WORD was probably meant to be: at most a third of
 * its letters apart, or WORD is its beginning. NULL if there is none. A borrow. */
const char *sp_suggest(const char *word, const char *const *candidates);

#endif
