/*
 * Names below which the public registers domains, by the Public Suffix List
 * (https://publicsuffix.org). Its ICANN section alone: what a company lets its customers register
 * below (github.io) is a domain like any other here. The one place that knows libpsl.
 */
#ifndef SP_NAMES_SUFFIX_H
#define SP_NAMES_SUFFIX_H

#include "names/name.h"

/* True for com, co.uk, xn--p1ai; false for the root, for example.com, and for a name that the list
 * does not know, whatever its place. */
bool sp_suffix_is_public(const struct sp_name *name);
/* True when NAME's last label is a top-level domain: on the list, or reserved for a use of its own
 * (RFC 6761, RFC 6762, RFC 9476, and ICANN's "internal"). */
bool sp_suffix_has_top_level(const struct sp_name *name);
/* The domain that somebody registered of which NAME is a part: example.co.uk of a.b.example.co.uk.
 * Below a name that the list does not know it is the last two labels, or NAME itself where it has
 * no more. */
struct sp_name sp_suffix_registered(const struct sp_name *name);

#endif
