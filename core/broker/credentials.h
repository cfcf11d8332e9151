/*
 * Where secrets come from, and the one place where they are put into a request.
 */
#ifndef SP_BROKER_CREDENTIALS_H
#define SP_BROKER_CREDENTIALS_H

#include "base/secret.h"
#include "http/headers.h"
#include "plugin/description.h"

struct sp_credentials;

/*
 * The first of the plugin's ways to authenticate whose secrets are all set, each from its variables
 * in order: NAME, then the file named by NAME_FILE. GETENV is getenv() except in tests. A plugin
 * without ways needs none: an empty credential. ERR: credentials, "credentials-missing", naming
 * every variable that would do; usage for an unreadable NAME_FILE.
 */
struct sp_credentials *sp_credentials_load(const struct sp_description *description,
                                           char *(*get_env)(const char *name), struct sp_err *err);
void sp_credentials_free(struct sp_credentials *credentials);
/* Removes every variable a credential may come from out of our own environment: children see none.
 */
void sp_credentials_scrub_environment(const struct sp_description *description);
/* The variable a secret was taken from ("PDNS_API_KEY"), for `providers`; "" if none is needed. */
const char *sp_credentials_source(const struct sp_credentials *credentials);

/* True if the auth scheme writes this header (any case), so that a plugin may not. */
bool sp_credentials_own_header(const struct sp_credentials *credentials, const char *name);
/* Appends the scheme's headers, which hold the secret. */
void sp_credentials_apply(const struct sp_credentials *credentials, sp_http_headers *headers);
/* Takes every secret out of an answer before it goes to a worker. */
size_t sp_credentials_redact(const struct sp_credentials *credentials, struct sp_buf *text);

#endif
