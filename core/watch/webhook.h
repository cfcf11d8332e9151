/*
 * Telling another server of a change: one signed POST, after the Standard Webhooks specification
 * 1.0 (https://www.standardwebhooks.com/), so that receivers find a library that verifies it.
 */
#ifndef SP_WATCH_WEBHOOK_H
#define SP_WATCH_WEBHOOK_H

#include "base/secret.h"
#include "http/http.h"
#include "ledger/outbox.h"

/* The key that SECRET stands for: what follows "whsec_", decoded from base64, or the bytes as they
 * are. ERR: credentials, "webhook-secret": no base64 there, or fewer than SP_WEBHOOK_KEY_MIN bytes;
 * the message does not cite it. */
struct sp_secret *sp_webhook_key(const struct sp_secret *secret, struct sp_err *err);
/* Appends "v1," and the base64 of the HMAC-SHA256 of "ID.AT_S.BODY". */
void sp_webhook_sign(struct sp_buf *out, const struct sp_secret *key, const char *id, int64_t at_s,
                     const char *body);

/* Where to, and how. All borrowed. */
struct sp_webhook {
    struct sp_http *http;
    const char *url; /* as sp_url_check_target() gave it */
    const struct sp_secret *key;
};

/* Sends EVENT as of NOW_S; FN comes from the loop, as for sp_http_send(). */
struct sp_transfer *sp_webhook_send(const struct sp_webhook *webhook,
                                    const struct sp_ledger_event *event, int64_t now_s,
                                    sp_http_fn fn, void *arg);
/* Whether RESPONSE says that it arrived (2xx); else RET_WHY says in a few words what came instead.
 */
bool sp_webhook_has_arrived(const struct sp_http_response *response, char *ret_why, size_t size);

#endif
