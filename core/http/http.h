/*
 * HTTPS requests (libcurl on the loop): one transfer object each, bounded, cancellable, without
 * redirects, cookies or netrc; a proxy from https_proxy is used for https alone, never to loopback.
 * Connections are reused. Retries and pacing are in http/retry.h, above this.
 */
#ifndef SP_HTTP_HTTP_H
#define SP_HTTP_HTTP_H

#include "base/buf.h"
#include "base/loop.h"
#include "http/headers.h"

struct sp_http;     /* the client */
struct sp_transfer; /* one request under way */

enum sp_http_status {
    SP_HTTP_OK,        /* an answer arrived, whatever its status code */
    SP_HTTP_NOT_SENT,  /* no connection, or TLS failed: the server has seen nothing of it */
    SP_HTTP_LOST,      /* sent, at least in part, and no whole answer came back */
    SP_HTTP_TOO_LARGE, /* the answer passed a limit; it was dropped */
};

struct sp_http_request {
    const char *method;
    const char *url;                /* built by http/url.h */
    const sp_http_headers *headers; /* copied, and wiped with the transfer; NULL: none */
    const void *body;               /* copied */
    size_t body_len;
    unsigned timeout_ms; /* 0: SP_HTTP_TOTAL_MS */
    bool is_repeatable;  /* else it is never sent again by itself when a reused
                          * connection turns out to be dead: it is LOST then */
};

struct sp_http_response {
    enum sp_http_status status;
    long code;               /* HTTP status code when status is OK */
    sp_http_headers headers; /* names in lower case */
    struct sp_buf body;
    char message[256]; /* when status is not OK, naming the server ("cannot connect to
                        * http://127.0.0.1:8081: connection refused"); no secrets in it */
};

/* RESPONSE lives during the callback only; it may be changed (redacted) in place. */
typedef void (*sp_http_fn)(void *arg, struct sp_http_response *response);

/* libcurl is loaded by the first request, not here. Where that fails, every request ends with
 * SP_HTTP_NOT_SENT and the cause. */
struct sp_http *sp_http_new(struct sp_loop *loop);
void sp_http_free(struct sp_http *http); /* cancels everything; accepts NULL */
/* FN comes once, from the loop, never from inside; the transfer's pointer is dead after it. After
 * sp_http_free() it does not come, and the transfers' pointers are dead. */
struct sp_transfer *sp_http_send(struct sp_http *http, const struct sp_http_request *request,
                                 sp_http_fn fn, void *arg);
void sp_transfer_cancel(
    struct sp_transfer **transfer); /* the callback will not come; accepts NULL */

#endif
