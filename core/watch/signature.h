/*
 * How what a webhook is told is signed: after the Standard Webhooks specification 1.0
 * (https://www.standardwebhooks.com/), so that receivers find a library that verifies it.
 */
#ifndef SP_WATCH_SIGNATURE_H
#define SP_WATCH_SIGNATURE_H

#include "base/secret.h"

/* The key that SECRET stands for: what follows "whsec_", decoded from base64, or the bytes as they
 * are. ERR: credentials, "webhook-secret": no base64 there, or fewer than SP_WEBHOOK_KEY_MIN bytes;
 * the message does not cite it. */
struct sp_secret *sp_signature_key(const struct sp_secret *secret, struct sp_err *err);
/* Appends "v1," and the base64 of the HMAC-SHA256 of "ID.AT_S.BODY". */
void sp_signature_put(struct sp_buf *out, const struct sp_secret *key, const char *id, int64_t at_s,
                      const char *body);

#endif
