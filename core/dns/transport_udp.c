#include <sys/queue.h>

#include "base/limits.h"
#include "dns/message.h"
#include "dns/transport.h"

/*
 * Why datagrams do not go through c-ares, as TCP does: version 1.18 cuts an answer to 512 octets
 * unless it adds an OPT record of its own, and drops an error without a question, which is how old
 * servers decline EDNS (RFC 6891, section 7).
 *
 * One connected socket a server address, so that the kernel takes datagrams of that peer alone and
 * hands over ICMP errors. It lives as long as something is asked there; the next one is at another
 * port, of the kernel's choice.
 */

enum { BUCKETS = 256 };

struct peer {
    LIST_ENTRY(peer) link;
    struct udp *udp;
    struct sp_address server;
    uv_udp_t uv;
    int uv_error; /* why there is no connected socket; 0: there is one */
    LIST_HEAD(, sp_exchange) exchanges;
};

struct sp_exchange {
    LIST_ENTRY(sp_exchange) link; /* in the peer, or in udp->by_tcp */
    struct udp *udp;
    struct peer *peer;       /* NULL: by TCP */
    struct sp_exchange *tcp; /* the other transport's, while it is under way */
    uint8_t *query;          /* owned */
    size_t len;
    struct sp_timer *timer;
    enum sp_transport_status status; /* when the timer ends */
    sp_transport_fn fn;
    void *arg;
};

struct udp {
    struct sp_transport transport;
    struct sp_loop *loop;
    struct sp_transport *tcp;
    LIST_HEAD(, peer) peers[BUCKETS];
    LIST_HEAD(, sp_exchange) by_tcp;
    char bytes[SP_DNS_MESSAGE_MAX];
};

static void free_peer(uv_handle_t *handle)
{
    free(handle->data);
}

static void exchange_free(struct sp_exchange *exchange)
{
    struct peer *peer = exchange->peer;
    LIST_REMOVE(exchange, link);
    sp_timer_stop(&exchange->timer);
    if (exchange->tcp)
        exchange->udp->tcp->ops->cancel(exchange->tcp);
    free(exchange->query);
    free(exchange);
    if (peer && LIST_EMPTY(&peer->exchanges)) {
        LIST_REMOVE(peer, link);
        uv_close((uv_handle_t *)&peer->uv, free_peer);
    }
}

/* Frees EXCHANGE, then calls back: the callback may free the transport. */
static void conclude(struct sp_exchange *exchange, enum sp_transport_status status,
                     const uint8_t *bytes, size_t len)
{
    sp_transport_fn fn = exchange->fn;
    void *arg = exchange->arg;
    exchange_free(exchange);
    fn(arg, status, bytes, len);
}

static void on_timer(void *arg)
{
    struct sp_exchange *exchange = arg;
    exchange->timer = NULL;
    conclude(exchange, exchange->status, NULL, 0);
}

static void fail_soon(struct sp_exchange *exchange, int uv_error)
{
    bool is_own_fault = uv_error == UV_EMFILE || uv_error == UV_ENFILE || uv_error == UV_ENOMEM ||
                        uv_error == UV_ENOBUFS;
    exchange->status = is_own_fault ? SP_TRANSPORT_FAILED : SP_TRANSPORT_REFUSED;
    sp_timer_stop(&exchange->timer);
    exchange->timer = sp_timer_start(exchange->udp->loop, 0, on_timer, exchange);
}

/* An ICMP error does not say which datagram it is about, and is about the host in any case. */
static void fail_all(struct peer *peer, int uv_error)
{
    struct sp_exchange *exchange;
    LIST_FOREACH(exchange, &peer->exchanges, link)
    fail_soon(exchange, uv_error);
}

static void on_buffer(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    struct peer *peer = handle->data;
    (void)size;
    *ret_buf = uv_buf_init(peer->udp->bytes, sizeof(peer->udp->bytes));
}

/* What answers none of the questions is dropped: anybody may send datagrams. */
static void on_datagram(uv_udp_t *uv, ssize_t len, const uv_buf_t *buf, const struct sockaddr *from,
                        unsigned flags)
{
    struct peer *peer = uv->data;
    struct sp_exchange *exchange, *loose = NULL;
    (void)flags;
    if (len < 0)
        fail_all(peer, (int)len);
    if (len <= 0 || !from)
        return;
    LIST_FOREACH(exchange, &peer->exchanges, link)
    {
        enum sp_dns_match match =
            sp_dns_match(exchange->query, exchange->len, buf->base, (size_t)len);
        if (match == SP_DNS_MATCH_EXACT)
            break;
        if (match != SP_DNS_MATCH_NONE)
            loose = exchange;
    }
    exchange = exchange ? exchange : loose;
    if (exchange)
        conclude(exchange, SP_TRANSPORT_OK, (const uint8_t *)buf->base, (size_t)len);
}

