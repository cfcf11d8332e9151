/*
 * One exchange of bytes with one server: the small interface behind which datagrams are sent, so
 * that a faster or a stranger carrier (batched sockets, DNS over HTTPS) can stand in its place.
 */
#ifndef SP_DNS_TRANSPORT_H
#define SP_DNS_TRANSPORT_H

#include "base/loop.h"
#include "dns/address.h"

enum sp_transport_status {
    SP_TRANSPORT_OK,      /* what sp_dns_match() calls a response to the query arrived */
    SP_TRANSPORT_TIMEOUT, /* nothing came */
    SP_TRANSPORT_REFUSED, /* the host says that nobody listens there, or has no route */
    SP_TRANSPORT_FAILED,  /* anything else */
};

/* BYTES are valid during the call only. Never called from inside sp_transport_send(). */
typedef void (*sp_transport_fn)(void *arg, enum sp_transport_status status, const uint8_t *bytes,
                                size_t len);

struct sp_transport; /* e.g. c-ares on libuv */
struct sp_exchange;  /* one exchange under way */

struct sp_transport_ops {
    /* One attempt: one datagram, or one TCP exchange when IS_TCP; no retry, no TCP fallback. QUERY
     * is copied. */
    struct sp_exchange *(*send)(struct sp_transport *transport, const struct sp_address *server,
                                const uint8_t *query, size_t len, bool is_tcp, unsigned timeout_ms,
                                sp_transport_fn fn, void *arg);
    /* The callback will not come any more. */
    void (*cancel)(struct sp_exchange *exchange);
    /* Cancels what is under way; frees when the loop allows. */
    void (*free)(struct sp_transport *transport);
};

struct sp_transport {
    const struct sp_transport_ops *ops; /* first member of every implementation */
};

/* Sockets on LOOP: datagrams on our own, TCP by c-ares. */
struct sp_transport *sp_transport_new(struct sp_loop *loop);
/* DNS over HTTPS (RFC 8484), for servers that are a URL; libcurl on LOOP. */
struct sp_transport *sp_transport_https_new(struct sp_loop *loop);
/* c-ares, one channel a server address; everything goes by TCP. */
struct sp_transport *sp_transport_cares_new(struct sp_loop *loop);

#endif
