/*
 * The keys of one AWS identity, and the form in which a credential_process hands them out.
 */
#ifndef SP_BROKER_AWS_KEYS_H
#define SP_BROKER_AWS_KEYS_H

#include "base/secret.h"

struct sp_aws_keys {
    struct sp_secret *access_key_id, *secret_access_key;
    struct sp_secret *session_token; /* with temporary keys; NULL otherwise */
    int64_t expires_s;               /* seconds since 1970; 0: never */
};

/* Wipes and empties. */
void sp_aws_keys_fini(struct sp_aws_keys *keys);

/*
 * Reads what a credential_process wrote: a JSON object with Version 1, AccessKeyId,
 * SecretAccessKey, and perhaps SessionToken and Expiration (ISO 8601); members unknown here are
 * skipped (AWS SDKs reference, "Process credential provider"). ERR (credentials,
 * "credential-process") says what is missing or wrong, never what was read. RET is empty then.
 */
int sp_aws_keys_read(const char *text, size_t len, struct sp_aws_keys *ret, struct sp_err *err);

#endif
