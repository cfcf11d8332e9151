/*
 * What an answer that is no success means: a row of a table, or what its status means everywhere.
 */
#ifndef SIGNPOST_KIT_REPLY_H
#define SIGNPOST_KIT_REPLY_H

#include <signpost/plugin.h>

/* The first rule that fits counts. A table ends with a row whose code is SIGNPOST_OK. */
struct kit_rule {
    int status;         /* HTTP; 0: any */
    const char *method; /* NULL: any */
    const char *error;  /* a pattern (fnmatch(3)) for the error's text; NULL: any */
    int code;           /* SIGNPOST_... */
};

/*
 * Fails with the code that RULES (NULL: none) have for the answer, and the sentence "WHAT: HTTP
 * STATUS: ERROR". WHAT is what was done; ERROR what the provider says of it, best as "CODE:
 * MESSAGE", or "": then the answer's first line is told.
 *
 * Where no rule fits: 401 and 403 are SIGNPOST_AUTH, 404 SIGNPOST_ZONE_NOT_FOUND, 429
 * SIGNPOST_RATE_LIMITED, other 4xx SIGNPOST_UNSUPPORTED, 5xx SIGNPOST_TRANSIENT. The rest, with
 * what claims success and yet came here, is SIGNPOST_BAD_REPLY. Any method but GET turns 2xx and
 * 5xx into SIGNPOST_AMBIGUOUS: it may have been done.
 */
int kit_reply_fail(struct signpost_call *call, const struct kit_rule *rules, const char *what,
                   const struct signpost_request *request, const struct signpost_response *response,
                   const char *error);

#endif
