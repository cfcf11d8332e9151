/*
 * Labels in Unicode. The one place that knows libidn2: UTS 46 (non-transitional) on the way in,
 * IDNA 2008 (RFC 5891) on the way out. Labels of plain ASCII never come here, so `_` and `*`
 * survive.
 */
#ifndef SP_NAMES_IDN_H
#define SP_NAMES_IDN_H

#include "base/cursor.h"
#include "base/err.h"
#include "base/limits.h"

/* One label of UTF-8, without dots, as DNS carries it: an A-label, or plain ASCII where the mapping
 * ends there (full-width letters). Only letters, digits, `-` and `_` come out. ERR: usage,
 * "bad-name" or "name-too-long". */
int sp_idn_encode(const char *ulabel, char ret_label[SP_LABEL_MAX + 1], struct sp_err *err);

/* True for a label that begins with the ACE prefix `xn--` (lower case). */
bool sp_idn_is_alabel(struct sp_span label);
/* The Unicode text behind an A-label, owned UTF-8; NULL when the label is none or does not decode.
 * The text is foreign and may hold anything. */
char *sp_idn_decode(struct sp_span label);
/* The same for showing to people: NULL as well unless every character is a letter, digit or mark
 * that IDNA 2008 allows, the label comes back by sp_idn_encode, and Latin, Greek and Cyrillic are
 * not mixed. */
char *sp_idn_display(struct sp_span label);

#endif
