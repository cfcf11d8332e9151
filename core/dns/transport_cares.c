#include "dns/transport.h"

#include <ares.h>
#include <sys/queue.h>

#include "dns/cares_socket.h"

/*
 * How c-ares 1.18 is kept in hand:
 * - Its callbacks only note the outcome; the users' callbacks run after c-ares has returned
 * (deliver()). So no user code ever runs inside c-ares, and a channel cannot be destroyed under its
 * own feet.
 * - It cannot cancel one query of a channel: a cancelled exchange stays until its answer or
 * time-out comes and is dropped then; when the last one of a channel goes, ares_cancel() is
 * deferred.
 * - A channel takes 73 KB, mostly of empty lists: of those without a question a few are kept, and
 * no connection with them (no ARES_FLAG_STAYOPEN).
 * - One `struct poll` a socket, freed in its close callback: a descriptor number that is opened
 * again while the old handle is still closing gets a new one.
 * - Nothing is read from resolv.conf, hosts or the environment: every option is given.
 */

enum { BUCKETS = 256, RESTING_MAX = 16 };

struct cares;

/* One server address and time-out: a c-ares channel with that one server. */
struct channel {
    LIST_ENTRY(channel) link;
    struct cares *cares;
    struct sp_address server;
    unsigned timeout_ms;
    ares_channel ares;
    uv_timer_t timer;
    LIST_HEAD(, poll) polls;
    TAILQ_ENTRY(channel) resting_link; /* while it has no exchange */
    size_t n_exchanges;                /* cancelled ones and those not delivered included */
    size_t n_live;                     /* under way and not cancelled */
    bool is_resting, is_cancel_deferred;
    bool has_timed_out; /* during the present call of ares_process_fd() */
};

struct poll {
    LIST_ENTRY(poll) link;
    uv_poll_t uv;
    struct channel *channel;
    ares_socket_t fd;
    int events;
    bool is_closing;
};

struct sp_exchange {
    LIST_ENTRY(sp_exchange) link;
    STAILQ_ENTRY(sp_exchange) done_link;
    struct channel *channel;
    sp_transport_fn fn;
    void *arg;
    bool is_cancelled;
    bool is_done;
    enum sp_transport_status status;
    uint8_t *bytes; /* owned */
    size_t len;
};

struct cares {
    struct sp_transport transport;
    struct sp_loop *loop;
    LIST_HEAD(, channel) channels[BUCKETS];
    TAILQ_HEAD(, channel) resting;
    size_t n_resting;
    LIST_HEAD(, sp_exchange) exchanges;
    STAILQ_HEAD(, sp_exchange) done;
    bool is_delivery_deferred;
};