static struct peer *peer_new(struct udp *udp, const struct sp_address *server)
{
    struct sockaddr_storage to;
    struct peer *peer = sp_new(struct peer);
    peer->udp = udp;
    peer->server = *server;
    LIST_INIT(&peer->exchanges);
    uv_udp_init(sp_loop_uv(udp->loop), &peer->uv);
    peer->uv.data = peer;
    sp_address_to_sockaddr(server, &to);
    peer->uv_error = uv_udp_connect(&peer->uv, (const struct sockaddr *)&to);
    if (peer->uv_error == 0)
        peer->uv_error = uv_udp_recv_start(&peer->uv, on_buffer, on_datagram);
    return peer;
}

static size_t bucket_of(const struct sp_address *server)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < sizeof(server->bytes); i++)
        hash = (hash ^ server->bytes[i]) * 16777619u;
    return (hash ^ server->port) % BUCKETS;
}

static struct peer *peer_of(struct udp *udp, const struct sp_address *server)
{
    size_t bucket = bucket_of(server);
    struct peer *peer;
    LIST_FOREACH(peer, &udp->peers[bucket], link)
    if (sp_address_equal(&peer->server, server))
        return peer;
    peer = peer_new(udp, server);
    LIST_INSERT_HEAD(&udp->peers[bucket], peer, link);
    return peer;
}

static void send_datagram(struct sp_exchange *exchange, const struct sp_address *server,
                          unsigned timeout_ms)
{
    struct udp *udp = exchange->udp;
    uv_buf_t buf = uv_buf_init((char *)exchange->query, (unsigned)exchange->len);
    struct peer *peer = peer_of(udp, server);
    exchange->peer = peer;
    LIST_INSERT_HEAD(&peer->exchanges, exchange, link);
    exchange->status = SP_TRANSPORT_TIMEOUT;
    exchange->timer = sp_timer_start(udp->loop, timeout_ms, on_timer, exchange);
    if (peer->uv_error < 0) {
        fail_soon(exchange, peer->uv_error);
        return;
    }
    int sent = uv_udp_try_send(&peer->uv, &buf, 1, NULL);
    /* No room in the socket: as good as lost on the way. */
    if (sent < 0 && sent != UV_EAGAIN)
        fail_all(peer, sent);
}

static void on_tcp(void *arg, enum sp_transport_status status, const uint8_t *bytes, size_t len)
{
    struct sp_exchange *exchange = arg;
    exchange->tcp = NULL;
    conclude(exchange, status, bytes, len);
}

static struct sp_exchange *udp_send(struct sp_transport *transport, const struct sp_address *server,
                                    const uint8_t *query, size_t len, bool is_tcp,
                                    unsigned timeout_ms, sp_transport_fn fn, void *arg)
{
    struct udp *udp = (struct udp *)transport;
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    exchange->udp = udp;
    exchange->fn = fn;
    exchange->arg = arg;
    if (is_tcp) {
        LIST_INSERT_HEAD(&udp->by_tcp, exchange, link);
        exchange->tcp =
            udp->tcp->ops->send(udp->tcp, server, query, len, true, timeout_ms, on_tcp, exchange);
        return exchange;
    }
    exchange->query = sp_memdup(query, len);
    exchange->len = len;
    send_datagram(exchange, server, timeout_ms);
    return exchange;
}

static void udp_free(struct sp_transport *transport)
{
    struct udp *udp = (struct udp *)transport;
    while (!LIST_EMPTY(&udp->by_tcp))
        exchange_free(LIST_FIRST(&udp->by_tcp));
    for (size_t i = 0; i < BUCKETS; i++)
        while (!LIST_EMPTY(&udp->peers[i]))
            exchange_free(LIST_FIRST(&LIST_FIRST(&udp->peers[i])->exchanges));
    udp->tcp->ops->free(udp->tcp);
    free(udp);
}

struct sp_transport *sp_transport_new(struct sp_loop *loop)
{
    static const struct sp_transport_ops ops = {
        .send = udp_send,
        .cancel = exchange_free,
        .free = udp_free,
    };
    struct udp *udp = sp_new(struct udp);
    udp->transport.ops = &ops;
    udp->loop = loop;
    udp->tcp = sp_transport_cares_new(loop);
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&udp->peers[i]);
    LIST_INIT(&udp->by_tcp);
    return &udp->transport;
}
