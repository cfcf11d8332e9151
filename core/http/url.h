/*
 * URLs are built and compared by curl's own URL API alone, so that what is checked is what is sent.
 */
#ifndef SP_HTTP_URL_H
#define SP_HTTP_URL_H

#include "base/err.h"

struct sp_url_query {
    const char *name, *value;
};

/* Checks a base URL an operator or a plugin gave: https with a host, no user, no query, no
 * fragment; plain http only to a loopback address ("localhost" included). RET_URL: owned,
 * normalised, no final slash. ERR: usage, "bad-endpoint"; internal, "libcurl", when it is not
 * there to ask. */
int sp_url_check_base(const char *text, char **ret_url, struct sp_err *err);

/* The same for a resolver that is asked by DNS over HTTPS: plain http nowhere. ERR: usage,
 * "bad-resolver". */
int sp_url_check_resolver(const char *text, char **ret_url, struct sp_err *err);

/* As sp_url_check_base() for a URL that is asked as it is, with a path and a query of its own. ERR:
 * usage, "bad-webhook". It is not cited with its path by those who show it: use sp_url_origin(). */
int sp_url_check_target(const char *text, char **ret_url, struct sp_err *err);

/* BASE plus path segments plus query pairs, each encoded by us. Refuses empty, "." and ".."
 * segments and those with '/', '\\' or control characters. Owned; NULL and ERR (plugin,
 * "bad-request") otherwise. */
char *sp_url_build(const char *base, const char *const *segments, size_t n_segments,
                   const struct sp_url_query *query, size_t n_query, struct sp_err *err);

/* The part of a URL that may be shown: "https://api.example.net:8443". Owned; "" for what is no
 * URL, and without libcurl. */
char *sp_url_origin(const char *url);
/* True when URL's host is "localhost" or a loopback address; false without libcurl. */
bool sp_url_is_loopback(const char *url);

#endif
