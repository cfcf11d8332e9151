/*
 * Telling another server of a change: one signed POST.
 */
#ifndef SP_WATCH_WEBHOOK_H
#define SP_WATCH_WEBHOOK_H

#include "base/secret.h"
#include "http/http.h"
#include "ledger/outbox.h"

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