static void free_channel(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_channel(struct channel *channel)
{
    LIST_REMOVE(channel, link);
    ares_destroy(channel->ares);
    uv_close((uv_handle_t *)&channel->timer, free_channel);
}

static void wake_channel(struct channel *channel)
{
    if (!channel->is_resting)
        return;
    TAILQ_REMOVE(&channel->cares->resting, channel, resting_link);
    channel->cares->n_resting--;
    channel->is_resting = false;
}

static void leave_channel(struct channel *channel)
{
    if (--channel->n_exchanges)
        return;
    TAILQ_INSERT_TAIL(&channel->cares->resting, channel, resting_link);
    channel->cares->n_resting++;
    channel->is_resting = true;
}

/* The one that has rested longest goes first. */
static void close_resting(struct cares *cares)
{
    struct channel *channel;
    while (cares->n_resting > RESTING_MAX) {
        channel = TAILQ_FIRST(&cares->resting);
        if (channel->is_cancel_deferred)
            return; /* that call needs it still */
        wake_channel(channel);
        close_channel(channel);
    }
}

/* Calls back for what is done, and frees it. Never runs inside c-ares. Channels may be closed. */
static void deliver(struct cares *cares)
{
    struct sp_exchange *exchange;
    while ((exchange = STAILQ_FIRST(&cares->done))) {
        STAILQ_REMOVE_HEAD(&cares->done, done_link);
        LIST_REMOVE(exchange, link);
        if (!exchange->is_cancelled)
            exchange->fn(exchange->arg, exchange->status, exchange->bytes, exchange->len);
        leave_channel(exchange->channel);
        free(exchange->bytes);
        free(exchange);
    }
    close_resting(cares);
}

static void on_delivery(void *arg)
{
    struct cares *cares = arg;
    cares->is_delivery_deferred = false;
    deliver(cares);
}

static void defer_delivery(struct cares *cares)
{
    if (cares->is_delivery_deferred || STAILQ_EMPTY(&cares->done))
        return;
    cares->is_delivery_deferred = true;
    sp_loop_defer(cares->loop, on_delivery, cares);
}

static enum sp_transport_status status_of(struct channel *channel, int ares_status)
{
    switch (ares_status) {
    case ARES_SUCCESS:
        return SP_TRANSPORT_OK;
    case ARES_ETIMEOUT:
        channel->has_timed_out = true;
        return SP_TRANSPORT_TIMEOUT;
    case ARES_ECONNREFUSED:
        /* A TCP query that times out unsent makes c-ares drop the connection, and the queries
         * behind it fail as if refused: they met the same silence. */
        return channel->has_timed_out ? SP_TRANSPORT_TIMEOUT : SP_TRANSPORT_REFUSED;
    default:
        return SP_TRANSPORT_FAILED;
    }
}

/* From inside c-ares: only takes notes. */
static void on_ares(void *arg, int status, int n_timeouts, unsigned char *bytes, int len)
{
    struct sp_exchange *exchange = arg;
    struct channel *channel = exchange->channel;
    (void)n_timeouts;
    exchange->status = status_of(channel, status);
    if (exchange->status == SP_TRANSPORT_OK && len > 0) {
        exchange->bytes = sp_memdup(bytes, (size_t)len);
        exchange->len = (size_t)len;
    }
    exchange->is_done = true;
    if (!exchange->is_cancelled)
        channel->n_live--;
    STAILQ_INSERT_TAIL(&channel->cares->done, exchange, done_link);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct channel *channel)
{
    struct timeval left;
    if (!ares_timeout(channel->ares, NULL, &left)) {
        uv_timer_stop(&channel->timer);
        return;
    }
    /* c-ares cuts to whole milliseconds: one more, or the timer would fire early and spin. */
    uint64_t left_ms = (uint64_t)left.tv_sec * 1000 + (uint64_t)left.tv_usec / 1000 + 1;
    uv_update_time(channel->timer.loop);
    uv_timer_start(&channel->timer, on_timer, left_ms, 0);
}

static void process(struct channel *channel, ares_socket_t read_fd, ares_socket_t write_fd)
{
    channel->has_timed_out = false;
    ares_process_fd(channel->ares, read_fd, write_fd);
    channel->has_timed_out = false;
    set_timer(channel);
    deliver(channel->cares);
}

static void on_timer(uv_timer_t *timer)
{
    process(timer->data, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_poll(uv_poll_t *uv, int status, int events)
{
    struct poll *poll = uv->data;
    bool has_failed = status < 0;
    ares_socket_t fd = poll->fd;
    process(poll->channel, has_failed || (events & UV_READABLE) ? fd : ARES_SOCKET_BAD,
            has_failed || (events & UV_WRITABLE) ? fd : ARES_SOCKET_BAD);
    /* libuv stops a handle whose socket has an error pending; c-ares may have taken the error for
     * one query and gone on with the socket. */
    if (has_failed && !poll->is_closing)
        uv_poll_start(uv, poll->events, on_poll);
}

static void free_poll(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_poll(struct poll *poll)
{
    LIST_REMOVE(poll, link);
    poll->is_closing = true;
    uv_poll_stop(&poll->uv);
    uv_close((uv_handle_t *)&poll->uv, free_poll);
}

static struct poll *find_poll(struct channel *channel, ares_socket_t fd)
{
    struct poll *poll;
    LIST_FOREACH(poll, &channel->polls, link)
    if (poll->fd == fd)
        return poll;
    return NULL;
}

/* c-ares calls this before it closes a socket, with neither direction wanted. */
static void on_socket_state(void *arg, ares_socket_t fd, int is_readable, int is_writable)
{
    struct channel *channel = arg;
    struct poll *poll = find_poll(channel, fd);
    int events = (is_readable ? UV_READABLE : 0) | (is_writable ? UV_WRITABLE : 0);
    if (!events) {
        if (poll)
            close_poll(poll);
        return;
    }
    if (!poll) {
        poll = sp_new(struct poll);
        poll->channel = channel;
        poll->fd = fd;
        if (uv_poll_init(sp_loop_uv(channel->cares->loop), &poll->uv, fd) < 0)
            abort();
        poll->uv.data = poll;
        LIST_INSERT_HEAD(&channel->polls, poll, link);
    }
    poll->events = events;
    uv_poll_start(&poll->uv, events, on_poll);
}

static void set_server(struct channel *channel)
{
    const struct sp_address *server = &channel->server;
    struct ares_addr_port_node node = {
        .family = server->family == 4 ? AF_INET : AF_INET6,
        .udp_port = server->port,
        .tcp_port = server->port,
    };
    memcpy(&node.addr, server->bytes, server->family == 4 ? 4 : 16);
    if (ares_set_servers_ports(channel->ares, &node) != ARES_SUCCESS)
        abort();
}

static struct channel *channel_new(struct cares *cares, const struct sp_address *server,
                                   unsigned timeout_ms)
{
    struct channel *channel = sp_new(struct channel);
    char lookups[] = "b", nowhere[] = "/dev/null";
    struct ares_options options = {
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_NOALIASES |
                 ARES_FLAG_NOSEARCH | ARES_FLAG_USEVC,
        .timeout = (int)timeout_ms,
        .tries = 1,
        .ndots = 1,
        .lookups = lookups,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = channel,
        .resolvconf_path = nowhere,
    };
    channel->cares = cares;
    channel->server = *server;
    channel->timeout_ms = timeout_ms;
    /* Fails for want of memory alone: every option is given. */
    if (ares_init_options(&channel->ares, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                              ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS |
                              ARES_OPT_SORTLIST | ARES_OPT_NOROTATE | ARES_OPT_SOCK_STATE_CB |
                              ARES_OPT_RESOLVCONF) != ARES_SUCCESS)
        abort();
    set_server(channel);
    sp_cares_socket_install(channel->ares);
    uv_timer_init(sp_loop_uv(cares->loop), &channel->timer);
    channel->timer.data = channel;
    return channel;
}

static size_t bucket_of(const struct sp_address *server)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < sizeof(server->bytes); i++)
        hash = (hash ^ server->bytes[i]) * 16777619u;
    return (hash ^ server->port) % BUCKETS;
}

static struct channel *channel_of(struct cares *cares, const struct sp_address *server,
                                  unsigned timeout_ms)
{
    size_t bucket = bucket_of(server);
    struct channel *channel;
    LIST_FOREACH(channel, &cares->channels[bucket], link)
    if (channel->timeout_ms == timeout_ms && sp_address_equal(&channel->server, server))
        return channel;
    channel = channel_new(cares, server, timeout_ms);
    LIST_INSERT_HEAD(&cares->channels[bucket], channel, link);
    return channel;
}

static struct sp_exchange *cares_send(struct sp_transport *transport,
                                      const struct sp_address *server, const uint8_t *query,
                                      size_t len, bool is_tcp, unsigned timeout_ms,
                                      sp_transport_fn fn, void *arg)
{
    struct cares *cares = (struct cares *)transport;
    (void)is_tcp;
    struct channel *channel = channel_of(cares, server, timeout_ms);
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    exchange->channel = channel;
    exchange->fn = fn;
    exchange->arg = arg;
    wake_channel(channel);
    channel->n_exchanges++;
    LIST_INSERT_HEAD(&cares->exchanges, exchange, link);
    channel->n_live++;
    ares_send(channel->ares, query, (int)len, on_ares, exchange);
    set_timer(channel);
    defer_delivery(cares);
    return exchange;
}

static void on_cancel_channel(void *arg)
{
    struct channel *channel = arg;
    channel->is_cancel_deferred = false;
    if (channel->n_live > 0)
        return;
    ares_cancel(channel->ares);
    set_timer(channel);
    deliver(channel->cares);
}

static void cares_cancel(struct sp_exchange *exchange)
{
    struct channel *channel = exchange->channel;
    exchange->is_cancelled = true;
    if (exchange->is_done)
        return; /* waits for its delivery, which will free it */
    if (--channel->n_live == 0 && !channel->is_cancel_deferred) {
        channel->is_cancel_deferred = true;
        sp_loop_defer(channel->cares->loop, on_cancel_channel, channel);
    }
}

static void on_free(void *arg)
{
    struct cares *cares = arg;
    struct sp_exchange *exchange;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct channel *channel;
        while ((channel = LIST_FIRST(&cares->channels[i])))
            close_channel(channel);
    }
    while ((exchange = STAILQ_FIRST(&cares->done))) {
        STAILQ_REMOVE_HEAD(&cares->done, done_link);
        free(exchange->bytes);
        free(exchange);
    }
    ares_library_cleanup();
    free(cares);
}

static void cares_free(struct sp_transport *transport)
{
    struct cares *cares = (struct cares *)transport;
    struct sp_exchange *exchange;
    LIST_FOREACH(exchange, &cares->exchanges, link)
    if (!exchange->is_cancelled)
        cares_cancel(exchange);
    /* Behind every call that is deferred already, and outside any callback of c-ares or libuv. */
    sp_loop_defer(cares->loop, on_free, cares);
}

struct sp_transport *sp_transport_cares_new(struct sp_loop *loop)
{
    static const struct sp_transport_ops ops = {
        .send = cares_send,
        .cancel = cares_cancel,
        .free = cares_free,
    };
    struct cares *cares = sp_new(struct cares);
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        abort();
    cares->transport.ops = &ops;
    cares->loop = loop;
    LIST_INIT(&cares->exchanges);
    STAILQ_INIT(&cares->done);
    TAILQ_INIT(&cares->resting);
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&cares->channels[i]);
    return &cares->transport;
}
