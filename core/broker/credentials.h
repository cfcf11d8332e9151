/*
 * Where secrets come from, and the one place where they are put into a request.
 */
#ifndef SP_BROKER_CREDENTIALS_H
#define SP_BROKER_CREDENTIALS_H

#include "base/secret.h"
#include "broker/configured.h"
#include "http/http.h"
#include "plugin/description.h"

struct sp_credentials;

/*
 * The first of the plugin's ways to authenticate whose secrets are all set, each from its variables
 * in order: NAME, then the file named by NAME_FILE. Behind them, for aws-sigv4 with
 * AWS_ACCESS_KEY_ID among the variables (which are reserved to the installed plugins), the profile
 * of the AWS tools. When none of them gives a whole way, what is missing of one is taken from
 * CONFIGURED, which is borrowed (NULL: none). GETENV is getenv() except in tests. A plugin without
 * ways needs none: an empty credential. Runs no program: see sp_credentials_renew(). ERR:
 * credentials, "credentials-missing", naming everything that would do, or "aws-profile"; usage for
 * a file that cannot be read, for a name in CONFIGURED that is none of the plugin's, and for a bad
 * SIGNPOST_<PLUGIN>_REGION.
 */
struct sp_credentials *sp_credentials_load(const struct sp_description *description,
                                           const sp_configured_secrets *configured,
                                           char *(*get_env)(const char *name), struct sp_err *err);
void sp_credentials_free(struct sp_credentials *credentials); /* ends a renewal under way */
/* Where the secret comes from, for `providers` and messages: "PDNS_API_KEY", "AWS_PROFILE work in
 * ~/.aws/credentials"; "" if none is needed. */
const char *sp_credentials_source(const struct sp_credentials *credentials);

/* What DESCRIPTION advises where CREDENTIALS come by a lesser way than its first: "set A (or A_FILE
 * naming a file). HELP", into OUT. False when it is the first, or there is none. */
bool sp_credentials_advise(const struct sp_credentials *credentials,
                           const struct sp_description *description, struct sp_buf *out);

/* True while not all is there to apply, or what there is ends within SP_AWS_RENEW_S of NOW_S:
 * a program of the operator's hands it out. */
bool sp_credentials_need_renewal(const struct sp_credentials *credentials, int64_t now_s);
/* Runs that program; FN comes once, from the loop, unless freed before. One at a time. ERR is
 * cleared on success; credentials, "credential-process", otherwise. */
typedef void (*sp_renewed_fn)(void *arg, const struct sp_err *err);
void sp_credentials_renew(struct sp_credentials *credentials, struct sp_loop *loop,
                          sp_renewed_fn fn, void *arg);

/* True if the auth scheme writes this header (any case), so that a plugin may not. */
bool sp_credentials_own_header(const struct sp_credentials *credentials, const char *name);
/* Appends the scheme's headers, which hold the secret or are made with it, to HEADERS, those of
 * REQUEST as it is about to be sent. NOW_S is the time that a signature states. */
void sp_credentials_apply(const struct sp_credentials *credentials,
                          const struct sp_http_request *request, int64_t now_s,
                          sp_http_headers *headers);
/* True for a scheme whose signatures hold the time, so that a wrong clock has them refused. */
bool sp_credentials_state_time(const struct sp_credentials *credentials);
/* Takes every secret out of an answer before it goes to a worker. */
size_t sp_credentials_redact(const struct sp_credentials *credentials, struct sp_buf *text);

#endif
