/*
 * AWS Signature Version 4 (AWS General Reference, "Create a signed AWS API request"): the headers
 * that authenticate one request, as a pure function of it, of the key and of the time. For all
 * services but S3, which reads paths in another way.
 */
#ifndef SP_HTTP_SIGV4_H
#define SP_HTTP_SIGV4_H

#include "base/secret.h"
#include "http/headers.h"

/* The borrowed parts of a key and what it is used for. */
struct sp_sigv4_key {
    const char *access_key_id;
    const struct sp_secret *secret_access_key;
    const char *session_token; /* with temporary credentials; NULL otherwise */
    const char *region, *service;
};

/* The request as it is about to be sent: nothing of it may change afterwards. */
struct sp_sigv4_request {
    const char *method;
    const char *url;                /* absolute, encoded, without fragment; its path without "." and
                                     * ".." segments */
    const sp_http_headers *headers; /* all are signed but those that a proxy may change */
    const void *body;
    size_t body_len;
};

/*
 * Appends to RET_HEADERS, which may be the request's own: X-Amz-Date, X-Amz-Security-Token with a
 * session token, Authorization. NOW_S is the time of the signature, in seconds since 1970: the
 * server refuses one that is five minutes off its own. Everything derived from the secret is wiped.
 * -1, with nothing appended, when URL is not absolute or the request is beyond SP_HTTP_REQUEST_MAX.
 */
int sp_sigv4_sign(const struct sp_sigv4_key *key, const struct sp_sigv4_request *request,
                  int64_t now_s, sp_http_headers *ret_headers);

#endif
