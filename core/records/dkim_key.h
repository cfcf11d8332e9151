/*
 * The DKIM key record behind a selector (RFC 6376, section 3.6.1).
 */
#ifndef SP_RECORDS_DKIM_KEY_H
#define SP_RECORDS_DKIM_KEY_H

#include "base/base.h"

enum sp_dkim_key_state {
    SP_DKIM_KEY_VALID,
    SP_DKIM_KEY_NONE,      /* not a key record at all: neither p= nor v=DKIM1, or another v= */
    SP_DKIM_KEY_REVOKED,   /* p= is empty */
    SP_DKIM_KEY_MALFORMED, /* a tag list or a base64 that does not parse, a tag twice, v= not in
                            * front, v=DKIM1 without p=, or an unknown k= */
};

/* Judges one TXT record's joined strings. Sizes and expected keys are judged by a later version. */
enum sp_dkim_key_state sp_dkim_key_parse(const char *text, size_t len);

#endif
