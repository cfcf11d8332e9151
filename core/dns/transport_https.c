#include <sys/queue.h>

#include "base/limits.h"
#include "base/text.h"
#include "dns/transport.h"
#include "http/http.h"

struct sp_exchange {
    LIST_ENTRY(sp_exchange) link;
    struct sp_transfer *transfer; /* NULL: its callback is running */
    sp_transport_fn fn;
    void *arg;
};

struct https {
    struct sp_transport transport;
    struct sp_http *http;
    LIST_HEAD(, sp_exchange) exchanges;
};

static void https_cancel(struct sp_exchange *exchange)
{
    sp_transfer_cancel(&exchange->transfer);
    LIST_REMOVE(exchange, link);
    free(exchange);
}

static enum sp_transport_status status_of(const struct sp_http_response *response)
{
    const char *type = sp_http_headers_find(&response->headers, "content-type");
    if (response->status == SP_HTTP_NOT_SENT)
        return SP_TRANSPORT_REFUSED;
    if (response->status == SP_HTTP_LOST)
        return SP_TRANSPORT_TIMEOUT;
    bool is_message = response->status == SP_HTTP_OK && response->code == 200 && type &&
                      sp_ascii_equal(type, "application/dns-message");
    return is_message ? SP_TRANSPORT_OK : SP_TRANSPORT_FAILED;
}

/* The callback may free the transport, and with it the response's client. */
static void on_response(void *arg, struct sp_http_response *response)
{
    struct sp_exchange *exchange = arg;
    enum sp_transport_status status = status_of(response);
    bool is_ok = status == SP_TRANSPORT_OK;
    sp_transport_fn fn = exchange->fn;
    void *fn_arg = exchange->arg;
    LIST_REMOVE(exchange, link);
    free(exchange);
    fn(fn_arg, status, is_ok ? (const uint8_t *)sp_buf_str(&response->body) : NULL,
       is_ok ? response->body.len : 0);
}

/* By POST, which needs no encoding in the URL (RFC 8484, section 4.1); a question may be repeated.
 */
static struct sp_exchange *https_send(struct sp_transport *transport,
                                      const struct sp_address *server, const uint8_t *query,
                                      size_t len, bool is_tcp, unsigned timeout_ms,
                                      sp_transport_fn fn, void *arg)
{
    struct https *https = (struct https *)transport;
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    sp_http_headers headers = {0};
    (void)is_tcp;
    sp_http_headers_add(&headers, "Accept", "application/dns-message");
    sp_http_headers_add(&headers, "Content-Type", "application/dns-message");
    struct sp_http_request request = {
        .method = "POST",
        .url = server->url,
        .headers = &headers,
        .body = query,
        .body_len = len,
        .timeout_ms = timeout_ms,
        .is_repeatable = true,
    };
    exchange->fn = fn;
    exchange->arg = arg;
    LIST_INSERT_HEAD(&https->exchanges, exchange, link);
    exchange->transfer = sp_http_send(https->http, &request, on_response, exchange);
    sp_http_headers_free(&headers);
    return exchange;
}

static void https_free(struct sp_transport *transport)
{
    struct https *https = (struct https *)transport;
    while (!LIST_EMPTY(&https->exchanges))
        https_cancel(LIST_FIRST(&https->exchanges));
    sp_http_free(https->http);
    free(https);
}

struct sp_transport *sp_transport_https_new(struct sp_loop *loop)
{
    static const struct sp_transport_ops ops = {
        .send = https_send,
        .cancel = https_cancel,
        .free = https_free,
    };
    struct https *https = sp_new(struct https);
    https->transport.ops = &ops;
    https->http = sp_http_new(loop);
    LIST_INIT(&https->exchanges);
    return &https->transport;
}
