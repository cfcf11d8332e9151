#include "watch/webhook.h"

#include "base/limits.h"
#include "base/text.h"
#include "config.h"
#include "watch/signature.h"

struct sp_transfer *sp_webhook_send(const struct sp_webhook *webhook,
                                    const struct sp_ledger_event *event, int64_t now_s,
                                    sp_http_fn fn, void *arg)
{
    sp_http_headers headers = {0};
    struct sp_buf signature = SP_BUF_INIT(SP_TEXT_MAX);
    char at[24];
    snprintf(at, sizeof(at), "%lld", (long long)now_s);
    sp_signature_put(&signature, webhook->key, event->id, now_s, event->body);
    sp_http_headers_add(&headers, "content-type", "application/json");
    sp_http_headers_add(&headers, "user-agent", "signpost/" SP_VERSION);
    sp_http_headers_add(&headers, "webhook-id", event->id);
    sp_http_headers_add(&headers, "webhook-timestamp", at);
    sp_http_headers_add(&headers, "webhook-signature", sp_buf_str(&signature));
    const struct sp_http_request request = {
        .method = "POST",
        .url = webhook->url,
        .headers = &headers,
        .body = event->body,
        .body_len = strlen(event->body),
        .timeout_ms = SP_WEBHOOK_MS,
        .is_repeatable = true,
    };
    struct sp_transfer *transfer = sp_http_send(webhook->http, &request, fn, arg);
    sp_http_headers_free(&headers);
    sp_buf_fini(&signature);
    return transfer;
}

bool sp_webhook_has_arrived(const struct sp_http_response *response, char *ret_why, size_t size)
{
    if (response->status != SP_HTTP_OK)
        sp_copy_text(ret_why, size, response->message);
    else if (response->code < 200 || response->code > 299)
        snprintf(ret_why, size, "it answered with status %ld", response->code);
    else
        return true;
    return false;
}
