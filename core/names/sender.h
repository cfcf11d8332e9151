/*
 * The sender domain as a user types it. Everything that is not one is refused with a sentence of
 * its own and, where one can be guessed, the corrected suggestion.
 */
#ifndef SP_NAMES_SENDER_H
#define SP_NAMES_SENDER_H

#include "names/name.h"

/*
 * Accepts `yourdomain.com`, any case, with or without final dot, U-labels or A-labels, and
 * blanks around it. Refuses, each under its own code (ERR: usage): "sender-www" (www. in front),
 * "sender-url", "sender-email", "sender-path", "sender-port", "sender-ip", "sender-single-label",
 * "sender-empty-label", "sender-wildcard", "sender-space", "sender-underscore" (a record's host,
 * not a domain), "sender-too-long", "sender-empty", "sender-bad-character",
 * "sender-public-suffix" (co.uk). The fix holds the
 * suggestion as `did you mean "yourdomain.com"?` where the input contains a usable domain.
 */
int sp_sender_parse(struct sp_name *ret_domain, const char *input, struct sp_err *err);

#endif
